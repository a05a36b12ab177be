// Block-quantised and half-precision storage to float.
#ifndef MTL_CKERNELS_DEQUANTISE_H
#define MTL_CKERNELS_DEQUANTISE_H

#include <stddef.h>
#include <stdint.h>

// count floats from count bfloat16 values (the upper half of a float).
void mtl_bf16_to_f32(const uint16_t *source, float *destination, size_t count);

#endif

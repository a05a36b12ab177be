// Block-quantised and half-precision storage to float: the exact values that ggml defines. Sources are the bytes of a
// file, little-endian, at any alignment. A block holds 32 consecutive elements of a row.
#ifndef MTL_CKERNELS_DEQUANTISE_H
#define MTL_CKERNELS_DEQUANTISE_H

#include <stddef.h>
#include <stdint.h>

// destination[count] from count bfloat16 values (the upper half of a float).
void mtl_bf16_to_f32(const void *source, float *destination, size_t count);

// destination[count] from count IEEE binary16 values; subnormals, infinities and NaN included.
void mtl_f16_to_f32(const void *source, float *destination, size_t count);

// destination[block_count * 32]; a block of 34 bytes is fp16 d, int8 q[32]; value i is d * q[i].
void mtl_q8_0_to_f32(const void *source, float *destination, size_t block_count);

// destination[block_count * 32]; a block of 18 bytes is fp16 d, uint8 q[16]; the low half of q[i] is element i, the
// high half element i + 16; the value is d * (q - 8).
void mtl_q4_0_to_f32(const void *source, float *destination, size_t block_count);

// destination[block_count * 32]; a block of 20 bytes is fp16 d, fp16 m, uint8 q[16], halves as in q4_0; the value is
// d * q + m.
void mtl_q4_1_to_f32(const void *source, float *destination, size_t block_count);

// destination[count] bfloat16 values from count floats, rounded to nearest, ties to even.
void mtl_f32_to_bf16(const float *source, uint16_t *destination, size_t count);

#endif

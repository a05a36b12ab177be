// Products in bfloat16 with sums in single precision, by the instruction VDPBF16PS (AVX-512 BF16).
#ifndef MTL_BF16_H
#define MTL_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether this CPU has the instruction. The functions below that need it must not be called where it has not.
bool mtl_bf16_supported(void);

// Floats of scratch memory that mtl_bf16_gemm needs.
size_t mtl_bf16_gemm_scratch(void);

// c = a op(b) + beta c, with a and b rounded to bfloat16 (to nearest, ties to even; subnormal numbers to zero).
// a [m, k], c [m, n], with row strides. op(b) [k, n]: b holds [n, k] where `transposed`, else [k, n]; its elements are
// floats in `b`, or bfloat16 in `b16` where `b` is null. c is not read where beta is zero.
// A row of the result does not depend on the other rows, nor on how many there are.
void mtl_bf16_gemm(size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b, const uint16_t *b16,
                   size_t b_stride, bool transposed, float *c, size_t c_stride, float beta, float *scratch);

// y = x weight^T + beta y for a few rows of x [rows, depth], in bfloat16 likewise, reading the weights [outputs, depth]
// once and where they lie: floats in `w`, or bfloat16 in `w16` where `w` is null. scratch has rows * (depth + 32) / 2
// floats. A row of the result does not depend on the other rows, nor on how many there are.
void mtl_bf16_skinny_product(const float *x, size_t x_stride, const float *w, const uint16_t *w16, float *y,
                             size_t y_stride, size_t rows, size_t outputs, size_t depth, float beta, float *scratch);

// output[i] = input[i] rounded to bfloat16 as above.
void mtl_round_to_bf16(const float *input, float *output, size_t count);

#endif

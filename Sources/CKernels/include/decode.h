// The product of decoding: a few rows against a weight matrix that is read once.
#ifndef MTL_DECODE_H
#define MTL_DECODE_H

#include <stddef.h>
#include <stdint.h>

// y[i, n] = alpha * x[i] . weight[n] + beta * y[i, n] for i < rows, n < outputs; y is not read where beta is zero.
// x [rows, K] and y [rows, outputs] have strides;
// weight [outputs, K] contiguous. BLAS packs the weights first, which for a few rows costs more than the product.
// A row's result does not depend on how many rows there are.
void mtl_skinny_product(const float *x, size_t x_stride, const float *weight, float *y, size_t y_stride, size_t rows,
                        size_t outputs, size_t depth, float alpha, float beta);

// The same with weights in bfloat16; exactly the result of the same values in single precision.
void mtl_skinny_product_bf16_weights(const float *x, size_t x_stride, const uint16_t *weight, float *y,
                                     size_t y_stride, size_t rows, size_t outputs, size_t depth, float alpha,
                                     float beta);

// Attention of one query head q [Dh] to keys k and values v [keys, Dh] with a row stride; output [Dh]; scores [keys] is
// scratch. Requires at least one key.
void mtl_attention_decode(const float *q, const float *k, const float *v, size_t stride, float *output, float *scores,
                          size_t keys, size_t head_width, float scale);

#endif

// The product of decoding: a few rows against a weight matrix that is read once.
#ifndef MTL_DECODE_H
#define MTL_DECODE_H

#include <stddef.h>

// y[i, n] = x[i] . weight[n] for i < rows, n < outputs. x [rows, K] and y [rows, outputs] have strides;
// weight [outputs, K] contiguous. BLAS packs the weights first, which for a few rows costs more than the product.
void mtl_skinny_product(const float *x, size_t x_stride, const float *weight, float *y, size_t y_stride, size_t rows,
                        size_t outputs, size_t depth);

#endif

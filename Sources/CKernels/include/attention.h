// The row-wise parts of causal softmax attention; the products are BLAS's.
#ifndef MTL_ATTENTION_H
#define MTL_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

// Row i of scores [rows, columns] becomes softmax(scale * scores[i, 0..<visible[i]]), zero from visible[i] on;
// log_sum[i * log_sum_stride] = log of the sum of e^(scale * scores). Requires 1 <= visible[i] <= columns.
void mtl_attention_softmax(float *scores, const int32_t *visible, float *log_sum, size_t log_sum_stride, size_t rows,
                           size_t columns, float scale);

// Given raw scores and d_probabilities [rows, columns], and dot[i] = sum of dO[i] * O[i]:
// scores becomes the probabilities P, d_probabilities becomes scale * P * (d_probabilities - dot).
void mtl_attention_softmax_backward(float *scores, float *d_probabilities, const int32_t *visible,
                                    const float *log_sum, size_t log_sum_stride, const float *dot, size_t rows,
                                    size_t columns, float scale);

// result[i] = a[i] . b[i]; a, b [rows, width] with strides.
void mtl_row_dots(const float *a, size_t a_stride, const float *b, size_t b_stride, float *result, size_t rows,
                  size_t width);

#endif

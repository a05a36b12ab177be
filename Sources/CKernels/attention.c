#include "attention.h"

#include <math.h>

#include "vector.h"

MTL_CLONES void mtl_attention_softmax(float *scores, const int32_t *visible, float *log_sum, size_t log_sum_stride,
                                      size_t rows, size_t columns, float scale) {
  MTL_REASSOCIATE
  for (size_t i = 0; i < rows; i++) {
    float *row = scores + i * columns;
    size_t count = (size_t)visible[i];
    float maximum = row[0];
    for (size_t j = 1; j < count; j++) maximum = row[j] > maximum ? row[j] : maximum;
    float sum = 0.0f;
    for (size_t j = 0; j < count; j++) {
      float e = mtl_exp(scale * (row[j] - maximum));
      row[j] = e;
      sum += e;
    }
    float inverse = 1.0f / sum;
    for (size_t j = 0; j < count; j++) row[j] *= inverse;
    for (size_t j = count; j < columns; j++) row[j] = 0.0f;
    log_sum[i * log_sum_stride] = scale * maximum + logf(sum);
  }
}

MTL_CLONES void mtl_attention_softmax_backward(float *scores, float *d_probabilities, const int32_t *visible,
                                               const float *log_sum, size_t log_sum_stride, const float *dot,
                                               size_t rows, size_t columns, float scale) {
  for (size_t i = 0; i < rows; i++) {
    float *restrict row = scores + i * columns;
    float *restrict d = d_probabilities + i * columns;
    size_t count = (size_t)visible[i];
    float shift = log_sum[i * log_sum_stride], mean = dot[i];
    for (size_t j = 0; j < count; j++) {
      float p = mtl_exp(scale * row[j] - shift);
      row[j] = p;
      d[j] = scale * p * (d[j] - mean);
    }
    for (size_t j = count; j < columns; j++) {
      row[j] = 0.0f;
      d[j] = 0.0f;
    }
  }
}

MTL_CLONES void mtl_row_dots(const float *a, size_t a_stride, const float *b, size_t b_stride, float *result,
                             size_t rows, size_t width) {
  MTL_REASSOCIATE
  for (size_t i = 0; i < rows; i++) {
    const float *p = a + i * a_stride, *q = b + i * b_stride;
    float sum = 0.0f;
    for (size_t d = 0; d < width; d++) sum += p[d] * q[d];
    result[i] = sum;
  }
}

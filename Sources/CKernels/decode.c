#include "decode.h"

#include "vector.h"

// A tile of I rows by J outputs keeps I * J partial sums of LANES each in registers.
#define LANES 16
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

// The sum of the lanes, by halves: four dependent additions where one lane after another would be sixteen.
static inline __attribute__((always_inline)) float total(const lanes *v) {
  float half[LANES / 2], quarter[LANES / 4];
  for (int i = 0; i < LANES / 2; i++) half[i] = (*v)[i] + (*v)[i + LANES / 2];
  for (int i = 0; i < LANES / 4; i++) quarter[i] = half[i] + half[i + LANES / 4];
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

#define TILE(I, J)                                                                                                  \
  static inline __attribute__((always_inline)) void tile_##I##_##J(const float *x, size_t x_stride, const float *w, \
                                                                   float *y, size_t y_stride, size_t depth,         \
                                                                   float alpha, float beta) {                       \
    lanes sums[I][J];                                                                                               \
    for (int i = 0; i < I; i++)                                                                                     \
      for (int j = 0; j < J; j++) sums[i][j] = (lanes){0};                                                          \
    size_t k = 0;                                                                                                   \
    for (; k + LANES <= depth; k += LANES)                                                                          \
      for (int j = 0; j < J; j++) {                                                                                 \
        lanes wv = *(const lanes *)(w + (size_t)j * depth + k);                                                     \
        for (int i = 0; i < I; i++) sums[i][j] += *(const lanes *)(x + (size_t)i * x_stride + k) * wv;              \
      }                                                                                                             \
    for (int i = 0; i < I; i++)                                                                                     \
      for (int j = 0; j < J; j++) {                                                                                 \
        float sum = total(&sums[i][j]);                                                                              \
        for (size_t r = k; r < depth; r++) sum += x[(size_t)i * x_stride + r] * w[(size_t)j * depth + r];           \
        float *out = y + (size_t)i * y_stride + j;                                                                  \
        *out = beta == 0.0f ? alpha * sum : alpha * sum + beta * *out;                                              \
      }                                                                                                             \
  }

TILE(4, 4)
TILE(1, 4)
TILE(4, 1)
TILE(1, 1)

MTL_CLONES void mtl_skinny_product(const float *x, size_t x_stride, const float *weight, float *y, size_t y_stride,
                                   size_t rows, size_t outputs, size_t depth, float alpha, float beta) {
  size_t n = 0;
  for (; n + 4 <= outputs; n += 4) {
    size_t i = 0;
    for (; i + 4 <= rows; i += 4)
      tile_4_4(x + i * x_stride, x_stride, weight + n * depth, y + i * y_stride + n, y_stride, depth, alpha, beta);
    for (; i < rows; i++)
      tile_1_4(x + i * x_stride, x_stride, weight + n * depth, y + i * y_stride + n, y_stride, depth, alpha, beta);
  }
  for (; n < outputs; n++) {
    size_t i = 0;
    for (; i + 4 <= rows; i += 4)
      tile_4_1(x + i * x_stride, x_stride, weight + n * depth, y + i * y_stride + n, y_stride, depth, alpha, beta);
    for (; i < rows; i++)
      tile_1_1(x + i * x_stride, x_stride, weight + n * depth, y + i * y_stride + n, y_stride, depth, alpha, beta);
  }
}

MTL_CLONES void mtl_attention_decode(const float *q, const float *k, const float *v, size_t stride, float *output,
                                     float *scores, size_t keys, size_t head_width, float scale) {
  MTL_REASSOCIATE
  float maximum = -__builtin_inff();
  for (size_t j = 0; j < keys; j++) {
    const float *key = k + j * stride;
    float dot = 0.0f;
    for (size_t d = 0; d < head_width; d++) dot += q[d] * key[d];
    scores[j] = dot;
    maximum = dot > maximum ? dot : maximum;
  }
  float sum = 0.0f;
  for (size_t j = 0; j < keys; j++) {
    float e = mtl_exp(scale * (scores[j] - maximum));
    scores[j] = e;
    sum += e;
  }
  float inverse = 1.0f / sum;
  for (size_t d = 0; d < head_width; d++) output[d] = 0.0f;
  for (size_t j = 0; j < keys; j++) {
    const float *value = v + j * stride;
    float p = scores[j] * inverse;
    for (size_t d = 0; d < head_width; d++) output[d] += p * value[d];
  }
}

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

typedef uint16_t halves __attribute__((vector_size(LANES * sizeof(uint16_t)), aligned(2)));
typedef uint32_t words __attribute__((vector_size(LANES * sizeof(uint32_t))));

// Weights of two storages: single precision, and bfloat16, which is its upper half.
#define LANES_f32(w) (*(const lanes *)(w))
#define LANES_bf16(w) ((lanes)(__builtin_convertvector(*(const halves *)(w), words) << 16))
#define ONE_f32(w) (*(w))
#define ONE_bf16(w) mtl_float_of_bits((uint32_t)*(w) << 16)

#define TILE(I, J, TYPE, KIND)                                                                                     \
  static inline __attribute__((always_inline)) void tile_##I##_##J##_##KIND(                                       \
      const float *x, size_t x_stride, const TYPE *w, float *y, size_t y_stride, size_t depth, float alpha,        \
      float beta) {                                                                                                \
    lanes sums[I][J];                                                                                              \
    for (int i = 0; i < I; i++)                                                                                    \
      for (int j = 0; j < J; j++) sums[i][j] = (lanes){0};                                                         \
    size_t k = 0;                                                                                                  \
    for (; k + LANES <= depth; k += LANES)                                                                         \
      for (int j = 0; j < J; j++) {                                                                                \
        lanes wv = LANES_##KIND(w + (size_t)j * depth + k);                                                        \
        for (int i = 0; i < I; i++) sums[i][j] += *(const lanes *)(x + (size_t)i * x_stride + k) * wv;             \
      }                                                                                                            \
    for (int i = 0; i < I; i++)                                                                                    \
      for (int j = 0; j < J; j++) {                                                                                \
        float sum = total(&sums[i][j]);                                                                            \
        for (size_t r = k; r < depth; r++) sum += x[(size_t)i * x_stride + r] * ONE_##KIND(w + (size_t)j * depth + r); \
        float *out = y + (size_t)i * y_stride + j;                                                                 \
        *out = beta == 0.0f ? alpha * sum : alpha * sum + beta * *out;                                             \
      }                                                                                                            \
  }

#define SKINNY_PRODUCT(NAME, TYPE, KIND)                                                                             \
  TILE(4, 4, TYPE, KIND)                                                                                             \
  TILE(1, 4, TYPE, KIND)                                                                                             \
  TILE(4, 1, TYPE, KIND)                                                                                             \
  TILE(1, 1, TYPE, KIND)                                                                                             \
  MTL_CLONES void NAME(const float *x, size_t x_stride, const TYPE *weight, float *y, size_t y_stride, size_t rows,  \
                       size_t outputs, size_t depth, float alpha, float beta) {                                      \
    size_t n = 0;                                                                                                    \
    for (; n + 4 <= outputs; n += 4) {                                                                               \
      const TYPE *w = weight + n * depth;                                                                            \
      size_t i = 0;                                                                                                  \
      for (; i + 4 <= rows; i += 4)                                                                                  \
        tile_4_4_##KIND(x + i * x_stride, x_stride, w, y + i * y_stride + n, y_stride, depth, alpha, beta);          \
      for (; i < rows; i++)                                                                                          \
        tile_1_4_##KIND(x + i * x_stride, x_stride, w, y + i * y_stride + n, y_stride, depth, alpha, beta);          \
    }                                                                                                                \
    for (; n < outputs; n++) {                                                                                       \
      const TYPE *w = weight + n * depth;                                                                            \
      size_t i = 0;                                                                                                  \
      for (; i + 4 <= rows; i += 4)                                                                                  \
        tile_4_1_##KIND(x + i * x_stride, x_stride, w, y + i * y_stride + n, y_stride, depth, alpha, beta);          \
      for (; i < rows; i++)                                                                                          \
        tile_1_1_##KIND(x + i * x_stride, x_stride, w, y + i * y_stride + n, y_stride, depth, alpha, beta);          \
    }                                                                                                                \
  }

SKINNY_PRODUCT(mtl_skinny_product, float, f32)
SKINNY_PRODUCT(mtl_skinny_product_bf16_weights, uint16_t, bf16)

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

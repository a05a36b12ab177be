#include "random.h"

#include "vector.h"

#define BLOCK 16

// Ten rounds over BLOCK counters side by side, which is what lets the compiler use vectors.
static inline __attribute__((always_inline)) void rounds(uint32_t c0[BLOCK], uint32_t c1[BLOCK], uint32_t c2[BLOCK],
                                                         uint32_t c3[BLOCK], uint64_t key) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < BLOCK; i++) {
      uint64_t a = (uint64_t)c0[i] * 0xD2511F53u, b = (uint64_t)c2[i] * 0xCD9E8D57u;
      uint32_t n0 = (uint32_t)(b >> 32) ^ c1[i] ^ k0, n2 = (uint32_t)(a >> 32) ^ c3[i] ^ k1;
      c1[i] = (uint32_t)b;
      c3[i] = (uint32_t)a;
      c0[i] = n0;
      c2[i] = n2;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

void mtl_philox(uint64_t key, uint64_t counter_low, uint64_t counter_high, uint32_t result[4]) {
  uint32_t c0[BLOCK] = {(uint32_t)counter_low}, c1[BLOCK] = {(uint32_t)(counter_low >> 32)};
  uint32_t c2[BLOCK] = {(uint32_t)counter_high}, c3[BLOCK] = {(uint32_t)(counter_high >> 32)};
  rounds(c0, c1, c2, c3, key);
  result[0] = c0[0];
  result[1] = c1[0];
  result[2] = c2[0];
  result[3] = c3[0];
}

// The factors (0 or 1 / (1 - p)) of 8 * BLOCK elements of a row, from element 8 * group on.
static inline __attribute__((always_inline)) void factors(float out[8 * BLOCK], uint64_t row, uint32_t group,
                                                          uint32_t stream, uint64_t key, uint32_t threshold,
                                                          float kept) {
  uint32_t c0[BLOCK], c1[BLOCK], c2[BLOCK], c3[BLOCK];
  for (int i = 0; i < BLOCK; i++) {
    c0[i] = group + (uint32_t)i;
    c1[i] = stream;
    c2[i] = (uint32_t)row;
    c3[i] = (uint32_t)(row >> 32);
  }
  rounds(c0, c1, c2, c3, key);
  for (int i = 0; i < BLOCK; i++) {
    uint32_t words[4] = {c0[i], c1[i], c2[i], c3[i]};
    for (int w = 0; w < 4; w++) {
      out[8 * i + 2 * w] = (words[w] & 0xFFFFu) < threshold ? 0.0f : kept;
      out[8 * i + 2 * w + 1] = (words[w] >> 16) < threshold ? 0.0f : kept;
    }
  }
}

MTL_CLONES void mtl_dropout(const float *x, size_t x_stride, float *y, const uint64_t *rows, size_t tokens,
                            size_t width, float probability, uint64_t key, uint32_t stream) {
  uint32_t threshold = (uint32_t)(probability * 65536.0f);
  float kept = 1.0f / (1.0f - probability), mask[8 * BLOCK];
  for (size_t t = 0; t < tokens; t++)
    for (size_t d = 0; d < width; d += 8 * BLOCK) {
      size_t count = width - d < 8 * BLOCK ? width - d : 8 * BLOCK;
      factors(mask, rows[t], (uint32_t)(d / 8), stream, key, threshold, kept);
      for (size_t i = 0; i < count; i++) y[t * width + d + i] = x[t * x_stride + d + i] * mask[i];
    }
}

MTL_CLONES void mtl_dropout_add(const float *x, float *y, const uint64_t *rows, size_t tokens, size_t width,
                                float probability, uint64_t key, uint32_t stream) {
  uint32_t threshold = (uint32_t)(probability * 65536.0f);
  float kept = 1.0f / (1.0f - probability), mask[8 * BLOCK];
  for (size_t t = 0; t < tokens; t++)
    for (size_t d = 0; d < width; d += 8 * BLOCK) {
      size_t count = width - d < 8 * BLOCK ? width - d : 8 * BLOCK;
      factors(mask, rows[t], (uint32_t)(d / 8), stream, key, threshold, kept);
      for (size_t i = 0; i < count; i++) y[t * width + d + i] += x[t * width + d + i] * mask[i];
    }
}

#include "rope.h"

#include "vector.h"

MTL_CLONES void mtl_rope(float *x, size_t stride, const int32_t *positions, const float *cosine, const float *sine,
                         size_t tokens, size_t heads, size_t head_width, float direction) {
  size_t half = head_width / 2;
  for (size_t t = 0; t < tokens; t++) {
    const float *restrict c = cosine + (size_t)positions[t] * half;
    const float *restrict s = sine + (size_t)positions[t] * half;
    for (size_t h = 0; h < heads; h++) {
      float *restrict low = x + t * stride + h * head_width;
      float *restrict high = low + half;
      for (size_t i = 0; i < half; i++) {
        float a = low[i], b = high[i], sign = direction * s[i];
        low[i] = a * c[i] - b * sign;
        high[i] = b * c[i] + a * sign;
      }
    }
  }
}

#include "norm.h"

#include "vector.h"

MTL_CLONES void mtl_rms_norm_forward(const float *x, const float *weight, float *y, float *inverse, size_t tokens,
                                     size_t width, float epsilon) {
  MTL_REASSOCIATE
  for (size_t t = 0; t < tokens; t++) {
    const float *row = x + t * width;
    float *out = y + t * width;
    float sum = 0.0f;
    for (size_t d = 0; d < width; d++) sum += row[d] * row[d];
    float scale = 1.0f / __builtin_sqrtf(sum / (float)width + epsilon);
    inverse[t] = scale;
    for (size_t d = 0; d < width; d++) out[d] = row[d] * scale * weight[d];
  }
}

MTL_CLONES void mtl_rms_norm_apply(const float *x, const float *weight, const float *inverse, float *y, size_t tokens,
                                   size_t width) {
  for (size_t t = 0; t < tokens; t++) {
    const float *row = x + t * width;
    float *out = y + t * width;
    float scale = inverse[t];
    for (size_t d = 0; d < width; d++) out[d] = row[d] * scale * weight[d];
  }
}

MTL_CLONES void mtl_rms_norm_backward(const float *dy, const float *x, const float *weight, const float *inverse,
                                      float *dx, size_t tokens, size_t width) {
  MTL_REASSOCIATE
  for (size_t t = 0; t < tokens; t++) {
    const float *row = x + t * width;
    const float *up = dy + t * width;
    float *out = dx + t * width;
    float scale = inverse[t];
    float dot = 0.0f;
    for (size_t d = 0; d < width; d++) dot += up[d] * weight[d] * row[d];
    float factor = scale * scale * scale * dot / (float)width;
    for (size_t d = 0; d < width; d++) out[d] += scale * up[d] * weight[d] - factor * row[d];
  }
}

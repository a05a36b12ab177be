#include "activation.h"

#include "vector.h"

MTL_CLONES void mtl_swiglu_forward(const float *gate_up, float *h, size_t tokens, size_t width) {
  for (size_t t = 0; t < tokens; t++) {
    const float *restrict gate = gate_up + t * 2 * width;
    const float *restrict up = gate + width;
    float *restrict out = h + t * width;
    for (size_t f = 0; f < width; f++) out[f] = gate[f] / (1.0f + mtl_exp(-gate[f])) * up[f];
  }
}

MTL_CLONES void mtl_swiglu_backward(float *gate_up, const float *dh, size_t tokens, size_t width) {
  for (size_t t = 0; t < tokens; t++) {
    float *restrict gate = gate_up + t * 2 * width;
    float *restrict up = gate + width;
    const float *restrict d = dh + t * width;
    for (size_t f = 0; f < width; f++) {
      float g = gate[f], u = up[f], sigmoid = 1.0f / (1.0f + mtl_exp(-g)), silu = g * sigmoid;
      gate[f] = d[f] * u * sigmoid * (1.0f + g - silu);
      up[f] = d[f] * silu;
    }
  }
}

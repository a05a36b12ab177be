// Root-mean-square normalisation (Zhang & Sennrich 2019, arXiv 1910.07467).
#ifndef MTL_NORM_H
#define MTL_NORM_H

#include <stddef.h>

// y[t] = x[t] * inverse[t] * weight, inverse[t] = 1 / sqrt(mean(x[t]^2) + epsilon).
// x, y [T, D] contiguous; weight [D]; inverse [T].
void mtl_rms_norm_forward(const float *x, const float *weight, float *y, float *inverse, size_t tokens, size_t width,
                          float epsilon);

// y[t] = x[t] * inverse[t] * weight, with the inverse of the forward pass.
void mtl_rms_norm_apply(const float *x, const float *weight, const float *inverse, float *y, size_t tokens,
                        size_t width);

// dx[t] += inverse[t] * (g - x[t] * inverse[t]^2 * mean(g * x[t])), g = dy[t] * weight. All [T, D] contiguous.
void mtl_rms_norm_backward(const float *dy, const float *x, const float *weight, const float *inverse, float *dx,
                           size_t tokens, size_t width);

#endif

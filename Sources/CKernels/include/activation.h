// SwiGLU (Shazeer 2020, arXiv 2002.05202): h = silu(gate) * up, silu(g) = g / (1 + e^-g).
#ifndef MTL_ACTIVATION_H
#define MTL_ACTIVATION_H

#include <stddef.h>

// h[t] = silu(gate_up[t, 0..<F]) * gate_up[t, F..<2F]. gate_up [T, 2F], h [T, F], contiguous.
void mtl_swiglu_forward(const float *gate_up, float *h, size_t tokens, size_t width);

// Replaces gate_up [T, 2F] by its gradient, given dh [T, F].
void mtl_swiglu_backward(float *gate_up, const float *dh, size_t tokens, size_t width);

#endif

// Rotary position embedding in the half-split layout of Hugging Face (Su et al. 2021, arXiv 2104.09864).
#ifndef MTL_ROPE_H
#define MTL_ROPE_H

#include <stddef.h>
#include <stdint.h>

// Rotates every pair (x[i], x[i + Dh/2]) of every head by the angle of its token's position, in place.
// x [T, heads * Dh] with a row stride; positions [T]; cosine, sine [maximum position, Dh / 2].
// direction is 1 forward and -1 backward: a rotation's transpose is its inverse.
void mtl_rope(float *x, size_t stride, const int32_t *positions, const float *cosine, const float *sine, size_t tokens,
              size_t heads, size_t head_width, float direction);

#endif

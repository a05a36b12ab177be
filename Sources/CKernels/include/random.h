// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a counter-based generator, so
// that a random number depends on its name alone, not on what was drawn before it.
#ifndef MTL_RANDOM_H
#define MTL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

// Four words for a 64-bit key and a 128-bit counter.
void mtl_philox(uint64_t key, uint64_t counter_low, uint64_t counter_high, uint32_t result[4]);

// Inverted dropout of x [T, D] (row stride x_stride) into y [T, D] contiguous: an element is dropped with the given
// probability, and the rest is multiplied by 1 / (1 - probability). Element (t, d) is decided by 16 bits of the
// generator at counter (rows[t], d / 8, stream), so the mask follows the token, not its place in the pack.
// Requires D to be a multiple of 8. In place is allowed.
void mtl_dropout(const float *x, size_t x_stride, float *y, const uint64_t *rows, size_t tokens, size_t width,
                 float probability, uint64_t key, uint32_t stream);

// y [T, D] += mask * x, the mask being that of mtl_dropout: the backward pass.
void mtl_dropout_add(const float *x, float *y, const uint64_t *rows, size_t tokens, size_t width, float probability,
                     uint64_t key, uint32_t stream);

#endif

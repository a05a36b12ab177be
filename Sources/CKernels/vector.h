// What the kernels share: run-time dispatch and an exponential that vectorises.
#ifndef MTL_VECTOR_H
#define MTL_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A function compiled once per instruction set and chosen when the program is loaded.
#if defined(__x86_64__) && defined(__linux__)
#define MTL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MTL_CLONES
#endif

// Lets a sum be split over vector lanes. The order of additions is then fixed by the compiled code, so a
// result is the same in every run on one type of CPU.
#define MTL_REASSOCIATE _Pragma("clang fp reassociate(on)")

static inline __attribute__((always_inline)) float mtl_float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline __attribute__((always_inline)) uint32_t mtl_bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// e^x within 2 units in the last place for x in [-87, 88]; clamped outside; NaN stays NaN.
//
// x = n ln2 + r with n an integer, |r| <= ln2 / 2; e^r by its Taylor polynomial of degree 7, whose remainder is
// below 1e-8; 2^n by writing the exponent field. Adding 1.5 * 2^23 rounds to an integer without a library call.
static inline __attribute__((always_inline)) float mtl_exp(float x) {
  float clamped = x < -87.0f ? -87.0f : x;
  clamped = clamped > 88.0f ? 88.0f : clamped;
  const float magic = 12582912.0f;
  float shifted = clamped * 1.44269504088896341f + magic;
  float n = shifted - magic;
  float r = clamped - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // The low bits of `shifted` hold n plus the bits of the magic number; shifting by 23 leaves n in the exponent field.
  float scale = mtl_float_of_bits((mtl_bits_of_float(shifted) + 127u) << 23);
  return p * scale;
}

#endif

#include "dequantise.h"

#include "vector.h"


// Shifting the 15 bits below the sign into a float's place makes a float 2^112 too small, subnormals included; what is
// left is an exponent of all ones. No branch, so that loops over it become vectors.
static inline __attribute__((always_inline)) float half_to_float(uint16_t half) {
  uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  float scaled;
  memcpy(&scaled, &magnitude, sizeof scaled);
  scaled *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &scaled, sizeof bits);
  bits |= (half & 0x7fff) >= 0x7c00 ? 0x7f800000u : 0u;
  bits |= (uint32_t)(half & 0x8000) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline __attribute__((always_inline)) float load_half(const uint8_t *source) {
  uint16_t half;
  memcpy(&half, source, sizeof half);
  return half_to_float(half);
}

MTL_CLONES void mtl_bf16_to_f32(const void *source, float *restrict destination, size_t count) {
  const uint8_t *bytes = source;
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, bytes + 2 * i, sizeof half);
    uint32_t bits = (uint32_t)half << 16;
    memcpy(&destination[i], &bits, sizeof bits);
  }
}

MTL_CLONES void mtl_f16_to_f32(const void *source, float *restrict destination, size_t count) {
  const uint8_t *bytes = source;
  for (size_t i = 0; i < count; i++) destination[i] = load_half(bytes + 2 * i);
}

MTL_CLONES void mtl_q8_0_to_f32(const void *source, float *restrict destination, size_t block_count) {
  const uint8_t *block = source;
  for (size_t b = 0; b < block_count; b++, block += 34, destination += 32) {
    const float d = load_half(block);
    const int8_t *q = (const int8_t *)(block + 2);
    for (int i = 0; i < 32; i++) destination[i] = d * (float)q[i];
  }
}

MTL_CLONES void mtl_q4_0_to_f32(const void *source, float *restrict destination, size_t block_count) {
  const uint8_t *block = source;
  for (size_t b = 0; b < block_count; b++, block += 18, destination += 32) {
    const float d = load_half(block);
    const uint8_t *q = block + 2;
    for (int i = 0; i < 16; i++) destination[i] = d * (float)((int)(q[i] & 15) - 8);
    for (int i = 0; i < 16; i++) destination[i + 16] = d * (float)((int)(q[i] >> 4) - 8);
  }
}

// d has 11 significant bits and q 4, so the product is exact and fusing it with the sum changes nothing.
MTL_CLONES void mtl_q4_1_to_f32(const void *source, float *restrict destination, size_t block_count) {
  const uint8_t *block = source;
  for (size_t b = 0; b < block_count; b++, block += 20, destination += 32) {
    const float d = load_half(block);
    const float m = load_half(block + 2);
    const uint8_t *q = block + 4;
    for (int i = 0; i < 16; i++) destination[i] = d * (float)(q[i] & 15) + m;
    for (int i = 0; i < 16; i++) destination[i + 16] = d * (float)(q[i] >> 4) + m;
  }
}

MTL_CLONES void mtl_f32_to_bf16(const float *source, uint16_t *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = mtl_bits_of_float(source[i]);
    uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
    // A NaN keeps its quiet bit: rounding could carry it into an infinity.
    destination[i] = (uint16_t)(source[i] != source[i] ? (bits >> 16) | 0x40u : rounded);
  }
}

#include "dequantise.h"

#include "vector.h"


MTL_CLONES void mtl_bf16_to_f32(const uint16_t *source, float *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = (uint32_t)source[i] << 16;
    memcpy(&destination[i], &bits, sizeof bits);
  }
}

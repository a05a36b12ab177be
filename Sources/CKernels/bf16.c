#include "bf16.h"

#include "vector.h"

MTL_CLONES void mtl_round_to_bf16(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = mtl_bits_of_float(input[i]);
    uint32_t magnitude = bits & 0x7fffffffu;
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
    rounded = magnitude < 0x00800000u ? bits & 0x80000000u : rounded;
    rounded = magnitude > 0x7f800000u ? (bits | 0x00400000u) & 0xffff0000u : rounded;
    output[i] = mtl_float_of_bits(rounded);
  }
}

// The blocking: a tile of the result has 8 rows and 48 columns, 24 sums of 16 lanes in registers. A panel of b, 48
// columns by at most 320 rows, stays in the first-level cache; a block of a, at most 512 rows, in the second.
#define TILE_ROWS 8
#define TILE_COLUMNS 48
#define VECTORS (TILE_COLUMNS / 16)
#define BLOCK_DEPTH 320
#define BLOCK_ROWS 512

size_t mtl_bf16_gemm_scratch(void) {
  return BLOCK_ROWS * BLOCK_DEPTH / 2 + BLOCK_DEPTH / 2 * TILE_COLUMNS + 64;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define BF16_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define BF16_INLINE static inline __attribute__((always_inline)) BF16_TARGET

bool mtl_bf16_supported(void) {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

BF16_INLINE __mmask16 first_lanes(size_t count) { return count >= 16 ? 0xffff : (__mmask16)((1u << count) - 1); }

// 32 consecutive elements as 16 pairs; those from `count` on are zero.
BF16_INLINE __m512i pairs_of_floats(const float *p, size_t count) {
  __m512 low = _mm512_maskz_loadu_ps(first_lanes(count), p);
  __m512 high = count > 16 ? _mm512_maskz_loadu_ps(first_lanes(count - 16), p + 16) : _mm512_setzero_ps();
  return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

BF16_INLINE __m512i pairs_of_bf16(const uint16_t *p, size_t count) {
  __mmask32 mask = count >= 32 ? 0xffffffffu : (1u << count) - 1;
  return _mm512_maskz_loadu_epi16(mask, p);
}

// Writes 16 vectors of 16 pairs, transposed: pair i of vector j becomes element j of row i, rows being 48 apart.
BF16_INLINE void transpose(__m512i v[16], uint32_t *to) {
  __m512i a[16], b[16];
  for (int i = 0; i < 8; i++) {
    a[2 * i] = _mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
  }
  for (int i = 0; i < 4; i++) {
    b[4 * i] = _mm512_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 1] = _mm512_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 2] = _mm512_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
    b[4 * i + 3] = _mm512_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
  }
  // b[4 g + r] holds, in its quarter q, pair 4 q + r of the vectors 4 g to 4 g + 3.
  for (int r = 0; r < 4; r++) {
    __m512i low01 = _mm512_shuffle_i32x4(b[r], b[4 + r], 0x88), high01 = _mm512_shuffle_i32x4(b[r], b[4 + r], 0xdd);
    __m512i low23 = _mm512_shuffle_i32x4(b[8 + r], b[12 + r], 0x88);
    __m512i high23 = _mm512_shuffle_i32x4(b[8 + r], b[12 + r], 0xdd);
    _mm512_storeu_si512(to + (size_t)(r)*TILE_COLUMNS, _mm512_shuffle_i32x4(low01, low23, 0x88));
    _mm512_storeu_si512(to + (size_t)(8 + r) * TILE_COLUMNS, _mm512_shuffle_i32x4(low01, low23, 0xdd));
    _mm512_storeu_si512(to + (size_t)(4 + r) * TILE_COLUMNS, _mm512_shuffle_i32x4(high01, high23, 0x88));
    _mm512_storeu_si512(to + (size_t)(12 + r) * TILE_COLUMNS, _mm512_shuffle_i32x4(high01, high23, 0xdd));
  }
}

// A panel of b: for each pair of rows of op(b), the pairs of 48 columns; columns from `columns` on are zero.
BF16_INLINE void pack_transposed(const float *b, const uint16_t *b16, size_t stride, size_t columns, size_t depth,
                                 uint32_t *panel) {
  for (size_t k = 0; k < depth; k += 32)
    for (size_t block = 0; block < TILE_COLUMNS; block += 16) {
      __m512i v[16];
      for (size_t j = 0; j < 16; j++) {
        size_t row = block + j;
        if (row >= columns)
          v[j] = _mm512_setzero_si512();
        else if (b)
          v[j] = pairs_of_floats(b + row * stride + k, depth - k);
        else
          v[j] = pairs_of_bf16(b16 + row * stride + k, depth - k);
      }
      transpose(v, panel + k / 2 * TILE_COLUMNS + block);
    }
}

BF16_INLINE void pack_plain(const float *b, const uint16_t *b16, size_t stride, size_t columns, size_t depth,
                            uint32_t *panel) {
  const __m512i interleave = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                              6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  for (size_t k = 0; k < depth; k += 2)
    for (size_t block = 0; block < TILE_COLUMNS; block += 16) {
      __mmask16 mask = block < columns ? first_lanes(columns - block) : 0;
      __mmask16 second = k + 1 < depth ? mask : 0;
      size_t at = k * stride + block;
      __m512i both;
      if (b) {
        __m512 low = _mm512_maskz_loadu_ps(mask, b + at);
        both = (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(second, b + at + stride), low);
      } else {
        __m256i low = _mm256_maskz_loadu_epi16(mask, b16 + at);
        __m256i high = _mm256_maskz_loadu_epi16(second, b16 + at + stride);
        both = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
      }
      _mm512_storeu_si512(panel + k / 2 * TILE_COLUMNS + block, _mm512_permutexvar_epi16(interleave, both));
    }
}

// A tile of the result: `rows` rows (a constant where it is inlined) of a, whose pairs are `depth` long each.
BF16_INLINE void tile(const size_t rows, const uint32_t *a, const uint32_t *panel, size_t pairs, size_t a_stride,
                      float *c, size_t c_stride, size_t columns, float beta) {
  __m512 sums[TILE_ROWS][VECTORS];
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < VECTORS; j++) sums[i][j] = _mm512_setzero_ps();
  for (size_t k = 0; k < pairs; k++) {
    __m512bh b[VECTORS];
    for (size_t j = 0; j < VECTORS; j++)
      b[j] = (__m512bh)_mm512_loadu_si512(panel + k * TILE_COLUMNS + 16 * j);
    for (size_t i = 0; i < rows; i++) {
      __m512bh pair = (__m512bh)_mm512_set1_epi32((int)a[i * a_stride + k]);
      for (size_t j = 0; j < VECTORS; j++) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], pair, b[j]);
    }
  }
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < VECTORS; j++) {
      if (16 * j >= columns) break;
      __mmask16 mask = first_lanes(columns - 16 * j);
      float *out = c + i * c_stride + 16 * j;
      __m512 sum = sums[i][j];
      if (beta != 0.0f) sum = _mm512_fmadd_ps(_mm512_set1_ps(beta), _mm512_maskz_loadu_ps(mask, out), sum);
      _mm512_mask_storeu_ps(out, mask, sum);
    }
}

BF16_TARGET void mtl_bf16_gemm(size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b,
                               const uint16_t *b16, size_t b_stride, bool transposed, float *c, size_t c_stride,
                               float beta, float *scratch) {
  uint32_t *panel = (uint32_t *)scratch;
  uint32_t *block = panel + BLOCK_DEPTH / 2 * TILE_COLUMNS;
  // Equal depths, multiples of 32, rather than a short last one.
  size_t parts = (k + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
  size_t depth = parts == 0 ? 0 : ((k + parts - 1) / parts + 31) / 32 * 32;
  size_t first = 0;
  do {
    size_t kc = k - first < depth ? k - first : depth;
    size_t pairs = (kc + 1) / 2, stride = (kc + 31) / 32 * 16;
    float keep = first == 0 ? beta : 1.0f;
    for (size_t row = 0; row < m; row += BLOCK_ROWS) {
      size_t mc = m - row < BLOCK_ROWS ? m - row : BLOCK_ROWS;
      for (size_t i = 0; i < mc; i++)
        for (size_t p = 0; p < kc; p += 32)
          _mm512_storeu_si512(block + i * stride + p / 2, pairs_of_floats(a + (row + i) * a_stride + first + p, kc - p));
      for (size_t column = 0; column < n; column += TILE_COLUMNS) {
        size_t nc = n - column < TILE_COLUMNS ? n - column : TILE_COLUMNS;
        size_t at = transposed ? column * b_stride + first : first * b_stride + column;
        if (transposed)
          pack_transposed(b ? b + at : 0, b ? 0 : b16 + at, b_stride, nc, kc, panel);
        else
          pack_plain(b ? b + at : 0, b ? 0 : b16 + at, b_stride, nc, kc, panel);
        size_t i = 0;
        float *out = c + row * c_stride + column;
        for (; i + TILE_ROWS <= mc; i += TILE_ROWS)
          tile(TILE_ROWS, block + i * stride, panel, pairs, stride, out + i * c_stride, c_stride, nc, keep);
        for (; i + 4 <= mc; i += 4)
          tile(4, block + i * stride, panel, pairs, stride, out + i * c_stride, c_stride, nc, keep);
        for (; i < mc; i++) tile(1, block + i * stride, panel, pairs, stride, out + i * c_stride, c_stride, nc, keep);
      }
    }
    first += depth;
  } while (first < k);
}

// The sums of the lanes of 16 vectors, in their order; each is added up in the same way.
BF16_INLINE __m512 lane_sums(const __m512 v[16]) {
  __m512 a[8], b[4], c[2];
  for (int i = 0; i < 8; i++)
    a[i] = _mm512_add_ps(_mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]), _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
  for (int i = 0; i < 4; i++) {
    __m512d even = (__m512d)a[2 * i], odd = (__m512d)a[2 * i + 1];
    b[i] = _mm512_add_ps((__m512)_mm512_unpacklo_pd(even, odd), (__m512)_mm512_unpackhi_pd(even, odd));
  }
  for (int i = 0; i < 2; i++)
    c[i] = _mm512_add_ps(_mm512_shuffle_f32x4(b[2 * i], b[2 * i + 1], 0x88),
                         _mm512_shuffle_f32x4(b[2 * i], b[2 * i + 1], 0xdd));
  return _mm512_add_ps(_mm512_shuffle_f32x4(c[0], c[1], 0x88), _mm512_shuffle_f32x4(c[0], c[1], 0xdd));
}

// A tile of `rows` rows by `outputs` outputs (constants where it is inlined); lanes run along the depth.
BF16_INLINE void skinny_tile(const size_t rows, const size_t outputs, const uint32_t *x, size_t x_stride,
                             const float *w, const uint16_t *w16, size_t depth, float *y, size_t y_stride,
                             float beta, const char *next) {
  __m512 sums[16];
  for (size_t i = 0; i < 16; i++) sums[i] = _mm512_setzero_ps();
  for (size_t k = 0; k < depth; k += 32) {
    _mm_prefetch(next + (w ? 4 : 2) * k, _MM_HINT_T0);
    if (w) _mm_prefetch(next + 4 * k + 64, _MM_HINT_T0);
    __m512bh xv[4];
    for (size_t i = 0; i < rows; i++) xv[i] = (__m512bh)_mm512_loadu_si512(x + i * x_stride + k / 2);
    for (size_t j = 0; j < outputs; j++) {
      __m512i wv = w ? pairs_of_floats(w + j * depth + k, depth - k) : pairs_of_bf16(w16 + j * depth + k, depth - k);
      for (size_t i = 0; i < rows; i++) sums[4 * i + j] = _mm512_dpbf16_ps(sums[4 * i + j], xv[i], (__m512bh)wv);
    }
  }
  float totals[16];
  _mm512_storeu_ps(totals, lane_sums(sums));
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < outputs; j++) {
      float *out = y + i * y_stride + j;
      *out = beta == 0.0f ? totals[4 * i + j] : totals[4 * i + j] + beta * *out;
    }
}

// Four rows at a time, then one; `outputs` is a constant where it is inlined.
BF16_INLINE void skinny_column(const size_t outputs, size_t rows, const uint32_t *x, size_t x_stride, const float *w,
                               const uint16_t *w16, size_t depth, float *y, size_t y_stride, float beta) {
  size_t i = 0;
  // While a block of weights is used, a row of the next is fetched with each of the first tiles, a line at a time.
  const size_t row_bytes = depth * (w ? 4 : 2);
  const char *next = (w ? (const char *)w : (const char *)w16) + outputs * row_bytes;
  for (; i + 4 <= rows; i += 4)
    skinny_tile(4, outputs, x + i * x_stride, x_stride, w, w16, depth, y + i * y_stride, y_stride, beta,
                next + i / 4 % outputs * row_bytes);
  for (; i < rows; i++)
    skinny_tile(1, outputs, x + i * x_stride, x_stride, w, w16, depth, y + i * y_stride, y_stride, beta,
                next + i % outputs * row_bytes);
}

BF16_TARGET void mtl_bf16_skinny_product(const float *x, size_t x_stride, const float *w, const uint16_t *w16,
                                         float *y, size_t y_stride, size_t rows, size_t outputs, size_t depth,
                                         float beta, float *scratch) {
  uint32_t *rounded = (uint32_t *)scratch;
  size_t stride = (depth + 31) / 32 * 16, n = 0;
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < depth; k += 32)
      _mm512_storeu_si512(rounded + i * stride + k / 2, pairs_of_floats(x + i * x_stride + k, depth - k));
  for (; n + 4 <= outputs; n += 4)
    if (w)
      skinny_column(4, rows, rounded, stride, w + n * depth, 0, depth, y + n, y_stride, beta);
    else
      skinny_column(4, rows, rounded, stride, 0, w16 + n * depth, depth, y + n, y_stride, beta);
  for (; n < outputs; n++)
    skinny_column(1, rows, rounded, stride, w ? w + n * depth : 0, w ? 0 : w16 + n * depth, depth, y + n, y_stride,
                  beta);
}

#else

void mtl_bf16_skinny_product(const float *x, size_t x_stride, const float *w, const uint16_t *w16, float *y,
                             size_t y_stride, size_t rows, size_t outputs, size_t depth, float beta, float *scratch) {
  (void)x, (void)x_stride, (void)w, (void)w16, (void)y, (void)y_stride, (void)rows, (void)outputs, (void)depth;
  (void)beta, (void)scratch;
  __builtin_trap();
}

bool mtl_bf16_supported(void) { return false; }

void mtl_bf16_gemm(size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *b, const uint16_t *b16,
                   size_t b_stride, bool transposed, float *c, size_t c_stride, float beta, float *scratch) {
  (void)m, (void)n, (void)k, (void)a, (void)a_stride, (void)b, (void)b16, (void)b_stride, (void)transposed, (void)c;
  (void)c_stride, (void)beta, (void)scratch;
  __builtin_trap();
}

#endif

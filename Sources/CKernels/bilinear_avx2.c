// Bilinear demosaic to interleaved pixels, AVX2. Contract in ck_bilinear.h.
#include "ck_bilinear.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// Sixteen bytes of each colour -> 48 interleaved ones. order[k][c]: bytes of colour c that vector k takes, -1 for none.
static inline __attribute__((always_inline)) void interleave(
    __m128i r, __m128i g, __m128i b, const int8_t order[3][3][16], __m128i out[3])
{
    for (int k = 0; k < 3; k++) {
        const __m128i *bytes = (const __m128i *)order[k];
        out[k] = _mm_or_si128(
            _mm_or_si128(_mm_shuffle_epi8(r, _mm_loadu_si128(bytes)), _mm_shuffle_epi8(g, _mm_loadu_si128(bytes + 1))),
            _mm_shuffle_epi8(b, _mm_loadu_si128(bytes + 2)));
    }
}

static inline __attribute__((always_inline)) void store_interleaved(
    void *target, __m256i r, __m256i g, __m256i b, const int8_t order[3][3][16])
{
    __m128i out[6];
    interleave(_mm256_castsi256_si128(r), _mm256_castsi256_si128(g), _mm256_castsi256_si128(b), order, out);
    interleave(
        _mm256_extracti128_si256(r, 1), _mm256_extracti128_si256(g, 1), _mm256_extracti128_si256(b, 1), order, out + 3);
    for (int k = 0; k < 3; k++) _mm256_storeu_si256((__m256i *)target + k, _mm256_set_m128i(out[2 * k + 1], out[2 * k]));
}

// Byte i of the interleaved 48 belongs to pixel i / 3, colour i mod 3.
#define BYTE(i, c) (int8_t)((i) % 3 == (c) ? (i) / 3 : -1)
// The same for words: byte i is half i mod 2 of word i / 2.
#define HALF(i, c) (int8_t)((i) / 2 % 3 == (c) ? (i) / 6 * 2 + (i) % 2 : -1)
#define SIXTEEN(AT, o, c) \
    {AT(o, c), AT(o + 1, c), AT(o + 2, c), AT(o + 3, c), AT(o + 4, c), AT(o + 5, c), AT(o + 6, c), AT(o + 7, c), \
     AT(o + 8, c), AT(o + 9, c), AT(o + 10, c), AT(o + 11, c), AT(o + 12, c), AT(o + 13, c), AT(o + 14, c), AT(o + 15, c)}
#define COLORS(AT, o) {SIXTEEN(AT, o, 0), SIXTEEN(AT, o, 1), SIXTEEN(AT, o, 2)}
static const int8_t byte_order[3][3][16] = {COLORS(BYTE, 0), COLORS(BYTE, 16), COLORS(BYTE, 32)};
static const int8_t word_order[3][3][16] = {COLORS(HALF, 0), COLORS(HALF, 16), COLORS(HALF, 32)};

#define V __m256i
#define MASK __m256i
#define load(p) _mm256_loadu_si256((const __m256i *)(p))
#define and_ _mm256_and_si256
#define or_ _mm256_or_si256
#define xor_ _mm256_xor_si256
#define blend(mask, yes, no) _mm256_blendv_epi8(no, yes, mask)

#define SAMPLE uint8_t
#define NAME(x) u8_##x
#define ROW ck_u8_bilinear_rgb8__avx2
#define LANES 32
#define mean _mm256_avg_epu8
#define sub _mm256_sub_epi8
#define one _mm256_set1_epi8(1)
#define parity(odd) _mm256_set1_epi16((odd) ? (short)0xff00 : 0x00ff)
#define store3(target, r, g, b) store_interleaved(target, r, g, b, byte_order)
#include "bilinear_pixel.h"
#include "bilinear_body.h"
#undef SAMPLE
#undef NAME
#undef ROW
#undef LANES
#undef mean
#undef sub
#undef one
#undef parity
#undef store3

#define SAMPLE uint16_t
#define NAME(x) u16_##x
#define ROW ck_u16_bilinear_rgb16__avx2
#define LANES 16
#define mean _mm256_avg_epu16
#define sub _mm256_sub_epi16
#define one _mm256_set1_epi16(1)
#define parity(odd) _mm256_set1_epi32((odd) ? (int)0xffff0000 : 0x0000ffff)
#define store3(target, r, g, b) store_interleaved(target, r, g, b, word_order)
#include "bilinear_pixel.h"
#include "bilinear_body.h"

#pragma clang attribute pop
#endif

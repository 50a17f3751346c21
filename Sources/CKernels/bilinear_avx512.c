// Bilinear demosaic to interleaved pixels, AVX-512 VBMI. Contract in ck_bilinear.h.
#include "ck_bilinear.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), apply_to = function)

// Which pixel each sample of an interleaved vector belongs to; samples of green and blue.
static const uint8_t u8_pixel_of[3][64] = {
#define ROW16(o) (o) / 3, ((o) + 1) / 3, ((o) + 2) / 3, ((o) + 3) / 3, ((o) + 4) / 3, ((o) + 5) / 3, ((o) + 6) / 3, \
    ((o) + 7) / 3, ((o) + 8) / 3, ((o) + 9) / 3, ((o) + 10) / 3, ((o) + 11) / 3, ((o) + 12) / 3, ((o) + 13) / 3, \
    ((o) + 14) / 3, ((o) + 15) / 3
    {ROW16(0), ROW16(16), ROW16(32), ROW16(48)},
    {ROW16(64), ROW16(80), ROW16(96), ROW16(112)},
    {ROW16(128), ROW16(144), ROW16(160), ROW16(176)},
};
static const uint16_t u16_pixel_of[3][32] = {
    {ROW16(0), ROW16(16)},
    {ROW16(32), ROW16(48)},
    {ROW16(64), ROW16(80)},
#undef ROW16
};
// Every third bit from bit 0 on.
static const uint64_t thirds = 0x9249249249249249ull;

#define V __m512i
#define load(p) _mm512_loadu_si512(p)
#define and_ _mm512_and_si512
#define or_ _mm512_or_si512
#define xor_ _mm512_xor_si512

#define SAMPLE uint8_t
#define NAME(x) u8_##x
#define ROW ck_u8_bilinear_rgb8__avx512
#define LANES 64
#define MASK __mmask64
#define mean _mm512_avg_epu8
#define sub _mm512_sub_epi8
#define one _mm512_set1_epi8(1)
#define parity(odd) ((odd) ? 0xaaaaaaaaaaaaaaaaull : 0x5555555555555555ull)
#define blend(mask, yes, no) _mm512_mask_mov_epi8(no, mask, yes)
static inline __attribute__((always_inline)) void u8_store3(uint8_t *target, V r, V g, V b)
{
    for (int k = 0; k < 3; k++) {
        // Bit i stands for sample 64 k + i; green has remainder 1, blue 2.
        const unsigned first = (unsigned)(64 * k) % 3;
        const __mmask64 green = thirds << ((4 - first) % 3), blue = thirds << ((5 - first) % 3);
        const __m512i pixel = _mm512_loadu_si512(u8_pixel_of[k]);
        __m512i out = _mm512_permutexvar_epi8(pixel, r);
        out = _mm512_mask_permutexvar_epi8(out, green, pixel, g);
        out = _mm512_mask_permutexvar_epi8(out, blue, pixel, b);
        _mm512_storeu_si512(target + 64 * k, out);
    }
}
#define store3 u8_store3
#include "bilinear_pixel.h"
#include "bilinear_body.h"
#undef SAMPLE
#undef NAME
#undef ROW
#undef LANES
#undef MASK
#undef mean
#undef sub
#undef one
#undef parity
#undef blend
#undef store3

#define SAMPLE uint16_t
#define NAME(x) u16_##x
#define ROW ck_u16_bilinear_rgb16__avx512
#define LANES 32
#define MASK __mmask32
#define mean _mm512_avg_epu16
#define sub _mm512_sub_epi16
#define one _mm512_set1_epi16(1)
#define parity(odd) ((odd) ? 0xaaaaaaaau : 0x55555555u)
#define blend(mask, yes, no) _mm512_mask_mov_epi16(no, mask, yes)
static inline __attribute__((always_inline)) void u16_store3(uint16_t *target, V r, V g, V b)
{
    for (int k = 0; k < 3; k++) {
        const unsigned first = (unsigned)(32 * k) % 3;
        const __mmask32 green = (__mmask32)(thirds << ((4 - first) % 3)), blue = (__mmask32)(thirds << ((5 - first) % 3));
        const __m512i pixel = _mm512_loadu_si512(u16_pixel_of[k]);
        __m512i out = _mm512_permutexvar_epi16(pixel, r);
        out = _mm512_mask_permutexvar_epi16(out, green, pixel, g);
        out = _mm512_mask_permutexvar_epi16(out, blue, pixel, b);
        _mm512_storeu_si512(target + 32 * k, out);
    }
}
#define store3 u16_store3
#include "bilinear_pixel.h"
#include "bilinear_body.h"

#pragma clang attribute pop
#endif

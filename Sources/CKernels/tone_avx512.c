// Tone curve and interleaving with AVX-512 VBMI: the curve's tables stay in registers. Contract in ck_develop.h.
#include "ck_develop.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    __m512i fine_base[2], fine_rise[2], base[2], rise[2];
} tables;

INLINE tables load_tables(const uint16_t *pieces)
{
    tables t;
    for (int i = 0; i < 2; i++) {
        t.fine_base[i] = _mm512_loadu_si512(pieces + 32 * i);
        t.fine_rise[i] = _mm512_loadu_si512(pieces + 64 + 32 * i);
        t.base[i] = _mm512_loadu_si512(pieces + 128 + 32 * i);
        t.rise[i] = _mm512_loadu_si512(pieces + 192 + 32 * i);
    }
    return t;
}

INLINE __m512i look_up(const __m512i table[2], __m512i index)
{
    return _mm512_permutex2var_epi16(table[0], index, table[1]);
}

INLINE __m512i curve(const tables *t, __m512i value)
{
    const __mmask32 fine = _mm512_cmplt_epu16_mask(value, _mm512_set1_epi16(4096));
    const __m512i index = _mm512_mask_srli_epi16(_mm512_srli_epi16(value, 10), fine, value, 6);
    const __m512i fraction = _mm512_mask_slli_epi16(_mm512_slli_epi16(value, 6), fine, value, 10);
    const __m512i base = _mm512_mask_mov_epi16(look_up(t->base, index), fine, look_up(t->fine_base, index));
    const __m512i rise = _mm512_mask_mov_epi16(look_up(t->rise, index), fine, look_up(t->fine_rise, index));
    return _mm512_add_epi16(base, _mm512_mulhi_epu16(rise, fraction));
}

INLINE __m512i curve_to_8_bits(const tables *t, __m512i value)
{
    return _mm512_srli_epi16(_mm512_add_epi16(curve(t, value), _mm512_set1_epi16(128)), 8);
}

// (value * 255 + 32895) >> 16, which is value / 257 rounded: the upper half of the product and the carry of the lower.
INLINE __m512i to_8_bits(__m512i value)
{
    const __m512i factor = _mm512_set1_epi16(255), upper = _mm512_mulhi_epu16(value, factor);
    const __mmask32 carry =
        _mm512_cmpge_epu16_mask(_mm512_mullo_epi16(value, factor), _mm512_set1_epi16((short)(65536 - 32895)));
    return _mm512_mask_add_epi16(upper, carry, upper, _mm512_set1_epi16(1));
}

// Which lane of a plane each lane of an interleaved vector takes, and the lanes that are green and blue, for the three
// vectors that 64 (bytes) or 32 (words) pixels fill.
typedef struct {
    __m512i source[3];
    uint64_t green[3], blue[3];
} interleaving;

INLINE interleaving interleave_bytes(void)
{
    interleaving order = {0};
    for (int part = 0; part < 3; part++) {
        uint8_t source[64];
        for (int lane = 0; lane < 64; lane++) {
            const int at = 64 * part + lane;
            source[lane] = (uint8_t)(at / 3);
            if (at % 3 == 1) order.green[part] |= 1ull << lane;
            if (at % 3 == 2) order.blue[part] |= 1ull << lane;
        }
        order.source[part] = _mm512_loadu_si512(source);
    }
    return order;
}

INLINE interleaving interleave_words(void)
{
    interleaving order = {0};
    for (int part = 0; part < 3; part++) {
        uint16_t source[32];
        for (int lane = 0; lane < 32; lane++) {
            const int at = 32 * part + lane;
            source[lane] = (uint16_t)(at / 3);
            if (at % 3 == 1) order.green[part] |= 1ull << lane;
            if (at % 3 == 2) order.blue[part] |= 1ull << lane;
        }
        order.source[part] = _mm512_loadu_si512(source);
    }
    return order;
}

void ck_u16_tone_rgb8__avx512(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, const ck_tone *tone,
    uint8_t *target)
{
    const interleaving order = interleave_bytes();
    const tables t = tone ? load_tables(tone->pieces) : (tables){0};
    const uint16_t *const planes[3] = {red, green, blue};
    for (size_t x = 0; x < width; x += 64) {
        const size_t pixels = width - x;
        __m512i color[3];
        for (int i = 0; i < 3; i++) {
            // The second half is read only where the row has it: planes have room up to a multiple of 32.
            const __m512i low = _mm512_loadu_si512(planes[i] + x);
            const __m512i high = pixels > 32 ? _mm512_loadu_si512(planes[i] + x + 32) : low;
            const __m512i a = tone ? curve_to_8_bits(&t, low) : to_8_bits(low);
            const __m512i b = tone ? curve_to_8_bits(&t, high) : to_8_bits(high);
            color[i] = _mm512_inserti64x4(
                _mm512_castsi256_si512(_mm512_cvtepi16_epi8(a)), _mm512_cvtepi16_epi8(b), 1);
        }
        for (size_t part = 0; part < 3; part++) {
            __m512i out = _mm512_permutexvar_epi8(order.source[part], color[0]);
            out = _mm512_mask_permutexvar_epi8(out, order.green[part], order.source[part], color[1]);
            out = _mm512_mask_permutexvar_epi8(out, order.blue[part], order.source[part], color[2]);
            if (pixels >= 64) {
                _mm512_storeu_si512(target + 3 * x + 64 * part, out);
            } else if (3 * pixels > 64 * part) {
                const size_t bytes = 3 * pixels - 64 * part;
                _mm512_mask_storeu_epi8(
                    target + 3 * x + 64 * part, _bzhi_u64(~0ull, (unsigned)(bytes < 64 ? bytes : 64)), out);
            }
        }
    }
}

void ck_u16_tone_rgb16__avx512(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, const ck_tone *tone,
    uint16_t *target)
{
    const interleaving order = interleave_words();
    const tables t = tone ? load_tables(tone->pieces) : (tables){0};
    const uint16_t *const planes[3] = {red, green, blue};
    for (size_t x = 0; x < width; x += 32) {
        const size_t pixels = width - x;
        __m512i color[3];
        for (int i = 0; i < 3; i++) {
            const __m512i value = _mm512_loadu_si512(planes[i] + x);
            color[i] = tone ? curve(&t, value) : value;
        }
        for (size_t part = 0; part < 3; part++) {
            __m512i out = _mm512_permutexvar_epi16(order.source[part], color[0]);
            out = _mm512_mask_permutexvar_epi16(out, (__mmask32)order.green[part], order.source[part], color[1]);
            out = _mm512_mask_permutexvar_epi16(out, (__mmask32)order.blue[part], order.source[part], color[2]);
            if (pixels >= 32) {
                _mm512_storeu_si512(target + 3 * x + 32 * part, out);
            } else if (3 * pixels > 32 * part) {
                const size_t words = 3 * pixels - 32 * part;
                _mm512_mask_storeu_epi16(
                    target + 3 * x + 32 * part, _bzhi_u32(~0u, (unsigned)(words < 32 ? words : 32)), out);
            }
        }
    }
}

#pragma clang attribute pop
#endif

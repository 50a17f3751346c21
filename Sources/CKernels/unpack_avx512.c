// Unpacking raw rows, AVX-512 VBMI: 32 samples a step, masked loads at the end of the row. Contract in ck_unpack.h.
#include "ck_unpack.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "unpack_layout.h"

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), apply_to = function)

// The high and the low bits of each sample, shifted to their places.
static inline __attribute__((always_inline)) __m512i joined(
    __m512i pairs, __m512i scale, __m512i head, __m512i tail, unsigned shift)
{
    const __m512i low = _mm512_and_si512(_mm512_srli_epi16(_mm512_mullo_epi16(pairs, scale), shift), tail);
    const __m512i high = _mm512_and_si512(_mm512_srli_epi16(pairs, shift), head);
    return _mm512_or_si512(low, high);
}

static inline __attribute__((always_inline)) void unpack(
    const uint8_t *source, size_t width, size_t bytes, size_t stride, const unpack_layout layout, uint16_t *target)
{
    uint8_t pairs[64];
    uint16_t scales[32];
    for (int i = 0; i < 32; i++) {
        pairs[2 * i] = (uint8_t)((size_t)(i / 8) * stride + layout.low[i & 7]);
        pairs[2 * i + 1] = (uint8_t)((size_t)(i / 8) * stride + layout.high[i & 7]);
        scales[i] = layout.scale[i & 7];
    }
    const __m512i order = _mm512_loadu_si512(pairs), scale = _mm512_loadu_si512(scales);
    const __m512i head = _mm512_set1_epi16((short)layout.head), tail = _mm512_set1_epi16((short)layout.tail);
    const unsigned shift = 16u - layout.depth;
    const size_t step = 4 * stride;
    size_t x = 0, at = 0;
    // Masked loads and stores of bytes cost several times as much as whole ones on some processors: as few as can be.
    for (; x + 32 <= width && at + 64 <= bytes; x += 32, at += step) {
        const __m512i v = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(source + at));
        _mm512_storeu_si512(target + x, joined(v, scale, head, tail, shift));
    }
    for (; x < width; x += 32, at += step) {
        const size_t left = bytes - at, samples = width - x;
        const __mmask64 loaded = _bzhi_u64(~0ull, (unsigned)(left < step ? left : step));
        const __m512i v = _mm512_permutexvar_epi8(order, _mm512_maskz_loadu_epi8(loaded, source + at));
        const __mmask32 stored = _bzhi_u32(~0u, (unsigned)(samples < 32 ? samples : 32));
        _mm512_mask_storeu_epi16(target + x, stored, joined(v, scale, head, tail, shift));
    }
}

#define UNPACK(name, bytes, stride, layout)                                    \
    void name##__avx512(const uint8_t *source, size_t width, uint16_t *target) \
    {                                                                          \
        unpack(source, width, bytes, stride, (unpack_layout)layout, target);   \
    }

UNPACK(ck_u16_unpack_csi2_10, (width + 3) / 4 * 5, 10, UNPACK_CSI2_10)
UNPACK(ck_u16_unpack_csi2_12, (width + 1) / 2 * 3, 12, UNPACK_CSI2_12)
UNPACK(ck_u16_unpack_lsb_10, (width * 10 + 7) / 8, 10, UNPACK_LSB_10)
UNPACK(ck_u16_unpack_lsb_12, (width * 12 + 7) / 8, 12, UNPACK_LSB_12)
UNPACK(ck_u16_unpack_gige_10, (width + 1) / 2 * 3, 12, UNPACK_GIGE_10)
UNPACK(ck_u16_unpack_gige_12, (width + 1) / 2 * 3, 12, UNPACK_GIGE_12)

#pragma clang attribute pop
#endif

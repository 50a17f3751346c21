// Unpacking raw rows, AVX2: 16 samples a step, two groups of eight, one in each 128-bit lane. Contract in ck_unpack.h.
#include "ck_unpack.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "unpack_layout.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// Returns how many samples were unpacked: those whose two 16-byte loads end inside the row's `bytes`.
static inline __attribute__((always_inline)) size_t unpack(
    const uint8_t *source, size_t width, size_t bytes, size_t stride, const unpack_layout layout, uint16_t *target)
{
    uint8_t pairs[16];
    for (int i = 0; i < 8; i++) {
        pairs[2 * i] = layout.low[i];
        pairs[2 * i + 1] = layout.high[i];
    }
    const __m256i order = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)pairs));
    const __m256i scale = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)layout.scale));
    const __m256i head = _mm256_set1_epi16((short)layout.head), tail = _mm256_set1_epi16((short)layout.tail);
    const int shift = 16 - layout.depth;
    size_t x = 0, at = 0;
    for (; x + 16 <= width && at + stride + 16 <= bytes; x += 16, at += 2 * stride) {
        __m256i v = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(source + at))),
            _mm_loadu_si128((const __m128i *)(source + at + stride)), 1);
        v = _mm256_shuffle_epi8(v, order);
        const __m256i low = _mm256_and_si256(_mm256_srli_epi16(_mm256_mullo_epi16(v, scale), shift), tail);
        const __m256i high = _mm256_and_si256(_mm256_srli_epi16(v, shift), head);
        _mm256_storeu_si256((__m256i *)(target + x), _mm256_or_si256(low, high));
    }
    return x;
}

#define UNPACK(name, bytes, stride, layout)                                            \
    void name##__avx2(const uint8_t *source, size_t width, uint16_t *target)           \
    {                                                                                  \
        const size_t done = unpack(source, width, bytes, stride, (unpack_layout)layout, target); \
        name##__portable(source + done / 8 * stride, width - done, target + done);     \
    }

UNPACK(ck_u16_unpack_csi2_10, (width + 3) / 4 * 5, 10, UNPACK_CSI2_10)
UNPACK(ck_u16_unpack_csi2_12, (width + 1) / 2 * 3, 12, UNPACK_CSI2_12)
UNPACK(ck_u16_unpack_lsb_10, (width * 10 + 7) / 8, 10, UNPACK_LSB_10)
UNPACK(ck_u16_unpack_lsb_12, (width * 12 + 7) / 8, 12, UNPACK_LSB_12)
UNPACK(ck_u16_unpack_gige_10, (width + 1) / 2 * 3, 12, UNPACK_GIGE_10)
UNPACK(ck_u16_unpack_gige_12, (width + 1) / 2 * 3, 12, UNPACK_GIGE_12)

void ck_u16_unpack_8__avx2(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    size_t x = 0;
    for (; x + 16 <= width; x += 16)
        _mm256_storeu_si256(
            (__m256i *)(target + x), _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(source + x))));
    for (; x < width; x++) target[x] = source[x];
}

#pragma clang attribute pop
#endif

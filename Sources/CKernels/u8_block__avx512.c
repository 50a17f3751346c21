// Quantised kernels for AVX-512 F, BW, VL, DQ, VBMI. Contract in ck_u8_block.h.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,fma"))), apply_to = function)
#define LEVEL(name) name##__avx512
#define LANES 16
#define TILE_PIXELS 14

// Weights 0 and 2, and 1 and 3, of each four in 16 bits.
typedef struct even_odd { __m512i even, odd; } even_odd;
#define RIGHT even_odd
static inline __attribute__((always_inline)) even_odd prepare(const int8_t *weights)
{
    const __m512i four = _mm512_loadu_si512(weights);
    return (even_odd){_mm512_srai_epi16(_mm512_slli_epi16(four, 8), 8), _mm512_srai_epi16(four, 8)};
}
#define PREPARE(p) prepare(p)
#define DOT(sum, left, right)                                                                                       \
    ((sum) + (INTS)_mm512_madd_epi16(_mm512_and_si512((__m512i)(left), _mm512_set1_epi16(255)), (right).even) +      \
     (INTS)_mm512_madd_epi16(_mm512_srli_epi16((__m512i)(left), 8), (right).odd))
// Four vectors of levels, whose low bytes count, to 64 bytes in order.
static inline __attribute__((always_inline)) void pack_four(const void *levels, uint8_t *y)
{
    const char *four = levels;
    const __m512i low = _mm512_set_epi8(
        124, 120, 116, 112, 108, 104, 100, 96, 92, 88, 84, 80, 76, 72, 68, 64, 60, 56, 52, 48, 44, 40, 36, 32, 28, 24,
        20, 16, 12, 8, 4, 0, 124, 120, 116, 112, 108, 104, 100, 96, 92, 88, 84, 80, 76, 72, 68, 64, 60, 56, 52, 48, 44,
        40, 36, 32, 28, 24, 20, 16, 12, 8, 4, 0);
    const __m512i ab = _mm512_permutex2var_epi8(_mm512_loadu_si512(four), low, _mm512_loadu_si512(four + 64));
    const __m512i cd = _mm512_permutex2var_epi8(_mm512_loadu_si512(four + 128), low, _mm512_loadu_si512(four + 192));
    _mm512_storeu_si512(y, _mm512_mask_blend_epi64(0xf0, ab, cd));
}
#define PACK_FOUR(levels, y) pack_four(levels, y)
#include "u8_block_conv_body.h"
#include "u8_table_avx512.h"
#include "u8_elementwise_body.h"
#include "u8_depthwise_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

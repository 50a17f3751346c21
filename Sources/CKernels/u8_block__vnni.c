// Quantised kernels for AVX-512 F, BW, VL, DQ, VBMI, VNNI. Contract in ck_u8_block.h.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vnni,fma"))), apply_to = function)
#define LEVEL(name) name##__vnni
#define LANES 16
#define TILE_PIXELS 14
#define RIGHT __m512i
#define PREPARE(p) _mm512_loadu_si512(p)
#define DOT(sum, left, right) ((INTS)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(left), right))
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
#include "u8_depthwise_vnni.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

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
#include "u8_pack_avx512.h"
#include "u8_block_conv_body.h"
#include "u8_table_avx512.h"
#include "u8_elementwise_body.h"
#include "u8_depthwise_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

// Quantised kernels for AVX2 and FMA. Contract in ck_u8_block.h.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LEVEL(name) name##__avx2
#define LANES 8
#define TILE_PIXELS 4

// Weights 0 and 2, and 1 and 3, of each four in 16 bits.
typedef struct even_odd { __m256i even, odd; } even_odd;
#define RIGHT even_odd
static inline __attribute__((always_inline)) even_odd prepare(const int8_t *weights)
{
    const __m256i four = _mm256_loadu_si256((const __m256i *)weights);
    return (even_odd){_mm256_srai_epi16(_mm256_slli_epi16(four, 8), 8), _mm256_srai_epi16(four, 8)};
}
#define PREPARE(p) prepare(p)
#define DOT(sum, left, right)                                                                                       \
    ((sum) + (INTS)_mm256_madd_epi16(_mm256_and_si256((__m256i)(left), _mm256_set1_epi16(255)), (right).even) +      \
     (INTS)_mm256_madd_epi16(_mm256_srli_epi16((__m256i)(left), 8), (right).odd))
#include "u8_block_conv_body.h"
#include "u8_table_body.h"
#include "u8_elementwise_body.h"
#include "u8_depthwise_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

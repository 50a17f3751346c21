// The demosaic network for AVX2: 16-bit activations, pairs multiplied and added. Contract in ck_demosaic_cnn.h.
#include "ck_demosaic_cnn.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "demosaic_cnn_layout.h"

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

typedef int16_t element;
typedef int16_t weight;
typedef struct lanes16 { __m256i low, high; } lanes16;
typedef __m256i lanes8;
enum { group = 2, tile = 4 };

static inline __m256i pair_of(const int16_t *a)
{
    int32_t both;
    memcpy(&both, a, 4);
    return _mm256_set1_epi32(both);
}

static inline lanes16 zero16(void) { return (lanes16){_mm256_setzero_si256(), _mm256_setzero_si256()}; }
static inline lanes8 zero8(void) { return _mm256_setzero_si256(); }

static inline lanes8 dot8(lanes8 sums, const element *a, const weight *w)
{
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pair_of(a), _mm256_loadu_si256((const void *)w)));
}

static inline lanes16 dot16(lanes16 sums, const element *a, const weight *w)
{
    return (lanes16){dot8(sums.low, a, w), dot8(sums.high, a, w + 16)};
}

static inline lanes8 pair8(lanes8 sums, const int16_t *s, const int16_t *w) { return dot8(sums, s, w); }

static inline __m256i clipped(__m256 x, float top)
{
    return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(x, _mm256_setzero_ps()), _mm256_set1_ps(top)));
}

static inline __m256i requantized(__m256i sums, const int32_t *bias, const float *scale)
{
    const __m256i sum = _mm256_add_epi32(sums, _mm256_loadu_si256((const void *)bias));
    return clipped(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(scale)), 255);
}

static inline void requantize(lanes16 sums, const int32_t *bias, const float *scale, element *to)
{
    const __m256i packed = _mm256_packs_epi32(requantized(sums.low, bias, scale), requantized(sums.high, bias + 8, scale + 8));
    _mm256_storeu_si256((void *)to, _mm256_permute4x64_epi64(packed, 0xd8));
}

static inline void combine(lanes8 sums, lanes8 lines, uint16_t *to)
{
    const __m256 line = _mm256_mul_ps(_mm256_cvtepi32_ps(lines), _mm256_set1_ps(1.0f / 8192));
    const __m256 correction = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(ck_cnn_trained.scales[cnn_hidden]));
    const __m256 sum = _mm256_add_ps(line, correction);
    const __m256i value = clipped(_mm256_add_ps(sum, _mm256_loadu_ps(ck_cnn_trained.offsets)), 65535);
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(value, value), 0xd8);
    _mm_storeu_si128((void *)to, _mm256_castsi256_si128(packed));
}

#define KERNEL(name) name##__avx2
#include "demosaic_cnn_body.h"

#pragma clang attribute pop
#endif

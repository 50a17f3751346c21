// The demosaic network for AVX-512 VNNI: 8-bit activations, four products to an instruction. Contract in ck_demosaic_cnn.h.
#include "ck_demosaic_cnn.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "demosaic_cnn_layout.h"

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vnni"))), apply_to = function)

typedef uint8_t element;
typedef int8_t weight;
typedef __m512i lanes16;
typedef __m256i lanes8;
enum { group = 4, tile = 8 };

static inline int32_t four_bytes(const void *a)
{
    int32_t all;
    memcpy(&all, a, 4);
    return all;
}

static inline lanes16 zero16(void) { return _mm512_setzero_si512(); }
static inline lanes8 zero8(void) { return _mm256_setzero_si256(); }

static inline lanes16 dot16(lanes16 sums, const element *a, const weight *w)
{
    return _mm512_dpbusd_epi32(sums, _mm512_set1_epi32(four_bytes(a)), _mm512_loadu_si512(w));
}

static inline lanes8 dot8(lanes8 sums, const element *a, const weight *w)
{
    return _mm256_dpbusd_epi32(sums, _mm256_set1_epi32(four_bytes(a)), _mm256_loadu_si256((const void *)w));
}

static inline lanes8 pair8(lanes8 sums, const int16_t *s, const int16_t *w)
{
    return _mm256_dpwssd_epi32(sums, _mm256_set1_epi32(four_bytes(s)), _mm256_loadu_si256((const void *)w));
}

static inline void requantize(lanes16 sums, const int32_t *bias, const float *scale, element *to)
{
    const __m512i sum = _mm512_add_epi32(sums, _mm512_loadu_si512(bias));
    const __m512 value = _mm512_max_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(scale)), _mm512_setzero_ps());
    _mm_storeu_si128((void *)to, _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(_mm512_min_ps(value, _mm512_set1_ps(255)))));
}

static inline void combine(lanes8 sums, lanes8 lines, uint16_t *to)
{
    const __m256 line = _mm256_mul_ps(_mm256_cvtepi32_ps(lines), _mm256_set1_ps(1.0f / 8192));
    const __m256 correction = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(ck_cnn_trained.scales[cnn_hidden]));
    const __m256 sum = _mm256_add_ps(line, correction);
    const __m256 value = _mm256_max_ps(_mm256_add_ps(sum, _mm256_loadu_ps(ck_cnn_trained.offsets)), _mm256_setzero_ps());
    _mm_storeu_si128((void *)to, _mm256_cvtusepi32_epi16(_mm256_cvtps_epi32(_mm256_min_ps(value, _mm256_set1_ps(65535)))));
}

#define KERNEL(name) name##__vnni
#include "demosaic_cnn_body.h"

#pragma clang attribute pop
#endif

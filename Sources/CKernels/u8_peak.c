// ck_u8_peak: chains enough to cover latency times throughput.
#include "ck_cpu.h"
#include "ck_u8_block.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define CHAINS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define SUM(i) total = (ints)((ints)total + (ints)c##i);
#define BODY                                               \
    CHAINS(START)                                          \
    for (size_t r = 0; r < rounds; r++) { CHAINS(STEP) }   \
    ints total = {0};                                      \
    CHAINS(SUM)                                            \
    *sink = total[0];

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static double peak__vnni(size_t rounds, int32_t *sink)
{
    typedef int32_t ints __attribute__((vector_size(64)));
    const __m512i left = _mm512_set1_epi8(3), right = _mm512_set1_epi8(-2);
#define START(i) __m512i c##i = _mm512_set1_epi32(i);
#define STEP(i) c##i = _mm512_dpbusd_epi32(c##i, left, right);
    BODY
#undef START
#undef STEP
    return (double)rounds * 12 * 64 * 2;
}

__attribute__((target("avx512f,avx512bw"))) static double peak__avx512(size_t rounds, int32_t *sink)
{
    typedef int32_t ints __attribute__((vector_size(64)));
    const __m512i left = _mm512_set1_epi16(3), right = _mm512_set1_epi16(-2);
#define START(i) __m512i c##i = _mm512_set1_epi32(i);
#define STEP(i) c##i = _mm512_add_epi32(c##i, _mm512_madd_epi16(_mm512_xor_si512(left, c##i), right));
    BODY
#undef START
#undef STEP
    return (double)rounds * 12 * 32 * 2;
}

__attribute__((target("avx2"))) static double peak__avx2(size_t rounds, int32_t *sink)
{
    typedef int32_t ints __attribute__((vector_size(32)));
    const __m256i left = _mm256_set1_epi16(3), right = _mm256_set1_epi16(-2);
#define START(i) __m256i c##i = _mm256_set1_epi32(i);
#define STEP(i) c##i = _mm256_add_epi32(c##i, _mm256_madd_epi16(_mm256_xor_si256(left, c##i), right));
    BODY
    return (double)rounds * 12 * 16 * 2;
}
#endif

static double peak__portable(size_t rounds, int32_t *sink)
{
    typedef uint32_t numbers __attribute__((vector_size(16)));
    numbers a = {1, 2, 3, 4}, b = {5, 6, 7, 8}, c = {9, 10, 11, 12}, d = {13, 14, 15, 16};
    for (size_t r = 0; r < rounds; r++) {
        a = a * 3 + 1;
        b = b * 3 + 1;
        c = c * 3 + 1;
        d = d * 3 + 1;
    }
    *sink = (int32_t)(a + b + c + d)[0];
    return (double)rounds * 16 * 2;
}

double ck_u8_peak(size_t rounds, int32_t *sink)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_vnni) return peak__vnni(rounds, sink);
    if (level >= ck_isa_avx512) return peak__avx512(rounds, sink);
    if (level >= ck_isa_avx2) return peak__avx2(rounds, sink);
#endif
    return peak__portable(rounds, sink);
}

// ck_f32_peak: twelve chains cover latency times throughput of every processor we know.
#include "ck_cpu.h"
#include "ck_peak.h"

#pragma STDC FP_CONTRACT OFF

typedef float lanes4 __attribute__((ext_vector_type(4)));
typedef float lanes8 __attribute__((ext_vector_type(8)));
typedef float lanes16 __attribute__((ext_vector_type(16)));

#define CHAINS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define START(i) vector c##i = (vector)((float)i);
#define STEP(i) c##i = MULTIPLY_ADD(c##i, a, b);
#define SUM(i) total += c##i;
#define BODY                                            \
    const vector a = (vector)(0.999f), b = (vector)(0.001f); \
    CHAINS(START)                                       \
    for (size_t r = 0; r < rounds; r++) { CHAINS(STEP) } \
    vector total = (vector)(0.0f);                      \
    CHAINS(SUM)                                         \
    *sink = total[0];                                   \
    return (double)rounds * 12 * 2 * (double)(sizeof(vector) / sizeof(float));

#define MULTIPLY_ADD(x, y, z) ((x) * (y) + (z))
static double peak__portable(size_t rounds, float *sink)
{
    typedef lanes4 vector;
    BODY
}
#undef MULTIPLY_ADD
#if defined(__x86_64__)
#define MULTIPLY_ADD(x, y, z) __builtin_elementwise_fma(x, y, z)
__attribute__((target("avx2,fma"))) static double peak__avx2(size_t rounds, float *sink)
{
    typedef lanes8 vector;
    BODY
}
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))) static double peak__avx512(size_t rounds, float *sink)
{
    typedef lanes16 vector;
    BODY
}
#endif

double ck_f32_peak(size_t rounds, float *sink)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return peak__avx512(rounds, sink);
    if (level >= ck_isa_avx2) return peak__avx2(rounds, sink);
#endif
    return peak__portable(rounds, sink);
}

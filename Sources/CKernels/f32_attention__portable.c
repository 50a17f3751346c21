// Softmax of attention: portable level and dispatch. Contract in ck_f32_attention.h.
#define LEVEL(name) name##__portable
#include "f32_attention_body.h"

#include "ck_cpu.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                             \
    do {                                                                \
        const ck_isa level = ck_isa_level();                            \
        if (level >= ck_isa_avx512) return name##__avx512(__VA_ARGS__); \
        if (level >= ck_isa_avx2) return name##__avx2(__VA_ARGS__);     \
        name##__portable(__VA_ARGS__);                                  \
    } while (0)
#else
#define DISPATCH(name, ...) name##__portable(__VA_ARGS__)
#endif

void ck_f32_attention_weights(float *scores, size_t keys, size_t rows, float *sums)
{
    DISPATCH(ck_f32_attention_weights, scores, keys, rows, sums);
}

void ck_f32_attention_divide(float *y, size_t stride, size_t count, size_t rows, const float *sums)
{
    DISPATCH(ck_f32_attention_divide, y, stride, count, rows, sums);
}

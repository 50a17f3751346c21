// Softmax between the two products of attention, on scores in blocks of 16 keys.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// scores: [ceil(keys / 16)][rows][16], replaced by e^(score - largest of the row), 0 in lanes beyond the last key; sums[r]
// is the sum of row r: lane i adds up keys i, i + 16, … in ascending order, lanes join 8 apart, then 4, 2, 1. The same
// bits at every level. No alignment needed; no aliasing.
void ck_f32_attention_weights(float *scores, size_t keys, size_t rows, float *sums);

// y[r][j] /= sums[r], by the reciprocal, for j < count; rows `stride` floats apart.
void ck_f32_attention_divide(float *y, size_t stride, size_t count, size_t rows, const float *sums);

#define CK_ATTENTION_LEVEL(isa)                                                                       \
    void ck_f32_attention_weights__##isa(float *scores, size_t keys, size_t rows, float *sums);       \
    void ck_f32_attention_divide__##isa(float *y, size_t stride, size_t count, size_t rows, const float *sums);
CK_ATTENTION_LEVEL(portable)
#if defined(__x86_64__)
CK_ATTENTION_LEVEL(avx2)
CK_ATTENTION_LEVEL(avx512)
#endif
#undef CK_ATTENTION_LEVEL

#ifdef __cplusplus
}
#endif

// Body of ck_f32_attention_weights and ck_f32_attention_divide; the including file sets LEVEL(name) and the target
// attribute. A row's scores are visited twice: for the largest, and for exponentials and their sums.
#include "ck_f32_attention.h"
#include "f32_math.h"

#pragma STDC FP_CONTRACT OFF

#define LANES_LOOP _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < 16; i++)

void LEVEL(ck_f32_attention_weights)(float *scores, size_t keys, size_t rows, float *sums)
{
    const size_t blocks = (keys + 15) / 16, last = keys - (blocks - 1) * 16, step = rows * 16;
    for (size_t row = 0; row < rows; row++, scores += 16) {
        float largest[16], sum[16];
        float *end = scores + (blocks - 1) * step;
        // The exponential of this is 0.
        for (size_t i = last; i < 16; i++) end[i] = -__builtin_inff();
        LANES_LOOP largest[i] = end[i];
        for (float *block = scores; block < end; block += step)
            LANES_LOOP largest[i] = largest[i] > block[i] ? largest[i] : block[i];
        float most = largest[0];
        for (size_t i = 1; i < 16; i++) most = most > largest[i] ? most : largest[i];
        LANES_LOOP sum[i] = 0.0f;
        for (float *block = scores; block <= end; block += step)
            LANES_LOOP
            {
                const float weight = ck_exp1(block[i] - most);
                block[i] = weight;
                sum[i] += weight;
            }
        for (size_t width = 8; width > 0; width /= 2)
            for (size_t i = 0; i < width; i++) sum[i] += sum[i + width];
        sums[row] = sum[0];
    }
}

void LEVEL(ck_f32_attention_divide)(float *y, size_t stride, size_t count, size_t rows, const float *sums)
{
    for (size_t row = 0; row < rows; row++, y += stride) {
        const float factor = 1.0f / sums[row];
        for (size_t i = 0; i < count; i++) y[i] *= factor;
    }
}
#undef LANES_LOOP

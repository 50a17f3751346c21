// ck_f32_taps: portable level and dispatch. Contract in ck_f32_conv.h.
#include "ck_cpu.h"
#include "ck_f32_conv.h"

#pragma STDC FP_CONTRACT OFF

void ck_f32_taps__portable(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps,
                           float *y, size_t rows, size_t width)
{
    for (size_t r = 0; r < rows; r++, x += step, y += width)
        for (size_t i = 0; i < width; i++) {
            float sum = 0.0f;
            for (size_t k = 0; k < taps; k++) sum = __builtin_fmaf(x[offsets[k] + (ptrdiff_t)i], weights[k], sum);
            y[i] = sum;
        }
}

void ck_f32_taps(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps, float *y,
                 size_t rows, size_t width)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_taps__avx512(x, step, offsets, weights, taps, y, rows, width);
    if (level >= ck_isa_avx2) return ck_f32_taps__avx2(x, step, offsets, weights, taps, y, rows, width);
#endif
    ck_f32_taps__portable(x, step, offsets, weights, taps, y, rows, width);
}

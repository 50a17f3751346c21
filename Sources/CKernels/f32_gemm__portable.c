// ck_f32_gemm: packing, portable level and dispatch. Contract in ck_f32_gemm.h.
#include "ck_cpu.h"
#include "ck_f32_gemm.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

void ck_f32_gemm_pack_a(const float *a, size_t stride, size_t rows, size_t depth, float *packed)
{
    for (size_t row = 0; row < rows; row += ck_f32_gemm_rows)
        for (size_t k = 0; k < depth; k++)
            for (size_t i = 0; i < ck_f32_gemm_rows; i++)
                *packed++ = row + i < rows ? a[(row + i) * stride + k] : 0.0f;
}

void ck_f32_gemm_pack_b(const float *b, size_t stride, size_t depth, size_t columns, float *packed)
{
    for (size_t column = 0; column < columns; column += ck_f32_gemm_columns) {
        const size_t wide = columns - column < ck_f32_gemm_columns ? columns - column : ck_f32_gemm_columns;
        const float *source = b + column;
        if (wide == ck_f32_gemm_columns) {
            for (size_t k = 0; k < depth; k++, packed += ck_f32_gemm_columns)
                memcpy(packed, source + k * stride, ck_f32_gemm_columns * sizeof(float));
        } else {
            for (size_t k = 0; k < depth; k++, packed += ck_f32_gemm_columns) {
                memcpy(packed, source + k * stride, wide * sizeof(float));
                memset(packed + wide, 0, (ck_f32_gemm_columns - wide) * sizeof(float));
            }
        }
    }
}

void ck_f32_gemm__portable(size_t rows, size_t columns, size_t depth, const float *a, const float *b,
                           const float *bias, int accumulates, float *y, size_t stride)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            const float *left = a + i / ck_f32_gemm_rows * ck_f32_gemm_rows * depth + i % ck_f32_gemm_rows;
            const float *right = b + j / ck_f32_gemm_columns * ck_f32_gemm_columns * depth + j % ck_f32_gemm_columns;
            float sum = accumulates ? y[i * stride + j] : bias ? bias[i] : 0.0f;
            for (size_t k = 0; k < depth; k++)
                sum = __builtin_fmaf(left[k * ck_f32_gemm_rows], right[k * ck_f32_gemm_columns], sum);
            y[i * stride + j] = sum;
        }
}

void ck_f32_gemm(size_t rows, size_t columns, size_t depth, const float *a, const float *b, const float *bias,
                 int accumulates, float *y, size_t stride)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_gemm__avx512(rows, columns, depth, a, b, bias, accumulates, y, stride);
    if (level >= ck_isa_avx2) return ck_f32_gemm__avx2(rows, columns, depth, a, b, bias, accumulates, y, stride);
#endif
    ck_f32_gemm__portable(rows, columns, depth, a, b, bias, accumulates, y, stride);
}

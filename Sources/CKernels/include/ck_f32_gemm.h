// Matrix products on float32 with both operands packed: y = a b (+ bias by row), or y += a b.
//
// Every element of y accumulates over k in ascending order, one fused multiply-add per step, starting from its bias or
// from what y holds. So the bits depend neither on the ISA level nor on how the product is cut into blocks.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Rows of a panel of `a` and columns of a panel of `b`, at every level.
enum { ck_f32_gemm_rows = 12, ck_f32_gemm_columns = 32 };

// Packs a: [rows, depth] of row stride `stride` into panels of 12 rows: panel p holds, for each k, the elements
// a[12 p + i][k], i < 12; rows beyond the last are 0. packed: ceil(rows / 12) * depth * 12 floats.
void ck_f32_gemm_pack_a(const float *a, size_t stride, size_t rows, size_t depth, float *packed);

// Packs b: [depth, columns] of row stride `stride` into panels of 32 columns: panel p holds, for each k, the elements
// b[k][32 p + j], j < 32; columns beyond the last are 0. packed: ceil(columns / 32) * depth * 32 floats.
void ck_f32_gemm_pack_b(const float *b, size_t stride, size_t depth, size_t columns, float *packed);

// y[i][j] = start + sum over k of a[i][k] * b[k][j] for i < rows, j < columns. `start` is y[i][j] when `accumulates` is
// not 0, else bias[i], or 0 when bias is NULL. a and b are packed with `depth` steps. No aliasing; no alignment needed.
void ck_f32_gemm(size_t rows, size_t columns, size_t depth, const float *a, const float *b, const float *bias,
                 int accumulates, float *y, size_t stride);
void ck_f32_gemm__portable(size_t rows, size_t columns, size_t depth, const float *a, const float *b,
                           const float *bias, int accumulates, float *y, size_t stride);
#if defined(__x86_64__)
void ck_f32_gemm__avx2(size_t rows, size_t columns, size_t depth, const float *a, const float *b, const float *bias,
                       int accumulates, float *y, size_t stride);
void ck_f32_gemm__avx512(size_t rows, size_t columns, size_t depth, const float *a, const float *b, const float *bias,
                         int accumulates, float *y, size_t stride);
#endif

#ifdef __cplusplus
}
#endif

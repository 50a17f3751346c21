// Body of ck_f32_gemm; the including file sets LEVEL(name), LANES, TILE_ROWS (6 or 12), TILE_VECTORS (vectors of
// a tile's row, a divisor of 32 / LANES) and the target attribute. A tile's sums stay in registers over all k.
#include "ck_f32_gemm.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(gemm_lanes) __attribute__((vector_size(4 * LANES), aligned(4)));
#define VECTOR LEVEL(gemm_lanes)

// `rows` rows of one tile; a points into a panel of 12 rows, b into a panel of 32 columns.
static inline __attribute__((always_inline)) void LEVEL(gemm_tile)(size_t depth, const float *a, const float *b,
                                                                   const float *bias, int accumulates, float *y,
                                                                   size_t stride, const int rows)
{
    VECTOR sums[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < TILE_VECTORS; j++)
            sums[i][j] = accumulates ? *(const VECTOR *)(y + (size_t)i * stride + j * LANES)
                                     : (VECTOR){0} + (bias ? bias[i] : 0.0f);
    for (size_t k = 0; k < depth; k++, a += ck_f32_gemm_rows, b += ck_f32_gemm_columns) {
        VECTOR right[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int j = 0; j < TILE_VECTORS; j++) right[j] = *(const VECTOR *)(b + j * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            const VECTOR left = (VECTOR){0} + a[i];
#pragma clang loop unroll(full)
            for (int j = 0; j < TILE_VECTORS; j++) sums[i][j] = __builtin_elementwise_fma(left, right[j], sums[i][j]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < TILE_VECTORS; j++) *(VECTOR *)(y + (size_t)i * stride + j * LANES) = sums[i][j];
}

#define ROWS(count)                                                            \
    case count: LEVEL(gemm_tile)(depth, a, b, bias, accumulates, y, stride, count); break

static void LEVEL(gemm_rows)(int rows, size_t depth, const float *a, const float *b, const float *bias,
                             int accumulates, float *y, size_t stride)
{
    switch (rows) {
        ROWS(1);
        ROWS(2);
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
#if TILE_ROWS > 6
        ROWS(7);
        ROWS(8);
        ROWS(9);
        ROWS(10);
        ROWS(11);
        ROWS(12);
#endif
    }
}
#undef ROWS

void LEVEL(ck_f32_gemm)(size_t rows, size_t columns, size_t depth, const float *a, const float *b, const float *bias,
                        int accumulates, float *y, size_t stride)
{
    enum { tile_columns = TILE_VECTORS * LANES };
    for (size_t column = 0; column < columns; column += tile_columns) {
        const float *right = b + column / ck_f32_gemm_columns * ck_f32_gemm_columns * depth + column % ck_f32_gemm_columns;
        const size_t wide = columns - column;
        for (size_t row = 0; row < rows; row += TILE_ROWS) {
            const float *left = a + row / ck_f32_gemm_rows * ck_f32_gemm_rows * depth + row % ck_f32_gemm_rows;
            const int high = rows - row < TILE_ROWS ? (int)(rows - row) : TILE_ROWS;
            const float *start = bias ? bias + row : NULL;
            float *target = y + row * stride + column;
            if (wide >= tile_columns) {
                LEVEL(gemm_rows)(high, depth, left, right, start, accumulates, target, stride);
                continue;
            }
            // A tile that hangs over the right edge goes through a buffer.
            float edge[TILE_ROWS * tile_columns];
            if (accumulates)
                for (int i = 0; i < high; i++)
                    memcpy(edge + i * tile_columns, target + (size_t)i * stride, wide * sizeof(float));
            LEVEL(gemm_rows)(high, depth, left, right, start, accumulates, edge, tile_columns);
            for (int i = 0; i < high; i++)
                memcpy(target + (size_t)i * stride, edge + i * tile_columns, wide * sizeof(float));
        }
    }
}
#undef VECTOR

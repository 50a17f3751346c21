// Body of ck_f32_gemm; the including file sets LEVEL(name), LANES, TILE_ROWS (6 or 12), TILE_VECTORS (vectors of
// a tile's row, a divisor of 32 / LANES), PART_LOAD(p, n) and PART_STORE(p, n, v), which touch the first n lanes at p
// only, and the target attribute. A tile's sums stay in registers over all k.
#include "ck_f32_gemm.h"

#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(gemm_lanes) __attribute__((ext_vector_type(LANES), aligned(4)));
#define VECTOR LEVEL(gemm_lanes)

// `rows` rows of one tile; a points into a panel of 12 rows, b into a panel of 32 columns.
static inline __attribute__((always_inline)) void LEVEL(gemm_tile)(size_t depth, const float *a, const float *b,
                                                                   const float *bias, int accumulates, float *y,
                                                                   size_t stride, const int rows, const int vectors)
{
    VECTOR sums[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++)
            sums[i][j] = accumulates ? *(const VECTOR *)(y + (size_t)i * stride + j * LANES)
                                     : (VECTOR)(bias ? bias[i] : 0.0f);
    for (size_t k = 0; k < depth; k++, a += ck_f32_gemm_rows, b += ck_f32_gemm_columns) {
        VECTOR right[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) right[j] = *(const VECTOR *)(b + j * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            const VECTOR left = (VECTOR)(a[i]);
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; j++) sums[i][j] = __builtin_elementwise_fma(left, right[j], sums[i][j]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) *(VECTOR *)(y + (size_t)i * stride + j * LANES) = sums[i][j];
}

#define ROWS(count)                                                            \
    case count: LEVEL(gemm_tile)(depth, a, b, bias, accumulates, y, stride, count, vectors); break

static inline __attribute__((always_inline)) void LEVEL(gemm_rows)(int rows, size_t depth, const float *a,
                                                                   const float *b, const float *bias, int accumulates,
                                                                   float *y, size_t stride, const int vectors)
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

enum { LEVEL(gemm_tile_columns) = TILE_VECTORS * LANES };

// A tile that hangs over the right edge goes through a buffer; one vector wide when that is all there is to do.
static void LEVEL(gemm_edge)(int rows, size_t wide, size_t depth, const float *a, const float *b, const float *bias,
                             int accumulates, float *y, size_t stride)
{
    enum { columns = LEVEL(gemm_tile_columns) };
    float edge[TILE_ROWS * columns];
    const size_t whole = wide / LANES * LANES, part = wide % LANES;
    if (accumulates)
        for (int i = 0; i < rows; i++) {
            for (size_t j = 0; j < whole; j += LANES)
                *(VECTOR *)(edge + i * columns + j) = *(const VECTOR *)(y + (size_t)i * stride + j);
            if (part) *(VECTOR *)(edge + i * columns + whole) = PART_LOAD(y + (size_t)i * stride + whole, part);
        }
    if (wide <= LANES)
        LEVEL(gemm_rows)(rows, depth, a, b, bias, accumulates, edge, columns, 1);
    else
        LEVEL(gemm_rows)(rows, depth, a, b, bias, accumulates, edge, columns, TILE_VECTORS);
    for (int i = 0; i < rows; i++) {
        for (size_t j = 0; j < whole; j += LANES)
            *(VECTOR *)(y + (size_t)i * stride + j) = *(const VECTOR *)(edge + i * columns + j);
        if (part) PART_STORE(y + (size_t)i * stride + whole, part, *(const VECTOR *)(edge + i * columns + whole));
    }
}

// Rows of `a` that are swept over all columns before the next ones: at most about a quarter of a usual second-level
// cache, all sweeps about as high.
static size_t LEVEL(gemm_sweep)(size_t rows, size_t depth)
{
    const size_t most = (64 * 1024) / (ck_f32_gemm_rows * (depth ? depth : 1));
    const size_t panels = (rows + ck_f32_gemm_rows - 1) / ck_f32_gemm_rows;
    const size_t sweeps = most ? (panels + most - 1) / most : panels;
    return sweeps ? (panels + sweeps - 1) / sweeps * ck_f32_gemm_rows : ck_f32_gemm_rows;
}

void LEVEL(ck_f32_gemm)(size_t rows, size_t columns, size_t depth, const float *a, const float *b, const float *bias,
                        int accumulates, float *y, size_t stride)
{
    enum { tile_columns = LEVEL(gemm_tile_columns) };
    const size_t sweep = LEVEL(gemm_sweep)(rows, depth);
    // Weights come from far memory, once a run: each tile of a sweep asks for its share of what the next one reads.
    const size_t tiles = (columns + tile_columns - 1) / tile_columns;
    const size_t share = tiles ? (TILE_ROWS * depth * sizeof(float) + tiles - 1) / tiles : 0;
    for (size_t first = 0; first < rows; first += sweep) {
        const size_t end = rows - first < sweep ? rows : first + sweep;
        uintptr_t ahead = (uintptr_t)(a + first * depth) + (end - first) * depth * sizeof(float);
        for (size_t column = 0; column < columns; column += tile_columns) {
            const float *right =
                b + column / ck_f32_gemm_columns * ck_f32_gemm_columns * depth + column % ck_f32_gemm_columns;
            const size_t wide = columns - column;
            for (size_t row = first; row < end; row += TILE_ROWS) {
                const float *left = a + row / ck_f32_gemm_rows * ck_f32_gemm_rows * depth + row % ck_f32_gemm_rows;
                const int high = end - row < TILE_ROWS ? (int)(end - row) : TILE_ROWS;
                const float *start = bias ? bias + row : NULL;
                float *target = y + row * stride + column;
                for (const uintptr_t until = ahead + share; ahead < until; ahead += 64)
                    __builtin_prefetch((const void *)ahead, 0, 2);
                if (wide >= tile_columns)
                    LEVEL(gemm_rows)(high, depth, left, right, start, accumulates, target, stride, TILE_VECTORS);
                else
                    LEVEL(gemm_edge)(high, wide, depth, left, right, start, accumulates, target, stride);
            }
        }
    }
}
#undef VECTOR

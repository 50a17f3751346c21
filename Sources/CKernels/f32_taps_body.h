// Body of ck_f32_taps; the including file sets LEVEL(name), LANES and the target attribute.
#include "ck_f32_conv.h"

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(taps_lanes) __attribute__((ext_vector_type(LANES), aligned(4)));
#define VECTOR LEVEL(taps_lanes)

// A block of `rows` rows by `vectors` vectors: as many running sums as hide the latency of the multiply-add.
static inline __attribute__((always_inline)) void LEVEL(taps_block)(
    const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps, float *y, size_t width,
    const int rows, const int vectors)
{
    VECTOR sums[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows * vectors; i++) sums[i] = (VECTOR){0};
    for (size_t k = 0; k < taps; k++) {
        const VECTOR weight = (VECTOR)(weights[k]);
        const float *tap = x + offsets[k];
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                const VECTOR element = *(const VECTOR *)(tap + (size_t)r * step + (size_t)v * LANES);
                sums[r * vectors + v] = __builtin_elementwise_fma(element, weight, sums[r * vectors + v]);
            }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) *(VECTOR *)(y + (size_t)r * width + (size_t)v * LANES) = sums[r * vectors + v];
}

// A vector that runs over the end of a row overwrites the start of the next one. So each group of rows goes from right
// to left, and within a block from top to bottom: what was overwritten is computed after.
static inline __attribute__((always_inline)) void LEVEL(taps_group)(
    const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps, float *y, size_t width,
    const int rows)
{
    const size_t whole = width / (2 * LANES) * (2 * LANES);
    if (width - whole > LANES)
        LEVEL(taps_block)(x + whole, step, offsets, weights, taps, y + whole, width, rows, 2);
    else if (width > whole)
        LEVEL(taps_block)(x + whole, step, offsets, weights, taps, y + whole, width, rows, 1);
    for (size_t i = whole; i > 0; i -= 2 * LANES)
        LEVEL(taps_block)(x + i - 2 * LANES, step, offsets, weights, taps, y + i - 2 * LANES, width, rows, 2);
}

#define ROWS(count)                                                            \
    case count: LEVEL(taps_group)(x, step, offsets, weights, taps, y, width, count); break
#define NARROW_ROWS(count)                                                     \
    case count: LEVEL(taps_block)(x, step, offsets, weights, taps, y, width, count, 1); break

void LEVEL(ck_f32_taps)(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps,
                        float *y, size_t rows, size_t width)
{
    // Rows of one vector go eight at a time, for as many running sums as in wide rows.
    const size_t group = width <= LANES ? 8 : 4;
    for (size_t r = 0; r < rows; r += group, x += group * step, y += group * width) {
        const size_t high = rows - r < group ? rows - r : group;
        if (width <= LANES)
            switch (high) {
                NARROW_ROWS(1);
                NARROW_ROWS(2);
                NARROW_ROWS(3);
                NARROW_ROWS(4);
                NARROW_ROWS(5);
                NARROW_ROWS(6);
                NARROW_ROWS(7);
                NARROW_ROWS(8);
            }
        else
            switch (high) {
                ROWS(1);
                ROWS(2);
                ROWS(3);
                ROWS(4);
            }
    }
}
#undef NARROW_ROWS
#undef ROWS
#undef VECTOR

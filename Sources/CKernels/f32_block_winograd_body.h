// Body of ck_f32_block_winograd_input and ck_f32_block_winograd_output; the including file sets LEVEL(name) and the
// target attribute. F(2 × 2, 3 × 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016: tiles
// of 4 × 4 inputs, two apart, give 2 × 2 outputs each, with 16 products in place of 36.
#include "ck_f32_block.h"

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(winograd_lanes) __attribute__((ext_vector_type(16), aligned(4)));
#define VECTOR LEVEL(winograd_lanes)
#define LOAD(p) (*(const VECTOR *)(p))
#define STORE(p, v) (*(VECTOR *)(p) = (v))

// Bᵀ d B, stored to 16 planes.
static inline __attribute__((always_inline)) void LEVEL(winograd_turn)(VECTOR d[4][4], float *v, ptrdiff_t step)
{
    VECTOR t[4][4];
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
        t[0][j] = d[0][j] - d[2][j];
        t[1][j] = d[1][j] + d[2][j];
        t[2][j] = d[2][j] - d[1][j];
        t[3][j] = d[1][j] - d[3][j];
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        STORE(v + (4 * i + 0) * step, t[i][0] - t[i][2]);
        STORE(v + (4 * i + 1) * step, t[i][1] + t[i][2]);
        STORE(v + (4 * i + 2) * step, t[i][2] - t[i][1]);
        STORE(v + (4 * i + 3) * step, t[i][1] - t[i][3]);
    }
}

void LEVEL(ck_f32_block_winograd_input)(const ck_f32_block_tiles *tiles, const float *x, float *v, ptrdiff_t step)
{
    const ptrdiff_t height = tiles->height, width = tiles->width;
    for (ptrdiff_t row = tiles->first; row < tiles->first + tiles->rows; row++)
        for (ptrdiff_t column = 0; column < tiles->across; column++, v += 16) {
            const ptrdiff_t top = 2 * row - tiles->pad_y, left = 2 * column - tiles->pad_x;
            VECTOR d[4][4];
            if (top >= 0 && left >= 0 && top + 4 <= height && left + 4 <= width) {
                const float *corner = x + (top * width + left) * 16;
#pragma clang loop unroll(full)
                for (int i = 0; i < 4; i++)
#pragma clang loop unroll(full)
                    for (int j = 0; j < 4; j++) d[i][j] = LOAD(corner + (i * width + j) * 16);
            } else {
                for (int i = 0; i < 4; i++)
                    for (int j = 0; j < 4; j++) {
                        const ptrdiff_t y = top + i, z = left + j;
                        const int inside = y >= 0 && y < height && z >= 0 && z < width;
                        d[i][j] = inside ? LOAD(x + (y * width + z) * 16) : (VECTOR)(0.0f);
                    }
            }
            LEVEL(winograd_turn)(d, v, step);
        }
}

void LEVEL(ck_f32_block_winograd_output)(const ck_f32_block_tiles *tiles, const float *m, ptrdiff_t step,
                                         const float *bias, const float *residual, float *y,
                                         const ck_f32_finish *finish)
{
    const ptrdiff_t height = tiles->out_height, width = tiles->out_width;
    const VECTOR start = LOAD(bias), low = (VECTOR)(finish->low), high = (VECTOR)(finish->high);
    const float *added = finish->adds_last ? NULL : residual;
    for (ptrdiff_t row = tiles->first; row < tiles->first + tiles->rows; row++)
        for (ptrdiff_t column = 0; column < tiles->across; column++, m += 16) {
            VECTOR t[2][4];
#pragma clang loop unroll(full)
            for (int j = 0; j < 4; j++) {
                const VECTOR a = LOAD(m + j * step), b = LOAD(m + (4 + j) * step);
                const VECTOR c = LOAD(m + (8 + j) * step), d = LOAD(m + (12 + j) * step);
                t[0][j] = a + b + c;
                t[1][j] = b - c - d;
            }
#pragma clang loop unroll(full)
            for (int i = 0; i < 2; i++) {
                const VECTOR outputs[2] = {t[i][0] + t[i][1] + t[i][2] + start, t[i][1] - t[i][2] - t[i][3] + start};
#pragma clang loop unroll(full)
                for (int j = 0; j < 2; j++) {
                    const ptrdiff_t at = 2 * row + i, across = 2 * column + j;
                    if (at >= height || across >= width) continue;
                    VECTOR output = outputs[j];
                    if (added) output += LOAD(added + (at * width + across) * 16);
                    output = output < low ? low : output;
                    STORE(y + (at * width + across) * 16, output > high ? high : output);
                }
            }
        }
    const ptrdiff_t first = 2 * tiles->first;
    ptrdiff_t end = 2 * (tiles->first + tiles->rows);
    if (end > height) end = height;
    const size_t count = end > first ? (size_t)((end - first) * width * 16) : 0;
    float *band = y + first * width * 16;
    if (finish->function != ck_f32_function_count)
        LEVEL(ck_f32_map)(finish->function, band, band, count, finish->a, finish->b);
    if (finish->adds_last && residual)
        LEVEL(ck_f32_zip)(ck_f32_operation_add, band, 1, residual + first * width * 16, 1, band, count);
}
#undef VECTOR
#undef LOAD
#undef STORE

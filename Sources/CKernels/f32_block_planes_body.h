// Body of ck_f32_block_mean, ck_f32_block_zip, ck_f32_block_from_planes and ck_f32_block_to_planes; the including file
// sets LEVEL(name) and the target attribute.
#include "ck_f32_block.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(plane_lanes) __attribute__((ext_vector_type(16), aligned(4)));
#define VECTOR LEVEL(plane_lanes)
#define LOAD(p) (*(const VECTOR *)(p))
#define STORE(p, v) (*(VECTOR *)(p) = (v))

void LEVEL(ck_f32_block_mean)(const float *x, size_t pixels, float *mean)
{
    VECTOR sums[4] = {(VECTOR)(0.0f), (VECTOR)(0.0f), (VECTOR)(0.0f), (VECTOR)(0.0f)};
    size_t p = 0;
    for (; p + 4 <= pixels; p += 4)
        for (size_t i = 0; i < 4; i++) sums[i] += LOAD(x + (p + i) * 16);
    for (size_t i = 0; p < pixels; p++, i++) sums[i] += LOAD(x + p * 16);
    STORE(mean, ((sums[0] + sums[1]) + (sums[2] + sums[3])) / (float)pixels);
}

void LEVEL(ck_f32_block_zip)(ck_f32_operation op, const float *x, const float *b, float *y, size_t pixels)
{
    const VECTOR v = LOAD(b);
#define EACH(expression)                      \
    for (size_t p = 0; p < pixels; p++) {     \
        const VECTOR u = LOAD(x + p * 16);    \
        STORE(y + p * 16, expression);        \
    }                                         \
    break
    switch (op) {
    case ck_f32_operation_add: EACH(u + v);
    case ck_f32_operation_sub: EACH(u - v);
    case ck_f32_operation_mul: EACH(u *v);
    case ck_f32_operation_div: EACH(u / v);
    case ck_f32_operation_prelu: EACH(u < 0.0f ? u * v : u);
    default:
        for (size_t p = 0; p < pixels; p++) LEVEL(ck_f32_zip)(op, x + p * 16, 1, b, 1, y + p * 16, 16);
    }
#undef EACH
}

// rows[i][j] becomes rows[j][i]: four rounds that interleave row i with row i + 8.
static inline __attribute__((always_inline)) void LEVEL(transpose)(VECTOR rows[16])
{
#pragma clang loop unroll(full)
    for (int round = 0; round < 4; round++) {
        VECTOR next[16];
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            next[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                                  22, 7, 23);
            next[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                      29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) rows[i] = next[i];
    }
}

void LEVEL(ck_f32_block_from_planes)(const float *planes, size_t plane_step, size_t channels, size_t pixels,
                                     float *block)
{
    VECTOR rows[16];
    size_t p = 0;
    for (; p + 16 <= pixels; p += 16) {
        for (size_t c = 0; c < 16; c++)
            rows[c] = c < channels ? LOAD(planes + c * plane_step + p) : (VECTOR)(0.0f);
        LEVEL(transpose)(rows);
        for (size_t i = 0; i < 16; i++) STORE(block + (p + i) * 16, rows[i]);
    }
    for (; p < pixels; p++)
        for (size_t c = 0; c < 16; c++) block[p * 16 + c] = c < channels ? planes[c * plane_step + p] : 0.0f;
}

void LEVEL(ck_f32_block_to_planes)(const float *block, size_t pixels, size_t channels, float *planes,
                                   size_t plane_step)
{
    VECTOR rows[16];
    size_t p = 0;
    for (; p + 16 <= pixels; p += 16) {
        for (size_t i = 0; i < 16; i++) rows[i] = LOAD(block + (p + i) * 16);
        LEVEL(transpose)(rows);
        for (size_t c = 0; c < channels; c++) STORE(planes + c * plane_step + p, rows[c]);
    }
    for (; p < pixels; p++)
        for (size_t c = 0; c < channels; c++) planes[c * plane_step + p] = block[p * 16 + c];
}
#undef VECTOR
#undef LOAD
#undef STORE

// Quantised pixels from one order to another. Contract in ck_u8_block.h.
#include "ck_u8_block.h"

#include <string.h>

// Of `count` pixels from `first` on, `step` apart: how many come before [0, width), and how many are before its end.
static void clip_row(ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, ptrdiff_t count, ptrdiff_t *before,
                     ptrdiff_t *inside)
{
    *before = first >= 0 ? 0 : (-first + step - 1) / step;
    *inside = first >= width ? 0 : (width - first + step - 1) / step;
    if (*inside > count) *inside = count;
    if (*before > *inside) *before = *inside;
}

typedef uint8_t bytes16 __attribute__((ext_vector_type(16), aligned(1)));

// Rows are short: calls of memcpy and memset would cost more than they do.
__attribute__((no_builtin("memcpy", "memset"))) static void gather_pixels(const uint8_t *x, ptrdiff_t first,
                                                                           ptrdiff_t step, ptrdiff_t before,
                                                                           ptrdiff_t inside, ptrdiff_t count,
                                                                           uint8_t fill, uint8_t *y)
{
    const bytes16 outside = (bytes16)(fill);
    bytes16 *target = (bytes16 *)y;
    ptrdiff_t j = 0;
    for (; j < before; j++) target[j] = outside;
    const bytes16 *source = (const bytes16 *)x + first;
    for (; j < inside; j++) target[j] = source[j * step];
    for (; j < count; j++) target[j] = outside;
}

void ck_u8_gather_row(const uint8_t *x, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count, size_t bytes,
                      uint8_t fill, uint8_t *y)
{
    ptrdiff_t before, inside;
    clip_row(width, first, step, (ptrdiff_t)count, &before, &inside);
    if (bytes == 16) return gather_pixels(x, first, step, before, inside, (ptrdiff_t)count, fill, y);
    memset(y, fill, (size_t)before * bytes);
    for (ptrdiff_t j = before; j < inside; j++)
        memcpy(y + j * (ptrdiff_t)bytes, x + (first + j * step) * (ptrdiff_t)bytes, bytes);
    memset(y + inside * (ptrdiff_t)bytes, fill, ((size_t)count - (size_t)inside) * bytes);
}

void ck_u8_gather_planes(const uint8_t *x, ptrdiff_t plane_step, size_t channels, ptrdiff_t width, ptrdiff_t first,
                         ptrdiff_t step, size_t count, uint8_t fill, uint8_t *y)
{
    ptrdiff_t before, inside;
    clip_row(width, first, step, (ptrdiff_t)count, &before, &inside);
    memset(y, fill, (size_t)before * 4);
    const uint8_t *p0 = x + first, *p1 = channels > 1 ? p0 + plane_step : NULL;
    const uint8_t *p2 = channels > 2 ? p0 + 2 * plane_step : NULL, *p3 = channels > 3 ? p0 + 3 * plane_step : NULL;
    for (ptrdiff_t j = before; j < inside; j++) {
        const ptrdiff_t i = j * step;
        y[4 * j] = p0[i];
        y[4 * j + 1] = p1 ? p1[i] : fill;
        y[4 * j + 2] = p2 ? p2[i] : fill;
        y[4 * j + 3] = p3 ? p3[i] : fill;
    }
    memset(y + inside * 4, fill, (size_t)((ptrdiff_t)count - inside) * 4);
}

#define LOW(a, b) \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// Turns 16 rows of 16 bytes into columns: four times, rows i and i + 8 are interleaved to rows 2 i and 2 i + 1.
static inline __attribute__((always_inline)) void transpose(bytes16 rows[16])
{
#pragma clang loop unroll(full)
    for (int round = 0; round < 4; round++) {
        bytes16 next[16];
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            next[2 * i] = LOW(rows[i], rows[i + 8]);
            next[2 * i + 1] = HIGH(rows[i], rows[i + 8]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) rows[i] = next[i];
    }
}

void ck_u8_block_from_planes(const uint8_t *planes, size_t plane_step, size_t channels, size_t pixels, uint8_t *block)
{
    size_t p = 0;
    for (; p + 16 <= pixels; p += 16) {
        bytes16 rows[16];
#pragma clang loop unroll(full)
        for (size_t c = 0; c < 16; c++)
            rows[c] = c < channels ? *(const bytes16 *)(planes + c * plane_step + p) : (bytes16)(0);
        transpose(rows);
        for (size_t i = 0; i < 16; i++) *(bytes16 *)(block + (p + i) * 16) = rows[i];
    }
    for (; p < pixels; p++)
        for (size_t c = 0; c < 16; c++) block[p * 16 + c] = c < channels ? planes[c * plane_step + p] : 0;
}

void ck_u8_block_to_planes(const uint8_t *block, size_t pixels, size_t channels, uint8_t *planes, size_t plane_step)
{
    size_t p = 0;
    for (; p + 16 <= pixels; p += 16) {
        bytes16 rows[16];
        for (size_t i = 0; i < 16; i++) rows[i] = *(const bytes16 *)(block + (p + i) * 16);
        transpose(rows);
        for (size_t c = 0; c < channels; c++) *(bytes16 *)(planes + c * plane_step + p) = rows[c];
    }
    for (; p < pixels; p++)
        for (size_t c = 0; c < channels; c++) planes[c * plane_step + p] = block[p * 16 + c];
}

void ck_u8_block_from_rows(const uint8_t *x, size_t count, size_t stride, size_t rows, uint8_t *blocks)
{
    for (size_t first = 0; first < count; first += 16) {
        const uint8_t *source = x + first;
        const size_t lanes = count - first < 16 ? count - first : 16;
        if (lanes == 16) {
            for (size_t row = 0; row < rows; row++, source += stride, blocks += 16) memcpy(blocks, source, 16);
        } else {
            for (size_t row = 0; row < rows; row++, source += stride, blocks += 16) {
                memset(blocks, 0, 16);
                memcpy(blocks, source, lanes);
            }
        }
    }
}

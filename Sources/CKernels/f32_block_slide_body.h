// Body of ck_f32_block_depthwise, ck_f32_block_max and ck_f32_block_average; the including file sets LEVEL(name),
// SLIDE_PIXELS (8, or 4 where a pixel takes two registers) and the target attribute. Pixels whose windows lie inside the
// row go in tiles that keep their results in registers over all taps; those at the edges go one by one.
#include "ck_f32_block.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(slide_lanes) __attribute__((ext_vector_type(16), aligned(4)));
#define VECTOR LEVEL(slide_lanes)
#define LOAD(p) (*(const VECTOR *)(p))

enum { LEVEL(slide_sums), LEVEL(slide_max), LEVEL(slide_mean) };

// Taps of one output row: rows [ky0, ky1) and columns [kx0, kx1) of the window.
typedef struct LEVEL(slide_row) {
    const float *x;        // what tap row ky0 and tap column 0 of output column 0 would read
    const float *weights;  // of tap row ky0
    const float *residual;
    float *y;
    ptrdiff_t row_step;     // floats between tap rows
    ptrdiff_t column_step;  // pixels between tap columns
    ptrdiff_t stride;
    ptrdiff_t tap_rows, kernel_width;
    VECTOR bias, low, high;
} LEVEL(slide_row);

static inline __attribute__((always_inline)) void LEVEL(slide_tile)(const LEVEL(slide_row) * row, ptrdiff_t column,
                                                                    ptrdiff_t kx0, ptrdiff_t kx1, float scale,
                                                                    const int op, const int pixels,
                                                                    const ptrdiff_t stride, const ptrdiff_t width)
{
    VECTOR results[SLIDE_PIXELS];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) results[p] = op == LEVEL(slide_sums) ? (VECTOR)(0.0f) : row->bias;
    const float *line = row->x + column * stride * 16;
    const float *weights = row->weights;
    const ptrdiff_t column_step = width ? 1 : row->column_step;
    for (ptrdiff_t ky = 0; ky < row->tap_rows; ky++, line += row->row_step, weights += row->kernel_width * 16) {
#define TAP(kx)                                                                                  \
    do {                                                                                         \
        const VECTOR weight = op == LEVEL(slide_sums) ? LOAD(weights + (kx) * 16) : (VECTOR)(0.0f); \
        const float *pixel = line + (kx) * column_step * 16;                                     \
        _Pragma("clang loop unroll(full)") for (int p = 0; p < pixels; p++)                      \
        {                                                                                        \
            const VECTOR value = LOAD(pixel + p * stride * 16);                                  \
            if (op == LEVEL(slide_sums)) results[p] = __builtin_elementwise_fma(value, weight, results[p]); \
            if (op == LEVEL(slide_max)) results[p] = results[p] < value ? value : results[p];    \
            if (op == LEVEL(slide_mean)) results[p] = results[p] + value;                        \
        }                                                                                        \
    } while (0)
        if (width) {
#pragma clang loop unroll(full)
            for (ptrdiff_t kx = 0; kx < width; kx++) TAP(kx);
        } else {
            for (ptrdiff_t kx = kx0; kx < kx1; kx++) TAP(kx);
        }
#undef TAP
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++) {
        VECTOR result = results[p];
        if (op == LEVEL(slide_mean)) result = result / scale;
        if (op == LEVEL(slide_sums)) result = result + row->bias;
        if (row->residual) result += LOAD(row->residual + (column + p) * 16);
        result = result < row->low ? row->low : result;
        result = result > row->high ? row->high : result;
        *(VECTOR *)(row->y + (column + p) * 16) = result;
    }
}

#define PIXELS(count) \
    case count: LEVEL(slide_tile)(row, column, 0, row->kernel_width, scale, op, count, stride, width); break
#define TILES(name, op_, stride_, width_)                                                                      \
    static void LEVEL(name)(const LEVEL(slide_row) * row, ptrdiff_t column, int pixels, float scale)           \
    {                                                                                                          \
        enum { op = op_, width = width_ };                                                                     \
        const ptrdiff_t stride = stride_;                                                                      \
        switch (pixels) {                                                                                      \
            PIXELS(1);                                                                                         \
            PIXELS(2);                                                                                         \
            PIXELS(3);                                                                                         \
            PIXELS(4);                                                                                         \
            MORE_PIXELS                                                                                        \
        }                                                                                                      \
    }
#if SLIDE_PIXELS > 4
#define MORE_PIXELS \
    PIXELS(5);      \
    PIXELS(6);      \
    PIXELS(7);      \
    PIXELS(8);
#else
#define MORE_PIXELS
#endif
TILES(depthwise_1_3, LEVEL(slide_sums), 1, 3)
TILES(depthwise_1_5, LEVEL(slide_sums), 1, 5)
TILES(depthwise_2_3, LEVEL(slide_sums), 2, 3)
TILES(depthwise_2_5, LEVEL(slide_sums), 2, 5)
TILES(depthwise_any, LEVEL(slide_sums), row->stride, 0)
TILES(max_1_5, LEVEL(slide_max), 1, 5)
TILES(max_2_2, LEVEL(slide_max), 2, 2)
TILES(max_2_3, LEVEL(slide_max), 2, 3)
TILES(max_any, LEVEL(slide_max), row->stride, 0)
TILES(mean_any, LEVEL(slide_mean), row->stride, 0)
#undef TILES
#undef PIXELS
#undef MORE_PIXELS

typedef void (*LEVEL(slide_tiles))(const LEVEL(slide_row) * row, ptrdiff_t column, int pixels, float scale);

static inline LEVEL(slide_tiles) LEVEL(slide_choose)(int op, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t dilation)
{
    if (op == LEVEL(slide_mean)) return LEVEL(mean_any);
    if (op == LEVEL(slide_max)) {
        if (dilation == 1 && stride == 1 && width == 5) return LEVEL(max_1_5);
        if (dilation == 1 && stride == 2 && width == 2) return LEVEL(max_2_2);
        if (dilation == 1 && stride == 2 && width == 3) return LEVEL(max_2_3);
        return LEVEL(max_any);
    }
    if (dilation == 1 && stride == 1 && width == 3) return LEVEL(depthwise_1_3);
    if (dilation == 1 && stride == 1 && width == 5) return LEVEL(depthwise_1_5);
    if (dilation == 1 && stride == 2 && width == 3) return LEVEL(depthwise_2_3);
    if (dilation == 1 && stride == 2 && width == 5) return LEVEL(depthwise_2_5);
    return LEVEL(depthwise_any);
}

// The taps at start + k * step, k < count, that lie in [0, extent).
static inline void LEVEL(slide_inside)(ptrdiff_t start, ptrdiff_t step, ptrdiff_t count, ptrdiff_t extent,
                                       ptrdiff_t *from, ptrdiff_t *to)
{
    *from = start >= 0 ? 0 : (-start + step - 1) / step;
    *to = start >= extent ? 0 : (extent - start + step - 1) / step;
    if (*to > count) *to = count;
    if (*from > *to) *from = *to;
}

// The number of taps that meet the input or its padding: what an average with counted padding divides by.
static inline ptrdiff_t LEVEL(slide_padded)(const ck_f32_block_slide *job, int axis, ptrdiff_t position)
{
    const ck_window *w = job->window;
    const ptrdiff_t start = position * w->stride[axis] - w->pad[axis];
    ptrdiff_t from, to;
    LEVEL(slide_inside)
    (start, w->dilation[axis], w->kernel[axis], w->input[axis] + job->pad_after[axis - 1], &from, &to);
    return to;
}

static inline __attribute__((always_inline)) void LEVEL(slide)(const ck_f32_block_slide *job, const int op)
{
    const ck_window *w = job->window;
    const ptrdiff_t height = w->input[1], width = w->input[2], columns = w->output[2];
    const ptrdiff_t stride = w->stride[2], dilation = w->dilation[2], kernel = w->kernel[2], pad = w->pad[2];
    const LEVEL(slide_tiles) tiles = LEVEL(slide_choose)(op, stride, kernel, dilation);
    // Columns [left, right) have all their taps inside the row.
    ptrdiff_t left = (pad + stride - 1) / stride;
    ptrdiff_t reach = width - 1 - (kernel - 1) * dilation + pad;
    ptrdiff_t right = reach < 0 ? 0 : reach / stride + 1;
    if (left > columns) left = columns;
    if (right > columns) right = columns;
    if (right < left) right = left;
    const ptrdiff_t count = (right - left + SLIDE_PIXELS - 1) / SLIDE_PIXELS;
    const int adds = job->residual && !job->finish.adds_last;
    for (size_t r = job->first; r < job->first + job->rows; r++) {
        const ptrdiff_t top = (ptrdiff_t)r * w->stride[1] - w->pad[1];
        ptrdiff_t ky0, ky1;
        LEVEL(slide_inside)(top, w->dilation[1], w->kernel[1], height, &ky0, &ky1);
        const LEVEL(slide_row) row = {
            .x = job->x + ((top + ky0 * w->dilation[1]) * width - pad) * 16,
            .weights = job->weights + ky0 * kernel * 16,
            .residual = adds ? job->residual + (ptrdiff_t)r * columns * 16 : NULL,
            .y = job->y + (ptrdiff_t)r * columns * 16,
            .row_step = w->dilation[1] * width * 16,
            .column_step = dilation,
            .stride = stride,
            .tap_rows = ky1 - ky0,
            .kernel_width = kernel,
            .bias = op == LEVEL(slide_sums)  ? LOAD(job->bias)
                    : op == LEVEL(slide_max) ? (VECTOR)(-__builtin_inff())
                                             : (VECTOR)(0.0f),
            .low = (VECTOR)(job->finish.low),
            .high = (VECTOR)(job->finish.high),
        };
        const ptrdiff_t high = job->counts_padding ? LEVEL(slide_padded)(job, 1, (ptrdiff_t)r) : ky1 - ky0;
        for (ptrdiff_t column = 0; column < columns; column++) {
            if (column == left) column = right;
            if (column == columns) break;
            ptrdiff_t kx0, kx1;
            LEVEL(slide_inside)(column * stride - pad, dilation, kernel, width, &kx0, &kx1);
            const ptrdiff_t wide = job->counts_padding ? LEVEL(slide_padded)(job, 2, column) : kx1 - kx0;
            const ptrdiff_t taps = high * wide;
            LEVEL(slide_tile)
            (&row, column, kx0, kx1, (float)(taps > 0 ? taps : 1), op, 1, stride, 0);
        }
        for (ptrdiff_t tile = 0; tile < count; tile++) {
            const ptrdiff_t from = left + (right - left) * tile / count;
            const ptrdiff_t to = left + (right - left) * (tile + 1) / count;
            const ptrdiff_t taps = high * kernel;
            tiles(&row, from, (int)(to - from), (float)(taps > 0 ? taps : 1));
        }
    }
    const size_t floats = job->rows * (size_t)columns * 16, at = job->first * (size_t)columns * 16;
    if (job->finish.function != ck_f32_function_count)
        LEVEL(ck_f32_map)
        (job->finish.function, job->y + at, job->y + at, floats, job->finish.a, job->finish.b);
    if (job->residual && job->finish.adds_last)
        LEVEL(ck_f32_zip)(ck_f32_operation_add, job->y + at, 1, job->residual + at, 1, job->y + at, floats);
}

enum { LEVEL(slide_small) = 18 * 18 };

// A small plane is copied with its padding, so that no pixel is at an edge: those cost several times as much.
void LEVEL(ck_f32_block_depthwise)(const ck_f32_block_slide *job)
{
    const ck_window *w = job->window;
    const ptrdiff_t high = (w->output[1] - 1) * w->stride[1] + (w->kernel[1] - 1) * w->dilation[1] + 1;
    const ptrdiff_t wide = (w->output[2] - 1) * w->stride[2] + (w->kernel[2] - 1) * w->dilation[2] + 1;
    if (high * wide > LEVEL(slide_small) || job->rows != (size_t)w->output[1])
        return LEVEL(slide)(job, LEVEL(slide_sums));
    float padded[LEVEL(slide_small) * 16];
    float *line = padded;
    const ptrdiff_t before = w->pad[2] < wide ? w->pad[2] : wide;
    for (ptrdiff_t row = 0; row < high; row++, line += wide * 16) {
        const ptrdiff_t y = row - w->pad[1];
        if (y < 0 || y >= w->input[1]) {
            memset(line, 0, (size_t)wide * 16 * sizeof(float));
            continue;
        }
        const float *source = job->x + y * w->input[2] * 16;
        const ptrdiff_t inside = wide - before < w->input[2] ? wide - before : w->input[2];
        for (ptrdiff_t i = 0; i < before; i++) *(VECTOR *)(line + i * 16) = (VECTOR)(0.0f);
        for (ptrdiff_t i = 0; i < inside; i++) *(VECTOR *)(line + (before + i) * 16) = LOAD(source + i * 16);
        for (ptrdiff_t i = before + inside; i < wide; i++) *(VECTOR *)(line + i * 16) = (VECTOR)(0.0f);
    }
    ck_window window = *w;
    window.input[1] = high;
    window.input[2] = wide;
    window.pad[1] = window.pad[2] = 0;
    ck_f32_block_slide inner = *job;
    inner.window = &window;
    inner.x = padded;
    LEVEL(slide)(&inner, LEVEL(slide_sums));
}
void LEVEL(ck_f32_block_max)(const ck_f32_block_slide *job) { LEVEL(slide)(job, LEVEL(slide_max)); }
void LEVEL(ck_f32_block_average)(const ck_f32_block_slide *job) { LEVEL(slide)(job, LEVEL(slide_mean)); }
#undef VECTOR
#undef LOAD

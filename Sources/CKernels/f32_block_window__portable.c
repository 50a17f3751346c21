// Windows, means and reordering on blocked layout: portable level and dispatch. Contract in ck_f32_block.h.
#define LEVEL(name) name##__portable
#define SLIDE_PIXELS 4
#include "f32_block_planes_body.h"
#include "f32_block_slide_body.h"
#include "bf16_block_slide_body.h"
#include "f32_block_winograd_body.h"

#include "ck_cpu.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                                \
    do {                                                                   \
        const ck_isa level = ck_isa_level();                               \
        if (level >= ck_isa_avx512) return name##__avx512(__VA_ARGS__);    \
        if (level >= ck_isa_avx2) return name##__avx2(__VA_ARGS__);        \
        name##__portable(__VA_ARGS__);                                     \
    } while (0)
#else
#define DISPATCH(name, ...) name##__portable(__VA_ARGS__)
#endif

void ck_f32_block_depthwise(const ck_f32_block_slide *job) { DISPATCH(ck_f32_block_depthwise, job); }
void ck_f32_block_max(const ck_f32_block_slide *job) { DISPATCH(ck_f32_block_max, job); }
void ck_f32_block_average(const ck_f32_block_slide *job) { DISPATCH(ck_f32_block_average, job); }

void ck_f32_block_mean(const float *x, size_t pixels, float *mean) { DISPATCH(ck_f32_block_mean, x, pixels, mean); }

void ck_f32_block_zip(ck_f32_operation op, const float *x, const float *b, float *y, size_t pixels)
{
    DISPATCH(ck_f32_block_zip, op, x, b, y, pixels);
}

void ck_f32_block_from_planes(const float *planes, size_t plane_step, size_t channels, size_t pixels, float *block)
{
    DISPATCH(ck_f32_block_from_planes, planes, plane_step, channels, pixels, block);
}

void ck_f32_block_to_planes(const float *block, size_t pixels, size_t channels, float *planes, size_t plane_step)
{
    DISPATCH(ck_f32_block_to_planes, block, pixels, channels, planes, plane_step);
}

void ck_f32_block_winograd_input(const ck_f32_block_tiles *tiles, const float *x, float *v, ptrdiff_t step)
{
    DISPATCH(ck_f32_block_winograd_input, tiles, x, v, step);
}

void ck_f32_block_winograd_output(const ck_f32_block_tiles *tiles, const float *m, ptrdiff_t step, const float *bias,
                                  const float *residual, float *y, const ck_f32_finish *finish)
{
    DISPATCH(ck_f32_block_winograd_output, tiles, m, step, bias, residual, y, finish);
}

size_t ck_bf16_block_slide_scratch(const ck_window *window, size_t rows)
{
    if (rows == 0 || window->output[2] <= 0) return 0;
    const size_t high = (rows - 1) * (size_t)window->stride[1] +
                        (size_t)((window->kernel[1] - 1) * window->dilation[1]) + 1;
    const size_t wide = (size_t)((window->output[2] - 1) * window->stride[2] +
                                 (window->kernel[2] - 1) * window->dilation[2]) + 1;
    return (high * wide + rows * (size_t)window->output[2]) * 16;
}

void ck_bf16_block_slide_run(const ck_bf16_block_slide *job) { DISPATCH(ck_bf16_block_slide_run, job); }

void ck_bf16_block_mean(const uint16_t *x, size_t pixels, float *mean)
{
    DISPATCH(ck_bf16_block_mean, x, pixels, mean);
}

void ck_bf16_block_zip(ck_f32_operation op, const void *x, int x_is_half, const float *b, void *y, int y_is_half,
                       size_t pixels)
{
    DISPATCH(ck_bf16_block_zip, op, x, x_is_half, b, y, y_is_half, pixels);
}

void ck_f32_block_gather_row(const float *x, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count, float *y)
{
    ptrdiff_t before = first >= 0 ? 0 : (-first + step - 1) / step;
    ptrdiff_t inside = first >= width ? 0 : (width - first + step - 1) / step;
    if (inside > (ptrdiff_t)count) inside = (ptrdiff_t)count;
    if (before > inside) before = inside;
    enum { pixel = 16 * sizeof(float) };
    memset(y, 0, (size_t)before * pixel);
    if (step == 1) {
        memcpy(y + before * 16, x + (first + before) * 16, (size_t)(inside - before) * pixel);
    } else {
        for (ptrdiff_t j = before; j < inside; j++) memcpy(y + j * 16, x + (first + j * step) * 16, pixel);
    }
    memset(y + inside * 16, 0, (size_t)((ptrdiff_t)count - inside) * pixel);
}

void ck_f32_block_from_rows(const float *x, size_t count, size_t rows, float *blocks)
{
    for (size_t first = 0; first < count; first += 16) {
        const float *source = x + first;
        if (count - first >= 16) {
            for (size_t row = 0; row < rows; row++, source += count, blocks += 16)
                memcpy(blocks, source, 16 * sizeof(float));
        } else {
            for (size_t row = 0; row < rows; row++, source += count, blocks += 16)
                memcpy(blocks, source, (count - first) * sizeof(float));
        }
    }
}

void ck_f32_block_to_rows(const float *block, size_t rows, size_t lanes, float *y, size_t stride)
{
    for (size_t row = 0; row < rows; row++) memcpy(y + row * stride, block + row * 16, lanes * sizeof(float));
}

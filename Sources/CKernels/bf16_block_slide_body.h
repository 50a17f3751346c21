// Body of ck_bf16_block_slide_run, ck_bf16_block_mean and ck_bf16_block_zip; included after f32_block_slide_body.h. Rows
// are widened into scratch memory together with their padding, so that no pixel is at an edge and each is widened once,
// not once for each tap.
#define FLOAT_LEVEL(name) LEVEL(name)
#include "bf16_functions.h"
#include "bf16_lanes.h"
#include "ck_bf16_block.h"

#pragma STDC FP_CONTRACT OFF

#define VECTOR LEVEL(half_floats)

void LEVEL(ck_bf16_block_slide_run)(const ck_bf16_block_slide *job)
{
    const ck_window *w = job->slide.window;
    const size_t rows = job->slide.rows;
    if (rows == 0 || w->output[2] <= 0) return;
    const ptrdiff_t high = ((ptrdiff_t)rows - 1) * w->stride[1] + (w->kernel[1] - 1) * w->dilation[1] + 1;
    const ptrdiff_t wide = (w->output[2] - 1) * w->stride[2] + (w->kernel[2] - 1) * w->dilation[2] + 1;
    const VECTOR padding = (VECTOR)(job->takes_maximum ? -__builtin_inff() : 0.0f);
    const ptrdiff_t top = (ptrdiff_t)job->slide.first * w->stride[1] - w->pad[1];
    const ptrdiff_t before = w->pad[2] < wide ? w->pad[2] : wide;
    const ptrdiff_t inside = wide - before < w->input[2] ? wide - before : w->input[2];
    float *line = job->scratch;
    for (ptrdiff_t row = top; row < top + high; row++, line += wide * 16) {
        const int exists = row >= 0 && row < w->input[1];
        const ptrdiff_t from = exists ? before : wide, to = exists ? before + inside : wide;
        for (ptrdiff_t i = 0; i < from; i++) *(VECTOR *)(line + i * 16) = padding;
        if (exists && job->x_is_half) {
            const uint16_t *source = (const uint16_t *)job->x + row * w->input[2] * 16;
            for (ptrdiff_t i = 0; i < inside; i++) LEVEL(widen)(source + i * 16, line + (before + i) * 16);
        } else if (exists) {
            const float *source = (const float *)job->x + row * w->input[2] * 16;
            for (ptrdiff_t i = 0; i < inside; i++)
                *(VECTOR *)(line + (before + i) * 16) = *(const VECTOR *)(source + i * 16);
        }
        for (ptrdiff_t i = to; i < wide; i++) *(VECTOR *)(line + i * 16) = padding;
    }
    ck_window window = *w;
    window.input[1] = high;
    window.input[2] = wide;
    window.output[1] = (ptrdiff_t)rows;
    window.pad[1] = window.pad[2] = 0;
    ck_f32_block_slide inner = job->slide;
    const size_t at = job->slide.first * (size_t)w->output[2] * 16, count = rows * (size_t)w->output[2] * 16;
    inner.window = &window;
    inner.finish.function = ck_f32_function_count;
    inner.first = 0;
    inner.residual = NULL;
    inner.x = job->scratch;
    inner.y = job->y_is_half ? line : (float *)job->y + at;
    if (job->takes_maximum)
        LEVEL(slide)(&inner, LEVEL(slide_max));
    else
        LEVEL(slide)(&inner, LEVEL(slide_sums));
    LEVEL(coarse_map)(job->slide.finish.function, inner.y, count, inner.finish.a, inner.finish.b);
    if (!job->y_is_half) return;
    uint16_t *y = (uint16_t *)job->y + at;
    for (size_t i = 0; i < count; i += 16) LEVEL(narrow)(line + i, y + i);
}

void LEVEL(ck_bf16_block_mean)(const uint16_t *x, size_t pixels, float *mean)
{
    VECTOR sums[4] = {(VECTOR)(0.0f), (VECTOR)(0.0f), (VECTOR)(0.0f), (VECTOR)(0.0f)}, pixel;
    size_t p = 0;
    for (; p + 4 <= pixels; p += 4)
        for (size_t i = 0; i < 4; i++) {
            LEVEL(widen)(x + (p + i) * 16, (float *)&pixel);
            sums[i] += pixel;
        }
    for (size_t i = 0; p < pixels; p++, i++) {
        LEVEL(widen)(x + p * 16, (float *)&pixel);
        sums[i] += pixel;
    }
    *(VECTOR *)mean = ((sums[0] + sums[1]) + (sums[2] + sums[3])) / (float)pixels;
}

void LEVEL(ck_bf16_block_zip)(ck_f32_operation op, const void *x, int x_is_half, const float *b, void *y,
                              int y_is_half, size_t pixels)
{
    const VECTOR v = *(const VECTOR *)b;
    for (size_t p = 0; p < pixels; p++) {
        VECTOR pixel;
        if (x_is_half)
            LEVEL(widen)((const uint16_t *)x + p * 16, (float *)&pixel);
        else
            pixel = *(const VECTOR *)((const float *)x + p * 16);
        if (op == ck_f32_operation_mul)
            pixel = pixel * v;
        else
            LEVEL(ck_f32_zip)(op, (const float *)&pixel, 1, b, 1, (float *)&pixel, 16);
        if (y_is_half)
            LEVEL(narrow)((const float *)&pixel, (uint16_t *)y + p * 16);
        else
            *(VECTOR *)((float *)y + p * 16) = pixel;
    }
}
#undef VECTOR
#undef FLOAT_LEVEL

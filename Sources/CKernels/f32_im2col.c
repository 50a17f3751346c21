// ck_f32_im2col and ck_f32_col2im: moves of memory, no arithmetic but the additions of col2im, which run in the order
// kernel element, then output position. Contract in ck_f32_conv.h.
#include "ck_f32_conv.h"

#include <string.h>

// Output positions along one axis at which a kernel element at `reach` (dilated, minus pad) meets the input.
static void valid_range(ptrdiff_t input, ptrdiff_t output, ptrdiff_t stride, ptrdiff_t reach, ptrdiff_t *from, ptrdiff_t *to)
{
    ptrdiff_t low = reach >= 0 ? 0 : (-reach + stride - 1) / stride;
    ptrdiff_t high = input - reach <= 0 ? 0 : (input - reach + stride - 1) / stride;
    if (high > output) high = output;
    if (low > high) low = high;
    *from = low;
    *to = high;
}

static void unfold_row(const float *plane, const ck_window *w, ptrdiff_t rz, ptrdiff_t ry, ptrdiff_t rx, size_t first,
                       size_t count, float *out)
{
    const ptrdiff_t width = w->output[2], height = w->output[1];
    const ptrdiff_t stride = w->stride[2];
    ptrdiff_t x_from, x_to;
    valid_range(w->input[2], width, stride, rx, &x_from, &x_to);
    ptrdiff_t row = (ptrdiff_t)first / width, x = (ptrdiff_t)first % width;
    ptrdiff_t left = (ptrdiff_t)count;
    while (left > 0) {
        const ptrdiff_t end = x + left < width ? x + left : width;
        const ptrdiff_t z_in = row / height * w->stride[0] + rz, y_in = row % height * w->stride[1] + ry;
        if (z_in < 0 || z_in >= w->input[0] || y_in < 0 || y_in >= w->input[1]) {
            memset(out, 0, (size_t)(end - x) * sizeof(float));
        } else {
            ptrdiff_t from = x_from < x ? x : x_from > end ? end : x_from;
            ptrdiff_t to = x_to < from ? from : x_to > end ? end : x_to;
            const float *source = plane + (z_in * w->input[1] + y_in) * w->input[2] + rx;
            memset(out, 0, (size_t)(from - x) * sizeof(float));
            if (stride == 1)
                memcpy(out + (from - x), source + from, (size_t)(to - from) * sizeof(float));
            else
                for (ptrdiff_t i = from; i < to; i++) out[i - x] = source[i * stride];
            memset(out + (to - x), 0, (size_t)(end - to) * sizeof(float));
        }
        out += end - x;
        left -= end - x;
        x = 0;
        row++;
    }
}

void ck_f32_im2col(const ck_window *w, const float *x, size_t channels, size_t first, size_t count, float *columns,
                   size_t stride)
{
    const ptrdiff_t plane = w->input[0] * w->input[1] * w->input[2];
    for (size_t c = 0; c < channels; c++)
        for (ptrdiff_t kz = 0; kz < w->kernel[0]; kz++)
            for (ptrdiff_t ky = 0; ky < w->kernel[1]; ky++)
                for (ptrdiff_t kx = 0; kx < w->kernel[2]; kx++) {
                    unfold_row(x + (ptrdiff_t)c * plane, w, kz * w->dilation[0] - w->pad[0],
                               ky * w->dilation[1] - w->pad[1], kx * w->dilation[2] - w->pad[2], first, count, columns);
                    columns += stride;
                }
}

void ck_f32_col2im(const ck_window *w, const float *columns, size_t channels, float *x)
{
    const ptrdiff_t plane = w->input[0] * w->input[1] * w->input[2];
    for (size_t c = 0; c < channels; c++, x += plane)
        for (ptrdiff_t kz = 0; kz < w->kernel[0]; kz++)
            for (ptrdiff_t ky = 0; ky < w->kernel[1]; ky++)
                for (ptrdiff_t kx = 0; kx < w->kernel[2]; kx++) {
                    const ptrdiff_t rx = kx * w->dilation[2] - w->pad[2];
                    ptrdiff_t from, to;
                    valid_range(w->input[2], w->output[2], w->stride[2], rx, &from, &to);
                    for (ptrdiff_t oz = 0; oz < w->output[0]; oz++)
                        for (ptrdiff_t oy = 0; oy < w->output[1]; oy++, columns += w->output[2]) {
                            const ptrdiff_t z = oz * w->stride[0] + kz * w->dilation[0] - w->pad[0];
                            const ptrdiff_t y = oy * w->stride[1] + ky * w->dilation[1] - w->pad[1];
                            if (z < 0 || z >= w->input[0] || y < 0 || y >= w->input[1]) continue;
                            float *row = x + (z * w->input[1] + y) * w->input[2] + rx;
                            for (ptrdiff_t i = from; i < to; i++) row[i * w->stride[2]] += columns[i];
                        }
                }
}

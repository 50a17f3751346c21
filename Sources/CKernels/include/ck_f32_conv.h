// Kernels of convolution on float32, apart from the matrix product: unfolding of input windows (im2col), sums over taps
// (depthwise convolution), and folding back (transposed convolution).
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// A sliding window over up to three spatial axes, outermost first. Axes that a layer does not have have extent 1,
// kernel 1, stride 1, dilation 1, pad 0. Extents count elements.
typedef struct ck_window {
    ptrdiff_t input[3];
    ptrdiff_t output[3];
    ptrdiff_t kernel[3];
    ptrdiff_t stride[3];
    ptrdiff_t dilation[3];
    ptrdiff_t pad[3];  // before the first element
} ck_window;

// Row (c, kz, ky, kx) of `columns` holds, for each output position in [first, first + count) in row-major order, the
// input element that this kernel element meets there, 0 in the padding. x: [channels, input...] contiguous.
// columns: channels * kernel rows of `stride` floats, stride >= count. No alignment needed; no aliasing.
void ck_f32_im2col(const ck_window *window, const float *x, size_t channels, size_t first, size_t count, float *columns,
                   size_t stride);

// The transpose of im2col for all positions at once: adds each element of `columns` to the input element that it came
// from. columns: [channels * kernel, output...] contiguous; x: [channels, input...] contiguous, to be zeroed before.
void ck_f32_col2im(const ck_window *window, const float *columns, size_t channels, float *x);

// y[r * width + i] = sum over k of weights[k] * x[r * step + offsets[k] + i], r < rows, i < width: fused multiply-adds
// in the order of k, starting from 0; the same bits at every ISA level.
// Vectors run over the end of a row: 32 floats after the last element of each may be read from x, and 32 floats after
// the last element of y are overwritten. No alignment needed; no aliasing.
void ck_f32_taps(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps, float *y,
                 size_t rows, size_t width);
void ck_f32_taps__portable(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps,
                           float *y, size_t rows, size_t width);
#if defined(__x86_64__)
void ck_f32_taps__avx2(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps,
                       float *y, size_t rows, size_t width);
void ck_f32_taps__avx512(const float *x, size_t step, const ptrdiff_t *offsets, const float *weights, size_t taps,
                         float *y, size_t rows, size_t width);
#endif

#ifdef __cplusplus
}
#endif

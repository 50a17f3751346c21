// Input windows of a convolution, written straight into the panels that ck_f32_gemm reads.
//
// Two steps. Spreading copies rows of an input plane into rows that carry the padding, split by column phase, so that
// whatever the stride each kernel element meets consecutive elements along an output row. Unfolding then copies pieces of
// whole vectors, each overwriting what the one before wrote beyond its end.
#pragma once
#include <stddef.h>

#include "ck_f32_conv.h"

#ifdef __cplusplus
extern "C" {
#endif

// Floats that spreading may write beyond the last of its rows, and unfolding may read there and write beyond the last
// panel.
enum { ck_f32_unfold_slack = 32 };

// Row r of `spread`, r < rows, holds input row first + r along the second axis of the window, or zeros where there is no
// such row: for each phase p < stride, `phase` floats, of which float i is column p + i * stride - pad, 0 outside the
// plane. plane: [input[1], input[2]]; the outermost axis is not looked at. spread: rows * stride * phase floats, and slack.
// No alignment needed; no aliasing.
void ck_f32_spread(const ck_window *window, const float *plane, ptrdiff_t first, size_t rows, size_t phase,
                   float *spread);

// Rows of spread input as output positions and kernel elements see them.
typedef struct ck_f32_unfold_source {
    const float *spread;      // [channels][...] of the first output row
    size_t channel_step;      // floats from a channel to the next
    size_t row_step;          // floats from an output row to the next
    size_t width;             // output positions of a row
    const ptrdiff_t *taps;    // for each kernel element, its offset from the window's first element
    size_t tap_count;
} ck_f32_unfold_source;

// Packs the windows of `count` output positions in row-major order, the first of them in column `column` of the first
// output row, as ck_f32_gemm_pack_b packs columns: step k = channel * tap_count + tap. Columns beyond the last hold
// finite values of no meaning. packed: ceil(count / 32) * channels * tap_count * 32 floats, and slack. Moves only.
void ck_f32_unfold(const ck_f32_unfold_source *source, size_t channels, size_t column, size_t count, float *packed);
void ck_f32_unfold__portable(const ck_f32_unfold_source *source, size_t channels, size_t column, size_t count,
                             float *packed);
#if defined(__x86_64__)
void ck_f32_unfold__avx2(const ck_f32_unfold_source *source, size_t channels, size_t column, size_t count,
                         float *packed);
void ck_f32_unfold__avx512(const ck_f32_unfold_source *source, size_t channels, size_t column, size_t count,
                           float *packed);
#endif

#ifdef __cplusplus
}
#endif

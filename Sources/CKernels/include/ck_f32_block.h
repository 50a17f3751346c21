// Kernels on float32 activations in blocked layout, [channel blocks, height, width, 16]: a pixel's 16 channels of one
// block lie together. Lanes beyond the last channel hold anything and are never read into a result.
//
// Every output element is a sum of chains of fused multiply-adds over (channel block, tap, lane) in ascending order, and
// the bias last. The channel blocks are cut into parts, as even as can be, of at most 128 steps and at least one block;
// each part's chain starts from 0 and is added to the sum so far: rounding errors grow with the length of a chain and with
// what it starts from. The cuts depend on channels and taps alone, so whatever the ISA level, the tiles or the bands:
// the same bits everywhere. Layout and
// register tiles after Georganas et al., "Anatomy of High-Performance Deep Learning Convolutions on SIMD
// Architectures", 2018.
#pragma once
#include <stddef.h>

#include "ck_f32_conv.h"
#include "ck_f32_elementwise.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ck_f32_block = 16 };

// What happens to an output element after the sum: + residual, to [low, high], then `function` (count: none) with a, b;
// or, when `adds_last`, the residual after the function.
typedef struct ck_f32_finish {
    float low, high;
    ck_f32_function function;
    float a, b;
    int adds_last;
} ck_f32_finish;

// One dense convolution of a band of output pixels for some blocks of output channels.
typedef struct ck_f32_block_conv {
    const float *x;         // what tap offset 0 of the first output pixel reads
    const ptrdiff_t *taps;  // offsets of the taps in floats
    size_t tap_count;
    size_t channels;          // input channels
    size_t lanes;             // input channels that lie together: 16 (pixels are 16 floats apart) or 1 (planes)
    ptrdiff_t channel_step;   // floats between input blocks (lanes 16) or planes (lanes 1)
    size_t rows, width;       // output pixels
    ptrdiff_t row_step;       // input floats from one output row to the next
    const float *weights;     // pairs of output blocks, the last maybe alone: [input block][tap][lane][32 or 16]
    const float *bias;        // [blocks][16]
    const float *residual;    // laid out as y, or NULL
    float *y;
    ptrdiff_t y_block_step;   // floats between output blocks
    ptrdiff_t y_pixel_step;   // floats between output pixels: 16, or more where blocks lie side by side in rows
    size_t blocks;            // output blocks
    ck_f32_finish finish;
} ck_f32_block_conv;

// No aliasing of x and y; residual may be y. No alignment needed.
void ck_f32_block_conv_run(const ck_f32_block_conv *job);
void ck_f32_block_conv_run__portable(const ck_f32_block_conv *job);

// A window sliding over one channel block: depthwise convolution and pooling. y, x: [height, width, 16]. Output rows
// [first, first + rows); axes 1 and 2 of `window`. Taps in the padding are left out.
typedef struct ck_f32_block_slide {
    const ck_window *window;
    const float *x;
    const float *weights;  // depthwise: [taps][16]
    const float *bias;     // depthwise: [16]
    const float *residual; // depthwise: laid out as y, or NULL
    float *y;
    size_t first, rows;
    int counts_padding;    // average: divide by the taps inside x and its padding instead of those inside x
    ptrdiff_t pad_after[2];  // average with counts_padding: padding after the last row and column
    ck_f32_finish finish;
} ck_f32_block_slide;

void ck_f32_block_depthwise(const ck_f32_block_slide *job);
void ck_f32_block_depthwise__portable(const ck_f32_block_slide *job);
void ck_f32_block_max(const ck_f32_block_slide *job);
void ck_f32_block_max__portable(const ck_f32_block_slide *job);
void ck_f32_block_average(const ck_f32_block_slide *job);
void ck_f32_block_average__portable(const ck_f32_block_slide *job);

// mean[l] = the mean of x[p][l] over p < pixels: four sums, pixel p going to sum p mod 4, joined as (0 + 1) + (2 + 3).
void ck_f32_block_mean(const float *x, size_t pixels, float *mean);
void ck_f32_block_mean__portable(const float *x, size_t pixels, float *mean);

// y[p][l] = x[p][l] op b[l] for p < pixels. y may be x.
void ck_f32_block_zip(ck_f32_operation op, const float *x, const float *b, float *y, size_t pixels);
void ck_f32_block_zip__portable(ck_f32_operation op, const float *x, const float *b, float *y, size_t pixels);

// One block from planes and back. planes: `channels` <= 16 planes `plane_step` floats apart; lanes beyond are set to 0.
void ck_f32_block_from_planes(const float *planes, size_t plane_step, size_t channels, size_t pixels, float *block);
void ck_f32_block_from_planes__portable(const float *planes, size_t plane_step, size_t channels, size_t pixels,
                                        float *block);
void ck_f32_block_to_planes(const float *block, size_t pixels, size_t channels, float *planes, size_t plane_step);
void ck_f32_block_to_planes__portable(const float *block, size_t pixels, size_t channels, float *planes,
                                      size_t plane_step);

// Copies pixels of 16 floats: y[j] = x[first + j * step] for j < count where that lies in [0, width), else 0.
void ck_f32_block_gather_row(const float *x, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count, float *y);

// Tile rows of a 3 x 3 convolution without stride by Winograd's F(2 x 2, 3 x 3): tile (r, c) reads the 4 x 4 inputs
// from (2 r - pad_y, 2 c - pad_x) on, zeros outside, and makes the 2 x 2 outputs from (2 r, 2 c) on that exist.
typedef struct ck_f32_block_tiles {
    ptrdiff_t height, width, out_height, out_width;
    ptrdiff_t pad_y, pad_x;
    ptrdiff_t across;       // tiles of a row
    ptrdiff_t first, rows;  // tile rows to do
} ck_f32_block_tiles;

// Turns one channel block: element (i, j) of each turned tile goes to plane 4 i + j of v, planes `step` floats apart, in
// each the tiles one after the other, 16 floats each. x: [height, width, 16].
void ck_f32_block_winograd_input(const ck_f32_block_tiles *tiles, const float *x, float *v, ptrdiff_t step);
void ck_f32_block_winograd_input__portable(const ck_f32_block_tiles *tiles, const float *x, float *v, ptrdiff_t step);

// Turns products, laid out as v, back to outputs of one block and finishes them. bias: [16]; residual, or NULL, and y:
// [out_height, out_width, 16].
void ck_f32_block_winograd_output(const ck_f32_block_tiles *tiles, const float *m, ptrdiff_t step, const float *bias,
                                  const float *residual, float *y, const ck_f32_finish *finish);
void ck_f32_block_winograd_output__portable(const ck_f32_block_tiles *tiles, const float *m, ptrdiff_t step,
                                            const float *bias, const float *residual, float *y,
                                            const ck_f32_finish *finish);

// Rows of `count` floats, `rows` of them contiguous, to blocks of 16 columns and back; a last block's missing lanes are
// left as they are. blocks: [ceil(count / 16)][rows][16]; block: one of them, of which `lanes` go to rows `stride` apart.
void ck_f32_block_from_rows(const float *x, size_t count, size_t rows, float *blocks);
void ck_f32_block_to_rows(const float *block, size_t rows, size_t lanes, float *y, size_t stride);

#if defined(__x86_64__)
#define CK_BLOCK_LEVEL(isa)                                                                                         \
    void ck_f32_block_conv_run__##isa(const ck_f32_block_conv *job);                                                \
    void ck_f32_block_depthwise__##isa(const ck_f32_block_slide *job);                                              \
    void ck_f32_block_max__##isa(const ck_f32_block_slide *job);                                                    \
    void ck_f32_block_average__##isa(const ck_f32_block_slide *job);                                                \
    void ck_f32_block_mean__##isa(const float *x, size_t pixels, float *mean);                                      \
    void ck_f32_block_zip__##isa(ck_f32_operation op, const float *x, const float *b, float *y, size_t pixels);     \
    void ck_f32_block_from_planes__##isa(const float *planes, size_t plane_step, size_t channels, size_t pixels,    \
                                         float *block);                                                             \
    void ck_f32_block_to_planes__##isa(const float *block, size_t pixels, size_t channels, float *planes,           \
                                       size_t plane_step);                                                          \
    void ck_f32_block_winograd_input__##isa(const ck_f32_block_tiles *tiles, const float *x, float *v,              \
                                            ptrdiff_t step);                                                        \
    void ck_f32_block_winograd_output__##isa(const ck_f32_block_tiles *tiles, const float *m, ptrdiff_t step,       \
                                             const float *bias, const float *residual, float *y,                    \
                                             const ck_f32_finish *finish);
CK_BLOCK_LEVEL(avx2)
CK_BLOCK_LEVEL(avx512)
#undef CK_BLOCK_LEVEL
#endif

#ifdef __cplusplus
}
#endif

// Dense products in bfloat16 on blocked layout, and what brings activations there: weights and inputs are rounded to
// bfloat16 (nearest, ties to even), products of two channels at a time are summed in float32 over the whole depth in
// ascending order of (channel block, tap, pair of channels). Bias, residual and activation stay float32; outputs are
// stored as float32 or rounded to bfloat16.
//
// Bits are those of the instruction set: processors with AVX-512 BF16 add a pair in one step, unfused, and take
// denormals as 0; everywhere else a pair is two fused multiply-adds, the even channel first, the same on all levels. They
// depend neither on tiles nor on bands. Lanes beyond the last channel hold anything and are never read into a result.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "ck_f32_block.h"

#ifdef __cplusplus
extern "C" {
#endif

// One dense convolution of a band of output pixels for some blocks of output channels.
typedef struct ck_bf16_block_conv {
    const uint16_t *x;        // what tap offset 0 of the first output pixel reads
    const ptrdiff_t *taps;    // offsets of the taps in elements
    size_t tap_count;
    size_t channels;          // input channels
    size_t lanes;             // elements between pixels: 16, or 4 for up to 4 channels
    ptrdiff_t channel_step;   // elements between input blocks
    size_t rows, width;       // output pixels
    ptrdiff_t row_step;       // input elements from one output row to the next
    // Pairs of output blocks, the last maybe alone: [input block][tap][pair of channels][32 or 16][2]; 0 for a channel
    // that is missing in the last pair.
    const uint16_t *weights;
    const float *bias;        // [blocks][16]
    const void *residual;     // laid out as y, or NULL
    void *y;
    ptrdiff_t y_block_step;   // elements between output blocks
    ptrdiff_t y_pixel_step;   // elements between output pixels
    size_t blocks;            // output blocks
    int residual_is_half;     // bfloat16 instead of float32
    int y_is_half;
    ck_f32_finish finish;
} ck_bf16_block_conv;

// No aliasing of x and y; residual may be y where both are stored alike. No alignment beyond the elements' own.
void ck_bf16_block_conv_run(const ck_bf16_block_conv *job);

// Pixels of 16 lanes as bfloat16: y[j] = x[first + j * step] for j < count where that lies in [0, width), else 0.
// x is float32, or bfloat16 when `is_half`.
void ck_bf16_gather_row(const void *x, int is_half, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count,
                        uint16_t *y);

// The same from planes of float32: lane c of a pixel comes from planes + c * plane_step, for c < channels <= lanes;
// further lanes are 0.
void ck_bf16_gather_planes(const float *planes, size_t plane_step, size_t channels, size_t lanes, ptrdiff_t width,
                           ptrdiff_t first, ptrdiff_t step, size_t count, uint16_t *y);

// Rows of `count` floats, `rows` of them contiguous, to blocks of 16 columns in bfloat16, 0 beyond the last column.
void ck_bf16_from_rows(const float *x, size_t count, size_t rows, uint16_t *blocks);

// y[i] = x[i] rounded to bfloat16; NaN stays NaN.
void ck_bf16_narrow(const float *x, size_t count, uint16_t *y);

#define CK_BF16_LEVEL(isa)                                                                                         \
    void ck_bf16_block_conv_run__##isa(const ck_bf16_block_conv *job);                                             \
    void ck_bf16_gather_row__##isa(const void *x, int is_half, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step,   \
                                   size_t count, uint16_t *y);                                                     \
    void ck_bf16_gather_planes__##isa(const float *planes, size_t plane_step, size_t channels, size_t lanes,       \
                                      ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count,              \
                                      uint16_t *y);                                                                \
    void ck_bf16_from_rows__##isa(const float *x, size_t count, size_t rows, uint16_t *blocks);                    \
    void ck_bf16_narrow__##isa(const float *x, size_t count, uint16_t *y);
CK_BF16_LEVEL(portable)
#if defined(__x86_64__)
CK_BF16_LEVEL(avx2)
CK_BF16_LEVEL(avx512)
CK_BF16_LEVEL(avx512bf16)
#endif
#undef CK_BF16_LEVEL

// A window sliding over one channel block that is stored as float32 or bfloat16: depthwise convolution or, when
// `takes_maximum`, pooling; arithmetic in float32. x and y of `slide` are not looked at, and it has no residual.
typedef struct ck_bf16_block_slide {
    ck_f32_block_slide slide;
    const void *x;
    void *y;
    int x_is_half, y_is_half, takes_maximum;
    float *scratch;  // ck_bf16_block_slide_scratch floats
} ck_bf16_block_slide;

// Floats of scratch for `rows` output rows.
size_t ck_bf16_block_slide_scratch(const ck_window *window, size_t rows);
void ck_bf16_block_slide_run(const ck_bf16_block_slide *job);

// ck_f32_block_mean with x in bfloat16, and ck_f32_block_zip with x and y each in float32 or bfloat16.
void ck_bf16_block_mean(const uint16_t *x, size_t pixels, float *mean);
void ck_bf16_block_zip(ck_f32_operation op, const void *x, int x_is_half, const float *b, void *y, int y_is_half,
                       size_t pixels);

#define CK_BF16_LEVEL(isa)                                                                                        \
    void ck_bf16_block_slide_run__##isa(const ck_bf16_block_slide *job);                                          \
    void ck_bf16_block_mean__##isa(const uint16_t *x, size_t pixels, float *mean);                                \
    void ck_bf16_block_zip__##isa(ck_f32_operation op, const void *x, int x_is_half, const float *b, void *y,     \
                                  int y_is_half, size_t pixels);
CK_BF16_LEVEL(portable)
#if defined(__x86_64__)
CK_BF16_LEVEL(avx2)
CK_BF16_LEVEL(avx512)
#endif
#undef CK_BF16_LEVEL

#ifdef __cplusplus
}
#endif

// Kernels on quantised activations in blocked layout, [channel blocks, height, width, 16] of uint8: a pixel's 16
// channels of one block lie together. Lanes beyond the last channel hold anything; weights there are 0.
//
// Sums of u8 x s8 products are exact in int32, so every ISA level and every cut gives the same bits. A sum becomes a
// level by one rounding to float (exact below 2^24), one multiplication, bounds, and halves to even: what QuantizeLinear
// does. Levels without VNNI multiply 16-bit numbers: pairs of u8 x s8 products would overflow them.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// From int32 sums to levels. Bounds are levels; low <= zero <= high need not hold.
//   q = bound(round(sum * scales[c])) + zero, inside [low, high]
// and with `gain` not 0, when another addend or scale comes after:
//   q = round(gain * q + (residual_gain * residual + offsets[c])) + last_zero, inside [last_low, last_high]
// by two fused multiply-adds; then q = table[q] when there is a table.
typedef struct ck_u8_finish {
    const float *scales;   // [blocks][16], finite
    int32_t zero, low, high;
    float gain, residual_gain;
    const float *offsets;  // [blocks][16], or NULL for `offset`
    float offset;
    int32_t last_zero, last_low, last_high;
    const uint8_t *table;  // 256, or NULL
} ck_u8_finish;

// Windows over quantised pixels laid out so that neighbouring outputs read neighbouring pixels and each tap is an
// offset; what pads them is the zero point. Dense: `weights` are pairs of output blocks, the last maybe alone:
// [input block][tap][lanes / 4][32 or 16][4]. Depthwise: `blocks` is 1 and weights are [taps][16].
typedef struct ck_u8_block_conv {
    const uint8_t *x;        // what tap offset 0 of the first output pixel reads
    const ptrdiff_t *taps;   // offsets of the taps in bytes
    size_t tap_count;
    size_t channels;         // input channels; lanes beyond count as zero weights up to the next multiple of 4
    size_t lanes;            // input channels that lie together: 16 or 4, and bytes between pixels
    ptrdiff_t channel_step;  // bytes between input blocks
    size_t rows, width;      // output pixels
    ptrdiff_t row_step;      // input bytes from one output row to the next
    const int8_t *weights;
    const int32_t *bias;     // [blocks][16], less zero point times sum of weights
    const uint8_t *residual; // laid out as y, or NULL
    uint8_t *y;              // levels, or NULL
    float *y_float;          // sums times scales instead of levels
    ptrdiff_t y_block_step;  // elements between output blocks
    ptrdiff_t y_pixel_step;  // elements between output pixels: 16, or more where blocks lie side by side in rows
    size_t blocks;           // output blocks
    ck_u8_finish finish;
} ck_u8_block_conv;

// No aliasing of x and y; residual may be y. No alignment needed. Reads up to 64 bytes before a row's end only.
void ck_u8_block_conv_run(const ck_u8_block_conv *job);
void ck_u8_block_conv_run__portable(const ck_u8_block_conv *job);
// At most 128 taps. y_pixel_step is 16. 48 bytes after the last pixel of each tap may be read.
void ck_u8_block_depthwise(const ck_u8_block_conv *job);
void ck_u8_block_depthwise__portable(const ck_u8_block_conv *job);
// y[p][l] = the largest over the taps. Of the job: x, taps, rows, width, row_step, y.
void ck_u8_block_max(const ck_u8_block_conv *job);
void ck_u8_block_max__portable(const ck_u8_block_conv *job);

// sums[l] = the sum of x[p][l] over p < pixels < 2^23.
void ck_u8_block_sum(const uint8_t *x, size_t pixels, int32_t *sums);
void ck_u8_block_sum__portable(const uint8_t *x, size_t pixels, int32_t *sums);
// y[p][l] = round((x[p][l] - x_zero) * gains[l]) + zero, to 0 ... 255. y may be x.
void ck_u8_block_scale(const uint8_t *x, int32_t x_zero, const float *gains, int32_t zero, uint8_t *y, size_t pixels);
void ck_u8_block_scale__portable(const uint8_t *x, int32_t x_zero, const float *gains, int32_t zero, uint8_t *y,
                                 size_t pixels);

// y[i] = table[x[i]]. y may be x.
void ck_u8_table(const uint8_t *table, const uint8_t *x, uint8_t *y, size_t count);
void ck_u8_table__portable(const uint8_t *table, const uint8_t *x, uint8_t *y, size_t count);
// y[i] = round(x[i] / scale) + zero, to 0 ... 255, halves to even; NaN becomes zero.
void ck_u8_quantize(const float *x, float scale, int32_t zero, uint8_t *y, size_t count);
void ck_u8_quantize__portable(const float *x, float scale, int32_t zero, uint8_t *y, size_t count);
// y[i] = (x[i] - zero) * scale.
void ck_u8_dequantize(const uint8_t *x, float scale, int32_t zero, float *y, size_t count);
void ck_u8_dequantize__portable(const uint8_t *x, float scale, int32_t zero, float *y, size_t count);
// y[i] = round(a_gain * a[i] + (b_gain * b[i] + offset)) + zero, to 0 ... 255, by two fused multiply-adds. y may be a or b.
void ck_u8_add(const uint8_t *a, float a_gain, const uint8_t *b, float b_gain, float offset, int32_t zero, uint8_t *y,
               size_t count);
void ck_u8_add__portable(const uint8_t *a, float a_gain, const uint8_t *b, float b_gain, float offset, int32_t zero,
                         uint8_t *y, size_t count);

// Copies pixels of `bytes` (4 or 16): y[j] = x[first + j * step] for j < count where that lies in [0, width), else fill.
void ck_u8_gather_row(const uint8_t *x, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count, size_t bytes,
                      uint8_t fill, uint8_t *y);
// The same from up to 4 planes, `plane_step` bytes apart, to pixels of 4 bytes; bytes beyond `channels` are fill.
void ck_u8_gather_planes(const uint8_t *x, ptrdiff_t plane_step, size_t channels, ptrdiff_t width, ptrdiff_t first,
                         ptrdiff_t step, size_t count, uint8_t fill, uint8_t *y);
// One block from planes and back. planes: `channels` <= 16 planes `plane_step` bytes apart; lanes beyond are set to 0.
void ck_u8_block_from_planes(const uint8_t *planes, size_t plane_step, size_t channels, size_t pixels, uint8_t *block);
void ck_u8_block_to_planes(const uint8_t *block, size_t pixels, size_t channels, uint8_t *planes, size_t plane_step);
// Rows of `count` bytes to blocks of 16 columns: [ceil(count / 16)][rows][16]; a last block's missing lanes are set to 0.
void ck_u8_block_from_rows(const uint8_t *x, size_t count, size_t stride, size_t rows, uint8_t *blocks);

// Runs multiply-adds of u8 by s8 on registers and returns their number times 2: the most a core can do.
double ck_u8_peak(size_t rounds, int32_t *sink);

#if defined(__x86_64__)
#define CK_U8_LEVEL(isa)                                                                                           \
    void ck_u8_block_conv_run__##isa(const ck_u8_block_conv *job);                                                 \
    void ck_u8_block_depthwise__##isa(const ck_u8_block_conv *job);                                                \
    void ck_u8_block_max__##isa(const ck_u8_block_conv *job);                                                      \
    void ck_u8_block_sum__##isa(const uint8_t *x, size_t pixels, int32_t *sums);                                   \
    void ck_u8_block_scale__##isa(const uint8_t *x, int32_t x_zero, const float *gains, int32_t zero, uint8_t *y,  \
                                  size_t pixels);                                                                  \
    void ck_u8_table__##isa(const uint8_t *table, const uint8_t *x, uint8_t *y, size_t count);                     \
    void ck_u8_quantize__##isa(const float *x, float scale, int32_t zero, uint8_t *y, size_t count);               \
    void ck_u8_dequantize__##isa(const uint8_t *x, float scale, int32_t zero, float *y, size_t count);             \
    void ck_u8_add__##isa(const uint8_t *a, float a_gain, const uint8_t *b, float b_gain, float offset,            \
                          int32_t zero, uint8_t *y, size_t count);
CK_U8_LEVEL(avx2)
CK_U8_LEVEL(avx512)
CK_U8_LEVEL(vnni)
#undef CK_U8_LEVEL
#endif

#ifdef __cplusplus
}
#endif

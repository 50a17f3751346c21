// Separable resampling of pictures in fixed point, ending in the float32 values that a network takes.
//
// Weights are integers that sum to 2^15 for every output position. All sums are exact in uint32; the only roundings are
// the halves-up shift at the end of the first pass and the conversion, multiplication and addition, each rounded to
// nearest even, at the end of the second. Every level gives the same bits.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ck_resize_weight_bits = 15 };

// Down the columns first, along the rows second: the way of a picture that is stored upright.
//
// Weighted sum of `taps` rows (at least 1) of `count` samples:
//   u8:  out[i] = (sum of rows[t][i] * weights[t] + 2^6) >> 7, the sample with 8 bits of fraction
//   u16: out[i] = (sum of rows[t][i] * weights[t] + 2^14) >> 15, the sample
// `out` does not overlap the rows. u16 rows need only byte alignment.
typedef void ck_blend_rows(
    const uint8_t *const *rows, const uint16_t *weights, size_t taps, size_t count, uint16_t *out);

// One row of output from one row of `channels` (1 or 3) interleaved uint16 samples. Output position x sums `taps` pixels
// from starts[x] on with weights[x * taps...]; then out[c][x * step] = (float)sum * gain[c] + offset[c].
// `row` is readable for two samples past the last pixel. Outputs do not overlap the row.
typedef void ck_blend_columns_f32(
    const uint16_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    const float *gain, const float *offset, float *const *out, size_t step);

// The same two passes in the other order, for a picture that is stored lying on its side.
//
// Output position x of `out`, interleaved like `row`, sums `taps` pixels from starts[x] on with weights[x * taps...] and
// rounds as ck_blend_rows does. `row` is readable for two samples past the last pixel; u16 rows need only byte alignment.
typedef void ck_blend_columns(
    const uint8_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    uint16_t *out);

// Weighted sum of `taps` rows of `count` pixels of `channels` (1 or 3) interleaved uint16 samples:
// out[c][x * step] = (float)sum * gain[c] + offset[c].
typedef void ck_blend_rows_f32(
    const uint16_t *const *rows, int channels, const uint16_t *weights, size_t taps, size_t count, const float *gain,
    const float *offset, float *const *out, size_t step);

ck_blend_rows ck_u8_blend_rows, ck_u16_blend_rows;
ck_blend_columns_f32 ck_u16_blend_columns_f32;
ck_blend_columns ck_u8_blend_columns, ck_u16_blend_columns;
ck_blend_rows_f32 ck_u16_blend_rows_f32;

// Every level by itself, for tests.
#define CK_RESIZE_LEVEL(level)                                               \
    ck_blend_rows ck_u8_blend_rows__##level, ck_u16_blend_rows__##level;       \
    ck_blend_columns_f32 ck_u16_blend_columns_f32__##level;                  \
    ck_blend_columns ck_u8_blend_columns__##level, ck_u16_blend_columns__##level; \
    ck_blend_rows_f32 ck_u16_blend_rows_f32__##level;
CK_RESIZE_LEVEL(portable)
#if defined(__x86_64__)
CK_RESIZE_LEVEL(avx2)
CK_RESIZE_LEVEL(avx512)
#endif
#undef CK_RESIZE_LEVEL

#ifdef __cplusplus
}
#endif

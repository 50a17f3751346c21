// Separable resampling of pictures in fixed point, ending in the float32 values that a network takes.
//
// Weights are integers that sum to 2^15 for every output position. All sums are exact in uint32; the only roundings are
// the halves-up shift at the end of ck_*_blend_rows and the conversion, multiplication and addition, each rounded to
// nearest even, of ck_u16_blend_columns_f32. Every level gives the same bits.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ck_resize_weight_bits = 15 };

// Weighted sum of `rows` rows (at least 1) of `count` samples, `stride` bytes apart:
//   u8:  out[i] = (sum of row[r][i] * weights[r] + 2^6) >> 7, the sample with 8 bits of fraction
//   u16: out[i] = (sum of row[r][i] * weights[r] + 2^14) >> 15, the sample
// `out` does not overlap the rows. u16 rows need only byte alignment.
void ck_u8_blend_rows(
    const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *out);
void ck_u16_blend_rows(
    const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *out);

// One row of output from one row of `channels` (1 or 3) interleaved uint16 samples. Output position x sums `taps` pixels
// from starts[x] on with weights[x * taps...]; then out[c][x * step] = (float)sum * gain[c] + offset[c].
// `row` is readable for two samples past the last pixel. Outputs do not overlap the row.
void ck_u16_blend_columns_f32(
    const uint16_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    const float *gain, const float *offset, float *const *out, size_t step);

// Every level by itself, for tests.
#define CK_RESIZE_LEVEL(level)                                                                                         \
    void ck_u8_blend_rows__##level(                                                                                    \
        const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *out);       \
    void ck_u16_blend_rows__##level(                                                                                   \
        const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *out);       \
    void ck_u16_blend_columns_f32__##level(                                                                            \
        const uint16_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count, \
        const float *gain, const float *offset, float *const *out, size_t step);
CK_RESIZE_LEVEL(portable)
#if defined(__x86_64__)
CK_RESIZE_LEVEL(avx2)
CK_RESIZE_LEVEL(avx512)
#endif
#undef CK_RESIZE_LEVEL

#ifdef __cplusplus
}
#endif

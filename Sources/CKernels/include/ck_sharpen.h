// Unsharp masking of three planes by their luma.
//
// Shapes: planes and rows of luma of `width` 16-bit samples, any alignment, with room up to the next multiple of 32 samples
// that kernels may read and write. Rounding: integers as stated, fp32 with every operation rounded on its own (no
// contraction), then truncation towards 0. The same bits on every level.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// (r + 2 g + b + 2) >> 2.
typedef void ck_luma_row(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, uint16_t *target);
ck_luma_row ck_u16_luma, ck_u16_luma__portable;

// threshold, limit: 0...65535, the planes' scale.
typedef struct ck_sharpening {
    float amount;
    float threshold;
    float limit;
} ck_sharpening;

// Adds to red, green and blue, in place and clipped to 0...65535, what makes the luma stand out from its surroundings: with
// d the luma less its mean by the 5x5 binomial (1 4 6 4 1) / 16 each way, in fp32, and s = |d| - threshold, nothing where
// s <= 0, else min(limit, amount * s) with the sign of d. luma[2] is this row; rows of luma have 2 valid samples on either
// side. The planes are three different ones.
typedef void ck_sharpen_row(
    const uint16_t *const luma[5], size_t width, const ck_sharpening *sharpening, uint16_t *red, uint16_t *green,
    uint16_t *blue);
ck_sharpen_row ck_u16_sharpen, ck_u16_sharpen__portable;

#if defined(__x86_64__)
ck_luma_row ck_u16_luma__avx2, ck_u16_luma__avx512;
ck_sharpen_row ck_u16_sharpen__avx2, ck_u16_sharpen__avx512;
#endif

#ifdef __cplusplus
}
#endif

// Cleaning a mosaic before it is developed: defective samples, and noise.
//
// Shapes: rows of `width` 16-bit samples, any alignment, with room up to the next multiple of 32 samples that kernels may
// read and write. Rows that are read have valid samples on either side (the mirrored border) as far as is said below.
// Aliasing: targets overlap nothing else. Rounding: fp32 with every operation rounded on its own (no contraction), IEEE
// square root and division, then + 1/2 and truncation; integers as stated. The same bits on every level.
// Noise model: the variance of a sample v is gain * max(0, v - black) + dark.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What samples of one row are compared with. `step` is the distance of samples of one colour: 2 in a Bayer mosaic, 1 in a
// monochrome one. Entry 0 of `black` serves even columns, entry 1 odd ones.
typedef struct ck_defects {
    float black[2];
    float gain;
    float dark;
    float threshold;  // standard deviations
    float least;      // sample values, 0...65535
    uint32_t step;
} ck_defects;

// Replaces each sample of rows[2] that sticks out of its 8 neighbours of the same colour by the median of these, and
// returns how many it replaced. With low and high the least and the largest neighbour and m the median (mean of the two in
// the middle, rounded up), a sample is replaced when it lies above high or below low by more than
//     max(t, high - low) + 4 max(0, a - t),   t = max(least, threshold * sqrt(variance(m))) truncated,
// sums saturating at 65535. `a` is the unrest of the other colours, so that a fine line or a glint, which shows in them too,
// is left alone: the largest of three ranges (largest less least), that of the samples at (row, column)
// (0,-1) (0,1) (+-2,-1) (+-2,1), that of the same with rows and columns exchanged, and that of the four diagonal ones.
// With step 1 it is the range of the 8 samples at distance 2. Rows have 2 valid samples on either side.
typedef size_t ck_defects_row(
    const uint16_t *const rows[5], size_t width, const ck_defects *defects, uint16_t *target);
ck_defects_row ck_u16_defects, ck_u16_defects__portable;

// Noise of the same spread everywhere: scale * sqrt(max(0, (v - black) * gain + offset)), clipped to 65535. With
// offset = 3/8 gain^2 + dark and scale = 2 s / gain its standard deviation is about s (Murtagh, Starck, Bijaoui, Image
// restoration with noise suppression using a multiresolution support, 1995).
typedef struct ck_stabilization {
    float black[2];
    float gain;
    float offset;
    float scale;
} ck_stabilization;
typedef void ck_stabilize_row(
    const uint16_t *raw, size_t width, const ck_stabilization *stabilization, uint16_t *target);
ck_stabilize_row ck_u16_stabilize, ck_u16_stabilize__portable;

// Rows and columns around a sample that its denoised value depends on, for step 2; half of 4 and 1 more for step 1.
#define CK_DENOISE_REACH 5

typedef struct ck_denoising {
    uint16_t limit;     // distances from which two surroundings have nothing in common; at most 1023
    uint16_t slope;     // weights a unit of distance below the limit, times 65536
    uint16_t white[2];  // stabilised value of white; from there on samples are `saturated`
    uint16_t saturated;
    float factor;       // denoised sample = f * f * factor + offset of its column
    float offset[2];
    uint32_t step;
} ck_denoising;

// Non-local means (Buades, Coll, Morel, A non-local algorithm for image denoising, CVPR 2005) over 16 places around each
// sample of the middle row, in steps: (+-1 or 0, +-1 or 0) but the middle, (+-2, 0), (0, +-2), (+-2, +-2). Rows are
// stabilised. The distance of a place is the sum of the 9 absolute differences of the 3x3 samples around (saturating), of
// whatever colours, and its weight w = min(32, (limit - distance) * slope >> 16), or 0 from the limit on. The value is
//     f = c + 16 * sum((w * (v - c) + 8) >> 4) / (32 + sum(w)),
// turned back by factor and offset and clipped to 0...65535. rows[CK_DENOISE_REACH] is the row itself; rows have
// CK_DENOISE_REACH valid samples on either side, and 64 on the right that may be read and hold anything.
typedef void ck_denoise_row(
    const uint16_t *const rows[2 * CK_DENOISE_REACH + 1], size_t width, const ck_denoising *denoising,
    uint16_t *target);
ck_denoise_row ck_u16_denoise, ck_u16_denoise__portable;

#if defined(__x86_64__)
ck_defects_row ck_u16_defects__avx2, ck_u16_defects__avx512;
ck_stabilize_row ck_u16_stabilize__avx2, ck_u16_stabilize__avx512;
ck_denoise_row ck_u16_denoise__avx2, ck_u16_denoise__avx512;
#endif

#ifdef __cplusplus
}
#endif

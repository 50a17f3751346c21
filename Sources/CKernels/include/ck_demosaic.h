// Bayer rows -> rows of three colour planes, in 16-bit lanes.
//
// Shapes: a row is `width` samples of 16 bits, any alignment. Rows that are read have 2 valid samples on either side
// (the mirrored border) and, like the planes that are written, room up to the next multiple of 32 samples: kernels work
// on whole vectors and may read and write that room.
// Colours: `own` is the colour (red or blue) sampled in this row, `other` the one sampled in the rows next to it.
// `phase` is the column parity (0 or 1) of the samples of `own`; green lies on the other parity.
// Aliasing: planes do not overlap rows or each other. Rounding: integer arithmetic as stated, the same on every level.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bilinear: means of the two or four nearest samples, (a + b + 1) >> 1 and (a + b + c + d + 2) >> 2. rows[1] is this row.
typedef void ck_demosaic_bilinear_row(
    const uint16_t *const rows[3], size_t width, unsigned phase, uint16_t *own, uint16_t *green, uint16_t *other);
ck_demosaic_bilinear_row ck_u16_demosaic_bilinear, ck_u16_demosaic_bilinear__portable;

// Malvar, He, Cutler: High-quality linear interpolation for demosaicing of Bayer-patterned color images, ICASSP 2004,
// the filters of figure 2. rows[2] is this row. Written with rounding means so that no lane is widened:
//   H, V, D    means of the horizontal, vertical and (as mean of two means) diagonal neighbours; H2, V2 at distance 2
//   P, Q       mean(H, V), mean(H2, V2);   d(a, b) = (a >> 1) - (b >> 1)
//   green at a colour      P + k, with k = d(c, Q)
//   the other colour there D + k + (k >> 1)
//   a colour at green      H + t + t, with t = (d(c, D) >> 1) + (((d(c, H2) >> 1) + (d(V2, H2) >> 1)) >> 2) where the
//                          colour lies left and right; where it lies above and below V for H, V2 for H2, H2 for V2
// Additions of corrections saturate at 0 and 65535, each in turn. Within 5 of the exact filters' results. Where the
// second direction needs d(H2, V2) >> 1 it takes -(d(V2, H2) >> 1).
typedef void ck_demosaic_mhc_row(
    const uint16_t *const rows[5], size_t width, unsigned phase, uint16_t *own, uint16_t *green, uint16_t *other);
ck_demosaic_mhc_row ck_u16_demosaic_mhc, ck_u16_demosaic_mhc__portable;

// Half size: one output sample of each colour for every 2x2 block, the two greens averaged, (a + b + 1) >> 1. `width`
// counts blocks; `own` is the colour sampled in the upper row.
typedef void ck_demosaic_half_row(
    const uint16_t *upper, const uint16_t *lower, size_t width, unsigned phase, uint16_t *own, uint16_t *green,
    uint16_t *other);
ck_demosaic_half_row ck_u16_demosaic_half, ck_u16_demosaic_half__portable;

// Monochrome half size: (a + b + c + d + 2) >> 2 of every 2x2 block.
typedef void ck_bin_row(const uint16_t *upper, const uint16_t *lower, size_t width, uint16_t *target);
ck_bin_row ck_u16_bin, ck_u16_bin__portable;

#if defined(__x86_64__)
ck_demosaic_bilinear_row ck_u16_demosaic_bilinear__avx2, ck_u16_demosaic_bilinear__avx512;
ck_demosaic_mhc_row ck_u16_demosaic_mhc__avx2, ck_u16_demosaic_mhc__avx512;
ck_demosaic_half_row ck_u16_demosaic_half__avx2, ck_u16_demosaic_half__avx512;
ck_bin_row ck_u16_bin__avx2, ck_u16_bin__avx512;
#endif

#ifdef __cplusplus
}
#endif

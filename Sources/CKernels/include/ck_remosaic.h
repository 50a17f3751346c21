#pragma once
#include <stddef.h>
#include <stdint.h>

/// Mosaics beyond Bayer, turned into Bayer mosaics.

/// Sums of the four samples of each 2 x 2 square, times 2^shift: `target[x]` of `width` such squares of two rows. The sum of four
/// samples and the shift stay within 16 bits: samples of 14 bits and less.
void ck_u16_bin_quad(const uint16_t *upper, const uint16_t *lower, size_t width, uint32_t shift, uint16_t *target);

/// Means of the same, halves rounded up: for samples of any depth.
void ck_u16_mean_quad(const uint16_t *upper, const uint16_t *lower, size_t width, uint16_t *target);

/// A mosaic whose colours repeat every 4 x 4 samples, and the Bayer mosaic of the same size that it becomes.
///
/// Each sample s is made light (s - black) / (white - black), less `infrared` times the infrared around it; one that is white stays
/// so. Infrared at a place is the mean of its samples within one row and column, weighted 2 - |distance| each way. Green at each
/// place without it is estimated along the row and along the column, from the nearest greens l and r at distances a and b (up to
/// 3): (b l + a r) / (a + b) + a b / p^2 (2 x - x- - x+), where x is the place's own light and x-, x+ that of its colour p = 2 or 4
/// samples before and behind, if both are inside; the two estimates are weighted by the inverse of 1e-5 + the square of
/// |l - r| + |2 x - x- - x+|. A direction with green on one side only gives that green, with weight 1. After Hamilton, Adams,
/// *Adaptive color plane interpolation in single sensor color electronic camera*, US patent 5,629,734 (1997, expired), stretched to
/// longer periods.
///
/// Where the Bayer mosaic wants a colour that the place has not, it gets green plus the mean of the colour's differences to green
/// within three rows and columns, weighted 4 - |distance| each way: Knutsson, Westin, *Normalized and differential convolution*,
/// CVPR 1993. A place that has the colour keeps it. Nothing outside the mosaic enters a sum.
typedef struct {
    const uint16_t *samples;
    /// Samples from one row to the next.
    size_t pitch;
    int32_t width, height;
    /// What each place of the 4 x 4 sees, in reading order: 0 red, 1 green, 2 blue, 3 infrared.
    uint8_t tile[16];
    /// What each place of the 2 x 2 of the Bayer mosaic sees.
    uint8_t bayer[4];
    /// By colour.
    float black[4];
    float white;
    /// Of infrared in red, green and blue.
    float infrared[3];
    /// Of the samples that come out, before 16 bits clip them: black of each place of the 2 x 2, and the distance from there to white.
    float out_black[4], out_span[4];
} ck_remosaic;

/// Floats of scratch for `rows` rows.
size_t ck_remosaic_scratch_count(const ck_remosaic *mosaic, int32_t rows);

/// Writes rows `first` to `first + rows` of the Bayer mosaic.
void ck_remosaic_run(const ck_remosaic *mosaic, int32_t first, int32_t rows, float *scratch, uint16_t *target,
                        size_t target_pitch);

// Bayer strips -> three colour planes by minimised-Laplacian residual interpolation, in fp32.
//
// D. Kiku, Y. Monno, M. Tanaka, M. Okutomi: Minimized-Laplacian residual interpolation for color image demosaicking, SPIE 9023,
// 2014: a channel is estimated from the other one as a * guide + b, where a, in a window, makes the Laplacian of what remains
// least; what remains (the residual) is smooth, and is interpolated linearly. Green minus colour so estimated along rows and
// along columns is averaged over the four half lines that leave a pixel (I. Pekkucuksen, Y. Altunbasak: Gradient based
// threshold free color filter array interpolation, ICIP 2010), each weighted by the inverse square of the differences'
// gradients around its middle. Red and blue then follow from green in the same way in two dimensions.
//
// Numbers, c the samples as floats, sums in the order written, each operation rounded on its own:
//   1. along a line: i = (c[-1] + c[1]) / 2 is the other channel. Lc, Li = second differences at distance 2. Over the samples
//      of one channel within 5: a = sum(Lc Li) / (sum(Li Li) + epsilon), b = (sum(c) - a sum(i)) / count. Means of a and b over
//      the 11 positions within 5 give estimates; the residuals of the samples to either side, averaged, are added.
//   2. gradient |d[-1] - d[1]| of the difference d along its line, summed over 5x5; weight 1 / (g g + tiny) with g two positions
//      to either side; half lines of 5 with Gaussian weights of deviation 1.5.
//   3. red and blue: Laplacian 4 c - c at distance 2 in four directions; windows of 7x7; residuals bilinear.
// Results are clipped to 0...65535 and rounded halves up; sampled values stay as they are. The same bits on every level, and
// for every way to cut a picture into tiles.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    // Rows and columns around a tile that its pixels depend on.
    ck_mlri_reach = 28,
    // Columns that are read on either side of a tile, and 15 more to the right.
    ck_mlri_margin = 32,
    // The largest tile.
    ck_mlri_width = 448,
    ck_mlri_rows = 64,
};

// Floats that one thread needs, aligned to 64 bytes, initialised to anything finite (zero, say).
size_t ck_mlri_scratch_count(void);

// `samples` points at the tile's first sample; rows and columns around it are readable as said above, mirrored at the mosaic's
// ends, `pitch` samples apart. red_row, red_column: parity of the red samples' rows and columns, counted from the tile's first.
// Planes get width x rows values, `plane_pitch` apart, and room up to the next multiple of 16 columns is written, too.
typedef struct ck_mlri {
    const uint16_t *samples;
    size_t pitch, width, rows;
    unsigned red_row, red_column;
    float *scratch;
    uint16_t *red, *green, *blue;
    size_t plane_pitch;
} ck_mlri;

typedef void ck_mlri_tile(const ck_mlri *tile);
ck_mlri_tile ck_u16_demosaic_mlri, ck_u16_demosaic_mlri__portable;
#if defined(__x86_64__)
ck_mlri_tile ck_u16_demosaic_mlri__avx2, ck_u16_demosaic_mlri__avx512;
#endif

#ifdef __cplusplus
}
#endif

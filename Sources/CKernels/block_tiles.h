// What the bodies of the blocked convolutions share: outputs are made tile by tile, TILE_PIXELS pixels of a row by a pair of
// blocks of 16 channels. Included by bodies, which set TILE_PIXELS first.
#ifndef BLOCK_TILES_H
#define BLOCK_TILES_H

#include <stddef.h>

// EACH_TILE(CASE): CASE(1) … CASE(TILE_PIXELS), so that a tile's pixels are a constant in each.
#define EACH_TILE_4(CASE) CASE(1) CASE(2) CASE(3) CASE(4)
#define EACH_TILE_6(CASE) EACH_TILE_4(CASE) CASE(5) CASE(6)
#define EACH_TILE_10(CASE) EACH_TILE_6(CASE) CASE(7) CASE(8) CASE(9) CASE(10)
#define EACH_TILE_14(CASE) EACH_TILE_10(CASE) CASE(11) CASE(12) CASE(13) CASE(14)
#define EACH_TILE_OF(count, CASE) EACH_TILE_##count(CASE)
#define EACH_TILE_UP_TO(count, CASE) EACH_TILE_OF(count, CASE)
#define EACH_TILE(CASE) EACH_TILE_UP_TO(TILE_PIXELS, CASE)

// Rows of pixels cut into tiles as even as can be; rows without a gap between them are one.
typedef struct block_grid {
    size_t rows, width, tiles;
} block_grid;

static inline block_grid block_grid_of(size_t rows, size_t width, ptrdiff_t row_step, ptrdiff_t pixel_step,
                                       size_t tile_pixels)
{
    if (row_step == (ptrdiff_t)width * pixel_step) {
        width *= rows;
        rows = width > 0;
    }
    return (block_grid){rows, width, (width + tile_pixels - 1) / tile_pixels};
}

// The first pixel of a tile in its row; that of `tiles` is the row's end.
static inline size_t block_grid_first(const block_grid *grid, size_t tile) { return grid->width * tile / grid->tiles; }

// Weights lie in pairs of output blocks, but for an odd last one.
typedef struct block_pair {
    size_t first;   // block of the pair that `block` is in
    size_t blocks;  // of the pair: 2 or 1
    size_t taken;   // of those at once from `block` on
} block_pair;

static inline block_pair block_pair_of(size_t block, size_t blocks, size_t at_once)
{
    const size_t first = block / 2 * 2, count = blocks - first < 2 ? 1 : 2;
    return (block_pair){first, count, count < at_once ? count : at_once};
}

#endif

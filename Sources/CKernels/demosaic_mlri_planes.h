// How ck_demosaic_mlri.h divides its scratch memory: planes of a tile with its surroundings, blocks of columns for the vertical
// direction, and single rows.
#pragma once
#include "ck_demosaic_mlri.h"

enum {
    tile_columns = ck_mlri_width + 2 * ck_mlri_margin,
    tile_rows = ck_mlri_rows + 2 * ck_mlri_reach,
    // What loads beside the first and the last column touch.
    guard = 16,
    tile_pitch = tile_columns + guard,
    tile_plane = tile_pitch * tile_rows + 2 * guard,
    block_columns = 64,
    block_plane = block_columns * tile_rows,
    line_pitch = tile_columns + 2 * guard,
    plane_count = 14,
    line_count = 7,
    row_count = 8,
};

static const float epsilon = 66049, tiny = 1e-5f;
// exp(-k k / 4.5), k = 0...4, divided by their sum.
static const float half_line[5] = {0.42091963f, 0.33704609f, 0.17304523f, 0.05696528f, 0.01202378f};

typedef struct mlri_planes {
    float *mosaic, *across, *down, *across_gradient, *down_gradient, *green;
    float *colors[4], *windows[4];
    float *rows[row_count], *line, *block;
} mlri_planes;

static inline size_t mlri_scratch_count(void)
{
    return (size_t)plane_count * tile_plane + (line_count + row_count) * line_pitch + line_count * block_plane;
}

static inline mlri_planes mlri_planes_in(float *scratch)
{
    mlri_planes p;
    float *next = scratch + guard;
    float **const planes[] = {&p.mosaic, &p.across, &p.down, &p.across_gradient, &p.down_gradient, &p.green};
    for (int i = 0; i < 6; i++, next += tile_plane) *planes[i] = next;
    for (int i = 0; i < 4; i++, next += tile_plane) p.colors[i] = next;
    for (int i = 0; i < 4; i++, next += tile_plane) p.windows[i] = next;
    for (int i = 0; i < row_count; i++, next += line_pitch) p.rows[i] = next;
    p.line = next;
    p.block = next + line_count * line_pitch - guard;
    return p;
}

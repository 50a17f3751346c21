// Body of ck_f32_block_conv_run; the including file sets LEVEL(name), LANES (of a vector: 8 or 16), TILE_PIXELS, the
// target attribute. A tile is TILE_PIXELS pixels by two vectors of output channels: 28 sums in 32 registers of AVX-512,
// 12 in the 16 of AVX2. Its weights stay in the first-level cache for a part of the depth while all tiles of the band
// pass; between parts sums wait in y.
#include "block_tiles.h"
#include "ck_f32_block.h"

#include <stdint.h>

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(block_lanes) __attribute__((ext_vector_type(LANES), aligned(4)));
#define VECTOR LEVEL(block_lanes)
#define LOAD(p) (*(const VECTOR *)(p))
#define STORE(p, v) (*(VECTOR *)(p) = (v))

// The part of a job that one tile needs: a range of input blocks, and where the sums start and end.
typedef struct LEVEL(block_span) {
    const ptrdiff_t *taps;
    size_t tap_count;
    size_t channel_blocks;    // of `lanes` channels, the last of `last_lanes`
    size_t lanes, last_lanes;
    ptrdiff_t channel_step;
    ptrdiff_t y_block_step, y_pixel_step;
    ptrdiff_t residual_step;  // residual - y, in floats; only when `adds`
    int starts, ends, adds;
    float low, high;
    int reads_ahead;          // ask for the next tile's pixels: they come from far memory
    size_t ahead_lines;       // cache lines of the next weights to ask for per tap
} LEVEL(block_span);

static inline __attribute__((always_inline)) void LEVEL(block_tile)(const LEVEL(block_span) * span, const float *x,
                                                                    const float *weights, const float *bias, float *y,
                                                                    const char **ahead, const int pixels,
                                                                    const int vectors, const int pixel_step,
                                                                    const int weight_step)
{
    VECTOR sums[TILE_PIXELS][2];
    const ptrdiff_t y_step = span->y_pixel_step;
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
            sums[p][v] = (VECTOR)(0.0f);
#define STEP(l)                                                                              \
    do {                                                                                     \
        const VECTOR right0 = LOAD(weights + (l) * weight_step);\
        const VECTOR right1 = LOAD(weights + (l) * weight_step + (vectors - 1) * LANES);             \
        _Pragma("clang loop unroll(full)") for (int p = 0; p < pixels; p++)                  \
        {                                                                                    \
            const VECTOR left = (VECTOR)(pixel[p * pixel_step + (l)]);                       \
            sums[p][0] = __builtin_elementwise_fma(left, right0, sums[p][0]);                \
            if (vectors > 1) sums[p][1] = __builtin_elementwise_fma(left, right1, sums[p][1]); \
        }                                                                                    \
    } while (0)
    // Lines of the output that come next, so that stores need not wait for them.
    if (span->ends && span->starts)
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++)
                __builtin_prefetch(y + v * LANES / 16 * span->y_block_step + (p + pixels) * y_step + v * LANES % 16, 1, 3);
    const char *next = *ahead;
    const size_t lines = span->ahead_lines;
    for (size_t block = 0; block < span->channel_blocks; block++, x += span->channel_step) {
        const size_t lanes = block + 1 < span->channel_blocks ? span->lanes : span->last_lanes;
        for (size_t tap = 0; tap < span->tap_count; tap++) {
            const float *pixel = x + span->taps[tap];
            if (pixel_step > 1)
                for (size_t line = 0; line < lines; line++, next += 64) __builtin_prefetch(next, 0, 2);
            if (pixel_step == 1) {
                STEP(0);
                weights += weight_step;
                continue;
            }
            if (span->reads_ahead)
#pragma clang loop unroll(full)
                for (int p = 0; p < pixels; p++) __builtin_prefetch(pixel + (pixels + p) * pixel_step, 0, 3);
            size_t l = 0;
            for (; l + 4 <= lanes; l += 4, pixel += 4, weights += 4 * weight_step) {
                STEP(0);
                STEP(1);
                STEP(2);
                STEP(3);
            }
            for (; l < lanes; l++, pixel++, weights += weight_step) STEP(0);
        }
    }
#undef STEP
    *ahead = next;
    if (!span->starts)
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++)
                sums[p][v] += LOAD(y + v * LANES / 16 * span->y_block_step + p * y_step + v * LANES % 16);
    if (span->ends) {
        const VECTOR low = (VECTOR)(span->low), high = (VECTOR)(span->high);
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                VECTOR sum = sums[p][v] + LOAD(bias + v * LANES);
                if (span->adds)
                    sum += LOAD(y + span->residual_step + v * LANES / 16 * span->y_block_step + p * y_step +
                                v * LANES % 16);
                sum = sum < low ? low : sum;
                sums[p][v] = sum > high ? high : sum;
            }
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
            STORE(y + v * LANES / 16 * span->y_block_step + p * y_step + v * LANES % 16, sums[p][v]);
}

#define PIXELS(count) \
    case count: LEVEL(block_tile)(span, x, weights, bias, y, ahead, count, vectors, pixel_step, weight_step); break;
#define TILES(name, vectors_, pixel_step_, weight_step_)                                                              \
    static void LEVEL(name)(int pixels, const LEVEL(block_span) * span, const float *x, const float *weights,         \
                            const float *bias, float *y, const char **ahead)                                          \
    {                                                                                                                 \
        enum { vectors = vectors_, pixel_step = pixel_step_, weight_step = weight_step_ };                            \
        switch (pixels) {                                                                                             \
            EACH_TILE(PIXELS)                                                                                         \
        }                                                                                                             \
    }
TILES(block_tiles_pair, 2, 16, 32)
TILES(plane_tiles_pair, 2, 1, 32)
TILES(block_tiles_last, 16 / LANES, 16, 16)
TILES(plane_tiles_last, 16 / LANES, 1, 16)
#undef TILES
#undef PIXELS

// Output blocks of one tile.
enum { LEVEL(tile_blocks) = 2 * LANES / 16 };

static inline void LEVEL(block_tiles)(ptrdiff_t pixel_step, size_t pair, int pixels, const LEVEL(block_span) * span,
                                      const float *x, const float *weights, const float *bias, float *y,
                                      const char **ahead)
{
    if (pixel_step == 16) {
        if (pair == 2) return LEVEL(block_tiles_pair)(pixels, span, x, weights, bias, y, ahead);
        return LEVEL(block_tiles_last)(pixels, span, x, weights, bias, y, ahead);
    }
    if (pair == 2) return LEVEL(plane_tiles_pair)(pixels, span, x, weights, bias, y, ahead);
    LEVEL(plane_tiles_last)(pixels, span, x, weights, bias, y, ahead);
}

// Steps of the depth that are summed for themselves: their weights stay in the first-level cache during a tile's sweep, and
// rounding errors grow with the length of a sum.
enum { LEVEL(block_chunk) = 128 };

// Pixels after which the function is applied to them, while they are in the first-level cache.
enum { LEVEL(finish_pixels) = 112 };

static void LEVEL(block_finish)(const ck_f32_finish *finish, const float *residual, float *y, size_t count)
{
    if (finish->function != ck_f32_function_count)
        LEVEL(ck_f32_map)(finish->function, y, y, count, finish->a, finish->b);
    if (finish->adds_last && residual) LEVEL(ck_f32_zip)(ck_f32_operation_add, y, 1, residual, 1, y, count);
}

void LEVEL(ck_f32_block_conv_run)(const ck_f32_block_conv *job)
{
    const ptrdiff_t pixel_step = job->lanes == 1 ? 1 : 16;
    const block_grid grid = block_grid_of(job->rows, job->width, job->row_step, pixel_step, TILE_PIXELS);
    const size_t rows = grid.rows, tiles = grid.tiles;
    if (rows == 0 || tiles == 0) return;
    const size_t depth = job->channels * job->tap_count;
    const size_t all_blocks = (job->channels + job->lanes - 1) / job->lanes;
    const size_t block_depth = job->lanes * job->tap_count;
    size_t chunk = LEVEL(block_chunk) / block_depth;
    if (chunk == 0) chunk = 1;
    // As even as can be; of the depth alone, since each cut is a rounding.
    const size_t chunks = (all_blocks + chunk - 1) / chunk;
    const int has_function =
        job->finish.function != ck_f32_function_count || (job->finish.adds_last && job->residual);
    const int adds = job->residual != NULL && !job->finish.adds_last;
    for (size_t block = 0; block < job->blocks; block += LEVEL(tile_blocks)) {
        const block_pair pair = block_pair_of(block, job->blocks, LEVEL(tile_blocks));
        const float *panel = job->weights + (pair.first * depth + block % 2) * 16;
        for (size_t part = 0; part < chunks; part++) {
            const size_t from = all_blocks * part / chunks, to = all_blocks * (part + 1) / chunks;
            const size_t steps = (to == all_blocks ? job->channels - from * job->lanes : (to - from) * job->lanes) *
                                 job->tap_count;
            LEVEL(block_span) span = {
                .taps = job->taps,
                .tap_count = job->tap_count,
                .channel_blocks = to - from,
                .lanes = job->lanes,
                .last_lanes = to == all_blocks ? job->channels - (all_blocks - 1) * job->lanes : job->lanes,
                .channel_step = job->channel_step,
                .y_block_step = job->y_block_step,
                .y_pixel_step = job->y_pixel_step,
                .residual_step = adds ? job->residual - job->y : 0,
                .starts = part == 0,
                .ends = part + 1 == chunks,
                .adds = adds,
                .low = job->finish.low,
                .high = job->finish.high,
                .reads_ahead = block == 0 && job->tap_count == 1,
            };
            // Weights come from far memory, once a band: each tile asks for its share of those that come next.
            const size_t visits = tiles * rows * span.channel_blocks * job->tap_count;
            span.ahead_lines = (steps * pair.blocks + visits - 1) / visits;
            const float *weights = panel + from * block_depth * pair.blocks * 16;
            const char *ahead = (const char *)(weights + steps * pair.blocks * 16);
            const float *x = job->x + (ptrdiff_t)from * job->channel_step;
            float *y = job->y + (ptrdiff_t)block * job->y_block_step;
            float *unfinished = y;
            const int finishes = part + 1 == chunks && has_function && job->y_pixel_step == 16;
            for (size_t row = 0; row < rows; row++, x += job->row_step) {
                for (size_t tile = 0; tile < tiles; tile++) {
                    const size_t first = block_grid_first(&grid, tile);
                    const int wide = (int)(block_grid_first(&grid, tile + 1) - first);
                    LEVEL(block_tiles)(pixel_step, pair.blocks, wide, &span, x + (ptrdiff_t)first * pixel_step, weights,
                                       job->bias + block * 16, y, &ahead);
                    y += wide * job->y_pixel_step;
                    const int is_last = row + 1 == rows && tile + 1 == tiles;
                    if (finishes && (is_last || y - unfinished >= LEVEL(finish_pixels) * 16)) {
                        for (size_t i = 0; i < pair.taken; i++) {
                            float *from = unfinished + (ptrdiff_t)i * job->y_block_step;
                            LEVEL(block_finish)
                            (&job->finish, job->residual ? job->residual + (from - job->y) : NULL, from,
                             (size_t)(y - unfinished));
                        }
                        unfinished = y;
                    }
                }
            }
        }
    }
    if (has_function && job->y_pixel_step != 16)
        for (size_t pixel = 0; pixel < rows * grid.width; pixel++) {
            const ptrdiff_t at = (ptrdiff_t)pixel * job->y_pixel_step;
            LEVEL(block_finish)
            (&job->finish, job->residual ? job->residual + at : NULL, job->y + at, job->blocks * 16);
        }
}
#undef VECTOR
#undef LOAD
#undef STORE

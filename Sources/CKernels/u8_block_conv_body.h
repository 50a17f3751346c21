// Body of ck_u8_block_conv_run; the including file sets LEVEL(name), LANES (int32 of a vector: 8 or 16), TILE_PIXELS, the
// target attribute, and how four products are summed: RIGHT, a vector of weights made ready by PREPARE(p), and
// DOT(sum, left, right), where left is four activations in an int32. A tile is TILE_PIXELS pixels by two vectors of
// output channels over the whole depth: sums never leave registers.
#include "block_tiles.h"
#include "ck_u8_block.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef int32_t LEVEL(u8_ints) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float LEVEL(u8_floats) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef uint8_t LEVEL(u8_bytes) __attribute__((ext_vector_type(LANES), aligned(1)));
#define INTS LEVEL(u8_ints)
#define FLOATS LEVEL(u8_floats)
#define BYTES LEVEL(u8_bytes)

// 1.5 * 2^23: a float below 2^22 added to it is rounded to a whole number, halves to even, which its low bits then are.
#define U8_MAGIC 12582912.0f

// A finish in vectors. Kernels copy it: bytes that they store might otherwise alias it.
typedef struct LEVEL(u8_rules) {
    FLOATS low, high, last_low, last_high;  // less the zero points
    FLOATS zero, gain, residual_gain;
    INTS last_zero;                         // of the last rounding
} LEVEL(u8_rules);

static inline LEVEL(u8_rules) LEVEL(u8_rules_of)(const ck_u8_finish *finish)
{
    return (LEVEL(u8_rules)){
        .low = (FLOATS)((float)(finish->low - finish->zero)),
        .high = (FLOATS)((float)(finish->high - finish->zero)),
        .last_low = (FLOATS)((float)(finish->last_low - finish->last_zero)),
        .last_high = (FLOATS)((float)(finish->last_high - finish->last_zero)),
        .zero = (FLOATS)((float)finish->zero),
        .gain = (FLOATS)(finish->gain),
        .residual_gain = (FLOATS)(finish->residual_gain),
        .last_zero = (INTS)(finish->gain != 0 ? finish->last_zero : finish->zero),
    };
}

static inline __attribute__((always_inline)) FLOATS LEVEL(u8_bound)(FLOATS x, FLOATS low, FLOATS high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

static inline __attribute__((always_inline)) INTS LEVEL(u8_bits)(FLOATS rounded)
{
    INTS bits;
    memcpy(&bits, &rounded, sizeof bits);
    return bits;
}

// The levels of one vector of sums, in the low bytes of what is returned.
static inline __attribute__((always_inline)) INTS LEVEL(u8_levels)(LEVEL(u8_rules) rules, INTS sum, FLOATS scale)
{
    const FLOATS t = LEVEL(u8_bound)(__builtin_convertvector(sum, FLOATS) * scale, rules.low, rules.high);
    return LEVEL(u8_bits)(t + (FLOATS)(U8_MAGIC)) + rules.last_zero;
}

// The same with the second rounding; `rest` is what the first one's levels are added to.
static inline __attribute__((always_inline)) INTS LEVEL(u8_sums_levels)(LEVEL(u8_rules) rules, INTS sum, FLOATS scale,
                                                                        FLOATS rest)
{
    FLOATS t = LEVEL(u8_bound)(__builtin_convertvector(sum, FLOATS) * scale, rules.low, rules.high);
    t = t + (FLOATS)(U8_MAGIC) - (FLOATS)(U8_MAGIC) + rules.zero;
    t = LEVEL(u8_bound)(__builtin_elementwise_fma(t, rules.gain, rest), rules.last_low, rules.last_high);
    return LEVEL(u8_bits)(t + (FLOATS)(U8_MAGIC)) + rules.last_zero;
}

typedef struct LEVEL(u8_span) {
    const ck_u8_block_conv *job;
    const LEVEL(u8_rules) *rules;
    size_t channel_blocks, steps, last_steps;  // steps of 4 channels
} LEVEL(u8_span);

// Stores the levels of `pixels` pixels, `step` apart.
static inline __attribute__((always_inline)) void LEVEL(u8_store)(const INTS *levels, uint8_t *y, ptrdiff_t step,
                                                                  const int pixels)
{
    int p = 0;
#ifdef PACK_FOUR
    if (step == 16)
#pragma clang loop unroll(full)
        for (; p + 4 <= pixels; p += 4) PACK_FOUR(levels + p, y + p * 16);
#endif
#pragma clang loop unroll(full)
    for (; p < pixels; p++) *(BYTES *)(y + p * step) = __builtin_convertvector(levels[p], BYTES);
}

static inline __attribute__((always_inline)) void LEVEL(u8_tile)(const LEVEL(u8_span) * span, const uint8_t *x,
                                                                 const int8_t *weights, size_t channel, ptrdiff_t at,
                                                                 const int pixels, const int vectors,
                                                                 const int pixel_step, const int weight_step)
{
    const ck_u8_block_conv *job = span->job;
    INTS sums[TILE_PIXELS][2];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        const INTS bias = *(const INTS *)(job->bias + channel + v * LANES);
#pragma clang loop unroll(full)
        for (int p = 0; p < pixels; p++) sums[p][v] = bias;
    }
    for (size_t block = 0; block < span->channel_blocks; block++, x += job->channel_step) {
        const size_t steps = block + 1 < span->channel_blocks ? span->steps : span->last_steps;
        for (size_t tap = 0; tap < job->tap_count; tap++) {
            const uint8_t *pixel = x + job->taps[tap];
#define STEP(k)                                                                              \
    do {                                                                                     \
        const RIGHT right0 = PREPARE(weights + (k) * weight_step);                             \
        const RIGHT right1 = PREPARE(weights + (k) * weight_step + (vectors - 1) * LANES * 4); \
        _Pragma("clang loop unroll(full)") for (int p = 0; p < pixels; p++)                  \
        {                                                                                    \
            int32_t four;                                                                    \
            memcpy(&four, pixel + p * pixel_step + (k) * 4, 4);                               \
            const INTS left = (INTS)(four);                                                  \
            sums[p][0] = DOT(sums[p][0], left, right0);                                      \
            if (vectors > 1) sums[p][1] = DOT(sums[p][1], left, right1);                     \
        }                                                                                    \
    } while (0)
            if (pixel_step == 4) {
                STEP(0);
                weights += weight_step;
            } else if (steps == 4) {
                STEP(0);
                STEP(1);
                STEP(2);
                STEP(3);
                weights += 4 * weight_step;
            } else {
                for (size_t k = 0; k < steps; k++, pixel += 4, weights += weight_step) STEP(0);
            }
#undef STEP
        }
    }
    if (job->y_float) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const FLOATS scale = *(const FLOATS *)(job->finish.scales + channel + v * LANES);
            float *y = job->y_float + at + v * LANES / 16 * job->y_block_step + v * LANES % 16;
#pragma clang loop unroll(full)
            for (int p = 0; p < pixels; p++, y += job->y_pixel_step)
                *(FLOATS *)y = __builtin_convertvector(sums[p][v], FLOATS) * scale;
        }
        return;
    }
    const LEVEL(u8_rules) rules = *span->rules;
    const ptrdiff_t step = job->y_pixel_step;
    const uint8_t *residual = job->residual;
    const int adds = job->finish.gain != 0;
    INTS levels[2][TILE_PIXELS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        const ptrdiff_t place = at + v * LANES / 16 * job->y_block_step + v * LANES % 16;
        const FLOATS scale = *(const FLOATS *)(job->finish.scales + channel + v * LANES);
        if (!adds) {
#pragma clang loop unroll(full)
            for (int p = 0; p < pixels; p++) levels[v][p] = LEVEL(u8_levels)(rules, sums[p][v], scale);
        } else {
            const FLOATS offset = job->finish.offsets ? *(const FLOATS *)(job->finish.offsets + channel + v * LANES)
                                                      : (FLOATS)(job->finish.offset);
#pragma clang loop unroll(full)
            for (int p = 0; p < pixels; p++) {
                FLOATS rest = offset;
                if (residual)
                    rest = __builtin_elementwise_fma(
                        __builtin_convertvector(*(const BYTES *)(residual + place + p * step), FLOATS),
                        rules.residual_gain, rest);
                levels[v][p] = LEVEL(u8_sums_levels)(rules, sums[p][v], scale, rest);
            }
        }
        LEVEL(u8_store)(levels[v], job->y + place, step, pixels);
    }
}

#define PIXELS(n) \
    case n: LEVEL(u8_tile)(span, x, weights, channel, at, n, vectors, pixel_step, weight_step); break;
#define TILES(name, vectors_, pixel_step_, weight_step_)                                                              \
    static void LEVEL(name)(int pixels, const LEVEL(u8_span) * span, const uint8_t *x, const int8_t *weights,         \
                            size_t channel, ptrdiff_t at)                                                             \
    {                                                                                                                 \
        enum { vectors = vectors_, pixel_step = pixel_step_, weight_step = weight_step_ };                            \
        switch (pixels) {                                                                                             \
            EACH_TILE(PIXELS)                                                                                         \
        }                                                                                                             \
    }
TILES(u8_tiles_pair, 2, 16, 128)
TILES(u8_few_tiles_pair, 2, 4, 128)
TILES(u8_tiles_last, 16 / LANES, 16, 64)
TILES(u8_few_tiles_last, 16 / LANES, 4, 64)
#undef TILES
#undef PIXELS

// Pixels after which the table is applied to them, while they are in the first-level cache.
enum { LEVEL(u8_table_pixels) = 448 };

void LEVEL(ck_u8_block_conv_run)(const ck_u8_block_conv *job)
{
    const ptrdiff_t pixel_step = job->lanes == 4 ? 4 : 16;
    const block_grid grid = block_grid_of(job->rows, job->width, job->row_step, pixel_step, TILE_PIXELS);
    const LEVEL(u8_rules) rules = LEVEL(u8_rules_of)(&job->finish);
    LEVEL(u8_span) span = {.job = job, .rules = &rules};
    span.channel_blocks = (job->channels + job->lanes - 1) / job->lanes;
    span.steps = job->lanes / 4;
    span.last_steps = (job->channels - (span.channel_blocks - 1) * job->lanes + 3) / 4;
    const size_t steps = ((span.channel_blocks - 1) * span.steps + span.last_steps) * job->tap_count;
    enum { tile_blocks = 2 * LANES / 16 };
    const uint8_t *table = job->y ? job->finish.table : NULL;
    for (size_t block = 0; block < job->blocks; block += tile_blocks) {
        const block_pair pair = block_pair_of(block, job->blocks, tile_blocks);
        const int8_t *weights = job->weights + (pair.first * steps + block % 2) * 64;
        const uint8_t *x = job->x;
        ptrdiff_t at = (ptrdiff_t)block * job->y_block_step, unfinished = at;
        for (size_t row = 0; row < grid.rows; row++, x += job->row_step) {
            for (size_t tile = 0; tile < grid.tiles; tile++) {
                const size_t first = block_grid_first(&grid, tile);
                const int wide = (int)(block_grid_first(&grid, tile + 1) - first);
                const uint8_t *pixels = x + (ptrdiff_t)first * pixel_step;
                if (pixel_step == 16) {
                    if (pair.blocks == 2) LEVEL(u8_tiles_pair)(wide, &span, pixels, weights, block * 16, at);
                    else LEVEL(u8_tiles_last)(wide, &span, pixels, weights, block * 16, at);
                } else {
                    if (pair.blocks == 2) LEVEL(u8_few_tiles_pair)(wide, &span, pixels, weights, block * 16, at);
                    else LEVEL(u8_few_tiles_last)(wide, &span, pixels, weights, block * 16, at);
                }
                at += wide * job->y_pixel_step;
                if (!table) continue;
                const int is_last = row + 1 == grid.rows && tile + 1 == grid.tiles;
                if (is_last || at - unfinished >= LEVEL(u8_table_pixels) * job->y_pixel_step) {
                    for (size_t i = 0; i < pair.taken; i++) {
                        const ptrdiff_t from = unfinished + (ptrdiff_t)i * job->y_block_step;
                        if (job->y_pixel_step == 16) {
                            LEVEL(ck_u8_table)(table, job->y + from, job->y + from, (size_t)(at - unfinished));
                        } else {
                            for (ptrdiff_t place = from; place < from + at - unfinished; place += job->y_pixel_step)
                                LEVEL(ck_u8_table)(table, job->y + place, job->y + place, 16);
                        }
                    }
                    unfinished = at;
                }
            }
        }
    }
}

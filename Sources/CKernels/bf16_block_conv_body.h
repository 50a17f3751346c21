// Body of ck_bf16_block_conv_run; the including file sets LEVEL(name), FLOAT_LEVEL(name) of the float32 kernels, LANES (of
// a vector: 8 or 16), TILE_PIXELS, the target attribute, and HAS_BF16 where a vector of pairs is one instruction. A tile
// is TILE_PIXELS pixels by two vectors of output channels, summed in registers over the whole depth.
#include "bf16_functions.h"
#include "bf16_lanes.h"
#include "block_tiles.h"
#include "ck_bf16_block.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef float LEVEL(conv_floats) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef uint32_t LEVEL(conv_pairs) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef uint16_t LEVEL(conv_halves) __attribute__((ext_vector_type(LANES), aligned(2)));
typedef uint32_t LEVEL(conv_pair) __attribute__((aligned(2), may_alias));
#define VECTOR LEVEL(conv_floats)
#define PAIRS LEVEL(conv_pairs)
#define HALVES LEVEL(conv_halves)
#define LOAD(p) (*(const VECTOR *)(p))

#ifdef HAS_BF16
#define DOT(sum, left, right) ((VECTOR)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(right), (__m512bh)(left)))
#else
#define DOT(sum, left, right)                                                                          \
    __builtin_elementwise_fma((VECTOR)((left) & 0xffff0000u), (VECTOR)((right) & 0xffff0000u),         \
                              __builtin_elementwise_fma((VECTOR)((left) << 16), (VECTOR)((right) << 16), sum))
#endif

// What the tiles of one job share.
typedef struct LEVEL(half_span) {
    const ck_bf16_block_conv *job;
    size_t channel_blocks, last_lanes;
    int adds;       // the residual, before the bounds
    int is_staged;  // results wait as float32 for the function, [block][stage pixels][16]
} LEVEL(half_span);

// Pixels that wait for the function, which is applied while they are in the first-level cache.
enum { LEVEL(finish_pixels) = 112, LEVEL(stage_pixels) = LEVEL(finish_pixels) + TILE_PIXELS };

static inline __attribute__((always_inline)) void LEVEL(add_stored)(VECTOR *sum, const void *values, int is_half,
                                                                    ptrdiff_t at)
{
    if (is_half) {
        const HALVES lanes = *(const HALVES *)((const uint16_t *)values + at);
        *sum += (VECTOR)(__builtin_convertvector(lanes, PAIRS) << 16);
    } else {
        *sum += LOAD((const float *)values + at);
    }
}

static inline __attribute__((always_inline)) void LEVEL(store)(const VECTOR *x, void *y, int is_half, ptrdiff_t at)
{
    if (!is_half) {
        *(VECTOR *)((float *)y + at) = *x;
        return;
    }
#ifdef HAS_BF16
    *(HALVES *)((uint16_t *)y + at) = (HALVES)_mm512_cvtneps_pbh((__m512)*x);
#else
    const PAIRS bits = (PAIRS)*x;
    const PAIRS nearest = (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
    const PAIRS kept = *x == *x ? nearest : (bits >> 16) | 0x40u;
    *(HALVES *)((uint16_t *)y + at) = __builtin_convertvector(kept, HALVES);
#endif
}

static inline __attribute__((always_inline)) void LEVEL(half_tile)(const LEVEL(half_span) * span, const uint16_t *x,
                                                                   const uint32_t *weights, const float *bias,
                                                                   ptrdiff_t at, float *stage, const int pixels,
                                                                   const int vectors, const int pixel_step,
                                                                   const int weight_step)
{
    const ck_bf16_block_conv *job = span->job;
    VECTOR sums[TILE_PIXELS][2];
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[p][v] = (VECTOR)(0.0f);
#define STEP(l, mask)                                                                                     \
    do {                                                                                                  \
        const PAIRS right0 = *(const PAIRS *)(weights + (l) * weight_step);                               \
        const PAIRS right1 = *(const PAIRS *)(weights + (l) * weight_step + (vectors - 1) * LANES);       \
        _Pragma("clang loop unroll(full)") for (int p = 0; p < pixels; p++)                               \
        {                                                                                                 \
            const PAIRS left = (PAIRS)(*(const LEVEL(conv_pair) *)(pixel + p * pixel_step + 2 * (l)) & (mask)); \
            sums[p][0] = DOT(sums[p][0], left, right0);                                                   \
            if (vectors > 1) sums[p][1] = DOT(sums[p][1], left, right1);                                  \
        }                                                                                                 \
    } while (0)
    for (size_t block = 0; block < span->channel_blocks; block++, x += job->channel_step) {
        const size_t lanes = block + 1 < span->channel_blocks ? 16 : span->last_lanes;
        for (size_t tap = 0; tap < job->tap_count; tap++) {
            const uint16_t *pixel = x + job->taps[tap];
            size_t l = 0;
            if (pixel_step == 16)
                for (; l + 8 <= lanes; l += 8, pixel += 8, weights += 4 * weight_step) {
                    STEP(0, ~0u);
                    STEP(1, ~0u);
                    STEP(2, ~0u);
                    STEP(3, ~0u);
                }
            for (; l + 2 <= lanes; l += 2, pixel += 2, weights += weight_step) STEP(0, ~0u);
            if (l < lanes) {
                STEP(0, 0xffffu);
                weights += weight_step;
            }
        }
    }
#undef STEP
    const VECTOR low = (VECTOR)(job->finish.low), high = (VECTOR)(job->finish.high);
#pragma clang loop unroll(full)
    for (int p = 0; p < pixels; p++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const ptrdiff_t place = at + v * LANES / 16 * job->y_block_step + p * job->y_pixel_step + v * LANES % 16;
            VECTOR sum = sums[p][v] + LOAD(bias + v * LANES);
            if (span->adds) LEVEL(add_stored)(&sum, job->residual, job->residual_is_half, place);
            sum = sum < low ? low : sum;
            sum = sum > high ? high : sum;
            if (span->is_staged)
                *(VECTOR *)(stage + v * LANES / 16 * LEVEL(stage_pixels) * 16 + p * 16 + v * LANES % 16) = sum;
            else
                LEVEL(store)(&sum, job->y, job->y_is_half, place);
        }
}

#define PIXELS(count)                                                                                        \
    case count:                                                                                              \
        LEVEL(half_tile)(span, x, weights, bias, at, stage, count, vectors, pixel_step, weight_step);        \
        break;
#define TILES(name, vectors_, pixel_step_, weight_step_)                                                              \
    static void LEVEL(name)(int pixels, const LEVEL(half_span) * span, const uint16_t *x,                             \
                            const uint32_t *weights, const float *bias, ptrdiff_t at, float *stage)                   \
    {                                                                                                                 \
        enum { vectors = vectors_, pixel_step = pixel_step_, weight_step = weight_step_ };                            \
        switch (pixels) {                                                                                             \
            EACH_TILE(PIXELS)                                                                                         \
        }                                                                                                             \
    }
TILES(half_tiles_pair, 2, 16, 32)
TILES(half_tiles_last, 16 / LANES, 16, 16)
TILES(half_tiles_few_pair, 2, 4, 32)
TILES(half_tiles_few_last, 16 / LANES, 4, 16)
#undef TILES
#undef PIXELS

// Function, residual and rounding for `count` pixels that wait in `stage`, of the output block and pixel at `at`.
static void LEVEL(half_finish)(const ck_bf16_block_conv *job, float *stage, ptrdiff_t at, size_t count)
{
    if (job->finish.function != ck_f32_function_count)
        LEVEL(coarse_map)(job->finish.function, stage, count * 16, job->finish.a, job->finish.b);
    const int adds = job->residual != NULL && job->finish.adds_last;
    for (size_t p = 0; p < count; p++, at += job->y_pixel_step)
        for (int v = 0; v < 16; v += LANES) {
            VECTOR value = LOAD(stage + p * 16 + v);
            if (adds) LEVEL(add_stored)(&value, job->residual, job->residual_is_half, at + v);
            LEVEL(store)(&value, job->y, job->y_is_half, at + v);
        }
}

void LEVEL(ck_bf16_block_conv_run)(const ck_bf16_block_conv *job)
{
    const block_grid grid =
        block_grid_of(job->rows, job->width, job->row_step, (ptrdiff_t)job->lanes, TILE_PIXELS);
    const size_t channel_blocks = (job->channels + 15) / 16;
    const LEVEL(half_span) span = {
        .job = job,
        .channel_blocks = channel_blocks,
        .last_lanes = job->channels - (channel_blocks - 1) * 16,
        .adds = job->residual != NULL && !job->finish.adds_last,
        .is_staged =
            job->finish.function != ck_f32_function_count || (job->residual != NULL && job->finish.adds_last),
    };
    const size_t pairs = (job->channels / 16 * 8 + (job->channels % 16 + 1) / 2) * job->tap_count;
    const int few = job->lanes != 16;
    enum { tile_blocks = 2 * LANES / 16 };
    float stage[tile_blocks * LEVEL(stage_pixels) * 16];
    for (size_t block = 0; block < job->blocks; block += tile_blocks) {
        const block_pair pair = block_pair_of(block, job->blocks, tile_blocks);
        const int is_pair = pair.blocks == 2;
        const uint32_t *weights = (const uint32_t *)(const void *)job->weights + (pair.first * pairs + block % 2) * 16;
        const float *bias = job->bias + block * 16;
        const uint16_t *x = job->x;
        ptrdiff_t at = (ptrdiff_t)block * job->y_block_step, waiting_at = at;
        size_t waiting = 0;
        for (size_t row = 0; row < grid.rows; row++, x += job->row_step)
            for (size_t tile = 0; tile < grid.tiles; tile++) {
                const size_t first = block_grid_first(&grid, tile);
                const int wide = (int)(block_grid_first(&grid, tile + 1) - first);
                const uint16_t *from = x + first * job->lanes;
                float *place = stage + waiting * 16;
                if (is_pair && !few) LEVEL(half_tiles_pair)(wide, &span, from, weights, bias, at, place);
                if (!is_pair && !few) LEVEL(half_tiles_last)(wide, &span, from, weights, bias, at, place);
                if (is_pair && few) LEVEL(half_tiles_few_pair)(wide, &span, from, weights, bias, at, place);
                if (!is_pair && few) LEVEL(half_tiles_few_last)(wide, &span, from, weights, bias, at, place);
                at += wide * job->y_pixel_step;
                if (!span.is_staged) continue;
                waiting += (size_t)wide;
                if (waiting < LEVEL(finish_pixels) && (row + 1 < grid.rows || tile + 1 < grid.tiles)) continue;
                for (size_t i = 0; i < pair.taken; i++)
                    LEVEL(half_finish)
                    (job, stage + i * LEVEL(stage_pixels) * 16, waiting_at + (ptrdiff_t)i * job->y_block_step, waiting);
                waiting_at = at;
                waiting = 0;
            }
    }
}

void LEVEL(ck_bf16_narrow)(const float *x, size_t count, uint16_t *y)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) LEVEL(narrow)(x + i, y + i);
    if (i == count) return;
    float last[16] = {0};
    uint16_t rest[16];
    for (size_t j = i; j < count; j++) last[j - i] = x[j];
    LEVEL(narrow)(last, rest);
    for (size_t j = i; j < count; j++) y[j] = rest[j - i];
}

// Of count positions first + j * step: [*before, *inside) lie in [0, width).
static inline void LEVEL(half_inside)(ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count,
                                      ptrdiff_t *before, ptrdiff_t *inside)
{
    *before = first >= 0 ? 0 : (-first + step - 1) / step;
    *inside = first >= width ? 0 : (width - first + step - 1) / step;
    if (*inside > (ptrdiff_t)count) *inside = (ptrdiff_t)count;
    if (*before > *inside) *before = *inside;
}

void LEVEL(ck_bf16_gather_row)(const void *x, int is_half, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step,
                               size_t count, uint16_t *y)
{
    ptrdiff_t before, inside;
    LEVEL(half_inside)(width, first, step, count, &before, &inside);
    for (ptrdiff_t j = 0; j < before; j++) *(LEVEL(half_lanes) *)(y + j * 16) = (LEVEL(half_lanes))(0);
    if (is_half)
        for (ptrdiff_t j = before; j < inside; j++)
            *(LEVEL(half_lanes) *)(y + j * 16) =
                *(const LEVEL(half_lanes) *)((const uint16_t *)x + (first + j * step) * 16);
    else
        for (ptrdiff_t j = before; j < inside; j++)
            LEVEL(narrow)((const float *)x + (first + j * step) * 16, y + j * 16);
    for (ptrdiff_t j = inside; j < (ptrdiff_t)count; j++) *(LEVEL(half_lanes) *)(y + j * 16) = (LEVEL(half_lanes))(0);
}

// Lane c of 16 pixels that are `step` apart in a plane: 0 beyond the last of `some`.
static inline __attribute__((always_inline)) void LEVEL(half_plane)(const float *plane, ptrdiff_t step, ptrdiff_t some,
                                                                    int reads_whole, uint16_t lane[16])
{
    typedef LEVEL(half_floats) floats;
    float values[16] = {0};
    if (reads_whole && step == 1) {
        LEVEL(narrow)(plane, lane);
        return;
    }
    if (reads_whole && step == 2) {
        const floats one = *(const floats *)plane, two = *(const floats *)(plane + 16);
        *(floats *)values =
            __builtin_shufflevector(one, two, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    } else {
        for (ptrdiff_t j = 0; j < some; j++) values[j] = plane[j * step];
    }
    LEVEL(narrow)(values, lane);
}

void LEVEL(ck_bf16_gather_planes)(const float *planes, size_t plane_step, size_t channels, size_t lanes,
                                  ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count, uint16_t *y)
{
    typedef LEVEL(half_bits) words;
    ptrdiff_t before, inside;
    LEVEL(half_inside)(width, first, step, count, &before, &inside);
    const ptrdiff_t pixel = (ptrdiff_t)lanes;
    memset(y, 0, (size_t)(before * pixel) * sizeof *y);
    memset(y + inside * pixel, 0, (size_t)(((ptrdiff_t)count - inside) * pixel) * sizeof *y);
    uint16_t rounded[16][16] = {{0}};
    for (ptrdiff_t from = before; from < inside; from += 16) {
        const ptrdiff_t some = inside - from < 16 ? inside - from : 16;
        const int reads_whole = some == 16 && first + (from + 16) * step <= width;
        for (size_t c = 0; c < channels; c++)
            LEVEL(half_plane)(planes + c * plane_step + first + from * step, step, some, reads_whole, rounded[c]);
        uint16_t *target = y + from * pixel;
        if (lanes == 4 && some == 16) {
            words pairs[2];
#pragma clang loop unroll(full)
            for (int i = 0; i < 2; i++)
                pairs[i] = __builtin_convertvector(*(const LEVEL(half_lanes) *)rounded[2 * i], words) |
                           __builtin_convertvector(*(const LEVEL(half_lanes) *)rounded[2 * i + 1], words) << 16;
            *(words *)(void *)target =
                __builtin_shufflevector(pairs[0], pairs[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            *(words *)(void *)(target + 32) = __builtin_shufflevector(pairs[0], pairs[1], 8, 24, 9, 25, 10, 26, 11,
                                                                      27, 12, 28, 13, 29, 14, 30, 15, 31);
            continue;
        }
        for (ptrdiff_t j = 0; j < some; j++)
            for (ptrdiff_t c = 0; c < pixel; c++) target[j * pixel + c] = rounded[c][j];
    }
}

void LEVEL(ck_bf16_from_rows)(const float *x, size_t count, size_t rows, uint16_t *blocks)
{
    for (size_t first = 0; first < count; first += 16) {
        const float *source = x + first;
        if (count - first >= 16) {
            for (size_t row = 0; row < rows; row++, source += count, blocks += 16)
                LEVEL(narrow)(source, blocks);
            continue;
        }
        for (size_t row = 0; row < rows; row++, source += count, blocks += 16) {
            float last[16] = {0};
            for (size_t j = 0; j < count - first; j++) last[j] = source[j];
            LEVEL(narrow)(last, blocks);
        }
    }
}
#undef VECTOR
#undef PAIRS
#undef HALVES
#undef LOAD
#undef DOT

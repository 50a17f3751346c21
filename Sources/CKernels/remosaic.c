// Shapes and formulas: ck_remosaic.h. Floats in one order of operations, no contraction: the same bits for any division into bands.
#include "include/ck_remosaic.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

enum { green = 1, infrared = 3 };
/// Rows of light that a row of output needs above and below: three to the colour differences, four to their greens.
enum { difference_reach = 3, green_reach = 4, reach = difference_reach + green_reach };

void ck_u16_bin_quad(const uint16_t *upper, const uint16_t *lower, size_t width, uint32_t shift, uint16_t *target) {
    for (size_t x = 0; x < width; x++) {
        uint32_t sum = (uint32_t)upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
        target[x] = (uint16_t)(sum << shift);
    }
}

void ck_u16_mean_quad(const uint16_t *upper, const uint16_t *lower, size_t width, uint16_t *target) {
    for (size_t x = 0; x < width; x++) {
        uint32_t sum = (uint32_t)upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
        target[x] = (uint16_t)((sum + 2) >> 2);
    }
}

size_t ck_remosaic_scratch_count(const ck_remosaic *mosaic, int32_t rows) {
    return (size_t)mosaic->width * (size_t)(2 * rows + 2 * reach + 2 * difference_reach);
}

static inline uint8_t color_at(const ck_remosaic *mosaic, int32_t y, int32_t x) {
    return mosaic->tile[(y & 3) * 4 + (x & 3)];
}

static inline float plain_light(const ck_remosaic *mosaic, int32_t y, int32_t x) {
    float black = mosaic->black[color_at(mosaic, y, x)];
    return ((float)mosaic->samples[(size_t)y * mosaic->pitch + (size_t)x] - black) / (mosaic->white - black);
}

static float infrared_around(const ck_remosaic *mosaic, int32_t y, int32_t x) {
    float sum = 0, weights = 0;
    for (int32_t dy = -1; dy <= 1; dy++) {
        for (int32_t dx = -1; dx <= 1; dx++) {
            int32_t row = y + dy, column = x + dx;
            if (row < 0 || row >= mosaic->height || column < 0 || column >= mosaic->width) continue;
            if (color_at(mosaic, row, column) != infrared) continue;
            float weight = (float)((2 - (dy < 0 ? -dy : dy)) * (2 - (dx < 0 ? -dx : dx)));
            sum += weight * plain_light(mosaic, row, column);
            weights += weight;
        }
    }
    return weights > 0 ? sum / weights : 0;
}

static void light_row(const ck_remosaic *mosaic, int32_t y, int has_infrared, float *light) {
    for (int32_t x = 0; x < mosaic->width; x++) {
        uint8_t color = color_at(mosaic, y, x);
        float value = plain_light(mosaic, y, x);
        if (has_infrared && color != infrared && value < 1) {
            value -= mosaic->infrared[color] * infrared_around(mosaic, y, x);
        }
        light[x] = value;
    }
}

typedef struct {
    float value, weight;
} estimate;

/// Along a line: `light[i * step]` is `i` places on, `before` and `behind` places are there.
static estimate along(const float *light, ptrdiff_t step, const uint8_t *colors, int32_t before, int32_t behind) {
    // colors[4] is the place's own.
    int32_t a = 0, b = 0;
    for (int32_t i = 1; i <= 3 && !a; i++) if (i <= before && colors[4 - i] == green) a = i;
    for (int32_t i = 1; i <= 3 && !b; i++) if (i <= behind && colors[4 + i] == green) b = i;
    if (!a && !b) return (estimate){0, 0};
    if (!a) return (estimate){light[b * step], 1};
    if (!b) return (estimate){light[-a * step], 1};
    float left = light[-a * step], right = light[b * step];
    int32_t period = colors[2] == colors[4] && colors[6] == colors[4] ? 2 : 4;
    float curvature = 0;
    if (period <= before && period <= behind) {
        curvature = 2 * light[0] - light[-period * step] - light[period * step];
    }
    float value = ((float)b * left + (float)a * right) / (float)(a + b)
        + (float)(a * b) / (float)(period * period) * curvature;
    float gradient = fabsf(left - right) + fabsf(curvature);
    return (estimate){value, 1 / (1e-5f + gradient * gradient)};
}

static void green_row(const ck_remosaic *mosaic, int32_t y, const float *light, float *greens) {
    ptrdiff_t width = mosaic->width;
    for (int32_t x = 0; x < mosaic->width; x++) {
        if (color_at(mosaic, y, x) == green) {
            greens[x] = light[x];
            continue;
        }
        uint8_t across[9], down[9];
        for (int32_t i = -4; i <= 4; i++) {
            across[4 + i] = color_at(mosaic, y, x + i);
            down[4 + i] = color_at(mosaic, y + i, x);
        }
        estimate h = along(light + x, 1, across, x, mosaic->width - 1 - x);
        estimate v = along(light + x, width, down, y, mosaic->height - 1 - y);
        float weights = h.weight + v.weight;
        greens[x] = weights > 0 ? (h.weight * h.value + v.weight * v.value) / weights : light[x];
    }
}

void ck_remosaic_run(const ck_remosaic *mosaic, int32_t first, int32_t rows, float *scratch, uint16_t *target,
                        size_t target_pitch) {
    size_t width = (size_t)mosaic->width;
    int has_infrared = 0;
    for (int i = 0; i < 16; i++) has_infrared |= mosaic->tile[i] == infrared;
    int32_t light_first = first - reach < 0 ? 0 : first - reach;
    int32_t light_end = first + rows + reach > mosaic->height ? mosaic->height : first + rows + reach;
    int32_t green_first = first - difference_reach < 0 ? 0 : first - difference_reach;
    int32_t green_end =
        first + rows + difference_reach > mosaic->height ? mosaic->height : first + rows + difference_reach;
    float *light = scratch, *greens = scratch + width * (size_t)(rows + 2 * reach);
    for (int32_t y = light_first; y < light_end; y++) {
        light_row(mosaic, y, has_infrared, light + width * (size_t)(y - light_first));
    }
    for (int32_t y = green_first; y < green_end; y++) {
        green_row(mosaic, y, light + width * (size_t)(y - light_first), greens + width * (size_t)(y - green_first));
    }
    for (int32_t y = first; y < first + rows; y++) {
        const float *own = light + width * (size_t)(y - light_first);
        const float *own_green = greens + width * (size_t)(y - green_first);
        uint16_t *out = target + (size_t)(y - first) * target_pitch;
        for (int32_t x = 0; x < mosaic->width; x++) {
            int32_t site = (y & 1) * 2 + (x & 1);
            uint8_t wanted = mosaic->bayer[site];
            float value;
            if (wanted == color_at(mosaic, y, x)) {
                value = own[x];
            } else if (wanted == green) {
                value = own_green[x];
            } else {
                float sum = 0, weights = 0;
                for (int32_t dy = -difference_reach; dy <= difference_reach; dy++) {
                    int32_t row = y + dy;
                    if (row < 0 || row >= mosaic->height) continue;
                    const float *others = light + width * (size_t)(row - light_first);
                    const float *other_greens = greens + width * (size_t)(row - green_first);
                    for (int32_t dx = -difference_reach; dx <= difference_reach; dx++) {
                        int32_t column = x + dx;
                        if (column < 0 || column >= mosaic->width) continue;
                        if (color_at(mosaic, row, column) != wanted) continue;
                        float weight = (float)((4 - (dy < 0 ? -dy : dy)) * (4 - (dx < 0 ? -dx : dx)));
                        sum += weight * (others[column] - other_greens[column]);
                        weights += weight;
                    }
                }
                value = weights > 0 ? own_green[x] + sum / weights : own_green[x];
            }
            float sample = rintf(mosaic->out_black[site] + value * mosaic->out_span[site]);
            out[x] = sample > 0 ? (uint16_t)(sample < 65535 ? sample : 65535) : 0;
        }
    }
}

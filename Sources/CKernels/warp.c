// Formulas: ck_warp.h. No contraction, no estimates: the same bits on every machine.
#include "include/ck_warp.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

typedef struct {
    double x, y;
} place;

static place source_of(const ck_warp *warp, const ck_warp_plane *plane, int32_t x, int32_t y) {
    double dx = (x - warp->center_x) / warp->radius, dy = (y - warp->center_y) / warp->radius;
    double r2 = dx * dx + dy * dy;
    double f = plane->radial[0] + r2 * (plane->radial[1] + r2 * (plane->radial[2] + r2 * plane->radial[3]));
    double t0 = plane->tangential[0], t1 = plane->tangential[1];
    double px = f * dx + (2 * t0 * dx * dy + t1 * (r2 + 2 * dx * dx));
    double py = f * dy + (2 * t1 * dx * dy + t0 * (r2 + 2 * dy * dy));
    return (place){warp->center_x + warp->radius * px, warp->center_y + warp->radius * py};
}

/// Into the picture; what is no number goes to 0.
static double inside(double value, int32_t extent) {
    if (!(value > 0)) return 0;
    return value < extent - 1 ? value : extent - 1;
}

static int32_t clamped(int32_t value, int32_t least, int32_t most) {
    return value < least ? least : value > most ? most : value;
}

void ck_warp_span(const ck_warp *warp, int32_t y, int32_t *first, int32_t *last) {
    int32_t least = warp->height - 1, most = 0;
    for (int32_t plane = 0; plane < warp->plane_count; plane++) {
        for (int32_t step = 0;; step += 8) {
            int32_t x = step < warp->width - 1 ? step : warp->width - 1;
            int32_t row = (int32_t)inside(source_of(warp, &warp->planes[plane], x, y).y, warp->height);
            if (row < least) least = row;
            if (row > most) most = row;
            if (x == warp->width - 1) break;
        }
    }
    // The cubic's rows, and one for what lies between the pixels looked at.
    *first = clamped(least - 2, 0, warp->height - 1);
    *last = clamped(most + 3, 0, warp->height - 1);
}

static void weights_of(float t, float weights[4]) {
    float t2 = t * t, t3 = t2 * t;
    weights[0] = 0.5f * (2 * t2 - t - t3);
    weights[1] = 0.5f * (3 * t3 - 5 * t2 + 2);
    weights[2] = 0.5f * (4 * t2 + t - 3 * t3);
    weights[3] = 0.5f * (t3 - t2);
}

static inline float load(const uint8_t *row, int32_t sample_bytes, int32_t index) {
    return sample_bytes == 1 ? (float)row[index] : (float)((const uint16_t *)(const void *)row)[index];
}

void ck_warp_row(const ck_warp *warp, int32_t y, int32_t first, int32_t last, const uint8_t *const *rows,
                 int32_t row_count, uint8_t *target) {
    float most = warp->sample_bytes == 1 ? 255 : 65535;
    int32_t channels = warp->channels;
    for (int32_t x = 0; x < warp->width; x++) {
        int32_t columns[4] = {0};
        const uint8_t *lines[4] = {0};
        float across[4], down[4];
        for (int32_t channel = 0; channel < channels; channel++) {
            if (channel < warp->plane_count) {
                place from = source_of(warp, &warp->planes[channel], x, y);
                double px = inside(from.x, warp->width), py = inside(from.y, warp->height);
                int32_t column = (int32_t)px, row = (int32_t)py;
                weights_of((float)(px - column), across);
                weights_of((float)(py - row), down);
                for (int32_t i = 0; i < 4; i++) {
                    columns[i] = clamped(column + i - 1, 0, warp->width - 1) * channels;
                    lines[i] = rows[clamped(row + i - 1, first, last) % row_count];
                }
            }
            float value = 0;
            for (int32_t i = 0; i < 4; i++) {
                float line = 0;
                for (int32_t j = 0; j < 4; j++) {
                    line += across[j] * load(lines[i], warp->sample_bytes, columns[j] + channel);
                }
                value += down[i] * line;
            }
            value = rintf(value);
            value = value > 0 ? value < most ? value : most : 0;
            if (warp->sample_bytes == 1) {
                target[x * channels + channel] = (uint8_t)value;
            } else {
                ((uint16_t *)(void *)target)[x * channels + channel] = (uint16_t)value;
            }
        }
    }
}

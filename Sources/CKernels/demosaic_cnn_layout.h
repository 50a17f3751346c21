// How ck_demosaic_cnn.h divides its memory: rings of rows of quads, weights in the order in which a level reads them.
#pragma once
#include "ck_demosaic_cnn.h"

enum {
    cnn_channels = ck_cnn_channels,
    cnn_planes = ck_cnn_planes_sampled,
    cnn_missing = ck_cnn_planes_missing,
    cnn_hidden = ck_cnn_hidden,
    // Quads on either side of a row that values depend on, and what the last tile of a row may go beyond it.
    cnn_halo = ck_cnn_reach,
    cnn_slack = 16,
    // Rows kept: the quads' own until the last layer has read them, three of each layer.
    cnn_quad_rows = 8,
    cnn_layer_rows = 4,
};

static inline size_t cnn_quads(const ck_cnn *cnn) { return (cnn->width + cnn->red_column + 1) / 2; }

// Elements of a row of `channels` channels.
static inline size_t cnn_pitch(const ck_cnn *cnn, size_t channels)
{
    return (cnn_quads(cnn) + 2 * cnn_halo + cnn_slack) * channels;
}

// Room for each is that of 16-bit elements, whether a level needs them or 8-bit ones.
typedef struct cnn_memory {
    int16_t *weights[cnn_hidden + 1], *linear;
    int16_t *samples;              // ring of quads, v - 32768
    int16_t *quads;                // ring of quads, u
    int16_t *hidden[cnn_hidden];   // rings of layers
    uint16_t *missing;             // one row
} cnn_memory;

static inline size_t cnn_layer_weights(int layer)
{
    return 9 * (layer == 0 ? cnn_planes : cnn_channels) * (layer == cnn_hidden ? cnn_missing : cnn_channels);
}

static inline size_t cnn_divide(const ck_cnn *cnn, cnn_memory *m)
{
    int16_t *next = (int16_t *)(void *)cnn->bytes;
#define TAKE(field, count) (m->field = next, next += ((count) + 31) / 32 * 32)
    for (int layer = 0; layer <= cnn_hidden; layer++) TAKE(weights[layer], cnn_layer_weights(layer));
    TAKE(linear, 9 * cnn_planes * cnn_missing);
    TAKE(samples, cnn_quad_rows * cnn_pitch(cnn, cnn_planes));
    TAKE(quads, cnn_quad_rows * cnn_pitch(cnn, cnn_planes));
    for (int layer = 0; layer < cnn_hidden; layer++) TAKE(hidden[layer], cnn_layer_rows * cnn_pitch(cnn, cnn_channels));
    m->missing = (uint16_t *)next;
    next += cnn_pitch(cnn, cnn_missing);
#undef TAKE
    return (size_t)((uint8_t *)next - cnn->bytes);
}

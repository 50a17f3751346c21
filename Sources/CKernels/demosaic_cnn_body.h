// The rows of ck_demosaic_cnn.h for one level. The including file defines
//   KERNEL(name), element (of activations), group (inputs that one dot takes), lanes16 and lanes8 (sums of 16 and 8 outputs),
//   zero16/zero8, dot16/dot8(sums, activations, weights): sums += activations[group] . weights[lane][group],
//   pair8(sums, samples, weights): the same for two 16-bit samples, requantize(sums, bias, scale, to), combine(...),
//   tile: quads whose sums are in registers at once.
#include <string.h>

#include "demosaic_cnn_layout.h"

static inline element *KERNEL(row_of)(int16_t *ring, size_t pitch, ptrdiff_t y, int rows)
{
    return (element *)(void *)(ring + (size_t)(y & (rows - 1)) * pitch);
}

void KERNEL(ck_u16_cnn_begin)(const ck_cnn *cnn)
{
    cnn_memory m;
    memset(cnn->bytes, 0, cnn_divide(cnn, &m));
    cnn_divide(cnn, &m);
    for (int layer = 0; layer <= cnn_hidden; layer++) {
        const int inputs = layer == 0 ? cnn_planes : cnn_channels, outputs = layer == cnn_hidden ? cnn_missing : cnn_channels;
        weight *to = (weight *)(void *)m.weights[layer];
        for (int tap = 0; tap < 9; tap++)
            for (int first = 0; first < inputs; first += group)
                for (int lane = 0; lane < outputs; lane++)
                    for (int i = 0; i < group; i++)
                        *to++ = ck_cnn_trained.layers[layer][(tap * inputs + first + i) * outputs + lane];
    }
    int16_t *to = m.linear;
    for (int tap = 0; tap < 9; tap++)
        for (int first = 0; first < cnn_planes; first += 2)
            for (int lane = 0; lane < cnn_missing; lane++)
                for (int i = 0; i < 2; i++) *to++ = ck_cnn_trained.linear[(tap * cnn_planes + first + i) * cnn_missing + lane];
}

// One row of a hidden layer from three rows of the one before, quads `from` to `end` counted from the halo's first.
static inline __attribute__((always_inline)) void KERNEL(hidden_row)(
    const element *const rows[3], int inputs, const weight *weights, const int32_t *bias, const float *scale, element *out,
    size_t from, size_t end)
{
    for (size_t x = from; x < end; x += tile) {
        lanes16 sums[tile];
        for (int i = 0; i < tile; i++) sums[i] = zero16();
        const weight *w = weights;
        for (int dy = 0; dy < 3; dy++)
            for (int dx = 0; dx < 3; dx++) {
                const element *a = rows[dy] + (x + (size_t)dx - 1) * (size_t)inputs;
                for (int g = 0; g < inputs; g += group, w += cnn_channels * group)
                    for (int i = 0; i < tile; i++) sums[i] = dot16(sums[i], a + i * inputs + g, w);
            }
        for (int i = 0; i < tile; i++) requantize(sums[i], bias, scale, out + (x + (size_t)i) * cnn_channels);
    }
}

static inline __attribute__((always_inline)) void KERNEL(missing_row)(
    const element *const rows[3], const weight *weights, const int16_t *const samples[3], const int16_t *linear, uint16_t *out,
    size_t quads)
{
    for (size_t x = 0; x < quads; x += tile) {
        lanes8 sums[tile], lines[tile];
        for (int i = 0; i < tile; i++) sums[i] = lines[i] = zero8();
        const weight *w = weights;
        for (int dy = 0; dy < 3; dy++)
            for (int dx = 0; dx < 3; dx++) {
                const element *a = rows[dy] + (x + cnn_halo + (size_t)dx - 1) * cnn_channels;
                for (int g = 0; g < cnn_channels; g += group, w += cnn_missing * group)
                    for (int i = 0; i < tile; i++) sums[i] = dot8(sums[i], a + i * cnn_channels + g, w);
            }
        const int16_t *l = linear;
        for (int dy = 0; dy < 3; dy++)
            for (int dx = 0; dx < 3; dx++) {
                const int16_t *s = samples[dy] + (x + cnn_halo + (size_t)dx - 1) * cnn_planes;
                for (int g = 0; g < cnn_planes; g += 2, l += cnn_missing * 2)
                    for (int i = 0; i < tile; i++) lines[i] = pair8(lines[i], s + i * cnn_planes + g, l);
            }
        for (int i = 0; i < tile; i++) combine(sums[i], lines[i], out + (x + (size_t)i) * cnn_missing);
    }
}

void KERNEL(ck_u16_cnn_take)(const ck_cnn *cnn, ptrdiff_t y, const uint16_t *red_row, const uint16_t *blue_row)
{
    cnn_memory m;
    cnn_divide(cnn, &m);
    const size_t pitch = cnn_pitch(cnn, cnn_planes), wide = cnn_pitch(cnn, cnn_channels);
    const size_t count = cnn_quads(cnn) + 2 * cnn_halo;
    int16_t *s = m.samples + (size_t)(y & (cnn_quad_rows - 1)) * pitch;
    element *u = KERNEL(row_of)(m.quads, pitch, y, cnn_quad_rows);
    const uint16_t *r = red_row - cnn->red_column - 2 * cnn_halo, *b = blue_row - cnn->red_column - 2 * cnn_halo;
    for (size_t x = 0; x < count; x++) {
        const uint16_t v[4] = {r[2 * x], r[2 * x + 1], b[2 * x], b[2 * x + 1]};
        for (int i = 0; i < 4; i++) {
            s[4 * x + (size_t)i] = (int16_t)(v[i] ^ 0x8000);
            u[4 * x + (size_t)i] = (element)((v[i] * 255u + 32895u) >> 16);
        }
    }
    for (int layer = 0; layer < cnn_hidden; layer++) {
        const ptrdiff_t row = y - layer - 1;
        const element *rows[3];
        for (int i = 0; i < 3; i++)
            rows[i] = layer == 0 ? KERNEL(row_of)(m.quads, pitch, row - 1 + i, cnn_quad_rows)
                                 : KERNEL(row_of)(m.hidden[layer - 1], wide, row - 1 + i, cnn_layer_rows);
        element *out = KERNEL(row_of)(m.hidden[layer], wide, row, cnn_layer_rows);
        const weight *w = (const weight *)(const void *)m.weights[layer];
        const size_t from = (size_t)layer + 1, end = count - from;
        if (layer == 0)
            KERNEL(hidden_row)(rows, cnn_planes, w, ck_cnn_trained.biases[0], ck_cnn_trained.scales[0], out, from, end);
        else
            KERNEL(hidden_row)(rows, cnn_channels, w, ck_cnn_trained.biases[layer], ck_cnn_trained.scales[layer], out, from, end);
    }
}

void KERNEL(ck_u16_cnn_finish)(const ck_cnn *cnn, ptrdiff_t y, const ck_cnn_planes *planes)
{
    cnn_memory m;
    cnn_divide(cnn, &m);
    const size_t pitch = cnn_pitch(cnn, cnn_planes), wide = cnn_pitch(cnn, cnn_channels), quads = cnn_quads(cnn);
    const element *rows[3];
    const int16_t *samples[3];
    for (int i = 0; i < 3; i++) {
        rows[i] = KERNEL(row_of)(m.hidden[cnn_hidden - 1], wide, y - 1 + i, cnn_layer_rows);
        samples[i] = m.samples + (size_t)((y - 1 + i) & (cnn_quad_rows - 1)) * pitch;
    }
    KERNEL(missing_row)
    (rows, (const weight *)(const void *)m.weights[cnn_hidden], samples, m.linear, m.missing, quads);

    const int16_t *s = samples[1] + cnn_halo * cnn_planes;
    const uint16_t *o = m.missing;
    uint16_t *const r0 = planes->red[0] - cnn->red_column, *const r1 = planes->red[1] - cnn->red_column;
    uint16_t *const g0 = planes->green[0] - cnn->red_column, *const g1 = planes->green[1] - cnn->red_column;
    uint16_t *const b0 = planes->blue[0] - cnn->red_column, *const b1 = planes->blue[1] - cnn->red_column;
    for (size_t x = 0; x < quads; x++, s += cnn_planes, o += cnn_missing) {
        r0[2 * x] = (uint16_t)s[0] ^ 0x8000, g0[2 * x] = o[0], b0[2 * x] = o[1];
        r0[2 * x + 1] = o[2], g0[2 * x + 1] = (uint16_t)s[1] ^ 0x8000, b0[2 * x + 1] = o[3];
        r1[2 * x] = o[4], g1[2 * x] = (uint16_t)s[2] ^ 0x8000, b1[2 * x] = o[5];
        r1[2 * x + 1] = o[6], g1[2 * x + 1] = o[7], b1[2 * x + 1] = (uint16_t)s[3] ^ 0x8000;
    }
}

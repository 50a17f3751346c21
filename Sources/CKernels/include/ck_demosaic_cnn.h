// Bayer rows -> three colour planes by a small convolutional network in integers.
//
// The mosaic is seen as quads of 2x2 samples whose top left one is red. Four 3x3 layers of 16 channels with ReLU look at
// quads of 8 bits; a fifth one corrects a linear 3x3 prediction, made from all 16 bits, of the 8 values that a quad lacks.
// Sampled values stay as they are. tools/demosaic trains the network and writes demosaic_cnn_weights.c.
//
// Numbers, v a sample:
//   1. input u = (255 v + 32895) >> 16. Layers: a' = round(clamp(float(bias + sum(w a)) * scale, 0, 255)), weights in
//      -127...127, sums in 32 bits (exact), halves to even.
//   2. linear part: sum(w (v - 32768)), weights in 1/8192. Output: float(linear) / 8192 + float(sum) * scale, then + offset,
//      clipped to 0...65535 and rounded halves to even; each operation rounded on its own.
// The same bits on every level, and for every way to cut a picture into bands of rows.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ck_cnn_hidden = 4,
    ck_cnn_channels = 16,
    ck_cnn_planes_sampled = 4,
    ck_cnn_planes_missing = 8,
    // Rows of quads that must have been taken beyond the one that is written.
    ck_cnn_reach = ck_cnn_hidden + 1,
    // Mirrored samples that a row needs on either side, and 64 more that may be read.
    ck_cnn_border = 2 * ck_cnn_reach + 2,
};

// As trained: weights [3][3][inputs][outputs]. Sampled planes: red, green beside red, green beside blue, blue. Missing ones:
// green and blue at red, red and blue at the green beside red, red and blue at the green beside blue, red and green at blue.
typedef struct ck_cnn_weights {
    const int8_t *layers[ck_cnn_hidden + 1];
    const int32_t *biases[ck_cnn_hidden];
    const float *scales[ck_cnn_hidden + 1];
    const int16_t *linear;
    const float *offsets;
    // Eight hexadecimal digits that change with the weights.
    const char *version;
} ck_cnn_weights;
extern const ck_cnn_weights ck_cnn_trained;

// Rows of quads at work, in rings. `bytes`: ck_cnn_byte_count(width) of them, aligned to 64, that belong to these functions.
// `red_column`: the column parity of red samples in a mosaic `width` samples wide.
typedef struct ck_cnn {
    uint8_t *bytes;
    size_t width;
    unsigned red_column;
} ck_cnn;

size_t ck_cnn_byte_count(size_t width);

// Lays out the weights in `bytes` for the level in force. Called once before anything is taken; rows are then taken and
// written on the same level.
typedef void ck_cnn_begin_work(const ck_cnn *cnn);
ck_cnn_begin_work ck_u16_cnn_begin, ck_u16_cnn_begin__portable;

// Takes row `y` of quads: the mosaic's row with red samples, and the one below it. Rows are taken in rising order without
// gaps, starting ck_cnn_reach above the first to be written; rows outside the mosaic are its mirrored ones.
typedef void ck_cnn_take_quads(const ck_cnn *cnn, ptrdiff_t y, const uint16_t *red_row, const uint16_t *blue_row);
ck_cnn_take_quads ck_u16_cnn_take, ck_u16_cnn_take__portable;

// Planes of row `y` of quads, once row y + ck_cnn_reach has been taken: rows[0] of each plane is the red row, rows[1] the
// one below. One sample before a row and up to 64 behind its end may be written.
typedef struct ck_cnn_planes {
    uint16_t *red[2], *green[2], *blue[2];
} ck_cnn_planes;
typedef void ck_cnn_finish_quads(const ck_cnn *cnn, ptrdiff_t y, const ck_cnn_planes *planes);
ck_cnn_finish_quads ck_u16_cnn_finish, ck_u16_cnn_finish__portable;

#if defined(__x86_64__)
ck_cnn_begin_work ck_u16_cnn_begin__avx2, ck_u16_cnn_begin__vnni;
ck_cnn_take_quads ck_u16_cnn_take__avx2, ck_u16_cnn_take__vnni;
ck_cnn_finish_quads ck_u16_cnn_finish__avx2, ck_u16_cnn_finish__vnni;
#endif

#ifdef __cplusplus
}
#endif

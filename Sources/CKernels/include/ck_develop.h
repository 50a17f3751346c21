// Sample values: raw to linear light, colours, tone, and interleaving.
//
// Shapes: rows and planes of `width` 16-bit samples, any alignment, with room up to the next multiple of 32 samples that
// kernels may read and write. Interleaved targets get exactly `width` pixels.
// Scale: 0 is black, 65535 white. A value is either linear light or its square root; which one is said below.
// Rounding: fp32 with every operation rounded on its own (no contraction), IEEE square root, then + 1/2 and truncation;
// integers as stated. The same bits on every level.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Raw samples -> (raw - black) * scale, clipped to 0...65535. Entry 0 serves even columns, entry 1 odd ones.
// With `root` the result is sqrt((raw - black) * scale), clipped to the same range: scale then has 65535 as a factor more.
typedef struct ck_linearity {
    float black[2];
    float scale[2];
    int32_t root;
} ck_linearity;
typedef void ck_linearize_row(const uint16_t *raw, size_t width, const ck_linearity *linearity, uint16_t *target);
ck_linearize_row ck_u16_linearize, ck_u16_linearize__portable;

// The same with gains that change over the row: (raw - black) * scale * (upper + (lower - upper) * weight). `upper` and
// `lower` are `width` floats with room up to the next multiple of 32.
typedef struct ck_shading {
    const float *upper;
    const float *lower;
    float weight;
} ck_shading;
typedef void ck_linearize_shaded_row(
    const uint16_t *raw, size_t width, const ck_linearity *linearity, const ck_shading *shading, uint16_t *target);
ck_linearize_shaded_row ck_u16_linearize_shaded, ck_u16_linearize_shaded__portable;

// Colour matrix on three planes, in place (red, green, blue; they may all be the same plane when the matrix is the
// identity). matrix: row-major, out = matrix * in on linear light. squared: inputs are square roots. root: so are outputs.
typedef struct ck_color {
    float matrix[9];
    int32_t squared;
    int32_t root;
} ck_color;
typedef void ck_color_row(uint16_t *red, uint16_t *green, uint16_t *blue, size_t width, const ck_color *color);
ck_color_row ck_u16_color, ck_u16_color__portable;

// A tone curve over 0...65535 in straight pieces, four tables of 64 in `pieces`: base and rise of the fine pieces (64 wide,
// for values below 4096), then base and rise of the coarse ones (1024 wide). A value at fraction f / 65536 of its piece
// gives base + (rise * f >> 16); 8-bit output is that + 128 >> 8.
// `expanded` holds the result for every value (65536 entries of the output's width): levels without table lookups in
// registers read it instead.
typedef struct ck_tone {
    const uint16_t *pieces;
    const void *expanded;
} ck_tone;

// Three planes -> interleaved pixels through the curve. Without a curve (NULL) 16-bit values stay and 8-bit ones are
// rounded from 65535 to 255.
typedef void ck_tone_rgb8_row(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, const ck_tone *tone,
    uint8_t *target);
typedef void ck_tone_rgb16_row(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, const ck_tone *tone,
    uint16_t *target);
ck_tone_rgb8_row ck_u16_tone_rgb8, ck_u16_tone_rgb8__portable;
ck_tone_rgb16_row ck_u16_tone_rgb16, ck_u16_tone_rgb16__portable;

// The same for one plane.
void ck_u16_tone_gray8(const uint16_t *gray, size_t width, const ck_tone *tone, uint8_t *target);
void ck_u16_tone_gray16(const uint16_t *gray, size_t width, const ck_tone *tone, uint16_t *target);

#if defined(__x86_64__)
ck_linearize_row ck_u16_linearize__avx2, ck_u16_linearize__avx512;
ck_linearize_shaded_row ck_u16_linearize_shaded__avx2, ck_u16_linearize_shaded__avx512;
ck_color_row ck_u16_color__avx2, ck_u16_color__avx512;
ck_tone_rgb8_row ck_u16_tone_rgb8__avx512;
ck_tone_rgb16_row ck_u16_tone_rgb16__avx512;
#endif

#ifdef __cplusplus
}
#endif

// Bilinear demosaic of samples as they are, straight from stored rows to interleaved pixels.
//
// Shapes: rows[0...2] are the row above, this one and the one below (mirrored by the caller at the first and last row),
// `width` >= 2 samples each, any alignment; nothing past them is read. `target` gets exactly `width` pixels, red first, and
// does not overlap the rows. Columns are mirrored at both ends without repeating the last one.
// Colours: `phase` is the column parity (0 or 1) of this row's red or blue samples; `is_red` tells which it has.
// Arithmetic: means of the two or four nearest samples, (a + b + 1) >> 1 and (a + b + c + d + 2) >> 2: OpenCV's results for
// 8 bits. The same on every level.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void ck_u8_bilinear_row(
    const uint8_t *const rows[3], size_t width, unsigned phase, int is_red, uint8_t *target);
typedef void ck_u16_bilinear_row(
    const uint16_t *const rows[3], size_t width, unsigned phase, int is_red, uint16_t *target);

ck_u8_bilinear_row ck_u8_bilinear_rgb8, ck_u8_bilinear_rgb8__portable;
ck_u16_bilinear_row ck_u16_bilinear_rgb16, ck_u16_bilinear_rgb16__portable;
#if defined(__x86_64__)
ck_u8_bilinear_row ck_u8_bilinear_rgb8__avx2, ck_u8_bilinear_rgb8__avx512;
ck_u16_bilinear_row ck_u16_bilinear_rgb16__avx2, ck_u16_bilinear_rgb16__avx512;
#endif

#ifdef __cplusplus
}
#endif

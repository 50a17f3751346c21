// Copies a block of pixels to where turning or mirroring puts them.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Pixel (i, j), i < outer, j < inner, goes from source + i * source_outer + j * source_inner to the same place in target's
// strides, all in bytes. A pixel has 1, 2, 3 or 6 bytes. target_inner is plus or minus a pixel. Any alignment; source
// and target do not overlap. Up to 8 bytes may be read from a source pixel's first byte on; only pixels are written.
void ck_place_pixels(
    const uint8_t *source, ptrdiff_t source_outer, ptrdiff_t source_inner, uint8_t *target, ptrdiff_t target_outer,
    ptrdiff_t target_inner, size_t outer, size_t inner, size_t pixel);

#ifdef __cplusplus
}
#endif

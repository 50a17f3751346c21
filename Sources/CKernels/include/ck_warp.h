#pragma once
#include <stddef.h>
#include <stdint.h>

/// Straight pictures out of bent ones. With d the way from the centre to a pixel in units of `radius`, and r its length, the pixel
/// comes from the centre plus `radius` times
/// (k0 + k1 r^2 + k2 r^4 + k3 r^6) d + (2 t0 dx dy + t1 (r^2 + 2 dx^2), 2 t1 dx dy + t0 (r^2 + 2 dy^2)):
/// DNG specification 1.7, opcode WarpRectilinear. Positions are those of pixel centres, in double precision. Between pixels the
/// picture is Catmull and Rom's cubic, in single precision, rows before columns; beyond its edges its last row or column goes on.
typedef struct {
    double radial[4], tangential[2];
} ck_warp_plane;

typedef struct {
    double center_x, center_y, radius;
    /// One for all channels, or one for each of three.
    ck_warp_plane planes[3];
    int32_t plane_count;
    int32_t width, height;
    /// Interleaved, of 1 or 2 bytes.
    int32_t channels, sample_bytes;
} ck_warp;

/// The rows `*first` to `*last` of the bent picture that row `y` takes from: within a row of the truth, which is looked for at every
/// eighth pixel.
void ck_warp_span(const ck_warp *warp, int32_t y, int32_t *first, int32_t *last);

/// Writes row `y`. Row `i` of the bent picture is `rows[i % row_count]`, for `i` from `first` to `last`; others are not read.
void ck_warp_row(const ck_warp *warp, int32_t y, int32_t first, int32_t last, const uint8_t *const *rows,
                 int32_t row_count, uint8_t *target);

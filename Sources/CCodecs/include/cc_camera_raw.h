#pragma once
#include "cc_status.h"

/// Camera files through LibRaw, which is opened when the first one comes: neither build nor start needs it. LibRaw is under the
/// LGPL 2.1; it stays a library of its own.
typedef struct cc_camera_raw cc_camera_raw;

/// What a file says before its samples are unpacked.
typedef struct {
    /// Of the picture, without margins.
    uint32_t width, height;
    /// Of all samples.
    uint32_t stored_width, stored_height;
    /// What the places of the first 4 x 4 see, in reading order: 0 red, 1 green, 2 blue; all 255 for monochrome.
    uint8_t colors[16];
    /// EXIF's orientation, 1...8.
    int32_t orientation;
    /// Gains for the light of the scene on red, green and blue; 0 when the file says none.
    double gains[3];
    /// White-balanced camera RGB to linear sRGB, row by row; all 0 when the camera is not known.
    double camera_to_srgb[9];
} cc_camera_raw_info;

/// NULL, or what is missing to read camera files: one line.
const char *cc_camera_raw_missing(void);

/// Reads the file's directories. `CC_UNSUPPORTED` for a file that LibRaw does not know, and for mosaics other than 4 x 4 ones of
/// red, green and blue (X-Trans, Foveon). `bytes` must outlive `*raw`, which `cc_camera_raw_close` ends.
cc_status cc_camera_raw_open(const uint8_t *bytes, size_t count, cc_camera_raw **raw, cc_camera_raw_info *info);

/// Unpacks `width` x `height` samples into `samples`. `black` is that of the places of the first 2 x 2.
cc_status cc_camera_raw_read(cc_camera_raw *raw, uint16_t *samples, double black[4], double *white);

void cc_camera_raw_close(cc_camera_raw *raw);

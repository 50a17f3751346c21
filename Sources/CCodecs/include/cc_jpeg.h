#pragma once
#include "cc_status.h"

/// What the header of a JPEG says of the decoded picture.
typedef struct {
    uint32_t width;
    uint32_t height;
    /// Of the decoded pixels: 1 (grey) or 3 (RGB; CMYK and YCCK are converted).
    int32_t channels;
} cc_jpeg_info;

/// Reads the markers up to the first scan. `scale_denominator` (1, 2, 4, 8) is the one that `cc_jpeg_decode` will get;
/// `info` holds the scaled size.
cc_status cc_jpeg_read_header(const uint8_t *bytes, size_t count, int32_t scale_denominator, cc_jpeg_info *info);

/// Decodes into `pixels`, whose rows are `row_stride` bytes apart and hold `info->width * info->channels` bytes.
/// `info` must be what `cc_jpeg_read_header` gave for the same bytes and scale. The scale is applied in the DCT domain.
/// Corrupt or missing data is an error; nothing is filled in. More than `maximum_scans` scans are `CC_LIMIT`.
cc_status cc_jpeg_decode(const uint8_t *bytes, size_t count, int32_t scale_denominator, int32_t maximum_scans,
                         const cc_jpeg_info *info, uint8_t *pixels, size_t row_stride);

/// Encodes 8-bit pixels of 1 or 3 channels as a baseline JPEG. `quality` is 1...100; chroma is halved on both axes when
/// `subsample_chroma` is not 0.
cc_status cc_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, size_t row_stride, int32_t channels,
                         int32_t quality, int32_t subsample_chroma, cc_buffer *encoded);

#pragma once
#include "cc_status.h"

/// What the header of a PNG says of the decoded picture.
typedef struct {
    uint32_t width;
    uint32_t height;
    /// Of the decoded pixels: 1 (grey) or 3 (RGB). Alpha is dropped, palettes are looked up.
    int32_t channels;
    /// Of the decoded samples: 8 or 16.
    int32_t bit_depth;
    /// As stored: 1, 2, 4, 8 or 16.
    int32_t stored_bit_depth;
    /// Whether the stored pixels are grey without alpha: sample values can then be taken as they are.
    int32_t is_plain_gray;
} cc_png_info;

/// Reads the chunks up to the first image data. The caller checks the size before it allocates pixels.
cc_status cc_png_read_header(const uint8_t *bytes, size_t count, cc_png_info *info);

/// Decodes into `pixels`, whose rows are `row_stride` bytes apart; 16-bit samples are in the machine's byte order.
/// `info` must be what `cc_png_read_header` gave for the same bytes.
cc_status cc_png_decode(const uint8_t *bytes, size_t count, const cc_png_info *info, uint8_t *pixels,
                        size_t row_stride);

/// Encodes 1 or 3 channels of 8 or 16 bits (machine byte order). `compression_level` is zlib's, 0...9.
cc_status cc_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, size_t row_stride, int32_t channels,
                        int32_t bit_depth, int32_t compression_level, cc_buffer *encoded);

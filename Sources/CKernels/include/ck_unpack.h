// Raw samples as sensors and transports pack them -> 16-bit samples.
//
// Shapes: one row. `source` holds the bytes of `width` samples (PixelFormat.minimumRowStride in Swift) at any alignment;
// not one byte more is read. `target` gets `width` samples; nothing past them is written.
// Rounding: none. Every level gives the same samples.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void ck_unpack_row(const uint8_t *source, size_t width, uint16_t *target);

// One byte a sample.
ck_unpack_row ck_u16_unpack_8;
// Two bytes a sample, little endian.
ck_unpack_row ck_u16_unpack_16;
// MIPI CSI-2: four (RAW10, RAW14) or two (RAW12) high bytes, then the low bits, sample 0 in the lowest.
ck_unpack_row ck_u16_unpack_csi2_10, ck_u16_unpack_csi2_12, ck_u16_unpack_csi2_14;
// GenICam PFNC `p`: a little-endian bit stream.
ck_unpack_row ck_u16_unpack_lsb_10, ck_u16_unpack_lsb_12, ck_u16_unpack_lsb_14;
// GigE Vision 1 `Packed`: high bytes of two samples outside, their low bits in the byte between.
ck_unpack_row ck_u16_unpack_gige_10, ck_u16_unpack_gige_12;

ck_unpack_row ck_u16_unpack_8__portable, ck_u16_unpack_16__portable;
ck_unpack_row ck_u16_unpack_csi2_10__portable, ck_u16_unpack_csi2_12__portable, ck_u16_unpack_csi2_14__portable;
ck_unpack_row ck_u16_unpack_lsb_10__portable, ck_u16_unpack_lsb_12__portable, ck_u16_unpack_lsb_14__portable;
ck_unpack_row ck_u16_unpack_gige_10__portable, ck_u16_unpack_gige_12__portable;

#if defined(__x86_64__)
ck_unpack_row ck_u16_unpack_8__avx2;
ck_unpack_row ck_u16_unpack_csi2_10__avx2, ck_u16_unpack_csi2_12__avx2;
ck_unpack_row ck_u16_unpack_lsb_10__avx2, ck_u16_unpack_lsb_12__avx2;
ck_unpack_row ck_u16_unpack_gige_10__avx2, ck_u16_unpack_gige_12__avx2;

ck_unpack_row ck_u16_unpack_csi2_10__avx512, ck_u16_unpack_csi2_12__avx512;
ck_unpack_row ck_u16_unpack_lsb_10__avx512, ck_u16_unpack_lsb_12__avx512;
ck_unpack_row ck_u16_unpack_gige_10__avx512, ck_u16_unpack_gige_12__avx512;
#endif

#ifdef __cplusplus
}
#endif

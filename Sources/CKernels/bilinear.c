// Bilinear demosaic to interleaved pixels: the portable level and dispatch. Contract in ck_bilinear.h.
#include "ck_bilinear.h"

#include "ck_cpu.h"

#define SAMPLE uint8_t
#define NAME(x) u8_##x
#include "bilinear_pixel.h"
#undef SAMPLE
#undef NAME
#define SAMPLE uint16_t
#define NAME(x) u16_##x
#include "bilinear_pixel.h"

void ck_u8_bilinear_rgb8__portable(
    const uint8_t *const rows[3], size_t width, unsigned phase, int is_red, uint8_t *target)
{
    u8_pixels(rows, width, 0, width, phase, is_red, target);
}

void ck_u16_bilinear_rgb16__portable(
    const uint16_t *const rows[3], size_t width, unsigned phase, int is_red, uint16_t *target)
{
    u16_pixels(rows, width, 0, width, phase, is_red, target);
}

void ck_u8_bilinear_rgb8(
    const uint8_t *const rows[3], size_t width, unsigned phase, int is_red, uint8_t *target)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u8_bilinear_rgb8__avx512(rows, width, phase, is_red, target);
    if (level >= ck_isa_avx2) return ck_u8_bilinear_rgb8__avx2(rows, width, phase, is_red, target);
#endif
    ck_u8_bilinear_rgb8__portable(rows, width, phase, is_red, target);
}

void ck_u16_bilinear_rgb16(
    const uint16_t *const rows[3], size_t width, unsigned phase, int is_red, uint16_t *target)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_bilinear_rgb16__avx512(rows, width, phase, is_red, target);
    if (level >= ck_isa_avx2) return ck_u16_bilinear_rgb16__avx2(rows, width, phase, is_red, target);
#endif
    ck_u16_bilinear_rgb16__portable(rows, width, phase, is_red, target);
}

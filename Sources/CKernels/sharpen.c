// Sharpening: the portable level and dispatch. Contract in ck_sharpen.h.
#include "ck_sharpen.h"

#include "ck_cpu.h"

#pragma STDC FP_CONTRACT OFF

#define KERNEL(name) name##__portable
#define VECTOR_BYTES 16
#include "sharpen_body.h"

void ck_u16_luma(const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, uint16_t *target)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_luma__avx512(red, green, blue, width, target);
    if (level >= ck_isa_avx2) return ck_u16_luma__avx2(red, green, blue, width, target);
#endif
    ck_u16_luma__portable(red, green, blue, width, target);
}

void ck_u16_sharpen(
    const uint16_t *const luma[5], size_t width, const ck_sharpening *sharpening, uint16_t *red, uint16_t *green,
    uint16_t *blue)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_sharpen__avx512(luma, width, sharpening, red, green, blue);
    if (level >= ck_isa_avx2) return ck_u16_sharpen__avx2(luma, width, sharpening, red, green, blue);
#endif
    ck_u16_sharpen__portable(luma, width, sharpening, red, green, blue);
}

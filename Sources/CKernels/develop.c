// Linearising, colour matrix, tone: the portable level and dispatch. Contract in ck_develop.h.
#include "ck_develop.h"

#include <string.h>

#include "ck_cpu.h"

#pragma STDC FP_CONTRACT OFF

static const float full_scale = 65535;

#define KERNEL(name) name##__portable
#define VECTOR_BYTES 16
#include "develop_body.h"

// value / 257, rounded: exact for all 16-bit values.
static inline uint8_t to_8_bits(uint16_t value) { return (uint8_t)((value * 255u + 32895) >> 16); }

void ck_u16_tone_rgb8__portable(
    const uint16_t *restrict red, const uint16_t *restrict green, const uint16_t *restrict blue, size_t width,
    const ck_tone *tone, uint8_t *restrict target)
{
    if (tone) {
        const uint8_t *curve = tone->expanded;
        for (size_t x = 0; x < width; x++) {
            target[3 * x] = curve[red[x]];
            target[3 * x + 1] = curve[green[x]];
            target[3 * x + 2] = curve[blue[x]];
        }
    } else {
        for (size_t x = 0; x < width; x++) {
            target[3 * x] = to_8_bits(red[x]);
            target[3 * x + 1] = to_8_bits(green[x]);
            target[3 * x + 2] = to_8_bits(blue[x]);
        }
    }
}

void ck_u16_tone_rgb16__portable(
    const uint16_t *restrict red, const uint16_t *restrict green, const uint16_t *restrict blue, size_t width,
    const ck_tone *tone, uint16_t *restrict target)
{
    if (tone) {
        const uint16_t *curve = tone->expanded;
        for (size_t x = 0; x < width; x++) {
            target[3 * x] = curve[red[x]];
            target[3 * x + 1] = curve[green[x]];
            target[3 * x + 2] = curve[blue[x]];
        }
    } else {
        for (size_t x = 0; x < width; x++) {
            target[3 * x] = red[x];
            target[3 * x + 1] = green[x];
            target[3 * x + 2] = blue[x];
        }
    }
}

void ck_u16_tone_gray8(const uint16_t *restrict gray, size_t width, const ck_tone *tone, uint8_t *restrict target)
{
    const uint8_t *curve = tone ? tone->expanded : NULL;
    for (size_t x = 0; x < width; x++) target[x] = curve ? curve[gray[x]] : to_8_bits(gray[x]);
}

void ck_u16_tone_gray16(const uint16_t *restrict gray, size_t width, const ck_tone *tone, uint16_t *restrict target)
{
    if (!tone) {
        memcpy(target, gray, 2 * width);
        return;
    }
    const uint16_t *curve = tone->expanded;
    for (size_t x = 0; x < width; x++) target[x] = curve[gray[x]];
}

void ck_u16_linearize(const uint16_t *raw, size_t width, const ck_linearity *linearity, uint16_t *target)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_linearize__avx512(raw, width, linearity, target);
    if (level >= ck_isa_avx2) return ck_u16_linearize__avx2(raw, width, linearity, target);
#endif
    ck_u16_linearize__portable(raw, width, linearity, target);
}

void ck_u16_linearize_shaded(
    const uint16_t *raw, size_t width, const ck_linearity *linearity, const ck_shading *shading, uint16_t *target)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_linearize_shaded__avx512(raw, width, linearity, shading, target);
    if (level >= ck_isa_avx2) return ck_u16_linearize_shaded__avx2(raw, width, linearity, shading, target);
#endif
    ck_u16_linearize_shaded__portable(raw, width, linearity, shading, target);
}

void ck_u16_color(uint16_t *red, uint16_t *green, uint16_t *blue, size_t width, const ck_color *color)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_color__avx512(red, green, blue, width, color);
    if (level >= ck_isa_avx2) return ck_u16_color__avx2(red, green, blue, width, color);
#endif
    ck_u16_color__portable(red, green, blue, width, color);
}

void ck_u16_tone_rgb8(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, const ck_tone *tone,
    uint8_t *target)
{
#if defined(__x86_64__)
    if (ck_isa_level() >= ck_isa_avx512) return ck_u16_tone_rgb8__avx512(red, green, blue, width, tone, target);
#endif
    ck_u16_tone_rgb8__portable(red, green, blue, width, tone, target);
}

void ck_u16_tone_rgb16(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, const ck_tone *tone,
    uint16_t *target)
{
#if defined(__x86_64__)
    if (ck_isa_level() >= ck_isa_avx512) return ck_u16_tone_rgb16__avx512(red, green, blue, width, tone, target);
#endif
    ck_u16_tone_rgb16__portable(red, green, blue, width, tone, target);
}

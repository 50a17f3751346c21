// Demosaic with low-cost edge sensing: the portable level and dispatch.
#include "ck_cpu.h"
#include "demosaic_led_rings.h"

#define KERNEL(name) name##__portable
#define VECTOR_BYTES 16
#include "demosaic_led_body.h"

size_t ck_led_sample_count(size_t width) { return led_slot_count * led_pitch(width); }

void ck_u16_led_take(const ck_led *led, ptrdiff_t y, const uint16_t *row)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_led_take__avx512(led, y, row);
    if (level >= ck_isa_avx2) return ck_u16_led_take__avx2(led, y, row);
#endif
    ck_u16_led_take__portable(led, y, row);
}

void ck_u16_led_finish(
    const ck_led *led, ptrdiff_t y, const uint16_t *row, uint16_t *own, uint16_t *green, uint16_t *other)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_led_finish__avx512(led, y, row, own, green, other);
    if (level >= ck_isa_avx2) return ck_u16_led_finish__avx2(led, y, row, own, green, other);
#endif
    ck_u16_led_finish__portable(led, y, row, own, green, other);
}

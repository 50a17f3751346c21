// Where the rows at work of the edge-sensing demosaic lie: each kind in a ring as long as it is needed.
#pragma once
#include "ck_demosaic_led.h"

typedef enum led_ring {
    led_colors,        // red or blue samples, halved: rows y - 2 ... y + 7
    led_greens,        // green samples, halved: the same rows
    led_differences,   // green minus colour at colours: y - 3 ... y + 5
    led_interpolated,  // green at colours: y ... y + 5
    led_opposites,     // green minus the other colour at colours: y - 3 ... y + 3
} led_ring;

// Samples on either side of a row, for neighbours and whole vectors.
enum { led_margin = 64 };

// Rows before a ring's first one, and the mask that makes a row's slot of its number.
static const struct led_slots {
    size_t first, mask;
} led_slots[] = {{0, 15}, {16, 15}, {32, 15}, {48, 7}, {56, 7}};
enum { led_slot_count = 64 };

// Sites of one kind in a row that are worked on: those of the row and, at its end, of the mirrored border.
static inline ptrdiff_t led_end(const ck_led *led) { return (ptrdiff_t)(led->width + 1) / 2 + (ck_led_reach + 1) / 2; }

static inline size_t led_pitch(size_t width) { return (width / 2 + 36) / 32 * 32 + 2 * led_margin; }

static inline unsigned led_phase(const ck_led *led, ptrdiff_t y) { return led->phase ^ ((unsigned)y & 1); }

static inline int16_t *led_row(const ck_led *led, led_ring ring, ptrdiff_t y)
{
    const size_t slot = led_slots[ring].first + ((size_t)y & led_slots[ring].mask);
    return led->samples + slot * led_pitch(led->width) + led_margin;
}

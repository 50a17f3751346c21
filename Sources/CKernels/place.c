// Placing pixels. Contract in ck_place.h.
#include "ck_place.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

// Pixels of 3 and 6 bytes move as words of 4 and 8: what a word writes beyond its pixel the next one covers, and the last
// pixel of a run is copied by itself.
INLINE void place(
    const uint8_t *source, ptrdiff_t source_outer, ptrdiff_t source_inner, uint8_t *target, ptrdiff_t target_outer,
    size_t outer, size_t inner, size_t pixel, size_t word)
{
    for (size_t i = 0; i < outer; i++) {
        const uint8_t *from = source + (ptrdiff_t)i * source_outer;
        uint8_t *to = target + (ptrdiff_t)i * target_outer;
        for (size_t j = 0; j + 1 < inner; j++) {
            memcpy(to, from, word);
            from += source_inner;
            to += pixel;
        }
        memcpy(to, from, pixel);
    }
}

void ck_place_pixels(
    const uint8_t *source, ptrdiff_t source_outer, ptrdiff_t source_inner, uint8_t *target, ptrdiff_t target_outer,
    ptrdiff_t target_inner, size_t outer, size_t inner, size_t pixel)
{
    if (inner == 0) return;
    if (target_inner < 0) {
        // Runs are walked so that their target rises.
        source += (ptrdiff_t)(inner - 1) * source_inner;
        target += (ptrdiff_t)(inner - 1) * target_inner;
        source_inner = -source_inner;
    }
    switch (pixel) {
    case 1: place(source, source_outer, source_inner, target, target_outer, outer, inner, 1, 1); break;
    case 2: place(source, source_outer, source_inner, target, target_outer, outer, inner, 2, 2); break;
    case 3: place(source, source_outer, source_inner, target, target_outer, outer, inner, 3, 4); break;
    case 6: place(source, source_outer, source_inner, target, target_outer, outer, inner, 6, 8); break;
    default: break;
    }
}

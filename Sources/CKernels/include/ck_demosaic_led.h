// Bayer rows -> rows of three colour planes by directional interpolation with low-cost edge sensing, in 16-bit lanes.
//
// Y. Niu, J. Ouyang, W. Zuo, F. Wang: Low cost edge sensing for high quality demosaicking, IEEE Transactions on Image
// Processing 28 (5), 2019: each missing value is an estimate along one direction and one across it, blended by a
// logistic function of the difference between the two directions' gradients. Here the logistic is a straight line that
// ends at 0 and 1, and all is in integers.
//
// Numbers: samples are halved to 15 bits, c = sample >> 1. Differences green minus colour are halved again, to 14 bits
// and a sign. All shifts round down. mean(a, b) = (a + b + 1) >> 1; sat() keeps to -32768...32767;
// half(a, b) = sat(a + b) >> 1. A and B are the neighbours that face each other along a direction, A2 and B2, A3 and B3
// those at two and three times the distance; D is the site's own difference.
//   roughness     along one direction, of samples: mean(|A - B| >> 1, |c - mean(A2, B2)|)
//   preference    of direction 1 to 2: clamp(roughness 2 - roughness 1, -2047, 2047) * 16 for horizontal to
//                 vertical, clamp(..., -2978, 2978) * 11 for the diagonals, which are longer by the root of 2
//   blend         of estimates e1, e2 by preference p: mid + ((d * p) >> 16) with d = e1 - e2, mid = mean(e1, e2) for
//                 samples; d = sat(e1 - e2), mid = half(e1, e2) for differences
// Steps:
//   1. green at a colour: estimates clamp(mean(A, B) + ((c - mean(A2, B2)) >> 1), 0, 32767), horizontal and vertical.
//      Difference = (green - c) >> 1.
//   2. the other colour's difference at a colour: estimates m - ((half(A2, B2) - D) >> 2), m = half(A, B), along the
//      two diagonals; A and B are the other colour's differences, A2, B2 and D this colour's.
//   3. both colours' differences at green: estimates m - ((half(A3, B3) - m) >> 2), m = half(A, B), horizontal and
//      vertical.
//   4. a colour = clamp(sat(green - D) - D, 0, 32767).
// Planes get 16 bits, (v << 1) | (v >> 14), and sampled values as they are. Integers: the same bits on every level.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How many rows ahead of the row that is written have to be taken, and how many mirrored samples a row needs on either
// side.
enum { ck_led_reach = 7 };

// The rows at work, colour and green sites apart, in rings: `samples` points to ck_led_sample_count(width) values,
// aligned to 64 bytes, initialised to anything, which belong to these functions. `phase` is the column parity, 0 or 1,
// of the colour sampled in even rows; odd rows have the other.
typedef struct ck_led {
    int16_t *samples;
    size_t width;
    unsigned phase;
} ck_led;

size_t ck_led_sample_count(size_t width);

// Takes row `y`. Rows are taken in rising order without gaps, starting ck_led_reach above the first row to be written;
// rows outside the mosaic are its mirrored ones. `row` has ck_led_reach + 1 mirrored samples on either side, and 64
// that may be read.
typedef void ck_led_take_row(const ck_led *led, ptrdiff_t y, const uint16_t *row);
ck_led_take_row ck_u16_led_take, ck_u16_led_take__portable;

// Writes the planes of row `y` once row y + ck_led_reach has been taken. `row` is row `y` as taken; planes as in
// ck_demosaic.h, with room up to the next multiple of 64 samples. Planes do not overlap rows or each other.
typedef void ck_led_finish_row(
    const ck_led *led, ptrdiff_t y, const uint16_t *row, uint16_t *own, uint16_t *green, uint16_t *other);
ck_led_finish_row ck_u16_led_finish, ck_u16_led_finish__portable;

#if defined(__x86_64__)
ck_led_take_row ck_u16_led_take__avx2, ck_u16_led_take__avx512;
ck_led_finish_row ck_u16_led_finish__avx2, ck_u16_led_finish__avx512;
#endif

#ifdef __cplusplus
}
#endif

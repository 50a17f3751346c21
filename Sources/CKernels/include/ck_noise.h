// Sensor noise as a pure function of position: photons to digital numbers, one row at a time.
//
// Randomness: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Each
// pixel owns two 32-bit words of the block that its key, frame, row and column name, so any pixel of any frame can be
// computed alone. Columns come in groups of 32: columns 32g + j and 32g + 16 + j (j < 16) share block 16g + j; the
// first takes words 0 and 1, the second words 2 and 3. Counter words: block, row, frame low, frame high.
//
// Normals: inverse of the normal distribution by polynomials in w = -ln(1 - x^2), the form of Giles, "Approximating the
// erfinv function" (GPU Computing Gems, 2011), coefficients fitted anew; relative error below 5e-7. A word gives its
// sign by bit 31 and its tail probability by the rest; |z| <= 6.3.
//
// Photon noise: expectations below CK_POISSON_LIMIT electrons invert the Poisson distribution exactly, to the 32 bits of
// the word; above, the Cornish-Fisher quantile with mean, variance and skewness matched, rounded to a whole electron.
//
// Rounding: only +, -, *, sqrt, conversions and comparisons, each rounded once, no contraction, no libm: every level
// gives the same bits.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Electrons from which the photon count is taken as nearly normal.
#define CK_POISSON_LIMIT 48.0f

typedef struct ck_exposure {
    uint32_t key[2];
    uint32_t frame[2];  // low, high
    float full_well;    // electrons; the count is clipped here
    float read_noise;   // electrons, standard deviation
    float gain;         // digital numbers per electron
    float ceiling;      // largest digital number
} ck_exposure;

// One row: samples[x] = floor(clamp((min(N, full_well) + read_noise z) gain + pedestal[x] + row_offset + 1/2)), clamped to
// 0...ceiling, where N counts photoelectrons of mean electrons[x] and z is normal.
// electrons: `width` expectations >= 0; pedestal: `width` digital numbers (black level and fixed offsets). The arrays
// must not overlap; no alignment is needed; nothing is read or written past `width`.
void ck_u16_expose_row(const ck_exposure *exposure, uint32_t row, float row_offset, const float *electrons,
                       const float *pedestal, size_t width, uint16_t *samples);
void ck_u16_expose_row__portable(const ck_exposure *exposure, uint32_t row, float row_offset, const float *electrons,
                                 const float *pedestal, size_t width, uint16_t *samples);

// One row of what a sensor carries for life: the block (column, row, 0, 0) of `key` gives two normals and a uniform word
// to each pixel. All arrays hold `width` values and must not overlap.
void ck_f32_pattern_row(const uint32_t key[2], uint32_t row, size_t width, float *first, float *second,
                        uint32_t *uniform);
void ck_f32_pattern_row__portable(const uint32_t key[2], uint32_t row, size_t width, float *first, float *second,
                                  uint32_t *uniform);

#if defined(__x86_64__)
void ck_u16_expose_row__avx2(const ck_exposure *exposure, uint32_t row, float row_offset, const float *electrons,
                             const float *pedestal, size_t width, uint16_t *samples);
void ck_u16_expose_row__avx512(const ck_exposure *exposure, uint32_t row, float row_offset, const float *electrons,
                               const float *pedestal, size_t width, uint16_t *samples);
void ck_f32_pattern_row__avx2(const uint32_t key[2], uint32_t row, size_t width, float *first, float *second,
                              uint32_t *uniform);
void ck_f32_pattern_row__avx512(const uint32_t key[2], uint32_t row, size_t width, float *first, float *second,
                                uint32_t *uniform);
#endif

#ifdef __cplusplus
}
#endif

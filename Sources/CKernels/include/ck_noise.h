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
    uint32_t frame[2];    // low, high
    float light_scale;    // electrons per unit of light
    float exposure_time;  // seconds
    float full_well;      // electrons; the count is clipped here
    float read_noise;     // electrons, standard deviation
    float gain;           // digital numbers per electron
    float ceiling;        // largest digital number
} ck_exposure;

// What each pixel of a row carries for life; `width` values each.
typedef struct ck_pixels {
    const float *response;  // sensitivity relative to the mean, >= 0
    const float *dark;      // dark current, electrons a second
    const float *offset;    // fixed offset, electrons
} ck_pixels;

// One row: samples[x] = floor(clamp((min(N, full_well) + (read_noise z + offset[x])) gain + black + 1/2)), clamped to
// 0...ceiling, where N counts photoelectrons of mean (light[x] light_scale) response[x] + dark[x] exposure_time, at most
// 2^28, and z is normal. light: `width` values >= 0; black: the digital number of darkness in this row. The arrays must not
// overlap; no alignment is needed; nothing is read or written past `width`.
void ck_u16_expose_row(const ck_exposure *exposure, uint32_t row, float black, const float *light,
                       const ck_pixels *pixels, size_t width, uint16_t *samples);
void ck_u16_expose_row__portable(const ck_exposure *exposure, uint32_t row, float black, const float *light,
                                 const ck_pixels *pixels, size_t width, uint16_t *samples);

// How the pixels of a sensor differ. Words are even over 32 bits: a share p of all pixels is p 2^32 words.
typedef struct ck_pattern {
    uint32_t key[2];
    float response_deviation;  // relative standard deviation
    float offset_deviation;    // electrons, standard deviation
    float dark_current;        // electrons a second
    uint32_t hot_words;        // pixels whose third word w is below gain w hot_scale of dark current
    float hot_scale;           // electrons a second
    uint32_t dead_words;       // pixels whose fourth word is below lose `defect_share` of response and dark current
    uint32_t stuck_words;      // those from there to below this lose the same and gain stuck_offset
    float defect_share;        // 0...1
    float stuck_offset;        // electrons
} ck_pattern;

// One row of what a sensor carries for life. The block (column, row, 0, 0) gives two normals and two uniform words to each
// pixel; column_offset is added to the offsets. All arrays hold `width` values and must not overlap.
void ck_f32_pattern_row(const ck_pattern *pattern, uint32_t row, size_t width, const float *column_offset,
                        float *response, float *dark, float *offset);
void ck_f32_pattern_row__portable(const ck_pattern *pattern, uint32_t row, size_t width, const float *column_offset,
                                  float *response, float *dark, float *offset);

#if defined(__x86_64__)
void ck_u16_expose_row__avx2(const ck_exposure *exposure, uint32_t row, float black, const float *light,
                             const ck_pixels *pixels, size_t width, uint16_t *samples);
void ck_u16_expose_row__avx512(const ck_exposure *exposure, uint32_t row, float black, const float *light,
                               const ck_pixels *pixels, size_t width, uint16_t *samples);
void ck_f32_pattern_row__avx2(const ck_pattern *pattern, uint32_t row, size_t width, const float *column_offset,
                              float *response, float *dark, float *offset);
void ck_f32_pattern_row__avx512(const ck_pattern *pattern, uint32_t row, size_t width, const float *column_offset,
                                float *response, float *dark, float *offset);
#endif

#ifdef __cplusplus
}
#endif

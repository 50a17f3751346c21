// The body of the noise kernels, compiled once for each instruction set: 16 lanes of clang's vector types, which the
// compiler cuts to the registers there are. The includer defines NAME(base). See ck_noise.h for the contract.
#include "ck_noise.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF
// Vectors are passed only between functions that are always inlined, so how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

enum { lanes = 16, group = 2 * lanes };

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef double f64x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef int64_t i64x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint64_t u64x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));

#define INLINE static inline __attribute__((always_inline))

INLINE void multiply_wide(u32x16 a, uint32_t b, u32x16 *high, u32x16 *low)
{
    const u64x16 product = __builtin_convertvector(a, u64x16) * (uint64_t)b;
    *low = __builtin_convertvector(product, u32x16);
    *high = __builtin_convertvector(product >> 32, u32x16);
}

// Ten rounds of Philox4x32 in place.
INLINE void philox(u32x16 word[4], const uint32_t key[2])
{
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        u32x16 high0, low0, high1, low1;
        multiply_wide(word[0], 0xD2511F53u, &high0, &low0);
        multiply_wide(word[2], 0xCD9E8D57u, &high1, &low1);
        word[0] = high1 ^ word[1] ^ k0;
        word[1] = low1;
        word[2] = high0 ^ word[3] ^ k1;
        word[3] = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

// ln(y) for normal y in (0, 1]: polynomial in m - 1 for m in [sqrt(1/2), sqrt(2)), relative error 3e-8.
INLINE f32x16 natural_log(f32x16 y)
{
    i32x16 bits;
    memcpy(&bits, &y, sizeof bits);
    bits -= 0x3F3504F3;
    const f32x16 exponent = __builtin_convertvector(bits >> 23, f32x16);
    const i32x16 fraction = (bits & 0x7FFFFF) + 0x3F3504F3;
    f32x16 m;
    memcpy(&m, &fraction, sizeof m);
    const f32x16 f = m - 1.0f;
    f32x16 p = (f32x16)0.0872224346f;
    p = p * f - 0.143667877f;
    p = p * f + 0.149522826f;
    p = p * f - 0.165624022f;
    p = p * f + 0.199568331f;
    p = p * f - 0.250020742f;
    p = p * f + 0.333341867f;
    p = p * f - 0.499999881f;
    p = p * f + 1.0f;
    return exponent * 0.693147182f + p * f;
}

INLINE f32x16 normal(u32x16 word)
{
    const i32x16 magnitude = __builtin_convertvector(word & 0x7FFFFFFFu, i32x16);
    const f32x16 p = (__builtin_convertvector(magnitude, f32x16) + 0.5f) * 0x1p-31f;
    const f32x16 w = -natural_log(p * (2.0f - p));

    const f32x16 t = w - 2.5f;
    f32x16 central = (f32x16)4.0354287e-08f;
    central = central * t + 4.86103488e-07f;
    central = central * t - 4.99056114e-06f;
    central = central * t - 6.2179879e-06f;
    central = central * t + 0.0003091502f;
    central = central * t - 0.00177301012f;
    central = central * t - 0.00590817118f;
    central = central * t + 0.348802656f;
    central = central * t + 2.12331367f;

    const i32x16 far = w >= 5.0f;
    f32x16 quantile = central;
    if (__builtin_reduce_or(far)) {
        const f32x16 s = __builtin_elementwise_sqrt(far ? w : (f32x16)5.0f) - 3.0f;
        f32x16 tail = (f32x16)-2.79460619e-05f;
        tail = tail * s - 0.000162479904f;
        tail = tail * s + 0.00162347383f;
        tail = tail * s - 0.00484235631f;
        tail = tail * s + 0.00822720304f;
        tail = tail * s - 0.0108986404f;
        tail = tail * s + 0.0133305686f;
        tail = tail * s + 1.41659093f;
        tail = tail * s + 4.00643492f;
        quantile = far ? tail : central;
    }
    const f32x16 z = quantile * (1.0f - p);
    return __builtin_convertvector(word >> 31, i32x16) != 0 ? -z : z;
}

// e^-x for x in [0, 48]: x = n ln 2 + r, Taylor series of degree 13 on |r| <= ln 2 / 2.
INLINE f64x16 exponential_of_negative(f64x16 x)
{
    const i64x16 n = __builtin_convertvector(x * 1.4426950408889634 + 0.5, i64x16);
    const f64x16 whole = __builtin_convertvector(n, f64x16);
    const f64x16 r = (whole * 0x1.62e42fee00000p-1 - x) + whole * 0x1.a39ef35793c76p-33;
    f64x16 p = (f64x16)(1.0 / 6227020800.0);
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    const i64x16 bits = (1023 - n) << 52;
    f64x16 scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

// The smallest count whose cumulative Poisson probability reaches (word + 1/2) / 2^32.
INLINE f32x16 poisson(f32x16 mean, u32x16 word)
{
    const f64x16 lambda = __builtin_convertvector(mean, f64x16);
    const f64x16 target = (__builtin_convertvector(word, f64x16) + 0.5) * 0x1p-32;
    f64x16 probability = exponential_of_negative(lambda);
    f64x16 cumulative = probability;
    f64x16 count = (f64x16)0.0;
    // 160 is past the quantile 1 - 2^-33 of the largest mean; rounding can keep the sum just below the target.
    for (int k = 1; k <= 160; k++) {
        const i64x16 below = cumulative < target;
        if (!__builtin_reduce_or(below)) break;
        count = below ? (f64x16)(double)k : count;
        probability = probability * lambda * (1.0 / (double)k);
        cumulative = cumulative + probability;
    }
    return __builtin_convertvector(count, f32x16);
}

// Photoelectrons of a pixel that expects `mean`.
INLINE f32x16 photoelectrons(f32x16 mean, u32x16 word)
{
    const f32x16 z = normal(word);
    const i32x16 few = mean < CK_POISSON_LIMIT;
    const f32x16 many = few ? (f32x16)CK_POISSON_LIMIT : mean;
    // Variances: mean - 5/36 of the normal part, 2/36 of the skewness term, 3/36 of rounding; together the mean.
    const f32x16 quantile =
        many + __builtin_elementwise_sqrt(many - 0.138888896f) * z + (z * z - 1.0f) * 0.166666672f;
    const f32x16 whole = __builtin_convertvector(__builtin_convertvector(quantile + 0.5f, i32x16), f32x16);
    if (!__builtin_reduce_or(few)) return whole;
    return few ? poisson(few ? mean : (f32x16)0.0f, word) : whole;
}

INLINE void expose_lanes(const ck_exposure *exposure, float black, const float *light, const ck_pixels *pixels, size_t x,
                         size_t width, u32x16 photon_word, u32x16 read_word, uint16_t *samples)
{
    const size_t used = width - x < lanes ? width - x : lanes;
    // Lanes past the end hold bright light, which takes the short way.
    f32x16 light_here = (f32x16)0x1p28f, response = (f32x16)1.0f, dark = (f32x16)0.0f, offset = (f32x16)0.0f;
    memcpy(&light_here, light + x, used * sizeof(float));
    memcpy(&response, pixels->response + x, used * sizeof(float));
    memcpy(&dark, pixels->dark + x, used * sizeof(float));
    memcpy(&offset, pixels->offset + x, used * sizeof(float));

    const f32x16 expected = light_here * exposure->light_scale * response + dark * exposure->exposure_time;
    const f32x16 mean = expected > 0x1p28f ? (f32x16)0x1p28f : expected;
    const f32x16 counted = photoelectrons(mean, photon_word);
    const f32x16 collected = counted > exposure->full_well ? (f32x16)exposure->full_well : counted;
    const f32x16 charge = collected + (normal(read_word) * exposure->read_noise + offset);
    const f32x16 number = (charge * exposure->gain + black) + 0.5f;
    const f32x16 positive = number < 0.0f ? (f32x16)0.0f : number;
    const f32x16 clipped = positive > exposure->ceiling ? (f32x16)exposure->ceiling : positive;
    const u16x16 result = __builtin_convertvector(__builtin_convertvector(clipped, i32x16), u16x16);
    memcpy(samples + x, &result, used * sizeof(uint16_t));
}

void NAME(ck_u16_expose_row)(const ck_exposure *exposure, uint32_t row, float black, const float *light,
                             const ck_pixels *pixels, size_t width, uint16_t *samples)
{
    const u32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t x = 0; x < width; x += group) {
        u32x16 word[4] = {lane + (uint32_t)(x / 2), (u32x16)row, (u32x16)exposure->frame[0],
                          (u32x16)exposure->frame[1]};
        philox(word, exposure->key);
        expose_lanes(exposure, black, light, pixels, x, width, word[0], word[1], samples);
        if (x + lanes < width) expose_lanes(exposure, black, light, pixels, x + lanes, width, word[2], word[3], samples);
    }
}

void NAME(ck_f32_pattern_row)(const ck_pattern *pattern, uint32_t row, size_t width, const float *column_offset,
                              float *response, float *dark, float *offset)
{
    const u32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t x = 0; x < width; x += lanes) {
        const size_t used = width - x < lanes ? width - x : lanes;
        u32x16 word[4] = {lane + (uint32_t)x, (u32x16)row, (u32x16)0u, (u32x16)0u};
        philox(word, pattern->key);
        f32x16 shift = (f32x16)0.0f;
        memcpy(&shift, column_offset + x, used * sizeof(float));

        const f32x16 spread = 1.0f + normal(word[0]) * pattern->response_deviation;
        const f32x16 response_here = spread < 0.0f ? (f32x16)0.0f : spread;
        const i32x16 hot = word[2] < pattern->hot_words;
        const f32x16 excess = __builtin_convertvector(word[2], f32x16) * pattern->hot_scale;
        const f32x16 dark_here = pattern->dark_current + (hot ? excess : (f32x16)0.0f);
        const i32x16 stuck = (word[3] < pattern->stuck_words) & (word[3] >= pattern->dead_words);
        const i32x16 defective = (word[3] < pattern->dead_words) | stuck;
        const f32x16 share = defective ? (f32x16)(1.0f - pattern->defect_share) : (f32x16)1.0f;
        const f32x16 offset_here = normal(word[1]) * pattern->offset_deviation + shift +
                                   (stuck ? (f32x16)pattern->stuck_offset : (f32x16)0.0f);
        const f32x16 response_left = response_here * share, dark_left = dark_here * share;
        memcpy(response + x, &response_left, used * sizeof(float));
        memcpy(dark + x, &dark_left, used * sizeof(float));
        memcpy(offset + x, &offset_here, used * sizeof(float));
    }
}

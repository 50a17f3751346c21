// The loops of ck_resize.h, compiled once for each level: the including file defines CK_LEVEL(name) and sets the target.
// Vectors are clang's own, which it cuts to the width of the level.
#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));

// samples * weight for sixteen samples from `bytes` on.
#define WEIGHTED(bytes, wide, weight)                                                                                  \
    ({                                                                                                                 \
        u16x16 words = {};                                                                                             \
        u8x16 octets = {};                                                                                             \
        if (wide)                                                                                                      \
            memcpy(&words, bytes, sizeof words);                                                                       \
        else                                                                                                           \
            memcpy(&octets, bytes, sizeof octets);                                                                     \
        (wide ? __builtin_convertvector(words, u32x16) : __builtin_convertvector(octets, u32x16)) * (weight);          \
    })

static inline __attribute__((always_inline)) void blend_rows(
    const uint8_t *const *rows, const uint16_t *weights, size_t taps, size_t count, uint16_t *restrict out, int wide)
{
    const int shift = wide ? ck_resize_weight_bits : ck_resize_weight_bits - 8;
    const size_t width = wide ? 2 : 1;
    const uint32_t half = 1u << (shift - 1);
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        u32x16 low = (u32x16){} + half, high = low;
        for (size_t t = 0; t < taps; t++) {
            const uint8_t *row = rows[t] + i * width;
            const uint32_t weight = weights[t];
            low += WEIGHTED(row, wide, weight);
            high += WEIGHTED(row + 16 * width, wide, weight);
        }
        const u16x16 a = __builtin_convertvector(low >> shift, u16x16);
        const u16x16 b = __builtin_convertvector(high >> shift, u16x16);
        memcpy(out + i, &a, sizeof a);
        memcpy(out + i + 16, &b, sizeof b);
    }
    for (; i < count; i++) {
        uint32_t sum = half;
        for (size_t t = 0; t < taps; t++) {
            const uint8_t *row = rows[t] + i * width;
            uint16_t sample = *row;
            if (wide) memcpy(&sample, row, sizeof sample);
            sum += (uint32_t)sample * weights[t];
        }
        out[i] = (uint16_t)(sum >> shift);
    }
}

#undef WEIGHTED

void CK_LEVEL(ck_u8_blend_rows)(
    const uint8_t *const *rows, const uint16_t *weights, size_t taps, size_t count, uint16_t *out)
{
    blend_rows(rows, weights, taps, count, out, 0);
}

void CK_LEVEL(ck_u16_blend_rows)(
    const uint8_t *const *rows, const uint16_t *weights, size_t taps, size_t count, uint16_t *out)
{
    blend_rows(rows, weights, taps, count, out, 1);
}

typedef uint16_t u16x4 __attribute__((vector_size(8)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));

void CK_LEVEL(ck_u16_blend_columns_f32)(
    const uint16_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    const float *gain, const float *offset, float *const *out, size_t step)
{
    if (channels == 1) {
        const float g = gain[0], o = offset[0];
        for (size_t x = 0; x < count; x++) {
            const uint16_t *pixels = row + starts[x];
            uint32_t sum = 0;
            for (size_t t = 0; t < taps; t++) sum += (uint32_t)pixels[t] * weights[x * taps + t];
            const float product = (float)(int32_t)sum * g;
            out[0][x * step] = product + o;
        }
        return;
    }
    const float g0 = gain[0], g1 = gain[1], g2 = gain[2], o0 = offset[0], o1 = offset[1], o2 = offset[2];
    float *out0 = out[0], *out1 = out[1], *out2 = out[2];
    for (size_t x = 0; x < count; x++) {
        const uint16_t *pixels = row + 3 * (size_t)starts[x];
        u32x4 sums = {0, 0, 0, 0};
        for (size_t t = 0; t < taps; t++) {
            // Four samples at once: the fourth lane belongs to the next pixel and is dropped.
            u16x4 samples;
            memcpy(&samples, pixels + 3 * t, sizeof samples);
            const uint32_t w = weights[x * taps + t];
            sums += __builtin_convertvector(samples, u32x4) * (u32x4){w, w, w, w};
        }
        const float p0 = (float)(int32_t)sums[0] * g0;
        const float p1 = (float)(int32_t)sums[1] * g1;
        const float p2 = (float)(int32_t)sums[2] * g2;
        out0[x * step] = p0 + o0;
        out1[x * step] = p1 + o1;
        out2[x * step] = p2 + o2;
    }
}

static inline __attribute__((always_inline)) uint16_t sample_at(const uint8_t *row, size_t index, int wide)
{
    uint16_t sample = wide ? 0 : row[index];
    if (wide) memcpy(&sample, row + 2 * index, sizeof sample);
    return sample;
}

typedef uint8_t u8x4 __attribute__((vector_size(4)));

static inline __attribute__((always_inline)) void blend_columns(
    const uint8_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    uint16_t *restrict out, int wide)
{
    const int shift = wide ? ck_resize_weight_bits : ck_resize_weight_bits - 8;
    const uint32_t half = 1u << (shift - 1);
    if (channels == 1) {
        for (size_t x = 0; x < count; x++) {
            uint32_t sum = half;
            for (size_t t = 0; t < taps; t++) sum += sample_at(row, starts[x] + t, wide) * (uint32_t)weights[x * taps + t];
            out[x] = (uint16_t)(sum >> shift);
        }
        return;
    }
    const size_t pixel = wide ? 6 : 3;
    for (size_t x = 0; x < count; x++) {
        const uint8_t *pixels = row + pixel * starts[x];
        u32x4 sums = (u32x4){} + half;
        for (size_t t = 0; t < taps; t++) {
            // The fourth lane belongs to the next pixel.
            u16x4 words = {};
            u8x4 octets = {};
            if (wide)
                memcpy(&words, pixels + pixel * t, sizeof words);
            else
                memcpy(&octets, pixels + pixel * t, sizeof octets);
            const uint32_t w = weights[x * taps + t];
            sums += (wide ? __builtin_convertvector(words, u32x4) : __builtin_convertvector(octets, u32x4)) * w;
        }
        const u16x4 rounded = __builtin_convertvector(sums >> shift, u16x4);
        for (int c = 0; c < 3; c++) out[3 * x + (size_t)c] = rounded[c];
    }
}

void CK_LEVEL(ck_u8_blend_columns)(
    const uint8_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    uint16_t *out)
{
    blend_columns(row, channels, starts, weights, taps, count, out, 0);
}

void CK_LEVEL(ck_u16_blend_columns)(
    const uint8_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    uint16_t *out)
{
    blend_columns(row, channels, starts, weights, taps, count, out, 1);
}

typedef int32_t s32x16 __attribute__((vector_size(64)));
typedef float f32x16 __attribute__((vector_size(64)));

void CK_LEVEL(ck_u16_blend_rows_f32)(
    const uint16_t *const *rows, int channels, const uint16_t *weights, size_t taps, size_t count, const float *gain,
    const float *offset, float *const *out, size_t step)
{
    const size_t lanes = channels == 3 ? 15 : 16, samples = count * (size_t)channels;
    f32x16 gains, offsets;
    for (int lane = 0; lane < 16; lane++) {
        gains[lane] = gain[lane % channels];
        offsets[lane] = offset[lane % channels];
    }
    // Five pixels of three channels, or sixteen of one, at a time.
    for (size_t i = 0, x = 0; i < samples; i += lanes) {
        const size_t left = samples - i, now = left < lanes ? left : lanes;
        u32x16 sums = {};
        for (size_t t = 0; t < taps; t++) {
            u16x16 values = {};
            if (left >= 16)
                memcpy(&values, rows[t] + i, sizeof values);
            else
                memcpy(&values, rows[t] + i, 2 * now);
            sums += __builtin_convertvector(values, u32x16) * weights[t];
        }
        const f32x16 product = __builtin_convertvector((s32x16)sums, f32x16) * gains;
        const f32x16 result = product + offsets;
        if (channels == 1) {
            for (size_t lane = 0; lane < now; lane++, x++) out[0][x * step] = result[lane];
        } else {
            for (size_t lane = 0; lane < now; lane += 3, x++) {
                out[0][x * step] = result[lane];
                out[1][x * step] = result[lane + 1];
                out[2][x * step] = result[lane + 2];
            }
        }
    }
}

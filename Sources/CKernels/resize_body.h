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
    const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *restrict out,
    int wide)
{
    const int shift = wide ? ck_resize_weight_bits : ck_resize_weight_bits - 8;
    const size_t width = wide ? 2 : 1;
    const uint32_t half = 1u << (shift - 1);
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        u32x16 low = (u32x16){} + half, high = low;
        const uint8_t *row = first + i * width;
        for (size_t r = 0; r < rows; r++, row += stride) {
            const uint32_t weight = weights[r];
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
        const uint8_t *row = first + i * width;
        for (size_t r = 0; r < rows; r++, row += stride) {
            uint16_t sample = *row;
            if (wide) memcpy(&sample, row, sizeof sample);
            sum += (uint32_t)sample * weights[r];
        }
        out[i] = (uint16_t)(sum >> shift);
    }
}

#undef WEIGHTED

void CK_LEVEL(ck_u8_blend_rows)(
    const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *out)
{
    blend_rows(first, stride, weights, rows, count, out, 0);
}

void CK_LEVEL(ck_u16_blend_rows)(
    const uint8_t *first, size_t stride, const uint16_t *weights, size_t rows, size_t count, uint16_t *out)
{
    blend_rows(first, stride, weights, rows, count, out, 1);
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

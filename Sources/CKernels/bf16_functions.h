// Activations of networks in bfloat16: what they are applied to and mostly what becomes of them has 8 significant bits, so
// that fits of about 12 do. Sigmoid and SiLU are within 1.1e-4 of the exact value's size, GELU within 1.2e-3 of it
// down to -5, beyond which it is almost 0. The
// same bits on every level; other functions are those of float32. The including file sets LEVEL(name), FLOAT_LEVEL(name)
// and the target attribute.
#include "ck_f32_elementwise.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// e^x for x in [-87, 87]: 2^n 2^r with a minimax cubic for 2^r on [-1/2, 1/2] (Lawson's iteration).
static inline __attribute__((always_inline)) float LEVEL(coarse_exp)(float x)
{
    const float magic = 0x1.8p23f;
    x = x < -87.0f ? -87.0f : x;
    x = x > 87.0f ? 87.0f : x;
    const float shifted = __builtin_fmaf(x, 0x1.715476p0f, magic);
    const float r = __builtin_fmaf(x, 0x1.715476p0f, magic - shifted);
    float p = __builtin_fmaf(r, 0x1.c2a216p-5f, 0x1.f00c4cp-3f);
    p = __builtin_fmaf(p, r, 0x1.62f5fap-1f);
    p = __builtin_fmaf(p, r, 1.0f);
    uint32_t power, bits;
    memcpy(&power, &shifted, sizeof power);
    memcpy(&bits, &p, sizeof bits);
    bits += power << 23;
    memcpy(&p, &bits, sizeof p);
    return p;
}

// ln(P(x) / P(-x)) / x of the normal distribution, as a polynomial in x^2 up to |x| = 5.
static inline __attribute__((always_inline)) float LEVEL(coarse_gelu)(float x)
{
    const float square = x * x, z = square > 25.0f ? 25.0f : square;
    float p = __builtin_fmaf(z, 0x1.34c8c8p-17f, -0x1.04a354p-10f);
    p = __builtin_fmaf(p, z, 0x1.36fcf8p-4f);
    p = __builtin_fmaf(p, z, 0x1.979f48p0f);
    return x / (1.0f + LEVEL(coarse_exp)(-x * p));
}

#define EACH(expression)                                                                  \
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++)     \
    {                                                                                     \
        const float v = y[i];                                                             \
        y[i] = (expression);                                                              \
    }                                                                                     \
    break

// y[i] = f(y[i]; a, b) for i < count, a multiple of 16.
static void LEVEL(coarse_map)(ck_f32_function f, float *y, size_t count, float a, float b)
{
    switch (f) {
    case ck_f32_function_sigmoid: EACH(1.0f / (1.0f + LEVEL(coarse_exp)(-v)));
    case ck_f32_function_silu: EACH(v / (1.0f + LEVEL(coarse_exp)(-a * v)));
    case ck_f32_function_gelu: EACH(LEVEL(coarse_gelu)(v));
    case ck_f32_function_count: break;
    default: FLOAT_LEVEL(ck_f32_map)(f, y, y, count, a, b);
    }
}
#undef EACH

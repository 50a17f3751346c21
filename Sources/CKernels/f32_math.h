// Elementary functions of one float, written so that loops over them vectorise and round alike at every ISA level: no
// branches, no libm, no hardware estimates, every multiply-add explicit.
//
// Polynomials are weighted minimax fits (Lawson's iteration on Chebyshev nodes), coefficients rounded to float. Largest
// errors, measured against double libm over the whole range: exp 1.1 ulp, log 1 ulp, tanh 2 ulp, erf 1 ulp,
// sigmoid 2.5 ulp. Infinities, NaN and subnormal results come out as IEEE 754 has them.
//
// Include after `#pragma STDC FP_CONTRACT OFF`; functions take on the target attribute of the file that includes them.
#pragma once
#include <stdint.h>
#include <string.h>

#define CK_INLINE static inline __attribute__((always_inline, unused))

CK_INLINE uint32_t ck_f32_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

CK_INLINE float ck_f32_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

CK_INLINE float ck_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
CK_INLINE float ck_abs1(float x) { return ck_f32_from_bits(ck_f32_bits(x) & 0x7fffffffu); }
CK_INLINE float ck_sign_of(float magnitude, float sign)
{
    return ck_f32_from_bits((ck_f32_bits(magnitude) & 0x7fffffffu) | (ck_f32_bits(sign) & 0x80000000u));
}

// e^r = 1 + r + r^2 Q(r) for |r| <= ln(2)/2.
CK_INLINE float ck_exp_q(float r)
{
    float q = 0x1.9f02d0p-13f;
    q = ck_fma(q, r, 0x1.6d945cp-10f);
    q = ck_fma(q, r, 0x1.111280p-7f);
    q = ck_fma(q, r, 0x1.555486p-5f);
    q = ck_fma(q, r, 0x1.555554p-3f);
    return ck_fma(q, r, 0.5f);
}

// x = n ln2 + r (Cody and Waite), e^x = 2^n e^r; 2^n is applied in two factors so that results may be subnormal.
CK_INLINE float ck_exp1(float x)
{
    const float magic = 0x1.8p23f;
    x = x < -105.0f ? -105.0f : x;
    x = x > 89.0f ? 89.0f : x;
    const float shifted = ck_fma(x, 0x1.715476p0f, magic);
    const float n = shifted - magic;
    float r = ck_fma(n, -0x1.62e400p-1f, x);
    r = ck_fma(n, -0x1.7f7d1cp-20f, r);
    const float e = 1.0f + ck_fma(r * r, ck_exp_q(r), r);
    const int32_t whole = (int32_t)(ck_f32_bits(shifted) - ck_f32_bits(magic));
    const int32_t half = whole >> 1;
    const float low = ck_f32_from_bits((uint32_t)(half + 127) << 23);
    const float high = ck_f32_from_bits((uint32_t)(whole - half + 127) << 23);
    return e * low * high;
}

// e^x - 1 without cancellation near zero.
CK_INLINE float ck_expm11(float x)
{
    const float clamped = ck_abs1(x) < 0.34f ? x : 0.0f;
    const float near = ck_fma(clamped * clamped, ck_exp_q(clamped), clamped);
    const float far = ck_exp1(x) - 1.0f;
    return ck_abs1(x) < 0.34f ? near : far;
}

// x = 2^n m with m in [sqrt(1/2), sqrt(2)); ln(1+f) = f - f^2/2 + f^3 P(f).
CK_INLINE float ck_log1(float x)
{
    const int subnormal = x < 0x1p-126f;
    const float scaled = subnormal ? x * 0x1p23f : x;
    const uint32_t bits = ck_f32_bits(scaled) - 0x3f3504f3u;
    const int32_t exponent = (int32_t)bits >> 23;
    const float m = ck_f32_from_bits((bits & 0x007fffffu) + 0x3f3504f3u);
    const float n = (float)exponent - (subnormal ? 23.0f : 0.0f);
    const float f = m - 1.0f;
    float p = 0x1.1b3e92p-4f;
    p = ck_fma(p, f, -0x1.e2e7ecp-4f);
    p = ck_fma(p, f, 0x1.e6519ap-4f);
    p = ck_fma(p, f, -0x1.fb4388p-4f);
    p = ck_fma(p, f, 0x1.2332b4p-3f);
    p = ck_fma(p, f, -0x1.5562e0p-3f);
    p = ck_fma(p, f, 0x1.99a546p-3f);
    p = ck_fma(p, f, -0x1.ffffeep-3f);
    p = ck_fma(p, f, 0x1.555546p-2f);
    const float square = f * f;
    float y = ck_fma(n, -0x1.05c610p-29f, square * f * p);
    y = ck_fma(-0.5f, square, y);
    y = y + f;
    y = ck_fma(n, 0x1.62e430p-1f, y);
    y = x == __builtin_inff() ? x : y;
    y = x == 0.0f ? -__builtin_inff() : y;
    return x >= 0.0f ? y : __builtin_nanf("");
}

// ln(1 + e) for e >= 0, with the rounding of 1 + e made good.
CK_INLINE float ck_log1p1(float e)
{
    const float u = 1.0f + e;
    const float lost = e - (u - 1.0f);
    const float y = ck_log1(u) + lost / u;
    return e == __builtin_inff() ? e : y;
}

CK_INLINE float ck_sigmoid1(float x) { return 1.0f / (1.0f + ck_exp1(-x)); }

CK_INLINE float ck_tanh1(float x)
{
    const float a = ck_abs1(x);
    const float z = x * x;
    float t = -0x1.752140p-8f;
    t = ck_fma(t, z, 0x1.52022ep-6f);
    t = ck_fma(t, z, -0x1.b837f0p-5f);
    t = ck_fma(t, z, 0x1.110710p-3f);
    t = ck_fma(t, z, -0x1.555532p-2f);
    const float near = ck_fma(x * z, t, x);
    const float far = ck_sign_of(1.0f - 2.0f / (ck_exp1(a + a) + 1.0f), x);
    const float y = a < 0.625f ? near : far;
    return x != x ? x : y;
}

// |x| < 1: x + x E(x^2). Else 1 - exp(L(|x|)) where L fits ln(erfc).
CK_INLINE float ck_erf1(float x)
{
    const float a = ck_abs1(x);
    const float z = x * x;
    float e = -0x1.44cfbep-17f;
    e = ck_fma(e, z, 0x1.d8b88cp-14f);
    e = ck_fma(e, z, -0x1.bcd7dep-11f);
    e = ck_fma(e, z, 0x1.562b1ap-8f);
    e = ck_fma(e, z, -0x1.b829d8p-6f);
    e = ck_fma(e, z, 0x1.ce2f0ap-4f);
    e = ck_fma(e, z, -0x1.812746p-2f);
    e = ck_fma(e, z, 0x1.06eba8p-3f);
    const float near = ck_fma(x, e, x);
    const float c = a > 4.0f ? 4.0f : a;
    float l = -0x1.6be1d6p-16f;
    l = ck_fma(l, c, 0x1.cecdb2p-12f);
    l = ck_fma(l, c, -0x1.138f3cp-8f);
    l = ck_fma(l, c, 0x1.9d04c6p-6f);
    l = ck_fma(l, c, -0x1.bc15d0p-4f);
    l = ck_fma(l, c, -0x1.443550p-1f);
    l = ck_fma(l, c, -0x1.212c12p0f);
    l = ck_fma(l, c, 0x1.8a8250p-13f);
    const float far = ck_sign_of(1.0f - ck_exp1(l), x);
    const float y = a < 1.0f ? near : far;
    return x != x ? x : y;
}

CK_INLINE float ck_softplus1(float x)
{
    const float y = (x > 0.0f ? x : 0.0f) + ck_log1p1(ck_exp1(-ck_abs1(x)));
    return x != x ? x : y;
}

// x tanh(softplus(x)) = x n / (n + 2) with n = e (e + 2), e = e^x; 1 in float beyond 20.
CK_INLINE float ck_mish1(float x)
{
    const float e = ck_exp1(x > 20.0f ? 20.0f : x);
    const float n = e * (e + 2.0f);
    const float y = x * (n / (n + 2.0f));
    return x > 20.0f ? x : y;
}

// Bodies of ck_f32_map, ck_f32_zip and ck_f32_reduce; the including file sets LEVEL(name) and the target attribute.
#include "ck_f32_elementwise.h"
#include "f32_math.h"

#pragma STDC FP_CONTRACT OFF

#define EACH(expression)                                                       \
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++) \
    {                                                                          \
        const float v = x[i];                                                  \
        y[i] = (expression);                                                   \
    }                                                                          \
    break

#define CLAMP(v, low, high) ((v) < (low) ? (low) : (v) > (high) ? (high) : (v))

static __attribute__((noinline)) void LEVEL(map_vectors)(ck_f32_function f, const float *x, float *y, size_t count,
                                                         float a, float b)
{
    switch (f) {
    case ck_f32_function_abs: EACH(ck_abs1(v));
    case ck_f32_function_neg: EACH(-v);
    case ck_f32_function_sqrt: EACH(__builtin_elementwise_sqrt(v));
    case ck_f32_function_reciprocal: EACH(1.0f / v);
    case ck_f32_function_floor: EACH(__builtin_floorf(v));
    case ck_f32_function_ceil: EACH(__builtin_ceilf(v));
    case ck_f32_function_round: EACH(__builtin_rintf(v));
    case ck_f32_function_exp: EACH(ck_exp1(v));
    case ck_f32_function_log: EACH(ck_log1(v));
    case ck_f32_function_tanh: EACH(ck_tanh1(v));
    case ck_f32_function_erf: EACH(ck_erf1(v));
    case ck_f32_function_sigmoid: EACH(ck_sigmoid1(v));
    case ck_f32_function_silu: EACH(v / (1.0f + ck_exp1(-a * v)));
    case ck_f32_function_relu: EACH(v < 0.0f ? 0.0f : v);
    case ck_f32_function_leaky_relu: EACH(v < 0.0f ? a * v : v);
    case ck_f32_function_clip: EACH(CLAMP(v, a, b));
    case ck_f32_function_elu: EACH(v < 0.0f ? a * ck_expm11(v) : v);
    case ck_f32_function_selu: EACH(b * (v < 0.0f ? a * ck_expm11(v) : v));
    case ck_f32_function_celu: EACH(v < 0.0f ? a * ck_expm11(v / a) : v);
    case ck_f32_function_softplus: EACH(ck_softplus1(v));
    case ck_f32_function_softsign: EACH(v / (1.0f + ck_abs1(v)));
    case ck_f32_function_mish: EACH(ck_mish1(v));
    case ck_f32_function_gelu: EACH(0.5f * v * (1.0f + ck_erf1(v * 0x1.6a09e6p-1f)));
    case ck_f32_function_gelu_tanh:
        EACH(0.5f * v * (1.0f + ck_tanh1(0x1.988454p-1f * ck_fma(0x1.6e4e26p-5f * v * v, v, v))));
    case ck_f32_function_hard_sigmoid: EACH(CLAMP(ck_fma(a, v, b), 0.0f, 1.0f));
    case ck_f32_function_hard_swish: EACH(v * CLAMP(ck_fma(0x1.555556p-3f, v, 0.5f), 0.0f, 1.0f));
    case ck_f32_function_exp_shifted: EACH(ck_exp1(v - a));
    case ck_f32_function_scale: EACH(ck_fma(v, a, b));
    case ck_f32_function_count: break;
    }
}
#undef EACH

// What is left after whole vectors goes through a buffer: one by one, the functions would take as long as many vectors.
void LEVEL(ck_f32_map)(ck_f32_function f, const float *x, float *y, size_t count, float a, float b)
{
    const size_t whole = count & ~(size_t)15, rest = count & 15;
    if (whole) LEVEL(map_vectors)(f, x, y, whole, a, b);
    if (rest) {
        float buffer[16] = {0};
        memcpy(buffer, x + whole, rest * sizeof(float));
        LEVEL(map_vectors)(f, buffer, buffer, 16, a, b);
        memcpy(y + whole, buffer, rest * sizeof(float));
    }
}

#define LOOP(first, second, expression)                                        \
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++) \
    {                                                                          \
        const float u = first, v = second;                                     \
        y[i] = (expression);                                                   \
    }
#define EACH(expression)                                                       \
    if (a_stride != 0 && b_stride != 0) {                                      \
        LOOP(a[i], b[i], expression)                                           \
    } else if (a_stride != 0) {                                                \
        const float second = b[0];                                             \
        LOOP(a[i], second, expression)                                         \
    } else {                                                                   \
        const float first = a[0];                                              \
        if (b_stride != 0) {                                                   \
            LOOP(first, b[i], expression)                                      \
        } else {                                                               \
            const float second = b[0];                                         \
            LOOP(first, second, expression)                                    \
        }                                                                      \
    }                                                                          \
    break

void LEVEL(ck_f32_zip)(ck_f32_operation op, const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
                       size_t count)
{
    if (count == 0) return;
    switch (op) {
    case ck_f32_operation_add: EACH(u + v);
    case ck_f32_operation_sub: EACH(u - v);
    case ck_f32_operation_mul: EACH(u * v);
    case ck_f32_operation_div: EACH(u / v);
    case ck_f32_operation_min: EACH(u < v || u != u ? u : v);
    case ck_f32_operation_max: EACH(u > v || u != u ? u : v);
    case ck_f32_operation_prelu: EACH(u < 0.0f ? u * v : u);
    case ck_f32_operation_count: break;
    }
}
#undef EACH
#undef LOOP

// The running lanes live in one 16-wide vector; an expression reads the same for the vector and for one lane.
typedef float LEVEL(lanes16) __attribute__((vector_size(64)));
typedef int LEVEL(masks16) __attribute__((vector_size(64)));
#define PICK(mask, u, v) (LEVEL(lanes16))(((mask) & (LEVEL(masks16))(u)) | (~(mask) & (LEVEL(masks16))(v)))
#define LANES(start, wide, expression)                                               \
    {                                                                          \
        LEVEL(lanes16) u = {0}, v;                                             \
        u = u + (start);                                                       \
        for (; i + 16 <= count; i += 16) {                                     \
            memcpy(&v, x + i, sizeof v);                                       \
            u = (wide);                                                  \
        }                                                                      \
        memcpy(lane, &u, sizeof u);                                            \
    }                                                                          \
    for (int l = 0; i < count; i++, l++) {                                     \
        const float u = lane[l], v = x[i];                                     \
        lane[l] = (expression);                                                \
    }
#define JOIN(expression)                                                       \
    for (int apart = 8; apart > 0; apart >>= 1)                                \
        for (int l = 0; l < apart; l++) {                                      \
            const float u = lane[l], v = lane[l + apart];                      \
            lane[l] = (expression);                                            \
        }                                                                      \
    return lane[0]

float LEVEL(ck_f32_reduce)(ck_f32_reduction r, const float *x, size_t count, float a)
{
    float lane[16];
    size_t i = 0;
    switch (r) {
    case ck_f32_reduction_sum: LANES(0.0f, u + v, u + v) JOIN(u + v);
    case ck_f32_reduction_sum_abs: LANES(0.0f, u + __builtin_elementwise_abs(v), u + __builtin_elementwise_abs(v)) JOIN(u + v);
    case ck_f32_reduction_sum_square: LANES(0.0f, __builtin_elementwise_fma(v - a, v - a, u), __builtin_elementwise_fma(v - a, v - a, u)) JOIN(u + v);
    case ck_f32_reduction_prod: LANES(1.0f, u * v, u * v) JOIN(u * v);
    case ck_f32_reduction_min:
        LANES(__builtin_inff(), PICK((u < v) | (u != u), u, v), u < v || u != u ? u : v) JOIN(u < v || u != u ? u : v);
    case ck_f32_reduction_max:
        LANES(-__builtin_inff(), PICK((u > v) | (u != u), u, v), u > v || u != u ? u : v) JOIN(u > v || u != u ? u : v);
    case ck_f32_reduction_count: break;
    }
    return 0.0f;
}
#undef LANES
#undef JOIN
#undef PICK
#undef CLAMP

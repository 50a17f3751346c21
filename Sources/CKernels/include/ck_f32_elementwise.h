// Elementwise kernels on float32: one input (`map`), two inputs (`zip`), reductions of a run of elements.
//
// Pointers need no alignment. The output may be exactly an input (in place), but not overlap one otherwise.
// Every ISA level gives the same bits; accuracy of the functions is stated in f32_math.h.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum __attribute__((enum_extensibility(open))) ck_f32_function {
    ck_f32_function_abs __attribute__((swift_name("abs"))),
    ck_f32_function_neg __attribute__((swift_name("neg"))),
    ck_f32_function_sqrt __attribute__((swift_name("sqrt"))),
    ck_f32_function_reciprocal __attribute__((swift_name("reciprocal"))),
    ck_f32_function_floor __attribute__((swift_name("floor"))),
    ck_f32_function_ceil __attribute__((swift_name("ceil"))),
    ck_f32_function_round __attribute__((swift_name("round"))),  // half to even
    ck_f32_function_exp __attribute__((swift_name("exp"))),
    ck_f32_function_log __attribute__((swift_name("log"))),
    ck_f32_function_tanh __attribute__((swift_name("tanh"))),
    ck_f32_function_erf __attribute__((swift_name("erf"))),
    ck_f32_function_sigmoid __attribute__((swift_name("sigmoid"))),
    ck_f32_function_silu __attribute__((swift_name("silu"))),  // x sigmoid(a x)
    ck_f32_function_relu __attribute__((swift_name("relu"))),
    ck_f32_function_leaky_relu __attribute__((swift_name("leakyRelu"))),  // a: slope below zero
    ck_f32_function_clip __attribute__((swift_name("clip"))),  // to [a, b]; NaN stays
    ck_f32_function_elu __attribute__((swift_name("elu"))),  // a (e^x - 1) below zero
    ck_f32_function_selu __attribute__((swift_name("selu"))),  // b x, b a (e^x - 1) below zero
    ck_f32_function_celu __attribute__((swift_name("celu"))),  // a (e^(x/a) - 1) below zero
    ck_f32_function_softplus __attribute__((swift_name("softplus"))),
    ck_f32_function_softsign __attribute__((swift_name("softsign"))),
    ck_f32_function_mish __attribute__((swift_name("mish"))),
    ck_f32_function_gelu __attribute__((swift_name("gelu"))),
    ck_f32_function_gelu_tanh __attribute__((swift_name("geluTanh"))),
    ck_f32_function_hard_sigmoid __attribute__((swift_name("hardSigmoid"))),  // clip(a x + b, 0, 1)
    ck_f32_function_hard_swish __attribute__((swift_name("hardSwish"))),
    ck_f32_function_exp_shifted __attribute__((swift_name("expShifted"))),  // e^(x - a)
    ck_f32_function_scale __attribute__((swift_name("scale"))),  // fma(x, a, b)
    ck_f32_function_count __attribute__((swift_name("count"))),
} ck_f32_function;

// y[i] = f(x[i]; a, b) for i < count.
void ck_f32_map(ck_f32_function f, const float *x, float *y, size_t count, float a, float b);
void ck_f32_map__portable(ck_f32_function f, const float *x, float *y, size_t count, float a, float b);
#if defined(__x86_64__)
void ck_f32_map__avx2(ck_f32_function f, const float *x, float *y, size_t count, float a, float b);
void ck_f32_map__avx512(ck_f32_function f, const float *x, float *y, size_t count, float a, float b);
#endif

typedef enum __attribute__((enum_extensibility(open))) ck_f32_operation {
    ck_f32_operation_add __attribute__((swift_name("add"))),
    ck_f32_operation_sub __attribute__((swift_name("sub"))),
    ck_f32_operation_mul __attribute__((swift_name("mul"))),
    ck_f32_operation_div __attribute__((swift_name("div"))),
    ck_f32_operation_min __attribute__((swift_name("min"))),  // NaN when either is
    ck_f32_operation_max __attribute__((swift_name("max"))),  // NaN when either is
    ck_f32_operation_prelu __attribute__((swift_name("prelu"))),  // a, or a b where a is negative
    ck_f32_operation_count __attribute__((swift_name("count"))),
} ck_f32_operation;

// y[i] = a[i * a_stride] op b[i * b_stride] for i < count; strides are 0 (one value for all) or 1.
void ck_f32_zip(ck_f32_operation op, const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
                size_t count);
void ck_f32_zip__portable(ck_f32_operation op, const float *a, size_t a_stride, const float *b, size_t b_stride,
                          float *y, size_t count);
#if defined(__x86_64__)
void ck_f32_zip__avx2(ck_f32_operation op, const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
                      size_t count);
void ck_f32_zip__avx512(ck_f32_operation op, const float *a, size_t a_stride, const float *b, size_t b_stride,
                        float *y, size_t count);
#endif

typedef enum __attribute__((enum_extensibility(open))) ck_f32_reduction {
    ck_f32_reduction_sum __attribute__((swift_name("sum"))),
    ck_f32_reduction_sum_abs __attribute__((swift_name("sumAbs"))),
    ck_f32_reduction_sum_square __attribute__((swift_name("sumSquare"))),  // of (x - a)
    ck_f32_reduction_prod __attribute__((swift_name("prod"))),
    ck_f32_reduction_min __attribute__((swift_name("min"))),
    ck_f32_reduction_max __attribute__((swift_name("max"))),
    ck_f32_reduction_count __attribute__((swift_name("count"))),
} ck_f32_reduction;

// The reduction of x[0..<count]: 16 lanes, lane i taking elements i, i + 16, …, joined pairwise (8 apart, 4, 2, 1) at the
// end. `a` is subtracted first by sum_square. Of no elements: 0, 1 for prod, the infinity that gives way for min and max.
float ck_f32_reduce(ck_f32_reduction r, const float *x, size_t count, float a);
float ck_f32_reduce__portable(ck_f32_reduction r, const float *x, size_t count, float a);
#if defined(__x86_64__)
float ck_f32_reduce__avx2(ck_f32_reduction r, const float *x, size_t count, float a);
float ck_f32_reduce__avx512(ck_f32_reduction r, const float *x, size_t count, float a);
#endif

#ifdef __cplusplus
}
#endif

// ck_f32_map, ck_f32_zip, ck_f32_reduce: portable level and dispatch. Contract in ck_f32_elementwise.h.
#define LEVEL(name) name##__portable
#include "f32_elementwise_body.h"

#include "ck_cpu.h"

void ck_f32_map(ck_f32_function f, const float *x, float *y, size_t count, float a, float b)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_map__avx512(f, x, y, count, a, b);
    if (level >= ck_isa_avx2) return ck_f32_map__avx2(f, x, y, count, a, b);
#endif
    ck_f32_map__portable(f, x, y, count, a, b);
}

void ck_f32_zip(ck_f32_operation op, const float *a, size_t a_stride, const float *b, size_t b_stride, float *y,
                size_t count)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_zip__avx512(op, a, a_stride, b, b_stride, y, count);
    if (level >= ck_isa_avx2) return ck_f32_zip__avx2(op, a, a_stride, b, b_stride, y, count);
#endif
    ck_f32_zip__portable(op, a, a_stride, b, b_stride, y, count);
}

float ck_f32_reduce(ck_f32_reduction r, const float *x, size_t count, float a)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_reduce__avx512(r, x, count, a);
    if (level >= ck_isa_avx2) return ck_f32_reduce__avx2(r, x, count, a);
#endif
    return ck_f32_reduce__portable(r, x, count, a);
}

// Dense products in bfloat16: portable level and dispatch. Contract in ck_bf16_block.h.
#define LEVEL(name) name##__portable
#define FLOAT_LEVEL(name) name##__portable
#define LANES 8
#define TILE_PIXELS 4
#include "bf16_block_conv_body.h"

#include "ck_cpu.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                              \
    do {                                                                 \
        const ck_isa level = ck_isa_level();                             \
        if (ck_isa_has_bf16()) return name##__avx512bf16(__VA_ARGS__);   \
        if (level >= ck_isa_avx512) return name##__avx512(__VA_ARGS__);  \
        if (level >= ck_isa_avx2) return name##__avx2(__VA_ARGS__);      \
        name##__portable(__VA_ARGS__);                                   \
    } while (0)
#else
#define DISPATCH(name, ...) name##__portable(__VA_ARGS__)
#endif

void ck_bf16_block_conv_run(const ck_bf16_block_conv *job) { DISPATCH(ck_bf16_block_conv_run, job); }

void ck_bf16_gather_row(const void *x, int is_half, ptrdiff_t width, ptrdiff_t first, ptrdiff_t step, size_t count,
                        uint16_t *y)
{
    DISPATCH(ck_bf16_gather_row, x, is_half, width, first, step, count, y);
}

void ck_bf16_gather_planes(const float *planes, size_t plane_step, size_t channels, size_t lanes, ptrdiff_t width,
                           ptrdiff_t first, ptrdiff_t step, size_t count, uint16_t *y)
{
    DISPATCH(ck_bf16_gather_planes, planes, plane_step, channels, lanes, width, first, step, count, y);
}

void ck_bf16_from_rows(const float *x, size_t count, size_t rows, uint16_t *blocks)
{
    DISPATCH(ck_bf16_from_rows, x, count, rows, blocks);
}

void ck_bf16_narrow(const float *x, size_t count, uint16_t *y) { DISPATCH(ck_bf16_narrow, x, count, y); }

// Quantised kernels: portable level, what needs no level, and dispatch. Contract in ck_u8_block.h.
// Vectors pass between functions that are always inlined: how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
#define LEVEL(name) name##__portable
#define LANES 8
#define TILE_PIXELS 4
#define RIGHT INTS
#define PREPARE(p) (*(const INTS *)(p))
// Byte j of each four, sign extended, times activation j.
#define DOT(sum, left, right)                                                              \
    ((sum) + ((left) & 255) * ((right) << 24 >> 24) + ((left) >> 8 & 255) * ((right) << 16 >> 24) + \
     ((left) >> 16 & 255) * ((right) << 8 >> 24) + ((left) >> 24 & 255) * ((right) >> 24))
#include "u8_block_conv_body.h"
#include "u8_table_body.h"
#include "u8_elementwise_body.h"
#include "u8_depthwise_body.h"

#include "ck_cpu.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                                \
    do {                                                                   \
        const ck_isa level = ck_isa_level();                               \
        if (level >= ck_isa_vnni) return name##__vnni(__VA_ARGS__);        \
        if (level >= ck_isa_avx512) return name##__avx512(__VA_ARGS__);    \
        if (level >= ck_isa_avx2) return name##__avx2(__VA_ARGS__);        \
        name##__portable(__VA_ARGS__);                                     \
    } while (0)
#else
#define DISPATCH(name, ...) name##__portable(__VA_ARGS__)
#endif

void ck_u8_block_conv_run(const ck_u8_block_conv *job) { DISPATCH(ck_u8_block_conv_run, job); }
void ck_u8_block_depthwise(const ck_u8_block_conv *job) { DISPATCH(ck_u8_block_depthwise, job); }
void ck_u8_block_max(const ck_u8_block_conv *job) { DISPATCH(ck_u8_block_max, job); }

void ck_u8_block_sum(const uint8_t *x, size_t pixels, int32_t *sums) { DISPATCH(ck_u8_block_sum, x, pixels, sums); }

void ck_u8_block_scale(const uint8_t *x, int32_t x_zero, const float *gains, int32_t zero, uint8_t *y, size_t pixels)
{
    DISPATCH(ck_u8_block_scale, x, x_zero, gains, zero, y, pixels);
}

void ck_u8_table(const uint8_t *table, const uint8_t *x, uint8_t *y, size_t count)
{
    DISPATCH(ck_u8_table, table, x, y, count);
}

void ck_u8_quantize(const float *x, float scale, int32_t zero, uint8_t *y, size_t count)
{
    DISPATCH(ck_u8_quantize, x, scale, zero, y, count);
}

void ck_u8_dequantize(const uint8_t *x, float scale, int32_t zero, float *y, size_t count)
{
    DISPATCH(ck_u8_dequantize, x, scale, zero, y, count);
}

void ck_u8_add(const uint8_t *a, float a_gain, const uint8_t *b, float b_gain, float offset, int32_t zero, uint8_t *y,
               size_t count)
{
    DISPATCH(ck_u8_add, a, a_gain, b, b_gain, offset, zero, y, count);
}

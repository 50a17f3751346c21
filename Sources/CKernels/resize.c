// Chooses the level for ck_resize.h. Each call covers a whole row, so the choice costs nothing that shows.
#include "ck_resize.h"

#include "ck_cpu.h"

#if defined(__x86_64__)
#define CHOOSE(name, ...)                                                                                              \
    const ck_isa level = ck_isa_level();                                                                               \
    if (level >= ck_isa_avx512)                                                                                        \
        name##__avx512(__VA_ARGS__);                                                                                   \
    else if (level >= ck_isa_avx2)                                                                                     \
        name##__avx2(__VA_ARGS__);                                                                                     \
    else                                                                                                               \
        name##__portable(__VA_ARGS__)
#else
#define CHOOSE(name, ...) name##__portable(__VA_ARGS__)
#endif

void ck_u8_blend_rows(
    const uint8_t *const *rows, const uint16_t *weights, size_t taps, size_t count, uint16_t *out)
{
    CHOOSE(ck_u8_blend_rows, rows, weights, taps, count, out);
}

void ck_u16_blend_rows(
    const uint8_t *const *rows, const uint16_t *weights, size_t taps, size_t count, uint16_t *out)
{
    CHOOSE(ck_u16_blend_rows, rows, weights, taps, count, out);
}

void ck_u16_blend_columns_f32(
    const uint16_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    const float *gain, const float *offset, float *const *out, size_t step)
{
    CHOOSE(ck_u16_blend_columns_f32, row, channels, starts, weights, taps, count, gain, offset, out, step);
}

void ck_u8_blend_columns(
    const uint8_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    uint16_t *out)
{
    CHOOSE(ck_u8_blend_columns, row, channels, starts, weights, taps, count, out);
}

void ck_u16_blend_columns(
    const uint8_t *row, int channels, const uint32_t *starts, const uint16_t *weights, size_t taps, size_t count,
    uint16_t *out)
{
    CHOOSE(ck_u16_blend_columns, row, channels, starts, weights, taps, count, out);
}

void ck_u16_blend_rows_f32(
    const uint16_t *const *rows, int channels, const uint16_t *weights, size_t taps, size_t count, const float *gain,
    const float *offset, float *const *out, size_t step)
{
    CHOOSE(ck_u16_blend_rows_f32, rows, channels, weights, taps, count, gain, offset, out, step);
}

// Sensor noise: the portable level and the choice of level. Contract and sources: ck_noise.h.
#include "ck_cpu.h"

#define NAME(base) base##__portable
#include "noise_body.h"

#if defined(__x86_64__)
#define DISPATCH(base, ...)                                               \
    do {                                                                  \
        const ck_isa level = ck_isa_level();                              \
        if (level >= ck_isa_avx512) return base##__avx512(__VA_ARGS__);   \
        if (level >= ck_isa_avx2) return base##__avx2(__VA_ARGS__);       \
        return base##__portable(__VA_ARGS__);                             \
    } while (0)
#else
#define DISPATCH(base, ...) base##__portable(__VA_ARGS__)
#endif

void ck_u16_expose_row(const ck_exposure *exposure, uint32_t row, float black, const float *light,
                       const ck_pixels *pixels, size_t width, uint16_t *samples)
{
    DISPATCH(ck_u16_expose_row, exposure, row, black, light, pixels, width, samples);
}

void ck_f32_pattern_row(const ck_pattern *pattern, uint32_t row, size_t width, const float *column_offset,
                        float *response, float *dark, float *offset)
{
    DISPATCH(ck_f32_pattern_row, pattern, row, width, column_offset, response, dark, offset);
}

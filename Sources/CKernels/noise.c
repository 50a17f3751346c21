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

void ck_u16_expose_row(const ck_exposure *exposure, uint32_t row, float row_offset, const float *electrons,
                       const float *pedestal, size_t width, uint16_t *samples)
{
    DISPATCH(ck_u16_expose_row, exposure, row, row_offset, electrons, pedestal, width, samples);
}

void ck_f32_pattern_row(const uint32_t key[2], uint32_t row, size_t width, float *first, float *second,
                        uint32_t *uniform)
{
    DISPATCH(ck_f32_pattern_row, key, row, width, first, second, uniform);
}

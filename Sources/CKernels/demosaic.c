// Demosaic kernels: the portable level (vectors of 16 bytes, which every 64-bit processor has) and dispatch.
#include "ck_demosaic.h"

#include "ck_cpu.h"

#define KERNEL(name) name##__portable
#define VECTOR_BYTES 16
#include "demosaic_body.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                                     \
    do {                                                                        \
        const ck_isa level = ck_isa_level();                                    \
        if (level >= ck_isa_avx512) return name##__avx512(__VA_ARGS__);         \
        if (level >= ck_isa_avx2) return name##__avx2(__VA_ARGS__);             \
        name##__portable(__VA_ARGS__);                                          \
    } while (0)
#else
#define DISPATCH(name, ...) name##__portable(__VA_ARGS__)
#endif

void ck_u16_demosaic_bilinear(
    const uint16_t *const rows[3], size_t width, unsigned phase, uint16_t *own, uint16_t *green, uint16_t *other)
{
    DISPATCH(ck_u16_demosaic_bilinear, rows, width, phase, own, green, other);
}

void ck_u16_demosaic_mhc(
    const uint16_t *const rows[5], size_t width, unsigned phase, uint16_t *own, uint16_t *green, uint16_t *other)
{
    DISPATCH(ck_u16_demosaic_mhc, rows, width, phase, own, green, other);
}

void ck_u16_demosaic_half(
    const uint16_t *upper, const uint16_t *lower, size_t width, unsigned phase, uint16_t *own, uint16_t *green,
    uint16_t *other)
{
    DISPATCH(ck_u16_demosaic_half, upper, lower, width, phase, own, green, other);
}

void ck_u16_bin(const uint16_t *upper, const uint16_t *lower, size_t width, uint16_t *target)
{
    DISPATCH(ck_u16_bin, upper, lower, width, target);
}

// Defects and noise of mosaics: the portable level and dispatch. Contract in ck_mosaic.h.
#include "ck_mosaic.h"

#include "ck_cpu.h"

#pragma STDC FP_CONTRACT OFF

#define KERNEL(name) name##__portable
#define VECTOR_BYTES 16
#include "mosaic_body.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                                 \
    do {                                                                    \
        const ck_isa level = ck_isa_level();                                \
        if (level >= ck_isa_avx512) return name##__avx512(__VA_ARGS__);     \
        if (level >= ck_isa_avx2) return name##__avx2(__VA_ARGS__);         \
        return name##__portable(__VA_ARGS__);                               \
    } while (0)
#else
#define DISPATCH(name, ...) return name##__portable(__VA_ARGS__)
#endif

size_t ck_u16_defects(const uint16_t *const rows[5], size_t width, const ck_defects *defects, uint16_t *target)
{
    DISPATCH(ck_u16_defects, rows, width, defects, target);
}

void ck_u16_stabilize(
    const uint16_t *raw, size_t width, const ck_stabilization *stabilization, uint16_t *target)
{
    DISPATCH(ck_u16_stabilize, raw, width, stabilization, target);
}

void ck_u16_denoise(
    const uint16_t *const rows[2 * CK_DENOISE_REACH + 1], size_t width, const ck_denoising *denoising,
    uint16_t *target)
{
    DISPATCH(ck_u16_denoise, rows, width, denoising, target);
}

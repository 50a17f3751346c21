// Minimised-Laplacian residual interpolation: the portable level and dispatch. Contract in ck_demosaic_mlri.h.
#include "ck_demosaic_mlri.h"

#include "ck_cpu.h"
#include "demosaic_mlri_planes.h"

#pragma STDC FP_CONTRACT OFF

#define KERNEL(name) name##__portable
#define VECTOR_BYTES 16
#include "demosaic_mlri_body.h"

size_t ck_mlri_scratch_count(void) { return mlri_scratch_count(); }

void ck_u16_demosaic_mlri(const ck_mlri *tile)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_u16_demosaic_mlri__avx512(tile);
    if (level >= ck_isa_avx2) return ck_u16_demosaic_mlri__avx2(tile);
#endif
    ck_u16_demosaic_mlri__portable(tile);
}

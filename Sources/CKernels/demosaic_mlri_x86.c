// Minimised-Laplacian residual interpolation for AVX2 and AVX-512. Contract in ck_demosaic_mlri.h.
#include "ck_demosaic_mlri.h"

#if defined(__x86_64__)
#include "demosaic_mlri_planes.h"

#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##__avx2
#define VECTOR_BYTES 32
#include "demosaic_mlri_body.h"
#undef KERNEL
#undef VECTOR_BYTES
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), apply_to = function)
#define KERNEL(name) name##__avx512
#define VECTOR_BYTES 64
#include "demosaic_mlri_body.h"
#undef KERNEL
#undef VECTOR_BYTES
#pragma clang attribute pop
#endif

// Linearising and the colour matrix for AVX2 and AVX-512. Contract in ck_develop.h.
#include "ck_develop.h"

#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF

static const float full_scale = 65535;

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##__avx2
#define VECTOR_BYTES 32
#include "develop_body.h"
#undef KERNEL
#undef VECTOR_BYTES
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), apply_to = function)
#define KERNEL(name) name##__avx512
#define VECTOR_BYTES 64
#include "develop_body.h"
#undef KERNEL
#undef VECTOR_BYTES
#pragma clang attribute pop
#endif

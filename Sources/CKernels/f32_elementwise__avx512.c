// ck_f32_map, ck_f32_zip, ck_f32_reduce for AVX-512 F, BW, VL, DQ. Contract in ck_f32_elementwise.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define LEVEL(name) name##__avx512
#include "f32_elementwise_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

// ck_f32_taps with vectors of 16. Contract in ck_f32_conv.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define LANES 16
#define LEVEL(name) name##__avx512
#include "f32_taps_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

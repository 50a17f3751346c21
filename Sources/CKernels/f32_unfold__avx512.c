// ck_f32_unfold in vectors of this level. Contract in ck_f32_unfold.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define LEVEL(name) name##__avx512
#include "f32_unfold_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

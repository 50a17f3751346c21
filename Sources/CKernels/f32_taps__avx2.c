// ck_f32_taps with vectors of 8. Contract in ck_f32_conv.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define LEVEL(name) name##__avx2
#include "f32_taps_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

// Softmax of attention for AVX2 and FMA. Contract in ck_f32_attention.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LEVEL(name) name##__avx2
#include "f32_attention_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

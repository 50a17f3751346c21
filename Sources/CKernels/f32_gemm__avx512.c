// ck_f32_gemm with tiles of 12 x 32. Contract in ck_f32_gemm.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define LEVEL(name) name##__avx512
#include "f32_gemm_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

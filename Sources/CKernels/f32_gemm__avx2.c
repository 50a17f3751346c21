// ck_f32_gemm with tiles of 6 x 16. Contract in ck_f32_gemm.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define LEVEL(name) name##__avx2
#include "f32_gemm_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

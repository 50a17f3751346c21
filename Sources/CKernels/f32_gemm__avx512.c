// ck_f32_gemm with tiles of 12 x 32. Contract in ck_f32_gemm.h.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define PART_LOAD(p, n) ((VECTOR)_mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p))
#define PART_STORE(p, n, v) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), (__m512)(v))
#define LEVEL(name) name##__avx512
#include "f32_gemm_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

// ck_f32_gemm with tiles of 6 x 16. Contract in ck_f32_gemm.h.
#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define PART_MASK(n) _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define PART_LOAD(p, n) ((VECTOR)_mm256_maskload_ps(p, PART_MASK(n)))
#define PART_STORE(p, n, v) _mm256_maskstore_ps(p, PART_MASK(n), (__m256)(v))
#define LEVEL(name) name##__avx2
#include "f32_gemm_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

// Dense products in bfloat16 for AVX-512 BF16. Contract in ck_bf16_block.h.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))), apply_to = function)
#define LEVEL(name) name##__avx512bf16
#define FLOAT_LEVEL(name) name##__avx512
#define HAS_BF16
#define LANES 16
#define TILE_PIXELS 14
#include "bf16_block_conv_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

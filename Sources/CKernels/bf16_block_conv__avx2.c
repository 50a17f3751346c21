// Dense products in bfloat16 for AVX2 and FMA. Contract in ck_bf16_block.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LEVEL(name) name##__avx2
#define FLOAT_LEVEL(name) name##__avx2
#define LANES 8
#define TILE_PIXELS 4
#include "bf16_block_conv_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

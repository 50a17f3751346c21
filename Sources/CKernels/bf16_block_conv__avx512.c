// Dense products in bfloat16 for AVX-512 F, BW, VL, DQ. Contract in ck_bf16_block.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define LEVEL(name) name##__avx512
#define FLOAT_LEVEL(name) name##__avx512
#define LANES 16
#define TILE_PIXELS 10
#include "bf16_block_conv_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

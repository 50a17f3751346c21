// Windows, means and reordering on blocked layout for AVX2 and FMA. Contract in ck_f32_block.h.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LEVEL(name) name##__avx2
#define SLIDE_PIXELS 4
#include "f32_block_planes_body.h"
#include "f32_block_slide_body.h"
#include "bf16_block_slide_body.h"
#include "f32_block_winograd_body.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

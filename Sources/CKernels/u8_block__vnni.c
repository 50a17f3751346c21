// Quantised kernels for AVX-512 F, BW, VL, DQ, VBMI, VNNI. Contract in ck_u8_block.h.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vnni,fma"))), apply_to = function)
#define LEVEL(name) name##__vnni
#define LANES 16
#define TILE_PIXELS 14
#define RIGHT __m512i
#define PREPARE(p) _mm512_loadu_si512(p)
#define DOT(sum, left, right) ((INTS)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(left), right))
#include "u8_pack_avx512.h"
#include "u8_block_conv_body.h"
#include "u8_table_avx512.h"
#include "u8_elementwise_body.h"
#include "u8_depthwise_vnni.h"
#pragma clang attribute pop
#else
typedef int ck_empty_translation_unit;
#endif

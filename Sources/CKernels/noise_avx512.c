// Sensor noise for AVX-512. Contract and sources: ck_noise.h.
#if defined(__x86_64__)
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define NAME(base) base##__avx512
#include "noise_body.h"
#pragma clang attribute pop
#endif

// Resampling, avx2: see ck_resize.h for the contract and resize_body.h for the loops.
#if defined(__x86_64__)
#include "ck_resize.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_LEVEL(name) name##__avx2
#include "resize_body.h"
#pragma clang attribute pop
#endif

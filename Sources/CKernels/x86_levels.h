// Compiles BODY, a file that defines KERNEL(name) functions on vectors of VECTOR_BYTES, for AVX2 and for AVX-512. To be
// included once, by a file that wants nothing else for these levels.
#if defined(__x86_64__)
#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##__avx2
#define VECTOR_BYTES 32
#include BODY
#undef KERNEL
#undef VECTOR_BYTES
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), apply_to = function)
#define KERNEL(name) name##__avx512
#define VECTOR_BYTES 64
#include BODY
#undef KERNEL
#undef VECTOR_BYTES
#pragma clang attribute pop
#endif

// Which instruction set the kernels may use.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Levels are cumulative: each includes those below it.
typedef enum ck_isa {
    ck_isa_portable = 0,
    ck_isa_avx2 = 1,    // AVX2, FMA, F16C, BMI2
    ck_isa_avx512 = 2,  // AVX-512 F, BW, VL, DQ, VBMI
    ck_isa_vnni = 3,    // AVX-512 VNNI
    ck_isa_amx = 4,     // AMX tiles, bf16 and int8
} ck_isa;

// The level that dispatching kernels use now: the best the processor and the operating system allow, capped by the
// environment variable FOVEA_ISA (portable|avx2|avx512|vnni|amx) as read on the first call.
ck_isa ck_isa_level(void);

// The best level of this machine, whatever FOVEA_ISA says.
ck_isa ck_isa_supported(void);

// Caps the level for the whole process, for tests and benchmarks; returns the level now in force, which is never above
// ck_isa_supported(). Not to be called while kernels run.
ck_isa ck_isa_force(ck_isa level);

// Whether kernels use AVX-512 BF16: the processor has it, and the level is not capped below `vnni`.
int ck_isa_has_bf16(void);

// "portable", "avx2", "avx512", "vnni" or "amx".
const char *ck_isa_name(ck_isa level);

#ifdef __cplusplus
}
#endif

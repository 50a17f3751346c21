// The most floating-point work a core can do, to hold kernels against.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Runs `rounds` of independent fused multiply-adds on float32 in registers, as wide as the ISA level in force allows;
// returns the number of floating-point operations done, two for each multiply-add. `sink` receives one result.
double ck_f32_peak(size_t rounds, float *sink);

#ifdef __cplusplus
}
#endif

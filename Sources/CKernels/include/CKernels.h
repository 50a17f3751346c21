// Fovea's C kernels: the umbrella header. One header per kernel family; each states shapes, strides, alignment,
// aliasing and rounding. Unsuffixed names dispatch on the level that ck_isa_level() reports.
#pragma once
#include "ck_cpu.h"
#include "ck_demosaic.h"
#include "ck_demosaic_led.h"
#include "ck_develop.h"
#include "ck_f32_elementwise.h"
#include "ck_noise.h"
#include "ck_peak.h"
#include "ck_place.h"
#include "ck_sha256.h"
#include "ck_thread.h"
#include "ck_unpack.h"
#include "ck_f32_block.h"
#include "ck_f32_conv.h"
#include "ck_resize.h"
#include "ck_f32_gemm.h"
#include "ck_f32_unfold.h"

// Minimised-Laplacian residual interpolation for AVX2 and AVX-512. Contract in ck_demosaic_mlri.h.
#include "ck_demosaic_mlri.h"
#include "demosaic_mlri_planes.h"

#define BODY "demosaic_mlri_body.h"
#include "x86_levels.h"

// Demosaic kernels for AVX2 and AVX-512.
#include "ck_demosaic.h"

#define BODY "demosaic_body.h"
#include "x86_levels.h"

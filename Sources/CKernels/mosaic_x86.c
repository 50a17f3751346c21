// Defects and noise of mosaics for AVX2 and AVX-512. Contract in ck_mosaic.h.
#include "ck_mosaic.h"

#define BODY "mosaic_body.h"
#include "x86_levels.h"

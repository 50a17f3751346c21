// Linearising and the colour matrix for AVX2 and AVX-512. Contract in ck_develop.h.
#include "ck_develop.h"

static const float full_scale = 65535;

#define BODY "develop_body.h"
#include "x86_levels.h"

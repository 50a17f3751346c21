// Sharpening for AVX2 and AVX-512. Contract in ck_sharpen.h.
#include "ck_sharpen.h"

#define BODY "sharpen_body.h"
#include "x86_levels.h"

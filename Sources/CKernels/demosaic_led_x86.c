// Demosaic with low-cost edge sensing for AVX2 and AVX-512.
#include "demosaic_led_rings.h"

#define BODY "demosaic_led_body.h"
#include "x86_levels.h"

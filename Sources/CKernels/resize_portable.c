// Resampling, portable: see ck_resize.h for the contract and resize_body.h for the loops.
#include "ck_resize.h"

#define CK_LEVEL(name) name##__portable
#include "resize_body.h"

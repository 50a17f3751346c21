#pragma once
#include "cc_jpeg.h"
#include "cc_png.h"
#include "cc_status.h"
#include "cc_zlib.h"

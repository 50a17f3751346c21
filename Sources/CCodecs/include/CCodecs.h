#pragma once
#include "cc_camera_raw.h"
#include "cc_jpeg.h"
#include "cc_png.h"
#include "cc_status.h"
#include "cc_zlib.h"

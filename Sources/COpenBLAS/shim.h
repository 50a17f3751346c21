// The C interfaces of OpenBLAS: level-3 BLAS and its thread control.
#pragma once
#include <cblas.h>

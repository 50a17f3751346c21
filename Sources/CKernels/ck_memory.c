#include "ck_memory.h"

#include <limits.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

void ck_memory_map_blocks_from(size_t bytes)
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, bytes > INT_MAX ? INT_MAX : (int)bytes);
#else
    (void)bytes;
#endif
}

void ck_memory_trim(void)
{
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

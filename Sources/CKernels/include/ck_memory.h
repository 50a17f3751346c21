// What the C library's allocator keeps for itself. Does nothing where the allocator is not glibc's.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// From now on each block of `bytes` or more is a mapping of its own, which goes back to the system when it is freed. As it
// comes, glibc raises that bound to the largest block that was ever freed, and blocks below it (frames, pictures) leave
// holes in each thread's heap: a service that takes frames of many sizes grows for hours. To be called before threads start.
void ck_memory_map_blocks_from(size_t bytes);

// Gives free pages of all heaps back to the system.
void ck_memory_trim(void);

#ifdef __cplusplus
}
#endif

// GNU-only calls on threads and processors that Swift's Glibc module does not show.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Names the calling thread, cut to 15 bytes.
void ck_thread_set_name(const char *name);

// Processors in this process's affinity mask, at least 1.
int ck_thread_available_processors(void);

// Tells the processor that the calling thread waits in a loop.
static inline void ck_thread_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

#ifdef __cplusplus
}
#endif

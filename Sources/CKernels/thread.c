#define _GNU_SOURCE
#include "ck_thread.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

void ck_thread_set_name(const char *name)
{
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}

int ck_thread_available_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    const int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

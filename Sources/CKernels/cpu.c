// Probes the processor once. This file carries no target attribute: nothing here may use an instruction before the
// check for it has passed.
#include "ck_cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { arch_req_xcomp_perm = 0x1023, xfeature_xtiledata = 18 };

static int has_amx(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    const unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24, amx_int8 = 1u << 25;
    if ((d & (amx_bf16 | amx_tile | amx_int8)) != (amx_bf16 | amx_tile | amx_int8)) return 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 0;  // OSXSAVE
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & (3u << 17)) != (3u << 17)) return 0;  // XTILECFG, XTILEDATA
    return syscall(SYS_arch_prctl, arch_req_xcomp_perm, xfeature_xtiledata) == 0;
}

static ck_isa probe(void)
{
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") &&
          __builtin_cpu_supports("f16c")))
        return ck_isa_portable;
    if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vbmi")))
        return ck_isa_avx2;
    if (!__builtin_cpu_supports("avx512vnni")) return ck_isa_avx512;
    return has_amx() ? ck_isa_amx : ck_isa_vnni;
}
#else
static ck_isa probe(void) { return ck_isa_portable; }
#endif

static const char *const names[] = {"portable", "avx2", "avx512", "vnni", "amx"};
static _Atomic int supported_level = -1;
static _Atomic int current_level = -1;

ck_isa ck_isa_supported(void)
{
    int level = atomic_load_explicit(&supported_level, memory_order_relaxed);
    if (level < 0) {
        level = (int)probe();
        atomic_store_explicit(&supported_level, level, memory_order_relaxed);
    }
    return (ck_isa)level;
}

ck_isa ck_isa_force(ck_isa level)
{
    const ck_isa best = ck_isa_supported();
    const ck_isa chosen = level < best ? level : best;
    atomic_store_explicit(&current_level, (int)chosen, memory_order_relaxed);
    return chosen;
}

ck_isa ck_isa_level(void)
{
    const int level = atomic_load_explicit(&current_level, memory_order_relaxed);
    if (level >= 0) return (ck_isa)level;
    const char *wanted = getenv("FOVEA_ISA");
    if (wanted) {
        for (int i = 0; i <= (int)ck_isa_amx; i++)
            if (strcmp(wanted, names[i]) == 0) return ck_isa_force((ck_isa)i);
    }
    return ck_isa_force(ck_isa_amx);
}

int ck_isa_has_bf16(void)
{
#if defined(__x86_64__)
    static _Atomic int supported = -1;
    if (ck_isa_level() < ck_isa_vnni) return 0;
    int known = atomic_load_explicit(&supported, memory_order_relaxed);
    if (known < 0) {
        __builtin_cpu_init();
        known = __builtin_cpu_supports("avx512bf16") ? 1 : 0;
        atomic_store_explicit(&supported, known, memory_order_relaxed);
    }
    return known;
#else
    return 0;
#endif
}

const char *ck_isa_name(ck_isa level) { return names[(int)level]; }

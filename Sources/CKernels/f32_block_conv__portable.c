// ck_f32_block_conv_run: portable level and dispatch. Contract in ck_f32_block.h.
#define LEVEL(name) name##__portable
#define LANES 8
#define TILE_PIXELS 6
#include "f32_block_conv_body.h"

#include "ck_cpu.h"

void ck_f32_block_conv_run(const ck_f32_block_conv *job)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_block_conv_run__avx512(job);
    if (level >= ck_isa_avx2) return ck_f32_block_conv_run__avx2(job);
#endif
    ck_f32_block_conv_run__portable(job);
}

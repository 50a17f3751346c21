// ck_f32_spread; ck_f32_unfold: portable level and dispatch. Contract in ck_f32_unfold.h.
#include "ck_cpu.h"
#include "ck_f32_unfold.h"

#include <string.h>

#define LEVEL(name) name##__portable
#include "f32_unfold_body.h"

// Every second float of `source`.
static void every_second(const float *restrict source, size_t count, float *restrict target)
{
    for (size_t i = 0; i < count; i++) target[i] = source[2 * i];
}

void ck_f32_spread(const ck_window *w, const float *plane, ptrdiff_t first, size_t rows, size_t phase, float *spread)
{
    const ptrdiff_t width = w->input[2], stride = w->stride[2], pad = w->pad[2], length = (ptrdiff_t)phase;
    for (size_t r = 0; r < rows; r++) {
        const ptrdiff_t y = first + (ptrdiff_t)r;
        if (y < 0 || y >= w->input[1]) {
            memset(spread, 0, (size_t)(stride * length) * sizeof(float));
            spread += stride * length;
            continue;
        }
        const float *row = plane + y * width;
        for (ptrdiff_t p = 0; p < stride; p++, spread += length) {
            // Floats from `from` up to `to` hold input.
            ptrdiff_t from = p >= pad ? 0 : (pad - p + stride - 1) / stride;
            ptrdiff_t to = width + pad <= p ? 0 : (width + pad - p + stride - 1) / stride;
            if (to > length) to = length;
            if (from > to) from = to;
            const float *source = row + (p + from * stride - pad);
            memset(spread, 0, (size_t)from * sizeof(float));
            if (stride == 1)
                memcpy(spread + from, source, (size_t)(to - from) * sizeof(float));
            else if (stride == 2)
                every_second(source, (size_t)(to - from), spread + from);
            else
                for (ptrdiff_t i = from; i < to; i++) spread[i] = source[(i - from) * stride];
            memset(spread + to, 0, (size_t)(length - to) * sizeof(float));
        }
    }
}

void ck_f32_unfold(const ck_f32_unfold_source *source, size_t channels, size_t column, size_t count, float *packed)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_avx512) return ck_f32_unfold__avx512(source, channels, column, count, packed);
    if (level >= ck_isa_avx2) return ck_f32_unfold__avx2(source, channels, column, count, packed);
#endif
    ck_f32_unfold__portable(source, channels, column, count, packed);
}

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

// A copy that costs no call for the short rows of late layers: whole pieces, the last one moved back to end in place.
static inline void copy_row(const float *source, size_t count, float *target)
{
    if (count > 128) {
        memcpy(target, source, count * sizeof(float));
    } else if (count >= 16) {
        for (size_t i = 0; i + 16 <= count; i += 16) memcpy(target + i, source + i, 16 * sizeof(float));
        memcpy(target + count - 16, source + count - 16, 16 * sizeof(float));
    } else if (count >= 8) {
        memcpy(target, source, 8 * sizeof(float));
        memcpy(target + count - 8, source + count - 8, 8 * sizeof(float));
    } else if (count >= 4) {
        memcpy(target, source, 4 * sizeof(float));
        memcpy(target + count - 4, source + count - 4, 4 * sizeof(float));
    } else {
        if (count > 0) target[0] = source[0];
        if (count > 1) target[1] = source[1];
        if (count > 2) target[2] = source[2];
    }
}

// Zeros: at least `count`, at most 16 more.
static inline void clear_row(float *target, size_t count)
{
    if (count > 64)
        memset(target, 0, count * sizeof(float));
    else
        for (size_t i = 0; i < count; i += 16) memset(target + i, 0, 16 * sizeof(float));
}

void ck_f32_spread(const ck_window *w, const float *plane, ptrdiff_t first, size_t rows, size_t phase, float *spread)
{
    const ptrdiff_t width = w->input[2], stride = w->stride[2], pad = w->pad[2], length = (ptrdiff_t)phase;
    for (size_t r = 0; r < rows; r++) {
        const ptrdiff_t y = first + (ptrdiff_t)r;
        if (y < 0 || y >= w->input[1]) {
            clear_row(spread, (size_t)(stride * length));
            spread += stride * length;
            continue;
        }
        const float *row = plane + y * width;
        for (ptrdiff_t p = 0; p < stride; p++, spread += length) {
            // Floats from `from` up to `to` hold input. What clearing writes beyond them is written again after.
            ptrdiff_t from = p >= pad ? 0 : stride == 1 ? pad - p : (pad - p + stride - 1) / stride;
            ptrdiff_t to = width + pad <= p ? 0 : stride == 1 ? width + pad - p : (width + pad - p + stride - 1) / stride;
            if (to > length) to = length;
            if (from > to) from = to;
            const float *source = row + (p + from * stride - pad);
            clear_row(spread, (size_t)from);
            if (stride == 1)
                copy_row(source, (size_t)(to - from), spread + from);
            else if (stride == 2)
                every_second(source, (size_t)(to - from), spread + from);
            else
                for (ptrdiff_t i = from; i < to; i++) spread[i] = source[(i - from) * stride];
            clear_row(spread + to, (size_t)(length - to));
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

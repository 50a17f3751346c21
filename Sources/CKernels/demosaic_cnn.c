// The demosaic network: the portable level and dispatch. Contract in ck_demosaic_cnn.h.
#include "ck_demosaic_cnn.h"

#include "ck_cpu.h"
#include "demosaic_cnn_layout.h"

#pragma STDC FP_CONTRACT OFF

typedef int16_t element;
typedef int16_t weight;
typedef struct lanes16 { int32_t v[16]; } lanes16;
typedef struct lanes8 { int32_t v[8]; } lanes8;
enum { group = 2, tile = 2 };

static inline lanes16 zero16(void) { return (lanes16){{0}}; }
static inline lanes8 zero8(void) { return (lanes8){{0}}; }

static inline lanes16 dot16(lanes16 sums, const element *a, const weight *w)
{
    for (int i = 0; i < 16; i++) sums.v[i] += (int32_t)a[0] * w[2 * i] + (int32_t)a[1] * w[2 * i + 1];
    return sums;
}

static inline lanes8 dot8(lanes8 sums, const element *a, const weight *w)
{
    for (int i = 0; i < 8; i++) sums.v[i] += (int32_t)a[0] * w[2 * i] + (int32_t)a[1] * w[2 * i + 1];
    return sums;
}

static inline lanes8 pair8(lanes8 sums, const int16_t *s, const int16_t *w) { return dot8(sums, s, w); }

// Nearest integer, halves to even, of a value in 0...65535.
static inline int32_t nearest(float x) { return (int32_t)((x + 8388608.0f) - 8388608.0f); }

static inline float clipped(float x, float top) { return x < 0 ? 0 : x > top ? top : x; }

static inline void requantize(lanes16 sums, const int32_t *bias, const float *scale, element *to)
{
    for (int i = 0; i < 16; i++) to[i] = (element)nearest(clipped((float)(sums.v[i] + bias[i]) * scale[i], 255));
}

static inline void combine(lanes8 sums, lanes8 lines, uint16_t *to)
{
    const float *scale = ck_cnn_trained.scales[cnn_hidden], *offset = ck_cnn_trained.offsets;
    for (int i = 0; i < 8; i++) {
        const float line = (float)lines.v[i] * (1.0f / 8192), correction = (float)sums.v[i] * scale[i];
        const float sum = line + correction;
        to[i] = (uint16_t)nearest(clipped(sum + offset[i], 65535));
    }
}

#define KERNEL(name) name##__portable
#include "demosaic_cnn_body.h"

size_t ck_cnn_byte_count(size_t width)
{
    // The same for both column parities.
    const ck_cnn cnn = {0, width, 1};
    cnn_memory m;
    return cnn_divide(&cnn, &m);
}

void ck_u16_cnn_begin(const ck_cnn *cnn)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_vnni) return ck_u16_cnn_begin__vnni(cnn);
    if (level >= ck_isa_avx2) return ck_u16_cnn_begin__avx2(cnn);
#endif
    ck_u16_cnn_begin__portable(cnn);
}

void ck_u16_cnn_take(const ck_cnn *cnn, ptrdiff_t y, const uint16_t *red_row, const uint16_t *blue_row)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_vnni) return ck_u16_cnn_take__vnni(cnn, y, red_row, blue_row);
    if (level >= ck_isa_avx2) return ck_u16_cnn_take__avx2(cnn, y, red_row, blue_row);
#endif
    ck_u16_cnn_take__portable(cnn, y, red_row, blue_row);
}

void ck_u16_cnn_finish(const ck_cnn *cnn, ptrdiff_t y, const ck_cnn_planes *planes)
{
#if defined(__x86_64__)
    const ck_isa level = ck_isa_level();
    if (level >= ck_isa_vnni) return ck_u16_cnn_finish__vnni(cnn, y, planes);
    if (level >= ck_isa_avx2) return ck_u16_cnn_finish__avx2(cnn, y, planes);
#endif
    ck_u16_cnn_finish__portable(cnn, y, planes);
}

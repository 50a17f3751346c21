// Body of ck_u8_block_depthwise with VNNI: four pixels at a time, whose bytes of four taps are brought side by side by
// unpacking twice; vector j then holds channels 4 j ... 4 j + 3 of the four pixels, one in each 128-bit lane.
enum { LEVEL(u8_most_taps) = 128 };

typedef struct LEVEL(u8_quads) {
    ck_u8_finish finish;
    size_t groups;                                   // of four taps
    ptrdiff_t taps[LEVEL(u8_most_taps)];             // a last group repeats its first tap, by weights 0
    __m512i weights[LEVEL(u8_most_taps) / 4][4];
    __m512i bias[4];
    __m512 scales[4], offsets[4];
} LEVEL(u8_quads);

static inline __attribute__((always_inline)) __m512 LEVEL(u8_bound_quad)(__m512 x, float low, float high)
{
    return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}

static inline __attribute__((always_inline)) void LEVEL(u8_four_pixels)(const LEVEL(u8_quads) * quads, const uint8_t *x,
                                                                        __m512i sums[4])
{
    for (int j = 0; j < 4; j++) sums[j] = quads->bias[j];
    for (size_t group = 0; group < quads->groups; group++) {
        const ptrdiff_t *taps = quads->taps + 4 * group;
        const __m512i a = _mm512_loadu_si512(x + taps[0]), b = _mm512_loadu_si512(x + taps[1]);
        const __m512i c = _mm512_loadu_si512(x + taps[2]), d = _mm512_loadu_si512(x + taps[3]);
        const __m512i ab0 = _mm512_unpacklo_epi8(a, b), ab1 = _mm512_unpackhi_epi8(a, b);
        const __m512i cd0 = _mm512_unpacklo_epi8(c, d), cd1 = _mm512_unpackhi_epi8(c, d);
        const __m512i *weights = quads->weights[group];
        sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_unpacklo_epi16(ab0, cd0), weights[0]);
        sums[1] = _mm512_dpbusd_epi32(sums[1], _mm512_unpackhi_epi16(ab0, cd0), weights[1]);
        sums[2] = _mm512_dpbusd_epi32(sums[2], _mm512_unpacklo_epi16(ab1, cd1), weights[2]);
        sums[3] = _mm512_dpbusd_epi32(sums[3], _mm512_unpackhi_epi16(ab1, cd1), weights[3]);
    }
}

// The levels of four pixels in order.
static inline __attribute__((always_inline)) __m512i LEVEL(u8_four_levels)(const LEVEL(u8_quads) * quads,
                                                                           const __m512i sums[4], const __m512i *residual)
{
    const ck_u8_finish *finish = &quads->finish;
    const __m512 magic = _mm512_set1_ps(U8_MAGIC);
    __m512i levels[4];
    for (int j = 0; j < 4; j++) {
        __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[j]), quads->scales[j]);
        t = LEVEL(u8_bound_quad)(t, (float)(finish->low - finish->zero), (float)(finish->high - finish->zero));
        if (finish->gain != 0) {
            t = _mm512_add_ps(_mm512_sub_ps(_mm512_add_ps(t, magic), magic), _mm512_set1_ps((float)finish->zero));
            __m512 rest = quads->offsets[j];
            if (residual) {
                // Channels 4 j ... of each lane, each in 32 bits.
                const __m512i index = _mm512_add_epi8(
                    _mm512_set4_epi32((int)0x80808003, (int)0x80808002, (int)0x80808001, (int)0x80808000),
                    _mm512_set1_epi32(4 * j));
                const __m512i other = _mm512_shuffle_epi8(*residual, index);
                rest = _mm512_fmadd_ps(_mm512_cvtepi32_ps(other), _mm512_set1_ps(finish->residual_gain), rest);
            }
            t = _mm512_fmadd_ps(t, _mm512_set1_ps(finish->gain), rest);
            t = LEVEL(u8_bound_quad)(t, (float)(finish->last_low - finish->last_zero),
                                     (float)(finish->last_high - finish->last_zero));
        }
        const __m512i zero = _mm512_set1_epi32(finish->gain != 0 ? finish->last_zero : finish->zero);
        const __m512i bits = _mm512_castps_si512(_mm512_add_ps(t, magic));
        levels[j] = _mm512_add_epi32(_mm512_sub_epi32(bits, _mm512_castps_si512(magic)), zero);
    }
    return _mm512_packus_epi16(_mm512_packus_epi32(levels[0], levels[1]), _mm512_packus_epi32(levels[2], levels[3]));
}

void LEVEL(ck_u8_block_depthwise)(const ck_u8_block_conv *job)
{
    LEVEL(u8_quads) quads;
    quads.finish = job->finish;
    quads.groups = (job->tap_count + 3) / 4;
    const ck_u8_finish *finish = &quads.finish;
    for (size_t i = 0; i < 4 * quads.groups; i++) quads.taps[i] = job->taps[i < job->tap_count ? i : i / 4 * 4];
    for (size_t group = 0; group < quads.groups; group++) {
        __m128i rows[4];
        for (size_t i = 0; i < 4; i++) {
            const size_t tap = 4 * group + i;
            rows[i] = tap < job->tap_count ? _mm_loadu_si128((const __m128i *)(job->weights + tap * 16))
                                           : _mm_setzero_si128();
        }
        const __m128i ab0 = _mm_unpacklo_epi8(rows[0], rows[1]), ab1 = _mm_unpackhi_epi8(rows[0], rows[1]);
        const __m128i cd0 = _mm_unpacklo_epi8(rows[2], rows[3]), cd1 = _mm_unpackhi_epi8(rows[2], rows[3]);
        quads.weights[group][0] = _mm512_broadcast_i32x4(_mm_unpacklo_epi16(ab0, cd0));
        quads.weights[group][1] = _mm512_broadcast_i32x4(_mm_unpackhi_epi16(ab0, cd0));
        quads.weights[group][2] = _mm512_broadcast_i32x4(_mm_unpacklo_epi16(ab1, cd1));
        quads.weights[group][3] = _mm512_broadcast_i32x4(_mm_unpackhi_epi16(ab1, cd1));
    }
    for (int j = 0; j < 4; j++) {
        quads.bias[j] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(job->bias + 4 * j)));
        quads.scales[j] = _mm512_broadcast_f32x4(_mm_loadu_ps(finish->scales + 4 * j));
        quads.offsets[j] = finish->offsets ? _mm512_broadcast_f32x4(_mm_loadu_ps(finish->offsets + 4 * j))
                                           : _mm512_set1_ps(finish->offset);
    }
    const uint8_t *x = job->x;
    size_t at = 0;
    for (size_t row = 0; row < job->rows; row++, x += job->row_step) {
        for (size_t p = 0; p < job->width; p += 4, at += 64) {
            __m512i sums[4];
            LEVEL(u8_four_pixels)(&quads, x + p * 16, sums);
            const size_t bytes = job->width - p < 4 ? (job->width - p) * 16 : 64;
            if (job->y_float) {
                for (int j = 0; j < 4; j++) {
                    const __m512 values = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[j]), quads.scales[j]);
                    float spread[16];
                    _mm512_storeu_ps(spread, values);
                    for (size_t pixel = 0; pixel < bytes / 16; pixel++)
                        memcpy(job->y_float + at + pixel * 16 + (size_t)j * 4, spread + pixel * 4, 16);
                }
            } else {
                const __mmask64 some = bytes == 64 ? ~(__mmask64)0 : ((__mmask64)1 << bytes) - 1;
                __m512i residual = _mm512_setzero_si512();
                if (job->residual) residual = _mm512_maskz_loadu_epi8(some, job->residual + at);
                __m512i levels = LEVEL(u8_four_levels)(&quads, sums, job->residual ? &residual : NULL);
                if (finish->table) levels = LEVEL(u8_look_up)(finish->table, levels);
                _mm512_mask_storeu_epi8(job->y + at, some, levels);
            }
        }
        at -= (0 - job->width % 4) % 4 * 16;
    }
}

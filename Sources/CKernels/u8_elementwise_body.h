// Body of the element-wise kernels on levels; included after the vectors of u8_block_conv_body.h are declared. Loops run
// over vectors, then over what is left, element by element, by the same arithmetic.
#define EACH(count, WIDE, ONE)                              \
    size_t i = 0;                                           \
    for (; i + LANES <= (count); i += LANES) { WIDE }       \
    for (; i < (count); i++) { ONE }

static inline __attribute__((always_inline)) uint8_t LEVEL(u8_round)(float t, int32_t zero)
{
    const float low = (float)-zero, high = (float)(255 - zero);
    t = t < low ? low : t;
    t = t > high ? high : t;
    const float rounded = t + U8_MAGIC;
    int32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    return (uint8_t)(bits + zero);
}

static inline __attribute__((always_inline)) BYTES LEVEL(u8_round_all)(FLOATS t, int32_t zero)
{
    t = LEVEL(u8_bound)(t, (FLOATS)((float)-zero), (FLOATS)((float)(255 - zero)));
    return __builtin_convertvector(LEVEL(u8_bits)(t + (FLOATS)(U8_MAGIC)) + (INTS)(zero), BYTES);
}

void LEVEL(ck_u8_quantize)(const float *x, float scale, int32_t zero, uint8_t *y, size_t count)
{
    EACH(count,
         {
             FLOATS t = *(const FLOATS *)(x + i) / (FLOATS)(scale);
             t = t == t ? t : (FLOATS)(0.0f);
             *(BYTES *)(y + i) = LEVEL(u8_round_all)(t, zero);
         },
         {
             const float t = x[i] / scale;
             y[i] = LEVEL(u8_round)(t == t ? t : 0.0f, zero);
         })
}

void LEVEL(ck_u8_dequantize)(const uint8_t *x, float scale, int32_t zero, float *y, size_t count)
{
    EACH(count,
         {
             const INTS level = __builtin_convertvector(*(const BYTES *)(x + i), INTS) - (INTS)(zero);
             *(FLOATS *)(y + i) = __builtin_convertvector(level, FLOATS) * (FLOATS)(scale);
         },
         { y[i] = (float)((int32_t)x[i] - zero) * scale; })
}

void LEVEL(ck_u8_add)(const uint8_t *a, float a_gain, const uint8_t *b, float b_gain, float offset, int32_t zero,
                      uint8_t *y, size_t count)
{
    EACH(count,
         {
             const FLOATS left = __builtin_convertvector(*(const BYTES *)(a + i), FLOATS);
             const FLOATS right = __builtin_convertvector(*(const BYTES *)(b + i), FLOATS);
             const FLOATS rest = __builtin_elementwise_fma(right, (FLOATS)(b_gain), (FLOATS)(offset));
             *(BYTES *)(y + i) = LEVEL(u8_round_all)(__builtin_elementwise_fma(left, (FLOATS)(a_gain), rest), zero);
         },
         {
             const float rest = __builtin_elementwise_fma((float)b[i], b_gain, offset);
             y[i] = LEVEL(u8_round)(__builtin_elementwise_fma((float)a[i], a_gain, rest), zero);
         })
}
#undef EACH

void LEVEL(ck_u8_block_scale)(const uint8_t *x, int32_t x_zero, const float *gains, int32_t zero, uint8_t *y,
                              size_t pixels)
{
    FLOATS gain[16 / LANES];
    for (int v = 0; v < 16 / LANES; v++) gain[v] = *(const FLOATS *)(gains + v * LANES);
    for (size_t p = 0; p < pixels; p++)
        for (int v = 0; v < 16 / LANES; v++) {
            const size_t at = p * 16 + (size_t)v * LANES;
            const INTS level = __builtin_convertvector(*(const BYTES *)(x + at), INTS) - (INTS)(x_zero);
            *(BYTES *)(y + at) = LEVEL(u8_round_all)(__builtin_convertvector(level, FLOATS) * gain[v], zero);
        }
}

void LEVEL(ck_u8_block_sum)(const uint8_t *x, size_t pixels, int32_t *sums)
{
    INTS total[16 / LANES] = {0};
    for (size_t p = 0; p < pixels; p++)
        for (int v = 0; v < 16 / LANES; v++)
            total[v] += __builtin_convertvector(*(const BYTES *)(x + p * 16 + (size_t)v * LANES), INTS);
    for (int v = 0; v < 16 / LANES; v++) *(INTS *)(sums + v * LANES) = total[v];
}

void LEVEL(ck_u8_block_max)(const ck_u8_block_conv *job)
{
    const uint8_t *x = job->x;
    uint8_t *restrict y = job->y;
    const size_t count = job->width * 16;
    for (size_t row = 0; row < job->rows; row++, x += job->row_step, y += count) {
        memcpy(y, x + job->taps[0], count);
        for (size_t tap = 1; tap < job->tap_count; tap++) {
            const uint8_t *line = x + job->taps[tap];
            for (size_t i = 0; i < count; i++) y[i] = line[i] > y[i] ? line[i] : y[i];
        }
    }
}

// Body of ck_u8_block_depthwise without VNNI: each tap's products in int32. Included after u8_block_conv_body.h.
void LEVEL(ck_u8_block_depthwise)(const ck_u8_block_conv *job)
{
    const LEVEL(u8_rules) rules = LEVEL(u8_rules_of)(&job->finish);
    const uint8_t *x = job->x;
    ptrdiff_t at = 0;
    for (size_t row = 0; row < job->rows; row++, x += job->row_step) {
        for (size_t p = 0; p < job->width; p++, at += 16) {
            for (int v = 0; v < 16 / LANES; v++) {
                INTS sum = *(const INTS *)(job->bias + v * LANES);
                for (size_t tap = 0; tap < job->tap_count; tap++) {
                    const uint8_t *left = x + job->taps[tap] + p * 16 + v * LANES;
                    typedef int8_t weights __attribute__((ext_vector_type(LANES), aligned(1)));
                    sum += __builtin_convertvector(*(const BYTES *)left, INTS) *
                           __builtin_convertvector(*(const weights *)(job->weights + tap * 16 + v * LANES), INTS);
                }
                const ptrdiff_t place = at + v * LANES;
                const FLOATS scale = *(const FLOATS *)(job->finish.scales + v * LANES);
                if (job->y_float) {
                    *(FLOATS *)(job->y_float + place) = __builtin_convertvector(sum, FLOATS) * scale;
                    continue;
                }
                FLOATS rest = job->finish.offsets ? *(const FLOATS *)(job->finish.offsets + v * LANES)
                                                  : (FLOATS)(job->finish.offset);
                if (job->residual)
                    rest = __builtin_elementwise_fma(
                        __builtin_convertvector(*(const BYTES *)(job->residual + place), FLOATS), rules.residual_gain,
                        rest);
                const INTS levels = job->finish.gain != 0 ? LEVEL(u8_sums_levels)(rules, sum, scale, rest)
                                                          : LEVEL(u8_levels)(rules, sum, scale);
                *(BYTES *)(job->y + place) = __builtin_convertvector(levels, BYTES);
            }
        }
    }
    if (job->y && job->finish.table) LEVEL(ck_u8_table)(job->finish.table, job->y, job->y, (size_t)at);
}

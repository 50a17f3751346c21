// Demosaic with low-cost edge sensing once for every level: KERNEL(name) adds the suffix, VECTOR_BYTES is the vector's
// width. Contract and formulas in ck_demosaic_led.h, rings in demosaic_led_rings.h.
//
// Rows are worked on with colour and green sites apart, so that no lane is computed for nothing and the four Bayer
// orders differ in pointers only: at a site of column parity p, index i is column 2 i + p; west lies at i + p - 1 and east at
// i + p of the other parity's plane.

typedef uint16_t KERNEL(led_u16s) __attribute__((vector_size(VECTOR_BYTES)));
typedef int16_t KERNEL(led_s16s) __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t KERNEL(led_s32s) __attribute__((vector_size(2 * VECTOR_BYTES)));
typedef uint32_t KERNEL(led_u32s) __attribute__((vector_size(2 * VECTOR_BYTES)));
typedef uint32_t KERNEL(led_pairs) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t KERNEL(led_u16s_at) __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
typedef int16_t KERNEL(led_s16s_at) __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
#define U16 KERNEL(led_u16s)
#define S16 KERNEL(led_s16s)
#define S32 KERNEL(led_s32s)
#define U32 KERNEL(led_u32s)
#define LOAD(p) ((S16)(*(const KERNEL(led_s16s_at) *)(p)))
#define STORE(p, v) (*(KERNEL(led_s16s_at) *)(p) = (v))
#define LOAD_U(p) ((U16)(*(const KERNEL(led_u16s_at) *)(p)))
#define STORE_U(p, v) (*(KERNEL(led_u16s_at) *)(p) = (v))
#define LANES (VECTOR_BYTES / 2)
#define INLINE static inline __attribute__((always_inline))

// Lists of lanes for shuffles.
#define LANES_4(f, k) f(k), f((k) + 1), f((k) + 2), f((k) + 3)
#define LANES_8(f, k) LANES_4(f, k), LANES_4(f, (k) + 4)
#define LANES_16(f, k) LANES_8(f, k), LANES_8(f, (k) + 8)
#if VECTOR_BYTES == 16
#define ALL_LANES(f) LANES_8(f, 0)
#elif VECTOR_BYTES == 32
#define ALL_LANES(f) LANES_16(f, 0)
#else
#define ALL_LANES(f) LANES_16(f, 0), LANES_16(f, 16)
#endif
#define EVEN(k) (2 * (k))
#define ODD(k) (2 * (k) + 1)
#define ZIP_LOW(k) (((k) >> 1) + ((k) & 1) * LANES)
#define ZIP_HIGH(k) (ZIP_LOW(k) + LANES / 2)

// Rounds up; for values that are not negative.
INLINE S16 KERNEL(led_mean)(S16 a, S16 b)
{
    const U32 sum = __builtin_convertvector((U16)a, U32) + __builtin_convertvector((U16)b, U32) + 1;
    return (S16)__builtin_convertvector(sum >> 1, U16);
}

INLINE S16 KERNEL(led_half)(S16 a, S16 b) { return __builtin_elementwise_add_sat(a, b) >> 1; }

INLINE S16 KERNEL(led_limited)(S16 value, short least, short most)
{
    const S16 low = (S16){0} + least, high = (S16){0} + most;
    return __builtin_elementwise_min(__builtin_elementwise_max(value, low), high);
}

INLINE S16 KERNEL(led_high_product)(S16 a, S16 b)
{
    return __builtin_convertvector((__builtin_convertvector(a, S32) * __builtin_convertvector(b, S32)) >> 16, S16);
}

INLINE S16 KERNEL(led_roughness)(S16 before, S16 after, S16 curvature)
{
    const U16 slope = (U16)__builtin_elementwise_abs(before - after);
    return KERNEL(led_mean)((S16)(slope >> 1), __builtin_elementwise_abs(curvature));
}

INLINE S16 KERNEL(led_preference)(S16 roughness, S16 across)
{
    return KERNEL(led_limited)(across - roughness, -2047, 2047) * 16;
}

INLINE S16 KERNEL(led_diagonal_preference)(S16 roughness, S16 across)
{
    return KERNEL(led_limited)(across - roughness, -2978, 2978) * 11;
}

INLINE S16 KERNEL(led_sample)(S16 near, S16 curvature)
{
    const S16 sum = __builtin_elementwise_add_sat(near, curvature >> 1);
    return __builtin_elementwise_max(sum, (S16){0});
}

INLINE S16 KERNEL(led_blend_differences)(S16 first, S16 second, S16 preference)
{
    const S16 difference = __builtin_elementwise_sub_sat(first, second);
    return KERNEL(led_half)(first, second) + KERNEL(led_high_product)(difference, preference);
}

INLINE U16 KERNEL(led_color)(S16 green, S16 difference)
{
    const S16 once = __builtin_elementwise_sub_sat(green, difference);
    return (U16)__builtin_elementwise_max(__builtin_elementwise_sub_sat(once, difference), (S16){0});
}

// 15 bits to 16.
INLINE U16 KERNEL(led_full)(U16 value) { return (value << 1) | (value >> 14); }

// Colour and green sites of a row, halved.
INLINE void KERNEL(led_split)(const ck_led *led, ptrdiff_t y, const uint16_t *row)
{
    const unsigned phase = led_phase(led, y);
    int16_t *const color = led_row(led, led_colors, y), *const green = led_row(led, led_greens, y);
    int16_t *const even = phase ? green : color, *const odd = phase ? color : green;
    for (ptrdiff_t i = -LANES; i < led_end(led); i += LANES) {
        const S16 a = (S16)(LOAD_U(row + 2 * i) >> 1), b = (S16)(LOAD_U(row + 2 * i + LANES) >> 1);
        STORE(even + i, __builtin_shufflevector(a, b, ALL_LANES(EVEN)));
        STORE(odd + i, __builtin_shufflevector(a, b, ALL_LANES(ODD)));
    }
}

// Step 1.
INLINE void KERNEL(led_green)(const ck_led *led, ptrdiff_t y)
{
    const ptrdiff_t east = led_phase(led, y), west = east - 1;
    const int16_t *const row = led_row(led, led_colors, y), *const side = led_row(led, led_greens, y);
    const int16_t *const north2 = led_row(led, led_colors, y - 2), *const south2 = led_row(led, led_colors, y + 2);
    const int16_t *const north = led_row(led, led_greens, y - 1), *const south = led_row(led, led_greens, y + 1);
    int16_t *const green = led_row(led, led_interpolated, y), *const difference = led_row(led, led_differences, y);
    for (ptrdiff_t i = -LANES; i < led_end(led); i += LANES) {
        const S16 c = LOAD(row + i);
        const S16 w = LOAD(side + i + west), e = LOAD(side + i + east), n = LOAD(north + i), s = LOAD(south + i);
        const S16 h_curve = c - KERNEL(led_mean)(LOAD(row + i - 1), LOAD(row + i + 1));
        const S16 v_curve = c - KERNEL(led_mean)(LOAD(north2 + i), LOAD(south2 + i));
        const S16 preference = KERNEL(led_preference)(
            KERNEL(led_roughness)(w, e, h_curve), KERNEL(led_roughness)(n, s, v_curve));
        const S16 h = KERNEL(led_sample)(KERNEL(led_mean)(w, e), h_curve);
        const S16 v = KERNEL(led_sample)(KERNEL(led_mean)(n, s), v_curve);
        const S16 blended = KERNEL(led_mean)(h, v) + KERNEL(led_high_product)(h - v, preference);
        STORE(green + i, blended);
        STORE(difference + i, (blended - c) >> 1);
    }
}

// Step 2.
INLINE void KERNEL(led_opposite)(const ck_led *led, ptrdiff_t y)
{
    const ptrdiff_t east = led_phase(led, y), west = east - 1;
    const int16_t *const row = led_row(led, led_colors, y);
    const int16_t *const north2 = led_row(led, led_colors, y - 2), *const south2 = led_row(led, led_colors, y + 2);
    const int16_t *const north = led_row(led, led_colors, y - 1), *const south = led_row(led, led_colors, y + 1);
    const int16_t *const d_row = led_row(led, led_differences, y);
    const int16_t *const d_north2 = led_row(led, led_differences, y - 2);
    const int16_t *const d_south2 = led_row(led, led_differences, y + 2);
    const int16_t *const d_north = led_row(led, led_differences, y - 1);
    const int16_t *const d_south = led_row(led, led_differences, y + 1);
    int16_t *const opposite = led_row(led, led_opposites, y);
    for (ptrdiff_t i = -LANES; i < led_end(led); i += LANES) {
        const S16 c = LOAD(row + i);
        const S16 falling_curve = c - KERNEL(led_mean)(LOAD(north2 + i - 1), LOAD(south2 + i + 1));
        const S16 rising_curve = c - KERNEL(led_mean)(LOAD(north2 + i + 1), LOAD(south2 + i - 1));
        const S16 preference = KERNEL(led_diagonal_preference)(
            KERNEL(led_roughness)(LOAD(north + i + west), LOAD(south + i + east), falling_curve),
            KERNEL(led_roughness)(LOAD(north + i + east), LOAD(south + i + west), rising_curve));
        const S16 d = LOAD(d_row + i);
        const S16 falling = KERNEL(led_half)(LOAD(d_north + i + west), LOAD(d_south + i + east));
        const S16 rising = KERNEL(led_half)(LOAD(d_north + i + east), LOAD(d_south + i + west));
        const S16 falling2 = KERNEL(led_half)(LOAD(d_north2 + i - 1), LOAD(d_south2 + i + 1));
        const S16 rising2 = KERNEL(led_half)(LOAD(d_north2 + i + 1), LOAD(d_south2 + i - 1));
        STORE(
            opposite + i, KERNEL(led_blend_differences)(
                              falling - ((falling2 - d) >> 2), rising - ((rising2 - d) >> 2), preference));
    }
}

void KERNEL(ck_u16_led_take)(const ck_led *led, ptrdiff_t y, const uint16_t *row)
{
    KERNEL(led_split)(led, y, row);
    KERNEL(led_green)(led, y - 2);
    KERNEL(led_opposite)(led, y - 4);
}

// Step 3 for one colour: `across` are its differences in this row, `up` and `down` in the rows next to it, `up3` and
// `down3` in those at distance 3.
INLINE S16 KERNEL(led_at_green)(
    const int16_t *across, const int16_t *up, const int16_t *down, const int16_t *up3, const int16_t *down3,
    ptrdiff_t west, ptrdiff_t east, S16 preference)
{
    const S16 h = KERNEL(led_half)(LOAD(across + west), LOAD(across + east));
    const S16 v = KERNEL(led_half)(LOAD(up), LOAD(down));
    const S16 h3 = KERNEL(led_half)(LOAD(across + west - 1), LOAD(across + east + 1));
    const S16 v3 = KERNEL(led_half)(LOAD(up3), LOAD(down3));
    return KERNEL(led_blend_differences)(h - ((h3 - h) >> 2), v - ((v3 - v) >> 2), preference);
}

void KERNEL(ck_u16_led_finish)(
    const ck_led *led, ptrdiff_t y, const uint16_t *row, uint16_t *own, uint16_t *green, uint16_t *other)
{
    const unsigned phase = led_phase(led, y);
    const ptrdiff_t east = 1 - (ptrdiff_t)phase, west = east - 1;
    const int16_t *const here = led_row(led, led_greens, y), *const side = led_row(led, led_colors, y);
    const int16_t *const north2 = led_row(led, led_greens, y - 2), *const south2 = led_row(led, led_greens, y + 2);
    const int16_t *const north = led_row(led, led_colors, y - 1), *const south = led_row(led, led_colors, y + 1);
    const int16_t *const interpolated = led_row(led, led_interpolated, y);
    const int16_t *const d = led_row(led, led_differences, y), *const o = led_row(led, led_opposites, y);
    const int16_t *const d_north = led_row(led, led_differences, y - 1);
    const int16_t *const d_south = led_row(led, led_differences, y + 1);
    const int16_t *const d_north3 = led_row(led, led_differences, y - 3);
    const int16_t *const d_south3 = led_row(led, led_differences, y + 3);
    const int16_t *const o_north = led_row(led, led_opposites, y - 1);
    const int16_t *const o_south = led_row(led, led_opposites, y + 1);
    const int16_t *const o_north3 = led_row(led, led_opposites, y - 3);
    const int16_t *const o_south3 = led_row(led, led_opposites, y + 3);
    const U16 sites = (U16)((KERNEL(led_pairs)){0} + (phase ? 0xffff0000u : 0x0000ffffu));
    const ptrdiff_t count = (ptrdiff_t)((led->width + 1) / 2);
    for (ptrdiff_t i = 0; i < count; i += LANES) {
        const S16 g = LOAD(here + i);
        const S16 h_curve = g - KERNEL(led_mean)(LOAD(here + i - 1), LOAD(here + i + 1));
        const S16 v_curve = g - KERNEL(led_mean)(LOAD(north2 + i), LOAD(south2 + i));
        const S16 preference = KERNEL(led_preference)(
            KERNEL(led_roughness)(LOAD(side + i + west), LOAD(side + i + east), h_curve),
            KERNEL(led_roughness)(LOAD(north + i), LOAD(south + i), v_curve));
        const S16 own_difference = KERNEL(led_at_green)(
            d + i, o_north + i, o_south + i, o_north3 + i, o_south3 + i, west, east, preference);
        const S16 other_difference = KERNEL(led_at_green)(
            o + i, d_north + i, d_south + i, d_north3 + i, d_south3 + i, west, east, preference);
        const S16 green_at_color = LOAD(interpolated + i);

        const U16 new_own = KERNEL(led_full)(KERNEL(led_color)(g, own_difference));
        const U16 new_green = KERNEL(led_full)((U16)green_at_color);
        const U16 other_at_green = KERNEL(led_full)(KERNEL(led_color)(g, other_difference));
        const U16 other_at_color = KERNEL(led_full)(KERNEL(led_color)(green_at_color, LOAD(o + i)));

        const U16 even = phase ? other_at_green : other_at_color, odd = phase ? other_at_color : other_at_green;
        const U16 sampled[2] = {LOAD_U(row + 2 * i), LOAD_U(row + 2 * i + LANES)};
        const U16 owns[2] = {__builtin_shufflevector(new_own, new_own, ALL_LANES(ZIP_LOW)),
                             __builtin_shufflevector(new_own, new_own, ALL_LANES(ZIP_HIGH))};
        const U16 greens[2] = {__builtin_shufflevector(new_green, new_green, ALL_LANES(ZIP_LOW)),
                               __builtin_shufflevector(new_green, new_green, ALL_LANES(ZIP_HIGH))};
        for (int k = 0; k < 2; k++) {
            STORE_U(own + 2 * i + k * LANES, (sampled[k] & sites) | (owns[k] & ~sites));
            STORE_U(green + 2 * i + k * LANES, (sampled[k] & ~sites) | (greens[k] & sites));
        }
        STORE_U(other + 2 * i, __builtin_shufflevector(even, odd, ALL_LANES(ZIP_LOW)));
        STORE_U(other + 2 * i + LANES, __builtin_shufflevector(even, odd, ALL_LANES(ZIP_HIGH)));
    }
}

#undef U16
#undef S16
#undef S32
#undef U32
#undef LOAD
#undef STORE
#undef LOAD_U
#undef STORE_U
#undef LANES
#undef INLINE
#undef LANES_4
#undef LANES_8
#undef LANES_16
#undef ALL_LANES
#undef EVEN
#undef ODD
#undef ZIP_LOW
#undef ZIP_HIGH

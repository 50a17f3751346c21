// The demosaic kernels once for every level: KERNEL(name) adds the suffix, VECTOR_BYTES is the vector's width.
// Contract and formulas in ck_demosaic.h. Both colours of a row are computed in all lanes and blended by column parity, so
// that the four Bayer orders differ in arguments only.

typedef uint16_t KERNEL(u16s) __attribute__((vector_size(VECTOR_BYTES)));
typedef int16_t KERNEL(s16s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t KERNEL(u32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t KERNEL(u16s_at) __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
#define U16 KERNEL(u16s)
#define S16 KERNEL(s16s)
#define LOAD(p) ((U16)(*(const KERNEL(u16s_at) *)(p)))
#define STORE(p, v) (*(KERNEL(u16s_at) *)(p) = (v))
#define LANES (VECTOR_BYTES / 2)
#define INLINE static inline __attribute__((always_inline))

INLINE U16 KERNEL(mean)(U16 a, U16 b) { return (a | b) - ((a ^ b) >> 1); }

// (a + b + c + d + 2) >> 2: the mean of means is one too high where both halves of the sum were rounded up for nothing.
INLINE U16 KERNEL(mean4)(U16 a, U16 b, U16 c, U16 d)
{
    const U16 t = KERNEL(mean)(a, b), u = KERNEL(mean)(c, d);
    return KERNEL(mean)(t, u) - (((a ^ b) | (c ^ d)) & (t ^ u) & 1);
}

INLINE S16 KERNEL(half_difference)(U16 a, U16 b) { return (S16)((a >> 1) - (b >> 1)); }

// Unsigned plus signed, saturating at 0 and 65535: in two's complement with the sign bit turned over.
INLINE U16 KERNEL(corrected)(U16 value, S16 correction)
{
    return (U16)__builtin_elementwise_add_sat((S16)(value ^ 0x8000), correction) ^ 0x8000;
}

// All ones in the lanes of parity `phase`.
INLINE U16 KERNEL(parity)(unsigned phase) { return (U16)((KERNEL(u32s)){0} + (phase ? 0xffff0000u : 0x0000ffffu)); }

INLINE U16 KERNEL(blend)(U16 mask, U16 yes, U16 no) { return (yes & mask) | (no & ~mask); }

void KERNEL(ck_u16_demosaic_bilinear)(
    const uint16_t *const rows[3], size_t width, unsigned phase, uint16_t *own, uint16_t *green, uint16_t *other)
{
    const uint16_t *north = rows[0], *row = rows[1], *south = rows[2];
    const U16 color = KERNEL(parity)(phase);
    for (size_t x = 0; x < width; x += LANES) {
        const U16 c = LOAD(row + x), w = LOAD(row + x - 1), e = LOAD(row + x + 1);
        const U16 n = LOAD(north + x), s = LOAD(south + x);
        const U16 across = KERNEL(mean4)(w, e, n, s);
        const U16 diagonal =
            KERNEL(mean4)(LOAD(north + x - 1), LOAD(north + x + 1), LOAD(south + x - 1), LOAD(south + x + 1));
        STORE(own + x, KERNEL(blend)(color, c, KERNEL(mean)(w, e)));
        STORE(green + x, KERNEL(blend)(color, across, c));
        STORE(other + x, KERNEL(blend)(color, diagonal, KERNEL(mean)(n, s)));
    }
}

void KERNEL(ck_u16_demosaic_mhc)(
    const uint16_t *const rows[5], size_t width, unsigned phase, uint16_t *own, uint16_t *green, uint16_t *other)
{
    const uint16_t *north = rows[1], *row = rows[2], *south = rows[3];
    const U16 color = KERNEL(parity)(phase);
    for (size_t x = 0; x < width; x += LANES) {
        const U16 c = LOAD(row + x);
        const U16 h = KERNEL(mean)(LOAD(row + x - 1), LOAD(row + x + 1));
        const U16 v = KERNEL(mean)(LOAD(north + x), LOAD(south + x));
        const U16 d = KERNEL(mean)(
            KERNEL(mean)(LOAD(north + x - 1), LOAD(south + x + 1)),
            KERNEL(mean)(LOAD(north + x + 1), LOAD(south + x - 1)));
        const U16 h2 = KERNEL(mean)(LOAD(row + x - 2), LOAD(row + x + 2));
        const U16 v2 = KERNEL(mean)(LOAD(rows[0] + x), LOAD(rows[4] + x));

        const S16 curvature = KERNEL(half_difference)(c, KERNEL(mean)(h2, v2));
        const U16 green_at_color = KERNEL(corrected)(KERNEL(mean)(h, v), curvature);
        const U16 other_at_color = KERNEL(corrected)(KERNEL(corrected)(d, curvature), curvature >> 1);

        // Half of each correction, added twice: the whole can leave 16 bits.
        const S16 diagonal = KERNEL(half_difference)(c, d) >> 1;
        const S16 across = KERNEL(half_difference)(v2, h2) >> 1;
        const S16 horizontal = KERNEL(half_difference)(c, h2) >> 1, vertical = KERNEL(half_difference)(c, v2) >> 1;
        const S16 own_half = diagonal + ((horizontal + across) >> 2);
        const S16 other_half = diagonal + ((vertical - across) >> 2);
        const U16 own_at_green = KERNEL(corrected)(KERNEL(corrected)(h, own_half), own_half);
        const U16 other_at_green = KERNEL(corrected)(KERNEL(corrected)(v, other_half), other_half);

        STORE(own + x, KERNEL(blend)(color, c, own_at_green));
        STORE(green + x, KERNEL(blend)(color, green_at_color, c));
        STORE(other + x, KERNEL(blend)(color, other_at_color, other_at_green));
    }
}

void KERNEL(ck_u16_demosaic_half)(
    const uint16_t *restrict upper, const uint16_t *restrict lower, size_t width, unsigned phase,
    uint16_t *restrict own, uint16_t *restrict green, uint16_t *restrict other)
{
    if (phase) {
        for (size_t x = 0; x < width; x++) {
            own[x] = upper[2 * x + 1];
            green[x] = (uint16_t)((upper[2 * x] + lower[2 * x + 1] + 1) >> 1);
            other[x] = lower[2 * x];
        }
    } else {
        for (size_t x = 0; x < width; x++) {
            own[x] = upper[2 * x];
            green[x] = (uint16_t)((upper[2 * x + 1] + lower[2 * x] + 1) >> 1);
            other[x] = lower[2 * x + 1];
        }
    }
}

void KERNEL(ck_u16_bin)(
    const uint16_t *restrict upper, const uint16_t *restrict lower, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++)
        target[x] = (uint16_t)(((uint32_t)upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) >> 2);
}

#undef U16
#undef S16
#undef LOAD
#undef STORE
#undef LANES
#undef INLINE

// Minimised-Laplacian residual interpolation once for every level: KERNEL(name) adds the suffix, VECTOR_BYTES is the vector's
// width. Contract and formulas in ck_demosaic_mlri.h; planes in demosaic_mlri_planes.h.

typedef float KERNEL(f32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef float KERNEL(f32s_at) __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t KERNEL(s32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t KERNEL(halves) __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint16_t KERNEL(halves_at) __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));
#define F32 KERNEL(f32s)
#define S32 KERNEL(s32s)
#define LANES (VECTOR_BYTES / 4)
#define INLINE static inline __attribute__((always_inline))
#define LOAD(p) ((F32)(*(const KERNEL(f32s_at) *)(p)))
#define STORE(p, v) (*(KERNEL(f32s_at) *)(p) = (v))
#define EACH_VECTOR(x, count) for (size_t x = 0; x < (count); x += LANES)

// All ones in the lanes whose column has the parity of `odd`; columns begin at an even one.
INLINE S32 KERNEL(parity)(unsigned odd)
{
    S32 lanes;
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = ((unsigned)lane & 1) == (odd & 1) ? -1 : 0;
    return lanes;
}

INLINE F32 KERNEL(select)(S32 mask, F32 yes, F32 no) { return (F32)(((S32)yes & mask) | ((S32)no & ~mask)); }
INLINE F32 KERNEL(masked)(S32 mask, F32 value) { return (F32)((S32)value & mask); }
INLINE F32 KERNEL(magnitude)(F32 value) { return (F32)((S32)value & 0x7fffffff); }

// 0...65535; not a number becomes 0.
INLINE F32 KERNEL(clipped)(F32 value)
{
    const F32 top = (F32){0} + 65535.0f;
    value = KERNEL(masked)(value > (F32){0}, value);
    return KERNEL(select)(value < top, value, top);
}

// Sums over the samples `o` apart: of the own channel (distances 0, 2, 4) and of the other one (1, 3, 5).
INLINE F32 KERNEL(own)(const float *p, ptrdiff_t o)
{
    return LOAD(p) + (LOAD(p - 2 * o) + LOAD(p + 2 * o)) + (LOAD(p - 4 * o) + LOAD(p + 4 * o));
}

INLINE F32 KERNEL(others)(const float *p, ptrdiff_t o)
{
    return (LOAD(p - o) + LOAD(p + o)) + (LOAD(p - 3 * o) + LOAD(p + 3 * o)) + (LOAD(p - 5 * o) + LOAD(p + 5 * o));
}

// Step 1 for a block: green minus colour at every sample, from the samples along one direction, which are `mo` apart in m and
// `so` apart in the scratch planes. Rows first..<end of the block get results; intermediate ones need up to 14 more in a
// vertical direction (`grows` = 1).
INLINE void KERNEL(differences)(
    const float *m, size_t mp, float *d, size_t dp, float *scratch, size_t sp, size_t plane, size_t first, size_t end,
    size_t columns, int grows, unsigned green)
{
    const ptrdiff_t mo = grows ? (ptrdiff_t)mp : 1, so = grows ? (ptrdiff_t)sp : 1;
    float *guide = scratch, *cross = guide + plane, *square = cross + plane, *a0 = square + plane, *b0 = a0 + plane,
          *a1 = b0 + plane, *b1 = a1 + plane, *residual = cross, *other = square;
    size_t more = grows ? 13 : 0;
    for (size_t y = first - more; y < end + more; y++) {
        const float *c = m + y * mp;
        float *g = guide + y * sp;
        EACH_VECTOR(x, columns) STORE(g + x, (LOAD(c + x - mo) + LOAD(c + x + mo)) * 0.5f);
    }
    more = grows ? 11 : 0;
    for (size_t y = first - more; y < end + more; y++) {
        const float *c = m + y * mp, *g = guide + y * sp;
        EACH_VECTOR(x, columns)
        {
            const F32 lc = 2 * LOAD(c + x) - (LOAD(c + x - 2 * mo) + LOAD(c + x + 2 * mo));
            const F32 lg = 2 * LOAD(g + x) - (LOAD(g + x - 2 * so) + LOAD(g + x + 2 * so));
            STORE(cross + y * sp + x, lc * lg);
            STORE(square + y * sp + x, lg * lg);
        }
    }
    more = grows ? 6 : 0;
    for (size_t y = first - more; y < end + more; y++) {
        const float *c = m + y * mp;
        const size_t row = y * sp;
        EACH_VECTOR(x, columns)
        {
            const size_t at = row + x;
            const F32 own = KERNEL(own)(cross + at, so) / (KERNEL(own)(square + at, so) + epsilon);
            const F32 others = KERNEL(others)(cross + at, so) / (KERNEL(others)(square + at, so) + epsilon);
            STORE(a0 + at, own);
            STORE(b0 + at, (KERNEL(own)(c + x, mo) - own * KERNEL(own)(guide + at, so)) * (1.0f / 5));
            STORE(a1 + at, others);
            STORE(b1 + at, (KERNEL(others)(c + x, mo) - others * KERNEL(others)(guide + at, so)) * (1.0f / 6));
        }
    }
    more = grows ? 1 : 0;
    for (size_t y = first - more; y < end + more; y++) {
        const float *c = m + y * mp;
        EACH_VECTOR(x, columns)
        {
            const size_t at = y * sp + x;
            const F32 a_own = (KERNEL(own)(a0 + at, so) + KERNEL(others)(a1 + at, so)) * (1.0f / 11);
            const F32 b_own = (KERNEL(own)(b0 + at, so) + KERNEL(others)(b1 + at, so)) * (1.0f / 11);
            const F32 a_other = (KERNEL(own)(a1 + at, so) + KERNEL(others)(a0 + at, so)) * (1.0f / 11);
            const F32 b_other = (KERNEL(own)(b1 + at, so) + KERNEL(others)(b0 + at, so)) * (1.0f / 11);
            const F32 value = LOAD(c + x);
            STORE(residual + at, value - (a_own * LOAD(guide + at) + b_own));
            STORE(other + at, a_other * value + b_other);
        }
    }
    const S32 even = KERNEL(parity)(green), odd = KERNEL(parity)(green + 1);
    for (size_t y = first; y < end; y++) {
        const float *c = m + y * mp;
        const S32 is_green = y & 1 ? odd : even;
        EACH_VECTOR(x, columns)
        {
            const size_t at = y * sp + x;
            const F32 other_value =
                LOAD(other + at) + (LOAD(residual + at - so) + LOAD(residual + at + so)) * 0.5f;
            const F32 value = LOAD(c + x);
            STORE(d + y * dp + x, KERNEL(select)(is_green, value - other_value, other_value - value));
        }
    }
}

INLINE F32 KERNEL(five)(const float *p, ptrdiff_t o)
{
    return LOAD(p) + (LOAD(p - o) + LOAD(p + o)) + (LOAD(p - 2 * o) + LOAD(p + 2 * o));
}

// Gradients of the differences along `o`, summed over 5x5. `row` is room for one row; rows first..<end get results.
INLINE void KERNEL(gradients)(
    const float *d, ptrdiff_t o, float *row, float *sums, float *out, size_t first, size_t end)
{
    for (size_t y = first - 2; y < end + 2; y++) {
        EACH_VECTOR(x, tile_columns)
        {
            const float *p = d + y * tile_pitch + x;
            STORE(row + x, KERNEL(magnitude)(LOAD(p - o) - LOAD(p + o)));
        }
        EACH_VECTOR(x, tile_columns) STORE(sums + y * tile_pitch + x, KERNEL(five)(row + x, 1));
    }
    for (size_t y = first; y < end; y++)
        EACH_VECTOR(x, tile_columns)
    STORE(out + y * tile_pitch + x, KERNEL(five)(sums + y * tile_pitch + x, (ptrdiff_t)tile_pitch));
}

INLINE F32 KERNEL(half_line)(const float *p, ptrdiff_t o)
{
    return half_line[0] * LOAD(p) + half_line[1] * LOAD(p + o) + half_line[2] * LOAD(p + 2 * o) +
           half_line[3] * LOAD(p + 3 * o) + half_line[4] * LOAD(p + 4 * o);
}

INLINE F32 KERNEL(weight)(const float *gradient)
{
    const F32 g = LOAD(gradient);
    return 1.0f / (g * g + tiny);
}

// Step 2: green where a colour was sampled.
INLINE void KERNEL(fill_green)(const mlri_planes *p, size_t first, size_t end, unsigned green)
{
    const ptrdiff_t down = tile_pitch;
    for (size_t y = first; y < end; y++) {
        const S32 is_green = KERNEL(parity)(green + (unsigned)y);
        EACH_VECTOR(x, tile_columns)
        {
            const size_t at = y * tile_pitch + x;
            const F32 west = KERNEL(weight)(p->across_gradient + at - 2);
            const F32 east = KERNEL(weight)(p->across_gradient + at + 2);
            const F32 north = KERNEL(weight)(p->down_gradient + at - 2 * down);
            const F32 south = KERNEL(weight)(p->down_gradient + at + 2 * down);
            const F32 sum = west * KERNEL(half_line)(p->across + at, -1) + east * KERNEL(half_line)(p->across + at, 1) +
                            north * KERNEL(half_line)(p->down + at, -down) +
                            south * KERNEL(half_line)(p->down + at, down);
            const F32 value = LOAD(p->mosaic + at);
            const F32 estimate = value + sum / (west + east + north + south);
            STORE(p->green + at, KERNEL(select)(is_green, value, KERNEL(clipped)(estimate)));
        }
    }
}

INLINE F32 KERNEL(seven)(const float *p)
{
    return LOAD(p) + (LOAD(p - 1) + LOAD(p + 1)) + (LOAD(p - 2) + LOAD(p + 2)) + (LOAD(p - 3) + LOAD(p + 3));
}

// What sum over 7x7 of one colour's samples: rows at even (or odd) distances hold it, with zeros between.
INLINE F32 KERNEL(near_rows)(const float *p, ptrdiff_t down)
{
    return LOAD(p) + (LOAD(p - 2 * down) + LOAD(p + 2 * down));
}

INLINE F32 KERNEL(far_rows)(const float *p, ptrdiff_t down)
{
    return (LOAD(p - down) + LOAD(p + down)) + (LOAD(p - 3 * down) + LOAD(p + 3 * down));
}

// Step 3, windows: a and b of the colour sampled in the row at hand (0) and of the one in the rows next to it (1).
INLINE void KERNEL(color_windows)(const mlri_planes *p, size_t first, size_t end, unsigned green)
{
    const ptrdiff_t down = tile_pitch;
    float *const cross = p->colors[0], *const square = p->colors[1], *const sample = p->colors[2], *const guide = p->colors[3];
    for (size_t y = first - 3; y < end + 3; y++) {
        const S32 is_color = KERNEL(parity)(green + 1 + (unsigned)y);
        EACH_VECTOR(x, tile_columns)
        {
            const size_t at = y * tile_pitch + x;
            const float *c = p->mosaic + at, *g = p->green + at;
            const F32 lc = 4 * LOAD(c) - ((LOAD(c - 2) + LOAD(c + 2)) + (LOAD(c - 2 * down) + LOAD(c + 2 * down)));
            const F32 lg = 4 * LOAD(g) - ((LOAD(g - 2) + LOAD(g + 2)) + (LOAD(g - 2 * down) + LOAD(g + 2 * down)));
            STORE(cross + at, KERNEL(masked)(is_color, lc * lg));
            STORE(square + at, KERNEL(masked)(is_color, lg * lg));
            STORE(sample + at, KERNEL(masked)(is_color, LOAD(c)));
            STORE(guide + at, KERNEL(masked)(is_color, LOAD(g)));
        }
    }
    for (size_t y = first; y < end; y++) {
        EACH_VECTOR(x, tile_columns)
        {
            for (int k = 0; k < 4; k++) {
                const float *q = p->colors[k] + y * tile_pitch + x;
                STORE(p->rows[2 * k] + x, KERNEL(near_rows)(q, down));
                STORE(p->rows[2 * k + 1] + x, KERNEL(far_rows)(q, down));
            }
        }
        const S32 is_green = KERNEL(parity)(green + (unsigned)y);
        EACH_VECTOR(x, tile_columns)
        {
            for (int far = 0; far < 2; far++) {
                // Samples in the window: 3 or 4 rows, and 3 or 4 columns; the near colour has its columns here, the far one
                // has them at green.
                const float here = far ? 1.0f / 16 : 1.0f / 9, beside = 1.0f / 12;
                const F32 share = KERNEL(select)(is_green, (F32){0} + beside, (F32){0} + here);
                const F32 a = KERNEL(seven)(p->rows[far] + x) / (KERNEL(seven)(p->rows[2 + far] + x) + epsilon);
                const F32 b = (KERNEL(seven)(p->rows[4 + far] + x) - a * KERNEL(seven)(p->rows[6 + far] + x)) * share;
                const size_t at = y * tile_pitch + x;
                STORE(p->windows[2 * far] + at, a);
                STORE(p->windows[2 * far + 1] + at, b);
            }
        }
    }
}

// Step 3, estimates of red and blue at every pixel, and the residual where they were sampled.
INLINE void KERNEL(color_estimates)(
    const mlri_planes *p, size_t first, size_t end, unsigned green, unsigned red_row)
{
    const ptrdiff_t down = tile_pitch;
    for (size_t y = first; y < end; y++) {
        // windows[0...1] of a row belong to the colour that it samples: red's are in them or in windows[2...3] by row parity.
        const unsigned here = (y & 1) == (red_row & 1) ? 0 : 2;
        EACH_VECTOR(x, tile_columns)
        {
            for (unsigned k = 0; k < 4; k++) {
                // k: a of red, b of red, a of blue, b of blue.
                const unsigned near = k < 2 ? here + k : 2 - here + (k - 2), far = (near + 2) & 3;
                const float *n = p->windows[near] + y * tile_pitch + x, *f = p->windows[far] + y * tile_pitch + x;
                STORE(p->rows[k] + x, KERNEL(near_rows)(n, down) + KERNEL(far_rows)(f, down));
            }
        }
        const S32 is_color = KERNEL(parity)(green + 1 + (unsigned)y);
        EACH_VECTOR(x, tile_columns)
        {
            const size_t at = y * tile_pitch + x;
            const F32 g = LOAD(p->green + at);
            F32 estimates[2];
            for (int color = 0; color < 2; color++) {
                const F32 a = KERNEL(seven)(p->rows[2 * color] + x), b = KERNEL(seven)(p->rows[2 * color + 1] + x);
                estimates[color] = (a * g + b) * (1.0f / 49);
                STORE(p->colors[color] + at, estimates[color]);
            }
            STORE(p->colors[2] + at, KERNEL(masked)(is_color, LOAD(p->mosaic + at) - estimates[here ? 1 : 0]));
        }
    }
}

INLINE void KERNEL(store)(uint16_t *target, F32 value)
{
    const S32 whole = __builtin_convertvector(KERNEL(clipped)(value) + 0.5f, S32);
    *(KERNEL(halves_at) *)target = __builtin_convertvector(whole, KERNEL(halves));
}

// Step 3, residuals, and everything to its plane.
INLINE void KERNEL(finish)(const mlri_planes *p, const ck_mlri *tile, unsigned green)
{
    const ptrdiff_t down = tile_pitch;
    for (size_t y = 0; y < tile->rows; y++) {
        const size_t row = y + ck_mlri_reach, out = y * tile->plane_pitch;
        const int is_red = (y & 1) == (tile->red_row & 1);
        const S32 is_color = KERNEL(parity)(green + 1 + (unsigned)row);
        uint16_t *const own = is_red ? tile->red : tile->blue, *const other = is_red ? tile->blue : tile->red;
        for (size_t x = 0; x < tile->width; x += LANES) {
            const size_t at = row * tile_pitch + ck_mlri_margin + x;
            const float *r = p->colors[2] + at;
            const F32 across = (LOAD(r - 1) + LOAD(r + 1)) * 0.5f, above = (LOAD(r - down) + LOAD(r + down)) * 0.5f;
            const F32 corners =
                ((LOAD(r - down - 1) + LOAD(r - down + 1)) + (LOAD(r + down - 1) + LOAD(r + down + 1))) * 0.25f;
            const F32 value = LOAD(p->mosaic + at);
            const F32 own_value = LOAD(p->colors[is_red ? 0 : 1] + at) + across;
            const F32 other_value = LOAD(p->colors[is_red ? 1 : 0] + at) + KERNEL(select)(is_color, corners, above);
            KERNEL(store)(own + out + x, KERNEL(select)(is_color, value, own_value));
            KERNEL(store)(tile->green + out + x, LOAD(p->green + at));
            KERNEL(store)(other + out + x, other_value);
        }
    }
}

void KERNEL(ck_u16_demosaic_mlri)(const ck_mlri *tile)
{
    const mlri_planes planes = mlri_planes_in(tile->scratch);
    const mlri_planes *const p = &planes;
    const size_t rows = tile->rows + 2 * ck_mlri_reach;
    // Parity of the columns at which even rows are green. Both the reach and the margin are even.
    const unsigned green = (tile->red_row + tile->red_column + 1) & 1;
    for (size_t y = 0; y < rows; y++) {
        const uint16_t *from = tile->samples + ((ptrdiff_t)y - ck_mlri_reach) * (ptrdiff_t)tile->pitch - ck_mlri_margin;
        EACH_VECTOR(x, tile_columns)
        {
            // Past the margin there may be nothing to read.
            if (x >= tile->width + 2 * ck_mlri_margin) break;
            const KERNEL(halves) lanes = *(const KERNEL(halves_at) *)(from + x);
            STORE(p->mosaic + y * tile_pitch + x, __builtin_convertvector(__builtin_convertvector(lanes, S32), F32));
        }
    }
    for (size_t y = 9; y < rows - 9; y++)
        KERNEL(differences)(
            p->mosaic + y * tile_pitch, tile_pitch, p->across + y * tile_pitch, tile_pitch, p->line, line_pitch, line_pitch, 0,
            1, tile_columns, 0, green + (unsigned)y);
    for (size_t x = 0; x < tile_columns; x += block_columns)
        KERNEL(differences)(
            p->mosaic + x, tile_pitch, p->down + x, tile_pitch, p->block, block_columns, block_plane, 14, rows - 14,
            block_columns, 1, green);
    KERNEL(gradients)(p->across, 1, p->rows[0], p->colors[0], p->across_gradient, 17, rows - 17);
    KERNEL(gradients)(p->down, tile_pitch, p->rows[0], p->colors[0], p->down_gradient, 17, rows - 17);
    KERNEL(fill_green)(p, 19, rows - 19, green);
    KERNEL(color_windows)(p, 24, rows - 24, green);
    KERNEL(color_estimates)(p, 27, rows - 27, green, tile->red_row);
    KERNEL(finish)(p, tile, green);
}

#undef F32
#undef S32
#undef LANES
#undef INLINE
#undef LOAD
#undef STORE
#undef EACH_VECTOR

// Defects and noise once for every level: KERNEL(name) adds the suffix, VECTOR_BYTES is the vector's width. Contract and
// formulas in ck_mosaic.h.

typedef uint16_t KERNEL(m16s) __attribute__((vector_size(VECTOR_BYTES)));
typedef int16_t KERNEL(ms16s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t KERNEL(m32s) __attribute__((vector_size(2 * VECTOR_BYTES)));
typedef float KERNEL(mf32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t KERNEL(ms32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t KERNEL(mhalves) __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef int16_t KERNEL(mshalves) __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint16_t KERNEL(m16s_at) __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
typedef uint16_t KERNEL(mhalves_at) __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));
typedef int16_t KERNEL(mshalves_at) __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));
#define U16 KERNEL(m16s)
#define S16 KERNEL(ms16s)
#define U32 KERNEL(m32s)
#define F32 KERNEL(mf32s)
#define S32 KERNEL(ms32s)
#define LOAD(p) ((U16)(*(const KERNEL(m16s_at) *)(p)))
#define STORE(p, v) (*(KERNEL(m16s_at) *)(p) = (v))
#define LANES (VECTOR_BYTES / 2)
#define HALF (LANES / 2)
#define INLINE static inline __attribute__((always_inline))
#define MIN __builtin_elementwise_min
#define MAX __builtin_elementwise_max

INLINE F32 KERNEL(wide)(const uint16_t *p)
{
    const KERNEL(mhalves) lanes = *(const KERNEL(mhalves_at) *)p;
    return __builtin_convertvector(__builtin_convertvector(lanes, S32), F32);
}

// Values above 0 and below the limit truncate as they are; others become 0 or the limit.
INLINE void KERNEL(narrow)(uint16_t *p, F32 value, float limit)
{
    const F32 top = (F32){0} + limit;
    const S32 above = value > 0;
    value = (F32)((S32)value & above);
    const S32 below = value < top;
    value = (F32)(((S32)value & below) | ((S32)top & ~below));
    *(KERNEL(mhalves_at) *)p = __builtin_convertvector(__builtin_convertvector(value, S32), KERNEL(mhalves));
}

INLINE F32 KERNEL(columns)(const float pair[2])
{
    F32 value;
    for (int lane = 0; lane < HALF; lane++) value[lane] = pair[lane & 1];
    return value;
}

INLINE U16 KERNEL(plus)(U16 a, U16 b) { return __builtin_elementwise_add_sat(a, b); }

INLINE void KERNEL(order)(U16 *a, U16 *b)
{
    const U16 least = MIN(*a, *b);
    *b = MAX(*a, *b);
    *a = least;
}

// Batcher's network: 19 exchanges.
INLINE void KERNEL(sort8)(U16 v[8])
{
    static const uint8_t pairs[19][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {1, 2}, {5, 6},
                                         {0, 4}, {1, 5}, {2, 6}, {3, 7}, {2, 4}, {3, 5}, {1, 2}, {3, 4}, {5, 6}};
#pragma clang loop unroll(full)
    for (int i = 0; i < 19; i++) KERNEL(order)(&v[pairs[i][0]], &v[pairs[i][1]]);
}

INLINE U16 KERNEL(range6)(const uint16_t *const at[6])
{
    U16 least = LOAD(at[0]), most = least;
#pragma clang loop unroll(full)
    for (int i = 1; i < 6; i++) {
        least = MIN(least, LOAD(at[i]));
        most = MAX(most, LOAD(at[i]));
    }
    return most - least;
}

INLINE U16 KERNEL(unrest)(const uint16_t *const rows[5], size_t x)
{
    const uint16_t *a = rows[0] + x, *b = rows[1] + x, *c = rows[2] + x, *d = rows[3] + x, *e = rows[4] + x;
    const uint16_t *const beside[6] = {c - 1, c + 1, a - 1, a + 1, e - 1, e + 1};
    const uint16_t *const above[6] = {b, d, b - 2, b + 2, d - 2, d + 2};
    const uint16_t *const across[6] = {b - 1, b + 1, d - 1, d + 1, b - 1, b - 1};
    return MAX(MAX(KERNEL(range6)(beside), KERNEL(range6)(above)), KERNEL(range6)(across));
}

INLINE void KERNEL(ring)(const uint16_t *const rows[5], size_t x, int step, U16 v[8])
{
    const uint16_t *above = rows[2 - step] + x, *row = rows[2] + x, *below = rows[2 + step] + x;
    v[0] = LOAD(above - step), v[1] = LOAD(above), v[2] = LOAD(above + step);
    v[3] = LOAD(row - step), v[4] = LOAD(row + step);
    v[5] = LOAD(below - step), v[6] = LOAD(below), v[7] = LOAD(below + step);
}

INLINE U16 KERNEL(outer_range)(const uint16_t *const rows[5], size_t x)
{
    U16 v[8];
    KERNEL(ring)(rows, x, 2, v);
    U16 least = v[0], most = v[0];
    for (int i = 1; i < 8; i++) {
        least = MIN(least, v[i]);
        most = MAX(most, v[i]);
    }
    return most - least;
}

INLINE size_t KERNEL(defects)(
    const uint16_t *const rows[5], size_t width, const ck_defects *defects, int step, uint16_t *target)
{
    const F32 black = KERNEL(columns)(defects->black), zero = {0};
    const float gain = defects->gain, dark = defects->dark, threshold = defects->threshold;
    const F32 least = zero + defects->least;
    U16 lane_numbers, count = {0};
    for (int lane = 0; lane < LANES; lane++) lane_numbers[lane] = (uint16_t)lane;
    for (size_t x = 0; x < width; x += LANES) {
        U16 v[8];
        KERNEL(ring)(rows, x, step, v);
        KERNEL(sort8)(v);
        const U16 median = (v[3] | v[4]) - ((v[3] ^ v[4]) >> 1);

        uint16_t medians[LANES], limits[LANES];
        STORE(medians, median);
#pragma clang loop unroll(full)
        for (int half = 0; half < 2; half++) {
            F32 light = KERNEL(wide)(medians + half * HALF) - black;
            light = (F32)((S32)light & (light > zero));
            F32 limit = __builtin_elementwise_sqrt(light * gain + dark) * threshold;
            const S32 above = limit > least;
            limit = (F32)(((S32)limit & above) | ((S32)least & ~above));
            KERNEL(narrow)(limits + half * HALF, limit, 65535);
        }
        const U16 unrest = step == 2 ? KERNEL(unrest)(rows, x) : KERNEL(outer_range)(rows, x);
        const U16 noise = LOAD(limits), range = __builtin_elementwise_sub_sat(v[7] - v[0], noise);
        const U16 other = __builtin_elementwise_sub_sat(unrest, noise), twice = KERNEL(plus)(other, other);
        const U16 limit = KERNEL(plus)(KERNEL(plus)(noise, range), KERNEL(plus)(twice, twice));
        const U16 sample = LOAD(rows[2] + x);
        const U16 over = __builtin_elementwise_sub_sat(sample, v[7]), under = __builtin_elementwise_sub_sat(v[0], sample);
        const U16 isBad = (U16)(MAX(over, under) > limit);
        STORE(target + x, (median & isBad) | (sample & ~isBad));
        const uint16_t left = (uint16_t)(width - x < LANES ? width - x : LANES);
        count -= isBad & (U16)(lane_numbers < left);
    }
    size_t total = 0;
    for (int lane = 0; lane < LANES; lane++) total += count[lane];
    return total;
}

size_t KERNEL(ck_u16_defects)(
    const uint16_t *const rows[5], size_t width, const ck_defects *defects, uint16_t *target)
{
    return defects->step == 2 ? KERNEL(defects)(rows, width, defects, 2, target)
                              : KERNEL(defects)(rows, width, defects, 1, target);
}

void KERNEL(ck_u16_stabilize)(
    const uint16_t *raw, size_t width, const ck_stabilization *stabilization, uint16_t *target)
{
    const F32 black = KERNEL(columns)(stabilization->black), zero = {0};
    const float gain = stabilization->gain, offset = stabilization->offset, scale = stabilization->scale;
    for (size_t x = 0; x < width; x += HALF) {
        F32 value = (KERNEL(wide)(raw + x) - black) * gain + offset;
        value = (F32)((S32)value & (value > zero));
        KERNEL(narrow)(target + x, __builtin_elementwise_sqrt(value) * scale + 0.5f, 65535);
    }
}

// Samples that are worked on at a time, so that what is summed up over the places stays in the first-level cache.
#define BLOCK 512

// The upper halves of products.
INLINE U16 KERNEL(product)(U16 a, uint16_t b)
{
    return __builtin_convertvector((__builtin_convertvector(a, U32) * b) >> 16, U16);
}

INLINE U16 KERNEL(distance)(const uint16_t *a, const uint16_t *b)
{
    const U16 one = LOAD(a), other = LOAD(b);
    return MAX(one, other) - MIN(one, other);
}

INLINE void KERNEL(add_place)(
    const uint16_t *const rows[2 * CK_DENOISE_REACH + 1], size_t start, size_t count, int dy, int dx,
    const ck_denoising *denoising, uint16_t *sums, uint16_t *weights)
{
    const uint16_t *const *row = rows + CK_DENOISE_REACH;
    const uint16_t *a = row[-1] + start, *b = row[0] + start, *c = row[1] + start;
    const uint16_t *d = row[dy - 1] + start + dx, *e = row[dy] + start + dx, *f = row[dy + 1] + start + dx;
    uint16_t columns[BLOCK + 2 * LANES];
    for (ptrdiff_t x = -1; x <= (ptrdiff_t)count; x += LANES) {
        const U16 sum = KERNEL(plus)(
            KERNEL(plus)(KERNEL(distance)(a + x, d + x), KERNEL(distance)(b + x, e + x)),
            KERNEL(distance)(c + x, f + x));
        STORE(columns + 1 + x, sum);
    }
    const U16 limit = (U16){0} + denoising->limit, most = (U16){0} + 32;
    for (size_t x = 0; x < count; x += LANES) {
        const U16 distance =
            KERNEL(plus)(KERNEL(plus)(LOAD(columns + x), LOAD(columns + x + 1)), LOAD(columns + x + 2));
        const U16 weight = MIN(KERNEL(product)(__builtin_elementwise_sub_sat(limit, distance), denoising->slope), most);
        // Where the difference leaves 16 bits, the weight is 0.
        const S16 part = ((S16)(weight * (LOAD(e + x) - LOAD(b + x))) + 8) >> 4;
        STORE(sums + x, LOAD(sums + x) + (U16)part);
        STORE(weights + x, LOAD(weights + x) + weight);
    }
}

void KERNEL(ck_u16_denoise)(
    const uint16_t *const rows[2 * CK_DENOISE_REACH + 1], size_t width, const ck_denoising *denoising,
    uint16_t *target)
{
    static const int8_t places[16][2] = {{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {0, 1},   {1, -1}, {1, 0},  {1, 1},
                                         {-2, 0},  {2, 0},  {0, -2}, {0, 2},  {-2, -2}, {-2, 2}, {2, -2}, {2, 2}};
    const int step = (int)denoising->step;
    const F32 offset = KERNEL(columns)(denoising->offset);
    U16 white;
    for (int lane = 0; lane < LANES; lane++) white[lane] = denoising->white[lane & 1];
    for (size_t start = 0; start < width; start += BLOCK) {
        const size_t count = width - start < BLOCK ? width - start : BLOCK;
        uint16_t sums[BLOCK] = {0}, weights[BLOCK] = {0};
        for (int i = 0; i < 16; i++)
            KERNEL(add_place)(rows, start, count, step * places[i][0], step * places[i][1], denoising, sums, weights);
        const uint16_t *row = rows[CK_DENOISE_REACH] + start;
        for (size_t x = 0; x < count; x += HALF) {
            const KERNEL(mshalves) sum = *(const KERNEL(mshalves_at) *)(sums + x);
            const F32 excess = __builtin_convertvector(__builtin_convertvector(sum, S32), F32);
            const F32 value = KERNEL(wide)(row + x) + excess * 16.0f / (KERNEL(wide)(weights + x) + 32.0f);
            KERNEL(narrow)(target + start + x, value * value * denoising->factor + offset + 0.5f, 65535);
        }
        for (size_t x = 0; x < count; x += LANES) {
            const U16 isWhite = (U16)(LOAD(row + x) >= white);
            const U16 denoised = LOAD(target + start + x);
            STORE(target + start + x, (denoised & ~isWhite) | (isWhite & denoising->saturated));
        }
    }
}

#undef U16
#undef S16
#undef U32
#undef F32
#undef S32
#undef LOAD
#undef STORE
#undef LANES
#undef HALF
#undef INLINE
#undef MIN
#undef MAX
#undef BLOCK

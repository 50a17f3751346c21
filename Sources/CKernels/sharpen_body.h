// Sharpening once for every level: KERNEL(name) adds the suffix, VECTOR_BYTES is the vector's width. Contract and formulas
// in ck_sharpen.h.

typedef float KERNEL(sharp_f32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t KERNEL(sharp_s32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t KERNEL(sharp_halves) __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint16_t KERNEL(sharp_halves_at) __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));
#define F32 KERNEL(sharp_f32s)
#define S32 KERNEL(sharp_s32s)
#define LANES (VECTOR_BYTES / 4)
#define INLINE static inline __attribute__((always_inline))

INLINE S32 KERNEL(samples)(const uint16_t *p)
{
    const KERNEL(sharp_halves) lanes = *(const KERNEL(sharp_halves_at) *)p;
    return __builtin_convertvector(lanes, S32);
}

INLINE void KERNEL(put)(uint16_t *p, S32 value)
{
    value = __builtin_elementwise_min(__builtin_elementwise_max(value, (S32){0}), (S32){0} + 65535);
    *(KERNEL(sharp_halves_at) *)p = __builtin_convertvector(value, KERNEL(sharp_halves));
}

void KERNEL(ck_u16_luma)(
    const uint16_t *red, const uint16_t *green, const uint16_t *blue, size_t width, uint16_t *target)
{
    for (size_t x = 0; x < width; x += LANES) {
        const S32 sum = KERNEL(samples)(red + x) + 2 * KERNEL(samples)(green + x) + KERNEL(samples)(blue + x);
        KERNEL(put)(target + x, (sum + 2) >> 2);
    }
}

// One column of the binomial, times 16.
INLINE S32 KERNEL(column)(const uint16_t *const luma[5], size_t x, ptrdiff_t dx)
{
    const S32 outer = KERNEL(samples)(luma[0] + x + dx) + KERNEL(samples)(luma[4] + x + dx);
    const S32 inner = KERNEL(samples)(luma[1] + x + dx) + KERNEL(samples)(luma[3] + x + dx);
    return outer + 4 * inner + 6 * KERNEL(samples)(luma[2] + x + dx);
}

void KERNEL(ck_u16_sharpen)(
    const uint16_t *const luma[5], size_t width, const ck_sharpening *sharpening, uint16_t *red, uint16_t *green,
    uint16_t *blue)
{
    const float amount = sharpening->amount, threshold = sharpening->threshold;
    const F32 limit = (F32){0} + sharpening->limit, zero = {0};
    uint16_t *const planes[3] = {red, green, blue};
    for (size_t x = 0; x < width; x += LANES) {
        const S32 mean = KERNEL(column)(luma, x, -2) + KERNEL(column)(luma, x, 2) + 6 * KERNEL(column)(luma, x, 0)
            + 4 * (KERNEL(column)(luma, x, -1) + KERNEL(column)(luma, x, 1));
        // Both are below 2^24: the difference is exact.
        const S32 difference = 256 * KERNEL(samples)(luma[2] + x) - mean;
        const S32 isNegative = difference < 0;
        const S32 height = (difference ^ isNegative) - isNegative;
        F32 change = (__builtin_convertvector(height, F32) * (1.0f / 256) - threshold) * amount;
        change = (F32)((S32)change & (change > zero));
        const S32 isBelow = change < limit;
        change = (F32)(((S32)change & isBelow) | ((S32)limit & ~isBelow));
        const S32 whole = __builtin_convertvector(change, S32);
        for (int i = 0; i < 3; i++)
            KERNEL(put)(planes[i] + x, KERNEL(samples)(planes[i] + x) + ((whole ^ isNegative) - isNegative));
    }
}

#undef F32
#undef S32
#undef LANES
#undef INLINE

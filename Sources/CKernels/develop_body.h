// Linearising and the colour matrix once for every level: KERNEL(name) adds the suffix, VECTOR_BYTES is the vector's width.
// Contract in ck_develop.h.

typedef float KERNEL(f32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef float KERNEL(f32s_at) __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t KERNEL(s32s) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t KERNEL(halves) __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint16_t KERNEL(halves_at) __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));
#define F32 KERNEL(f32s)
#define S32 KERNEL(s32s)
#define LANES (VECTOR_BYTES / 4)
#define INLINE static inline __attribute__((always_inline))

INLINE F32 KERNEL(splat)(float value) { return (F32){0} + value; }

INLINE F32 KERNEL(load)(const uint16_t *p)
{
    const KERNEL(halves) lanes = *(const KERNEL(halves_at) *)p;
    return __builtin_convertvector(__builtin_convertvector(lanes, S32), F32);
}

// Rounds values of 0...65535 to the nearest integer, halves up.
INLINE void KERNEL(store)(uint16_t *p, F32 values)
{
    const S32 rounded = __builtin_convertvector(values + 0.5f, S32);
    *(KERNEL(halves_at) *)p = __builtin_convertvector(rounded, KERNEL(halves));
}

INLINE F32 KERNEL(clipped)(F32 value, float limit)
{
    const F32 zero = KERNEL(splat)(0), top = KERNEL(splat)(limit);
    const S32 above = value > zero;
    value = (F32)((S32)value & above);
    const S32 below = value < top;
    return (F32)(((S32)value & below) | ((S32)top & ~below));
}

void KERNEL(ck_u16_linearize)(const uint16_t *raw, size_t width, const ck_linearity *linearity, uint16_t *target)
{
    F32 black, scale;
    for (int lane = 0; lane < LANES; lane++) {
        black[lane] = linearity->black[lane & 1];
        scale[lane] = linearity->scale[lane & 1];
    }
    if (linearity->root) {
        for (size_t x = 0; x < width; x += LANES) {
            const F32 light = (KERNEL(load)(raw + x) - black) * scale;
            KERNEL(store)(target + x, __builtin_elementwise_sqrt(KERNEL(clipped)(light, full_scale * full_scale)));
        }
    } else {
        for (size_t x = 0; x < width; x += LANES) {
            const F32 light = (KERNEL(load)(raw + x) - black) * scale;
            KERNEL(store)(target + x, KERNEL(clipped)(light, full_scale));
        }
    }
}

void KERNEL(ck_u16_linearize_shaded)(
    const uint16_t *raw, size_t width, const ck_linearity *linearity, const ck_shading *shading, uint16_t *target)
{
    F32 black, scale;
    for (int lane = 0; lane < LANES; lane++) {
        black[lane] = linearity->black[lane & 1];
        scale[lane] = linearity->scale[lane & 1];
    }
    const F32 weight = KERNEL(splat)(shading->weight);
    const int root = linearity->root;
    for (size_t x = 0; x < width; x += LANES) {
        const F32 upper = *(const KERNEL(f32s_at) *)(shading->upper + x);
        const F32 lower = *(const KERNEL(f32s_at) *)(shading->lower + x);
        const F32 light = (KERNEL(load)(raw + x) - black) * scale * (upper + (lower - upper) * weight);
        if (root)
            KERNEL(store)(target + x, __builtin_elementwise_sqrt(KERNEL(clipped)(light, full_scale * full_scale)));
        else
            KERNEL(store)(target + x, KERNEL(clipped)(light, full_scale));
    }
}

void KERNEL(ck_u16_color)(uint16_t *red, uint16_t *green, uint16_t *blue, size_t width, const ck_color *color)
{
    // Linear light is worked on in units of 1 / 65535^2: the square of a root, or a linear value times 65535.
    const float unit = color->squared ? 1 : full_scale;
    F32 matrix[9];
    for (int i = 0; i < 9; i++) matrix[i] = KERNEL(splat)(color->matrix[i] * unit);
    const int squared = color->squared, root = color->root;
    uint16_t *const planes[3] = {red, green, blue};
    for (size_t x = 0; x < width; x += LANES) {
        F32 in[3];
        for (int i = 0; i < 3; i++) {
            in[i] = KERNEL(load)(planes[i] + x);
            if (squared) in[i] *= in[i];
        }
        for (int i = 0; i < 3; i++) {
            const F32 sum = matrix[3 * i] * in[0] + matrix[3 * i + 1] * in[1] + matrix[3 * i + 2] * in[2];
            const F32 light = KERNEL(clipped)(sum, full_scale * full_scale);
            KERNEL(store)(planes[i] + x, root ? __builtin_elementwise_sqrt(light) : light * (1 / full_scale));
        }
    }
}

#undef F32
#undef S32
#undef LANES
#undef INLINE

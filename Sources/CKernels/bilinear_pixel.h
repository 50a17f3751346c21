// One pixel of ck_bilinear.h after the other, SAMPLE (uint8_t or uint16_t) at a time: the portable level, and the ends of
// rows on the others. The including file defines SAMPLE and NAME(x).

static inline __attribute__((always_inline)) void NAME(pixel)(
    const SAMPLE *const rows[3], size_t x, size_t west, size_t east, unsigned phase, int is_red, SAMPLE *target)
{
    const SAMPLE *n = rows[0], *c = rows[1], *s = rows[2];
    SAMPLE own, green, other;
    if ((x & 1) == phase) {
        own = c[x];
        green = (SAMPLE)(((uint32_t)c[west] + c[east] + n[x] + s[x] + 2) >> 2);
        other = (SAMPLE)(((uint32_t)n[west] + n[east] + s[west] + s[east] + 2) >> 2);
    } else {
        own = (SAMPLE)(((uint32_t)c[west] + c[east] + 1) >> 1);
        green = c[x];
        other = (SAMPLE)(((uint32_t)n[x] + s[x] + 1) >> 1);
    }
    target[3 * x] = is_red ? own : other;
    target[3 * x + 1] = green;
    target[3 * x + 2] = is_red ? other : own;
}

// Pixels begin..<end, mirrored at the ends of the row.
static inline __attribute__((always_inline)) void NAME(pixels)(
    const SAMPLE *const rows[3], size_t width, size_t begin, size_t end, unsigned phase, int is_red, SAMPLE *target)
{
    for (size_t x = begin; x < end; x++)
        NAME(pixel)(rows, x, x ? x - 1 : 1, x + 1 < width ? x + 1 : width - 2, phase, is_red, target);
}

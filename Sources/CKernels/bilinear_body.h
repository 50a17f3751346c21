// One row of ck_bilinear.h in vectors, for one level and one width of samples. The including file defines
//   SAMPLE, NAME(x), ROW (the function), LANES (samples in a vector), V (the vector),
//   load(p), mean(a, b), and_(a, b), or_(a, b), xor_(a, b), sub(a, b), one, MASK parity(odd), blend(mask, yes, no),
//   store3(target, r, g, b): LANES pixels.

// (a + b + c + d + 2) >> 2: the mean of means is one too high where both halves of the sum were rounded up for nothing.
static inline __attribute__((always_inline)) V NAME(mean4)(V a, V b, V c, V d)
{
    const V t = mean(a, b), u = mean(c, d);
    return sub(mean(t, u), and_(and_(or_(xor_(a, b), xor_(c, d)), xor_(t, u)), one));
}

static inline __attribute__((always_inline)) void NAME(block)(
    const SAMPLE *const rows[3], size_t x, unsigned phase, int is_red, SAMPLE *target)
{
    const SAMPLE *n = rows[0] + x, *c = rows[1] + x, *s = rows[2] + x;
    const V w = load(c - 1), e = load(c + 1), up = load(n), down = load(s), centre = load(c);
    const V across = NAME(mean4)(w, e, up, down);
    const V diagonal = NAME(mean4)(load(n - 1), load(n + 1), load(s - 1), load(s + 1));
    const MASK color = parity((x ^ phase) & 1);
    const V own = blend(color, centre, mean(w, e));
    const V green = blend(color, across, centre);
    const V other = blend(color, diagonal, mean(up, down));
    store3(target + 3 * x, is_red ? own : other, green, is_red ? other : own);
}

void ROW(const SAMPLE *const rows[3], size_t width, unsigned phase, int is_red, SAMPLE *target)
{
    // Blocks lie between the two mirrored columns.
    if (width < LANES + 2) {
        NAME(pixels)(rows, width, 0, width, phase, is_red, target);
        return;
    }
    const size_t last = width - 1 - LANES;
    NAME(pixels)(rows, width, 0, 1, phase, is_red, target);
    for (size_t x = 1; x <= last; x += LANES) NAME(block)(rows, x, phase, is_red, target);
    NAME(block)(rows, last, phase, is_red, target);
    NAME(pixels)(rows, width, width - 1, width, phase, is_red, target);
}

// Vectors of 16 bfloat16 to float32 and back: the upper half of a float32's bits. The including file sets LEVEL(name) and
// the target attribute, and HAS_BF16 where the processor rounds by itself (denormals then become 0).
#include <stdint.h>

typedef float LEVEL(half_floats) __attribute__((ext_vector_type(16), aligned(4)));
typedef uint32_t LEVEL(half_bits) __attribute__((ext_vector_type(16), aligned(2), may_alias));
typedef uint16_t LEVEL(half_lanes) __attribute__((ext_vector_type(16), aligned(2)));

static inline __attribute__((always_inline)) void LEVEL(widen)(const uint16_t *x, float *y)
{
    const LEVEL(half_lanes) lanes = *(const LEVEL(half_lanes) *)x;
    *(LEVEL(half_bits) *)y = __builtin_convertvector(lanes, LEVEL(half_bits)) << 16;
}

static inline __attribute__((always_inline)) void LEVEL(narrow)(const float *x, uint16_t *y)
{
    const LEVEL(half_floats) values = *(const LEVEL(half_floats) *)x;
#ifdef HAS_BF16
    *(LEVEL(half_lanes) *)y = (LEVEL(half_lanes))_mm512_cvtneps_pbh((__m512)values);
#else
    const LEVEL(half_bits) bits = (LEVEL(half_bits))values;
    const LEVEL(half_bits) nearest = (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
    // A NaN must not turn into an infinity.
    const LEVEL(half_bits) kept = values == values ? nearest : (bits >> 16) | 0x40u;
    *(LEVEL(half_lanes) *)y = __builtin_convertvector(kept, LEVEL(half_lanes));
#endif
}

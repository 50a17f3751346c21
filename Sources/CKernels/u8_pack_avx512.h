// Four vectors of levels, whose low bytes count, to 64 bytes in order; for AVX-512 VBMI.
static inline __attribute__((always_inline)) void LEVEL(pack_four)(const void *levels, uint8_t *y)
{
    const char *four = levels;
    const __m512i low = _mm512_set_epi8(
        124, 120, 116, 112, 108, 104, 100, 96, 92, 88, 84, 80, 76, 72, 68, 64, 60, 56, 52, 48, 44, 40, 36, 32, 28, 24,
        20, 16, 12, 8, 4, 0, 124, 120, 116, 112, 108, 104, 100, 96, 92, 88, 84, 80, 76, 72, 68, 64, 60, 56, 52, 48, 44,
        40, 36, 32, 28, 24, 20, 16, 12, 8, 4, 0);
    const __m512i ab = _mm512_permutex2var_epi8(_mm512_loadu_si512(four), low, _mm512_loadu_si512(four + 64));
    const __m512i cd = _mm512_permutex2var_epi8(_mm512_loadu_si512(four + 128), low, _mm512_loadu_si512(four + 192));
    _mm512_storeu_si512(y, _mm512_mask_blend_epi64(0xf0, ab, cd));
}
#define PACK_FOUR(levels, y) LEVEL(pack_four)(levels, y)

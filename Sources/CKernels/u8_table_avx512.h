// Body of ck_u8_table with AVX-512 VBMI: two permutations of 128 bytes, of which the top bit chooses.
static inline __attribute__((always_inline)) __m512i LEVEL(u8_look_up)(const uint8_t *table, __m512i x)
{
    const __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), x, _mm512_loadu_si512(table + 64));
    const __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), x, _mm512_loadu_si512(table + 192));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

void LEVEL(ck_u8_table)(const uint8_t *table, const uint8_t *x, uint8_t *y, size_t count)
{
    size_t i = 0;
    for (; i + 64 <= count; i += 64) _mm512_storeu_si512(y + i, LEVEL(u8_look_up)(table, _mm512_loadu_si512(x + i)));
    if (i == count) return;
    const __mmask64 rest = ((__mmask64)1 << (count - i)) - 1;
    _mm512_mask_storeu_epi8(y + i, rest, LEVEL(u8_look_up)(table, _mm512_maskz_loadu_epi8(rest, x + i)));
}

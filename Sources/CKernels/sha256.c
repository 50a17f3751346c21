// SHA-256 after FIPS 180-4, sections 4.1.2, 4.2.2 and 6.2. The x86 path uses the SHA extensions as described in Intel's
// "New Instructions Supporting the Secure Hash Algorithm on Intel Architecture Processors" (2013).
#include "ck_sha256.h"

#include <string.h>

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void ck_sha256_blocks__portable(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
    for (; blocks > 0; blocks--, bytes += 64) {
        uint32_t w[64];
        for (int t = 0; t < 16; t++) w[t] = big_endian(bytes + 4 * t);
        for (int t = 16; t < 64; t++) {
            const uint32_t s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ (w[t - 15] >> 3);
            const uint32_t s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
        uint32_t v[8];
        memcpy(v, state, sizeof v);
        for (int t = 0; t < 64; t++) {
            const uint32_t s1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
            const uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
            const uint32_t t1 = v[7] + s1 + choose + round_constants[t] + w[t];
            const uint32_t s0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
            const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            for (int i = 7; i > 0; i--) v[i] = v[i - 1];
            v[4] += t1;
            v[0] = t1 + s0 + majority;
        }
        for (int i = 0; i < 8; i++) state[i] += v[i];
    }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

int ck_sha256_has_shani(void)
{
    static _Atomic int known = -1;
    if (known < 0) {
        unsigned a, b, c, d;
        const int sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
        const int sse41 = __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 19)) && (c & (1u << 9));
        known = sha && sse41;
    }
    return known;
}

__attribute__((target("sha,sse4.1,ssse3"))) void ck_sha256_blocks__shani(
    uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
    // The instructions want the state as ABEF and CDGH.
    __m128i dcba = _mm_loadu_si128((const __m128i *)&state[0]);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)&state[4]);
    const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; blocks > 0; blocks--, bytes += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes + i), swap);
        for (int group = 0; group < 16; group++) {
            const int now = group & 3;
            if (group >= 4) {
                // w[t..t+3] = sigma1(w[t-2..]) + w[t-7..] + sigma0(w[t-15..]) + w[t-16..]
                const __m128i w7 = _mm_alignr_epi8(w[(now + 3) & 3], w[(now + 2) & 3], 4);
                const __m128i partial = _mm_add_epi32(_mm_sha256msg1_epu32(w[now], w[(now + 1) & 3]), w7);
                w[now] = _mm_sha256msg2_epu32(partial, w[(now + 3) & 3]);
            }
            const __m128i wk = _mm_add_epi32(w[now], _mm_load_si128((const __m128i *)&round_constants[4 * group]));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}
#else
int ck_sha256_has_shani(void) { return 0; }
#endif

static void compress(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
#if defined(__x86_64__)
    if (ck_sha256_has_shani()) {
        ck_sha256_blocks__shani(state, bytes, blocks);
        return;
    }
#endif
    ck_sha256_blocks__portable(state, bytes, blocks);
}

void ck_sha256_init(ck_sha256 *context)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(context->state, initial, sizeof initial);
    context->length = 0;
}

void ck_sha256_update(ck_sha256 *context, const void *bytes, size_t count)
{
    if (count == 0) return;
    const uint8_t *p = bytes;
    const size_t held = context->length & 63;
    context->length += count;
    if (held > 0) {
        const size_t take = count < 64 - held ? count : 64 - held;
        memcpy(context->block + held, p, take);
        p += take;
        count -= take;
        if (held + take < 64) return;
        compress(context->state, context->block, 1);
    }
    compress(context->state, p, count / 64);
    memcpy(context->block, p + (count & ~(size_t)63), count & 63);
}

void ck_sha256_final(ck_sha256 *context, uint8_t digest[32])
{
    const uint64_t bits = context->length * 8;
    const size_t held = context->length & 63;
    uint8_t tail[128] = {0};
    memcpy(tail, context->block, held);
    tail[held] = 0x80;
    const size_t size = held < 56 ? 64 : 128;
    for (int i = 0; i < 8; i++) tail[size - 1 - i] = (uint8_t)(bits >> (8 * i));
    compress(context->state, tail, size / 64);
    for (int i = 0; i < 8; i++) {
        digest[4 * i] = (uint8_t)(context->state[i] >> 24);
        digest[4 * i + 1] = (uint8_t)(context->state[i] >> 16);
        digest[4 * i + 2] = (uint8_t)(context->state[i] >> 8);
        digest[4 * i + 3] = (uint8_t)context->state[i];
    }
}

// Unpacking raw rows: portable code and dispatch. Contract in ck_unpack.h.
#include "ck_unpack.h"

#include <string.h>

#include "ck_cpu.h"

void ck_u16_unpack_8__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) target[x] = source[x];
}

void ck_u16_unpack_16__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(target, source, 2 * width);
#else
    for (size_t x = 0; x < width; x++) target[x] = (uint16_t)(source[2 * x] | source[2 * x + 1] << 8);
#endif
}

void ck_u16_unpack_csi2_10__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *group = source + x / 4 * 5;
        const unsigned lane = x & 3;
        target[x] = (uint16_t)(group[lane] << 2 | ((group[4] >> 2 * lane) & 3));
    }
}

void ck_u16_unpack_csi2_12__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *group = source + x / 2 * 3;
        const unsigned lane = x & 1;
        target[x] = (uint16_t)(group[lane] << 4 | ((group[2] >> 4 * lane) & 15));
    }
}

void ck_u16_unpack_csi2_14__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *group = source + x / 4 * 7;
        const unsigned lane = x & 3;
        const uint32_t tails = (uint32_t)group[4] | (uint32_t)group[5] << 8 | (uint32_t)group[6] << 16;
        target[x] = (uint16_t)((uint32_t)group[lane] << 6 | ((tails >> 6 * lane) & 63));
    }
}

void ck_u16_unpack_lsb_10__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *bytes = source + 10 * x / 8;
        target[x] = (uint16_t)(((bytes[0] | bytes[1] << 8) >> (10 * x & 7)) & 0x3ff);
    }
}

void ck_u16_unpack_lsb_12__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *bytes = source + 12 * x / 8;
        target[x] = (uint16_t)(((bytes[0] | bytes[1] << 8) >> (12 * x & 7)) & 0xfff);
    }
}

void ck_u16_unpack_lsb_14__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *bytes = source + 14 * x / 8;
        const unsigned shift = 14 * x & 7;
        uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
        // With a shift of at most 2 the sample ends in the second byte, which may be the row's last.
        if (shift > 2) bits |= (uint32_t)bytes[2] << 16;
        target[x] = (uint16_t)((bits >> shift) & 0x3fff);
    }
}

void ck_u16_unpack_gige_10__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *group = source + x / 2 * 3;
        const unsigned lane = x & 1;
        target[x] = (uint16_t)(group[2 * lane] << 2 | ((group[1] >> 4 * lane) & 3));
    }
}

void ck_u16_unpack_gige_12__portable(const uint8_t *restrict source, size_t width, uint16_t *restrict target)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *group = source + x / 2 * 3;
        const unsigned lane = x & 1;
        target[x] = (uint16_t)(group[2 * lane] << 4 | ((group[1] >> 4 * lane) & 15));
    }
}

#if defined(__x86_64__)
#define DISPATCH(name)                                                            \
    void name(const uint8_t *source, size_t width, uint16_t *target)             \
    {                                                                             \
        const ck_isa level = ck_isa_level();                                      \
        if (level >= ck_isa_avx512) return name##__avx512(source, width, target); \
        if (level >= ck_isa_avx2) return name##__avx2(source, width, target);     \
        name##__portable(source, width, target);                                  \
    }
#else
#define DISPATCH(name) \
    void name(const uint8_t *source, size_t width, uint16_t *target) { name##__portable(source, width, target); }
#endif

DISPATCH(ck_u16_unpack_csi2_10)
DISPATCH(ck_u16_unpack_csi2_12)
DISPATCH(ck_u16_unpack_lsb_10)
DISPATCH(ck_u16_unpack_lsb_12)
DISPATCH(ck_u16_unpack_gige_10)
DISPATCH(ck_u16_unpack_gige_12)

void ck_u16_unpack_8(const uint8_t *source, size_t width, uint16_t *target)
{
#if defined(__x86_64__)
    if (ck_isa_level() >= ck_isa_avx2) return ck_u16_unpack_8__avx2(source, width, target);
#endif
    ck_u16_unpack_8__portable(source, width, target);
}

void ck_u16_unpack_16(const uint8_t *source, size_t width, uint16_t *target)
{
    ck_u16_unpack_16__portable(source, width, target);
}

void ck_u16_unpack_csi2_14(const uint8_t *source, size_t width, uint16_t *target)
{
    ck_u16_unpack_csi2_14__portable(source, width, target);
}

void ck_u16_unpack_lsb_14(const uint8_t *source, size_t width, uint16_t *target)
{
    ck_u16_unpack_lsb_14__portable(source, width, target);
}

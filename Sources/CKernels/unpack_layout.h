// The packings whose samples lie in at most two bytes, as data for one vector kernel.
//
// Sample i is made from a pair of them, v = low | high << 8:
//     ((v * scale[i] mod 2^16) >> (16 - depth)) & tail  |  (v >> (16 - depth)) & head
// The multiplication is a left shift by another count in each lane, which brings the sample's low bits to one place.
#pragma once
#include <stdint.h>

typedef struct {
    uint8_t depth;
    uint16_t head, tail;
    uint8_t low[8], high[8];  // byte of the group of eight samples
    uint16_t scale[8];
} unpack_layout;

#define UNPACK_CSI2_10                                                                                     \
    {10, 0x3fc, 3, {4, 4, 4, 4, 9, 9, 9, 9}, {0, 1, 2, 3, 5, 6, 7, 8}, {64, 16, 4, 1, 64, 16, 4, 1}}
#define UNPACK_CSI2_12                                                                                     \
    {12, 0xff0, 15, {2, 2, 5, 5, 8, 8, 11, 11}, {0, 1, 3, 4, 6, 7, 9, 10}, {16, 1, 16, 1, 16, 1, 16, 1}}
#define UNPACK_LSB_10                                                                                      \
    {10, 0, 0x3ff, {0, 1, 2, 3, 5, 6, 7, 8}, {1, 2, 3, 4, 6, 7, 8, 9}, {64, 16, 4, 1, 64, 16, 4, 1}}
#define UNPACK_LSB_12                                                                                      \
    {12, 0, 0xfff, {0, 1, 3, 4, 6, 7, 9, 10}, {1, 2, 4, 5, 7, 8, 10, 11}, {16, 1, 16, 1, 16, 1, 16, 1}}
#define UNPACK_GIGE_10                                                                                     \
    {10, 0x3fc, 3, {1, 1, 4, 4, 7, 7, 10, 10}, {0, 2, 3, 5, 6, 8, 9, 11}, {64, 4, 64, 4, 64, 4, 64, 4}}
#define UNPACK_GIGE_12                                                                                     \
    {12, 0xff0, 15, {1, 1, 4, 4, 7, 7, 10, 10}, {0, 2, 3, 5, 6, 8, 9, 11}, {16, 1, 16, 1, 16, 1, 16, 1}}

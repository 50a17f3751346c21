// SHA-256 (FIPS 180-4) over any number of updates.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ck_sha256 {
    uint32_t state[8];
    uint64_t length;  // bytes so far
    uint8_t block[64];
} ck_sha256;

void ck_sha256_init(ck_sha256 *context);
void ck_sha256_update(ck_sha256 *context, const void *bytes, size_t count);
void ck_sha256_final(ck_sha256 *context, uint8_t digest[32]);

// Both compressors, for tests: `blocks` whole blocks of 64 bytes.
void ck_sha256_blocks__portable(uint32_t state[8], const uint8_t *bytes, size_t blocks);
#if defined(__x86_64__)
void ck_sha256_blocks__shani(uint32_t state[8], const uint8_t *bytes, size_t blocks);
#endif
// 1 when this processor has the SHA extensions.
int ck_sha256_has_shani(void);

#ifdef __cplusplus
}
#endif

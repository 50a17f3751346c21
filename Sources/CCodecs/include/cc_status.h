#pragma once
#include <stddef.h>
#include <stdint.h>

/// What became of a call. Everything but `CC_OK` comes with a message.
typedef enum __attribute__((enum_extensibility(closed))) {
    CC_OK __attribute__((swift_name("ok"))) = 0,
    /// The bytes break the format's rules.
    CC_MALFORMED __attribute__((swift_name("malformed"))),
    /// The bytes end before the picture does.
    CC_TRUNCATED __attribute__((swift_name("truncated"))),
    /// Well-formed, but of a kind that the library does not read.
    CC_UNSUPPORTED __attribute__((swift_name("unsupported"))),
    /// A limit given by the caller was passed; the message names what has it.
    CC_LIMIT __attribute__((swift_name("limit"))),
    CC_OUT_OF_MEMORY __attribute__((swift_name("outOfMemory"))),
} cc_code;

typedef struct {
    cc_code code;
    /// One line, zero-terminated; empty when `code` is `CC_OK`.
    char message[224];
} cc_status;

/// Bytes that an encoder made. Give them back with `cc_buffer_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
} cc_buffer;

void cc_buffer_free(cc_buffer buffer);

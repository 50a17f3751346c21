#pragma once
#include "cc_status.h"

/// How compressed bytes are wrapped.
typedef enum __attribute__((enum_extensibility(closed))) {
    /// RFC 1952.
    CC_GZIP __attribute__((swift_name("gzip"))) = 0,
    /// RFC 1950, which HTTP calls deflate; bare RFC 1951 is read too, because clients send it under that name.
    CC_DEFLATE __attribute__((swift_name("deflate"))),
} cc_zlib_format;

/// Takes the wrapping off. More than `limit` bytes inside are `CC_LIMIT`; bytes behind the end are `CC_MALFORMED`.
/// Memory grows with what comes out, never with what the input promises.
cc_status cc_zlib_inflate(const uint8_t *bytes, size_t count, cc_zlib_format format, size_t limit, cc_buffer *inflated);

/// `level` is zlib's, 1...9.
cc_status cc_zlib_deflate(const uint8_t *bytes, size_t count, cc_zlib_format format, int32_t level,
                          cc_buffer *deflated);

/// Takes the wrapping off bytes of known size: exactly `target_count` bytes must come out. What stands behind the end of the
/// compressed bytes is passed over. `CC_TRUNCATED` when the input ends early, `CC_MALFORMED` when too little or too much is inside.
cc_status cc_zlib_inflate_into(const uint8_t *bytes, size_t count, uint8_t *target, size_t target_count);

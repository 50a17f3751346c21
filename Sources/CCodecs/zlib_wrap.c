#include "include/cc_zlib.h"
#include "status.h"

#include <stdlib.h>
#include <zlib.h>

/// zlib counts in `unsigned int`: larger blocks go through in pieces.
static const size_t piece = (size_t)1 << 30;

static int window_bits(cc_zlib_format format, const uint8_t *bytes, size_t count) {
    if (format == CC_GZIP) return 15 + 16;
    // RFC 1950: the first two bytes are a multiple of 31 and name method 8.
    int is_wrapped = count >= 2 && (bytes[0] & 15) == 8 && ((bytes[0] << 8) + bytes[1]) % 31 == 0;
    return is_wrapped ? 15 : -15;
}

static int grow(cc_buffer *buffer, size_t *capacity, size_t limit) {
    size_t larger = *capacity > limit / 2 ? limit : *capacity * 2;
    uint8_t *moved = realloc(buffer->bytes, larger);
    if (moved == NULL) return 0;
    buffer->bytes = moved;
    *capacity = larger;
    return 1;
}

static void fail(cc_status *status, cc_buffer *buffer, cc_code code, const char *message) {
    cc_set_status(status, code, message);
    free(buffer->bytes);
    buffer->bytes = NULL;
    buffer->count = 0;
}

cc_status cc_zlib_inflate(const uint8_t *bytes, size_t count, cc_zlib_format format, size_t limit,
                          cc_buffer *inflated) {
    cc_status status = {.code = CC_OK};
    z_stream stream = {0};
    *inflated = (cc_buffer){0};
    if (inflateInit2(&stream, window_bits(format, bytes, count)) != Z_OK) {
        cc_set_status(&status, CC_OUT_OF_MEMORY, "no memory to decompress");
        return status;
    }
    // One byte more than the limit tells a block of exactly that size from a larger one.
    size_t ceiling = limit < SIZE_MAX ? limit + 1 : limit;
    size_t capacity = ceiling < 65536 ? ceiling : 65536;
    inflated->bytes = malloc(capacity);
    if (inflated->bytes == NULL) fail(&status, inflated, CC_OUT_OF_MEMORY, "no memory to decompress");
    size_t taken = 0;
    int result = Z_OK;
    while (status.code == CC_OK && result != Z_STREAM_END) {
        if (inflated->count == capacity) {
            if (capacity == ceiling) {
                fail(&status, inflated, CC_LIMIT, "decompressed bytes");
                break;
            }
            if (!grow(inflated, &capacity, ceiling)) {
                fail(&status, inflated, CC_OUT_OF_MEMORY, "no memory to decompress");
                break;
            }
        }
        size_t in = count - taken < piece ? count - taken : piece;
        size_t room = capacity - inflated->count < piece ? capacity - inflated->count : piece;
        stream.next_in = (Bytef *)bytes + taken;
        stream.avail_in = (uInt)in;
        stream.next_out = inflated->bytes + inflated->count;
        stream.avail_out = (uInt)room;
        result = inflate(&stream, Z_NO_FLUSH);
        taken += in - stream.avail_in;
        inflated->count += room - stream.avail_out;
        if (result == Z_BUF_ERROR && taken == count) {
            fail(&status, inflated, CC_TRUNCATED, "the compressed bytes end early");
        } else if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            fail(&status, inflated, CC_MALFORMED, stream.msg ? stream.msg : "the compressed bytes are broken");
        }
    }
    inflateEnd(&stream);
    if (status.code == CC_OK && inflated->count > limit) fail(&status, inflated, CC_LIMIT, "decompressed bytes");
    if (status.code == CC_OK && taken != count) {
        fail(&status, inflated, CC_MALFORMED, "something stands behind the compressed bytes");
    }
    return status;
}

cc_status cc_zlib_deflate(const uint8_t *bytes, size_t count, cc_zlib_format format, int32_t level,
                          cc_buffer *deflated) {
    cc_status status = {.code = CC_OK};
    z_stream stream = {0};
    *deflated = (cc_buffer){0};
    int bits = format == CC_GZIP ? 15 + 16 : 15;
    if (deflateInit2(&stream, level, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        cc_set_status(&status, CC_OUT_OF_MEMORY, "no memory to compress");
        return status;
    }
    size_t capacity = deflateBound(&stream, (uLong)count);
    deflated->bytes = malloc(capacity);
    if (deflated->bytes == NULL) fail(&status, deflated, CC_OUT_OF_MEMORY, "no memory to compress");
    size_t taken = 0;
    int result = Z_OK;
    while (status.code == CC_OK && result != Z_STREAM_END) {
        size_t in = count - taken < piece ? count - taken : piece;
        size_t room = capacity - deflated->count < piece ? capacity - deflated->count : piece;
        stream.next_in = (Bytef *)bytes + taken;
        stream.avail_in = (uInt)in;
        stream.next_out = deflated->bytes + deflated->count;
        stream.avail_out = (uInt)room;
        result = deflate(&stream, taken + in == count ? Z_FINISH : Z_NO_FLUSH);
        taken += in - stream.avail_in;
        deflated->count += room - stream.avail_out;
        if (result != Z_OK && result != Z_STREAM_END) {
            fail(&status, deflated, CC_MALFORMED, "the bytes could not be compressed");
        }
    }
    deflateEnd(&stream);
    return status;
}

cc_status cc_zlib_inflate_into(const uint8_t *bytes, size_t count, uint8_t *target, size_t target_count) {
    cc_status status = {.code = CC_OK};
    z_stream stream = {0};
    if (inflateInit2(&stream, window_bits(CC_DEFLATE, bytes, count)) != Z_OK) {
        cc_set_status(&status, CC_OUT_OF_MEMORY, "no memory to decompress");
        return status;
    }
    size_t taken = 0, made = 0;
    // zlib wants room even when nothing is left to be written.
    uint8_t beyond;
    int result = Z_OK;
    while (status.code == CC_OK && result != Z_STREAM_END) {
        size_t in = count - taken < piece ? count - taken : piece;
        size_t room = target_count - made < piece ? target_count - made : piece;
        int is_full = room == 0;
        stream.next_in = (Bytef *)bytes + taken;
        stream.avail_in = (uInt)in;
        stream.next_out = is_full ? &beyond : target + made;
        stream.avail_out = is_full ? 1 : (uInt)room;
        result = inflate(&stream, Z_NO_FLUSH);
        taken += in - stream.avail_in;
        if (is_full && stream.avail_out == 0) {
            cc_set_status(&status, CC_MALFORMED, "more is inside than the samples take");
        } else if (!is_full) {
            made += room - stream.avail_out;
        }
        if (status.code != CC_OK) break;
        if (result == Z_BUF_ERROR && taken == count) {
            cc_set_status(&status, CC_TRUNCATED, "the compressed bytes end early");
        } else if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            cc_set_status(&status, CC_MALFORMED, stream.msg ? stream.msg : "the compressed bytes are broken");
        }
    }
    inflateEnd(&stream);
    if (status.code == CC_OK && made != target_count) {
        cc_set_status(&status, CC_MALFORMED, "less is inside than the samples take");
    }
    return status;
}

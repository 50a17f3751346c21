// PNG encoding over libpng's row API; see png_decode.c for the rule on longjmp.

#include "include/cc_png.h"
#include "status.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
    cc_buffer buffer;
    size_t capacity;
    cc_status *status;
} sink;

_Noreturn static void fail(png_structp png, png_const_charp message) {
    sink *self = png_get_error_ptr(png);
    cc_set_status(self->status, strstr(message, "emory") != NULL ? CC_OUT_OF_MEMORY : CC_MALFORMED, message);
    png_longjmp(png, 1);
}

static void discard_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    sink *self = png_get_io_ptr(png);
    size_t needed = self->buffer.count + count;
    if (needed > self->capacity) {
        size_t capacity = needed + needed / 2 + 4096;
        uint8_t *grown = realloc(self->buffer.bytes, capacity);
        if (grown == NULL) fail(png, "out of memory");
        self->buffer.bytes = grown;
        self->capacity = capacity;
    }
    memcpy(self->buffer.bytes + self->buffer.count, bytes, count);
    self->buffer.count = needed;
}

static void flush_nothing(png_structp png) { (void)png; }

cc_status cc_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, size_t row_stride, int32_t channels,
                        int32_t bit_depth, int32_t compression_level, cc_buffer *encoded) {
    cc_status status;
    cc_set_status(&status, CC_OK, "");
    *encoded = (cc_buffer){0};
    sink self = {.status = &status};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &self, fail, discard_warning);
    png_infop chunks = png == NULL ? NULL : png_create_info_struct(png);
    if (chunks == NULL) {
        png_destroy_write_struct(&png, NULL);
        cc_set_status(&status, CC_OUT_OF_MEMORY, "no memory for the encoder");
        return status;
    }
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, &self, write_bytes, flush_nothing);
        png_set_user_limits(png, width, height);
        png_set_IHDR(png, chunks, width, height, bit_depth, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        png_set_compression_level(png, compression_level);
        // None, sub and up: on photographs as small as all five filters, and a quarter faster.
        png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FAST_FILTERS);
        png_write_info(png, chunks);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        if (bit_depth == 16) png_set_swap(png);
#endif
        for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * row_stride);
        png_write_end(png, chunks);
    }
    png_destroy_write_struct(&png, &chunks);
    if (status.code == CC_OK) {
        *encoded = self.buffer;
    } else {
        free(self.buffer.bytes);
    }
    return status;
}

// PNG decoding over libpng's row API. A longjmp from its error handler lands in this file and goes no further.

#include "include/cc_png.h"
#include "status.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    cc_status *status;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    source *self = png_get_io_ptr(png);
    if (count > self->count - self->position) {
        cc_set_status(self->status, CC_TRUNCATED, "the file ends early");
        png_longjmp(png, 1);
    }
    memcpy(target, self->bytes + self->position, count);
    self->position += count;
}

_Noreturn static void fail(png_structp png, png_const_charp message) {
    source *self = png_get_error_ptr(png);
    cc_set_status(self->status, strstr(message, "emory") != NULL ? CC_OUT_OF_MEMORY : CC_MALFORMED, message);
    png_longjmp(png, 1);
}

static void discard_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/// Reads the header with nothing but the chunks that decide pixels: text, profiles and times are skipped unread.
static void prepare(png_structp png, png_infop chunks, source *self, cc_png_info *info) {
    png_set_read_fn(png, self, read_bytes);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, 64 << 20);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, chunks);

    int color_type = png_get_color_type(png, chunks);
    int bit_depth = png_get_bit_depth(png, chunks);
    info->width = png_get_image_width(png, chunks);
    info->height = png_get_image_height(png, chunks);
    info->channels = color_type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    info->bit_depth = bit_depth == 16 ? 16 : 8;
    info->stored_bit_depth = bit_depth;
    info->is_plain_gray = color_type == PNG_COLOR_TYPE_GRAY;

    if (color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color_type == PNG_COLOR_TYPE_GRAY && bit_depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (bit_depth == 16) png_set_swap(png);
#endif
}

static png_structp open_decoder(source *self, png_infop *chunks) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, fail, discard_warning);
    *chunks = png == NULL ? NULL : png_create_info_struct(png);
    if (*chunks == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        cc_set_status(self->status, CC_OUT_OF_MEMORY, "no memory for the decoder");
        return NULL;
    }
    return png;
}

cc_status cc_png_read_header(const uint8_t *bytes, size_t count, cc_png_info *info) {
    cc_status status;
    cc_set_status(&status, CC_OK, "");
    source self = {bytes, count, 0, &status};
    png_infop chunks;
    png_structp png = open_decoder(&self, &chunks);
    if (png == NULL) return status;
    if (setjmp(png_jmpbuf(png)) == 0) prepare(png, chunks, &self, info);
    png_destroy_read_struct(&png, &chunks, NULL);
    return status;
}

cc_status cc_png_decode(const uint8_t *bytes, size_t count, const cc_png_info *info, uint8_t *pixels,
                        size_t row_stride) {
    cc_status status;
    cc_set_status(&status, CC_OK, "");
    source self = {bytes, count, 0, &status};
    png_infop chunks;
    png_structp png = open_decoder(&self, &chunks);
    if (png == NULL) return status;
    if (setjmp(png_jmpbuf(png)) == 0) {
        cc_png_info again;
        prepare(png, chunks, &self, &again);
        int passes = png_set_interlace_handling(png);
        png_read_update_info(png, chunks);
        size_t row_bytes = (size_t)info->width * (size_t)info->channels * (size_t)info->bit_depth / 8;
        if (again.width != info->width || again.height != info->height || png_get_rowbytes(png, chunks) != row_bytes) {
            fail(png, "the header changed between two readings");
        }
        for (int pass = 0; pass < passes; pass++) {
            for (uint32_t y = 0; y < info->height; y++) png_read_row(png, pixels + (size_t)y * row_stride, NULL);
        }
        png_read_end(png, NULL);
    }
    png_destroy_read_struct(&png, &chunks, NULL);
    return status;
}

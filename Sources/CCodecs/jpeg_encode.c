// JPEG encoding over libjpeg-turbo's classic API; see jpeg_decode.c for the rule on longjmp.

#include "include/cc_jpeg.h"
#include "status.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    cc_status *status;
    unsigned char *bytes;
    unsigned long count;
} encoder;

_Noreturn static void fail(j_common_ptr common) {
    encoder *self = common->client_data;
    char message[JMSG_LENGTH_MAX];
    common->err->format_message(common, message);
    cc_set_status(self->status, CC_MALFORMED, message);
    longjmp(self->escape, 1);
}

static void discard_message(j_common_ptr common) { (void)common; }

cc_status cc_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, size_t row_stride, int32_t channels,
                         int32_t quality, int32_t subsample_chroma, cc_buffer *encoded) {
    cc_status status;
    cc_set_status(&status, CC_OK, "");
    encoder self = {.status = &status};
    j_compress_ptr codec = &self.codec;
    codec->err = jpeg_std_error(&self.errors);
    self.errors.error_exit = fail;
    self.errors.output_message = discard_message;
    codec->client_data = &self;
    *encoded = (cc_buffer){0};
    if (setjmp(self.escape) == 0) {
        jpeg_create_compress(codec);
        jpeg_mem_dest(codec, &self.bytes, &self.count);
        codec->image_width = width;
        codec->image_height = height;
        codec->input_components = channels;
        codec->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
        jpeg_set_defaults(codec);
        jpeg_set_quality(codec, quality, TRUE);
        codec->dct_method = JDCT_ISLOW;
        if (channels == 3) {
            int factor = subsample_chroma ? 2 : 1;
            codec->comp_info[0].h_samp_factor = factor;
            codec->comp_info[0].v_samp_factor = factor;
        }
        jpeg_start_compress(codec, TRUE);
        while (codec->next_scanline < height) {
            // libjpeg's row type is not const, but its compressor only reads.
            JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)codec->next_scanline * row_stride);
            jpeg_write_scanlines(codec, &row, 1);
        }
        jpeg_finish_compress(codec);
    }
    jpeg_destroy_compress(codec);
    if (status.code == CC_OK) {
        encoded->bytes = self.bytes;
        encoded->count = self.count;
    } else {
        free(self.bytes);
    }
    return status;
}

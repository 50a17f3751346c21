// JPEG decoding over libjpeg-turbo's classic API. A longjmp from its error handler lands in this file and goes no
// further: every entry point returns a status.

#include "include/cc_jpeg.h"
#include "status.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    cc_status *status;
    int32_t maximum_scans;
    /// A row of CMYK on its way to RGB.
    uint8_t *cmyk_row;
} decoder;

static cc_code code_of(int message) {
    switch (message) {
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
        return CC_UNSUPPORTED;
    case JERR_OUT_OF_MEMORY:
        return CC_OUT_OF_MEMORY;
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
    case JWRN_HIT_MARKER:
        return CC_TRUNCATED;
    default:
        return CC_MALFORMED;
    }
}

_Noreturn static void fail(j_common_ptr common) {
    decoder *self = common->client_data;
    char message[JMSG_LENGTH_MAX];
    common->err->format_message(common, message);
    cc_set_status(self->status, code_of(common->err->msg_code), message);
    longjmp(self->escape, 1);
}

/// libjpeg goes on after a warning and fills the rest with grey. Those that lose picture data are errors here.
static void warn(j_common_ptr common, int level) {
    if (level >= 0) return;
    switch (common->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
        fail(common);
    default:
        break;
    }
}

static void discard_message(j_common_ptr common) { (void)common; }

/// A progressive file of a few kilobytes can hold thousands of scans over the whole picture.
static void watch_scans(j_common_ptr common) {
    decoder *self = common->client_data;
    if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > self->maximum_scans) {
        cc_set_status(self->status, CC_LIMIT, "scans");
        longjmp(self->escape, 1);
    }
}

static void open_decoder(decoder *self, cc_status *status) {
    cc_set_status(status, CC_OK, "");
    self->status = status;
    self->cmyk_row = NULL;
    self->maximum_scans = INT32_MAX;
    self->codec.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = fail;
    self->errors.emit_message = warn;
    self->errors.output_message = discard_message;
    self->codec.client_data = self;
}

static void close_decoder(decoder *self) {
    jpeg_destroy_decompress(&self->codec);
    free(self->cmyk_row);
}

/// Reads the header and settles the output: size, colour space.
static void prepare(decoder *self, const uint8_t *bytes, size_t count, int32_t scale_denominator) {
    j_decompress_ptr codec = &self->codec;
    jpeg_create_decompress(codec);
    jpeg_mem_src(codec, bytes, count);
    jpeg_read_header(codec, TRUE);
    codec->scale_num = 1;
    codec->scale_denom = (unsigned)scale_denominator;
    switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE:
        codec->out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_RGB:
    case JCS_YCbCr:
        codec->out_color_space = JCS_RGB;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        codec->out_color_space = JCS_CMYK;
        break;
    default: {
        char message[80];
        snprintf(message, sizeof message, "%d components of an unknown colour space", codec->num_components);
        cc_set_status(self->status, CC_UNSUPPORTED, message);
        longjmp(self->escape, 1);
    }
    }
    jpeg_calc_output_dimensions(codec);
}

cc_status cc_jpeg_read_header(const uint8_t *bytes, size_t count, int32_t scale_denominator, cc_jpeg_info *info) {
    cc_status status;
    decoder self;
    open_decoder(&self, &status);
    self.codec.mem = NULL;
    if (setjmp(self.escape) == 0) {
        prepare(&self, bytes, count, scale_denominator);
        info->width = self.codec.output_width;
        info->height = self.codec.output_height;
        info->channels = self.codec.out_color_space == JCS_GRAYSCALE ? 1 : 3;
    }
    close_decoder(&self);
    return status;
}

/// Adobe writes CMYK inverted, so that 255 is no ink; files without its marker are taken as written.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, uint32_t width, int inverted) {
    for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        unsigned flip = inverted ? 0 : 255;
        unsigned black = cmyk[3] ^ flip;
        for (int channel = 0; channel < 3; channel++) {
            rgb[channel] = (uint8_t)(((cmyk[channel] ^ flip) * black + 127) / 255);
        }
    }
}

cc_status cc_jpeg_decode(const uint8_t *bytes, size_t count, int32_t scale_denominator, int32_t maximum_scans,
                         const cc_jpeg_info *info, uint8_t *pixels, size_t row_stride) {
    cc_status status;
    decoder self;
    open_decoder(&self, &status);
    self.codec.mem = NULL;
    self.maximum_scans = maximum_scans;
    if (setjmp(self.escape) == 0) {
        j_decompress_ptr codec = &self.codec;
        prepare(&self, bytes, count, scale_denominator);
        int channels = codec->out_color_space == JCS_GRAYSCALE ? 1 : 3;
        if (codec->output_width != info->width || codec->output_height != info->height || channels != info->channels) {
            cc_set_status(&status, CC_MALFORMED, "the header changed between two readings");
            longjmp(self.escape, 1);
        }
        self.progress.progress_monitor = watch_scans;
        codec->progress = &self.progress;
        jpeg_start_decompress(codec);
        int is_cmyk = codec->out_color_space == JCS_CMYK;
        if (is_cmyk) {
            self.cmyk_row = malloc((size_t)info->width * 4);
            if (self.cmyk_row == NULL) {
                cc_set_status(&status, CC_OUT_OF_MEMORY, "no memory for a row");
                longjmp(self.escape, 1);
            }
        }
        while (codec->output_scanline < info->height) {
            JSAMPROW row = pixels + (size_t)codec->output_scanline * row_stride;
            if (is_cmyk) {
                JSAMPROW cmyk = self.cmyk_row;
                if (jpeg_read_scanlines(codec, &cmyk, 1) == 1) {
                    convert_cmyk(cmyk, row, info->width, codec->saw_Adobe_marker);
                }
            } else {
                jpeg_read_scanlines(codec, &row, 1);
            }
        }
        jpeg_finish_decompress(codec);
    }
    close_decoder(&self);
    return status;
}

#include "include/cc_camera_raw.h"
#include "status.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The functions of LibRaw 0.20 and later that are called, by its documented C interface.
#define CC_LIBRAW_FUNCTIONS(F) \
    F(void *, libraw_init, (unsigned)) \
    F(void, libraw_close, (void *)) \
    F(const char *, libraw_strerror, (int)) \
    F(int, libraw_versionNumber, (void)) \
    F(void, libraw_set_dataerror_handler, (void *, void (*)(void *, const char *, long long), void *)) \
    F(int, libraw_open_buffer, (void *, const void *, size_t)) \
    F(int, libraw_unpack, (void *)) \
    F(int, libraw_raw2image, (void *)) \
    F(void, libraw_subtract_black, (void *)) \
    F(int, libraw_COLOR, (void *, int, int)) \
    F(int, libraw_get_raw_height, (void *)) \
    F(int, libraw_get_raw_width, (void *)) \
    F(int, libraw_get_iheight, (void *)) \
    F(int, libraw_get_iwidth, (void *)) \
    F(float, libraw_get_cam_mul, (void *, int)) \
    F(float, libraw_get_rgb_cam, (void *, int, int)) \
    F(int, libraw_get_color_maximum, (void *)) \
    F(const void *, libraw_get_iparams, (void *))

static struct {
#define CC_MEMBER(result, name, parameters) result(*name) parameters;
    CC_LIBRAW_FUNCTIONS(CC_MEMBER)
#undef CC_MEMBER
} library;
static char missing[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// What LibRaw's own structures begin with, in 0.20 and later; what the accessors say too is compared with them.
typedef struct {
    uint16_t (*image)[4];
    uint16_t raw_height, raw_width, height, width, top_margin, left_margin, iheight, iwidth;
    unsigned raw_pitch;
    double pixel_aspect;
    int flip;
} libraw_head;

typedef struct {
    char guard[4], make[64], model[64], software[64], normalized_make[64], normalized_model[64];
    unsigned maker_index, raw_count, dng_version, is_foveon;
    int colors;
    unsigned filters;
} libraw_camera;

struct cc_camera_raw {
    void *data;
    const char *failure;
    int is_monochrome;
    /// As the caller was told, who made room for so many samples.
    size_t width, height;
};

static void load(void) {
    // The reentrant builds, newest first.
    static const char *const names[] = {"libraw_r.so.25", "libraw_r.so.24", "libraw_r.so.23", "libraw_r.so.22",
                                        "libraw_r.so.20"};
    void *handle = NULL;
    for (size_t i = 0; handle == NULL && i < sizeof names / sizeof *names; i++) {
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == NULL) {
        snprintf(missing, sizeof missing, "camera files need LibRaw 0.20 or later (Debian: libraw20), which is not installed");
        return;
    }
#define CC_LOAD(result, name, parameters) \
    { \
        void *symbol = dlsym(handle, #name); \
        if (symbol == NULL) { \
            snprintf(missing, sizeof missing, "camera files need LibRaw 0.20 or later; this one has no " #name); \
            return; \
        } \
        memcpy(&library.name, &symbol, sizeof symbol); \
    }
    CC_LIBRAW_FUNCTIONS(CC_LOAD)
#undef CC_LOAD
    if (library.libraw_versionNumber() < (20 << 8)) {
        snprintf(missing, sizeof missing, "camera files need LibRaw 0.20 or later; an older one is installed");
    }
}

const char *cc_camera_raw_missing(void) {
    pthread_once(&once, load);
    return missing[0] ? missing : NULL;
}

static void note_failure(void *raw, const char *file, long long offset) {
    (void)file;
    ((struct cc_camera_raw *)raw)->failure = offset < 0 ? "the samples end early" : "the samples are broken";
}

static cc_status failed(cc_code code, const char *message) {
    cc_status status = {.code = CC_OK};
    cc_set_status(&status, code, message);
    return status;
}

/// LibRaw's codes: -1 unspecified, -2 not read, negative thousands are errors of the machine.
static cc_status check(int code) {
    if (code == 0) return (cc_status){.code = CC_OK};
    cc_code kind = code == -2 ? CC_UNSUPPORTED : code == -100007 ? CC_OUT_OF_MEMORY : CC_MALFORMED;
    return failed(kind, library.libraw_strerror(code));
}

static int32_t orientation_of(int flip) { return flip == 3 ? 3 : flip == 5 ? 8 : flip == 6 ? 6 : 1; }

static cc_status describe(struct cc_camera_raw *raw, cc_camera_raw_info *info) {
    const libraw_head *head = raw->data;
    const libraw_camera *camera = library.libraw_get_iparams(raw->data);
    if (head->raw_height != library.libraw_get_raw_height(raw->data)
        || head->raw_width != library.libraw_get_raw_width(raw->data)
        || head->iheight != library.libraw_get_iheight(raw->data)
        || head->iwidth != library.libraw_get_iwidth(raw->data) || camera->colors < 1 || camera->colors > 4) {
        return failed(CC_UNSUPPORTED, "this version of LibRaw lays its structures out in another way");
    }
    if (camera->is_foveon) return failed(CC_UNSUPPORTED, "Foveon sensors, which have no mosaic");
    if (camera->filters == 9) return failed(CC_UNSUPPORTED, "X-Trans mosaics (6 x 6)");
    raw->is_monochrome = camera->colors == 1;
    raw->width = head->iwidth;
    raw->height = head->iheight;
    if (!raw->is_monochrome && (camera->colors != 3 || camera->filters < 1000)) {
        return failed(CC_UNSUPPORTED, "samples that are no mosaic of red, green and blue");
    }
    *info = (cc_camera_raw_info){
        .width = head->iwidth, .height = head->iheight, .stored_width = head->raw_width,
        .stored_height = head->raw_height, .orientation = orientation_of(head->flip)};
    for (int i = 0; i < 16; i++) {
        int color = raw->is_monochrome ? 255 : library.libraw_COLOR(raw->data, i / 4, i % 4);
        info->colors[i] = (uint8_t)(color == 3 ? 1 : color);
    }
    if (raw->is_monochrome) return (cc_status){.code = CC_OK};
    for (int i = 0; i < 3; i++) {
        info->gains[i] = (double)library.libraw_get_cam_mul(raw->data, i);
        for (int j = 0; j < 3; j++) info->camera_to_srgb[3 * i + j] = (double)library.libraw_get_rgb_cam(raw->data, i, j);
    }
    return (cc_status){.code = CC_OK};
}

cc_status cc_camera_raw_open(const uint8_t *bytes, size_t count, cc_camera_raw **raw, cc_camera_raw_info *info) {
    *raw = NULL;
    const char *absent = cc_camera_raw_missing();
    if (absent) return failed(CC_UNSUPPORTED, absent);
    struct cc_camera_raw *opened = calloc(1, sizeof *opened);
    void *data = opened ? library.libraw_init(0) : NULL;
    if (data == NULL) {
        free(opened);
        return failed(CC_OUT_OF_MEMORY, "no memory for LibRaw");
    }
    opened->data = data;
    library.libraw_set_dataerror_handler(data, note_failure, opened);
    cc_status status = check(library.libraw_open_buffer(data, bytes, count));
    if (status.code == CC_OK) status = describe(opened, info);
    if (status.code == CC_OK) {
        *raw = opened;
    } else {
        cc_camera_raw_close(opened);
    }
    return status;
}

cc_status cc_camera_raw_read(cc_camera_raw *raw, uint16_t *samples, double black[4], double *white) {
    cc_status status = check(library.libraw_unpack(raw->data));
    if (status.code != CC_OK) return status;
    if (raw->failure) return failed(CC_MALFORMED, raw->failure);
    *white = library.libraw_get_color_maximum(raw->data);
    status = check(library.libraw_raw2image(raw->data));
    if (status.code != CC_OK) return status;
    const libraw_head *head = raw->data;
    if (head->image == NULL) return failed(CC_UNSUPPORTED, "samples that are no mosaic");
    size_t width = raw->width, height = raw->height;
    // LibRaw may find out while it unpacks.
    if (head->iwidth != width || head->iheight != height) {
        return failed(CC_MALFORMED, "the samples are of another size than the header says");
    }
    // The brightest sample of each place of the 2 x 2 tells what is subtracted there.
    size_t brightest[4] = {0};
    int channels[4] = {0};
    for (size_t y = 0; y < height; y++) {
        int row[4];
        for (int x = 0; x < 4; x++) {
            row[x] = raw->is_monochrome ? 0 : library.libraw_COLOR(raw->data, (int)y, x) & 3;
        }
        const uint16_t(*image)[4] = (const uint16_t(*)[4])head->image + y * width;
        for (size_t x = 0; x < width; x++) {
            uint16_t sample = image[x][row[x & 3]];
            samples[y * width + x] = sample;
            size_t site = (y & 1) * 2 + (x & 1);
            if (channels[site] == 0 || sample > samples[brightest[site]]) {
                brightest[site] = y * width + x;
                channels[site] = row[x & 3] + 1;
            }
        }
    }
    library.libraw_subtract_black(raw->data);
    for (int site = 0; site < 4; site++) {
        uint16_t before = samples[brightest[site]];
        uint16_t after = channels[site] ? head->image[brightest[site]][channels[site] - 1] : before;
        // Of a frame in the dark nothing is left: its brightest sample is all that is known.
        black[site] = before - after;
    }
    return (cc_status){.code = CC_OK};
}

void cc_camera_raw_close(cc_camera_raw *raw) {
    if (raw == NULL) return;
    library.libraw_close(raw->data);
    free(raw);
}

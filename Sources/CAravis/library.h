// The functions of libaravis 0.8 and GObject that we call, by their documented C interfaces.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct ca_gerror {
    uint32_t domain;
    int code;
    char *message;
} ca_gerror;

typedef void (*ca_fill_pattern)(void *buffer, void *data, uint32_t exposure_us, uint32_t gain, uint32_t pixel_format);

#define CA_FUNCTIONS(F) \
    F(void, g_object_set, (void *, const char *, ...)) \
    F(void, g_object_unref, (void *)) \
    F(void, g_error_free, (ca_gerror *)) \
    F(void, g_random_set_seed, (uint32_t)) \
    F(unsigned long, g_signal_connect_data, (void *, const char *, void (*)(void), void *, void *, int)) \
    F(void *, arv_gv_fake_camera_new_full, (const char *, const char *, const char *)) \
    F(int, arv_gv_fake_camera_is_running, (void *)) \
    F(void *, arv_gv_fake_camera_get_fake_camera, (void *)) \
    F(void, arv_fake_camera_set_fill_pattern, (void *, ca_fill_pattern, void *)) \
    F(int, arv_fake_camera_write_memory, (void *, uint32_t, uint32_t, const void *)) \
    F(int, arv_fake_camera_write_register, (void *, uint32_t, uint32_t)) \
    F(int, arv_fake_camera_read_register, (void *, uint32_t, uint32_t *)) \
    F(size_t, arv_fake_camera_get_payload, (void *)) \
    F(void *, arv_camera_new, (const char *, ca_gerror **)) \
    F(void *, arv_camera_get_device, (void *)) \
    F(void *, arv_camera_create_stream, (void *, void *, void *, ca_gerror **)) \
    F(const char *, arv_camera_get_vendor_name, (void *, ca_gerror **)) \
    F(const char *, arv_camera_get_model_name, (void *, ca_gerror **)) \
    F(const char *, arv_camera_get_device_serial_number, (void *, ca_gerror **)) \
    F(void, arv_camera_get_region, (void *, int *, int *, int *, int *, ca_gerror **)) \
    F(uint32_t, arv_camera_get_pixel_format, (void *, ca_gerror **)) \
    F(unsigned, arv_camera_get_payload, (void *, ca_gerror **)) \
    F(int, arv_camera_is_gv_device, (void *)) \
    F(void, arv_camera_gv_set_stream_options, (void *, int)) \
    F(void, arv_camera_gv_set_packet_size, (void *, int, ca_gerror **)) \
    F(void, arv_camera_start_acquisition, (void *, ca_gerror **)) \
    F(void, arv_camera_stop_acquisition, (void *, ca_gerror **)) \
    F(void, arv_stream_push_buffer, (void *, void *)) \
    F(void *, arv_stream_timeout_pop_buffer, (void *, uint64_t)) \
    F(void, arv_stream_get_statistics, (void *, uint64_t *, uint64_t *, uint64_t *)) \
    F(uint16_t, arv_gv_stream_get_port, (void *)) \
    F(void, arv_gv_stream_get_statistics, (void *, uint64_t *, uint64_t *)) \
    F(void *, arv_buffer_new, (size_t, void *)) \
    F(int, arv_buffer_get_status, (void *)) \
    F(int, arv_buffer_get_payload_type, (void *)) \
    F(uint64_t, arv_buffer_get_frame_id, (void *)) \
    F(uint64_t, arv_buffer_get_timestamp, (void *)) \
    F(const void *, arv_buffer_get_data, (void *, size_t *)) \
    F(int, arv_buffer_get_image_width, (void *)) \
    F(int, arv_buffer_get_image_height, (void *)) \
    F(void, arv_buffer_get_image_padding, (void *, int *, int *)) \
    F(uint32_t, arv_buffer_get_image_pixel_format, (void *))

typedef struct ca_library {
#define CA_MEMBER(result, name, parameters) result(*name) parameters;
    CA_FUNCTIONS(CA_MEMBER)
#undef CA_MEMBER
} ca_library;

// The library's functions; NULL when `ca_missing()` says what is missing.
const ca_library *ca_library_get(void);

// Copies `text` into `error`.
void ca_say(char *error, size_t error_size, const char *what, const char *text);

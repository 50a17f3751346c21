// GigE Vision through libaravis 0.8, found when the program runs: without the library the program starts all the same, and
// says what is missing when it is asked for GigE Vision.
//
// A device is a camera that others open; a camera is one that we open. No function may be called from two threads at a time
// for the same device or camera. Errors are texts in `error`, cut to `error_size` bytes with the final zero.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What of the library is missing on this machine; NULL when it is all there.
const char *ca_missing(void);

// --- A camera for others to open.

typedef struct ca_device ca_device;

typedef struct ca_device_description {
    // Address of the network interface to answer on, such as 127.0.0.1.
    const char *address;
    // Bootstrap register strings: vendor and model at most 31 bytes, serial at most 15; cut beyond.
    const char *vendor, *model, *version, *serial;
    // GenICam description, over the registers of `ca_register`.
    const char *xml;
    size_t xml_size;
    // What the registers hold at first.
    uint32_t width, height, pixel_format, period_us, exposure_us, gain;
    // Share of packets that never leave, 0…1, and where its random numbers start. These are GLib's, one sequence a process.
    double lost_share;
    uint32_t lost_seed;
} ca_device_description;

// Addresses of the registers behind a device's GenICam features; 32 bits, big endian.
enum ca_register {
    CA_REGISTER_WIDTH = 0x100,
    CA_REGISTER_HEIGHT = 0x104,
    CA_REGISTER_GAIN = 0x110,
    CA_REGISTER_SENSOR_HEIGHT = 0x118,
    CA_REGISTER_SENSOR_WIDTH = 0x11c,
    CA_REGISTER_EXPOSURE_US = 0x120,
    CA_REGISTER_ACQUISITION = 0x124,
    CA_REGISTER_PIXEL_FORMAT = 0x128,
    CA_REGISTER_ACQUISITION_MODE = 0x12c,
    CA_REGISTER_X = 0x130,
    CA_REGISTER_Y = 0x134,
    CA_REGISTER_PERIOD_US = 0x138,
};

// What a client has set for the frame to be taken.
typedef struct ca_exposure {
    uint64_t frame_id;
    uint32_t x, y, width, height;
    uint32_t pixel_format, exposure_us, gain;
} ca_exposure;

// Writes the `size` bytes of a frame. Called on the device's own thread.
typedef void (*ca_expose)(void *context, const ca_exposure *exposure, void *bytes, size_t size);

// Starts a device; NULL with `error` when the library is missing or the address cannot be answered on.
ca_device *ca_device_start(const ca_device_description *description, ca_expose expose, void *context, char *error,
    size_t error_size);
// Ends the device; `expose` is not called any more once this has returned.
void ca_device_stop(ca_device *device);

// --- A camera that we open.

typedef struct ca_camera ca_camera;

typedef struct ca_camera_options {
    // Buffers that frames are received into.
    uint32_t buffers;
    // Bytes that the kernel is asked to hold of what has not been read yet; it gives net.core.rmem_max at most.
    uint32_t socket_bytes;
    // Bytes of a packet; 0: what the camera has set.
    uint32_t packet_bytes;
    // Payload beyond which the camera is refused.
    size_t payload_limit;
} ca_camera_options;

typedef struct ca_camera_facts {
    char vendor[64], model[64], serial[64];
    uint32_t width, height, pixel_format;
    size_t payload;
} ca_camera_facts;

typedef enum ca_frame_status {
    CA_FRAME_WHOLE,
    // Packets are missing, or what came is not a picture of the announced size.
    CA_FRAME_BROKEN,
} ca_frame_status;

typedef struct ca_frame {
    ca_frame_status status;
    // Why a frame is broken; lives for ever.
    const char *reason;
    uint64_t id;
    // Nanoseconds on the camera's clock.
    uint64_t timestamp;
    uint32_t width, height, row_padding, pixel_format;
    // Valid until the frame is given back; NULL for a broken one.
    const void *bytes;
    size_t size;
    void *buffer;
} ca_frame;

typedef struct ca_camera_counts {
    uint64_t completed, failed;
    // Frames that came when no buffer was free.
    uint64_t underruns;
    uint64_t missing_packets, resent_packets;
} ca_camera_counts;

// Opens the camera of the name, serial number or address and starts it; NULL with `error` when that fails.
ca_camera *ca_camera_start(const char *name, const ca_camera_options *options, ca_camera_facts *facts, char *error,
    size_t error_size);
// Waits for a frame, whole or broken.
bool ca_camera_next(ca_camera *camera, uint64_t timeout_us, ca_frame *frame);
// Gives a frame's buffer back.
void ca_camera_give_back(ca_camera *camera, ca_frame *frame);
// Whether the camera still answers on its control channel.
bool ca_camera_is_connected(const ca_camera *camera);
ca_camera_counts ca_camera_get_counts(const ca_camera *camera);
void ca_camera_stop(ca_camera *camera);

#ifdef __cplusplus
}
#endif

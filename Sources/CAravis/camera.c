#include "CAravis.h"
#include "library.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Values of ArvBufferStatus, ArvBufferPayloadType, ArvGvStreamOption and ArvGvStreamSocketBuffer.
enum {
    STATUS_SUCCESS = 0,
    STATUS_TIMEOUT = 2,
    STATUS_MISSING_PACKETS = 3,
    STATUS_WRONG_PACKET = 4,
    STATUS_SIZE_MISMATCH = 5,
    STATUS_ABORTED = 7,
    PAYLOAD_IMAGE = 1,
    PAYLOAD_EXTENDED_CHUNK = 5,
    PACKET_SOCKET_DISABLED = 1,
    SOCKET_BUFFER_FIXED = 0,
};

struct ca_camera {
    const ca_library *aravis;
    void *camera;
    void *stream;
    atomic_bool is_lost;
};

static void control_lost(void *device, void *camera)
{
    (void)device;
    atomic_store(&((ca_camera *)camera)->is_lost, true);
}

static void copy_text(char *to, size_t size, const char *from)
{
    memset(to, 0, size);
    if (from) strncpy(to, from, size - 1);
}

// Whether a call failed; says why and frees the error.
static bool failed(const ca_library *aravis, ca_gerror *fault, const char *what, char *error, size_t error_size)
{
    if (!fault) return false;
    ca_say(error, error_size, what, fault->message);
    aravis->g_error_free(fault);
    return true;
}

static bool read_facts(const ca_library *aravis, void *camera, ca_camera_facts *facts, char *error, size_t error_size)
{
    ca_gerror *fault = NULL;
    int x = 0, y = 0, width = 0, height = 0;
    *facts = (ca_camera_facts){0};
    copy_text(facts->vendor, sizeof facts->vendor, aravis->arv_camera_get_vendor_name(camera, NULL));
    copy_text(facts->model, sizeof facts->model, aravis->arv_camera_get_model_name(camera, NULL));
    copy_text(facts->serial, sizeof facts->serial, aravis->arv_camera_get_device_serial_number(camera, NULL));
    aravis->arv_camera_get_region(camera, &x, &y, &width, &height, &fault);
    if (failed(aravis, fault, "region", error, error_size)) return false;
    facts->width = (uint32_t)width;
    facts->height = (uint32_t)height;
    facts->pixel_format = aravis->arv_camera_get_pixel_format(camera, &fault);
    if (failed(aravis, fault, "pixel format", error, error_size)) return false;
    facts->payload = aravis->arv_camera_get_payload(camera, &fault);
    return !failed(aravis, fault, "payload", error, error_size);
}

// Gives the stream's socket its buffer. Aravis does so when the first packet is there, too late for the rest of a first frame that is
// larger than net.core.rmem_default; and it does not show the socket.
static void widen_socket(uint16_t port, int bytes)
{
    for (int file = 0, last = (int)sysconf(_SC_OPEN_MAX); file < last && file < 65536; file++) {
        struct sockaddr_in address = {0};
        socklen_t size = sizeof address;
        if (getsockname(file, (struct sockaddr *)&address, &size) == 0 && address.sin_family == AF_INET
            && ntohs(address.sin_port) == port) {
            int kind = 0;
            size = sizeof kind;
            if (getsockopt(file, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_DGRAM)
                setsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        }
    }
}

ca_camera *ca_camera_start(const char *name, const ca_camera_options *options, ca_camera_facts *facts, char *error,
    size_t error_size)
{
    const ca_library *aravis = ca_library_get();
    if (!aravis) {
        ca_say(error, error_size, "GigE Vision needs", ca_missing());
        return NULL;
    }
    ca_gerror *fault = NULL;
    void *camera = aravis->arv_camera_new(name, &fault);
    if (failed(aravis, fault, name, error, error_size)) return NULL;
    if (!camera) {
        ca_say(error, error_size, name, "no such camera");
        return NULL;
    }
    ca_camera *result = calloc(1, sizeof *result);
    void *stream = NULL;
    if (!result || !read_facts(aravis, camera, facts, error, error_size)) goto fail;
    if (facts->payload == 0 || facts->payload > options->payload_limit) {
        ca_say(error, error_size, "payload", "empty or over the limit on a frame's bytes");
        goto fail;
    }
    if (aravis->arv_camera_is_gv_device(camera)) {
        // Packet sockets need rights that a service should not have, and see each packet twice on the loopback interface.
        aravis->arv_camera_gv_set_stream_options(camera, PACKET_SOCKET_DISABLED);
        if (options->packet_bytes > 0) {
            aravis->arv_camera_gv_set_packet_size(camera, (int)options->packet_bytes, &fault);
            if (failed(aravis, fault, "packet size", error, error_size)) goto fail;
        }
    }
    stream = aravis->arv_camera_create_stream(camera, NULL, NULL, &fault);
    if (failed(aravis, fault, "stream", error, error_size)) goto fail;
    if (aravis->arv_camera_is_gv_device(camera)) {
        aravis->g_object_set(stream, "socket-buffer", SOCKET_BUFFER_FIXED, "socket-buffer-size",
            (int)options->socket_bytes, (char *)NULL);
        widen_socket(aravis->arv_gv_stream_get_port(stream), (int)options->socket_bytes);
    }
    for (uint32_t i = 0; i < options->buffers; i++)
        aravis->arv_stream_push_buffer(stream, aravis->arv_buffer_new(facts->payload, NULL));
    *result = (ca_camera){.aravis = aravis, .camera = camera, .stream = stream};
    aravis->g_signal_connect_data(aravis->arv_camera_get_device(camera), "control-lost", (void (*)(void))control_lost,
        result, NULL, 0);
    aravis->arv_camera_start_acquisition(camera, &fault);
    if (failed(aravis, fault, "start", error, error_size)) goto fail;
    return result;

fail:
    if (stream) aravis->g_object_unref(stream);
    aravis->g_object_unref(camera);
    free(result);
    return NULL;
}

static const char *reason(int status)
{
    switch (status) {
    case STATUS_TIMEOUT: return "not all packets came in time";
    case STATUS_MISSING_PACKETS: return "packets are missing";
    case STATUS_WRONG_PACKET: return "a packet has a wrong number";
    case STATUS_SIZE_MISMATCH: return "the frame is larger than announced";
    case STATUS_ABORTED: return "the frame was broken off";
    default: return "the frame is not whole";
    }
}

bool ca_camera_next(ca_camera *camera, uint64_t timeout_us, ca_frame *frame)
{
    const ca_library *aravis = camera->aravis;
    void *buffer = aravis->arv_stream_timeout_pop_buffer(camera->stream, timeout_us);
    if (!buffer) return false;
    *frame = (ca_frame){
        .status = CA_FRAME_BROKEN,
        .id = aravis->arv_buffer_get_frame_id(buffer),
        .timestamp = aravis->arv_buffer_get_timestamp(buffer),
        .buffer = buffer,
    };
    int status = aravis->arv_buffer_get_status(buffer);
    if (status != STATUS_SUCCESS) {
        frame->reason = reason(status);
        return true;
    }
    int payload = aravis->arv_buffer_get_payload_type(buffer);
    if (payload != PAYLOAD_IMAGE && payload != PAYLOAD_EXTENDED_CHUNK) {
        frame->reason = "the payload is not a picture";
        return true;
    }
    int x_padding = 0, y_padding = 0;
    aravis->arv_buffer_get_image_padding(buffer, &x_padding, &y_padding);
    frame->status = CA_FRAME_WHOLE;
    frame->width = (uint32_t)aravis->arv_buffer_get_image_width(buffer);
    frame->height = (uint32_t)aravis->arv_buffer_get_image_height(buffer);
    frame->row_padding = (uint32_t)x_padding;
    frame->pixel_format = aravis->arv_buffer_get_image_pixel_format(buffer);
    frame->bytes = aravis->arv_buffer_get_data(buffer, &frame->size);
    return true;
}

void ca_camera_give_back(ca_camera *camera, ca_frame *frame)
{
    if (frame->buffer) camera->aravis->arv_stream_push_buffer(camera->stream, frame->buffer);
    frame->buffer = NULL;
    frame->bytes = NULL;
}

bool ca_camera_is_connected(const ca_camera *camera) { return !atomic_load(&camera->is_lost); }

ca_camera_counts ca_camera_get_counts(const ca_camera *camera)
{
    ca_camera_counts counts = {0};
    camera->aravis->arv_stream_get_statistics(camera->stream, &counts.completed, &counts.failed, &counts.underruns);
    if (camera->aravis->arv_camera_is_gv_device(camera->camera))
        camera->aravis->arv_gv_stream_get_statistics(camera->stream, &counts.resent_packets, &counts.missing_packets);
    return counts;
}

void ca_camera_stop(ca_camera *camera)
{
    const ca_library *aravis = camera->aravis;
    if (ca_camera_is_connected(camera)) aravis->arv_camera_stop_acquisition(camera->camera, NULL);
    aravis->g_object_unref(camera->stream);
    aravis->g_object_unref(camera->camera);
    free(camera);
}

#define _GNU_SOURCE
#include "CAravis.h"
#include "library.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// GigE Vision 1.2, table "Bootstrap registers".
enum {
    VENDOR_NAME = 0x48,
    MODEL_NAME = 0x68,
    DEVICE_VERSION = 0x88,
    NAME_SIZE = 32,
};

struct ca_device {
    const ca_library *aravis;
    void *server;
    void *camera;
    ca_expose expose;
    void *context;
};

static uint32_t read_register(const ca_device *device, uint32_t address)
{
    uint32_t value = 0;
    device->aravis->arv_fake_camera_read_register(device->camera, address, &value);
    return value;
}

static void write_name(const ca_device *device, uint32_t address, const char *name)
{
    char text[NAME_SIZE] = {0};
    strncpy(text, name, sizeof text - 1);
    device->aravis->arv_fake_camera_write_memory(device->camera, address, sizeof text, text);
}

static void fill(void *buffer, void *data, uint32_t exposure_us, uint32_t gain, uint32_t pixel_format)
{
    const ca_device *device = data;
    const ca_library *aravis = device->aravis;
    const ca_exposure exposure = {
        .frame_id = aravis->arv_buffer_get_frame_id(buffer),
        .x = read_register(device, CA_REGISTER_X),
        .y = read_register(device, CA_REGISTER_Y),
        .width = read_register(device, CA_REGISTER_WIDTH),
        .height = read_register(device, CA_REGISTER_HEIGHT),
        .pixel_format = pixel_format,
        .exposure_us = exposure_us,
        .gain = gain,
    };
    // The size that the buffer tells of is that of the frame before. Aravis does not get here when the payload has outgrown it.
    size_t ignored;
    void *bytes = (void *)aravis->arv_buffer_get_data(buffer, &ignored);
    size_t payload = aravis->arv_fake_camera_get_payload(device->camera);
    if (bytes) device->expose(device->context, &exposure, bytes, payload);
}

// Aravis reads the description of a camera from a file: one that only has a number.
static int file_of(const char *bytes, size_t size)
{
    int file = memfd_create("genicam.xml", MFD_CLOEXEC);
    if (file < 0) return -1;
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written <= 0) {
            close(file);
            return -1;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return file;
}

ca_device *ca_device_start(const ca_device_description *description, ca_expose expose, void *context, char *error,
    size_t error_size)
{
    const ca_library *aravis = ca_library_get();
    if (!aravis) {
        ca_say(error, error_size, "GigE Vision needs", ca_missing());
        return NULL;
    }
    int file = file_of(description->xml, description->xml_size);
    ca_device *device = calloc(1, sizeof *device);
    if (file < 0 || !device) {
        if (file >= 0) close(file);
        free(device);
        ca_say(error, error_size, "memory", "none left");
        return NULL;
    }
    char path[64], serial[16] = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    strncpy(serial, description->serial, sizeof serial - 1);
    void *server = aravis->arv_gv_fake_camera_new_full(description->address, serial, path);
    close(file);
    if (!server || !aravis->arv_gv_fake_camera_is_running(server)) {
        if (server) aravis->g_object_unref(server);
        free(device);
        ca_say(error, error_size, description->address,
            "not an address of this machine, or another GigE Vision device has it (UDP port 3956)");
        return NULL;
    }
    *device = (ca_device){aravis, server, aravis->arv_gv_fake_camera_get_fake_camera(server), expose, context};
    write_name(device, VENDOR_NAME, description->vendor);
    write_name(device, MODEL_NAME, description->model);
    write_name(device, DEVICE_VERSION, description->version);
    const struct {
        uint32_t address, value;
    } registers[] = {
        {CA_REGISTER_SENSOR_WIDTH, description->width},
        {CA_REGISTER_SENSOR_HEIGHT, description->height},
        {CA_REGISTER_WIDTH, description->width},
        {CA_REGISTER_HEIGHT, description->height},
        {CA_REGISTER_PIXEL_FORMAT, description->pixel_format},
        {CA_REGISTER_PERIOD_US, description->period_us},
        {CA_REGISTER_EXPOSURE_US, description->exposure_us},
        {CA_REGISTER_GAIN, description->gain},
    };
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
        aravis->arv_fake_camera_write_register(device->camera, registers[i].address, registers[i].value);
    aravis->arv_fake_camera_set_fill_pattern(device->camera, fill, device);
    if (description->lost_share > 0) {
        aravis->g_random_set_seed(description->lost_seed);
        aravis->g_object_set(server, "gvsp-lost-ratio", description->lost_share, (char *)NULL);
    }
    return device;
}

void ca_device_stop(ca_device *device)
{
    // Waits for the device's thread.
    device->aravis->g_object_unref(device->server);
    free(device);
}

"""Aravis' own client, through its C interface: what `gige.py` looks at emulated GigE Vision cameras with."""

import ctypes
import os
import socket
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_size_t, c_uint, c_uint32, c_uint64, c_void_p

LIBRARY = ctypes.CDLL("libaravis-0.8.so.0")
FIRST_FRAME_ID = 65401


class GError(ctypes.Structure):
    _fields_ = [("domain", c_uint32), ("code", c_int), ("message", c_char_p)]


def function(name, result, *arguments, fails=False):
    """A function of the library; one that fails takes a GError last and raises what it says."""
    bare = getattr(LIBRARY, name)
    bare.restype = result
    bare.argtypes = list(arguments) + ([POINTER(POINTER(GError))] if fails else [])
    if not fails:
        return bare

    def call(*values):
        error = POINTER(GError)()
        answer = bare(*values, byref(error))
        if error:
            raise OSError(f"{name}: {error.contents.message.decode()}")
        return answer

    return call


camera_new = function("arv_camera_new", c_void_p, c_char_p, fails=True)
get_device = function("arv_camera_get_device", c_void_p, c_void_p)
get_payload = function("arv_camera_get_payload", c_uint, c_void_p, fails=True)
set_region = function("arv_camera_set_region", None, c_void_p, c_int, c_int, c_int, c_int, fails=True)
set_float = function("arv_camera_set_float", None, c_void_p, c_char_p, c_double, fails=True)
get_float = function("arv_camera_get_float", c_double, c_void_p, c_char_p, fails=True)
get_pixel_format = function("arv_camera_get_pixel_format_as_string", c_char_p, c_void_p, fails=True)
get_vendor = function("arv_camera_get_vendor_name", c_char_p, c_void_p, fails=True)
set_stream_options = function("arv_camera_gv_set_stream_options", None, c_void_p, c_int)
set_packet_size = function("arv_camera_gv_set_packet_size", None, c_void_p, c_int, fails=True)
create_stream = function("arv_camera_create_stream", c_void_p, c_void_p, c_void_p, c_void_p, fails=True)
start_acquisition = function("arv_camera_start_acquisition", None, c_void_p, fails=True)
stop_acquisition = function("arv_camera_stop_acquisition", None, c_void_p, fails=True)
get_xml = function("arv_device_get_genicam_xml", c_void_p, c_void_p, POINTER(c_size_t))
read_memory = function("arv_device_read_memory", c_int, c_void_p, c_uint64, c_uint32, c_void_p, fails=True)
write_memory = function("arv_device_write_memory", c_int, c_void_p, c_uint64, c_uint32, c_void_p, fails=True)
buffer_new = function("arv_buffer_new", c_void_p, c_size_t, c_void_p)
buffer_status = function("arv_buffer_get_status", c_int, c_void_p)
buffer_frame = function("arv_buffer_get_frame_id", c_uint64, c_void_p)
buffer_data = function("arv_buffer_get_data", c_void_p, c_void_p, POINTER(c_size_t))
get_port = function("arv_gv_stream_get_port", ctypes.c_uint16, c_void_p)
push_buffer = function("arv_stream_push_buffer", None, c_void_p, c_void_p)
pop_buffer = function("arv_stream_timeout_pop_buffer", c_void_p, c_void_p, c_uint64)
unref = function("g_object_unref", None, c_void_p)


def widen(port):
    """Gives the socket at `port` its buffer at once: Aravis does so when the first packet is there, too late for the rest of a
    first frame that is larger than net.core.rmem_default."""
    for name in os.listdir("/proc/self/fd"):
        try:
            copy = os.dup(int(name))
        except OSError:
            continue
        try:
            own = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue
        with own:
            if own.family == socket.AF_INET and own.getsockname()[1] == port:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)


class Camera:
    def __init__(self, name):
        self.handle = camera_new(name.encode())
        self.device = get_device(self.handle)
        # Packet sockets need root, and see every packet twice on the loopback interface.
        set_stream_options(self.handle, 1)

    def xml(self):
        size = c_size_t()
        text = get_xml(self.device, byref(size))
        return ctypes.string_at(text, size.value)

    def read(self, address, length):
        bytes = ctypes.create_string_buffer(length)
        read_memory(self.device, address, length, bytes)
        return bytes.raw

    def write(self, address, bytes):
        write_memory(self.device, address, len(bytes), bytes)

    def grab(self, count, packet_bytes=None):
        """(frame number, bytes) of `count` frames; `None` for the bytes of one that is not whole."""
        if packet_bytes:
            set_packet_size(self.handle, packet_bytes)
        payload = get_payload(self.handle)
        stream = create_stream(self.handle, None, None)
        set_property = LIBRARY.g_object_set
        set_property.argtypes = [c_void_p]
        # A busy machine may keep packets waiting; the camera sends none twice.
        set_property(c_void_p(stream), b"socket-buffer", c_int(0), b"socket-buffer-size", c_int(32 << 20),
                     b"packet-resend", c_int(0), b"frame-retention", c_uint(5_000_000), None)
        widen(get_port(stream))
        for _ in range(min(count + 2, 64)):
            push_buffer(stream, buffer_new(payload, None))
        frames = []
        start_acquisition(self.handle)
        silent = 0
        while len(frames) < count and silent < 30:
            buffer = pop_buffer(stream, 1_000_000)
            if not buffer:
                silent += 1
                continue
            number = (buffer_frame(buffer) - FIRST_FRAME_ID) % 65535
            size = c_size_t()
            data = buffer_data(buffer, byref(size))
            frames.append((number, ctypes.string_at(data, size.value) if buffer_status(buffer) == 0 else None))
            push_buffer(stream, buffer)
        stop_acquisition(self.handle)
        unref(stream)
        return frames

    def close(self):
        unref(self.handle)

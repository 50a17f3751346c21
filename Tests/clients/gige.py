"""The emulated sensor as a GigE Vision camera, opened by Aravis' client and by GenICam's reference implementation: every
frame bit for bit, the description's features over the device's registers, regions, and packets lost on purpose.

Usage: gige.py FOVEA   (the program). Uses UDP port 3956 of 127.0.0.1.
"""

import json
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile

import genicam.genapi

import aravis


def sheet(folder, side, pixel_format, fps):
    mode = {"name": "square", "width": side, "height": side, "framesPerSecond": fps, "pixelFormat": pixel_format,
            "blackLevel": 16 if pixel_format.endswith("8") else 64, "rowAlignment": 1,
            "conversionGain": 0.0293 if pixel_format.endswith("8") else 0.1172}
    data = {"schema": "fovea.sensor/1", "name": f"square{side}", "modes": [mode], "fullWell": 8700, "readNoise": 2.5,
            "rowNoise": 0, "columnNoise": 0, "photoResponseNonUniformity": 0.008, "darkSignalNonUniformity": 0.8,
            "darkCurrent": 3, "hotPixels": {"fraction": 0.00002, "darkCurrent": 4000},
            "analogGain": {"minimum": 1, "maximum": 16},
            "colorCalibrations": [{"temperature": 5000, "cameraToSRGB": [1, 0, 0, 0, 1, 0, 0, 0, 1]}],
            "whitePoints": [{"temperature": 5000, "redToGreen": 0.5, "blueToGreen": 0.6}]}
    path = pathlib.Path(folder) / f"square{side}-{pixel_format}.json"
    path.write_text(json.dumps(data))
    return str(path)


class Emulated:
    """The program as a camera, from the moment it says that it is one."""

    def __init__(self, fovea, sheet, *options):
        self.process = subprocess.Popen(
            [fovea, "emulate", "--scene", "chart:shapes", "--sensor", sheet, "--gige", "127.0.0.1", *options],
            stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        assert line.startswith("GigE Vision camera "), line + self.process.stderr.read()
        self.name = line.split()[3]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        rest = self.process.stderr.read()
        assert self.process.wait(60) == 0, rest
        assert ", 0 of them could not be made" in rest, rest


def recorded(fovea, sheet, folder, count):
    """The same sensor's frames as files."""
    subprocess.run(
        [fovea, "emulate", "--scene", "chart:shapes", "--sensor", sheet, "--output", folder, "--format", "raw",
         "--frames", str(count), "--quiet"], check=True)
    return [path.read_bytes() for path in sorted(pathlib.Path(folder).glob("*.raw"))]


def whole_frames(fovea, folder, side, pixel_format, fps, count, packet_bytes):
    path = sheet(folder, side, pixel_format, fps)
    expected = recorded(fovea, path, f"{folder}/{side}-{pixel_format}", count)
    with Emulated(fovea, path) as emulated:
        camera = aravis.Camera(emulated.name)
        assert aravis.get_vendor(camera.handle) == b"Fovea"
        assert aravis.get_pixel_format(camera.handle).decode() == pixel_format
        frames = camera.grab(count, packet_bytes)
        camera.close()
    assert [number for number, _ in frames] == list(range(count)), [number for number, _ in frames]
    broken = [number for number, data in frames if data is None]
    assert not broken, f"not whole: {broken}"
    wrong = [number for number, data in frames if data != expected[number]]
    assert not wrong, f"other samples: {wrong}"
    print(f"    ok: {count} of {count} frames of {side}x{side} {pixel_format}, bit for bit")
    return path, expected


class Port(genicam.genapi.AbstractPort):
    """GenApi's registers, read and written by Aravis."""

    def __init__(self, camera):
        super().__init__()
        self.camera = camera

    def read(self, address, length):
        return self.camera.read(address, length)

    def write(self, address, value):
        self.camera.write(address, bytes(value))

    def get_access_mode(self):
        return genicam.genapi.EAccessMode.RW

    def is_open(self):
        return True


def features(fovea, path, side, pixel_format):
    with Emulated(fovea, path) as emulated:
        camera = aravis.Camera(emulated.name)
        port, nodes = Port(camera), genicam.genapi.NodeMap()
        nodes.load_xml_from_string(camera.xml().decode())
        nodes.connect(port, "Device")
        value = lambda name: nodes.get_node(name).value
        assert (value("Width"), value("Height"), value("SensorWidth")) == (side, side, side)
        assert value("PixelFormat") == pixel_format, value("PixelFormat")
        assert value("PayloadSize") == aravis.get_payload(camera.handle)
        assert value("DeviceVendorName") == "Fovea" and value("DeviceSerialNumber") == "1"
        nodes.get_node("ExposureTime").value = 5000.0
        nodes.get_node("Gain").value = 2.5
        nodes.get_node("AcquisitionFrameRate").value = 8.0
        assert struct.unpack(">I", camera.read(0x120, 4)) == (5000,)
        assert abs(aravis.get_float(camera.handle, b"Gain") - 2.5) < 1e-9
        assert abs(value("AcquisitionFrameRate") - 8) < 1e-9
        nodes.get_node("Width").value = 64
        assert value("PayloadSize") == aravis.get_payload(camera.handle)
        try:
            nodes.get_node("Width").value = side + 64
            raise AssertionError("a width beyond the sensor was taken")
        except genicam.genapi.OutOfRangeException:
            pass
        count = len(nodes.nodes)
        nodes.disconnect()
        camera.close()
    print(f"    ok: GenICam's reference implementation reads and sets the description's features, {count} nodes")


def region(fovea, path, expected, side):
    x, y, width, height = 64, 32, 256, 128
    row, start, length = side * 10 // 8, x * 10 // 8, width * 10 // 8
    with Emulated(fovea, path) as emulated:
        camera = aravis.Camera(emulated.name)
        aravis.set_region(camera.handle, x, y, width, height)
        frames = camera.grab(3)
        camera.close()
    for number, data in frames:
        cut = b"".join(expected[number][(y + i) * row + start:][:length] for i in range(height))
        assert data == cut, f"frame {number}: another region"
    print(f"    ok: a region of {width}x{height}, bit for bit")


def lost_packets(fovea, path, expected, count):
    runs = []
    for _ in range(2):
        with Emulated(fovea, path, "--faults", "packet-loss=0.002", "--seed", "0") as emulated:
            camera = aravis.Camera(emulated.name)
            frames = camera.grab(count)
            camera.close()
        assert all(data is None or data == expected[number] for number, data in frames), "a broken frame passed as whole"
        runs.append([number for number, data in frames if data is not None])
    assert 0 < len(runs[0]) < count, runs[0]
    print(f"    ok: with 2 packets in a thousand lost, {len(runs[0])} of {count} frames whole, and those bit for bit"
          + ("; the same ones twice" if runs[0] == runs[1] else f"; {runs}"))


def main():
    fovea = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path, expected = whole_frames(fovea, folder, 512, "BayerRG10p", 20, 40, None)
        whole_frames(fovea, folder, 2048, "BayerRG8", 2, 10, 15500)
        features(fovea, path, 512, "BayerRG10p")
        region(fovea, path, expected, 512)
        lost_packets(fovea, path, expected, 40)


main()

"""Frigate's zmq detector: the messages of frigate/detectors/plugins/zmq_ipc.py over pyzmq's REQ socket, with its timeouts, and what must
not disturb others: broken messages, floods, clients that go.

Usage: frigate_zmq.py FOVEA MODELS PICTURE   (the program; a folder of models; a JPEG with a dog)
"""

import io
import json
import pathlib
import re
import sys
import tempfile
import threading
import time

import numpy as np
import PIL.Image
import requests
import zmq

from running import service


class Detector:
    """What the plugin keeps and does."""

    def __init__(self, address, timeout=200):
        self.address, self.timeout = address, timeout
        self.context = zmq.Context.instance()
        self.connect()

    def connect(self):
        self.socket = self.context.socket(zmq.REQ)
        for option in (zmq.RCVTIMEO, zmq.SNDTIMEO):
            self.socket.setsockopt(option, self.timeout)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.address)

    def ask(self, *frames):
        self.socket.send_multipart(list(frames))
        return self.socket.recv_multipart()

    def model(self, **header):
        self.socket.setsockopt(zmq.RCVTIMEO, 30_000)
        try:
            return json.loads(self.ask(json.dumps(header).encode(), *([b"onnx"] if "model_data" in header else []))[0])
        finally:
            self.socket.setsockopt(zmq.RCVTIMEO, self.timeout)

    def detect(self, tensor):
        """The table, and what the header says beside its shape."""
        header = {"shape": list(tensor.shape), "dtype": str(tensor.dtype.name), "model_type": "yologeneric"}
        frames = self.ask(json.dumps(header).encode(), tensor.tobytes(order="C"))
        assert len(frames) == 2, frames
        header = json.loads(frames[0])
        table = np.frombuffer(frames[1], dtype=np.dtype(header["dtype"])).reshape(tuple(header["shape"]))
        assert table.shape == (20, 6) and table.dtype == np.float32, header
        return table, header.get("error")


def check(address, url, picture):
    image = PIL.Image.open(picture).convert("RGB").resize((640, 416))
    rgb = np.asarray(image)
    png = io.BytesIO()
    image.save(png, "PNG")
    expected = requests.post(f"{url}/v1/analyze?max_detections=20", data=png.getvalue(), timeout=60).json()
    found = sorted(expected["detections"], key=lambda one: -one["score"])
    assert any(one["label"] == "dog" for one in found), found

    detector = Detector(address, timeout=30_000)
    assert detector.model(model_request=True, model_name="yolov3-tiny.onnx") == {
        "model_available": True, "model_loaded": True}
    assert not detector.model(model_request=True, model_name="other.onnx")["model_available"]
    assert not detector.model(model_data=True, model_name="other.onnx")["model_saved"]

    want = np.zeros((20, 6), np.float32)
    for row, one in enumerate(found):
        left, top, right, bottom = one["normalizedBox"]
        want[row] = one["classID"], one["score"], top, left, bottom, right
    forms = {
        "NHWC": rgb[None], "HWC": rgb, "NCHW": rgb.transpose(2, 0, 1)[None],
        "floats of 0...1": rgb[None].astype(np.float32) / 255, "floats of 0...255": rgb[None].astype(np.float32)}
    for name, tensor in forms.items():
        table, error = detector.detect(np.ascontiguousarray(tensor))
        assert error is None and np.array_equal(table, want), (name, error, table[:2], want[:2])

    wrong = [
        ([b"{"], "JSON"), ([b"{}"], "frame"), ([b"[]", b""], "dtype"),
        ([json.dumps({"shape": [1, 2, 2, 3], "dtype": "uint8"}).encode(), b"x"], "12"),
        ([json.dumps({"shape": [1, 0, 2, 3], "dtype": "uint8"}).encode(), b""], "shape"),
        ([json.dumps({"shape": [65535, 65535, 3], "dtype": "float32"}).encode(), b"x"], "shape"),
        ([json.dumps({"shape": [2, 2, 2, 3], "dtype": "uint8"}).encode(), bytes(24)], "one picture"),
        ([json.dumps({"shape": [2, 2, 3], "dtype": "object"}).encode(), bytes(12)], "dtype"),
        ([b"{}"] * 6, "frame")]
    for frames, word in wrong:
        header, table = detector.ask(*frames)
        assert word in json.loads(header)["error"] and not any(table), (frames[0][:64], header)

    # Clients that never wait for their answers, one after the other; messages without an end; then all is as before.
    for _ in range(50):
        leaver = Detector(address)
        leaver.socket.send_multipart([json.dumps({"shape": list(rgb.shape), "dtype": "uint8"}).encode(), rgb.tobytes()])
        leaver.socket.close(linger=20)
    flood = zmq.Context.instance().socket(zmq.DEALER)
    flood.setsockopt(zmq.LINGER, 0)
    flood.setsockopt(zmq.SNDTIMEO, 50)
    flood.connect(address)
    try:
        for _ in range(2000):
            flood.send_multipart([b"", json.dumps({"shape": list(rgb.shape), "dtype": "uint8"}).encode(), rgb.tobytes()])
            flood.send_multipart([b"x"] * 20)
    except zmq.Again:
        pass
    flood.close()

    answers, done = [], threading.Event()

    def watch():
        mine = Detector(address, timeout=30_000)
        while not done.is_set():
            table, error = mine.detect(rgb[None])
            answers.append(error or np.array_equal(table, want))
        mine.socket.close()

    threads = [threading.Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(3)
    done.set()
    for thread in threads:
        thread.join()
    # What the flood left in the queue may cost the first ones theirs.
    assert answers and all(one is True or "queue" in one or "answer within" in one for one in answers), answers
    assert answers[-1] is True, answers
    detector.socket.close()
    assert requests.get(f"{url}/v2/health/live", timeout=10).status_code == 200


def main():
    fovea, models, picture = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "detector")
        for address in (f"ipc://{path}", "tcp://127.0.0.1:*"):
            settings = {
                "service": {"port": 0, "frigateAddress": address, "frigateTimeout": 30},
                "pipeline": {"models": str(pathlib.Path(models).resolve())}}
            with service(fovea, folder, settings) as (port, _, process):
                log = pathlib.Path(folder, "log").read_text()
                check(re.search(r"(?:ipc|tcp)://[^\s\"]+", log.split("detector on ")[1])[0].replace("\\/", "/"),
                      f"http://127.0.0.1:{port}", picture)
                process.terminate()
                assert process.wait(60) == 0
        assert not path.exists(), "the socket is left behind"
    print("Frigate's zmq detector: both transports, five forms of a picture, broken messages, floods")


main()

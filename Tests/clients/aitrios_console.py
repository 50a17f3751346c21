#!/usr/bin/env python3
"""Plays an AITRIOS console with paho-mqtt through a real mosquitto: commands the emulated device in both generations of the
wire, takes its uploads, and reads them with Google's FlatBuffers runtime; then has it upload to the service.

    aitrios_console.py FOVEA MODELS FOLDER
"""
import base64
import hashlib
import http.server
import json
import pathlib
import queue
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import flatbuffers.number_types as kinds
import paho.mqtt.client as mqtt
from cryptography.x509.oid import ExtendedKeyUsageOID
from flatbuffers.table import Table

from authority import Authority, pem

MODEL = "yolov3-tiny"
WASM = b"\0asm\1\0\0\0"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what devices put, and serves a module."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def next(self, ending):
        while True:
            path, body = self.files.get(timeout=120)
            if path.endswith(ending):
                return path, body


class Handler(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        self.server.files.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(WASM)))
        self.end_headers()
        self.wfile.write(WASM)

    def log_message(self, *_):
        pass


class Console:
    def __init__(self, port, certificates=None):
        self.messages = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        if certificates:
            self.client.tls_set(certificates / "ca.crt", certificates / "device.crt", certificates / "device.key")
        self.client.on_message = lambda _c, _d, m: self.messages.put((m.topic, json.loads(m.payload)))
        self.client.connect("localhost" if certificates else "127.0.0.1", port)
        self.client.subscribe("v1/devices/me/#", qos=1)
        self.client.loop_start()

    def wait(self, wanted, seconds=120):
        end = time.monotonic() + seconds
        while True:
            topic, payload = self.messages.get(timeout=max(0.1, end - time.monotonic()))
            if wanted(topic, payload):
                return payload

    def send(self, topic, payload):
        self.client.publish("v1/devices/me/" + topic, json.dumps(payload), qos=1)


def objects(buffer):
    """class, box and score of ObjectDetectionTop."""
    root = Table(buffer, int.from_bytes(buffer[:4], "little"))

    def child(table, slot):
        return Table(buffer, table.Indirect(table.Pos + table.Offset(4 + 2 * slot)))

    perception = child(root, 0)
    start, count = perception.Vector(perception.Offset(4)), perception.VectorLen(perception.Offset(4))
    found = []
    for index in range(count):
        entry = Table(buffer, perception.Indirect(start + 4 * index))
        box = child(entry, 2)
        assert entry.Get(kinds.Uint8Flags, entry.Pos + entry.Offset(6)) == 1
        found.append((
            entry.Get(kinds.Uint32Flags, entry.Pos + entry.Offset(4)),
            [box.Get(kinds.Int32Flags, box.Pos + box.Offset(4 + 2 * i)) for i in range(4)],
            entry.Get(kinds.Float32Flags, entry.Pos + entry.Offset(10))))
    return found


def has_dog(found):
    # COCO's 16th class; the scene is a dog.
    return any(kind == 16 and score > 0.3 and box[0] < box[2] and box[1] < box[3] for kind, box, score in found)


def device(fovea, models, port, *extra, url="mqtt://127.0.0.1"):
    return subprocess.Popen(
        [fovea, "emulate", "--scene", "docs/border-collie.jpg", "--network", MODEL, "--models", models,
         "--network-memory", "100000000", "--fps", "5", "--aitrios", f"{url}:{port}", "--sensor-id", "aid-1", *extra],
        stderr=subprocess.DEVNULL)


def check_evp2(console, receiver):
    where = f"http://127.0.0.1:{receiver.server_port}"
    info = console.wait(lambda t, p: "systemInfo" in p)
    assert info["systemInfo"]["protocolVersion"] == "EVP2-TB" and "deploymentStatus" in info
    console.wait(lambda t, p: t == "v1/devices/me/attributes/request/10000")
    console.send("attributes/response/10000", {})
    console.wait(lambda t, p: "state/$system/device_info" in p and json.loads(p["state/$system/device_info"])["chips"])

    settings = {
        "req_info": {"req_id": "one"},
        "common_settings": {
            "process_state": 2, "number_of_inference_per_message": 1,
            "port_settings": {
                "metadata": {"method": 2, "endpoint": where, "path": "inferences", "enabled": True},
                "input_tensor": {"method": 2, "endpoint": where, "path": "images", "enabled": True}},
            "codec_settings": {"format": 1}},
        "custom_settings": {"metadata_settings": {"format": 1}}}
    console.send("attributes", {"configuration/node/edge_app": json.dumps(settings)})
    state = console.wait(lambda t, p: "state/node/edge_app" in p)
    assert json.loads(state["state/node/edge_app"])["res_info"] == {"res_id": "one", "code": 0, "detail_msg": "ok"}
    path, image = receiver.next(".jpg")
    assert re.fullmatch(r"/images/\d{17}\.jpg", path) and image[:2] == b"\xff\xd8"
    path, text = receiver.next(".txt")
    assert re.fullmatch(r"/inferences/\d{17}\.txt", path)
    upload = json.loads(text)
    assert upload["DeviceID"] == "aid-1" and upload["ModelID"] == MODEL and upload["Image"] is True
    entries = upload["Inferences"][0]["O"]["perception"]["object_detection_list"]
    assert upload["Inferences"][0]["F"] == 1
    assert has_dog([(e["class_id"], [e["bounding_box"][k] for k in ("left", "top", "right", "bottom")], e["score"])
                    for e in entries]), entries

    settings["req_info"]["req_id"], settings["common_settings"]["process_state"] = "two", 7
    console.send("attributes", {"configuration/node/edge_app": json.dumps(settings)})
    state = console.wait(lambda t, p: "two" in p.get("state/node/edge_app", ""))
    assert json.loads(state["state/node/edge_app"])["res_info"]["code"] == 3
    settings["req_info"]["req_id"], settings["common_settings"]["process_state"] = "three", 1
    console.send("attributes", {"configuration/node/edge_app": json.dumps(settings)})
    console.wait(lambda t, p: "three" in p.get("state/node/edge_app", ""))

    request = {"method": "ModuleMethodCall", "params": {"direct-command-request": {
        "reqid": "77", "method": "direct_get_image", "instance": "$system",
        "params": json.dumps({"sensor_name": "sensor_chip", "crop_h_offset": 0, "crop_v_offset": 0,
                              "crop_h_size": 400, "crop_v_size": 300})}}}
    console.send("rpc/request/77", request)
    answer = console.wait(lambda t, p: t == "v1/devices/me/rpc/response/77")["direct-command-response"]
    response = json.loads(answer["response"])
    assert answer["status"] == "ok" and answer["reqid"] == "77" and response["res_info"]["code"] == 0
    assert base64.b64decode(response["image"])[:2] == b"\xff\xd8"
    request["params"]["direct-command-request"]["method"] = "fly"
    console.send("rpc/request/78", request)
    answer = console.wait(lambda t, p: t == "v1/devices/me/rpc/response/77")
    assert answer["direct-command-response"]["status"] == "error"

    for name, digest, outcome in (("good", hashlib.sha256(WASM).hexdigest(), "ok"), ("bad", "00" * 32, "error")):
        console.send("attributes", {"deployment": {
            "deploymentId": name, "modules": {"m": {"downloadUrl": where + "/m.wasm", "hash": digest}},
            "instanceSpecs": {"node": {"moduleId": "m"}}}})
        status = console.wait(
            lambda t, p: p.get("deploymentStatus", {}).get("deploymentId") == name
            and p["deploymentStatus"]["reconcileStatus"] != "applying")["deploymentStatus"]
        assert status["reconcileStatus"] == outcome == status["modules"]["m"]["status"], status
    print("paho-mqtt: EVP2 handshake, properties, uploads, direct image, deployment")


def check_evp1(console, receiver):
    where = f"http://127.0.0.1:{receiver.server_port}"
    info = console.wait(lambda t, p: "systemInfo" in p)
    assert info["systemInfo"]["protocolVersion"] == "EVP1-TB" and isinstance(info["deploymentStatus"], str)
    console.send("rpc/request/5", {"method": "ModuleMethodCall", "params": {
        "moduleMethod": "StartUploadInferenceData", "moduleInstance": "backdoor-EA_Main", "params": {
            "Mode": 2, "UploadMethodIR": "HttpStorage", "StorageNameIR": where, "StorageSubDirectoryPathIR": "inferences",
            "UploadInterval": 2, "CropHOffset": 0, "CropVOffset": 0, "CropHSize": 4056, "CropVSize": 3040}}})
    assert console.wait(lambda t, p: t.endswith("rpc/response/5"))["status"] == 0
    times = []
    for _ in range(3):
        _, text = receiver.next(".txt")
        inference = json.loads(text)["Inferences"][0]
        assert inference["F"] == 0 and has_dog(objects(base64.b64decode(inference["O"])))
        times.append(inference["T"])
    assert times == sorted(set(times))
    console.send("rpc/request/6", {"method": "ModuleMethodCall", "params": {
        "moduleMethod": "StopUploadInferenceData", "moduleInstance": "backdoor-EA_Main", "params": {}}})
    assert console.wait(lambda t, p: t.endswith("rpc/response/6"))["response"] == {"Result": "Accepted"}
    print("paho-mqtt: EVP1 start, FlatBuffers, stop")


def check_service(fovea, models, port, console, folder):
    log = pathlib.Path(folder, "serve.log")
    keys = pathlib.Path(folder, "keys.json")
    key = subprocess.run(
        [fovea, "keys", "create", "device", "--file", keys], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with log.open("w") as stream:
        service = subprocess.Popen([fovea, "serve", "--port", "0", "--models", models, "--keys", keys], stderr=stream)
    camera = None
    try:
        for _ in range(600):
            found = re.search(r"http://(127\.0\.0\.1:\d+)", log.read_text())
            if found:
                break
            time.sleep(0.1)
        base, storage = f"http://{found[1]}", f"http://device:{key}@{found[1]}/v1/aitrios/aid-1"

        def fetch(path):
            return json.load(urllib.request.urlopen(urllib.request.Request(base + path, headers={"X-API-Key": key})))

        camera = device(fovea, models, port, "--wire", "evp1", "--answers", "8")
        console.wait(lambda t, p: "systemInfo" in p)
        console.send("rpc/request/9", {"method": "ModuleMethodCall", "params": {
            "moduleMethod": "StartUploadInferenceData", "moduleInstance": "backdoor-EA_Main", "params": {
                "Mode": 1, "StorageName": storage, "StorageSubDirectoryPath": "images",
                "StorageNameIR": storage, "StorageSubDirectoryPathIR": "inferences",
                "NumberOfImages": 4}}})
        assert camera.wait(timeout=180) == 0
        counts = fetch("/v1/sensors/aid-1")
        assert counts["received"] == counts["answered"] == 8 and not any(counts["dropped"].values()), counts
        latest = fetch("/v1/sensors/aid-1/latest.json")
        assert latest["origin"] == "sensor" and latest["model"]["name"] == MODEL
        assert any(d["label"] == "dog" for d in latest["detections"]), latest
        print("the service asks the device for its key and counts every upload: 4 pictures, 4 results")
    finally:
        for process in (camera, service):
            if process and process.poll() is None:
                process.terminate()
                process.wait()


def mosquitto(config):
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    return subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)


def wait_for(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def check_tls(fovea, models, folder):
    """A broker that wants to know its devices by their certificates."""
    folder = pathlib.Path(folder, "tls")
    folder.mkdir()
    port = free_port()
    ours, others = Authority("console"), Authority("stranger")
    for authority, name in ((ours, "ca"), (others, "other-ca")):
        (folder / f"{name}.crt").write_bytes(pem(authority.certificate))
    ours.issue(folder, "broker", ExtendedKeyUsageOID.SERVER_AUTH)
    ours.issue(folder, "device", ExtendedKeyUsageOID.CLIENT_AUTH)
    config = folder / "mosquitto.conf"
    # Started by root, it would give up the right to read the folder; others are not asked for their user.
    config.write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\ncafile {folder}/ca.crt\n"
        f"certfile {folder}/broker.crt\nkeyfile {folder}/broker.key\n")
    broker = mosquitto(config)
    try:
        wait_for(port)
        console = Console(port, folder)
        mine = ("--device-certificate", folder / "device.crt", "--device-key", folder / "device.key")
        camera = device(
            fovea, models, port, "--broker-authorities", folder / "ca.crt", *mine, url="mqtts://localhost")
        try:
            info = console.wait(lambda t, p: "systemInfo" in p)
            assert info["systemInfo"]["protocolVersion"] == "EVP2-TB"
        finally:
            camera.terminate()
            camera.wait()
        for wrong in (("--broker-authorities", folder / "other-ca.crt", *mine), ("--broker-authorities", folder / "ca.crt")):
            camera = device(fovea, models, port, *wrong, url="mqtts://localhost")
            assert camera.wait(timeout=180) != 0, wrong
        console.client.loop_stop()
        print("mosquitto with TLS: the device and the broker know each other's certificates, strangers are refused")
    finally:
        broker.terminate()
        broker.wait()


def main():
    fovea, models, folder = sys.argv[1:]
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = pathlib.Path(folder, "mosquitto.conf")
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    broker = mosquitto(config)
    try:
        wait_for(port)
        for wire, check in (("evp2", check_evp2), ("evp1", check_evp1)):
            # Files that are still on their way to the one before stay there.
            receiver = Receiver()
            console = Console(port)
            camera = device(fovea, models, port, "--wire", wire)
            try:
                check(console, receiver)
            finally:
                camera.terminate()
                camera.wait()
                console.client.loop_stop()
        check_service(fovea, models, port, Console(port), folder)
    finally:
        broker.terminate()
        broker.wait()
    check_tls(fovea, models, folder)


if __name__ == "__main__":
    main()

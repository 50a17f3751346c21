"""Measures what the shipped networks answer, with ONNX Runtime, and what storing weights as float16 costs.

    check_models.py SOURCES RAW_FRAME FOOLBOX_WHEEL

SOURCES is the folder that make-models downloads to. RAW_FRAME is the sample frame (16-bit grey PNG, GRBG, black 25,
white 1023, stored on its side). FOOLBOX_WHEEL is foolbox 3.3.4, whose 20 labelled ImageNet pictures (`imagenet_NN_CLASS.jpg`)
are for testing only. Needs opencv-python-headless and onnxruntime beside the packages of requirements.txt.
"""

import json
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import efficientnet_lite0
import yolov3_tiny
from make_models import SOURCES, read_member
from prepare_input import prepare

ROOT = Path(__file__).resolve().parents[2]


def sessions(name, build, sources):
    shipped = (ROOT / "models" / name / "1" / "model.onnx").read_bytes()
    exact = build(read_member(SOURCES[name], sources), half=False)
    return [onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]) for data in (shipped, exact)]


def develop(path):
    """A plain development at half size: black, grey-world balance, sRGB curve, turned upright. RGB, uint8."""
    raw = cv2.imread(path, cv2.IMREAD_UNCHANGED).astype(np.float64)
    raw = np.clip((raw - 25) / (1023 - 25), 0, 1)
    green = (raw[0::2, 0::2] + raw[1::2, 1::2]) / 2
    rgb = np.stack([raw[0::2, 1::2], green, raw[1::2, 0::2]], axis=-1)
    rgb = np.clip(rgb * (green.mean() / rgb.mean(axis=(0, 1))), 0, 1)
    rgb = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return (np.rot90(rgb) * 255 + 0.5).astype(np.uint8)


def decode(outputs, head, confidence):
    """Boxes above `confidence` before suppression: [score, class, x, y, w, h] in network pixels."""
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    found = []
    for raw, scale in zip(outputs, head["scales"]):
        side = raw.shape[-1]
        cells = raw[0].reshape(3, 85, side, side)
        for anchor, (aw, ah) in enumerate(scale["anchors"]):
            box = cells[anchor]
            scores = sigmoid(box[4]) * sigmoid(box[5:])
            for c, y, x in zip(*np.nonzero(scores > confidence)):
                found.append((
                    float(scores[c, y, x]), int(c), (x + sigmoid(box[0, y, x])) * scale["stride"],
                    (y + sigmoid(box[1, y, x])) * scale["stride"], np.exp(box[2, y, x]) * aw, np.exp(box[3, y, x]) * ah))
    return sorted(found, reverse=True)


def check_detector(sources, frame):
    manifest = json.loads((ROOT / "models/yolov3-tiny/model.json").read_text())
    x = prepare(develop(frame), manifest["input"])[None]
    names = [scale["output"] for scale in manifest["head"]["scales"]]
    half, exact = (s.run(names, {"images": x}) for s in sessions("yolov3-tiny", yolov3_tiny.build, sources))
    for title, outputs in ("float16", half), ("float32", exact):
        for score, label, *box in decode(outputs, manifest["head"], 0.2)[:4]:
            print(f"{title} {manifest['labels'][label]} {score:.4f}", " ".join(f"{v:.1f}" for v in box))
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    scores = lambda outputs: [
        sigmoid(o.reshape(3, 85, -1)[:, 4:5]) * sigmoid(o.reshape(3, 85, -1)[:, 5:]) for o in outputs]
    print("largest difference of a score:", max(float(np.abs(a - b).max()) for a, b in zip(scores(half), scores(exact))))


def check_classifier(sources, wheel):
    manifest = json.loads((ROOT / "models/efficientnet-lite0/model.json").read_text())
    pair = sessions("efficientnet-lite0", efficientnet_lite0.build, sources)
    right, difference, agree, total = [0, 0], 0.0, 0, 0
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(n for n in archive.namelist() if "/imagenet_" in n and n.endswith(".jpg")):
            picture = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
            value = prepare(picture, manifest["input"])[None]
            logits = [s.run(["logits"], {"images": value})[0][0] for s in pair]
            p = [np.exp(v - v.max()) / np.exp(v - v.max()).sum() for v in logits]
            expected = int(name.rsplit("_", 1)[1][:-4])
            right = [r + int(v.argmax() == expected) for r, v in zip(right, p)]
            agree += int(p[0].argmax() == p[1].argmax())
            difference = max(difference, float(np.abs(p[0] - p[1]).max()))
            total += 1
            print(name, manifest["labels"][int(p[0].argmax())], f"{p[0].max():.3f}")
    print(f"top-1 of {total}: float16 {right[0]}, float32 {right[1]}, same answer {agree};",
          "largest difference of a probability:", difference)


if __name__ == "__main__":
    check_detector(Path(sys.argv[1]), sys.argv[2])
    check_classifier(Path(sys.argv[1]), sys.argv[3])

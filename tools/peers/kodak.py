#!/usr/bin/env python3
"""Scores `fovea develop --only-demosaic` on pictures whose full colours are known.

Each 8-bit picture is mosaicked to RGGB, demosaicked, and compared. CPSNR = 10 log10(255² / mean squared error over pixels and
channels) with a border of 10 pixels dropped, averaged over the pictures: the literature's protocol. Needs numpy, pillow.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

BORDER = 10


def mosaic(rgb):
    out = rgb[..., 1].copy()
    out[0::2, 0::2] = rgb[0::2, 0::2, 0]
    out[1::2, 1::2] = rgb[1::2, 1::2, 2]
    return out


def cpsnr(truth, found):
    inner = np.s_[BORDER:-BORDER, BORDER:-BORDER]
    error = (truth[inner].astype(float) - found[inner].astype(float)) ** 2
    return 10 * np.log10(255**2 / error.mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea", default=".build/release/fovea")
    parser.add_argument("--pictures", required=True, help="folder of PNGs")
    parser.add_argument("--least", action="append", default=[], metavar="DEMOSAIC=DB")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pictures = {p.stem: np.array(Image.open(p).convert("RGB")) for p in sorted(pathlib.Path(options.pictures).glob("*.png"))}
        for name, rgb in pictures.items():
            Image.fromarray(mosaic(rgb)).save(folder / f"{name}.png")
        for item in options.least:
            method, least = item.split("=")
            scores = []
            for name, rgb in pictures.items():
                out = folder / "out.png"
                subprocess.run(
                    [options.fovea, "develop", folder / f"{name}.png", "--cfa", "rggb", "--only-demosaic",
                     "--demosaic", method, "-o", out], check=True)
                scores.append(cpsnr(rgb, np.array(Image.open(out))))
            mean = float(np.mean(scores))
            print(f"    {method}: {mean:.2f} dB over {len(scores)} pictures (at least {least})")
            failed |= mean < float(least)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Raw frames developed by Fovea and by LibRaw, side by side: one picture a frame, ours left.

    side_by_side.py --fovea PROGRAM --out FOLDER [--width 900] [--raw-folder ../shared/data/raw] [DNG ...]

Frames of the folder are described here; LibRaw gets them as the DNG that `fovea develop` makes of them, so that both have the same
levels, gains and matrices. Needs `pip install rawpy pillow`.
"""
import argparse
import pathlib
import subprocess

import rawpy
from PIL import Image

ROSE = ["--width", "768", "--height", "512", "--black-level", "600", "--white-level", "15520", "--white-balance", "1.949,1,1.344"]
FRAMES = {
    "colorchecker_1920x1080_bggr12.raw": ["--width", "1920", "--height", "1080", "--pixel-format", "SBGGR12"],
    "greychart_1920x1080_rggb10.raw": ["--width", "1920", "--height", "1080", "--pixel-format", "SRGGB10"],
    "DSC_1339_rggb_bpc_test.raw": [*ROSE, "--pixel-format", "SRGGB14"],
    **{f"DSC_1339_{order}.raw": [*ROSE, "--pixel-format", f"S{order.upper()}14"] for order in ("rggb", "bggr", "grbg", "gbrg")},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frames", nargs="*", type=pathlib.Path)
    parser.add_argument("--fovea", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--raw-folder", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=900, help="of each half")
    parser.add_argument("--demosaic", default="led")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    frames = [(path, []) for path in options.frames]
    if options.raw_folder:
        frames += [(options.raw_folder / name, flags) for name, flags in FRAMES.items()]
    for path, flags in frames:
        dng, ours = options.out / (path.stem + ".dng"), options.out / (path.stem + ".ours.png")
        subprocess.run([options.fovea, "develop", str(path), "-o", str(dng), *flags], check=True)
        subprocess.run([options.fovea, "develop", str(dng), "-o", str(ours), "--demosaic", options.demosaic], check=True)
        with rawpy.imread(str(dng)) as raw:
            has_gains = raw.camera_whitebalance[0] > 0
            theirs = Image.fromarray(raw.postprocess(
                use_camera_wb=has_gains, use_auto_wb=not has_gains, no_auto_bright=True, gamma=(2.4, 12.92)))
        pictures = []
        for picture in (Image.open(ours).convert("RGB"), theirs):
            height = picture.height * options.width // picture.width
            pictures.append(picture.resize((options.width, height), Image.Resampling.LANCZOS))
        montage = Image.new("RGB", (2 * options.width + 8, max(p.height for p in pictures)), "white")
        montage.paste(pictures[0], (0, 0))
        montage.paste(pictures[1], (options.width + 8, 0))
        montage.save(options.out / (path.stem + ".png"))
        ours.unlink()
        dng.unlink()
        print(options.out / (path.stem + ".png"))


main()

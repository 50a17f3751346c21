#!/usr/bin/env python3
"""Raw frames through other people's writers and readers, sample by sample.

    raw_formats.py --fovea PROGRAM

pidng and tifffile write DNG (packed, 16-bit, deflated with predictor, floating point), `fovea develop -o X.dng` repacks it, and
LibRaw (rawpy), tifffile and, where installed, dcraw must find the same samples; ExifTool must find no fault. Bare samples in every
packing go the same way. Needs `pip install numpy rawpy pidng tifffile imagecodecs`.
"""
import argparse
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np
import rawpy
import tifffile
from pidng.core import RAW2DNG, DNGTags, Tag
from pidng.defs import CFAPattern, DNGVersion, PhotometricInterpretation

ORDERS = {"RGGB": CFAPattern.RGGB, "GRBG": CFAPattern.GRBG, "GBRG": CFAPattern.GBRG, "BGGR": CFAPattern.BGGR}


def mosaic(bits, width=64, height=48):
    return np.random.default_rng(bits).integers(0, 1 << bits, (height, width)).astype(np.uint16)


def by_pidng(path, samples, bits, order):
    tags = DNGTags()
    for tag, value in [(Tag.ImageWidth, samples.shape[1]), (Tag.ImageLength, samples.shape[0]),
                       (Tag.TileWidth, samples.shape[1]), (Tag.TileLength, samples.shape[0]),
                       (Tag.PhotometricInterpretation, PhotometricInterpretation.Color_Filter_Array),
                       (Tag.SamplesPerPixel, 1), (Tag.BitsPerSample, bits), (Tag.CFARepeatPatternDim, [2, 2]),
                       (Tag.CFAPattern, ORDERS[order]), (Tag.BlackLevel, 1 << (bits - 4)),
                       (Tag.WhiteLevel, (1 << bits) - 1), (Tag.DNGVersion, DNGVersion.V1_4),
                       (Tag.DNGBackwardVersion, DNGVersion.V1_2)]:
        tags.set(tag, value)
    writer = RAW2DNG()
    writer.options(tags, path="", compress=False)
    writer.convert(samples, filename=str(path))


def by_tifffile(path, samples, predictor, byteorder, white):
    tags = [(33421, 3, 2, (2, 2), True), (33422, 1, 4, bytes([0, 1, 1, 2]), True),
            (50706, 1, 4, bytes([1, 4, 0, 0]), True), (50717, 4, 1, white, True)]
    tifffile.imwrite(path, samples, byteorder=byteorder, photometric="cfa", compression="deflate", predictor=predictor,
                     tile=(16, 16), extratags=tags, metadata=None)


def bare(samples, bits, packing):
    if packing == "unpacked":
        return samples.astype("<u2").tobytes()
    out = bytearray()
    for row in samples.astype(np.uint64):
        if packing == "lsb":
            number = sum(int(value) << (bits * index) for index, value in enumerate(row))
            out += number.to_bytes((len(row) * bits + 7) // 8, "little")
            continue
        group, low = (2 if bits == 12 else 4), bits - 8
        for start in range(0, len(row), group):
            values = [int(value) for value in row[start:start + group]]
            tails = sum((value & ((1 << low) - 1)) << (low * index) for index, value in enumerate(values))
            out += bytes(value >> low for value in values) + tails.to_bytes(group * low // 8, "little")
    return bytes(out)


class Checker:
    def __init__(self, fovea, folder):
        self.fovea, self.folder, self.count = fovea, folder, 0

    def check(self, name, source, samples, flags=(), libraw=True, order=None):
        """`source` repacked by Fovea holds `samples`, whoever reads it."""
        target = self.folder / "ours.dng"
        subprocess.run([self.fovea, "develop", str(source), "-o", str(target), *flags], check=True)
        with tifffile.TiffFile(target) as file:
            page = file.pages[0].pages[0]
            if page.bitspersample in (8, 16):
                assert np.array_equal(page.asarray(), samples), f"{name}: tifffile finds other samples"
        if libraw:
            with rawpy.imread(str(target)) as raw:
                assert np.array_equal(raw.raw_image, samples), f"{name}: LibRaw finds other samples"
                found = "".join("RGBG"[index] for index in raw.raw_pattern.flatten())
                assert order is None or found == order, f"{name}: LibRaw finds {found}"
        if libraw and shutil.which("dcraw"):
            made = subprocess.run(["dcraw", "-D", "-4", "-t", "0", "-c", str(target)], check=True, capture_output=True).stdout
            found = np.frombuffer(made[-2 * samples.size:], ">u2").reshape(samples.shape)
            assert np.array_equal(found, samples), f"{name}: dcraw finds other samples"
        if shutil.which("exiftool"):
            report = subprocess.run(["exiftool", "-validate", "-error", "-a", str(target)], capture_output=True, text=True).stdout
            assert "Error" not in report, f"{name}: {report}"
        self.count += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        checker = Checker(options.fovea, folder)
        # pidng 4.0.9 fails on 14 bits.
        for bits in (8, 10, 12, 16):
            for order in ORDERS:
                samples = mosaic(bits)
                by_pidng(folder / "pidng.dng", samples, bits, order)
                checker.check(f"pidng, {bits} bits, {order}", folder / "pidng.dng", samples, order=order)
        words = mosaic(16)
        for byteorder in "<>":
            by_tifffile(folder / "deflated.dng", words, 2, byteorder, 65535)
            checker.check(f"deflated, {byteorder}", folder / "deflated.dng", words, order="RGGB")
            by_tifffile(folder / "float.dng", words.astype(np.float32), 3, byteorder, 65535)
            checker.check(f"floating point, {byteorder}", folder / "float.dng", words, order="RGGB")
        for bits, packing, suffix in [(10, "unpacked", ""), (10, "csi2", "_CSI2P"), (12, "csi2", "_CSI2P"), (14, "csi2", "_CSI2P"),
                                      (10, "lsb", "p"), (12, "lsb", "p"), (16, "unpacked", "")]:
            for order in ORDERS:
                name = f"Bayer{order[:2]}{bits}p" if packing == "lsb" else f"S{order}{bits}{suffix}"
                samples = mosaic(bits)
                (folder / "bare.raw").write_bytes(bare(samples, bits, packing))
                size = ["--width", "64", "--height", "48"]
                checker.check(name, folder / "bare.raw", samples, [*size, "--pixel-format", name], order=order)
            quad = f"SRGGB{bits}{suffix}_QUAD"
            checker.check(quad, folder / "bare.raw", samples, [*size, "--pixel-format", quad], libraw=False)
        print(f"{checker.count} files: the same samples")


main()

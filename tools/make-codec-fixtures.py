#!/usr/bin/env python3
"""Rewrites Tests/Fixtures/Codecs with other people's encoders: Pillow (JPEG, PNG, TIFF), pidng (DNG) and
imagecodecs (lossless JPEG) and tifffile (deflated and floating point DNG).

Needs `pip install pillow numpy pidng imagecodecs tifffile`. The pixels follow a formula that FixtureTests.swift repeats.
"""
import os
import struct

import imagecodecs
import numpy as np
import tifffile
from PIL import Image
from pidng.core import RAW2DNG, DNGTags, Tag
from pidng.defs import CFAPattern, DNGVersion, Orientation, PhotometricInterpretation

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Fixtures", "Codecs")
WIDTH, HEIGHT = 23, 17


def pixels():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([x * 11 % 256, y * 15 % 256, (x + y) * 6 % 256], -1).astype(np.uint8)


def mosaic(width, height, bits):
    y, x = np.mgrid[0:height, 0:width]
    return ((x * 37 + y * 101 + x * y) % (1 << bits)).astype(np.uint16)


def save(image, name, **options):
    image.save(os.path.join(FOLDER, name), **options)


def save_dng(name, bits):
    width, height = 64, 48
    tags = DNGTags()
    tags.set(Tag.ImageWidth, width)
    tags.set(Tag.ImageLength, height)
    tags.set(Tag.TileWidth, width)
    tags.set(Tag.TileLength, height)
    tags.set(Tag.Orientation, Orientation.Rotate180)
    tags.set(Tag.PhotometricInterpretation, PhotometricInterpretation.Color_Filter_Array)
    tags.set(Tag.SamplesPerPixel, 1)
    tags.set(Tag.BitsPerSample, bits)
    tags.set(Tag.CFARepeatPatternDim, [2, 2])
    tags.set(Tag.CFAPattern, CFAPattern.GBRG)
    tags.set(Tag.BlackLevel, 16)
    tags.set(Tag.WhiteLevel, (1 << bits) - 1)
    tags.set(Tag.ColorMatrix1, [[19549, 10000], [-7877, 10000], [-2582, 10000], [-5724, 10000], [10121, 10000],
                                [1917, 10000], [-1267, 10000], [-110, 10000], [6621, 10000]])
    tags.set(Tag.CalibrationIlluminant1, 21)
    tags.set(Tag.AsShotNeutral, [[1, 2], [1, 1], [4, 5]])
    tags.set(Tag.DNGVersion, DNGVersion.V1_4)
    tags.set(Tag.DNGBackwardVersion, DNGVersion.V1_2)
    tags.set(Tag.Make, "Example")
    tags.set(Tag.Model, "Example")
    writer = RAW2DNG()
    writer.options(tags, path="", compress=False)
    writer.convert(mosaic(width, height, bits), filename=os.path.join(FOLDER, name))


def save_lossless(name, bits):
    """A big-endian DNG of four lossless tiles, two of which stick out of the picture to the right."""
    width, height, tile = 40, 48, 24
    padded = np.pad(mosaic(width, height, bits), ((0, 0), (0, 2 * tile - width)))
    tiles = [imagecodecs.ljpeg_encode(padded[y:y + tile, x:x + tile], bitspersample=bits)
             for y in (0, tile) for x in (0, tile)]
    short, long, byte = (3, "H"), (4, "I"), (1, "B")
    entries = [(254, long, [0]), (256, long, [width]), (257, long, [height]), (258, short, [bits]), (259, short, [7]),
               (262, short, [32803]), (277, short, [1]), (322, long, [tile]), (323, long, [tile]),
               (324, long, [0] * 4), (325, long, [len(t) for t in tiles]), (33421, short, [2, 2]),
               (33422, byte, [0, 1, 1, 2]), (50706, byte, [1, 4, 0, 0]), (50717, long, [(1 << bits) - 1])]
    data = 8 + 2 + 12 * len(entries) + 4 + 64
    starts = [data + sum(len(t) for t in tiles[:index]) for index in range(4)]
    entries[9] = (324, long, starts)
    directory, values = struct.pack(">H", len(entries)), b""
    for tag, (kind, letter), numbers in entries:
        packed = struct.pack(">%d%s" % (len(numbers), letter), *numbers)
        if len(packed) > 4:
            position = 8 + 2 + 12 * len(entries) + 4 + len(values)
            values, packed = values + packed, struct.pack(">I", position)
        directory += struct.pack(">HHI", tag, kind, len(numbers)) + packed.ljust(4, b"\0")
    directory += struct.pack(">I", 0) + values.ljust(64, b"\0")
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(b"MM\0*" + struct.pack(">I", 8) + directory + b"".join(tiles))


def save_deflated(name, samples, predictor, byteorder="<", white=None):
    """Deflated tiles of 16 that stick out of the picture to the right."""
    tags = [(33421, 3, 2, (2, 2), True), (33422, 1, 4, bytes([0, 1, 1, 2]), True),
            (50706, 1, 4, bytes([1, 4, 0, 0]), True), (51041, 12, 6, (1e-3, 1e-6, 2e-3, 2e-6, 3e-3, 3e-6), True)]
    if white:
        tags.append((50717, 4, 1, white, True))
    tifffile.imwrite(os.path.join(FOLDER, name), samples, byteorder=byteorder, photometric="cfa", compression="deflate",
                     predictor=predictor, tile=(16, 16), extratags=tags, metadata=None, software=False)


def main():
    rgb = Image.fromarray(pixels())
    gray = rgb.convert("L")
    save(rgb, "progressive.jpg", quality=95, progressive=True, subsampling=0)
    save(rgb.convert("CMYK"), "cmyk.jpg", quality=95, subsampling=0)
    save(gray, "gray.jpg", quality=95)
    save(rgb, "rgb.png")
    save(rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=256), "palette.png")
    alpha = rgb.copy()
    alpha.putalpha(Image.fromarray(255 - pixels()[..., 0]))
    save(alpha, "rgba.png")
    save(Image.fromarray((pixels()[..., 0] > 127)), "bilevel.png")
    save(Image.fromarray(mosaic(WIDTH, HEIGHT, 16)), "gray16.png")
    save(rgb, "rgb.tiff")
    save(Image.fromarray(mosaic(WIDTH, HEIGHT, 16)), "gray16.tiff")
    save_dng("pidng_packed10.dng", 10)
    save_dng("pidng_packed12.dng", 12)
    save_dng("pidng_words16.dng", 16)
    save_lossless("lossless12_tiles.dng", 12)
    save_lossless("lossless16_tiles.dng", 16)
    words = mosaic(40, 32, 16)
    save_deflated("deflate16.dng", words, 2)
    save_deflated("deflate16_big.dng", words, 2, byteorder=">")
    save_deflated("deflate8.dng", mosaic(40, 32, 8).astype(np.uint8), 1)
    save_deflated("float32.dng", (words / 65535).astype(np.float32), 3)
    save_deflated("float32_big.dng", words.astype(np.float32), 3, byteorder=">", white=65535)
    save_deflated("float16.dng", mosaic(40, 32, 11).astype(np.float16), 1, white=2047)


main()

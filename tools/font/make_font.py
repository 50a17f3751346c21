"""Rasterises a font into the glyph atlas that Vision draws labels with: make_font.py FONT.ttf FontData.swift

Glyphs are rendered 8 times larger and averaged, so hinting plays no part; coverage is kept in 4 bits. The atlas is
base64 of: em, ascent, descent in pixels (u8 each), number of glyphs (u16); per glyph its code point (u16), advance in
1/64 pixel (u16), left edge from the pen (i8), top edge from the top of the line (i8), width, height (u8 each); then the
coverages of all glyphs, row by row, as runs: a byte is coverage in the high and run length - 1 in the low 4 bits, and a
run ends with its glyph. Little endian.
"""

import base64
import struct
import sys
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

EM = 48
OVERSAMPLING = 8
CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100), 0x2026]


def glyph(font, character, ascent):
    """Advance, left, top, and rows of coverage 0...15."""
    margin = 2 * EM * OVERSAMPLING
    canvas = Image.new("L", (2 * margin, 3 * margin), 0)
    ImageDraw.Draw(canvas).text((margin, margin), character, font=font, fill=255, anchor="ls")
    small = canvas.reduce(OVERSAMPLING)
    levels = small.point([(v * 15 + 127) // 255 for v in range(256)])
    box = levels.getbbox() or (0, 0, 0, 0)
    rows = [[levels.getpixel((x, y)) for x in range(box[0], box[2])] for y in range(box[1], box[3])]
    origin = margin // OVERSAMPLING
    advance = round(font.getlength(character) / OVERSAMPLING * 64)
    return advance, box[0] - origin if rows else 0, box[1] - origin + ascent if rows else 0, rows


def runs(rows):
    data = bytearray()
    for value, group in groupby(v for row in rows for v in row):
        count = len(list(group))
        while count > 0:
            run = min(count, 16)
            data.append(value << 4 | run - 1)
            count -= run
    return data


def main(font_path, output):
    font = ImageFont.truetype(font_path, EM * OVERSAMPLING, layout_engine=ImageFont.Layout.BASIC)
    ascent, descent = (-(-value // OVERSAMPLING) for value in font.getmetrics())
    table, coverage = bytearray(struct.pack("<BBBH", EM, ascent, descent, len(CHARACTERS))), bytearray()
    for code in CHARACTERS:
        advance, left, top, rows = glyph(font, chr(code), ascent)
        table += struct.pack("<HHbbBB", code, advance, left, top, len(rows[0]) if rows else 0, len(rows))
        coverage += runs(rows)
    text = base64.b64encode(bytes(table + coverage)).decode()
    notice = (Path(__file__).parent / "NOTICE").read_text().rstrip().splitlines()
    lines = [f"// {line}".rstrip() for line in notice]
    lines += ["", "// Made by tools/make-font; see tools/font/make_font.py for the layout.", "// swift-format-ignore-file", ""]
    lines += ["/// The glyph atlas of DejaVu Sans Bold, base64.", "let fontData: StaticString = \"\"\"", ]
    lines += [f"    {text[i : i + 112]}\\" for i in range(0, len(text), 112)]
    lines[-1] = lines[-1][:-1]
    lines += ["    \"\"\"", ""]
    Path(output).write_text("\n".join(lines))
    print(f"{len(CHARACTERS)} glyphs, {len(table) + len(coverage)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])

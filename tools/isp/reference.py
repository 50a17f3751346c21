"""The ISP's half-size path in numpy, to the bit: packed samples -> RGB8 picture of half the size -> a network's input.

    half_picture(raw, parameters)        raw: uint16 [height, width]; parameters: what `fovea develop --explain` prints
    network_input(picture, orientation, manifest["input"])

Every floating-point step of the ISP is one float32 operation rounded to nearest even, in the order written here; tables are
made in float64 from + - * / and square roots alone. Sources/CKernels/include/ck_develop.h states the arithmetic.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))
from prepare_input import prepare  # noqa: E402

F = np.float32
FULL = F(65535)


def unpack(data, width, height, stride, bits, packing):
    """Raw bytes -> uint16 [height, width]. packing: unpacked, csi2 (MIPI), lsb (PFNC p)."""
    rows = np.frombuffer(data, np.uint8)[: stride * height].reshape(height, stride)
    if packing == "unpacked":
        return rows[:, :width].astype(np.uint16) if bits == 8 else rows[:, : 2 * width].copy().view("<u2")
    if packing == "lsb":
        stream = np.unpackbits(rows, axis=1, bitorder="little")[:, : width * bits].reshape(height, width, bits)
        return (stream << np.arange(bits, dtype=np.uint16)).sum(axis=2, dtype=np.uint16)
    group = {10: 4, 12: 2, 14: 4}[bits]
    size = group * bits // 8
    groups = -(-width // group)
    parts = rows[:, : groups * size].reshape(height, groups, size).astype(np.uint16)
    high = parts[..., :group] << (bits - 8)
    tails = np.unpackbits(parts[..., group:].astype(np.uint8), axis=2, bitorder="little")
    low = (tails.reshape(height, groups, group, bits - 8) << np.arange(bits - 8, dtype=np.uint16)).sum(axis=3, dtype=np.uint16)
    return (high | low).reshape(height, -1)[:, :width]


def rounded(values):
    """Halves up, by truncation after adding 1/2."""
    return (values + F(0.5)).astype(np.int32)


def clipped(values, limit):
    return np.minimum(np.maximum(values, F(0)), F(limit))


def cube_root(x):
    root = 1.0
    while x > 0:
        following = (2 * root + x / (root * root)) / 3
        if following >= root:
            return root
        root = following
    return 0.0


def srgb(root):
    """The sRGB transfer function of root^2."""
    light = root * root
    if light <= 0.0031308:
        return 12.92 * light
    sixth = np.sqrt(cube_root(root))
    return 1.055 * (sixth * sixth * sixth * sixth * sixth) - 0.055


def tone_table(curve):
    """uint8 for every square root of linear light in 0...65535: straight pieces, fine ones below 4096."""
    def knot(value):
        return min(255 << 8, int(np.floor(curve(min(value, 65535) / 65535) * (255 << 8) + 0.5)))

    table = np.empty(65536, np.uint8)
    for value in range(65536):
        fine = value < 4096
        width = 64 if fine else 1024
        piece, at = divmod(value, width)
        base, following = knots(knot, piece * width, width)
        rise = following - base
        if not fine and piece == 63:
            rise = min(65535, (rise * 1024 + 1022) // 1023)
        table[value] = (base + (rise * (at * (65536 // width)) >> 16) + 128) >> 8
    return table


def knots(knot, start, width, held={}):
    for value in (start, start + width):
        if value not in held:
            held[value] = knot(value)
    return held[start], held[start + width]


def half_picture(raw, parameters, cfa):
    """parameters: blackLevel (4), whiteLevel, whiteBalanceGains (3), colorMatrix (9). The tone curve is sRGB's."""
    height, width = raw.shape[0] // 2 * 2, raw.shape[1] // 2 * 2
    gains = np.array(parameters["whiteBalanceGains"], float)
    gains = gains / gains.min()
    light = {"r": [], "g": [], "b": []}
    for site, color in enumerate(cfa):
        black, white = parameters["blackLevel"][site], parameters["whiteLevel"]
        scale = gains["rgb".index(color)] / (white - black) * 65535.0
        samples = raw[site // 2 : height : 2, site % 2 : width : 2].astype(F)
        light[color].append(rounded(clipped((samples - F(black)) * F(scale), FULL)))
    planes = [light["r"][0], (light["g"][0] + light["g"][1] + 1) >> 1, light["b"][0]]
    red, green, blue = (plane.astype(F) for plane in planes)
    matrix = [F(coefficient) * FULL for coefficient in parameters["colorMatrix"]]
    table = tone_table(srgb)
    out = []
    for row in range(3):
        a, b, c = matrix[3 * row : 3 * row + 3]
        total = a * red + b * green + c * blue
        out.append(table[rounded(np.sqrt(clipped(total, FULL * FULL)))])
    return np.stack(out, axis=-1)


# What turns a stored picture upright, by EXIF orientation.
UPRIGHT = {
    1: lambda p: p, 2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1), 6: lambda p: p[::-1].swapaxes(0, 1),
    7: lambda p: p[::-1, ::-1].swapaxes(0, 1), 8: lambda p: p[:, ::-1].swapaxes(0, 1),
}  # fmt: skip


def network_input(picture, orientation, spec):
    return prepare(np.ascontiguousarray(UPRIGHT[orientation](picture)), spec)

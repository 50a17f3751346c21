"""Pictures to learn the demosaic from: free ones only.

photographs   Debian `libjxl-testdata`: a flower from a three-layer sensor (no demosaic in its past, BSD-3-Clause), a room
              (BSD-3-Clause) and the 500-pixel photographs of wesaturate (CC0). Debian `lomiri-wallpapers-16.04`: photographs by
              Trevor "Freespace", Jakub Mede and Aitzol Berasategi (CC BY 4.0) and Clemens Engelhardt (CC0), halved in linear light
teacher       samples/border-collie (MIT), developed by demosaicnet 0.0.14 (MIT) in the square-root domain, full and half size,
              and the scenes below as it makes them from their mosaics
dead leaves   scenes of our own: discs, bars and polygons that hide each other, with gratings and noise on them, coloured from
              the photographs (A. B. Lee, D. Mumford, J. Huang: Occlusion models for natural images, IJCV 2001)

All are gamma-coded RGB in 0...255. None is among the pictures that the scores are taken on.
"""
import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

ROOT = pathlib.Path("/usr/share")
# Path and how often the picture is halved before it is used.
PHOTOGRAPHS = [
    ("libjxl-testdata/jxl/flower/flower.png", [0, 1]),
    ("libjxl-testdata/jxl/hdr_room.png", [0]),
    ("libjxl-testdata/external/wesaturate/500px/cvo9xd_keong_macan_srgb8.png", [0]),
    ("libjxl-testdata/external/wesaturate/500px/tmshre_riaphotographs_srgb8.png", [0]),
    ("libjxl-testdata/external/wesaturate/500px/u76c0g_bliznaca_srgb8.png", [0]),
    ("backgrounds/Picture_0B_by_freespace.jpg", [1]),
    ("backgrounds/Picture_1A_by_freespace.jpg", [1]),
    ("backgrounds/Wine_by_Jakkub_Mede.jpg", [1, 2]),
    ("backgrounds/aitzgorri_by_Aitzol_Berasategi.jpg", [1, 2]),
    ("backgrounds/friends_by_Aitzol_Berasategi.jpg", [1, 2]),
    ("backgrounds/life_by_Aitzol_Berasategi.jpg", [1, 2]),
    ("backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg", [1, 2]),
    ("backgrounds/seeding_by_Clements_Engelhardt.jpg", [1, 2]),
    ("backgrounds/sunset_by_Aitzol_Berasategi.jpg", [1, 2]),
]


def linear(v):
    v = v.astype(np.float32) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def coded(v):
    v = np.clip(v, 0, 1)
    return np.rint(255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)).astype(np.uint8)


def halved(picture):
    light = linear(picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2])
    return coded((light[0::2, 0::2] + light[0::2, 1::2] + light[1::2, 0::2] + light[1::2, 1::2]) / 4)


def photographs():
    pictures = []
    for name, halvings in PHOTOGRAPHS:
        picture = np.array(Image.open(ROOT / name).convert("RGB"))
        for count in range(max(halvings) + 1):
            if count in halvings:
                pictures.append(picture)
            picture = halved(picture)
    return pictures


def dead_leaves(random, size, palettes):
    """One scene of size x size, drawn at twice the size and averaged down."""
    big = 2 * size
    canvas = Image.new("RGB", (big, big))
    pixels = np.zeros((big, big, 3), np.float32)
    palette = palettes[random.integers(len(palettes))]

    def color():
        c = palette[random.integers(len(palette))].astype(np.float32)
        c = c.mean() + (c - c.mean()) * random.uniform(0, 1.2)
        return np.clip(c * random.uniform(0.4, 1.5), 0, 255)

    pixels[:] = color()
    grid = np.mgrid[0:big, 0:big].astype(np.float32)
    radii = (4 ** -2.0 + random.random(700) * (160 ** -2.0 - 4 ** -2.0)) ** -0.5
    for radius in sorted(radii, reverse=True):
        cx, cy = random.uniform(-10, big + 10, 2)
        x0, x1 = int(max(0, cx - radius - 2)), int(min(big, cx + radius + 2))
        y0, y1 = int(max(0, cy - radius - 2)), int(min(big, cy + radius + 2))
        if x1 <= x0 or y1 <= y0:
            continue
        mask = Image.new("L", (x1 - x0, y1 - y0))
        draw = ImageDraw.Draw(mask)
        kind = random.random()
        if kind < 0.4:
            draw.ellipse([cx - radius - x0, cy - radius - y0, cx + radius - x0, cy + radius - y0], fill=255)
        else:
            turn = random.uniform(0, 2 * np.pi)
            corners = random.integers(3, 8) if kind < 0.7 else 4
            angles = turn + np.sort(random.uniform(0, 2 * np.pi, corners)) if kind < 0.7 else None
            if angles is None:
                thin = random.uniform(0.02, 0.4) * radius
                u, v = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
                points = [u * radius + v * thin, u * radius - v * thin, -u * radius - v * thin, -u * radius + v * thin]
            else:
                points = [(radius * np.cos(a), radius * np.sin(a)) for a in angles]
            draw.polygon([(p[0] + cx - x0, p[1] + cy - y0) for p in points], fill=255)
        inside = np.asarray(mask, np.float32)[..., None] / 255
        fill = np.broadcast_to(color(), inside.shape[:2] + (3,)).copy()
        texture = random.random()
        gy, gx = grid[0, y0:y1, x0:x1], grid[1, y0:y1, x0:x1]
        if texture < 0.35:
            angle, period = random.uniform(0, np.pi), np.exp(random.uniform(np.log(3.6), np.log(60)))
            wave = np.sin(2 * np.pi * (gx * np.cos(angle) + gy * np.sin(angle)) / period + random.uniform(0, 6))
            other = color() if random.random() < 0.3 else fill * random.uniform(0.3, 0.9)
            fill += (wave[..., None] * 0.5 + 0.5) * (other - fill) * random.uniform(0.2, 1)
        elif texture < 0.6:
            step = int(random.integers(1, 5))
            noise = random.normal(0, 1, (big // step // 2 + 2, big // step // 2 + 2)).astype(np.float32)
            noise = np.kron(noise, np.ones((2 * step, 2 * step), np.float32))[y0:y1, x0:x1]
            fill += noise[..., None] * random.uniform(3, 30) * (1 if random.random() < 0.7 else random.uniform(0, 1, 3))
        elif texture < 0.75:
            fill += ((gx - cx) * random.uniform(-1, 1) + (gy - cy) * random.uniform(-1, 1))[..., None] / radius * 40
        part = pixels[y0:y1, x0:x1]
        part += inside * (fill - part)
    image = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    blur = random.uniform(0, 1.6)
    if blur > 0.3:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    return halved(np.array(image))


def main():
    """pictures.py OUT.npz [SCENES]: an archive for train.py, photographs first."""
    from teacher import Teacher

    random = np.random.default_rng(2)
    teacher = Teacher()
    pictures = photographs()
    palettes = [p.reshape(-1, 3)[random.integers(0, p.shape[0] * p.shape[1], 400)] for p in pictures[:6]]
    frame = teacher.sample_frame()
    pictures += [frame, halved(frame)]
    natural = len(pictures)
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 200):
        pictures.append(teacher.again(dead_leaves(random, 256, palettes)))
    np.savez(sys.argv[1], natural=natural, **{f"picture{i}": p for i, p in enumerate(pictures)})


if __name__ == "__main__":
    main()

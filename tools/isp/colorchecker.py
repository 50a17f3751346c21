#!/usr/bin/env python3
"""Calibrates colours on a raw frame of a 24-patch ColorChecker and says how far the developed patches are from the chart.

White balance from the grey patches, then the 3x3 matrix whose developed patches come nearest in Lab (Gauss-Newton). Writes the
ISP profile, develops the frame with it through `fovea develop`, and prints mean and largest CIEDE2000; and the mean when each
patch in turn is left out of the fit, which is what other colours may expect. Needs numpy, opencv-python-headless.

    colorchecker.py FRAME --corners X,Y X,Y X,Y X,Y --profile OUT.json [flags that describe the frame to fovea]

Corners are the centres of the dark skin, bluish green, black and white patches, in pixels of the upright picture.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import cv2
import numpy as np

# Coded sRGB of the chart under D65, as its maker publishes it, from the dark skin patch row by row.
CHART = np.array([
    [115, 82, 68], [194, 150, 130], [98, 122, 157], [87, 108, 67], [133, 128, 177], [103, 189, 170],
    [214, 126, 44], [80, 91, 166], [193, 90, 99], [94, 60, 108], [157, 188, 64], [224, 163, 46],
    [56, 61, 150], [70, 148, 73], [175, 54, 60], [231, 199, 31], [187, 86, 149], [8, 133, 161],
    [243, 243, 242], [200, 200, 200], [160, 160, 160], [122, 122, 121], [85, 85, 85], [52, 52, 52],
]) / 255  # fmt: skip
GREYS = [19, 20, 21, 22]
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def linear(coded):
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(light):
    xyz = np.clip(light, 0, None) @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def ciede2000(one, two):
    """CIE 142-2001."""
    (l1, a1, b1), (l2, a2, b2) = one.T, two.T
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    l, c, h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    t = (1 - 0.17 * np.cos(np.radians(h - 30)) + 0.24 * np.cos(np.radians(2 * h))
         + 0.32 * np.cos(np.radians(3 * h + 6)) - 0.20 * np.cos(np.radians(4 * h - 63)))  # fmt: skip
    sl = 1 + 0.015 * (l - 50) ** 2 / np.sqrt(20 + (l - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * dc / sc * dh / sh)


def patches(picture, corners):
    """Mean of the middle of each patch."""
    grid = cv2.getPerspectiveTransform(
        np.array([[0, 0], [5, 0], [5, 3], [0, 3]], np.float32), np.array(corners, np.float32))
    side = int(np.hypot(*(np.array(corners[1]) - corners[0])) / 5 / 5)
    means = []
    for row in range(4):
        for column in range(6):
            x, y, w = grid @ [column, row, 1]
            x, y = int(x / w), int(y / w)
            means.append(picture[y - side : y + side, x - side : x + side].reshape(-1, 3).mean(axis=0))
    return np.array(means)


def fit(camera, chart):
    """Gauss-Newton on Lab from the least squares of linear light."""
    matrix = np.linalg.lstsq(camera, linear(chart), rcond=None)[0].T
    goal = lab(linear(chart))
    error = lambda m: (lab(camera @ m.reshape(3, 3).T) - goal).ravel()
    values, damping = matrix.ravel(), 1e-3
    for _ in range(100):
        now = error(values)
        slope = np.stack([(error(values + 1e-5 * unit) - now) / 1e-5 for unit in np.eye(9)], axis=1)
        step = np.linalg.solve(slope.T @ slope + damping * np.eye(9), -slope.T @ now)
        if (error(values + step) ** 2).sum() < (now**2).sum():
            values, damping = values + step, damping / 3
        else:
            damping *= 5
    return values.reshape(3, 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frame")
    parser.add_argument("--corners", nargs=4, required=True, help="X,Y each")
    parser.add_argument("--profile", required=True, help="profile to write")
    parser.add_argument("--fovea", default=".build/release/fovea")
    options, description = parser.parse_known_args()
    corners = [[float(n) for n in corner.split(",")] for corner in options.corners]
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out.png")

        def develop(profile):
            path = pathlib.Path(folder, "profile.json")
            path.write_text(json.dumps({"schema": "fovea.isp/1", "name": "colorchecker", **profile}))
            subprocess.run(
                [options.fovea, "develop", options.frame, "-o", out, "--bits", "16", "--isp-profile", path, *description], check=True)
            return cv2.imread(str(out), cv2.IMREAD_UNCHANGED)[..., ::-1] / 65535

        plain = {"tone": "linear", "color": "none"}
        camera = patches(develop({**plain, "whiteBalance": {"gains": [1, 1, 1]}}), corners)
        greys = camera[GREYS].sum(axis=0)
        gains = (greys[1] / greys).tolist()
        balanced = {"whiteBalance": {"gains": gains}}
        camera = patches(develop({**plain, **balanced}), corners)
        matrix = fit(camera, CHART)
        profile = {**balanced, "color": {"matrix": matrix.ravel().round(6).tolist()}}
        developed = patches(linear(develop(profile)), corners)
        difference = ciede2000(lab(developed), lab(linear(CHART)))
        others = []
        for patch in range(24):
            kept = np.arange(24) != patch
            found = camera[patch : patch + 1] @ fit(camera[kept], CHART[kept]).T
            others.append(ciede2000(lab(found), lab(linear(CHART[patch : patch + 1])))[0])
        pathlib.Path(options.profile).write_text(
            json.dumps({"schema": "fovea.isp/1", "name": pathlib.Path(options.profile).stem, **profile}, indent=2) + "\n")
    print("gains " + " ".join(f"{gain:.4f}" for gain in gains))
    print(f"CIEDE2000: mean {difference.mean():.2f}, largest {difference.max():.2f} (patch {difference.argmax() + 1})")
    print(f"CIEDE2000 of patches left out of the fit: mean {np.mean(others):.2f}")


if __name__ == "__main__":
    main()

"""The network input that Fovea makes from a picture, in numpy, to the bit.

    prepare(picture, manifest["input"]) -> float32 array of the layout's three extents

`picture` is an upright uint8 or uint16 array, [height, width] or [height, width, 3] with red first. Sources/Vision/Input
states the arithmetic; this follows it step by step.
"""

import numpy as np

ONE = 1 << 15


def axis_weights(n, m, kind):
    """Weights [m, n] that turn n samples into m; each row sums to 2^15."""
    weights = np.zeros((m, n), dtype=np.int64)
    for i in range(m):
        if kind == "area" and m <= n:
            begin, before, j = i * n, 0, i * n // m
            while j * m < begin + n:
                covered = min(begin + n, (j + 1) * m) - begin
                cumulative = (covered * ONE + n // 2) // n
                weights[i, j] = cumulative - before
                before, j = cumulative, j + 1
        else:
            position = (2 * i + 1) * n - m  # in units of 1 / (2 m) of a sample
            first = max(0, position) // (2 * m)
            if position <= 0 or first >= n - 1:
                weights[i, min(first, n - 1)] = ONE
            else:
                later = ((position - first * 2 * m) * ONE + m) // (2 * m)
                weights[i, first], weights[i, first + 1] = ONE - later, later
    return weights


def largest(width, height, bounds):
    """The size with the aspect ratio of width : height that just fits inside bounds, halves up."""
    if bounds[0] * height <= bounds[1] * width:
        return bounds[0], max(1, min(bounds[1], (2 * height * bounds[0] + width) // (2 * width)))
    return max(1, min(bounds[0], (2 * width * bounds[1] + height) // (2 * height))), bounds[1]


def placement(width, height, spec):
    """Source and target regions: x, y, width, height each."""
    size = spec["width"], spec["height"]
    if spec["fit"] == "stretch":
        return (0, 0, width, height), (0, 0, *size)
    if spec["fit"] == "centerCrop":
        crop = largest(*size, (width, height))
        crop = tuple(max(1, int(np.floor(side * spec.get("cropFraction", 1) + 0.5))) for side in crop)
        return ((width - crop[0]) // 2, (height - crop[1]) // 2, *crop), (0, 0, *size)
    fitted = largest(width, height, size)
    centred = spec["fit"] == "letterbox"
    x, y = ((size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2) if centred else (0, 0)
    return (0, 0, width, height), (x, y, *fitted)


def prepare(picture, spec):
    wide = picture.dtype == np.uint16
    samples = picture.reshape(*picture.shape[:2], -1).astype(np.int64)
    height, width, channels = samples.shape
    source, target = placement(width, height, spec)
    samples = samples[source[1] : source[1] + source[3], source[0] : source[0] + source[2]]
    rows = axis_weights(source[3], target[3], spec["filter"])
    columns = axis_weights(source[2], target[2], spec["filter"])
    # float64 holds these sums exactly, and is what numpy multiplies matrices fast in.
    blended = np.tensordot(rows.astype(np.float64), samples.astype(np.float64), axes=1).astype(np.int64)
    blended = (blended + 2**14 >> 15) if wide else (blended + 2**6 >> 7)
    if spec["colorOrder"] == "gray" and channels == 3:
        blended = (blended @ np.array([77, 150, 29]) + 128 >> 8)[..., None]
    elif spec["colorOrder"] != "gray" and channels == 1:
        blended = np.repeat(blended, 3, axis=2)
    if spec["colorOrder"] == "BGR":
        blended = blended[..., ::-1]
    sums = np.einsum("xi,yic->yxc", columns.astype(np.float64), blended.astype(np.float64), optimize=True)
    mean, std, scale = np.array(spec["mean"], float), np.array(spec["std"], float), float(spec["scale"])
    unit = 2.0**-15 / 257 if wide else 2.0**-23
    gain, offset = (scale / std * unit).astype(np.float32), (-mean / std).astype(np.float32)
    padding = ((spec["padValue"] * scale - mean) / std).astype(np.float32)
    values = np.empty((spec["height"], spec["width"], len(mean)), dtype=np.float32)
    values[:] = padding
    values[target[1] : target[1] + target[3], target[0] : target[0] + target[2]] = sums.astype(np.float32) * gain + offset
    return values.transpose(2, 0, 1).copy() if spec["layout"] == "NCHW" else values

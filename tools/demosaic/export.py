"""export.py TRAINED.npz: writes Sources/CKernels/demosaic_cnn_weights.c, the weights as ck_demosaic_cnn.h wants them."""
import hashlib
import pathlib
import sys

import numpy as np

DEPTH = 4
OUT = pathlib.Path(__file__).parents[2] / "Sources/CKernels/demosaic_cnn_weights.c"


def main():
    trained = np.load(sys.argv[1])
    tops = trained["tops"].astype(np.float64)
    layers, biases, scales = [], [], []
    for index, name in enumerate([*(f"hidden.{i}" for i in range(DEPTH)), "out"]):
        weight = trained[f"{name}.weight"].astype(np.float64)
        bias = trained[f"{name}.bias"].astype(np.float64)
        step = np.maximum(np.abs(weight).max(axis=(1, 2, 3)), 1e-8) / 127
        rounded = np.rint(weight / step[:, None, None, None])
        incoming = (1 if index == 0 else tops[index - 1]) / 255
        layers.append(rounded.transpose(2, 3, 1, 0).reshape(-1).astype(np.int64))
        if name == "out":
            scales.append(step * incoming * 65535)
            offsets = bias
        else:
            whole = np.rint(bias / (step * incoming))
            if index == 0:
                whole -= 128 * rounded.sum(axis=(1, 2, 3))
            biases.append(whole.astype(np.int64))
            scales.append(step * incoming * 255 / tops[index])
    linear = np.rint(trained["linear.weight"].astype(np.float64) * 8192)
    offsets = (offsets + trained["linear.bias"] + 0.5) * 65535 + 0.5 * linear.sum(axis=(1, 2, 3)) / 8192
    linear = linear.transpose(2, 3, 1, 0).reshape(-1).astype(np.int64)
    assert np.abs(linear).max() < 32768

    def rows(values, form=str):
        text = [form(v) for v in values]
        lines, line = [], "   "
        for item in text:
            if len(line) + len(item) + 2 > 128:
                lines.append(line)
                line = "   "
            line += f" {item},"
        return "\n".join(lines + [line])

    def number(v):
        return f"{np.float32(v):.9g}f" if "." in f"{np.float32(v):.9g}" or "e" in f"{np.float32(v):.9g}" else f"{np.float32(v):.9g}.0f"

    def names(name, count):
        return ", ".join(f"{name}_{i}" for i in range(count))

    parts = []
    for index, values in enumerate(layers):
        parts.append(f"static const int8_t layer_{index}[] = {{\n{rows(values)}\n}};\n")
    for index, values in enumerate(biases):
        parts.append(f"static const int32_t bias_{index}[] = {{\n{rows(values)}\n}};\n")
    for index, values in enumerate(scales):
        parts.append(f"static const float scale_{index}[] = {{\n{rows(values, number)}\n}};\n")
    parts.append(f"static const int16_t linear[] = {{\n{rows(linear)}\n}};\n")
    parts.append(f"static const float offsets[] = {{\n{rows(offsets, number)}\n}};\n")
    body = "\n".join(parts)
    version = hashlib.sha256(body.encode()).hexdigest()[:8]
    OUT.write_text(
        "// Weights of the demosaic network, written by tools/demosaic/export.py. Contract in ck_demosaic_cnn.h.\n"
        '#include "ck_demosaic_cnn.h"\n\n'
        f"{body}\n"
        "const ck_cnn_weights ck_cnn_trained = {\n"
        f"    {{{names('layer', DEPTH + 1)}}}, {{{names('bias', DEPTH)}}}, {{{names('scale', DEPTH + 1)}}}, linear,\n    offsets,\n"
        f'    "{version}",\n'
        "};\n"
    )
    print(version)


main()

#!/usr/bin/env python3
"""Checks that docs/isp-profile.schema.json and the program take and refuse the same ISP profiles. Needs jsonschema.

    check_schema.py [--fovea PROGRAM] [PROFILE.json ...]

Further profiles are checked, too: they must be valid for both.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRID = {"columns": 2, "red": [1] * 4, "green": [1] * 4, "blue": [1] * 4}
GOOD = [
    {}, {"noise": {"gain": 0.5, "readNoise": 1}}, {"defects": {"threshold": 5, "pixels": [[1, 2]]}}, {"denoise": 1},
    {"greenBalance": "auto"}, {"greenBalance": {"ratio": 1.1}}, {"saturation": 0}, {"sharpening": {"amount": 1}},
    {"tone": {"filmic": 4}}, {"tone": {"curve": [0, 1]}}, {"whiteBalance": {"temperature": 5000}},
    {"whiteBalance": "colorTemperature"}, {"blackLevel": 64}, {"blackLevel": [1, 2, 3, 4]}, {"color": {"matrix": [0] * 9}},
    {"lensShading": GRID}, {"lensShading": "none"}, {"demosaic": "led"}, {"domain": "linear"},
]  # fmt: skip
BAD = [
    {"sharpen": 1}, {"noise": {"gain": 0, "readNoise": 1}}, {"noise": {"gain": 1}}, {"defects": {"threshold": -1}},
    {"denoise": 4}, {"greenBalance": 1}, {"saturation": 5}, {"sharpening": {}}, {"tone": {"filmic": 0}}, {"tone": "x"},
    {"whiteBalance": {"gains": [1, 1]}}, {"blackLevel": -1}, {"blackLevel": [1, 2, 3]}, {"demosaic": "vng"}, {"name": "a b"},
    {"lensShading": {**GRID, "columns": 1}}, {"network": 7}, {"color": {"matrix": [0] * 8}},
]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profiles", nargs="*")
    parser.add_argument("--fovea", default=ROOT / ".build/release/fovea")
    options = parser.parse_args()
    schema = json.loads((ROOT / "docs/isp-profile.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    base = {"schema": "fovea.isp/1", "name": "a"}
    cases = [({**base, **one}, True) for one in GOOD] + [({**base, **one}, False) for one in BAD]
    cases += [(json.loads(pathlib.Path(path).read_text()), True) for path in options.profiles]
    frame = ROOT / "samples/border-collie/frame.dng"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "profile.json")
        for profile, wanted in cases:
            path.write_text(json.dumps(profile))
            program = subprocess.run(
                [options.fovea, "develop", frame, "-o", pathlib.Path(folder, "x.png"), "--demosaic", "half", "--isp-profile", path],
                capture_output=True, text=True)  # fmt: skip
            taken = (validator.is_valid(profile), program.returncode == 0)
            if taken != (wanted, wanted):
                raise SystemExit(f"{profile}: schema {taken[0]}, program {taken[1]}\n{program.stderr}")
    print(f"    {len(cases)} profiles: the schema and the program agree")


if __name__ == "__main__":
    main()

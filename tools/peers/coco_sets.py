#!/usr/bin/env python3
"""Scores random detection sets with pycocotools and with `fovea eval`: all twelve figures must agree to 1e-6.

The sets have crowds, objects of all sizes, equal scores, boxes that miss, images without objects, classes without images, and
more than 100 detections in an image. Needs numpy and pycocotools.
"""
import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def random_set(generator, images, categories, objects, detections):
    truth = {
        "images": [{"id": int(i * 3 + 5), "file_name": f"{i}.jpg", "width": 640, "height": 480} for i in range(images)],
        "categories": [{"id": int(k * 2 + 1), "name": f"class {k}"} for k in range(categories)],
        "annotations": [],
    }
    results = []
    for image in truth["images"]:
        for _ in range(generator.integers(0, objects + 1)):
            side = generator.choice([12, 40, 90, 250])
            w, h = generator.uniform(0.4, 1.6, 2) * side
            x, y = generator.uniform(0, 640 - w), generator.uniform(0, max(1, 480 - h))
            category = int(generator.choice([c["id"] for c in truth["categories"]]))
            truth["annotations"].append({
                "id": len(truth["annotations"]) + 1, "image_id": image["id"], "category_id": category,
                "bbox": [round(float(v), 2) for v in (x, y, w, h)], "area": float(w * h * generator.uniform(0.5, 1)),
                "iscrowd": int(generator.random() < 0.08)})
            for _ in range(generator.integers(0, 4)):
                jitter = generator.normal(0, 0.12, 4)
                box = [x + jitter[0] * w, y + jitter[1] * h, w * (1 + jitter[2]), h * (1 + jitter[3])]
                results.append((image["id"], category if generator.random() < 0.85 else truth["categories"][0]["id"], box))
        for _ in range(generator.integers(0, detections + 1)):
            w, h = generator.uniform(4, 200, 2)
            box = [generator.uniform(0, 600), generator.uniform(0, 400), w, h]
            results.append((image["id"], int(generator.choice([c["id"] for c in truth["categories"]])), box))
    generator.shuffle(results)
    # Two decimals make equal scores frequent.
    found = [{"image_id": i, "category_id": int(c), "bbox": [round(float(v), 2) for v in b],
              "score": round(float(generator.random()), 2)} for i, c, b in results]
    return truth, found


def reference(truth_path, results_path):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(truth_path))
        evaluation = COCOeval(coco, coco.loadRes(str(results_path)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(v) for v in evaluation.stats]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fovea", default=".build/release/fovea")
    parser.add_argument("--sets", type=int, default=25)
    parser.add_argument("--fixture", help="write one small set and its figures into this folder, and end")
    options = parser.parse_args()
    if options.fixture:
        folder = pathlib.Path(options.fixture)
        folder.mkdir(parents=True, exist_ok=True)
        truth, found = random_set(np.random.default_rng(4), 12, 3, 5, 6)
        (folder / "truth.json").write_text(json.dumps(truth))
        (folder / "results.json").write_text(json.dumps(found))
        (folder / "expected.json").write_text(json.dumps(reference(folder / "truth.json", folder / "results.json")))
        return
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        truth_path, results_path = pathlib.Path(folder) / "truth.json", pathlib.Path(folder) / "results.json"
        for seed in range(options.sets):
            generator = np.random.default_rng(seed)
            shape = [(3, 1, 3, 2), (40, 5, 8, 10), (10, 2, 6, 160), (60, 12, 3, 3), (1, 1, 1, 1)][seed % 5]
            truth, found = random_set(generator, *shape)
            if not found:
                continue
            truth_path.write_text(json.dumps(truth))
            results_path.write_text(json.dumps(found))
            expected = reference(truth_path, results_path)
            output = subprocess.run(
                [options.fovea, "eval", results_path, "--ground-truth", truth_path, "--json"], check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            figures = [v for k, v in json.loads(output).items() if k.startswith("A")]
            difference = max(abs(a - b) for a, b in zip(expected, figures))
            worst = max(worst, difference)
            if len(figures) != 12 or difference > 1e-6:
                print(f"    set {seed}: {figures}\n    expected {expected}")
                sys.exit(1)
    print(f"    {options.sets} sets, greatest difference {worst:.1e}")


if __name__ == "__main__":
    main()

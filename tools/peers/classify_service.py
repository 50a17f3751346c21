"""The service that tools/compare-service measures against: a JPEG in, the five best classes out, with FastAPI, Pillow and ONNX Runtime.

Run by uvicorn (`uvicorn classify_service:app`). Takes from the environment MANIFEST (a classifier's model.json), MODEL (its ONNX file)
and THREADS (of ONNX Runtime). Written the way its authors' documentation shows: blocking work in the thread pool, one session a process.
"""
import io
import json
import os
import pathlib

import numpy as np
import onnxruntime
from fastapi import FastAPI, Request
from PIL import Image
from starlette.concurrency import run_in_threadpool

manifest = json.loads(pathlib.Path(os.environ["MANIFEST"]).read_text())
entry = manifest["input"]
settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = int(os.environ.get("THREADS", "1"))
settings.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], settings, providers=["CPUExecutionProvider"])
mean = np.array(entry["mean"], np.float32)
deviation = np.array(entry["std"], np.float32)
app = FastAPI()


def answer(data):
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    side = round(min(picture.width / entry["width"], picture.height / entry["height"]) * entry["width"]
                 * entry.get("cropFraction", 1))
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    picture = picture.resize(
        (entry["width"], entry["height"]), Image.BILINEAR, box=(left, top, left + side, top + side))
    tensor = ((np.asarray(picture, np.float32) * np.float32(entry["scale"]) - mean) / deviation).transpose(2, 0, 1)
    logits = session.run(None, {entry["name"]: np.ascontiguousarray(tensor)[None]})[0][0]
    powers = np.exp(logits - logits.max())
    powers /= powers.sum()
    best = np.argsort(-powers)[:5]
    return {"classes": [{"label": manifest["labels"][i], "score": float(powers[i])} for i in best]}


@app.post("/classify")
async def classify(request: Request):
    return await run_in_threadpool(answer, await request.body())


@app.get("/livez")
async def live():
    return {"ok": True}

"""Clients of other picture servers, unchanged: deepstack-python, deepstack-sdk, codeproject-ai-api, and the requests that
Frigate, Home Assistant's DOODS integration and the Azure Video Analyzer extension send.

Usage: recorders.py HOST:PORT PICTURE   (a JPEG with a dog)
"""

import base64
import pathlib
import sys

import requests


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


def corners(prediction):
    return [prediction[key] for key in ("x_min", "y_min", "x_max", "y_max")]


def deepstack_python(host, port, picture, expected):
    import deepstack.core as deepstack

    found = deepstack.DeepstackObject(ip=host, port=int(port), min_confidence=0.25).detect(picture)
    assert [one["label"] for one in found] == [one["label"] for one in expected], found
    assert all(overlap(corners(one), other["box"]) > 0.98 for one, other in zip(found, expected)), found
    scene = deepstack.DeepstackScene(ip=host, port=int(port)).recognize(picture)
    assert scene["label"] and 0 < scene["confidence"] <= 1, scene
    try:
        deepstack.DeepstackFace(ip=host, port=int(port)).detect(picture)
    except deepstack.DeepstackException:
        pass
    else:
        raise AssertionError("faces are not served")


def deepstack_sdk(url, file, expected):
    from deepstack_sdk import Detection, ServerConfig

    response = Detection(ServerConfig(url)).detectObject(file, min_confidence=0.25)
    assert [one.label for one in response] == [one["label"] for one in expected], response


def codeproject(host, port, picture, expected):
    import codeprojectai.core as codeproject

    found = codeproject.CodeProjectAIObject(ip=host, port=int(port), min_confidence=0.25).detect(picture)
    assert [one["label"] for one in found] == [one["label"] for one in expected], found


def frigate(url, picture):
    """frigate/detectors/plugins/deepstack.py posts the bytes without a file name and reads these members."""
    answer = requests.post(f"{url}/v1/vision/detection", data={"api_key": ""}, files={"image": picture}, timeout=30)
    assert answer.status_code == 200, answer.text
    answer = answer.json()
    scores = [one["confidence"] for one in answer["predictions"]]
    assert answer["success"] and scores == sorted(scores, reverse=True) and min(scores, default=1) >= 0.4, answer
    custom = requests.post(f"{url}/v1/vision/custom/yolov3-tiny", files={"image": picture}, timeout=30).json()
    assert custom["predictions"] == answer["predictions"], custom
    models = requests.post(f"{url}/v1/vision/custom/list", timeout=30).json()["models"]
    assert "yolov3-tiny" in models, models
    for root in ("status", "server/status"):
        assert requests.get(f"{url}/v1/{root}/ping", timeout=30).json()["success"]
    for form, word in (({}, "image"), ({"min_confidence": "2"}, "min_confidence")):
        files = {"image": picture} if form else {"other": (None, "text")}
        wrong = requests.post(f"{url}/v1/vision/detection", data=form, files=files, timeout=30)
        assert wrong.status_code == 400 and not wrong.json()["success"] and word in wrong.json()["error"], wrong.text


def doods(url, picture, expected):
    """homeassistant/components/doods posts these members and reads these."""
    detectors = requests.get(f"{url}/detectors", timeout=30).json()["detectors"]
    default = next(one for one in detectors if one["name"] == "default")
    assert "dog" in default["labels"] and default["width"] == default["height"] == 416, default
    data = base64.b64encode(picture).decode()
    body = {"data": data, "detector_name": "default", "detect": {"dog": 25, "moose": 10}}
    answer = requests.post(f"{url}/detect", json=body, timeout=30).json()
    dog = next(one for one in expected if one["label"] == "dog")
    found = answer["detections"]
    assert {one["label"] for one in found} == {"dog"}, answer
    assert abs(found[0]["confidence"] - 100 * dog["score"]) < 0.5, answer
    box = [found[0][key] for key in ("left", "top", "right", "bottom")]
    assert overlap(box, dog["normalizedBox"]) > 0.98, answer
    corner = {"left": 0, "top": 0, "right": 0.01, "bottom": 0.01, "detect": {"*": 25}}
    inside = {"left": 0, "top": 0, "right": 1, "bottom": 1, "covers": True, "detect": {"*": 25}}
    for region, count in ((corner, 0), (inside, len(expected))):
        body = {"data": data, "regions": [region]}
        assert len(requests.post(f"{url}/detect", json=body, timeout=30).json()["detections"]) == count, region
    wrong = requests.post(f"{url}/detect", json={"data": "http://example.org/x.jpg"}, timeout=30)
    assert wrong.status_code == 400 and wrong.json()["error"], wrong.text


def video_analyzer(url, picture, expected):
    answer = requests.post(f"{url}/score", data=picture, headers={"Content-Type": "image/jpeg"}, timeout=30)
    assert answer.status_code == 200, answer.text
    entities = [one["entity"] for one in answer.json()["inferences"]]
    assert [one["tag"]["value"] for one in entities] == [one["label"] for one in expected], entities
    assert all(set(one["box"]) == set("ltwh") for one in entities), entities
    empty = requests.post(f"{url}/score?confidence=1", data=picture, headers={"Content-Type": "image/jpeg"}, timeout=30)
    assert empty.status_code == 204 and not empty.content, empty.text


def main(address, file):
    host, port = address.split(":")
    url = f"http://{address}"
    picture = pathlib.Path(file).read_bytes()
    result = requests.post(f"{url}/v1/analyze", data=picture, headers={"Content-Type": "image/jpeg"}, timeout=60)
    expected = sorted(result.json()["detections"], key=lambda one: -one["score"])
    assert any(one["label"] == "dog" for one in expected), expected
    deepstack_python(host, port, picture, expected)
    deepstack_sdk(url, file, expected)
    codeproject(host, port, picture, expected)
    frigate(url, picture)
    doods(url, picture, expected)
    video_analyzer(url, picture, expected)
    print("recorders and home automation: DeepStack, CodeProject.AI, Frigate, DOODS2, Video Analyzer")


if __name__ == "__main__":
    main(*sys.argv[1:])

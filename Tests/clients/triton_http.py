"""tritonclient's HTTP client, unchanged, against a running service: every route, every data type, both ways of compression.

Usage: triton_http.py HOST:PORT PICTURE...   (pictures of one scene: DNG, JPEG)
"""

import pathlib
import sys

import ml_dtypes
import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

TYPES = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16"]


def sample(name, shape, seed):
    random = np.random.default_rng(seed)
    if name == "BF16":
        return (random.integers(-1000, 1000, shape) / 8).astype(ml_dtypes.bfloat16)
    kind = triton_to_np_dtype(name)
    if kind in (bool, np.bool_):
        return random.integers(0, 2, shape).astype(bool)
    if np.issubdtype(kind, np.integer):
        limits = np.iinfo(kind)
        return random.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
    return random.standard_normal(shape).astype(kind)


def fails(call, *words):
    try:
        call()
    except InferenceServerException as error:
        text = str(error)
        assert all(word in text for word in words), text
        assert "decode" not in text, text
        return
    raise AssertionError(f"should have failed: {words}")


def describe(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("yolov3-tiny") and client.is_model_ready("sum_difference", "2")
    assert not client.is_model_ready("nothing")
    server = client.get_server_metadata()
    assert server["name"] == "fovea" and "binary_tensor_data" in server["extensions"], server
    model = client.get_model_metadata("sum_difference")
    assert model["name"] == "sum_difference" and model["versions"] == ["1", "2"], model
    assert model["inputs"][0] == {"name": "A", "datatype": "FP32", "shape": [-1, 16]}, model
    config = client.get_model_config("sum_difference", "1")
    assert config["max_batch_size"] == 8 and config["input"][1]["dims"] == [16], config
    assert config["input"][0]["data_type"] == "TYPE_FP32", config
    fails(lambda: client.get_model_metadata("nothing"), "404", "nothing")
    fails(lambda: client.get_model_config("sum_difference", "3"), "404")


def infer(client, name, array, binary_in, binary_out, version="", **options):
    tensor = triton.InferInput("IN", list(array.shape), name)
    tensor.set_data_from_numpy(array, binary_data=binary_in)
    outputs = [triton.InferRequestedOutput("OUT", binary_data=binary_out)]
    return client.infer(f"through_{name}", [tensor], outputs=outputs, **options).as_numpy("OUT")


def types(client):
    for seed, name in enumerate(TYPES):
        for shape in ((1, 1), (3, 7), (0, 4), (300, 400)):
            array = sample(name, shape, seed)
            for binary_in in (True, False):
                for binary_out in (True, False):
                    if name == "BF16" and not (binary_in and binary_out):
                        continue
                    if name == "FP16" and not binary_in:
                        continue  # The client refuses it.
                    for coding in (None, "gzip", "deflate") if shape == (3, 7) else (None,):
                        back = infer(client, name, array, binary_in, binary_out, request_compression_algorithm=coding,
                                     response_compression_algorithm=coding)
                        assert back is not None and back.shape == array.shape, (name, shape, binary_in, binary_out)
                        assert np.array_equal(back, array), (name, shape, binary_in, binary_out, coding)


def two_inputs(client):
    a, b = (sample("FP32", (5, 16), seed) for seed in (1, 2))
    tensors = [triton.InferInput(name, [5, 16], "FP32") for name in "AB"]
    for tensor, array in zip(tensors, (a, b)):
        tensor.set_data_from_numpy(array)
    for version, sign in (("1", 1), ("2", -1), ("", -1)):
        result = client.infer("sum_difference", tensors, model_version=version, request_id="seven", priority=1,
                              timeout=10_000_000)
        assert np.array_equal(result.as_numpy("SUM"), a + b)
        assert np.array_equal(result.as_numpy("DIFFERENCE"), sign * (a - b))
        response = result.get_response()
        assert response["id"] == "seven" and response["model_version"] == (version or "2"), response
    only = client.infer("sum_difference", tensors, outputs=[triton.InferRequestedOutput("DIFFERENCE")])
    assert only.as_numpy("SUM") is None and only.as_numpy("DIFFERENCE") is not None
    futures = [client.async_infer("sum_difference", tensors) for _ in range(50)]
    for future in futures:
        assert np.array_equal(future.get_result().as_numpy("SUM"), a + b)
    fails(lambda: client.infer("sum_difference", tensors[:1]), "400", "'B'")
    fails(lambda: client.infer("sum_difference", tensors, outputs=[triton.InferRequestedOutput("X")]), "'X'")
    wrong = triton.InferInput("A", [5, 15], "FP32")
    wrong.set_data_from_numpy(a[:, :15])
    fails(lambda: client.infer("sum_difference", [wrong, tensors[1]]), "400", "'A'")
    wrong = triton.InferInput("A", [5, 16], "FP64")
    wrong.set_data_from_numpy(a.astype(np.float64))
    fails(lambda: client.infer("sum_difference", [wrong, tensors[1]]), "400", "float64")


def pictures(client, files):
    classes = [triton.InferRequestedOutput("logits", class_count=3)]
    encoded = [pathlib.Path(file).read_bytes() for file in files]
    named = set()
    for picture in encoded:
        tensor = triton.InferInput("images", [1], "BYTES")
        tensor.set_data_from_numpy(np.array([picture], dtype=np.object_))
        best = client.infer("efficientnet-lite0", [tensor], outputs=classes).as_numpy("logits")
        assert best.shape == (1, 3), best
        named.add(best[0, 0].decode().split(":")[2])
    # One scene, as a raw frame and as a picture.
    assert len(named) == 1, named
    tensor = triton.InferInput("images", [len(encoded)], "BYTES")
    tensor.set_data_from_numpy(np.array(encoded, dtype=np.object_))
    assert client.infer("efficientnet-lite0", [tensor], outputs=classes).as_numpy("logits").shape == (len(encoded), 3)
    broken = triton.InferInput("images", [1], "BYTES")
    broken.set_data_from_numpy(np.array([b"\xff\xd8\xff nothing"], dtype=np.object_))
    fails(lambda: client.infer("efficientnet-lite0", [broken]), "JPEG")


def repository(client):
    index = {(entry["name"], entry.get("version")): entry["state"] for entry in client.get_model_repository_index()}
    assert index[("through_FP32", "1")] == "READY", index
    client.unload_model("through_FP32")
    assert not client.is_model_ready("through_FP32")
    states = {entry["name"]: entry["state"] for entry in client.get_model_repository_index()}
    assert states["through_FP32"] == "UNAVAILABLE", states
    fails(lambda: infer(client, "FP32", np.ones((1, 1), np.float32), True, True), "404")
    client.load_model("through_FP32")
    assert client.is_model_ready("through_FP32")
    fails(lambda: client.load_model("nothing"), "404")


def statistics(client):
    before = client.get_inference_statistics("through_INT32")["model_stats"][0]
    infer(client, "INT32", sample("INT32", (3, 2), 0), True, True)
    after = client.get_inference_statistics("through_INT32")["model_stats"][0]
    assert after["inference_count"] == before["inference_count"] + 3, after
    assert after["execution_count"] == before["execution_count"] + 1, after
    assert after["inference_stats"]["success"]["count"] == before["inference_stats"]["success"]["count"] + 1, after
    assert after["last_inference"] > 0 and after["version"] == "1", after
    assert len(client.get_inference_statistics()["model_stats"]) > 10


def main(url, *files):
    client = triton.InferenceServerClient(url, concurrency=8)
    describe(client)
    types(client)
    two_inputs(client)
    pictures(client, files)
    repository(client)
    statistics(client)
    client.close()
    print("tritonclient HTTP: every route and data type")


if __name__ == "__main__":
    main(*sys.argv[1:])

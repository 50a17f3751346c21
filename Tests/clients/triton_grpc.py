"""tritonclient's gRPC client, unchanged, against a running service: every call and data type, streams, deadlines.

Usage: triton_grpc.py HOST:PORT PICTURE...   (pictures of one scene: DNG, JPEG)
"""

import pathlib
import queue
import sys

import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from triton_http import TYPES, sample


def fails(call, *words):
    try:
        call()
    except InferenceServerException as error:
        assert all(word in str(error) for word in words), error
        return
    raise AssertionError(f"should have failed: {words}")


def describe(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("sum_difference", "2") and not client.is_model_ready("nothing")
    assert "statistics" in client.get_server_metadata().extensions
    model = client.get_model_metadata("sum_difference")
    assert list(model.versions) == ["1", "2"] and list(model.inputs[0].shape) == [-1, 16], model
    config = client.get_model_config("sum_difference").config
    assert config.max_batch_size == 8 and list(config.input[0].dims) == [16], config
    assert config.dynamic_batching.preferred_batch_size, config
    picture = client.get_model_config("yolov3-tiny", as_json=True)["config"]
    assert picture["input"][0]["format"] == "FORMAT_NCHW", picture
    fails(lambda: client.get_model_metadata("nothing"), "NOT_FOUND", "nothing")


def types(client):
    for seed, name in enumerate(TYPES):
        for shape in ((1, 1), (3, 7), (0, 4), (300, 400)):
            array = sample(name, shape, seed)
            tensor = triton.InferInput("IN", list(shape), name)
            tensor.set_data_from_numpy(array)
            for coding in (None, "gzip", "deflate") if shape == (3, 7) else (None,):
                result = client.infer(f"through_{name}", [tensor], compression_algorithm=coding)
                assert np.array_equal(result.as_numpy("OUT"), array), (name, shape, coding)


def typed_lists(url):
    """What clients in other languages send: typed lists in place of bytes."""
    import grpc

    stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(url))
    for name, field, values in (
        ("BOOL", "bool_contents", [True, False]), ("INT8", "int_contents", [-128, 127]),
        ("INT64", "int64_contents", [-2**63, 2**63 - 1]), ("UINT16", "uint_contents", [0, 65535]),
        ("UINT64", "uint64_contents", [0, 2**64 - 1]), ("FP32", "fp32_contents", [0.5, -2.0]),
        ("FP64", "fp64_contents", [0.1, 1e300]),
    ):
        request = service_pb2.ModelInferRequest(model_name=f"through_{name}")
        tensor = request.inputs.add(name="IN", datatype=name, shape=[1, 2])
        getattr(tensor.contents, field).extend(values)
        result = triton.InferResult(stub.ModelInfer(request))
        assert result.as_numpy("OUT").tolist() == [values], (name, result.as_numpy("OUT"))


def two_inputs(client):
    a, b = (sample("FP32", (5, 16), seed) for seed in (1, 2))
    tensors = [triton.InferInput(name, [5, 16], "FP32") for name in "AB"]
    for tensor, array in zip(tensors, (a, b)):
        tensor.set_data_from_numpy(array)
    result = client.infer("sum_difference", tensors, model_version="1", request_id="seven", priority=2,
                          timeout=10_000_000, client_timeout=20)
    assert np.array_equal(result.as_numpy("DIFFERENCE"), a - b)
    assert result.get_response().id == "seven" and result.get_response().model_version == "1"
    fails(lambda: client.infer("sum_difference", tensors[:1]), "INVALID_ARGUMENT", "'B'")
    done = queue.Queue()
    for _ in range(50):
        client.async_infer("sum_difference", tensors, lambda result, error: done.put((result, error)))
    for _ in range(50):
        result, error = done.get(timeout=30)
        assert error is None and np.array_equal(result.as_numpy("SUM"), a + b), error
    client.start_stream(lambda result, error: done.put((result, error)))
    client.async_stream_infer("sum_difference", tensors, request_id="a")
    client.async_stream_infer("nothing", tensors, request_id="b")
    client.async_stream_infer("sum_difference", tensors, request_id="c")
    outcomes = [done.get(timeout=30) for _ in range(3)]
    client.stop_stream()
    assert outcomes[0][0].get_response().id == "a" and outcomes[2][0].get_response().id == "c", outcomes
    assert outcomes[1][0] is None and "nothing" in str(outcomes[1][1]), outcomes


def pictures(client, files):
    encoded = np.array([pathlib.Path(file).read_bytes() for file in files], dtype=np.object_)
    tensor = triton.InferInput("images", [len(encoded)], "BYTES")
    tensor.set_data_from_numpy(encoded)
    wanted = [triton.InferRequestedOutput("logits", class_count=2)]
    best = client.infer("efficientnet-lite0", [tensor], outputs=wanted).as_numpy("logits")
    assert best.shape == (len(encoded), 2), best
    assert len({row[0].decode().split(":")[2] for row in best}) == 1, best


def repository(client):
    client.unload_model("through_FP64")
    states = {model.name: model.state for model in client.get_model_repository_index().models}
    assert states["through_FP64"] == "UNAVAILABLE" and states["through_FP32"] == "READY", states
    client.load_model("through_FP64")
    assert client.is_model_ready("through_FP64")
    statistics = client.get_inference_statistics("through_FP32").model_stats[0]
    assert statistics.inference_stats.success.count > 0 and statistics.version == "1", statistics


def main(url, *files):
    client = triton.InferenceServerClient(url)
    describe(client)
    types(client)
    typed_lists(url)
    two_inputs(client)
    pictures(client, files)
    repository(client)
    client.close()
    print("tritonclient gRPC: every call and data type")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""KServe's inference client, unchanged, against a running service: REST with JSON and binary tensors, and gRPC.

Usage: kserve_rest.py HTTP_HOST:PORT GRPC_HOST:PORT
"""

import asyncio
import sys

import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig


def request(binary):
    arrays = {name: np.arange(16, dtype=np.float32).reshape(1, 16) * scale for name, scale in (("A", 1), ("B", 10))}
    inputs = []
    for name, array in arrays.items():
        tensor = InferInput(name=name, shape=[1, 16], datatype="FP32")
        tensor.set_data_from_numpy(array, binary_data=binary)
        inputs.append(tensor)
    return InferRequest(model_name="sum_difference", infer_inputs=inputs, request_id="9"), arrays


def check(response, arrays):
    outputs = {output.name: output.as_numpy() for output in response.outputs}
    assert np.array_equal(outputs["SUM"].reshape(1, 16), arrays["A"] + arrays["B"]), outputs
    assert response.model_name == "sum_difference" and response.id == "9", response


async def main(rest, grpc):
    client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30))
    url = f"http://{rest}"
    assert await client.is_server_live(url) and await client.is_server_ready(url)
    assert await client.is_model_ready(url, "sum_difference")
    for binary in (False, True):
        message, arrays = request(binary)
        check(await client.infer(url, message, model_name="sum_difference"), arrays)
    calls = InferenceGRPCClient(grpc)
    assert await calls.is_server_live() and await calls.is_server_ready()
    assert await calls.is_model_ready("sum_difference")
    message, arrays = request(True)
    check(await calls.infer(message), arrays)
    await calls.close()
    print("KServe: REST and gRPC")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

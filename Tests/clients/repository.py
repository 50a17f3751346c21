"""A model repository in Triton's layout, looked at again and again while tritonclient asks: new models and versions, config.pbtxt, folders
copied in slowly, files that cannot be used; no request fails meanwhile.

Usage: repository.py FOVEA MODELS   (the program; the folder that make_models.py wrote)
"""

import pathlib
import shutil
import sys
import tempfile
import threading
import time

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from running import service

CONFIG = """
# Nothing but what differs from the network itself.
name: "adder"
platform: "onnxruntime_onnx"
max_batch_size: 16
input [ { name: "A" data_type: TYPE_FP32 dims: [ 16 ] }, { name: "B" data_type: TYPE_FP32 dims: [ 16 ] } ]
output [ { name: "SUM" data_type: TYPE_FP32 dims: [ 16 ] } ]
instance_group [ { count: 1 kind: KIND_CPU } ]
dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 }
version_policy: { specific { versions: [ VERSIONS ] } }
"""


def until(what, condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def ask(client, names):
    values = np.arange(16, dtype=np.float32)[None]
    inputs = []
    for name in names:
        tensor = triton.InferInput(name, [1, 16], "FP32")
        tensor.set_data_from_numpy(values)
        inputs.append(tensor)
    answer = client.infer("adder", inputs)
    assert np.array_equal(answer.as_numpy("SUM"), 2 * values), answer.get_response()
    return answer.get_response()["model_version"]


def main():
    fovea, models = sys.argv[1], pathlib.Path(sys.argv[2])
    source = next(models.glob("sum_difference/1/model.onnx"))
    with tempfile.TemporaryDirectory() as folder:
        repository = pathlib.Path(folder, "repository")
        repository.mkdir()
        settings = {"service": {"port": 0},
                    "pipeline": {"models": str(repository), "modelControl": "poll", "pollInterval": 0.1}}
        with service(fovea, folder, settings) as (port, _, _):
            address = f"127.0.0.1:{port}"
            client = triton.InferenceServerClient(address)
            assert client.is_server_live() and client.get_model_repository_index() == []

            model = repository / "adder"
            (model / "1").mkdir(parents=True)
            (model / "config.pbtxt").write_text(CONFIG.replace("VERSIONS", "1"))
            shutil.copy(source, model / "1" / "model.onnx")
            until("the folder is loaded", lambda: client.is_model_ready("adder"))
            metadata = client.get_model_metadata("adder")
            names = [one["name"] for one in metadata["inputs"]]
            assert metadata["versions"] == ["1"] and [one["name"] for one in metadata["outputs"]] == ["SUM"], metadata
            config = client.get_model_config("adder")
            assert config["max_batch_size"] == 16 and config["input"][0]["dims"] == [16], config
            assert config["dynamic_batching"] == {"preferred_batch_size": [4, 8], "max_queue_delay_microseconds": 100}
            try:
                client.load_model("adder")
                raise AssertionError("clients do not load where the folder does")
            except InferenceServerException as error:
                assert "modelControl" in error.message(), error

            failures, versions, done = [], set(), threading.Event()

            def go_on():
                mine = triton.InferenceServerClient(address)
                while not done.is_set():
                    try:
                        versions.add(ask(mine, names))
                    except Exception as error:
                        failures.append(error)

            threads = [threading.Thread(target=go_on) for _ in range(4)]
            for thread in threads:
                thread.start()
            # A version that is copied slowly, in place; until it is whole, nobody hears of it.
            (model / "2").mkdir()
            whole = source.read_bytes()
            with open(model / "2" / "model.onnx", "wb", buffering=0) as slow:
                for start in range(0, len(whole), len(whole) // 20 + 1):
                    slow.write(whole[start:start + len(whole) // 20 + 1])
                    time.sleep(0.05)
            (model / "config.pbtxt").write_text(CONFIG.replace("VERSIONS", "1, 2"))
            until("both versions are there", lambda: client.get_model_metadata("adder")["versions"] == ["1", "2"])
            # Files written over in place, as cp does, and ones that are no use.
            for _ in range(10):
                for version in ("1", "2"):
                    shutil.copy(source, model / version / "model.onnx")
                time.sleep(0.15)
            (model / "config.pbtxt").write_text("max_batch_size: 4 what_is_this: 1")
            until("the fault is told", lambda: "what_is_this" in pathlib.Path(folder, "log").read_text())
            assert client.get_model_config("adder")["max_batch_size"] == 16
            (model / "2" / "model.onnx").write_bytes(whole[:len(whole) // 2])
            time.sleep(0.5)
            (model / "config.pbtxt").write_text(CONFIG.replace("VERSIONS", "1"))
            until("one version is left", lambda: client.get_model_metadata("adder")["versions"] == ["1"])
            done.set()
            for thread in threads:
                thread.join()
            assert not failures and versions == {"1", "2"}, ([str(one) for one in failures[:3]], versions)
            shutil.rmtree(model)
            until("the model leaves", lambda: not client.is_model_ready("adder"))
    print("a Triton repository that is polled: config.pbtxt, versions, slow copies, faults; no request failed")


main()

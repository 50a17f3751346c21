"""A service that runs while a check looks at it."""

import contextlib
import json
import pathlib
import re
import subprocess
import time


@contextlib.contextmanager
def service(fovea, folder, settings, flags=()):
    """Starts the program with these settings; yields the ports of HTTP and gRPC (None without) and the process."""
    folder = pathlib.Path(folder)
    path = folder / "fovea.json"
    path.write_text(json.dumps(settings))
    log_path = folder / "log"
    with open(log_path, "w") as log:
        process = subprocess.Popen(
            [fovea, "serve", "--config", path, "--log-format", "json", *flags], stderr=log)
    try:
        wants_grpc = settings["service"].get("grpcPort", -1) >= 0
        for _ in range(600):
            text = log_path.read_text()
            http = re.search(r"https?://127\.0\.0\.1:(\d+)", text)
            grpc = re.search(r"gRPC on 127\.0\.0\.1:(\d+)", text)
            if http and (grpc or not wants_grpc):
                break
            assert process.poll() is None, text
            time.sleep(0.1)
        else:
            raise AssertionError(text)
        yield int(http[1]), int(grpc[1]) if grpc else None, process
        # A check may have asked it to end.
        assert process.poll() in (None, 0), log_path.read_text()
    finally:
        process.terminate()
        process.wait(60)

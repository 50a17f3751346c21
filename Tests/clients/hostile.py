"""Clients that mean harm: every route without the right key, requests that two parsers would read differently, floods and bombs,
and what is left of them in the service afterwards.

Usage: hostile.py FOVEA MODELS   (the program; a folder of models made by make_models.py)
"""

import gzip
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

import requests

import running

OPEN = {"/livez", "/readyz", "/healthz", "/v2/health/live", "/v2/health/ready"}


def raw(port, data, seconds=20):
    """Sends bytes on a connection of their own and reads to its end; what the service said."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65536):
                answer += part
        except (ConnectionError, TimeoutError):
            pass
    return answer


def statuses(answer):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer) if code != b"100"]


def check_keys(url, port, reader, expired):
    """Every route of the description, with no key, a wrong one, one that has expired, and one without the scope."""
    paths = requests.get(f"{url}/openapi.json", headers={"X-API-Key": reader}, timeout=30).json()["paths"]
    tried = 0
    for path, item in paths.items():
        concrete = re.sub(r"\{\w+\}", "x", path)
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            for key in (None, "", "fvk_wrong", expired, "a.b.c", "eyJhbGciOiJub25lIn0.e30."):
                headers = {} if key is None else {"Authorization": f"Bearer {key}"}
                status = requests.request(method, url + concrete, headers=headers, timeout=30).status_code
                tried += 1
                if path in OPEN:
                    assert status in (200, 405), (method, path, status)
                else:
                    assert status == 401 or concrete.startswith("/v1/vision/") and status in (401, 405), (
                        method, path, key, status)
            if "post" in item and path not in OPEN and method == "POST" and path != "/v2/repository/index":
                assert requests.post(url + concrete, headers={"X-API-Key": reader}, timeout=30).status_code == 403, path
    # The same place under other names must not be open to less. Sent as they are: clients would tidy them.
    tricks = (
        "//v2//repository//models//through_FP32//unload", "/v2/repository/models/through_FP32/unload/",
        "/v2/repository/models/through_FP32/./unload", "/v2/x/../repository/models/through_FP32/unload",
        "/v2/%72epository/models/through_FP32/unload", "/v2/repository/models/through_FP32/unload;x=/livez",
        "/V2/REPOSITORY/models/through_FP32/unload", "/v2/repository/models/through_FP32/unload.",
        "/livez/../v2/repository/models/through_FP32/unload", "/v2/repository/models/through_FP32/unload?/livez",
        "http://localhost/v2/repository/models/through_FP32/unload", "/v2/repository/models/through_FP32%2funload",
        "/livez%00/v2/repository/models/through_FP32/unload", "\\v2\\repository\\models\\through_FP32\\unload",
    )
    for target in tricks:
        for method in ("POST", "GET", "PUT"):
            for extra in ("", "X-HTTP-Method-Override: GET\r\n", "X-Original-URL: /livez\r\n", "X-Forwarded-For: 127.0.0.1\r\n"):
                head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{extra}Content-Length: 0\r\n"
                for key in ("", f"X-API-Key: {reader}\r\n"):
                    answer = raw(port, f"{head}{key}\r\n".encode())
                    allowed = {400, 401, 403, 404, 405} if key else {400, 401}
                    assert set(statuses(answer)) <= allowed, (method, target, extra, key, answer[:200])
                    tried += 1
    return tried


def check_framing(port):
    """Each of these must end in one refusal or in exactly one answer, and never let the second request through."""
    inside = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    post = b"POST /v1/analyze HTTP/1.1\r\nHost: x\r\n"
    cases = {
        "length and chunks": post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inside,
        "two lengths": post + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(inside) + inside,
        "a list of lengths": post + b"Content-Length: 0, %d\r\n\r\n" % len(inside) + inside,
        "a signed length": post + b"Content-Length: +0\r\n\r\n" + inside,
        "a negative length": post + b"Content-Length: -1\r\n\r\n" + inside,
        "a length beyond 64 bits": post + b"Content-Length: 18446744073709551616\r\n\r\n" + inside,
        "an unknown coding": post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inside,
        "chunked not last": post + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inside,
        "a space before the colon": post + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inside,
        "a folded header": post + b"X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n" % len(inside) + inside,
        "NUL in a header": post + b"X: a\0b\r\nContent-Length: 0\r\n\r\n" + inside,
        "a chunk size beyond 64 bits": post + b"Transfer-Encoding: chunked\r\n\r\n1" + b"0" * 16 + b"\r\n" + inside,
        "a chunk size that is none": post + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + inside,
        "a chunk longer than it says": post + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" + inside,
        "no version": b"GET /livez\r\n\r\n" + inside,
        "NUL in the target": b"GET /li\0vez HTTP/1.1\r\nHost: x\r\n\r\n" + inside,
    }
    for name, data in cases.items():
        answer = raw(port, data)
        codes = statuses(answer)
        assert b"/smuggled" not in answer and len(codes) <= 1 and all(code >= 400 for code in codes), (name, answer[:400])


def check_floods(port):
    began = time.time()
    head = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
    for flood in (
        b"".join(b"X-%d: y\r\n" % number for number in range(100_000)), b"X: " + b"y" * (4 << 20) + b"\r\n",
        b"A: b\r\n" * 100_000, b"a" * (1 << 20),
    ):
        codes = statuses(raw(port, head + flood + b"\r\n"))
        assert codes in ([431], [400], []), codes
    assert set(statuses(raw(port, b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n"))) <= {400, 414, 431}
    # Chunks of one byte, five million bytes on the wire in all.
    chunks = b"1\r\nx\r\n" * 800_000 + b"0\r\n\r\n"
    codes = statuses(raw(port, b"POST /v1/analyze HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, 60))
    assert codes and all(400 <= code < 500 for code in codes), codes
    # A thousand requests in one go are a thousand answers in order.
    assert statuses(raw(port, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 1000, 60)) == [200] * 1000
    return time.time() - began


def check_bombs(url, headers):
    infer = f"{url}/v2/models/through_FP32/infer"
    tensor = {"name": "IN", "shape": [1, 1], "datatype": "FP32", "data": [1]}

    def refused(body, **extra):
        began = time.time()
        answer = requests.post(infer, data=body, headers={**headers, **extra}, timeout=60)
        assert answer.status_code in (400, 413) and answer.json()["error"], (answer.status_code, answer.text[:300])
        assert time.time() - began < 30
        return answer

    bomb = gzip.compress(b"\0" * (64 << 20))
    answer = refused(bomb, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 413 and answer.json()["limit"] == 16 << 20, answer.text
    refused(gzip.compress(b"{}")[:-6], **{"Content-Encoding": "gzip"})
    refused(b"[" * 100_000)
    refused(b'{"inputs":' + b"[" * 10_000 + b"]" * 10_000 + b"}")
    for shape in ([1 << 62, 4], [-1, 1], [1 << 31, 1 << 31, 4], [0, 1 << 62], [1] * 10_000, [2, 1]):
        refused(json.dumps({"inputs": [tensor | {"shape": shape}]}))
    refused(json.dumps({"inputs": [tensor] * 10_000}))
    refused(json.dumps({"inputs": [tensor | {"datatype": "FP64"}]}))
    for size in (-1, 3, 1 << 62):
        binary = {"name": "IN", "shape": [1, 1], "datatype": "FP32", "parameters": {"binary_data_size": size}}
        text = json.dumps({"inputs": [binary]})
        refused(text.encode() + b"1234", **{"Inference-Header-Content-Length": str(len(text))})
    for length in ("-1", "999999999", "18446744073709551616", "x"):
        refused(b"{}", **{"Inference-Header-Content-Length": length})
    many = b"".join(b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' for _ in range(1000)) + b"--b--\r\n"
    answer = requests.post(f"{url}/v1/analyze", data=many, timeout=60,
                           headers={**headers, "Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413 and answer.json()["limit"] == 64, answer.text


def check_slow(port, url, headers):
    """Hundreds of clients that send nothing, a header letter by letter, or stop in the body; the others do not notice."""
    slow = []
    for number in range(300):
        client = socket.create_connection(("127.0.0.1", port), timeout=20)
        if number % 3 == 1:
            client.sendall(b"GET /livez HTTP/1.1\r\nX-")
        elif number % 3 == 2:
            client.sendall(b"POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
        slow.append(client)
    times = []
    for _ in range(50):
        began = time.time()
        assert requests.get(f"{url}/v2", headers=headers, timeout=30).status_code == 200
        times.append(time.time() - began)
    assert sorted(times)[25] < 1, sorted(times)[25]
    # All but those that sent nothing are let go of within their time.
    end = time.time() + 30
    waiting = [client for number, client in enumerate(slow) if number % 3]
    for client in waiting:
        client.settimeout(max(0.1, end - time.time()))
        try:
            while client.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            raise AssertionError("a slow client is still there") from None
    for client in slow:
        client.close()


def descriptors(process):
    return len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir()))


def resident(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024


def main(fovea, models):
    with tempfile.TemporaryDirectory() as folder:
        def key(name, *flags):
            return subprocess.run([fovea, "keys", "create", "--file", f"{folder}/keys.json", name, *flags], check=True,
                                  capture_output=True, text=True).stdout.strip()

        reader = key("reader", "--scopes", "read,metrics")
        analyst = key("analyst", "--scopes", "analyze,read")
        expired = key("expired", "--days", "1")
        path = pathlib.Path(folder) / "keys.json"
        keys = json.loads(path.read_text())
        keys["keys"][2]["expires"] = "2020-01-01T00:00:00Z"
        path.write_text(json.dumps(keys))
        service = {"port": 0, "headerTimeout": 3, "bodyTimeout": 3, "maximumBodyBytes": 16 << 20}
        pipeline = {"models": str(models), "modelControl": "explicit"}
        settings = {"service": {**service, "keys": str(path)}, "pipeline": pipeline}
        with running.service(fovea, folder, settings) as (port, _, process):
            url = f"http://127.0.0.1:{port}"
            tried = check_keys(url, port, reader, expired)
            assert requests.get(f"{url}/v2/models/through_FP32/ready", headers={"X-API-Key": reader}, timeout=30).ok
        with running.service(fovea, folder, {"service": service, "pipeline": pipeline}) as (port, _, process):
            url = f"http://127.0.0.1:{port}"
            requests.get(f"{url}/v2", timeout=30)
            handles, memory = descriptors(process), resident(process)
            check_framing(port)
            check_floods(port)
            check_bombs(url, {})
            check_slow(port, url, {})
            for _ in range(100):
                if descriptors(process) <= handles + 2:
                    break
                time.sleep(0.1)
            assert descriptors(process) <= handles + 2, (handles, descriptors(process))
            grown = resident(process) - memory
            assert grown < 256 << 20, grown
            assert requests.get(f"{url}/livez", timeout=30).ok
    print(f"hostile clients: {tried} ways in without the right, two readings of one request, floods, bombs, slow clients")


if __name__ == "__main__":
    main(*sys.argv[1:])

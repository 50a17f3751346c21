"""Answers later and results at rest: jobs whose end is told to the reference library of Standard Webhooks, idempotency, and
chains hashed anew from docs/results.md alone.

Usage: jobs.py FOVEA MODELS PICTURE   (the program; a folder of models; a JPEG in which something is found)
"""

import base64
import hashlib
import http.server
import json
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time

import requests
import standardwebhooks

calls = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        calls.append((dict(self.headers), body))
        # The first call is not taken: it must come again.
        self.send_response(503 if len(calls) == 1 else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def until(what, condition):
    for _ in range(600):
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(what)


def canonical_hash(result):
    """Floats in the shortest form that reads back, integers without a point, keys by their bytes: as the records are hashed."""
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    without = plain({**result, "record": {key: one for key, one in result["record"].items() if key != "sha256"}})
    text = json.dumps(without, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check(url, hook, secret, picture):
    deferred = {"Content-Type": "image/jpeg", "Prefer": "respond-async", "Fovea-Webhook": f"{hook}/hooks/done",
                "Idempotency-Key": "one"}
    accepted = requests.post(f"{url}/v1/analyze", data=picture, headers=deferred, timeout=60)
    assert accepted.status_code == 202, accepted.text
    again = requests.post(f"{url}/v1/analyze", data=picture, headers=deferred, timeout=60)
    assert again.headers["Location"] == accepted.headers["Location"] and again.headers["Idempotency-Replayed"] == "true"
    other = requests.post(f"{url}/v1/analyze", data=picture + b"x", headers=deferred, timeout=60)
    assert other.status_code == 422, other.text
    refused = requests.post(f"{url}/v1/analyze", data=picture, timeout=60,
                            headers={**deferred, "Fovea-Webhook": f"{hook}/elsewhere", "Idempotency-Key": "two"})
    assert refused.status_code == 403, refused.text
    address = url + accepted.headers["Location"]
    job = until("delivered", lambda: (found := requests.get(address, timeout=10).json()).get("webhook", {}).get("delivered") and found)
    assert job["state"] == "done" and job["webhook"]["attempts"] == 2, job
    assert len(calls) == 2, len(calls)
    for headers, body in calls:
        told = standardwebhooks.Webhook(secret).verify(body, headers)
        assert told["id"] == job["id"] and told["result"] == job["result"], told
    try:
        standardwebhooks.Webhook(secret).verify(calls[0][1].replace(b"done", b"gone"), calls[0][0])
    except standardwebhooks.WebhookVerificationError:
        pass
    else:
        raise AssertionError("a changed body verifies")

    for _ in range(3):
        requests.post(f"{url}/v1/sensors/cam/frames", data=picture, headers={"Content-Type": "image/jpeg"}, timeout=60)
    page = requests.get(f"{url}/v1/results", params={"sensor": "cam", "limit": 2}, timeout=10).json()
    rest = requests.get(f"{url}/v1/results", params={"sensor": "cam", "limit": 2, "page": page["next"]}, timeout=10).json()
    chain = list(reversed(page["results"] + rest["results"]))
    assert [one["record"]["number"] for one in chain] == [1, 2, 3] and "next" not in rest
    before = "0" * 64
    for one in chain:
        assert one["record"]["previous"] == before and canonical_hash(one) == one["record"]["sha256"], one["record"]
        before = one["record"]["sha256"]
    report = requests.post(f"{url}/v1/results/{chain[0]['record']['id']}/replay", timeout=60).json()
    assert report["equal"] is True, report["stages"]


def main(fovea, models, file):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        hook = f"http://127.0.0.1:{receiver.server_port}"
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        (folder / "secret").write_text(secret + "\n")
        (folder / "fovea.json").write_text(json.dumps({
            "service": {"port": 0}, "pipeline": {"models": models},
            "store": {"path": f"{name}/results.sqlite", "contents": "frames"},
            "jobs": {"webhooks": f"{hook}/hooks", "webhookSecret": f"{name}/secret"}}))
        log = open(folder / "log", "w+")
        service = subprocess.Popen([fovea, "serve", "--config", folder / "fovea.json"], stderr=log)
        try:
            address = until("listening", lambda: re.search(r"serving on (http://\S+)", (folder / "log").read_text()))
            check(address[1], hook, secret, pathlib.Path(file).read_bytes())
        except BaseException:
            print((folder / "log").read_text()[-4000:], file=sys.stderr)
            raise
        finally:
            service.terminate()
            assert service.wait(60) == 0
        checked = subprocess.run([fovea, "store", "check", folder / "results.sqlite"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout
    print("jobs, Standard Webhooks, idempotency keys, chains of results")


if __name__ == "__main__":
    main(*sys.argv[1:])

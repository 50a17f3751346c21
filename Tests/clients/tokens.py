"""Signed tokens of an issuer whose keys are fetched over HTTP, change, and go away for a while.

Usage: tokens.py FOVEA MODELS   (the program; a folder of models made by make_models.py)
"""

import http.server
import json
import sys
import tempfile
import threading
import time

import jwt
import numpy as np
import requests
import tritonclient.grpc
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import running


class Issuer:
    """Serves a key set, and counts how often it is asked."""

    def __init__(self):
        self.keys = {}
        self.asked = 0
        self.status = 200
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                body = json.dumps({"keys": [issuer.public(name) for name in issuer.keys]}).encode()
                self.send_response(issuer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/keys"

    def algorithm(self, name):
        return "ES256" if isinstance(self.keys[name], ec.EllipticCurvePrivateKey) else "RS256"

    def public(self, name):
        algorithm = jwt.algorithms.get_default_algorithms()[self.algorithm(name)]
        return {**json.loads(algorithm.to_jwk(self.keys[name].public_key())), "kid": name, "use": "sig"}

    def token(self, name, **claims):
        claims = {"iss": "https://issuer.example", "aud": "fovea", "sub": "tester", "scope": "analyze read",
                  "exp": int(time.time()) + 600, **claims}
        return jwt.encode(claims, self.keys[name], algorithm=self.algorithm(name), headers={"kid": name})


def main(fovea, models):
    issuer = Issuer()
    issuer.keys["first"] = rsa.generate_private_key(65537, 2048)
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "service": {
                "port": 0, "grpcPort": 0, "tokenKeys": issuer.address, "tokenIssuer": "https://issuer.example",
                "tokenAudience": "fovea", "auditLog": f"{folder}/audit.log"},
            "pipeline": {"models": str(models), "modelControl": "explicit"}}
        with running.service(fovea, folder, settings) as (http_port, grpc_port, _):
            url = f"http://127.0.0.1:{http_port}"

            def status(token, path="/v1/models", method="GET"):
                return requests.request(
                    method, url + path, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code

            first = issuer.token("first")
            assert requests.get(f"{url}/v1/models", timeout=30).status_code == 401
            for _ in range(20):
                assert status(first) == 200
            assert issuer.asked == 1, issuer.asked
            assert status(issuer.token("first", exp=int(time.time()) - 3600)) == 401
            assert status(issuer.token("first", aud="other")) == 401
            assert status(first, "/v2/repository/models/through_FP32/unload", "POST") == 403
            assert status(issuer.token("first", scope="read")) == 200

            # The issuer changes its key: the new one works as soon as a token names it, the old one no more after that.
            issuer.keys = {"second": ec.generate_private_key(ec.SECP256R1())}
            time.sleep(5.5)
            second = issuer.token("second")
            assert status(second) == 200
            assert status(first) == 401
            # Tokens with keys that nobody has do not make the service ask without end.
            stranger = jwt.encode({"sub": "x"}, rsa.generate_private_key(65537, 2048), algorithm="RS256",
                                  headers={"kid": "nobody"})
            asked = issuer.asked
            for _ in range(50):
                assert status(stranger) == 401
            assert issuer.asked - asked <= 2, issuer.asked - asked
            # The issuer is gone: those that are known stay.
            issuer.status = 500
            time.sleep(5.5)
            assert status(stranger) == 401
            assert status(second) == 200

            calls = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{grpc_port}")
            array = np.ones((1, 2), np.float32)
            tensor = tritonclient.grpc.InferInput("IN", [1, 2], "FP32")
            tensor.set_data_from_numpy(array)
            bearer = {"authorization": f"Bearer {second}"}
            assert np.array_equal(calls.infer("through_FP32", [tensor], headers=bearer).as_numpy("OUT"), array)
            try:
                calls.infer("through_FP32", [tensor], headers={"authorization": f"Bearer {stranger}"})
            except tritonclient.utils.InferenceServerException as error:
                assert "UNAUTHENTICATED" in str(error), error
            else:
                raise AssertionError("a stranger was let in")
            calls.close()
        with open(f"{folder}/audit.log") as log:
            lines = [json.loads(line) for line in log]
        assert any(line["event"] == "denied" and line.get("token") == "tester" and line["status"] == 403
                   for line in lines), lines
        assert any(line["method"] == "gRPC" and line["event"] == "denied" for line in lines), lines
        text = json.dumps(lines)
        assert first.split(".")[2] not in text and second.split(".")[2] not in text

        # An issuer that cannot be reached at the start lets nobody in, and says for how long.
        settings["service"]["tokenKeys"] = "http://127.0.0.1:9/keys"
        with running.service(fovea, folder, settings) as (http_port, _, _):
            answer = requests.get(f"http://127.0.0.1:{http_port}/v1/models",
                                  headers={"Authorization": f"Bearer {first}"}, timeout=30)
            assert answer.status_code == 503 and "Retry-After" in answer.headers, answer.text
    print("tokens: an issuer over HTTP, its keys changed and gone, strangers, scopes, gRPC, the audit log")


if __name__ == "__main__":
    main(*sys.argv[1:])

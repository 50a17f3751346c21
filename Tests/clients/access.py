"""Keys and certificates of a running service: HTTPS and gRPC over TLS with unchanged clients, and a renewed certificate.

Usage: access.py FOVEA MODELS   (the program; a folder of models made by make_models.py)
"""

import pathlib
import re
import ssl
import socket
import subprocess
import sys
import tempfile
import time

import numpy as np
import requests
import tritonclient.grpc
import tritonclient.http


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "new.key", "-out",
         folder / "new.crt"], check=True, capture_output=True)
    (folder / "new.key").rename(folder / "server.key")
    (folder / "new.crt").rename(folder / "server.crt")
    return (folder / "server.crt").read_text()


def presented(port, authority):
    context = ssl.create_default_context(cafile=authority)
    with socket.create_connection(("localhost", port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True))


def key(fovea, file, *arguments):
    return subprocess.run([fovea, "keys", "create", "--file", file, *arguments], check=True, capture_output=True,
                          text=True).stdout.strip()


def check(folder, fovea, http, grpc, analyst, manager):
    authority = str(folder / "server.crt")
    url = f"https://localhost:{http}"
    assert requests.get(f"{url}/livez", verify=authority, timeout=10).status_code == 200
    refused = requests.get(f"{url}/v2", verify=authority, timeout=10)
    assert refused.status_code == 401 and "Bearer" in refused.headers["WWW-Authenticate"], refused.text
    assert requests.get(f"{url}/v2", headers={"X-API-Key": analyst}, verify=authority, timeout=10).ok
    array = np.ones((1, 2), np.float32)
    bearer = {"authorization": f"Bearer {analyst}"}
    client = tritonclient.http.InferenceServerClient(
        f"localhost:{http}", ssl=True, ssl_options={"ca_certs": authority},
        ssl_context_factory=lambda: ssl.create_default_context(cafile=authority))
    tensor = tritonclient.http.InferInput("IN", [1, 2], "FP32")
    tensor.set_data_from_numpy(array)
    assert np.array_equal(client.infer("through_FP32", [tensor], headers=dict(bearer)).as_numpy("OUT"), array)
    calls = tritonclient.grpc.InferenceServerClient(f"localhost:{grpc}", ssl=True, root_certificates=authority)
    assert calls.is_server_live()
    tensor = tritonclient.grpc.InferInput("IN", [1, 2], "FP32")
    tensor.set_data_from_numpy(array)
    assert np.array_equal(calls.infer("through_FP32", [tensor], headers=dict(bearer)).as_numpy("OUT"), array)
    for headers, word in (({}, "UNAUTHENTICATED"), (bearer, "PERMISSION_DENIED")):
        try:
            calls.unload_model("through_FP32", headers=headers)
        except tritonclient.utils.InferenceServerException as error:
            assert word in str(error), error
        else:
            raise AssertionError(word)
    calls.unload_model("through_FP32", headers={"x-api-key": manager})
    calls.close()
    client.close()

    before = presented(http, authority)
    renewed = certificate(folder)
    for _ in range(60):
        time.sleep(0.5)
        try:
            if presented(http, authority).strip() == renewed.strip():
                break
        except ssl.SSLError:
            pass
    else:
        raise AssertionError("the renewed certificate is not presented")
    assert before.strip() != renewed.strip()
    subprocess.run([fovea, "keys", "revoke", "--file", folder / "keys.json", "analyst"], check=True)
    time.sleep(1.5)
    assert requests.get(f"{url}/v2", headers={"X-API-Key": analyst}, verify=authority, timeout=10).status_code == 401
    listed = subprocess.run([fovea, "keys", "list", "--file", folder / "keys.json"], check=True, capture_output=True,
                            text=True).stdout
    assert "manager" in listed and "analyst" not in listed and manager not in listed, listed


def main(fovea, models):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate(folder)
        keys = folder / "keys.json"
        analyst = key(fovea, keys, "analyst")
        manager = key(fovea, keys, "manager", "--scopes", "manage,read")
        settings = folder / "fovea.json"
        settings.write_text(
            '{"service": {"keys": "%s", "tlsCertificate": "%s/server.crt", "tlsKey": "%s/server.key", "port": 0, '
            '"grpcPort": 0}, "pipeline": {"models": "%s", "modelControl": "explicit"}}' % (keys, name, name, models))
        told = subprocess.run([fovea, "config", "check", "--config", settings], check=True, capture_output=True,
                              text=True).stdout
        assert told.startswith("ok") and "TLS on" in told, told
        log = open(folder / "log", "w+")
        service = subprocess.Popen([fovea, "serve", "--config", settings, "--log-format", "json"], stderr=log)
        try:
            ports = None
            for _ in range(300):
                time.sleep(0.1)
                text = (folder / "log").read_text()
                found = re.search(r"https://127\.0\.0\.1:(\d+)", text), re.search(r"gRPC on 127\.0\.0\.1:(\d+)", text)
                if all(found):
                    ports = [int(match[1]) for match in found]
                    break
            assert ports, text
            check(folder, fovea, *ports, analyst, manager)
        finally:
            service.terminate()
            service.wait(30)
    print("keys and certificates: HTTPS and gRPC, a renewed certificate, a revoked key")


if __name__ == "__main__":
    main(*sys.argv[1:])

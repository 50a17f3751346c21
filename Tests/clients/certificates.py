"""TLS as its clients see it: HTTP/2 and HTTP/1.1, client certificates, ciphers, a certificate renewed under load.

Usage: certificates.py FOVEA MODELS   (the program; a folder of models made by make_models.py)
"""

import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import grpc
import h2.config
import h2.connection
import h2.events
import httpx
import numpy as np
import tritonclient.grpc
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

import running
from authority import DAY, NOW, Authority, pem

# Refused handshakes are what is looked for here.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")


def context(folder, client=None):
    made = ssl.create_default_context(cafile=folder / "authority.crt")
    if client:
        made.load_cert_chain(folder / f"{client}.crt", folder / f"{client}.key")
    return made


def check_http2(folder, url):
    with httpx.Client(http2=True, verify=context(folder), timeout=60) as client:
        answer = client.get(f"{url}/v2")
        assert answer.http_version == "HTTP/2" and answer.json()["name"] == "fovea", answer
        limit = answer.json()["limits"]["bodyBytes"]
        array = np.arange(500_000, dtype=np.float32).reshape(1, -1)
        request = {"inputs": [{"name": "IN", "shape": [1, array.size], "datatype": "FP32",
                               "parameters": {"binary_data_size": array.nbytes}}],
                   "parameters": {"binary_data_output": True}}
        head = json.dumps(request).encode()
        headers = {"Inference-Header-Content-Length": str(len(head))}
        answer = client.post(f"{url}/v2/models/through_FP32/infer", content=head + array.tobytes(), headers=headers)
        assert answer.status_code == 200 and answer.content.endswith(array.tobytes()), answer.text[:300]
        # Refused by its length, or as it grows; neither hurts the connection.
        for body in (b"x" * (limit + 1), (b"x" * 65536 for _ in range(limit // 65536 + 2))):
            try:
                answer = client.post(f"{url}/v2/models/through_FP32/infer", content=body)
                assert answer.status_code == 413 and answer.json()["limit"] == limit, answer.text
            except httpx.RemoteProtocolError as error:
                assert "reset" in str(error).lower() or "StreamReset" in str(error), error
        assert client.get(f"{url}/v1/nothing").status_code == 404
        assert client.get(f"{url}/livez").http_version == "HTTP/2"
    with httpx.Client(verify=context(folder), timeout=60) as client:
        assert client.get(f"{url}/livez").http_version == "HTTP/1.1"
    for flag, version in (("--http2", "2"), ("--http1.1", "1.1")):
        told = subprocess.run(
            ["curl", "--silent", "--show-error", flag, "--cacert", folder / "authority.crt", "--output", "/dev/null",
             "--write-out", "%{http_code} %{http_version}", "--header", "Expect: 100-continue", "--data-binary", "{}",
             f"{url}/v2/repository/index"], check=True, capture_output=True, text=True).stdout
        assert told == f"200 {version}", told


def raw_http2(folder, port):
    made = context(folder)
    made.set_alpn_protocols(["h2"])
    secured = made.wrap_socket(socket.create_connection(("localhost", port), timeout=20), server_hostname="localhost")
    assert secured.selected_alpn_protocol() == "h2"
    connection = h2.connection.H2Connection(
        h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False))
    connection.initiate_connection()
    secured.sendall(connection.data_to_send())
    return secured, connection


def events(secured, connection, wanted, seconds=20):
    """Reads until an event of these kinds; None at the end of the connection."""
    end = time.time() + seconds
    while time.time() < end:
        try:
            data = secured.recv(65536)
        except (ConnectionError, ssl.SSLError, TimeoutError):
            return None
        if not data:
            return None
        for event in connection.receive_data(data):
            if isinstance(event, wanted):
                return event
        secured.sendall(connection.data_to_send())
    raise AssertionError("no answer")


def check_hostile_http2(folder, port):
    head = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost")]
    ends = (h2.events.ResponseReceived, h2.events.StreamReset, h2.events.ConnectionTerminated)
    for headers in (
        [*head, (":path", "/livez\r\nx-injected: 1")],
        [*head, (":path", "/livez"), ("x", "a\r\nb: c")],
        [*head, (":path", "/livez"), ("x-nul", "a\0b")],
        [*head, (":path", "/livez"), ("connection", "close")],
        [*head, (":path", "/livez"), ("transfer-encoding", "chunked")],
        [*head, (":path", "/livez"), *((f"x-{number}", "v" * 100) for number in range(2000))],
        [(":method", "GET"), (":path", "/livez")],
    ):
        secured, connection = raw_http2(folder, port)
        try:
            connection.send_headers(1, headers, end_stream=True)
            secured.sendall(connection.data_to_send())
            event = events(secured, connection, ends)
            if isinstance(event, h2.events.ResponseReceived):
                status = dict(event.headers).get(b":status") or dict(event.headers).get(":status")
                assert status in (b"400", b"431", "400", "431"), (headers[-1][:40], event)
        except ConnectionError:
            pass
        secured.close()
    # A thousand streams that are given up at once do not stay.
    secured, connection = raw_http2(folder, port)
    try:
        for _ in range(1000):
            stream = connection.get_next_available_stream_id()
            connection.send_headers(stream, [*head, (":path", "/livez")], end_stream=False)
            connection.reset_stream(stream)
            secured.sendall(connection.data_to_send())
    except (ConnectionError, ssl.SSLError):
        pass
    secured.close()


def check_slow_http2(folder, port):
    """A body that stops half-way is refused, not waited for."""
    secured, connection = raw_http2(folder, port)
    connection.send_headers(
        1, [(":method", "POST"), (":scheme", "https"), (":authority", "localhost"), (":path", "/v1/analyze"),
            ("content-length", "100000"), ("content-type", "image/jpeg")])
    connection.send_data(1, b"x" * 100)
    secured.sendall(connection.data_to_send())
    began = time.time()
    event = events(secured, connection, (h2.events.ResponseReceived, h2.events.StreamReset), 30)
    assert event is not None and time.time() - began < 20, event
    if isinstance(event, h2.events.ResponseReceived):
        headers = {str(name): str(value) for name, value in event.headers}
        assert "408" in " ".join(headers.values()), headers
    secured.close()


def check_handshakes(folder, port):
    for version, ciphers in (
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"), (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA"),
        (ssl.TLSVersion.TLSv1_2, "AES128-SHA:AES128-GCM-SHA256"),
    ):
        made = context(folder)
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = version
        made.set_ciphers(ciphers)
        try:
            with socket.create_connection(("localhost", port), timeout=20) as plain:
                made.wrap_socket(plain, server_hostname="localhost").close()
        except (ssl.SSLError, ConnectionError):
            continue
        raise AssertionError(f"{version} with {ciphers} was taken")


def check_renewal(folder, authority, url, port):
    """A renewed certificate is presented soon, and no request fails meanwhile."""
    failed, done, stop = [], [0], threading.Event()

    def load(http2):
        while not stop.is_set():
            try:
                with httpx.Client(http2=http2, verify=context(folder), timeout=60) as client:
                    for _ in range(20):
                        assert client.get(f"{url}/livez").status_code == 200
                        done[0] += 1
            except Exception as error:  # noqa: BLE001: whatever goes wrong is what is looked for
                failed.append(error)

    threads = [threading.Thread(target=load, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            renewed = authority.issue(folder, "server", ExtendedKeyUsageOID.SERVER_AUTH)
            for _ in range(80):
                time.sleep(0.25)
                with socket.create_connection(("localhost", port), timeout=20) as plain:
                    with context(folder).wrap_socket(plain, server_hostname="localhost") as secured:
                        if secured.getpeercert(binary_form=True) == renewed.public_bytes(serialization.Encoding.DER):
                            break
            else:
                raise AssertionError("the renewed certificate is not presented")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed and done[0] > 0, (failed[:3], done)


def check_drain(folder, port, process):
    """A request that is half sent when the service is told to stop gets its answer, and then the service stops."""
    secured, connection = raw_http2(folder, port)
    body = json.dumps({"inputs": [{"name": "IN", "shape": [1, 1], "datatype": "FP32", "data": [42]}]}).encode()
    connection.send_headers(
        1, [(":method", "POST"), (":scheme", "https"), (":authority", "localhost"),
            (":path", "/v2/models/through_FP32/infer"), ("content-length", str(len(body)))])
    connection.send_data(1, body[:10])
    secured.sendall(connection.data_to_send())
    # Made before the connection's end is announced: h2 sends nothing after that.
    connection.send_data(1, body[10:], end_stream=True)
    rest = connection.data_to_send()
    time.sleep(0.5)
    process.terminate()
    time.sleep(0.5)
    secured.sendall(rest)
    received = b""
    answer, ended = b"", False
    while not ended:
        part = secured.recv(65536)
        assert part, f"the connection ended without the answer: {received!r}"
        received += part
        while len(received) >= 9 and len(received) >= 9 + (length := int.from_bytes(received[:3])):
            kind, flags, stream = received[3], received[4], int.from_bytes(received[5:9])
            payload, received = received[9:9 + length], received[9 + length:]
            if kind == 6 and not flags & 1:
                secured.sendall(b"\0\0\x08\x06\x01\0\0\0\0" + payload)
            if stream == 1 and kind == 0:
                answer += payload
            ended = ended or stream == 1 and kind in (0, 1) and flags & 1
    assert json.loads(answer)["outputs"][0]["data"] == [42], answer
    secured.close()
    assert process.wait(30) == 0


def check_client_certificates(folder, url, grpc_port, others):
    for http2 in (True, False):
        with httpx.Client(http2=http2, verify=context(folder, "client"), timeout=20) as client:
            assert client.get(f"{url}/v1/models").status_code == 200
        for name in (None, *others):
            try:
                with httpx.Client(http2=http2, verify=context(folder, name), timeout=20) as client:
                    answer = client.get(f"{url}/livez")
            except (httpx.TransportError, ssl.SSLError):
                continue
            raise AssertionError(f"a client with the certificate {name} was let in: {answer}")
    files = {name: (folder / name).read_bytes() for name in ("authority.crt", "client.key", "client.crt")}
    good = grpc.ssl_channel_credentials(files["authority.crt"], files["client.key"], files["client.crt"])
    client = tritonclient.grpc.InferenceServerClient(f"localhost:{grpc_port}", creds=good)
    assert client.is_server_live()
    client.close()
    for name in (None, *others):
        pair = [(folder / f"{name}.{suffix}").read_bytes() for suffix in ("key", "crt")] if name else [None, None]
        client = tritonclient.grpc.InferenceServerClient(
            f"localhost:{grpc_port}", creds=grpc.ssl_channel_credentials(files["authority.crt"], *pair))
        try:
            client.is_server_live(client_timeout=10)
        except tritonclient.utils.InferenceServerException:
            continue
        finally:
            client.close()
        raise AssertionError(f"a gRPC client with the certificate {name} was let in")


def main(fovea, models):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        authority = Authority("authority")
        (folder / "authority.crt").write_bytes(pem(authority.certificate))
        authority.issue(folder, "server", ExtendedKeyUsageOID.SERVER_AUTH)
        settings = {
            "service": {
                "port": 0, "tlsCertificate": f"{name}/server.crt", "tlsKey": f"{name}/server.key", "bodyTimeout": 3,
                "maximumBodyBytes": 8 << 20},
            "pipeline": {"models": str(models)}}
        with running.service(fovea, folder, settings) as (port, _, process):
            url = f"https://localhost:{port}"
            check_http2(folder, url)
            check_hostile_http2(folder, port)
            check_slow_http2(folder, port)
            check_handshakes(folder, port)
            check_renewal(folder, authority, url, port)
            check_http2(folder, url)
            check_drain(folder, port, process)

        client = ExtendedKeyUsageOID.CLIENT_AUTH
        authority.issue(folder, "client", client)
        authority.issue(folder, "expired", client, NOW - 2 * DAY, NOW - DAY)
        authority.issue(folder, "early", client, NOW + DAY, NOW + 2 * DAY)
        authority.issue(folder, "for-servers", ExtendedKeyUsageOID.SERVER_AUTH)
        # Of the same name, with another key.
        Authority("authority").issue(folder, "impostor", client)
        Authority("stranger").issue(folder, "stranger", client)
        settings["service"] |= {"tlsClientAuthorities": f"{name}/authority.crt", "grpcPort": 0}
        with running.service(fovea, folder, settings) as (port, grpc_port, _):
            check_client_certificates(
                folder, f"https://localhost:{port}", grpc_port,
                ["expired", "early", "for-servers", "impostor", "stranger"])
    print("certificates: HTTP/2, hostile and slow streams, old ciphers, a renewal under load, a stop, client certificates")


if __name__ == "__main__":
    main(*sys.argv[1:])

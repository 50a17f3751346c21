"""Traces as a collector of OpenTelemetry gets them, and what becomes of them while it is busy or away.

Usage: traces.py FOVEA MODELS PICTURE   (the program; a folder with a vision model; a JPEG)
"""

import base64
import http.server
import json
import pathlib
import re
import sys
import tempfile
import threading
import time

import requests
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector:
    """Reads spans with OpenTelemetry's own schema; answers as it is told to."""

    def __init__(self):
        self.spans, self.statuses, self.posts = [], [], 0
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
                collector.posts += 1
                status = collector.statuses.pop(0) if collector.statuses else 200
                if status == 200:
                    collector.take(body)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, body):
        # OTLP writes ids in hexadecimal where protobuf's JSON has base64.
        for resource in body["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in span:
                            span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
        message = json_format.ParseDict(body, ExportTraceServiceRequest())
        for resource in message.resource_spans:
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            assert names["service.name"] == "fovea", names
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]

    def wait(self, condition):
        for _ in range(200):
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError([(span.name, span.trace_id.hex()) for span in self.spans])


def outcomes(url):
    text = requests.get(f"{url}/metrics", timeout=30).text
    return {name: int(count) for name, count in re.findall(r'fovea_trace_spans_total\{outcome="(\w+)"\} (\d+)', text)}


def check(collector, url, picture):
    def analyze(flags="01"):
        headers = {"Content-Type": "image/jpeg", "traceparent": f"00-{TRACE}-{PARENT}-{flags}"}
        answer = requests.post(f"{url}/v1/analyze", data=picture, headers=headers, timeout=60)
        assert answer.status_code == 200 and answer.headers["traceparent"].startswith(f"00-{TRACE}-"), answer.text
        return answer.headers["traceparent"].split("-")[2], answer.json()

    span_id, result = analyze()
    collector.wait(lambda: any(span.name == "POST /v1/analyze" for span in collector.spans))
    spans = list(collector.spans)
    assert all(span.trace_id.hex() == TRACE for span in spans)
    server = next(span for span in spans if span.name == "POST /v1/analyze")
    assert server.span_id.hex() == span_id and server.parent_span_id.hex() == PARENT and server.kind == 2, server
    frame = next(span for span in spans if span.name == "frame")
    assert frame.parent_span_id == server.span_id
    stages = {span.name: span for span in spans if span.parent_span_id == frame.span_id}
    assert set(stages) == set(result["timings"]) - {"total"}, (set(stages), result["timings"])
    for name, span in stages.items():
        took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert abs(took - result["timings"][name]) < 0.01, (name, took)
    assert abs(frame.end_time_unix_nano / 1e9 - time.time()) < 60
    # One that the client does not want kept is not, and probes never begin a trace.
    collector.spans.clear()
    analyze("00")
    for _ in range(5):
        requests.get(f"{url}/livez", timeout=30)
    requests.get(f"{url}/v1/models", timeout=30)
    collector.wait(lambda: any(span.name == "GET /v1/models" for span in collector.spans))
    time.sleep(1)
    assert len(collector.spans) == 1 and not collector.spans[0].parent_span_id, collector.spans
    # A collector that is busy gets them later; one that refuses them costs spans, not requests.
    collector.spans.clear()
    collector.statuses = [503, 429]
    analyze()
    collector.wait(lambda: any(span.name == "frame" for span in collector.spans))
    before = outcomes(url)
    collector.statuses = [400] * 100
    analyze()
    collector.wait(lambda: outcomes(url)["refused"] > before["refused"])
    collector.statuses = []
    assert before["exported"] > 0 and before["overflowed"] == 0, before


def main(fovea, models, picture):
    collector = Collector()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"service": {"port": 0, "traceCollector": collector.address}, "pipeline": {"models": str(models)}}
        with running.service(fovea, folder, settings) as (port, _, _):
            check(collector, f"http://127.0.0.1:{port}", pathlib.Path(picture).read_bytes())
            collector.spans.clear()
            requests.get(f"http://127.0.0.1:{port}/v1/models", timeout=30)
        # What was not sent yet goes before the service ends.
        assert any(span.name == "GET /v1/models" for span in collector.spans), collector.spans
    print("traces: spans of requests and stages, a collector that is busy, refuses, and the end")


if __name__ == "__main__":
    main(*sys.argv[1:])

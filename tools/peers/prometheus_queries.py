#!/usr/bin/env python3
"""Runs every query of the Grafana dashboard and every rule against a real Prometheus that scrapes a real service.

The service answers a frame of an emulated sensor first, so that its metrics have values. Fails when a query does not parse
or gives nothing.

    prometheus_queries.py --fovea .build/release/fovea --work out/check-deploy
"""
import argparse
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--fovea", required=True)
parser.add_argument("--work", required=True, type=pathlib.Path)
arguments = parser.parse_args()
root = pathlib.Path(__file__).resolve().parents[2]
# Nothing is ever dropped, missing or failed here: these may be empty.
may_be_empty = ("dropped_total", "status=~\"5..\"", "sensor_frames_missing_total", "queue_depth")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.25)
    sys.exit(f"prometheus_queries: {what}: not after {seconds} s")


def queries():
    dashboard = json.loads((root / "tools/deploy/grafana/fovea.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "1m").replace('"$job"', '".*"')
            yield panel["title"], expression.replace('"$instance"', '".*"')
    rules = (root / "tools/deploy/prometheus/rules.yml").read_text()
    for name, expression in re.findall(r"- (?:record|alert): (\S+)\n\s+expr: (?:>-\n)?((?:.|\n)*?)(?=\n\s+(?:for|labels|-)|\n\n)", rules):
        # What an alert compares must exist, whether or not it is over its bound.
        yield name, re.sub(r"\s*(>|==) [\d.]+$", "", " ".join(expression.split()))


service_port, prometheus_port = free_port(), free_port()
service_url = f"http://127.0.0.1:{service_port}"
data = arguments.work / "prometheus-data"
shutil.rmtree(data, ignore_errors=True)
configuration = arguments.work / "prometheus.yml"
configuration.write_text(
    f"global: {{scrape_interval: 1s}}\n"
    f"scrape_configs: [{{job_name: fovea, static_configs: [{{targets: ['127.0.0.1:{service_port}']}}]}}]\n")
processes = []
try:
    log = open(arguments.work / "service.log", "w")
    processes.append(subprocess.Popen([arguments.fovea, "serve", "--port", str(service_port)], stderr=log))
    wait_for("the service is ready", lambda: get(f"{service_url}/v2/health/ready"))
    processes.append(subprocess.Popen(
        ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={data}",
         f"--web.listen-address=127.0.0.1:{prometheus_port}", "--log.level=error"]))
    processes.append(subprocess.Popen(
        [arguments.fovea, "emulate", "--connect", service_url, "--scene", str(root / "samples/border-collie/frame.dng"),
         "--sensor", "imx500", "--fps", "1", "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    address = f"http://127.0.0.1:{prometheus_port}/api/v1/query?query="
    ask = lambda expression: get(address + urllib.parse.quote(expression))["data"]["result"]
    wait_for("Prometheus has seen answers grow",
             lambda: any(float(s["value"][1]) > 0 for s in ask('rate(fovea_frames_total{outcome="answered"}[1m])')))
    count = 0
    for title, expression in queries():
        try:
            found = ask(expression)
        except urllib.error.HTTPError as error:
            sys.exit(f"{title}: {expression}: {json.load(error)['error']}")
        if not found and not any(name in expression for name in may_be_empty):
            sys.exit(f"{title}: gives nothing: {expression}")
        count += 1
    print(f"    {count} queries")
finally:
    for process in reversed(processes):
        process.terminate()
        process.wait()

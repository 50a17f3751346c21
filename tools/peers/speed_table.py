"""Prints the results of bench.py as a table: speed_table.py RESULTS.jsonl [PEER], the peer that ours is set against (ort or
ov-def). Ratios are medians of round pairs."""
import json
import math
import platform
import statistics
import sys

names = {"ort": "ONNX Runtime", "ov-def": "OpenVINO"}
short = {"ort": "ORT", "ov-def": "OV"}
base = sys.argv[2] if len(sys.argv) > 2 else "ort"
rows = [json.loads(line) for line in open(sys.argv[1])]
counts = sorted({row["threads"] for row in rows})
networks = list(dict.fromkeys(row["model"] for row in rows))
find = {(row["model"], row["threads"], row["engine"]): row for row in rows}


def ratio(network, count):
    peer, own = (find.get((network, count, engine)) for engine in (base, "ours"))
    if not (peer and own):
        return None
    return statistics.median(a / b for a, b in zip(peer["round_medians"], own["round_medians"]))


processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
print(f"{processor}, {platform.system()} {platform.machine()}; milliseconds, and {names[base]}'s time / ours\n")
print("| network |" + "".join(f" {short[base]}, {n} thr | ours, {n} thr | ratio |" for n in counts))
print("|---|" + "---|---|---|" * len(counts))
for network in networks:
    cells = ""
    for count in counts:
        value = ratio(network, count)
        peer, own = (find.get((network, count, engine)) for engine in (base, "ours"))
        cells += f" {peer['median']:.2f} | {own['median']:.2f} | ×{value:.2f} |" if value else " | | |"
    print(f"| {network} |{cells}")
cells = ""
for count in counts:
    ratios = [value for network in networks if (value := ratio(network, count))]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")
    cells += f" | | ×{mean:.2f} |"
print(f"| geometric mean |{cells}")

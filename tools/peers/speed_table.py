"""Prints the results of bench.py as a table: speed_table.py RESULTS.jsonl [PEER[,PEER]], the peers that ours is set against
(ort, ov-def, ort-int8, ov-int8, or avx2: ours on that level). Ratios are medians of round pairs: above 1 ours is faster."""
import json
import math
import platform
import statistics
import sys

NAMES = {"ort": "ORT", "ov-def": "OV", "ort-int8": "ORT", "ov-int8": "OV", "avx2": "AVX2"}
peers = (sys.argv[2] if len(sys.argv) > 2 else "ort").split(",")
rows = [json.loads(line) for line in open(sys.argv[1])]
counts = sorted({row["threads"] for row in rows})
networks = list(dict.fromkeys(row["model"] for row in rows))
find = {(row["model"], row["threads"], row["engine"]): row for row in rows}


def ratio(network, count, peer):
    other, own = (find.get((network, count, engine)) for engine in (peer, "ours"))
    if not (other and own):
        return None
    return statistics.median(a / b for a, b in zip(other["round_medians"], own["round_medians"]))


def milliseconds(network, count, engine):
    row = find.get((network, count, engine))
    return f" {row['median']:.2f} |" if row else " |"


def times(value):
    return f" ×{value:.2f} |" if value else " |"


def mean(values):
    values = [value for value in values if value]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
print(f"{processor}, {platform.system()} {platform.machine()}; milliseconds, and the other's time / ours\n")
columns = [f"{NAMES[peer]}, {{n}} thr" for peer in peers] + ["ours, {n} thr"] + [f"to {NAMES[peer]}" for peer in peers]
print("| network |" + "".join(f" {column.format(n=n)} |" for n in counts for column in columns))
print("|---|" + "---|" * (len(counts) * len(columns)))
for network in networks:
    cells = ""
    for count in counts:
        cells += "".join(milliseconds(network, count, engine) for engine in peers + ["ours"])
        cells += "".join(times(ratio(network, count, peer)) for peer in peers)
    print(f"| {network} |{cells}")
cells = ""
for count in counts:
    cells += " |" * (len(peers) + 1)
    cells += "".join(times(mean(ratio(network, count, peer) for network in networks)) for peer in peers)
print(f"| geometric mean |{cells}")

"""Prints the results of bench.py as a table: speed_table.py RESULTS.jsonl. Ratios are medians of round pairs."""
import json
import math
import platform
import sys

rows = [json.loads(line) for line in open(sys.argv[1])]
counts = sorted({row["threads"] for row in rows})
networks = list(dict.fromkeys(row["model"] for row in rows))
find = {(row["model"], row["threads"], row["engine"]): row for row in rows}
processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
print(f"{processor}, {platform.system()} {platform.machine()}; milliseconds, and ONNX Runtime's time / ours\n")
print("| network |" + "".join(f" ORT, {n} thr | ours, {n} thr | ratio |" for n in counts))
print("|---|" + "---|---|---|" * len(counts))
for network in networks:
    cells = ""
    for count in counts:
        peer, own = (find.get((network, count, engine)) for engine in ("ort", "ours"))
        cells += f" {peer['median']:.2f} | {own['median']:.2f} | ×{own['ratio_paired']:.2f} |" if peer and own else " | | |"
    print(f"| {network} |{cells}")
cells = ""
for count in counts:
    ratios = [find[n, count, "ours"]["ratio_paired"] for n in networks if (n, count, "ours") in find]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")
    cells += f" | | ×{mean:.2f} |"
print(f"| geometric mean |{cells}")

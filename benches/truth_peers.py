"""Truth inference against crowd-kit, in one run: `python benches/truth_peers.py --help`.

Each case runs in a process of its own on reports of 1000 sources, 5 a fact, 4 classes, from a fixed seed; 10 iterations each, but for the default
model, which has no peer and decides for itself. CPU time is user and system; memory is the peak beyond the input. Ours is measured from the built matrix and, beside it, with building it from the table.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from peers import machine, write_between

SEED = 20241024
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
ITERATIONS = 10
MODELS = {"dawid_skene": "DawidSkene", "glad": "GLAD", "mace": "MACE"}
HEAD = [
    "model",
    "reports",
    "CPU s",
    "with the matrix",
    "ns / report and iteration",
    "peak bytes/report",
    "crowd-kit CPU s",
    "× ours",
    "× ours with the matrix",
]


def reports(n: int) -> dict[str, np.ndarray]:
    """7 of 10 reports give the fact's own class."""
    rng = np.random.default_rng(SEED)
    n_facts = n // 5
    source = (rng.integers(0, 1000, n_facts)[:, None] + np.arange(5) * 111 + rng.integers(0, 111, (n_facts, 5))) % 1000
    own = np.repeat(rng.integers(0, 4, n_facts), 5)
    label = np.where(rng.random(5 * n_facts) < 0.7, own, rng.integers(0, 4, 5 * n_facts))
    return {"task": np.repeat(np.arange(n_facts), 5), "worker": source.ravel(), "label": label}


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def ours(model: str, n: int) -> dict:
    import consilience as cs

    table = reports(n)
    limits = {"max_iter": ITERATIONS, "tol": 0.0} if model in MODELS else {}
    cs.infer({k: v[:1000] for k, v in table.items()}, model, **limits)
    gc.collect()
    start = cpu()
    matrix = cs.ClaimMatrix(table)
    built = cpu() - start
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    start, wall = cpu(), time.perf_counter()
    matrix.infer(model, **limits)
    used = cpu() - start
    return {"cpu": used, "built": built, "wall": time.perf_counter() - wall, "peak": (memory("VmHWM") - before) / n}


def theirs(model: str, n: int) -> dict:
    import pandas as pd
    from crowdkit import aggregation

    options = {"dawid_skene": {"tol": -1.0}, "glad": {"tol": -1e9}, "mace": {"n_restarts": 1}}[model]
    make = getattr(aggregation, MODELS[model])
    df = pd.DataFrame(reports(n))
    make(n_iter=2, **options).fit(df.head(1000))
    start = cpu()
    make(n_iter=ITERATIONS, **options).fit(df)
    return {"cpu": cpu() - start}


def in_process(who: str, model: str, n: int, times: int) -> dict:
    """The best of several runs, each in a process of its own, with one thread."""
    command = [sys.executable, __file__, "--case", who, model, str(n)]
    environment = os.environ | {"RAYON_NUM_THREADS": "1"}
    runs = [
        json.loads(
            subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[
                -1
            ]
        )
        for _ in range(times)
    ]
    return min(runs, key=lambda run: run["cpu"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1e5, 1e6, 1e7])
    parser.add_argument(
        "--glad", type=float, nargs="*", default=[1e4], help="sizes for GLAD, which takes crowd-kit minutes"
    )
    parser.add_argument("--mace", type=float, nargs="*", default=[1e5, 1e6])
    parser.add_argument("--alone", type=float, nargs="*", default=[1e8], help="sizes too large for crowd-kit")
    parser.add_argument("--default", type=float, nargs="*", default=[1e3, 1e4, 1e5, 1e6, 1e7])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument(
        "--case",
        nargs=3,
        metavar=("WHO", "MODEL", "REPORTS"),
        help="one case (ours or theirs) in this process, as JSON",
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.case:
        who, model, n = options.case
        print(json.dumps({"ours": ours, "theirs": theirs}[who](model, int(n))))
        return
    lines = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    print("\n".join(lines), flush=True)
    cases = (
        ("dawid_skene", options.sizes, True),
        ("dawid_skene", options.alone, False),
        ("glad", options.glad, True),
        ("mace", options.mace, True),
        ("consensus", options.default, False),
    )
    for model, sizes, peer in cases:
        for n in map(int, sizes):
            mine = in_process("ours", model, n, options.times)
            whole = mine["cpu"] + mine["built"]
            each = f"{mine['cpu'] / n / ITERATIONS * 1e9:.1f}" if model in MODELS else ""
            cells = [model, f"{n:,}", f"{mine['cpu']:.3g}", f"{whole:.3g}", each, f"{mine['peak']:.0f}"]
            if peer:
                other = in_process("theirs", model, n, 1)["cpu"]
                cells += [f"{other:.3g}", f"**{other / mine['cpu']:.0f}**", f"{other / whole:.0f}"]
            else:
                cells += [""] * 3
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    lines += ["", machine()]
    if options.write:
        write_between(PAGE, "truth", lines)


if __name__ == "__main__":
    main()

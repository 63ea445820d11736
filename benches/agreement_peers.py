"""Time and memory of coefficients of agreement against other packages, in one run.

`python benches/agreement_peers.py [--irrcac PYTHON] [--write] [--large]`. Each case runs in a process of its own. Inputs are made first, from a fixed seed: sources × facts, 5 categories, 30 % missing. Of ours the
matrix is built before (its time stands beside); then CPU time (user and system, all threads) and the peak of memory beyond input and
matrix are measured, the least of several runs. Values must come out the same, else the run fails.

irrCAC needs an older numpy than the other packages: `--irrcac` names a Python that has both, whose figures stand in the same table.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from peers import machine, write_between

SEED = 20240601
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
Q = 5
METRICS = ("nominal", "ordinal", "interval")
#: Sources times facts up to which irrCAC is asked: beyond, it takes minutes.
LARGEST_IRRCAC = {"gwet_ac": 20_000_000, "conger_kappa": 5_000_000}


def table(n_sources: int, n_facts: int, missing: float = 0.3) -> np.ndarray:
    """Sources by facts, NaN where there is no report; 6 in 10 give the fact's own value, the others guess."""
    rng = np.random.default_rng(SEED)
    own = rng.integers(0, Q, n_facts)
    values = np.where(rng.random((n_sources, n_facts)) < 0.6, own, rng.integers(0, Q, (n_sources, n_facts)))
    values = values.astype(float)
    values[rng.random((n_sources, n_facts)) < missing] = np.nan
    return values


def matrix(values: np.ndarray, kind: str):
    import consilience as cs

    n_sources, n_facts = values.shape
    there = ~np.isnan(values).T
    fact = np.repeat(np.arange(n_facts), n_sources).reshape(n_facts, n_sources)[there]
    source = np.tile(np.arange(n_sources), (n_facts, 1))[there]
    return cs.ClaimMatrix({"fact": fact, "source": source, "value": values.T[there]}, kind=kind)


def ours(values: np.ndarray, coefficient: str, metric: str, **options):
    start = time.process_time()
    m = matrix(values, "nominal" if metric == "identity" else metric)
    built = time.process_time() - start
    metrics = {"metric": metric} if coefficient == "krippendorff_alpha" else {}
    return lambda: m.agreement(coefficient, **metrics, **options).value(coefficient), built


def krippendorff(values: np.ndarray, coefficient: str, metric: str):
    import krippendorff

    return lambda: krippendorff.alpha(reliability_data=values, level_of_measurement=metric), None


def fleiss(values: np.ndarray, coefficient: str, metric: str):
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    return lambda: fleiss_kappa(aggregate_raters(values.T.astype(int))[0]), None


def irrcac(values: np.ndarray, coefficient: str, metric: str):
    import pandas as pd
    from irrCAC.raw import CAC

    ratings = pd.DataFrame(values.T)
    method = {"gwet_ac": "gwet", "conger_kappa": "conger", "fleiss_kappa": "fleiss"}[coefficient]
    return lambda: float(getattr(CAC(ratings, digits=12), method)()["est"]["coefficient_value"]), None


PEERS = {"irrCAC": irrcac, "consilience": ours, "krippendorff": krippendorff, "statsmodels": fleiss}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(case: dict) -> dict:
    """CPU seconds (the least), value and megabytes of one case, in this process."""
    values = table(case["sources"], case["facts"], case["missing"])
    run, built = PEERS[case["peer"]](values, case["coefficient"], case["metric"], **case.get("options", {}))
    before, times, value = peak(), [], math.nan
    # Short ones are repeated: a busy machine makes all but the least worthless.
    while len(times) < case["runs"] or (sum(times) < 0.5 and len(times) < 200):
        start = time.process_time()
        value = run()
        times.append(time.process_time() - start)
    return {"cpu": min(times), "value": value, "mb": peak() - before, "built": built}


def apart(**case) -> dict:
    """The same in a process of its own."""
    case = {"missing": 0.3, "runs": 5, **case}
    threads = str(case.pop("threads", 1))
    done = subprocess.run(
        [case.pop("python", sys.executable), __file__, "--case", json.dumps(case)],
        capture_output=True,
        text=True,
        env=os.environ | {"RAYON_NUM_THREADS": threads},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def same(a: float, b: float) -> None:
    if abs(a - b) > 1e-9:
        raise RuntimeError(f"values differ: {a} and {b}")


def peers_table(shapes: list[tuple[int, int]], with_irrcac: str | None) -> list[str]:
    lines = [
        "| sources x facts | coefficient | consilience, with interval | built | peer, value alone | CPU ratio | MB ours / peer |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]

    def line(sources: int, facts: int, name: str, mine: dict, peer: str, cpu: float, mb: str) -> None:
        ratio = cpu / mine["cpu"]
        cells = (
            f"{mine['cpu']:.4f} s | {mine['built']:.2f} s | {peer} {cpu:.4f} s | {ratio:.1f} | {mine['mb']:.0f} / {mb}"
        )
        lines.append(f"| {sources} x {facts:,} | {name} | {cells} |")
        print(lines[-1], flush=True)

    for sources, facts in shapes:
        shape = {"sources": sources, "facts": facts}
        for metric in METRICS:
            mine = apart(peer="consilience", coefficient="krippendorff_alpha", metric=metric, **shape)
            other = apart(peer="krippendorff", coefficient="krippendorff_alpha", metric=metric, **shape)
            same(mine["value"], other["value"])
            line(sources, facts, f"alpha, {metric}", mine, "krippendorff", other["cpu"], f"{other['mb']:.0f}")
        full = apart(peer="consilience", coefficient="fleiss_kappa", metric="identity", missing=0.0, **shape)
        other = apart(peer="statsmodels", coefficient="fleiss_kappa", metric="identity", missing=0.0, **shape)
        same(full["value"], other["value"])
        line(sources, facts, "Fleiss, no gaps", full, "statsmodels", other["cpu"], f"{other['mb']:.0f}")
        for name in ("gwet_ac", "conger_kappa"):
            mine = apart(peer="consilience", coefficient=name, metric="identity", **shape)
            if with_irrcac and sources * facts <= LARGEST_IRRCAC[name]:
                case = {"coefficient": name, "metric": "identity", "runs": 3, **shape}
                other = apart(peer="irrCAC", python=with_irrcac, **case)
                same(mine["value"], other["value"])
                line(sources, facts, name, mine, "irrCAC", other["cpu"], f"{other['mb']:.0f}")
            else:
                cells = f"{mine['cpu']:.4f} s | {mine['built']:.2f} s | - | - | {mine['mb']:.0f} / -"
                lines.append(f"| {sources} x {facts:,} | {name} | {cells} |")
                print(lines[-1], flush=True)
    for metric in METRICS:
        options = {"interval": "bootstrap", "replicates": 1000}
        case = {"peer": "consilience", "coefficient": "krippendorff_alpha", "metric": metric}
        mine = apart(**case, sources=20, facts=10_000, options=options)
        lines.append(f"| 20 x 10,000 | alpha, {metric}, bootstrap of 1,000 | {mine['cpu']:.4f} s | {mine['built']:.2f} s | - | - | {mine['mb']:.0f} / - |")  # fmt: skip
        print(lines[-1], flush=True)
    return lines


def scaling_table(sizes: list[int]) -> list[str]:
    lines = [
        "| ratings | alpha nominal, 1 thread | 2 threads | alpha interval | Conger | MB beyond the matrix |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for n in sizes:
        shape = {"sources": 20, "facts": round(n / 14), "runs": 3, "peer": "consilience"}
        alpha = {"coefficient": "krippendorff_alpha", **shape}
        one = apart(metric="nominal", **alpha)
        two = apart(metric="nominal", threads=2, **alpha)
        interval = apart(metric="interval", **alpha)
        conger = apart(coefficient="conger_kappa", metric="identity", **shape)
        lines.append(
            f"| 10^{round(math.log10(n))} | {one['cpu']:.4f} s | {two['cpu']:.4f} s CPU | {interval['cpu']:.4f} s | "
            f"{conger['cpu']:.4f} s | {one['mb']:.0f} |"
        )
        print(lines[-1], flush=True)
    return lines


def numbers_table(sources: int, facts: int) -> list[str]:
    """Coefficients of numbers and ranks, with gaps, with their intervals."""
    lines = ["| sources x facts | coefficient | consilience, with interval |", "| --- | --- | ---: |"]
    for name in ("icc", "kendall_w", "lin_ccc"):
        case = {"coefficient": name, "metric": "interval", "sources": sources, "facts": facts, "runs": 3}
        mine = apart(peer="consilience", **case)
        lines.append(f"| {sources} x {facts:,} | {name} | {mine['cpu']:.4f} s |")
        print(lines[-1], flush=True)
    return lines


def versions(with_irrcac: str | None) -> str:
    line = f"{machine().splitlines()[0].rstrip('.')}, krippendorff {version('krippendorff')}, statsmodels {version('statsmodels')}"
    if with_irrcac is None:
        return f"{line}."
    ask = "from importlib.metadata import version; print(f\"irrCAC {version('irrCAC')} on numpy {version('numpy')}\")"
    done = subprocess.run([with_irrcac, "-c", ask], capture_output=True, text=True, check=True)
    return f"{line}, {done.stdout.strip()}."


def reals() -> str:
    """Interval alpha of a million distinct reals: two sources on half a million facts."""
    import consilience as cs

    rng = np.random.default_rng(SEED)
    own = rng.normal(size=500_000)
    values = np.concatenate([own + rng.normal(size=own.size), own + rng.normal(size=own.size)])
    reports = {"fact": np.tile(np.arange(own.size), 2), "source": np.repeat(np.arange(2), own.size), "value": values}
    m = cs.ClaimMatrix(reports, kind="interval")
    start = time.process_time()
    alpha = m.agreement("krippendorff_alpha").value("krippendorff_alpha")
    return f"Interval alpha of 10^6 distinct reals (500,000 facts, two sources) is {alpha:.4f} and takes {time.process_time() - start:.2f} s CPU."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--irrcac", metavar="PYTHON", help="a Python that has irrCAC")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    parser.add_argument("--large", action="store_true", help="up to 10^8 ratings (10 GB)")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(json.loads(options.case))))
        return
    lines = peers_table([(5, 1_000), (20, 10_000), (50, 100_000), (200, 100_000)], options.irrcac)
    lines += ["", *scaling_table([10**5, 10**6, 10**7, *([10**8] if options.large else [])])]
    lines += ["", *numbers_table(50, 100_000), "", reals(), "", versions(options.irrcac)]
    print("\n".join(lines[-3:]))
    if options.write:
        write_between(PAGE, "agreement", lines)


if __name__ == "__main__":
    main()

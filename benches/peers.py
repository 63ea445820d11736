"""Time and memory against other packages, in one run: `make bench`, or `python benches/peers.py --help`.

Each case runs in a process of its own. Inputs are made first, from a fixed seed; then CPU time (user and system), wall time and the peak of
memory beyond the inputs are measured. Agreement must come out the same here and in polars, else the run fails.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SEED = 20241024
N_SOURCES = 1000
N_VALUES = 4
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
CODINGS = {
    "dense": "integers, dense",
    "sparse": "integers, random 64-bit",
    "string": "strings",
}


def inputs(n_reports: int, coding: str) -> dict[str, np.ndarray]:
    """Reports in random order: 1 to 9 a fact, 5 on average, each from another source; 7 in 10 give the fact's own value."""
    rng = np.random.default_rng(SEED)
    n_facts = n_reports // 5
    counts = 1 + rng.binomial(8, 0.5, n_facts)
    fact = np.repeat(np.arange(n_facts), counts)[:n_reports]
    place = np.arange(len(fact)) - (np.cumsum(counts) - counts)[fact]
    source = (rng.integers(0, N_SOURCES, n_facts)[fact] + 111 * place + rng.integers(0, 111, len(fact))) % N_SOURCES
    own = rng.integers(0, N_VALUES, n_facts)[fact]
    value = np.where(rng.random(len(fact)) < 0.7, own, rng.integers(0, N_VALUES, len(fact)))
    order = rng.permutation(len(fact))
    columns = {"fact": fact[order], "source": source[order], "value": value[order]}
    if coding == "sparse":
        for name, count in (("fact", n_facts), ("source", N_SOURCES)):
            columns[name] = rng.integers(0, 2**63, count)[columns[name]]
    return columns


def frame(n_reports: int, coding: str):
    """The inputs as a polars frame; strings look like `fact-000012`."""
    import polars as pl

    df = pl.DataFrame(inputs(n_reports, coding))
    if coding == "string":
        width = len(str(n_reports))
        df = df.select(
            pl.format("fact-{}", pl.col("fact").cast(pl.String).str.zfill(width)).alias("fact"),
            pl.format("source-{}", "source").alias("source"),
            pl.col("value").replace_strict(range(N_VALUES), ["red", "green", "blue", "yellow"]),
        )
    return df.rechunk()


def ours(df):
    """Builds the matrix and scores every fact, then reads the columns most users read."""
    import consilience as cs

    matrix = cs.ClaimMatrix(df, fact="fact", source="source", value="value", kind="nominal")
    scores = matrix.score()
    table = scores.to_polars(["agreement", "agreement_low", "agreement_high", "status", "leading_value"])
    return matrix, scores, table


def polars(df):
    """The same agreement and the most frequent value by group-bys."""
    import polars as pl

    count = pl.col("len").cast(pl.Int64)
    table = (
        df.lazy()
        .group_by("fact", "value")
        .len()
        .group_by("fact")
        .agg(
            n=count.sum(),
            pairs=(count * (count - 1)).sum(),
            leading_value=pl.col("value").get(pl.col("len").arg_max()),
        )
        .select(
            "fact",
            "leading_value",
            agreement=pl.when(pl.col("n") > 1).then(pl.col("pairs") / (pl.col("n") * (pl.col("n") - 1))),
        )
        .collect()
    )
    return table


def crowdkit(df):
    """The majority label, nothing else."""
    from crowdkit.aggregation import MajorityVote

    return MajorityVote().fit_predict(df)


def memory(field: str) -> int:
    """Bytes of memory: VmRSS now, VmHWM at the peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(package: str, n_reports: int, coding: str) -> dict:
    """One case, in this process."""
    df = frame(n_reports, coding)
    n_reports = len(df)
    small = frame(1000, coding)  # imports and start-up are not what is measured
    if package == "crowd-kit":
        names = {"fact": "task", "source": "worker", "value": "label"}
        df, small = (d.rename(names).to_pandas() for d in (df, small))
    run = {"consilience": ours, "polars": polars, "crowd-kit": crowdkit}[package]
    run(small)
    gc.collect()
    on_linux = sys.platform == "linux"
    if on_linux:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = memory("VmRSS") if on_linux else 0
    cpu_before, wall_before = cpu(), time.perf_counter()
    result = run(df)
    found = {"reports": n_reports, "cpu": cpu() - cpu_before, "wall": time.perf_counter() - wall_before}
    if on_linux:
        found["peak"] = (memory("VmHWM") - before) / n_reports
    if package == "consilience":
        matrix, scores, table = result
        found["matrix"] = matrix.nbytes / n_reports
        found["result"] = table.estimated_size() / n_reports
        cpu_before = cpu()
        scores.to_polars()
        found["cpu_all_columns"] = cpu() - cpu_before
        found["check"] = [table["agreement"].sum(), table["agreement"].null_count()]
    if package == "polars":
        found["check"] = [result["agreement"].sum(), result["agreement"].null_count()]
    return found


def in_process(package: str, n_reports: int, coding: str, threads: int, times: int) -> dict:
    """The best of several runs of one case, each in a process of its own."""
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, "--case", package, str(n_reports), coding]
    runs = []
    for _ in range(times):
        output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        runs.append(json.loads(output.splitlines()[-1]))
    return min(runs, key=lambda run: run["cpu"])


def row(n_reports: int, coding: str, threads: int, peers: list[str], times: int) -> list[str]:
    """One line of the table."""
    case = (n_reports, coding, threads, times)
    mine = in_process("consilience", *case)
    cells = [
        CODINGS[coding],
        f"{mine['reports']:,}",
        str(threads),
        f"{mine['cpu']:.3g}",
        f"{mine['reports'] / mine['wall'] / 1e6:.1f}",
        f"+{mine['cpu_all_columns']:.2g}",
        f"{mine['peak'] - mine['result']:.0f}" if "peak" in mine else "",
        f"{mine['matrix']:.1f}",
    ]
    for peer in ("polars", "crowd-kit"):
        if peer not in peers:
            cells += ["", ""]
            continue
        theirs = in_process(peer, *case)
        cells += [f"{theirs['cpu']:.3g}", f"**{theirs['cpu'] / mine['cpu']:.1f}**"]
        if "check" in theirs:
            agree = (
                np.isclose(theirs["check"][0], mine["check"][0], rtol=1e-9) and theirs["check"][1] == mine["check"][1]
            )
            if not agree:
                raise SystemExit(
                    f"agreement differs from {peer} on {case}: {mine['check']} here, {theirs['check']} there"
                )
    return cells


HEAD = [
    "ids",
    "reports",
    "threads",
    "CPU s",
    "million reports/s",
    "all columns, CPU s",
    "peak bytes/report beyond input and result",
    "matrix bytes/report",
    "polars CPU s",
    "× ours",
    "crowd-kit CPU s",
    "× ours",
]


def write_between(page: Path, name: str, lines: list[str]) -> None:
    """Puts lines between the markers of this name."""
    text = page.read_text(encoding="utf-8")
    start = text.index("-->", text.index(f"<!-- {name}:")) + 3
    end = text.index("<!-- end -->", start)
    page.write_text(text[:start] + "\n" + "\n".join(lines) + "\n" + text[end:], encoding="utf-8")


def machine() -> str:
    """Processor, versions, date and command, for the lines below the table."""
    from importlib.metadata import version

    packages = ", ".join(
        f"{name} {version(name)}" for name in ("consilience", "polars", "crowd-kit", "pandas", "numpy")
    )
    processor = platform.processor() or platform.machine()
    if sys.platform == "linux":
        info = Path("/proc/cpuinfo").read_text()
        processor = info.partition("model name")[2].partition(":")[2].partition("\n")[0].strip() or processor
    command = " ".join([f"python benches/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    return (
        f"{os.cpu_count()} cores ({processor}), {platform.system()}, Python {platform.python_version()}, {packages}.\n"
        f"{datetime.date.today()}: `{command}`"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1e5, 1e6, 1e7], help="numbers of reports")
    parser.add_argument("--large", action="store_true", help="also 3e7 reports (about 12 GB of memory for the peers)")
    parser.add_argument("--codings", nargs="+", choices=CODINGS, default=list(CODINGS))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peers", nargs="*", choices=["polars", "crowd-kit"], default=["polars", "crowd-kit"])
    parser.add_argument("--times", type=int, default=3, help="runs of each case; the best counts")
    parser.add_argument(
        "--write",
        nargs="?",
        const="peers",
        choices=["peers", "crowd-kit", "scaling"],
        help=f"put the table there in {PAGE.name}",
    )
    parser.add_argument(
        "--case", nargs=3, metavar=("PACKAGE", "REPORTS", "CODING"), help="one case in this process, as JSON"
    )
    options = parser.parse_args()
    if options.case:
        package, n_reports, coding = options.case
        print(json.dumps(measure(package, int(n_reports), coding)))
        return

    # A table without peers has no columns for them.
    head = HEAD if options.peers else HEAD[:-4]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    print("\n".join(lines), flush=True)
    for coding in options.codings:
        for size in options.sizes + [3e7] * options.large:
            for threads in options.threads:
                peers = [p for p in options.peers if p != "crowd-kit" or threads == options.threads[0]]
                cells = row(int(size), coding, threads, peers, options.times)[: len(head)]
                lines.append("| " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
    lines += ["", *machine().splitlines()]
    print("\n".join(lines[-3:]))
    if options.write:
        write_between(PAGE, options.write, lines)


if __name__ == "__main__":
    main()

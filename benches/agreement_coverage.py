"""How often the intervals of coefficients of agreement contain the coefficient of a very large sample, by simulation.

`python benches/agreement_coverage.py` prints the table, `--write` puts it into docs/coverage.md. Five sources report on n facts, 20 % missing;
a source gives the fact's own value with the accuracy, else it guesses among all. All samples of a row are groups of one table, so each is
measured by the public interface. From a fixed seed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

import consilience as cs

sys.path.insert(0, str(Path(__file__).parent))
from peers import write_between

PAGE = Path(__file__).parent.parent / "docs" / "coverage.md"
N_SOURCES = 5
INTERVALS = ("augmented_jackknife", "jackknife", "analytic", "bootstrap", "bca")
#: Name, shares of the values among facts, accuracy of sources, metric of alpha, sizes of samples.
WORLDS = [
    ("three values, even; .7", (1 / 3,) * 3, 0.7, "nominal", (10, 20, 50)),
    (".90 .05 .05; .7", (0.9, 0.05, 0.05), 0.7, "nominal", (10, 20, 50, 200)),
    (".90 .05 .05; .9", (0.9, 0.05, 0.05), 0.9, "nominal", (10, 20, 50, 200)),
    ("two values, .95 .05; .9", (0.95, 0.05), 0.9, "nominal", (20, 50)),
    ("five grades, even; .6, ordinal", (0.2,) * 5, 0.6, "ordinal", (10, 20, 50)),
    ("five grades, .8 .1 .05 .03 .02; .8, interval", (0.8, 0.1, 0.05, 0.03, 0.02), 0.8, "interval", (10, 20, 50)),
]


def sample(rng: np.random.Generator, n: int, shares: tuple[float, ...], accuracy: float) -> dict[str, np.ndarray]:
    """Reports on n facts, in columns."""
    q = len(shares)
    own = rng.choice(q, n, p=shares)
    guess = rng.integers(0, q, (n, N_SOURCES))
    value = np.where(rng.random((n, N_SOURCES)) < accuracy, own[:, None], guess)
    fact, source = np.nonzero(rng.random((n, N_SOURCES)) >= 0.2)
    return {"fact": fact, "source": source, "value": value[fact, source]}


def kind_of(metric: str) -> str:
    return "nominal" if metric == "nominal" else "interval"


def truths(shares: tuple[float, ...], accuracy: float, metric: str, coefficients: list[str]) -> dict[str, float]:
    """Of 400,000 facts."""
    reports = sample(np.random.default_rng(1), 400_000, shares, accuracy)
    found = cs.agreement(reports, coefficients, kind=kind_of(metric), metric=metric, interval="analytic")
    return {name: found.value(name) for name in coefficients}


def coverage(world: tuple, n: int, replicates: int) -> dict[tuple[str, str], tuple[float, float, float]]:
    """By coefficient and interval: share of samples with a value whose interval holds the truth, median width, share without value."""
    _, shares, accuracy, metric, _ = world
    coefficients = ["krippendorff_alpha", *(["gwet_ac", "fleiss_kappa"] if metric == "nominal" else [])]
    truth = truths(shares, accuracy, metric, coefficients)
    # More facts than needed: some get no report at all, and a sample has n with any.
    reports = sample(np.random.default_rng(2), n * replicates, shares, accuracy)
    facts = {"fact": np.arange(n * replicates), "sample": np.repeat(np.arange(replicates), n)}
    with warnings.catch_warnings():
        # Facts without any report.
        warnings.simplefilter("ignore")
        m = cs.ClaimMatrix(reports, kind=kind_of(metric), facts=facts)
    categories = list(range(len(shares)))
    found: dict[tuple[str, str], tuple[float, float, float]] = {}
    for interval in INTERVALS:
        table = m.agreement(
            coefficients, by="sample", interval=interval, metric=metric, categories=categories, replicates=400
        ).to_pandas()
        for name in coefficients:
            rows = table[table.coefficient == name]
            there = rows[rows.value.notna()]
            held = (there.low <= truth[name]) & (truth[name] <= there.high)
            found[name, interval] = (held.mean(), (there.high - there.low).median(), 1 - len(there) / len(rows))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("--replicates", type=int, default=2000)
    options = parser.parse_args()
    head = ["values; accuracy", "coefficient", "n", *(name.replace("_", " ") for name in INTERVALS), "no value"]
    lines = ["| " + " | ".join(head) + " |", "| --- | --- |" + " ---: |" * (len(head) - 2)]
    print("\n".join(lines))
    for world in WORLDS:
        for n in world[-1]:
            found = coverage(world, n, options.replicates)
            for name in dict.fromkeys(name for name, _ in found):
                cells = [f"{held:.3f} ({width:.2f})" for held, width, _ in (found[name, i] for i in INTERVALS)]
                none = f"{found[name, INTERVALS[0]][2]:.1%}"
                lines.append("| " + " | ".join([world[0], name, str(n), *cells, none]) + " |")
                print(lines[-1], flush=True)
    if options.write:
        write_between(PAGE, "agreement", lines)


if __name__ == "__main__":
    main()

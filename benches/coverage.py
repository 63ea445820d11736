"""How often the intervals contain what they should: every possible sample scored, and weighted by its probability.

`python benches/coverage.py` prints the table, `--write` puts it into docs/coverage.md. Exact up to rounding: nothing is drawn at random.
"""

from __future__ import annotations

import argparse
import sys
from itertools import combinations
from math import lgamma
from pathlib import Path

import numpy as np

import consilience as cs

sys.path.insert(0, str(Path(__file__).parent))
from peers import write_between

PAGE = Path(__file__).parent.parent / "docs" / "coverage.md"
SIZES = (2, 3, 5, 10, 30)
#: Labels a, b, c, …; of nested ones b and d lie within a.
BROADER = {"b": "a", "d": "b"}

#: Name: (kind, shares of the labels in the population, whether they nest).
POPULATIONS = {
    "2 values, even": ("nominal", (0.5, 0.5), False),
    "3 values, even": ("nominal", (1 / 3,) * 3, False),
    "4 values, even": ("nominal", (0.25,) * 4, False),
    "5 values, even": ("nominal", (0.2,) * 5, False),
    "2 values, .9 .1": ("nominal", (0.9, 0.1), False),
    "2 values, .7 .3": ("nominal", (0.7, 0.3), False),
    "3 values, .8 .15 .05": ("nominal", (0.8, 0.15, 0.05), False),
    "3 values, .6 .3 .1": ("nominal", (0.6, 0.3, 0.1), False),
    "4 values, .7 .1 .1 .1": ("nominal", (0.7, 0.1, 0.1, 0.1), False),
    "5 values, .5 .2 .1 .1 .1": ("nominal", (0.5, 0.2, 0.1, 0.1, 0.1), False),
    "boolean, .5 .5": ("boolean", (0.5, 0.5), False),
    "boolean, .9 .1": ("boolean", (0.9, 0.1), False),
    "boolean, .7 .3": ("boolean", (0.7, 0.3), False),
    "nested: a .4, b in a .3, c .3": ("nominal", (0.4, 0.3, 0.3), True),
    "nested: a .2, b in a .2, c .6": ("nominal", (0.2, 0.2, 0.6), True),
    "nested: a .4, b in a .2, c .3, d in b .1": ("nominal", (0.4, 0.2, 0.3, 0.1), True),
}


def samples(n: int, k: int) -> np.ndarray:
    """Every way to spread n voices over k labels: one row each, counts in columns."""
    bars = np.array(list(combinations(range(n + k - 1), k - 1))).reshape(-1, k - 1)
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), n + k - 1)])
    return np.diff(edges, axis=1) - 1


def weights_between(labels: list[str], nested: bool) -> np.ndarray:
    """Agreement weight of each two labels."""

    def up(label: str) -> set[str]:
        return {label} | (up(BROADER[label]) if nested and label in BROADER else set())

    return np.array([[float(a in up(b) or b in up(a)) for b in labels] for a in labels])


def coverage(
    kind: str, shares: tuple[float, ...], nested: bool, n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """The chance that the interval of agreement, and that of the leading share, contains what it estimates."""
    labels = ["true", "false"] if kind == "boolean" else list("abcdefgh"[: len(shares)])
    p = np.array(shares)
    w = weights_between(labels, nested)
    counts = samples(n, len(p))
    logs = lgamma(n + 1) - np.vectorize(lgamma)(counts + 1).sum(axis=1) + counts @ np.log(p)
    probability = np.exp(logs)
    reports = {
        "fact": np.repeat(np.arange(len(counts)), n),
        "source": np.tile(np.arange(n), len(counts)),
        "value": np.array(labels)[np.concatenate([np.repeat(np.arange(len(p)), row) for row in counts])],
    }
    scores = cs.score(reports, kind=kind, broader=BROADER if nested else None, confidence=confidence)
    columns = {
        name: np.array(scores[name], float) for name in ("agreement_low", "agreement_high", "share_low", "share_high")
    }
    agreement = p @ w @ p
    held = (columns["agreement_low"] <= agreement + 1e-12) & (columns["agreement_high"] >= agreement - 1e-12)
    heads = [
        labels.index(str(positions[0]["value"]).lower() if kind == "boolean" else positions[0]["value"])
        for positions in scores["positions"]
    ]
    # The population's share of all that goes with the head of the leading position.
    share = np.array([p @ w[head] for head in heads])
    kept = (columns["share_low"] <= share + 1e-12) & (columns["share_high"] >= share - 1e-12)
    assert abs(probability.sum() - 1) < 1e-9
    return float(probability @ held), float(probability @ kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    options = parser.parse_args()
    head = ["population", *(f"agreement, n = {n}" for n in SIZES), *(f"share, n = {n}" for n in SIZES)]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for name, population in POPULATIONS.items():
        both = [coverage(*population, n) for n in SIZES]
        cells = [f"{a:.3f}" for a, _ in both] + [f"{s:.3f}" for _, s in both]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    print("\n".join(lines))
    if options.write:
        write_between(PAGE, "coverage", lines)


if __name__ == "__main__":
    main()

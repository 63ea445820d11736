"""What inferred probabilities and reliabilities are worth where the truth is known: simulated worlds, many times over.

`python benches/truth_coverage.py` prints the tables, `--write` puts them into docs/truth-coverage.md. Every draw has a fixed seed.
`--models glad` renews its rows alone, where nothing else can have changed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

import consilience as cs

sys.path.insert(0, str(Path(__file__).parent))
import itertools

from peers import write_between

PAGE = Path(__file__).parent.parent / "docs" / "truth-coverage.md"
#: The vote, the classic, and the default; once each.
MODELS = dict.fromkeys(["majority_vote", "dawid_skene", cs.simulate(20, 3).matrix.infer().model])
#: Those whose intervals of reliabilities come of a model of sources.
INTERVALS = dict.fromkeys(["one_coin", "dawid_skene", "mace", "ibcc", "glad", "ebcc", "bwa", *MODELS])
del INTERVALS["majority_vote"]

#: Worlds in which sources err independently, each with one accuracy.
HOLDS = {
    "200 facts, 10 sources, 2 values, all report": {"n_facts": 200, "n_sources": 10, "values": 2, "accuracy": (8, 3)},
    "200 facts, 10 sources, 4 values, all report": {"n_facts": 200, "n_sources": 10, "values": 4, "accuracy": (6, 4)},
    "500 facts, 20 sources, 4 values, 5 a fact": {
        "n_facts": 500,
        "n_sources": 20,
        "values": 4,
        "accuracy": (6, 4),
        "reports_per_fact": 5,
    },
    "500 facts, 20 sources, 4 values, 3 a fact": {
        "n_facts": 500,
        "n_sources": 20,
        "values": 4,
        "accuracy": (6, 4),
        "reports_per_fact": 3,
    },
    "1000 facts, 50 sources, 2 values, 5 a fact": {
        "n_facts": 1000,
        "n_sources": 50,
        "values": 2,
        "accuracy": (8, 3),
        "reports_per_fact": 5,
    },
    "1000 facts, 100 sources, 8 values, 4 a fact": {
        "n_facts": 1000,
        "n_sources": 100,
        "values": 8,
        "accuracy": (4, 3),
        "reports_per_fact": 4,
    },
    "600 facts, 40 sources, 4 values, 4 a fact, unequal": {
        "n_facts": 600,
        "n_sources": 40,
        "values": 4,
        "accuracy": (6, 4),
        "reports_per_fact": 4,
        "density": [1.0] * 14 + [0.3] * 13 + [0.1] * 13,
    },
}

_SPAM = [1.0] + [0.011] * 9
#: Worlds in which an assumption fails.
FAILS = {
    "as assumed: 500 facts, 10 sources, 4 values": {"n_facts": 500, "n_sources": 10, "accuracy": (6, 4)},
    "4 of 10 sources copy another (rate 0.8)": {
        "n_facts": 500,
        "n_sources": 10,
        "accuracy": (6, 4),
        "copying": 0.4,
        "copy_rate": 0.8,
    },
    "8 of 10 sources copy another (rate 0.9)": {
        "n_facts": 500,
        "n_sources": 10,
        "accuracy": (6, 4),
        "copying": 0.8,
        "copy_rate": 0.9,
    },
    "3 of 10 sources are adversaries (right 0.05)": {
        "n_facts": 500,
        "n_sources": 10,
        "accuracy": [0.8] * 7 + [0.05] * 3,
    },
    "6 of 10 sources are adversaries (right 0.05)": {
        "n_facts": 500,
        "n_sources": 10,
        "accuracy": [0.8] * 4 + [0.05] * 6,
    },
    "one spammer (right 0.25) with 90 % of the reports": {
        "n_facts": 500,
        "n_sources": 10,
        "accuracy": [0.25] + [0.8] * 9,
        "density": _SPAM,
    },
    "hard facts: sources guess on 30 %": {"n_facts": 500, "n_sources": 10, "accuracy": (6, 4), "difficulty": 0.3},
}

#: The quantiles of the posterior at which its ends are read.
CONFIDENCES = (0.95, 0.8, 0.5)
EDGES = (0.0, 0.025, 0.1, 0.25, 0.75, 0.9, 0.975, 1.0)


def infer(simulation: cs.Simulation, model: str, **options: object) -> cs.Truth:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ConsilienceWarning)
        return simulation.matrix.infer(model, **options)


def expected(simulation: cs.Simulation) -> dict[str, float]:
    """How often the reports of each source are right: its own answers, guesses on hard facts, and what it copies."""
    options = simulation.metadata["simulation"]
    sources = simulation.sources.to_dict()
    hard, k = options["difficulty"], len(options["values"])
    own = {s: a * (1 - hard) + hard / k for s, a in zip(sources["source"], sources["accuracy"], strict=True)}
    rate = options["copy_rate"]
    return {
        s: own[s] if other is None else rate * own[other] + (1 - rate) * own[s]
        for s, other in zip(sources["source"], sources["copies"], strict=True)
    }


def ranks(world: dict[str, object], model: str, n: int) -> tuple[np.ndarray, float]:
    """Where true accuracies fall among the posterior's quantiles: counts by draw and bin of EDGES, and the mean width of 95 %.

    Simulation-based calibration (Talts et al. 2018, arXiv:1804.06788): accuracies are drawn from a Beta distribution, reports from
    these. Where the posterior is right, each bin holds as many as it is wide.
    """
    counts, widths = [], []
    for seed in range(n):
        simulation = cs.simulate(**world, seed=seed)
        known = expected(simulation)
        ends = []
        for confidence in CONFIDENCES:
            sources = infer(simulation, model, confidence=confidence).sources
            ends.append((sources["low"], sources["high"]))
        accuracy = np.array([known[s] for s in sources["source"]])
        cuts = [np.array(low, float) for low, _ in ends] + [np.array(high, float) for _, high in reversed(ends)]
        counts.append(np.bincount((accuracy[None] > np.array(cuts)).sum(0), minlength=len(EDGES) - 1))
        widths.append(np.mean(np.array(ends[0][1]) - np.array(ends[0][0])))
    return np.array(counts), float(np.mean(widths))


def kept(table: str, models: list[str] | None) -> dict[tuple[str, str], str]:
    """The rows that the page has of other models than these, by world and model; none where all are wanted."""
    if not models:
        return {}
    text = PAGE.read_text(encoding="utf-8").split(f"<!-- {table}:")[1].split("<!-- end -->")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    by_cell = {tuple(line[2:].split(" | ")[:2]): line for line in rows}
    return {cell: line for cell, line in by_cell.items() if cell[1] not in models}


def reliabilities(n: int, models: list[str] | None = None) -> list[str]:
    others = kept("reliabilities", models)
    bins = [f"{100 * a:g}–{100 * b:g} %" for a, b in itertools.pairwise(EDGES)]
    due = np.diff(EDGES)
    lines = [
        "| world | model | coverage of 95 % | SE | mean width | " + " | ".join(bins) + " | χ² |",
        "| --- | --- |" + " ---: |" * (4 + len(bins)),
        "| *where all is well* | | 0.950 | | | " + " | ".join(f"{x:.3f}" for x in due) + " | 6.0 |",
    ]
    for name, world in HOLDS.items():
        for model in INTERVALS:
            if (name, model) in others:
                lines.append(others[name, model])
                continue
            by_draw, width = ranks(world, model, n)
            counts = by_draw.sum(0)
            shares = counts / counts.sum()
            chi = float(((shares - due) ** 2 / due).sum() * counts.sum())
            held = by_draw[:, 1:-1].sum(1) / by_draw.sum(1)
            # Sources of one draw share its facts: the error is that of the draws.
            error = float(held.std(ddof=1) / np.sqrt(n))
            cells = [f"{held.mean():.3f}", f"{error:.3f}", f"{width:.3f}", *(f"{s:.3f}" for s in shares), f"{chi:.1f}"]
            lines.append(f"| {name} | {model} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    return lines


def facts(table: str, worlds: dict[str, dict[str, object]], n: int, models: list[str] | None = None) -> list[str]:
    """Accuracy, log-loss and calibration of the answers, and coverage of reliabilities."""
    others = kept(table, models)
    lines = [
        "| world | model | accuracy | log-loss | Brier | ECE | said 0.9–1: right | coverage of 95 % |",
        "| --- | --- |" + " ---: |" * 6,
    ]
    for name, world in worlds.items():
        for model in MODELS:
            if (name, model) in others:
                lines.append(others[name, model])
                continue
            figures, sure, held = [], [], []
            for seed in range(n):
                simulation = cs.simulate(**world, seed=seed)
                truth = infer(simulation, model)
                e = cs.evaluate(truth, simulation.truth)
                figures.append([e[c][0] for c in ("accuracy", "log_loss_claimed", "brier", "ece")])
                top = e.reliability.to_dict()
                sure.append((top["n"][-1], (top["accuracy"][-1] or 0.0) * top["n"][-1]))
                known = expected(simulation)
                s = truth.sources.to_dict()
                held += [low <= known[k] <= high for k, low, high in zip(s["source"], s["low"], s["high"], strict=True)]
            mean = np.mean(figures, 0)
            all_sure, right = np.sum(sure, 0)
            said = f"{right / all_sure:.3f}" if all_sure else "–"
            cells = [*(f"{x:.3f}" for x in mean), said, f"{np.mean(held):.3f}"]
            lines.append(f"| {name} | {model} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    parser.add_argument("--worlds", type=int, default=100, metavar="N", help="draws of each world (100)")
    parser.add_argument("--models", nargs="+", choices=list(INTERVALS), help="only these; of others the page's rows")
    options = parser.parse_args()
    n, models = options.worlds, options.models
    tables = {
        "reliabilities": reliabilities(n, models),
        "holds": facts("holds", HOLDS, n, models),
        "fails": facts("fails", FAILS, n, models),
    }
    if options.write:
        for name, lines in tables.items():
            write_between(PAGE, name, lines)


if __name__ == "__main__":
    main()

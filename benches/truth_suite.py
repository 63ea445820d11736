"""Every truth model on real reports with known truths: who is right how often, and who knows how sure to be.

`python benches/truth_suite.py --data FOLDER` prints the tables, `--write` puts them into docs/truth-suite.md, `--csv FILE` keeps every
figure, and takes those of models that are not run now (`--models`) from an earlier run. FOLDER holds one folder a set: `claims.csv.gz` (fact, source, value), `truth.csv.gz` (fact, value), perhaps `hierarchy.csv.gz`
(value, parent) and `INFO.json` (kind). Truths are read to score, never to infer.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import gzip
import json
import os
import platform
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import consilience as cs

sys.path.insert(0, str(Path(__file__).parent))
from peers import write_between

PAGE = Path(__file__).parent.parent / "docs" / "truth-suite.md"
#: Sets that share facts or reports are no independent evidence.
FAMILIES = {"sp_amt": "sp", "zc_in": "zc_all", "zc_us": "zc_all", "s_rel": "trec", "flights_min": "flights"}
BINS = 15
LEAST = 1e-6
MEASURES = ("accuracy", "log_loss", "log_loss_all", "brier", "ece")


@dataclass
class Data:
    """A set of reports with its truths."""

    name: str
    matrix: cs.ClaimMatrix
    truth: dict[str, str]
    number: bool
    sets: bool = False


@dataclass
class Outcome:
    """What one model did on one set: figures, and accuracy and log-loss by fact."""

    form: str
    seconds: float
    figures: dict[str, float] = field(default_factory=dict)
    right: np.ndarray | None = None
    loss: np.ndarray | None = None


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def canonical(value: str, sets: bool) -> str:
    """A list in the order in which the matrix names it."""
    return ";".join(sorted({part.strip() for part in value.split(";")} - {""})) if sets else value


def forest(rows: list[dict[str, str]]) -> dict[str, str]:
    """Value to broader value; a row that would close a circle is left out."""
    broader: dict[str, str] = {}
    for row in rows:
        up = row["parent"]
        while up and up != row["value"]:
            up = broader.get(up, "")
        if row["parent"] and not up:
            broader[row["value"]] = row["parent"]
    return broader


def load(folder: Path) -> Data:
    """The set in a folder: values nest where there is a hierarchy, or where a fifth of them are lists."""
    claims, truth = read(folder, "claims"), read(folder, "truth")
    kind = json.loads((folder / "INFO.json").read_text())["kind"] if (folder / "INFO.json").exists() else "nominal"
    values = {row["value"] for row in claims}
    sets = kind != "numeric" and sum(";" in v for v in values) > 0.2 * len(values)
    broader = None
    if (folder / "hierarchy.csv.gz").exists():
        broader = forest(read(folder, "hierarchy"))
    columns: dict[str, list] = {n: [row[n] for row in claims] for n in ("fact", "source", "value")}
    if kind == "numeric":
        columns["value"] = [float(v) for v in columns["value"]]
    word = "interval" if kind == "numeric" else "set" if sets else "nominal"
    matrix = cs.ClaimMatrix(columns, kind=word, broader=broader)
    known = {row["fact"]: canonical(row["value"], sets) for row in truth}
    return Data(folder.name, matrix, known, kind == "numeric", sets)


def run(data: Data, model: str) -> Outcome | None:
    """One model on one set; None where it cannot use these reports."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        try:
            truth = data.matrix.infer(model)
        except cs.ConsilienceError:
            return None
        outcome = Outcome(truth.metadata["truth"]["form"], time.process_time() - start)
        (score_numbers if data.number else score_claims)(data, truth, outcome)
    return outcome


def score_numbers(data: Data, truth: cs.truth.Truth, outcome: Outcome) -> None:
    """How far the numbers are off."""
    facts = truth.facts.to_dict()
    pairs = [(v, data.truth[f]) for f, v in zip(facts["fact"], facts["value"], strict=True) if f in data.truth]
    off = np.array([float(v) - float(t) for v, t in pairs if v is not None])
    outcome.figures = {"mae": float(np.abs(off).mean()), "rmse": float(np.sqrt((off**2).mean()))}


def score_claims(data: Data, truth: cs.truth.Truth, outcome: Outcome) -> None:
    """Scores claims against the truth.

    Accuracy shares ties, and counts a truth that nobody claims as an error. The others are over the fact's claimed values, truths that
    nobody claims left out, but for `log_loss_all`: there such a truth has the probability `p_unclaimed`.
    """
    claims, facts = truth.claims.to_dict(), truth.facts.to_dict()
    place = {f: i for i, f in enumerate(facts["fact"])}
    fact = np.array([place[f] for f in claims["fact"]])
    p = np.array([np.nan if x is None else x for x in claims["probability"]]).clip(0)
    p = np.where(np.isnan(p), 0, p)
    n = len(place)
    total = np.bincount(fact, p, n)
    count = np.bincount(fact, minlength=n)
    share = np.where(total[fact] > 0, p / np.where(total > 0, total, 1)[fact], 1 / count[fact])
    top = np.zeros(n)
    np.maximum.at(top, fact, share)
    tied = share >= top[fact] - 1e-9
    ties = np.bincount(fact, tied, n)
    squares = np.bincount(fact, share**2, n)
    wanted = {place[f]: v for f, v in data.truth.items() if f in place and count[place[f]] > 0}
    hit = {
        i: k
        for k, (i, claim) in enumerate(zip(fact, claims["claim"], strict=True))
        if wanted.get(i) == canonical(str(claim), data.sets)
    }
    order = np.array(sorted(wanted))
    known = np.array([i in hit for i in order])
    at = np.array([hit.get(i, 0) for i in order])
    right = np.where(known, tied[at] / ties[order], 0.0)
    loss = np.where(known, -np.log(share[at].clip(LEAST, 1)), np.nan)
    unclaimed = np.array([0.0 if x is None else x for x in facts["p_unclaimed"]])[order]
    whole = np.maximum(total[order] + unclaimed, 1e-300)
    said = np.where(known, np.where(total[order] > 0, p[at], share[at] * (1 - unclaimed)), unclaimed) / np.where(
        total[order] > 0, whole, 1
    )
    confidence = top[order][known]
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs((confidence - right[known])[bins == b].sum()) for b in range(BINS)]
    outcome.right, outcome.loss = right, loss
    outcome.figures = {
        "accuracy": right.mean(),
        "log_loss": np.nanmean(loss),
        "log_loss_all": -np.log(said.clip(LEAST, 1)).mean(),
        "brier": np.mean((squares[order] - 2 * share[at] + 1)[known]),
        "ece": sum(gaps) / max(known.sum(), 1),
        "p_unclaimed": unclaimed.mean(),
        "never": (~known).mean(),
    }


def ranks(values: np.ndarray) -> np.ndarray:
    """Mean rank over sets (columns) of each model (rows), the smallest first, ties shared."""
    less = (values[:, None, :] > values[None, :, :] + 1e-12).sum(1)
    equal = (np.abs(values[:, None, :] - values[None, :, :]) <= 1e-12).sum(1)
    return (1 + less + (equal - 1) / 2).mean(1)


def summary(outcomes: dict[tuple[str, str], Outcome], sets: list[str]) -> list[list[str]]:
    """A row a model that has figures for all these sets, the best log-loss first."""
    models = list(dict.fromkeys(m for _, m in outcomes))
    models = [m for m in models if all((s, m) in outcomes for s in sets)]
    family = np.array([FAMILIES.get(s, s) for s in sets])
    table = {q: np.array([[outcomes[s, m].figures[q] for s in sets] for m in models]) for q in MEASURES}
    rank_accuracy, rank_loss = ranks(-table["accuracy"]), ranks(table["log_loss"])
    rows = []
    for i in np.argsort(table["log_loss"].mean(1)):
        by_family = [
            np.mean([table[q][i][family == g].mean() for g in dict.fromkeys(family)]) for q in ("accuracy", "log_loss")
        ]
        seconds = np.mean([outcomes[s, models[i]].seconds for s in sets])
        cells = [*(f"{table[q][i].mean():.4f}" for q in MEASURES), *(f"{x:.4f}" for x in by_family)]
        rows.append([models[i], *cells, f"{rank_accuracy[i]:.1f}", f"{rank_loss[i]:.1f}", f"{seconds:.3f}"])
    return rows


def leads(outcomes: dict[tuple[str, str], Outcome], sets: list[str], model: str) -> str:
    """By how much one model leads all others in the means, whichever family of sets is left out of them; below 0 it does not lead."""
    others = {m for _, m in outcomes if m != model and all((s, m) in outcomes for s in sets)}
    families = {s: FAMILIES.get(s, s) for s in sets}

    def lead(figure: str, sign: int) -> float:
        def mean(name: str, left_out: str) -> float:
            return sign * float(np.mean([outcomes[s, name].figures[figure] for s in sets if families[s] != left_out]))

        return min(mean(model, g) - max(mean(m, g) for m in others) for g in set(families.values()))

    return (
        f"Whichever family of sets is left out, {model} leads every other model of this table by at least "
        f"{lead('accuracy', 1):.4f} in mean accuracy and {lead('log_loss', -1):.4f} in mean log-loss."
    )


def difference(a: np.ndarray, b: np.ndarray) -> str:
    """Mean paired difference with its standard error over facts."""
    d = (a - b)[~np.isnan(a - b)]
    return f"{d.mean():+.4f} ({d.std(ddof=1) / np.sqrt(len(d)):.4f})"


def by_set(outcomes: dict[tuple[str, str], Outcome], sets: list[str], model: str) -> list[list[str]]:
    """A row a set: one model beside the vote."""
    rows = []
    for s in sets:
        mine, vote = outcomes[s, model], outcomes[s, "majority_vote"]
        f = mine.figures
        rows.append(
            [
                s,
                mine.form,
                f"{f['accuracy']:.4f}",
                difference(mine.right, vote.right),
                f"{f['log_loss']:.4f}",
                difference(mine.loss, vote.loss),
                f"{f['log_loss_all']:.4f}",
                f"{f['ece']:.3f}",
                f"{f['p_unclaimed']:.3f}",
                f"{f['never']:.3f}",
                f"{mine.seconds:.3f}",
            ]
        )
    return rows


def markdown(head: list[str], rows: list[list[str]], words: int = 1) -> str:
    """A table whose first columns are words."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def machine() -> str:
    """What it ran on."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def page(outcomes: dict[tuple[str, str], Outcome], data: list[Data], default: str) -> list[str]:
    """All tables, as lines."""
    head = [
        "model",
        "accuracy",
        "log-loss",
        "log-loss, all truths",
        "Brier",
        "ECE",
        "accuracy by family",
        "log-loss by family",
    ]
    head += ["mean rank, accuracy", "mean rank, log-loss", "seconds"]
    labels = [d.name for d in data if not d.number]
    forms = {s: outcomes[s, default].form for s in labels}
    text = [
        f"{datetime.date.today().isoformat()}, {machine()}, consilience {cs.__version__}; seconds of CPU, mean over sets."
    ]
    for form, words in (("closed", "labels that facts share"), ("open", "values of each fact")):
        sets = [s for s in labels if forms[s] == form]
        if sets:
            text += [f"## {len(sets)} sets of {words}", markdown(head, summary(outcomes, sets))]
            if len(sets) > 1:
                text.append(leads(outcomes, sets, default))
        # Some models take two classes only.
        two = [s for s in sets if (s, "kos") in outcomes]
        if two and form == "closed":
            text += [f"## The {len(two)} of them with two labels, all models", markdown(head, summary(outcomes, two))]
    if labels:
        text += [f"## All {len(labels)} sets, models that take both", markdown(head, summary(outcomes, labels))]
        columns = [
            "set",
            "form",
            "accuracy",
            "minus vote (SE)",
            "log-loss",
            "minus vote (SE)",
            "log-loss, all truths",
            "ECE",
        ]
        columns += ["mean p_unclaimed", "truths never claimed", "seconds"]
        text += [f"## {default} set by set", markdown(columns, by_set(outcomes, labels, default), 2)]
    numbers = [
        [d.name, m, f"{o.figures['mae']:.3f}", f"{o.figures['rmse']:.3f}", f"{o.seconds:.3f}"]
        for d in data
        if d.number
        for (s, m), o in outcomes.items()
        if s == d.name
    ]
    if numbers:
        text += [
            "## Numbers",
            markdown(["set", "model", "mean error", "root mean square error", "seconds"], numbers, 2),
        ]
    return "\n\n".join(text).split("\n")


def kept(file: Path) -> dict[tuple[str, str], Outcome]:
    """The figures of an earlier run."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    with file.open(newline="") as rows:
        for row in csv.DictReader(rows):
            outcome = outcomes.setdefault((row["set"], row["model"]), Outcome(row["form"], 0.0))
            outcome.figures[row["figure"]] = float(row["value"])
    for outcome in outcomes.values():
        outcome.seconds = outcome.figures.pop("seconds")
    return outcomes


def main() -> None:
    """Runs it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="folder of sets")
    arguments.add_argument("--sets", nargs="*", help="only these")
    arguments.add_argument("--models", nargs="*", help="only these")
    arguments.add_argument("--write", action="store_true", help="put the tables into docs/truth-suite.md")
    arguments.add_argument("--csv", type=Path, help="keep every figure, beside those of other models")
    asked = arguments.parse_args()
    folders = sorted(f for f in asked.data.iterdir() if (f / "claims.csv.gz").exists())
    data = [load(f) for f in folders if not asked.sets or f.name in asked.sets]
    models = cs.truth.models().to_dict()
    takes = dict(zip(models["name"], models["takes"], strict=True))
    default = cs.infer({"fact": ["a"], "source": ["b"], "value": ["c"]}).model
    names = [m for m in models["name"] if not asked.models or m in {*asked.models, default, "majority_vote"}]
    outcomes: dict[tuple[str, str], Outcome] = {}
    for d in data:
        for m in names:
            if d.number == (takes[m] == "numbers"):
                outcome = run(d, m)
                if outcome is not None:
                    outcomes[d.name, m] = outcome
                    print(d.name, m, *(f"{k}={v:.4f}" for k, v in outcome.figures.items()), file=sys.stderr, flush=True)
    if asked.csv and asked.csv.exists():
        order = {m: i for i, m in enumerate(models["name"])}
        sets = {d.name for d in data}
        earlier = {k: o for k, o in kept(asked.csv).items() if k[0] in sets and k[1] in order}
        outcomes = dict(sorted((earlier | outcomes).items(), key=lambda item: order[item[0][1]]))
    text = page(outcomes, data, default)
    if asked.csv:
        with asked.csv.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["set", "model", "form", "figure", "value"])
            for (s, m), o in outcomes.items():
                writer.writerows([s, m, o.form, k, v] for k, v in {**o.figures, "seconds": o.seconds}.items())
    if asked.write:
        write_between(PAGE, "truth suite", text)
    else:
        print("\n".join(text))


if __name__ == "__main__":
    main()

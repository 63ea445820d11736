"""The library against the slow implementation of the same definitions (slow_scores.py), on random tables of every kind."""

import math
import random

import pytest
import slow_scores

import consilience as cs

LEVELS = ("source", "origin", "party")
NUMBERS = [0, 1, 2, 3, 10, 12, 12.5, 20, 100, 110, 120, 127, 0.3, 0.25, 0.35, -5]
DATES = [
    "2023",
    "2024",
    "2024-07",
    "2024-08",
    "2024-08-05",
    "2024-08-06",
    "2024-08-31",
    "2024-09-01",
    "2024-08-05/2024-08-09",
]
BROADER = {"oak": "tree", "fir": "tree", "tree": "plant", "moss": "plant", "cat": "animal"}
ORDER = ["none", "low", "middle", "high"]
COMPARISONS = ["at_least", "more_than", "at_most", "less_than"]

VALUES = {
    "nominal": ["oak", "fir", "tree", "plant", "cat", "animal", "stone"],
    "ordinal": ORDER,
    "interval": NUMBERS,
    "ratio": NUMBERS,
    "circular": [0, 1, 2, 6, 11.5, 12, 13, 18, 22, 23.5],
    "boolean": ["true", "false", "Yes", "0"],
    "date": DATES,
    "set": ["a", "a;b", "b; c", "a;b;c", "d", "b;a"],
    "text": ["some words", "other words"],
}
QUALIFIERS = {
    "nominal": ["possible", "vague"],
    "ordinal": [*COMPARISONS, "possible", "about"],
    "interval": [*COMPARISONS, "about", "possible", "vague"],
    "ratio": [*COMPARISONS, "about", "possible", "vague"],
    "circular": ["about", "possible"],
    "boolean": ["possible", "vague"],
    "date": [*COMPARISONS, "about", "possible", "vague"],
    "set": ["possible", "vague"],
    "text": ["possible"],
}
RANGED = {"interval", "ratio", "circular", "date", "ordinal"}


def random_reports(rng, kind, fact, *, forms, names, numbers):
    """Reports of one fact, from a few sources and values so that they meet."""
    values = rng.sample(VALUES[kind], rng.randint(1, min(4, len(VALUES[kind]))))
    reports = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13])):
        report = {
            "fact": fact,
            "source": f"s{rng.randint(1, 6)}",
            "value": str(rng.choice(values)),
            "qualifier": "exact",
        }
        report |= {"stance": "asserts", "low": None, "high": None, "origin": None, "weight": 1.0, "std_error": None}
        if forms and rng.random() < 0.4:
            report["qualifier"] = rng.choice(QUALIFIERS[kind])
        if forms and rng.random() < 0.25:
            report["stance"] = rng.choice(["denies", "neither"])
        if forms and kind in RANGED and rng.random() < 0.15:
            ends = [str(v) for v in sorted(rng.choices(VALUES[kind], k=2), key=VALUES[kind].index)]
            if kind in ("interval", "ratio"):
                ends.sort(key=float)
            if kind == "date":
                ends = [rng.choice(["2023", "2024-07"]), rng.choice(["2024-08", "2024-09-01"])]
            report["low"], report["high"] = ends
            if kind != "circular" and rng.random() < 0.3:
                report[rng.choice(["low", "high"])] = None
            report["qualifier"] = rng.choice(["exact", "within"])
        if names and rng.random() < 0.6:
            report["origin"] = rng.choice(["ministry", "agency", "s1", "s2", "unnamed", "army"])
        if numbers:
            report["weight"] = rng.choice([0.0, 0.5, 1.0, 1.0, 2.0])
            if kind in ("interval", "ratio") and rng.random() < 0.5:
                report["std_error"] = rng.choice([0.5, 1.0, 5.0])
        reports.append(report)
    return reports


PARTIES = {"ministry": "state", "army": "state", "s1": "press"}


def compare(kind, facts, options, *, names):
    """Scores of all facts at every level, from both."""
    reports = [r for rs in facts.values() for r in rs]
    columns = {name: [r[name] for r in reports] for name in reports[0]}
    if names:
        columns["party"] = [PARTIES.get(r["origin"] or r["source"]) for r in reports]
    else:
        del columns["origin"]
    for optional in ("low", "high", "std_error"):
        if all(v is None for v in columns[optional]):
            del columns[optional]
    given = {k: options[k] for k in ("broader", "order", "period", "tolerance", "about") if options.get(k) is not None}
    matrix = cs.ClaimMatrix(columns, kind=kind, **given)
    slow_options = options | {"has_std_error": "std_error" in columns}
    slow = {f: [{**r, "std_error": r["std_error"] or 0.0} for r in rs] for f, rs in facts.items()}
    for level in LEVELS if names else LEVELS[:1]:
        rows = matrix.score(independence=level).to_dict()
        scored = [
            slow_scores.score_fact(slow[fact], kind, slow_options, level, party_of=PARTIES if names else {})
            for fact in rows["fact"]
        ]
        slow_scores.share_disagreement(scored)
        for i, (fact, expected) in enumerate(zip(rows["fact"], scored, strict=True)):
            found = {name: rows[name][i] for name in expected}
            positions = found["positions"]
            found["positions"] = [(str(p["value"]), p["mass"]) for p in positions]
            for name, wanted in expected.items():
                where = f"{kind}, {level}, {name} of {slow[fact]}: {found[name]!r} instead of {wanted!r}"
                if isinstance(wanted, float) and found[name] is not None:
                    tolerance = 1e-7 if name == "lead_probability" else 1e-8
                    assert math.isclose(found[name], wanted, rel_tol=0, abs_tol=tolerance), where
                elif name == "positions" and wanted:
                    assert [p[0] for p in found[name]] == [p[0] for p in wanted], where
                    assert [p[1] for p in found[name]] == pytest.approx([p[1] for p in wanted], abs=1e-9), where
                else:
                    assert found[name] == wanted, where


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("table", ["plain", "forms", "origins", "all"])
def test_random_tables_score_as_defined(kind, table):
    rng = random.Random(f"{kind} {table}")
    forms, names, numbers = table in ("forms", "all"), table in ("origins", "all"), table == "all"
    facts = {f"f{i}": random_reports(rng, kind, f"f{i}", forms=forms, names=names, numbers=numbers) for i in range(60)}
    options = {"nominal": {"broader": BROADER}, "ordinal": {"order": ORDER}, "circular": {"period": 24.0}}.get(kind, {})
    compare(kind, facts, options, names=names)


@pytest.mark.parametrize("kind", ["interval", "circular", "ordinal"])
@pytest.mark.parametrize(
    "options", [{"tolerance": 2}, {"about": "exact"}, {"about": 0.5}, {"tolerance": 0.5, "about": "exact"}]
)
def test_options_mean_what_they_say(kind, options):
    rng = random.Random(f"{kind} {options}")
    facts = {f"f{i}": random_reports(rng, kind, f"f{i}", forms=True, names=False, numbers=False) for i in range(40)}
    options = options | {"ordinal": {"order": ORDER}, "circular": {"period": 24.0}}.get(kind, {})
    if kind == "circular" and options["about"] == 0.5 if "about" in options else False:
        facts = {f: [r for r in rs if float(r["value"]) in (0, 2, 6, 12, 18, 22)] or rs[:0] for f, rs in facts.items()}
        facts = {f: rs for f, rs in facts.items() if rs}
    compare(kind, facts, options, names=False)


def test_plain_counts_take_the_short_way_to_the_same_scores():
    """Facts of plain labels are scored from counts alone: the same as looked at closely."""
    rng = random.Random(1)
    facts = {}
    for i in range(80):
        n = rng.choice([1, 2, 3, 4, 9, 30, 300])
        labels = rng.choices("abcdefghijkl", weights=[2.0**-k for k in range(12)], k=n)
        facts[f"f{i}"] = [
            {
                "fact": f"f{i}",
                "source": f"s{j}",
                "value": v,
                "qualifier": "exact",
                "stance": "asserts",
                "low": None,
                "high": None,
            }
            | {"origin": None, "weight": 1.0, "std_error": 0.0}
            for j, v in enumerate(labels)
        ]
    for kind in ("nominal", "boolean"):
        if kind == "boolean":
            facts = {
                f: [{**r, "value": "true" if r["value"] in "ac" else "false"} for r in rs] for f, rs in facts.items()
            }
        reports = [r for rs in facts.values() for r in rs]
        short = cs.score({k: [r[k] for r in reports] for k in ("fact", "source", "value")}, kind=kind).to_dict()
        long = cs.score(
            {k: [r[k] for r in reports] for k in ("fact", "source", "value", "weight", "qualifier")}, kind=kind
        ).to_dict()
        for name, values in short.items():
            for mine, other in zip(values, long[name], strict=True):
                same = mine == other
                if isinstance(mine, float) and isinstance(other, float):
                    same = math.isclose(mine, other, abs_tol=1e-12)
                assert same, (name, mine, other)
        for i, fact in enumerate(short["fact"]):
            expected = slow_scores.score_fact(facts[fact], kind, {}, "source")
            for name in (
                "agreement",
                "agreement_low",
                "agreement_high",
                "share",
                "share_low",
                "share_high",
                "uncertainty",
            ):
                if expected[name] is None:
                    assert short[name][i] is None
                else:
                    assert short[name][i] == pytest.approx(expected[name], abs=1e-8), (name, fact)

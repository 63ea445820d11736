"""The default truth model at sizes and in forms that are easier to reach from Python."""

from __future__ import annotations

import numpy as np
import pytest

import consilience as cs


def world(n_facts, n_sources, per, classes, seed):
    """Labels of sources that are right with their own chance; also the truth and the chances."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n_facts)
    skill = np.clip(rng.normal(0.75, 0.12, n_sources), 0.35, 0.97)
    fact = np.repeat(np.arange(n_facts), per)
    source = ((rng.integers(0, n_sources, n_facts)[:, None] + np.arange(per)) % n_sources).ravel()
    right = rng.random(fact.size) < skill[source]
    other = (truth[fact] + rng.integers(1, classes, fact.size)) % classes
    value = np.where(right, truth[fact], other).astype(str)
    return {"fact": fact, "source": source, "value": value}, truth, skill


# With five sources many facts have the same reports.
@pytest.mark.parametrize(("n_facts", "n_sources", "per"), [(90_000, 300, 3), (9_000, 5, 5)])
def test_very_many_reports_give_the_same_in_any_order(n_facts, n_sources, per):
    table, truth, _ = world(n_facts, n_sources, per, 2, 3)
    order = np.random.default_rng(0).permutation(table["fact"].size)
    one = cs.infer(table)
    other = cs.infer({name: column[order] for name, column in table.items()})
    value, chance = (np.asarray(one.facts[name]) for name in ("value", "probability"))
    assert (value == truth.astype(str)).mean() > 0.85
    place = np.argsort(np.asarray(other.facts["fact"]))
    assert (np.asarray(other.facts["probability"])[place] == chance).all()


def test_whoever_asks_for_more_iterations_gets_more_over_very_many_reports_too():
    matrix = cs.ClaimMatrix(world(9_000, 40, 5, 4, 1)[0])
    made = {n: len(matrix.infer(max_iter=n, tol=0.0).trace.to_dict()["iteration"]) for n in (6, 60, 120)}
    assert made == {6: 13, 60: 67, 120: 132}


@pytest.mark.parametrize("seed", range(3))
def test_sources_that_share_an_error_make_it_less_sure(seed):
    """Who is right of whom is the same in both: there each wrong report errs in its own way, here all of a fact in one."""
    n_facts, n_sources, per, classes = 2_000, 50, 5, 4
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, (n_facts, 1))
    source = np.argsort(rng.random((n_facts, n_sources)), 1)[:, :per]
    hard = rng.random((n_facts, 1)) < 0.15
    right = rng.random((n_facts, per)) < np.where(hard, 0.4, 0.8)
    own = rng.integers(1, classes, (n_facts, per))
    sure = []
    for error in (own, own[:, :1]):
        value = np.where(right, truth, (truth + error) % classes)
        table = {
            "fact": np.repeat(np.arange(n_facts), per),
            "source": source.ravel(),
            "value": value.ravel().astype(str),
        }
        facts = cs.infer(table).facts
        agreed = right.all(1)[np.asarray(facts["fact"])]
        sure.append(np.asarray(facts["probability"])[agreed].mean())
    assert sure[1] < sure[0] - 0.01


def test_a_label_that_a_source_favours_says_less():
    """Seven of ten sources say a label of their own on seven of ten facts, whatever is true; without leans .52 of the answers are right."""
    n_sources, classes = 150, 5
    right = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        careful = 0.88 * np.eye(classes) + 0.12 / classes
        favoured = np.eye(classes)[rng.integers(0, classes, n_sources)][:, None]
        favours = 0.7 * (rng.random(n_sources) < 0.7)[:, None, None]
        confusion = (1 - favours) * careful + favours * favoured
        simulation = cs.simulate(300, n_sources, values=classes, confusion=confusion, reports_per_fact=3, seed=seed)
        right += cs.evaluate(simulation.matrix.infer(), simulation.truth)["accuracy"]
    # 2,400 facts: a standard error is .01.
    assert np.mean(right) > 0.65


def test_intervals_of_reliability_hold_what_they_promise():
    held = []
    for seed in range(8):
        table, _, skill = world(400, 25, 5, 3, seed)
        sources = cs.infer(table).sources.to_dict()
        s = np.array(sources["source"])
        held.append((np.array(sources["low"]) <= skill[s]) & (skill[s] <= np.array(sources["high"])))
    # 200 sources: two standard errors of .95 are .03.
    assert 0.9 <= np.concatenate(held).mean() <= 0.99


def test_dates_and_bounds_support_one_another():
    days = {
        "fact": ["when"] * 3 + ["then"] * 2,
        "source": ["a", "b", "c", "a", "b"],
        "value": ["2024-08", "2024-08", "2024-08-06", "2023", "2023"],
        "kind": ["date"] * 5,
    }
    truth = cs.infer(days)
    assert truth.facts["value"][0] == "2024-08-06"
    belief = dict(zip(truth.claims["claim"], truth.claims["belief"], strict=True))
    chance = dict(zip(truth.claims["claim"], truth.claims["probability"], strict=True))
    # The month is right where the day is.
    assert belief["2024-08"] == pytest.approx(chance["2024-08"] + chance["2024-08-06"])
    bounds = {
        "fact": ["n"] * 3,
        "source": ["a", "b", "c"],
        "value": ["3000", "12000", "500"],
        "qualifier": ["at_least", "exact", "exact"],
    }
    claims = cs.ClaimMatrix(bounds, kind="interval").infer().claims
    belief = dict(zip(claims["claim"], claims["belief"], strict=True))
    assert belief["at_least 3000"] > belief["12000"] > belief["500"]


def test_a_denial_speaks_against_what_it_denies():
    rows = [("x", "a", "1"), ("x", "b", "2"), ("y", "a", "3"), ("y", "b", "3"), ("x", "c", "1")]
    table = {n: [r[i] for r in rows] for i, n in enumerate(("fact", "source", "value"))}
    table["stance"] = ["asserts"] * 4 + ["denies"]
    truth = cs.ClaimMatrix(table, kind="nominal").infer()
    assert truth.facts["value"][0] == "2"
    why = truth.explain("x").data
    parts = sum(c["log_odds"] for c in why["contributions"]) + why["prior"] + why["rest"]
    assert parts == pytest.approx(why["log_odds"])


def test_reports_of_one_origin_are_one_voice():
    rows = [("x", s, "1", "agency") for s in "abcde"] + [
        ("x", "f", "2", "f"),
        ("x", "g", "2", "g"),
        ("y", "f", "3", "f"),
    ]
    table = {n: [r[i] for r in rows] for i, n in enumerate(("fact", "source", "value", "origin"))}
    assert cs.ClaimMatrix(table, kind="nominal").infer().facts["value"][0] == "2"
    assert cs.ClaimMatrix(table, kind="nominal").infer(independence="source").facts["value"][0] == "1"


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (lambda f: ["a", "b"] if f % 2 else ["b", "b"], "closed"),
        (lambda f: [f"a{f}", f"b{f}"], "open"),  # each fact has its own values
        (lambda f: [f"v{f}", f"v{(f + 1) % 12}"], "open"),  # shared, but with a vote or two a value
    ],
)
def test_values_that_facts_share_are_classes(values, form):
    rows = [(f"f{f}", f"s{s}", v) for f in range(12) for s, v in enumerate(values(f))]
    table = dict(zip(("fact", "source", "value"), map(list, zip(*rows, strict=True)), strict=True))
    found = cs.infer(table).metadata["truth"]
    assert (found["form"], found["max_iter"]) == (form, {"closed": 60, "open": 100}[form])


@pytest.mark.parametrize("share", [0.45, 0.49])
def test_the_larger_half_of_a_poll_wins_whatever_comes_first(share: float) -> None:
    # A product over so many votes, all of one side before those of the other, is beyond what a number holds.
    n = 2000
    few = round(share * n)
    source = [f"s{i}" for i in range(n + 6)]
    for larger, smaller in ("AB", "BA"):
        value = [smaller] * few + [larger] * (n - few) + list("AAABBB")
        reports = {"fact": ["poll"] * n + ["other"] * 6, "source": source, "value": value}
        result = cs.infer(reports, form="closed", kind="nominal")
        assert result.facts["value"][0] == larger
        assert result.facts["probability"][0] > 0.6
        known = cs.infer(reports, form="closed", kind="nominal", gold={"poll": smaller})
        assert known.facts["value"][0] == smaller
        # Who denies a known answer is not to be believed.
        right = dict(zip(known.sources["source"], known.sources["reliability"], strict=True))
        assert right["s0"] > right[f"s{n - 1}"]


@pytest.mark.parametrize("stance", ["neither", "denies"])
@pytest.mark.parametrize("n", [20, 9_000])
def test_facts_on_which_nobody_claims_anything_change_nothing(n: int, stance: str) -> None:
    table, *_ = world(n, 6, 4, 3, 1)
    table = {name: [*map(str, column)] for name, column in table.items()}
    some = cs.infer(table, form="closed", kind="nominal")
    silent = [f"silent {i}" for i in range(n // 2)]
    more = {
        "fact": table["fact"] + silent * 2,
        "source": table["source"] + ["0"] * len(silent) + ["1"] * len(silent),
        "value": table["value"] + ["0"] * 2 * len(silent),
        "stance": ["asserts"] * len(table["fact"]) + [stance] * 2 * len(silent),
    }
    all_ = cs.infer(more, form="closed", kind="nominal")
    found = dict(
        zip(zip(all_.claims["fact"], all_.claims["claim"], strict=True), all_.claims["probability"], strict=True)
    )
    for fact, claim, p in zip(some.claims["fact"], some.claims["claim"], some.claims["probability"], strict=True):
        assert found[fact, claim] == pytest.approx(p, abs=1e-9)
    assert all_.facts["value"][-1] is None

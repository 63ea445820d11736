"""Coefficients of agreement: against other packages where these are right, pinned where they are not, identities, bad input, results."""

import json
import math
import pickle
import warnings
from pathlib import Path

import krippendorff
import numpy as np
import pytest
import slow_agreement as slow
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

import consilience as cs

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent / "reference" / "agreement.json").read_text(encoding="utf-8"))[
        "cases"
    ]
}
ALL = cs.agreement_coefficients()["name"]
OF_LABELS = [name for name in ALL if name not in ("icc", "kendall_w", "lin_ccc")]
COMMON = [name for name in OF_LABELS if name not in ("cohen_kappa", "scott_pi")]
INTERVALS = ["augmented_jackknife", "jackknife", "analytic", "bootstrap", "bca", "sources"]
repeatable = settings(derandomize=True, deadline=None, max_examples=60)


def matrix(rows, kind="nominal", **options):
    """Sources by facts, None where there is no report."""
    reports = [(f, s, v) for f in range(len(rows[0])) for s, row in enumerate(rows) if (v := row[f]) is not None]
    fact, source, value = zip(*reports, strict=True)
    table = {"fact": list(fact), "source": list(source), "value": list(value)}
    return cs.ClaimMatrix(table, kind=kind, **options)


def value_of(rows, coefficient, kind="nominal", **options):
    return matrix(rows, kind).agreement(coefficient, **options).value(coefficient)


def tables(low=2, high=5, missing=True, q=4):
    cell = st.integers(1, q)
    cell = st.one_of(st.none(), cell, cell, cell) if missing else cell
    return st.integers(low, high).flatmap(
        lambda n: st.integers(3, 12).flatmap(
            lambda m: st.lists(st.lists(cell, min_size=m, max_size=m), min_size=n, max_size=n)
        )
    )


def as_array(rows):
    return np.array([[np.nan if v is None else v for v in row] for row in rows], float)


def close(a, b, tolerance=1e-9):
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


# Against other packages.


@repeatable
@given(tables(), st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_alpha_is_that_of_krippendorff(rows, metric):
    assume(any(v is not None for row in rows for v in row))
    mine = value_of(rows, "krippendorff_alpha", "interval", metric=metric)
    try:
        theirs = krippendorff.alpha(as_array(rows), level_of_measurement=metric)
    except ValueError:
        theirs = math.nan
    assert mine is None if math.isnan(theirs) else close(mine, theirs)


@repeatable
@given(tables(missing=False))
def test_fleiss_is_that_of_statsmodels_where_nothing_is_missing(rows):
    assume(len({v for row in rows for v in row}) > 1)
    theirs = fleiss_kappa(aggregate_raters(np.array(rows).T)[0])
    assert close(value_of(rows, "fleiss_kappa"), theirs)


@repeatable
@given(tables(low=2, high=2, missing=False), st.sampled_from([None, "linear", "quadratic"]))
def test_cohen_is_that_of_scikit_learn_and_statsmodels(rows, weights):
    labels = [1, 2, 3, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = cohen_kappa_score(*rows, labels=labels, weights=weights)
    found = matrix(rows).agreement("cohen_kappa", weights=weights, categories=labels, interval="analytic")
    if math.isnan(theirs):
        assert found.value("cohen_kappa") is None
        return
    assert close(found.value("cohen_kappa"), theirs)
    counts = np.zeros((4, 4))
    np.add.at(counts, (np.array(rows[0]) - 1, np.array(rows[1]) - 1), 1)
    if weights is None and found["std_error"][0] is not None:
        with np.errstate(invalid="ignore"):
            assert close(found["std_error"][0], np.nan_to_num(cohens_kappa(counts).std_kappa), 1e-7)


# Where other packages differ, and why. If a new version of theirs agrees with us, this says so.


def test_krippendorff_takes_the_label_nan_for_a_gap():
    rows = [["nan", "b", "nan", "b"], ["nan", "b", "nan", "a"]]
    assert krippendorff.alpha(np.array(rows), level_of_measurement="nominal") == pytest.approx(0)
    assert value_of(rows, "krippendorff_alpha") == pytest.approx(0.631578947368421)


def test_statsmodels_takes_a_gap_for_a_category():
    rows = CASES["gwet_raw4raters"]["data"]["raters_x_items"]
    theirs = fleiss_kappa(aggregate_raters(as_array(rows).T)[0])
    assert theirs == pytest.approx(0.567568, abs=1e-6)
    assert value_of(rows, "fleiss_kappa") == pytest.approx(
        CASES["gwet_raw4raters"]["expected"]["fleiss_kappa"]["value"]
    )


def test_krippendorff_gives_opposite_signs_no_ratio_distance():
    rows = [[-1, 2, 3, 1], [1, 2, 3, 2]]
    theirs = krippendorff.alpha(as_array(rows), level_of_measurement="ratio")
    assert not math.isnan(theirs)
    found = matrix(rows, "interval").agreement("krippendorff_alpha", metric="ratio")
    assert found["value"] == [None]
    assert found["reason"] == ["the ratio metric needs values of one sign"]


# Identities.


@repeatable
@given(tables())
def test_the_mean_agreement_of_facts_is_p_a(rows):
    assume(sum(v is not None for row in rows for v in row) > 0)
    m = matrix(rows)
    per_fact = [a for a in m.score(independence="source")["agreement"] if a is not None]
    found = m.agreement("percent_agreement")
    assert found.value("percent_agreement") is None if not per_fact else close(found["p_a"][0], np.mean(per_fact))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.get("item_agreement_P_i")])
def test_the_agreement_of_each_fact_is_as_published(name):
    case = CASES[name]
    if case["data"]["kind"] != "ratings":
        pytest.skip("counts without raters")
    expected = case["item_agreement_P_i"]
    rows = case["data"]["raters_x_items"]
    assert matrix(rows).score()["agreement"] == pytest.approx(expected, abs=1e-12)


@repeatable
@given(tables())
def test_ordinal_alpha_is_the_interval_alpha_of_mid_ranks(rows):
    pairable = [v for column in zip(*rows, strict=True) if sum(v is not None for v in column) > 1 for v in column if v]
    assume(pairable)
    below = {v: sum(p < v for p in pairable) + sum(p == v for p in pairable) / 2 for v in set(pairable)}
    kept = [[below.get(v) if v is not None else None for v in row] for row in rows]
    # What stands alone has no rank among the pairable values, and no part in alpha.
    alone = [i for i, column in enumerate(zip(*rows, strict=True)) if sum(v is not None for v in column) < 2]
    kept = [[None if i in alone else v for i, v in enumerate(row)] for row in kept]
    ordinal = value_of(rows, "krippendorff_alpha", "interval", metric="ordinal")
    interval = value_of(kept, "krippendorff_alpha", "interval", metric="interval")
    assert (ordinal is None and interval is None) or close(ordinal, interval)


@repeatable
@given(tables(), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_interval_alpha_does_not_know_shift_and_scale(rows, shift, scale):
    assume(any(v is not None for row in rows for v in row))
    moved = [[None if v is None else v * scale + shift for v in row] for row in rows]
    assume(len({v for row in moved for v in row}) == len({v for row in rows for v in row}))
    a, b = (value_of(r, "krippendorff_alpha", "interval") for r in (rows, moved))
    assert (a is None and b is None) or close(a, b, 1e-7)


@repeatable
@given(tables(), st.randoms(use_true_random=False), st.sampled_from(COMMON), st.sampled_from(INTERVALS[:3]))
def test_order_and_names_do_not_matter(rows, random, coefficient, interval):
    assume(any(v is not None for row in rows for v in row))
    sources, facts = list(range(len(rows))), list(range(len(rows[0])))
    random.shuffle(sources)
    random.shuffle(facts)
    names = dict(zip([1, 2, 3, 4], random.sample("wxyz", 4), strict=True)) | {None: None}
    shuffled = [[names[rows[s][f]] for f in facts] for s in sources]
    a, b = (matrix(r).agreement(coefficient, interval=interval) for r in (rows, shuffled))
    for column in ("value", "low", "high", "std_error", "p_a", "p_e"):
        x, y = a[column][0], b[column][0]
        assert (x is None and y is None) or close(x, y, 1e-8), column


@repeatable
@given(tables())
def test_a_fact_with_one_rating_leaves_alpha_as_it_is(rows):
    assume(any(v is not None for row in rows for v in row))
    more = [[*row, 1 if s == 0 else None] for s, row in enumerate(rows)]
    a, b = (value_of(r, "krippendorff_alpha") for r in (rows, more))
    assert (a is None and b is None) or close(a, b)


@repeatable
@given(tables(), st.sampled_from(COMMON), st.sampled_from(["nominal", "ordinal", "interval", "ratio", "linear"]))
def test_the_jackknife_is_the_one_made_by_leaving_facts_out(rows, coefficient, metric):
    n = len(rows[0])
    assume(all(any(row[f] is not None for row in rows) for f in range(n)))
    alpha = coefficient == "krippendorff_alpha"
    # A coefficient of categories keeps those of all facts; so they are named.
    options = (
        {"metric": metric} if alpha and metric != "linear" else {"weights": "linear"} if metric == "linear" else {}
    )
    options["categories"] = [1, 2, 3, 4]
    found = matrix(rows, "interval").agreement(coefficient, interval="jackknife", **options)
    se = found["std_error"][0]
    if se is None:
        return
    enters = [f for f in range(n) if sum(row[f] is not None for row in rows) > (alpha or coefficient == "light_kappa")]
    values = []
    for f in enters:
        rest = [[v for i, v in enumerate(row) if i != f] for row in rows]
        if any(v is not None for row in rest for v in row):
            values.append(value_of(rest, coefficient, "interval", **options))
    values = np.array([v for v in values if v is not None])
    k = len(values)
    assert close(se, math.sqrt((k - 1) / k * ((values - values.mean()) ** 2).sum()), 1e-7)


def test_alpha_nears_fleiss_with_many_values():
    rng = np.random.default_rng(1)
    own = rng.integers(1, 4, 5000)
    rows = [[int(v) if rng.random() < 0.7 else int(rng.integers(1, 4)) for v in own] for _ in range(4)]
    assert value_of(rows, "krippendorff_alpha") == pytest.approx(value_of(rows, "fleiss_kappa"), abs=1e-4)


def test_own_tables_are_the_named_ones():
    rows = CASES["gwet_raw4raters"]["data"]["raters_x_items"]
    m, labels = matrix(rows), [1, 2, 3, 4, 5]
    linear = [[1 - abs(a - b) / 4 for b in labels] for a in labels]
    squares = [[(a - b) ** 2 for b in labels] for a in labels]
    assert close(
        m.agreement("gwet_ac", weights=linear, categories=labels).value("gwet_ac"),
        m.agreement("gwet_ac", weights="linear").value("gwet_ac"),
    )
    assert close(
        m.agreement("krippendorff_alpha", metric=squares, categories=labels).value("krippendorff_alpha"),
        m.agreement("krippendorff_alpha", metric="interval").value("krippendorff_alpha"),
    )
    # Rows belong to the labels as they are named, whatever their order.
    turned = [[abs(a - b) for b in (5, 3, 1, 2, 4)] for a in (5, 3, 1, 2, 4)]
    assert close(
        m.agreement("krippendorff_alpha", metric=turned, categories=[5, 3, 1, 2, 4]).value("krippendorff_alpha"),
        m.agreement("krippendorff_alpha", weights="linear").value("krippendorff_alpha"),
    )


# Intervals.

PARADOX = [["a"] * 18 + ["b", "a"], ["a"] * 18 + ["a", "b"], ["a"] * 20]


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("coefficient", COMMON)
def test_intervals_hold_the_value(coefficient, interval):
    rows = CASES["gwet_raw4raters"]["data"]["raters_x_items"]
    found = matrix(rows).agreement(coefficient, interval=interval, replicates=200)
    low, value, high = (found[name][0] for name in ("low", "value", "high"))
    if coefficient == "light_kappa" and interval == "analytic":
        assert (low, high) == (None, None)
        return
    assert low < value <= high <= 1
    # Light's kappa has no pseudo-evidence.
    plain = coefficient == "light_kappa" and interval == "augmented_jackknife"
    assert found["interval"] == ["jackknife" if plain else interval]


@pytest.mark.parametrize("interval", INTERVALS[:5])
@pytest.mark.parametrize("coefficient", COMMON)
def test_all_agreeing_is_not_certainty(coefficient, interval):
    found = matrix([[1, 2, 3, 1, 2]] * 3).agreement(coefficient, interval=interval, replicates=100)
    assert found.value(coefficient) == 1
    if found["low"][0] is not None:
        assert 0 < found["low"][0] < 0.95 and found["high"] == [1]


def test_the_bootstrap_depends_on_its_seed_alone():
    m = matrix(PARADOX)
    one, same, other = (m.agreement(interval="bootstrap", seed=seed, replicates=300) for seed in (1, 1, 2))
    assert one == same
    assert one["low"] != other["low"]
    assert one["n_undefined"][0] > 0


def test_a_finite_population_shrinks_the_interval_to_nothing():
    m = matrix(PARADOX)
    half, all_of_it = (m.agreement("gwet_ac", interval="jackknife", population=n) for n in (40, 20))
    free = m.agreement("gwet_ac", interval="jackknife")
    assert half["std_error"][0] == pytest.approx(free["std_error"][0] * math.sqrt(0.5))
    assert all_of_it["low"] == all_of_it["high"] == all_of_it["value"]
    with pytest.raises(cs.ParameterError, match="population=19"):
        m.agreement(population=19)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("coefficient", ["krippendorff_alpha", *OF_LABELS[:4], "conger_kappa"])
def test_linearisation_is_near_the_jackknife(coefficient, metric):
    rng = np.random.default_rng(3)
    own = rng.integers(1, 5, 400)
    rows = [
        [None if rng.random() < 0.2 else int(v) if rng.random() < 0.6 else int(rng.integers(1, 5)) for v in own]
        for _ in range(4)
    ]
    options = {"metric": metric} if coefficient == "krippendorff_alpha" else {}
    se = [
        matrix(rows, "interval").agreement(coefficient, interval=interval, **options)["std_error"][0]
        for interval in ("analytic", "jackknife", "augmented_jackknife", "bootstrap")
    ]
    # Gwet's formula takes facts with one rating as varying, which percent agreement leaves out.
    assert se[0] == pytest.approx(se[1], rel=0.05 if coefficient == "percent_agreement" else 0.01)
    assert se[2] == pytest.approx(se[1], rel=0.02)
    assert se[3] == pytest.approx(se[1], rel=0.1)


WEIGHTS = ["identity", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"]
METRICS = ["nominal", "ordinal", "interval", "ratio", "circular"]


def opinion(coefficient, how, facts, x, sources):
    """A second opinion on the coefficient of pairs of count and fact."""
    plain = [fact for _, fact in facts]
    if coefficient in ("kendall_w", "lin_ccc"):
        return ({"kendall_w": slow.kendall_w, "lin_ccc": slow.concordance}[coefficient](plain, x),)
    if coefficient == "krippendorff_alpha":
        kind, word = how
        if kind == "weights":
            return (slow.alpha(facts, 1 - slow.weights(word, x)),)
        return (slow.alpha(facts, len(x) if word == "ordinal" else slow.distances(word, x, 60)),)
    w = slow.weights(how[1], x)
    if coefficient in ("cohen_kappa", "scott_pi"):
        return slow.of_two(facts, w, *sources, scott=coefficient == "scott_pi")
    named = {"conger_kappa": slow.conger, "light_kappa": slow.light}
    return named[coefficient](facts, w) if coefficient in named else slow.of_shares(facts, w, coefficient)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    st.data(),
    tables(),
    st.sampled_from([name for name in ALL if name != "icc"]),
    st.lists(st.integers(1, 50), min_size=5, max_size=5, unique=True).map(sorted),
    st.sampled_from(["first", "last", "drop", "majority"]),
    st.booleans(),
)
def test_a_second_opinion(data, rows, coefficient, scale, conflicts, declared):
    rows = rows[:2] if coefficient in ("cohen_kappa", "scott_pi") else rows
    said = [(f, s, v) for s, row in enumerate(rows) for f, v in enumerate(row) if v is not None]
    # Some say something else once more; with "majority" neither counts, as with "drop".
    again = data.draw(st.lists(st.sampled_from(said), max_size=3, unique=True)) if said else []
    reports = said + [(f, s, v % 4 + 1) for f, s, v in again]
    assume(reports)
    kept = {"first": said, "last": [r for r in reports if r not in again]}
    kept = kept.get(conflicts, [r for r in said if r not in again])
    used = sorted({v for _, _, v in (kept if not declared else [(0, 0, v) for v in range(5)])})
    facts = [{s: used.index(v) for f, s, v in kept if f == fact} for fact in dict.fromkeys(f for f, _, _ in reports)]
    facts = [(1.0, fact) for fact in facts if fact]
    sources = sorted({s for _, fact in facts for s in fact})
    x = [scale[v] for v in used]
    kind = "metric" if coefficient == "krippendorff_alpha" and data.draw(st.booleans()) else "weights"
    how = (kind, data.draw(st.sampled_from(METRICS if kind == "metric" else WEIGHTS)))
    options = {kind: how[1]} if coefficient not in ("kendall_w", "lin_ccc") else {}
    if declared:
        options["categories"] = scale
    fact, source, value = zip(*[(f, s, scale[v]) for f, s, v in reports], strict=True)
    m = cs.ClaimMatrix({"fact": list(fact), "source": list(source), "value": list(value)}, kind="interval")
    found = m.agreement(coefficient, interval="jackknife", period=60, conflicts=conflicts, **options)
    assert found["n_sources"] == [len(sources)] and found["n_facts"] == [len(facts)]
    want = opinion(coefficient, how, facts, x, sources) if len(sources) > 1 else (math.nan,)
    if math.isnan(want[0]):
        assert found["value"] == [None] and found["reason"][0]
        return
    for column, expected in zip(("value", "p_a", "p_e"), want, strict=False):
        assert math.isnan(expected) or found[column][0] == pytest.approx(expected, abs=1e-9), column
    without = [
        opinion(coefficient, how, [other for other in facts if other is not fact], x, sources)[0]
        for fact in facts
        if len(fact[1]) > 1 or coefficient not in ("krippendorff_alpha", "light_kappa", "cohen_kappa", "scott_pi")
    ]
    error, n = slow.jackknife(without)
    assert found["n_undefined"] in ([None], [len(without) - n])
    if error is None or error < 1e-9:
        assert found["std_error"] == [None]
    else:
        assert found["std_error"][0] == pytest.approx(error, rel=1e-8)


# Rows by kind and group.


def test_kinds_are_never_mixed():
    table = {
        "fact": [1, 1, 2, 2, 3, 3, 4, 4],
        "source": list("abababab"),
        "value": ["1", "2", "3", "3", "x", "x", "y", "x"],
        "kind": ["interval"] * 4 + ["nominal"] * 4,
    }
    found = cs.agreement(table)
    assert found["kind"] == ["nominal"] * 3 + ["interval"] * 3
    assert found["metric"][::3] == ["nominal", "interval"]


def test_a_row_for_each_group():
    facts = {"fact": [0, 1, 2, 3], "topic": ["p", "q", "p", "q"]}
    found = matrix([[1, 1, 2, 2], [1, 2, 2, 2]], facts=facts).agreement("percent_agreement", by="topic")
    assert dict(zip(found["group"], found["value"], strict=True)) == {"p": 1.0, "q": 0.5}
    assert found.value("percent_agreement", group="q") == 0.5
    assert "group" not in matrix([[1, 1], [1, 2]]).agreement().columns


def test_raters_are_who_independence_says():
    table = {"fact": [1, 1, 1, 2, 2, 2], "source": list("abcabc"), "value": list("xxyxxy"), "origin": list("ppqppq")}
    m = cs.ClaimMatrix(table)
    assert m.agreement()["n_sources"][0] == 3
    assert m.agreement(independence="origin", conflicts="first")["n_sources"][0] == 2
    assert m.agreement("percent_agreement", independence="origin", conflicts="first")["value"] == [0.0]


# What does not exist, and what cannot be.


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[1, 2, 1]], "fewer than two sources"),
        ([[1, None, 2, None], [None, 2, None, 1]], "two ratings|in common"),
        ([[1, 1, 1], [1, 1, 1]], "no variation"),
    ],
)
@pytest.mark.parametrize("coefficient", OF_LABELS)
def test_what_does_not_exist_has_a_reason(coefficient, rows, reason):
    import re

    found = matrix(rows).agreement(coefficient)
    if coefficient == "percent_agreement" and reason == "no variation":
        assert found["value"] == [1.0]
        return
    assert found["value"] == [None] and found["low"] == [None]
    assert re.search(reason, found["reason"][0])
    assert coefficient in str(found) and coefficient in str(found.summary()) and found.explain()


def test_declared_categories_give_variation():
    m = matrix([[1] * 4] * 3)
    found = m.agreement(["gwet_ac", "brennan_prediger", "krippendorff_alpha"], categories=[1, 2])
    assert found["value"] == [1.0, 1.0, None]


BAD = [
    ({"interval": "jacknife"}, "jackknife"),
    ({"metric": "ordinl"}, "ordinal"),
    ({"metric": "ordinal"}, '"nominal" fits'),
    ({"metric": "interval"}, '"nominal" fits'),
    ({"weights": "linear"}, "categories="),
    ({"weights": "linearly"}, "quadratic"),
    ({"weights": [[1, 0], [0, 1]]}, "categories="),
    ({"weights": [[1, 0]], "categories": ["x", "y"]}, "square"),
    ({"weights": [[1, 0.5], [0, 1]], "categories": ["x", "y"]}, "symmetric"),
    ({"weights": [[1, 0], [0, math.nan]], "categories": ["x", "y"]}, "NaN"),
    ({"metric": [[0, math.inf], [math.inf, 0]], "categories": ["x", "y"]}, "inf"),
    ({"metric": [[1, 0], [0, 1]], "categories": ["x", "y"]}, "distance 0 from itself"),
    ({"metric": [[0, -1], [-1, 0]], "categories": ["x", "y"]}, "no distance is negative"),
    ({"weights": [[0.5, 0], [0, 1]], "categories": ["x", "y"]}, "weight 1 with itself"),
    ({"weights": [[1]], "categories": ["x", "y"]}, "1 rows"),
    ({"categories": ["x"]}, '"y"'),
    ({"categories": ["x", "y", "x"]}, "twice"),
    ({"confidence": 1}, "confidence=1"),
    ({"confidence": "high"}, "takes a number"),
    ({"replicates": 0}, "replicates=0"),
    ({"seed": -1}, "seed=-1"),
    ({"population": 2.5}, "population=2.5"),
    ({"period": 0.0}, "period=0"),
    ({"by": "topic"}, "facts="),
    ({"conflicts": "split"}, "split"),
    ({"conflicts": "newest"}, "majority"),
    ({"independence": "outlet"}, "party"),
    ({"coefficients": "krippendorf_alpha"}, "krippendorff_alpha"),
    ({"coefficients": []}, "at least one"),
]


@pytest.mark.parametrize(("options", "part"), BAD, ids=[str(options)[:40] for options, _ in BAD])
def test_bad_options_say_what_to_do(options, part):
    with pytest.raises(cs.ParameterError) as error:
        matrix([["x", "x", "y"], ["x", "y", "y"]]).agreement(**options)
    assert part in str(error.value)


def test_circular_needs_a_period():
    rows = [[23, 1, 5], [0, 2, 5]]
    with pytest.raises(cs.ParameterError, match="period=24"):
        matrix(rows, "interval").agreement(metric="circular")
    near = matrix(rows, "interval").agreement("krippendorff_alpha", metric="circular", period=24)
    assert near["value"][0] > 0.85
    of_matrix = matrix(rows, "circular", period=24).agreement("krippendorff_alpha")
    assert of_matrix["value"] == near["value"]


def test_ratio_of_zeros():
    found = matrix([[0, 0, 1, 2, 0, 4], [0, 1, 1, 2, 0, 5]], "ratio").agreement("krippendorff_alpha")
    assert found["value"][0] == pytest.approx(CASES["edge_ratio_zero"]["expected"]["alpha_ratio"]["value"])


def test_two_values_of_a_source_are_named():
    m = cs.ClaimMatrix({"fact": [1, 1, 1], "source": ["a", "a", "b"], "value": ["x", "y", "x"]})
    with pytest.raises(cs.DataError, match="a on 1: x and y"):
        m.agreement()
    assert m.agreement("percent_agreement", conflicts="first")["value"] == [1.0]


# Results.


def test_results_pickle_compare_and_show():
    m = matrix(PARADOX)
    found = m.agreement()
    again = pickle.loads(pickle.dumps(found))
    assert again == found and again.metadata == found.metadata
    assert found != m.agreement(confidence=0.9)
    assert found.metadata["options"]["interval"] == "augmented_jackknife"
    assert found.metadata["n_facts"] == 20
    assert "krippendorff_alpha" in found._repr_html_()
    assert "pseudo-fact" in str(found.explain("gwet_ac"))
    assert found.plot_data().columns == ["coefficient", "metric", "kind", "value", "low", "high"]
    assert len(found.to_pandas()) == len(found.to_polars()) == 3
    with pytest.raises(cs.ParameterError, match="did you mean gwet_ac"):
        found.value("gwet_a")


def test_the_plot_has_a_row_a_coefficient():
    pytest.importorskip("matplotlib").use("Agg")
    ax = matrix(PARADOX).agreement().plot()
    assert next(label.get_text() for label in ax.get_yticklabels()).startswith("krippendorff_alpha")


def test_one_call_is_the_same():
    table = {"task": [1, 1, 2, 2], "worker": list("abab"), "label": [0, 1, 1, 1]}
    m = cs.ClaimMatrix(table)
    assert cs.agreement(table, ["gwet_ac"], confidence=0.9) == m.agreement("gwet_ac", confidence=0.9)
    assert cs.agreement(m, "gwet_ac") == m.agreement("gwet_ac")
    with pytest.raises(cs.ParameterError, match="built already"):
        cs.agreement(m, kind="nominal")
    with pytest.raises(cs.ParameterError, match="confidnce"):
        cs.agreement(table, confidnce=0.9)

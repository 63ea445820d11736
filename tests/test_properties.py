"""What must not change the scores, and what they must always satisfy, on random tables."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import consilience as cs

# The same examples on every run: a change of the code alone can make a test fail.
settings.register_profile(
    "ours", deadline=None, max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile("ours")

WORDS = ["exact", "about", "at_least", "less_than", "possible", "vague"]


@st.composite
def tables(draw, *, rich=True):
    """A table of reports: nominal or ratio facts, few sources and values, so that reports meet."""
    kinds = draw(
        st.lists(st.sampled_from(["nominal", "ratio", "boolean"] if rich else ["nominal"]), min_size=1, max_size=4)
    )
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, len(kinds) - 1), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30
        )
    )
    table = {"fact": [], "source": [], "value": [], "kind": []}
    if rich:
        table |= {"qualifier": [], "stance": [], "origin": [], "party": [], "weight": []}
    for f, s, v in rows:
        kind = kinds[f]
        table["fact"].append(f"f{f}")
        table["source"].append(f"s{s}")
        table["kind"].append(kind)
        table["value"].append(
            {"nominal": "abcd"[v], "ratio": str([10, 12, 30, 100][v]), "boolean": str(v % 2 == 0)}[kind]
        )
        if rich:
            table["qualifier"].append(draw(st.sampled_from(WORDS)) if kind == "ratio" else "exact")
            table["stance"].append(draw(st.sampled_from(["asserts", "asserts", "asserts", "denies", "neither"])))
            origin = draw(st.sampled_from([None, None, "o1", "o2", "unnamed"]))
            table["origin"].append(origin)
            table["party"].append({"o1": "p1", "o2": "p1"}.get(origin))
            table["weight"].append(draw(st.sampled_from([0.5, 1.0, 1.0, 2.0])))
    return table


def rows_of(scores):
    columns = scores.to_dict()
    return {fact: {name: values[i] for name, values in columns.items()} for i, fact in enumerate(columns["fact"])}


def take(table, order):
    return {name: [values[i] for i in order] for name, values in table.items()}


@given(tables(), st.randoms(use_true_random=False), st.sampled_from(["source", "origin", "party"]))
def test_order_of_rows_changes_nothing(table, rng, level):
    order = list(range(len(table["fact"])))
    rng.shuffle(order)
    a, b = cs.score(table, independence=level), cs.score(take(table, order), independence=level)
    first, second = rows_of(a), rows_of(b)
    assert first.keys() == second.keys()
    for fact, row in first.items():
        for name, value in row.items():
            other = second[fact][name]
            if name == "self_conflicts":
                value, other = sorted(value or []), sorted(other or [])
            assert value == other, (fact, name)


@given(tables(), st.sampled_from(["source", "origin", "party"]))
def test_order_preserving_renaming_changes_names_alone(table, level):
    new = dict(table)
    new["fact"] = [f"fact {v}" for v in table["fact"]]
    new["source"] = [f"z{v}" for v in table["source"]]
    new["value"] = [f"x{v}" if k == "nominal" else v for v, k in zip(table["value"], table["kind"], strict=True)]
    a, b = cs.score(table, independence=level).to_dict(), cs.score(new, independence=level).to_dict()
    for name, values in a.items():
        if name in ("fact", "value", "leading_value", "refined_value", "common_ground", "self_conflicts", "positions"):
            continue
        assert values == b[name], name
    for name in ("value", "leading_value", "refined_value", "common_ground"):
        for kind, old, renamed in zip(a["kind"], a[name], b[name], strict=True):
            if kind == "nominal" and old is not None:
                assert renamed == (f"not x{old[4:]}" if old.startswith("not ") else f"x{old}")
            else:
                assert renamed == old


@given(tables(), st.permutations("abcd"), st.permutations(range(6)), st.sampled_from(["source", "origin", "party"]))
def test_any_renaming_keeps_scores_where_no_beliefs_tie(table, letters, numbers, level):
    label = dict(zip("abcd", letters, strict=True))
    new = dict(table)
    new["source"] = [f"s{numbers[int(s[1:])]}" for s in table["source"]]
    new["value"] = [label[v] if k == "nominal" else v for v, k in zip(table["value"], table["kind"], strict=True)]
    scores = cs.score(table, independence=level)
    claims = scores.claims.to_dict()
    beliefs = {}
    for fact, belief in zip(claims["fact"], claims["belief"], strict=True):
        if belief is not None:
            beliefs.setdefault(fact, []).append(round(belief, 9))
    renamed = rows_of(cs.score(new, independence=level))
    for fact, row in rows_of(scores).items():
        held = beliefs.get(fact, [])
        if len(set(held)) < len(held):
            continue
        for name, value in row.items():
            if isinstance(value, int | float) or name in ("status", "reason"):
                assert value == renamed[fact][name], (fact, name)
            elif name in ("value", "leading_value", "refined_value", "common_ground") and row["kind"] == "nominal":
                words = None if value is None else value.split(" ")
                assert renamed[fact][name] == (words and " ".join([*words[:-1], label[words[-1]]])), (fact, name)


@given(tables())
def test_a_repeated_table_counts_as_duplicates_alone(table):
    twice = {name: values * 2 for name, values in table.items()}
    a, b = cs.score(table).to_dict(), cs.score(twice).to_dict()
    for name, values in a.items():
        if name == "n_duplicates":
            expected = [n + d for n, d in zip(a["n_reports"], [2 * d for d in values], strict=True)]
            assert b[name] == expected
        else:
            assert values == b[name], name


@given(tables(), st.integers(1, 7))
def test_chunks_and_unused_categories_change_nothing(table, size):
    import pyarrow as pa

    whole = pa.table(table)
    chunked = pa.concat_tables([whole.slice(i, size) for i in range(0, len(whole), size)])
    words = ["unused", *sorted(set(table["value"])), "never"]
    categories = pa.DictionaryArray.from_arrays(
        pa.array([words.index(v) for v in table["value"]], pa.int32()), pa.array(words)
    )
    coded = whole.set_column(whole.column_names.index("value"), "value", categories)
    expected = cs.score(table)
    assert cs.score(chunked).to_dict() == expected.to_dict()
    assert cs.score(coded).to_dict() == expected.to_dict()


@given(tables(rich=False))
def test_agreement_of_labels_is_fleiss_p_i(table):
    seen = {}
    for f, s, v in zip(table["fact"], table["source"], table["value"], strict=True):
        seen.setdefault((f, s), v)  # one label a source
    one = {"fact": [f for f, _ in seen], "source": [s for _, s in seen], "value": list(seen.values())}
    scores = rows_of(cs.score(one, independence="source"))
    for fact, row in scores.items():
        labels = [v for (f, _), v in seen.items() if f == fact]
        n = len(labels)
        if n < 2:
            assert row["agreement"] is None
        else:
            p_i = sum(c * (c - 1) for c in (labels.count(v) for v in set(labels))) / (n * (n - 1))
            assert math.isclose(row["agreement"], p_i, abs_tol=1e-12)


UNIT = [
    "agreement",
    "agreement_low",
    "agreement_high",
    "fidelity",
    "support",
    "lead_probability",
    "share",
    "share_low",
    "share_high",
]
UNIT += ["vacuity", "dissonance", "uncertainty", "disagreement_share"]


@given(tables(), st.sampled_from(["source", "origin", "party"]), st.sampled_from([0.5, 0.95, 0.999]))
def test_every_score_is_within_its_range(table, level, confidence):
    columns = cs.score(table, independence=level, confidence=confidence).to_dict()
    for i in range(len(columns["fact"])):
        row = {name: values[i] for name, values in columns.items()}
        for name in UNIT:
            assert row[name] is None or 0.0 <= row[name] <= 1.0 + 1e-12, (name, row[name])
        assert (row["agreement"] is None) == (row["reason"] is not None)
        if row["agreement"] is not None:
            assert row["agreement_low"] <= row["agreement"] <= row["agreement_high"]
        if row["share"] is not None:
            assert row["share_low"] <= row["share"] <= row["share_high"]
        for name, value in row.items():
            if name.startswith("n_") and value is not None:
                assert value >= 0
            assert not (isinstance(value, float) and math.isnan(value)), name
    shares = [s for s in columns["disagreement_share"] if s is not None]
    assert not shares or math.isclose(sum(shares), 1.0, abs_tol=1e-9)


@given(tables())
def test_select_and_concat_keep_scores(table):
    matrix = cs.ClaimMatrix(table)
    whole = rows_of(matrix.score())
    facts = list(whole)
    parts = [matrix.select(facts=[f]) for f in facts]
    for fact, part in zip(facts, parts, strict=True):
        row = rows_of(part.score(independence=matrix.score().independence))[fact]
        for name, value in row.items():
            if name != "disagreement_share":
                assert value == whole[fact][name], name
    together = cs.ClaimMatrix.concat(parts).score(independence=matrix.score().independence)
    assert rows_of(together) == whole


SCRIPT = """
import hashlib, numpy as np, consilience as cs
rng = np.random.default_rng(1)
n = 200_000
table = {"fact": rng.integers(0, 40_000, n), "source": rng.integers(0, 50, n), "value": rng.integers(0, 5, n)}
table["weight"] = rng.choice([0.5, 1.0, 1.7], n)
table["origin"] = [f"o{i}" if i < 30 else None for i in rng.integers(0, 60, n)]
scores = cs.score(table, kind="nominal")
text = scores.to_csv() + scores.by_source().to_csv() + repr(scores.overall)
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_thread_count_changes_no_bit():
    hashes = set()
    for threads in ("1", "2", "4"):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"RAYON_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        hashes.add(run.stdout)
    assert len(hashes) == 1


def test_scores_do_not_depend_on_how_ids_are_coded():
    rng = np.random.default_rng(2)
    n = 3000
    fact, source, value = rng.integers(0, 500, n), rng.integers(0, 20, n), rng.integers(0, 4, n)
    dense = cs.score({"fact": fact, "source": source, "value": value}, kind="nominal")
    sparse = cs.score({"fact": fact * 10**12 + 7, "source": source - 2**40, "value": value * 10**9}, kind="nominal")
    text = cs.score({"fact": fact.astype(str), "source": source.astype(str), "value": value.astype(str)})
    for name in ("agreement", "agreement_low", "status", "lead_probability", "uncertainty", "n_duplicates"):
        assert dense[name] == sparse[name] == text[name]
    assert dense["fact"] == [int(f) for f in text["fact"]]
    assert all(isinstance(f, int) for f in sparse["fact"])


def test_profiles_are_cached_not_approximated():
    """A million facts with few distinct profiles score as single facts do."""
    rng = np.random.default_rng(3)
    n = 50_000
    table = {
        "fact": np.repeat(np.arange(n // 5), 5),
        "source": np.tile(np.arange(5), n // 5),
        "value": rng.integers(0, 3, n),
    }
    scores = cs.score(table, kind="nominal")
    agreement, low = scores["agreement"], scores["agreement_low"]
    for fact in rng.integers(0, n // 5, 20):
        rows = table["fact"] == fact
        alone = cs.score({k: v[rows] for k, v in table.items()}, kind="nominal")
        assert alone["agreement"][0] == pytest.approx(agreement[fact], abs=1e-15)
        assert alone["agreement_low"][0] == low[fact]

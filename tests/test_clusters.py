"""Small news clusters with other kinds of conflict than the seeds: every score as a separate implementation has it."""

import json
import math
from pathlib import Path

import pytest

import consilience as cs

CLUSTERS = json.loads((Path(__file__).parent / "reference" / "clusters.json").read_text(encoding="utf-8"))["clusters"]


def same(name, found, wanted):
    if name == "positions":
        claims, masses = [p["value"] for p in found], [p["mass"] for p in found]
        return claims == [p[0] for p in wanted] and masses == pytest.approx([p[1] for p in wanted], rel=0, abs=1e-9)
    if isinstance(found, float) and isinstance(wanted, int | float):
        return math.isclose(found, wanted, rel_tol=0, abs_tol=1e-7 if name == "lead_probability" else 1e-9)
    return found == wanted


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda cluster: cluster["name"].split(":")[0])
def test_every_score_of_other_clusters(cluster):
    matrix = cs.ClaimMatrix(cluster["reports"], **cluster["options"])
    for level, facts in cluster["scores"].items():
        columns = matrix.score(independence=level).to_dict()
        assert columns["fact"] == list(facts)
        for i, (fact, wanted) in enumerate(facts.items()):
            for name, values in columns.items():
                if name not in ("fact", "n_wordings"):
                    assert same(name, values[i], wanted.get(name)), (level, fact, name, values[i], wanted.get(name))


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda cluster: cluster["name"].split(":")[0])
def test_other_clusters_score_alike_in_any_order_of_rows(cluster):
    reports = cluster["reports"]
    turned = {name: values[::-1] for name, values in reports.items()}
    first = cs.ClaimMatrix(reports, **cluster["options"]).score().to_dict()
    other = cs.ClaimMatrix(turned, **cluster["options"]).score().to_dict()
    place = [other["fact"].index(fact) for fact in first["fact"]]
    for name, values in other.items():
        again = [values[i] for i in place]
        if name == "self_conflicts":
            assert [sorted(v) for v in again] == [sorted(v) for v in first[name]]
        elif name == "positions":
            assert all(
                same(name, a, [(p["value"], p["mass"]) for p in b]) for a, b in zip(again, first[name], strict=True)
            )
        else:
            assert all(same(name, a, b) for a, b in zip(again, first[name], strict=True)), name


def test_the_wording_of_a_denied_boolean_does_not_hang_on_the_rows_before():
    """Not "vague yes" is "vague false", whatever words for false stand elsewhere in the table."""
    reports = {"fact": ["f", "g", "h"], "source": ["a", "b", "c"], "value": ["yes", "no", "0"]}
    reports |= {"qualifier": ["vague", None, None], "stance": ["denies", None, None]}
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        columns = {name: [values[i] for i in order] for name, values in reports.items()}
        scores = cs.score(columns, kind="boolean").to_dict()
        assert scores["leading_value"][scores["fact"].index("f")] == "vague false"


def test_of_several_spellings_of_a_date_the_smallest_of_the_fact_is_shown():
    """Neither the order of rows nor how another fact spells it shows."""
    rows = [
        ("f", "a", "2024-08-06T14:00:00+02:00", None, None),
        ("f", "b", "2024-08-06T12:00:00Z", None, None),
        ("g", "a", "2024-08-06T14:00:00+02:00", None, None),
        ("h", "a", "2024-08-06/2024-08-06", None, None),
        ("h", "b", "2024-08-06", None, None),
        ("i", "a", "2024-08-06/2024-08-06", None, None),
        ("k", "a", None, "2024-08-01/2024-08-31", "2025"),
        ("k", "b", None, "2024-08", "2025"),
        ("l", "a", None, "2024-08-01/2024-08-31", "2025"),
    ]
    shown = {
        "f": "2024-08-06T12:00:00Z",
        "g": "2024-08-06T14:00:00+02:00",
        "h": "2024-08-06",
        "i": "2024-08-06/2024-08-06",
        "k": "[2024-08, 2025]",
        "l": "[2024-08-01/2024-08-31, 2025]",
    }
    for order in (rows, rows[::-1], sorted(rows, key=lambda row: row[1])):
        columns = dict(
            zip(("fact", "source", "value", "low", "high"), map(list, zip(*order, strict=True)), strict=True)
        )
        scores = cs.score(columns, kind="date").to_dict()
        assert dict(zip(scores["fact"], scores["leading_value"], strict=True)) == shown
        assert scores["n_claims"] == [1] * 6


def test_a_vague_date_keeps_its_words_beside_other_spellings():
    reports = {"fact": ["f"] * 3, "source": list("abc"), "value": ["2024", "2024-01/2024-12", "2024"]}
    claims = cs.score(reports | {"qualifier": ["vague", None, None]}, kind="date").claims["claim"]
    assert sorted(claims) == ["2024", "vague 2024"]

"""The running example end to end: packaged data, every expected score, and the story that the pages tell."""

import csv
import math
from pathlib import Path

import pytest

import consilience as cs

ROOT = Path(__file__).parent.parent
REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(scope="module")
def kursk():
    return cs.datasets.load_kursk()


@pytest.mark.parametrize("name", ["reports.csv", "facts.csv", "broader.csv"])
def test_the_wheel_carries_the_seeds(name):
    packaged = Path(cs.datasets.__file__).parent / "kursk" / name
    assert packaged.read_bytes() == (ROOT / "seeds" / name).read_bytes()


def test_files_and_packaged_data_are_one_matrix(kursk):
    seeds = ROOT / "seeds"
    matrix = cs.ClaimMatrix(seeds / "reports.csv", facts=seeds / "facts.csv", broader=seeds / "broader.csv")
    assert matrix == kursk
    assert (kursk.n_facts, kursk.n_sources, kursk.n_reports) == (91, 5, 273)


@pytest.mark.parametrize("level", ["party", "origin", "source"])
def test_every_expected_score(kursk, level):
    """Cell by cell against a separate slow implementation: 1e-9, lead_probability 1e-7."""
    with open(REFERENCE / f"expected_scores_{level}.csv", encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    text = kursk.score(independence=level).to_csv()
    found = list(csv.DictReader(text.splitlines()))
    columns = list(found[0])
    assert columns.index("n_wordings") == columns.index("n_effective") + 1
    assert [c for c in columns if c != "n_wordings"] == list(expected[0])
    assert len(found) == len(expected) == 91
    for mine, theirs in zip(found, expected, strict=True):
        for name, wanted in theirs.items():
            where = f"{level}, {theirs['fact']}, {name}"
            try:
                number = float(wanted)
            except ValueError:
                assert mine[name] == wanted, where
            else:
                tolerance = 1e-7 if name == "lead_probability" else 1e-9
                assert math.isclose(float(mine[name]), number, rel_tol=0, abs_tol=tolerance), where


def test_the_default_level_is_the_strictest_the_table_allows(kursk):
    scores = kursk.score()
    assert scores.independence == "party"
    assert scores.to_dict() == kursk.score(independence="party").to_dict()


def row(scores, fact):
    columns = scores.to_dict()
    i = columns["fact"].index(fact)
    return {name: values[i] for name, values in columns.items()}


def test_twelve_thousand_against_three_thousand(kursk):
    fact = row(kursk.score(), "troops.total_in_russia")
    assert fact["status"] == "contested"
    assert fact["value"] is None
    assert fact["leading_value"] == "about 3000"
    assert fact["common_ground"] == "at_least 3000"


def test_august_and_the_sixth_of_august_nest(kursk):
    fact = row(kursk.score(), "incursion.start")
    assert (fact["status"], fact["value"], fact["refined_value"]) == ("compatible", "2024-08", "2024-08-06")
    assert fact["agreement"] == 1.0

"""Nothing public without its papers: every kind, score column, class and function says what it is and has a reference value."""

import csv
import inspect
import json
from pathlib import Path

import pytest

import consilience as cs

REFERENCE = Path(__file__).parent / "reference"


def public():
    """Every public function, class and method with its dotted name."""
    for name in [*cs.__all__, "datasets.load_kursk"]:
        thing = cs
        for part in name.split("."):
            thing = getattr(thing, part)
        if inspect.ismodule(thing) or not callable(thing):
            continue
        yield name, thing
        if inspect.isclass(thing):
            for method, value in vars(thing).items():
                if not method.startswith("_"):
                    yield f"{name}.{method}", value


@pytest.mark.parametrize(("name", "thing"), list(public()), ids=lambda value: value if isinstance(value, str) else "")
def test_docstrings_tell_parameters_results_and_examples(name, thing):
    thing = getattr(thing, "__func__", thing)
    doc = inspect.getdoc(thing) or ""
    assert doc, f"{name} has no docstring"
    if isinstance(thing, property) or inspect.isclass(thing):
        return
    parameters = [p for p in inspect.signature(thing).parameters if p not in ("self", "cls")]
    assert not parameters or "Parameters\n---" in doc, f"{name} does not tell its parameters"
    for parameter in parameters:
        assert parameter in doc.split("Parameters\n---")[1], f"{name} does not tell {parameter}"
    assert "Returns\n---" in doc or "Examples\n---" in doc, f"{name} tells neither what it returns nor how to use it"


@pytest.mark.parametrize(
    "thing", [cs.score, cs.ClaimMatrix, cs.ClaimMatrix.score, cs.FactScores], ids=lambda t: t.__name__
)
def test_the_main_doors_have_examples(thing):
    assert ">>>" in inspect.getdoc(thing)


def test_every_kind_is_described_cited_and_has_reference_values():
    kinds = cs.kinds().to_dict()
    reference = json.loads((REFERENCE / "relations.json").read_text(encoding="utf-8"))
    for name, summary, source in zip(kinds["name"], kinds["summary"], kinds["reference"], strict=True):
        assert summary.endswith(".") and any(c.isdigit() for c in source), name
        assert len(reference["kinds"].get(name, {}).get("claims", [])) > 1, (
            f"{name}: see tests/reference/make_relations.py"
        )


def test_every_score_column_is_described_cited_and_has_reference_values():
    columns = cs.score_columns().to_dict()
    with open(REFERENCE / "expected_scores_party.csv", encoding="utf-8", newline="") as file:
        expected = set(next(csv.reader(file)))
    for name, summary, source in zip(columns["name"], columns["summary"], columns["reference"], strict=True):
        assert summary.endswith(".") and source, name
        # The seeds have no wordings: the next test has values for them.
        assert name in expected | {"n_wordings"}, f"{name} has no reference value"


def test_wordings_are_counted_once_each_and_null_without_the_column():
    reports = {
        "fact": ["f"] * 4 + ["g"],
        "source": ["a", "b", "c", "d", "a"],
        "value": ["12", "12", "12", "13", "7"],
        "wording": ["a dozen", "twelve", "a dozen", None, None],
    }
    assert cs.score(reports)["n_wordings"] == [2, 0]
    del reports["wording"]
    assert cs.score(reports)["n_wordings"] == [None, None]
    assert cs.score(reports, kind="text")["n_wordings"] == [2, 1]


def test_every_coefficient_is_described_cited_and_has_reference_values():
    coefficients = cs.agreement_coefficients().to_dict()
    cases = json.loads((REFERENCE / "agreement.json").read_text(encoding="utf-8"))["cases"]
    known = {name.split("@")[0] for case in cases for name in case["expected"]}
    known |= {"krippendorff_alpha"} if "alpha_nominal" in known else set()
    known |= {"icc"} if "ICC1" in known else set()
    known |= {"kendall_w"} if "kendall_W" in known else set()
    for name, summary, source in zip(
        coefficients["name"], coefficients["summary"], coefficients["reference"], strict=True
    ):
        assert summary.endswith(".") and any(c.isdigit() for c in source), name
        assert name in known, f"{name} has no reference value"

"""Pairs of sources, coefficients without a source, diagnosis: tables, words, pictures, pickles, bad input."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import consilience as cs
from consilience.pairwise import clustered

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def labels(n: int = 40, k: int = 5, gaps: float = 0.3, seed: int = 1) -> dict[str, list[object]]:
    """Labels of k workers on n tasks with gaps, the last worker alone on a task of its own."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, n)
    rows = [
        (t, f"w{w}", int(truth[t] if random.random() < 0.75 else random.integers(0, 3)))
        for t in range(n)
        for w in range(k)
        if random.random() >= gaps
    ]
    rows.append((n, "hermit", 1))
    task, worker, label = zip(*rows, strict=True)
    return {"task": list(task), "worker": list(worker), "label": list(label)}


@pytest.fixture(scope="module")
def matrix() -> cs.ClaimMatrix:
    return cs.ClaimMatrix(labels())


def test_a_pair_is_what_scikit_learn_gives(matrix: cs.ClaimMatrix) -> None:
    pairs = matrix.pairwise("cohen_kappa")
    table = matrix.reports.to_dict(["fact", "source", "value"])
    said = {(s, f): v for f, s, v in zip(table["fact"], table["source"], table["value"], strict=True)}
    rows = pairs.to_dict()
    for a, b, n, agreement, kappa in zip(
        rows["source_a"], rows["source_b"], rows["n_facts"], rows["agreement"], rows["value"], strict=True
    ):
        both = [f for f in set(table["fact"]) if (a, f) in said and (b, f) in said]
        assert n == len(both)
        if not both:
            assert kappa is None and agreement is None
            continue
        x = np.array([said[a, f] for f in both])
        y = np.array([said[b, f] for f in both])
        p_a = (x == y).mean()
        p_e = sum((x == v).mean() * (y == v).mean() for v in set(x) | set(y))
        assert agreement == pytest.approx(p_a, abs=1e-12)
        assert kappa == pytest.approx((p_a - p_e) / (1 - p_e), abs=1e-12)


def test_the_matrix_is_symmetric_and_blank_without_overlap(matrix: cs.ClaimMatrix) -> None:
    pairs = matrix.pairwise("gwet_ac")
    values, overlap = pairs.to_matrix(), pairs.to_matrix("n_facts")
    assert values.shape == (6, 6) and pairs.sources[-1] == "hermit"
    np.testing.assert_array_equal(values, values.T)
    assert np.isnan(values[-1]).all() and (overlap[-1, :-1] == 0).all()
    assert np.isnan(np.diag(values)).all()
    frame = pairs.to_frame("agreement")
    assert list(frame.columns) == pairs.sources
    reasons = pairs["reason"]
    assert [r for r in reasons if r] == ["no fact in common"] * 5
    assert "5 pairs without a fact in common" in repr(pairs)


def test_the_order_of_rows_changes_nothing(matrix: cs.ClaimMatrix) -> None:
    data = labels()
    turned = cs.ClaimMatrix({name: column[::-1] for name, column in data.items()})
    a, b = matrix.pairwise("krippendorff_alpha"), turned.pairwise("krippendorff_alpha")
    x, y = a.to_frame(), b.to_frame()
    np.testing.assert_allclose(x, y.loc[x.index, x.columns], atol=1e-12)


def test_min_overlap_says_why(matrix: cs.ClaimMatrix) -> None:
    few = matrix.pairwise(min_overlap=1000)
    assert all(v is None for v in few["value"]) and any("min_overlap=1000" in r for r in few["reason"])
    assert all(v is not None for v in few["agreement"][:3])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.pairwise("kapa"), "cohen_kappa"),
        (lambda m: m.pairwise("icc"), "labels"),
        (lambda m: m.pairwise(min_overlap=0), "min_overlap"),
        (lambda m: m.pairwise(interval="sources"), "no source to spare"),
        (lambda m: m.pairwise(confidence=2.0), "confidence"),
        (lambda m: m.pairwise().to_matrix("kappa"), "agreement"),
        (lambda m: m.pairwise().to_matrix(kind="ratio"), "nominal"),
        (lambda m: m.pairwise().explain("w0", "w0"), "w0"),
        (lambda m: m.leave_one_source_out("alpha"), "krippendorff_alpha"),
        (lambda m: m.leave_one_source_out().explain("nobody"), "nobody"),
        (lambda m: m.diagnose(reliability=1.0), "reliability"),
        (lambda m: m.diagnose(reliability="high"), "reliability"),
        (lambda m: m.diagnose().explain("wrong"), "required_ratings"),
        (lambda m: m.diagnose().required_ratings(0), "reliability"),
    ],
)
def test_bad_arguments_say_what_is_taken(matrix: cs.ClaimMatrix, call: object, words: str) -> None:
    with pytest.raises(cs.ConsilienceError, match=words):
        call(matrix)  # type: ignore[operator]


def test_kinds_are_never_mixed() -> None:
    news = cs.datasets.load_kursk()
    pairs = news.pairwise("percent_agreement", conflicts="first")
    kinds = set(pairs["kind"])
    assert "nominal" in kinds and "text" not in kinds and len(kinds) > 2
    with pytest.raises(cs.ParameterError, match="several kinds"):
        pairs.to_matrix()
    assert pairs.to_matrix(kind="nominal").shape == (len(pairs.sources),) * 2
    pairs.plot(kind="nominal")


def test_results_pickle_print_and_say_the_same(matrix: cs.ClaimMatrix) -> None:
    for result in (matrix.pairwise(), matrix.leave_one_source_out(), matrix.diagnose()):
        again = pickle.loads(pickle.dumps(result))
        assert again == result and again.to_dict() == result.to_dict() and again.metadata == result.metadata
        assert repr(result) and str(result.summary()) and "<script" not in result._repr_html_()
        assert result._repr_html_().startswith('<div class="consilience">')
        assert len(result.plot_data()) > 0
        with pytest.raises(AttributeError):
            result.x = 1


def test_plots_give_axes_and_say_what_is_blank(matrix: cs.ClaimMatrix) -> None:
    import matplotlib.pyplot as plt

    axes = matrix.pairwise().plot()
    assert "5 pairs without a fact in common: blank" in axes.get_title("left")
    assert len(axes.get_xticklabels()) == 6
    _, own = plt.subplots()
    assert matrix.pairwise().plot(ax=own) is own
    assert matrix.leave_one_source_out().plot(ax=plt.subplots()[1]).get_xlabel()
    assert matrix.diagnose().plot() is not None
    many = cs.ClaimMatrix(labels(60, 70, 0.5)).pairwise("gwet_ac").plot()
    assert len(many.get_xticklabels()) == 71
    plt.close("all")


def test_clustering_puts_alike_sources_together() -> None:
    camps = np.array([0, 1, 0, 1, 0, 1, 1])
    likeness = np.where(camps[:, None] == camps[None, :], 0.9, 0.1)
    np.fill_diagonal(likeness, np.nan)
    likeness[0, 2] = likeness[2, 0] = np.nan
    order, merges = clustered(likeness)
    assert sorted(order) == list(range(7)) and len(merges) == 6
    assert len(np.flatnonzero(np.diff(camps[order]))) == 1
    assert clustered(np.full((3, 3), np.nan))[0] == [0, 1, 2]


def test_who_pulls_alpha_down() -> None:
    rows = [(f, s, f % 3 if s != "odd" else (f * f + 1) % 3) for f in range(30) for s in ["a", "b", "c", "odd"]]
    fact, source, value = zip(*rows, strict=True)
    m = cs.ClaimMatrix({"fact": list(fact), "source": list(source), "value": list(value)}, kind="nominal")
    found = m.leave_one_source_out()
    assert found.sort()["source"][0] == "odd" and found["without"][3] == 1.0
    assert "odd: 1.000" in str(found.summary())
    assert "1.000 without odd" in str(found.explain("odd"))
    # A source is left out as if it had never been there.
    rest = m.select(sources=["a", "b", "odd"]).agreement("krippendorff_alpha").value("krippendorff_alpha")
    assert found["without"][2] == pytest.approx(rest, abs=1e-12)


def test_diagnosis_of_the_kappa_paradox() -> None:
    # Feinstein & Cicchetti (1990), doi:10.1016/0895-4356(90)90158-L: 85 of 100 agree, nine of ten ratings are "yes".
    cells = [("yes", "yes")] * 80 + [("yes", "no")] * 10 + [("no", "yes")] * 5 + [("no", "no")] * 5
    rows = [(f, s, v) for f, pair in enumerate(cells) for s, v in zip("AB", pair, strict=True)]
    fact, source, value = zip(*rows, strict=True)
    found = cs.ClaimMatrix({"fact": list(fact), "source": list(source), "value": list(value)}).diagnose()
    assert found.findings["finding"] == ["low_variation", "prevalence", "required_ratings"]
    assert found.categories.to_dict(["category", "n_ratings"]) == {"category": ["yes", "no"], "n_ratings": [175, 25]}
    text = str(found)
    assert "0.85" in text and "88 %" in text
    for grade in ("poor", "fair", "moderate", "substantial", "almost perfect", "excellent", "good"):
        assert grade not in text.lower()


def test_required_ratings_follow_spearman_and_brown(matrix: cs.ClaimMatrix) -> None:
    found = matrix.diagnose()
    alpha = matrix.agreement("krippendorff_alpha").value("krippendorff_alpha")
    for wanted in (0.5, 0.8, 0.99):
        k = found.required_ratings(wanted)
        assert k is not None and k * alpha / (1 + (k - 1) * alpha) >= wanted - 1e-12
        assert k == 1 or (k - 1) * alpha / (1 + (k - 2) * alpha) < wanted


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3), st.floats(-5, 5).map(lambda v: round(v, 2))),
        min_size=2,
        max_size=24,
        unique_by=lambda row: row[:2],
    ),
    st.floats(0.01, 100),
    st.floats(-100, 100),
)
def test_shift_and_scale_change_no_coefficient_of_numbers(
    rows: list[tuple[int, int, float]], factor: float, shift: float
) -> None:
    def measured(values: list[float]) -> list[float | None]:
        data = {"fact": [r[0] for r in rows], "source": [r[1] for r in rows], "value": values}
        return cs.ClaimMatrix(data, kind="interval").agreement(["icc", "lin_ccc"], interval="analytic")["value"]

    plain = measured([r[2] for r in rows])
    moved = measured([r[2] * factor + shift for r in rows])
    for a, b in zip(plain, moved, strict=True):
        # Values are rounded when they are moved, which a table of few numbers can feel.
        assert (a is None) == (b is None) or len(rows) < 6
        if a is not None and b is not None:
            assert b == pytest.approx(a, abs=1e-6)

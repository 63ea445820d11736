"""What every result can do: tables out, text, HTML, pictures, pickles; and what makes each of ours its own."""

import copy
import pickle
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

import consilience as cs
from consilience import display


@pytest.fixture(scope="module")
def kursk():
    return cs.datasets.load_kursk()


@pytest.fixture(scope="module")
def scores(kursk):
    return kursk.score()


RESULTS = ["scores", "claims", "by_source", "reports", "facts", "sources", "plot_data"]


@pytest.fixture(params=RESULTS)
def result(request, kursk, scores):
    return {
        "scores": lambda: scores,
        "claims": lambda: scores.claims,
        "by_source": scores.by_source,
        "reports": lambda: scores.reports("troops.total_in_russia"),
        "facts": lambda: kursk.facts,
        "sources": lambda: kursk.sources,
        "plot_data": scores.plot_data,
    }[request.param]()


class Balanced(HTMLParser):
    """Raises where tags do not close in order, and where something is loaded from elsewhere."""

    VOID = ("meta", "input", "br", "rect", "circle", "hr")

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        assert not {"src", "href"} & {name for name, _ in attrs}, (tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def check_html(text):
    parser = Balanced()
    parser.feed(text)
    assert not parser.open


def test_tables_go_everywhere_and_are_equal(result):
    import duckdb
    import polars as pl
    import pyarrow as pa

    plain = result.to_dict()
    assert list(plain) == result.columns
    assert {len(v) for v in plain.values()} == {len(result)}
    assert pa.table(result).to_pydict() == plain
    assert pl.DataFrame(result).to_dict(as_series=False) == plain
    assert result.to_polars().columns == result.columns
    assert list(result.to_pandas().columns) == result.columns
    ours = result.to_arrow()
    assert ours.num_rows == len(result)
    assert duckdb.sql("select count(*) from ours").fetchall() == [(len(result),)]


def test_results_are_immutable_pickle_copy_and_print(result):
    with pytest.raises(AttributeError, match="cannot be changed"):
        result.fact = 1
    assert pickle.loads(pickle.dumps(result)) == result
    assert copy.deepcopy(result) == result
    text = repr(result)
    assert 0 < len(text) < 4000
    assert max(map(len, text.splitlines())) <= 140
    check_html(result._repr_html_())
    assert result.metadata["version"] == cs.__version__


def test_tables_below_a_result_say_where_they_come_from():
    matrix = cs.ClaimMatrix(
        {"task": [t for t in range(6) for _ in "abc"], "worker": list("abc") * 6, "label": list("xxyxyxyyxxxxyyyxxy")}
    )
    scores, truth = matrix.score(majority=0.9), matrix.infer("dawid_skene", seed=7)
    right = cs.evaluate(truth, {1: "x", 2: "x"})
    pairs = [
        (matrix, [matrix.facts, matrix.sources, matrix.claims, matrix.reports]),
        (scores, [scores.claims, scores.by_source(), scores.reports(1), scores.plot_data()]),
        (truth, [truth.facts, truth.claims, truth.sources, truth.confusion, truth.trace, truth.plot_data()]),
        (right, [right.by_class, right.reliability, right.facts(), right.plot_data()]),
        (matrix.agreement(), [matrix.agreement().plot_data()]),
        (matrix.diagnose(), [matrix.diagnose().findings, matrix.diagnose().plot_data()]),
    ]
    for owner, tables in pairs:
        assert owner.metadata["version"] == cs.__version__
        for table in tables:
            assert table.metadata == owner.metadata
            assert pickle.loads(pickle.dumps(table)).metadata == owner.metadata
            table.metadata["version"] = ""
            assert table.metadata == owner.metadata
    assert scores.claims.metadata["options"]["majority"] == 0.9
    assert truth.sources.metadata["truth"]["seed"] == 7
    held_out = matrix.cross_validate(["majority_vote"], folds=2)
    assert held_out.metadata["cross_validation"]["models"] == ["majority_vote"]
    assert held_out.metadata["input_hash"] == matrix.metadata["input_hash"]
    assert matrix.compare(["majority_vote"]).metadata["comparison"]["models"] == ["majority_vote"]
    assert set(cs.kinds().metadata) == {"version"}


def test_columns_can_be_asked_for_alone(scores):
    assert list(scores.to_dict(["fact", "agreement"])) == ["fact", "agreement"]
    assert list(scores.to_pandas(["status"]).columns) == ["status"]
    with pytest.raises(cs.ParameterError, match="agreement"):
        scores.to_dict(["agreemnt"])
    with pytest.raises(cs.ParameterError, match="there is no column"):
        scores["agreemnt"]


def test_arrow_types_of_the_scores(scores):
    import pyarrow as pa

    schema = scores.to_arrow().schema
    assert pa.types.is_dictionary(schema.field("status").type)
    assert schema.field("agreement").type == pa.float64()
    assert schema.field("n_units").type == pa.int64()
    assert schema.field("conflict").type == pa.bool_()
    assert pa.types.is_list(schema.field("self_conflicts").type)
    positions = schema.field("positions").type
    assert [f.name for f in positions.value_type] == ["value", "mass", "share"]


def test_values_keep_their_type():
    columns = {"fact": [1, 1, 2], "source": ["a", "b", "a"], "value": [2.5, 2.5, 3.0]}
    assert cs.score(columns)["value"] == [2.5, 3.0]
    columns["value"] = [True, False, True]
    assert cs.score(columns)["leading_value"] == [None, True]
    columns["value"] = [7, 7, 8]
    assert cs.score(columns, kind="nominal")["value"] == [7, 8]
    columns["qualifier"] = ["exact"] * 3
    assert cs.score(columns, kind="nominal")["value"] == ["7", "8"]


def test_the_overall_line_comes_first(scores):
    head = "91 facts: mean agreement 0.80 (0.67–0.90) over the 31 with two voices or more"
    assert repr(scores).startswith(head)
    assert str(scores.summary()).startswith(head)
    assert head in scores._repr_html_()
    assert 'independence="party"' in repr(scores)
    overall = scores.overall
    assert sum(overall["status"].values()) == overall["n_facts"] == 91
    assert overall["low"] <= overall["agreement"] <= overall["high"]
    assert overall["agreement"] == pytest.approx(np.mean([a for a in scores["agreement"] if a is not None]))


def test_filters(scores):
    contested = scores.where(status="contested")
    assert set(contested["status"]) == {"contested"}
    assert len(scores.where(status=["contested", "unanimous"])) == 26
    assert all(scores.where(conflict=True)["conflict"])
    low = scores.where(max_agreement=0.4, min_n_units=3)
    assert all(a <= 0.4 for a in low["agreement"])
    assert all(n >= 3 for n in low["n_units"])
    assert set(scores.where(kind="date")["kind"]) == {"date"}
    with pytest.raises(cs.ParameterError, match="contested"):
        scores.where(status="disputed")
    with pytest.raises(cs.ParameterError, match="min_"):
        scores.where(agreement=0.5)
    # A selection keeps the scores as they are.
    fact = contested["fact"][0]
    assert contested["disagreement_share"][0] == scores["disagreement_share"][scores["fact"].index(fact)]
    with pytest.raises(cs.DataError, match="selection"):
        contested.explain("troops.officers")


def test_sort_puts_what_does_not_exist_last(scores):
    for descending in (False, True):
        agreement = scores.sort("agreement", descending=descending)["agreement"]
        known = [a for a in agreement if a is not None]
        assert agreement[: len(known)] == sorted(known, reverse=descending)
        assert set(agreement[len(known) :]) == {None}


def test_every_fact_is_explained(scores):
    """In words, with each report somewhere in them, and at a length that can be read."""
    for fact in scores["fact"]:
        explanation = scores.explain(fact)
        text = str(explanation)
        assert scores["status"][scores["fact"].index(fact)] in text
        for source in set(scores.reports(fact)["source"]):
            assert source in text, (fact, source)
        assert len(text.splitlines()) < 100
        check_html(explanation._repr_html_())
        assert explanation.data["fact"] == fact


def test_explanations_say_why(scores):
    one = str(scores.explain("troops.officers"))
    assert "Repeating is not confirming" in " ".join(one.split())
    contested = str(scores.explain("troops.total_in_russia"))
    assert "Undisputed: at least 3000" in contested
    assert "not which one is true" in " ".join(contested.split())
    by_level = str(scores.matrix.score(independence="source").explain("troops.officers"))
    assert "each gives the same answer" in " ".join(by_level.split())


def test_reports_of_a_fact_say_who_counts(scores):
    reports = scores.reports("troops.present_in_russia").to_dict()
    assert len(reports["source"]) == 17
    why = {w for w, counted in zip(reports["why_not"], reports["counted"], strict=True) if not counted}
    assert why <= {"anonymous", "no stand", "not comparable", "weight 0"}
    assert "no stand" in why


def test_by_source(scores):
    table = scores.by_source().to_dict()
    for low, mean, high in zip(table["siding_low"], table["siding"], table["siding_high"], strict=True):
        assert 0 <= low <= mean <= high <= 1
    assert "HUR" in table["relays"][0]


def test_matrix_tables_and_sparse_array(kursk):
    assert kursk.shape == (len(kursk.claims), len(kursk.sources)) == (122, 5)
    assert len(kursk.reports) == 273
    split = kursk.to_scipy(conflicts="split")
    assert split.shape == (122, 5)
    with pytest.raises(cs.DataError, match="conflicts="):
        kursk.to_scipy()
    labels = cs.ClaimMatrix({"task": [1, 1, 2], "worker": [5, 6, 5], "label": [0, 1, 1]})
    assert labels.to_scipy().toarray().tolist() == [[1, 0], [0, 1], [1, 0]]


def test_save_and_load(kursk, tmp_path):
    path = tmp_path / "kursk.matrix"
    kursk.save(path)
    assert cs.ClaimMatrix.load(path) == kursk
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(cs.DataError, match="saved matrix"):
        cs.ClaimMatrix.load(path)
    with pytest.raises(cs.DataError, match="nowhere"):
        cs.ClaimMatrix.load(tmp_path / "nowhere")


def test_select_of_a_matrix(kursk):
    part = kursk.select(facts="incursion.start", sources=["E-cnn", "D-unnamed"])
    assert part.sources["source"] == ["D-unnamed", "E-cnn"]
    assert part.score()["refined_value"] == ["2024-08-06"]


def test_pictures(kursk, scores):
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2)
    assert kursk.plot(ax=axes[0], facts=["troops.total_in_russia"]) is axes[0]
    assert scores.plot(ax=axes[1]) is axes[1]
    assert [t.get_text() for t in axes[0].get_yticklabels()] == [
        "about 12000",
        "about 3000",
        "3000",
        "at least 3000",
        "12000",
    ]
    assert len(axes[1].get_yticklabels()) == 31
    figure.canvas.draw()
    rng = np.random.default_rng(1)
    n = 50_000
    many = cs.score(
        {"fact": rng.integers(0, 10_000, n), "source": rng.integers(0, 99, n), "value": rng.integers(0, 3, n)},
        kind="nominal",
    )
    many.plot().figure.canvas.draw()
    # What cannot be drawn well must still be drawn: formulas, tags, right-to-left, nothing at all.
    odd = {"fact": ["$x_1", "שלום", "<b>", "🦉"], "source": ["α$", "", "c", "d"], "value": ["$", "", "}", "\n"]}
    alone = cs.score(odd)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # matplotlib's own font has no owl
        alone.plot().figure.canvas.draw()
        alone.matrix.plot().figure.canvas.draw()
    plt.close("all")


def test_the_page_escapes_what_it_shows():
    from consilience.report import page

    odd = {"fact": ["</script><script>alert(1)</script>"] * 2, "source": ["<i>", "b"], "value": ["{{facts}}", "&amp;"]}
    text = page(cs.score(odd), title="<title>")
    assert "<script>alert" not in text
    assert text.count("</script>") == 1
    assert "&lt;title&gt;" in text
    assert "<i>" not in text


def test_the_page_of_many_facts_lists_those_that_need_a_look():
    from consilience.report import page

    n = 3000
    fact = np.repeat(np.arange(n), 2)
    value = np.tile([0, 0], n)
    value[-1] = 1
    text = page(cs.score({"fact": fact, "source": np.tile([0, 1], n), "value": value}, kind="nominal"))
    assert "1,000 more facts not listed" in text
    assert '"fact": 2999' in text


def test_printed_intervals_are_never_cut():
    heads = ["coefficient", "kind", "agreement", "reason"]
    row = ["krippendorff_alpha", "nominal", "-0.398 (-0.48–1.00)", "a reason that takes more room than there is"]
    text = display.text_table(heads, [row, ["gwet_ac", "nominal", "–", ""]], [False] * 4, width=60)
    assert "-0.398 (-0.48–1.00)" in text and "takes more" not in text
    assert max(map(len, text.splitlines())) <= 60

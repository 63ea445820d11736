"""Tables in and out: every table type gives the same table, the same scores, and a message that helps where it cannot."""

import copy
import datetime as dt
import os
import pickle
import signal
import threading
import time
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import consilience as cs
from consilience import _core
from consilience.errors import ConsilienceError, DataError, ParameterError

FACT = [1, 1, 1, 2, 2, 3]
SOURCE = ["a", "b", "c", "a", "b", "ü"]
VALUE = ["x", "x", "y", "a long label, not inlined in a view", "a long label, not inlined in a view", None]
REPORTS = {"fact": FACT, "source": SOURCE, "value": VALUE}


def read(table):
    return _core.Table.from_any(table)


def build(table, **options):
    return _core.ClaimMatrix.build(table, roles=options.pop("roles", {}), **options)


def column(values):
    return read({"c": values}).to_dict()["c"]


def arrow(**types):
    names = {"fact": FACT, "source": SOURCE, "value": VALUE}
    return pa.table(
        {name: pa.array(values).cast(types[name]) if name in types else values for name, values in names.items()}
    )


def pandas(**types):
    return pd.DataFrame(REPORTS).astype(types)


def polars(**types):
    return pl.DataFrame(REPORTS).with_columns(*(pl.col(name).cast(kind) for name, kind in types.items()))


def ordered():
    values = pd.Categorical(VALUE, categories=["y", "x", VALUE[3]], ordered=True)
    return pd.DataFrame({"fact": FACT, "source": SOURCE, "value": values})


WORDS = ["x", "y", VALUE[3]]
TABLES = {
    "dict of lists": lambda: REPORTS,
    "dict of tuples": lambda: {name: tuple(values) for name, values in REPORTS.items()},
    "dict with NaN for null": lambda: {**REPORTS, "value": [*VALUE[:5], float("nan")]},
    "dict of NumPy": lambda: {"fact": np.array(FACT), "source": np.array(SOURCE), "value": np.array(VALUE, object)},
    "dict of NumPy int8": lambda: {**REPORTS, "fact": np.array(FACT, "i1"), "source": np.array(SOURCE, "U4")},
    "dict of NumPy, strided": lambda: {**REPORTS, "fact": np.repeat(FACT, 2)[::2]},
    "dict of NumPy, big-endian": lambda: {**REPORTS, "fact": np.array(FACT, ">i4")},
    "dict of NumPy, read-only": lambda: {**REPORTS, "fact": np.frombuffer(np.array(FACT).tobytes(), "i8")},
    "dict of NumPy scalars": lambda: {**REPORTS, "fact": [np.int64(f) for f in FACT], "source": list(np.array(SOURCE))},
    "dict of Series": lambda: {"fact": pl.Series(FACT), "source": pd.Series(SOURCE), "value": pa.array(VALUE)},
    "dict of chunked": lambda: {**REPORTS, "fact": pa.chunked_array([FACT[:2], FACT[2:]])},
    "dict of Categorical": lambda: {**REPORTS, "value": pd.Categorical(VALUE), "fact": pd.Index(FACT)},
    "pandas": pandas,
    "pandas object": lambda: pandas(source=object, value=object),
    "pandas string": lambda: pandas(source="string", value="string"),
    "pandas python string": lambda: pandas(source=pd.StringDtype("python"), value=pd.StringDtype("python")),
    "pandas arrow string": lambda: pandas(value=pd.ArrowDtype(pa.string())),
    "pandas category": lambda: pandas(source="category", value="category"),
    "pandas ordered category": ordered,
    "pandas nullable int": lambda: pandas(fact="Int64"),
    "pandas uint8": lambda: pandas(fact="uint8"),
    "pandas filtered": lambda: pd.DataFrame({n: [v[0], *v] for n, v in REPORTS.items()}).iloc[1:],
    "polars": polars,
    "polars Categorical": lambda: polars(source=pl.Categorical, value=pl.Categorical),
    "polars Enum": lambda: polars(value=pl.Enum(WORDS)),
    "polars Int8": lambda: polars(fact=pl.Int8),
    "polars Int16": lambda: polars(fact=pl.Int16),
    "polars Int32": lambda: polars(fact=pl.Int32),
    "polars UInt8": lambda: polars(fact=pl.UInt8),
    "polars UInt16": lambda: polars(fact=pl.UInt16),
    "polars UInt32": lambda: polars(fact=pl.UInt32),
    "polars chunked": lambda: pl.concat([polars()[:1], polars()[1:4], polars()[4:]], rechunk=False),
    "polars chunked Categorical": lambda: pl.concat(
        [polars(value=pl.Categorical)[:3], polars(value=pl.Categorical)[3:]], rechunk=False
    ),
    "polars sliced": lambda: pl.concat([polars(), polars()]).slice(6, 6),
    "polars sliced inside": lambda: pl.concat([polars()[3:], polars(), polars()[:2]]).slice(3, 6),
    "pyarrow": arrow,
    "pyarrow string_view": lambda: arrow(source=pa.string_view(), value=pa.string_view()),
    "pyarrow large_string": lambda: arrow(source=pa.large_string(), value=pa.large_string()),
    "pyarrow dictionary": lambda: arrow(value=pa.dictionary(pa.int8(), pa.string())),
    "pyarrow dictionary of large": lambda: arrow(value=pa.dictionary(pa.uint32(), pa.large_string())),
    "pyarrow dictionary of ints": lambda: arrow().set_column(0, "fact", pa.array(FACT).dictionary_encode()),
    "pyarrow chunked": lambda: pa.concat_tables([arrow().slice(0, 2), arrow().slice(2, 0), arrow().slice(2)]),
    "pyarrow sliced": lambda: pa.concat_tables([arrow(), arrow()]).combine_chunks().slice(6, 6),
    "pyarrow record batch": lambda: arrow().combine_chunks().to_batches()[0],
    "pyarrow reader": lambda: arrow().to_reader(max_chunksize=4),
    "duckdb": lambda: duckdb.from_arrow(arrow()),
    "our own": lambda: read(REPORTS),
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_table_gives_the_same_table(kind):
    assert read(TABLES[kind]()).to_dict() == REPORTS


@pytest.mark.parametrize("kind", TABLES)
def test_every_table_gives_the_same_scores(kind):
    expected = build(REPORTS).score()
    matrix = build(TABLES[kind](), kind="nominal")
    assert matrix.n_dropped == 1
    scores = matrix.score()
    assert scores.table().to_dict() == expected.table().to_dict()
    assert scores.claims().to_dict() == expected.claims().to_dict()
    assert all(type(fact) is int for fact in scores.table(["fact"]).to_dict()["fact"])


@pytest.mark.parametrize(
    "values",
    [
        [True, None, False],
        [1, None, -3],
        [2**63, None, 0],
        [0.5, None, -1e300],
        ["x", None, ""],
        [dt.date(1969, 7, 20), None, dt.date(2024, 2, 29)],
        [dt.datetime(1969, 7, 20, 20, 17, 40, 5), None, dt.datetime(2024, 2, 29)],
        [["a", "b"], None, []],
        [None, None, None],
    ],
    ids=lambda values: type(values[0]).__name__ + str(values[0])[:3],
)
def test_every_type_goes_in_and_out(values):
    table = read({"c": values, "n": [1, 2, 3]})
    expected = {"c": values, "n": [1, 2, 3]}
    assert table.to_dict() == expected
    assert pa.table(table).to_pydict() == expected
    assert pl.DataFrame(table).to_dict(as_series=False) == expected
    assert read(pl.DataFrame(table)).to_dict() == expected
    assert read(pa.table(table)) == table
    relation = duckdb.from_arrow(pa.table(table))
    if values != [None, None, None]:
        assert read(relation).to_dict() == expected
    assert pickle.loads(pickle.dumps(table)) == table
    assert read(table) == table
    assert copy.copy(table) == table


def test_zones_of_timestamps_are_kept():
    berlin = pd.to_datetime(["2024-07-01 12:00", None]).tz_localize("Europe/Berlin")
    noon = dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC)
    for table in (pd.DataFrame({"t": berlin}), {"t": pl.Series(berlin)}, {"t": [berlin[0].to_pydatetime(), None]}):
        out = read(table)
        time, missing = out.to_dict()["t"]
        assert (time, time.utcoffset(), missing) == (noon, dt.timedelta(hours=2), None)
        assert pa.table(out).schema.field("t").type.tz == "Europe/Berlin"
    fixed = dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30)))
    assert column([fixed])[0].isoformat() == "2024-01-01T00:00:00-03:30"
    assert column([fixed, noon])[0].utcoffset() == dt.timedelta(0)
    with pytest.raises(DataError, match="with and without a time zone"):
        column([fixed, dt.datetime(2024, 1, 1)])


def test_claims_keep_the_zone_of_their_times():
    def matrix(source, zone):
        times = pd.to_datetime(["2024-07-01 12:00"]).tz_localize(zone)
        return cs.ClaimMatrix(pd.DataFrame({"fact": ["f"], "source": [source], "value": times}), kind="date")

    berlin = matrix("a", "Europe/Berlin")
    assert pa.table(berlin.claims).schema.field("value").type.tz == "Europe/Berlin"
    assert berlin.claims.to_dict()["claim"] == ["2024-07-01T10:00:00Z"]
    joined = {zone: cs.ClaimMatrix.concat([berlin, matrix("b", zone)]) for zone in ("Europe/Berlin", "UTC")}
    assert {z: pa.table(m.claims).schema.field("value").type.tz for z, m in joined.items()} == {z: z for z in joined}
    assert [m.n_claims for m in joined.values()] == [1, 2]
    with pytest.raises(ParameterError, match="have a zone in some matrices only"):
        cs.ClaimMatrix.concat([berlin, matrix("b", None)])


def test_arrow_types_that_are_read_as_others():
    table = pa.table(
        {
            "decimal": pa.array([Decimal("1.5"), None], pa.decimal128(10, 2)),
            "half": pa.array([1.5, None], pa.float16()),
            "single": pa.array([1.5, None], pa.float32()),
            "day": pa.array([dt.date(2024, 1, 2), None], pa.date64()),
            "fixed": pa.array([["a", "b"], None], pa.list_(pa.string(), 2)),
            "large": pa.array([["a"], None], pa.large_list(pa.large_string())),
            "null": pa.nulls(2),
            "bit": pa.array([None, True, False, None]).slice(1, 2),
        }
    )
    assert read(table).to_dict() == {
        "decimal": [1.5, None],
        "half": [1.5, None],
        "single": [1.5, None],
        "day": [dt.date(2024, 1, 2), None],
        "fixed": [["a", "b"], None],
        "large": [["a"], None],
        "null": [None, None],
        "bit": [True, False],
    }
    decimals = pl.DataFrame({"d": [Decimal("12.30"), None]})
    assert read(decimals).to_dict() == {"d": [12.3, None]}
    for unit in ("s", "ms", "us", "ns"):
        time = dt.datetime(2024, 1, 2, 3, 4, 5)
        assert read(pa.table({"t": pa.array([time], pa.timestamp(unit))})).to_dict() == {"t": [time]}


def test_lists_are_typed_by_their_values():
    nan = float("nan")
    assert column([1, 2.5, None]) == [1.0, 2.5, None]
    assert column([nan, "x"]) == [None, "x"]
    assert column(["x", pd.NA, pd.NaT, None]) == ["x", None, None, None]
    assert np.isnan(column([nan, 1])[0]), "among numbers NaN is a mistake that the matrix must see"
    assert column([{"b", "a"}, ("c",), frozenset(), None]) == [["a", "b"], ["c"], [], None]
    assert column([Decimal("0.1"), 1]) == [0.1, 1.0]
    assert column(np.array(["2024-01-02", "NaT"], "M8[D]")) == [dt.date(2024, 1, 2), None]
    assert column(np.array(["2024-01-02T03:04:05", "NaT"], "M8[ns]")) == [dt.datetime(2024, 1, 2, 3, 4, 5), None]
    assert column(np.ma.array([1, 2], mask=[False, True])) == [1, None]
    assert column(range(3)) == [0, 1, 2]
    assert column([]) == []


def test_ordered_categoricals_bring_their_order():
    words = pd.Categorical(["low", "high"], ["low", "high"], ordered=True)
    enum = pl.Series(["low", "high"], dtype=pl.Enum(["low", "high"]))
    for values in (words, pd.Series(words), enum):
        matrix = build({"fact": [1, 1], "source": ["a", "b"], "value": values})
        assert matrix.facts.to_dict()["kind"] == ["ordinal"]


def test_streams_that_fail_are_explained():
    def batches():
        yield pa.record_batch({"a": [1]})
        raise ValueError("the disk is on fire")

    with pytest.raises(DataError, match="the disk is on fire"):
        read(pa.RecordBatchReader.from_batches(pa.schema({"a": pa.int64()}), batches()))

    class Once:
        stream = pa.table({"a": [1]}).__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema=None):
            return self.stream

    assert read(Once()).to_dict() == {"a": [1]}
    with pytest.raises(DataError, match="already released"):
        read(Once())

    class Wrong:
        def __arrow_c_stream__(self, requested_schema=None):
            return 5

    with pytest.raises(DataError, match="Wrong cannot be read as Arrow"):
        read(Wrong())


def test_numpy_columns_for_plots_and_filters():
    table = read({"i": [1, None], "b": [True, False], "s": ["x", None], "l": [["a"], ["b", "c"]]})
    assert table.numpy("i").dtype == table.numpy("b").dtype == np.float64
    np.testing.assert_array_equal(table.numpy("i"), [1.0, np.nan])
    assert table.numpy("s").tolist() == ["x", None]
    assert table.numpy("l").tolist() == [["a"], ["b", "c"]]
    with pytest.raises(ParameterError, match='"i", "b", "s", "l"'):
        table.numpy("nope")


def test_rows_and_columns_are_chosen():
    table = read(REPORTS)
    assert (len(table), table.num_rows, table.column_names) == (6, 6, ["fact", "source", "value"])
    assert table.select(["source"]).column_names == ["source"]
    assert table.slice(4, 10).to_dict()["source"] == ["b", "ü"]
    for indices in ([5, 0], np.array([5, 0]), np.array([5, 0], "i4"), (5, 0)):
        assert table.take(indices).to_dict()["source"] == ["ü", "a"]
    with pytest.raises(ParameterError, match="row 6 does not exist"):
        table.take([6])
    assert table != table.slice(0, 5)
    assert table != 5


def test_scores_go_out_to_every_library():
    table = build(REPORTS).score().table()
    expected = table.to_dict()
    assert pa.table(table).to_pydict() == expected
    assert pl.DataFrame(table).to_dict(as_series=False) == expected
    assert read(pl.DataFrame(table).drop("positions")).to_dict() == {
        k: v for k, v in expected.items() if k != "positions"
    }
    frame = pa.table(table).to_pandas()
    assert frame["fact"].tolist() == expected["fact"]
    assert isinstance(frame["status"].dtype, pd.CategoricalDtype)
    relation = duckdb.from_arrow(pa.table(table)).select("status, n_reports")
    assert relation.fetchall() == list(zip(expected["status"], expected["n_reports"], strict=True))
    assert pa.schema(table).names == list(expected)
    empty = table.slice(0, 0)
    assert pa.table(empty).num_rows == len(pl.DataFrame(empty)) == 0


def test_labels_keep_their_type():
    matrix = build(REPORTS)
    scores = matrix.score()
    assert matrix.facts.to_dict()["fact"] == [1, 2]
    assert matrix.picture(None, 10)["facts"] == [1, 2]
    for fact in (1, "1", np.int64(1)):
        assert scores.explain(fact)["fact"] == 1
        assert len(scores.reports(fact)) == 3
    assert matrix.select(facts=[2], sources=["a"]).reports.to_dict()["fact"] == [2]
    day = dt.date(2024, 1, 2)
    by_day = build({"fact": ["f", "f"], "source": [1, 2], "value": [day, day]}).score()
    assert by_day.table(["value"]).to_dict()["value"] == [day]
    assert by_day.by_source().to_dict()["source"] == [1, 2]


def test_explanations_hold_every_score():
    scores = build(REPORTS).score()
    explained = scores.explain(1)
    assert list(explained["scores"]) == scores.columns
    assert explained["status"] == "contested"
    assert [c["label"] for c in explained["claims"]] == ["x", "y"]
    assert explained["units"][0]["claims"] == [{"label": "x", "part": 1.0}]
    assert [r["value"] for r in explained["reports"]] == ["x", "x", "y"]


def test_parts_and_wholes():
    matrix = build(REPORTS)
    assert _core.ClaimMatrix.from_bytes(matrix.to_bytes()) == matrix
    assert (
        _core.ClaimMatrix.concat([matrix.select(facts=[1]), matrix.select(facts=[2])]).score().table()
        == matrix.score().table()
    )
    scores = matrix.score()
    chosen = scores.select(np.array([1]))
    assert chosen.table().to_dict()["fact"] == [2]
    assert chosen.n_facts == 1
    for thing in (matrix, scores, chosen, scores.table()):
        again = pickle.loads(pickle.dumps(thing))
        assert again == thing
        with pytest.raises(TypeError):
            hash(thing)
    assert pickle.loads(pickle.dumps(chosen)).table() == chosen.table()
    assert chosen != scores
    value, row, source = matrix.to_coo()
    assert (value.tolist(), row.tolist(), source.tolist()) == ([1.0] * 5, [0, 0, 1, 2, 2], [0, 1, 2, 0, 1])
    with pytest.raises(DataError, match="but this is a selection without it"):
        chosen.explain(1)
    assert matrix.metadata()["n_read"] == 6
    assert matrix.nbytes > 0


def test_options_of_every_form():
    numbers = {"fact": ["p", "p", "q", "q"], "source": ["a", "b", "a", "b"], "value": [1.0, 2.0, 1.0, 2.0]}
    by_fact = build(numbers, kind={"p": "interval", "q": "nominal"}, tolerance={"p": 1})
    assert by_fact.facts.to_dict()["kind"] == ["interval", "nominal"]
    assert by_fact.score().table(["conflict"]).to_dict()["conflict"] == [False, True]
    by_column = build({**numbers, "type": ["interval"] * 2 + ["nominal"] * 2}, kind="type")
    assert by_column.facts.to_dict()["kind"] == ["interval", "nominal"]
    facts = pl.DataFrame({"fact": ["p", "q"], "kind": ["interval", "ratio"], "question": ["P?", None]})
    assert build(numbers, facts=facts).facts.to_dict()["question"] == ["P?", None]
    places = {"fact": ["f"] * 2, "source": ["a", "b"], "value": ["Paris", "France"]}
    for broader in (
        {"Paris": "France"},
        pd.DataFrame({"value": ["Paris"], "broader": ["France"]}),
        {"city": ["Paris", "Oslo"], "country": ["France", None]},
    ):
        assert build(places, broader=broader).score().table(["conflict"]).to_dict()["conflict"] == [False]
    scale = {"fact": [1, 1], "source": ["a", "b"], "value": ["low", "high"]}
    assert build(scale, kind="ordinal", order={1: ["low", "high"]}).n_claims == 2
    assert build(scale, kind="ordinal", order=("low", "high")).n_claims == 2
    assert build(numbers, kind="circular", period=24, about=0.1, anonymous="a").n_claims == 4
    renamed = {"item": [1, 1], "who": ["a", "b"], "what": ["x", "y"]}
    assert build(renamed, roles={"fact": "item", "source": "who", "value": "what"}).n_facts == 1


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (5, "reports: an object of type int is no table; give a pandas"),
        ("reports", "an object of type str is no table"),
        (None, "type NoneType is no table"),
        ([{"fact": 1}], "a list of dicts is not read; make a table of them"),
        (pl.DataFrame(REPORTS).lazy(), "LazyFrame has no rows yet; call .collect\\(\\) first"),
        (pl.Series([1]), "a Series is one column"),
        (pd.Series([1]), "a Series is one column"),
        (pa.chunked_array([[1]]), "a ChunkedArray is one column"),
        (pa.table({"fact": [b"x"]}), 'column "fact" is of Arrow type Binary'),
        (pa.table({"fact": [{"a": 1}]}), 'column "fact" is of Arrow type Struct'),
        ({"fact": ["x", 1]}, 'column "fact" holds a string in row 0 and a number in row 1'),
        ({"fact": [1, None, True]}, "a number in row 0 and a boolean in row 2"),
        (pd.DataFrame({"fact": ["x", 1]}, dtype=object), 'column "fact" holds a string in row 0 and a number in row 1'),
        ({"fact": [object]}, "row 0, column \"fact\": <class 'object'> is of type type"),
        (pl.DataFrame({"fact": [dt.timedelta(1)]}), 'column "fact" is of Arrow type Duration'),
        (
            pd.DataFrame({"fact": pd.period_range("2024", periods=1, freq="Y")}),
            'column "fact" is of Arrow type pandas.period',
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), 'two columns are called "a"; rename one'),
        (np.zeros(3), "an object of type ndarray is no table"),
        ({"fact": None}, 'column "fact" is of type NoneType'),
        ({"fact": [-1, 2**63]}, 'row 0, column "fact": -1 beside'),
        ({"fact": [["a", 1]]}, "1 in a list is of type int; lists hold strings"),
        ({"fact": ["\ud800"]}, "not valid Unicode"),
        ({"fact": "abc"}, 'column "fact" is of type str; give a list'),
        ({"fact": 1}, 'column "fact" is of type int; give a list'),
        ({"fact": np.zeros((2, 2))}, 'column "fact" is an array of 2 dimensions'),
        ({"fact": np.array([1j])}, 'column "fact" is an array of complex128'),
        ({"fact": [1], "source": ["a", "b"]}, '"fact" has 1 rows, "source" has 2'),
        ({"fact": [1], "sorce": ["a"], "value": ["x"]}, 'no column "source".* Did you mean "sorce"'),
        ({"fact": [1], "source": ["a"], "value": [float("nan")]}, "."),
        ({"fact": [], "source": [], "value": []}, "no rows"),
    ],
    ids=str,
)
def test_bad_tables_are_explained(table, message):
    with pytest.raises(DataError, match=message):
        build(table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "nominl"}, 'kind="nominl" is neither a kind nor a column; the kinds are .* Did you mean "nominal"'),
        ({"kind": 5}, "kind=5 \\(int\\) cannot be used; it takes the name of a kind"),
        ({"kind": {1: "nope"}}, '"nope" is not known'),
        ({"tolerance": "x"}, "tolerance='x' \\(str\\) cannot be used; it takes a number"),
        ({"tolerance": {1: "x"}}, "tolerance='x' \\(str\\) cannot be used"),
        ({"tolerance": -1}, "tolerance=-1 is out of range"),
        ({"period": True}, "period=True \\(bool\\) cannot be used"),
        ({"about": "fuzzy"}, "about='fuzzy' \\(str\\) cannot be used; it takes \"digits\""),
        ({"order": "abc"}, "order='abc' \\(str\\) cannot be used"),
        ({"anonymous": 5}, "anonymous=5"),
        ({"broader": {"a": ["b"], "c": ["d"], "e": ["f"]}}, 'broader is a table of two columns.* "a", "c", "e"'),
        ({"roles": {"facts": "fact"}}, 'role=.facts.*it takes "fact", "source"'),
        ({"roles": {"fact": 1}}, "fact=1"),
    ],
    ids=str,
)
def test_bad_options_are_explained(options, message):
    with pytest.raises(ParameterError, match=message):
        build(REPORTS, **options)


def test_other_mistakes_are_explained():
    matrix = build(REPORTS)
    scores = matrix.score()
    with pytest.raises(DataError, match='fact "11" is not in the table\\. Did you mean "1"'):
        scores.explain(11)
    with pytest.raises(ParameterError, match='independence="voice" is not known; it takes "source", "origin", "party"'):
        matrix.score(independence="voice")
    with pytest.raises(ParameterError, match="majority=2"):
        matrix.score(majority=2)
    with pytest.raises(ParameterError, match='columns="agree"'):
        scores.table(["agree"])
    with pytest.raises(ParameterError, match="a list of ClaimMatrix"):
        _core.ClaimMatrix.concat([1])
    with pytest.raises(DataError, match="not the bytes of a saved matrix"):
        _core.ClaimMatrix.from_bytes(b"nothing")
    with pytest.raises(DataError, match="no/such/file"):
        _core.read_csv("no/such/file.csv")
    with pytest.raises(DataError, match="no/such/folder"):
        scores.table().to_csv("no/such/folder/x.csv")
    with pytest.raises(ParameterError, match="source=5"):
        _core.read_csv(5)
    assert issubclass(DataError, ConsilienceError)


def test_files_and_their_bytes(tmp_path):
    path = tmp_path / "reports.csv"
    table = read(REPORTS)
    table.to_csv(str(path))
    assert path.read_text(encoding="utf-8") == table.to_csv()
    for source in (str(path), path, path.read_bytes()):
        assert _core.read_csv(source).to_dict() == REPORTS
    lines = tmp_path / "reports.jsonl"
    table.to_jsonl(str(lines))
    for source in (str(lines), lines.read_bytes()):
        assert _core.read_jsonl(source).to_dict() == REPORTS


def test_pandas_without_pyarrow(monkeypatch):
    def missing(*_, **__):
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pd.DataFrame, "__arrow_c_stream__", missing)
    monkeypatch.setattr(pd.Series, "__arrow_c_stream__", missing)
    for kind in (name for name in TABLES if name.startswith("pandas")):
        assert read(TABLES[kind]()).to_dict() == REPORTS, kind
    frame = pd.DataFrame({"x": [0.5, np.nan], "t": pd.to_datetime(["2024-01-02", None])})
    assert read(frame).to_dict() == {"x": [0.5, None], "t": [dt.datetime(2024, 1, 2), None]}
    frame = pd.DataFrame({**REPORTS, "value": pd.Categorical(["b", "a", "b", "a", "b", "a"], ["b", "a"], ordered=True)})
    assert build(frame, kind="ordinal").n_claims == 5


def test_catalogues():
    kinds = _core.kinds().to_dict()
    assert list(kinds) == ["name", "summary", "qualifiers", "ranges", "reference"]
    assert kinds["name"][0] == "nominal"
    columns = _core.score_columns().to_dict()
    assert columns["name"] == build(REPORTS).score().columns
    assert all(columns["summary"]) and all(columns["reference"])
    assert isinstance(_core.__version__, str)
    assert _core.is_debug_build in (True, False)


@pytest.fixture(scope="module")
def large():
    """Reports that take seconds to build."""
    n = 4_000_000
    rng = np.random.default_rng(0)
    return {
        "fact": rng.integers(0, n // 4, n),
        "source": rng.integers(0, 1000, n),
        "value": rng.integers(0, n, n).astype("U8"),
    }


@pytest.fixture(scope="module")
def large_arrow(large):
    return pa.table({"fact": large["fact"], "source": large["source"], "value": large["value"].tolist()})


def test_ctrl_c_within_a_second(large_arrow):
    pressed = []

    def press():
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.05, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        build(large_arrow)
        pytest.fail("it was done before the signal came")
    assert time.monotonic() - pressed[0] < 1.0


def test_ctrl_c_inside_one_fact_whose_claims_are_compared_pair_by_pair():
    n = 18_000
    values = np.random.default_rng(0).normal(size=n) * 1000
    matrix = build({"fact": np.zeros(n, int), "source": np.arange(n), "value": values}, tolerance=1.0)
    pressed = []

    def press():
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.3, press).start()
    with pytest.raises(KeyboardInterrupt):
        matrix.score()
        pytest.fail("it was done before the signal came")
    assert time.monotonic() - pressed[0] < 1.0


def test_progress_is_called_and_can_stop(large_arrow):
    calls = []
    matrix = build(large_arrow, progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert all(0 <= done <= total for done, total in calls)

    def stop(done, total):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        build(large_arrow, progress=stop)
    calls.clear()
    matrix.score(progress=lambda done, total: calls.append((done, total)))
    assert all(0 <= done <= total for done, total in calls)


def test_other_threads_go_on_meanwhile(large_arrow):
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.01)

    thread = threading.Thread(target=tick)
    thread.start()
    build(large_arrow)
    done.set()
    thread.join()
    assert max(np.diff(ticks)) < 0.5

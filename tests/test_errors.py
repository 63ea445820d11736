"""Bad input: each message says what was found, where, and what to do."""

import numpy as np
import pytest

import consilience as cs

GOOD = {"fact": ["f", "f", "g"], "source": ["a", "b", "a"], "value": ["x", "y", "x"]}


def with_(**columns):
    return GOOD | columns


#: Name of the case: (arguments of ClaimMatrix, class, parts of the message).
CASES = {
    "missing column": (
        ({"fact": ["f"], "sorce": ["a"], "value": ["x"]}, {}),
        cs.DataError,
        ['"source"', '"sorce"', "Did you mean"],
    ),
    "named column missing": ((GOOD, {"fact": "facts"}), cs.DataError, ['"facts"', '"fact"', "Did you mean"]),
    "null fact": ((with_(fact=["f", None, "g"]), {}), cs.DataError, ["fact", "row 1", "fill it or drop"]),
    "null source": ((with_(source=["a", "b", None]), {}), cs.DataError, ["source", "row 2"]),
    "no number": (
        (with_(value=["1", "2", "many"]), {"kind": "ratio"}),
        cs.DataError,
        ["row 2", '"value"', '"many"', "number", '"vague"'],
    ),
    "thousands separator": ((with_(value=["1", "2", "12,000"]), {"kind": "ratio"}), cs.DataError, ["row 2", "12000"]),
    "decimal comma": ((with_(value=["1", "2", "3,5"]), {"kind": "ratio"}), cs.DataError, ["row 2", "point", "3.5"]),
    "end of a range that is no number": (
        (with_(value=[1.0, 2.0, 3.0], low=["1", "few", None]), {}),
        cs.DataError,
        ["row 1", '"low"', '"few"', "leave it empty"],
    ),
    "half a circular range": (
        (with_(value=[1.0, 2.0, 3.0], low=[1.0, None, None]), {"kind": "circular", "period": 24}),
        cs.DataError,
        ["row 0", "low is given without high", "both"],
    ),
    "a word twice in order": (
        (GOOD, {"kind": "ordinal", "order": ["x", "y", "x"]}),
        cs.ParameterError,
        ["order", '"x"', "twice"],
    ),
    "no columns": (({}, {}), cs.DataError, ["no columns", "fact, source and value"]),
    "no date": (
        (with_(value=["2024", "2024-02-30", "2024"]), {"kind": "date"}),
        cs.DataError,
        ["row 1", "2024-02-30", "date"],
    ),
    "no boolean": (
        (with_(value=["yes", "no", "perhaps"]), {"kind": "boolean"}),
        cs.DataError,
        ["row 2", "perhaps", "yes/no"],
    ),
    "integers without a kind": (
        (with_(value=[1, 2, 3]), {}),
        cs.DataError,
        ['kind="nominal"', 'kind="interval"', "integers"],
    ),
    "two kinds": (
        (with_(kind=["nominal", "text", "text"]), {}),
        cs.DataError,
        ['"f"', "nominal", "text", "row 0", "row 1"],
    ),
    "two units": ((with_(unit=["kg", "t", "kg"]), {}), cs.DataError, ['"f"', '"kg"', '"t"', "unit"]),
    "two parties": (
        (with_(origin=["m", "m", "n"], party=["x", "y", "x"]), {}),
        cs.DataError,
        ['"m"', '"x"', '"y"', "row 0", "row 1", "one party"],
    ),
    "ordinal without order": ((GOOD, {"kind": "ordinal"}), cs.DataError, ["order=", '"f"', '"x"']),
    "word not in order": ((GOOD, {"kind": "ordinal", "order": ["x", "z"]}), cs.DataError, ["row 1", '"y"', "order="]),
    "circular without period": ((with_(value=[1.0, 2.0, 3.0]), {"kind": "circular"}), cs.DataError, ["period=", "360"]),
    "qualifier of another kind": (
        (with_(qualifier=["exact", "at_least", None]), {}),
        cs.DataError,
        ["row 1", "at_least", "nominal", '"vague"'],
    ),
    "unknown kind": ((GOOD, {"kind": "nomnal"}), cs.ParameterError, ["nomnal", "nominal", "circular"]),
    "unknown kind in a row": (
        (with_(kind=["nominal", "nominal", "scale"]), {}),
        cs.DataError,
        ["row 2", '"scale"', '"nominal"'],
    ),
    "unknown qualifier": (
        (with_(qualifier=["exact", "roughly", None]), {}),
        cs.DataError,
        ["row 1", '"roughly"', '"about"'],
    ),
    "unknown stance": (
        (with_(stance=["asserts", "asserts", "agrees"]), {}),
        cs.DataError,
        ["row 2", '"agrees"', '"denies"'],
    ),
    "low above high": (
        (with_(value=[1.0, 2.0, 3.0], low=[None, 3.0, None], high=[None, 1.0, None]), {}),
        cs.DataError,
        ["row 1", "low 3", "high 1", "swap"],
    ),
    "within without range": (
        (with_(value=[1.0, 2.0, 3.0], qualifier=["exact", "within", "exact"]), {}),
        cs.DataError,
        ["row 1", "low"],
    ),
    "range of a label": ((with_(low=[1.0, None, None]), {}), cs.DataError, ["row 0", "nominal", "low"]),
    "nan": ((with_(value=np.array([1.0, np.nan, 3.0])), {}), cs.DataError, ["row 1", "NaN", "finite", "null"]),
    "infinity": ((with_(value=[1.0, 2.0, float("inf")]), {}), cs.DataError, ["row 2", "inf", "finite"]),
    "negative weight": ((with_(weight=[1.0, -1.0, 1.0]), {}), cs.DataError, ["row 1", "weight", "-1"]),
    "weight nan": ((with_(weight=np.array([1.0, 1.0, np.nan])), {}), cs.DataError, ["row 2", "weight"]),
    "std_error zero": (
        (with_(value=[1.0, 2.0, 3.0], std_error=[1.0, 0.0, 1.0]), {}),
        cs.DataError,
        ["row 1", "std_error", "> 0"],
    ),
    "cycle in broader": (
        (GOOD, {"broader": {"a": "b", "b": "c", "c": "a"}}),
        cs.DataError,
        ["circle", "a", "b", "c", "remove"],
    ),
    "two parents": (
        (GOOD, {"broader": {"value": ["a", "a"], "broader": ["b", "c"]}}),
        cs.DataError,
        ['"a"', "two parents", '"b"', '"c"'],
    ),
    "empty table": (({"fact": [], "source": [], "value": []}, {}), cs.DataError, ["no rows"]),
    "all values null": ((with_(value=[None, None, None]), {}), cs.DataError, ["value", "3 rows", "null"]),
    "not a table": ((5, {}), cs.DataError, ["int", "table"]),
    "columns of two lengths": ((with_(value=["x"]), {}), cs.DataError, ["length", '"value"']),
    "fact twice in facts": (
        (GOOD, {"facts": {"fact": ["f", "f"], "question": ["a", "b"]}}),
        cs.DataError,
        ['"f"', "twice"],
    ),
    "facts without fact": ((GOOD, {"facts": {"question": ["a"]}}), cs.DataError, ["facts=", '"fact"']),
    "negative tolerance": ((GOOD, {"tolerance": -1}), cs.ParameterError, ["tolerance", "-1"]),
    "period zero": ((GOOD, {"period": 0}), cs.ParameterError, ["period", "0"]),
    "unknown about": ((GOOD, {"about": "roughly"}), cs.ParameterError, ["about", "roughly", "digits"]),
    "facts that are numbers with fractions": (
        (with_(fact=[1.5, 2.5, 1.5]), {}),
        cs.DataError,
        ["fact", "floats", "strings or integers"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message_says_what_where_and_what_to_do(case):
    (reports, options), error, parts = CASES[case]
    with pytest.raises(error) as raised:
        cs.ClaimMatrix(reports, **options)
    message = str(raised.value)
    assert isinstance(raised.value, ValueError)
    for part in parts:
        assert part in message, f"{part!r} is not in: {message}"


def test_unknown_options_of_score_list_the_allowed():
    matrix = cs.ClaimMatrix(GOOD)
    with pytest.raises(cs.ParameterError, match='"party"'):
        matrix.score(independence="outlet")
    with pytest.raises(cs.ParameterError, match="0.5"):
        matrix.score(majority=0.3)
    with pytest.raises(cs.ParameterError, match="between 0 and 1"):
        matrix.score(confidence=95)
    with pytest.raises(cs.ParameterError, match="majority='high'.* takes a number"):
        matrix.score(majority="high")
    with pytest.raises(cs.ParameterError, match="did you mean min_agreement"):
        matrix.score().where(min_agreemnt=0.5)
    with pytest.raises(cs.ParameterError, match="did you mean agreement"):
        matrix.score()["agrement"]


def test_parts_of_a_whole_must_be_matrices():
    with pytest.raises(cs.ParameterError, match="a list of ClaimMatrix"):
        cs.ClaimMatrix.concat([cs.ClaimMatrix(GOOD), 5])
    with pytest.raises(cs.ParameterError, match="at least one"):
        cs.ClaimMatrix.concat([])


def test_more_rows_than_ids_are_refused_before_anything_is_read():
    import pyarrow as pa

    rows = pa.table({name: pa.nulls(2**32) for name in GOOD})
    with pytest.raises(cs.DataError, match="4294967296 rows.*split it by fact"):
        cs.ClaimMatrix(rows)


def test_unknown_fact_names_the_nearest():
    scores = cs.score(GOOD | {"fact": ["speed", "speed", "mass"]})
    with pytest.raises(cs.DataError, match='"spead".*Did you mean "speed"'):
        scores.explain("spead")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"fact,source,value\nf,a,x\nf,b\n", ["line 3", "3", "2"]),
        ("fact,source,value\nf,a,Zürich\n".encode("latin-1"), ["line 2", "UTF-8"]),
        ("fact,source,value\nf,a,x\n".encode("utf-16"), ["UTF-16"]),
        (b"", ["header"]),
    ],
)
def test_unreadable_csv(tmp_path, content, parts):
    path = tmp_path / "reports.csv"
    path.write_bytes(content)
    with pytest.raises(cs.DataError) as raised:
        cs.ClaimMatrix(path)
    for part in [str(path), *parts]:
        assert part in str(raised.value)


def test_missing_file_and_broken_json(tmp_path):
    with pytest.raises(cs.DataError, match="nowhere.csv"):
        cs.ClaimMatrix(tmp_path / "nowhere.csv")
    path = tmp_path / "reports.jsonl"
    path.write_text('{"fact": "f", "source": "a", "value": "x"}\n{"fact": \n')
    with pytest.raises(cs.DataError, match="line 2"):
        cs.ClaimMatrix(path)


def test_odd_labels_are_labels_and_kept_apart():
    labels = ["nan", "None", "", "NaN", "null", "🦉", "שלום", " x", "x"]
    n = len(labels)
    matrix = cs.ClaimMatrix({"fact": labels, "source": labels, "value": labels})
    assert matrix.n_facts == matrix.n_sources == matrix.n_claims == n
    scores = matrix.score()
    assert scores["fact"] == labels
    assert scores["value"] == labels
    assert "🦉" in repr(scores) or len(repr(scores)) > 0
    assert scores._repr_html_()


def test_a_string_of_ten_megabytes_is_a_label():
    long = "x" * 10_000_000
    scores = cs.score({"fact": ["f", "f"], "source": ["a", "b"], "value": [long, long + "y"]})
    assert scores["status"] == ["contested"]
    assert len(repr(scores)) < 10_000
    assert len(str(scores.explain("f"))) < 100_000


def test_a_million_claims_in_one_fact():
    n = 1_000_000
    scores = cs.score({"fact": np.zeros(n, int), "source": np.arange(n), "value": np.arange(n)}, kind="nominal")
    assert scores["n_claims"] == [n]
    assert scores["agreement"] == [0.0]
    assert scores["status"] == ["contested"]


def test_too_many_claims_that_may_overlap_are_refused():
    n = 30_000
    with pytest.raises(cs.DataError, match="30000 different claims"):
        cs.score({"fact": np.zeros(n, int), "source": np.arange(n), "value": np.arange(n) + 0.5}, tolerance=1.0)


def test_no_row_is_lost_without_a_count():
    reports = {
        "fact": ["f", "f", "f", "g", "g"],
        "source": ["a", "b", "a", "a", "b"],
        "value": ["x", None, "x", "y", "y"],
    }
    matrix = cs.ClaimMatrix(reports)
    assert (matrix.n_reports, matrix.n_duplicates, matrix.n_dropped) == (3, 1, 1)
    assert matrix.n_reports + matrix.n_duplicates + matrix.n_dropped == 5
    assert matrix.metadata["n_duplicates"] == 1
    assert matrix.metadata["n_dropped"] == 1
    text = repr(matrix)
    assert "duplicate" in text
    assert "without a value" in text
    assert matrix.score()["n_duplicates"] == [1, 0]


def test_options_that_name_unknown_facts_warn():
    with pytest.warns(cs.ConsilienceWarning, match="not in the reports"):
        cs.ClaimMatrix(with_(value=[1.0, 2.0, 3.0]), tolerance={"f": 1.0, "h": 2.0})


def test_numbers_in_conflict_everywhere_warn_once_and_name_the_way_out():
    n = 20
    reports = {
        "fact": [i // 2 for i in range(n)],
        "source": [i % 2 for i in range(n)],
        "value": [float(i) for i in range(n)],
    }
    with pytest.warns(cs.ConsilienceWarning, match="tolerance=") as caught:
        cs.score(reports)
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("reports.csv", 'fact,source,value\n\nf,a,"1"\n\nf,"b\nc",twelve\n', 5),
        ("reports.csv", "\ufefffact,source,value\r\nf,a,1\r\nf,b,twelve\r\n", 3),
        ("reports.jsonl", '{"fact":"f","source":"a","value":"1"}\n\n{"fact":"f","source":"b","value":"twelve"}\n', 3),
    ],
)
def test_a_wrong_value_in_a_file_is_named_with_its_line(tmp_path, name, text, line):
    path = tmp_path / name
    path.write_bytes(text.encode())
    with pytest.raises(cs.DataError, match=rf'{name}, line {line}: row 1, column "value": "twelve"'):
        cs.ClaimMatrix(path, kind="ratio")


def test_the_line_is_not_sought_where_the_row_is_that_of_another_table(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text("fact,source,value\nrow 7,a,1\n")
    with pytest.raises(cs.DataError, match="^facts table: fact"):
        cs.ClaimMatrix(path, kind="ratio", facts={"fact": ["row 7", "row 7"], "question": ["a", "b"]})
    with pytest.raises(cs.DataError, match='^fact "row 7" is circular'):
        cs.ClaimMatrix(path, kind="circular")
    with pytest.raises(cs.DataError, match='^facts table: column "fact" is empty'):
        cs.ClaimMatrix(path, kind="ratio", facts={"fact": ["row 7", None], "question": ["a", "b"]})


def test_nothing_is_suggested_that_has_nothing_in_common():
    reports = {"fact": [1], "source": ["a"], "value": ["x"]}
    with pytest.warns(cs.ConsilienceWarning) as caught:
        cs.ClaimMatrix(reports, kind={"zz": "nominal"})
    assert "Did you mean" not in str(caught[0].message)

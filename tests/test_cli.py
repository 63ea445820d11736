"""The command line as users call it: outputs, pipes, messages, exit codes."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"
TABLES = ["--facts", str(SEEDS / "facts.csv"), "--broader", str(SEEDS / "broader.csv")]


def run(*arguments, stdin=None):
    command = [sys.executable, "-m", "consilience", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def test_help_has_examples():
    for command in ("score", "agreement", "infer", "report"):
        text = run(command, "--help").stdout.decode()
        assert "examples:" in text
        assert f"consilience {command}" in text
        assert "exit codes" in text


def test_score_prints_what_needs_a_look_first():
    done = run("score", SEEDS / "reports.csv", *TABLES)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0].startswith("91 facts: mean agreement 0.80")
    first = next(i for i, line in enumerate(lines) if line.startswith("fact "))
    assert "contested" in lines[first + 1]


def test_hints_name_what_to_type_here(tmp_path):
    """Nobody at a command line can call where(...) or give period=24."""
    score = run("score", SEEDS / "reports.csv", *TABLES).stdout.decode()
    assert "--independence party; or origin or source" in score.replace("\n", " ")
    assert "--status picks" in score
    infer = run("infer", SEEDS / "reports.csv", *TABLES, "--conflicts", "first").stdout.decode()
    agreement = run("agreement", SEEDS / "reports.csv", *TABLES, "--conflicts", "first").stdout.decode()
    page = tmp_path / "page.html"
    run("report", SEEDS / "reports.csv", *TABLES, "-o", page)
    for text in (score, infer, agreement, page.read_text(encoding="utf-8")):
        assert "--independence" in text
        assert not any(word in text for word in ("independence=", "explain(", "where(", "plot(facts", "majority=)"))
    ragged = run("score", "-", stdin=b"fact,source,value\nf,a\n").stderr.decode()
    assert ragged.startswith("consilience: standard input, line 2: found 2 fields")
    clock = b"fact,source,value\nf,a,1\n"
    for kind, option in (("circular", "--period"), ("ordinal", None)):
        error = run("score", "-", "--kind", kind, stdin=clock).stderr.decode()
        assert (f"(on the command line: {option})" in error) == (option is not None)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_score_writes_every_column(tmp_path, ending):
    path = tmp_path / f"scores.{ending}"
    done = run("score", SEEDS / "reports.csv", *TABLES, "--independence", "origin", "-o", path)
    assert done.returncode == 0, done.stderr
    if ending == "csv":
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    elif ending == "jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(path).to_pylist()
    assert len(rows) == 91
    assert rows[0]["fact"] == "troops.present_in_russia"
    assert len(rows[0]) == 35


def test_pipes():
    reports = "fact,source,value\nf,a,x\nf,b,y\n"
    done = run("score", "-", "--format", "csv", "--columns", "fact,status", stdin=reports.encode())
    assert done.stdout.decode() == "fact,status\nf,contested\n"
    lines = '{"fact": 1, "source": "a", "value": "x"}\n{"fact": 1, "source": "b", "value": "x"}\n'
    done = run("score", "-", "-o", "-", "--format", "jsonl", "--columns", "fact,status", stdin=lines.encode())
    assert json.loads(done.stdout) == {"fact": 1, "status": "unanimous"}


def test_status_filters():
    done = run(
        "score", SEEDS / "reports.csv", *TABLES, "--status", "contested,inconsistent", "--columns", "status", "-o", "-"
    )
    assert sorted(done.stdout.decode().splitlines()[1:]) == ["contested"] * 9 + ["inconsistent"]


def test_report_is_one_page_without_network(tmp_path):
    path = tmp_path / "page.html"
    done = run("report", SEEDS / "reports.csv", *TABLES, "-o", path)
    assert done.returncode == 0, done.stderr
    page = path.read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "src=" not in page
    assert "<link" not in page
    assert "{{" not in page
    assert "troops.total_in_russia" in page


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (["score"], 2, ["reports"]),
        (["score", "nowhere.csv"], 1, ["nowhere.csv", "no file"]),
        (["score", "reports.xls"], 1, ["reports.xls"]),
        (["score", SEEDS / "reports.csv", "--independence", "outlet"], 2, ["outlet", "party"]),
        (["score", SEEDS / "reports.csv", "--majority", "0.2"], 2, ["majority", "0.5"]),
        (["score", SEEDS / "reports.csv", "--about", "roughly"], 2, ["about", "roughly"]),
        (["score", SEEDS / "reports.csv", "--status", "disputed"], 2, ["disputed", "contested"]),
        (["score", SEEDS / "reports.csv", "--columns", "agreemnt", "-o", "-"], 2, ["agreemnt", "agreement"]),
        (["score", SEEDS / "reports.csv", "--value", "valeu"], 1, ["valeu", "Did you mean"]),
        (["score", SEEDS / "reports.csv", "-o", "/nowhere/at/all.csv"], 1, ["/nowhere/at/all.csv"]),
        (["judge", "reports.csv"], 2, ["judge"]),
    ],
)
def test_exit_codes_and_messages(arguments, code, parts):
    done = run(*arguments)
    message = done.stderr.decode()
    assert done.returncode == code, message
    assert "Traceback" not in message
    for part in parts:
        assert part in message, message


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m consilience score {SEEDS / 'reports.csv'} -o - --format csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert done.stdout.startswith(b"fact,kind,status")
    assert done.stderr == b""


CROWD = "task,worker,label\n" + "".join(
    f"{task},{worker},{'xy'[(task + (worker == 'c' and task % 3 == 0)) % 2]}\n"
    for task in range(12)
    for worker in "abc"
)


@pytest.fixture
def crowd(tmp_path):
    (tmp_path / "answers.csv").write_text(CROWD, encoding="utf-8")
    (tmp_path / "known.csv").write_text("fact,value\n0,x\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("fact,source,value\n1,a,x\n1,a,y\n", encoding="utf-8")
    (tmp_path / "true.csv").write_text("task,label\n1,y\n2,x\n3,x\n99,x\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_infer_writes_facts_claims_and_sources(crowd, ending):
    out = [crowd / f"{name}.{ending}" for name in ("facts", "claims", "sources")]
    done = run(
        "infer", crowd / "answers.csv", "--model", "dawid_skene", "--set", "confusion_prior=1", "--gold", crowd / "known.csv",
        "-o", out[0], "--claims", out[1], "--sources", out[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if ending == "csv":
        rows = [list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in out]
        assert [row["value"] for row in rows[0]] == list("xy" * 6)
        assert float(rows[0][0]["probability"]) == 1.0
        assert [row["source"] for row in rows[2]] == list("abc")
        assert float(rows[2][2]["reliability"]) < float(rows[2][0]["reliability"])
    assert all(path.stat().st_size for path in out)
    assert b"wrote" in done.stderr


def test_infer_prints_and_evaluates(crowd):
    done = run("infer", crowd / "answers.csv", "--model", "dawid_skene", "--truth", crowd / "true.csv")
    assert done.returncode == 0, done.stderr
    assert b"model: dawid_skene" in done.stdout
    text = done.stderr.decode()
    assert "dawid_skene: 3 facts, right 0.667" in text
    assert "1 fact of the truth left out: nobody reports on it" in text


def test_infer_says_how_well_the_model_predicts(crowd):
    done = run("infer", crowd / "answers.csv", "--model", "majority_vote", "--cv", "3")
    assert done.returncode == 0, done.stderr
    assert b"a report it has not seen has the log-probability" in done.stdout


def test_infer_compares_models_by_reports_kept_apart(crowd):
    done = run(
        "infer", crowd / "answers.csv", "--cross-validate", "majority_vote,dawid_skene", "--folds", "3",
        "--columns", "model,n,folds", "-o", "-",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = done.stdout.decode().splitlines()
    assert [row.split(",")[0] for row in rows] == ["model", "majority_vote", "dawid_skene"]
    assert rows[2].endswith(",12,3")


def test_infer_lists_models():
    done = run("infer", "--list")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("dawid_skene "))
    assert lines[place + 1].split(maxsplit=1) == ["--set", "confusion_prior=2.0, class_prior=1.0, assignment=soft"]


def test_tabs_between_fields_are_read(crowd):
    (crowd / "answers.tsv").write_text(CROWD.replace(",", "\t"), encoding="utf-8")
    done = run("infer", crowd / "answers.tsv", "-o", "-")
    assert (done.returncode, done.stdout) == (0, run("infer", crowd / "answers.csv", "-o", "-").stdout)
    # Written they are not.
    assert run("infer", crowd / "answers.csv", "-o", crowd / "out.tsv").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name the table of reports"),
        (["answers.csv", "--model", "oracle"], 2, "is not known; it takes"),
        (["answers.csv", "--model", "dawid_skene", "--set", "prior"], 2, "it takes NAME=VALUE"),
        (["answers.csv", "--model", "dawid_skene", "--set", "prior=1"], 2, 'there is no parameter "prior"'),
        (["answers.csv", "--gold", "none.csv"], 1, "gold: there is no file"),
        (["answers.csv", "--truth", "answers.csv"], 1, "has two answers"),
        (["answers.csv", "--gold", "true.csv", "--model", "dawid_skene"], 1, "is not in the table"),
        # Where results cannot be written is said before the work.
        (["answers.csv", "--model", "oracle", "-o", "out.xls"], 2, "'out.xls': the ending does not tell the format"),
        (["answers.csv", "--model", "oracle", "--claims", "x/"], 2, "'x/': the ending does not tell the format"),
        (["answers.csv", "--model", "oracle", "--sources", "-"], 2, "--sources -: the table of facts alone goes to"),
        (["answers.csv", "--model", "oracle", "--sources", "nowhere/s.csv"], 1, "there is no folder"),
        (["twice.csv", "--conflicts", "majority"], 1, 'and that conflicts="majority" leaves in'),
        (["answers.csv", "--folds", "3"], 2, "--folds says something of --cross-validate"),
        (
            ["answers.csv", "--cross-validate", "wawa", "--truth", "true.csv"],
            2,
            "--truth does not go with --cross-validate",
        ),
    ],
)
def test_infer_says_what_is_wrong(crowd, arguments, code, message):
    done = run("infer", *[crowd / a if a.endswith(".csv") else a for a in arguments])
    assert (done.returncode, message in done.stderr.decode()) == (code, True), done.stderr.decode()


def written(crowd, *arguments):
    """The rows that a command writes to standard output."""
    done = run("agreement", crowd / "answers.csv", *arguments, "-o", "-")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(done.stdout.decode().splitlines()))


def test_agreement_writes_coefficients_pairs_and_sources(crowd):
    rows = written(crowd, "--coefficients", "fleiss_kappa,gwet_ac")
    assert [row["coefficient"] for row in rows] == ["fleiss_kappa", "gwet_ac"]
    pairs = written(crowd, "--pairwise", "--coefficients", "cohen_kappa", "--min-overlap", "12")
    assert [(row["source_a"], row["source_b"]) for row in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert float(pairs[0]["value"]) == 1.0 > float(pairs[1]["value"])
    assert all(not row["value"] for row in written(crowd, "--pairwise", "--min-overlap", "13"))
    without = {row["source"]: float(row["without"]) for row in written(crowd, "--leave-one-source-out")}
    assert without["c"] == 1.0 > without["a"]


def test_agreement_prints_what_makes_it_hard_to_read(crowd):
    done = run("agreement", crowd / "answers.csv", "--diagnose")
    assert done.returncode == 0, done.stderr
    assert "krippendorff_alpha" in done.stdout.decode() and "gwet_ac" in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pairwise", "--by", "topic"], "--by does not go with --pairwise"),
        (["--leave-one-source-out", "--population", "50"], "--population does not go with --leave-one-source-out"),
        (["--pairwise", "--coefficients", "gwet_ac,icc"], "--pairwise takes one coefficient"),
        (["--diagnose", "--coefficients", "gwet_ac"], "--diagnose takes no coefficient"),
        (["--diagnose", "--pairwise"], "not allowed with"),
        (["--min-overlap", "3"], "add --pairwise"),
        (["--pairwise", "--interval", "sources"], "no source to spare"),
    ],
)
def test_agreement_says_what_does_not_go_together(crowd, arguments, message):
    done = run("agreement", crowd / "answers.csv", *arguments)
    assert (done.returncode, message in done.stderr.decode()) == (2, True), done.stderr.decode()

"""The command line: ``consilience score`` and ``consilience report``, in the words of the Python interface."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from typing import Any, Final

from . import _core, files
from .display import clip
from .errors import ConsilienceError, ParameterError
from .matrix import _ROLES, ClaimMatrix
from .scores import FactScores
from .words import STATUSES

__all__ = ["main"]

_OK: Final = 0
_BAD_DATA: Final = 1
_BAD_USAGE: Final = 2
_INTERRUPTED: Final = 130

_SCORE_EXAMPLES: Final = """\
examples:
  consilience score reports.csv
      print the scores, what needs a look first
  consilience score reports.csv --independence origin -o scores.parquet
      one voice is one origin; write every column
  consilience score answers.parquet --fact task --source worker --value label --majority 0.9
  cat reports.jsonl | consilience score - --format csv > scores.csv
  consilience score reports.csv --status contested --columns fact,agreement,positions -o -

exit codes: 0 done, 1 the data cannot be used, 2 the call is wrong
"""

_REPORT_EXAMPLES: Final = """\
examples:
  consilience report reports.csv -o report.html
  consilience report reports.csv --facts facts.csv --broader broader.csv -o report.html
  consilience report - < reports.csv > report.html

The page is one file and loads nothing from the net.
exit codes: 0 done, 1 the data cannot be used, 2 the call is wrong
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="consilience",
        description="How much do several sources agree on each fact, and how sure can one be?",
        epilog="consilience score --help and consilience report --help have examples",
    )
    parser.add_argument("--version", action="version", version=f"consilience {_core.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    score = _command(commands, "score", "score agreement and uncertainty of every fact", _SCORE_EXAMPLES)
    score.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="CSV, JSON lines or Parquet by its ending; - for standard output (default: print)",
    )
    score.add_argument(
        "--format", choices=["csv", "jsonl", "parquet"], help="format of the output, where its ending does not tell"
    )
    score.add_argument("--columns", metavar="A,B,...", help="columns to write (default: all)")
    score.add_argument("--status", metavar="A,B,...", help=f"only facts of these: {', '.join(STATUSES)}")
    report = _command(commands, "report", "write one self-contained HTML page", _REPORT_EXAMPLES)
    report.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        default=None,
        help="where to; - for standard output (default: consilience.html)",
    )
    report.add_argument("--title", help="title of the page")
    return parser


def _command(commands: Any, name: str, what: str, examples: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("reports", help="CSV, JSON lines or Parquet; - for CSV or JSON lines on standard input")
    how = parser.add_argument_group("scoring")
    how.add_argument(
        "--independence",
        choices=["source", "origin", "party"],
        help="what counts as one voice (default: the strictest the table allows)",
    )
    how.add_argument(
        "--majority",
        type=float,
        default=0.95,
        metavar="P",
        help="from which probability of the lead on a dispute counts as decided (0.95)",
    )
    how.add_argument("--confidence", type=float, default=0.95, metavar="P", help="coverage of the intervals (0.95)")
    table = parser.add_argument_group("the table")
    table.add_argument("--kind", help="kind of all values (nominal, ratio, date, ...), or the column that has it")
    table.add_argument("--facts", metavar="PATH", help="table of facts: fact, question, kind, unit, ...")
    table.add_argument("--broader", metavar="PATH", help="table of which label lies within which: value, broader")
    table.add_argument("--order", metavar="A,B,...", help="words of ordinal scales, lowest first")
    table.add_argument("--period", type=float, metavar="X", help="after how much circular scales start again")
    table.add_argument(
        "--about", default="digits", metavar="HOW", help="what 'about' means: digits, exact, or a fraction such as 0.1"
    )
    table.add_argument("--tolerance", type=float, metavar="X", help="by how much numbers may differ and still agree")
    table.add_argument(
        "--anonymous", metavar="A,B,...", default="unnamed", help="origins that stand for nobody (unnamed)"
    )
    columns = parser.add_argument_group("columns, where they do not have the name of their role")
    for role in _ROLES:
        if role != "kind":
            columns.add_argument(f"--{role.replace('_', '-')}", dest=role, metavar="COLUMN")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    options = _parser().parse_args(arguments)
    warnings.showwarning = lambda message, *_: print(f"consilience: note: {message}", file=sys.stderr)
    try:
        scores = _scores(options)
        return _score(scores, options) if options.command == "score" else _report(scores, options)
    except ParameterError as error:
        print(f"consilience: {error}", file=sys.stderr)
        return _BAD_USAGE
    except (ConsilienceError, ModuleNotFoundError) as error:
        print(f"consilience: {error}", file=sys.stderr)
        return _BAD_DATA
    except BrokenPipeError:
        # Whoever reads has seen enough. Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _OK
    except OSError as error:
        print(f"consilience: {error.filename or options.output}: {error.strerror}", file=sys.stderr)
        return _BAD_DATA
    except KeyboardInterrupt:
        print("consilience: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _scores(options: argparse.Namespace) -> FactScores:
    reports: Any = options.reports
    if reports == "-":
        reports = files.read_bytes(sys.stdin.buffer.read())
    about: str | float = options.about
    if about not in ("digits", "exact"):
        try:
            about = float(about)
        except ValueError:
            raise ParameterError(f"--about {about}: it takes digits, exact, or a fraction such as 0.1") from None
    matrix = ClaimMatrix(
        reports,
        **{role: getattr(options, role) for role in _ROLES if role != "kind"},
        kind=options.kind,
        facts=options.facts,
        broader=options.broader,
        order=_words(options.order),
        period=options.period,
        about=about,
        tolerance=options.tolerance,
        anonymous=_words(options.anonymous) or (),
    )
    return matrix.score(independence=options.independence, majority=options.majority, confidence=options.confidence)


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _score(scores: FactScores, options: argparse.Namespace) -> int:
    if options.status:
        scores = scores.where(status=_words(options.status))
    output = options.output
    if output is None and options.format is None and options.columns is None:
        print(repr(scores))
        return _OK
    columns = _words(options.columns)
    table = scores._read(columns)
    if output in (None, "-"):
        if options.format == "parquet":
            raise ParameterError("--format parquet: Parquet needs a file: -o scores.parquet")
        text = table.to_jsonl() if options.format == "jsonl" else table.to_csv()
        sys.stdout.buffer.write((text or "").encode())
        sys.stdout.buffer.flush()
        return _OK
    files.write_table(table, output, options.format)
    print(f"{scores._headline()[0]}\nwrote {output}", file=sys.stderr)
    return _OK


def _report(scores: FactScores, options: argparse.Namespace) -> int:
    from .report import page

    name = "standard input" if options.reports == "-" else os.path.basename(options.reports)
    text = page(scores, title=options.title or clip(name, 80))
    output = options.output or ("-" if options.reports == "-" else "consilience.html")
    if output == "-":
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return _OK
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"wrote {output}", file=sys.stderr)
    return _OK

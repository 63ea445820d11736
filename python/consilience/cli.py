"""The command line: ``consilience score``, ``agreement``, ``infer`` and ``report``, in the words of the Python interface."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import warnings
from typing import Any, Final

from . import _core, files
from .agreement import INTERVALS
from .display import clip
from .errors import ConsilienceError, DataError, ParameterError
from .matrix import _ROLES, ClaimMatrix
from .result import Table
from .scores import FactScores
from .words import LEVELS, STATUSES, command_line

__all__ = ["main"]

#: An argument as messages name it: order=[...], tolerance=.
_ARGUMENT: Final = re.compile(r"\b([a-z_]+)=")

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


_AGREEMENT_EXAMPLES: Final = """\
examples:
  consilience agreement reports.csv
      print alpha, Gwet's AC and the percent agreement with their intervals
  consilience agreement answers.csv --fact task --source worker --value label --kind nominal --coefficients fleiss_kappa,gwet_ac
  consilience agreement grades.csv --kind ordinal --order low,middle,high --weights linear
  consilience agreement reports.csv --facts facts.csv --by topic --interval bootstrap --seed 1 -o agreement.csv
  consilience agreement reports.csv --pairwise --coefficients cohen_kappa --min-overlap 20 -o pairs.csv
      who agrees with whom: every pair of sources
  consilience agreement reports.csv --leave-one-source-out
      who pulls alpha down?
  consilience agreement reports.csv --diagnose
      what makes the coefficients hard to read, in words
  consilience agreement --list
      print the coefficients there are

exit codes: 0 done, 1 the data cannot be used, 2 the call is wrong
"""

_INFER_EXAMPLES: Final = """\
examples:
  consilience infer reports.csv
      print the most probable answer of every fact
  consilience infer answers.csv --model dawid_skene -o truth.parquet
  consilience infer answers.csv --model dawid_skene --set confusion_prior=1 --sources workers.csv
      give the model a parameter; write how reliable each source is
  consilience infer answers.csv --gold known.csv --truth expert.csv
      known answers are never overturned; then say how right the rest is
  consilience infer answers.csv --cross-validate majority_vote,dawid_skene
      which model predicts reports best that it has not seen?
  consilience infer --list
      print the models there are, and what each takes with --set

exit codes: 0 done, 1 the data cannot be used, 2 the call is wrong
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="consilience",
        description="How much do several sources agree on each fact, and how sure can one be?",
        epilog="consilience COMMAND --help has examples",
    )
    parser.add_argument("--version", action="version", version=f"consilience {_core.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _score_command(commands)
    _agreement_command(commands)
    _infer_command(commands)
    _report_command(commands)
    return parser


def _score_command(commands: Any) -> None:
    parser = _command(commands, "score", "score agreement and uncertainty of every fact", _SCORE_EXAMPLES)
    _output_options(parser)
    parser.add_argument("--status", metavar="A,B,...", help=f"only facts of these: {', '.join(STATUSES)}")
    _scoring_options(parser)
    _table_options(parser)
    parser.set_defaults(run=_score)


def _report_command(commands: Any) -> None:
    parser = _command(commands, "report", "write one self-contained HTML page", _REPORT_EXAMPLES)
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        default=None,
        help="where to; - for standard output (default: consilience.html)",
    )
    parser.add_argument("--title", help="title of the page")
    _scoring_options(parser)
    _table_options(parser)
    parser.set_defaults(run=_report)


def _agreement_command(commands: Any) -> None:
    parser = _command(
        commands,
        "agreement",
        "measure agreement over all facts, corrected for chance",
        _AGREEMENT_EXAMPLES,
        optional=True,
    )
    _output_options(parser)
    how = parser.add_argument_group("measuring")
    names = _core.agreement_coefficients().to_dict()["name"]
    how.add_argument("--list", action="store_true", help="print the coefficients there are, and stop")
    instead = how.add_mutually_exclusive_group()
    instead.add_argument("--pairwise", action="store_true", help="compare every pair of sources, by one coefficient")
    instead.add_argument(
        "--leave-one-source-out", action="store_true", help="give one coefficient without each source in turn"
    )
    instead.add_argument("--diagnose", action="store_true", help="say what makes coefficients hard to read")
    how.add_argument("--coefficients", metavar="A,B,...", help=f"of {', '.join(names)}")
    how.add_argument(
        "--min-overlap", type=int, metavar="N", help="with --pairwise: facts that two sources share at least (1)"
    )
    how.add_argument("--metric", metavar="WORD", help="distance of values for alpha (default: that of their kind)")
    how.add_argument(
        "--weights", metavar="WORD", help="credit for near categories in the other coefficients (identity)"
    )
    how.add_argument("--categories", metavar="A,B,...", help="labels that may be used, lowest first")
    how.add_argument("--by", metavar="COLUMN", help="column of the facts table: a row for each of its values")
    how.add_argument("--independence", choices=list(LEVELS), default="source", help="who the raters are (source)")
    how.add_argument(
        "--conflicts",
        choices=["error", "first", "last", "majority", "drop"],
        default="error",
        help="which value counts where a rater has several for one fact (error)",
    )
    how.add_argument(
        "--interval", choices=list(INTERVALS), default="augmented_jackknife", help="how intervals are made"
    )
    how.add_argument("--confidence", type=float, default=0.95, metavar="P", help="coverage of the intervals (0.95)")
    how.add_argument("--population", type=int, metavar="N", help="number of facts from which these were drawn")
    how.add_argument("--replicates", type=int, default=1000, metavar="N", help="samples of the bootstrap (1000)")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap (0)")
    _table_options(parser)
    parser.set_defaults(run=_agreement)


def _infer_command(commands: Any) -> None:
    parser = _command(
        commands, "infer", "infer which answers are true and which sources are reliable", _INFER_EXAMPLES, optional=True
    )
    _output_options(parser)
    parser.add_argument("--claims", metavar="PATH", help="where to write the probability of each claim")
    parser.add_argument("--sources", metavar="PATH", help="where to write the reliability of each source")
    how = parser.add_argument_group("inference")
    how.add_argument("--list", action="store_true", help="print the models there are, with their parameters, and stop")
    how.add_argument(
        "--model", metavar="NAME", help="one of consilience infer --list (default: the model for any table)"
    )
    how.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the model; may be repeated"
    )
    how.add_argument("--gold", metavar="PATH", help="table of known answers: fact, value")
    how.add_argument("--truth", metavar="PATH", help="table of true answers to compare with: fact, value")
    how.add_argument(
        "--cv", type=int, metavar="N", help="also say how well the model predicts reports kept apart, in N parts"
    )
    how.add_argument("--cross-validate", metavar="A,B,...", help="compare models by reports kept apart, and stop")
    how.add_argument("--folds", type=int, metavar="N", help="parts of the reports for that (5)")
    how.add_argument("--independence", choices=list(LEVELS), help="what counts as one voice")
    how.add_argument(
        "--conflicts",
        choices=["error", "first", "last", "majority", "drop", "split"],
        default="error",
        help="which value counts where a voice has several for one fact (error)",
    )
    how.add_argument(
        "--form", choices=["closed", "open"], help="whether facts share their values (default: by the model)"
    )
    how.add_argument("--max-iter", type=int, metavar="N", help="iterations at most")
    how.add_argument("--tol", type=float, metavar="X", help="the change to stop at")
    how.add_argument("--confidence", type=float, default=0.95, metavar="P", help="coverage of the intervals (0.95)")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="which reports are in which part (0)")
    _table_options(parser)
    parser.set_defaults(run=_infer)


def _command(commands: Any, name: str, what: str, examples: str, *, optional: bool = False) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "reports",
        nargs="?" if optional else None,
        help="CSV (or TSV), JSON lines or Parquet; - for CSV or JSON lines on standard input",
    )
    return parser


def _output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="CSV, JSON lines or Parquet by its ending; - for standard output (default: print)",
    )
    parser.add_argument(
        "--format", choices=["csv", "jsonl", "parquet"], help="format of the output, where its ending does not tell"
    )
    parser.add_argument("--columns", metavar="A,B,...", help="columns to write (default: all)")


def _scoring_options(parser: argparse.ArgumentParser) -> None:
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


def _table_options(parser: argparse.ArgumentParser) -> None:
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


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    options = _parser().parse_args(arguments)
    warnings.showwarning = lambda message, *_: print(f"consilience: note: {_typed(message, options)}", file=sys.stderr)
    try:
        _check_paths(options)
        with command_line():
            code: int = options.run(options)
        return code
    except ParameterError as error:
        print(f"consilience: {_typed(error, options)}", file=sys.stderr)
        return _BAD_USAGE
    except (ConsilienceError, ModuleNotFoundError) as error:
        print(f"consilience: {_typed(error, options)}", file=sys.stderr)
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


def _check_paths(options: argparse.Namespace) -> None:
    """Whether results can be written: a wrong path should not cost a long fit."""
    for name in ("output", "claims", "sources"):
        path = getattr(options, name, None)
        if path is None or (name == "output" and path == "-"):
            continue
        if path == "-":
            raise ParameterError(
                f"--{name} -: the table of facts alone goes to standard output (-o -); name a file here"
            )
        if name != "output" or getattr(options, "format", "none") is None:
            files.format_of(path)
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            raise DataError(f"{path}: there is no folder {folder!r}; make it first")


def _typed(message: object, options: argparse.Namespace) -> str:
    """A message that names arguments of Python, with the options that stand for them here."""
    text = str(message)
    named = [name for name in dict.fromkeys(_ARGUMENT.findall(text)) if hasattr(options, name)]
    here = ", ".join(f"--{name.replace('_', '-')}" for name in named)
    return f"{text} (on the command line: {here})" if here else text


def _matrix(options: argparse.Namespace) -> ClaimMatrix:
    reports: Any = options.reports
    if reports == "-":
        reports = files.read_bytes(sys.stdin.buffer.read(), name="standard input")
    about: str | float = options.about
    if about not in ("digits", "exact"):
        try:
            about = float(about)
        except ValueError:
            raise ParameterError(f"--about {about}: it takes digits, exact, or a fraction such as 0.1") from None
    return ClaimMatrix(
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


def _scores(options: argparse.Namespace) -> FactScores:
    how = {name: getattr(options, name) for name in ("independence", "majority", "confidence")}
    return _matrix(options).score(**how)


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _score(options: argparse.Namespace) -> int:
    scores = _scores(options)
    if options.status:
        scores = scores.where(status=_words(options.status))
    return _write(scores, options)


def _agreement(options: argparse.Namespace) -> int:
    if options.list:
        about = _core.agreement_coefficients().to_dict()
        width = max(map(len, about["name"]))
        for name, summary in zip(about["name"], about["summary"], strict=True):
            print(f"{name:<{width}}  {summary}")
        return _OK
    if options.reports is None:
        raise ParameterError("name the table of reports: consilience agreement reports.csv")
    names = ("metric", "weights", "independence", "conflicts", "interval", "confidence", "replicates", "seed")
    how: dict[str, Any] = {name: getattr(options, name) for name in names}
    how["categories"] = _words(options.categories)
    coefficients = _words(options.coefficients) or []
    other = next((name for name in ("pairwise", "leave_one_source_out", "diagnose") if getattr(options, name)), None)
    if other != "pairwise" and options.min_overlap is not None:
        raise ParameterError("--min-overlap says something of pairs: add --pairwise, or leave it out")
    if other is None:
        how |= {"by": options.by, "population": options.population}
        if coefficients:
            how["coefficients"] = coefficients
        return _write(_matrix(options).agreement(**how), options)
    flag = f"--{other.replace('_', '-')}"
    for name in ("by", "population"):
        if getattr(options, name) is not None:
            raise ParameterError(f"--{name} does not go with {flag}: leave one of them out")
    most = 0 if other == "diagnose" else 1
    if len(coefficients) > most:
        takes = "one coefficient" if most else "no coefficient"
        raise ParameterError(f"{flag} takes {takes}, not --coefficients {options.coefficients}")
    if coefficients:
        how["coefficient"] = coefficients[0]
    if options.min_overlap is not None:
        how["min_overlap"] = options.min_overlap
    return _write(getattr(_matrix(options), other)(**how), options)


def _infer(options: argparse.Namespace) -> int:
    if options.list:
        about, own = _core.truth_models().to_dict(), _core.truth_parameters().to_dict()
        width = max(map(len, about["name"]))
        for name, summary in zip(about["name"], about["summary"], strict=True):
            print(f"{name:<{width}}  {summary}")
            of_all = zip(own["model"], own["name"], own["default"], strict=True)
            takes = [f"{n}={json.loads(d)}" for model, n, d in of_all if model == name]
            if takes:
                print(f"{'':<{width}}  --set {', '.join(takes)}")
        return _OK
    if options.reports is None:
        raise ParameterError("name the table of reports: consilience infer reports.csv")
    from .answers import known
    from .evaluation import evaluate

    # Read before the work begins: a wrong path should not cost a long fit.
    gold = None if options.gold is None else known(options.gold, "gold")
    truth = None if options.truth is None else known(options.truth)
    how: dict[str, Any] = {name: getattr(options, name) for name in ("independence", "conflicts", "form", "seed")}
    models = _words(options.cross_validate)
    if models is not None:
        for name in ("model", "set", "truth", "claims", "sources", "cv", "max_iter", "tol"):
            if getattr(options, name) not in (None, []):
                raise ParameterError(
                    f"--{name.replace('_', '-')} does not go with --cross-validate: leave one of them out"
                )
        folds = 5 if options.folds is None else options.folds
        return _write(_matrix(options).cross_validate(models, folds=folds, gold=gold, **how), options)
    if options.folds is not None:
        raise ParameterError("--folds says something of --cross-validate: add that, or say --cv")
    matrix = _matrix(options)
    how |= {name: getattr(options, name) for name in ("max_iter", "tol", "confidence", "cv")}
    parameters = dict(map(_parameter, options.set))
    for name in parameters.keys() & {"gold", *how}:
        raise ParameterError(f"--set {name}: give this as --{name.replace('_', '-')}")
    result = matrix.infer(options.model, gold=gold, **how, **parameters)
    for path, table in ((options.claims, result.claims), (options.sources, result.sources)):
        if path is not None:
            files.write_table(table._read(), path, None)
            print(f"wrote {path}", file=sys.stderr)
    if truth is not None:
        print(evaluate(result, truth).summary(), file=sys.stderr)
    return _write(result, options)


def _parameter(text: str) -> tuple[str, Any]:
    """``NAME=VALUE``, the value a number, true, false or a word."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise ParameterError(f"--set {text}: it takes NAME=VALUE, such as confusion_prior=1")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def _write(result: Table, options: argparse.Namespace) -> int:
    """Print a result, or write its table to where the options say."""
    output = options.output
    if output is None and options.format is None and options.columns is None:
        print(repr(result))
        return _OK
    table = result._read(_words(options.columns))
    if output in (None, "-"):
        if options.format == "parquet":
            raise ParameterError(f"--format parquet: Parquet needs a file: -o {options.command}.parquet")
        text = table.to_jsonl() if options.format == "jsonl" else table.to_csv()
        sys.stdout.buffer.write((text or "").encode())
        sys.stdout.buffer.flush()
        return _OK
    files.write_table(table, output, options.format)
    print(f"{result._headline()[0]}\nwrote {output}", file=sys.stderr)
    return _OK


def _report(options: argparse.Namespace) -> int:
    from .report import page

    scores = _scores(options)
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

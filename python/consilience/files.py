"""Tables from files and to files: CSV, JSON lines, Parquet.

CSV and JSON lines are read and written by the core; Parquet goes through whichever of pyarrow, polars and duckdb is there.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from . import _core
from .errors import DataError, ParameterError

__all__ = ["FORMATS", "format_of", "locate", "read_bytes", "read_table", "write_table"]

#: File endings and the format each stands for.
FORMATS: Final[dict[str, str]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
#: Endings that are read, but not written: what stands between the fields is found out.
_READ: Final[dict[str, str]] = FORMATS | {".tsv": "csv", ".tab": "csv"}


def format_of(path: str | os.PathLike[str], *, reading: bool = False) -> str:
    """Name of a file's format, by its ending; ``.gz`` after ``.csv`` or ``.jsonl`` is looked through.

    Examples
    --------
    >>> format_of("reports.csv.gz"), format_of("scores.parquet")
    ('csv', 'parquet')
    """
    known = _READ if reading else FORMATS
    suffixes = [s.lower() for s in Path(path).suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    try:
        return known[suffixes[-1]] if suffixes else known[""]
    except KeyError:
        raise ParameterError(
            f"{os.fspath(path)!r}: the ending does not tell the format; known endings are {', '.join(known)}"
            + (" (for other formats read the table with pandas or polars and give that)" if reading else "")
        ) from None


def read_table(source: Any, role: str = "reports") -> Any:
    """A path's table; anything that is not a path is given back as it is.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read or parsed; says which file and, for CSV and JSON lines, which line.
    ModuleNotFoundError
        For Parquet without pyarrow, polars or duckdb.
    """
    if not isinstance(source, str | os.PathLike):
        return source
    path = Path(source)
    if isinstance(source, str) and ("\n" in source or len(source) > 4096):
        raise DataError(
            f"{role}: a string stands for the path of a file, and this is the text of one: write it to a file"
        )
    if path.is_dir():
        raise DataError(f"{role}: {str(path)!r} is a folder, not a file")
    if not path.exists():
        near = difflib.get_close_matches(path.name, _names(path.parent), n=1)
        hint = f"; did you mean {str(path.parent / near[0])!r}?" if near else ""
        raise DataError(f"{role}: there is no file {str(path)!r}{hint}")
    kind = format_of(path, reading=True)
    try:
        if kind == "parquet":
            return _read_parquet(path)
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                return read_bytes(file.read(), kind, str(path))
        return _core.read_csv(str(path)) if kind == "csv" else _core.read_jsonl(str(path))
    except (OSError, EOFError) as error:
        raise DataError(f"{role}: {str(path)!r} cannot be read: {error}") from error


def read_bytes(data: bytes, kind: str | None = None, name: str = "(bytes)") -> _core.Table:
    """The table in ``data``; without ``kind``, JSON lines if it begins with a brace, else CSV. Messages call it by ``name``."""
    if kind is None:
        start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
        kind = "jsonl" if start.startswith(b"{") else "csv"
    if kind not in ("csv", "jsonl"):
        raise ParameterError(f"format {kind!r} cannot be read from a stream: choose 'csv' or 'jsonl'")
    try:
        return _core.read_csv(data) if kind == "csv" else _core.read_jsonl(data)
    except DataError as error:
        raise DataError(name + str(error).removeprefix("(bytes)")) from None


def locate(message: str, source: Any) -> str:
    """A message that names a row, with the file and line where that row begins, if it came from a CSV or JSON lines file.

    Examples
    --------
    >>> locate("row 1 is wrong", {"value": []})
    'row 1 is wrong'
    """
    own = re.sub(r'"(?:[^"\\]|\\.)*"', "", message)
    row = re.search(r"\brows? (\d+)", own)
    if row is None or "facts table" in own or not isinstance(source, str | os.PathLike) or not Path(source).is_file():
        return message
    kind = format_of(source, reading=True)
    if kind == "parquet":
        return message
    unpacked: Callable[..., Any] = gzip.open if os.fspath(source).lower().endswith(".gz") else open
    with unpacked(source, "rt", encoding="utf-8-sig", errors="replace", newline="") as text:
        try:
            line = next(itertools.islice(_starts(text, kind), int(row[1]), None), None)
        except csv.Error:  # such as a field longer than Python's reader takes
            line = None
    return message if line is None else f"{os.fspath(source)}, line {line}: {message}"


def _starts(text: Iterable[str], kind: str) -> Iterator[int]:
    """The line on which each row begins."""
    if kind == "jsonl":
        yield from (i for i, line in enumerate(text, 1) if line.strip())
        return
    records = csv.reader(text)
    end, header = 0, True
    for record in records:
        start, end = end + 1, records.line_num
        if record and not header:
            yield start
        header = header and not record


def write_table(table: Any, path: str | os.PathLike[str], kind: str | None = None) -> None:
    """Write a table with ``to_csv`` and ``to_jsonl`` to ``path``, in the format its ending stands for."""
    kind = kind or format_of(path)
    if kind == "parquet":
        _write_parquet(table, os.fspath(path))
    elif kind == "csv":
        table.to_csv(os.fspath(path))
    else:
        table.to_jsonl(os.fspath(path))


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _read_parquet(path: Path) -> Any:
    def pyarrow() -> Any:
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)

    def polars() -> Any:
        import polars

        return polars.read_parquet(path)

    def duckdb() -> Any:
        import duckdb

        return duckdb.read_parquet(str(path))

    return _first_of((pyarrow, polars, duckdb), f"reading {str(path)!r}", reading=True)


def _write_parquet(table: Any, path: str) -> None:
    def pyarrow() -> None:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(table), path)

    def polars() -> None:
        import polars

        polars.DataFrame(table).write_parquet(path)

    def duckdb() -> None:
        import duckdb

        duckdb.from_arrow(table).write_parquet(path)

    _first_of((pyarrow, polars, duckdb), f"writing {path!r}", reading=False)


def _first_of(ways: tuple[Callable[[], Any], ...], task: str, *, reading: bool) -> Any:
    for way in ways:
        try:
            return way()
        except ModuleNotFoundError:
            continue
        except OSError:
            raise
        except Exception as error:
            if not reading:
                raise
            raise DataError(f"{task}: {way.__name__} says: {error}") from error
    raise ModuleNotFoundError(
        f"{task} as Parquet needs one of pyarrow, polars and duckdb: pip install pyarrow (CSV and JSON lines need nothing)"
    )

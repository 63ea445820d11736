"""What every function of the library gives back: an immutable table with a meaning."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from . import _core, display, files
from .display import Text
from .errors import ParameterError
from .words import count, near

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from matplotlib.axes import Axes

    from .matrix import ClaimMatrix

__all__ = ["Result", "Table"]


_Metadata = Callable[[], dict[str, Any]] | dict[str, Any] | None


class Table:
    """An immutable table: Arrow underneath, at home in pandas, polars, pyarrow and plain Python.

    Anything that takes an Arrow table takes it as it is: ``pl.DataFrame(table)``, ``pa.table(table)``,
    ``duckdb.from_arrow(table)``. A value that does not exist is null (``None``), never NaN.

    Examples
    --------
    >>> import consilience as cs
    >>> sources = cs.datasets.load_kursk().sources
    >>> len(sources), sources["source"]
    (5, ['A-hill', 'B-politico', 'C-reuters', 'D-unnamed', 'E-cnn'])
    """

    __slots__ = ("_data", "_metadata_of", "_name", "_note")

    _data: _core.Table
    _name: str
    _note: str
    #: The metadata of the result that the table belongs to; a call where they take a hash of the input.
    _metadata_of: _Metadata

    def __init__(self, data: _core.Table, name: str = "table", note: str = "", metadata: _Metadata = None) -> None:
        set_ = object.__setattr__
        set_(self, "_data", data)
        set_(self, "_name", name)
        set_(self, "_note", note)
        set_(self, "_metadata_of", metadata)

    # What a subclass replaces when its table is not simply at hand.

    def _read(self, columns: list[str] | None = None) -> _core.Table:
        return self._data if columns is None else self._data.select(columns)

    def __len__(self) -> int:
        return self._data.num_rows

    @property
    def columns(self) -> list[str]:
        """Names of the columns. They never change within a major version."""
        return list(self._data.column_names)

    @property
    def metadata(self) -> dict[str, Any]:
        """Where the table comes from: the version, and with a result its options, a hash of its input, and counts of what was left out."""
        of = self._metadata_of() if callable(self._metadata_of) else self._metadata_of
        return {"version": _core.__version__} | frozen_copy(of or {})

    # The same for all.

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"{type(self).__name__} cannot be changed: take a copy with to_pandas(), to_polars() or to_dict()"
        )

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._name == other._name and bool(self._data == other._data)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Table, (self._data, self._name, self._note, self.metadata))

    def __copy__(self) -> Table:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Table:
        return self

    def __getitem__(self, column: str) -> list[Any]:
        """Values of one column, as a list."""
        if column not in self.columns:
            hint = near(column, self.columns)
            raise ParameterError(f"there is no column {column!r}{hint}; the columns are {', '.join(self.columns)}")
        return self._read([column]).to_dict()[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._read().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._read().__arrow_c_schema__()

    def to_dict(self, columns: list[str] | None = None) -> dict[str, list[Any]]:
        """The columns, or those named, as lists of Python objects; null is None.

        Parameters
        ----------
        columns : list of str, optional
            Columns to take, in this order; by default all.

        Returns
        -------
        dict of str and list

        Raises
        ------
        ParameterError
            If there is no such column; lists those there are. So do the other ``to_`` methods.

        Examples
        --------
        >>> import consilience as cs
        >>> cs.datasets.load_kursk().sources.to_dict(["n_reports"])
        {'n_reports': [51, 50, 57, 62, 53]}
        """
        return self._read(columns).to_dict()

    def to_pandas(self, columns: list[str] | None = None) -> pd.DataFrame:
        """The table, or the columns named, as a pandas DataFrame. pandas shows null as NaN.

        Parameters
        ----------
        columns : list of str, optional
            Columns to take, in this order; by default all.

        Returns
        -------
        pandas DataFrame

        Examples
        --------
        >>> import consilience as cs
        >>> cs.datasets.load_kursk().sources.to_pandas(["source", "n_reports"]).shape
        (5, 2)
        """
        import pandas as pd

        try:
            import pyarrow as pa
        except ModuleNotFoundError:
            return pd.DataFrame(self.to_dict(columns), columns=columns or self.columns)
        return pa.table(self._read(columns)).to_pandas()

    def to_polars(self, columns: list[str] | None = None) -> pl.DataFrame:
        """The table, or the columns named, as a polars DataFrame.

        Parameters
        ----------
        columns : list of str, optional
            Columns to take, in this order; by default all.

        Returns
        -------
        polars DataFrame

        Examples
        --------
        >>> import consilience as cs
        >>> cs.datasets.load_kursk().sources.to_polars(["source", "n_reports"]).shape
        (5, 2)
        """
        import polars as pl

        return pl.DataFrame(self._read(columns))

    def to_arrow(self, columns: list[str] | None = None) -> pa.Table:
        """The table, or the columns named, as a pyarrow Table.

        Parameters
        ----------
        columns : list of str, optional
            Columns to take, in this order; by default all.

        Returns
        -------
        pyarrow Table

        Examples
        --------
        >>> import consilience as cs
        >>> cs.datasets.load_kursk().sources.to_arrow(["source", "n_reports"]).num_rows
        5
        """
        import pyarrow as pa

        return pa.table(self._read(columns))

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Write the table as CSV to ``path``, or give the text; null is an empty field.

        Parameters
        ----------
        path : str or path, optional
            File to write; without it the text is given back.

        Returns
        -------
        str or None

        Raises
        ------
        DataError
            If the file cannot be written.

        Examples
        --------
        >>> import consilience as cs
        >>> cs.kinds().to_csv().splitlines()[0]
        'name,summary,qualifiers,ranges,reference'
        """
        return self._read().to_csv(None if path is None else os.fspath(path))

    def to_jsonl(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Write the table as JSON lines to ``path``, or give the text.

        Parameters
        ----------
        path : str or path, optional
            File to write; without it the text is given back.

        Returns
        -------
        str or None

        Raises
        ------
        DataError
            If the file cannot be written.

        Examples
        --------
        >>> import consilience as cs
        >>> len(cs.kinds().to_jsonl().splitlines())
        9
        """
        return self._read().to_jsonl(None if path is None else os.fspath(path))

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write the table as Parquet, through whichever of pyarrow, polars and duckdb is installed.

        Parameters
        ----------
        path : str or path
            File to write.

        Raises
        ------
        ModuleNotFoundError
            If none of the three is installed.

        Examples
        --------
        >>> import tempfile, os, consilience as cs
        >>> path = os.path.join(tempfile.mkdtemp(), "kinds.parquet")
        >>> cs.kinds().to_parquet(path)
        >>> os.path.exists(path)
        True
        """
        files.write_table(self._read(), path, "parquet")

    # How it shows itself.

    def _headline(self) -> list[str]:
        """Lines that come before the rows, the most important first."""
        lines = [f"{self._name}: {count(len(self), 'row')}"]
        return [*lines, self._note] if self._note else lines

    def _shown(self, n: int) -> _core.Table:
        """The ``n`` rows to show."""
        return self._read().slice(0, min(n, len(self)))

    def _rest(self, n: int) -> str:
        left = len(self) - n
        return f"… {count(left, 'more row')}" if left > 0 else ""

    def __repr__(self) -> str:
        n = 10
        parts = [display.wrap(line) for line in self._headline()]
        if len(self):
            parts.append(display.text_table(*display.rows_of(self._shown(n).to_dict(), 40)))
        return "\n".join(p for p in [*parts, self._rest(n)] if p)

    def _repr_html_(self) -> str:
        n = 20
        columns = self._shown(n).to_dict()
        heads, _, right = display.rows_of(columns)
        rows = zip(*([display.html_cell(v) for v in values] for values in columns.values()), strict=True)
        head, *notes = self._headline()
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            *(f'<div class="cs-note">{display.escape(note)}</div>' for note in notes),
            display.html_table(heads, rows, right) if len(self) else "",
            f'<div class="cs-note">{display.escape(self._rest(n))}</div>' if self._rest(n) else "",
        )


class Result(Table):
    """A table with a meaning: what each method that computes something gives back.

    Beside what every :class:`Table` can, a result says what matters (``summary()``), draws it (``plot()``, from the numbers
    in ``plot_data()``) and says why a number is what it is (``explain()``).
    """

    __slots__ = ()

    def _below(self, data: _core.Table, name: str, note: str = "") -> Table:
        """A table that belongs to this result, and says so in its metadata."""
        return Table(data, name, note, lambda: self.metadata)

    #: What an object holds beside its table, as ``__init__`` takes it: what pickles and equality go by.
    _parts: ClassVar[tuple[str, ...]] = ()

    def _hold(self, *parts: object) -> None:
        for name, part in zip(self._parts, parts, strict=True):
            object.__setattr__(self, name, part)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (type(self), (self._data, *(getattr(self, name) for name in self._parts)))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(bool(getattr(self, name) == getattr(other, name)) for name in ("_data", *self._parts))

    __hash__: ClassVar[None]

    def summary(self) -> Text:
        """What matters, in plain text.

        Returns
        -------
        str
            Shown line by line at a prompt and in a notebook.
        """
        raise NotImplementedError

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the result on ``ax``, or on axes of its own, and give these back.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        raise NotImplementedError

    def plot_data(self) -> Table:
        """The numbers that ``plot`` draws, in the order in which it draws them.

        Returns
        -------
        Table
        """
        raise NotImplementedError

    def explain(self, *args: Any) -> Any:
        """Why a number is what it is.

        Parameters
        ----------
        *args
            What to explain: see the result at hand.

        Returns
        -------
        object
            Reads as text and as HTML.
        """
        raise NotImplementedError


class OfMatrix(Result):
    """A result that the core keeps whole, with the matrix it comes from: its only part."""

    __slots__ = ()

    def __init__(self, whole: Any) -> None:
        self._hold(whole)
        object.__setattr__(self, "_name", type(self).__name__)
        object.__setattr__(self, "_note", "")

    @property
    def _whole(self) -> Any:
        return getattr(self, self._parts[0])

    def __len__(self) -> int:
        return int(self._whole.n_facts)

    @property
    def independence(self) -> str:
        """What counts as one voice: "party", "origin" or "source"."""
        return str(self._whole.independence)

    @property
    def matrix(self) -> ClaimMatrix:
        """The matrix that it comes from."""
        from .matrix import ClaimMatrix

        return ClaimMatrix._of(self._whole.matrix)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (type(self), (self._whole,))

    def __eq__(self, other: object) -> bool:
        return bool(self._whole == other._whole) if type(other) is type(self) else NotImplemented

    __hash__: ClassVar[None]


def frozen_copy(data: dict[str, Any]) -> dict[str, Any]:
    """A dictionary that can be changed without changing the result it comes from."""
    return copy.deepcopy(data)

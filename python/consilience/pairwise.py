"""Who agrees with whom: every pair of sources, and coefficients without each source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, display
from .display import Text
from .errors import ParameterError
from .result import Result, Table, frozen_copy
from .words import count

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Pairwise", "WithoutSource", "clustered"]


class Pairwise(Result):
    """Every pair of sources on the facts they share, one row a pair.

    Columns: ``kind`` (only where facts are of several kinds), ``source_a``, ``source_b``, ``n_facts`` (that both have a value for),
    ``agreement`` (share of these on which the values are equal), ``value`` of the coefficient with ``low``, ``high`` and
    ``std_error``, ``reason`` (why there is no value; null exactly where there is one).

    Examples
    --------
    >>> import consilience as cs
    >>> labels = {"task": [1, 1, 1, 2, 2, 2, 3, 3], "worker": list("abcabcab"), "label": list("xxyyyyxy")}
    >>> pairs = cs.ClaimMatrix(labels).pairwise("gwet_ac")
    >>> pairs.to_matrix("agreement").round(2).tolist()
    [[nan, 0.67, 0.5], [0.67, nan, 0.5], [0.5, 0.5, nan]]
    """

    __slots__ = ("_coefficients", "_metadata", "_notes")

    _coefficients: tuple[tuple[str, str], ...]
    _metadata: dict[str, Any]
    _notes: tuple[str, ...]

    def __init__(
        self,
        data: _core.Table,
        coefficients: Iterable[tuple[str, str]],
        metadata: dict[str, Any],
        notes: Iterable[str] = (),
    ) -> None:
        super().__init__(data, "Pairwise")
        object.__setattr__(self, "_coefficients", tuple(tuple(pair) for pair in coefficients))
        object.__setattr__(self, "_metadata", metadata)
        object.__setattr__(self, "_notes", tuple(notes))

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Pairwise, (self._data, self._coefficients, self._metadata, self._notes))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pairwise):
            return NotImplemented
        return bool(self._data == other._data) and self._metadata == other._metadata

    __hash__ = None

    @property
    def metadata(self) -> dict[str, Any]:
        """That of the matrix, with the options of the comparison."""
        return frozen_copy(self._metadata)

    @property
    def notes(self) -> list[str]:
        """What was noticed, in sentences."""
        return list(self._notes)

    @property
    def coefficient(self) -> str:
        """The coefficient; several, by kind of facts, are joined by a comma."""
        names = dict.fromkeys(name for _, name in self._coefficients)
        return ", ".join(names)

    @property
    def sources(self) -> list[Any]:
        """Labels of the sources, in the order of rows and columns of the matrix."""
        both = self.to_dict(["source_a", "source_b"])
        return list(dict.fromkeys([*both["source_a"][:1], *both["source_b"], *both["source_a"]]))

    def to_matrix(self, column: str = "value", *, kind: str | None = None) -> npt.NDArray[np.float64]:
        """A column as a square matrix, rows and columns as in :attr:`sources`.

        Parameters
        ----------
        column : {"value", "agreement", "n_facts", "low", "high", "std_error"}
            What stands in the matrix.
        kind : str, optional
            Kind of the facts, needed where there are several.

        Returns
        -------
        numpy array of shape (sources, sources)
            Symmetric. NaN where there is no number, and on the diagonal (a source is not compared with itself); counts are 0
            where no fact is shared.

        Raises
        ------
        ParameterError
            If there is no such column, or there are several kinds and none is named.
        """
        numbers = ("value", "agreement", "n_facts", "low", "high", "std_error")
        if column not in numbers:
            raise ParameterError(f"column={column!r} is not known; it takes {', '.join(map(repr, numbers))}")
        rows = self._rows_of(kind)
        sources = self.sources
        place = {source: i for i, source in enumerate(sources)}
        data = self._data.take(rows).to_dict()
        matrix = np.full((len(sources), len(sources)), np.nan)
        a = [place[s] for s in data["source_a"]]
        b = [place[s] for s in data["source_b"]]
        values = [np.nan if v is None else v for v in data[column]]
        matrix[a, b] = values
        matrix[b, a] = values
        return matrix

    def to_frame(self, column: str = "value", *, kind: str | None = None) -> pd.DataFrame:
        """The matrix of :meth:`to_matrix` as a pandas DataFrame with the labels of the sources.

        Parameters
        ----------
        column, kind
            As for :meth:`to_matrix`.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame(self.to_matrix(column, kind=kind), index=self.sources, columns=self.sources)

    def _rows_of(self, kind: str | None) -> npt.NDArray[np.int64]:
        kinds = [k for k, _ in self._coefficients]
        if kind is not None and kind not in kinds:
            raise ParameterError(f"kind={kind!r} does not occur here; it takes {', '.join(map(repr, kinds))}")
        if len(kinds) == 1:
            return np.arange(len(self))
        if kind is None:
            raise ParameterError(
                f"the facts are of several kinds, which are never mixed; say which: kind={' or '.join(map(repr, kinds))}"
            )
        return np.flatnonzero(np.array(self["kind"]) == kind)

    def summary(self) -> Text:
        """What matters, in plain text: the middle pair, the lowest and highest, and who shares nothing.

        Returns
        -------
        Text
        """
        lines = [display.wrap(line) for line in self._headline()]
        rows = self._ranked()
        for title, some in (("Least agreement", rows[:5]), ("Most agreement", rows[::-1][:5])):
            if some:
                lines += ["", f"{title}:"]
                lines += [f"  {_pair(row)}" for row in some]
        return Text("\n".join(lines))

    def _ranked(self) -> list[dict[str, Any]]:
        columns = self.to_dict()
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return sorted((row for row in rows if row["value"] is not None), key=lambda row: row["value"])

    def explain(self, source_a: Any, source_b: Any) -> Text:
        """Say in words how two sources compare.

        Parameters
        ----------
        source_a, source_b : labels
            The two sources, in either order.

        Returns
        -------
        Text

        Raises
        ------
        ParameterError
            If there is no row of this pair.
        """
        columns = self.to_dict()
        lines = []
        for row in (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)):
            if {row["source_a"], row["source_b"]} == {source_a, source_b} and source_a != source_b:
                lines.append(_pair(row))
                if row["reason"] is not None:
                    lines.append(f"  No value: {row['reason']}.")
                else:
                    equal = round(row["agreement"] * row["n_facts"])
                    lines.append(f"  Equal on {equal:,} of {count(row['n_facts'], 'fact')} that both have.")
        if not lines:
            raise ParameterError(f"there is no pair of {source_a!r} and {source_b!r}; see sources")
        return Text("\n".join(lines))

    def plot_data(self, *, kind: str | None = None) -> Table:
        """The numbers that ``plot`` draws: the pairs with a value, those of the clustered order next to each other.

        Parameters
        ----------
        kind : str, optional
            Kind of the facts, needed where there are several.

        Returns
        -------
        Table
            The columns of the result.
        """
        order, _ = clustered(self.to_matrix(kind=kind))
        sources = self.sources
        place = {sources[i]: at for at, i in enumerate(order)}
        rows = [int(r) for r in self._rows_of(kind)]
        data = self.to_dict(["source_a", "source_b", "value"])
        rows = [r for r in rows if data["value"][r] is not None]
        rows.sort(key=lambda r: sorted((place[data["source_a"][r]], place[data["source_b"][r]])))
        return self._below(self._data.take(rows), "pairs of sources")

    def plot(self, ax: Axes | None = None, *, kind: str | None = None) -> Axes:
        """Draw the coefficient of every pair as a heat map, sources that agree next to each other.

        Sources are ordered by average-linkage clustering. Pairs without a value are blank, and counted below the picture; on
        the diagonal, which says nothing, there is a dot.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.
        kind : str, optional
            Kind of the facts, needed where there are several.

        Returns
        -------
        matplotlib Axes
        """
        from . import heatmap

        matrix = self.to_matrix(kind=kind)
        overlap = self.to_matrix("n_facts", kind=kind)
        order, _ = clustered(matrix)
        name = dict(self._coefficients).get(kind or self._coefficients[0][0], self.coefficient)
        return heatmap.pairs(matrix[np.ix_(order, order)], overlap, [self.sources[i] for i in order], name, ax)

    def _headline(self) -> list[str]:
        values = [v for v in self["value"] if v is not None]
        n_apart = sum(n == 0 for n in self["n_facts"])
        pairs = count(len(self), "pair")
        head = f"{pairs} of {count(len(self.sources), 'source')}, {self.coefficient}"
        if values:
            head += f": middle pair {np.median(values):.2f}, from {min(values):.2f} to {max(values):.2f}"
        apart = (
            "every pair shares a fact"
            if n_apart == 0
            else f"{count(n_apart, 'pair')} without a fact in common: no value"
        )
        return [head, apart, *self._notes]

    def __repr__(self) -> str:
        n = 10
        parts = [display.wrap(line) for line in self._headline()]
        if len(self):
            parts += ["", display.text_table(*display.rows_of(self._printed(n), 30))]
        return "\n".join([*parts, *([self._rest(n)] if self._rest(n) else [])])

    def _printed(self, n: int) -> dict[str, list[Any]]:
        columns = self._shown(n).to_dict()
        columns["value"] = [
            display.NULL if v is None else f"{v:.2f}" + ("" if low is None else f" ({display.interval(low, high)})")
            for v, low, high in zip(columns["value"], columns["low"], columns["high"], strict=True)
        ]
        shown = [c for c in ("kind", "source_a", "source_b", "n_facts", "agreement", "value", "reason") if c in columns]
        # The title of "value" is that of a fact's answer.
        heads = {"value": self.coefficient if len(self._coefficients) == 1 else "coefficient"}
        return {heads.get(c, c): columns[c] for c in shown if c != "reason" or any(columns["reason"])}

    def _repr_html_(self) -> str:
        n = 20
        columns = self._printed(n)
        heads, _, right = display.rows_of(columns)
        rows = zip(*([display.html_cell(v) for v in values] for values in columns.values()), strict=True)
        head, *notes = self._headline()
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            *(f'<div class="cs-note">{display.escape(note)}</div>' for note in notes),
            display.html_table(heads, rows, right) if len(self) else "",
            f'<div class="cs-note">{display.escape(self._rest(n))}</div>' if self._rest(n) else "",
        )


def _pair(row: dict[str, Any]) -> str:
    names = f"{display.label(row['source_a'], 30)} and {display.label(row['source_b'], 30)}"
    if row["value"] is None:
        return f"{names}: no value"
    held = f" ({display.interval(row['low'], row['high'])})" if row["low"] is not None else ""
    return f"{names}: {row['value']:.2f}{held}, {count(row['n_facts'], 'fact')} in common"


def clustered(matrix: npt.NDArray[np.float64]) -> tuple[list[int], list[tuple[int, int]]]:
    """An order in which rows that are near stand together: average linkage of what pairs are known.

    Parameters
    ----------
    matrix : array of shape (n, n)
        Symmetric likeness of each pair, NaN where unknown.

    Returns
    -------
    order : list of int
        The rows, those that merge first next to each other.
    merges : list of pairs of int
        Which clusters merged, in order: below n a row, from n on the result of an earlier merge.

    Notes
    -----
    A cluster is as near to another as its pairs of known likeness are on average (Sokal & Michener 1958). Unknown pairs do not
    count; clusters without any known pair merge last.
    """
    n = len(matrix)
    known = ~np.isnan(matrix)
    sums = np.where(known, matrix, 0.0)
    counts = known.astype(float)
    np.fill_diagonal(sums, 0.0)
    np.fill_diagonal(counts, 0.0)
    members: dict[int, list[int]] = {i: [i] for i in range(n)}
    names = list(range(n))
    merges = []
    for step in range(n - 1):
        with np.errstate(invalid="ignore", divide="ignore"):
            near = np.where(counts > 0, sums / counts, -1e300)
        size = len(names)
        near[np.tril_indices(size)] = -np.inf
        i, j = divmod(int(np.argmax(near)), size)
        merges.append((names[i], names[j]))
        members[n + step] = members.pop(names[i]) + members.pop(names[j])
        for table in (sums, counts):
            table[i] += table[j]
            table[:, i] += table[:, j]
            table[i, i] = 0.0
        keep = np.arange(size) != j
        sums, counts = sums[np.ix_(keep, keep)], counts[np.ix_(keep, keep)]
        names[i] = n + step
        del names[j]
    return (next(iter(members.values())) if members else []), merges


class WithoutSource(Result):
    """A coefficient without each source in turn: who pulls it down, one row a source.

    Columns: ``source``, ``kind``, ``n_facts`` (that the source has a value for), ``coefficient``, ``value`` with all sources,
    ``without`` this one, with ``low`` and ``high``, ``change`` (above 0: the source pulls the coefficient down), ``reason``.

    Examples
    --------
    >>> import consilience as cs
    >>> labels = {"task": [1, 1, 1, 2, 2, 2], "worker": list("abcabc"), "label": list("xxyyyx")}
    >>> cs.ClaimMatrix(labels).leave_one_source_out().sort()["source"]
    ['c', 'a', 'b']
    """

    __slots__ = ("_metadata",)

    _metadata: dict[str, Any]

    def __init__(self, data: _core.Table, metadata: dict[str, Any]) -> None:
        super().__init__(data, "WithoutSource")
        object.__setattr__(self, "_metadata", metadata)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (WithoutSource, (self._data, self._metadata))

    @property
    def metadata(self) -> dict[str, Any]:
        """That of the matrix, with the options of the measurement."""
        return frozen_copy(self._metadata)

    def sort(self) -> WithoutSource:
        """The same rows, the source that pulls the coefficient down most first; what does not exist comes last.

        Returns
        -------
        WithoutSource
        """
        change = np.array([np.inf if c is None else -c for c in self["change"]])
        return WithoutSource(self._data.take([int(i) for i in np.argsort(change, kind="stable")]), self._metadata)

    def summary(self) -> Text:
        """What matters, in plain text: the sources that pull the coefficient down most, and those that hold it up.

        Returns
        -------
        Text
        """
        lines = [display.wrap(line) for line in self._headline()]
        rows = self.sort().to_dict()
        shown = [i for i, c in enumerate(rows["change"]) if c is not None]
        for title, some in (
            ("Without these it rises most", shown[:3]),
            ("Without these it falls most", shown[::-1][:3]),
        ):
            up = title.endswith("rises most")
            some = [i for i in some if (rows["change"][i] > 0) == up and rows["change"][i] != 0]
            if some:
                lines += ["", f"{title}:"]
                lines += [
                    f"  {display.label(rows['source'][i], 40)}: {rows['without'][i]:.3f} ({rows['change'][i]:+.3f})"
                    for i in some
                ]
        return Text("\n".join(lines))

    def explain(self, source: Any) -> Text:
        """Say in words what one source does to the coefficient.

        Parameters
        ----------
        source : label
            The source.

        Returns
        -------
        Text

        Raises
        ------
        ParameterError
            If there is no such source.
        """
        rows = self.to_dict()
        if source not in rows["source"]:
            raise ParameterError(f"there is no source {source!r} here; they are in the column source")
        lines = []
        for i in (i for i, s in enumerate(rows["source"]) if s == source):
            name, without = rows["coefficient"][i], rows["without"][i]
            if without is None:
                lines.append(f"Without {source}, {name} does not exist: {rows['reason'][i]}.")
            elif rows["value"][i] is None:
                lines.append(f"Without {source}, {name} is {without:.3f}; with all sources there is none.")
            else:
                lines.append(f"{name} is {rows['value'][i]:.3f} with all sources and {without:.3f} without {source}.")
        return Text("\n".join(lines))

    def plot_data(self) -> Table:
        """The rows that ``plot`` draws: those with a value, the source that pulls the coefficient down most first.

        Returns
        -------
        Table
            The columns of the result.
        """
        found = self.sort()
        rows = [i for i, v in enumerate(found["without"]) if v is not None]
        return self._below(found._data.take(rows), "without each source")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the coefficient without each source, with its interval, beside that with all.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        from . import heatmap

        return heatmap.without_source(self.plot_data(), ax)

    def _headline(self) -> list[str]:
        all_ = {k: (c, v) for k, c, v in zip(self["kind"], self["coefficient"], self["value"], strict=True)}
        lines = [f"{c} ({k}) with all sources: {display.number(v, 3)}" for k, (c, v) in all_.items()]
        return [*lines, "change > 0: the source pulls it down"]

    def _printed(self, n: int) -> dict[str, list[Any]]:
        columns = self.sort()._data.slice(0, min(n, len(self))).to_dict()
        columns["without it"] = [
            display.NULL if v is None else f"{v:.3f}" + ("" if low is None else f" ({display.interval(low, high)})")
            for v, low, high in zip(columns["without"], columns["low"], columns["high"], strict=True)
        ]
        columns["change"] = [display.NULL if c is None else f"{c:+.3f}" for c in columns["change"]]
        shown = ["source", "kind", "n_facts", "without it", "change", "reason"]
        return {c: columns[c] for c in shown if c != "reason" or any(columns["reason"])}

    def __repr__(self) -> str:
        n = 10
        parts = [display.wrap(line) for line in self._headline()]
        if len(self):
            parts += ["", display.text_table(*display.rows_of(self._printed(n), 40))]
        return "\n".join([*parts, *([self._rest(n)] if self._rest(n) else [])])

    def _repr_html_(self) -> str:
        n = 20
        columns = self._printed(n)
        heads, _, right = display.rows_of(columns)
        rows = zip(*([display.html_cell(v) for v in values] for values in columns.values()), strict=True)
        head, *notes = self._headline()
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            *(f'<div class="cs-note">{display.escape(note)}</div>' for note in notes),
            display.html_table(heads, rows, right) if len(self) else "",
            f'<div class="cs-note">{display.escape(self._rest(n))}</div>' if self._rest(n) else "",
        )

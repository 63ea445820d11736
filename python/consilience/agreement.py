"""Coefficients of agreement over many facts, and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from . import _core, display
from .display import Text
from .errors import ParameterError
from .result import Result, Table, frozen_copy
from .words import count, join, near, one_voice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Agreement", "agreement_coefficients"]

#: What each interval is, in a sentence.
INTERVALS: Final = {
    "augmented_jackknife": "one fact left out at a time, after half a pseudo-fact on which all agree and half a split one were added",
    "jackknife": "one fact left out at a time, Student's t",
    "analytic": "linearisation, Student's t; or the formula of the coefficient",
    "bootstrap": "facts drawn again, percentiles",
    "bca": "facts drawn again, corrected for bias and acceleration",
    "sources": "one source left out at a time, Student's t: generalises over sources, not over facts",
}

#: Columns of a printed row.
_PRINTED: Final = ("coefficient", "metric", "kind", "group", "agreement", "p_a", "p_e", "n_facts", "n_sources")


def agreement_coefficients() -> Table:
    """The coefficients of agreement: which option each heeds, what it tells, where it comes from.

    Examples
    --------
    >>> import consilience as cs
    >>> "krippendorff_alpha" in cs.agreement_coefficients()["name"]
    True
    """
    return Table(_core.agreement_coefficients(), "coefficients of agreement")


class Agreement(Result):
    """Coefficients of agreement: a row a coefficient and kind of facts, and with ``by=`` a group.

    Columns: ``coefficient``, ``metric`` (or weights, or form), ``kind``, ``group`` (only with ``by=``), ``value`` with ``low``, ``high``
    and ``std_error``, observed agreement ``p_a`` and agreement by chance ``p_e``, ``n_facts`` (with a rating), ``n_pairable`` (ratings
    of facts with two or more), ``n_sources``, ``interval``, ``p_value`` (of Kendall's W with complete data), ``n_undefined`` (samples without a value), ``reason`` (why there is no
    value, or no interval; null exactly where there are both).

    Examples
    --------
    >>> import consilience as cs
    >>> labels = {"task": [1, 1, 2, 2, 3, 3], "worker": list("ababab"), "label": list("xxyyxy")}
    >>> agreement = cs.agreement(labels)
    >>> round(agreement.value("krippendorff_alpha"), 3), round(agreement.value("percent_agreement"), 3)
    (0.444, 0.667)
    """

    __slots__ = ("_built", "_notes", "_options")

    #: The matrix, or what its metadata was: a hash of the content takes longer than a coefficient.
    _built: _core.ClaimMatrix | dict[str, Any]
    _options: dict[str, Any]
    _notes: tuple[str, ...]

    def __init__(
        self,
        data: _core.Table,
        built: _core.ClaimMatrix | dict[str, Any],
        options: dict[str, Any],
        notes: Iterable[str] = (),
    ) -> None:
        super().__init__(data, "Agreement")
        object.__setattr__(self, "_built", built)
        object.__setattr__(self, "_options", options)
        object.__setattr__(self, "_notes", tuple(notes))

    def _of_matrix(self) -> dict[str, Any]:
        return self._built if isinstance(self._built, dict) else self._built.metadata()

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Agreement, (self._data, self._of_matrix(), self._options, self._notes))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Agreement):
            return NotImplemented
        same = self._options == other._options and self._notes == other._notes
        return same and bool(self._data == other._data) and self.metadata == other.metadata

    __hash__ = None

    @property
    def metadata(self) -> dict[str, Any]:
        """That of the matrix, with the options of the measurement."""
        built = frozen_copy(self._of_matrix())
        return built | {"options": built["options"] | frozen_copy(self._options)}

    @property
    def notes(self) -> list[str]:
        """What was noticed, in sentences."""
        return list(self._notes)

    @property
    def confidence(self) -> float:
        """Coverage of the intervals."""
        return float(self._options["confidence"])

    def value(
        self, coefficient: str, *, group: Any = None, kind: str | None = None, form: str | None = None
    ) -> float | None:
        """The value of one coefficient; of its first row, unless a form, group or kind of facts says which.

        Parameters
        ----------
        coefficient : str
            Name in the column ``coefficient``.
        group : label, optional
            Value of the column that ``by=`` named.
        kind : str, optional
            Kind of the facts.
        form : str, optional
            What stands in the column ``metric``, such as ``"ICC(A,1)"``.

        Returns
        -------
        float or None
            None where there is no value; the column ``reason`` says why.

        Raises
        ------
        ParameterError
            If there is no such row; names the coefficients there are.
        """
        for row in self._rows():
            same_group = group is None or row.get("group") == group
            same_form = form in (None, row["metric"])
            if row["coefficient"] == coefficient and same_group and same_form and kind in (None, row["kind"]):
                value: float | None = row["value"]
                return value
        known = list(dict.fromkeys(self["coefficient"]))
        raise ParameterError(
            f"there is no row of {coefficient!r} here; the coefficients are {', '.join(known)}{near(coefficient, known)}"
        )

    def _rows(self) -> list[dict[str, Any]]:
        columns = self.to_dict()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def explain(self, coefficient: str | None = None) -> Text:
        """Say in words how a coefficient, or each, comes about: from which agreement, against which by chance.

        Parameters
        ----------
        coefficient : str, optional
            Name in the column ``coefficient``; by default all.

        Returns
        -------
        Text
            Reads as text.

        Raises
        ------
        ParameterError
            If there is no such row.
        """
        if coefficient is not None:
            self.value(coefficient)
        about = _core.agreement_coefficients().to_dict()
        summaries = dict(zip(about["name"], about["summary"], strict=True))
        lines = []
        for row in self._rows():
            if coefficient not in (None, row["coefficient"]):
                continue
            lines.append(_head(row))
            lines.append(display.wrap(summaries[row["coefficient"]], indent="  "))
            lines += [display.wrap(line, indent="  ") for line in self._why(row)]
        return Text("\n".join(lines))

    def _why(self, row: dict[str, Any]) -> list[str]:
        compared = (
            f"{count(row['n_pairable'], 'rating')} in facts with two or more, by {count(row['n_sources'], 'source')}"
        )
        if row["value"] is None:
            return [f"No value: {row['reason']}. {compared}."]
        parts = [f"From {compared}."]
        if row["p_e"] is not None:
            p_a, p_e = row["p_a"], row["p_e"]
            sentence = f"Observed agreement {p_a:.3f}, by chance {p_e:.3f}"
            if abs((p_a - p_e) / (1 - p_e) - row["value"]) < 1e-9:
                sentence += f": ({p_a:.3f} - {p_e:.3f}) / (1 - {p_e:.3f})"
            parts.append(f"{sentence}.")
        if row["low"] is None:
            parts.append(f"There is {row['reason']}.")
        elif row["std_error"] is None and row["interval"] != "analytic":
            parts.append("All facts agree, so the interval comes from their number alone.")
        else:
            parts.append(f"{self.confidence:.0%} interval by {INTERVALS[row['interval']]}.")
        if row["n_undefined"]:
            parts.append(f"In {row['n_undefined']:,} samples there was no value; they were left out.")
        return parts

    def summary(self) -> Text:
        """What matters, in plain text: each coefficient with its interval, and why others are missing.

        Returns
        -------
        Text
        """
        lines = [display.wrap(line) for line in self._headline()]
        lines.append("")
        lines += [_head(row) for row in self._rows()]
        reasons = {row["reason"] for row in self._rows() if row["value"] is None}
        lines += [display.wrap(f"No value: {join(sorted(reasons))}.")] if reasons else []
        lines += [
            display.wrap(f"{row['coefficient']} ({row['metric']}): {row['reason']}.")
            for row in self._rows()
            if row["value"] is not None and row["reason"]
        ]
        lines += [display.wrap(f"Note: {note}.") for note in self._notes]
        return Text("\n".join(lines))

    def plot_data(self) -> Table:
        """The numbers that ``plot`` draws: the rows with a value, in order.

        Returns
        -------
        Table
            ``coefficient``, ``metric``, ``kind``, ``group`` where there is one, ``value``, ``low``, ``high``.
        """
        rows = [i for i, value in enumerate(self["value"]) if value is not None]
        columns = [c for c in ("coefficient", "metric", "kind", "group", "value", "low", "high") if c in self.columns]
        return self._below(self._data.take(rows).select(columns), "coefficients")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each coefficient with its interval.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        from . import plots

        return plots.coefficients(self.plot_data(), self.confidence, ax)

    def _headline(self) -> list[str]:
        options = self._options
        level = options["independence"]
        rows = f"{count(len(self), 'coefficient')} of agreement"
        return [
            f"{rows}, {self.confidence:.0%} intervals: {INTERVALS[options['interval']]}",
            one_voice(level, "rater"),
        ]

    def _shown(self, n: int) -> _core.Table:
        return self._data.slice(0, min(n, len(self)))

    def _printed(self, n: int) -> dict[str, list[Any]]:
        columns = self._shown(n).to_dict()
        between = zip(columns["value"], columns["low"], columns["high"], strict=True)
        columns["agreement"] = [
            display.NULL if v is None else f"{v:.3f} ({display.interval(low, high)})" if low is not None else f"{v:.3f}"
            for v, low, high in between
        ]
        shown: dict[str, list[Any]] = {name: columns[name] for name in _PRINTED if name in columns}
        if any(columns["reason"]):
            shown["reason"] = columns["reason"]
        return shown

    def __repr__(self) -> str:
        n = 20
        parts = [display.wrap(line) for line in self._headline()]
        if len(self):
            parts += ["", display.text_table(*display.rows_of(self._printed(n), 40))]
        return "\n".join(p for p in [*parts, self._rest(n)] if p or p == "")

    def _repr_html_(self) -> str:
        n = 50
        columns = self._printed(n)
        heads, _, right = display.rows_of(columns)
        rows = zip(*([display.html_cell(v) for v in values] for values in columns.values()), strict=True)
        head, *notes = self._headline()
        notes += self._notes
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            *(f'<div class="cs-note">{display.escape(note)}</div>' for note in notes),
            display.html_table(heads, rows, right) if len(self) else "",
        )


def _head(row: dict[str, Any]) -> str:
    """A row in a line."""
    of = f"{row['metric']}, {row['kind']}" + (f", {row['group']}" if row.get("group") is not None else "")
    name = f"{row['coefficient']} ({of})"
    if row["value"] is None:
        return f"{name}: none, {row['reason']}"
    held = f" ({display.interval(row['low'], row['high'])})" if row["low"] is not None else ""
    return f"{name}: {row['value']:.3f}{held}"


def table_of(name: str, given: Any, categories: Any) -> tuple[Any, Any]:
    """A word, or a table as rows of numbers, with the labels of its rows where it is a data frame."""
    if given is None or isinstance(given, str):
        return given, categories
    if hasattr(given, "columns") and hasattr(given, "index") and categories is None:
        labels = list(given.columns)
        if list(given.index) != labels:
            raise ParameterError(f"{name}: rows and columns of the table have different labels, or another order")
        categories = labels
    rows = given.to_numpy() if hasattr(given, "to_numpy") else given
    rows = rows.tolist() if hasattr(rows, "tolist") else rows
    return rows, categories

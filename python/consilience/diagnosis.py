"""What to know before a coefficient of agreement is believed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _core, display
from .display import Text
from .errors import ParameterError
from .result import Result, Table, frozen_copy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Diagnosis"]


class Diagnosis(Result):
    """Percent agreement, AC1 and alpha side by side, and what makes them hard to read.

    The table has a row a coefficient and kind of facts, with the columns of :class:`Agreement`; :attr:`findings` says in words what
    was found, :attr:`categories` how often each value occurs.

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"task": [i for i in range(20) for _ in "ab"], "worker": ["a", "b"] * 20, "label": ["no"] * 38 + ["yes", "no"]}
    >>> found = cs.ClaimMatrix(answers).diagnose()
    >>> found.findings["finding"]
    ['low_variation', 'few_minority_ratings', 'prevalence', 'required_ratings']
    """

    __slots__ = ("_categories", "_findings", "_metadata")

    _findings: _core.Table
    _categories: _core.Table
    _metadata: dict[str, Any]

    def __init__(
        self, data: _core.Table, findings: _core.Table, categories: _core.Table, metadata: dict[str, Any]
    ) -> None:
        super().__init__(data, "Diagnosis")
        object.__setattr__(self, "_findings", findings)
        object.__setattr__(self, "_categories", categories)
        object.__setattr__(self, "_metadata", metadata)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Diagnosis, (self._data, self._findings, self._categories, self._metadata))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Diagnosis):
            return NotImplemented
        return bool(self._data == other._data) and bool(self._findings == other._findings)

    __hash__ = None

    @property
    def metadata(self) -> dict[str, Any]:
        """That of the matrix, with the options of the diagnosis."""
        return frozen_copy(self._metadata)

    @property
    def findings(self) -> Table:
        """One row a finding: ``kind`` of the facts, ``finding`` (its name), ``value`` (the number it rests on), ``text``.

        The names: ``no_pairs``, ``no_variation``, ``low_variation``, ``few_minority_ratings``, ``prevalence``, ``unequal_counts``,
        ``unequal_sources``, ``few_facts``, ``required_ratings``.
        """
        return self._below(self._findings, "findings")

    @property
    def categories(self) -> Table:
        """How often each value occurs: ``kind``, ``category``, ``n_ratings``, ``share`` of the ratings, ``n_facts``; 1,000 at most."""
        return self._below(self._categories, "categories")

    def required_ratings(self, reliability: float = 0.8, *, kind: str | None = None) -> int | None:
        """How many ratings a fact needs for their consensus to have this reliability, by the formula of Spearman and Brown.

        Parameters
        ----------
        reliability : float in (0, 1)
            The reliability wanted.
        kind : str, optional
            Kind of the facts; by default the first.

        Returns
        -------
        int or None
            k with k alpha / (1 + (k - 1) alpha) >= reliability; None where alpha is 0 or below, or does not exist.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 2, 2, 3, 3], "worker": list("ababab"), "label": list("xxyyxy")}
        >>> cs.ClaimMatrix(answers).diagnose().required_ratings(0.9)
        12
        """
        if not 0 < reliability < 1:
            raise ParameterError(
                f"reliability={reliability} is out of range; it takes a number between 0 and 1, such as 0.8"
            )
        rows = self.to_dict(["coefficient", "kind", "value"])
        for name, of_kind, alpha in zip(rows["coefficient"], rows["kind"], rows["value"], strict=True):
            if name == "krippendorff_alpha" and kind in (None, of_kind):
                if alpha is None or alpha <= 0:
                    return None
                needed = max(1.0, reliability * (1 - float(alpha)) / (float(alpha) * (1 - reliability)))
                return math.ceil(needed - 1e-9)
        raise ParameterError(f"kind={kind!r} does not occur here")

    def summary(self) -> Text:
        """The coefficients and the findings, in plain text.

        Returns
        -------
        Text
        """
        rows = self._printed()
        parts = [display.text_table(*display.rows_of(rows, 40)), ""]
        parts += ["- " + display.wrap(text, indent="  ")[2:] for text in self._texts()]
        return Text("\n".join(parts))

    def explain(self, finding: str | None = None) -> Text:
        """The text of one finding, or of all.

        Parameters
        ----------
        finding : str, optional
            A name in the column ``finding`` of :attr:`findings`; by default all.

        Returns
        -------
        Text

        Raises
        ------
        ParameterError
            If it was not found; names those that were.
        """
        names = self._findings.to_dict()["finding"]
        if finding is not None and finding not in names:
            raise ParameterError(f"{finding!r} was not found; these were: {', '.join(dict.fromkeys(names)) or 'none'}")
        texts = [t for n, t in zip(names, self._texts(), strict=True) if finding in (None, n)]
        return Text("\n".join(display.wrap(t) for t in texts))

    def plot_data(self) -> Table:
        """The numbers that ``plot`` draws: coefficient, kind, value, low, high, p_a, p_e.

        Returns
        -------
        Table
        """
        return self._below(
            self._data.select(["coefficient", "metric", "kind", "value", "low", "high", "p_a", "p_e"]), "coefficients"
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the coefficients with their intervals side by side.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        from . import plots

        data = self.plot_data()
        rows = [i for i, v in enumerate(data["value"]) if v is not None]
        return plots.coefficients(
            self._below(data._data.take(rows), "coefficients"), self._metadata["options"]["confidence"], ax
        )

    def _texts(self) -> list[str]:
        columns = self._findings.to_dict()
        several = len(set(self["kind"])) > 1
        return [f"{k} facts: {t}" if several else t for k, t in zip(columns["kind"], columns["text"], strict=True)]

    def _printed(self) -> dict[str, list[Any]]:
        columns = self.to_dict()
        columns["interval"] = [
            display.interval(low, high) for low, high in zip(columns["low"], columns["high"], strict=True)
        ]
        columns["estimate"] = columns["value"]
        shown = ["coefficient", "kind", "estimate", "interval", "p_a", "p_e", "n_facts", "n_pairable", "n_sources"]
        return {name: columns[name] for name in shown}

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        columns = self._printed()
        heads, _, right = display.rows_of(columns)
        rows = zip(*([display.html_cell(v) for v in values] for values in columns.values()), strict=True)
        return display.fragment(
            display.html_table(heads, rows, right),
            "<ul>" + "".join(f"<li>{display.escape(text)}</li>" for text in self._texts()) + "</ul>",
        )

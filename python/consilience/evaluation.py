"""How right a result is, where the truth is known."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import _core, display
from .answers import known
from .display import Text
from .errors import ParameterError, warn
from .result import Result, Table
from .truth import Model, Truth
from .words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Evaluation", "evaluate"]


def evaluate(
    results: Truth | Iterable[Truth],
    truth: Any,
    *,
    bins: int = 10,
    clip: float = 1e-6,
    confidence: float = 0.95,
) -> Evaluation:
    """Compare what was inferred with what is true.

    Give several results on the same reports to compare models. Where no truth is known, :meth:`ClaimMatrix.cross_validate` compares
    models by how well they predict reports that were kept apart.

    Parameters
    ----------
    results : Truth, or list of Truth
        What ``infer`` gave.
    truth : dict, pandas.Series, table, or path
        The true value by fact: a dict of fact and value, a Series by fact, or a table with the columns ``fact`` and ``value`` (or
        ``task`` and ``label``, ``truth``). Rows without a value are passed over.
    bins : int from 1 to 1000
        Bins of the leading probability, for ``ece``, ``reliability`` and ``plot``.
    clip : float in (0, 1)
        Smaller probabilities count as this one in log-losses: a truth that was thought impossible costs -ln(clip), not infinity.
    confidence : float in (0, 1)
        Coverage of the intervals.

    Returns
    -------
    Evaluation
        A row a result, with the tables ``by_class``, ``reliability`` and ``facts()`` beside it.

    Raises
    ------
    DataError
        If no fact of the truth has a report (names examples of both), if a fact has two truths, or if a truth is no value of its kind.
    ParameterError
        If an option is out of range.

    Warns
    -----
    ConsilienceWarning
        If no source claims any of three or more truths: they may be spelt otherwise than in the reports.

    Notes
    -----
    Per fact with the probabilities p of the answers and the true answer t:

    - ``accuracy``: 1 if t leads, its share if several answers tie for the lead, 0 else; with its Jeffreys interval. A truth that no
      source claims counts as an error, but where facts share their labels and the model answers with one that no source gave. An
      answer that says more than t, or less (2024-08-06 or 2024 where t is 2024-08), is an error, too: of the first, t does not tell
      whether all of it is right. How probable it is that t itself is right is the ``belief`` of its row in ``claims``.
    - ``log_loss``: mean -ln p(t). Where no source claims t it is the probability of a class that nobody named, or of "none of these"
      (``p_unclaimed``); null, with ``reason``, if the model gives neither.
    - ``log_loss_claimed``: the same over the facts whose truth is claimed, with p scaled to sum to 1 over the claimed answers (even
      shares, where all of them have p = 0).
    - ``brier``: mean sum over answers of (p - [answer is t])^2, from 0 to 2.
    - ``ece``: mean over ``bins`` of the leading probability, weighted by facts, of the distance between share right and mean probability.
    - ``mae``, ``rmse``: of numbers, in their unit; ``interval_coverage``: how often the interval of an estimate holds the truth.

    Facts whose answer the model was told (``gold=``) are left out and counted, as are those without an answer or a report.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2. Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599.
    Brown, Cai & DasGupta (2001), doi:10.1214/ss/1009213286.

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
    >>> evaluation = cs.evaluate(cs.infer(answers, "majority_vote"), {1: "x", 2: "y", 3: "y"})
    >>> round(evaluation["accuracy"][0], 3), evaluation["n"]
    (0.667, [3])
    """
    several = [results] if isinstance(results, Truth) else list(results) if isinstance(results, Iterable) else [results]
    fitted = next((result for result in several if isinstance(result, Model)), None)
    if fitted is not None:
        raise ParameterError(f"results: of a {type(fitted).__name__}(...) give what fit() leaves in its truth_")
    if not several or not all(isinstance(result, Truth) for result in several):
        raise ParameterError("results: give a Truth, what infer() gives, or a list of them")
    for name, number, kind, takes in (
        ("bins", bins, numbers.Integral, "an integer from 1 to 1000"),
        ("clip", clip, numbers.Real, "a small number above 0, such as 1e-6"),
        ("confidence", confidence, numbers.Real, "a number between 0 and 1, such as 0.95"),
    ):
        if isinstance(number, bool) or not isinstance(number, kind) or (name == "bins" and not 0 < number <= 1000):
            raise ParameterError(f"{name}={number!r} is out of range; it takes {takes}")
    done = _core.evaluate(
        [result._truth for result in several],
        known(truth),
        bins=int(bins),
        clip=float(clip),
        confidence=float(confidence),
    )
    figures, each = done
    n, unclaimed = (figures.select([name]).to_dict()[name][0] for name in ("n", "n_never_claimed"))
    if n == unclaimed > 2:
        first = {name: column[0] for name, column in each[0][0].slice(0, 1).to_dict().items()}
        warn(
            f"no source claims any of these {n:,} truths: {display.label(first['truth'], 40)!r} for fact {first['fact']!r}, where "
            f"{display.label(first['value'], 40)!r} is believed; are both spelt alike?"
        )
    return Evaluation(figures, each, figures.select(["model"]).to_dict()["model"], float(confidence))


class Evaluation(Result):
    """How right results are: a row a result, with what is behind the figures beside it.

    ``summary()`` puts the figures in words, ``plot()`` draws how far probabilities hold what they say.

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
    >>> results = [cs.infer(answers, model) for model in ("majority_vote", "dawid_skene")]
    >>> cs.evaluate(results, {1: "x", 2: "y", 3: "x"}).to_dict(["model", "accuracy"])
    {'model': ['majority_vote', 'dawid_skene'], 'accuracy': [1.0, 1.0]}
    """

    __slots__ = ("_confidence", "_each", "_names")
    _parts = ("_each", "_names", "_confidence")

    _each: list[tuple[_core.Table, _core.Table, _core.Table | None]]
    _names: list[str]
    _confidence: float

    def __init__(
        self,
        figures: _core.Table,
        each: list[tuple[_core.Table, _core.Table, _core.Table | None]],
        names: list[str],
        confidence: float,
    ) -> None:
        super().__init__(figures, "Evaluation")
        self._hold(each, names, confidence)

    @property
    def metadata(self) -> dict[str, Any]:
        """The version, the results evaluated and the coverage of the intervals."""
        return super().metadata | {"evaluation": {"results": list(self._names), "confidence": self._confidence}}

    @property
    def by_class(self) -> Table:
        """One row a result and class: precision, recall, F1 and counts; results whose facts do not share their values have none.

        ``n_true`` counts the facts of the class, ``n_found`` those to which the model gives it; answers that tie share the fact.
        A class that no report gives has no row.
        """
        return self._stacked(2, "evaluation by class", "no result whose facts share their values")

    @property
    def reliability(self) -> Table:
        """One row a result and bin of the leading probability: ``n``, mean ``probability``, ``accuracy`` with its interval."""
        return self._stacked(1, "calibration", "estimates of numbers have no probabilities")

    def facts(self, result: int | str = 0) -> Table:
        """One row an evaluated fact of one result.

        Parameters
        ----------
        result : int or str
            The place of the result, or its name as in the column ``model`` (numbered where a model occurs twice).

        Returns
        -------
        Table
            ``fact``, ``value``, ``truth``, ``right`` (1, 0, or the share of a tie), ``probability`` of the value, ``p_truth`` (that of
            the truth; null where the model has none), ``claimed`` (whether any source claims the truth), ``error`` (of numbers:
            ``value`` less ``truth``, in their unit).

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 2], "worker": list("aba"), "label": list("xyx")}
        >>> cs.evaluate(cs.infer(answers, "majority_vote"), {1: "y", 2: "x"}).facts()["right"]
        [0.5, 1.0]
        """
        if isinstance(result, str):
            if result not in self._names:
                raise ParameterError(f"result={result!r} is not known; it takes {', '.join(map(repr, self._names))}")
            result = self._names.index(result)
        elif not isinstance(result, int) or not 0 <= result < len(self._each):
            raise ParameterError(
                f"result={result!r} is not known; it takes a place from 0 on, or a name: {', '.join(map(repr, self._names))}"
            )
        return self._below(self._each[result][0], f"facts of {self._names[result]}")

    def _stacked(self, place: int, name: str, otherwise: str) -> Table:
        parts = [(n, each[place]) for n, each in zip(self._names, self._each, strict=True)]
        rows: dict[str, list[Any]] = {}
        for model, table in parts:
            if table is not None and len(table):
                columns = {"model": [model] * len(table), **table.to_dict()}
                for column, values in columns.items():
                    rows.setdefault(column, []).extend(values)
        return self._below(_core.Table.from_any(rows or {"model": []}), name, "" if rows else otherwise)

    # How it shows itself.

    def _headline(self) -> list[str]:
        rows = self._data.to_dict()
        lines = []
        for i, name in enumerate(self._names):
            parts = [f"{name}: {count(rows['n'][i], 'fact')}"]
            if rows["accuracy"][i] is not None:
                right = display.interval(rows["accuracy_low"][i], rows["accuracy_high"][i])
                parts.append(f"right {rows['accuracy'][i]:.3f} ({right})")
            for column, words in (
                ("log_loss", "log-loss"),
                ("brier", "Brier"),
                ("ece", "ECE"),
                ("mae", "MAE"),
                ("rmse", "RMSE"),
            ):
                if rows[column][i] is not None:
                    parts.append(
                        f"{words} {display.amount(rows[column][i])}"
                        if column in ("mae", "rmse")
                        else f"{words} {rows[column][i]:.3f}"
                    )
            lines.append(", ".join(parts))
        first = {column: values[0] for column, values in rows.items()}
        for column, words in (
            ("n_never_claimed", "whose true answer no source claims: an error, unless the model names it itself"),
            ("n_unanswered", "left out: the model has no answer"),
            ("n_gold", "left out: the model was told the answer"),
            ("n_unknown", "of the truth left out: nobody reports on it"),
        ):
            if first[column]:
                lines.append(f"{count(first[column], 'fact')} {words}")
        return lines

    def _shown(self, n: int) -> _core.Table:
        rows = super()._shown(n)
        there = rows.to_dict()
        # Errors of numbers, or probabilities: what no result has is left out.
        return rows.select([name for name in self.columns if any(value is not None for value in there[name])])

    def summary(self) -> Text:
        """The figures in plain text, with what they leave out.

        Returns
        -------
        Text
        """
        rows = self._data.to_dict()
        lines = [display.wrap(line) for line in self._headline()]
        for i, name in enumerate(self._names):
            if rows["n_never_claimed"][i] and rows["log_loss_claimed"][i] is not None:
                lines.append(
                    display.wrap(f"{name}: log-loss where the truth is claimed {rows['log_loss_claimed'][i]:.3f}")
                )
            if rows["reason"][i]:
                lines.append(display.wrap(f"{name}: {rows['reason'][i]}"))
        classes = self.by_class
        if len(classes):
            lines += ["", display.text_table(*display.rows_of(classes._shown(20).to_dict(), 40))]
        return Text("\n".join(lines))

    def explain(self, result: int | str = 0, n: int = 10) -> Text:
        """The facts at which one result is most wrong: the least probability of the truth first, of estimates the largest error.

        Parameters
        ----------
        result : int or str
            The place of the result, or its name.
        n : int
            Facts at most.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2], "worker": list("abca"), "label": list("xyxx")}
        >>> print(cs.evaluate(cs.infer(answers, "majority_vote"), {1: "y", 2: "x"}).explain())
        1: y is true, p = 0.33; majority_vote says x, p = 0.67
        """
        rows = self.facts(result).to_dict()
        name = result if isinstance(result, str) else self._names[result]
        p, right, error = rows["p_truth"], rows["right"], rows["error"]
        # Estimates have no probabilities.
        worst = [abs(e or 0.0) if sure is None else 0.0 for e, sure in zip(error, rows["probability"], strict=True)]
        wrong = [i for i in range(len(p)) if right[i] < 1.0]
        wrong.sort(key=lambda i: (-worst[i], p[i] is not None, p[i] or 0.0, i))
        lines = []
        for i in wrong[:n]:
            true = f"{display.label(rows['fact'][i], 40)}: {rows['truth'][i]} is true"
            said = f"{name} says {display.label(rows['value'][i], 40)}"
            if rows["probability"][i] is None:
                lines.append(f"{true}; {said}, off by {error[i]:+.3g}")
            else:
                probable = f"p = {display.number(p[i])}" if rows["claimed"][i] else "claimed by nobody"
                lines.append(f"{true}, {probable}; {said}, p = {rows['probability'][i]:.2f}")
        if len(wrong) > n:
            lines.append(f"… {count(len(wrong) - n, 'more fact')}; facts() has all")
        return Text("\n".join(lines) or "all answers are right")

    # The picture.

    def plot_data(self) -> Table:
        """The bins that hold facts, as ``plot`` draws them.

        Returns
        -------
        Table
        """
        table = self.reliability
        n = table.to_dict().get("n", [])
        return self._below(table._read().take([i for i, of in enumerate(n) if of]), "calibration")

    def plot(self, ax: Axes | None = None) -> Axes:
        """The reliability diagram: how often answers are right against how probable they were said to be, with counts and intervals.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default on axes of its own.

        Returns
        -------
        matplotlib Axes
        """
        from .plots import calibration

        return calibration(self.plot_data(), self._names, self._confidence, ax)

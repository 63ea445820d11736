"""Reports from known truths."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, display
from .display import Text
from .errors import ParameterError
from .progress import progress
from .result import Result, Table
from .words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .matrix import ClaimMatrix

__all__ = ["Simulation", "simulate"]


def simulate(
    n_facts: int = 1000,
    n_sources: int = 10,
    *,
    kind: str = "nominal",
    values: int | Iterable[str] | tuple[float, float] | None = None,
    shared: bool = True,
    prevalence: Iterable[float] | None = None,
    accuracy: float | Iterable[float] | tuple[float, float] | None = None,
    sd: float | Iterable[float] | tuple[float, float] | None = None,
    bias: float | Iterable[float] | None = None,
    confusion: Any = None,
    density: float | Iterable[float] = 1.0,
    reports_per_fact: int | None = None,
    difficulty: float = 0.0,
    copying: float = 0.0,
    copy_rate: float = 0.8,
    seed: int = 0,
) -> Simulation:
    """Draw reports from known truths: to see what a model makes of careless, copying or hostile sources before it sees yours.

    Parameters
    ----------
    n_facts, n_sources : int >= 1
        How many.
    kind : {"nominal", "interval"}
        Labels, or numbers: the truth of the fact, the bias of the source and a normal error.
    values : int >= 2, list of str, or tuple of two
        How many values there are (4), or their words. Of numbers the mean and the standard deviation of the true ones, which are
        normal; by default ``(0, 10)``.
    shared : bool
        Whether facts share their values (labels), or each has values of its own.
    prevalence : list of float, optional
        How often each value is true; any scale. By default equally often.
    accuracy : float, list of float, or tuple of two
        How often a source is right: the same for all, one a source, or a tuple ``(a, b)`` to draw it for each source from a Beta
        distribution; 0.8 by default. Below 1 / values a source is worse than guessing. Wrong values are equally frequent. Of numbers
        the rest are gross errors, drawn as true values are; 1 by default.
    sd : float > 0, list of float, or tuple of two
        Of numbers: the standard deviation of the errors of a source, the same for all, one a source, or the two ends of the range from
        which it is drawn (evenly in its logarithm); 1 by default.
    bias : float >= 0, or list of float
        Of numbers: one a source, or the standard deviation of the normal distribution around 0 from which it is drawn; 0 by default.
    confusion : array (values x values) or (n_sources x values x values), optional
        Instead of ``accuracy``: how often each value (column) is reported where a value (row) is true.
    density : float or list of float in [0, 1]
        The chance that a source reports on a fact, for all or for each.
    reports_per_fact : int, optional
        Exactly so many reports a fact instead, from sources drawn in proportion to ``density``; at most as many as there are sources
        whose density is above 0.
    difficulty : float in [0, 1)
        The mean over facts of the chance that a source only guesses (a number: a gross error); it varies between facts as Beta(4 d, 4 (1 - d)).
    copying : float in [0, 1]
        The share of sources that copy another, drawn at random from those that do not.
    copy_rate : float in [0, 1]
        How often they do, on facts on which the other reports; else they give an answer of their own.
    seed : int
        The same seed gives the same reports, for any number of threads.

    Returns
    -------
    Simulation
        ``reports`` (which :class:`ClaimMatrix` takes), ``truth`` and ``sources``.

    Raises
    ------
    ParameterError
        If an option is out of range, or has not one number a source or value.

    References
    ----------
    Efraimidis & Spirakis (2006), doi:10.1016/j.ipl.2005.11.003 (weighted sampling without replacement).

    Examples
    --------
    >>> import consilience as cs
    >>> simulation = cs.simulate(100, 5, accuracy=(8, 2), density=0.6, seed=1)
    >>> truth = cs.infer(simulation.reports, "dawid_skene")
    >>> cs.evaluate(truth, simulation.truth)["accuracy"][0] > 0.8
    True
    >>> numbers = cs.simulate(100, 5, kind="interval", sd=[1, 1, 1, 5, 5], bias=0.5)
    >>> evaluation = cs.evaluate([numbers.matrix.infer(m) for m in ("crh", "catd", "gtm")], numbers.truth)
    >>> evaluation["rmse"][2] < 0.7
    True
    """
    for name, given_as in (("accuracy", accuracy), ("sd", sd), ("bias", bias), ("density", density)):
        if isinstance(given_as, bool):
            raise ParameterError(f"{name}={given_as!r} (bool) cannot be used; it takes numbers")
    own, accuracy = _of_kind(kind, values, shared, prevalence, accuracy, sd, bias, confusion)
    given: dict[str, Any] = {
        "n_facts": n_facts,
        "n_sources": n_sources,
        "kind": kind,
        **own,
        "accuracy": accuracy if isinstance(accuracy, tuple | numbers.Real) else _flat("accuracy", accuracy, {0, 1}),
        "density": _flat("density", density, {0, 1}),
        "reports_per_fact": reports_per_fact,
        "difficulty": difficulty,
        "copying": copying,
        "copy_rate": copy_rate,
        "seed": seed,
    }
    given = {name: value for name, value in given.items() if value is not None}
    asked = {name: value for name, value in given.items() if name != "kind"}
    if kind == "interval":
        asked["numbers"] = tuple(asked.pop(name) for name in ("values", "sd", "bias"))
    with progress("Simulating reports") as report:
        tables = _core.simulate(asked, report)
    return Simulation(*tables, given)


def _of_kind(
    kind: str, values: Any, shared: bool, prevalence: Any, accuracy: Any, sd: Any, bias: Any, confusion: Any
) -> tuple[dict[str, Any], Any]:
    """What only labels or only numbers have, and the accuracy, with what is usual for what was not given."""
    of_labels = {"shared": None if shared else False, "prevalence": prevalence, "confusion": confusion}
    of_numbers = {"sd": sd, "bias": bias}
    if kind not in ("nominal", "interval"):
        raise ParameterError(f"kind={kind!r} cannot be simulated; it takes 'nominal' (labels) or 'interval' (numbers)")
    for name, value in (of_numbers if kind == "nominal" else of_labels).items():
        if value is not None:
            raise ParameterError(f"{name}={value!r} means nothing where kind={kind!r}; leave it out")
    if kind == "interval":
        values = (0.0, 10.0) if values is None else values
        sd, bias = 1.0 if sd is None else sd, 0.0 if bias is None else bias
        if not isinstance(values, tuple):
            raise ParameterError(
                f"values={values!r} cannot be used; it takes the mean and the standard deviation of the true numbers as a tuple"
            )
        sd = sd if isinstance(sd, tuple) else _flat("sd", sd, {0, 1})
        bias = (0.0, float(bias)) if isinstance(bias, numbers.Real) else _flat("bias", bias, {1})
        return {"values": values, "sd": sd, "bias": bias}, 1.0 if accuracy is None else accuracy
    values = 4 if values is None else values
    if isinstance(values, numbers.Integral):
        if isinstance(values, bool) or not 2 <= int(values) <= 4096:
            raise ParameterError(
                f"values={values} is out of range; it takes an integer from 2 to 4096, or a list of words"
            )
        letters = "abcdefghijklmnopqrstuvwxyz"
        values = list(letters[: int(values)]) if values <= len(letters) else [f"v{i}" for i in range(int(values))]
    own = {
        "values": values if isinstance(values, str) else list(values),
        "shared": shared,
        "prevalence": None if prevalence is None else _flat("prevalence", prevalence, {1}),
        "confusion": None if confusion is None else _flat("confusion", confusion, {2, 3}),
    }
    return own, 0.8 if accuracy is None else accuracy


def _flat(name: str, numbers: Any, dimensions: set[int]) -> list[float]:
    try:
        array = np.asarray(numbers if hasattr(numbers, "__len__") or np.isscalar(numbers) else list(numbers), float)
    except (TypeError, ValueError):
        raise ParameterError(f"{name}={numbers!r} cannot be used; it takes numbers") from None
    if array.ndim not in dimensions:
        raise ParameterError(f"{name}: {array.ndim} dimensions; it takes {' or '.join(map(str, sorted(dimensions)))}")
    flat: list[float] = array.ravel().tolist()
    return flat


class Simulation(Result):
    """Reports that were drawn, a row each (fact, source, value), with the truth and the sources behind them.

    Give it to :class:`ClaimMatrix` or :func:`infer` as it is, and its ``truth`` to :func:`evaluate`.

    Examples
    --------
    >>> import consilience as cs
    >>> simulation = cs.simulate(10, 3, values=["yes", "no"], copying=0.34)
    >>> len(simulation), simulation.truth.columns
    (30, ['fact', 'value', 'difficulty', 'n_reports'])
    >>> sum(copies is not None for copies in simulation.sources["copies"])
    1
    """

    __slots__ = ("_options", "_sources", "_truth")
    _parts = ("_truth", "_sources", "_options")

    _truth: _core.Table
    _sources: _core.Table
    _options: dict[str, Any]

    def __init__(self, reports: _core.Table, truth: _core.Table, sources: _core.Table, options: dict[str, Any]) -> None:
        super().__init__(reports, "Simulation")
        self._hold(truth, sources, options)

    @property
    def reports(self) -> Table:
        """One row a report: ``fact``, ``source``, ``value``."""
        return self._below(self._data, "simulated reports")

    @property
    def truth(self) -> Table:
        """One row a fact: ``fact``, ``value``, ``difficulty`` (the chance that a source only guesses), ``n_reports``."""
        return self._below(self._truth, "truth")

    @property
    def sources(self) -> Table:
        """One row a source.

        ``accuracy`` (how often its own answers to easy facts are right), ``copies`` (whom it copies, or null), ``share_right`` (of its
        reports), ``n_reports``. Of numbers ``accuracy``, ``sd`` and ``bias`` of its errors, ``copies``, ``rmse`` (of its reports),
        ``n_reports``.
        """
        return self._below(self._sources, "simulated sources")

    @property
    def matrix(self) -> ClaimMatrix:
        """The matrix of the reports."""
        from .matrix import ClaimMatrix

        return ClaimMatrix(self._data, kind=self._options["kind"])

    @property
    def metadata(self) -> dict[str, Any]:
        """The options, seed included."""
        return super().metadata | {"simulation": dict(self._options)}

    def _headline(self) -> list[str]:
        sources = self._sources.to_dict()
        copiers = sum(c is not None for c in sources["copies"])
        facts, n = self._truth.num_rows, len(sources["source"])
        if "sd" in sources:
            how = f"errors of sources have standard deviations from {display.number(min(sources['sd']))} to {display.number(max(sources['sd']))}"
        else:
            right = sources["accuracy"]
            low, high = display.number(min(right)), display.number(max(right))
            how = f"sources are right {low if low == high else f'{low} to {high}'} of the time"
        return [
            f"{count(len(self), 'report')} of {count(n, 'source')} on {count(facts, 'fact')}, "
            f"{len(self) / facts:.1f} a fact; seed {self._options['seed']}",
            how + (f"; {count(copiers, 'source')} {'copies' if copiers == 1 else 'copy'} another" if copiers else ""),
        ]

    def summary(self) -> Text:
        """What was drawn, in plain text.

        Returns
        -------
        Text
        """
        return Text("\n".join(display.wrap(line) for line in self._headline()))

    def plot_data(self) -> Table:
        """The sources, the most accurate first; of numbers those with the smallest errors.

        Returns
        -------
        Table
        """
        sources = self._sources.to_dict()
        first = sources["sd"] if "sd" in sources else [-x for x in sources["accuracy"]]
        order = sorted(range(len(first)), key=first.__getitem__)
        return self._below(self._sources.take(order), "simulated sources")

    def plot(self, ax: Axes | None = None) -> Axes:
        """The accuracy of each source and the share of its reports that is right; of numbers what errors it should have and has.

        Copiers stand out.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default on axes of its own.

        Returns
        -------
        matplotlib Axes
        """
        from .plots import simulated

        return simulated(self.plot_data(), ax)

    def explain(self, *args: Any) -> Text:
        """How the reports were drawn.

        Parameters
        ----------
        *args
            Not looked at.

        Returns
        -------
        Text
        """
        lines = [f"{name} = {display.clip(str(value), 70)}" for name, value in self._options.items()]
        return Text("\n".join(lines))

"""Reports from known truths."""

from __future__ import annotations

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
    values: int | Iterable[str] = 4,
    shared: bool = True,
    prevalence: Iterable[float] | None = None,
    accuracy: float | Iterable[float] | tuple[float, float] = 0.8,
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
    values : int >= 2, or list of str
        How many values there are, or their words.
    shared : bool
        Whether facts share their values (labels), or each has values of its own.
    prevalence : list of float, optional
        How often each value is true; any scale. By default equally often.
    accuracy : float, list of float, or tuple of two
        How often a source is right: the same for all, one a source, or a tuple ``(a, b)`` to draw it for each source from a Beta
        distribution. Below 1 / values a source is worse than guessing. Wrong values are equally frequent.
    confusion : array (values x values) or (n_sources x values x values), optional
        Instead of ``accuracy``: how often each value (column) is reported where a value (row) is true.
    density : float or list of float in [0, 1]
        The chance that a source reports on a fact, for all or for each.
    reports_per_fact : int, optional
        Exactly so many reports a fact instead, from sources drawn in proportion to ``density``.
    difficulty : float in [0, 1)
        The mean over facts of the chance that a source only guesses; it varies between facts as Beta(4 d, 4 (1 - d)).
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
    """
    words: Any = values
    if isinstance(values, int):
        if isinstance(values, bool) or not 2 <= values <= 4096:
            raise ParameterError(
                f"values={values} is out of range; it takes an integer from 2 to 4096, or a list of words"
            )
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = list(letters[:values]) if values <= len(letters) else [f"v{i}" for i in range(values)]
    given: dict[str, Any] = {
        "n_facts": n_facts,
        "n_sources": n_sources,
        "values": words if isinstance(words, str) else list(words),
        "shared": shared,
        "prevalence": None if prevalence is None else _flat("prevalence", prevalence, {1}),
        "accuracy": accuracy if isinstance(accuracy, tuple | int | float) else _flat("accuracy", accuracy, {0, 1}),
        "confusion": None if confusion is None else _flat("confusion", confusion, {2, 3}),
        "density": _flat("density", density, {0, 1}),
        "reports_per_fact": reports_per_fact,
        "difficulty": difficulty,
        "copying": copying,
        "copy_rate": copy_rate,
        "seed": seed,
    }
    with progress("Simulating reports") as report:
        tables = _core.simulate({name: value for name, value in given.items() if value is not None}, report)
    return Simulation(*tables, {name: value for name, value in given.items() if value is not None})


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
        reports), ``n_reports``.
        """
        return self._below(self._sources, "simulated sources")

    @property
    def matrix(self) -> ClaimMatrix:
        """The matrix of the reports."""
        from .matrix import ClaimMatrix

        return ClaimMatrix(self._data, kind="nominal")

    @property
    def metadata(self) -> dict[str, Any]:
        """The options, seed included."""
        return super().metadata | {"simulation": dict(self._options)}

    def _headline(self) -> list[str]:
        sources = self._sources.to_dict()
        right = [a for a in sources["accuracy"] if a is not None]
        copiers = sum(c is not None for c in sources["copies"])
        facts, n = self._truth.num_rows, len(right)
        return [
            f"{count(len(self), 'report')} of {count(n, 'source')} on {count(facts, 'fact')}, "
            f"{len(self) / facts:.1f} a fact; seed {self._options['seed']}",
            f"sources are right {display.number(min(right))} to {display.number(max(right))} of the time"
            + (f"; {count(copiers, 'source')} {'copies' if copiers == 1 else 'copy'} another" if copiers else ""),
        ]

    def summary(self) -> Text:
        """What was drawn, in plain text.

        Returns
        -------
        Text
        """
        return Text("\n".join(display.wrap(line) for line in self._headline()))

    def plot_data(self) -> Table:
        """The sources, the most accurate first.

        Returns
        -------
        Table
        """
        accuracy = self._sources.to_dict()["accuracy"]
        order = sorted(range(len(accuracy)), key=lambda i: -accuracy[i])
        return self._below(self._sources.take(order), "simulated sources")

    def plot(self, ax: Axes | None = None) -> Axes:
        """The accuracy of each source and the share of its reports that is right; copiers stand out.

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

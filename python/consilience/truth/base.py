"""What all models share: parameters, and the methods that users of crowd-kit and scikit-learn know."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .. import _core
from ..errors import NotFittedError, ParameterError
from ..words import near

if TYPE_CHECKING:
    import pandas as pd

    from ..matrix import ClaimMatrix
    from .result import Truth

__all__ = ["Model"]


class Model:
    """A truth model with its parameters; one class a model, made from the registry.

    Give it to ``matrix.infer(...)``, or call :meth:`fit` on a table of ``task``, ``worker`` and ``label``.
    """

    name: ClassVar[str]

    def __new__(cls, *args: Any, **parameters: Any) -> Self:
        """Refuse what the class does not take, with what it does: names differ between packages."""
        takes = inspect.signature(cls.__init__).parameters
        known = [name for name, p in takes.items() if p.kind is p.KEYWORD_ONLY]
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in takes.values()):
            return super().__new__(cls)
        if args:
            raise ParameterError(f"{cls.__name__}({args[0]!r}): give parameters by name; it has {', '.join(known)}")
        for name in parameters:
            if name not in known:
                raise ParameterError(
                    f"{cls.__name__} has no parameter {name!r}; it has {', '.join(known)}{near(name, known)}"
                )
        return super().__new__(cls)

    def __init__(self, *, max_iter: int | None, tol: float | None, seed: int, **parameters: Any) -> None:
        self.max_iter = max_iter
        self.tol = tol
        self.seed = seed
        self._names = tuple(parameters)
        for name, value in parameters.items():
            setattr(self, name, value)

    @property
    def parameters(self) -> dict[str, Any]:
        """The model's own parameters."""
        return {name: getattr(self, name) for name in self._names}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters, as scikit-learn asks for them."""
        return {"max_iter": self.max_iter, "tol": self.tol, "seed": self.seed} | self.parameters

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters by name, as scikit-learn does."""
        for name, value in parameters.items():
            if name not in self.get_params():
                known = list(self.get_params())
                raise ParameterError(
                    f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}{near(name, known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        usual = {**_DEFAULTS, **defaults(self.name)}
        said = [f"{k}={v!r}" for k, v in self.get_params().items() if v != usual.get(k)]
        return f"{type(self).__name__}({', '.join(said)})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Model) and self.get_params() == other.get_params()

    __hash__ = None  # type: ignore[assignment]

    # As in crowd-kit and scikit-learn.

    truth_: Truth

    def fit(self, reports: Any, gold: Any = None, **options: Any) -> Self:
        """Fit on reports: a ClaimMatrix or what ClaimMatrix takes, such as a frame of ``task``, ``worker``, ``label``.

        Parameters
        ----------
        reports : ClaimMatrix, table, dict of columns, or path
            One row a report.
        gold : dict, pandas.Series, table, or path, optional
            Known answers by fact; never overturned.
        **options
            As for :func:`consilience.infer`.

        Returns
        -------
        Model
            Itself, with ``truth_``, ``labels_``, ``probas_`` and ``skills_``.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2, 2], "worker": list("abcab"), "label": list("xxyyy")}
        >>> cs.truth.MajorityVote().fit(answers).labels_.to_dict()
        {1: 'x', 2: 'y'}
        """
        from ..matrix import infer

        self.truth_ = infer(reports, model=self, gold=gold, **options)
        return self

    def partial_fit(self, reports: Any, **options: Any) -> Self:
        """Take new reports in: as a fit on all reports so far.

        Parameters
        ----------
        reports : ClaimMatrix, table, dict of columns, or path
            New reports.
        **options
            As for :meth:`Truth.partial_fit`; at first as for :meth:`fit`.

        Returns
        -------
        Model
            Itself.
        """
        self.truth_ = (
            self._fitted().partial_fit(reports, **options)
            if hasattr(self, "truth_")
            else self.fit(reports, **options).truth_
        )
        return self

    def predict(self, reports: Any, **options: Any) -> pd.Series[Any]:
        """The labels of facts in new reports, with what was learned of the sources.

        Parameters
        ----------
        reports : ClaimMatrix, table, dict of columns, or path
            New reports. Sources that are new count as the mean of the known ones.
        **options
            As for :meth:`Truth.predict`.

        Returns
        -------
        pandas.Series
            As :attr:`labels_`, of the facts of these reports.
        """
        return _labels(self._fitted().predict(reports, **options))

    def predict_proba(self, reports: Any, **options: Any) -> pd.DataFrame:
        """The probability of each label for facts in new reports, with what was learned of the sources.

        Parameters
        ----------
        reports : ClaimMatrix, table, dict of columns, or path
            New reports. Sources that are new count as the mean of the known ones.
        **options
            As for :meth:`Truth.predict`.

        Returns
        -------
        pandas.DataFrame
            As :attr:`probas_`, of the facts of these reports; where facts share their labels with a column for each that the fit knows.
        """
        return _probas(self._fitted().predict(reports, **options))

    def fit_predict(self, reports: Any, gold: Any = None, **options: Any) -> pd.Series[Any]:
        """Fit, and give ``labels_``."""
        return self.fit(reports, gold, **options).labels_

    def fit_predict_proba(self, reports: Any, gold: Any = None, **options: Any) -> pd.DataFrame:
        """Fit, and give ``probas_``."""
        return self.fit(reports, gold, **options).probas_

    @property
    def labels_(self) -> pd.Series[Any]:
        """The most probable label of each task."""
        return _labels(self._fitted())

    @property
    def probas_(self) -> pd.DataFrame:
        """The probability of each label in [0, 1]: a row a task, a column a label.

        A row sums to 1, or to 1 less the probability that no source is right, where values belong to their task and the model tells it.
        """
        return _probas(self._fitted())

    @property
    def skills_(self) -> pd.Series[Any]:
        """The reliability of each worker in [0, 1]; its weight where the model estimates numbers."""
        import pandas as pd

        truth = self._fitted()
        sources = truth.sources
        skill = sources["weight" if truth._is_numbers else "reliability"]
        return pd.Series(skill, index=pd.Index(sources["source"], name="worker"), name="skill", dtype=float)

    @property
    def loss_history_(self) -> list[float]:
        """The objective (or the change) by iteration."""
        trace = self._fitted().trace
        return trace[trace.columns[1]]

    def _fitted(self) -> Truth:
        if not hasattr(self, "truth_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet: call fit(reports) first")
        return self.truth_


_DEFAULTS = {"max_iter": None, "tol": None, "seed": 0}


def defaults(model: str) -> dict[str, Any]:
    """The own parameters of a model, with what they are if nothing else is said."""
    table = _core.truth_parameters().to_dict()
    rows = zip(table["model"], table["name"], table["default"], strict=True)
    return {name: json.loads(default) for of, name, default in rows if of == model}


def _labels(truth: Truth) -> pd.Series[Any]:
    import pandas as pd

    facts = truth.facts.to_dict(["fact", "value"])
    return pd.Series(facts["value"], index=pd.Index(facts["fact"], name="task"), name="agg_label")


def _probas(truth: Truth) -> pd.DataFrame:
    import pandas as pd

    if truth._is_numbers:
        raise ParameterError(
            f"{truth.model} estimates numbers, which have no probabilities; labels_ holds the estimates"
        )
    probabilities = truth._truth.probabilities()
    if probabilities is not None:
        classes = truth._truth.classes()
        facts = pd.Index(truth.facts["fact"], name="task")
        return pd.DataFrame(
            probabilities.reshape(len(facts), len(classes)), index=facts, columns=pd.Index(classes, name="label")
        )
    claims = pd.DataFrame(truth.claims.to_dict(["fact", "claim", "probability"]))
    table = claims.pivot(index="fact", columns="claim", values="probability").fillna(0.0)
    return table.reindex(truth.facts["fact"]).rename_axis(index="task", columns="label")


def matrix_of(reports: Any, options: dict[str, Any], call: str) -> ClaimMatrix:
    """The matrix of reports given to ``call`` as a matrix or as what ClaimMatrix takes."""
    from ..matrix import ClaimMatrix

    of_table, of_fit = ClaimMatrix.__init__.__kwdefaults__ or {}, {"model", *(ClaimMatrix.infer.__kwdefaults__ or {})}
    for name in options:
        if name not in of_table:
            meant = "" if name in of_fit else near(name, of_table)
            raise ParameterError(
                f"{call}() has no option {name!r}{meant}: it takes those of ClaimMatrix, for the new reports; "
                "model, parameters and limits are those of the fit"
            )
    if not isinstance(reports, ClaimMatrix):
        return ClaimMatrix(reports, **options)
    if options:
        raise ParameterError(f"{', '.join(options)}: these belong to ClaimMatrix(...), and the matrix is built already")
    return reports

"""What all models share: parameters, and the methods that users of crowd-kit and scikit-learn know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .. import _core
from ..errors import ConsilienceError, ParameterError

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
                raise ParameterError(
                    f"{type(self).__name__} has no parameter {name!r}; it has {list(self.get_params())}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = {**_DEFAULTS, **_defaults(self.name)}
        said = [f"{k}={v!r}" for k, v in self.get_params().items() if v != defaults.get(k)]
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
        gold : dict or pandas.Series, optional
            Known answers by fact; never overturned.
        **options
            As for :func:`consilience.infer`.

        Returns
        -------
        Model
            Itself, with ``truth_``, ``labels_``, ``probas_`` and ``skills_``.
        """
        from ..matrix import infer

        self.truth_ = infer(reports, model=self, gold=gold, **options)
        return self

    def partial_fit(self, reports: Any, **options: Any) -> Self:
        """Take new reports in: as a fit on all reports so far."""
        self.truth_ = (
            self._fitted().partial_fit(reports, **options)
            if hasattr(self, "truth_")
            else self.fit(reports, **options).truth_
        )
        return self

    def predict(self, reports: Any, **options: Any) -> pd.Series[Any]:
        """The labels of facts in new reports, with what was learned of the sources."""
        return _labels(self._fitted().predict(reports, **options))

    def predict_proba(self, reports: Any, **options: Any) -> pd.DataFrame:
        """The probability of each label for facts in new reports, with what was learned of the sources."""
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
        """The probability of each label: a row a task, a column a label."""
        return _probas(self._fitted())

    @property
    def skills_(self) -> pd.Series[Any]:
        """The reliability of each worker; its weight where the model estimates numbers."""
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
            raise ConsilienceError(f"{type(self).__name__} is not fitted yet: call fit(reports) first")
        return self.truth_


_DEFAULTS = {"max_iter": None, "tol": None, "seed": 0}


def _defaults(model: str) -> dict[str, Any]:
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


def matrix_of(reports: Any, options: dict[str, Any]) -> ClaimMatrix:
    """The matrix of reports given as a matrix or as what ClaimMatrix takes."""
    from ..matrix import ClaimMatrix

    return reports if isinstance(reports, ClaimMatrix) else ClaimMatrix(reports, **options)

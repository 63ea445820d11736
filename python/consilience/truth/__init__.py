"""Truth inference: how probable is each claim, and how far is each source to be believed?

``matrix.infer()`` runs the default model, ``matrix.infer("glad")`` any other by its name, ``matrix.infer(Glad(max_iter=50))`` one with
parameters. :func:`models` lists them. The same objects have ``fit`` and ``predict`` for tables of task, worker and label.

Examples
--------
>>> import consilience as cs
>>> answers = {"task": [1, 1, 1, 2, 2, 3, 3], "worker": list("abcabbc"), "label": list("xxyxxyy")}
>>> cs.infer(answers, model="majority_vote").facts["value"]
['x', 'x', 'y']
"""

from __future__ import annotations

from .. import _core
from ..result import Table
from .base import Model
from .models import *  # noqa: F403
from .models import __all__ as _models
from .result import Truth

__all__ = ["Model", "Truth", "models", "parameters", *_models]


def models() -> Table:
    """The truth models: family, kinds of value, limits, parameters, paper.

    Examples
    --------
    >>> import consilience as cs
    >>> "dawid_skene" in cs.truth.models()["name"]
    True
    """
    return Table(_core.truth_models(), "truth models")


def __dir__() -> list[str]:
    """What there is to use, without the modules behind it."""
    return list(__all__)


def parameters() -> Table:
    """The parameters of the truth models, beside those that all share (``max_iter``, ``tol``, ``seed``).

    Examples
    --------
    >>> import consilience as cs
    >>> table = cs.truth.parameters()
    >>> [name for model, name in zip(table["model"], table["name"]) if model == "dawid_skene"]
    ['confusion_prior', 'class_prior', 'assignment']
    """
    return Table(_core.truth_parameters(), "parameters of truth models")

"""How much do several sources agree on each fact, and how sure can one be?

Reports (a source gives a value for a fact) become a sparse claim-by-source matrix, :class:`ClaimMatrix`; its
:meth:`~ClaimMatrix.score` tells for each fact how far independent voices agree, with an interval, which camps there are, and what
can be said of it in a word.

Examples
--------
>>> import consilience as cs
>>> scores = cs.score({"fact": ["capital"] * 3, "source": ["a", "b", "c"], "value": ["Bern", "Bern", "Zurich"]})
>>> scores["status"], round(scores["agreement"][0], 3)
(['contested'], 0.333)
"""

from __future__ import annotations

import warnings as _warnings

from . import _core, datasets, truth
from ._core import __version__
from .agreement import Agreement, agreement_coefficients
from .diagnosis import Diagnosis
from .errors import (
    ConsilienceError,
    ConsilienceWarning,
    ConvergenceWarning,
    DataError,
    NotFittedError,
    ParameterError,
)
from .evaluation import Evaluation, evaluate
from .explanation import Explanation
from .matrix import ClaimMatrix, agreement, infer, score
from .pairwise import Pairwise, WithoutSource
from .result import Result, Table
from .scores import FactScores
from .simulation import Simulation, simulate
from .truth import Truth

__all__ = [
    "Agreement",
    "ClaimMatrix",
    "ConsilienceError",
    "ConsilienceWarning",
    "ConvergenceWarning",
    "DataError",
    "Diagnosis",
    "Evaluation",
    "Explanation",
    "FactScores",
    "NotFittedError",
    "Pairwise",
    "ParameterError",
    "Result",
    "Simulation",
    "Table",
    "Truth",
    "WithoutSource",
    "__version__",
    "agreement",
    "agreement_coefficients",
    "datasets",
    "evaluate",
    "infer",
    "kinds",
    "score",
    "score_columns",
    "simulate",
    "truth",
]


def kinds() -> Table:
    """The kinds of values: what each is, which qualifiers it takes, where it comes from.

    Examples
    --------
    >>> import consilience as cs
    >>> cs.kinds()["name"]
    ['nominal', 'ordinal', 'interval', 'ratio', 'circular', 'boolean', 'date', 'set', 'text']
    """
    return Table(_core.kinds(), "kinds of values")


def score_columns() -> Table:
    """The columns of the scores: what each tells, in which range, and where it comes from.

    Examples
    --------
    >>> import consilience as cs
    >>> cs.score_columns()["name"][:5]
    ['fact', 'kind', 'status', 'value', 'leading_value']
    """
    return Table(_core.score_columns(), "columns of the scores")


def __dir__() -> list[str]:
    """What there is to use, without the modules behind it."""
    return list(__all__)


if _core.is_debug_build:
    _warnings.warn(
        "this is a debug build of consilience, many times slower than a release build", ConsilienceWarning, stacklevel=2
    )

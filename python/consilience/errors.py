"""Exceptions and warnings: one class a cause, all below one base.

They are Python classes, which the compiled part looks up, so that an exception can be caught as the
``ValueError`` it also is, and so that their names appear in the types.
"""

import sys
import warnings

__all__ = [
    "ConsilienceError",
    "ConsilienceWarning",
    "ConvergenceWarning",
    "DataError",
    "NotFittedError",
    "ParameterError",
    "warn",
]


class ConsilienceError(ValueError):
    """Base of all exceptions that this package raises on purpose."""


class DataError(ConsilienceError):
    """The reports cannot be used as they are: a missing column, a date that is none, two kinds in one fact.

    The message names the row (counted from 0), the column and the value, and says what to do.
    """


class ParameterError(ConsilienceError):
    """An argument is unknown or out of range; the message lists what it takes."""


class NotFittedError(ConsilienceError, AttributeError):
    """A truth model is asked for what it finds before ``fit``; an ``AttributeError`` too, so that ``hasattr`` says no."""


class ConsilienceWarning(UserWarning):
    """Base of all warnings that this package gives: filter them all with one line."""


class ConvergenceWarning(ConsilienceWarning):
    """An iteration reached its limit; the result is kept and carries ``converged = False``."""


def warn(sentence: str, category: type[Warning] = ConsilienceWarning) -> None:
    """Warn at the line of the reader's own code that led here, however deep within the package this is."""
    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(sentence, category, stacklevel=level)

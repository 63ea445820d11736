"""Answers that are known: to teach a model, or to judge one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from . import _core, files
from .errors import ParameterError

__all__ = ["known"]

_FACT: Final = ("fact", "task", "item", "unit")
_VALUE: Final = ("value", "truth", "label", "answer")


def known(answers: Any, role: str = "truth") -> _core.Table:
    """Facts and their values as a table, from whatever holds them: a dict, a Series by fact, a table, or the path of one.

    Parameters
    ----------
    answers : dict, pandas.Series, table, or path
        Facts without a value are passed over: their answers are not known.
    role : str
        The argument, for messages.

    Raises
    ------
    ParameterError
        If it is none of these, or a table without columns for fact and value.

    Examples
    --------
    >>> known({1: "x", 2: None}).to_dict()
    {'fact': [1, 2], 'value': ['x', None]}
    """
    if isinstance(answers, Mapping) and not (any(n in answers for n in _FACT) and any(n in answers for n in _VALUE)):
        answers = {"fact": _of_one_type(answers.keys()), "value": _of_one_type(answers.values())}
    elif hasattr(answers, "index") and hasattr(answers, "items") and not hasattr(answers, "columns"):
        answers = {"fact": _of_one_type(answers.index), "value": _of_one_type(answers)}
    answers = files.read_table(answers, role)
    try:
        table = _core.Table.from_any(answers)
    except (TypeError, ValueError, RuntimeError):
        raise ParameterError(
            f"{role}={type(answers).__name__}: give a dict of fact and value, a pandas Series by fact, or a table with the columns fact and value"
        ) from None
    named = [next((n for n in names if n in table.column_names), None) for names in (_FACT, _VALUE)]
    if None in named:
        raise ParameterError(
            f"{role}: it needs the columns fact and value; the columns are {', '.join(table.column_names) or 'none'}"
        )
    columns = table.select([n for n in named if n]).to_dict()
    return _core.Table.from_any(
        {name: _of_one_type(c) for name, c in zip(("fact", "value"), columns.values(), strict=True)}
    )


def _of_one_type(labels: Iterable[Any]) -> list[Any]:
    """Labels as a column: None where missing, as text where strings stand beside numbers."""
    labels = [None if _is_missing(label) else label for label in labels]
    types = {type(label) for label in labels if label is not None}
    return [None if v is None else str(v) for v in labels] if str in types and len(types) > 1 else labels


def _is_missing(label: Any) -> bool:
    """None, not a number, or what pandas has for them."""
    return (
        label is None or (isinstance(label, float) and label != label) or type(label).__name__ in ("NAType", "NaTType")
    )

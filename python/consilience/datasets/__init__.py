"""The running example: five news reports of one event, coded as claims."""

from __future__ import annotations

from pathlib import Path

from ..matrix import ClaimMatrix

__all__ = ["load_kursk"]

_KURSK = Path(__file__).parent / "kursk"


def load_kursk() -> ClaimMatrix:
    """Five news texts on North Korean soldiers in Russia's Kursk region (October 2024), coded as 273 reports of 91 facts.

    They share an event and many sentences, and differ where it matters: in numbers, in who is quoted, in how firmly things are said.
    ``seeds/README.md`` in the repository tells what each column means and how it was coded. It is an example to learn from, not a
    gold standard.

    Returns
    -------
    ClaimMatrix

    Examples
    --------
    >>> import consilience as cs
    >>> cs.datasets.load_kursk()
    ClaimMatrix: 91 facts, 5 sources, 122 claims, 273 reports
    kinds: nominal, ratio, boolean, date, set, text
    one voice: all origins of one party count as one voice
    score() says how far the sources agree on each fact
    """
    return ClaimMatrix(_KURSK / "reports.csv", facts=_KURSK / "facts.csv", broader=_KURSK / "broader.csv")

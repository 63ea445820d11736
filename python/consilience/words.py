"""The words shown to readers, in one place: column titles, what each status means, colours.

Columns of the data never change their names; the titles here appear only where a table is shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple

__all__ = [
    "LEVELS",
    "NOT_TRUTH",
    "STATUSES",
    "WHY_NOT",
    "Status",
    "claim_text",
    "command_line",
    "count",
    "hint",
    "join",
    "near",
    "one_voice",
    "quote",
    "title",
]

#: Whether readers sit at the command line rather than in Python.
_AT_COMMAND_LINE: ContextVar[bool] = ContextVar("_AT_COMMAND_LINE", default=False)


class Status(NamedTuple):
    """A status, as readers see it.

    Parameters
    ----------
    name : str
        The word in the column ``status``.
    meaning : str
        What it says, in half a sentence.
    colour : str
        Its colour in plots and pages, legible on white and on black.
    """

    name: str
    meaning: str
    colour: str


#: Every status, the one that needs a look most first. Colours differ in lightness as well as in hue.
STATUSES: Final[dict[str, Status]] = {
    s.name: s
    for s in (
        Status("contested", "answers that cannot all be right, and none clearly leads", "#d1495b"),
        Status("inconsistent", "one voice alone, and it contradicts itself", "#9b5fb5"),
        Status("majority", "answers that cannot all be right, but one clearly leads", "#e2873c"),
        Status("unattributed", "only origins that nobody can name say so", "#8d7b68"),
        Status("one origin", "several sources repeat one voice; nobody else confirms it", "#c9a227"),
        Status("single source", "one source alone reports it", "#b5b06a"),
        Status("compatible", "answers differ in precision, but none contradicts another", "#4aa89a"),
        Status("unanimous", "two or more independent voices give the same answer", "#3a7ebf"),
        Status("uncommitted", "nobody gives an answer that can be compared", "#8a94a0"),
        Status("not compared", "free wording: shown and counted, never compared by its letters", "#adb5bd"),
    )
}

#: What counts as one voice at each level of independence.
LEVELS: Final[dict[str, str]] = {
    "party": "all origins of one party count as one voice",
    "origin": "all sources that relay one origin count as one voice",
    "source": "every source counts as a voice of its own",
}

#: Why a report has no vote, by the word the core gives.
WHY_NOT: Final[dict[str, str]] = {
    "anonymous": "its origin is not named",
    "not comparable": "its wording cannot be compared",
    "no stand": "it takes no stand",
    "weight 0": "its weight is 0",
}

#: The sentence that goes with ``share`` and ``lead_probability`` wherever they are shown.
NOT_TRUTH: Final = (
    "Both figures tell which answer is the most common among sources like these, "
    "not which one is true: many sources can be wrong together."
)

_TITLES: Final[dict[str, str]] = {
    "value": "answer",
    "leading_value": "leading answer",
    "refined_value": "most precise",
    "common_ground": "common ground",
    "agreement_low": "agreement, low",
    "agreement_high": "agreement, high",
    "lead_probability": "chance of the lead",
    "share_low": "share, low",
    "share_high": "share, high",
    "disagreement_share": "part of disagreement",
    "self_conflicts": "contradict themselves",
    "n_reports": "reports",
    "n_sources": "sources",
    "n_facts": "facts",
    "n_origins": "origins",
    "n_units": "voices",
    "n_effective": "effective voices",
    "n_wordings": "wordings",
    "n_claims": "claims",
    "n_neither": "take no stand",
    "n_denials": "denials",
    "n_hedged": "hedged",
    "n_duplicates": "duplicates",
    "n_compared": "facts compared",
    "siding": "sides with the others",
    "siding_low": "low",
    "siding_high": "high",
    "n_alone": "stands alone",
    "n_relayed": "relayed reports",
    "unit": "unit",
    "std_error": "std. error",
}

_QUALIFIERS: Final = ("at_least", "at_most", "more_than", "less_than")


@contextmanager
def command_line() -> Iterator[None]:
    """Inside, hints name what to type on the command line."""
    token = _AT_COMMAND_LINE.set(True)
    try:
        yield
    finally:
        _AT_COMMAND_LINE.reset(token)


def hint(python: str, command: str) -> str:
    """What to type next, in the words of where the reader sits.

    Examples
    --------
    >>> with command_line():
    ...     hint("majority=", "--majority")
    '--majority'
    """
    return command if _AT_COMMAND_LINE.get() else python


def one_voice(level: str, noun: str = "voice", others: Iterable[str] = ()) -> str:
    """What counts as one voice, and how to change it.

    Examples
    --------
    >>> one_voice("source", others=["origin"])
    'one voice: every source counts as a voice of its own (independence="source"; or "origin")'
    """
    said = hint(f'independence="{level}"', f"--independence {level}")
    words = " or ".join(hint(f'"{other}"', other) for other in others)
    return f"one {noun}: {LEVELS[level]} ({said}{'; or ' if words else ''}{words})"


def title(column: str) -> str:
    """Readable title of a column.

    Examples
    --------
    >>> title("n_units"), title("fact")
    ('voices', 'fact')
    """
    return _TITLES.get(column, column.replace("_", " "))


def claim_text(label: str) -> str:
    """A claim's label as a reader would write it.

    Examples
    --------
    >>> claim_text("not at_least 3000")
    'not at least 3000'
    """
    start = len("not ") if label.startswith("not ") else 0
    for word in _QUALIFIERS:
        if label.startswith(word + " ", start):
            return label[:start] + word.replace("_", " ") + label[start + len(word) :]
    return label


def quote(text: str) -> str:
    """Text in typographic quotation marks.

    Examples
    --------
    >>> quote("August")
    '“August”'
    """
    return f"“{text}”"


def count(n: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun, thousands separated.

    Examples
    --------
    >>> count(1, "fact"), count(12000, "fact"), count(0, "duplicate")
    ('1 fact', '12,000 facts', '0 duplicates')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def near(word: object, words: Iterable[str]) -> str:
    """The nearest of the known words, as part of a message; nothing where none is near.

    Examples
    --------
    >>> near("agrement", ["agreement", "status"]), near("x", ["agreement"])
    (' (did you mean agreement?)', '')
    """
    found = difflib.get_close_matches(str(word), list(words), n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def join(parts: list[str], *, last: str = "and") -> str:
    """Parts joined as in a sentence.

    Examples
    --------
    >>> join(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""

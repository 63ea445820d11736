"""One self-contained HTML page of scores: summary, matrix, a table that sorts and filters, each fact explained on click."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from .. import display
from ..display import escape
from ..scores import FactScores
from ..words import STATUSES, claim_text, count, title

__all__ = ["page"]

#: Facts that the page lists, with their explanations; of more, those that need a look most.
_FACTS: Final = 2000
#: Claims in the picture of the matrix.
_CLAIMS: Final = 400


def page(scores: FactScores, title: str = "Scores") -> str:
    """The page as text.

    Parameters
    ----------
    scores : FactScores
        What to show.
    title : str
        Title of the page.

    Returns
    -------
    str
        HTML with style and script inside; it loads nothing from the net.
    """
    shown = scores._first(_FACTS)
    facts = [_fact(shown, fact) for fact in shown["fact"]]
    head, _, voices = scores._headline()
    left = len(scores) - len(facts)
    notes = [voices, _options(scores)]
    if left > 0:
        notes.insert(
            0,
            f"{count(left, 'more fact')} not listed here: the page has those that need a look most; write all with consilience score -o.",
        )
    matrix = scores.matrix
    template = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    parts = {
        "title": escape(title),
        "heading": escape(title),
        "style": display.CSS,
        "head": escape(head),
        "strip": display.status_strip(scores.overall["status"]),
        "notes": "".join(f'<div class="cs-note">{escape(note)}</div>' for note in notes),
        "picture": display.picture(matrix._picture([f["fact"] for f in facts[:200]], _CLAIMS)),
        "sources": _sources(scores),
        # Inside a script element only "<" could end it.
        "facts": json.dumps(facts, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029"),
        "statuses": json.dumps({s.name: [s.colour, s.meaning] for s in STATUSES.values()}),
    }
    # In one pass, so that what is put in may hold anything.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], template)


def _fact(scores: FactScores, fact: Any) -> dict[str, Any]:
    explanation = scores.explain(fact)
    data = explanation._data
    row = data["scores"]
    colour = STATUSES[row["status"]].colour
    return {
        "fact": fact,
        "label": display.label(fact),
        "question": display.clip(data["question"] or "", 200),
        "status": row["status"],
        "kind": row["kind"],
        "answer": display.label(claim_text(str(row["value"]))) if row["value"] is not None else display.NULL,
        "agreement": row["agreement"],
        "bar": display.bar(row["agreement"], row["agreement_low"], row["agreement_high"], colour),
        "interval": display.interval(row["agreement_low"], row["agreement_high"]),
        "uncertainty": row["uncertainty"],
        "voices": row["n_units"],
        "reports": row["n_reports"],
        "positions": display.positions(row["positions"], 120),
        "why": explanation._html(),
    }


def _options(scores: FactScores) -> str:
    data = scores.metadata
    options = data["options"]
    left_out = (
        f"{count(data['n_duplicates'], 'duplicate')} and {count(data['n_dropped'], 'row')} without a value left out"
    )
    return (
        f"consilience {data['version']}; {count(data['n_read'], 'row')} read, {left_out}; "
        f"{options['confidence']:.0%} intervals, majority from {options['majority']:g}; input {data['input_hash']}"
    )


def _sources(scores: FactScores) -> str:
    columns = scores.by_source().to_dict()
    n = 200
    names = [
        "source",
        "n_reports",
        "n_facts",
        "n_compared",
        "siding",
        "siding_low",
        "siding_high",
        "n_alone",
        "n_relayed",
        "relays",
    ]
    shown = {name: columns[name][:n] for name in names}
    rows = zip(*([display.html_cell(v) for v in values] for values in shown.values()), strict=True)
    heads = [title(name) for name in names]
    left = len(columns["source"]) - n
    more = f'<div class="cs-note">{count(left, "more source")} not shown</div>' if left > 0 else ""
    return display.html_table(heads, rows, [name not in ("source", "relays") for name in names]) + more

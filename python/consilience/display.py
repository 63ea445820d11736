"""Tables and numbers as readers see them, in plain text and in HTML that fits light and dark pages."""

from __future__ import annotations

import datetime as dt
import html
import math
import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from .words import STATUSES, claim_text, count, hint, title

__all__ = [
    "CSS",
    "Mark",
    "Text",
    "amount",
    "bar",
    "cell",
    "chip",
    "clip",
    "colour_of",
    "escape",
    "fragment",
    "html_table",
    "interval",
    "label",
    "marks_by_place",
    "number",
    "origin_colours",
    "picture",
    "positions",
    "signed",
    "status_strip",
    "text_table",
    "wrap",
]

#: What stands for a value that does not exist.
NULL: Final = "–"

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BIDI: Final = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Text(str):
    r"""A string that a prompt or notebook shows as it reads, line breaks and all.

    Examples
    --------
    >>> Text("two lines\nof text")
    two lines
    of text
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def escape(text: object) -> str:
    """Text made safe inside HTML, in elements and in attributes."""
    return html.escape(str(text), quote=True)


def clip(text: str, width: int) -> str:
    """Text on one line, cut to ``width`` characters; control characters become blanks.

    Examples
    --------
    >>> clip("a very long label", 10)
    'a very lo…'
    """
    head = text[: 4 * width + 16]
    one_line = _BIDI.sub("", _BREAKS.sub(" ", head))
    return one_line if len(one_line) <= width and len(head) == len(text) else one_line[: width - 1].rstrip() + "…"


def label(value: object, width: int = 60) -> str:
    """A label as shown: an empty one is shown as two quotation marks, never as nothing.

    Examples
    --------
    >>> label(""), label("None"), label(12), label(None)
    ('""', 'None', '12', '–')
    """
    if value is None:
        return NULL
    if isinstance(value, str):
        return clip(value, width) if value.strip() else f'"{clip(value, width)}"'
    return cell(value, width)


def number(value: float | None, digits: int = 2) -> str:
    """A number with a fixed count of decimals, or a dash.

    Examples
    --------
    >>> number(0.4666), number(12000.0, 0), number(None)
    ('0.47', '12,000', '–')
    """
    return NULL if value is None or not math.isfinite(value) else f"{value:,.{digits}f}"


def mass(value: float) -> str:
    """An amount of votes: at most two decimals, none that are zero.

    Examples
    --------
    >>> mass(3.0), mass(1.6), mass(0.8333)
    ('3', '1.6', '0.83')
    """
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def amount(value: float, digits: int = 3) -> str:
    """A number of any size: so many digits that count, whole ones all, and no exponent where it can be read without.

    Examples
    --------
    >>> amount(1960.4), amount(0.25), amount(-26.78), amount(1e-9)
    ('1,960', '0.25', '-26.8', '1e-09')
    """
    if value and not 1e-4 <= abs(value) < 1e12:
        return f"{value:.{digits}g}"
    whole = len(f"{abs(value):.0f}") if abs(value) >= 1 else 0
    return f"{value:,.0f}" if whole >= digits else f"{value:,.{digits}g}"


def signed(value: float) -> str:
    """The same with its sign, also where it is positive.

    Examples
    --------
    >>> signed(1960.4), signed(-26.78), signed(0.0)
    ('+1,960', '-26.8', '+0')
    """
    return f"{'' if value < 0 else '+'}{amount(value)}"


def interval(low: float | None, high: float | None) -> str:
    """Two ends of an interval.

    Examples
    --------
    >>> interval(0.06, 0.918), interval(None, None)
    ('0.06–0.92', '–')
    """
    return NULL if low is None or high is None else f"{number(low)}–{number(high)}"


def positions(value: Sequence[dict[str, Any]] | None, width: int = 60) -> str:
    """Positions in a cell: what each says, and by how many voices.

    Examples
    --------
    >>> positions([{"value": "at_least 3", "mass": 2.0, "share": 2 / 3}, {"value": "1", "mass": 1.0, "share": 1 / 3}])
    'at least 3 (2) | 1 (1)'
    """
    if not value:
        return NULL
    shown = [f"{label(claim_text(str(p['value'])), 40)} ({mass(p['mass'])})" for p in value[:4]]
    if len(value) > 4:
        shown.append(f"{len(value) - 4:,} more")
    return clip(" | ".join(shown), width)


def cell(value: object, width: int = 60) -> str:
    """Any value as the text of a table's cell."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value) if abs(value) < 1e7 else f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], dict):
            return positions(value, width)
        return clip("; ".join(label(v, width) for v in value[:12]), width) if value else NULL
    return label(value if isinstance(value, str) else str(value), width)


def _columns_of(text: str) -> int:
    """Columns a text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) == "Cf"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    fill = " " * max(0, width - _columns_of(text))
    return fill + text if right else text + fill


def screen_width() -> int:
    """Columns of the terminal, between 60 and 140; 100 where there is none."""
    return min(140, max(60, shutil.get_terminal_size((100, 24)).columns))


def wrap(text: str, *, indent: str = "", hang: str = "", width: int | None = None) -> str:
    """Text broken into lines that fit the screen."""
    import textwrap

    return textwrap.fill(
        text,
        min(width or screen_width(), 100),
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


#: A number with its interval, or none.
_NUMBER: Final = re.compile(r"-?[\d.]+ \(.*\)$|–?$")


def text_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], *, width: int | None = None
) -> str:
    """A table in plain text that fits the screen: the widest left-aligned columns give way, then the last columns.

    Examples
    --------
    >>> print(text_table(["fact", "voices"], [["speed", "3"], ["mass", "12"]], [False, True]))
    fact   voices
    speed       3
    mass       12
    """
    room = width or screen_width()
    right = list(right)
    n = len(heads)
    widths = [max([_columns_of(heads[i]), *(_columns_of(r[i]) for r in rows)]) for i in range(n)]
    # Half an interval is worse than none.
    whole = [right[i] or all(_NUMBER.match(r[i]) for r in rows) for i in range(n)]
    least = [w if whole[i] else min(w, max(_columns_of(heads[i]), 14)) for i, w in enumerate(widths)]
    # Names of rows that differ are to be told apart.
    names = {r[0] for r in rows}
    while least[0] < widths[0] and len({_cut(name, least[0]) for name in names}) < len(names):
        least[0] += 1
    while n > 1 and sum(least[:n]) + 2 * (n - 1) > room:
        n -= 1
    while sum(widths[:n]) + 2 * (n - 1) > room:
        i = max((i for i in range(n) if widths[i] > least[i]), key=lambda i: widths[i], default=None)
        if i is None:
            break
        widths[i] -= 1

    def line(cells: Sequence[str]) -> str:
        shown = [c if _columns_of(c) <= widths[i] else _cut(c, widths[i]) for i, c in enumerate(cells[:n])]
        return "  ".join(_pad(c, widths[i], right[i]) for i, c in enumerate(shown)).rstrip()

    lines = [line(heads), *(line(r) for r in rows)]
    if n < len(heads):
        lines.append(f"… also: {', '.join(heads[n:])}")
    return "\n".join(lines)


def _cut(text: str, width: int) -> str:
    kept = ""
    for c in text:
        if _columns_of(kept + c) > width - 1:
            break
        kept += c
    return kept.rstrip() + "…"


#: Style of every fragment. Colours come from the page around it (text inherits, lines and fills are half transparent),
#: so it is legible in light and in dark notebooks; nothing is loaded from anywhere.
CSS: Final = """
.consilience{--cs-line:rgba(128,128,128,.28);--cs-fill:rgba(128,128,128,.14);--cs-accent:#3a7ebf;
font:13px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:inherit;max-width:76rem}
.consilience .cs-head{font-size:15px;font-weight:600;margin:.2em 0 .1em}
.consilience .cs-lead{margin:.1em 0 .5em}
.consilience .cs-note{opacity:.68;font-size:12px;margin:.35em 0}
.consilience .cs-scroll{overflow-x:auto}
.consilience table.cs-t{border-collapse:collapse;border:0;margin:.4em 0;font-size:12.5px;font-variant-numeric:tabular-nums}
.consilience table.cs-t tr,.consilience table.cs-t tbody tr:nth-child(n){background:transparent}
.consilience table.cs-t thead th{font-weight:600;opacity:.75;border:0;border-bottom:1px solid var(--cs-line);
padding:.3em .8em .3em 0;text-align:left;white-space:nowrap;background:transparent;vertical-align:bottom}
.consilience table.cs-t tbody td{border:0;border-bottom:1px solid var(--cs-line);padding:.32em .8em .32em 0;text-align:left;
vertical-align:top;max-width:26em;overflow-wrap:anywhere;background:transparent}
.consilience table.cs-t .cs-r{text-align:right;white-space:nowrap}
.consilience table.cs-t .cs-w,.consilience .cs-w{white-space:nowrap}
.consilience .cs-q{opacity:.68;font-size:12px}
.consilience .cs-chip{white-space:nowrap}
.consilience .cs-dot{display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.42em;vertical-align:.03em}
.consilience .cs-strip{display:flex;height:9px;border-radius:5px;overflow:hidden;gap:1px;max-width:44rem;margin:.45em 0 .35em}
.consilience .cs-strip span{display:block;min-width:3px}
.consilience .cs-keys{display:flex;flex-wrap:wrap;gap:.1em 1.1em;margin:0 0 .5em;max-width:60rem}
.consilience .cs-keys b{font-weight:600}
.consilience svg.cs-bar{vertical-align:middle;overflow:visible}
.consilience h4{font-size:13px;font-weight:600;margin:.9em 0 .25em}
.consilience ul{margin:.15em 0 .4em;padding-left:1.3em}
.consilience li{margin:.12em 0}
.consilience li ul{margin:.05em 0 .1em}
.consilience table.cs-m td.cs-c{text-align:center;padding:.12em .35em;line-height:1.1}
.consilience table.cs-m th.cs-s{writing-mode:vertical-rl;transform:rotate(180deg);padding:.35em 0;max-height:11em;overflow:hidden}
.consilience table.cs-m tr.cs-f td{border-bottom:0;padding-top:.7em;font-weight:600}
.consilience .cs-sub{opacity:.8}
"""


def fragment(*parts: str) -> str:
    """HTML parts as one piece for a notebook, with their style."""
    return f'<div class="consilience"><style>{CSS}</style>{"".join(parts)}</div>'


def html_table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    """An HTML table; cells are HTML already, so whoever makes them escapes them."""

    def row(tag: str, cells: Sequence[str]) -> str:
        return (
            "<tr>"
            + "".join(
                f'<{tag} class="cs-r">{c}</{tag}>' if r else f"<{tag}>{c}</{tag}>"
                for c, r in zip(cells, right, strict=True)
            )
            + "</tr>"
        )

    head = row("th", [escape(h) for h in heads])
    body = "".join(row("td", r) for r in rows)
    return f'<div class="cs-scroll"><table class="cs-t"><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def html_cell(value: object, width: int = 80) -> str:
    """A value as HTML: labels are isolated, so that right-to-left ones do not turn their neighbours around."""
    shown = escape(cell(value, width))
    return f"<bdi>{shown}</bdi>" if isinstance(value, str) else shown


def chip(status: str) -> str:
    """A status with its dot of colour, as HTML."""
    known = STATUSES.get(status)
    colour, meaning = (known.colour, known.meaning) if known else ("#888888", "")
    return f'<span class="cs-chip" title="{escape(meaning)}"><span class="cs-dot" style="background:{colour}"></span>{escape(status)}</span>'


def bar(value: float | None, low: float | None, high: float | None, colour: str) -> str:
    """A score between 0 and 1 with its interval, as a small inline drawing."""
    if value is None or low is None or high is None:
        return ""
    x, a, b = (round(72 * v, 1) for v in (value, low, high))
    return (
        f'<svg class="cs-bar" width="76" height="12" viewBox="-2 0 76 12" role="img" aria-label="{number(value)}, {interval(low, high)}">'
        f'<rect x="0" y="5.5" width="72" height="1" fill="currentColor" opacity=".25"/>'
        f'<rect x="{a}" y="4" width="{max(1.0, b - a):.1f}" height="4" rx="2" fill="{colour}" opacity=".45"/>'
        f'<circle cx="{x}" cy="6" r="3.4" fill="{colour}"/></svg>'
    )


def status_strip(counts: dict[str, int]) -> str:
    """How the facts divide among the statuses: one strip and its key, as HTML."""
    shown = [(s, counts[s.name]) for s in STATUSES.values() if counts.get(s.name)]
    strip = "".join(
        f'<span style="flex:{n} 0 0;background:{s.colour}" title="{escape(s.name)}: {n:,}"></span>' for s, n in shown
    )
    keys = "".join(f"<span>{chip(s.name)} <b>{n:,}</b></span>" for s, n in shown)
    return f'<div class="cs-strip">{strip}</div><div class="cs-keys">{keys}</div>'


def is_right(values: Sequence[object]) -> bool:
    """Whether a column reads better aligned to the right: numbers and nothing else."""
    seen = [v for v in values if v is not None]
    return bool(seen) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in seen)


def rows_of(columns: dict[str, list[Any]], width: int = 60) -> tuple[list[str], list[list[str]], list[bool]]:
    """Titles, cells and alignment of a table's columns, ready for :func:`text_table`."""
    # An answer is what a row of a fact has; in other tables a value is what a source says, or what was measured.
    of_facts = "fact" in columns and columns.keys().isdisjoint(("source", "claim"))
    heads = [name if name == "value" and not of_facts else title(name) for name in columns]
    right = [is_right(values) for values in columns.values()]
    # Answers that tie share a fact: counts have decimals where there are such, and nowhere else.
    cells = [[mass(v) if name == "n_found" else cell(v, width) for v in values] for name, values in columns.items()]
    return heads, [list(r) for r in zip(*cells, strict=True)], right


#: Colours that colour-blind readers tell apart (Okabe & Ito 2008, and Tol's muted ones), the strongest first.
_PALETTE: Final = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#882255", "#999933", "#332288", "#44aa99",
)  # fmt: skip
#: A source that speaks for itself; an origin beyond the palette.
OWN: Final = "#555b66"
OTHER: Final = "#a9afb8"


def origin_colours(data: dict[str, Any]) -> dict[str, str]:
    """A colour for each of the origins that stand in the most cells of a picture of the matrix."""
    cells: dict[str, int] = {}
    for c in data["cells"]:
        for origin in [] if c["own"] else c["origins"]:
            cells[origin] = cells.get(origin, 0) + 1
    # Ties in the order of the picture, so that equal pictures look alike.
    ranked = sorted(cells, key=lambda origin: -cells[origin])
    return dict(zip(ranked, _PALETTE, strict=False))


class Mark(NamedTuple):
    """One origin's stand in a cell of the picture; ``origin`` is None where the source speaks for itself."""

    stance: str
    origin: str | None


def marks_by_place(data: dict[str, Any]) -> dict[tuple[int, int], list[Mark]]:
    """The marks of each cell (claim, source), in the order of the reports."""
    places: dict[tuple[int, int], list[Mark]] = {}
    for c in data["cells"]:
        origins = [None] if c["own"] or not c["origins"] else c["origins"]
        places.setdefault((c["claim"], c["source"]), []).extend(Mark(c["stance"], origin) for origin in origins)
    return places


def colour_of(mark: Mark, colours: dict[str, str]) -> str:
    """The colour of a mark: that of its origin."""
    return OWN if mark.origin is None else colours.get(mark.origin, OTHER)


_SIGNS: Final = {"asserts": "●", "denies": "✕", "neither": "○"}
_TOLD: Final = {"asserts": "asserts it", "denies": "denies it", "neither": "takes no stand on it"}


def picture(data: dict[str, Any]) -> str:
    """The matrix as an HTML table: a row a claim, a column a source, a sign where the source takes a stand."""
    sources = data["sources"]
    shown = sources[:40]
    colours = origin_colours(data)
    places = marks_by_place(data)
    heads = "".join(f'<th class="cs-s"><bdi>{escape(label(s, 24))}</bdi></th>' for s in shown)
    rows = []
    last = None
    for i, claim in enumerate(data["claims"]):
        if claim["fact"] != last:
            last = claim["fact"]
            question = data["questions"][last]
            asked = f' <span class="cs-q">{escape(clip(question, 90))}</span>' if question else ""
            fact = f"<bdi>{escape(label(data['facts'][last], 60))}</bdi>{asked}"
            rows.append(f'<tr class="cs-f"><td colspan="{len(shown) + 1}">{fact}</td></tr>')
        cells = []
        for j in range(len(shown)):
            marks = places.get((i, j), [])
            told = "; ".join(
                f"{shown[j]} {_TOLD[m.stance]}, {'in its own voice' if m.origin is None else f'relaying {m.origin}'}"
                for m in marks
            )
            signs = "".join(f'<span style="color:{colour_of(m, colours)}">{_SIGNS[m.stance]}</span>' for m in marks)
            cells.append(
                f'<td class="cs-c" title="{escape(clip(told, 300))}">{signs}</td>'
                if marks
                else '<td class="cs-c"></td>'
            )
        rows.append(f"<tr><td><bdi>{escape(label(claim_text(claim['label']), 50))}</bdi></td>{''.join(cells)}</tr>")
    keys = "".join(
        f'<span><span class="cs-dot" style="background:{colour}"></span><bdi>{escape(label(origin, 30))}</bdi></span>'
        for origin, colour in colours.items()
    )
    notes = [
        "● asserts, ✕ denies, ○ takes no stand; empty: silent. The colour is the origin that the source relays; dark grey: its own voice."
    ]
    if len(shown) < len(sources):
        notes.append(f"{count(len(sources) - len(shown), 'more source')} not shown.")
    if data["n_claims_left_out"]:
        left = count(data["n_facts_left_out"], "fact")
        choose = hint(": choose with plot(facts=[...])", "")
        notes.append(f"{count(data['n_claims_left_out'], 'more claim')} of {left} not shown{choose}.")
    return (
        f'<div class="cs-scroll"><table class="cs-t cs-m"><thead><tr><th></th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        f'<div class="cs-keys">{keys}</div><div class="cs-note">{escape(" ".join(notes))}</div>'
    )

"""Pictures: the matrix, and agreement by fact. matplotlib is imported when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .display import OWN, clip, colour_of, label, marks_by_place, origin_colours
from .result import Table
from .words import STATUSES, claim_text, count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

__all__ = ["agreement", "calibration", "coefficients", "forest", "leading_claims", "picture", "simulated"]

#: Facts that have a row with their label; more are drawn as a curve.
_ROWS: Final = 60
#: Points of the curve; of more facts as many are drawn, evenly spaced.
_POINTS: Final = 20_000

_SHAPES: Final = {"asserts": "o", "denies": "X", "neither": "o"}


def _plain(text: str) -> str:
    """Text that matplotlib takes as it is: a dollar sign does not begin a formula."""
    return text.replace("$", r"\$")


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    axes: Axes = plt.subplots(figsize=(width, height), layout="constrained")[1]
    return axes


def picture(data: dict[str, Any], ax: Axes | None) -> Axes:
    """The matrix: a row a claim, grouped by fact; a column a source; a mark where the source takes a stand."""
    claims, sources = data["claims"], data["sources"]
    colours = origin_colours(data)
    # Each fact has a line for its own label above its claims.
    y, lines, headings = 0.0, [], []
    last = None
    for claim in claims:
        if claim["fact"] != last:
            y += 0.35 if last is not None else 0.0
            headings.append((y, claim["fact"]))
            last = claim["fact"]
            y += 1.0
        lines.append(y)
        y += 1.0
    n_columns = len(sources)
    ax = _axes(ax, 4.2 + 0.62 * max(n_columns, 3) + 1.6, 1.3 + 0.27 * max(y, 4))

    for at in lines:
        ax.axhline(at, color="#88888833", linewidth=0.8, zorder=0)
    places = marks_by_place(data)
    for stance, shape in _SHAPES.items():
        x, heights, edge = [], [], []
        for (claim, source), marks in places.items():
            for i, mark in enumerate(marks):
                if mark.stance == stance:
                    # Several origins of one source stand side by side.
                    x.append(source + 0.17 * (i - (len(marks) - 1) / 2))
                    heights.append(lines[claim])
                    edge.append(colour_of(mark, colours))
        ax.scatter(
            x,
            heights,
            s=62,
            marker=shape,
            facecolors="none" if stance == "neither" else edge,
            edgecolors=edge,
            linewidths=1.4 if stance == "neither" else 0.6,
            zorder=2,
        )
    ax.set_xlim(-0.6, n_columns - 0.4)
    ax.set_ylim(y - 0.3, -0.7)
    ax.set_xticks(
        range(n_columns), [_plain(label(s, 24)) for s in sources], rotation=40, ha="left", rotation_mode="anchor"
    )
    ax.xaxis.tick_top()
    ax.set_yticks(lines, [_plain(label(claim_text(c["label"]), 44)) for c in claims])
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    for at, fact in headings:
        text = data["questions"][fact] or label(data["facts"][fact], 60)
        ax.annotate(
            _plain(clip(text, 76)), (0, at), xycoords=("axes fraction", "data"), va="center", ha="left", fontweight="bold",
            fontsize="medium", annotation_clip=False,
        )  # fmt: skip
    _legend(ax, data, colours)
    if data["n_claims_left_out"]:
        left = (
            f"{count(data['n_claims_left_out'], 'more claim')} of {count(data['n_facts_left_out'], 'fact')} not shown"
        )
        ax.set_xlabel(left, fontsize="small", color="#777777")
    return ax


def _legend(ax: Axes, data: dict[str, Any], colours: dict[str, str]) -> None:
    from matplotlib.lines import Line2D

    def mark(text: str, colour: str, marker: str = "o", filled: bool = True) -> Line2D:
        face = colour if filled else "none"
        return Line2D(
            [], [], linestyle="", marker=marker, color=colour, markerfacecolor=face, markersize=7, label=_plain(text)
        )

    handles = [mark(label(origin, 26), colour) for origin, colour in colours.items()]
    if any(c["own"] for c in data["cells"]):
        handles.append(mark("in its own voice", OWN))
    stances = {c["stance"] for c in data["cells"]}
    if "denies" in stances:
        handles.append(mark("denies", OWN, "X"))
    if "neither" in stances:
        handles.append(mark("takes no stand", OWN, filled=False))
    if handles:
        ax.legend(
            handles=handles, title="whose word it is", loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False,
            fontsize="small", title_fontsize="small", alignment="left",
        )  # fmt: skip


def agreement(data: Table, n_facts: int, confidence: float, ax: Axes | None) -> Axes:
    """Agreement with its interval by fact: rows with labels for few facts, a curve a status for many."""
    columns = data.to_dict()
    n = len(data)
    few = n <= _ROWS
    ax = _axes(ax, 8.0, 1.6 + 0.24 * max(n, 4) if few else 4.6)
    draw = _rows if few else _curves
    if n:
        draw(ax, columns)
    else:
        ax.text(
            0.5,
            0.5,
            "no fact has two voices to compare",
            transform=ax.transAxes,
            ha="center",
            va="center",
            color="#777777",
        )
    left = n_facts - n
    title = f"Agreement of independent voices, with {confidence:.0%} intervals"
    note = f"{count(n, 'fact')} with two voices or more" + (f"; {left:,} without are not shown" if left else "")
    ax.set_title(f"{title}\n{note}", loc="left", fontsize="medium")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def _rows(ax: Axes, columns: dict[str, list[Any]]) -> None:
    n = len(columns["fact"])
    y = np.arange(n)
    for status, group in _groups(columns):
        colour = STATUSES[status].colour
        low, high = (np.array(columns[end])[group] for end in ("agreement_low", "agreement_high"))
        ax.hlines(y[group], low, high, color=colour, alpha=0.45, linewidth=4)
        ax.plot(
            np.array(columns["agreement"])[group],
            y[group],
            "o",
            color=colour,
            markersize=6,
            label=f"{status} ({len(group):,})",
        )
    ax.set_yticks(y, [_plain(label(f, 44)) for f in columns["fact"]])
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("agreement")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#88888833", linewidth=0.8)
    _key(ax)


def _curves(ax: Axes, columns: dict[str, list[Any]]) -> None:
    n = len(columns["fact"])
    step = max(1, -(-n // _POINTS))
    for status, group in _groups(columns):
        x = group[::step]
        colour = STATUSES[status].colour
        value, low, high = (np.array(columns[c])[x] for c in ("agreement", "agreement_low", "agreement_high"))
        ax.fill_between(x, low, high, step="mid", color=colour, alpha=0.25, linewidth=0)
        ax.plot(x, value, drawstyle="steps-mid", color=colour, linewidth=2, label=f"{status} ({len(group):,})")
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(-0.02, 1.02)
    ax.set_ylabel("agreement")
    ax.set_xlabel("facts by status, the least agreement first")
    ax.grid(axis="y", color="#88888833", linewidth=0.8)
    _key(ax)


def _groups(columns: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    """Each status that occurs with the places of its facts."""
    status = np.array(columns["status"], object)
    return [(name, np.flatnonzero(status == name)) for name in STATUSES if (status == name).any()]


def _key(ax: Axes) -> Legend:
    return ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")


def forest(sources: Table, model: str, confidence: float, ax: Axes | None) -> Axes:
    """The reliability of sources with intervals: a row a source, the most reliable on top; of many a curve.

    Models of numbers have no reliabilities: then the weights.
    """
    columns = sources.to_dict()
    n = len(sources)
    is_chance = any(r is not None for r in columns["reliability"])
    what = "reliability" if is_chance else "weight"
    few = n <= _ROWS
    ax = _axes(ax, 8.0, 1.6 + 0.24 * max(n, 4) if few else 4.6)
    y = np.arange(n)
    value, low, high = (np.array(columns[c], float) for c in (what, "low", "high"))
    largest = 1.0 if is_chance else float(np.max(value, initial=0.0))
    colour = "#0072b2"
    if few:
        ax.hlines(y, low, high, color=colour, alpha=0.45, linewidth=4)
        ax.plot(value, y, "o", color=colour, markersize=6)
        ax.set_yticks(y, [_plain(label(s, 44)) for s in columns["source"]])
        ax.set_ylim(max(n, 1) - 0.4, -0.6)
        ax.set_xlim(-0.02 * largest, 1.02 * largest)
        ax.set_xlabel(what)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color="#88888833", linewidth=0.8)
    else:
        ax.fill_between(y, low, high, step="mid", color=colour, alpha=0.25, linewidth=0)
        ax.plot(y, value, drawstyle="steps-mid", color=colour, linewidth=2)
        ax.set_ylim(-0.02 * largest, 1.02 * largest)
        ax.set_ylabel(what)
        ax.set_xlabel("sources, the highest first")
        ax.grid(axis="y", color="#88888833", linewidth=0.8)
    title = (
        f"Reliability of sources ({model}), with {confidence:.0%} intervals"
        if is_chance
        else f"Weight of sources ({model})"
    )
    ax.set_title(title, loc="left", fontsize="medium")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def leading_claims(probability: list[float | None], status: list[str], model: str, ax: Axes | None) -> Axes:
    """The probability of the leading claims, sorted, a curve a status."""
    ax = _axes(ax, 8.0, 4.6)
    for name, known in STATUSES.items():
        values = sorted(
            (p for p, s in zip(probability, status, strict=True) if s == name and p is not None), reverse=True
        )
        if values:
            x = np.linspace(0, 1, len(values)) if len(values) > 1 else np.array([0.5])
            marker = "o" if len(values) < _ROWS else ""
            ax.plot(x, values, color=known.colour, linewidth=2, marker=marker, label=f"{name} ({len(values):,})")
    ax.set_ylim(-0.02, 1.02)
    ax.set_xticks([])
    ax.set_ylabel("probability of the leading claim")
    ax.set_xlabel("facts of each status, the surest first")
    ax.set_title(f"How sure the leading claims are ({model})", loc="left", fontsize="medium")
    ax.grid(axis="y", color="#88888833", linewidth=0.8)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    _key(ax)
    return ax


def coefficients(data: Table, confidence: float, ax: Axes | None) -> Axes:
    """A row a coefficient, with its interval."""
    columns = data.to_dict()
    n = len(data)
    ax = _axes(ax, 7.0, 1.3 + 0.34 * max(n, 2))
    names = list(columns["coefficient"])
    for more in ("metric", "kind", "group"):
        if len(set(columns.get(more, ()))) > 1:
            names = [f"{name}, {value}" for name, value in zip(names, columns[more], strict=True)]
    y = np.arange(n)
    value = np.array(columns["value"], float)
    low, high = (np.array([np.nan if v is None else v for v in columns[end]], float) for end in ("low", "high"))
    ax.hlines(y, low, high, color="#3a7ebf", linewidth=2.2)
    ax.plot(value, y, "o", color="#3a7ebf", markersize=6)
    ax.axvline(0, color="#88888866", linewidth=0.8)
    ax.set_yticks(y, [_plain(clip(name, 60)) for name in names])
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xlim(min(0.0, float(np.nanmin([0.0, *low, *value]))) - 0.02, 1.02)
    ax.set_xlabel(f"agreement, with {confidence:.0%} interval (0: as by chance, 1: all agree)")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def calibration(bins: Table, models: list[str], confidence: float, ax: Axes | None) -> Axes:
    """A reliability diagram: share right against probability, a curve a model, counts by bin along the bottom."""
    ax = _axes(ax, 8.4, 6.0)
    columns = bins.to_dict() if len(bins) else {"model": []}
    ax.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--", zorder=1)
    palette = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
    drawn = [m for m in models if m in columns["model"]]
    for i, model in enumerate(drawn):
        at = np.flatnonzero(np.array(columns["model"], object) == model)
        n, p, right, low, high = (
            np.array(columns[c], float)[at] for c in ("n", "probability", "accuracy", "accuracy_low", "accuracy_high")
        )
        colour = palette[i % len(palette)]
        # Several models side by side: their intervals must not hide each other.
        x = p + 0.008 * (i - (len(drawn) - 1) / 2)
        ax.vlines(x, low, high, color=colour, alpha=0.45, linewidth=3, zorder=2)
        ax.plot(x, right, color=colour, linewidth=1.2, alpha=0.7, zorder=3)
        # The area tells how many facts a point stands for.
        ax.scatter(x, right, s=12 + 90 * n / n.sum(), color=colour, zorder=4, label=f"{model} ({int(n.sum()):,})")
        if len(drawn) == 1:
            for place, (middle, facts) in enumerate(zip(p, n, strict=True)):
                # Neighbours that are close take turns on two lines.
                close = place and middle - p[place - 1] < 0.07
                ax.annotate(
                    f"{int(facts):,}", (middle, -0.045 if not (close and place % 2) else -0.085), ha="center", va="center",
                    fontsize="x-small", color="#777777",
                )  # fmt: skip
    if not drawn:
        ax.text(0.5, 0.5, "no probabilities to compare", transform=ax.transAxes, ha="center", color="#777777")
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.11, 1.02)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_aspect("equal")
    how_many = ", number of facts above" if len(drawn) == 1 else "; larger points are of more facts"
    ax.set_xlabel(f"probability of the leading answer{how_many if drawn else ''}")
    ax.set_ylabel("share that is right")
    ax.set_title(
        f"Do probabilities hold what they say?\n{confidence:.0%} intervals; right on the line, overconfident below",
        loc="left", fontsize="medium",
    )  # fmt: skip
    ax.grid(color="#88888833", linewidth=0.8)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if drawn:
        # The size of a model's first point says nothing of the model.
        for handle in filter(None, _key(ax).legend_handles):
            handle.set(sizes=[30])
    return ax


def simulated(sources: Table, ax: Axes | None) -> Axes:
    """What simulated sources are and what came of it, the best first: accuracy and share right, or size of errors."""
    from matplotlib.ticker import MaxNLocator

    columns = sources.to_dict()
    ax = _axes(ax, 7.0, 4.2)
    x = np.arange(len(sources))
    copies = np.array([c is not None for c in columns["copies"]], bool)
    if "sd" in columns:
        names, words = (
            ("sd", "rmse"),
            ("standard deviation of own errors", "root mean squared error", "error of reports"),
        )
    else:
        names, words = (
            ("accuracy", "share_right"),
            ("accuracy of own answers", "share right", "share of reports that is right"),
        )
        ax.set_ylim(-0.02, 1.02)
    own, seen = (np.array(columns[name], float) for name in names)
    ax.plot(x, own, color="#888888", linewidth=1.5, marker="" if len(x) > 1 else "_", markersize=12, label=words[0])
    for group, colour, copying in ((~copies, "#0072b2", ""), (copies, "#d55e00", ", copies another")):
        if group.any():
            ax.plot(x[group], seen[group], "o", color=colour, markersize=5, label=words[1] + copying)
    ax.set_xlim(-0.5, len(x) - 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("sources, the most accurate first")
    ax.set_ylabel(words[2])
    ax.grid(axis="y", color="#88888833", linewidth=0.8)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    _key(ax)
    return ax

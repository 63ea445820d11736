"""Pictures of sources: the heat map of pairs, and a coefficient without each source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .display import label
from .plots import _axes, _plain
from .result import Table
from .words import count

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

__all__ = ["pairs", "without_source"]

#: Pairs are written into the cells up to this many sources.
_WRITTEN = 12


def pairs(
    matrix: npt.NDArray[np.float64],
    overlap: npt.NDArray[np.float64],
    names: list[Any],
    coefficient: str,
    ax: Axes | None,
) -> Axes:
    """The coefficient of every pair, rows and columns in the order given."""
    n = len(names)
    # Labels need about 0.16 inches each to be read; more than 60 sources get smaller ones, and a larger picture.
    size = float(np.clip(0.5 * n, 3.2, 9.0)) if n <= 60 else 0.105 * n
    font = 9.0 if n <= 40 else 7.0 if n <= 60 else 6.0
    width = 14 if n > 60 else 20
    own = ax is None
    ax = _axes(ax, size + 2.6, size + 2.0)
    import matplotlib as mpl

    known = matrix[~np.isnan(matrix)]
    lowest = float(known.min()) if known.size else 0.0
    # 0 is in the middle of the colours, a grey that is not that of blank cells, only where something lies below it.
    low = -1.0 if lowest < -0.05 else 0.0
    colours = mpl.colormaps["coolwarm_r" if low < 0 else "viridis"].with_extremes(bad=(0, 0, 0, 0))
    image = ax.imshow(np.ma.masked_invalid(matrix), cmap=colours, vmin=low, vmax=1.0, interpolation="nearest")
    ax.plot(np.arange(n), np.arange(n), linestyle="", marker=".", color="#999999", markersize=3 if n <= 60 else 1.5)
    shown = [_plain(_short(label(name, 200), width)) for name in names]
    ax.set_xticks(np.arange(n), shown, rotation=90, fontsize=font)
    ax.set_yticks(np.arange(n), shown, fontsize=font)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    if n <= _WRITTEN:
        for i, j in zip(*np.where(~np.isnan(matrix)), strict=True):
            red, green, blue, _ = image.cmap(image.norm(matrix[i, j]))
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
            ax.text(
                j, i, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=8, color="white" if dark else "black"
            )
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.8 if own else 1.0, pad=0.02)
    bar.set_label(coefficient)
    bar.outline.set_visible(False)
    upper = np.triu_indices(n, 1)
    apart = int((overlap[upper] == 0).sum() + np.isnan(overlap[upper]).sum())
    blank = int(np.isnan(matrix[upper]).sum())
    notes = [f"{count(n, 'source')}, those that agree next to each other"]
    if apart:
        notes.append(f"{count(apart, 'pair')} without a fact in common: blank")
    if blank > apart:
        notes.append(f"{count(blank - apart, 'more pair')} without a value: blank")
    ax.set_title("\n".join([f"{coefficient} of each pair of sources", *notes]), loc="left", fontsize="medium")
    return ax


def _short(text: str, width: int) -> str:
    """Text cut in its middle: sources often differ in their last characters.

    Examples
    --------
    >>> _short("annotator 0123", 10)
    'annot…0123'
    """
    tail = (width - 1) // 2
    return text if len(text) <= width else text[: width - 1 - tail] + "…" + text[-tail:]


def without_source(data: Table, ax: Axes | None) -> Axes:
    """The coefficient without each source, beside that with all."""
    columns = data.to_dict()
    n = len(data)
    ax = _axes(ax, 7.0, 1.4 + 0.28 * max(n, 3))
    y = np.arange(n)
    value = np.array(columns["without"], float)
    low, high = (np.array([np.nan if v is None else v for v in columns[end]], float) for end in ("low", "high"))
    change = np.array([0.0 if c is None else c for c in columns["change"]])
    colours = np.where(change > 0, "#d55e00", "#3a7ebf")
    ax.hlines(y, low, high, color=colours, linewidth=2.2, alpha=0.55)
    ax.scatter(value, y, c=colours, s=34, zorder=3)
    for all_ in dict.fromkeys(v for v in columns["value"] if v is not None):
        ax.axvline(all_, color="#555b66", linewidth=1.0, linestyle="--")
    ax.set_yticks(y, [_plain(label(s, 40)) for s in columns["source"]], fontsize=9 if n <= 60 else 6)
    ax.set_ylim(n - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    name = ", ".join(dict.fromkeys(columns["coefficient"]))
    ax.set_xlabel(f"{name} without the source, with its interval (dashed: with all)")
    ax.set_title("Orange: the source pulls it down", loc="left", fontsize="medium")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax

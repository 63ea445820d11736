"""Writes ``models.py`` from the registry of the core: ``python -m consilience.truth._make``; a test finds it stale."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from .. import _core

HEAD = '''"""One class a truth model. Written by ``python -m consilience.truth._make`` from the registry; do not edit."""

from __future__ import annotations

from typing import Literal

from .base import Model

__all__ = [
{names}]
'''

CLASS = '''

class {title}(Model):
    """{summary}

    Family: {family}. Takes: {takes}.

    Parameters
    ----------
{parameters}
    References
    ----------
{reference}

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.{title}(max_iter=20)
    {title}(max_iter=20)
    """

    name = "{name}"

    def __init__(
        self,
        *,
{signature}        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed{passed})
'''


def title(name: str) -> str:
    """The class of a model: ``dawid_skene`` is ``DawidSkene``.

    Examples
    --------
    >>> title("dawid_skene"), title("mace"), title("guess_lca")
    ('DawidSkene', 'MACE', 'GuessLCA')
    """
    acronyms = {"mace", "ibcc", "ebcc", "bwa", "kos", "ltm", "crh", "catd", "gtm", "lca", "glad"}
    return "".join(part.upper() if part in acronyms else part.capitalize() for part in name.split("_"))


def _type(default: object, expects: str) -> str:
    words = [word for word in expects.replace(",", " ").split() if word.startswith('"')]
    if words:
        return f"Literal[{', '.join(words)}]"
    if default is None:
        return "float | None"
    return type(default).__name__


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(text, 110, initial_indent=" " * indent, subsequent_indent=" " * indent, break_long_words=False)


def _paragraphs(summary: str) -> str:
    first, _, rest = summary.partition(". ")
    return f"{first.rstrip('.')}." + (f"\n\n{_wrapped(rest, 4)}" if rest else "")


def source() -> str:
    """The text of ``models.py``."""
    models, table = _core.truth_models().to_dict(), _core.truth_parameters().to_dict()
    rows = list(zip(table["model"], table["name"], table["default"], table["expects"], table["summary"], strict=True))
    classes = []
    for name, family, takes, summary, reference, max_iter, tol in zip(
        *(models[c] for c in ("name", "family", "takes", "summary", "reference", "max_iter", "tol")), strict=True
    ):
        own = [(n, json.loads(d), e, s) for m, n, d, e, s in rows if m == name]
        documented = [
            *((n, f"{e}, default {d!r}".replace("'", '"'), s) for n, d, e, s in own),
            ("max_iter", f"int >= 1, default {max_iter}", "Iterations at most."),
            (
                "tol",
                f"float >= 0, default {tol:g}",
                "The relative change of the objective, or the change of a source, to stop at.",
            ),
            ("seed", "int >= 0", "Of cross-validation; no model draws at random."),
        ]
        classes.append(
            CLASS.format(
                title=title(name),
                name=name,
                summary=_paragraphs(summary),
                family=family,
                takes=takes,
                reference=_wrapped(reference, 4),
                parameters="".join(f"    {n} : {kind}\n{_wrapped(s, 8)}\n" for n, kind, s in documented),
                signature="".join(
                    f"        {n}: {_type(d, e)} = {json.dumps(d) if isinstance(d, str) else repr(d)},\n"
                    for n, d, e, s in own
                ),
                passed="".join(f", {n}={n}" for n, *_ in own),
            )
        )
    names = "".join(
        f'    "{title(name)}",\n'
        for name in sorted(models["name"], key=lambda name: (not title(name).isupper(), title(name)))
    )
    return HEAD.format(names=names) + "".join(classes)


if __name__ == "__main__":
    Path(__file__).with_name("models.py").write_text(source(), encoding="utf-8")

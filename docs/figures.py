"""Renews what pages show: tables of columns and kinds, and the picture of the matrix. `make figures` calls it."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "benches"))

from peers import write_between

import consilience as cs


def rows(table: cs.Table, *columns: str) -> list[str]:
    """A table as Markdown."""
    data = table.to_dict()
    cells = zip(*(data[name] for name in columns), strict=True)
    shown = [[", ".join(c) if isinstance(c, list) else str(c).replace("|", "\\|") for c in row] for row in cells]
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    return lines + ["| " + " | ".join(row) + " |" for row in shown]


def main() -> None:
    write_between(DOCS / "concepts.md", "columns", rows(cs.score_columns(), "name", "type", "summary", "reference"))
    write_between(DOCS / "input.md", "kinds", rows(cs.kinds(), "name", "summary", "qualifiers", "reference"))
    models = rows(cs.truth.models(), "name", "family", "takes", "denials", "summary", "parameters", "reference")
    write_between(DOCS / "truth.md", "models", models)
    matrix = cs.datasets.load_kursk()
    # What is disputed, what is one voice repeated, what nests.
    facts = ["troops.present_in_russia", "troops.total_in_russia", "troops.officers", "incursion.start"]
    axes = matrix.plot(facts=facts)
    (DOCS / "images").mkdir(exist_ok=True)
    axes.figure.savefig(DOCS / "images" / "matrix.png", dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main()

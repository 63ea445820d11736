"""Scores the five seed reports: prints the table, writes a page and a file of all columns. `make demo` calls it."""

import sys
from pathlib import Path

import consilience as cs
from consilience.report import page

SEEDS = Path(__file__).parent


def main(folder: Path) -> None:
    matrix = cs.ClaimMatrix(SEEDS / "reports.csv", facts=SEEDS / "facts.csv", broader=SEEDS / "broader.csv")
    scores = matrix.score()
    print(matrix, end="\n\n")
    print(scores, end="\n\n")
    print(scores.explain("troops.total_in_russia"), end="\n\n")
    folder.mkdir(exist_ok=True)
    html = folder / "kursk.html"
    html.write_text(page(scores, title="Five news reports of one event"), encoding="utf-8")
    table = folder / "kursk.parquet"
    try:
        scores.to_parquet(table)
    except ModuleNotFoundError:
        # Parquet needs pyarrow, polars or duckdb; CSV needs nothing.
        table = folder / "kursk.csv"
        scores.to_csv(table)
    print(f"A page to click through: {html}")
    print(f"All scores as a table:   {table}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))

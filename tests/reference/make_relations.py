"""Writes relations.json: how claims of every kind relate, by the slow implementation in tests/slow_scores.py.

It compares exact numbers (fractions) and, on circles, sets of points; it shares no line with the library. Run it again where a
kind is added: `python tests/reference/make_relations.py`.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import slow_scores  # noqa: E402

SIGNS = {
    ">=": "at_least", ">": "more_than", "<=": "at_most", "<": "less_than", "~": "about", "?": "vague",
}  # fmt: skip
NUMBERS = [
    "3000", ">=3000", ">3000", "<=3000", "<3000", "~3000", "~12000", "11500", "12500", "~127", "127.4", "127.5",
    "[1,3]", "[3,5]", "[,5]", "[4,]", "~0", "0.4", "~-20", "-25", "!3000", "!~3000", "!>=3000", "!127.4",
]  # fmt: skip

#: Kind: (options, claims in few words: ~ about, ? vague, ! denied, [low,high], ± standard error).
CLAIMS = {
    "nominal": (
        {"broader": {"oak": "tree", "fir": "tree", "tree": "plant", "cat": "animal"}},
        ["oak", "fir", "tree", "plant", "cat", "animal", "stone", "?oak", "!oak", "!tree", "!stone"],
    ),
    "ordinal": (
        {"order": ["none", "low", "middle", "high"]},
        ["none", "low", "high", ">=middle", ">low", "<=low", "<middle", "~middle", "[low,middle]", "[,low]", "!low", "!>=middle"],
    ),
    "interval": (
        {"tolerance": 0.25, "has_std_error": True},
        ["100", "100.25", "100.5", "100±3", "110±4", "110.25±4", "110.5±4", ">=100.25", "<100", "[99,100]", "!100", "~100"],
    ),
    "ratio": ({}, NUMBERS),
    "circular": (
        {"period": 24},
        ["0", "24", "23", "-1", "12", "[22,2]", "[2,22]", "[23,1]", "[1,23]", "~0", "23.5", "0.5", "!0", "![22,2]"],
    ),
    "boolean": ({}, ["true", "yes", "1", "t", "false", "No", "0", "F"]),
    "date": (
        {},
        ["2024", "2024-08", "2024-08-06", "2024-08-31", "2024-09-01", "2024-08-05/2024-08-09", ">=2024-08", ">2024-08-06", "<2024-08",
         "<=2024-08-06", "~2024", "[2024-08-01,2024-08]", "!2024-08", "!2024-08-06"],
    ),
    "set": ({}, ["a", "a;b", "b; a;a", "b;c", "c", "a;b;c", "?b;a", "!a", "!a;b"]),
    "text": ({}, ["some words", "other words"]),
}  # fmt: skip


def report(text):
    """A claim in few words as the slow implementation takes it."""
    r = {"value": None, "low": None, "high": None, "qualifier": "exact", "stance": "asserts", "std_error": 0.0}
    if text.startswith("!"):
        r["stance"], text = "denies", text[1:]
    if text.startswith("["):
        low, high = text[1:-1].split(",")
        return r | {"low": low or None, "high": high or None}
    for sign, word in SIGNS.items():
        if text.startswith(sign):
            r["qualifier"], text = word, text[len(sign) :]
            break
    text, _, error = text.partition("±")
    return r | {"value": text, "std_error": float(error or 0)}


def relation(kind, a, b, options):
    a, b = report(a), report(b)
    if not (slow_scores.comparable(kind, a, options) and slow_scores.comparable(kind, b, options)):
        return "not compared"
    up, down, weight = slow_scores.relate(kind, a, b, options)
    if 0 < weight < 1:
        return weight
    return {(True, True): "equal", (True, False): "entails", (False, True): "entailed"}.get(
        (up, down), "compatible" if weight else "conflict"
    )


def main():
    kinds = {
        kind: {
            "options": options,
            "claims": claims,
            "relations": [[relation(kind, a, b, options) for b in claims] for a in claims],
        }
        for kind, (options, claims) in CLAIMS.items()
    }
    source = "tests/slow_scores.py, an implementation of the definitions in docs/input.md with exact numbers, by tests/reference/make_relations.py"
    text = json.dumps({"source": source, "kinds": kinds}, ensure_ascii=False, indent=None)
    text = text.replace('}, "', '},\n"').replace('"relations": [[', '\n"relations": [\n[').replace("], [", "],\n[")
    (HERE / "relations.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

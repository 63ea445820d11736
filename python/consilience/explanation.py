"""One fact in words, down to its reports."""

from __future__ import annotations

import copy
from typing import Any, Final, NamedTuple

from . import display
from .display import label, mass, number
from .words import LEVELS, NOT_TRUTH, STATUSES, WHY_NOT, claim_text, count, hint, join, quote

__all__ = ["Explanation"]

#: How many claims, reports and voices are told one by one.
_CLAIMS: Final = 12
_REPORTS: Final = 8
_NAMES: Final = 6


class _Item(NamedTuple):
    """A sentence, and what stands below it."""

    text: str
    below: list[_Item]


class Explanation:
    """How the scores of one fact come about, in words: read it as text, as HTML in a notebook, or take ``data``.

    Attributes
    ----------
    data : dict
        ``fact``, ``question``, ``status``, ``scores`` (every column), ``claims``, ``positions``, ``units`` (the voices), ``reports``
        (each with ``counted`` and ``why_not``), ``self_conflicts``.
    """

    __slots__ = ("_confidence", "_data", "_level", "_majority")

    def __init__(self, data: dict[str, Any], level: str, majority: float, confidence: float) -> None:
        self._data = data
        self._level = level
        self._majority = majority
        self._confidence = confidence

    @property
    def data(self) -> dict[str, Any]:
        """The same as a dict, to change at will."""
        return copy.deepcopy(self._data)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, Explanation) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    # The parts of the explanation, as sentences.

    def _title(self) -> str:
        question = self._data["question"]
        fact = label(self._data["fact"])
        return f"{fact}: {display.clip(question, 200)}" if question else fact

    def _verdict(self) -> str:
        return f"{self._data['status']}: {STATUSES[self._data['status']].meaning}"

    def _why(self) -> list[str]:
        data, scores = self._data, self._data["scores"]
        n = scores["n_units"]
        voices = f"{count(n, 'independent voice')} ({self._names([u['name'] for u in data['units']])})"
        lead = scores["lead_probability"]
        match data["status"]:
            case "contested" | "majority":
                positions = count(len(data["positions"]), "position")
                first = f"There are {voices}, and they divide into {positions} that cannot all be right."
                if scores["leading_value"] is None:
                    return [first, "The largest positions are equally large, so none leads."]
                reached = "reaches" if data["status"] == "majority" else "is below"
                chance = f"The chance that {self._claim(scores['leading_value'])} is the most common answer among sources like these"
                return [
                    first,
                    f"{chance} is {number(lead)}; that {reached} the {self._majority:g} asked for ({hint('majority=', '--majority')}).",
                ]
            case "inconsistent":
                why = "one source contradicts itself" if data["self_conflicts"] else "those who relay it differ"
                return [
                    f"There is one voice alone ({self._names([u['name'] for u in data['units']])}), and it is given claims that cannot all be right: {why}."
                ]
            case "unanimous":
                return [f"There are {voices}, and each gives the same answer."]
            case "compatible":
                return [
                    f"There are {voices}; they word it differently, but nothing one says excludes what another says."
                ]
            case "one origin":
                sources = self._names(sorted({r["source"] for r in data["reports"] if r["counted"]}))
                return [
                    f"{count(scores['n_sources'], 'source')} report it ({sources}), but all that counts comes from one voice: "
                    f"{self._names([u['name'] for u in data['units']])}. Repeating is not confirming."
                ]
            case "single source":
                return [
                    f"Only {label(data['reports'][0]['source'])} reports it. That nobody contradicts it does not make it well supported."
                ]
            case "unattributed":
                return ["Every report that could count comes from an origin that nobody can name."]
            case "uncommitted":
                return ["No report gives an answer that can be compared: they are vague, or take no stand."]
            case _:
                return ["The values are free wording. They are shown and counted, and never compared by their letters."]

    def _answer(self) -> list[str]:
        scores = self._data["scores"]
        lines = []
        if scores["value"] is not None:
            lines.append(f"Answer: {self._claim(scores['value'])}.")
            if scores["refined_value"] not in (None, scores["value"]):
                lines.append(f"Most precise: {self._claim(scores['refined_value'])}, which no voice contradicts.")
        else:
            lines.append("Answer: none that the reports support.")
        if scores["common_ground"] is not None:
            lines.append(
                f"Undisputed: {self._claim(scores['common_ground'])} is compatible with what every voice says."
            )
        return lines

    def _sides(self) -> list[_Item]:
        claims = self._data["claims"]
        items = []
        for i, position in enumerate(self._data["positions"]):
            if i == _CLAIMS:
                items.append(_Item(f"… {count(len(self._data['positions']) - i, 'more position')}", []))
                break
            own = [c for c in claims if c["position"] == i]
            part = self._part(position["mass"], self._data["scores"]["n_effective"])
            head = f"{self._claim(position['head'])}, with {part}"
            items.append(_Item(head, self._claims_of(own, alone=len(own) == 1)))
        return items

    def _claims_of(self, claims: list[dict[str, Any]], *, alone: bool = False) -> list[_Item]:
        if alone:
            return self._sayings(claims[0])
        items = [_Item(self._claim(c["label"]), self._sayings(c)) for c in claims[:_CLAIMS]]
        left = len(claims) - len(items)
        return [*items, _Item(f"… {count(left, 'more claim')}", [])] if left else items

    def _sayings(self, claim: dict[str, Any]) -> list[_Item]:
        reports = [self._data["reports"][i] for i in claim["reports"][:_REPORTS]]
        items = [_Item(self._saying(r), []) for r in reports]
        left = len(claim["reports"]) - len(items)
        return [*items, _Item(f"… {count(left, 'more report')}", [])] if left else items

    def _saying(self, report: dict[str, Any]) -> str:
        source, origin, party = (label(report[k], 60) for k in ("source", "origin", "party"))
        who = f"{source} in its own voice" if report["origin"] == report["source"] else f"{source}, relaying {origin}"
        if report["via"]:
            who += f" through {label(report['via'], 60)}"
        if report["party"] != report["origin"]:
            who += f" (party: {party})"
        if report["stance"] == "neither":
            who += ", neither confirming nor denying"
        if report["qualifier"] == "possible":
            who += ", as a possibility"
        if report["weight"] != 1:
            who += f", weight {report['weight']:g}"
        if report["wording"]:
            who += f": {quote(display.clip(report['wording'], 160))}"
        return who

    def _undisputed(self) -> list[_Item]:
        claims = self._data["claims"]
        own = [c for c in claims if c["voiced"] and c["position"] is None]
        items = self._claims_of(own)
        n = self._data["scores"]["n_effective"]
        # With the positions these parts add up to all voices.
        told = [_Item(f"{i.text}, with {self._part(c['mass'], n)}", i.below) for i, c in zip(items, own, strict=False)]
        return told + items[len(told) :]

    def _silent(self) -> list[_Item]:
        """Reports without a vote, by the reason."""
        items = []
        for why, words in WHY_NOT.items():
            reports = [r for r in self._data["reports"] if r["why_not"] == why]
            if not reports:
                continue
            below = [
                _Item(f"{self._claim(r['claim'] or r['value'])}: {self._saying(r)}", []) for r in reports[:_REPORTS]
            ]
            left = len(reports) - len(below)
            below += [_Item(f"… {count(left, 'more report')}", [])] if left else []
            items.append(_Item(f"{count(len(reports), 'report')}, because {words}", below))
        return items

    def _voices(self) -> list[_Item]:
        items = [_Item(f"One voice: {LEVELS[self._level]}.", [])]
        units = self._data["units"]
        for unit in units[:_CLAIMS]:
            via = [o for o in unit["origins"] if o != unit["name"]]
            text = label(unit["name"])
            if via:
                text += f", through {self._names(via)}"
            relays = [s for s in unit["sources"] if s != unit["name"]]
            if relays:
                text += f", reported by {self._names(relays)}"
            said = unit["claims"]
            if len(said) > 1:
                parts = [f"{self._claim(c['label'])} ({c['part']:.0%})" for c in said[:_NAMES]]
                text += f"; its vote is divided: {join(parts)}{'' if len(said) <= _NAMES else ' and others'}"
            items.append(_Item(text, []))
        if len(units) > _CLAIMS:
            items.append(_Item(f"… {count(len(units) - _CLAIMS, 'more voice')}", []))
        return items

    def _numbers(self) -> list[_Item]:
        scores = self._data["scores"]
        items = []
        at = f"{self._confidence:.0%} interval"
        if scores["agreement"] is None:
            items.append(_Item(f"No agreement is computed: {scores['reason']}.", []))
        else:
            held = display.interval(scores["agreement_low"], scores["agreement_high"])
            items.append(
                _Item(
                    f"Agreement {number(scores['agreement'])} ({at} {held}): the chance that two of these voices, drawn at random, agree.",
                    [],
                )
            )
        if scores["fidelity"] is not None:
            items.append(
                _Item(
                    f"Fidelity {number(scores['fidelity'])}: the chance that two sources that relay the same origin have it say the same.",
                    [],
                )
            )
        if scores["n_units"]:
            items.append(
                _Item(
                    f"Uncertainty {number(scores['uncertainty'])} = {number(scores['vacuity'])} from too few voices "
                    f"+ {number(scores['dissonance'])} from voices against voices.",
                    [],
                )
            )
        if scores["share"] is not None:
            held = display.interval(scores["share_low"], scores["share_high"])
            items.append(
                _Item(
                    f"Of further sources like these, about {scores['share']:.0%} would side with {self._claim(self._data['positions'][0]['head'])} "
                    f"({at} {held}); with probability {number(scores['lead_probability'])} it is the most common answer. {NOT_TRUTH}",
                    [],
                )
            )
        return items

    def _notes(self) -> list[str]:
        scores = self._data["scores"]
        notes = []
        if self._data["self_conflicts"]:
            notes.append(f"{self._names(self._data['self_conflicts'])} gives conflicting claims from one origin.")
        if scores["n_hedged"]:
            notes.append(
                f"{count(scores['n_hedged'], 'report')} calls its claim only possible."
                if scores["n_hedged"] == 1
                else f"{scores['n_hedged']:,} reports call their claim only possible."
            )
        if scores["n_duplicates"]:
            notes.append(f"{count(scores['n_duplicates'], 'repeated row')} left out.")
        return notes

    @staticmethod
    def _part(votes: float, n_effective: float) -> str:
        return f"{mass(votes)} of {mass(n_effective)} ({votes / n_effective:.0%} of the voices)"

    @staticmethod
    def _claim(text: object) -> str:
        return label(claim_text(text) if isinstance(text, str) else text, 80)

    @staticmethod
    def _names(names: list[Any]) -> str:
        shown = [label(name, 40) for name in names[:_NAMES]]
        left = len(names) - len(shown)
        return f"{', '.join(shown)} and {left:,} more" if left > 0 else join(shown)

    def _sections(self) -> list[tuple[str, list[_Item]]]:
        undisputed = "What nobody disputes" if self._data["scores"]["conflict"] else "Further claims"
        sections = [
            ("Why", _plain(self._why())),
            ("What can be said", _plain(self._answer())),
            ("What the sides say" if self._data["scores"]["conflict"] else "What is said", self._sides()),
            (undisputed, self._undisputed()),
            ("Without a vote", self._silent()),
            ("Who counts as a voice", self._voices() if self._data["units"] else []),
            ("How the numbers come about", self._numbers()),
            ("To note", _plain(self._notes())),
        ]
        return [(head, items) for head, items in sections if items]

    # How it shows itself.

    def __repr__(self) -> str:
        lines = [display.wrap(self._title()), display.wrap(self._verdict())]

        def tell(items: list[_Item], depth: int) -> None:
            for item in items:
                lines.append(display.wrap(f"- {item.text}", indent="  " * depth, hang="  "))
                tell(item.below, depth + 1)

        for head, items in self._sections():
            lines += ["", head]
            tell(items, 1)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return display.fragment(self._html())

    def _html(self) -> str:
        def told(items: list[_Item]) -> str:
            rows = (f"<li>{display.escape(i.text)}{told(i.below)}</li>" for i in items)
            return f"<ul>{''.join(rows)}</ul>" if items else ""

        meaning = STATUSES[self._data["status"]].meaning
        parts = [
            f'<div class="cs-head">{display.escape(self._title())}</div>',
            f'<div class="cs-lead">{display.chip(self._data["status"])}: {display.escape(meaning)}</div>',
        ]
        parts += [f"<h4>{display.escape(head)}</h4>{told(items)}" for head, items in self._sections()]
        return "".join(parts)


def _plain(lines: list[str]) -> list[_Item]:
    """Sentences with nothing below them."""
    return [_Item(line, []) for line in lines]

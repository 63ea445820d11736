"""Scores per fact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import _core, display
from .display import Text
from .errors import ParameterError
from .explanation import Explanation
from .result import OfMatrix, Table
from .words import LEVELS, STATUSES, claim_text, count, hint, join, near, one_voice

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes


__all__ = ["FactScores"]

#: Columns that where() takes a least and a greatest value of.
_MEASURES: Final = (
    "support", "agreement", "agreement_low", "agreement_high", "fidelity", "uncertainty", "vacuity", "dissonance",
    "lead_probability", "share", "share_low", "share_high", "disagreement_share", "n_reports", "n_sources", "n_origins", "n_units",
    "n_effective", "n_wordings", "n_claims", "n_neither", "n_denials", "n_hedged", "n_duplicates",
)  # fmt: skip
#: What a printed row is made of.
_PRINTED: Final = [
    "fact",
    "status",
    "value",
    "agreement",
    "agreement_low",
    "agreement_high",
    "uncertainty",
    "n_units",
    "positions",
]
#: Facts whose questions are looked up for the HTML view.
_MANY: Final = 10_000


class FactScores(OfMatrix):
    """Scores of facts, one row each, in order of first appearance.

    Beside the table stand :attr:`overall`, :attr:`claims`, :meth:`by_source` and :meth:`reports`; :meth:`where` and :meth:`sort` pick
    rows without changing a score; :meth:`explain` takes one fact down to its reports. ``score_columns()`` lists what each column
    tells. ``share`` and ``lead_probability`` say what is most common among sources like these, not what is true.

    Examples
    --------
    >>> import consilience as cs
    >>> scores = cs.datasets.load_kursk().score()
    >>> disputed = scores.where(status=["contested", "inconsistent"])
    >>> len(disputed), disputed["common_ground"][1]
    (10, 'at_least 3000')
    """

    __slots__ = ("_scores",)

    _scores: _core.FactScores

    _parts = ("_scores",)

    def _read(self, columns: list[str] | None = None) -> _core.Table:
        return self._scores.table(columns)

    @property
    def columns(self) -> list[str]:
        """Names of the columns. They never change within a major version."""
        return self._scores.columns

    @property
    def metadata(self) -> dict[str, Any]:
        """That of the matrix, with the options of the scoring and the number of facts shown."""
        scores = self._scores
        options = {"independence": scores.independence, "majority": scores.majority, "confidence": scores.confidence}
        built = scores.matrix.metadata()
        return built | {
            "options": built["options"] | options,
            "independence": scores.independence,
            "n_shown": len(self),
        }

    @property
    def overall(self) -> dict[str, Any]:
        """All facts shown in one line.

        ``agreement``, ``low``, ``high``: mean over facts with at least two voices, and its interval over facts; ``n_facts``,
        ``n_compared``, ``status``: number of facts by status; ``independence``, ``n_voices``.
        """
        return self._scores.overall()

    @property
    def claims(self) -> Table:
        """One row a claim: fact, claim, mass, belief and plausibility in [0, 1], position (from 0, null where undisputed)."""
        return self._below(self._scores.claims(), "claims")

    def by_source(self) -> Table:
        """How often each source sides with the others, stands alone, and whom it relays: one row a source.

        Returns
        -------
        Table
            ``source``, ``n_reports``, ``n_facts``, ``n_compared`` (facts with another voice), ``siding`` in [0, 1] (mean chance
            to agree with another voice) with ``siding_low`` and ``siding_high``, ``n_alone`` (facts on which no other voice
            agrees), ``n_relayed``, ``relays``.
        """
        return self._below(
            self._scores.by_source(), "sources", "siding: the chance to agree with another voice, not to be right"
        )

    def reports(self, fact: Any) -> Table:
        """All reports of one fact, whether each counts, and for whom.

        Parameters
        ----------
        fact : str or int
            Label of the fact.

        Returns
        -------
        Table
            ``source``, ``origin``, ``party``, ``via``, ``claim``, ``stance``, ``qualifier``, ``weight``, ``wording``, ``counted``,
            ``why_not`` (null where it counts), ``unit`` (the voice it counts for), ``document``, ``start``, ``end``.

        Raises
        ------
        DataError
            If the fact is not among those shown; names the nearest.
        """
        return self._below(self._scores.reports(fact), f"reports of {fact}")

    # Picking rows.

    def where(
        self,
        *,
        status: str | Iterable[str] | None = None,
        kind: str | Iterable[str] | None = None,
        conflict: bool | None = None,
        **limits: float,
    ) -> FactScores:
        """Only the facts that meet every condition; scores stay as they are.

        Parameters
        ----------
        status, kind : str or iterable of str, optional
            Words of which one must hold.
        conflict : bool, optional
            Whether claims of voices exclude each other.
        **limits : float
            ``min_`` or ``max_`` before the name of a column of numbers: ``min_agreement=0.5``, ``max_uncertainty=0.4``,
            ``min_n_units=3``. A score that does not exist meets no limit.

        Raises
        ------
        ParameterError
            If a word or a column is unknown; lists the known ones.

        Examples
        --------
        >>> import consilience as cs
        >>> scores = cs.datasets.load_kursk().score()
        >>> scores.where(conflict=False, kind="nominal", min_n_units=3)["fact"]
        ['troops.estimator', 'hur.spokesbody', 'putin.venue', 'treaty.name', 'incursion.by']
        """
        keep: npt.NDArray[np.bool_] = np.ones(len(self), bool)
        known = {"status": list(STATUSES), "kind": _core.kinds().to_dict()["name"]}
        for name, wanted in (("status", status), ("kind", kind)):
            if wanted is not None:
                words = [wanted] if isinstance(wanted, str) else list(wanted)
                for word in words:
                    if word not in known[name]:
                        raise ParameterError(f"{name}={word!r} is not known; it takes {_listed(known[name])}")
                keep &= np.isin(self._numbers(name), words)
        if conflict is not None:
            keep &= self._numbers("conflict") == bool(conflict)
        for limit, bound in limits.items():
            end, _, column = limit.partition("_")
            if end not in ("min", "max") or column not in _MEASURES:
                allowed = ["status", "kind", "conflict", *(f"{e}_{c}" for e in ("min", "max") for c in _MEASURES)]
                raise ParameterError(
                    f"where({limit}=...) is not known{near(limit, allowed)}; it takes status, kind, conflict, "
                    f"and min_ or max_ before one of {', '.join(_MEASURES)}"
                )
            values = self._numbers(column)
            keep &= values >= bound if end == "min" else values <= bound
        return FactScores(self._scores.select(np.flatnonzero(keep)))

    def sort(self, by: str, *, descending: bool = False) -> FactScores:
        """The same facts in the order of a column of numbers; what does not exist comes last, ties stay as they are.

        Parameters
        ----------
        by : str
            Name of a column of numbers.
        descending : bool
            The largest first.

        Returns
        -------
        FactScores

        Raises
        ------
        ParameterError
            If there is no such column of numbers; names the nearest and lists them.

        Examples
        --------
        >>> import consilience as cs
        >>> cs.datasets.load_kursk().score().sort("disagreement_share", descending=True)["fact"][0]
        'us.strength'
        """
        if by not in _MEASURES:
            raise ParameterError(f"by={by!r} is not known{near(by, _MEASURES)}; it takes {', '.join(_MEASURES)}")
        values = self._numbers(by)
        return FactScores(self._scores.select(np.argsort(-values if descending else values, kind="stable")))

    def head(self, n: int = 10) -> FactScores:
        """The first n facts shown.

        Parameters
        ----------
        n : int
            How many, at most.

        Returns
        -------
        FactScores

        Examples
        --------
        >>> import consilience as cs
        >>> len(cs.datasets.load_kursk().score().head(3))
        3
        """
        return FactScores(self._scores.select(np.arange(min(max(n, 0), len(self)))))

    def _numbers(self, column: str) -> npt.NDArray[Any]:
        return self._scores.table([column]).numpy(column)

    # Words and pictures.

    def explain(self, fact: Any) -> Explanation:
        """Say in words how the scores of one fact come about, down to its reports.

        Parameters
        ----------
        fact : str or int
            Label of the fact.

        Returns
        -------
        Explanation
            Reads as text and as HTML; ``data`` has the same as a dict.

        Raises
        ------
        DataError
            If the fact is not among those shown; names the nearest.

        Examples
        --------
        >>> import consilience as cs
        >>> text = str(cs.datasets.load_kursk().score().explain("troops.total_in_russia"))
        >>> "Undisputed: at least 3000" in text
        True
        """
        scores = self._scores
        return Explanation(scores.explain(fact), scores.independence, scores.majority, scores.confidence)

    def summary(self) -> Text:
        """What matters, in plain text: the overall line, facts by status and what each means, and where to look first.

        Returns
        -------
        str
            Shown line by line at a prompt and in a notebook.

        Examples
        --------
        >>> import consilience as cs
        >>> print(cs.datasets.load_kursk().score().summary().splitlines()[0])
        91 facts: mean agreement 0.80 (0.67–0.90) over the 31 with two voices or more
        """
        overall = self.overall
        lines = [display.wrap(line) for line in self._headline()]
        lines.append("")
        width = max((len(name) for name in overall["status"]), default=0)
        for status in STATUSES.values():
            if n := overall["status"].get(status.name):
                lines.append(f"{n:>7,}  {status.name:<{width}}  {status.meaning}")
        first = (
            self.sort("disagreement_share", descending=True)
            .head(5)
            .to_dict(["fact", "agreement", "disagreement_share"])
        )
        worst = [
            f"{display.label(fact, 40)} ({share:.0%} of all disagreement)"
            for fact, share in zip(first["fact"], first["disagreement_share"], strict=True)
            if share
        ]
        if worst:
            lines += ["", display.wrap(f"Look first at {join(worst)}.")]
        return Text("\n".join(lines))

    def plot_data(self) -> Table:
        """The numbers that ``plot`` draws, in its order: fact, status, agreement and its interval.

        Facts without agreement are left out. Statuses come in the order of need for a look, within each the least agreement first.

        Returns
        -------
        Table
            ``fact``, ``status``, ``agreement``, ``agreement_low``, ``agreement_high``.
        """
        agreement = self._numbers("agreement")
        order = np.lexsort((self._numbers("agreement_low"), agreement, self._ranks()))
        order = order[~np.isnan(agreement[order])]
        columns = ["fact", "status", "agreement", "agreement_low", "agreement_high"]
        return self._below(self._scores.select(order).table(columns), "agreement by fact")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw agreement with its interval for each fact, by status, least agreement first.

        Up to 60 facts have a row with their label; more are drawn as a curve for each status.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        from . import plots

        return plots.agreement(self.plot_data(), len(self), self._scores.confidence, ax)

    def _ranks(self) -> npt.NDArray[np.int64]:
        """The place of each fact's status in the order of need for a look."""
        status = self._numbers("status")
        ranks = np.full(len(self), len(STATUSES))
        for rank, name in enumerate(STATUSES):
            ranks[status == name] = rank
        return ranks

    def _first(self, n: int) -> FactScores:
        """The n facts that need a look most."""
        disagreement = -np.nan_to_num(self._numbers("disagreement_share"))
        return FactScores(self._scores.select(np.lexsort((disagreement, self._ranks()))[:n]))

    def _headline(self) -> list[str]:
        overall = self.overall
        facts = count(overall["n_facts"], "fact")
        if overall["agreement"] is None:
            head = f"{facts}: none has two voices to compare"
        else:
            held = display.interval(overall["low"], overall["high"])
            head = (
                f"{facts}: mean agreement {overall['agreement']:.2f} ({held}) "
                f"over the {overall['n_compared']:,} with two voices or more"
            )
        counts = [f"{overall['status'][name]:,} {name}" for name in STATUSES if name in overall["status"]]
        voices = one_voice(self.independence, others=[level for level in LEVELS if level != self.independence])
        return [head, ", ".join(counts), voices]

    def _rest(self, n: int) -> str:
        left = len(self) - n
        more = hint(
            "where(...) picks, explain(fact) says why", "--status picks, -o writes all, consilience report says why"
        )
        return f"… {count(left, 'more fact')}; {more}" if left > 0 else ""

    def __repr__(self) -> str:
        n = 10
        rows = self._first(n).to_dict(_PRINTED)
        table = {
            "fact": rows["fact"],
            "status": rows["status"],
            "value": [v if v is None else claim_text(str(v)) for v in rows["value"]],
            "agreement": [
                display.NULL if a is None else f"{a:.2f} ({display.interval(low, high)})"
                for a, low, high in zip(rows["agreement"], rows["agreement_low"], rows["agreement_high"], strict=True)
            ],
            "uncertainty": rows["uncertainty"],
            "n_units": rows["n_units"],
            "positions": rows["positions"],
        }
        parts = [display.wrap(line) for line in self._headline()]
        if len(self):
            parts += ["", display.text_table(*display.rows_of(table, 40))]
        return "\n".join([*parts, *([self._rest(n)] if self._rest(n) else [])])

    def _repr_html_(self) -> str:
        n = 20
        overall = self.overall
        head, _, voices = self._headline()
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            display.status_strip(overall["status"]),
            self._first(n)._table_html() if len(self) else "",
            f'<div class="cs-note">{display.escape(self._rest(n))}</div>' if self._rest(n) else "",
            f'<div class="cs-note">{display.escape(voices)}</div>',
        )

    def _questions(self) -> dict[Any, str]:
        facts = self._scores.matrix.facts if self._scores.matrix.n_facts <= _MANY else None
        if facts is None or "question" not in facts.column_names:
            return {}
        columns = facts.select(["fact", "question"]).to_dict()
        return {f: q for f, q in zip(columns["fact"], columns["question"], strict=True) if q}

    def _table_html(self) -> str:
        rows = self.to_dict(_PRINTED)
        questions = self._questions()
        cells = []
        for fact, status, value, a, low, high, uncertainty, n_units, positions in zip(*rows.values(), strict=True):
            asked = (
                f'<div class="cs-q">{display.escape(display.clip(questions[fact], 110))}</div>'
                if fact in questions
                else ""
            )
            colour = STATUSES[status].colour
            cells.append(
                [
                    f"<bdi>{display.escape(display.label(fact))}</bdi>{asked}",
                    display.chip(status),
                    display.html_cell(value if value is None else claim_text(str(value))),
                    display.escape(display.number(a)),
                    display.bar(a, low, high, colour),
                    f'<span class="cs-w">{display.interval(low, high)}</span>',
                    display.escape(display.number(uncertainty)),
                    f"{n_units:,}",
                    display.escape(display.positions(positions, 120)),
                ]
            )
        heads = ["fact", "status", "answer", "agreement", "", "interval", "uncertainty", "voices", "positions"]
        right = [False, False, False, True, False, False, True, True, False]
        return display.html_table(heads, cells, right)


def _listed(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)

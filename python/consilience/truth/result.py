"""What an inference gives."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import _core, display
from ..answers import known
from ..display import Text
from ..errors import ConvergenceWarning, ParameterError, warn
from ..progress import progress
from ..result import OfMatrix, Table
from ..words import claim_text, count, hint, one_voice
from .base import Model, defaults, matrix_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..matrix import ClaimMatrix

__all__ = ["Truth", "TruthExplanation", "compare", "cross_validate", "infer"]


def infer(
    matrix: ClaimMatrix,
    model: str | Model | None,
    *,
    warm_start: Truth | None,
    gold: Any,
    parameters: dict[str, Any],
    **options: Any,
) -> Truth:
    """The work behind ``ClaimMatrix.infer``."""
    options = _asked(model, gold, parameters, options)
    if options.get("cv") is not None:
        _check_folds("cv", options["cv"])
    if warm_start is not None and not isinstance(warm_start, Truth):
        raise ParameterError(f"warm_start={type(warm_start).__name__}: give a Truth, the result of infer()")
    with progress("Inferring truth") as report:
        built = matrix._built.infer(options, None if warm_start is None else warm_start._truth, report)
    return _told(built)


def _asked(model: str | Model | None, gold: Any, parameters: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Options as the core reads them."""
    options = dict(options)
    if "true_labels" in parameters:
        raise ParameterError("there is no option 'true_labels'; known answers are called gold")
    if isinstance(model, Model):
        for name in parameters:
            if name in model.get_params():
                raise ParameterError(f"{name}: give this to {type(model).__name__}(...)")
            raise ParameterError(f"there is no option {name!r}")
        options |= {k: v for k, v in (("max_iter", model.max_iter), ("tol", model.tol)) if options[k] is None}
        options["seed"] = model.seed if options["seed"] is None else options["seed"]
        parameters, model = model.parameters, model.name
    elif model is not None and not isinstance(model, str):
        raise ParameterError(
            f"model={model!r}: give a name from consilience.truth.models() or one of its classes, as DawidSkene()"
        )
    own = defaults(model or "consensus")
    # Of one that there is not, the core says what there is, whatever it holds.
    parameters = {name: _plain(name, value) if name in own else None for name, value in parameters.items()}
    return options | {"model": model, "parameters": parameters, "gold": None if gold is None else known(gold, "gold")}


def _plain(name: str, value: Any) -> Any:
    """The value of a parameter without NumPy around it."""
    value = value.item() if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0 else value
    if not isinstance(value, bool | int | float | str | None) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        raise ParameterError(
            f"{name}={value!r} ({type(value).__name__}) cannot be used; it takes a finite number or a word"
        )
    return value


def _several(models: Any) -> list[str | Model]:
    """One model or several, as a list."""
    several = [models] if isinstance(models, str | Model) else list(models) if isinstance(models, Iterable) else []
    if not several:
        raise ParameterError(
            f"models={models!r}: give names from consilience.truth.models(), or models such as DawidSkene()"
        )
    return several


def cross_validate(matrix: ClaimMatrix, models: Any, folds: Any, gold: Any, options: dict[str, Any]) -> Table:
    """The work behind ``ClaimMatrix.cross_validate``."""
    models = _several(models)
    _check_folds("folds", folds)
    seed = options.pop("seed")
    how = options | {"folds": folds, "seed": seed}
    asked = []
    for model in models:
        asked.append((_named(model), _asked(model, gold, {}, options | {"max_iter": None, "tol": None, "seed": seed})))
    with progress("Cross-validating") as report:
        table = matrix._built.cross_validate(asked, folds, report)
    best = max(
        zip(table.to_dict()["log_probability"], (name for name, _ in asked), strict=True), key=lambda row: row[0]
    )
    return Table(
        table,
        f"cross-validation in {folds} parts",
        f"{best[1]} gives reports that it has not seen the highest probability; a difference below two standard errors says little"
        if len(asked) > 1
        else "",
        lambda: matrix.metadata | {"cross_validation": {"models": [name for name, _ in asked], **how}},
    )


def _check_folds(name: str, folds: Any) -> None:
    if isinstance(folds, bool) or not isinstance(folds, numbers.Integral) or not 2 <= int(folds) <= 1000:
        raise ParameterError(f"{name}={folds!r} is out of range; it takes an integer from 2 to 1000")


def _told(built: _core.Truth) -> Truth:
    truth = Truth(built)
    for sentence in built.warnings:
        warn(sentence)
    if not built.converged:
        told = built.settings()
        warn(
            f"{built.model} did not converge in {count(told['max_iter'], 'iteration')} ({_last_change(built)}, tol {told['tol']:g}); "
            "raise max_iter, or take it as it is",
            ConvergenceWarning,
        )
    return truth


def _last_change(truth: _core.Truth) -> str:
    return "no change known yet" if truth.last_change is None else f"last change {truth.last_change:.2g}"


class Truth(OfMatrix):
    """Which claims to believe, and whom: a row a fact, with the tables :attr:`claims` and :attr:`sources` beside it.

    Probabilities are those of the model: they hold as far as its assumptions do, above all that sources err independently.

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
    >>> truth = cs.infer(answers, "dawid_skene")
    >>> truth.model, truth.converged, len(truth)
    ('dawid_skene', True, 3)
    """

    __slots__ = ("_truth",)

    _truth: _core.Truth

    _parts = ("_truth",)

    def _read(self, columns: list[str] | None = None) -> _core.Table:
        table = self._truth.facts()
        return table if columns is None else table.select(columns)

    @property
    def columns(self) -> list[str]:
        """Names of the columns. They never change within a major version."""
        return list(self._truth.facts().column_names)

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._truth.model

    @property
    def converged(self) -> bool:
        """Whether the iteration ended before ``max_iter``."""
        return self._truth.converged

    @property
    def _is_numbers(self) -> bool:
        """Whether the model estimates numbers, which have no probabilities."""
        return "probability" not in self.columns

    @property
    def metadata(self) -> dict[str, Any]:
        """That of the matrix, with model, parameters, seed, limits, and counts of what was read and left out."""
        truth = self._truth
        own = truth.settings() | {"model": truth.model, "form": truth.form, "independence": truth.independence}
        own |= {"converged": truth.converged, "last_change": truth.last_change}
        return truth.matrix.metadata() | {"truth": own}

    @property
    def facts(self) -> Table:
        """One row a fact.

        ``value`` (the most probable; of equal ones the smallest label, and ``reason`` says "tie"), ``probability``, ``margin`` to the
        second, ``entropy`` in nats, ``p_unclaimed`` (the probability that no source has it right; null where the model does not tell),
        ``n_sources``, ``reason`` (why there is no value). Models of numbers give ``value``, ``low``, ``high``.

        Where facts share their labels, ``value`` may be one that no source of this fact gave, as when a source is known to say "b" for
        "a". The most probable of those given is in ``claims``.
        """
        return self._below(self._truth.facts(), "facts")

    @property
    def claims(self) -> Table:
        """One row a claim that a source makes: fact, claim, probability, belief, n_sources.

        ``probability`` in [0, 1] is that of being the answer: over the claims of a fact and ``p_unclaimed`` these sum to 1.
        ``belief`` in [0, 1] is that of being right: it, or a claim that entails it (2024-08-06 entails 2024-08), is the answer, or a
        known answer that nobody claims entails it. The two differ only where claims nest. Models of numbers give neither.
        """
        return self._below(self._truth.claims(), "claims")

    @property
    def sources(self) -> Table:
        """One row a source (one voice).

        ``reliability`` (its chance to be right) with its credible interval ``low``, ``high``; ``weight`` (nats that a report of it adds
        on average to the log-odds of what it says; null where the model does not add up), ``n_reports``, ``n_facts``. Models of numbers
        estimate no chance to be right: there ``weight`` is what a report of the source weighs in a mean.

        A source is known no better than the answers that it is measured by. In the intervals each report counts by the information
        that it holds, given that the truths are probable and not known; of ``one_coin``, ``dawid_skene``, ``glad``, ``mace``, ``ibcc`` and ``ebcc`` also
        given that what was learned of all other sources is an estimate, which takes a few iterations more when first asked for.
        ``reliability`` is the mean of Beta(½ + hits, ½ + misses), the hits being those that ``claims`` make probable; of ``dawid_skene``
        those that are probable where no report vouches for itself: each is read by what its source says of other facts, and how often
        the source is right is fitted without the prior of confusion matrices, which takes sources for worse than they are. That
        may take longer than the fit.
        """
        return self._below(self._sources(), "sources")

    def _sources(self) -> _core.Table:
        with progress("Measuring sources") as report:
            return self._truth.sources(report)

    @property
    def cv(self) -> Table | None:
        """How well the model predicts reports that it has not seen: one row, as of :meth:`ClaimMatrix.cross_validate`.

        None unless ``infer(..., cv=5)`` asked for it.
        """
        table = _core.Truth.cross_validation([self._truth])
        return None if table is None else self._below(table, "cross-validation")

    @property
    def confusion(self) -> Table | None:
        """One row a source, true class and reported class, with the probability of the report; None where the model has none."""
        table = self._truth.confusion()
        return None if table is None else self._below(table, "confusion matrices")

    @property
    def trace(self) -> Table:
        """One row an iteration: ``objective`` where the model maximises one, else the largest ``change`` of a source."""
        return self._below(self._truth.trace(), "trace")

    # What one can do with it.

    def explain(self, fact: Any) -> TruthExplanation:
        """Why the leading answer of a fact leads: the log-odds that each source adds, which sum to the result.

        Of a number: how far each source draws the estimate from the median of the reports.

        Parameters
        ----------
        fact : str or int
            Label of the fact.

        Returns
        -------
        TruthExplanation
            Reads as text and as HTML; ``data`` has the same as a dict.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
        >>> why = cs.infer(answers, "dawid_skene").explain(1)
        >>> why.data["leading"], why.data["second"]
        ('x', 'y')
        """
        return TruthExplanation(fact, self._truth.explain(fact), self.model)

    def predict(self, reports: Any, *, conflicts: str | None = None, **options: Any) -> Truth:
        """The facts of new reports, with what was learned of the sources; nothing is learned anew.

        What is said of a fact does not depend on which other facts are asked for (but in the models of investment and estimates, which
        scale by all facts at hand). Where facts share their values, those that the fit knows count as possible, also where no new report
        gives them. Answers that the fit was told stay known.

        Parameters
        ----------
        reports : ClaimMatrix, table, dict of columns, or path
            New reports. Sources that are new count as the mean of the known ones.
        conflicts : {"error", "first", "last", "majority", "drop", "split"}, optional
            Which value counts where a voice has several for one fact; by default as in the fit.
        **options
            As for :class:`ClaimMatrix`.

        Returns
        -------
        Truth

        Raises
        ------
        ParameterError
            If a report gives a label that the fit does not know, to a model that learns of labels.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
        >>> new = cs.infer(answers).predict({"task": [9], "worker": ["a"], "label": ["x"]})
        >>> new["value"], new["p_unclaimed"][0] > 0
        (['x'], True)
        """
        matrix = matrix_of(reports, options, "predict")
        told: dict[Any, Any] = self._truth.gold()
        if told:
            there = {str(fact) for fact in matrix.facts["fact"]}
            told = {fact: value for fact, value in told.items() if fact in there}
        wanted = self._truth.wanted() | {"independence": self.independence, "form": self._truth.form, "max_iter": 0}
        return self._again(matrix, wanted, conflicts=conflicts, gold=told or None, start=self)

    def partial_fit(self, reports: Any, *, gold: Any = None, conflicts: str | None = None, **options: Any) -> Truth:
        """Take new reports in: the model on all reports so far, as if they had come in one table. Known answers are kept.

        To begin where this result ended instead, which is faster and may end at another optimum: ``infer(..., warm_start=truth)``.

        Parameters
        ----------
        reports : ClaimMatrix, table, dict of columns, or path
            New reports.
        gold : dict, pandas.Series, table, or path, optional
            Further known answers.
        conflicts : {"error", "first", "last", "majority", "drop", "split"}, optional
            Which value counts where a voice has several for one fact, in these reports or over all; by default as in the fit.
        **options
            As for :class:`ClaimMatrix`.

        Returns
        -------
        Truth

        Raises
        ------
        DataError
            If a source contradicts what it reported before, and ``conflicts`` does not say which counts.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
        >>> whole = cs.infer(answers).partial_fit({"task": [9], "worker": ["a"], "label": ["x"]}, gold={1: "x"})
        >>> len(whole), whole["probability"][0]
        (4, 1.0)
        """
        from ..matrix import ClaimMatrix

        whole = ClaimMatrix.concat([self.matrix, matrix_of(reports, options, "partial_fit")])
        told: dict[Any, Any] = self._truth.gold()
        if gold is not None:
            more = known(gold, "gold").to_dict()
            # Those from before are texts.
            there = [(str(f), str(v)) for f, v in zip(more["fact"], more["value"], strict=True) if v is not None]
            told = {"fact": [*told, *(f for f, _ in there)], "value": [*told.values(), *(v for _, v in there)]}
        wanted = self._truth.wanted()
        # A prediction made no iterations.
        wanted |= {"max_iter": wanted["max_iter"] or None}
        return self._again(whole, wanted, conflicts=conflicts, gold=told or None)

    def _again(
        self,
        matrix: ClaimMatrix,
        wanted: dict[str, Any],
        *,
        conflicts: str | None,
        gold: dict[Any, Any] | None = None,
        start: Truth | None = None,
    ) -> Truth:
        told = self._truth.settings()
        return infer(
            matrix,
            self.model,
            **wanted,
            conflicts=told["conflicts"] if conflicts is None else conflicts,
            gold=gold,
            warm_start=start,
            seed=told["seed"],
            confidence=told["confidence"],
            parameters=told["parameters"],
        )

    def compare(self, models: str | Model | Iterable[str | Model], **options: Any) -> Table:
        """Put this result beside other models on the same reports: see :meth:`ClaimMatrix.compare`.

        Parameters
        ----------
        models : str, Model, or list of these
            Models to put beside this one.
        **options
            As for :meth:`ClaimMatrix.infer`.

        Returns
        -------
        Table
        """
        return compare(self.matrix, models, options, first=self)

    # How it shows itself.

    def _headline(self) -> list[str]:
        facts = self._truth.facts().to_dict()
        n = len(self)
        if not self._is_numbers:
            sure = [p for p in facts["probability"] if p is not None]
            head = (
                f"{count(n, 'fact')}: leading claims are probable to {sum(sure) / len(sure):.2f} on average"
                if sure
                else count(n, "fact")
            )
            weak = sum(p < 0.8 for p in sure)
            head += f", {count(weak, 'fact')} below 0.80" if weak else ""
        else:
            head = f"{count(n, 'fact')}: estimates of numbers"
        state = "converged" if self.converged else f"NOT converged ({_last_change(self._truth)})"
        lines = [head, f"model: {self.model}, {state}"]
        if self.cv is not None:
            held = {name: values[0] for name, values in self.cv.to_dict().items()}
            error = "" if held["std_error"] is None else f" ± {held['std_error']:.3f}"
            lines.append(
                f"a report it has not seen has the log-probability {held['log_probability']:.3f}{error} on average "
                f"(guessing {held['chance']:.3f}; {count(held['n'], 'report')}, {held['folds']} folds)"
            )
        lines.append(one_voice(self.independence))
        return [*lines, *(f"note: {w}" for w in self._truth.warnings)]

    def _rest(self, n: int) -> str:
        left = len(self) - n
        more = hint(".claims, .sources and explain(fact) say more", "-o, --claims and --sources write all")
        return f"… {count(left, 'more fact')}; {more}" if left > 0 else ""

    def _best_and_worst(self, n: int = 3) -> list[str]:
        sources = self.plot_data().to_dict()
        if self._is_numbers:
            told = [
                f"{display.label(s, 30)} {display.amount(w)}"
                for s, w in zip(sources["source"], sources["weight"], strict=True)
            ]
        else:
            rows = zip(*(sources[name] for name in ("source", "reliability", "low", "high")), strict=True)
            told = [f"{display.label(s, 30)} {r:.2f} ({display.interval(low, high)})" for s, r, low, high in rows]
        if len(told) <= 2 * n:
            return told
        return [*told[:n], "…", *told[-n:]]

    def summary(self) -> Text:
        """What matters, in plain text.

        Returns
        -------
        str
            Shown line by line at a prompt and in a notebook.
        """
        lines = [display.wrap(line) for line in self._headline()]
        what = "weight" if self._is_numbers else "reliability"
        lines += ["", f"{what} of sources, the highest first:", *(f"  {line}" for line in self._best_and_worst())]
        return Text("\n".join(lines))

    # Pictures.

    def plot_data(self) -> Table:
        """The sources as ``plot`` draws them, the most reliable first; by weight where the model estimates numbers.

        Returns
        -------
        Table
            The columns of ``sources``.
        """
        table = self._sources()
        by = "weight" if self._is_numbers else "reliability"
        value = table.to_dict()[by]
        order = sorted((i for i, r in enumerate(value) if r is not None), key=lambda i: -value[i])
        return self._below(table.take(order), f"sources by {by}")

    def plot(self, ax: Axes | None = None) -> Axes:
        """The reliability of each source with its interval, the highest first; its weight where the model estimates numbers.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        from ..plots import forest

        return forest(self.plot_data(), self.model, self.metadata["truth"]["confidence"], ax)

    def plot_facts(self, ax: Axes | None = None) -> Axes:
        """The probability of the leading claims by the status of their facts in ``matrix.score()``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ParameterError
            If the model estimates numbers.
        """
        from ..plots import leading_claims

        facts = self._truth.facts().to_dict()
        if self._is_numbers:
            raise ParameterError(
                f"{self.model} estimates numbers, which have no probabilities to draw; plot() draws its sources"
            )
        status = self.matrix.score(independence=self.independence)["status"]
        return leading_claims(facts["probability"], status, self.model, ax)


class TruthExplanation:
    """Why the leading answer of a fact leads: read it as text, or take ``data``.

    ``data`` has ``leading``, its ``probability``, ``p_unclaimed`` (that no source is right, where the model tells), ``second``,
    ``log_odds``, ``prior``, ``rest`` (what the model does beside adding up, such as pooling; None where it only adds),
    ``contributions`` (``source``, ``claim``, ``denies``, ``log_odds``, ``adds``, ``reliability``) and ``reason`` (why there is no sum).
    The log-odds of the contributions, ``prior`` and ``rest`` sum to ``log_odds``. Where the model estimates a number, ``prior`` is the
    median of the reports, and with what the contributions add (``adds``) it sums to the estimate.
    """

    __slots__ = ("_data", "_fact", "_model")

    def __init__(self, fact: Any, data: dict[str, Any], model: str) -> None:
        self._fact = fact
        self._data = data
        self._model = model

    @property
    def data(self) -> dict[str, Any]:
        """The numbers, as a dict to change at will."""
        return {**self._data, "contributions": [dict(c) for c in self._data["contributions"]]}

    def _lines(self) -> list[str]:
        data = self._data
        is_number = any(c["adds"] is not None for c in data["contributions"])
        leading = display.amount(float(data["leading"]), 6) if is_number else claim_text(data["leading"])
        sure = "" if data["probability"] is None else f", p = {data['probability']:.2f}"
        lines = [f"{display.label(self._fact)}: {leading}{sure} ({self._model})"]
        if (data["p_unclaimed"] or 0.0) >= 0.005:
            lines.append(f"p = {data['p_unclaimed']:.2f} that no source is right")
        if data["log_odds"] is not None:
            of_these = "" if data["reason"] else "; of these"
            lines.append(f"{data['log_odds']:+.2f} nats against {claim_text(data['second'])}{of_these}")
        if data["reason"]:
            lines.append(f"{data['reason']}; its reports:")
        if data["prior"] is not None:
            prior = (
                f"{display.amount(data['prior'], 6)}  is the median of its reports"
                if is_number
                else f"{data['prior']:+.2f}  before any report"
            )
            lines.append(f"  {prior}")
        for c in sorted(data["contributions"], key=lambda c: -(c["log_odds"] or c["adds"] or 0.0)):
            adds = "  "
            if c["log_odds"] is not None:
                adds = f"  {c['log_odds']:+.2f}  "
            elif is_number:
                adds = f"  {display.signed(c['adds'])}  as "
            right = f" (right {c['reliability']:.2f} of the time)" if c["reliability"] is not None else ""
            lines.append(
                f"{adds}{display.label(c['source'], 40)} says {'not ' if c['denies'] else ''}"
                f"{_number_text(c['claim']) if is_number else claim_text(c['claim'])}{right}"
            )
        if data["rest"] is not None:
            lines.append(f"  {data['rest']:+.2f}  from pooling what each source says by itself")
        return lines

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rest = self._lines()
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            *(f'<div class="cs-note">{display.escape(line)}</div>' for line in rest),
        )


def _number_text(claim: str) -> str:
    """A claim beside an estimate: as many digits as this has, where it is a bare number."""
    try:
        return display.amount(float(claim), 6)
    except ValueError:
        return claim_text(claim)


def compare(matrix: ClaimMatrix, models: Any, options: dict[str, Any], first: Truth | None = None) -> Table:
    """The work behind ``compare``."""
    models = _several(models)
    how = {name: value for name, value in options.items() if name != "gold"}
    results = [] if first is None else [first]
    names = [truth.model for truth in results] + [_named(model) for model in models]
    results += [matrix.infer(model, **options) for model in models]
    rows: dict[str, list[Any]] = {
        name: []
        for name in (
            "model",
            "converged",
            "iterations",
            "probability",
            "entropy",
            "agreement_with_first",
            "reliability",
        )
    }
    lead = results[0].facts["value"]
    for called, truth in zip(names, results, strict=True):
        facts = truth.facts.to_dict()
        pairs = [(a, b) for a, b in zip(lead, facts["value"], strict=True) if a is not None and b is not None]
        rows["model"].append(called)
        rows["converged"].append(truth.converged)
        rows["iterations"].append(len(truth.trace))
        rows["probability"].append(_mean(facts.get("probability", [])))
        rows["entropy"].append(_mean(facts.get("entropy", [])))
        rows["agreement_with_first"].append(_mean([float(a == b) for a, b in pairs]))
        rows["reliability"].append(_mean(truth.sources["reliability"]))
    held_out = [i for i, truth in enumerate(results) if truth.cv is not None]
    if held_out:
        # All at once: differences are those of pairs.
        table = _core.Truth.cross_validation([results[i]._truth for i in held_out])
        predicted = {} if table is None else table.to_dict()
        for name in ("log_probability", "std_error", "difference", "difference_std_error", "chance"):
            column = dict(zip(held_out, predicted[name], strict=True))
            rows[name] = [column.get(i) for i in range(len(results))]
    return Table(
        _core.Table.from_any(rows),
        "truth models",
        "agreement with the first says nothing of who is right: evaluate with known answers",
        lambda: matrix.metadata | {"comparison": {"models": rows["model"], **how}},
    )


def _named(model: str | Model) -> str:
    """How a table of several models calls one: with its parameters, where they are not the usual ones."""
    return repr(model) if isinstance(model, Model) else str(model)


def _mean(values: list[float | None]) -> float | None:
    there = [v for v in values if v is not None]
    return sum(there) / len(there) if there else None

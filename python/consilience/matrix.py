"""The claim-by-source matrix."""

from __future__ import annotations

import inspect
import numbers
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from . import _core, display, files
from .agreement import Agreement, table_of
from .diagnosis import Diagnosis
from .errors import DataError, ParameterError, warn
from .pairwise import Pairwise, WithoutSource
from .progress import progress
from .result import Table
from .scores import FactScores
from .words import LEVELS, count, join, near

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from scipy.sparse import csr_array

    from .truth import Model, Truth

__all__ = ["ClaimMatrix", "agreement", "infer", "score"]

_ROLES: Final = (
    "fact", "source", "value", "kind", "qualifier", "low", "high", "stance", "origin", "party", "via", "wording",
    "std_error", "weight", "unit", "time", "document", "start", "end",
)  # fmt: skip


class ClaimMatrix:
    """Reports as a sparse matrix: a row a claim, grouped by fact; a column a source; an entry where a source takes a stand.

    Build it once, score it as often as you like. It is immutable; ``select`` and ``concat`` give new ones.

    Parameters
    ----------
    reports : table, dict of columns, or path
        One row a report. Anything with the Arrow PyCapsule interface (pandas, polars, pyarrow, duckdb, ...), a dict of lists or
        arrays, or the path of a CSV, JSON lines or Parquet file.
    fact, source, value : str, optional
        Columns that say what is asked, who reports and what. By default the columns of these names, else ``task``, ``worker``
        and ``label``. Facts and sources are strings or integers without nulls; a row whose value is null is dropped and counted.
    kind : str or dict, optional
        How values are compared: the name of a kind for all facts (``"nominal"``, ``"ordinal"``, ``"interval"``, ``"ratio"``,
        ``"circular"``, ``"boolean"``, ``"date"``, ``"set"``, ``"text"``), the name of a column, or a dict of fact and kind. By
        default the column ``kind``, else the type of the values; integers may be labels or numbers, so they need it said.
    qualifier, low, high, stance : str, optional
        Columns that say how exactly, in which range, and whether it is asserted, denied or neither.
    origin, party, via : str, optional
        Columns that name the voice a source relays, the interest this voice belongs to, and the outlet between the two.
    wording, std_error, weight, unit, time, document, start, end : str, optional
        Columns with the words of the report, its standard error (> 0), its weight (>= 0), its unit, and where it stands.
    facts : table, dict of columns, or path, optional
        A row a fact: ``fact`` and any of ``question``, ``kind``, ``unit`` and further columns, shown with the scores.
    broader : dict, table or path, optional
        Which label lies within which: ``{"Kursk region": "Russia"}``, or a table with the columns ``value`` and ``broader``.
    order : list of str, or dict of fact and list, optional
        Words of ordinal scales, lowest first.
    period : float > 0, or dict of fact and float, optional
        After how much circular scales start again.
    about : {"digits", "exact"} or float >= 0
        What "about v" means: half a unit of v's last significant digit, v itself, or this fraction of v either way.
    tolerance : float >= 0, or dict of fact and float, optional
        Numbers that differ by no more than this agree.
    anonymous : str or iterable of str
        Origins that stand for nobody ("reportedly"): shown and counted, without a vote.

    Raises
    ------
    DataError
        If the reports cannot be used; names row, column and value, and says what to do.
    ParameterError
        If an option is unknown or out of range; lists what it takes.

    Warns
    -----
    ConsilienceWarning
        If an option names facts that have no report.

    Notes
    -----
    Rows count from 0. A row that repeats an earlier one is dropped and counted as a duplicate. The pages *Input* and *Concepts* of
    the documentation have every rule.

    Examples
    --------
    >>> import consilience as cs
    >>> reports = {"fact": ["speed"] * 3, "source": ["a", "b", "c"], "value": [90, 80, 100], "qualifier": ["at_most", None, None]}
    >>> m = cs.ClaimMatrix(reports, kind="ratio")
    >>> m
    ClaimMatrix: 1 fact, 3 sources, 3 claims, 3 reports
    kinds: ratio
    one voice: every source counts as a voice of its own
    score() says how far the sources agree on each fact
    >>> m.claims["claim"]
    ['at_most 90', '80', '100']
    """

    __slots__ = ("_built",)

    _built: _core.ClaimMatrix

    def __init__(
        self,
        reports: Any,
        *,
        fact: str | None = None,
        source: str | None = None,
        value: str | None = None,
        kind: str | Mapping[Any, str] | None = None,
        qualifier: str | None = None,
        low: str | None = None,
        high: str | None = None,
        stance: str | None = None,
        origin: str | None = None,
        party: str | None = None,
        via: str | None = None,
        wording: str | None = None,
        std_error: str | None = None,
        weight: str | None = None,
        unit: str | None = None,
        time: str | None = None,
        document: str | None = None,
        start: str | None = None,
        end: str | None = None,
        facts: Any = None,
        broader: Any = None,
        order: Iterable[str] | Mapping[Any, Iterable[str]] | None = None,
        period: float | Mapping[Any, float] | None = None,
        about: str | float = "digits",
        tolerance: float | Mapping[Any, float] | None = None,
        anonymous: str | Iterable[str] = ("unnamed",),
    ) -> None:
        given = locals()
        roles = {role: given[role] for role in _ROLES if role != "kind" and given[role] is not None}
        for role, name in roles.items():
            if not isinstance(name, str):
                raise ParameterError(f"{role}={name!r}: name a column of the table; values stand in the table itself")
        table = files.read_table(reports)
        others = {"facts": files.read_table(facts, "facts"), "broader": files.read_table(broader, "broader")}
        with progress("Building the matrix") as report:
            try:
                built = _core.ClaimMatrix.build(
                    table,
                    roles=roles,
                    kind=kind,
                    **others,
                    order=order,
                    period=period,
                    about=about,
                    tolerance=tolerance,
                    anonymous=anonymous,
                    progress=report,
                )
            except DataError as error:
                raise DataError(files.locate(str(error), reports)) from None
        object.__setattr__(self, "_built", built)
        for sentence in built.warnings:
            warn(sentence)

    @classmethod
    def _of(cls, built: _core.ClaimMatrix) -> ClaimMatrix:
        matrix = cls.__new__(cls)
        object.__setattr__(matrix, "_built", built)
        return matrix

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a ClaimMatrix cannot be changed: build another, or use select() and concat()")

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    # What it holds.

    @property
    def n_facts(self) -> int:
        """Facts with at least one report."""
        return self._built.n_facts

    @property
    def n_sources(self) -> int:
        """Sources with at least one report."""
        return self._built.n_sources

    @property
    def n_claims(self) -> int:
        """Claims that someone asserts or denies."""
        return self._built.n_claims

    @property
    def n_reports(self) -> int:
        """Reports, without duplicates and rows that have no value."""
        return self._built.n_reports

    @property
    def n_duplicates(self) -> int:
        """Rows left out because they repeat an earlier one."""
        return self._built.n_duplicates

    @property
    def n_dropped(self) -> int:
        """Rows left out because they have no value."""
        return self._built.n_dropped

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._built.nbytes

    @property
    def shape(self) -> tuple[int, int]:
        """Claims and sources."""
        return self.n_claims, self.n_sources

    @property
    def independence(self) -> str:
        """What ``score()`` counts as one voice unless told otherwise: "party", "origin" or "source"."""
        return self._built.independence

    @property
    def facts(self) -> Table:
        """One row a fact, in order of first appearance: label, question, kind, unit, counts."""
        return self._below(self._built.facts, "facts")

    @property
    def sources(self) -> Table:
        """One row a source, in order of first appearance: label and counts; column j of the matrix is row j."""
        return self._below(self._built.sources, "sources")

    @property
    def claims(self) -> Table:
        """One row a claim, grouped by fact; row i of the matrix is row i."""
        return self._below(self._built.claims, "claims")

    @property
    def reports(self) -> Table:
        """One row a report, grouped by fact, duplicates left out."""
        return self._below(self._built.reports, "reports")

    def _below(self, data: _core.Table, name: str) -> Table:
        return Table(data, name, metadata=lambda: self.metadata)

    @property
    def metadata(self) -> dict[str, Any]:
        """Version, options, a hash of the content, and counts of what was read and left out."""
        return self._built.metadata()

    # What one can do with it.

    def score(self, *, independence: str | None = None, majority: float = 0.95, confidence: float = 0.95) -> FactScores:
        """Score agreement and uncertainty of every fact.

        Parameters
        ----------
        independence : {"source", "origin", "party"}, optional
            What counts as one voice. By default party if there is such a column, else origin, else source.
        majority : float in (0.5, 1]
            A disputed fact counts as decided by majority from this probability of the lead on.
        confidence : float in (0, 1)
            Coverage of the intervals.

        Returns
        -------
        FactScores
            A row a fact: status, answer, agreement in [0, 1] with its interval, positions, uncertainty in [0, 1], counts. What
            does not exist is null, and ``reason`` says why.

        Raises
        ------
        ParameterError
            If an option is unknown or out of range.
        DataError
            If one fact has too many claims that may overlap to compare them pair by pair.

        Notes
        -----
        Agreement is the chance that two independent voices agree: with labels Fleiss's P_i, with its interval from the variance of
        a U-statistic. See the page *Concepts*.

        References
        ----------
        Fleiss (1971), doi:10.1037/h0031619. Hoeffding (1948), doi:10.1214/aoms/1177730196. Jøsang, Cho & Chen (2018).

        Examples
        --------
        >>> import consilience as cs
        >>> m = cs.datasets.load_kursk()
        >>> scores = m.score(independence="origin")
        >>> scores.where(status="contested")["fact"][:2]
        ['troops.present_in_russia', 'troops.total_in_russia']
        """
        for name, given in (("majority", majority), ("confidence", confidence)):
            if not isinstance(given, numbers.Real) or isinstance(given, bool):
                raise ParameterError(f"{name}={given!r} ({type(given).__name__}) cannot be used; it takes a number")
        with progress("Scoring facts") as report:
            scores = self._built.score(
                independence=independence, majority=majority, confidence=confidence, progress=report
            )
        for sentence in scores.warnings:
            warn(sentence)
        return FactScores(scores)

    def agreement(
        self,
        coefficients: str | Iterable[str] = ("krippendorff_alpha", "gwet_ac", "percent_agreement"),
        *,
        metric: str | Any = None,
        weights: str | Any = None,
        categories: Iterable[Any] | None = None,
        period: float | None = None,
        independence: str = "source",
        conflicts: str = "error",
        by: str | None = None,
        interval: str = "augmented_jackknife",
        confidence: float = 0.95,
        population: int | None = None,
        replicates: int = 1000,
        seed: int = 0,
    ) -> Agreement:
        """Agreement between sources over many facts, corrected for chance.

        Prefer ``krippendorff_alpha`` when sources are many and each covers only part of the facts. Where one value prevails, read
        ``gwet_ac`` and the percent agreement beside it. For single facts use :meth:`score`.

        Parameters
        ----------
        coefficients : str or iterable of str
            Names from ``agreement_coefficients()``.
        metric : {"nominal", "ordinal", "interval", "ratio", "circular"} or square table, optional
            Distance of values for alpha; by default that of the kind of the facts. A table needs ``categories``, unless it is a
            data frame with labels. "ratio" needs values of one sign.
        weights : {"identity", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"} or table, optional
            Credit for near categories in the other coefficients, and in alpha where there is no ``metric``; by default identity.
        categories : iterable of labels, optional
            Labels that may be used, lowest first; by default those that were. They count in Brennan-Prediger and Gwet's AC.
        period : float > 0, optional
            After how much a circular scale starts again; by default as the matrix says.
        independence : {"source", "origin", "party"}
            Who the raters are.
        conflicts : {"error", "first", "last", "majority", "drop"}
            Which value counts where a rater has several for one fact. "error" names the first five.
        by : str, optional
            A column of the facts table: a row for each of its values.
        interval : {"augmented_jackknife", "jackknife", "analytic", "bootstrap", "bca", "sources"}
            How the interval is made. All but "sources" generalise over facts, given these sources.
        confidence : float in (0, 1)
            Coverage of the intervals.
        population : int, optional
            Number of facts from which these were drawn, for the finite population correction.
        replicates : int >= 1
            Samples of the bootstrap.
        seed : int >= 0
            Same seed, same interval, whatever the number of threads.

        Returns
        -------
        Agreement
            A row a coefficient and kind of facts, kinds never mixed: ``value`` in (-inf, 1] (1 all agree, 0 as by chance, below 0
            systematic disagreement) with its interval, ``p_a``, ``p_e``, counts. Null where it does not exist; ``reason`` says why.

        Raises
        ------
        DataError
            If a rater gives one fact two values and ``conflicts="error"``.
        ParameterError
            If an option is unknown, out of range, or does not fit the values; says what does.

        Notes
        -----
        Missing reports are as in Gwet (2014): p_a is the mean over facts with two ratings or more, shares of categories are means
        over facts with any. Alpha weighs a fact by its ratings and leaves out those with one. See the page *Agreement*.

        References
        ----------
        Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed. Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.

        Examples
        --------
        >>> import consilience as cs
        >>> m = cs.ClaimMatrix({"task": [1, 1, 2, 2, 3, 3], "worker": list("ababab"), "label": list("xxyyxy")})
        >>> round(m.agreement("gwet_ac").value("gwet_ac"), 3)
        0.333
        """
        for name, given in (("confidence", confidence), ("period", period)):
            if given is not None and (not isinstance(given, numbers.Real) or isinstance(given, bool)):
                raise ParameterError(f"{name}={given!r} ({type(given).__name__}) cannot be used; it takes a number")
        for name, whole, least in (("population", population, 1), ("replicates", replicates, 1), ("seed", seed, 0)):
            if whole is not None and (
                not isinstance(whole, numbers.Integral) or isinstance(whole, bool) or not least <= whole < 2**63
            ):
                raise ParameterError(f"{name}={whole!r} cannot be used; it takes a whole number of at least {least}")
        categories = None if categories is None else list(categories)
        metric, categories = table_of("metric", metric, categories)
        weights, categories = table_of("weights", weights, categories)
        options: dict[str, Any] = {
            "coefficients": [coefficients] if isinstance(coefficients, str) else list(coefficients),
            "metric": metric,
            "weights": weights,
            "categories": categories,
            "period": period,
            "independence": independence,
            "conflicts": conflicts,
            "by": by,
            "interval": interval,
            "confidence": confidence,
            "population": population,
            "replicates": replicates,
            "seed": seed,
        }
        with progress("Measuring agreement") as report:
            table, notes = self._built.agreement(**options, progress=report)
        for sentence in notes:
            warn(sentence)
        return Agreement(table, self._built, options, notes)

    def pairwise(
        self,
        coefficient: str | None = None,
        *,
        min_overlap: int = 1,
        metric: str | Any = None,
        weights: str | Any = None,
        categories: Iterable[Any] | None = None,
        period: float | None = None,
        independence: str = "source",
        conflicts: str = "error",
        interval: str = "augmented_jackknife",
        confidence: float = 0.95,
        replicates: int = 1000,
        seed: int = 0,
    ) -> Pairwise:
        """Compare every pair of sources on the facts they share: who agrees with whom?

        Parameters
        ----------
        coefficient : str, optional
            A name from ``agreement_coefficients()``, or a form of ICC such as ``"ICC(A,1)"``; by default ``cohen_kappa`` for labels
            and ``krippendorff_alpha`` for numbers.
        min_overlap : int >= 1
            Facts that two sources share at least for their coefficient to be given.
        metric, weights, categories, period, independence, conflicts, interval, confidence, replicates, seed
            As for :meth:`agreement`; ``interval="sources"`` does not exist for two.

        Returns
        -------
        Pairwise
            A row a pair: ``n_facts`` shared, ``agreement`` on these, ``value`` with its interval. Null with a ``reason`` for pairs
            without a fact in common. ``to_matrix()`` gives a square array, ``plot()`` a heat map.

        Raises
        ------
        DataError
            If a source gives one fact two values and ``conflicts="error"``.
        ParameterError
            If an option is unknown, out of range, or does not fit the values; says what does.

        Notes
        -----
        A pair has the value that :meth:`agreement` has for these two sources on the facts that both have. Only pairs that share
        a fact are computed; beyond 2,000 sources the others have no row.

        References
        ----------
        Cohen (1960), doi:10.1177/001316446002000104.

        Examples
        --------
        >>> import consilience as cs
        >>> m = cs.ClaimMatrix({"task": [1, 1, 2, 2, 3, 3], "worker": list("ababab"), "label": list("xxyyxy")})
        >>> pairs = m.pairwise()
        >>> pairs.to_dict(["source_a", "source_b", "n_facts"]), round(pairs["value"][0], 3)
        ({'source_a': ['a'], 'source_b': ['b'], 'n_facts': [3]}, 0.4)
        """
        if not isinstance(min_overlap, numbers.Integral) or isinstance(min_overlap, bool) or min_overlap < 1:
            raise ParameterError(f"min_overlap={min_overlap!r} cannot be used; it takes a whole number of at least 1")
        options = _agreement_options(
            metric, weights, categories, period, independence, conflicts, interval, confidence, replicates, seed
        )
        with progress("Comparing sources") as report:
            table, coefficients, notes = self._built.pairwise(
                coefficient, min_overlap=int(min_overlap), progress=report, **options
            )
        for sentence in notes:
            warn(sentence)
        built = self.metadata
        own = {"coefficient": coefficient, "min_overlap": int(min_overlap)}
        return Pairwise(table, coefficients, built | {"options": built["options"] | options | own}, notes)

    def leave_one_source_out(
        self,
        coefficient: str = "krippendorff_alpha",
        *,
        metric: str | Any = None,
        weights: str | Any = None,
        categories: Iterable[Any] | None = None,
        period: float | None = None,
        independence: str = "source",
        conflicts: str = "error",
        interval: str = "augmented_jackknife",
        confidence: float = 0.95,
        replicates: int = 1000,
        seed: int = 0,
    ) -> WithoutSource:
        """Measure agreement without each source in turn: who pulls it down?

        Parameters
        ----------
        coefficient : str
            A name from ``agreement_coefficients()``, or a form of ICC such as ``"ICC(A,1)"``.
        metric, weights, categories, period, independence, conflicts, interval, confidence, replicates, seed
            As for :meth:`agreement`.

        Returns
        -------
        WithoutSource
            A row a source: ``value`` with all, ``without`` it with ``low`` and ``high``, ``change`` (above 0: it pulls the
            coefficient down).

        Raises
        ------
        DataError
            If a source gives one fact two values and ``conflicts="error"``.
        ParameterError
            If an option is unknown, out of range, or does not fit the values; says what does.

        References
        ----------
        Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., ch. 5.

        Examples
        --------
        >>> import consilience as cs
        >>> labels = {"task": [1, 1, 1, 2, 2, 2], "worker": list("abcabc"), "label": list("xxyyyx")}
        >>> cs.ClaimMatrix(labels).leave_one_source_out()["without"][2]
        1.0
        """
        options = _agreement_options(
            metric, weights, categories, period, independence, conflicts, interval, confidence, replicates, seed
        )
        with progress("Leaving sources out") as report:
            table = self._built.leave_one_source_out(coefficient, progress=report, **options)
        built = self.metadata
        return WithoutSource(table, built | {"options": built["options"] | options | {"coefficient": coefficient}})

    def diagnose(
        self,
        *,
        reliability: float = 0.8,
        metric: str | Any = None,
        weights: str | Any = None,
        categories: Iterable[Any] | None = None,
        period: float | None = None,
        independence: str = "source",
        conflicts: str = "error",
        interval: str = "augmented_jackknife",
        confidence: float = 0.95,
        replicates: int = 1000,
        seed: int = 0,
    ) -> Diagnosis:
        """Say in words what makes coefficients of agreement hard to read here, and how many ratings a fact needs.

        Parameters
        ----------
        reliability : float in (0, 1)
            The reliability that the consensus of a fact's ratings should have.
        metric, weights, categories, period, independence, conflicts, interval, confidence, replicates, seed
            As for :meth:`agreement`.

        Returns
        -------
        Diagnosis
            Percent agreement, AC1 and alpha side by side with ``p_a`` and ``p_e``; ``findings`` in words: low variation,
            prevalence, few ratings outside the largest category, unequal numbers of ratings, required ratings (Spearman-Brown).
            No adjectives: what is good enough depends on what the values are for.

        Raises
        ------
        DataError
            If a source gives one fact two values and ``conflicts="error"``.
        ParameterError
            If an option is unknown, out of range, or does not fit the values; says what does.

        References
        ----------
        Feinstein & Cicchetti (1990), doi:10.1016/0895-4356(90)90158-L. Wong & Paritosh (2022), arXiv:2203.12913.

        Examples
        --------
        >>> import consilience as cs
        >>> labels = {"task": [1, 1, 2, 2, 3, 3], "worker": list("ababab"), "label": list("xxyyxy")}
        >>> cs.ClaimMatrix(labels).diagnose().findings["finding"]
        ['few_minority_ratings', 'few_facts', 'required_ratings']
        """
        if not isinstance(reliability, numbers.Real) or isinstance(reliability, bool):
            raise ParameterError(f"reliability={reliability!r} cannot be used; it takes a number between 0 and 1")
        options = _agreement_options(
            metric, weights, categories, period, independence, conflicts, interval, confidence, replicates, seed
        )
        with progress("Diagnosing agreement") as report:
            tables = self._built.diagnose(reliability=float(reliability), progress=report, **options)
        built = self.metadata
        return Diagnosis(*tables, built | {"options": built["options"] | options | {"reliability": reliability}})

    def infer(
        self,
        model: str | Model | None = None,
        *,
        independence: str | None = None,
        conflicts: str = "error",
        form: str | None = None,
        gold: Any = None,
        warm_start: Truth | None = None,
        seed: int | None = None,
        max_iter: int | None = None,
        tol: float | None = None,
        confidence: float = 0.95,
        cv: int | None = None,
        **parameters: Any,
    ) -> Truth:
        """Infer how probable each claim is, and how far each source is to be believed.

        Where ``score()`` says how far sources agree, this says what is true if the assumptions of the model hold: sources err
        independently of each other, each in its own way. What shares an origin is one voice here too.

        Parameters
        ----------
        model : str or Model, optional
            A name from ``consilience.truth.models()``, or a model with parameters, such as ``consilience.truth.DawidSkene()``.
        independence : {"source", "origin", "party"}, optional
            What counts as one voice. By default party if there is such a column, else origin, else source.
        conflicts : {"error", "first", "last", "majority", "drop", "split"}
            Which value counts where a voice has several for one fact. "error" names the first five.
        form : {"closed", "open"}, optional
            Whether facts share their values ("closed": labels) or not ("open": each fact has its own). By default as the model needs
            it; models that take both read labels as closed if there are two reports for every pair of them and each is claimed
            of two facts on average.
        gold : dict or pandas.Series of fact and value, table with these columns, or path of one, optional
            Known answers. They are never overturned, and sources are measured by them. What is missing there is not known.
        warm_start : Truth, optional
            A result of the same model, whose parameters are the start ("consensus" finds its own); sources that it does not know
            begin as the mean of the others.
        seed : int, optional
            Of cross-validation; no model draws at random.
        max_iter : int >= 1, optional
            Iterations at most.
        tol : float >= 0, optional
            The relative change of the objective, or the largest change of a source, to stop at.
        confidence : float in (0, 1)
            Coverage of the intervals of reliabilities.
        cv : int from 2 to 1000, optional
            Also say how well the model predicts reports that it has not seen: it is fitted so many times more, each time without a part
            of the reports. Read ``truth.cv``; :meth:`cross_validate` does the same for several models, without fitting all reports.
        **parameters
            Of the model: ``consilience.truth.parameters()`` lists them.

        Returns
        -------
        Truth
            ``facts`` (value, probability), ``claims``, ``sources`` (reliability with interval), ``trace``; ``explain(fact)``.

        Raises
        ------
        DataError
            If the model cannot use these reports; says which can.
        ParameterError
            If an option is unknown or out of range; lists what it takes.

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` is reached; the result has ``converged = False``.
        ConsilienceWarning
            If reports are left out, or sources are right less often than by chance.

        References
        ----------
        Each model has its own: ``consilience.truth.models()``.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
        >>> truth = cs.ClaimMatrix(answers).infer("dawid_skene")
        >>> truth.facts["value"]
        ['x', 'y', 'x']
        >>> held_out = cs.simulate(200, 8, accuracy=(6, 2)).matrix.infer("dawid_skene", cv=5).cv
        >>> held_out["log_probability"][0] > held_out["chance"][0]
        True
        """
        from .truth.result import infer

        return infer(
            self,
            model,
            independence=independence,
            conflicts=conflicts,
            form=form,
            gold=gold,
            warm_start=warm_start,
            seed=seed,
            max_iter=max_iter,
            tol=tol,
            confidence=confidence,
            cv=cv,
            parameters=parameters,
        )

    def compare(self, models: str | Model | Iterable[str | Model], **options: Any) -> Table:
        """Several truth models on the same reports, in one table.

        Parameters
        ----------
        models : str, Model, or list of these
            As for :meth:`infer`.
        **options
            As for :meth:`infer`.

        Returns
        -------
        Table
            A row a model: ``model``, ``converged``, ``iterations``, ``probability`` (mean of the leading values), ``entropy``
            (mean, nats), ``agreement_with_first`` (share of facts with the same value as the first model), ``reliability``
            (mean over sources). With ``cv=`` also ``log_probability``, ``std_error``, ``difference``, ``difference_std_error`` and
            ``chance`` of :meth:`cross_validate`.

        Examples
        --------
        >>> import consilience as cs
        >>> answers = {"task": [1, 1, 1, 2, 2, 3, 3, 3], "worker": list("abcababc"), "label": list("xxyyyxxy")}
        >>> cs.ClaimMatrix(answers).compare(["majority_vote", "dawid_skene"])["agreement_with_first"]
        [1.0, 1.0]
        """
        from .truth.result import compare

        return compare(self, models, options)

    def cross_validate(
        self,
        models: str | Model | Iterable[str | Model],
        *,
        folds: int = 5,
        seed: int = 0,
        independence: str | None = None,
        conflicts: str = "error",
        form: str | None = None,
        gold: Any = None,
    ) -> Table:
        """How well truth models predict reports that they have not seen: to choose one where no truth is known.

        Each model is fitted without a part of the reports, for each part, and asked how probable it thinks these. Use
        :func:`consilience.evaluate` where the truth is known, at least for some facts.

        Parameters
        ----------
        models : str, Model, or list of these
            Names from ``consilience.truth.models()``, or models with parameters. Models of numbers cannot be compared like this.
        folds : int from 2 to 1000
            Parts. Who says what decides which report is in which, not the order of rows or what anything is called.
        seed : int
            Another seed deals the reports out otherwise.
        independence, conflicts, form, gold
            As for :meth:`infer`.

        Returns
        -------
        Table
            A row a model: ``log_probability`` (mean of ln p of a report that was kept apart; higher is better), ``std_error``,
            ``difference`` to the best with ``difference_std_error`` (of pairs; what makes a fact hard for all cancels out), ``chance``
            (what guessing among the answers gives), ``n`` (reports predicted), ``folds``.

        Raises
        ------
        DataError
            If no fact has two answers, or if a model cannot use these reports.
        ParameterError
            If a model is unknown, or ``folds`` out of range.

        Notes
        -----
        p(report) = sum over answers t of p(t | other reports) p(report | t, source): the second factor is the source's confusion matrix
        where the model has one, else its reliability, with the other answers equally probable; scaled to sum to 1 over the answers
        that anyone gives to the fact, so that models of classes and models of claimed values predict the same. Probabilities below 1e-6
        count as 1e-6; facts with one answer predict nothing. Standard errors are those of a ratio of sums over facts (Cochran 1977, *Sampling Techniques*, section 6.4).

        Examples
        --------
        >>> import consilience as cs
        >>> reports = cs.simulate(n_facts=200, n_sources=6, accuracy=[0.95, 0.9, 0.6, 0.5, 0.4, 0.3], seed=1).reports
        >>> table = cs.ClaimMatrix(reports).cross_validate(["majority_vote", "dawid_skene"])
        >>> max(zip(table["log_probability"], table["model"]))[1]
        'dawid_skene'
        """
        from .truth.result import cross_validate

        options = {"seed": seed, "independence": independence, "conflicts": conflicts, "form": form, "confidence": 0.95}
        return cross_validate(self, models, folds, gold, options)

    def select(self, *, facts: Iterable[Any] | None = None, sources: Iterable[Any] | None = None) -> ClaimMatrix:
        """Only these facts and sources, in the order they have here.

        Parameters
        ----------
        facts, sources : label or iterable of labels, optional
            What to keep; by default all.

        Returns
        -------
        ClaimMatrix

        Raises
        ------
        DataError
            If there is no such fact or source; names the nearest.

        Examples
        --------
        >>> import consilience as cs
        >>> cs.datasets.load_kursk().select(facts=["incursion.start"], sources=["E-cnn", "A-hill"]).n_sources
        2
        """
        facts, sources = (None if x is None else list(x) if not isinstance(x, str) else [x] for x in (facts, sources))
        return self._of(self._built.select(facts=facts, sources=sources))

    @classmethod
    def concat(cls, matrices: Iterable[ClaimMatrix]) -> ClaimMatrix:
        """Several matrices as one, as if their reports had come in one table.

        Parameters
        ----------
        matrices : iterable of ClaimMatrix
            At least one. A fact that several of them have must mean the same in each: one kind, order, period and tolerance.

        Returns
        -------
        ClaimMatrix

        Raises
        ------
        ParameterError
            If there is none, or they do not fit together.

        Examples
        --------
        >>> import consilience as cs
        >>> m = cs.datasets.load_kursk()
        >>> parts = [m.select(facts=[fact]) for fact in m.facts["fact"]]
        >>> cs.ClaimMatrix.concat(parts).n_reports == m.n_reports
        True
        """
        # What is no matrix goes on as it is: the core names it.
        built = [m._built if isinstance(m, ClaimMatrix) else m for m in matrices]
        return cls._of(_core.ClaimMatrix.concat(built))

    def to_scipy(self, *, conflicts: str = "error") -> csr_array:
        """The matrix as a SciPy sparse array: rows as in ``claims``, columns as in ``sources``.

        Entries are stance times weight: 1 asserts, -1 denies; silence and "neither" are 0.

        Parameters
        ----------
        conflicts : {"error", "first", "last", "majority", "drop", "split"}
            What to do where a source has several values for one fact. "error" names the first five.

        Raises
        ------
        DataError
            For "error", if there is such a source.

        Examples
        --------
        >>> import consilience as cs
        >>> m = cs.ClaimMatrix({"fact": [1, 1], "source": ["a", "b"], "value": ["x", "y"]})
        >>> m.to_scipy().toarray().tolist()
        [[1.0, 0.0], [0.0, 1.0]]
        """
        from scipy.sparse import coo_array

        entries, rows, columns = self._built.to_coo(conflicts)
        return coo_array((entries, (rows, columns)), shape=self.shape).tocsr()

    def plot(self, *, facts: Iterable[Any] | None = None, limit: int = 40, ax: Axes | None = None) -> Axes:
        """Draw who claims what: a row a claim, grouped by fact, a column a source, coloured by origin.

        Parameters
        ----------
        facts : iterable of labels, optional
            Facts to show; by default the first ones.
        limit : int
            Claims to show at most; what is left out is said below the picture.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure of fitting size.

        Returns
        -------
        matplotlib Axes
        """
        from . import plots

        return plots.picture(self._picture(facts, limit), ax)

    def _picture(self, facts: Iterable[Any] | None, limit: int) -> dict[str, Any]:
        facts = [facts] if isinstance(facts, str) else None if facts is None else list(facts)
        return self._built.picture(facts, limit)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the matrix to a file that :meth:`load` reads.

        Parameters
        ----------
        path : str or path
            File to write; what stands there is replaced.

        Examples
        --------
        >>> import tempfile, os, consilience as cs
        >>> path = os.path.join(tempfile.mkdtemp(), "kursk.matrix")
        >>> m = cs.datasets.load_kursk()
        >>> m.save(path)
        >>> cs.ClaimMatrix.load(path) == m
        True
        """
        Path(path).write_bytes(self._built.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ClaimMatrix:
        """The matrix that :meth:`save` wrote.

        Parameters
        ----------
        path : str or path
            File to read.

        Returns
        -------
        ClaimMatrix

        Raises
        ------
        DataError
            If there is no such file, or it is something else, of another version, or damaged.
        """
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise DataError(f"{os.fspath(path)!r} cannot be read: {error.strerror}") from error
        return cls._of(_core.ClaimMatrix.from_bytes(data))

    def __eq__(self, other: object) -> bool:
        return self._built == other._built if isinstance(other, ClaimMatrix) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (ClaimMatrix._of, (self._built,))

    def __copy__(self) -> ClaimMatrix:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> ClaimMatrix:
        return self

    # How it shows itself.

    def _lines(self) -> list[str]:
        counts = [
            count(self.n_facts, "fact"),
            count(self.n_sources, "source"),
            count(self.n_claims, "claim"),
            count(self.n_reports, "report"),
        ]
        lines = [f"ClaimMatrix: {', '.join(counts)}"]
        left_out = []
        if self.n_duplicates:
            left_out.append(count(self.n_duplicates, "duplicate"))
        if self.n_dropped:
            left_out.append(f"{count(self.n_dropped, 'row')} without a value")
        if left_out:
            lines.append(f"left out: {join(left_out)}")
        lines.append(f"kinds: {', '.join(self.metadata['options']['kinds'])}")
        lines.append(f"one voice: {LEVELS[self.independence]}")
        return lines

    def __repr__(self) -> str:
        return "\n".join([*self._lines(), "score() says how far the sources agree on each fact"])

    def _repr_html_(self) -> str:
        head, *notes = self._lines()
        return display.fragment(
            f'<div class="cs-head">{display.escape(head)}</div>',
            *(f'<div class="cs-note">{display.escape(note)}</div>' for note in notes),
            display.picture(self._picture(None, 24)),
        )


def _matrix_of(reports: Any, options: dict[str, Any], call: str) -> tuple[ClaimMatrix, dict[str, Any]]:
    """The matrix of what a one-call function was given, and the options that are its own.

    An option named like an argument of :class:`ClaimMatrix` is one of the table's. ``call`` is the method that takes the others.
    """
    of_table = ClaimMatrix.__init__.__kwdefaults__ or {}
    of_call = getattr(ClaimMatrix, call).__kwdefaults__ or {}
    built = isinstance(reports, ClaimMatrix)
    theirs = {name: value for name, value in options.items() if name in of_table and not (built and name in of_call)}
    own = {name: value for name, value in options.items() if name not in theirs}
    if built and theirs:
        raise ParameterError(f"{', '.join(theirs)}: these belong to ClaimMatrix(...), and the matrix is built already")
    takes_any = getattr(ClaimMatrix, call).__code__.co_flags & inspect.CO_VARKEYWORDS
    unknown = [name for name in own if name not in of_call]
    if unknown and not takes_any:
        raise ParameterError(
            f"got an unexpected keyword argument {unknown[0]!r}; options are those of ClaimMatrix and of ClaimMatrix.{call}"
            f"{near(unknown[0], [*of_table, *of_call])}"
        )
    return (reports if built else ClaimMatrix(reports, **theirs)), own


def _agreement_options(
    metric: Any,
    weights: Any,
    categories: Iterable[Any] | None,
    period: Any,
    independence: str,
    conflicts: str,
    interval: str,
    confidence: Any,
    replicates: Any,
    seed: Any,
) -> dict[str, Any]:
    """Options of agreement as the core takes them."""
    for name, given in (("confidence", confidence), ("period", period)):
        if given is not None and (not isinstance(given, numbers.Real) or isinstance(given, bool)):
            raise ParameterError(f"{name}={given!r} ({type(given).__name__}) cannot be used; it takes a number")
    for name, whole, least in (("replicates", replicates, 1), ("seed", seed, 0)):
        if not isinstance(whole, numbers.Integral) or isinstance(whole, bool) or not least <= int(whole) < 2**63:
            raise ParameterError(f"{name}={whole!r} cannot be used; it takes a whole number of at least {least}")
    categories = None if categories is None else list(categories)
    metric, categories = table_of("metric", metric, categories)
    weights, categories = table_of("weights", weights, categories)
    return {
        "metric": metric,
        "weights": weights,
        "categories": categories,
        "period": period,
        "independence": independence,
        "conflicts": conflicts,
        "interval": interval,
        "confidence": confidence,
        "replicates": replicates,
        "seed": seed,
    }


def score(reports: Any, **options: Any) -> FactScores:
    """Score agreement and uncertainty of every fact, in one call.

    Parameters
    ----------
    reports : ClaimMatrix, table, dict of columns, or path
        A matrix, or whatever :class:`ClaimMatrix` takes.
    **options
        As for :class:`ClaimMatrix` and :meth:`ClaimMatrix.score`.

    Returns
    -------
    FactScores

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"task": [1, 1, 1, 2, 2], "worker": list("abcab"), "label": [0, 0, 1, 1, 1]}
    >>> cs.score(answers).to_dict(["fact", "status", "value"])
    {'fact': [1, 2], 'status': ['contested', 'unanimous'], 'value': [None, 1]}
    """
    matrix, own = _matrix_of(reports, options, "score")
    return matrix.score(**own)


def agreement(
    reports: Any,
    coefficients: str | Iterable[str] = ("krippendorff_alpha", "gwet_ac", "percent_agreement"),
    **options: Any,
) -> Agreement:
    """Agreement between sources over many facts, corrected for chance, in one call.

    Parameters
    ----------
    reports : ClaimMatrix, table, dict of columns, or path
        A matrix, or whatever :class:`ClaimMatrix` takes.
    coefficients : str or iterable of str
        Names from ``agreement_coefficients()``.
    **options
        As for :class:`ClaimMatrix` and :meth:`ClaimMatrix.agreement`.

    Returns
    -------
    Agreement

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"fact": [1, 1, 2, 2], "source": list("abab"), "value": list("xxyy")}
    >>> cs.agreement(answers).value("krippendorff_alpha")
    1.0
    """
    matrix, own = _matrix_of(reports, options, "agreement")
    return matrix.agreement(coefficients, **own)


def infer(reports: Any, model: str | Model | None = None, **options: Any) -> Truth:
    """Infer how probable each claim is and how far each source is to be believed, in one call.

    Parameters
    ----------
    reports : ClaimMatrix, table, dict of columns, or path
        A matrix, or whatever :class:`ClaimMatrix` takes.
    model : str or Model, optional
        As for :meth:`ClaimMatrix.infer`.
    **options
        As for :meth:`ClaimMatrix.infer`; what is named like an argument of :class:`ClaimMatrix` goes there.

    Returns
    -------
    Truth

    Examples
    --------
    >>> import consilience as cs
    >>> answers = {"task": [1, 1, 1, 2, 2], "worker": list("abcab"), "label": [0, 0, 1, 1, 1]}
    >>> cs.infer(answers, "majority_vote").facts["value"]
    [0, 1]
    """
    matrix, own = _matrix_of(reports, options, "infer")
    return matrix.infer(model, **own)

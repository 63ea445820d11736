"""One class a truth model. Written by ``python -m consilience.truth._make`` from the registry; do not edit."""

from __future__ import annotations

from typing import Literal

from .base import Model

__all__ = [
    "BWA",
    "CATD",
    "CRH",
    "EBCC",
    "GLAD",
    "GTM",
    "IBCC",
    "KOS",
    "LTM",
    "MACE",
    "Accu",
    "AccuSim",
    "AverageLog",
    "Consensus",
    "DawidSkene",
    "GuessLCA",
    "Investment",
    "MajorityVote",
    "OneCoin",
    "PooledInvestment",
    "PopAccu",
    "Sums",
    "ThreeEstimates",
    "TruthFinder",
    "TwoEstimates",
    "Wawa",
    "ZeroBasedSkill",
]


class Consensus(Model):
    """Each source has a confusion matrix around one that all share, tilted by its skill and the labels it favours, or where values belong to their fact a skill.

    Part of the result is a pool of what each source's report says by itself, the larger the more errors
    correlate, so that no chain of reports makes it overconfident.

    Family: consensus. Takes: labels or values.

    Parameters
    ----------
    max_iter : int >= 1, default 60
        Iterations at most.
    tol : float >= 0, default 0.0001
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Dawid & Skene (1979), doi:10.2307/2346806; Kim & Ghahramani (2012); Minka (2000); Li, Rubinstein & Cohn
    (2019); Dong, Berti-Equille & Srivastava (2009); Kish (1965); Stone (1961); Ranjan & Gneiting (2010),
    doi:10.1111/j.1467-9868.2009.00726.x

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.Consensus(max_iter=20)
    Consensus(max_iter=20)
    """

    name = "consensus"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class MajorityVote(Model):
    """The share of the votes that each value has: every source counts the same.

    The yardstick for all others.

    Family: vote. Takes: values of each fact.

    Parameters
    ----------
    max_iter : int >= 1, default 100
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Condorcet (1785), Essai sur l'application de l'analyse à la probabilité des décisions

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.MajorityVote(max_iter=20)
    MajorityVote(max_iter=20)
    """

    name = "majority_vote"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class Wawa(Model):
    """Votes weighed by how often their source sides with the majority.

    One step from majority vote; fast and hard to fool.

    Family: vote. Takes: values of each fact.

    Parameters
    ----------
    max_iter : int >= 1, default 100
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Worker agreement with aggregate, Appen (2021), success.appen.com; as in crowd-kit

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.Wawa(max_iter=20)
    Wawa(max_iter=20)
    """

    name = "wawa"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class ZeroBasedSkill(Model):
    """Votes weighed by a skill that follows, in ever smaller steps, how often the source sides with the weighted vote.

    Family: vote. Takes: values of each fact.

    Parameters
    ----------
    step : a number in (0, 1], default 1.0
        How far skills go at first.
    halve_every : an integer ≥ 1, default 20
        After so many iterations the step is halved.
    max_iter : int >= 1, default 100
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Ustalov, Pavlichenko & Tseitlin (2024), Learning from crowds with Crowd-Kit, doi:10.21105/joss.06227

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.ZeroBasedSkill(max_iter=20)
    ZeroBasedSkill(max_iter=20)
    """

    name = "zero_based_skill"

    def __init__(
        self,
        *,
        step: float = 1.0,
        halve_every: int = 20,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, step=step, halve_every=halve_every)


class OneCoin(Model):
    """Each source is right with one probability, whatever the truth; its errors spread evenly over the other values.

    For few reports a source, and for open values.

    Family: crowd. Takes: labels or values.

    Parameters
    ----------
    hits : a number ≥ 0, default 1.0
        Right reports that are added to those of each source (Beta prior, at its mode); 0 is maximum
        likelihood.
    misses : a number ≥ 0, default 0.5
        Wrong reports that are added to those of each source; 0 is maximum likelihood.
    class_prior : a number ≥ 0, default 1.0
        Facts that are added to each class, where facts share them; 0 is maximum likelihood.
    max_iter : int >= 1, default 300
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Zhang, Chen, Zhou & Jordan (2016), Spectral methods meet EM, JMLR 17(102), the one-coin model

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.OneCoin(max_iter=20)
    OneCoin(max_iter=20)
    """

    name = "one_coin"

    def __init__(
        self,
        *,
        hits: float = 1.0,
        misses: float = 0.5,
        class_prior: float = 1.0,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, hits=hits, misses=misses, class_prior=class_prior)


class DawidSkene(Model):
    """Each source has a confusion matrix: how often it reports each label when each class is true.

    For labels with many reports a source.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    confusion_prior : a number ≥ 0, default 2.0
        Reports of each class, spread evenly over all labels, that are added to what each source did
        (Dirichlet prior, at its mode); 0 is maximum likelihood.
    class_prior : a number ≥ 0, default 1.0
        Facts that are added to each class; 0 is maximum likelihood.
    assignment : "soft" or "hard", default "soft"
        "soft" keeps the probabilities of classes between iterations; "hard" puts each fact into its best
        class (Fast Dawid–Skene).
    max_iter : int >= 1, default 300
        Iterations at most.
    tol : float >= 0, default 1e-07
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Dawid & Skene (1979), doi:10.2307/2346806; assignment="hard": Sinha, Rao & Balasubramanian (2018),
    arXiv:1803.02781

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.DawidSkene(max_iter=20)
    DawidSkene(max_iter=20)
    """

    name = "dawid_skene"

    def __init__(
        self,
        *,
        confusion_prior: float = 2.0,
        class_prior: float = 1.0,
        assignment: Literal["soft", "hard"] = "soft",
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            max_iter=max_iter,
            tol=tol,
            seed=seed,
            confusion_prior=confusion_prior,
            class_prior=class_prior,
            assignment=assignment,
        )


class GLAD(Model):
    """A report is right with probability 1 / (1 + exp(−ability × ease)): able sources and easy facts.

    For labels whose facts differ in difficulty.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    ability_mean : a number from −100 to 100, default 1.0
        The mean of the normal prior (variance 1) of abilities.
    ease_mean : a number from −100 to 100, default 1.0
        The mean of the normal prior (variance 1) of the logarithm of how easy facts are.
    steps : an integer from 1 to 100, default 5
        Steps of the ascent in abilities and eases within an iteration.
    max_iter : int >= 1, default 300
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Whitehill, Ruvolo, Wu, Bergsma & Movellan (2009), Whose vote should count more, NIPS

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.GLAD(max_iter=20)
    GLAD(max_iter=20)
    """

    name = "glad"

    def __init__(
        self,
        *,
        ability_mean: float = 1.0,
        ease_mean: float = 1.0,
        steps: int = 5,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            max_iter=max_iter, tol=tol, seed=seed, ability_mean=ability_mean, ease_mean=ease_mean, steps=steps
        )


class MACE(Model):
    """Each source either knows the answer or spams, with a favourite label.

    For crowds with spammers.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    spam_prior : a number > 0, default 0.5
        The Beta prior of spamming.
    know_prior : a number > 0, default 0.5
        The Beta prior of knowing.
    strategy_prior : a number > 0, default 10.0
        The Dirichlet prior of what a spammer says, a class.
    variational : true or false, default True
        true: variational Bayes; false: expectation–maximisation, smoothed by 0.01 / classes.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Hovy, Berg-Kirkpatrick, Vaswani & Hovy (2013), Learning whom to trust with MACE, NAACL

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.MACE(max_iter=20)
    MACE(max_iter=20)
    """

    name = "mace"

    def __init__(
        self,
        *,
        spam_prior: float = 0.5,
        know_prior: float = 0.5,
        strategy_prior: float = 10.0,
        variational: bool = True,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            max_iter=max_iter,
            tol=tol,
            seed=seed,
            spam_prior=spam_prior,
            know_prior=know_prior,
            strategy_prior=strategy_prior,
            variational=variational,
        )


class IBCC(Model):
    """Independent Bayesian classifier combination: Dawid–Skene with Dirichlet priors, by variational Bayes.

    Steadier than Dawid–Skene where sources report little.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    right : a number > 0, default 4.0
        The Dirichlet prior of a confusion matrix on its diagonal.
    wrong : a number > 0, default 1.0
        The Dirichlet prior of a confusion matrix beside its diagonal.
    class_prior : a number > 0, default 1.0
        The Dirichlet prior of classes.
    max_iter : int >= 1, default 500
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Kim & Ghahramani (2012), Bayesian classifier combination, AISTATS; priors of Li, Rubinstein & Cohn (2019)

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.IBCC(max_iter=20)
    IBCC(max_iter=20)
    """

    name = "ibcc"

    def __init__(
        self,
        *,
        right: float = 4.0,
        wrong: float = 1.0,
        class_prior: float = 1.0,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, right=right, wrong=wrong, class_prior=class_prior)


class EBCC(Model):
    """Enhanced Bayesian classifier combination: each class has subtypes with confusion matrices of their own, so that errors of sources may go together.

    By variational Bayes.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    groups : an integer ≥ 1, default 10
        Subtypes a class at most.
    group_prior : a number > 0, default 0.1
        The Dirichlet prior of subtypes: the smaller, the fewer are used.
    right : a number > 0, default 4.0
        The Dirichlet prior of a confusion matrix on its diagonal.
    wrong : a number > 0, default 1.0
        The Dirichlet prior of a confusion matrix beside its diagonal.
    class_prior : a number > 0, default 1.0
        The Dirichlet prior of classes.
    max_iter : int >= 1, default 500
        Iterations at most.
    tol : float >= 0, default 1e-07
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Li, Rubinstein & Cohn (2019), Exploiting worker correlation for label aggregation in crowdsourcing, ICML

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.EBCC(max_iter=20)
    EBCC(max_iter=20)
    """

    name = "ebcc"

    def __init__(
        self,
        *,
        groups: int = 10,
        group_prior: float = 0.1,
        right: float = 4.0,
        wrong: float = 1.0,
        class_prior: float = 1.0,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            max_iter=max_iter,
            tol=tol,
            seed=seed,
            groups=groups,
            group_prior=group_prior,
            right=right,
            wrong=wrong,
            class_prior=class_prior,
        )


class BWA(Model):
    """Bayesian weighted average: for each class a mean of votes weighed by precisions, drawn to the frequency of the class.

    Strong and cheap; its beliefs are scores, not probabilities.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    shape : a number > 0, default 15.0
        The shape of the Gamma prior of precisions: how many reports it is worth.
    pull : a number > 0, default 1.0
        The precision with which facts are drawn to the mean of their class.
    correct : true or false, default True
        Scale the prior for the number of classes.
    max_iter : int >= 1, default 500
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Li, Rubinstein & Cohn (2019), Truth inference at scale: a Bayesian model for adjudicating highly redundant
    crowd annotations, WWW, doi:10.1145/3308558.3313459

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.BWA(max_iter=20)
    BWA(max_iter=20)
    """

    name = "bwa"

    def __init__(
        self,
        *,
        shape: float = 15.0,
        pull: float = 1.0,
        correct: bool = True,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, shape=shape, pull=pull, correct=correct)


class KOS(Model):
    """Karger, Oh & Shah's messages between sources and facts, for two classes.

    The belief is the sign and size of the message, squashed: a score, not a probability.

    Family: crowd. Takes: labels shared by facts.

    Parameters
    ----------
    max_iter : int >= 1, default 50
        Iterations at most.
    tol : float >= 0, default 1e-05
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Karger, Oh & Shah (2011), Iterative learning for reliable crowdsourcing systems, NIPS

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.KOS(max_iter=20)
    KOS(max_iter=20)
    """

    name = "kos"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class TruthFinder(Model):
    """A claim is wrong only if all its sources are, damped because sources are not independent; trust is the mean belief in a source's claims.

    Distinct values do not support one another here. Beliefs are scaled to 1 a fact.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    damping : a number in (0, 1], default 0.3
        How much of its log-odds a claim keeps.
    start : a number in (0, 1), default 0.9
        The first trust of every source.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Yin, Han & Yu (2008), doi:10.1109/TKDE.2007.190745

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.TruthFinder(max_iter=20)
    TruthFinder(max_iter=20)
    """

    name = "truth_finder"

    def __init__(
        self,
        *,
        damping: float = 0.3,
        start: float = 0.9,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, damping=damping, start=start)


class Sums(Model):
    """Hubs and authorities: trust is the sum of beliefs, belief the sum of trust.

    Sources that say much count much; beliefs are scores, scaled to 1 a fact.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Pasternack & Roth (2010), Knowing what to believe (when you already know something), COLING; Kleinberg
    (1999), doi:10.1145/324133.324140

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.Sums(max_iter=20)
    Sums(max_iter=20)
    """

    name = "sums"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class AverageLog(Model):
    """Like sums, but trust is the mean belief in a source's claims times the logarithm of their number.

    A source with one claim has no trust.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Pasternack & Roth (2010), Knowing what to believe (when you already know something), COLING

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.AverageLog(max_iter=20)
    AverageLog(max_iter=20)
    """

    name = "average_log"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class Investment(Model):
    """Sources invest their trust evenly in their claims, which grow by a power; returns go by share of investment.

    Beliefs are scores, scaled to 1 a fact.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    growth : a number > 0, default 1.2
        The power by which claims grow.
    max_iter : int >= 1, default 20
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Pasternack & Roth (2010), Knowing what to believe (when you already know something), COLING

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.Investment(max_iter=20)
    Investment(max_iter=20)
    """

    name = "investment"

    def __init__(
        self,
        *,
        growth: float = 1.2,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, growth=growth)


class PooledInvestment(Model):
    """Like investment, but the returns of a fact's claims are scaled to what was invested in it.

    Beliefs are scores, scaled to 1 a fact.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    growth : a number > 0, default 1.4
        The power by which claims grow.
    max_iter : int >= 1, default 20
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Pasternack & Roth (2010), Knowing what to believe (when you already know something), COLING

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.PooledInvestment(max_iter=20)
    PooledInvestment(max_iter=20)
    """

    name = "pooled_investment"

    def __init__(
        self,
        *,
        growth: float = 1.4,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, growth=growth)


class TwoEstimates(Model):
    """The truth of a claim is the mean of what its fact's sources say for or against it, errors of sources the mean of what claims say.

    One value is right, so a source is against the values it does not give. Beliefs are scaled to 1 a fact.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    rounding : a number from 0 to 1, default 0.5
        After each iteration estimates are stretched to [0, 1] and mixed with themselves rounded to 0 or 1:
        how much of the latter.
    max_iter : int >= 1, default 100
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Galland, Abiteboul, Marian & Senellart (2010), Corroborating information from disagreeing views, WSDM,
    doi:10.1145/1718487.1718504

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.TwoEstimates(max_iter=20)
    TwoEstimates(max_iter=20)
    """

    name = "two_estimates"

    def __init__(
        self,
        *,
        rounding: float = 0.5,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, rounding=rounding)


class ThreeEstimates(Model):
    """Two estimates, with a third: how hard each claim is to get right.

    A source errs by its error times the hardness. Beliefs are scaled to 1 a fact.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    rounding : a number from 0 to 1, default 0.5
        After each iteration estimates are stretched to [0, 1] and mixed with themselves rounded to 0 or 1:
        how much of the latter.
    max_iter : int >= 1, default 100
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Galland, Abiteboul, Marian & Senellart (2010), Corroborating information from disagreeing views, WSDM,
    doi:10.1145/1718487.1718504

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.ThreeEstimates(max_iter=20)
    ThreeEstimates(max_iter=20)
    """

    name = "three_estimates"

    def __init__(
        self,
        *,
        rounding: float = 0.5,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, rounding=rounding)


class Accu(Model):
    """Each source has an accuracy; its errors spread evenly over a given number of false values.

    Copying is not modelled here: see the dependence of sources. Tells how probable it is that nobody is
    right.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    n_false : a number ≥ 1, default 100.0
        False values of a fact, claimed or not, over which errors spread evenly.
    start : a number in (0, 1), default 0.8
        The first accuracy of every source.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Dong, Berti-Equille & Srivastava (2009), Integrating conflicting data: the role of source dependence,
    PVLDB 2(1), doi:10.14778/1687627.1687690, without copying

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.Accu(max_iter=20)
    Accu(max_iter=20)
    """

    name = "accu"

    def __init__(
        self,
        *,
        n_false: float = 100.0,
        start: float = 0.8,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, n_false=n_false, start=start)


class AccuSim(Model):
    """Accu, where similar values support each other: numbers that are near, texts that share letters.

    For values with many spellings.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    n_false : a number ≥ 1, default 100.0
        False values of a fact, claimed or not, over which errors spread evenly.
    start : a number in (0, 1), default 0.8
        The first accuracy of every source.
    similarity : a number from 0 to 1, default 0.5
        How much of the support of similar values a value gets.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Dong, Berti-Equille & Srivastava (2009), PVLDB 2(1), doi:10.14778/1687627.1687690, section 4, without
    copying

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.AccuSim(max_iter=20)
    AccuSim(max_iter=20)
    """

    name = "accu_sim"

    def __init__(
        self,
        *,
        n_false: float = 100.0,
        start: float = 0.8,
        similarity: float = 0.5,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, n_false=n_false, start=start, similarity=similarity)


class PopAccu(Model):
    """Accu, where errors are as popular as the false values that are claimed, instead of spread evenly.

    A false value that many claim counts less.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    start : a number in (0, 1), default 0.8
        The first accuracy of every source.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Dong, Saha & Srivastava (2013), Less is more: selecting sources wisely for integration, PVLDB 6(2),
    doi:10.14778/2535568.2448938

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.PopAccu(max_iter=20)
    PopAccu(max_iter=20)
    """

    name = "pop_accu"

    def __init__(
        self,
        *,
        start: float = 0.8,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, start=start)


class LTM(Model):
    """Latent truth model: every claim is true or false by itself, so that a fact may have several true values or none; sources have a sensitivity and a specificity.

    By mean-field variational Bayes, not the sampler of the paper.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    sensitive : a number > 0, default 5.0
        Prior count of true claims made.
    insensitive : a number > 0, default 5.0
        Prior count of true claims missed.
    false_positive : a number > 0, default 1.0
        Prior count of false claims made.
    true_negative : a number > 0, default 10.0
        Prior count of false claims not made.
    true_claims : a number > 0, default 1.0
        Prior count of true claims.
    false_claims : a number > 0, default 1.0
        Prior count of false claims.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-06
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Zhao, Rubinstein, Gemmell & Han (2012), A Bayesian approach to discovering truth from conflicting sources,
    PVLDB 5(6), doi:10.14778/2168651.2168656

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.LTM(max_iter=20)
    LTM(max_iter=20)
    """

    name = "ltm"

    def __init__(
        self,
        *,
        sensitive: float = 5.0,
        insensitive: float = 5.0,
        false_positive: float = 1.0,
        true_negative: float = 10.0,
        true_claims: float = 1.0,
        false_claims: float = 1.0,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            max_iter=max_iter,
            tol=tol,
            seed=seed,
            sensitive=sensitive,
            insensitive=insensitive,
            false_positive=false_positive,
            true_negative=true_negative,
            true_claims=true_claims,
            false_claims=false_claims,
        )


class GuessLCA(Model):
    """Latent credibility analysis: each source knows the answer with one probability, else it guesses among the values of the fact.

    SimpleLCA, without guesses, is one_coin in open form.

    Family: web. Takes: values of each fact.

    Parameters
    ----------
    known : a number ≥ 0, default 1.0
        Reports from knowledge that are added to those of each source (Beta prior, at its mode); 0 is maximum
        likelihood.
    guessed : a number ≥ 0, default 1.0
        Guesses that are added to those of each source; 0 is maximum likelihood.
    guesses : "even" or "votes", default "even"
        "even" spreads guesses evenly over the values of the fact; with "votes" what many say is easily
        guessed, so that they count little.
    max_iter : int >= 1, default 300
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Pasternack & Roth (2013), Latent credibility analysis, WWW, doi:10.1145/2488388.2488476, the model
    GuessLCA

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.GuessLCA(max_iter=20)
    GuessLCA(max_iter=20)
    """

    name = "guess_lca"

    def __init__(
        self,
        *,
        known: float = 1.0,
        guessed: float = 1.0,
        guesses: Literal["even", "votes"] = "even",
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, known=known, guessed=guessed, guesses=guesses)


class CRH(Model):
    """Weighted means; a source weighs −ln of its share of all squared distances to them.

    Facts are scaled by the spread of their reports.

    Family: numbers. Takes: numbers.

    Parameters
    ----------
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Li, Li, Gao, Zhao, Fan & Han (2014), Resolving conflicts in heterogeneous data by truth discovery and
    source reliability estimation, SIGMOD, doi:10.1145/2588555.2610509; mean distances, as sources differ in
    how much they report

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.CRH(max_iter=20)
    CRH(max_iter=20)
    """

    name = "crh"

    def __init__(
        self,
        *,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed)


class CATD(Model):
    """Weighted means; a source weighs the lower quantile of χ² with as many degrees as it has reports over its squared distances, so that few reports weigh little.

    Facts are scaled by the spread of their reports.

    Family: numbers. Takes: numbers.

    Parameters
    ----------
    alpha : a number in (0, 1), default 0.05
        One minus the coverage of the interval of a source's variance, whose upper end counts.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Li, Li, Gao, Su, Zhao, Demirbas, Fan & Han (2014), A confidence-aware approach for truth discovery on
    long-tail data, PVLDB 8(4), doi:10.14778/2735496.2735505

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.CATD(max_iter=20)
    CATD(max_iter=20)
    """

    name = "catd"

    def __init__(
        self,
        *,
        alpha: float = 0.05,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, alpha=alpha)


class GTM(Model):
    """Reports are normal around the truth of their fact, each source with a variance of its own (inverse Gamma prior).

    By expectation–maximisation; intervals from the posterior. Facts are scaled by the spread of their
    reports.

    Family: numbers. Takes: numbers.

    Parameters
    ----------
    shape : a number > 0, default 10.0
        The shape of the inverse Gamma prior of variances.
    rate : a number > 0, default 10.0
        The scale of the inverse Gamma prior of variances.
    prior_variance : a number > 0, default 1.0
        The variance of truths around the median of their reports, in squared spreads.
    max_iter : int >= 1, default 200
        Iterations at most.
    tol : float >= 0, default 1e-08
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of cross-validation; no model draws at random.

    References
    ----------
    Zhao & Han (2012), A probabilistic model for estimating real-valued truth from conflicting sources, QDB;
    the variance of truths counted in the maximisation

    Examples
    --------
    >>> import consilience as cs
    >>> cs.truth.GTM(max_iter=20)
    GTM(max_iter=20)
    """

    name = "gtm"

    def __init__(
        self,
        *,
        shape: float = 10.0,
        rate: float = 10.0,
        prior_variance: float = 1.0,
        max_iter: int | None = None,
        tol: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(max_iter=max_iter, tol=tol, seed=seed, shape=shape, rate=rate, prior_variance=prior_variance)

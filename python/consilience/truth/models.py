"""One class a truth model. Written by ``python -m consilience.truth._make`` from the registry; do not edit."""

from __future__ import annotations

from typing import Literal

from .base import Model

__all__ = [
    "Consensus",
    "DawidSkene",
    "MajorityVote",
]


class Consensus(Model):
    """Each source has a confusion matrix around one that all share, or where values belong to their fact a skill; half of the result is a pool of what each source's report says by itself, so that no chain of reports makes it overconfident.

    Family: consensus. Takes: labels or values.

    Parameters
    ----------
    max_iter : int >= 1, default 60
        Iterations at most.
    tol : float >= 0, default 0.0001
        The relative change of the objective, or the change of a source, to stop at.
    seed : int >= 0
        Of random things; models without any ignore it.

    References
    ----------
    Dawid & Skene (1979), doi:10.2307/2346806; Kim & Ghahramani (2012); Minka (2000); Li, Rubinstein & Cohn
    (2019); Dong, Berti-Equille & Srivastava (2009); Kish (1965); Stone (1961)

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
        Of random things; models without any ignore it.

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
        Of random things; models without any ignore it.

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

"""Coefficients of agreement from their definitions, slowly and without the library: a second opinion for tests.

A table is a list of facts, each a dict from source to category, of q categories that stand at places x. Every coefficient is a function of a
list of pairs (how often a fact counts, fact), so that leaving facts out and adding pseudo-facts is the same.
"""

import math
from itertools import combinations, permutations

import numpy as np
from scipy import stats


def weights(name, x):
    """The table of weights of Gwet (2014), chapter 3."""
    q, low, high = len(x), min(x), max(x)
    span = high - low
    if name == "identity":
        return np.eye(q)
    if span == 0:
        return np.ones((q, q))
    distance = {
        "linear": lambda i, j, a, b: abs(a - b) / span,
        "quadratic": lambda i, j, a, b: ((a - b) / span) ** 2,
        "radical": lambda i, j, a, b: math.sqrt(abs(a - b) / span),
        "ordinal": lambda i, j, a, b: math.comb(abs(i - j) + 1, 2) / math.comb(q, 2),
        "ratio": lambda i, j, a, b: ((a - b) / (a + b) * (high + low) / span) ** 2,
        "circular": lambda i, j, a, b: math.sin(math.pi * (a - b) / (span + 1)) ** 2,
        "bipolar": lambda i, j, a, b: (a - b) ** 2 / ((a + b - 2 * low) * (2 * high - a - b)),
    }[name]
    table = np.array([[0 if i == j else distance(i, j, x[i], x[j]) for j in range(q)] for i in range(q)])
    return 1 - (table / table.max() if name in ("circular", "bipolar") else table)


def counts(fact, q):
    return np.bincount(list(fact.values()), minlength=q).astype(float)


def corrected(p_a, p_e):
    return ((p_a - p_e) / (1 - p_e) if p_e < 1 - 1e-12 else math.nan), p_a, p_e


def observed(facts, w):
    """The mean over facts with two ratings of the share of their pairs that agree."""
    n = total = 0.0
    for times, fact in facts:
        values = list(fact.values())
        if len(values) > 1:
            pairs = [w[a, b] for a, b in permutations(values, 2)]
            n, total = n + times, total + times * sum(pairs) / len(pairs)
    return total / n if n else math.nan


def of_shares(facts, w, by):
    """Brennan-Prediger, Gwet's AC and Fleiss' kappa."""
    q, p_a = len(w), observed(facts, w)
    if by == "percent_agreement" or math.isnan(p_a):
        return p_a, p_a, math.nan
    n = sum(times for times, _ in facts)
    pi = sum(times * counts(fact, q) / len(fact) for times, fact in facts) / n
    if q < 2 and by != "fleiss_kappa":
        return math.nan, p_a, math.nan
    return corrected(
        p_a,
        {
            "brennan_prediger": lambda: w.sum() / q**2,
            "gwet_ac": lambda: w.sum() / (q * (q - 1)) * (pi * (1 - pi)).sum(),
            "fleiss_kappa": lambda: pi @ w @ pi,
        }[by](),
    )


def margins(facts, w):
    """The shares of each source over what it rated."""
    sums = {}
    for times, fact in facts:
        for source, v in fact.items():
            sums.setdefault(source, np.zeros(len(w)))[v] += times
    return [n / n.sum() for n in sums.values() if n.sum() > 1e-9]


def conger(facts, w):
    p_a, shares = observed(facts, w), margins(facts, w)
    if math.isnan(p_a) or len(shares) < 2:
        return math.nan, p_a, math.nan
    return corrected(p_a, np.mean([a @ w @ b for a, b in permutations(shares, 2)]))


def of_two(facts, w, a, b, scott=False):
    """Cohen's kappa and Scott's pi, on the facts that both rated."""
    both = [(times, {a: fact[a], b: fact[b]}) for times, fact in facts if a in fact and b in fact]
    if not both:
        return math.nan, math.nan, math.nan
    first, second = margins(both, w)
    mean = (first + second) / 2
    return corrected(observed(both, w), mean @ w @ mean if scott else first @ w @ second)


def light(facts, w):
    sources = sorted({source for _, fact in facts for source in fact})
    found = [of_two(facts, w, a, b) for a, b in combinations(sources, 2)]
    there = [f for f in found if not math.isnan(f[0])]
    return tuple(np.mean(there, axis=0)) if there else (math.nan, math.nan, math.nan)


def distances(metric, x, period=None):
    def between(a, b):
        if metric == "nominal":
            return float(a != b)
        if metric == "ratio":
            return ((a - b) / (a + b)) ** 2 if a + b else 0.0
        return (a - b) ** 2 if metric == "interval" else math.sin(math.pi * (a - b) / period) ** 2

    return np.array([[between(a, b) for b in x] for a in x])


def alpha(facts, distance):
    """From the matrix of coincidences; ordinal where there is no table of distances."""
    q = distance if isinstance(distance, int) else len(distance)
    together = np.zeros((q, q))
    for times, fact in facts:
        values = list(fact.values())
        for a, b in permutations(values, 2):
            together[a, b] += times / (len(values) - 1)
    n_k = together.sum(1)
    n = n_k.sum()
    if isinstance(distance, int):
        between = lambda a, b: n_k[a : b + 1].sum() - (n_k[a] + n_k[b]) / 2 if a < b else 0.0  # noqa: E731
        distance = np.array([[between(min(a, b), max(a, b)) ** 2 for b in range(q)] for a in range(q)])
    d_e = (np.outer(n_k, n_k) * distance).sum() / (n * (n - 1)) if n > 1 else 0.0
    scale = distance.max() if q else 0.0
    return math.nan if d_e <= 1e-13 * scale or d_e == 0 else 1 - (together * distance).sum() / n / d_e


def concordance(facts, x):
    """Lin's, over pairs of sources weighed by the facts they share."""
    sources = sorted({source for fact in facts for source in fact})
    above = below = 0.0
    for a, b in combinations(sources, 2):
        both = np.array([(x[fact[a]], x[fact[b]]) for fact in facts if a in fact and b in fact])
        if len(both):
            (mean_a, mean_b), spread = both.mean(0), both - both.mean(0)
            above += 2 * (spread[:, 0] * spread[:, 1]).sum()
            below += (spread**2).sum() + len(both) * (mean_a - mean_b) ** 2
    return above / below if below > 1e-12 else math.nan


def kendall_w(facts, x):
    """From the rank correlation of pairs of sources on the facts they share."""
    sources = sorted({source for fact in facts for source in fact})
    k, n_pairs, covariances, variances = len(sources), 0, 0.0, 0.0
    for a, b in combinations(sources, 2):
        both = [(x[fact[a]], x[fact[b]]) for fact in facts if a in fact and b in fact]
        if len(both) > 1:
            first, second = (stats.rankdata(column) for column in zip(*both, strict=True))
            spread = len(both) * (first.var() + second.var())
            n_pairs += spread > 0
            covariances += 2 * ((first - first.mean()) * (second - second.mean())).sum()
            variances += spread
    if len(facts) < 2 or k < 2 or variances == 0 or n_pairs < k - 1:
        return math.nan
    return (1 + (k - 1) * covariances / variances) / k


def jackknife(values):
    """Standard error over those that are numbers, and how many are."""
    there = np.array([v for v in values if math.isfinite(v)])
    n = len(there)
    return (math.sqrt((n - 1) / n * ((there - there.mean()) ** 2).sum()) if n > 1 else None), n

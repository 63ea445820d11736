"""Reference values for the truth models: `python tests/reference/make_truth.py` writes truth.json beside this file.

Plain NumPy from the papers, with dense arrays and loops, sharing nothing with the library. Where a package computes the same quantity and is
installed (crowd-kit 1.4.2, truthdiscovery 1.0.4), its values are stored beside ours and must agree with them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, expit
from scipy.stats import chi2

OUT = Path(__file__).with_name("truth.json")


def labels(n_facts=14, n_sources=6, k=3, seed=5):
    """Sources of different skill; about a quarter of the reports missing."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n_facts)
    skill = np.linspace(0.9, 0.35, n_sources)
    rows = []
    for f in range(n_facts):
        for s in range(n_sources):
            if rng.random() < 0.78:
                rows.append((f, s, int(truth[f] if rng.random() < skill[s] else rng.integers(0, k))))
    return rows


def numbers(n_facts=10, n_sources=5, seed=3):
    """Reports of numbers with errors of different size."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(50, 20, n_facts)
    sd = [0.5, 1, 2, 4, 8]
    return [
        (f, s, round(float(truth[f] + rng.normal(0, sd[s])), 2))
        for f in range(n_facts)
        for s in range(n_sources)
        if rng.random() < 0.85
    ]


class Data:
    def __init__(self, rows):
        self.f, self.s, self.v = (np.array(c) for c in zip(*rows, strict=True))
        self.F, self.S, self.K = self.f.max() + 1, self.s.max() + 1, self.v.max() + 1
        self.M = np.full((self.F, self.S), -1)
        self.M[self.f, self.s] = self.v
        self.votes = np.zeros((self.F, self.K))
        np.add.at(self.votes, (self.f, self.v), 1)
        self.claimed = self.votes > 0
        self.share = self.votes / self.votes.sum(1, keepdims=True)
        self.n = np.bincount(self.s, minlength=self.S)


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def by_fact(x):
    return x / x.sum(1, keepdims=True)


def majority_vote(d):
    return d.share


def accuracy(d, belief):
    top = np.isclose(belief, belief.max(1, keepdims=True), rtol=1e-12) & (belief > 0)
    hit = top / top.sum(1, keepdims=True)
    return np.bincount(d.s, hit[d.f, d.v], d.S) / d.n


def weighted(d, skill):
    out = np.zeros((d.F, d.K))
    np.add.at(out, (d.f, d.v), skill[d.s])
    return by_fact(out)


def wawa(d):
    return weighted(d, accuracy(d, d.share))


def zero_based_skill(d, n_iter=100):
    skill, step = np.ones(d.S), 1.0
    for it in range(1, n_iter + 1):
        if it % 20 == 0:
            step /= 2
        change = step * (accuracy(d, weighted(d, skill)) - skill)
        skill = skill + change
        if np.abs(change).max() < 1e-6:
            break
    return weighted(d, skill)


def one_coin(d, a=1.0, b=0.5, c=1.0, n_iter=5000):
    q = d.share
    for _ in range(n_iter):
        hits = np.bincount(d.s, q[d.f, d.v], d.S)
        p = np.clip((hits + a) / (d.n + a + b), 1e-10, 1 - 1e-10)
        prior = (q.sum(0) + c) / (d.F + d.K * c)
        log = np.tile(np.log(prior), (d.F, 1))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            log[f] += np.where(np.arange(d.K) == v, np.log(p[s]), np.log((1 - p[s]) / (d.K - 1)))
        q = softmax(log)
    return q


def dawid_skene(d, a=2.0, c=1.0, n_iter=5000):
    q = d.share
    for _ in range(n_iter):
        counts = np.zeros((d.S, d.K, d.K))  # source, truth, label
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            counts[s, :, v] += q[f]
        used = np.where(counts.sum(1, keepdims=True) > 0, np.maximum(counts, 1e-10), 0)
        pi = counts + a / d.K if a > 0 else used
        pi = pi / pi.sum(2, keepdims=True)
        prior = (q.sum(0) + c) / (d.F + d.K * c)
        log = np.tile(np.log(np.maximum(prior, 1e-10)), (d.F, 1))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            log[f] += np.log(pi[s, :, v])
        q = softmax(log)
    return q


def glad(d, n_iter=400):
    alpha, beta = np.ones(d.S), np.ones(d.F)

    def posterior():
        log = np.zeros((d.F, d.K))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            p = expit(alpha[s] * np.exp(beta[f]))
            log[f] += np.where(np.arange(d.K) == v, np.log(p), np.log((1 - p) / (d.K - 1)))
        return softmax(log)

    for _ in range(n_iter):
        right = posterior()[d.f, d.v]

        def loss(x, right=right):
            a, b = x[: d.S], x[d.S :]
            e = np.exp(b[d.f])
            z = a[d.s] * e
            q = (right * -np.logaddexp(0, -z) + (1 - right) * -np.logaddexp(0, z)).sum()
            q -= 0.5 * ((a - 1) ** 2).sum() + 0.5 * ((b - 1) ** 2).sum()
            r = right - expit(z)
            ga = np.bincount(d.s, r * e, d.S) - (a - 1)
            gb = np.bincount(d.f, r * z, d.F) - (b - 1)
            return -q, -np.concatenate([ga, gb])

        x = minimize(loss, np.concatenate([alpha, beta]), jac=True, method="BFGS", options={"gtol": 1e-10}).x
        moved = np.abs(x - np.concatenate([alpha, beta])).max()
        alpha, beta = x[: d.S], x[d.S :]
        if moved < 1e-10:
            break
    return posterior()


def mace(d, n_iter=3000):
    know, spam, strategy = np.full(d.S, 0.5), np.full(d.S, 0.5), np.full((d.S, d.K), 1 / d.K)
    for it in range(n_iter + 1):
        log = np.zeros((d.F, d.K))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            log[f] += np.log(spam[s] * strategy[s, v] + know[s] * (np.arange(d.K) == v))
        q = softmax(log) if it else d.share
        if it == n_iter:
            return q
        knows, says = np.zeros(d.S), np.zeros((d.S, d.K))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            lucky = spam[s] * strategy[s, v] / (spam[s] * strategy[s, v] + know[s])
            knows[s] += q[f, v] * (1 - lucky)
            says[s, v] += 1 - q[f, v] * (1 - lucky)
        total = digamma(knows + says.sum(1) + 1)
        know, spam = np.exp(digamma(knows + 0.5) - total), np.exp(digamma(says.sum(1) + 0.5) - total)
        strategy = np.exp(digamma(says + 10) - digamma((says + 10).sum(1, keepdims=True)))
    return None


def ibcc(d, n_iter=3000):
    q, prior = d.share, np.eye(d.K) * 3 + 1
    for _ in range(n_iter):
        a = np.tile(prior, (d.S, 1, 1))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            a[s, :, v] += q[f]
        log_pi = digamma(a) - digamma(a.sum(2, keepdims=True))
        log = np.tile(digamma(q.sum(0) + 1), (d.F, 1))
        for f, s, v in zip(d.f, d.s, d.v, strict=True):
            log[f] += log_pi[s, :, v]
        q = softmax(log)
    return q


def ebcc(d, m=3, n_iter=5000):
    """Subtypes start from the share of the leading value, as ours do: the paper draws them at random."""
    distance = (d.share.max(1)[:, None] - 1) * (m - 1) / 0.65 + np.arange(m)
    start = np.exp(-(distance**2)) + 1e-6
    q = d.share[:, :, None] * by_fact(start)[:, None, :]
    prior = np.eye(d.K) * 3 + 1
    for _ in range(n_iter):
        a = np.tile(prior[:, None, :], (d.S, 1, m, 1))  # source, class, subtype, label
        np.add.at(a.transpose(0, 3, 1, 2), (d.s, d.v), q[d.f])
        log_pi = digamma(a) - digamma(a.sum(3, keepdims=True))
        of_class, of_group = q.sum((0, 2)) + 1, q.sum(0) + 0.1
        log = np.tile(
            (digamma(of_class) - digamma(of_class.sum()))[:, None]
            + digamma(of_group)
            - digamma(of_group.sum(1, keepdims=True)),
            (d.F, 1, 1),
        )
        np.add.at(log, d.f, log_pi[d.s, :, :, d.v])
        q = softmax(log.reshape(d.F, -1)).reshape(d.F, d.K, m)
    return q.sum(2)


def bwa(d, shape=15.0, pull=1.0, n_iter=3000):
    out = np.zeros((d.F, d.K))
    for k in range(d.K):
        z, y = d.share[:, k], (d.v == k).astype(float)
        rate = shape * (d.votes.sum(1) * z * (1 - z)).sum() / len(d.v) * 4 * (1 - 1 / d.K)
        for _ in range(n_iter):
            v = (shape + d.n) / (rate + np.bincount(d.s, (z[d.f] - y) ** 2, d.S))
            z = (pull * z.mean() + np.bincount(d.f, v[d.s] * y, d.F)) / (pull + np.bincount(d.f, v[d.s], d.F))
        out[:, k] = z
    return by_fact(out)


def kos(d, n_iter=50):
    y = np.where(d.v == d.v[0], 1.0, -1.0)
    told = np.ones(len(y))
    for _ in range(n_iter):
        fact = np.bincount(d.f, y * told, d.F)
        heard = y * (fact[d.f] - y * told)
        new = np.bincount(d.s, heard, d.S)[d.s] - heard
        new /= np.sqrt((new**2).mean())
        moved, told = np.abs(new - told).max(), new
        if moved < 1e-5:
            break
    p = expit(np.bincount(d.f, y * told, d.F))
    out = np.zeros((d.F, 2))
    out[:, d.v[0]], out[:, 1 - d.v[0]] = p, 1 - p
    return out


def trust_and_belief(d, gives, believe, gets, trust, first, start, scaled, n_iter):
    """The round of Pasternack & Roth; ``n_iter`` beliefs."""
    t, belief = np.full(d.S, start), first
    for it in range(n_iter + 1):
        g = gives(t, d.n)
        given = np.zeros((d.F, d.K))
        np.add.at(given, (d.f, d.v), g[d.s])
        if it or belief is None:
            belief = believe(given)
        if it == n_iter:
            return by_fact(belief)
        t = trust(np.bincount(d.s, gets(belief, g, given), d.S), d.n)
        if scaled:
            t = t / t.max()
    return None


def sums(d, n_iter=200):
    return trust_and_belief(
        d,
        lambda t, n: t,
        lambda g: g,
        lambda b, g, given: b[d.f, d.v],
        lambda x, n: x,
        np.where(d.claimed, 0.5, 0),
        1.0,
        True,
        n_iter,
    )


def average_log(d, n_iter=200):
    return trust_and_belief(
        d,
        lambda t, n: t,
        lambda g: g,
        lambda b, g, given: b[d.f, d.v],
        lambda x, n: np.log(n) * x / n,
        np.where(d.claimed, 0.5, 0),
        1.0,
        True,
        n_iter,
    )


def returns(d):
    return lambda b, g, given: b[d.f, d.v] * g[d.s] / given[d.f, d.v]


def investment(d, n_iter=20):
    return trust_and_belief(
        d, lambda t, n: t / n, lambda g: g**1.2, returns(d), lambda x, n: x, d.share, 1.0, True, n_iter
    )


def pooled_investment(d, n_iter=20):
    def pooled(g):
        return g * g**1.4 / (g**1.4).sum(1, keepdims=True)

    first = d.claimed / d.claimed.sum(1, keepdims=True)
    return trust_and_belief(d, lambda t, n: t / n, pooled, returns(d), lambda x, n: x, first, 1.0, True, n_iter)


def truth_finder(d, n_iter=200):
    return trust_and_belief(
        d,
        lambda t, n: -np.log(1 - t),
        lambda g: np.where(d.claimed, expit(0.3 * g), 0),
        lambda b, g, given: b[d.f, d.v],
        lambda x, n: x / n,
        None,
        0.9,
        False,
        n_iter,
    )


def stretch(x, low, high):
    y = (x - low) / (high - low) if high > low else np.clip(x, 0, 1)
    return 0.5 * y + 0.5 * (x >= 0.5)


def estimates(d, three, n_iter=5000):
    """Galland et al. 2010: every source of a fact votes for its value and against the others."""
    error = np.full(d.S, 0.4 if three else 0.0)
    hard = np.where(d.claimed, 0.1 if three else 1.0, 0.0)
    pairs = [
        (f, k, s, d.M[f, s] == k)
        for f in range(d.F)
        for k in range(d.K)
        if d.claimed[f, k]
        for s in range(d.S)
        if d.M[f, s] >= 0
    ]
    for it in range(n_iter):
        c = np.zeros((d.F, d.K))
        for f, k, s, says in pairs:
            c[f, k] += (1 - error[s] * hard[f, k]) if says else error[s] * hard[f, k]
        c = c / d.votes.sum(1, keepdims=True)
        c = np.where(d.claimed, stretch(c, c[d.claimed].min(), c[d.claimed].max()), 0)
        if three:
            h = np.zeros((d.F, d.K))
            for f, k, s, says in pairs:
                h[f, k] += ((1 - c[f, k]) if says else c[f, k]) / max(error[s], 1e-3)
            h = h / d.votes.sum(1, keepdims=True)
            hard = np.where(d.claimed, np.maximum(stretch(h, h[d.claimed].min(), h[d.claimed].max()), 1e-3), 0)
        e, n = np.zeros(d.S), np.zeros(d.S)
        for f, k, s, says in pairs:
            wrong = (1 - c[f, k]) if says else c[f, k]
            e[s] += wrong / hard[f, k] if three else wrong
            n[s] += 1
        new = stretch(e / n, (e / n).min(), (e / n).max())
        moved, error = np.abs(new - error).max(), new
        if moved < 1e-15 and it:
            break
    return by_fact(c)


def two_estimates(d):
    return estimates(d, three=False)


def three_estimates(d):
    return estimates(d, three=True)


def dice(a, b):
    """Nothing in common between labels of two letters that differ in the last: one pair, not shared."""
    pairs = [[x[i : i + 2] for i in range(len(x) - 1)] for x in (a, b)]
    shared = sum(min(pairs[0].count(p), pairs[1].count(p)) for p in set(pairs[0]))
    return 2 * shared / (len(pairs[0]) + len(pairs[1]))


def accu(d, n_false=100.0, similarity=None, popular=False, n_iter=2000):
    a = np.full(d.S, 0.8)
    names = NAMES[: d.K]
    for _ in range(n_iter):
        log = np.where(d.claimed, 0.0, -np.inf)
        if popular:
            for f, s, v in zip(d.f, d.s, d.v, strict=True):
                for k in range(d.K):
                    wrong = (1 - a[s]) * d.share[f, v] / max(1 - d.share[f, k], 1e-9)
                    log[f, k] += np.log(a[s] if k == v else wrong)
            q = softmax(log)
        else:
            for f, s, v in zip(d.f, d.s, d.v, strict=True):
                log[f, v] += np.log(n_false * a[s] / (1 - a[s]))
            if similarity:
                own = np.where(d.claimed, log, 0.0)
                for k in range(d.K):
                    log[:, k] += similarity * sum(own[:, j] * dice(names[j], names[k]) for j in range(d.K) if j != k)
            rest = n_false + 1 - d.claimed.sum(1)
            q = softmax(np.column_stack([log, np.log(rest)]))[:, :-1]
        new = np.clip(np.bincount(d.s, q[d.f, d.v], d.S) / d.n, 1e-3, 1 - 1e-3)
        a = new
    return q


def accu_sim(d):
    return accu(d, similarity=0.5)


def pop_accu(d):
    return accu(d, popular=True)


def ltm(d, n_iter=2000):
    """Mean field of the latent truth model; the claims of a fact share what is not the probability that none is true."""
    t = d.share.copy()
    for _ in range(n_iter):
        c = np.zeros((d.S, 2, 2))  # source, truth, made
        for f in range(d.F):
            for s in range(d.S):
                if d.M[f, s] >= 0:
                    for k in np.flatnonzero(d.claimed[f]):
                        made = int(d.M[f, s] == k)
                        c[s, 1, made] += t[f, k]
                        c[s, 0, made] += 1 - t[f, k]
        prior = np.array([[10.0, 1.0], [5.0, 5.0]])
        log = digamma(c + prior) - digamma((c + prior).sum(2, keepdims=True))
        new = np.zeros_like(t)
        for f in range(d.F):
            for k in np.flatnonzero(d.claimed[f]):
                odds = sum(
                    log[s, 1, int(d.M[f, s] == k)] - log[s, 0, int(d.M[f, s] == k)]
                    for s in range(d.S)
                    if d.M[f, s] >= 0
                )
                new[f, k] = expit(odds)
        t = new
    none = np.prod(1 - t, axis=1, keepdims=True)
    return by_fact(t) * (1 - none)


def guess_lca(d, votes=False, known=1.0, guessed=1.0, n_iter=5000):
    """Sources know or guess, evenly or as the votes of the fact are."""
    guess = (d.share if votes else d.claimed / d.claimed.sum(1, keepdims=True))[d.f, d.v]
    q, h = d.share, np.full(d.S, 0.5)
    for _ in range(n_iter):
        knew = h[d.s] / (h[d.s] + (1 - h[d.s]) * guess)
        h = (np.bincount(d.s, q[d.f, d.v] * knew, d.S) + known) / (d.n + known + guessed)
        log = np.where(d.claimed, 0.0, -np.inf)
        wrong = (1 - h[d.s]) * guess
        np.add.at(log, (d.f, d.v), np.log(h[d.s] + wrong) - np.log(wrong))
        q = softmax(log)
    return q


def scaled(rows):
    f, s, x = (np.array(c) for c in zip(*rows, strict=True))
    facts = range(f.max() + 1)
    centre = np.array([np.median(x[f == i]) for i in facts])
    scale = np.array([x[f == i].std() or 1.0 for i in facts])
    return f, s, (x - centre[f]) / scale[f], centre, scale


def alternate(rows, weigh, n_iter=3000):
    f, s, z, centre, scale = scaled(rows)
    n = np.bincount(s)
    w = np.ones(len(n))
    for it in range(n_iter + 1):
        t = np.bincount(f, w[s] * z) / np.bincount(f, w[s])
        if it < n_iter:
            w = weigh(np.bincount(s, (z - t[f]) ** 2), n)
    return centre + scale * t


def crh(rows):
    return alternate(rows, lambda d, n: -np.log(np.maximum((d / n) / (d / n).sum(), 1e-12)))


def catd(rows):
    return alternate(rows, lambda d, n: chi2.ppf(0.025, n) / np.maximum(d, 1e-9))


def gtm(rows, n_iter=3000):
    f, s, z, centre, scale = scaled(rows)
    n = np.bincount(s)
    p = np.ones(len(n))
    for it in range(n_iter + 1):
        total = 1 + np.bincount(f, p[s])
        t = np.bincount(f, p[s] * z) / total
        if it < n_iter:
            p = (2 * 11 + n) / (20 + np.bincount(s, (z - t[f]) ** 2 + 1 / total[f]))
    return centre + scale * t


NAMES = ["aa", "ab", "ba"]
MODELS = [
    (majority_vote, {}), (wawa, {}), (zero_based_skill, {"max_iter": 100, "tol": 1e-6}), (one_coin, {"form": "closed"}), (dawid_skene, {}), (glad, {}), (mace, {}), (ibcc, {}),
    (bwa, {}), (sums, {}), (average_log, {}), (investment, {"max_iter": 20, "tol": 0.0}), (pooled_investment, {"max_iter": 20, "tol": 0.0}), (truth_finder, {}),
    (two_estimates, {}), (three_estimates, {}), (accu, {}), (accu_sim, {}), (pop_accu, {}), (ltm, {}), (guess_lca, {}),
]  # fmt: skip


def crowdkit(rows):
    """The same from crowd-kit, where the definition is the same."""
    import pandas as pd
    from crowdkit.aggregation import DawidSkene, MajorityVote, OneCoinDawidSkene, Wawa, ZeroBasedSkill

    df = pd.DataFrame(rows, columns=["task", "worker", "label"])
    cases = {
        "majority_vote": (MajorityVote(), {}),
        "wawa": (Wawa(), {}),
        "zero_based_skill": (ZeroBasedSkill(n_iter=100), {"max_iter": 100, "tol": 0.0}),
        "dawid_skene": (
            DawidSkene(n_iter=10, tol=-1),
            {"confusion_prior": 0.0, "class_prior": 0.0, "max_iter": 10, "tol": 0.0},
        ),
        "one_coin": (
            OneCoinDawidSkene(n_iter=10, tol=-1),
            {"hits": 0.0, "misses": 0.0, "class_prior": 0.0, "form": "closed", "max_iter": 10, "tol": 0.0},
        ),
    }
    found = []
    for name, (model, options) in cases.items():
        if isinstance(model, (Wawa, ZeroBasedSkill)):
            # Their own predict_proba fails with scikit-learn 1.7 and newer.
            p = MajorityVote().fit(df, skills=model.fit(df).skills_).probas_
        else:
            p = model.fit_predict_proba(df)
        p = p.reindex(columns=range(df.label.max() + 1)).fillna(0.0).sort_index()
        found.append(
            {
                "model": name,
                "options": options,
                "source": "crowd-kit 1.4.2",
                "data": "labels",
                "belief": p.to_numpy().tolist(),
                "tolerance": 1e-6,
            }
        )
    return found


def truthdiscovery(rows):
    """The same from truthdiscovery, where the definition is the same."""
    from truthdiscovery import AverageLog, Dataset, Investment, PooledInvestment, Sums, TruthFinder
    from truthdiscovery.utils.iterator import FixedIterator

    data = Dataset([(f"s{s}", f, v) for f, s, v in rows])
    n_facts, k = max(r[0] for r in rows) + 1, max(r[2] for r in rows) + 1
    found = []
    for name, model in {
        "sums": Sums,
        "average_log": AverageLog,
        "investment": Investment,
        "pooled_investment": PooledInvestment,
        "truth_finder": TruthFinder,
    }.items():
        n_iter = 20 if "invest" in name else 300
        belief = model(iterator=FixedIterator(n_iter)).run(data).belief
        p = np.array([[belief[f].get(v, 0.0) for v in range(k)] for f in range(n_facts)])
        options = {"max_iter": n_iter, "tol": 0.0}
        found.append(
            {
                "model": name,
                "options": options,
                "source": "truthdiscovery 1.0.4",
                "data": "labels",
                "belief": by_fact(p).tolist(),
                "tolerance": 1e-6,
            }
        )
    return found


def main():
    rows, more = labels(), numbers()
    two = [(f, s, v % 2) for f, s, v in labels(n_facts=20, seed=9)]
    d = Data(rows)
    ours = "NumPy, make_truth.py"
    cases = []
    for model, options in MODELS:
        tight = {"max_iter": 5000, "tol": 0.0} | options
        cases.append(
            {
                "model": model.__name__,
                "options": tight,
                "source": ours,
                "data": "labels",
                "belief": model(d).tolist(),
                "tolerance": 1e-6,
            }
        )
    for groups, belief, note in ((1, ibcc(d), " (one subtype: IBCC)"), (3, ebcc(d), "")):
        cases.append(
            {
                "model": "ebcc",
                "options": {"groups": groups, "max_iter": 5000, "tol": 0.0},
                "source": ours + note,
                "data": "labels",
                "belief": belief.tolist(),
                "tolerance": 1e-6,
            }
        )
    cases.append(
        {
            "model": "guess_lca",
            "options": {"guesses": "votes", "max_iter": 5000, "tol": 0.0},
            "source": ours,
            "data": "labels",
            "belief": guess_lca(d, votes=True).tolist(),
            "tolerance": 1e-6,
        }
    )
    cases.append(
        {
            "model": "kos",
            "options": {},
            "source": ours,
            "data": "two",
            "belief": kos(Data(two)).tolist(),
            "tolerance": 1e-6,
        }
    )
    for model in (crh, catd, gtm):
        cases.append(
            {
                "model": model.__name__,
                "options": {"max_iter": 5000, "tol": 1e-14},
                "source": ours,
                "data": "numbers",
                "value": model(more).tolist(),
                "tolerance": 1e-6,
            }
        )
    for package in (crowdkit, truthdiscovery):
        try:
            cases += package(rows)
        except ModuleNotFoundError as error:
            raise SystemExit(
                f"{error}: install crowd-kit==1.4.2 and truthdiscovery==1.0.4 to make the reference values"
            ) from None
    data = {"labels": rows, "two": two, "numbers": more, "names": NAMES}
    OUT.write_text(
        json.dumps({"source": __doc__.strip().splitlines()[0], "data": data, "cases": cases}, indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()

"""Reference values for the closed form of the default model: `python tests/reference/make_consensus.py [--data FOLDER]`.

The model of docs/consensus-model.md over dense arrays in NumPy, sharing nothing with the library. It renews the closed cases of
consensus.json beside this file and, given the folder of the public sets, the closed sets of consensus_sets.json; what stands there of the
open form stays.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path

import numpy as np
from scipy.special import digamma, softmax
from scipy.stats import norm

HERE = Path(__file__).parent
BINS = 15


class Reports:
    """Reports as numbers: facts in their order, sources and classes in that of `places`."""

    def __init__(self, rows, gold=None):
        self.facts = list(dict.fromkeys(f for f, _, _ in rows))
        self.sources = sorted({s for _, s, _ in rows})
        self.classes = sorted({v for _, _, v in rows} | set((gold or {}).values()))
        place = [{x: i for i, x in enumerate(names)} for names in (self.facts, self.sources, self.classes)]
        self.f, self.s, self.v = (np.array([at[row[i]] for row in rows]) for i, at in enumerate(place))
        self.n_facts, self.n_sources, self.k = len(self.facts), len(self.sources), len(self.classes)
        self.gold = np.full(self.n_facts, -1)
        for fact, value in (gold or {}).items():
            self.gold[place[0][fact]] = place[2][value]
        s, v = places(self)
        self.sources, self.classes = (
            [names[i] for i in np.argsort(x)] for names, x in ((self.sources, s), (self.classes, v))
        )
        self.s, self.v = s[self.s], v[self.v]
        self.gold[self.gold >= 0] = v[self.gold[self.gold >= 0]]

    def over_facts(self, x):
        """Sums over the reports of each fact."""
        return np.stack([np.bincount(self.f, column, self.n_facts) for column in x.T], 1)

    def votes(self):
        return np.bincount(self.f * self.k + self.v, minlength=self.n_facts * self.k).reshape(-1, self.k)

    def counts(self, q):
        """By source, reported class and state."""
        at = self.s * self.k + self.v
        cells = [np.bincount(at, column[self.f], self.n_sources * self.k) for column in q.T]
        return np.stack(cells, 1).reshape(self.n_sources, self.k, -1)

    def of(self, keep):
        """Only the reports `keep`; facts, sources and classes stay."""
        part = object.__new__(Reports)
        part.__dict__ = {**self.__dict__, "f": self.f[keep], "s": self.s[keep], "v": self.v[keep]}
        return part

    def part(self, n):
        """About `n` reports where there are more: those of facts that draw a low lot, and of known answers; sources stay."""
        if len(self.f) <= n:
            return self
        kept = (lots(self) < below(n, len(self.f))) | (self.gold >= 0)
        part = self.of(kept[self.f])
        part.f = (np.cumsum(kept) - 1)[part.f]
        part.facts = [name for name, keep in zip(self.facts, kept, strict=True) if keep]
        part.n_facts, part.gold = len(part.facts), self.gold[kept]
        return part


def mix(x):
    """The last steps of SplitMix64."""
    x = np.asarray(x, np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def sums(at, x, n):
    """Sums of 64-bit numbers, that wrap, by place."""
    total = np.zeros(n, np.uint64)
    np.add.at(total, at, x)
    return total


def places(d):
    """Ranks of sources and of classes by colours that the reports alone decide; of equal ones by name."""
    colours, alike, distinct = np.zeros(d.n_sources + d.k, np.uint64), np.ones(d.n_sources + d.k, bool), 1
    cell, known = d.f * d.k + d.v, np.flatnonzero(d.gold >= 0)
    answer, one = known * d.k + d.gold[known], np.uint64(np.float32(1).view(np.uint32))
    for _ in range(4):
        label = colours[d.n_sources :]
        turned = (label << np.uint64(17)) | (label >> np.uint64(47))
        vote = mix((colours[d.s] + turned[d.v]) ^ one)
        said = sums(cell, vote, d.n_facts * d.k)
        said[answer] += np.uint64(0xD1B54A32D192ED03)
        fact = mix(sums(np.concatenate([d.f, known]), mix(said[np.concatenate([cell, answer])]), d.n_facts))
        part, answers = mix(fact[d.f] + said[cell] + vote), mix(fact[known] + said[answer])
        of_labels = sums(d.v, part, d.k) + sums(d.gold[known], answers, d.k)
        colours[alike] = np.concatenate([sums(d.s, part, d.n_sources), of_labels])[alike]
        found, place, count = np.unique(colours, return_inverse=True, return_counts=True)
        alike, before, distinct = count[place] > 1, distinct, len(found)
        if distinct in (before, len(colours)):
            break
    return [np.lexsort((np.arange(len(x)), x)).argsort() for x in np.split(colours, [d.n_sources])]


def lots(d):
    """A number below 2^32 a fact, from what is reported; the n-th fact with the same reports has the n-th number of theirs."""
    vote = mix((d.s.astype(np.uint64) << np.uint64(32)) | d.v.astype(np.uint64))
    votes = np.where(d.gold < 0, 2**32 - 1, d.gold).astype(np.uint64) + sums(d.f, vote, d.n_facts)
    alike, count = {}, np.empty(d.n_facts, np.uint64)
    for f, x in enumerate(votes.tolist()):
        count[f] = alike[x] = alike.get(x, 0) + 1
    return mix(votes ^ mix(count)) >> np.uint64(32)


def below(n, reports):
    """Below which lot there are about `n` reports."""
    return int(n / reports * (2**32 - 1))


def blocks(d):
    """By fact: the part that adds it, of parts of 16,384 reports, 32,768 and so on, and of quarters."""
    n, ends = len(d.f), [1 << 15]
    while 12 * ends[-1] < n:
        ends.append(2 * ends[-1])
    ends = sorted({1 << 14, *ends, *(n // 4 * i for i in (1, 2, 3) if n // 4 * i > 1 << 15)})
    return np.where(d.gold < 0, np.searchsorted([below(x, n) for x in ends], lots(d), "right"), 0)


def spans(d, block, first, least):
    """Facts of blocks from `first` on in parts of at least so many reports."""
    size, found = np.bincount(block[d.f], minlength=block.max() + 1), [[]]
    for b in range(first, len(size)):
        found[-1].append(b)
        if size[found[-1]].sum() >= max(least, 1):
            found.append([])
    rest = found.pop()
    if rest:
        found[-1:] = [found[-1] + rest] if found else [rest]
    return [np.isin(block, part) for part in found]


def step(counts, prior, anchor):
    """One fixed-point step of the parameters of a Dirichlet distribution over cells (columns)."""
    n, total = counts.sum(1), prior.sum()
    counts, n = counts[n > 1e-6], n[n > 1e-6]
    tables = (prior * (digamma(counts + prior) - digamma(prior))).sum(0)
    total = np.clip((tables.sum() + 1) / ((digamma(n + total) - digamma(total)).sum() + 0.2), 0.1, 1e4)
    return np.maximum(total * (tables + anchor) / (tables + anchor).sum(), 1e-3)


class Fit:
    """The hierarchical model with `levels` subtypes a class. Arrays by source, reported class, state."""

    def __init__(self, d, levels, plus, iterations):
        k, self.levels = d.k, levels
        self.true = np.repeat(np.arange(k), levels)
        self.diagonal = (self.true, np.arange(k * levels))
        share = shares(d, plus)
        centre = np.linspace(1, 0.35, levels) if levels > 1 else np.ones(1)
        kernel = np.exp(-(((share.max(1)[:, None] - centre) / 0.25) ** 2))
        kernel /= kernel.sum(1, keepdims=True)
        self.q = (share[:, :, None] * kernel[:, None, :]).reshape(d.n_facts, -1)
        self.prior = np.repeat(1 + 400 * share.mean(0), levels) / levels
        self.anchor = anchor(d)[:, self.true]
        self.mean, self.strength = self.anchor.copy(), np.full(k * levels, 2.0)
        self.skill, self.n = np.array([4.0, 1.5]), np.bincount(d.s, minlength=d.n_sources)
        self.lean = 30.0
        self.rows = np.repeat((self.mean * self.strength)[None], d.n_sources, 0)
        self.counts, self.facts = d.counts(self.q), self.q.sum(0)
        self.iterate(d, iterations)

    def grown(self, d):
        """Grows from a part of the facts to all, then goes over all of them, moving parameters after each of some parts."""
        block = blocks(d)
        q = np.zeros((d.n_facts, len(self.prior)))
        q[block < 2] = self.q
        self.q = q
        least = 4 * len(np.unique(d.s * d.k + d.v))
        whole = spans(d, block, 0, max(least, int(0.2 * len(d.f))))
        many = len(whole) > 1
        self.sweep(d, spans(d, block, 2, least), many)
        for it in range(5 if many else 10):
            moved = self.sweep(d, whole, many or it % 2 == 0)
            if many and moved / len(d.f) < 0.005:
                break
        if many:
            self.sweep(d, [np.ones(d.n_facts, bool)], True)
        return self

    def sweep(self, d, spans, moves):
        """Returns how many reports move from class to class."""
        moved = 0.0
        for span in spans:
            self.n = self.counts.sum((1, 2))
            if moves:
                self.maximise()
            before = self.counts
            self.step(d, span)
            moved += np.abs((self.counts - before).reshape(-1, d.k, self.levels).sum(2)).sum()
        return moved

    def iterate(self, d, iterations):
        for it in range(iterations):
            if it >= 3 and (it - 3) % 2 == 0:
                self.maximise()
            before = self.q
            self.step(d, np.ones(d.n_facts, bool))
            if np.abs(self.q - before).max() < 1e-4 and it > 9:
                break

    def step(self, d, facts):
        """Finds the posterior of some facts."""
        given = self.counts + self.rows
        q = self.posterior(d, np.log(given / given.sum(1, keepdims=True))[d.s, d.v])
        self.q = np.where(facts[:, None], q, self.q)
        self.counts, self.facts = d.counts(self.q), self.q.sum(0)

    def posterior(self, d, log_likelihood):
        x = np.log(self.facts + self.prior) + d.over_facts(log_likelihood)
        x[(d.gold >= 0)[:, None] & (d.gold[:, None] != self.true)] = -1e300
        return softmax(x, axis=1)

    def hits(self, counts):
        return counts[:, self.true, np.arange(len(self.true))].sum(1)

    def tilted(self, counts, n):
        """Mean rows of sources, the diagonal tilted by skill; without subtypes, reported classes by how often the source reports them."""
        rows = self.skilled(counts, n)
        if self.levels > 1:
            return rows
        said, expected = self.said(rows, counts, n)
        m = n[:, None]
        lean = np.where(m > 0, (said + self.lean * expected) / ((m + self.lean) * expected), 1.0)
        rows *= lean[:, :, None]
        return rows / rows.sum(1, keepdims=True)

    def said(self, rows, counts, n):
        """How often each source reports each class, and is expected to."""
        expected = (rows * counts.sum(1)[:, None]).sum(2) / np.maximum(n, 1e-300)[:, None]
        return counts.sum(2), np.maximum(expected, 1e-12)

    def skilled(self, counts, n):
        """Mean rows of sources, the diagonal tilted by skill."""
        hits, kappa = self.hits(counts), self.skill.sum()
        m = np.maximum(n, 1e-300)
        e = np.clip((counts.sum(1) * self.mean[self.diagonal]).sum(1) / m, 1e-9, 1 - 1e-9)
        theta = (hits + kappa * e) / (n + kappa)
        tilt = np.where(n > 0, np.clip(theta / (1 - theta) * (1 - e) / e, 1e-3, 1e3), 1.0)
        rows = np.repeat(self.mean[None], len(n), 0)
        rows[:, self.true, np.arange(len(self.true))] *= tilt[:, None]
        return rows / rows.sum(1, keepdims=True)

    def maximise(self):
        hits = self.hits(self.counts)
        beta = np.stack([hits, np.maximum(self.n - hits, 0)], 1)
        for _ in range(2):
            self.skill = step(beta, self.skill, np.array([0.7, 0.3]))
        if self.levels == 1:
            said, expected = self.said(self.skilled(self.counts, self.n), self.counts, self.n)
            said, a, n = (x[self.n > 1] for x in (said, self.lean * expected, self.n))
            tables = (a * (digamma(said + a) - digamma(a))).sum()
            per_table = (digamma(n + self.lean) - digamma(self.lean)).sum()
            self.lean = np.clip((tables + 1) / (per_table + 1 / 30), 0.1, 1e4)
        rows = self.tilted(self.counts, self.n)
        a, n = rows * self.strength, self.counts
        tables = np.where((n > 0) & (a > 1e-12), a * (digamma(n + a) - digamma(np.maximum(a, 1e-12))), 0).sum(0)
        per_table = (digamma(n.sum(1) + self.strength) - digamma(self.strength)).sum(0)
        self.mean = (tables + 300 * self.anchor) / (tables.sum(0) + 300)
        strength = np.clip((tables.sum(0) + 1) / (per_table + 0.2), 0.1, 1e4)
        self.strength = np.clip(strength**2 / self.strength, 0.1, 1e4)
        self.rows = np.maximum(rows * self.strength, 1e-3)


def shares(d, plus):
    """The shares of the classes in the votes of each fact, known answers as they are."""
    share = d.votes() + plus
    share[d.gold >= 0] = np.eye(d.k)[d.gold[d.gold >= 0]]
    total = share.sum(1, keepdims=True)
    return np.where(total > 0, share / np.where(total > 0, total, 1), 1 / d.k)


def anchor(d):
    """By reported class, then class: errors go where other reports of the same facts went."""
    k = d.k
    if k == 1:
        return np.ones((1, 1))
    right, wrong = max(0.8, 1.2 / k), np.ones((k, k))
    if k > 2:
        votes = d.votes().astype(float)
        n = votes.sum(1)
        votes, n = votes[n > 1], n[n > 1]
        wrong = (votes / (n * (n - 1))[:, None]).T @ votes
    np.fill_diagonal(wrong, 0)
    even = 0.1 * wrong.sum(1) / (k - 1) + 1e-9
    rows = (1 - right) * (wrong + even[:, None]) / (wrong.sum(1) + even * (k - 1))[:, None]
    np.fill_diagonal(rows, right)
    return rows.T


def others(d, counts, rows, q):
    """By report and state: its probability by what all other reports of its source say."""
    own, total, pseudo = q[d.f], counts.sum(1)[d.s], rows.sum(1)[d.s]
    return (np.maximum(counts[d.s, d.v] - own, 0) + rows[d.s, d.v]) / (np.maximum(total - own, 0) + pseudo)


def weights(d):
    """Of the subtypes beside the model without, and of the vote beside both."""
    if d.n_sources < 3 or d.k < 2:
        return 0.0, 0.0
    n = np.bincount(d.s, minlength=d.n_sources)
    folds = min(6 if len(d.f) < 12_288 else 3, d.n_sources)
    fold = np.empty(d.n_sources, int)
    fold[np.lexsort((np.arange(d.n_sources), -n))] = np.arange(d.n_sources) % folds
    score = {}
    for model in (1, 3, "vote"):
        score[model] = np.zeros(d.n_facts)
        for part in range(folds):
            out = fold[d.s] == part
            if model == "vote":
                fit = Fit(d.of(~out), 1, 0.5, 0)
                for _ in range(3):
                    fit.maximise()
            else:
                fit = Fit(d.of(~out), model, 0.01, 10)
            counts = d.counts(fit.q)
            rows = np.maximum(fit.tilted(counts, n) * fit.strength, 1e-3)
            p = (fit.q[d.f] * others(d, counts, rows, fit.q)).sum(1)
            score[model] += np.bincount(d.f, np.where(out, np.log(np.clip(p, 1e-12, 1)), 0), d.n_facts)

    def z(gain):
        return gain.sum() / max(np.sqrt((gain**2).sum()), 1e-9)

    subtypes = norm.cdf(z(score[3] - score[1]) - 2) if d.n_sources >= 6 else 0.0
    both = (1 - subtypes) * score[1] + subtypes * score[3]
    return subtypes, 0.5 * norm.cdf(2 - z(both - score["vote"]))


def errors(d, fit):
    """By fact: products of the errors of two of its reports, and of their standard deviations, each over all classes."""
    given = fit.counts + fit.rows
    p = given / given.sum(1, keepdims=True)
    e = (d.v[:, None] == np.arange(d.k))[:, :, None] - p[d.s]
    sd = np.sqrt((p * (1 - p)).sum(1))[d.s]
    together = [sum(d.over_facts(e[:, v]) ** 2 for v in range(d.k)), d.over_facts(sd) ** 2]
    own = [d.over_facts((e**2).sum(1)), d.over_facts(sd**2)]
    others = np.bincount(d.f, minlength=d.n_facts) - 1
    pairs = [(fit.q * (x - y)).sum(1) for x, y in zip(together, own, strict=True)]
    return np.where(others > 0, np.array(pairs) / np.maximum(others, 1), 0)


def trust(d, pairs):
    x, y = pairs
    if y.sum() <= 0 or d.n_sources < 3 or d.k < 2:
        return 0.0
    rho = x.sum() / y.sum()
    error = np.sqrt(((x - rho * y) ** 2).sum()) / y.sum()
    spread = d.k / (d.k - 1)
    alike = 0.7 * spread / (2 - 0.3 * spread)
    return 1 / (1 + (max(rho, 0) + error) / (0.007 * alike))


def pool(d, fit, likelihood):
    """What each report says by itself, weighed by what its source tells."""
    k, levels = d.k, fit.levels
    shares = (fit.facts + fit.prior).reshape(k, levels).sum(1)
    shares /= shares.sum()
    within = (
        fit.facts.reshape(k, levels) / np.maximum(fit.facts.reshape(k, levels).sum(1, keepdims=True), 1e-12)
    ).ravel()
    confusion = (fit.counts + fit.rows * within).reshape(-1, k, k, levels).sum(3)
    joint = confusion / confusion.sum(1, keepdims=True) * shares
    says = joint / np.maximum(joint.sum(2, keepdims=True), 1e-300)
    entropy = max(-(shares * np.log(shares)).sum(), 1e-9)
    told = np.maximum((joint * np.log(np.maximum(says, 1e-12) / shares)).sum((1, 2)) / entropy, 0.001)
    says = (likelihood * within).reshape(-1, k, levels).sum(2) * shares
    found = d.over_facts(told[d.s, None] * says / says.sum(1, keepdims=True)) + 0.1 * told[d.s].mean() * shares
    return found / found.sum(1, keepdims=True)


def held(d, fit):
    """Hits and misses of the skill of each source, a report counting by what is known of its truth (Louis 1982)."""
    hits = fit.hits(fit.counts)
    beta = np.stack([hits, np.maximum(fit.n - hits, 0)], 1) + fit.skill
    theta = beta[:, 0] / beta.sum(1)
    right = fit.q.reshape(d.n_facts, d.k, -1).sum(2)[d.f, d.v]
    unsure = np.bincount(d.s, right * (1 - right), d.n_sources)
    missing = np.clip(unsure / np.maximum(fit.n * theta * (1 - theta), 1e-300), 0, 1)
    return np.stack([theta, 1 - theta], 1) * (beta.sum(1) - fit.n * missing)[:, None]


def infer(d):
    """By fact and class the probability, and the reliability of each source."""
    subtypes, vote = weights(d.part(1 << 14))
    subtypes = 0.0 if subtypes < 0.01 else 1.0 if subtypes > 0.99 else subtypes
    few = d.part(1 << 15)
    fits = [(1 - subtypes, Fit(few, 1, 0, 60 if subtypes < 1 else 10))]
    pairs = (1 - subtypes / 2) * errors(few, fits[0][1])
    if subtypes > 0:
        fits.append((subtypes, Fit(few, 3, 0, 60)))
        pairs += subtypes / 2 * errors(few, fits[1][1])
    known = len(d.f) / (len(d.f) + 10 * len(np.unique(d.s)))
    independent, temper = known * trust(few, pairs), known * 0.3
    share, exponent = 0.5 * (1 - independent), temper + (1 - temper) * independent
    p, skill = np.zeros((d.n_facts, d.k)), np.zeros((d.n_sources, 2))
    for weight, fit in fits:
        if weight > 1e-6:
            if few is not d:
                fit.grown(d)
            likelihood = others(d, fit.counts, fit.rows, fit.q)
            q = fit.posterior(d, np.log(likelihood)).reshape(d.n_facts, d.k, -1).sum(2)
            tempered = softmax(exponent * np.log(np.maximum(q, 1e-12)), axis=1)
            sharpened = softmax(1.25 * np.log(np.maximum(pool(d, fit, likelihood), 1e-12)), axis=1)
            p += weight * ((1 - share) * tempered + share * sharpened)
            skill += weight * held(d, fit)
    if vote > 0.01:
        votes = d.votes() + 0.1
        p = (1 - vote) * p + vote * votes / votes.sum(1, keepdims=True)
    known = d.gold >= 0
    p[known] = np.eye(d.k)[d.gold[known]]
    return p, skill[:, 0] / skill.sum(1)


def figures(d, p, truth):
    """Over the claimed values of each fact."""
    votes = d.votes()
    share = np.where(votes > 0, p, 0)
    share /= share.sum(1, keepdims=True)
    tied = share >= share.max(1, keepdims=True) - 1e-9
    right, loss, brier, top = [], [], [], []
    for f, fact in enumerate(d.facts):
        if fact in truth:
            k = d.classes.index(truth[fact]) if truth[fact] in d.classes else -1
            known = k >= 0 and votes[f, k] > 0
            right.append((known and tied[f, k]) / tied[f].sum())
            loss.append(-np.log(max(share[f, k], 1e-6)) if known else np.nan)
            brier.append((share[f] ** 2).sum() - 2 * share[f, k] + 1 if known else np.nan)
            top.append(share[f].max())
    right, loss, brier, top = map(np.array, (right, loss, brier, top))
    known = ~np.isnan(loss)
    place = np.minimum((top * BINS).astype(int), BINS - 1)[known]
    gaps = np.abs(np.bincount(place, (top - right)[known], BINS))
    found = [right.mean(), np.nanmean(loss), np.nanmean(brier), gaps.sum() / known.sum()]
    return {name: round(float(x), 6) for name, x in zip(("accuracy", "log_loss", "brier", "ece"), found, strict=True)}


def labels(n_facts, n_sources, per, classes):
    """Labels of several sources, one of them careless, by a fixed rule: as in tests/consensus.rs."""
    state, rows = 7, []

    def draw(n):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % n

    for f in range(n_facts):
        truth, first = draw(classes), draw(n_sources)
        for s in [(first + j) % n_sources for j in range(per)]:
            v = truth if draw(10) < 4 + 5 * (s > 1) else draw(classes)
            rows.append((f"f{f}", f"s{s}", f"v{v}"))
    return rows


def read(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, help="folder of the public sets")
    folder = arguments.parse_args().data
    path = HERE / "consensus.json"
    reference = json.loads(path.read_text())
    for case in reference["cases"]:
        if case["form"] == "closed":
            d = Reports(case["reports"] if "reports" in case else labels(*case["labels"]), case["gold"])
            p, reliability = infer(d)
            for claim in case["claims"]:
                claim[2] = float(f"{p[d.facts.index(claim[0]), d.classes.index(claim[1])]:.10g}")
            for row in case["reliability"]:
                row[1] = float(f"{reliability[d.sources.index(row[0])]:.10g}")
    path.write_text(json.dumps(reference, separators=(",", ":")) + "\n")
    if folder:
        path = HERE / "consensus_sets.json"
        reference = json.loads(path.read_text())
        for name in reference["sets"]:
            rows = [(r["fact"], r["source"], r["value"]) for r in read(folder / name / "claims.csv.gz")]
            # The open form and its sets are not made here.
            if len(rows) >= 2 * len({v for _, _, v in rows}) ** 2:
                d = Reports(rows)
                truth = {r["fact"]: r["value"] for r in read(folder / name / "truth.csv.gz")}
                reference["sets"][name] = figures(d, infer(d)[0], truth)
                print(name, reference["sets"][name], flush=True)
        path.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()

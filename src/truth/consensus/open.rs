//! Open form: values belong to their fact. One coin a source; reports of one fact count as partly copied.

use super::closed::{POOLED, SETTLED, temper};
use super::panel::{Panel, exact};
use super::skill::{ANCHOR, beta_step, dirichlet_step, held, settled, unsure};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks_mut;
use crate::stats::lanes::{exp, ln};
use crate::truth::Votes;
use std::ops::Range;

/// How much each further report of a fact counts as a copy of the others.
const REPLICATION: f64 = 0.3;
/// Exponent of the posterior after the fit.
const TEMPER: f64 = 0.5;
/// Iterations at most, the change to stop at, and iterations before the prior of the skill moves.
pub(super) const ITERATIONS: usize = 100;
pub(super) const TOL: f64 = 1e-5;
pub(super) const WARM: usize = 3;
/// The prior of the skill at the start.
const START: [f64; 2] = [4.0, 2.0];
/// The least weight of a source's vote before it is raised to its power; the pseudo-vote of a value in mean votes.
const LEAST: f64 = 0.02;
const PSEUDO: f64 = 0.1;

/// The values of facts.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// Where the values of each fact begin, and the end.
    pub ptr: Vec<usize>,
    /// Distinct values over all facts.
    pub n_values: usize,
}

impl Cells {
    #[inline]
    pub fn of(&self, fact: usize) -> Range<usize> {
        self.ptr[fact]..self.ptr[fact + 1]
    }

    pub fn n_facts(&self) -> usize {
        self.ptr.len() - 1
    }

    /// Works on pieces of numbers by cell, with the facts that each belongs to. The pieces depend on the data alone.
    pub fn map_chunks<T: Send>(
        &self,
        facts_a_chunk: usize,
        numbers: &mut [f64],
        f: impl Fn(Range<usize>, &mut [f64]) -> T + Sync,
    ) -> Vec<T> {
        let mut pieces = Vec::new();
        let mut rest = numbers;
        for first in (0..self.n_facts()).step_by(facts_a_chunk.max(1)) {
            let end = self.n_facts().min(first + facts_a_chunk);
            let (piece, after) = rest.split_at_mut(self.ptr[end] - self.ptr[first]);
            pieces.push((first..end, piece));
            rest = after;
        }
        map_chunks_mut(&mut pieces, 1, |_, piece| f(piece[0].0.clone(), piece[0].1))
    }
}

/// What the open form finds.
pub(super) struct Open {
    /// By cell: the probability, unless no source is right.
    pub belief: Vec<f64>,
    /// By fact: the probability that no source is right.
    pub unclaimed: Vec<f64>,
    /// By source: Beta posterior of its skill, hits and misses.
    pub skill: Vec<[f64; 2]>,
    /// By source: what `unclaimed` judges by, reports that are exact, omissions and errors, with those of the prior.
    pub rates: Vec<[f64; 3]>,
    /// Distinct values over all facts, and the mean weight of a vote, as learned.
    pub n_values: usize,
    pub mean_vote: f64,
    /// The largest change in each iteration.
    pub trace: Vec<f64>,
    pub converged: bool,
}

/// What was learned from other reports: see the same fields of [`Open`].
pub(super) struct Start {
    pub rates: Vec<[f64; 3]>,
    pub n_values: usize,
    pub mean_vote: f64,
}

/// How much of an independent report each of a fact's is: the design effect of Kish (1965).
#[inline]
pub(super) fn independence(size: f64) -> f64 {
    1.0 / (1.0 + REPLICATION * (size - 1.0).max(0.0))
}

/// Shares of the votes, all on the known answer where there is one. Denials are for no value.
pub(super) fn shares(panel: &Panel, cells: &Cells) -> Vec<f64> {
    let mut shares = vec![0.0; *cells.ptr.last().unwrap_or(&0)];
    for f in (0..panel.n_facts()).filter(|f| !cells.of(*f).is_empty()) {
        let p = &mut shares[cells.of(f)];
        for r in panel.of(f) {
            if let Some(x) = p.get_mut(panel.choice[r] as usize) {
                *x += panel.weight(r);
            }
        }
        let total: f64 = p.iter().sum();
        p.iter_mut().for_each(|x| *x /= total);
        settle(panel, f, p);
    }
    shares
}

fn settle(panel: &Panel, fact: usize, p: &mut [f64]) {
    if let Some(gold) = panel.gold(fact) {
        p.fill(0.0);
        // A known answer that nobody claims lies beyond the cells.
        if let Some(x) = p.get_mut(gold) {
            *x = 1.0;
        }
    }
}

/// Exponentiates relative to the largest and `beyond`, and normalises over `x`; returns the share of `beyond` beside `x`.
pub(super) fn softmax(x: &mut [f64], beyond: f64) -> f64 {
    let top = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for y in x.iter_mut() {
        *y = exp(*y - top);
        total += *y;
    }
    x.iter_mut().for_each(|y| *y /= total);
    let log_odds = beyond - top - ln(total);
    if log_odds > 0.0 { 1.0 / (1.0 + exp(-log_odds)) } else { exp(log_odds) / (1.0 + exp(log_odds)) }
}

/// One iteration: beliefs anew, sums by source of what they say of its reports, and the largest change of a belief.
///
/// `log_likelihood` adds by value of a fact the logarithm of its probability but for a constant.
pub(super) fn pass<const N: usize>(
    panel: &Panel,
    cells: &Cells,
    p: &mut [f64],
    log_likelihood: impl Fn(usize, &mut [f64]) + Sync,
    count: impl Fn(usize, usize, &[f64], &mut [f64; N]) + Sync,
) -> (Vec<[f64; N]>, f64) {
    let parts = cells.map_chunks(panel.chunk(N * panel.n_sources), p, |facts, p| {
        let (mut sums, mut change, mut x) = (vec![[0.0; N]; panel.n_sources], 0.0f64, Vec::new());
        let first = cells.ptr[facts.start];
        for f in facts.filter(|f| !cells.of(*f).is_empty()) {
            let p = &mut p[cells.of(f).start - first..cells.of(f).end - first];
            x.clear();
            x.resize(p.len(), 0.0);
            log_likelihood(f, &mut x);
            softmax(&mut x, f64::NEG_INFINITY);
            settle(panel, f, &mut x);
            for (old, new) in p.iter_mut().zip(&x) {
                change = change.max((*old - new).abs());
                *old = *new;
            }
            panel.of(f).for_each(|r| count(f, r, p, &mut sums[panel.source[r] as usize]));
        }
        (sums, change)
    });
    let change = parts.iter().fold(0.0, |largest, (_, change)| f64::max(largest, *change));
    (added(panel, parts.into_iter().map(|(sums, _)| sums)), change)
}

/// Sums by source of several pieces of work.
fn added<const N: usize>(panel: &Panel, parts: impl Iterator<Item = Vec<[f64; N]>>) -> Vec<[f64; N]> {
    let mut sums = vec![[0.0; N]; panel.n_sources];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(x, y)| (0..N).for_each(|i| x[i] += y[i]));
    }
    sums
}

/// Steps until beliefs change by less than `tol`, so many times at most: the sums by source of the last step but one, the changes, and
/// whether they ended. `step` goes from the number of the step and the sums to the next sums, with the largest change.
pub(super) fn iterate<const N: usize>(
    mut sums: Vec<[f64; N]>,
    iterations: usize,
    tol: f64,
    mut step: impl FnMut(usize, &[[f64; N]]) -> Result<(Vec<[f64; N]>, f64)>,
) -> Result<(Vec<[f64; N]>, Vec<f64>, bool)> {
    let (mut trace, mut converged) = (vec![], false);
    for it in 0..iterations {
        let (new, change) = step(it, &sums)?;
        trace.push(change);
        converged = change < tol && it > 8;
        if converged || it + 1 == iterations {
            break;
        }
        sums = new;
    }
    Ok((sums, trace, converged))
}

/// By value of a fact: the logarithm of its probability but for a constant. Wrong reports are spread over the other values.
fn log_odds(panel: &Panel, odds: &[f64], fact: usize, x: &mut [f64]) {
    let others = ln((x.len() as f64 - 1.0).max(1.0));
    for r in panel.of(fact) {
        x[panel.choice[r] as usize] += panel.weight(r) * (odds[panel.source[r] as usize] + others);
    }
    let w = independence(panel.size(fact));
    x.iter_mut().for_each(|y| *y *= w);
}

/// The weights of sources' votes: chance-corrected skill to the third power; distinct values, and the mean over votes, where they are
/// not `learned`.
pub(super) fn vote_weights(
    panel: &Panel,
    n: &[f64],
    skill: &[[f64; 2]],
    cells: &Cells,
    learned: Option<(usize, f64)>,
) -> (Vec<f64>, usize, f64) {
    let n_values = learned.map_or(cells.n_values, |(n_values, _)| n_values);
    let chance = if n_values > 1 { 1.0 / n_values as f64 } else { 0.0 };
    let of = |[hits, misses]: &[f64; 2]| ((hits / (hits + misses) - chance) / (1.0 - chance)).max(LEAST).powi(3);
    let weights: Vec<f64> = skill.iter().map(of).collect();
    let (sum, votes) = weights.iter().zip(n).fold((0.0, 0.0), |(a, b), (w, n)| (a + w * n, b + n));
    debug_assert_eq!(n.len(), panel.n_sources);
    // Votes of next to no weight sum to none.
    let mean = if votes > 0.0 { sum / votes } else { 1.0 };
    (weights, n_values, learned.map_or(mean, |(_, mean)| mean))
}

/// Half the posterior, half the votes.
pub(super) fn pooled(p: &mut [f64], votes: &mut [f64], mean_vote: f64) {
    votes.iter_mut().for_each(|v| *v += PSEUDO * mean_vote);
    let total: f64 = votes.iter().sum();
    p.iter_mut().zip(votes).for_each(|(p, v)| *p = (1.0 - POOLED) * *p + POOLED * *v / total);
}

/// Sums by source over the reports of facts with at least so many.
pub(super) fn by_source<const N: usize>(
    panel: &Panel,
    cells: &Cells,
    p: &mut [f64],
    least: usize,
    count: impl Fn(usize, usize, &[f64], &mut [f64; N]) + Sync,
) -> Vec<[f64; N]> {
    let n_sources = panel.n_sources;
    let parts = cells.map_chunks(panel.chunk(N * n_sources), p, |facts, p| {
        let mut sums = vec![[0.0; N]; n_sources];
        let first = cells.ptr[facts.start];
        for f in facts.filter(|f| panel.of(*f).len() >= least) {
            let p = &p[cells.of(f).start - first..cells.of(f).end - first];
            for r in panel.of(f) {
                count(f, r, p, &mut sums[panel.source[r] as usize]);
            }
        }
        sums
    });
    added(panel, parts.into_iter())
}

/// The model without relations between values. `start`: what was learned from other reports, to judge by without learning more. `limit`: iterations at most, and the change to stop at.
pub(super) fn open(
    panel: &Panel,
    cells: &Cells,
    start: Option<Start>,
    limit: (usize, f64),
    watch: &Watch,
) -> Result<Open> {
    let (iterations, tol) = if start.is_some() { (0, limit.1) } else { limit };
    let n = panel.sizes();
    let mut p = shares(panel, cells);
    let hit = |r: usize, p: &[f64]| exact(panel.weight(r) * p[panel.choice[r] as usize]);
    let count = |_: usize, r: usize, p: &[f64], [hits]: &mut [f64; 1]| *hits += hit(r, p);
    let misses = |hits: &[[f64; 1]], s: usize| (n[s] - hits[s][0]).max(0.0);
    let mut prior = START;
    let first = by_source(panel, cells, &mut p, 1, count);
    let (hits, trace, mut converged) = iterate(first, iterations, tol, |it, hits| {
        if it >= WARM {
            for _ in 0..2 {
                prior = beta_step(hits.as_flattened(), &n, prior);
            }
        }
        let odds: Vec<f64> =
            (0..panel.n_sources).map(|s| ln((hits[s][0] + prior[0]) / (misses(hits, s) + prior[1]))).collect();
        watch.tick(panel.n_votes() as u64)?;
        Ok(pass(panel, cells, &mut p, |f, x| log_odds(panel, &odds, f, x), count))
    })?;
    let learned = start.as_ref().map(|start| (start.n_values, start.mean_vote));
    let (skill, rates): (Vec<[f64; 2]>, Vec<[f64; 3]>) = match start {
        Some(Start { rates, .. }) => {
            let odds: Vec<f64> = rates.iter().map(|r| ln(r[0] / r[2])).collect();
            pass(panel, cells, &mut p, |f, x| log_odds(panel, &odds, f, x), count);
            (rates.iter().map(|r| [r[0], r[1] + r[2]]).collect(), rates)
        }
        None => {
            // Whether all may be wrong is judged by facts with several reports alone: a lone report is always the most probable.
            let compared = by_source(panel, cells, &mut p, 2, |_, r, p, sums: &mut [f64; 3]| {
                let hit = hit(r, p);
                *sums = [sums[0] + hit, 0.0, sums[2] + exact(panel.weight(r)) - hit];
            });
            let doubt = by_source(panel, cells, &mut p, 1, |_, r, p, [sum]: &mut [f64; 1]| {
                *sum += unsure(panel.weight(r), p[panel.choice[r] as usize]);
            });
            let skill = |s: usize| held([hits[s][0] + prior[0], misses(&hits, s) + prior[1]], n[s], doubt[s][0]);
            let counts = || compared.iter().map(|x| [x[0], x[2].max(0.0)]);
            let own = settled(START, |prior| dirichlet_step(counts(), prior, ANCHOR));
            let rates = counts().map(|x| [x[0] + own[0], 0.0, x[1] + own[1]]).collect();
            ((0..panel.n_sources).map(skill).collect(), rates)
        }
    };
    converged |= iterations == 0 || trace.last().is_some_and(|change| *change < SETTLED * tol);
    let odds: Vec<f64> = rates.iter().map(|r| ln(r[0] / r[2])).collect();
    let (weights, n_values, mean_vote) = vote_weights(panel, &n, &skill, cells, learned);
    let unclaimed = cells.map_chunks(panel.chunk(panel.n_sources), &mut p, |facts, p| {
        let first = cells.ptr[facts.start];
        let (mut votes, mut x, mut unclaimed) = (Vec::new(), Vec::new(), Vec::with_capacity(facts.len()));
        for f in facts {
            let p = &mut p[cells.of(f).start - first..cells.of(f).end - first];
            if p.is_empty() {
                unclaimed.push(f64::NAN);
                continue;
            }
            x.clear();
            x.resize(p.len(), 0.0);
            log_odds(panel, &odds, f, &mut x);
            // A value that nobody claims: all reports are wrong, and spread over one value more.
            let (k, size) = (p.len() as f64, panel.size(f));
            let spread = independence(size) * size * ln(k / (k - 1.0).max(1.0));
            let beyond = softmax(&mut x, -spread);
            if let Some(gold) = panel.gold(f) {
                unclaimed.push(if gold < p.len() { 0.0 } else { 1.0 });
                continue;
            }
            unclaimed.push(beyond);
            temper(p, p.len().max(1), TEMPER);
            votes.clear();
            votes.resize(p.len(), 0.0);
            for r in panel.of(f) {
                votes[panel.choice[r] as usize] += panel.weight(r) * weights[panel.source[r] as usize];
            }
            pooled(p, &mut votes, mean_vote);
        }
        unclaimed
    });
    Ok(Open { belief: p, unclaimed: unclaimed.concat(), skill, rates, n_values, mean_vote, trace, converged })
}

/// What each vote of a fact adds to the tempered logarithm of the probability of each cell.
pub(super) fn terms(votes: &Votes, fact: usize, size: f64, of_source: impl Fn(u32) -> [f64; 3]) -> Vec<Vec<f64>> {
    let (of, k) = (votes.of(fact), votes.cells(fact).len());
    let others = ln((k as f64 - 1.0).max(1.0));
    let vote = |i: usize| {
        let [right, _, wrong] = of_source(of.source[i]);
        let mut terms = vec![0.0; k];
        terms[of.choice[i] as usize] = TEMPER * independence(size) * of.weight(i) * (ln(right / wrong) + others);
        terms
    };
    (0..of.len()).map(vote).collect()
}

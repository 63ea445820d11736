//! The distribution of sources' skill, learned from all of them.

use super::panel::exact;
use crate::stats::digamma_rise;
use crate::stats::lanes::{sum, wide};
use crate::truth::Estimate;

/// Sources to work on at a time, so that they fill vector lanes.
const BLOCK: usize = 64;

/// Gamma prior of every concentration: shape and rate.
pub(super) const GAMMA: (f64, f64) = (2.0, 0.2);

/// Shares of hits and misses in the table that anchors skills.
pub(super) const ANCHOR: [f64; 2] = [0.7, 0.3];

/// The total of a Dirichlet's parameters from its expected tables and what `n` draws from one table would be.
pub(super) fn concentration(tables: f64, per_table: f64) -> f64 {
    within((tables + GAMMA.0 - 1.0) / (per_table + GAMMA.1))
}

/// A concentration within the limits of what makes a difference.
pub(super) fn within(concentration: f64) -> f64 {
    concentration.clamp(0.1, 1e4)
}

/// One fixed-point step for the parameters of a Dirichlet distribution (Minka 2000, Estimating a Dirichlet distribution, as EM over
/// the tables of Teh 2006), with an anchor of one table. `counts` yields the counts of each source.
pub(super) fn dirichlet_step<const N: usize>(
    counts: impl Iterator<Item = [f64; N]>,
    prior: [f64; N],
    anchor: [f64; N],
) -> [f64; N] {
    let counts: Vec<[f64; N]> =
        counts.map(|x| x.map(|n| n.max(0.0))).filter(|x| x.iter().sum::<f64>() > 1e-6).collect();
    let (tables, per_table) = wide(
        #[inline(always)]
        || tables(&counts, prior),
    );
    let total = concentration(tables.iter().sum(), per_table);
    let mut next = [0.0; N];
    for c in 0..N {
        next[c] = tables[c] + anchor[c];
    }
    let sum: f64 = next.iter().sum();
    next.map(|x| (total * x / sum).max(1e-3))
}

/// Expected tables by cell, and what a table more or less would be.
#[inline(always)]
fn tables<const N: usize>(counts: &[[f64; N]], prior: [f64; N]) -> ([f64; N], f64) {
    let total: f64 = prior.iter().sum();
    let (mut tables, mut per_table) = ([0.0; N], 0.0);
    let mut rises = [0.0; BLOCK];
    for block in counts.chunks(BLOCK) {
        let rises = &mut rises[..block.len()];
        for c in 0..N {
            for (rise, x) in rises.iter_mut().zip(block) {
                *rise = digamma_rise(prior[c], x[c]);
            }
            tables[c] += prior[c] * sum(rises);
        }
        for (rise, x) in rises.iter_mut().zip(block) {
            let mut n = 0.0;
            for y in x {
                n += y;
            }
            *rise = digamma_rise(total, n);
        }
        per_table += sum(rises);
    }
    (tables, per_table)
}

/// Where steps from `start` lead, or come close to.
pub(super) fn settled<const N: usize>(start: [f64; N], step: impl Fn([f64; N]) -> [f64; N]) -> [f64; N] {
    let mut prior = start;
    for _ in 0..50 {
        let next = step(prior);
        let moved = (0..N).any(|c| (next[c] - prior[c]).abs() > 1e-6 * prior[c]);
        prior = next;
        if !moved {
            break;
        }
    }
    prior
}

/// The step for two cells, hits and misses.
pub(super) fn beta_step(hits: &[f64], n: &[f64], prior: [f64; 2]) -> [f64; 2] {
    dirichlet_step(hits.iter().zip(n).map(|(o, n)| [*o, (n - o).max(0.0)]), prior, ANCHOR)
}

/// A Beta posterior of `n` reports and a prior, each report counting by what is known of its truth: see [`Estimate::worth`].
pub(super) fn held([hits, misses]: [f64; 2], n: f64, unsure: f64) -> [f64; 2] {
    let value = hits / (hits + misses);
    let all = if n > 0.0 { Estimate::worth(value, n, unsure, 1.0) + hits + misses - n } else { hits + misses };
    [value * all, (1.0 - value) * all]
}

/// What is unsure about a report of this weight that is right with probability `p`: the variance of its hits.
#[inline]
pub(super) fn unsure(weight: f64, p: f64) -> f64 {
    exact(weight * weight * (p * (1.0 - p)).max(0.0))
}

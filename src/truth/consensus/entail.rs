//! Open form where claims say more or less than one another: a list and a part of it, a day and its month, a number and a bound.
//!
//! If z is the truth, a report is *exact*, an *omission* (it says less, and nothing wrong), or an *error*.

use super::closed::SETTLED;
use super::open::{
    Cells, Open, Start, WARM, by_source, independence, iterate, pass, pooled, shares, softmax, vote_weights,
};
use super::panel::{Panel, exact};
use super::skill::{dirichlet_step, held, settled, unsure};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::lanes::ln;
use crate::truth::Votes;

/// What a report is if some value is the truth.
pub(super) const EXACT: u8 = 0;
pub(super) const OMISSION: u8 = 1;
pub(super) const ERROR: u8 = 2;

/// Errors are spread over so many times the values that are seen.
const SPREAD: f64 = 10.0;
/// The prior of a source's three rates at the start, and its anchor of one table.
const START: [f64; 3] = [4.0, 2.0, 0.7];
const ANCHOR: [f64; 3] = [0.6, 0.2, 0.2];

/// How the statements of a fact relate to its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Relations {
    /// Where the statements of each fact begin: its values, then denials.
    pub statement_ptr: Vec<usize>,
    /// Where the table of each fact begins.
    pub table_ptr: Vec<usize>,
    /// By value, then statement of the fact: what the statement is if the value is the truth.
    pub table: Vec<u8>,
}

impl Relations {
    /// What each statement of a fact is if value `z` is the truth.
    fn of(&self, fact: usize, z: usize) -> &[u8] {
        let n = self.statement_ptr[fact + 1] - self.statement_ptr[fact];
        let first = self.table_ptr[fact] + z * n;
        &self.table[first..first + n]
    }
}

/// By class of statement: minus the logarithm of how many statements it is spread over.
fn spread(row: &[u8]) -> [f64; 3] {
    let count = |class: u8| row.iter().filter(|c| **c == class).count().max(1) as f64;
    [0.0, -ln(count(OMISSION)), -ln(SPREAD * count(ERROR))]
}

/// By value of a fact: the logarithm of its probability but for a constant.
fn log_likelihood(panel: &Panel, relations: &Relations, rates: &[[f64; 3]], fact: usize, x: &mut [f64]) {
    let w = independence(panel.size(fact));
    for (z, x) in x.iter_mut().enumerate() {
        let row = relations.of(fact, z);
        let spread = spread(row);
        *x = 0.0;
        for r in panel.of(fact) {
            let class = row[panel.choice[r] as usize] as usize;
            *x += panel.weight(r) * (rates[panel.source[r] as usize][class] + spread[class]);
        }
        *x *= w;
    }
}

/// The logarithm of the rates of each source.
fn log_rates(counts: &[[f64; 3]], prior: [f64; 3]) -> Vec<[f64; 3]> {
    let of = |n: &[f64; 3]| {
        let total = n.iter().sum::<f64>() + prior.iter().sum::<f64>();
        [0, 1, 2].map(|c| ln((n[c].max(0.0) + prior[c]) / total))
    };
    counts.iter().map(of).collect()
}

/// What each vote of a fact adds to the logarithm of the probability of each cell. `row`: what statement `u` is if cell `z` is the
/// truth, where the statement of a vote is its cell, or the denial of its cell.
pub(super) fn terms(
    votes: &Votes,
    fact: usize,
    size: f64,
    of_source: impl Fn(u32) -> [f64; 3],
    row: &impl Fn(usize, usize, bool) -> u8,
) -> Vec<Vec<f64>> {
    let (of, k) = (votes.of(fact), votes.cells(fact).len());
    let mut denied: Vec<usize> = (0..of.len()).filter(|i| of.denies(*i)).map(|i| of.choice[i] as usize).collect();
    denied.sort_unstable();
    denied.dedup();
    let statements: Vec<(usize, bool)> =
        (0..k).map(|u| (u, false)).chain(denied.into_iter().map(|u| (u, true))).collect();
    let spreads: Vec<[f64; 3]> = (0..k)
        .map(|z| spread(&statements.iter().map(|(u, denies)| row(z, *u, *denies)).collect::<Vec<u8>>()))
        .collect();
    let vote = |i: usize| {
        let counts = of_source(of.source[i]);
        let total = ln(counts.iter().sum());
        let term = |z: usize| {
            let class = row(z, of.choice[i] as usize, of.denies(i)) as usize;
            independence(size) * of.weight(i) * (ln(counts[class]) - total + spreads[z][class])
        };
        (0..k).map(term).collect()
    };
    (0..of.len()).map(vote).collect()
}

/// The model with relations between values. The choices of the panel are statements: values first, then denials.
///
/// `start` and `limit`: see [`super::open::open`].
pub(super) fn entail(
    panel: &Panel,
    cells: &Cells,
    relations: &Relations,
    start: Option<Start>,
    limit: (usize, f64),
    watch: &Watch,
) -> Result<Open> {
    let (iterations, tol) = if start.is_some() { (0, limit.1) } else { limit };
    let mut p = shares(panel, cells);
    // Adds a report to the counts of its source, by what it is if each value is the truth.
    let count = |f: usize, r: usize, p: &[f64], counts: &mut [f64; 3]| {
        for (z, p) in p.iter().enumerate() {
            counts[relations.of(f, z)[panel.choice[r] as usize] as usize] += exact(panel.weight(r) * p);
        }
    };
    let mut prior = START;
    let first = by_source(panel, cells, &mut p, 1, count);
    let (mut counts, trace, mut converged) = iterate(first, iterations, tol, |it, counts| {
        if it >= WARM {
            for _ in 0..2 {
                prior = dirichlet_step(counts.iter().copied(), prior, ANCHOR);
            }
        }
        let rates = log_rates(counts, prior);
        watch.tick(panel.n_votes() as u64)?;
        Ok(pass(panel, cells, &mut p, |f, x| log_likelihood(panel, relations, &rates, f, x), count))
    })?;
    let learned = start.as_ref().map(|start| (start.n_values, start.mean_vote));
    let (rates, doubt) = match start {
        Some(Start { rates, .. }) => {
            // Where the claims that were learned from did not nest, nothing is known of omissions but how often there are some.
            let usual = START[1] / (START[0] + START[2]);
            let known = |[right, omits, errs]: [f64; 3]| {
                [right, if omits > 0.0 { omits } else { usual * (right + errs) }, errs]
            };
            let rates: Vec<[f64; 3]> = rates.into_iter().map(known).collect();
            counts = rates.clone();
            prior = [0.0; 3];
            let log_rates = log_rates(&rates, prior);
            pass(panel, cells, &mut p, |f, x| log_likelihood(panel, relations, &log_rates, f, x), count);
            (rates, vec![[0.0]; panel.n_sources])
        }
        None => {
            let compared = by_source(panel, cells, &mut p, 2, count);
            let own = settled(START, |prior| dirichlet_step(compared.iter().copied(), prior, ANCHOR));
            let rates = compared.iter().map(|n| [0, 1, 2].map(|c| n[c] + own[c])).collect();
            let doubt = by_source(panel, cells, &mut p, 1, |f, r, p, [sum]: &mut [f64; 1]| {
                let is_right = |z: &usize| relations.of(f, *z)[panel.choice[r] as usize] == EXACT;
                *sum += unsure(panel.weight(r), (0..p.len()).filter(is_right).map(|z| p[z]).sum());
            });
            (rates, doubt)
        }
    };
    converged |= iterations == 0 || trace.last().is_some_and(|change| *change < SETTLED * tol);
    let n = panel.sizes();
    let skill = |s: usize| {
        let [right, omits, errs] = counts[s];
        held([right + prior[0], omits.max(0.0) + errs.max(0.0) + prior[1] + prior[2]], n[s], doubt[s][0])
    };
    let skill: Vec<[f64; 2]> = (0..panel.n_sources).map(skill).collect();
    let log_rates = log_rates(&rates, [0.0; 3]);
    let n = panel.sizes();
    let (weights, n_values, mean_vote) = vote_weights(panel, &n, &skill, cells, learned);
    let unclaimed = cells.map_chunks(panel.chunk(3 * panel.n_sources), &mut p, |facts, p| {
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
            log_likelihood(panel, relations, &log_rates, f, &mut x);
            // Values that nobody claims, as many as errors are spread over: all reports are errors.
            let n_statements = relations.statement_ptr[f + 1] - relations.statement_ptr[f];
            let each = ln(SPREAD * n_statements as f64);
            let wrong = |r: usize| panel.weight(r) * (log_rates[panel.source[r] as usize][ERROR as usize] - each);
            let all_wrong = independence(panel.size(f)) * panel.of(f).map(wrong).sum::<f64>();
            let beyond = softmax(&mut x, all_wrong + each);
            if let Some(gold) = panel.gold(f) {
                unclaimed.push(if gold < p.len() { 0.0 } else { 1.0 });
                continue;
            }
            unclaimed.push(beyond);
            votes.clear();
            votes.resize(p.len(), 0.0);
            for (z, v) in votes.iter_mut().enumerate() {
                let row = relations.of(f, z);
                for r in panel.of(f) {
                    // A report votes half for each value that says more.
                    let share = match row[panel.choice[r] as usize] {
                        EXACT => 1.0,
                        OMISSION => 0.5,
                        _ => 0.0,
                    };
                    *v += share * panel.weight(r) * weights[panel.source[r] as usize];
                }
            }
            pooled(p, &mut votes, mean_vote);
        }
        unclaimed
    });
    Ok(Open { belief: p, unclaimed: unclaimed.concat(), skill, rates, n_values, mean_vote, trace, converged })
}

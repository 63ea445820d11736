//! The most frequent value of each fact.

use super::iterate::settle;
use super::parameter::none;
use super::{Control, Fitted, Given, Model, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct MajorityVote;

impl Model for MajorityVote {
    fn name(&self) -> &'static str {
        "majority_vote"
    }

    fn summary(&self) -> &'static str {
        "The share of the votes that each value has: every source counts the same. The yardstick for all others."
    }

    fn family(&self) -> &'static str {
        "vote"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Condorcet (1785), Essai sur l'application de l'analyse à la probabilité des décisions"
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        watch.expect(votes.n_facts() as u64);
        let belief = shares(votes, |_| 1.0);
        watch.tick(votes.n_facts() as u64)?;
        Ok(Fitted::at_once(self.name(), votes, belief, control.confidence))
    }
}

/// The shares of votes, each source counting `skill` times; known answers as they are.
pub(super) fn shares(votes: &Votes, skill: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut belief = vec![0.0; votes.n_cells()];
    for f in 0..votes.n_facts() {
        let cells = &mut belief[votes.cells(f)];
        let of = votes.of(f);
        let mut total = 0.0;
        for i in (0..of.len()).filter(|i| !of.denies(*i)) {
            let w = of.weight(i) * skill(of.source[i] as usize);
            cells[of.choice[i] as usize] += w;
            total += w;
        }
        if total > 0.0 {
            cells.iter_mut().for_each(|x| *x /= total);
        } else if !of.is_empty() {
            votes.shares(f, cells);
        }
        settle(votes.gold(f), cells);
    }
    belief
}

/// How often each source agrees with the most probable answers: those that tie share it. Not a number without votes.
pub(super) fn accuracies(votes: &Votes, belief: &[f64]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); votes.n_sources()];
    for f in 0..votes.n_facts() {
        let (of, cells) = (votes.of(f), &belief[votes.cells(f)]);
        let top = cells.iter().copied().fold(0.0, f64::max);
        let ties = |p: f64| p > 0.0 && p >= top * (1.0 - 1e-12);
        let n = cells.iter().filter(|p| ties(**p)).count() as f64;
        for i in (0..of.len()).filter(|i| !of.denies(*i)) {
            let (hits, total) = &mut sums[of.source[i] as usize];
            if ties(cells[of.choice[i] as usize]) {
                *hits += of.weight(i) / n;
            }
            *total += of.weight(i);
        }
    }
    sums.into_iter().map(|(hits, n)| hits / n).collect()
}

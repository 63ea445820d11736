//! The most frequent value of each fact.

use super::iterate::settle;
use super::{Control, Estimate, Fitted, Given, Learned, Model, Objective, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;

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
        let _: std::collections::HashMap<String, f64> = super::parameter::read(self.name(), &[], given)?;
        watch.expect(votes.n_facts() as u64);
        let mut belief = vec![0.0; votes.n_cells()];
        for f in 0..votes.n_facts() {
            let cells = &mut belief[votes.cells(f)];
            votes.shares(f, cells);
            settle(votes.gold(f), cells);
        }
        watch.tick(votes.n_facts() as u64)?;
        let reliability = sides(votes, &belief, control.confidence);
        Ok(Fitted {
            belief,
            unclaimed: None,
            weight: vec![f64::NAN; reliability.len()],
            reliability,
            confusion: None,
            numbers: None,
            trace: vec![],
            objective: Objective::Change,
            converged: true,
            last_change: 0.0,
            learned: Learned::of(self.name(), votes),
            warnings: vec![],
        })
    }

    fn terms(&self, _: &Given, _: &Learned, _: &Votes, _: usize) -> Option<Terms> {
        None
    }
}

/// How often each source sides with the beliefs: Beta(½ + expected hits, ½ + expected misses) (Jeffreys).
pub(super) fn sides(votes: &Votes, belief: &[f64], confidence: f64) -> Vec<Estimate> {
    let parts = map_chunks(votes.n_facts(), votes.chunk(2 * votes.n_sources()), |facts| {
        let mut sums = vec![0.0; 2 * votes.n_sources()];
        for f in facts {
            let (of, cells) = (votes.of(f), &belief[votes.cells(f)]);
            for i in 0..of.len() {
                let hit = cells[of.choice[i] as usize];
                let s = 2 * of.source[i] as usize;
                sums[s] += of.weight(i) * if of.denies(i) { 1.0 - hit } else { hit };
                sums[s + 1] += of.weight(i);
            }
        }
        sums
    });
    let mut sums = vec![0.0; 2 * votes.n_sources()];
    parts.iter().for_each(|part| super::iterate::merge(&mut sums, part));
    let estimate = |s: usize| {
        let (hits, n): (f64, f64) = (sums[2 * s], sums[2 * s + 1]);
        if n > 0.0 {
            Estimate::beta(hits + 0.5, (n - hits).max(0.0) + 0.5, confidence)
        } else {
            Estimate::point(f64::NAN)
        }
    };
    (0..votes.n_sources()).map(estimate).collect()
}

//! What the models of Pasternack & Roth and of Yin et al. share: trust of sources makes beliefs in claims, beliefs make trust.

use super::gold::Gold;
use super::iterate::{self, Iterative, Objective};
use super::{Axis, Control, Fitted, Learned, Votes};
use crate::error::Result;
use crate::stats::Watch;
use std::ops::Range;

/// How one model goes from trust to belief and back.
pub(super) trait Rule: Sync {
    /// What a source with this trust and so many claims gives to each of its claims.
    fn gives(&self, trust: f64, n: f64) -> f64;
    /// What claims of one fact were given → beliefs.
    fn believe(&self, given: &mut [f64]);
    /// What a source gets of the belief in its claim, of which it gave a share.
    fn gets(&self, belief: f64, _share: f64) -> f64 {
        belief
    }
    /// What a source got from so many claims → its trust.
    fn trust(&self, got: f64, n: f64) -> f64;
    /// Whether the greatest trust is set to 1, where trust would grow without bound.
    fn is_scaled(&self) -> bool {
        true
    }
    /// The first beliefs, from shares of votes; `None`: from the first trust.
    fn first(&self, _shares: &mut [f64]) -> bool {
        true
    }
    /// The first trust.
    fn start(&self) -> f64 {
        1.0
    }
    /// Whether trust is a reliability: the chance to be right.
    fn is_probability(&self) -> bool {
        false
    }
}

/// One fit.
struct Fit<R> {
    rule: R,
    n: Vec<f64>,
}

/// Iterates, and scales the beliefs of each fact to sum to 1.
pub(super) fn fit<R: Rule>(
    model: &'static str,
    rule: R,
    votes: &Votes,
    control: &Control,
    watch: &Watch,
) -> Result<Fitted> {
    let fit = Fit { rule, n: super::coin::vote_weights(votes) };
    let run = iterate::run(&fit, votes, control, watch)?;
    let mut belief = run.belief.clone();
    for f in 0..votes.n_facts() {
        let cells = &mut belief[votes.cells(f)];
        let total: f64 = cells.iter().sum();
        if total > 0.0 {
            cells.iter_mut().for_each(|x| *x /= total);
        } else if !votes.of(f).is_empty() && votes.gold(f) == Gold::Unknown {
            votes.shares(f, cells);
        }
    }
    let fitted = Fitted::at_once(model, votes, belief, control.confidence);
    let learned = fitted.learned.clone().with("trust", &[Axis::Source], run.parameters.clone());
    let mut fitted = Fitted { learned, ..fitted.after(run.progress) };
    if fit.rule.is_probability() {
        // The interval is that of agreement with the beliefs, moved to the trust.
        for (estimate, trust) in fitted.reliability.iter_mut().zip(&run.parameters) {
            estimate.low = estimate.low.min(*trust);
            estimate.high = estimate.high.max(*trust);
            estimate.value = *trust;
        }
    }
    Ok(fitted)
}

impl<R: Rule> Fit<R> {
    fn given(&self, votes: &Votes, trust: &[f64], fact: usize, given: &mut [f64]) {
        given.fill(0.0);
        let of = votes.of(fact);
        for i in 0..of.len() {
            let s = of.source[i] as usize;
            given[of.choice[i] as usize] += of.weight(i) * self.rule.gives(trust[s], self.n[s]);
        }
    }

    /// All of what a fact's claims have goes to the known answer.
    fn settle(&self, gold: Gold, belief: &mut [f64]) {
        let total: f64 = belief.iter().sum();
        match gold {
            Gold::Unknown => {}
            Gold::Unclaimed => belief.fill(0.0),
            Gold::Is(k) => {
                belief.fill(0.0);
                belief[k as usize] = if self.rule.is_probability() { 1.0 } else { total.max(1.0) };
            }
        }
    }

    /// Adds what sources get for these beliefs, given this trust.
    fn pay(&self, votes: &Votes, trust: &[f64], fact: usize, belief: &[f64], stats: &mut [f64]) {
        let of = votes.of(fact);
        let mut given = vec![0.0; belief.len()];
        self.given(votes, trust, fact, &mut given);
        for i in 0..of.len() {
            let (s, k) = (of.source[i] as usize, of.choice[i] as usize);
            let share = if given[k] > 0.0 { self.rule.gives(trust[s], self.n[s]) / given[k] } else { 0.0 };
            stats[s] += of.weight(i) * self.rule.gets(belief[k], share);
        }
    }
}

impl<R: Rule> Iterative for Fit<R> {
    type Parameters = Vec<f64>;

    fn n_stats(&self, votes: &Votes) -> usize {
        votes.n_sources()
    }

    fn begin(&self, votes: &Votes, facts: Range<usize>, stats: &mut [f64]) {
        let trust = vec![self.rule.start(); votes.n_sources()];
        let mut belief = Vec::new();
        for f in facts {
            belief.clear();
            belief.resize(votes.cells(f).len(), 0.0);
            votes.shares(f, &mut belief);
            if !self.rule.first(&mut belief) {
                self.posterior(votes, &trust, f, &mut belief);
            }
            self.settle(votes.gold(f), &mut belief);
            self.pay(votes, &trust, f, &belief, stats);
        }
    }

    /// Not used: what a source gets depends on trust.
    fn scatter(&self, _: &Votes, _: usize, _: &[f64], _: &mut [f64]) {}

    fn expect(&self, votes: &Votes, trust: &Vec<f64>, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let mut belief = Vec::new();
        for f in facts {
            belief.clear();
            belief.resize(votes.cells(f).len(), 0.0);
            self.posterior(votes, trust, f, &mut belief);
            self.settle(votes.gold(f), &mut belief);
            self.pay(votes, trust, f, &belief, stats);
        }
        0.0
    }

    fn maximise(&self, _: &Votes, stats: &[f64], _: Option<&Vec<f64>>) -> Vec<f64> {
        // Nothing is known of a source without votes.
        let trust = |(got, n): (&f64, &f64)| if *n > 0.0 { self.rule.trust(*got, *n) } else { f64::NAN };
        let mut trust: Vec<f64> = stats.iter().zip(&self.n).map(trust).collect();
        let largest = trust.iter().copied().fold(0.0, f64::max);
        if self.rule.is_scaled() && largest > 0.0 {
            trust.iter_mut().for_each(|t| *t /= largest);
        }
        trust
    }

    fn posterior(&self, votes: &Votes, trust: &Vec<f64>, fact: usize, posterior: &mut [f64]) -> f64 {
        self.given(votes, trust, fact, posterior);
        self.rule.believe(posterior);
        0.0
    }

    fn objective(&self) -> Objective {
        Objective::Change
    }

    fn change(&self, previous: &Vec<f64>, new: &Vec<f64>) -> f64 {
        iterate::largest_change(previous, new)
    }

    fn resume(&self, _: &Votes, learned: &Learned) -> Vec<f64> {
        learned.get("trust").to_vec()
    }
}

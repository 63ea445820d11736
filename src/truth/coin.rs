//! What one-number models share: a vote changes the odds of its own value alone.

use super::{Form, Gold, Terms, Votes};
use crate::stats::lanes::exp;

/// Errors of a source are spread evenly over this many other answers.
#[inline]
pub fn others(votes: &Votes, fact: usize) -> f64 {
    (votes.cells(fact).len() as f64 - 1.0).max(1.0)
}

/// ln p + constant → p; gives the constant.
pub fn softmax(logs: &mut [f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return 0.0;
    }
    let mut total = 0.0;
    for x in logs.iter_mut() {
        *x = exp(*x - largest);
        total += *x;
    }
    logs.iter_mut().for_each(|x| *x /= total);
    largest + total.ln()
}

/// The same, where all goes to a known answer; gives the constant of what is possible.
pub fn softmax_known(logs: &mut [f64], gold: Gold) -> f64 {
    let Gold::Is(k) = gold else { return softmax(logs) };
    let log = logs[k as usize];
    logs.fill(0.0);
    logs[k as usize] = 1.0;
    log
}

/// The same by class and state, so many states a class: of a known class its own are left.
pub fn softmax_states(logs: &mut [f64], gold: Gold, n_states: usize) -> f64 {
    if let Gold::Is(k) = gold {
        let own = k as usize * n_states..(k as usize + 1) * n_states;
        logs.iter_mut().enumerate().filter(|(i, _)| !own.contains(i)).for_each(|(_, x)| *x = f64::NEG_INFINITY);
    }
    softmax(logs)
}

/// A model whose votes each multiply the odds of their own value.
pub trait Coin: Sync {
    /// What it knows.
    type Parameters: Send + Sync;

    /// ln prior of a cell of a fact.
    fn prior(&self, votes: &Votes, parameters: &Self::Parameters, fact: usize, cell: usize) -> f64;

    /// ln p(vote | its value is true) and ln p(vote | another value is true) of vote `i` of a fact.
    fn log_odds(&self, votes: &Votes, parameters: &Self::Parameters, fact: usize, i: usize) -> (f64, f64);

    /// ln of the posterior up to a constant, and the constant: Σ ln p(vote | its value is not true).
    fn logs(&self, votes: &Votes, parameters: &Self::Parameters, fact: usize, logs: &mut [f64]) -> f64 {
        let of = votes.of(fact);
        logs.iter_mut().enumerate().for_each(|(k, x)| *x = self.prior(votes, parameters, fact, k));
        let mut base = 0.0;
        for i in 0..of.len() {
            let (right, wrong) = self.log_odds(votes, parameters, fact, i);
            let w = of.weight(i);
            base += w * wrong;
            logs[of.choice[i] as usize] += w * (right - wrong);
        }
        base
    }

    /// The posterior of a fact, and the log-likelihood of its votes; where it is known that no claim is right, of errors alone.
    fn believe(&self, votes: &Votes, parameters: &Self::Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        let base = self.logs(votes, parameters, fact, posterior);
        let total = softmax_known(posterior, votes.gold(fact));
        if votes.gold(fact) == Gold::Unclaimed { base } else { base + total }
    }

    /// The sum behind the beliefs of a fact.
    fn terms(&self, votes: &Votes, parameters: &Self::Parameters, fact: usize) -> Terms {
        let of = votes.of(fact);
        let n = votes.cells(fact).len();
        let vote = |i: usize| {
            let (right, wrong) = self.log_odds(votes, parameters, fact, i);
            let mut adds = vec![0.0; n];
            adds[of.choice[i] as usize] = of.weight(i) * (right - wrong);
            adds
        };
        Terms {
            prior: (0..n).map(|k| self.prior(votes, parameters, fact, k)).collect(),
            votes: (0..of.len()).map(vote).collect(),
            partial: false,
        }
    }
}

/// Adds the expected hits of the votes of a fact, by source. A denial hits where its value is wrong.
pub fn scatter_hits(votes: &Votes, fact: usize, posterior: &[f64], hits: &mut [f64]) {
    let of = votes.of(fact);
    for i in 0..of.len() {
        let p = posterior[of.choice[i] as usize];
        hits[of.source[i] as usize] += of.weight(i) * if of.denies(i) { 1.0 - p } else { p };
    }
}

/// The weight of the votes of each source.
pub fn vote_weights(votes: &Votes) -> Vec<f64> {
    let mut n = vec![0.0; votes.n_sources()];
    match votes.weights() {
        None => votes.sources().iter().for_each(|s| n[*s as usize] += 1.0),
        Some(weights) => votes.sources().iter().zip(weights).for_each(|(s, w)| n[*s as usize] += w),
    }
    n
}

/// What a vote of a source that is right with this probability adds to the log-odds of its value, for a typical fact.
pub fn coin_weight(votes: &Votes, reliability: &[f64]) -> Vec<f64> {
    let n_others = match votes.form() {
        Form::Closed => (votes.n_classes() as f64 - 1.0).max(1.0),
        Form::Open => {
            let n = votes.n_facts().max(1) as f64;
            (0..votes.n_facts()).map(|f| others(votes, f)).sum::<f64>() / n
        }
    };
    reliability.iter().map(|r| (r / (1.0 - r)).ln() + n_others.ln()).collect()
}

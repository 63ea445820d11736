//! GLAD where it stays open how easy a fact is.
//!
//! With few reports a fact its ease is hardly known, and at the mode facts whose reports agree are taken for easy, those whose reports do
//! not for hard: answers are believed too firmly, and so are sources that agree with them. Here the posterior of a fact is over its class
//! and its ease, by nodes of the normal prior of ln ease, and abilities have the largest posterior with both summed out
//! (Bock & Aitkin 1981, doi:10.1007/BF02293801). The model and its priors are the same.

use super::coin::softmax_states;
use super::glad::{sigmoid, softplus};
use super::iterate::Iterative;
use super::reliability::Tilted;
use super::{Learned, Votes};
use std::ops::Range;

/// Nodes on each side of the mean, and how many standard deviations they are apart.
const SIDE: i32 = 6;
const APART: f64 = 0.5;
/// An ability is found to this, by so many steps at most.
const PRECISION: f64 = 1e-9;
const STEPS: usize = 100;

/// One fit.
pub(super) struct Fit {
    ability_mean: f64,
    /// By node: how easy, and the logarithm of how probable that is.
    ease: Vec<f64>,
    log_prior: Vec<f64>,
    /// ln of the number of wrong classes.
    spread: f64,
}

pub(super) struct Parameters {
    /// By source.
    pub ability: Vec<f64>,
    /// By source and node: ln p(vote | its value is true) − ln p(vote | another value is true).
    odds: Vec<f64>,
    /// By source and node: ln p(vote | another value is true).
    wrong: Vec<f64>,
    penalty: f64,
}

impl Fit {
    pub fn new(votes: &Votes, ability_mean: f64, ease_mean: f64) -> Fit {
        let nodes = || (-SIDE..=SIDE).map(|i| f64::from(i) * APART);
        let total: f64 = nodes().map(|z| (-0.5 * z * z).exp()).sum();
        Fit {
            ability_mean,
            ease: nodes().map(|z| (ease_mean + z).exp()).collect(),
            log_prior: nodes().map(|z| -0.5 * z * z - total.ln()).collect(),
            spread: (votes.n_classes() as f64 - 1.0).max(1.0).ln(),
        }
    }

    fn parameters(&self, ability: Vec<f64>) -> Parameters {
        let each = || ability.iter().flat_map(|a| self.ease.iter().map(move |e| a * e));
        Parameters {
            odds: each().map(|x| x + self.spread).collect(),
            wrong: each().map(|x| -softplus(x) - self.spread).collect(),
            penalty: ability.iter().map(|a| -0.5 * (a - self.ability_mean).powi(2)).sum(),
            ability,
        }
    }

    /// The posterior of a fact by class and node; gives the log-likelihood of its votes and its known class.
    fn states(&self, votes: &Votes, parameters: &Parameters, fact: usize, states: &mut [f64]) -> f64 {
        let (of, n, log_classes) = (votes.of(fact), self.ease.len(), (votes.n_classes() as f64).ln());
        let mut wrong: Vec<f64> = self.log_prior.iter().map(|l| l - log_classes).collect();
        states.fill(0.0);
        for i in 0..of.len() {
            let (s, v, w) = (of.source[i] as usize * n, of.choice[i] as usize * n, of.weight(i));
            wrong.iter_mut().zip(&parameters.wrong[s..][..n]).for_each(|(x, l)| *x += w * l);
            states[v..][..n].iter_mut().zip(&parameters.odds[s..][..n]).for_each(|(x, l)| *x += w * l);
        }
        for of_class in states.chunks_exact_mut(n) {
            of_class.iter_mut().zip(&wrong).for_each(|(x, l)| *x += l);
        }
        softmax_states(states, votes.gold(fact), n)
    }

    fn add(&self, votes: &Votes, fact: usize, states: &[f64], stats: &mut [f64]) {
        let (of, n) = (votes.of(fact), self.ease.len());
        let mut all = vec![0.0; n];
        states.chunks_exact(n).for_each(|of_class| super::iterate::merge(&mut all, of_class));
        for i in 0..of.len() {
            let (s, v, w) = (of.source[i] as usize * 2 * n, of.choice[i] as usize * n, of.weight(i));
            let (hits, reports) = stats[s..][..2 * n].split_at_mut(n);
            hits.iter_mut().zip(&states[v..][..n]).for_each(|(x, q)| *x += w * q);
            reports.iter_mut().zip(&all).for_each(|(x, q)| *x += w * q);
        }
    }

    /// Where the posterior of an ability is largest, given hits and reports by node: by Newton's method, and by halves where that leaves
    /// the bracket of the only root of the slope.
    fn ability(&self, hits: &[f64], reports: &[f64], start: f64) -> f64 {
        let (mut low, mut high, mut ability) = (f64::NEG_INFINITY, f64::INFINITY, start);
        for _ in 0..STEPS {
            let (mut slope, mut curve) = (self.ability_mean - ability, 1.0);
            for ((ease, hits), n) in self.ease.iter().zip(hits).zip(reports) {
                let p = sigmoid(ability * ease);
                slope += (hits - n * p) * ease;
                curve += n * p * (1.0 - p) * ease * ease;
            }
            *(if slope > 0.0 { &mut low } else { &mut high }) = ability;
            let step = slope / curve;
            if step.abs() < PRECISION {
                break;
            }
            let newton = ability + step;
            ability = if low < newton && newton < high { newton } else { 0.5 * (low + high) };
        }
        ability
    }
}

impl Iterative for Fit {
    type Parameters = Parameters;

    /// By source: by node the reports that are expected to be right, then all.
    fn n_stats(&self, votes: &Votes) -> usize {
        2 * self.ease.len() * votes.n_sources()
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        let states: Vec<f64> = posterior.iter().flat_map(|q| self.log_prior.iter().map(move |l| q * l.exp())).collect();
        self.add(votes, fact, &states, stats);
    }

    fn expect(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let mut states = vec![0.0; votes.n_classes() * self.ease.len()];
        let mut one = |f: usize| {
            let objective = self.states(votes, parameters, f, &mut states);
            self.add(votes, f, &states, stats);
            objective
        };
        facts.map(&mut one).sum()
    }

    fn maximise(&self, _: &Votes, stats: &[f64], previous: Option<&Parameters>) -> Parameters {
        let n = self.ease.len();
        let ability = |(s, own): (usize, &[f64])| {
            let (hits, reports) = own.split_at(n);
            self.ability(hits, reports, previous.map_or(self.ability_mean, |p| p.ability[s]))
        };
        self.parameters(stats.chunks_exact(2 * n).enumerate().map(ability).collect())
    }

    fn penalty(&self, _: &Votes, parameters: &Parameters) -> Option<f64> {
        Some(parameters.penalty)
    }

    fn posterior(&self, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        let mut states = vec![0.0; posterior.len() * self.ease.len()];
        let objective = self.states(votes, parameters, fact, &mut states);
        posterior.iter_mut().zip(states.chunks_exact(self.ease.len())).for_each(|(p, own)| *p = own.iter().sum());
        objective
    }

    fn resume(&self, _: &Votes, learned: &Learned) -> Parameters {
        self.parameters(learned.get("ability").to_vec())
    }
}

impl Tilted for Fit {
    fn tilted(&self, _: &Votes, parameters: &Parameters, by: &[f64]) -> Parameters {
        let n = self.ease.len();
        let odds = parameters.odds.iter().enumerate().map(|(i, x)| x + by[i / n]).collect();
        Parameters { odds, ability: parameters.ability.clone(), wrong: parameters.wrong.clone(), penalty: 0.0 }
    }

    fn hits(&self, _: &Votes, stats: &[f64]) -> Vec<f64> {
        let n = self.ease.len();
        stats.chunks_exact(2 * n).map(|own| own[..n].iter().sum()).collect()
    }
}

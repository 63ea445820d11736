//! The Gaussian truth model.

use super::iterate::Progress;
use super::numbers::{self, Ended, Numbers};
use super::parameter::{above_zero, read};
use super::{Control, Fitted, Given, Learned, Model, Objective, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Gtm;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    shape: f64,
    rate: f64,
    prior_variance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { shape: 10.0, rate: 10.0, prior_variance: 1.0 }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "shape",
        default: "10.0",
        expects: "a number > 0",
        summary: "The shape of the inverse Gamma prior of variances.",
    },
    Parameter {
        name: "rate",
        default: "10.0",
        expects: "a number > 0",
        summary: "The scale of the inverse Gamma prior of variances.",
    },
    Parameter {
        name: "prior_variance",
        default: "1.0",
        expects: "a number > 0",
        summary: "The variance of truths around the median of their reports, in squared spreads.",
    },
];

impl Model for Gtm {
    fn name(&self) -> &'static str {
        "gtm"
    }

    fn summary(&self) -> &'static str {
        "Reports are normal around the truth of their fact, each source with a variance of its own (inverse Gamma prior). By expectation–maximisation; intervals from the posterior. Facts are scaled by the spread of their reports."
    }

    fn family(&self) -> &'static str {
        "numbers"
    }

    fn takes(&self) -> Takes {
        Takes::Numbers
    }

    fn reference(&self) -> &'static str {
        "Zhao & Han (2012), A probabilistic model for estimating real-valued truth from conflicting sources, QDB; the variance of truths counted in the maximisation"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        above_zero(
            self.name(),
            PARAMETERS,
            &[("shape", options.shape), ("rate", options.rate), ("prior_variance", options.prior_variance)],
        )?;
        let numbers = Numbers::new(self.name(), votes)?;
        watch.expect((control.max_iter * votes.n_facts()) as u64);
        let mut precision = match &control.start {
            Some(learned) => learned.get("weight").to_vec(),
            None => vec![options.shape / options.rate; votes.n_sources()],
        };
        let mut progress = Progress::new(control, Objective::Maximised);
        for _ in 0..control.max_iter {
            let (truth, likelihood) = posterior(&numbers, options, &precision);
            let prior = |p: &f64| (options.shape + 1.0) * p.ln() - options.rate * p;
            watch.tick(votes.n_facts() as u64)?;
            if progress.reached(likelihood + precision.iter().map(prior).sum::<f64>()) {
                break;
            }
            let mut squares = numbers.squares(&truth);
            for (f, (_, error)) in truth.iter().enumerate() {
                for i in numbers.ptr[f]..numbers.ptr[f + 1] {
                    squares[numbers.source[i] as usize] += numbers.weight[i] * error * error;
                }
            }
            let mode = |(d, n): (&f64, &f64)| (2.0 * (options.shape + 1.0) + n) / (2.0 * options.rate + d);
            precision = squares.iter().zip(&numbers.n).map(mode).collect();
        }
        let (truth, _) = posterior(&numbers, options, &precision);
        let ended = Ended { truth, weight: precision, progress };
        Ok(numbers.fitted(self.name(), votes, control, ended))
    }

    fn terms(&self, given: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let options: Options = read(self.name(), PARAMETERS, given).ok()?;
        numbers::terms(learned, votes, fact, 1.0 / options.prior_variance)
    }
}

/// Mean and standard deviation of each truth, and the log-likelihood of all reports.
fn posterior(numbers: &Numbers, options: Options, precision: &[f64]) -> (Vec<(f64, f64)>, f64) {
    let mut likelihood = 0.0;
    let mut one = |f: usize| {
        let range = numbers.ptr[f]..numbers.ptr[f + 1];
        let at = |i: usize| (numbers.weight[i], precision[numbers.source[i] as usize], numbers.x[i]);
        let normal = |t: f64| {
            let term = |i: usize| {
                let (w, p, x) = at(i);
                0.5 * w * ((p / std::f64::consts::TAU).ln() - p * (x - t) * (x - t))
            };
            range.clone().map(term).sum::<f64>()
        };
        if let Some(gold) = numbers.gold[f] {
            likelihood += normal(gold);
            return (gold, 0.0);
        }
        if range.is_empty() {
            return (f64::NAN, f64::NAN);
        }
        let prior = 1.0 / options.prior_variance;
        let total = prior + range.clone().map(|i| at(i).0 * at(i).1).sum::<f64>();
        let mean = range.clone().map(|i| at(i).0 * at(i).1 * at(i).2).sum::<f64>() / total;
        // ∫ normal prior × normal likelihood, at its peak.
        likelihood += normal(mean) - 0.5 * prior * mean * mean + 0.5 * (prior / total).ln();
        (mean, total.sqrt().recip())
    };
    let truth = (0..numbers.gold.len()).map(&mut one).collect();
    (truth, likelihood)
}

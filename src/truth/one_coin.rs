//! One number a source: how often it is right.

use super::coin::{self, Coin, others, softmax};
use super::iterate::{self, Iterative};
use super::parameter::{in_range, read};
use super::reliability::{self, Tilted};
use super::{Axis, Control, Estimate, Fitted, Form, Found, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct OneCoin;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    hits: f64,
    misses: f64,
    class_prior: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { hits: 1.0, misses: 0.5, class_prior: 1.0 }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "hits",
        default: "1.0",
        expects: "a number ≥ 0",
        summary: "Right reports that are added to those of each source (Beta prior, at its mode); 0 is maximum likelihood.",
    },
    Parameter {
        name: "misses",
        default: "0.5",
        expects: "a number ≥ 0",
        summary: "Wrong reports that are added to those of each source; 0 is maximum likelihood.",
    },
    Parameter {
        name: "class_prior",
        default: "1.0",
        expects: "a number ≥ 0",
        summary: "Facts that are added to each class, where facts share them; 0 is maximum likelihood.",
    },
];

/// No source is always right or always wrong.
const FLOOR: f64 = 1e-10;

impl Model for OneCoin {
    fn name(&self) -> &'static str {
        "one_coin"
    }

    fn summary(&self) -> &'static str {
        "Each source is right with one probability, whatever the truth; its errors spread evenly over the other values. For few reports a source, and for open values."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Either
    }

    fn takes_denials(&self) -> bool {
        true
    }

    fn reference(&self) -> &'static str {
        "Zhang, Chen, Zhou & Jordan (2016), Spectral methods meet EM, JMLR 17(102), the one-coin model"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (300, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        for (name, value) in [("hits", options.hits), ("misses", options.misses), ("class_prior", options.class_prior)]
        {
            in_range(self.name(), PARAMETERS, name, value, value >= 0.0)?;
        }
        let fit = Fit { options, n: coin::vote_weights(votes) };
        let run = iterate::run(&fit, votes, control, watch)?;
        let fitted = Fitted::at_once(self.name(), votes, run.belief.clone(), control.confidence);
        let learned = fitted.learned.clone().with("skill", &[Axis::Source], run.parameters.skill.clone()).with(
            "prior",
            &[Axis::Class],
            run.parameters.prior.clone(),
        );
        let weight = coin::coin_weight(votes, &run.parameters.skill);
        Ok(Fitted { weight, learned, ..fitted.after(run.progress) })
    }

    fn reliability(&self, given: &Given, found: &Found, watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        let fit = Fit { options: read(self.name(), PARAMETERS, given)?, n: coin::vote_weights(found.votes) };
        reliability::coupled(&fit, found, &fit.resume(found.votes, found.learned), watch).map(Some)
    }

    fn terms(&self, given: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let options: Options = read(self.name(), PARAMETERS, given).ok()?;
        let fit = Fit { options, n: vec![] };
        let parameters = fit.resume(votes, learned);
        Some(Coin::terms(&fit, votes, &parameters, fact))
    }
}

struct Fit {
    options: Options,
    n: Vec<f64>,
}

struct Parameters {
    skill: Vec<f64>,
    /// By class; empty in open form.
    prior: Vec<f64>,
}

impl Coin for Fit {
    type Parameters = Parameters;

    fn prior(&self, votes: &Votes, parameters: &Parameters, fact: usize, cell: usize) -> f64 {
        match parameters.prior.get(cell) {
            Some(p) => p.ln(),
            None => -(votes.cells(fact).len() as f64).ln(),
        }
    }

    fn log_odds(&self, votes: &Votes, parameters: &Parameters, fact: usize, i: usize) -> (f64, f64) {
        let of = votes.of(fact);
        let p = parameters.skill[of.source[i] as usize];
        if of.denies(i) { ((1.0 - p).ln(), p.ln()) } else { (p.ln(), ((1.0 - p) / others(votes, fact)).ln()) }
    }
}

impl Iterative for Fit {
    type Parameters = Parameters;

    /// Expected hits by source; then facts by class.
    fn n_stats(&self, votes: &Votes) -> usize {
        votes.n_sources() + votes.n_classes()
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        let (hits, classes) = stats.split_at_mut(votes.n_sources());
        coin::scatter_hits(votes, fact, posterior, hits);
        if votes.form() == Form::Closed && !votes.of(fact).is_empty() {
            iterate::merge(classes, posterior);
        }
    }

    fn maximise(&self, votes: &Votes, stats: &[f64], _: Option<&Parameters>) -> Parameters {
        let (hits, classes) = stats.split_at(votes.n_sources());
        let Options { hits: a, misses: b, class_prior } = self.options;
        let rate = |(h, n): (&f64, &f64)| {
            let n = n + a + b;
            if n > 0.0 { ((h + a) / n).clamp(FLOOR, 1.0 - FLOOR) } else { 0.5 }
        };
        let n = classes.iter().sum::<f64>() + classes.len() as f64 * class_prior;
        Parameters {
            skill: hits.iter().zip(&self.n).map(rate).collect(),
            prior: classes.iter().map(|c| ((c + class_prior) / n).max(FLOOR)).collect(),
        }
    }

    fn penalty(&self, _: &Votes, parameters: &Parameters) -> Option<f64> {
        let Options { hits: a, misses: b, class_prior } = self.options;
        let of_skill: f64 = parameters.skill.iter().map(|p| a * p.ln() + b * (1.0 - p).ln()).sum();
        Some(of_skill + class_prior * parameters.prior.iter().map(|p| p.ln()).sum::<f64>())
    }

    fn posterior(&self, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        if votes.of(fact).is_empty() {
            softmax_of_prior(self, votes, parameters, fact, posterior);
            return 0.0;
        }
        Coin::believe(self, votes, parameters, fact, posterior)
    }

    fn resume(&self, _: &Votes, learned: &Learned) -> Parameters {
        Parameters { skill: learned.get("skill").to_vec(), prior: learned.get("prior").to_vec() }
    }
}

impl Tilted for Fit {
    fn tilted(&self, _: &Votes, parameters: &Parameters, by: &[f64]) -> Parameters {
        let tilt = |(p, by): (&f64, &f64)| p * by.exp() / (p * by.exp() + 1.0 - p);
        Parameters { skill: parameters.skill.iter().zip(by).map(tilt).collect(), prior: parameters.prior.clone() }
    }

    fn hits(&self, votes: &Votes, stats: &[f64]) -> Vec<f64> {
        stats[..votes.n_sources()].to_vec()
    }
}

fn softmax_of_prior(fit: &Fit, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) {
    posterior.iter_mut().enumerate().for_each(|(k, x)| *x = fit.prior(votes, parameters, fact, k));
    softmax(posterior);
}

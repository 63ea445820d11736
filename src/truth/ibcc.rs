//! Dawid–Skene with Dirichlet priors, by variational Bayes.

use super::confusion::{self, Fit, Rule};
use super::dirichlet::{Dirichlet, Rows};
use super::iterate::{self, Iterative};
use super::parameter::{above_zero, read};
use super::reliability;
use super::{Control, Estimate, Fitted, Found, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Ibcc;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    right: f64,
    wrong: f64,
    class_prior: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { right: 4.0, wrong: 1.0, class_prior: 1.0 }
    }
}

pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "right",
        default: "4.0",
        expects: "a number > 0",
        summary: "The Dirichlet prior of a confusion matrix on its diagonal.",
    },
    Parameter {
        name: "wrong",
        default: "1.0",
        expects: "a number > 0",
        summary: "The Dirichlet prior of a confusion matrix beside its diagonal.",
    },
    Parameter {
        name: "class_prior",
        default: "1.0",
        expects: "a number > 0",
        summary: "The Dirichlet prior of classes.",
    },
];

impl Model for Ibcc {
    fn name(&self) -> &'static str {
        "ibcc"
    }

    fn summary(&self) -> &'static str {
        "Independent Bayesian classifier combination: Dawid–Skene with Dirichlet priors, by variational Bayes. Steadier than Dawid–Skene where sources report little."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Kim & Ghahramani (2012), Bayesian classifier combination, AISTATS; priors of Li, Rubinstein & Cohn (2019)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (500, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        above_zero(
            self.name(),
            PARAMETERS,
            &[("right", options.right), ("wrong", options.wrong), ("class_prior", options.class_prior)],
        )?;
        super::check_tables(self.name(), votes, 1)?;
        let fit = Fit::new(options, votes);
        let run = iterate::run(&fit, votes, control, watch)?;
        Ok(fit.fitted(votes, control, run))
    }

    fn reliability(&self, given: &Given, found: &Found, watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        let fit = Fit::new(options, found.votes);
        reliability::coupled(&fit, found, &fit.resume(found.votes, found.learned), watch).map(Some)
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        Some(confusion::terms(learned, votes, fact))
    }
}

impl Rule for Options {
    fn name(&self) -> &'static str {
        "ibcc"
    }

    fn source(&self, counts: &mut [f64], k: usize) -> f64 {
        let rows = Rows::new(self.right, self.wrong, k);
        let penalty = (0..k).map(|t| rows.mean_logs(t, counts, |v| v * k + t)).sum();
        counts.iter_mut().for_each(|x| *x = x.exp().max(1e-17));
        penalty
    }

    fn classes(&self, classes: &[f64]) -> (Vec<f64>, f64) {
        let mut logs = classes.to_vec();
        let penalty = Dirichlet::new(vec![self.class_prior; classes.len()]).mean_logs(&mut logs);
        (logs.iter().map(|l| l.exp().max(1e-17)).collect(), penalty)
    }

    fn mean(&self, counts: &[f64], k: usize) -> Option<Vec<f64>> {
        let mut mean = vec![0.0; k * k];
        for (t, row) in mean.chunks_exact_mut(k).enumerate() {
            let prior = |v: usize| if t == v { self.right } else { self.wrong };
            row.iter_mut().enumerate().for_each(|(v, x)| *x = counts[v * k + t] + prior(v));
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|x| *x /= total);
        }
        Some(mean)
    }
}

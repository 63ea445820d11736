//! Dawid–Skene with Dirichlet priors, by variational Bayes.

use super::confusion::{self, Fit, Rule};
use super::iterate;
use super::parameter::{in_range, read};
use super::{Control, Fitted, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;
use statrs::function::gamma::{digamma, ln_gamma};

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

const PARAMETERS: &[Parameter] = &[
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
        for (name, value) in [("right", options.right), ("wrong", options.wrong), ("class_prior", options.class_prior)]
        {
            in_range(self.name(), PARAMETERS, name, value, value > 0.0)?;
        }
        super::check_tables(self.name(), votes, 1)?;
        let fit = Fit::new(options, votes);
        let run = iterate::run(&fit, votes, control, watch)?;
        Ok(fit.fitted(votes, control, run))
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        Some(confusion::terms(learned, votes, fact))
    }
}

/// −KL(Dir(a) ‖ Dir(b)) given E ln p under Dir(a).
pub(super) fn minus_divergence(a: &[f64], b: &[f64], log_p: &[f64]) -> f64 {
    let ln_beta = |x: &[f64]| x.iter().map(|x| ln_gamma(*x)).sum::<f64>() - ln_gamma(x.iter().sum());
    let cross: f64 = a.iter().zip(b).zip(log_p).map(|((a, b), l)| (a - b) * l).sum();
    ln_beta(a) - ln_beta(b) - cross
}

/// E ln p under Dir(a).
pub(super) fn mean_logs(a: &[f64]) -> Vec<f64> {
    let total = digamma(a.iter().sum());
    a.iter().map(|a| digamma(*a) - total).collect()
}

impl Options {
    fn prior(&self, t: usize, v: usize) -> f64 {
        if t == v { self.right } else { self.wrong }
    }
}

impl Rule for Options {
    fn name(&self) -> &'static str {
        "ibcc"
    }

    fn source(&self, counts: &mut [f64], k: usize) -> f64 {
        let mut penalty = 0.0;
        for t in 0..k {
            let prior: Vec<f64> = (0..k).map(|v| self.prior(t, v)).collect();
            let a: Vec<f64> = (0..k).map(|v| counts[v * k + t] + prior[v]).collect();
            let logs = mean_logs(&a);
            penalty += minus_divergence(&a, &prior, &logs);
            (0..k).for_each(|v| counts[v * k + t] = logs[v].exp().max(1e-17));
        }
        penalty
    }

    fn classes(&self, classes: &[f64]) -> (Vec<f64>, f64) {
        let prior = vec![self.class_prior; classes.len()];
        let a: Vec<f64> = classes.iter().map(|c| c + self.class_prior).collect();
        let logs = mean_logs(&a);
        let penalty = minus_divergence(&a, &prior, &logs);
        (logs.iter().map(|l| l.exp().max(1e-17)).collect(), penalty)
    }

    fn mean(&self, counts: &[f64], k: usize) -> Option<Vec<f64>> {
        let mut mean = vec![0.0; k * k];
        for t in 0..k {
            let a: Vec<f64> = (0..k).map(|v| counts[v * k + t] + self.prior(t, v)).collect();
            let total: f64 = a.iter().sum();
            (0..k).for_each(|v| mean[t * k + v] = a[v] / total);
        }
        Some(mean)
    }
}

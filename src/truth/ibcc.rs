//! Dawid–Skene with Dirichlet priors, by variational Bayes.

use super::confusion::{self, Fit, Rule};
use super::iterate;
use super::parameter::{above_zero, read};
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

/// The Dirichlet prior of the rows of a confusion matrix: `right` on the diagonal, `wrong` beside it.
pub(super) struct Rows {
    k: usize,
    /// The prior, its ln Γ and its digamma: beside the diagonal, and on it.
    cells: [(f64, f64, f64); 2],
}

impl Rows {
    pub fn new(right: f64, wrong: f64, k: usize) -> Rows {
        Rows { k, cells: [wrong, right].map(|prior| (prior, ln_gamma(prior), digamma(prior))) }
    }

    fn total(&self) -> f64 {
        self.cells[1].0 + (self.k - 1) as f64 * self.cells[0].0
    }

    /// Counts of the labels given in one class, at the places `at` → E ln p under the posterior; gives −KL(posterior ‖ prior). Of labels
    /// that nobody gave there, most where classes are many, nothing but the prior is known.
    pub fn mean_logs(&self, class: usize, counts: &mut [f64], at: impl Fn(usize) -> usize) -> f64 {
        let prior = self.total();
        let total = prior + (0..self.k).map(|v| counts[at(v)]).sum::<f64>();
        let psi_total = digamma(total);
        let mut divergence = ln_gamma(total) - ln_gamma(prior);
        for v in 0..self.k {
            let (prior, ln_prior, psi_prior) = self.cells[usize::from(v == class)];
            let (place, a) = (at(v), prior + counts[at(v)]);
            let log = if a == prior { psi_prior } else { digamma(a) } - psi_total;
            if a != prior {
                divergence += ln_prior - ln_gamma(a) + counts[place] * log;
            }
            counts[place] = log;
        }
        -divergence
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
        let prior = vec![self.class_prior; classes.len()];
        let a: Vec<f64> = classes.iter().map(|c| c + self.class_prior).collect();
        let logs = mean_logs(&a);
        let penalty = minus_divergence(&a, &prior, &logs);
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

//! A confusion matrix for each source, by expectation–maximisation.

use super::confusion::{self, FLOOR, Fit, Rule};
use super::iterate;
use super::parameter::{in_range, read};
use super::reliability;
use super::{Control, Estimate, Fitted, Found, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct DawidSkene;

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    confusion_prior: f64,
    class_prior: f64,
    assignment: Assignment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Assignment {
    Soft,
    Hard,
}

impl Default for Options {
    fn default() -> Self {
        Options { confusion_prior: 2.0, class_prior: 1.0, assignment: Assignment::Soft }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "confusion_prior",
        default: "2.0",
        expects: "a number ≥ 0",
        summary: "Reports of each class, spread evenly over all labels, that are added to what each source did (Dirichlet prior, at its mode); 0 is maximum likelihood.",
    },
    Parameter {
        name: "class_prior",
        default: "1.0",
        expects: "a number ≥ 0",
        summary: "Facts that are added to each class; 0 is maximum likelihood.",
    },
    Parameter {
        name: "assignment",
        default: "\"soft\"",
        expects: "\"soft\" or \"hard\"",
        summary: "\"soft\" keeps the probabilities of classes between iterations; \"hard\" puts each fact into its best class (Fast Dawid–Skene).",
    },
];

/// Reports of each class, spread evenly over all labels, that are at least added where a report is left out: a label that the source
/// gave but once would be impossible else (Perks 1947, one report a class).
const LEAST_PRIOR: f64 = 1.0;

impl Model for DawidSkene {
    fn name(&self) -> &'static str {
        "dawid_skene"
    }

    fn summary(&self) -> &'static str {
        "Each source has a confusion matrix: how often it reports each label when each class is true. For labels with many reports a source."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Dawid & Skene (1979), doi:10.2307/2346806; assignment=\"hard\": Sinha, Rao & Balasubramanian (2018), arXiv:1803.02781"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (300, 1e-7)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        for (name, value) in [("confusion_prior", options.confusion_prior), ("class_prior", options.class_prior)] {
            in_range(self.name(), PARAMETERS, name, value, value >= 0.0)?;
        }
        super::check_tables(self.name(), votes, 1)?;
        let fit = Fit::new(options, votes);
        let run = iterate::run(&fit, votes, control, watch)?;
        Ok(fit.fitted(votes, control, run))
    }

    fn reliability(&self, given: &Given, found: &Found, watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        let fit = Fit::new(options, found.votes);
        let coupling = reliability::coupling(&fit, found, watch)?;
        let records = fit.left_out(found, options.confusion_prior.max(LEAST_PRIOR), watch)?;
        Ok(Some(reliability::estimates(&records, coupling, found.confidence)))
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        Some(confusion::terms(learned, votes, fact))
    }
}

impl Rule for Options {
    fn name(&self) -> &'static str {
        "dawid_skene"
    }

    fn source(&self, counts: &mut [f64], k: usize) -> f64 {
        normalise(counts, k, self.confusion_prior);
        let weight = self.confusion_prior / k as f64;
        // The logarithm of a product: sixteen factors of at least 1e-17 do not underflow.
        let log = |some: &[f64]| some.iter().product::<f64>().ln();
        if weight > 0.0 { weight * counts.chunks(16).map(log).sum::<f64>() } else { 0.0 }
    }

    fn classes(&self, classes: &[f64]) -> (Vec<f64>, f64) {
        let n: f64 = classes.iter().sum::<f64>() + classes.len() as f64 * self.class_prior;
        let prior: Vec<f64> = classes.iter().map(|c| ((c + self.class_prior) / n).max(FLOOR)).collect();
        let penalty = self.class_prior * prior.iter().map(|p| p.ln()).sum::<f64>();
        (prior, penalty)
    }

    fn is_even(&self) -> bool {
        true
    }

    fn is_hard(&self) -> bool {
        self.assignment == Assignment::Hard
    }
}

/// Counts of one source by label and class → probabilities of labels given each class. Without a prior labels that the source never
/// used get next to nothing, and classes without any report an even share of those it used.
fn normalise(counts: &mut [f64], k: usize, prior: f64) {
    let is_used = |row: &[f64]| prior > 0.0 || row.iter().any(|n| *n > 0.0);
    let used: Vec<bool> = counts.chunks_exact(k).map(is_used).collect();
    for t in 0..k {
        let mut total = 0.0;
        for v in 0..k {
            let n = &mut counts[v * k + t];
            *n = if prior > 0.0 {
                *n + prior / k as f64
            } else if used[v] {
                n.max(FLOOR)
            } else {
                0.0
            };
            total += *n;
        }
        for v in 0..k {
            let n = &mut counts[v * k + t];
            *n = if total > 0.0 { (*n / total).max(1e-17) } else { 1.0 / k as f64 };
        }
    }
}

//! A confusion matrix for each source, by expectation–maximisation.

use super::confusion::{self, FLOOR, Fit, Rule};
use super::iterate;
use super::left_out::log_odds;
use super::parameter::{in_range, read};
use super::reliability::{self, Record};
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
        let fit = Fit::new(Restored(options), found.votes);
        let run = iterate::run(&fit, found.votes, &found.resumed(), watch)?;
        let found = &Found { belief: &run.belief, ..*found };
        let coupling = reliability::coupling(&fit, found, &run.parameters, watch)?;
        let records = fit.left_out(found, &run.parameters, options.confusion_prior.max(LEAST_PRIOR), watch)?;
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

/// The same, but sources are right as often as their reports make probable: the prior, whose reports are right no more often than by
/// chance, shapes their matrices and no more. Beliefs that rest on sources seeming worse than they are make them seem worse again.
struct Restored(Options);

impl Rule for Restored {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn source(&self, counts: &mut [f64], k: usize) -> f64 {
        let mut reports = vec![0.0; k];
        counts.chunks_exact(k).for_each(|row| iterate::merge(&mut reports, row));
        let hits = (0..k).map(|t| counts[t * k + t]).sum();
        self.0.source(counts, k);
        restore(counts, &reports, Record { hits, n: reports.iter().sum(), unsure: 0.0 }.value());
        // It has settled where the likelihood does.
        0.0
    }

    fn classes(&self, classes: &[f64]) -> (Vec<f64>, f64) {
        self.0.classes(classes)
    }

    fn is_hard(&self) -> bool {
        self.0.is_hard()
    }
}

/// Raises the odds of the right label by one factor for all classes, so that of so many `reports` by class the share `value` is
/// expected to be right. By Newton's method in log-odds, exact at once where classes are alike.
fn restore(table: &mut [f64], reports: &[f64], value: f64) {
    let (k, n) = (reports.len(), reports.iter().sum::<f64>());
    let mut factor = 1.0;
    for _ in 0..RESTORING {
        let (mut hits, mut slope) = (0.0, 0.0);
        for (t, n) in reports.iter().enumerate() {
            let p = table[t * k + t];
            let p = p * factor / (1.0 - p + p * factor);
            hits += n * p;
            slope += n * p * (1.0 - p);
        }
        let share = hits / n;
        let gap = log_odds(value) - log_odds(share);
        let step = (gap * share * (1.0 - share) * n / slope).clamp(-2.0, 2.0);
        // Nothing to raise where a source has no reports, or cannot be wrong.
        if step.is_nan() || step.abs() < 1e-9 {
            break;
        }
        factor *= step.exp();
    }
    for (t, _) in reports.iter().enumerate() {
        let p = table[t * k + t];
        let all = (1.0 - p + p * factor).recip();
        for v in 0..k {
            let n = &mut table[v * k + t];
            *n = (*n * if v == t { factor * all } else { all }).max(LEAST);
        }
    }
}

/// Steps of that at most.
const RESTORING: usize = 50;
/// The least that a vote multiplies by.
const LEAST: f64 = 1e-17;

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
            *n = if total > 0.0 { (*n / total).max(LEAST) } else { 1.0 / k as f64 };
        }
    }
}

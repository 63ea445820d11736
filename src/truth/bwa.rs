//! Bayesian weighted average: one class against the rest, with a precision a source.

use super::iterate::{self, Progress, settle};
use super::parameter::{in_range, read};
use super::{Axis, Control, Fitted, Given, Model, Objective, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Bwa;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    shape: f64,
    pull: f64,
    correct: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { shape: 15.0, pull: 1.0, correct: true }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "shape",
        default: "15.0",
        expects: "a number > 0",
        summary: "The shape of the Gamma prior of precisions: how many reports it is worth.",
    },
    Parameter {
        name: "pull",
        default: "1.0",
        expects: "a number > 0",
        summary: "The precision with which facts are drawn to the mean of their class.",
    },
    Parameter {
        name: "correct",
        default: "true",
        expects: "true or false",
        summary: "Scale the prior for the number of classes.",
    },
];

impl Model for Bwa {
    fn name(&self) -> &'static str {
        "bwa"
    }

    fn summary(&self) -> &'static str {
        "Bayesian weighted average: for each class a mean of votes weighed by precisions, drawn to the frequency of the class. Strong and cheap; its beliefs are scores, not probabilities."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Li, Rubinstein & Cohn (2019), Truth inference at scale: a Bayesian model for adjudicating highly redundant crowd annotations, WWW, doi:10.1145/3308558.3313459"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (500, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        in_range(self.name(), PARAMETERS, "shape", options.shape, options.shape > 0.0)?;
        in_range(self.name(), PARAMETERS, "pull", options.pull, options.pull > 0.0)?;
        let k = votes.n_classes();
        watch.expect((k * control.max_iter.max(1) * votes.n_facts()) as u64);
        let mut belief = vec![0.0; votes.n_cells()];
        let mut mean = vec![0.0; k];
        let mut precision = vec![0.0; votes.n_sources() * k];
        let mut progress = Progress::new(control, Objective::Change);
        // By iteration, the largest change in any class.
        let mut trace: Vec<f64> = vec![];
        for class in 0..k {
            let one = one_class(votes, options, control, class, watch)?;
            one.z.iter().enumerate().for_each(|(f, z)| belief[f * k + class] = *z);
            mean[class] = one.mean;
            one.precision.iter().enumerate().for_each(|(s, p)| precision[s * k + class] = *p);
            trace.resize(trace.len().max(one.changes.len()), 0.0);
            trace.iter_mut().zip(&one.changes).for_each(|(x, change)| *x = x.max(*change));
        }
        trace.into_iter().for_each(|change| {
            progress.changed(change);
        });
        for f in 0..votes.n_facts() {
            let cells = &mut belief[votes.cells(f)];
            let total: f64 = cells.iter().sum();
            if total > 0.0 {
                cells.iter_mut().for_each(|x| *x /= total);
            } else {
                cells.fill(1.0 / k as f64);
            }
            settle(votes.gold(f), cells);
        }
        let fitted = Fitted::at_once(self.name(), votes, belief, control.confidence);
        let learned = fitted.learned.clone().with("mean", &[Axis::Class], mean).with(
            "precision",
            &[Axis::Source, Axis::Class],
            precision,
        );
        Ok(Fitted { learned, ..fitted.after(progress) })
    }
}

/// What is found of one class.
struct One {
    /// By fact: whether it is of the class, between 0 and 1.
    z: Vec<f64>,
    /// The frequency of the class, and the precision of each source, that gave these.
    mean: f64,
    precision: Vec<f64>,
    /// By iteration.
    changes: Vec<f64>,
}

/// Whether facts are of one class.
fn one_class(votes: &Votes, options: Options, control: &Control, class: usize, watch: &Watch) -> Result<One> {
    let (n_sources, k) = (votes.n_sources(), votes.n_classes());
    let is_class = |choice: u32| choice as usize == class;
    let of_facts: Vec<(f64, f64)> = (0..votes.n_facts()).map(|f| share(votes, f, is_class)).collect();
    let n = super::coin::vote_weights(votes);
    let total: f64 = n.iter().sum();
    let spread: f64 = of_facts.iter().map(|(share, weight)| weight * share * (1.0 - share)).sum();
    let n_voted = of_facts.iter().filter(|(_, weight)| *weight > 0.0).count();
    let correction = if options.correct { 4.0 * (1.0 - 1.0 / k as f64) } else { 1.0 };
    let rate = options.shape * spread / total * correction;
    let known = |f: usize| match votes.gold(f) {
        super::Gold::Is(k) => Some(f64::from(u8::from(is_class(k)))),
        _ => None,
    };
    let precisions = |z: &[f64]| -> Vec<f64> {
        let parts = map_chunks(votes.n_facts(), votes.chunk(n_sources), |facts| {
            let mut errors = vec![0.0; n_sources];
            for f in facts {
                let of = votes.of(f);
                for i in 0..of.len() {
                    let error = z[f] - f64::from(u8::from(is_class(of.choice[i])));
                    errors[of.source[i] as usize] += of.weight(i) * error * error;
                }
            }
            errors
        });
        let mut errors = vec![0.0; n_sources];
        parts.iter().for_each(|part| iterate::merge(&mut errors, part));
        // All votes alike: the rate may be 0.
        errors.iter().zip(&n).map(|(e, n)| (options.shape + n) / (rate + e).max(1e-12)).collect()
    };
    let weighted = |mean: f64, precision: &[f64]| -> Vec<f64> {
        map_chunks(votes.n_facts(), votes.chunk(1 << 14), |facts| {
            let one = |f: usize| {
                let of = votes.of(f);
                let (mut sum, mut weight) = (options.pull * mean, options.pull);
                for i in 0..of.len() {
                    let p = of.weight(i) * precision[of.source[i] as usize];
                    weight += p;
                    if is_class(of.choice[i]) {
                        sum += p;
                    }
                }
                known(f).unwrap_or(sum / weight)
            };
            facts.map(one).collect::<Vec<f64>>()
        })
        .concat()
    };
    let mut one = match &control.start {
        Some(learned) => {
            let precision: Vec<f64> = learned.get("precision").iter().skip(class).step_by(k).copied().collect();
            let mean = learned.get("mean")[class];
            One { z: weighted(mean, &precision), mean, precision, changes: vec![] }
        }
        None => {
            let z = of_facts.iter().map(|(share, _)| *share).collect();
            One { z, mean: 0.0, precision: vec![], changes: vec![] }
        }
    };
    for _ in 0..control.max_iter {
        let voted = one.z.iter().zip(&of_facts).filter(|(_, (_, weight))| *weight > 0.0);
        one.mean = voted.map(|(z, _)| z).sum::<f64>() / n_voted as f64;
        one.precision = precisions(&one.z);
        let new = weighted(one.mean, &one.precision);
        let change = iterate::largest_change(&one.z, &new);
        one.z = new;
        one.changes.push(change);
        watch.tick(votes.n_facts() as u64)?;
        if change < control.tol {
            break;
        }
    }
    Ok(one)
}

/// The share of the votes of a fact that are for the class, and what they all weigh.
fn share(votes: &Votes, fact: usize, is_class: impl Fn(u32) -> bool) -> (f64, f64) {
    let of = votes.of(fact);
    let (mut own, mut all) = (0.0, 0.0);
    for i in 0..of.len() {
        all += of.weight(i);
        if is_class(of.choice[i]) {
            own += of.weight(i);
        }
    }
    (if all > 0.0 { own / all } else { 0.0 }, all)
}

//! Latent truth: each claim is true or false by itself, sources have sensitivity and specificity.

use super::iterate::{Progress, largest_change, settle};
use super::parameter::{above_zero, read};
use super::{Control, Fitted, Given, Model, Objective, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use serde::Deserialize;
use statrs::function::gamma::digamma;

/// See [`Model::summary`].
pub struct Ltm;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    sensitive: f64,
    insensitive: f64,
    false_positive: f64,
    true_negative: f64,
    true_claims: f64,
    false_claims: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            sensitive: 5.0,
            insensitive: 5.0,
            false_positive: 1.0,
            true_negative: 10.0,
            true_claims: 1.0,
            false_claims: 1.0,
        }
    }
}

const POSITIVE: &str = "a number > 0";

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "sensitive", default: "5.0", expects: POSITIVE, summary: "Prior count of true claims made." },
    Parameter { name: "insensitive", default: "5.0", expects: POSITIVE, summary: "Prior count of true claims missed." },
    Parameter {
        name: "false_positive",
        default: "1.0",
        expects: POSITIVE,
        summary: "Prior count of false claims made.",
    },
    Parameter {
        name: "true_negative",
        default: "10.0",
        expects: POSITIVE,
        summary: "Prior count of false claims not made.",
    },
    Parameter { name: "true_claims", default: "1.0", expects: POSITIVE, summary: "Prior count of true claims." },
    Parameter { name: "false_claims", default: "1.0", expects: POSITIVE, summary: "Prior count of false claims." },
];

impl Model for Ltm {
    fn name(&self) -> &'static str {
        "ltm"
    }

    fn summary(&self) -> &'static str {
        "Latent truth model: every claim is true or false by itself, so that a fact may have several true values or none; sources have a sensitivity and a specificity. By mean-field variational Bayes, not the sampler of the paper."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Zhao, Rubinstein, Gemmell & Han (2012), A Bayesian approach to discovering truth from conflicting sources, PVLDB 5(6), doi:10.14778/2168651.2168656"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    /// Beliefs of a fact's claims do not sum to 1 by themselves: they share what is not the probability that none is true.
    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        above_zero(
            self.name(),
            PARAMETERS,
            &[
                ("sensitive", options.sensitive),
                ("insensitive", options.insensitive),
                ("false_positive", options.false_positive),
                ("true_negative", options.true_negative),
                ("true_claims", options.true_claims),
                ("false_claims", options.false_claims),
            ],
        )?;
        let n = votes.n_sources();
        watch.expect((control.max_iter * votes.n_facts()) as u64);
        let mut truth = vec![0.0; votes.n_cells()];
        for f in 0..votes.n_facts() {
            let cells = &mut truth[votes.cells(f)];
            votes.shares(f, cells);
            settle(votes.gold(f), cells);
        }
        let mut progress = Progress::new(control, Objective::Change);
        let mut counts = match &control.start {
            Some(learned) => learned.get("counts").to_vec(),
            None => count(votes, &truth, n),
        };
        for _ in 0..control.max_iter.max(1) {
            let new = step(votes, options, &counts, n);
            let change = largest_change(&truth, &new);
            truth = new;
            watch.tick(votes.n_facts() as u64)?;
            if control.max_iter == 0 {
                break;
            }
            counts = count(votes, &truth, n);
            if progress.changed(change) {
                break;
            }
        }
        let mut unclaimed = vec![f64::NAN; votes.n_facts()];
        for f in 0..votes.n_facts() {
            let cells = &mut truth[votes.cells(f)];
            if cells.is_empty() {
                continue;
            }
            let none: f64 = cells.iter().map(|p| 1.0 - p).product();
            let total: f64 = cells.iter().sum();
            if total > 0.0 {
                cells.iter_mut().for_each(|p| *p *= (1.0 - none) / total);
            }
            unclaimed[f] = none;
        }
        let fitted = Fitted::at_once(self.name(), votes, truth, control.confidence);
        // By source: ln of how much more often it makes a true claim than a false one.
        let weight = (0..n)
            .map(|s| {
                let [miss, hit, no, yes] = [0, 1, 2, 3].map(|j| counts[4 * s + j]);
                let sensitivity = (hit + options.sensitive) / (hit + miss + options.sensitive + options.insensitive);
                let fall_out =
                    (yes + options.false_positive) / (yes + no + options.false_positive + options.true_negative);
                (sensitivity / fall_out).ln()
            })
            .collect();
        let learned = fitted.learned.clone().with_rows("counts", 4, counts);
        Ok(Fitted { unclaimed: Some(unclaimed), weight, learned, ..fitted.after(progress) })
    }
}

/// By source: true claims missed and made, false claims not made and made, among the claims of its facts.
fn count(votes: &Votes, truth: &[f64], n: usize) -> Vec<f64> {
    let parts = map_chunks(votes.n_facts(), votes.chunk(4 * n), |facts| {
        let mut counts = vec![0.0; 4 * n];
        for f in facts {
            let (of, cells) = (votes.of(f), &truth[votes.cells(f)]);
            let all: f64 = cells.iter().sum();
            for i in 0..of.len() {
                let (s, w, p) = (4 * of.source[i] as usize, of.weight(i), cells[of.choice[i] as usize]);
                counts[s] += w * (all - p);
                counts[s + 1] += w * p;
                counts[s + 2] += w * (cells.len() as f64 - 1.0 - (all - p));
                counts[s + 3] += w * (1.0 - p);
            }
        }
        counts
    });
    let mut counts = vec![0.0; 4 * n];
    parts.iter().for_each(|part| super::iterate::merge(&mut counts, part));
    counts
}

/// The probability of each claim, given the counts.
fn step(votes: &Votes, o: Options, counts: &[f64], n: usize) -> Vec<f64> {
    let logs: Vec<[f64; 2]> = (0..n)
        .map(|s| {
            let [miss, hit, no, yes] = [0, 1, 2, 3].map(|j| counts[4 * s + j]);
            // ln of the odds that a claim it makes, and one it does not make, is true.
            let of_true = digamma(hit + miss + o.sensitive + o.insensitive);
            let of_false = digamma(yes + no + o.false_positive + o.true_negative);
            let made = digamma(hit + o.sensitive) - of_true - digamma(yes + o.false_positive) + of_false;
            let missed = digamma(miss + o.insensitive) - of_true - digamma(no + o.true_negative) + of_false;
            [made, missed]
        })
        .collect();
    let prior = (o.true_claims / o.false_claims).ln();
    map_chunks(votes.n_facts(), votes.chunk(1 << 14), |facts| {
        let first = if facts.is_empty() { 0 } else { votes.cells(facts.start).start };
        let end = if facts.is_empty() { 0 } else { votes.cells(facts.end - 1).end };
        let mut truth = vec![0.0; end - first];
        for f in facts {
            let (of, range) = (votes.of(f), votes.cells(f));
            let cells = &mut truth[range.start - first..range.end - first];
            let silent: f64 = (0..of.len()).map(|i| of.weight(i) * logs[of.source[i] as usize][1]).sum();
            cells.fill(prior + silent);
            for i in 0..of.len() {
                let [made, missed] = logs[of.source[i] as usize];
                cells[of.choice[i] as usize] += of.weight(i) * (made - missed);
            }
            cells.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp()));
            settle(votes.gold(f), cells);
        }
        truth
    })
    .concat()
}

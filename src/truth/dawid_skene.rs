//! A confusion matrix for each source, by expectation–maximisation.

use super::iterate::{self, Iterative, Run};
use super::majority_vote::sides;
use super::parameter::{in_range, read};
use super::{Axis, Control, Estimate, Fitted, Given, Gold, Learned, Model, Objective, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;
use std::ops::Range;

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

/// The least probability of a label that a source used, as in crowd-kit: nothing is impossible.
const FLOOR: f64 = 1e-10;

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
        super::table_size(self.name(), votes)?;
        let fit = Fit::new(options, votes);
        let run = iterate::run(&fit, votes, control, watch)?;
        Ok(fit.fitted(votes, control, run))
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let k = votes.n_classes();
        let (prior, confusion) = (learned.get("prior"), learned.get("confusion"));
        let of = votes.of(fact);
        let vote = |i: usize| {
            let (s, v) = (of.source[i] as usize, of.choice[i] as usize);
            (0..k).map(|t| of.weight(i) * confusion[(s * k + t) * k + v].max(1e-300).ln()).collect()
        };
        Some(Terms {
            prior: prior.iter().map(|p| p.ln()).collect(),
            votes: (0..of.len()).map(vote).collect(),
            partial: false,
        })
    }
}

/// One fit: where in the table each vote reads.
struct Fit {
    options: Options,
    /// source × classes + label, by vote.
    row: Vec<u32>,
}

/// Probabilities.
struct Parameters {
    prior: Vec<f64>,
    /// By source, label, true class: what one vote reads is contiguous.
    table: Vec<f64>,
}

impl Fit {
    fn new(options: Options, votes: &Votes) -> Fit {
        let k = votes.n_classes() as u32;
        let row = votes.sources().iter().zip(votes.choices()).map(|(s, v)| s * k + v).collect();
        Fit { options, row }
    }

    fn fitted(&self, votes: &Votes, control: &Control, run: Run<Parameters>) -> Fitted {
        let (k, n_sources) = (votes.n_classes(), votes.n_sources());
        let mut confusion = vec![0.0; n_sources * k * k];
        for s in 0..n_sources {
            for v in 0..k {
                for t in 0..k {
                    confusion[(s * k + t) * k + v] = run.parameters.table[(s * k + v) * k + t];
                }
            }
        }
        let reliability = match &run.stats {
            Some(stats) if !votes.has_denials() => hits(stats, k, n_sources, control.confidence),
            _ => sides(votes, &run.belief, control.confidence),
        };
        let weight = (0..n_sources)
            .map(|s| mean_log_odds(&run.parameters.prior, &confusion[s * k * k..(s + 1) * k * k]))
            .collect();
        let learned = Learned::of("dawid_skene", votes).with("prior", &[Axis::Class], run.parameters.prior).with(
            "confusion",
            &[Axis::Source, Axis::Class, Axis::Class],
            confusion.clone(),
        );
        Fitted {
            belief: run.belief,
            unclaimed: None,
            reliability,
            weight,
            confusion: Some(confusion),
            numbers: None,
            trace: run.trace,
            objective: Objective::Maximised,
            converged: run.converged,
            last_change: run.last_change,
            learned,
            warnings: vec![],
        }
    }
}

/// How often each source is expected to be right: Beta(½ + hits, ½ + misses), from counts by source, label and class.
fn hits(stats: &[f64], k: usize, n_sources: usize, confidence: f64) -> Vec<Estimate> {
    let source = |s: usize| {
        let counts = &stats[s * k * k..(s + 1) * k * k];
        let n: f64 = counts.iter().sum();
        let hits: f64 = (0..k).map(|t| counts[t * k + t]).sum();
        if n > 0.0 {
            Estimate::beta(hits + 0.5, (n - hits).max(0.0) + 0.5, confidence)
        } else {
            Estimate::point(f64::NAN)
        }
    };
    (0..n_sources).map(source).collect()
}

/// What a report adds on average to the log-odds of the label it gives: the mean over true classes t (by prior) and reports v of
/// ln π(v | v) − ln π(v | not v).
pub(super) fn mean_log_odds(prior: &[f64], confusion: &[f64]) -> f64 {
    let k = prior.len();
    if k < 2 {
        return f64::NAN;
    }
    let mut sum = 0.0;
    for v in 0..k {
        let joint = |t: usize| prior[t] * confusion[t * k + v];
        let others: f64 = (0..k).filter(|t| *t != v).map(joint).sum();
        let said = others + joint(v);
        let rest = 1.0 - prior[v];
        if said > 0.0 && rest > 0.0 {
            sum += said * (confusion[v * k + v].max(FLOOR).ln() - (others / rest).max(FLOOR).ln());
        }
    }
    sum
}

impl Iterative for Fit {
    type Parameters = Parameters;

    /// Counts by source, label and class; then facts by class.
    fn n_stats(&self, votes: &Votes) -> usize {
        let k = votes.n_classes();
        votes.n_sources() * k * k + k
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        let k = posterior.len();
        let (counts, classes) = stats.split_at_mut(votes.n_sources() * k * k);
        let of = votes.of(fact);
        if of.is_empty() {
            return;
        }
        for (i, row) in self.row[votes.range(fact)].iter().enumerate() {
            let w = of.weight(i);
            let counts = &mut counts[*row as usize * k..][..k];
            counts.iter_mut().zip(posterior).for_each(|(n, q)| *n += w * q);
        }
        classes.iter_mut().zip(posterior).for_each(|(n, q)| *n += q);
    }

    fn maximise(&self, votes: &Votes, stats: &[f64], _: Option<&Parameters>) -> Parameters {
        let k = votes.n_classes();
        let (counts, classes) = stats.split_at(votes.n_sources() * k * k);
        let mut table = counts.to_vec();
        table.chunks_exact_mut(k * k).for_each(|counts| normalise(counts, k, self.options.confusion_prior));
        let n: f64 = classes.iter().sum::<f64>() + k as f64 * self.options.class_prior;
        let prior = classes.iter().map(|c| ((c + self.options.class_prior) / n).max(FLOOR)).collect();
        Parameters { prior, table }
    }

    fn penalty(&self, _: &Votes, parameters: &Parameters) -> f64 {
        let k = parameters.prior.len() as f64;
        let mut penalty = 0.0;
        if self.options.confusion_prior > 0.0 {
            penalty += self.options.confusion_prior / k * parameters.table.iter().map(|p| p.ln()).sum::<f64>();
        }
        if self.options.class_prior > 0.0 {
            penalty += self.options.class_prior * parameters.prior.iter().map(|p| p.ln()).sum::<f64>();
        }
        penalty
    }

    fn posterior(&self, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        let k = posterior.len();
        let of = votes.of(fact);
        posterior.copy_from_slice(&parameters.prior);
        let mut scale = 0.0;
        for (i, row) in self.row[votes.range(fact)].iter().enumerate() {
            let w = of.weight(i);
            let row = &parameters.table[*row as usize * k..][..k];
            if w == 1.0 {
                posterior.iter_mut().zip(row).for_each(|(q, p)| *q *= p);
            } else {
                posterior.iter_mut().zip(row).for_each(|(q, p)| *q *= p.powf(w.min(20.0)));
            }
            // Eight factors of at least 1e-17 do not underflow.
            if i % 8 == 7 || w > 1.0 {
                scale += rescale(posterior);
            }
        }
        let total: f64 = posterior.iter().sum();
        posterior.iter_mut().for_each(|q| *q /= total);
        if self.options.assignment == Assignment::Hard {
            let best = harden(posterior);
            return if of.is_empty() { 0.0 } else { scale + (total * best).ln() };
        }
        if of.is_empty() { 0.0 } else { scale + total.ln() }
    }

    fn expect(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        if votes.weights().is_some() || self.options.assignment == Assignment::Hard {
            return self.expect_each(votes, parameters, facts, stats);
        }
        match votes.n_classes() {
            2 => self.fused::<2>(votes, parameters, facts, stats),
            3 => self.fused::<3>(votes, parameters, facts, stats),
            4 => self.fused::<4>(votes, parameters, facts, stats),
            5 => self.fused::<5>(votes, parameters, facts, stats),
            6 => self.fused::<6>(votes, parameters, facts, stats),
            7 => self.fused::<7>(votes, parameters, facts, stats),
            8 => self.fused::<8>(votes, parameters, facts, stats),
            _ => self.expect_each(votes, parameters, facts, stats),
        }
    }

    fn resume(&self, votes: &Votes, learned: &Learned) -> Parameters {
        let k = votes.n_classes();
        let confusion = learned.get("confusion");
        let mut table = vec![0.0; confusion.len()];
        for s in 0..votes.n_sources() {
            for t in 0..k {
                for v in 0..k {
                    table[(s * k + v) * k + t] = confusion[(s * k + t) * k + v].max(1e-17);
                }
            }
        }
        // Classes that do not occur here take their part of the prior with them.
        let total: f64 = learned.get("prior").iter().sum();
        Parameters { prior: learned.get("prior").iter().map(|p| (p / total).max(FLOOR)).collect(), table }
    }
}

impl Fit {
    fn expect_each(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let mut posterior = vec![0.0; votes.n_classes()];
        let mut objective = 0.0;
        for f in facts {
            objective += self.posterior(votes, parameters, f, &mut posterior);
            objective += iterate::settle(votes.gold(f), &mut posterior);
            self.scatter(votes, f, &posterior, stats);
        }
        objective
    }

    /// Expectation and statistics in one go for few classes: no logarithm a report, the sum of logarithms as that of a product.
    fn fused<const K: usize>(
        &self,
        votes: &Votes,
        parameters: &Parameters,
        facts: Range<usize>,
        stats: &mut [f64],
    ) -> f64 {
        let (counts, classes) = stats.split_at_mut(votes.n_sources() * K * K);
        let (table, _) = parameters.table.as_chunks::<K>();
        let (counts, _) = counts.as_chunks_mut::<K>();
        let mut prior = [0.0; K];
        prior.copy_from_slice(&parameters.prior);
        let mut class = [0.0; K];
        let (mut product, mut objective) = (1.0, 0.0);
        let ptr = &votes.fact_ptr()[facts.start..=facts.end];
        for (f, ends) in facts.zip(ptr.windows(2)) {
            let rows = &self.row[ends[0] as usize..ends[1] as usize];
            if rows.is_empty() {
                continue;
            }
            let mut q = prior;
            let mut eights = rows.chunks(8);
            if let Some(first) = eights.next() {
                multiply(&mut q, first, table);
            }
            for more in eights {
                objective += rescale(&mut q);
                multiply(&mut q, more, table);
            }
            let total: f64 = q.iter().sum();
            let inverse = 1.0 / total;
            q.iter_mut().for_each(|x| *x *= inverse);
            product *= total;
            if product < 1e-100 {
                objective += f64::ln(product);
                product = 1.0;
            }
            if votes.has_gold() && votes.gold(f) != Gold::Unknown {
                objective += iterate::settle(votes.gold(f), &mut q);
            }
            for row in rows {
                let n = &mut counts[*row as usize];
                (0..K).for_each(|t| n[t] += q[t]);
            }
            (0..K).for_each(|t| class[t] += q[t]);
        }
        classes.iter_mut().zip(class).for_each(|(n, q)| *n += q);
        objective + product.ln()
    }
}

#[inline]
fn multiply<const K: usize>(q: &mut [f64; K], rows: &[u32], table: &[[f64; K]]) {
    for row in rows {
        let p = &table[*row as usize];
        (0..K).for_each(|t| q[t] *= p[t]);
    }
}

/// Divides by the largest; gives its logarithm.
#[inline]
fn rescale(q: &mut [f64]) -> f64 {
    let largest = q.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    q.iter_mut().for_each(|x| *x /= largest);
    largest.ln()
}

/// Puts all on the most probable class, evenly on those that tie; gives what it had.
fn harden(posterior: &mut [f64]) -> f64 {
    let best = posterior.iter().copied().fold(0.0, f64::max);
    let ties = |q: f64| q >= best * (1.0 - 1e-9);
    let n = posterior.iter().filter(|q| ties(**q)).count() as f64;
    posterior.iter_mut().for_each(|q| *q = if ties(*q) { 1.0 / n } else { 0.0 });
    best
}

/// Counts of one source by label and class → probabilities of labels given each class. Without a prior labels that the source never
/// used get next to nothing, and classes without any report an even share of those it used.
fn normalise(counts: &mut [f64], k: usize, prior: f64) {
    let used: Vec<bool> = counts.chunks_exact(k).map(|row| row.iter().any(|n| *n > 0.0)).collect();
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

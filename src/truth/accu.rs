//! Accuracy of sources, with a known number of false values.

use super::coin::{Coin, softmax, vote_weights};
use super::iterate::{self, Iterative};
use super::parameter::{in_range, read};
use super::{Axis, Control, Fitted, Given, Learned, Model, Objective, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Accu;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Options {
    pub n_false: f64,
    pub start: f64,
    pub similarity: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { n_false: 100.0, start: 0.8, similarity: 0.5 }
    }
}

const N_FALSE: Parameter = Parameter {
    name: "n_false",
    default: "100.0",
    expects: "a number ≥ 1",
    summary: "False values of a fact, claimed or not, over which errors spread evenly.",
};
pub(super) const START: Parameter = Parameter {
    name: "start",
    default: "0.8",
    expects: "a number in (0, 1)",
    summary: "The first accuracy of every source.",
};
const PARAMETERS: &[Parameter] = &[N_FALSE, START];
pub(super) const SIMILAR: &[Parameter] = &[
    N_FALSE,
    START,
    Parameter {
        name: "similarity",
        default: "0.5",
        expects: "a number from 0 to 1",
        summary: "How much of the support of similar values a value gets.",
    },
];

/// How errors spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Evenly over `n_false` values.
    Even,
    /// So too, and similar values support each other.
    Similar,
    /// As the claimed values that are not true are spread.
    Popular,
}

impl Model for Accu {
    fn name(&self) -> &'static str {
        "accu"
    }

    fn summary(&self) -> &'static str {
        "Each source has an accuracy; its errors spread evenly over a given number of false values. Copying is not modelled here: see the dependence of sources. Tells how probable it is that nobody is right."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Dong, Berti-Equille & Srivastava (2009), Integrating conflicting data: the role of source dependence, PVLDB 2(1), doi:10.14778/1687627.1687690, without copying"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        fit(self.name(), PARAMETERS, Kind::Even, given, votes, control, watch)
    }

    fn terms(&self, given: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let options: Options = read(self.name(), PARAMETERS, given).ok()?;
        let fit = Fit { options, kind: Kind::Even, n: vec![], shares: vec![], values: vec![] };
        Some(Coin::terms(&fit, votes, &learned.get("accuracy").to_vec(), fact))
    }
}

/// The work of all three models.
pub(super) fn fit(
    model: &'static str,
    table: &[Parameter],
    kind: Kind,
    given: &Given,
    votes: &Votes,
    control: &Control,
    watch: &Watch,
) -> Result<Fitted> {
    let options: Options = read(model, table, given)?;
    in_range(model, table, "n_false", options.n_false, options.n_false >= 1.0)?;
    in_range(model, table, "start", options.start, options.start > 0.0 && options.start < 1.0)?;
    in_range(model, table, "similarity", options.similarity, (0.0..=1.0).contains(&options.similarity))?;
    let mut shares = vec![];
    if kind == Kind::Popular {
        shares = vec![0.0; votes.n_cells()];
        (0..votes.n_facts()).for_each(|f| votes.shares(f, &mut shares[votes.cells(f)]));
    }
    let values = if kind == Kind::Similar { spelled(votes) } else { vec![] };
    let fit = Fit { options, kind, n: vote_weights(votes), shares, values };
    let control_from_start = match control.start {
        Some(_) => control.clone(),
        None => {
            let accuracy = vec![options.start; votes.n_sources()];
            let start = Learned::of(model, votes).with("accuracy", &[Axis::Source], accuracy);
            Control { start: Some(start), max_iter: control.max_iter + 1, ..control.clone() }
        }
    };
    let run = iterate::run(&fit, votes, &control_from_start, watch)?;
    let fitted = Fitted::at_once(model, votes, run.belief.clone(), control.confidence);
    let rest = |f: usize| 1.0 - run.belief[votes.cells(f)].iter().sum::<f64>();
    let unclaimed = (kind != Kind::Popular).then(|| {
        (0..votes.n_facts()).map(|f| if votes.of(f).is_empty() { f64::NAN } else { rest(f).max(0.0) }).collect()
    });
    let weight = match kind {
        // It depends on how popular a value and its rivals are.
        Kind::Popular => vec![f64::NAN; votes.n_sources()],
        Kind::Even | Kind::Similar => run.parameters.iter().map(|a| (options.n_false * a / (1.0 - a)).ln()).collect(),
    };
    let learned = fitted.learned.clone().with("accuracy", &[Axis::Source], run.parameters.clone());
    Ok(Fitted { unclaimed, weight, learned, ..fitted.after(run.progress) })
}

struct Fit {
    options: Options,
    kind: Kind,
    n: Vec<f64>,
    /// By cell, for popular errors.
    shares: Vec<f64>,
    /// By cell, where similar values support each other.
    values: Vec<Spelled>,
}

impl Coin for Fit {
    type Parameters = Vec<f64>;

    fn prior(&self, _: &Votes, _: &Vec<f64>, _: usize, _: usize) -> f64 {
        0.0
    }

    fn log_odds(&self, votes: &Votes, accuracy: &Vec<f64>, fact: usize, i: usize) -> (f64, f64) {
        let a = accuracy[votes.of(fact).source[i] as usize];
        (a.ln(), ((1.0 - a) / self.options.n_false).ln())
    }
}

impl Fit {
    /// Values that are spelled alike, or numbers that are near, support each other.
    fn support(&self, votes: &Votes, fact: usize, logs: &mut [f64]) {
        let (own, values) = (logs.to_vec(), &self.values[votes.cells(fact)]);
        for (k, x) in logs.iter_mut().enumerate() {
            let others = (0..own.len()).filter(|j| *j != k);
            *x += self.options.similarity * others.map(|j| own[j] * alike(&values[j], &values[k])).sum::<f64>();
        }
    }

    /// With errors as popular as the claimed values are: ln p(cell) = Σ ln A of its sources + Σ ln((1 − A) share / (1 − own share))
    /// of the others, less Σ ln((1 − A) share) of all, which is the same for all cells.
    fn popular(&self, votes: &Votes, accuracy: &[f64], fact: usize, logs: &mut [f64]) {
        let of = votes.of(fact);
        let shares = &self.shares[votes.cells(fact)];
        let total: f64 = (0..of.len()).map(|i| of.weight(i)).sum();
        for (x, share) in logs.iter_mut().zip(shares) {
            *x = -total * (1.0 - share) * (1.0 - share).max(1e-9).ln();
        }
        for i in 0..of.len() {
            let (a, k) = (accuracy[of.source[i] as usize], of.choice[i] as usize);
            logs[k] += of.weight(i) * (a / ((1.0 - a) * shares[k])).ln();
        }
    }
}

/// A value as others are compared with it: a number, or the pairs of neighbouring letters of its text, sorted.
type Spelled = (Option<f64>, Vec<(char, char)>);

/// By cell.
fn spelled(votes: &Votes) -> Vec<Spelled> {
    let m = &*votes.matrix().inner;
    let of_cell = |f: usize, k: usize| {
        let value = votes.claim(f, k).and_then(|(f, c)| m.claim_value(f, c));
        let number = value.as_ref().and_then(crate::value::Value::as_number);
        (number, value.map_or_else(Vec::new, |v| pairs(&v.to_string())))
    };
    (0..votes.n_facts()).flat_map(|f| (0..votes.cells(f).len()).map(move |k| of_cell(f, k))).collect()
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = text.to_lowercase().chars().take(200).collect();
    let mut pairs: Vec<(char, char)> = letters.windows(2).map(|w| (w[0], w[1])).collect();
    pairs.sort_unstable();
    pairs
}

/// 1 for the same, 0 for nothing in common: 1 − |a − b| / (|a| + |b|) of numbers, shared pairs of letters of texts (Dice).
fn alike(a: &Spelled, b: &Spelled) -> f64 {
    if let (Some(x), Some(y)) = (a.0, b.0) {
        return (1.0 - (x - y).abs() / (x.abs() + y.abs()).max(f64::MIN_POSITIVE)).max(0.0);
    }
    let (p, q) = (&a.1, &b.1);
    if p.is_empty() || q.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < p.len() && j < q.len() {
        match p[i].cmp(&q[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    2.0 * shared as f64 / (p.len() + q.len()) as f64
}

impl Iterative for Fit {
    type Parameters = Vec<f64>;

    fn n_stats(&self, votes: &Votes) -> usize {
        votes.n_sources()
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        super::coin::scatter_hits(votes, fact, posterior, stats);
    }

    fn maximise(&self, _: &Votes, stats: &[f64], _: Option<&Vec<f64>>) -> Vec<f64> {
        let mean = |(h, n): (&f64, &f64)| if *n > 0.0 { (h / n).clamp(1e-3, 1.0 - 1e-3) } else { self.options.start };
        stats.iter().zip(&self.n).map(mean).collect()
    }

    fn posterior(&self, votes: &Votes, accuracy: &Vec<f64>, fact: usize, posterior: &mut [f64]) -> f64 {
        if posterior.is_empty() {
            return 0.0;
        }
        if self.kind == Kind::Popular {
            self.popular(votes, accuracy, fact, posterior);
            softmax(posterior);
            return 0.0;
        }
        self.logs(votes, accuracy, fact, posterior);
        if self.kind == Kind::Similar {
            self.support(votes, fact, posterior);
        }
        // Of n_false + 1 possible values those that nobody claims have no votes.
        let unclaimed = (self.options.n_false + 1.0 - posterior.len() as f64).max(0.0);
        let mut all = posterior.to_vec();
        if unclaimed > 0.0 {
            all.push(unclaimed.ln());
        }
        softmax(&mut all);
        posterior.copy_from_slice(&all[..posterior.len()]);
        0.0
    }

    fn objective(&self) -> Objective {
        Objective::Change
    }

    fn change(&self, previous: &Vec<f64>, new: &Vec<f64>) -> f64 {
        iterate::largest_change(previous, new)
    }

    fn resume(&self, _: &Votes, learned: &Learned) -> Vec<f64> {
        learned.get("accuracy").to_vec()
    }
}

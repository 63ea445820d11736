//! Confusion matrices by subtype of class: sources that err together on the same kind of fact.

use super::coin::softmax_states;
use super::dirichlet::{Dirichlet, Rows};
use super::ibcc;
use super::iterate::{self, Iterative, settle};
use super::parameter::{above_zero, in_range, read};
use super::reliability::{self, Tilted};
use super::{Axis, Control, Estimate, Fitted, Found, Given, Learned, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;
use std::ops::Range;

/// See [`Model::summary`].
pub struct Ebcc;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    groups: usize,
    group_prior: f64,
    right: f64,
    wrong: f64,
    class_prior: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { groups: 10, group_prior: 0.1, right: 4.0, wrong: 1.0, class_prior: 1.0 }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "groups", default: "10", expects: "an integer ≥ 1", summary: "Subtypes a class at most." },
    Parameter {
        name: "group_prior",
        default: "0.1",
        expects: "a number > 0",
        summary: "The Dirichlet prior of subtypes: the smaller, the fewer are used.",
    },
    ibcc::PARAMETERS[0],
    ibcc::PARAMETERS[1],
    ibcc::PARAMETERS[2],
];

impl Model for Ebcc {
    fn name(&self) -> &'static str {
        "ebcc"
    }

    fn summary(&self) -> &'static str {
        "Enhanced Bayesian classifier combination: each class has subtypes with confusion matrices of their own, so that errors of sources may go together. By variational Bayes."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Li, Rubinstein & Cohn (2019), Exploiting worker correlation for label aggregation in crowdsourcing, ICML"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (500, 1e-7)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        in_range(self.name(), PARAMETERS, "groups", options.groups as f64, (1..=1000).contains(&options.groups))?;
        above_zero(
            self.name(),
            PARAMETERS,
            &[
                ("group_prior", options.group_prior),
                ("right", options.right),
                ("wrong", options.wrong),
                ("class_prior", options.class_prior),
            ],
        )?;
        super::check_tables(self.name(), votes, TABLES * options.groups)?;
        let fit = Fit { options };
        let run = iterate::run(&fit, votes, control, watch)?;
        let (k, m) = (votes.n_classes(), options.groups);
        let fitted = Fitted::at_once(self.name(), votes, run.belief.clone(), control.confidence);
        let mut learned = fitted.learned.clone();
        if let Some(stats) = &run.stats {
            let (counts, facts) = stats.split_at(votes.n_sources() * k * k * m);
            let of_group = |x: &[f64], g: usize| x.iter().skip(g).step_by(m).copied().collect::<Vec<f64>>();
            for g in 0..m {
                learned = learned.with(&format!("facts {g}"), &[Axis::Class], of_group(facts, g));
            }
            for g in 0..m {
                let axes = [Axis::Source, Axis::Class, Axis::Class];
                learned = learned.with(&format!("counts {g}"), &axes, of_group(counts, g));
            }
        } else if let Some(start) = &control.start {
            learned = start.clone();
        }
        Ok(Fitted { learned, ..fitted.after(run.progress) })
    }

    fn reliability(&self, given: &Given, found: &Found, watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        let fit = Fit { options: read(self.name(), PARAMETERS, given)? };
        reliability::coupled(&fit, found, &fit.resume(found.votes, found.learned), watch).map(Some)
    }
}

/// Tables that are held at a time for each subtype: statistics old, new and of a chunk, and what votes add.
const TABLES: usize = 4;
/// At the start the share of the leading value is least in the last subtype.
const HARDEST: f64 = 0.35;

struct Fit {
    options: Options,
}

struct Parameters {
    /// ln by state: class × groups + group.
    prior: Vec<f64>,
    /// ln of what a vote multiplies by: by source, label, state.
    table: Vec<f64>,
    penalty: f64,
}

impl Fit {
    /// The posterior of a fact by class and subtype; gives the log-likelihood of its votes and its known class.
    fn states(&self, votes: &Votes, parameters: &Parameters, fact: usize, states: &mut [f64]) -> f64 {
        let n = states.len();
        states.copy_from_slice(&parameters.prior);
        let of = votes.of(fact);
        for i in 0..of.len() {
            let row = (of.source[i] as usize * votes.n_classes() + of.choice[i] as usize) * n;
            let w = of.weight(i);
            states.iter_mut().zip(&parameters.table[row..row + n]).for_each(|(x, l)| *x += w * l);
        }
        let log = softmax_states(states, votes.gold(fact), self.options.groups);
        if of.is_empty() { 0.0 } else { log }
    }

    fn add(&self, votes: &Votes, fact: usize, states: &[f64], stats: &mut [f64]) {
        let n = states.len();
        let of = votes.of(fact);
        if of.is_empty() {
            return;
        }
        let (counts, facts) = stats.split_at_mut(votes.n_sources() * votes.n_classes() * n);
        for i in 0..of.len() {
            let row = (of.source[i] as usize * votes.n_classes() + of.choice[i] as usize) * n;
            let w = of.weight(i);
            counts[row..row + n].iter_mut().zip(states).for_each(|(c, q)| *c += w * q);
        }
        iterate::merge(facts, states);
    }
}

impl Iterative for Fit {
    type Parameters = Parameters;

    fn n_stats(&self, votes: &Votes) -> usize {
        let (k, m) = (votes.n_classes(), self.options.groups);
        votes.n_sources() * k * k * m + k * m
    }

    /// Starts with the shares of votes, spread over subtypes by how far sources agree: the paper draws them at random. So no order and
    /// no name matters, and the bound that is reached is about that of the best of many draws.
    fn begin(&self, votes: &Votes, facts: Range<usize>, stats: &mut [f64]) {
        let (k, m) = (votes.n_classes(), self.options.groups);
        let (mut shares, mut states, mut spread) = (vec![0.0; k], vec![0.0; k * m], vec![1.0; m]);
        let step = (1.0 - HARDEST) / (m.max(2) - 1) as f64;
        for f in facts {
            votes.shares(f, &mut shares);
            let top = shares.iter().copied().fold(0.0, f64::max);
            settle(votes.gold(f), &mut shares);
            let kernel = |g: usize| (-((top - 1.0) / step + g as f64).powi(2)).exp() + 1e-6;
            spread.iter_mut().enumerate().for_each(|(g, x)| *x = kernel(g));
            let total: f64 = spread.iter().sum();
            for (own, share) in states.chunks_exact_mut(m).zip(&shares) {
                own.iter_mut().zip(&spread).for_each(|(q, x)| *q = share * x / total);
            }
            self.add(votes, f, &states, stats);
        }
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        let m = self.options.groups as f64;
        let states: Vec<f64> = posterior.iter().flat_map(|q| std::iter::repeat_n(q / m, self.options.groups)).collect();
        self.add(votes, fact, &states, stats);
    }

    fn expect(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let mut states = vec![0.0; parameters.prior.len()];
        let mut one = |f: usize| {
            let objective = self.states(votes, parameters, f, &mut states);
            self.add(votes, f, &states, stats);
            objective
        };
        facts.map(&mut one).sum()
    }

    fn maximise(&self, votes: &Votes, stats: &[f64], _: Option<&Parameters>) -> Parameters {
        let Options { groups: m, group_prior, right, wrong, class_prior } = self.options;
        let k = votes.n_classes();
        let n = k * m;
        let (counts, facts) = stats.split_at(votes.n_sources() * k * n);
        let mut penalty = 0.0;
        let mut table = counts.to_vec();
        let rows = Rows::new(right, wrong, k);
        for counts in table.chunks_exact_mut(k * n) {
            penalty += (0..n).map(|t| rows.mean_logs(t / m, counts, |v| v * n + t)).sum::<f64>();
        }
        let mut of_class: Vec<f64> = facts.chunks_exact(m).map(|of_groups| of_groups.iter().sum()).collect();
        penalty += Dirichlet::new(vec![class_prior; k]).mean_logs(&mut of_class);
        let mut states = facts.to_vec();
        let groups = Dirichlet::new(vec![group_prior; m]);
        for (of_groups, of_class) in states.chunks_exact_mut(m).zip(of_class) {
            penalty += groups.mean_logs(of_groups);
            of_groups.iter_mut().for_each(|log| *log += of_class);
        }
        Parameters { prior: states, table, penalty }
    }

    fn penalty(&self, _: &Votes, parameters: &Parameters) -> Option<f64> {
        Some(parameters.penalty)
    }

    fn posterior(&self, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        let mut states = vec![0.0; parameters.prior.len()];
        let objective = self.states(votes, parameters, fact, &mut states);
        posterior.iter_mut().zip(states.chunks_exact(self.options.groups)).for_each(|(p, g)| *p = g.iter().sum());
        objective
    }

    fn resume(&self, votes: &Votes, learned: &Learned) -> Parameters {
        let m = self.options.groups;
        let mut stats = vec![0.0; self.n_stats(votes)];
        for (total, (_, axes, numbers)) in learned.arrays.iter().enumerate() {
            // One array a subtype: facts by class, then counts by source, label and class.
            let g = total % m;
            if axes.len() == 1 {
                let first = stats.len() - votes.n_classes() * m;
                numbers.iter().enumerate().for_each(|(t, n)| stats[first + t * m + g] = *n);
            } else {
                numbers.iter().enumerate().for_each(|(i, n)| stats[i * m + g] = *n);
            }
        }
        self.maximise(votes, &stats, None)
    }
}

impl Tilted for Fit {
    fn tilted(&self, votes: &Votes, parameters: &Parameters, by: &[f64]) -> Parameters {
        let mut table = parameters.table.clone();
        for (s, by) in by.iter().enumerate() {
            self.right(votes, s).for_each(|i| table[i] += by);
        }
        Parameters { prior: parameters.prior.clone(), table, penalty: 0.0 }
    }

    fn hits(&self, votes: &Votes, stats: &[f64]) -> Vec<f64> {
        (0..votes.n_sources()).map(|s| self.right(votes, s).map(|i| stats[i]).sum()).collect()
    }
}

impl Fit {
    /// Where a source says what is true, in tables by source, label and state.
    fn right(&self, votes: &Votes, source: usize) -> impl Iterator<Item = usize> {
        let (k, m) = (votes.n_classes(), self.options.groups);
        (0..k).flat_map(move |v| {
            let first = ((source * k + v) * k + v) * m;
            first..first + m
        })
    }
}

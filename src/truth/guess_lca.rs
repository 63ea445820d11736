//! Sources that know the answer or guess among the values of the fact.

use super::coin::{self, Coin};
use super::iterate::{self, Iterative, settle};
use super::parameter::{in_range, read};
use super::{Axis, Control, Fitted, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;
use std::ops::Range;

/// See [`Model::summary`].
pub struct GuessLca;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    known: f64,
    guessed: f64,
    guesses: Guesses,
}

/// How guesses spread over the values of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Guesses {
    Even,
    Votes,
}

impl Default for Options {
    fn default() -> Self {
        Options { known: 1.0, guessed: 1.0, guesses: Guesses::Even }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "known",
        default: "1.0",
        expects: "a number ≥ 0",
        summary: "Reports from knowledge that are added to those of each source (Beta prior, at its mode); 0 is maximum likelihood.",
    },
    Parameter {
        name: "guessed",
        default: "1.0",
        expects: "a number ≥ 0",
        summary: "Guesses that are added to those of each source; 0 is maximum likelihood.",
    },
    Parameter {
        name: "guesses",
        default: "\"even\"",
        expects: "\"even\" or \"votes\"",
        summary: "\"even\" spreads guesses evenly over the values of the fact; with \"votes\" what many say is easily guessed, so that they count little.",
    },
];

/// No source always knows or always guesses.
const FLOOR: f64 = 1e-10;

impl Model for GuessLca {
    fn name(&self) -> &'static str {
        "guess_lca"
    }

    fn summary(&self) -> &'static str {
        "Latent credibility analysis: each source knows the answer with one probability, else it guesses among the values of the fact. SimpleLCA, without guesses, is one_coin in open form."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Pasternack & Roth (2013), Latent credibility analysis, WWW, doi:10.1145/2488388.2488476, the model GuessLCA"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (300, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        for (name, value) in [("known", options.known), ("guessed", options.guessed)] {
            in_range(self.name(), PARAMETERS, name, value, value >= 0.0)?;
        }
        let fit = Fit { options, guess: guesses(votes, options.guesses), n: coin::vote_weights(votes) };
        let run = iterate::run(&fit, votes, control, watch)?;
        let fitted = Fitted::at_once(self.name(), votes, run.belief.clone(), control.confidence);
        let learned = fitted.learned.clone().with("honesty", &[Axis::Source], run.parameters.clone());
        let mut weight: Vec<f64> = fit.n.iter().map(|n| if *n > 0.0 { 0.0 } else { f64::NAN }).collect();
        for f in 0..votes.n_facts() {
            let of = votes.of(f);
            for (i, s) in of.source.iter().enumerate() {
                let (right, wrong) = fit.log_odds(votes, &run.parameters, f, i);
                weight[*s as usize] += of.weight(i) * (right - wrong) / fit.n[*s as usize];
            }
        }
        Ok(Fitted { weight, learned, ..fitted.after(run.progress) })
    }

    fn terms(&self, given: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let options: Options = read(self.name(), PARAMETERS, given).ok()?;
        let fit = Fit { options, guess: guesses(votes, options.guesses), n: vec![] };
        Some(Coin::terms(&fit, votes, &fit.resume(votes, learned), fact))
    }
}

struct Fit {
    options: Options,
    /// By vote, how probable it is as a guess.
    guess: Vec<f64>,
    n: Vec<f64>,
}

fn guesses(votes: &Votes, how: Guesses) -> Vec<f64> {
    let mut guess = Vec::with_capacity(votes.n_votes());
    for f in 0..votes.n_facts() {
        let mut shares = vec![1.0 / votes.cells(f).len() as f64; votes.cells(f).len()];
        if how == Guesses::Votes {
            votes.shares(f, &mut shares);
        }
        guess.extend(votes.of(f).choice.iter().map(|k| shares[*k as usize]));
    }
    guess
}

impl Fit {
    fn guess(&self, votes: &Votes, fact: usize, i: usize) -> f64 {
        self.guess[votes.range(fact).start + i]
    }

    /// Adds the votes of a fact that are expected to come from knowledge.
    fn add(&self, votes: &Votes, honesty: &[f64], fact: usize, posterior: &[f64], known: &mut [f64]) {
        let of = votes.of(fact);
        for (i, s) in of.source.iter().enumerate() {
            let h = honesty[*s as usize];
            let knew = h / (h + (1.0 - h) * self.guess(votes, fact, i));
            known[*s as usize] += of.weight(i) * posterior[of.choice[i] as usize] * knew;
        }
    }
}

impl Coin for Fit {
    type Parameters = Vec<f64>;

    fn prior(&self, votes: &Votes, _: &Vec<f64>, fact: usize, _: usize) -> f64 {
        -(votes.cells(fact).len() as f64).ln()
    }

    fn log_odds(&self, votes: &Votes, honesty: &Vec<f64>, fact: usize, i: usize) -> (f64, f64) {
        let h = honesty[votes.of(fact).source[i] as usize];
        let guessed = (1.0 - h) * self.guess(votes, fact, i);
        ((h + guessed).ln(), guessed.ln())
    }
}

impl Iterative for Fit {
    type Parameters = Vec<f64>;

    /// By source: how many of its reports are expected to come from knowledge.
    fn n_stats(&self, votes: &Votes) -> usize {
        votes.n_sources()
    }

    /// Not used: what comes from knowledge depends on the parameters.
    fn scatter(&self, _: &Votes, _: usize, _: &[f64], _: &mut [f64]) {}

    /// At first sources know half of the time.
    fn begin(&self, votes: &Votes, facts: Range<usize>, stats: &mut [f64]) {
        let honesty = vec![0.5; votes.n_sources()];
        let mut posterior = Vec::new();
        for f in facts {
            posterior.clear();
            posterior.resize(votes.cells(f).len(), 0.0);
            votes.shares(f, &mut posterior);
            settle(votes.gold(f), &mut posterior);
            self.add(votes, &honesty, f, &posterior, stats);
        }
    }

    fn expect(&self, votes: &Votes, honesty: &Vec<f64>, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let (mut posterior, mut objective) = (Vec::new(), 0.0);
        for f in facts {
            posterior.clear();
            posterior.resize(votes.cells(f).len(), 0.0);
            objective += self.posterior(votes, honesty, f, &mut posterior);
            objective += settle(votes.gold(f), &mut posterior);
            self.add(votes, honesty, f, &posterior, stats);
        }
        objective
    }

    fn maximise(&self, _: &Votes, stats: &[f64], _: Option<&Vec<f64>>) -> Vec<f64> {
        let Options { known, guessed, .. } = self.options;
        let share = |(k, n): (&f64, &f64)| {
            let n = n + known + guessed;
            if n > 0.0 { ((k + known) / n).clamp(FLOOR, 1.0 - FLOOR) } else { 0.5 }
        };
        stats.iter().zip(&self.n).map(share).collect()
    }

    fn penalty(&self, _: &Votes, honesty: &Vec<f64>) -> Option<f64> {
        let Options { known, guessed, .. } = self.options;
        Some(honesty.iter().map(|h| known * h.ln() + guessed * (1.0 - h).ln()).sum())
    }

    fn posterior(&self, votes: &Votes, honesty: &Vec<f64>, fact: usize, posterior: &mut [f64]) -> f64 {
        Coin::believe(self, votes, honesty, fact, posterior)
    }

    fn resume(&self, _: &Votes, learned: &Learned) -> Vec<f64> {
        learned.get("honesty").to_vec()
    }
}

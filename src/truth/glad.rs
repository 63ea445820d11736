//! Ability of sources and difficulty of facts.

use super::coin::{Coin, softmax, softmax_known};
use super::iterate::{self, Progress, settle};
use super::parameter::{in_range, read};
use super::{
    Axis, Control, Estimate, Fitted, Found, Given, Learned, Model, Objective, Parameter, Takes, Terms, Votes, ease,
    reliability,
};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Glad;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    ability_mean: f64,
    ease_mean: f64,
    steps: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { ability_mean: 1.0, ease_mean: 1.0, steps: 5 }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "ability_mean",
        default: "1.0",
        expects: "a number from −100 to 100",
        summary: "The mean of the normal prior (variance 1) of abilities.",
    },
    Parameter {
        name: "ease_mean",
        default: "1.0",
        expects: "a number from −100 to 100",
        summary: "The mean of the normal prior (variance 1) of the logarithm of how easy facts are.",
    },
    Parameter {
        name: "steps",
        default: "5",
        expects: "an integer from 1 to 100",
        summary: "Steps of the ascent in abilities and eases within an iteration.",
    },
];

impl Model for Glad {
    fn name(&self) -> &'static str {
        "glad"
    }

    fn summary(&self) -> &'static str {
        "A report is right with probability 1 / (1 + exp(−ability × ease)): able sources and easy facts. For labels whose facts differ in difficulty."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Whitehill, Ruvolo, Wu, Bergsma & Movellan (2009), Whose vote should count more, NIPS"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (300, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        for (name, value) in [("ability_mean", options.ability_mean), ("ease_mean", options.ease_mean)] {
            in_range(self.name(), PARAMETERS, name, value, value.abs() <= 100.0)?;
        }
        in_range(self.name(), PARAMETERS, "steps", options.steps as f64, (1..=100).contains(&options.steps))?;
        let mut state = State {
            ability: vec![1.0; votes.n_sources()],
            ease: vec![1.0; votes.n_facts()],
            spread: (votes.n_classes() as f64 - 1.0).max(1.0).ln(),
        };
        if let Some(learned) = &control.start {
            state.ability = learned.get("ability").to_vec();
            state.ease = learned.get("ease").to_vec();
        }
        watch.expect((control.max_iter as u64 + 1) * votes.n_facts() as u64);
        let mut progress = Progress::new(control, Objective::Maximised);
        for _ in 1..control.max_iter {
            let (posterior, likelihood) = expectation(votes, &state, watch)?;
            if progress.reached(likelihood + state.log_prior(options)) {
                break;
            }
            for _ in 0..options.steps {
                ascend(votes, options, &posterior, &mut state);
            }
        }
        let belief = beliefs(votes, &state);
        let fitted = Fitted::at_once(self.name(), votes, belief, control.confidence);
        let learned = fitted.learned.clone().with("ability", &[Axis::Source], state.ability.clone()).with_facts(
            votes,
            "ease",
            state.ease.clone(),
        );
        // Of a fact of mean ease.
        let mean = state.ease.iter().sum::<f64>() / state.ease.len().max(1) as f64;
        let weight = state.ability.iter().map(|a| a * mean.exp() + state.spread).collect();
        Ok(Fitted { weight, learned, ..fitted.after(progress) })
    }

    fn reliability(&self, given: &Given, found: &Found, watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        let fit = ease::Fit::new(found.votes, options.ability_mean, options.ease_mean);
        let run = iterate::run(&fit, found.votes, &found.resumed(), watch)?;
        reliability::coupled(&fit, &Found { belief: &run.belief, ..*found }, &run.parameters, watch).map(Some)
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let state = State {
            ability: learned.get("ability").to_vec(),
            ease: learned.get("ease").to_vec(),
            spread: (votes.n_classes() as f64 - 1.0).max(1.0).ln(),
        };
        Some(Coin::terms(&Fit, votes, &state, fact))
    }
}

struct State {
    ability: Vec<f64>,
    /// ln of what abilities are multiplied by.
    ease: Vec<f64>,
    /// ln of the number of wrong classes.
    spread: f64,
}

impl State {
    fn log_prior(&self, options: Options) -> f64 {
        let square = |mean: f64| move |x: &f64| -0.5 * (x - mean) * (x - mean);
        self.ability.iter().map(square(options.ability_mean)).sum::<f64>()
            + self.ease.iter().map(square(options.ease_mean)).sum::<f64>()
    }
}

struct Fit;

/// ln(1 + eˣ).
pub(super) fn softplus(x: f64) -> f64 {
    if x > 30.0 { x } else { x.exp().ln_1p() }
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Coin for Fit {
    type Parameters = State;

    fn prior(&self, votes: &Votes, _: &State, _: usize, _: usize) -> f64 {
        -(votes.n_classes() as f64).ln()
    }

    fn log_odds(&self, votes: &Votes, state: &State, fact: usize, i: usize) -> (f64, f64) {
        let x = state.ability[votes.of(fact).source[i] as usize] * state.ease[fact].exp();
        (-softplus(-x), -softplus(x) - state.spread)
    }
}

/// By vote, the probability that it is right; and the log-likelihood.
fn expectation(votes: &Votes, state: &State, watch: &Watch) -> Result<(Vec<f64>, f64)> {
    let parts = map_chunks(votes.n_facts(), votes.chunk(1 << 14), |facts| {
        watch.tick(facts.len() as u64)?;
        let mut right = Vec::with_capacity(votes.range(facts.end.max(1) - 1).end - votes.range(facts.start).start);
        let mut posterior = vec![0.0; votes.n_classes()];
        let mut objective = 0.0;
        for f in facts {
            let of = votes.of(f);
            if of.is_empty() {
                continue;
            }
            let ease = state.ease[f].exp();
            let prior = -(posterior.len() as f64).ln();
            posterior.fill(prior);
            for i in 0..of.len() {
                let x = state.ability[of.source[i] as usize] * ease;
                let w = of.weight(i);
                // ln σ(x) − ln(1 − σ(x)) is x: one logarithm a vote is enough.
                posterior[of.choice[i] as usize] += w * (x + state.spread);
                objective += w * (-softplus(x) - state.spread);
            }
            objective += softmax_known(&mut posterior, votes.gold(f));
            right.extend(of.choice.iter().map(|k| posterior[*k as usize]));
        }
        Ok::<_, crate::Error>((right, objective))
    });
    let (mut right, mut objective) = (Vec::with_capacity(votes.n_votes()), 0.0);
    for part in parts {
        let (r, o) = part?;
        right.extend(r);
        objective += o;
    }
    Ok((right, objective))
}

fn beliefs(votes: &Votes, state: &State) -> Vec<f64> {
    let mut belief = vec![0.0; votes.n_cells()];
    for f in 0..votes.n_facts() {
        let cells = &mut belief[votes.cells(f)];
        Fit.logs(votes, state, f, cells);
        softmax(cells);
        settle(votes.gold(f), cells);
    }
    belief
}

/// One step up: the ease of each fact, then the abilities. With a bound on the curvature of the logistic function (1/4: Böhning &
/// Lindsay 1988) no step in abilities can go down; a step in an ease is taken back by halves until it does not.
fn ascend(votes: &Votes, options: Options, right: &[f64], state: &mut State) {
    let n = votes.n_sources();
    let parts = map_chunks(votes.n_facts(), votes.chunk(2 * n), |facts| {
        let mut sums = vec![0.0; 2 * n];
        let mut eases = Vec::with_capacity(facts.len());
        for f in facts {
            let (of, right) = (votes.of(f), &right[votes.range(f)]);
            let at = |b: f64| {
                let e = b.exp();
                let (mut value, mut slope) = (-0.5 * (b - options.ease_mean).powi(2), options.ease_mean - b);
                let mut curve = 1.0;
                for (i, p) in right.iter().enumerate() {
                    let x = state.ability[of.source[i] as usize] * e;
                    let s = sigmoid(x);
                    let w = of.weight(i);
                    // p ln σ + (1 − p) ln(1 − σ).
                    value += w * ((p - 1.0) * x - softplus(-x));
                    slope += w * (p - s) * x;
                    curve += w * (s * (1.0 - s) * x * x).max(0.0);
                }
                (value, slope, curve)
            };
            let b = state.ease[f];
            let (value, slope, curve) = at(b);
            let mut step = (slope / curve).clamp(-1.0, 1.0);
            for _ in 0..20 {
                if at(b + step).0 >= value {
                    break;
                }
                step /= 2.0;
            }
            let new = b + step;
            eases.push(new);
            let e = new.exp();
            for (i, p) in right.iter().enumerate() {
                let s = of.source[i] as usize;
                let w = of.weight(i);
                sums[2 * s] += w * (p - sigmoid(state.ability[s] * e)) * e;
                sums[2 * s + 1] += 0.25 * w * e * e;
            }
        }
        (sums, eases)
    });
    let mut sums = vec![0.0; 2 * n];
    let mut eases = Vec::with_capacity(votes.n_facts());
    for (part, some) in parts {
        super::iterate::merge(&mut sums, &part);
        eases.extend(some);
    }
    state.ease = eases;
    for (s, a) in state.ability.iter_mut().enumerate() {
        *a += (sums[2 * s] + options.ability_mean - *a) / (sums[2 * s + 1] + 1.0);
    }
}

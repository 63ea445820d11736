//! Sources either know the answer or spam by a strategy of their own.

use super::coin::Coin;
use super::confusion::{logs_of_factors, normalise, set_aside};
use super::dirichlet::Dirichlet;
use super::iterate::{self, Iterative};
use super::parameter::{above_zero, read};
use super::reliability::{self, Tilted};
use super::{Axis, Control, Estimate, Fitted, Found, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Mace;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    spam_prior: f64,
    know_prior: f64,
    strategy_prior: f64,
    variational: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { spam_prior: 0.5, know_prior: 0.5, strategy_prior: 10.0, variational: true }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "spam_prior", default: "0.5", expects: "a number > 0", summary: "The Beta prior of spamming." },
    Parameter { name: "know_prior", default: "0.5", expects: "a number > 0", summary: "The Beta prior of knowing." },
    Parameter {
        name: "strategy_prior",
        default: "10.0",
        expects: "a number > 0",
        summary: "The Dirichlet prior of what a spammer says, a class.",
    },
    Parameter {
        name: "variational",
        default: "true",
        expects: "true or false",
        summary: "true: variational Bayes; false: expectation–maximisation, smoothed by 0.01 / classes.",
    },
];

impl Model for Mace {
    fn name(&self) -> &'static str {
        "mace"
    }

    fn summary(&self) -> &'static str {
        "Each source either knows the answer or spams, with a favourite label. For crowds with spammers."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Hovy, Berg-Kirkpatrick, Vaswani & Hovy (2013), Learning whom to trust with MACE, NAACL"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        above_zero(
            self.name(),
            PARAMETERS,
            &[
                ("spam_prior", options.spam_prior),
                ("know_prior", options.know_prior),
                ("strategy_prior", options.strategy_prior),
            ],
        )?;
        let fit = Fit::new(options, votes);
        let run = iterate::run(&fit, votes, control, watch)?;
        let fitted = Fitted::at_once(self.name(), votes, run.belief.clone(), control.confidence);
        let k = votes.n_classes();
        let p = &run.parameters;
        let weight = p.odds.chunks_exact(k).map(|odds| odds.iter().map(|x| x.ln()).sum::<f64>() / k as f64).collect();
        let learned = fitted.learned.clone().with("know", &[Axis::Source], p.know.clone()).with(
            "spam",
            &[Axis::Source, Axis::Class],
            p.spam.clone(),
        );
        Ok(Fitted { weight, learned, ..fitted.after(run.progress) })
    }

    fn reliability(&self, given: &Given, found: &Found, watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        let fit = Fit::new(read(self.name(), PARAMETERS, given)?, found.votes);
        reliability::coupled(&fit, found, &fit.resume(found.votes, found.learned), watch).map(Some)
    }

    fn terms(&self, given: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let options: Options = read(self.name(), PARAMETERS, given).ok()?;
        let fit = Fit::new(options, votes);
        Some(Coin::terms(&fit, votes, &fit.resume(votes, learned), fact))
    }
}

/// The least probability of a label: nothing is impossible, and eight factors do not underflow.
const LEAST: f64 = 1e-17;

/// How often each source says each label.
fn label_counts(votes: &Votes) -> Vec<f64> {
    let k = votes.n_classes();
    let mut n = vec![0.0; votes.n_sources() * k];
    for (r, (s, v)) in votes.sources().iter().zip(votes.choices()).enumerate() {
        n[*s as usize * k + *v as usize] += votes.weights().map_or(1.0, |w| w[r]);
    }
    n
}

struct Fit {
    options: Options,
    /// How often each source says each label.
    n: Vec<f64>,
    /// Priors of knowing and spamming, and of what a spammer says.
    knowing: Dirichlet,
    strategy: Dirichlet,
    /// Added to counts without a prior.
    smoothing: f64,
    /// ln of the prior of each class.
    log_even: f64,
}

/// Not normalised under variational Bayes.
struct Parameters {
    /// By source: p(knows).
    know: Vec<f64>,
    /// By source and label: p(spams) × p(label | spams).
    spam: Vec<f64>,
    /// By source and label: p(label | it is right) / p(label | it is wrong).
    odds: Vec<f64>,
    /// The part of the objective that comes of the priors; not known of what another fit learned.
    penalty: Option<f64>,
}

impl Parameters {
    fn new(know: Vec<f64>, spam: Vec<f64>, k: usize, penalty: Option<f64>) -> Parameters {
        let spam: Vec<f64> = spam.into_iter().map(|p| p.max(LEAST)).collect();
        let odds = spam.iter().enumerate().map(|(i, spam)| 1.0 + know[i / k] / spam).collect();
        Parameters { know, spam, odds, penalty }
    }
}

impl Fit {
    fn new(options: Options, votes: &Votes) -> Fit {
        let k = votes.n_classes();
        let Options { spam_prior, know_prior, strategy_prior, .. } = options;
        Fit {
            options,
            n: label_counts(votes),
            knowing: Dirichlet::new(vec![know_prior, spam_prior]),
            strategy: Dirichlet::new(vec![strategy_prior; k]),
            smoothing: 0.01 / k as f64,
            log_even: -(k as f64).ln(),
        }
    }

    /// Counts → rates: exp E ln under their posterior, or smoothed shares. Gives the part of the objective.
    fn rates(&self, counts: &mut [f64], prior: &Dirichlet) -> f64 {
        if self.options.variational {
            let penalty = prior.mean_logs(counts);
            counts.iter_mut().for_each(|x| *x = x.exp());
            return penalty;
        }
        let total = counts.iter().sum::<f64>() + counts.len() as f64 * self.smoothing;
        counts.iter_mut().for_each(|x| *x = (*x + self.smoothing) / total);
        self.smoothing * counts.iter().map(|p| p.ln()).sum::<f64>()
    }
}

impl Coin for Fit {
    type Parameters = Parameters;

    fn prior(&self, _: &Votes, _: &Parameters, _: usize, _: usize) -> f64 {
        self.log_even
    }

    fn log_odds(&self, votes: &Votes, parameters: &Parameters, fact: usize, i: usize) -> (f64, f64) {
        let of = votes.of(fact);
        let row = of.source[i] as usize * votes.n_classes() + of.choice[i] as usize;
        let wrong = parameters.spam[row].ln();
        (wrong + parameters.odds[row].ln(), wrong)
    }
}

impl Iterative for Fit {
    type Parameters = Parameters;

    /// By source and label: how often it is expected to be right.
    fn n_stats(&self, votes: &Votes) -> usize {
        votes.n_sources() * votes.n_classes()
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        let of = votes.of(fact);
        for i in 0..of.len() {
            let v = of.choice[i] as usize;
            stats[of.source[i] as usize * votes.n_classes() + v] += of.weight(i) * posterior[v];
        }
    }

    /// Of the right reports of a label some were known and some luck, as the previous parameters have it.
    fn maximise(&self, votes: &Votes, stats: &[f64], previous: Option<&Parameters>) -> Parameters {
        let k = votes.n_classes();
        let (mut know, mut spam, mut penalty) = (Vec::new(), vec![0.0; stats.len()], 0.0);
        for s in 0..votes.n_sources() {
            let (mut known, mut spammed) = (0.0, 0.0);
            let own = s * k..(s + 1) * k;
            for i in own.clone() {
                let lucky = match previous {
                    Some(p) => p.spam[i] / (p.spam[i] + p.know[s]),
                    // At first a source knows half of the time and spams evenly.
                    None => 1.0 / (1.0 + k as f64),
                };
                spam[i] = (self.n[i] - stats[i]).max(0.0) + stats[i] * lucky;
                known += stats[i] * (1.0 - lucky);
                spammed += spam[i];
            }
            let mut knows = [known, spammed];
            penalty += self.rates(&mut knows, &self.knowing);
            penalty += self.rates(&mut spam[own.clone()], &self.strategy);
            know.push(knows[0]);
            spam[own].iter_mut().for_each(|x| *x *= knows[1]);
        }
        Parameters::new(know, spam, k, Some(penalty))
    }

    fn penalty(&self, _: &Votes, parameters: &Parameters) -> Option<f64> {
        parameters.penalty
    }

    fn posterior(&self, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        if votes.weights().is_some() {
            return Coin::believe(self, votes, parameters, fact, posterior);
        }
        // The same as a product: no logarithm a report.
        let (of, k) = (votes.of(fact), posterior.len());
        posterior.fill(1.0 / k as f64);
        let mut logs = logs_of_factors(of.len(), k);
        let (mut wrong, mut log) = ([1.0], [0.0]);
        for (i, (s, v)) in of.source.iter().zip(of.choice).enumerate() {
            let row = *s as usize * k + *v as usize;
            set_aside(i, posterior, &mut logs);
            set_aside(i, &mut wrong, &mut log);
            posterior[*v as usize] *= parameters.odds[row];
            wrong[0] *= parameters.spam[row];
        }
        log[0] + f64::ln(wrong[0]) + normalise(posterior, &logs, votes.gold(fact))
    }

    fn resume(&self, votes: &Votes, learned: &Learned) -> Parameters {
        Parameters::new(learned.get("know").to_vec(), learned.get("spam").to_vec(), votes.n_classes(), None)
    }
}

impl Tilted for Fit {
    fn tilted(&self, votes: &Votes, parameters: &Parameters, by: &[f64]) -> Parameters {
        let mut odds = parameters.odds.clone();
        for (own, by) in odds.chunks_exact_mut(votes.n_classes()).zip(by) {
            own.iter_mut().for_each(|x| *x *= by.exp());
        }
        Parameters { know: parameters.know.clone(), spam: parameters.spam.clone(), odds, penalty: None }
    }

    fn hits(&self, votes: &Votes, stats: &[f64]) -> Vec<f64> {
        stats.chunks_exact(votes.n_classes()).map(|own| own.iter().sum()).collect()
    }
}

//! A claim is true unless all its sources are wrong.

use super::parameter::{in_range, read};
use super::web::{self, Rule};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct TruthFinder;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    damping: f64,
    start: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { damping: 0.3, start: 0.9 }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "damping",
        default: "0.3",
        expects: "a number in (0, 1]",
        summary: "How much of its log-odds a claim keeps.",
    },
    Parameter {
        name: "start",
        default: "0.9",
        expects: "a number in (0, 1)",
        summary: "The first trust of every source.",
    },
];

impl Model for TruthFinder {
    fn name(&self) -> &'static str {
        "truth_finder"
    }

    fn summary(&self) -> &'static str {
        "A claim is wrong only if all its sources are, damped because sources are not independent; trust is the mean belief in a source's claims. Distinct values do not support one another here. Beliefs are scaled to 1 a fact."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Yin, Han & Yu (2008), doi:10.1109/TKDE.2007.190745"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        in_range(self.name(), PARAMETERS, "damping", options.damping, options.damping > 0.0 && options.damping <= 1.0)?;
        in_range(self.name(), PARAMETERS, "start", options.start, options.start > 0.0 && options.start < 1.0)?;
        web::fit(self.name(), options, votes, control, watch)
    }
}

impl Rule for Options {
    fn gives(&self, trust: f64, _: f64) -> f64 {
        // A source that cannot be wrong would settle everything alone.
        -(1.0 - trust).max(1e-12).ln()
    }

    fn believe(&self, given: &mut [f64]) {
        given.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-self.damping * *x).exp()));
    }

    fn trust(&self, got: f64, n: f64) -> f64 {
        got / n
    }

    fn is_scaled(&self) -> bool {
        false
    }

    fn first(&self, _: &mut [f64]) -> bool {
        false
    }

    fn start(&self) -> f64 {
        self.start
    }

    fn is_probability(&self) -> bool {
        true
    }
}

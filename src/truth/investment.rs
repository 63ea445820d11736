//! Sources invest trust in claims and get returns.

use super::parameter::{in_range, read};
use super::web::{self, Rule};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct Investment;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    growth: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { growth: 1.2 }
    }
}

const PARAMETERS: &[Parameter] = &[Parameter {
    name: "growth",
    default: "1.2",
    expects: "a number > 0",
    summary: "The power by which claims grow.",
}];

impl Model for Investment {
    fn name(&self) -> &'static str {
        "investment"
    }

    fn summary(&self) -> &'static str {
        "Sources invest their trust evenly in their claims, which grow by a power; returns go by share of investment. Beliefs are scores, scaled to 1 a fact."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Pasternack & Roth (2010), Knowing what to believe (when you already know something), COLING"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (20, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        in_range(self.name(), PARAMETERS, "growth", options.growth, options.growth > 0.0 && options.growth <= 10.0)?;
        web::fit(self.name(), options, votes, control, watch)
    }
}

impl Rule for Options {
    fn gives(&self, trust: f64, n: f64) -> f64 {
        trust / n
    }

    fn believe(&self, given: &mut [f64]) {
        given.iter_mut().for_each(|x| *x = x.powf(self.growth));
    }

    fn gets(&self, belief: f64, share: f64) -> f64 {
        belief * share
    }

    fn trust(&self, got: f64, _: f64) -> f64 {
        got
    }
}

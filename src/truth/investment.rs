//! Sources invest trust in claims and get returns.

use super::parameter::{in_range, read};
use super::web::{self, Rule};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use std::collections::HashMap;

/// See [`Model::summary`].
pub struct Investment;

/// The parameter of both kinds of investment.
pub(super) const GROWTH: Parameter =
    Parameter { name: "growth", default: "1.2", expects: "a number > 0", summary: "The power by which claims grow." };

const PARAMETERS: &[Parameter] = &[GROWTH];

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
        fit(self.name(), Invests { growth: 1.2, is_pooled: false }, given, votes, control, watch)
    }
}

/// How sources invest in claims.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invests {
    /// The power by which claims grow, unless told otherwise.
    pub growth: f64,
    /// Whether the returns of a fact's claims are scaled to what was invested in it.
    pub is_pooled: bool,
}

/// Fits a model of investment.
pub(super) fn fit(
    model: &'static str,
    mut invests: Invests,
    given: &Given,
    votes: &Votes,
    control: &Control,
    watch: &Watch,
) -> Result<Fitted> {
    let options: HashMap<String, f64> = read(model, &[GROWTH], given)?;
    invests.growth = options.get(GROWTH.name).copied().unwrap_or(invests.growth);
    in_range(model, &[GROWTH], GROWTH.name, invests.growth, invests.growth > 0.0 && invests.growth <= 10.0)?;
    web::fit(model, invests, votes, control, watch)
}

impl Rule for Invests {
    fn gives(&self, trust: f64, n: f64) -> f64 {
        trust / n
    }

    fn believe(&self, given: &mut [f64]) {
        if !self.is_pooled {
            given.iter_mut().for_each(|x| *x = x.powf(self.growth));
            return;
        }
        let total: f64 = given.iter().map(|x| x.powf(self.growth)).sum();
        if total > 0.0 {
            given.iter_mut().for_each(|x| *x *= x.powf(self.growth) / total);
        }
    }

    fn gets(&self, belief: f64, share: f64) -> f64 {
        belief * share
    }

    fn trust(&self, got: f64, _: f64) -> f64 {
        got
    }

    fn first(&self, shares: &mut [f64]) -> bool {
        if self.is_pooled {
            let n = shares.len() as f64;
            shares.iter_mut().for_each(|x| *x = 1.0 / n);
        }
        true
    }
}

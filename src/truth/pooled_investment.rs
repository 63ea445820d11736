//! Investment whose returns are scaled within each fact.

use super::investment::{self, GROWTH, Invests};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct PooledInvestment;

const PARAMETERS: &[Parameter] = &[Parameter { default: "1.4", ..GROWTH }];

impl Model for PooledInvestment {
    fn name(&self) -> &'static str {
        "pooled_investment"
    }

    fn summary(&self) -> &'static str {
        "Like investment, but the returns of a fact's claims are scaled to what was invested in it. Beliefs are scores, scaled to 1 a fact."
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
        investment::fit(self.name(), Invests { growth: 1.4, is_pooled: true }, given, votes, control, watch)
    }
}

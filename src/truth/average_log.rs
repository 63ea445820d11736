//! Sums, with the mean belief times the logarithm of the number of claims.

use super::parameter::none;
use super::web::{self, Rule};
use super::{Control, Fitted, Given, Model, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct AverageLog;

impl Model for AverageLog {
    fn name(&self) -> &'static str {
        "average_log"
    }

    fn summary(&self) -> &'static str {
        "Like sums, but trust is the mean belief in a source's claims times the logarithm of their number. A source with one claim has no trust."
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

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        web::fit(self.name(), AverageLog, votes, control, watch)
    }
}

impl Rule for AverageLog {
    fn gives(&self, trust: f64, _: f64) -> f64 {
        trust
    }

    fn believe(&self, _: &mut [f64]) {}

    fn trust(&self, got: f64, n: f64) -> f64 {
        n.max(1.0).ln() * got / n
    }

    fn first(&self, shares: &mut [f64]) -> bool {
        shares.iter_mut().for_each(|x| *x = if *x > 0.0 { 0.5 } else { 0.0 });
        true
    }
}

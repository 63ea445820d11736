//! Hubs and authorities.

use super::parameter::none;
use super::web::{self, Rule};
use super::{Control, Fitted, Given, Model, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct Sums;

impl Model for Sums {
    fn name(&self) -> &'static str {
        "sums"
    }

    fn summary(&self) -> &'static str {
        "Hubs and authorities: trust is the sum of beliefs, belief the sum of trust. Sources that say much count much; beliefs are scores, scaled to 1 a fact."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Pasternack & Roth (2010), Knowing what to believe (when you already know something), COLING; Kleinberg (1999), doi:10.1145/324133.324140"
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        web::fit(self.name(), Sums, votes, control, watch)
    }
}

impl Rule for Sums {
    fn gives(&self, trust: f64, _: f64) -> f64 {
        trust
    }

    fn believe(&self, _: &mut [f64]) {}

    fn trust(&self, got: f64, _: f64) -> f64 {
        got
    }

    fn first(&self, shares: &mut [f64]) -> bool {
        shares.iter_mut().for_each(|x| *x = if *x > 0.0 { 0.5 } else { 0.0 });
        true
    }
}

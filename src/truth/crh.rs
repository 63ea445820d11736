//! Conflict resolution on heterogeneous data, for numbers.

use super::numbers::{self, Numbers};
use super::parameter::none;
use super::{Control, Fitted, Given, Learned, Model, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct Crh;

impl Model for Crh {
    fn name(&self) -> &'static str {
        "crh"
    }

    fn summary(&self) -> &'static str {
        "Weighted means; a source weighs −ln of its share of all squared distances to them. Facts are scaled by the spread of their reports."
    }

    fn family(&self) -> &'static str {
        "numbers"
    }

    fn takes(&self) -> Takes {
        Takes::Numbers
    }

    fn reference(&self) -> &'static str {
        "Li, Li, Gao, Zhao, Fan & Han (2014), Resolving conflicts in heterogeneous data by truth discovery and source reliability estimation, SIGMOD, doi:10.1145/2588555.2610509; mean distances, as sources differ in how much they report"
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        let numbers = Numbers::new(self.name(), votes)?;
        let weigh = |squares: &[f64]| {
            let loss: Vec<f64> = squares.iter().zip(&numbers.n).map(|(d, n)| d / n).collect();
            let total: f64 = loss.iter().filter(|d| !d.is_nan()).sum();
            let weight = |d: &f64| match d / total {
                // Without numbers of its own.
                _ if d.is_nan() => f64::NAN,
                // A source that is never off would weigh infinitely much.
                share if total > 0.0 => -share.max(1e-12).ln(),
                _ => 1.0,
            };
            loss.iter().map(weight).collect()
        };
        let ended = numbers.alternate(control, watch, weigh)?;
        Ok(numbers.fitted(self.name(), votes, control, ended))
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        numbers::terms(learned, votes, fact, 0.0)
    }
}

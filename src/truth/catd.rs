//! Confidence-aware truth discovery: sources with few reports weigh less.

use super::numbers::{self, Numbers};
use super::parameter::{in_range, read};
use super::{Control, Fitted, Given, Learned, Model, Parameter, Takes, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// See [`Model::summary`].
pub struct Catd;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    alpha: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { alpha: 0.05 }
    }
}

/// Above this share of the weight a source stands alone: the closer estimates come to it, the more it weighs.
const ALONE: f64 = 0.99;

const PARAMETERS: &[Parameter] = &[Parameter {
    name: "alpha",
    default: "0.05",
    expects: "a number in (0, 1)",
    summary: "One minus the coverage of the interval of a source's variance, whose upper end counts.",
}];

impl Model for Catd {
    fn name(&self) -> &'static str {
        "catd"
    }

    fn summary(&self) -> &'static str {
        "Weighted means; a source weighs the lower quantile of χ² with as many degrees as it has reports over its squared distances, so that few reports weigh little. Facts are scaled by the spread of their reports."
    }

    fn family(&self) -> &'static str {
        "numbers"
    }

    fn takes(&self) -> Takes {
        Takes::Numbers
    }

    fn reference(&self) -> &'static str {
        "Li, Li, Gao, Su, Zhao, Demirbas, Fan & Han (2014), A confidence-aware approach for truth discovery on long-tail data, PVLDB 8(4), doi:10.14778/2735496.2735505"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-8)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        in_range(self.name(), PARAMETERS, "alpha", options.alpha, options.alpha > 0.0 && options.alpha < 1.0)?;
        let numbers = Numbers::new(self.name(), votes)?;
        let quantile = |n: &f64| match ChiSquared::new(n.max(1e-3)) {
            Ok(chi) if *n > 0.0 => chi.inverse_cdf(options.alpha / 2.0),
            _ => f64::NAN,
        };
        let quantiles: Vec<f64> = numbers.n.iter().map(quantile).collect();
        let weigh = |squares: &[f64]| {
            // A source that is never off would weigh infinitely much.
            let weight: Vec<f64> = squares.iter().zip(&quantiles).map(|(d, q)| q / d.max(1e-9)).collect();
            let total: f64 = weight.iter().filter(|w| !w.is_nan()).sum();
            weight.iter().map(|w| w / total).collect()
        };
        let ended = numbers.alternate(control, watch, weigh)?;
        let heaviest = ended.weight.iter().fold(0.0, |a: f64, b| a.max(*b));
        let mut fitted = numbers.fitted(self.name(), votes, control, ended);
        if heaviest > ALONE && votes.n_sources() > 2 {
            fitted.warnings.push(format!(
                "one of {} sources has {heaviest:.3} of the weight, so estimates are its numbers and intervals say little; compare with gtm or crh",
                votes.n_sources()
            ));
        }
        Ok(fitted)
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        numbers::terms(learned, votes, fact, 0.0)
    }
}

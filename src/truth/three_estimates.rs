//! Two estimates, and how hard each claim is.

use super::two_estimates::{PARAMETERS, estimate};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct ThreeEstimates;

impl Model for ThreeEstimates {
    fn name(&self) -> &'static str {
        "three_estimates"
    }

    fn summary(&self) -> &'static str {
        "Two estimates, with a third: how hard each claim is to get right. A source errs by its error times the hardness. Beliefs are scaled to 1 a fact."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Galland, Abiteboul, Marian & Senellart (2010), Corroborating information from disagreeing views, WSDM, doi:10.1145/1718487.1718504"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (100, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        estimate(self.name(), true, given, votes, control, watch)
    }
}

//! Accuracy of sources, where errors follow the popularity of values.

use super::accu::{self, Kind, START};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct PopAccu;

const PARAMETERS: &[Parameter] = &[START];

impl Model for PopAccu {
    fn name(&self) -> &'static str {
        "pop_accu"
    }

    fn summary(&self) -> &'static str {
        "Accu, where errors are as popular as the false values that are claimed, instead of spread evenly. A false value that many claim counts less."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Dong, Saha & Srivastava (2013), Less is more: selecting sources wisely for integration, PVLDB 6(2), doi:10.14778/2535568.2448938"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        accu::fit(self.name(), PARAMETERS, Kind::Popular, given, votes, control, watch)
    }
}

//! Accuracy of sources, where similar values support each other.

use super::accu::{self, Kind, SIMILAR};
use super::{Control, Fitted, Given, Model, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct AccuSim;

impl Model for AccuSim {
    fn name(&self) -> &'static str {
        "accu_sim"
    }

    fn summary(&self) -> &'static str {
        "Accu, where similar values support each other: numbers that are near, texts that share letters. For values with many spellings."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Dong, Berti-Equille & Srivastava (2009), PVLDB 2(1), doi:10.14778/1687627.1687690, section 4, without copying"
    }

    fn parameters(&self) -> &'static [Parameter] {
        SIMILAR
    }

    fn limits(&self) -> (usize, f64) {
        (200, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        accu::fit(self.name(), SIMILAR, Kind::Similar, given, votes, control, watch)
    }
}

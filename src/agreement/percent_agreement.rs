//! Percent agreement.

use super::chance::{ByChance, Chance};
use super::panel::Panel;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Percent agreement.
pub struct PercentAgreement;

impl Coefficient for PercentAgreement {
    fn name(&self) -> &'static str {
        "percent_agreement"
    }

    fn summary(&self) -> &'static str {
        "The share of pairs of ratings that agree, the mean over facts."
    }

    fn reference(&self) -> &'static str {
        "Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., section 2.2"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        Ok(vec![Row::new(setting.weights.name(), Chance::new(panel, setting.weights, ByChance::None)?)])
    }
}

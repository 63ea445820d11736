//! Fleiss' kappa, with missing ratings in Gwet's form.

use super::chance::{ByChance, Chance};
use super::panel::Panel;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Fleiss' kappa, with missing ratings in Gwet's form.
pub struct FleissKappa;

impl Coefficient for FleissKappa {
    fn name(&self) -> &'static str {
        "fleiss_kappa"
    }

    fn summary(&self) -> &'static str {
        "Corrected for chance by the shares of the categories over all sources."
    }

    fn reference(&self) -> &'static str {
        "Fleiss (1971), doi:10.1037/h0031619; Gwet (2014), chapter 2"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        Ok(vec![Row::new(setting.weights.name(), Chance::new(panel, setting.weights, ByChance::Shares)?)])
    }
}

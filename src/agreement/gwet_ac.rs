//! Gwet's AC1, and with weights AC2.

use super::chance::{ByChance, Chance};
use super::panel::Panel;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Gwet's AC1, and with weights AC2.
pub struct GwetAc;

impl Coefficient for GwetAc {
    fn name(&self) -> &'static str {
        "gwet_ac"
    }

    fn summary(&self) -> &'static str {
        "Corrected for chance only where raters guess: stays near the percent agreement where one category prevails."
    }

    fn reference(&self) -> &'static str {
        "Gwet (2008), doi:10.1348/000711006X126600"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        Ok(vec![Row::new(setting.weights.name(), Chance::new(panel, setting.weights, ByChance::Gwet)?)])
    }
}

//! Brennan and Prediger's coefficient (Bennett's S, Holley and Guilford's G).

use super::chance::{ByChance, Chance};
use super::panel::Panel;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Brennan and Prediger's coefficient (Bennett's S, Holley and Guilford's G).
pub struct BrennanPrediger;

impl Coefficient for BrennanPrediger {
    fn name(&self) -> &'static str {
        "brennan_prediger"
    }

    fn summary(&self) -> &'static str {
        "Corrected for chance that takes every category alike."
    }

    fn reference(&self) -> &'static str {
        "Brennan & Prediger (1981), doi:10.1177/001316448104100307"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        Ok(vec![Row::new(setting.weights.name(), Chance::new(panel, setting.weights, ByChance::Uniform)?)])
    }
}

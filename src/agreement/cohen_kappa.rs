//! Cohen's kappa, and with weights his weighted kappa.

use super::pair::{Margins, Pair};
use super::panel::Panel;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Cohen's kappa, and with weights his weighted kappa.
pub struct CohenKappa;

impl Coefficient for CohenKappa {
    fn name(&self) -> &'static str {
        "cohen_kappa"
    }

    fn summary(&self) -> &'static str {
        "Two sources, corrected for chance by each one's own shares of the categories."
    }

    fn reference(&self) -> &'static str {
        "Cohen (1960), doi:10.1177/001316446002000104; Cohen (1968), doi:10.1037/h0026256"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let weights = setting.weights.table(panel)?;
        let unfit = setting.weights.unfit(panel.places());
        Ok(vec![Row::new(setting.weights.name(), Pair::new(panel, weights, Margins::Own, unfit))])
    }
}

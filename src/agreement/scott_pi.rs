//! Scott's pi.

use super::pair::{Margins, Pair};
use super::panel::Panel;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Scott's pi.
pub struct ScottPi;

impl Coefficient for ScottPi {
    fn name(&self) -> &'static str {
        "scott_pi"
    }

    fn summary(&self) -> &'static str {
        "Two sources, corrected for chance by the shares of the categories over both."
    }

    fn reference(&self) -> &'static str {
        "Scott (1955), doi:10.1086/266577"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let weights = setting.weights.table(panel)?;
        let unfit = setting.weights.unfit(panel.places());
        Ok(vec![Row::new(setting.weights.name(), Pair::new(panel, weights, Margins::Both, unfit))])
    }
}

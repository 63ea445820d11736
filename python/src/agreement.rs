//! Coefficients of agreement: what Python gives becomes options of the core.

use crate::errors::{raise, wrong_argument};
use crate::label;
use consilience::Result;
use consilience::agreement::{AgreementOptions, Interval, Metric, WeightTable, Weights};
use consilience::matrix::{Conflicts, Independence};
use pyo3::prelude::*;

/// The arguments of `ClaimMatrix.agreement`.
pub struct Given<'a, 'py> {
    pub coefficients: Vec<String>,
    pub metric: Option<&'a Bound<'py, PyAny>>,
    pub weights: Option<&'a Bound<'py, PyAny>>,
    pub categories: Option<&'a Bound<'py, PyAny>>,
    pub period: Option<f64>,
    pub independence: &'a str,
    pub conflicts: &'a str,
    pub by: Option<String>,
    pub interval: Option<&'a str>,
    pub confidence: f64,
    pub population: Option<u64>,
    pub replicates: usize,
    pub seed: u64,
}

impl Given<'_, '_> {
    /// As the core takes them.
    pub fn read(self) -> PyResult<AgreementOptions> {
        let categories = self.categories.map(|given| label::texts("categories", given)).transpose()?;
        Ok(AgreementOptions {
            coefficients: self.coefficients,
            metric: self.metric.map(|m| named_or_table("metric", m, Metric::named, Metric::Own)).transpose()?,
            weights: self.weights.map(|w| named_or_table("weights", w, Weights::named, Weights::Own)).transpose()?,
            categories,
            period: self.period,
            independence: Independence::named(self.independence).map_err(raise)?,
            conflicts: Conflicts::named(self.conflicts).map_err(raise)?,
            by: self.by,
            interval: self.interval.map_or(Ok(Interval::default()), Interval::named).map_err(raise)?,
            confidence: self.confidence,
            population: self.population,
            replicates: self.replicates,
            seed: self.seed,
        })
    }
}

/// A word, or the rows of a table.
fn named_or_table<T>(
    name: &'static str,
    given: &Bound<'_, PyAny>,
    named: fn(&str) -> Result<T>,
    own: fn(WeightTable) -> T,
) -> PyResult<T> {
    if let Ok(word) = given.extract::<String>() {
        return named(&word).map_err(raise);
    }
    let wrong = |_| wrong_argument(name, given, "a word, or a table of numbers with a row for each category");
    let rows: Vec<Vec<f64>> = given.extract().map_err(wrong)?;
    Ok(own(WeightTable::new(name, &rows).map_err(raise)?))
}

//! Pairs of sources, coefficients without a source, diagnosis: options in, tables out.

use crate::agreement::Given;
use crate::errors::ParameterError;
use consilience::agreement::AgreementOptions;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The options of `ClaimMatrix.agreement` from keywords; those that are left out have its defaults.
pub fn options(given: Option<&Bound<'_, PyDict>>) -> PyResult<AgreementOptions> {
    let mut held = Keywords::default();
    for (name, value) in given.into_iter().flat_map(|dict| dict.iter()) {
        if !value.is_none() {
            held.set(&name.extract::<String>()?, value)?;
        }
    }
    let defaults = AgreementOptions::default();
    let independence = held.independence.unwrap_or_else(|| defaults.independence.name().to_owned());
    Given {
        coefficients: defaults.coefficients,
        metric: held.metric.as_ref(),
        weights: held.weights.as_ref(),
        categories: held.categories.as_ref(),
        period: held.period,
        independence: &independence,
        conflicts: held.conflicts.as_deref().unwrap_or("error"),
        by: None,
        interval: held.interval.as_deref(),
        confidence: held.confidence.unwrap_or(defaults.confidence),
        population: held.population,
        replicates: held.replicates.unwrap_or(defaults.replicates),
        seed: held.seed.unwrap_or(defaults.seed),
    }
    .read()
}

#[derive(Default)]
struct Keywords<'py> {
    metric: Option<Bound<'py, PyAny>>,
    weights: Option<Bound<'py, PyAny>>,
    categories: Option<Bound<'py, PyAny>>,
    period: Option<f64>,
    independence: Option<String>,
    conflicts: Option<String>,
    interval: Option<String>,
    confidence: Option<f64>,
    population: Option<u64>,
    replicates: Option<usize>,
    seed: Option<u64>,
}

impl<'py> Keywords<'py> {
    fn set(&mut self, name: &str, value: Bound<'py, PyAny>) -> PyResult<()> {
        match name {
            "metric" => self.metric = Some(value),
            "weights" => self.weights = Some(value),
            "categories" => self.categories = Some(value),
            "period" => self.period = Some(value.extract()?),
            "independence" => self.independence = Some(value.extract()?),
            "conflicts" => self.conflicts = Some(value.extract()?),
            "interval" => self.interval = Some(value.extract()?),
            "confidence" => self.confidence = Some(value.extract()?),
            "population" => self.population = Some(value.extract()?),
            "replicates" => self.replicates = Some(value.extract()?),
            "seed" => self.seed = Some(value.extract()?),
            _ => {
                return Err(ParameterError::new_err(format!(
                    "{name}=... is not known; options are metric, weights, categories, period, independence, conflicts, interval, confidence, population, replicates and seed"
                )));
            }
        }
        Ok(())
    }
}

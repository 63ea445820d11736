//! How agreement is measured.

use super::{Coefficient, Interval, Metric, Weights, coefficient};
use crate::error::{ParameterError, Result};
use crate::matrix::{Conflicts, Independence};

/// How to measure agreement.
#[derive(Debug, Clone, PartialEq)]
pub struct AgreementOptions {
    /// Names of coefficients, see [`super::REGISTRY`].
    pub coefficients: Vec<String>,
    /// Distance of values for alpha; `None`: by the kind of the facts.
    pub metric: Option<Metric>,
    /// Credit for near categories; `None`: identity.
    pub weights: Option<Weights>,
    /// Labels that may be used, in order; `None`: those that were.
    pub categories: Option<Vec<String>>,
    /// After how much a circular scale starts again; `None`: as the matrix says.
    pub period: Option<f64>,
    /// Who the raters are.
    pub independence: Independence,
    /// What to do where a voice gives a fact several values.
    pub conflicts: Conflicts,
    /// A column of the facts table: a row for each of its values.
    pub by: Option<String>,
    /// How intervals are made.
    pub interval: Interval,
    /// Coverage of the intervals, in (0, 1).
    pub confidence: f64,
    /// Facts in the finite population from which these were drawn.
    pub population: Option<u64>,
    /// Samples of the bootstrap.
    pub replicates: usize,
    /// Start of the random numbers of the bootstrap.
    pub seed: u64,
}

impl Default for AgreementOptions {
    fn default() -> Self {
        AgreementOptions {
            coefficients: ["krippendorff_alpha", "gwet_ac", "percent_agreement"].map(str::to_owned).to_vec(),
            metric: None,
            weights: None,
            categories: None,
            period: None,
            independence: Independence::Source,
            conflicts: Conflicts::Error,
            by: None,
            interval: Interval::default(),
            confidence: 0.95,
            population: None,
            replicates: 1000,
            seed: 0,
        }
    }
}

impl AgreementOptions {
    /// The coefficients asked for.
    pub(super) fn checked(&self) -> Result<Vec<&'static dyn Coefficient>> {
        let range = |name, value: String, expected| ParameterError::Range { name, value, expected };
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            let expected = "a number between 0 and 1, such as 0.95";
            return Err(range("confidence", self.confidence.to_string(), expected).into());
        }
        if self.replicates == 0 {
            return Err(range("replicates", "0".to_owned(), "a number of samples of at least 1, such as 1000").into());
        }
        if let Some(period) = self.period.filter(|p| !(*p > 0.0 && p.is_finite())) {
            return Err(range("period", period.to_string(), "a number above 0").into());
        }
        let unusable = |name, reason: &str| ParameterError::Unusable { name, reason: reason.to_owned() };
        if self.conflicts == Conflicts::Split {
            let reason = "\"split\" gives a source several values, and agreement compares one a source; take \"first\", \"last\", \"majority\" or \"drop\"";
            return Err(unusable("conflicts", reason).into());
        }
        if self.coefficients.is_empty() {
            return Err(unusable("coefficients", "there is none; name at least one").into());
        }
        for (name, own) in [
            ("metric", matches!(self.metric, Some(Metric::Own(_)))),
            ("weights", matches!(self.weights, Some(Weights::Own(_)))),
        ] {
            if own && self.categories.is_none() {
                let reason =
                    "a table needs to know which label each row stands for: categories=[...] in the order of its rows";
                return Err(unusable(name, reason).into());
            }
        }
        self.coefficients.iter().map(|name| coefficient(name)).collect()
    }
}

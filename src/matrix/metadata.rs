//! Where a matrix comes from.

use super::Matrix;
use crate::error::Result;
use crate::value::About;
use serde::Serialize;

/// Where a matrix comes from: version, counts, options, hash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Metadata {
    pub version: &'static str,
    /// Rows that were read, all in all.
    pub n_read: u64,
    pub n_facts: usize,
    pub n_sources: usize,
    pub n_claims: usize,
    pub n_reports: usize,
    pub n_duplicates: usize,
    pub n_dropped: usize,
    pub independence: &'static str,
    pub options: Said,
    /// [`Matrix::hash`].
    pub input_hash: String,
}

/// What was said about the table beside the table; of what was said fact by fact, for how many.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Said {
    /// The words in use, in the order of the registry.
    pub kinds: Vec<&'static str>,
    /// `digits`, `exact` or a fraction.
    pub about: String,
    pub tolerance: Option<f64>,
    pub period: Option<f64>,
    pub order: Option<Vec<String>>,
    /// Facts with a tolerance, period or order of their own.
    pub n_by_fact: usize,
    /// Pairs of value and broader value.
    pub n_broader: usize,
    pub anonymous: Vec<String>,
}

impl Matrix {
    /// Where the matrix comes from.
    ///
    /// # Errors
    /// As [`Matrix::to_bytes`].
    pub fn metadata(&self) -> Result<Metadata> {
        Ok(Metadata {
            version: env!("CARGO_PKG_VERSION"),
            n_read: self.inner.n_read,
            n_facts: self.n_facts(),
            n_sources: self.n_sources(),
            n_claims: self.n_claims(),
            n_reports: self.n_reports(),
            n_duplicates: self.n_duplicates(),
            n_dropped: self.n_dropped(),
            independence: self.independence().name(),
            options: self.said(),
            input_hash: self.hash()?,
        })
    }

    fn said(&self) -> Said {
        let m = &*self.inner;
        let mut kinds = m.kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        Said {
            kinds: kinds.into_iter().map(|id| crate::value::kind(id).name()).collect(),
            about: match m.about {
                About::Digits => "digits".to_owned(),
                About::Exact => "exact".to_owned(),
                About::Fraction(x) => x.to_string(),
            },
            tolerance: m.tolerance.all,
            period: m.period.all,
            order: m.order.all.as_ref().map(|order| order.words().to_vec()),
            n_by_fact: m.tolerance.by_fact.len() + m.period.by_fact.len() + m.order.by_fact.len(),
            n_broader: m.broader.as_ref().map_or(0, |b| b.pairs().count()),
            anonymous: m.anonymous.clone(),
        }
    }
}

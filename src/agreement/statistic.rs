//! What an interval needs to know of a coefficient.

use super::panel::{Cell, Panel};
use crate::stats::lanes::dot;

/// A coefficient on all facts once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Point {
    /// The coefficient; `None` where it does not exist.
    pub value: Option<f64>,
    /// Observed agreement in [0, 1] where there is such.
    pub p_a: Option<f64>,
    /// Agreement expected by chance, where there is such.
    pub p_e: Option<f64>,
    /// Why there is no value.
    pub reason: Option<String>,
}

impl Point {
    /// No value, and why.
    pub fn undefined(reason: impl Into<String>) -> Point {
        Point { reason: Some(reason.into()), ..Point::default() }
    }

    /// (p_a − p_e) / (1 − p_e), or why not.
    pub fn corrected(p_a: f64, p_e: f64) -> Point {
        let (some_a, some_e) = (Some(p_a), Some(p_e));
        if 1.0 - p_e <= 1e-12 {
            return Point { p_a: some_a, p_e: some_e, ..Point::undefined(NO_VARIATION) };
        }
        Point { value: Some((p_a - p_e) / (1.0 - p_e)), p_a: some_a, p_e: some_e, reason: None }
    }
}

/// Reason: all values are the same, so agreement by chance is certain.
pub const NO_VARIATION: &str = "no variation";
/// Reason: no fact has two ratings.
pub const NO_PAIRS: &str = "no fact has two ratings";

/// A coefficient on a panel as a function of how often each fact counts. Facts are numbered from 0; NaN stands for "undefined".
pub trait Statistic: Sync {
    /// All facts once.
    fn point(&self) -> Point;
    /// Facts that are left out or drawn one by one.
    fn n(&self) -> usize;
    /// The coefficient with each fact counted this often.
    fn with_counts(&self, counts: &[f64]) -> f64;
    /// The coefficient without each fact in turn. This default takes n passes: fine for hundreds of facts, to be replaced where
    /// sufficient statistics give it in one.
    fn without_each(&self) -> Vec<f64> {
        let mut counts = vec![1.0; self.n()];
        (0..self.n())
            .map(|i| {
                counts[i] = 0.0;
                let value = self.with_counts(&counts);
                counts[i] = 1.0;
                value
            })
            .collect()
    }
    /// The sums over facts of which the coefficient is a function, where these are few: samples of facts are then quick.
    fn columns(&self) -> Option<Columns<'_>> {
        None
    }
    /// Why leaving each fact out is not tried, where it would take too long.
    fn too_long(&self) -> Option<&'static str> {
        None
    }
    /// The standard error by linearisation, without the finite population correction; `None` where there is no such formula.
    fn linear_se(&self) -> Option<f64> {
        None
    }
    /// An interval with its standard error by a formula of its own, in place of a symmetric one about the value.
    fn analytic(&self, _confidence: f64) -> Option<Limits> {
        None
    }
    /// The probability of a value as large if the sources had nothing in common, where there is a test of that.
    fn p_value(&self) -> Option<f64> {
        None
    }
    /// The least value there can be, where it is bounded below.
    fn least(&self) -> f64 {
        f64::NEG_INFINITY
    }
    /// The jackknife after pseudo-evidence was added, for the coefficients that have one.
    fn augmented(&self) -> Option<Augmented> {
        None
    }
}

/// Numbers by fact, and the coefficient as a function of their sums.
pub struct Columns<'a> {
    /// A column a number: by fact.
    columns: Vec<Vec<f64>>,
    value: Box<OfSums<'a>>,
}

type OfSums<'a> = dyn Fn(&[f64]) -> f64 + Sync + 'a;

impl<'a> Columns<'a> {
    /// Of the rows of `width` numbers that `fill` writes over zeros, for the facts where it says true.
    pub fn new(
        panel: &Panel<'_>,
        width: usize,
        fill: impl Fn(&[Cell], &mut [f64]) -> bool,
        value: impl Fn(&[f64]) -> f64 + Sync + 'a,
    ) -> Columns<'a> {
        let mut columns = vec![Vec::with_capacity(panel.n_facts()); width];
        let mut row = vec![0.0; width];
        for cells in panel.cells() {
            row.fill(0.0);
            if fill(cells, &mut row) {
                columns.iter_mut().zip(&row).for_each(|(column, v)| column.push(*v));
            }
        }
        Columns { columns, value: Box::new(value) }
    }

    /// The coefficient with each fact counted this often.
    pub fn with_counts(&self, counts: &[f64], sums: &mut Vec<f64>) -> f64 {
        sums.clear();
        sums.extend(self.columns.iter().map(|column| dot(counts, column)));
        (self.value)(sums)
    }
}

/// Limits of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[allow(missing_docs)]
pub struct Limits {
    pub std_error: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Why there are none.
    pub reason: Option<&'static str>,
}

impl Limits {
    /// None, and why.
    pub fn missing(reason: &'static str) -> Limits {
        Limits { reason: Some(reason), ..Limits::default() }
    }
}

/// A coefficient after pseudo-evidence was added, and without each fact, pseudo-facts too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Augmented {
    /// With all facts.
    pub value: f64,
    /// Without each fact in turn.
    pub without_each: Vec<f64>,
}

//! How much credit two different categories get: 1 for the same, 0 for none in common.

use super::panel::Panel;
use crate::error::{ParameterError, Result, quoted};
use std::f64::consts::PI;

/// Weights of agreement between categories (Gwet 2014, Handbook of Inter-Rater Reliability, chapter 3).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Weights {
    /// 1 for the same category, else 0.
    #[default]
    Identity,
    /// 1 − |a − b| / R, R the range of the categories.
    Linear,
    /// 1 − (a − b)² / R².
    Quadratic,
    /// By ranks: 1 − C(|i − j| + 1, 2) / C(q, 2).
    Ordinal,
    /// 1 − √(|a − b| / R).
    Radical,
    /// 1 − ((a − b) / (a + b))², scaled so that the two ends get 0.
    Ratio,
    /// 1 − sin²(π(a − b) / (R + 1)), scaled so that the farthest get 0.
    Circular,
    /// 1 − (a − b)² / ((a + b − 2 min)(2 max − a − b)), scaled so that the farthest get 0.
    Bipolar,
    /// An own table, by the declared categories.
    Own(Table),
}

/// A symmetric square table by category, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    n: usize,
    cells: Vec<f64>,
}

impl Table {
    /// A table of its rows.
    ///
    /// # Errors
    /// [`ParameterError::Unusable`] where it is not square or symmetric, or a cell is not finite.
    pub fn new(name: &'static str, rows: &[Vec<f64>]) -> Result<Table> {
        let unusable = |reason: String| ParameterError::Unusable { name, reason };
        let n = rows.len();
        if let Some(row) = rows.iter().position(|r| r.len() != n) {
            let reason = format!("row {row} has {} cells and there are {n} rows; a table is square", rows[row].len());
            return Err(unusable(reason).into());
        }
        for (i, row) in rows.iter().enumerate() {
            for (j, cell) in row.iter().enumerate() {
                if !cell.is_finite() {
                    return Err(unusable(format!("row {i}, column {j} is {cell}; every cell is a number")).into());
                }
                if rows[j][i] != *cell {
                    let reason = format!(
                        "row {i}, column {j} is {cell} and the other way round {}; make it symmetric",
                        rows[j][i]
                    );
                    return Err(unusable(reason).into());
                }
            }
        }
        Ok(Table { n, cells: rows.concat() })
    }

    /// By function of two categories.
    pub fn of(n: usize, f: impl Fn(usize, usize) -> f64) -> Table {
        Table { n, cells: (0..n * n).map(|i| f(i / n, i % n)).collect() }
    }

    /// Categories.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are no categories.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The row of a category.
    #[inline]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.cells[i * self.n..(i + 1) * self.n]
    }

    /// The table times a vector.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        (0..self.n).map(|i| self.row(i).iter().zip(v).map(|(a, b)| a * b).sum()).collect()
    }
}

/// Categories of which a table is made; more would need gigabytes.
pub const MOST_IN_TABLE: usize = 8192;

/// The table of weights of the categories of a panel; `None` for identity, which needs none.
pub type Made = Option<Table>;

impl Weights {
    /// The weights with their words; an own table has none.
    pub const ALL: [(Weights, &'static str); 8] = [
        (Weights::Identity, "identity"),
        (Weights::Linear, "linear"),
        (Weights::Quadratic, "quadratic"),
        (Weights::Ordinal, "ordinal"),
        (Weights::Radical, "radical"),
        (Weights::Ratio, "ratio"),
        (Weights::Circular, "circular"),
        (Weights::Bipolar, "bipolar"),
    ];

    /// The weights of this word.
    ///
    /// # Errors
    /// [`ParameterError::Choice`] for any other word.
    pub fn named(word: &str) -> Result<Weights> {
        Weights::ALL.iter().find(|(_, name)| *name == word).map(|(w, _)| w.clone()).ok_or_else(|| {
            let allowed = format!("{}, or a table of weights", quoted(Weights::ALL.iter().map(|(_, name)| *name)));
            ParameterError::Choice { name: "weights", value: word.to_owned(), allowed }.into()
        })
    }

    /// The word; `own` for a table.
    pub fn name(&self) -> &'static str {
        Weights::ALL.iter().find(|(w, _)| w == self).map_or("own", |(_, name)| *name)
    }

    /// Whether categories need places on a scale.
    pub fn need_scale(&self) -> bool {
        !matches!(self, Weights::Identity | Weights::Own(_))
    }

    /// The table for the categories of a panel.
    ///
    /// # Errors
    /// [`ParameterError::Unusable`] where an own table has another number of rows, or there are too many categories for one.
    pub fn table(&self, panel: &Panel<'_>) -> Result<Made> {
        let q = panel.n_categories();
        if *self == Weights::Identity {
            return Ok(None);
        }
        if let Weights::Own(table) = self {
            return own("weights", table, q).map(Some);
        }
        if q > MOST_IN_TABLE {
            let reason = format!(
                "the values are {q} different ones, more than the {MOST_IN_TABLE} a table of weights is made of; round them"
            );
            return Err(ParameterError::Unusable { name: "weights", reason }.into());
        }
        let x = panel.places();
        let (min, max) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        let range = max - min;
        if q < 2 || range <= 0.0 {
            return Ok(Some(Table::of(q, |_, _| 1.0)));
        }
        let pairs = |i: usize, j: usize| ((i.abs_diff(j) + 1) * i.abs_diff(j)) as f64 / 2.0;
        let distance = |i: usize, j: usize| {
            let (a, b) = (x[i], x[j]);
            match self {
                _ if i == j => 0.0,
                Weights::Linear => (a - b).abs() / range,
                Weights::Quadratic => ((a - b) / range).powi(2),
                Weights::Ordinal => pairs(i, j) / pairs(0, q - 1),
                Weights::Radical => ((a - b).abs() / range).sqrt(),
                Weights::Ratio => (((a - b) / (a + b)) / (range / (max + min))).powi(2),
                Weights::Circular => (PI * (a - b) / (range + 1.0)).sin().powi(2),
                Weights::Bipolar => (a - b).powi(2) / ((a + b - 2.0 * min) * (2.0 * max - a - b)),
                Weights::Identity | Weights::Own(_) => 1.0,
            }
        };
        let scaled = matches!(self, Weights::Circular | Weights::Bipolar);
        let most = if scaled {
            (0..q).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| distance(i, j)).fold(0.0, f64::max)
        } else {
            1.0
        };
        Ok(Some(Table::of(q, |i, j| 1.0 - distance(i, j) / most)))
    }

    /// Why these weights are no weights on these places, if so.
    pub fn unfit(&self, places: &[f64]) -> Option<&'static str> {
        let signs = places.iter().any(|v| *v < 0.0) && places.iter().any(|v| *v > 0.0);
        (*self == Weights::Ratio && signs).then_some("ratio weights need values of one sign")
    }
}

/// An own table, if it has a row for each category.
pub(super) fn own(name: &'static str, table: &Table, q: usize) -> Result<Table> {
    if table.len() == q {
        return Ok(table.clone());
    }
    let reason = format!("it has {} rows, and categories= names {q} labels; give one row a label", table.len());
    Err(ParameterError::Unusable { name, reason }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_table_is_square_symmetric_and_finite() {
        let message = |rows: &[Vec<f64>]| Table::new("weights", rows).unwrap_err().to_string();
        assert!(message(&[vec![1.0, 0.0], vec![0.0]]).contains("row 1 has 1 cells"));
        assert!(message(&[vec![1.0, 0.5], vec![0.0, 1.0]]).contains("symmetric"));
        assert!(message(&[vec![f64::NAN]]).contains("row 0, column 0 is NaN"));
    }
}

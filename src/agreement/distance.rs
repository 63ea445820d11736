//! How far two values are apart: the squared differences of Krippendorff's alpha.

use super::panel::{Cell, Order, Panel};
use super::weights::{Table, Weights, own};
use crate::error::{ParameterError, Result, quoted};
use std::f64::consts::PI;

/// Distinct values whose ratio differences are compared pair by pair; more would take minutes.
const MOST_RATIOS: usize = 60_000;

/// The level of measurement (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C).
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// 0 for the same value, else 1.
    Nominal,
    /// (number of values from one to the other, the ends counted half)².
    Ordinal,
    /// (a − b)².
    Interval,
    /// ((a − b) / (a + b))²; 0 for two zeros.
    Ratio,
    /// sin²(π(a − b) / U), U the period.
    Circular,
    /// An own table, by the declared categories.
    Own(Table),
    /// 1 − weight.
    Weights(Weights),
}

impl Metric {
    /// The metrics with their words; an own table has none.
    pub const ALL: [(Metric, &'static str); 5] = [
        (Metric::Nominal, "nominal"),
        (Metric::Ordinal, "ordinal"),
        (Metric::Interval, "interval"),
        (Metric::Ratio, "ratio"),
        (Metric::Circular, "circular"),
    ];

    /// The metric of this word.
    ///
    /// # Errors
    /// [`ParameterError::Choice`] for any other word.
    pub fn named(word: &str) -> Result<Metric> {
        Metric::ALL.iter().find(|(_, name)| *name == word).map(|(m, _)| m.clone()).ok_or_else(|| {
            let allowed = format!("{}, or a table of distances", quoted(Metric::ALL.iter().map(|(_, name)| *name)));
            ParameterError::Choice { name: "metric", value: word.to_owned(), allowed }.into()
        })
    }

    /// The word: that of the weights where these are used, `own` for a table.
    pub fn name(&self) -> &'static str {
        match self {
            Metric::Weights(weights) => weights.name(),
            _ => Metric::ALL.iter().find(|(m, _)| m == self).map_or("own", |(_, name)| *name),
        }
    }

    /// What a kind of values is measured by unless said otherwise; `None` where it cannot be compared.
    pub fn of_kind(kind: &str) -> Option<Metric> {
        match kind {
            "ordinal" => Some(Metric::Ordinal),
            "interval" | "date" => Some(Metric::Interval),
            "ratio" => Some(Metric::Ratio),
            "circular" => Some(Metric::Circular),
            "text" => None,
            _ => Some(Metric::Nominal),
        }
    }

    /// Whether values need places on a scale.
    pub fn need_scale(&self) -> bool {
        match self {
            Metric::Nominal | Metric::Own(_) => false,
            Metric::Weights(weights) => weights.need_scale(),
            _ => true,
        }
    }
}

/// A metric on the categories of a panel, in the form in which sums of it are quickest.
///
/// For fixed distances all that is needed of a fact with counts c are its values m, its inner sum Σ c_a c_b δ_ab, and Σ c_a E_a with
/// E_a = Σ n_b δ_ab over all facts: leaving the fact out, or counting it twice, then takes no more than these.
#[derive(Debug)]
pub enum Distance {
    /// δ = 1 for different categories.
    Nominal,
    /// δ = (x − y)² of places moved by their mean (and scaled), so that no digits are lost.
    Interval(Vec<f64>),
    /// δ = sin²((x − y) / 2) = (1 − cos x cos y − sin x sin y) / 2.
    Circular(Vec<(f64, f64)>),
    /// Pair by pair, from places.
    Ratio(Vec<f64>),
    /// A table.
    Table(Table),
}

impl Distance {
    /// The metric on these categories; ordinal distances depend on how often each is used, so they are not among these.
    ///
    /// # Errors
    /// [`ParameterError`] where there is no period, a table does not fit, or there are too many values.
    pub fn new(metric: &Metric, panel: &Panel<'_>, period: Option<f64>) -> Result<Distance> {
        let (x, q) = (panel.places(), panel.n_categories());
        Ok(match metric {
            Metric::Nominal => Distance::Nominal,
            Metric::Ordinal | Metric::Interval => Distance::Interval(centred(panel)),
            Metric::Ratio if q > MOST_RATIOS => {
                let reason = format!(
                    "ratio compares all pairs of values, and they are {q} different ones, more than {MOST_RATIOS}; round them, or take metric=\"interval\" of logarithms"
                );
                return Err(ParameterError::Unusable { name: "metric", reason }.into());
            }
            Metric::Ratio => Distance::Ratio(x.to_vec()),
            Metric::Circular => {
                let Some(period) = period else {
                    let reason = "circular needs to know after how much the scale starts again: period=24 (hours), period=360 (degrees)";
                    return Err(ParameterError::Unusable { name: "metric", reason: reason.to_owned() }.into());
                };
                // The remainder is exact, the quotient of a large number is not.
                let angle = |v: &f64| (2.0 * PI * v.rem_euclid(period) / period).sin_cos();
                Distance::Circular(x.iter().map(angle).map(|(sin, cos)| (cos, sin)).collect())
            }
            Metric::Own(table) => {
                let table = own("metric", table, q)?;
                if let Some((i, j)) =
                    cells(q).find(|(i, j)| if i == j { table.row(*i)[*j] != 0.0 } else { table.row(*i)[*j] < 0.0 })
                {
                    let reason = format!(
                        "row {i}, column {j} of the table is {}; a label is at distance 0 from itself, and no distance is negative",
                        table.row(i)[j]
                    );
                    return Err(ParameterError::Unusable { name: "metric", reason }.into());
                }
                Distance::Table(table)
            }
            Metric::Weights(weights) => match weights.table(panel)? {
                None => Distance::Nominal,
                Some(w) => {
                    if let Some((i, j)) =
                        cells(q).find(|(i, j)| if i == j { w.row(*i)[*j] != 1.0 } else { w.row(*i)[*j] > 1.0 })
                    {
                        let reason = format!(
                            "row {i}, column {j} of the table is {}; alpha takes 1 less the weight for a distance, so a label has weight 1 with itself, and none more",
                            w.row(i)[j]
                        );
                        return Err(ParameterError::Unusable { name: "weights", reason }.into());
                    }
                    Distance::Table(Table::of(q, |i, j| 1.0 - w.row(i)[j]))
                }
            },
        })
    }

    /// Why the values cannot be measured so, if they cannot.
    pub fn unfit(metric: &Metric, panel: &Panel<'_>) -> Option<&'static str> {
        let x = panel.places();
        match metric {
            Metric::Ratio if x.iter().any(|v| *v < 0.0) && x.iter().any(|v| *v > 0.0) => {
                Some("the ratio metric needs values of one sign")
            }
            Metric::Weights(weights) => weights.unfit(x),
            _ => None,
        }
    }

    /// Σ over ordered pairs of a fact's values.
    #[inline]
    pub fn inner(&self, cells: &[Cell], m: f64) -> f64 {
        match self {
            Distance::Nominal => m * m - cells.iter().map(|c| f64::from(c.count).powi(2)).sum::<f64>(),
            Distance::Interval(x) => {
                // From the mean of the fact: the difference of two large sums would lose digits.
                let mean = cells.iter().map(|c| f64::from(c.count) * x[c.category as usize]).sum::<f64>() / m;
                let about = |c: &Cell| f64::from(c.count) * (x[c.category as usize] - mean).powi(2);
                2.0 * m * cells.iter().map(about).sum::<f64>()
            }
            Distance::Circular(_) | Distance::Ratio(_) | Distance::Table(_) => {
                let mut sum = 0.0;
                for (i, a) in cells.iter().enumerate() {
                    let rest = &cells[i + 1..];
                    let to = |b: &Cell| f64::from(b.count) * self.between(a.category as usize, b.category as usize);
                    let own = f64::from(a.count).powi(2) * self.between(a.category as usize, a.category as usize);
                    sum += 2.0 * f64::from(a.count) * rest.iter().map(to).sum::<f64>() + own;
                }
                sum
            }
        }
    }

    /// δ of two categories.
    pub fn between(&self, i: usize, j: usize) -> f64 {
        match self {
            Distance::Nominal => f64::from(u8::from(i != j)),
            Distance::Interval(x) => (x[i] - x[j]).powi(2),
            Distance::Circular(x) => {
                // |e^ia − e^ib|² / 4: no cancellation where the two are near.
                ((x[i].0 - x[j].0).powi(2) + (x[i].1 - x[j].1).powi(2)) / 4.0
            }
            Distance::Ratio(x) if x[i] + x[j] == 0.0 => 0.0,
            Distance::Ratio(x) => ((x[i] - x[j]) / (x[i] + x[j])).powi(2),
            Distance::Table(table) => table.row(i)[j],
        }
    }

    /// E: the summed distance of each category to values that occur so often.
    pub fn from_all(&self, n: &[f64]) -> Vec<f64> {
        let total: f64 = n.iter().sum();
        match self {
            Distance::Nominal => n.iter().map(|n| total - n).collect(),
            Distance::Interval(x) => {
                let mean = x.iter().zip(n).map(|(x, n)| x * n).sum::<f64>() / total;
                let spread: f64 = x.iter().zip(n).map(|(x, n)| n * (x - mean).powi(2)).sum();
                x.iter().map(|x| total * (x - mean).powi(2) + spread).collect()
            }
            Distance::Circular(x) => {
                let cos: f64 = x.iter().zip(n).map(|(x, n)| x.0 * n).sum();
                let sin: f64 = x.iter().zip(n).map(|(x, n)| x.1 * n).sum();
                x.iter().map(|x| (total - x.0 * cos - x.1 * sin) / 2.0).collect()
            }
            Distance::Ratio(_) => {
                let to = |i: usize| (0..n.len()).map(|j| n[j] * self.between(i, j)).sum();
                crate::stats::chunks::map_chunks(n.len(), 64, |r| r.map(to).collect::<Vec<f64>>()).concat()
            }
            Distance::Table(table) => table.times(n),
        }
    }
}

/// The cells of a square table.
fn cells(q: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..q).flat_map(move |i| (0..q).map(move |j| (i, j)))
}

/// Places about their middle and in units of their range: any shift and scale gives the same.
fn centred(panel: &Panel<'_>) -> Vec<f64> {
    let x = panel.places();
    let (Some(min), Some(max)) = (x.first(), x.last()) else { return vec![] };
    let (middle, range) = (min / 2.0 + max / 2.0, max - min);
    let unit = if range > 0.0 && range.is_finite() { range } else { 1.0 };
    x.iter().map(|v| (v - middle) / unit).collect()
}

/// The error where values do not fit a metric or weights, which says what fits.
///
/// # Errors
/// [`ParameterError::Unusable`].
pub fn check_fit(name: &'static str, word: &str, numbers: bool, panel: &Panel<'_>, kind: &str) -> Result<()> {
    // What is called a label is none of the numbers that these coefficients take means of, even if it is written in digits.
    let labels = name == "coefficients" && numbers && matches!(kind, "nominal" | "boolean" | "set");
    let fits = match panel.order() {
        _ if labels => false,
        Order::None | Order::Numbers => true,
        Order::Ranks | Order::Declared => !numbers,
        Order::Alphabet => false,
    };
    if fits || panel.n_categories() == 0 {
        return Ok(());
    }
    let example = panel.category(0);
    let reason = match (name, panel.order()) {
        ("metric", Order::Alphabet) => format!(
            "{word} needs numbers or an order, and the values of kind {kind} are labels such as {example:?}; \"nominal\" fits, and \"ordinal\" where categories=[...] gives their order"
        ),
        ("metric", _) => format!(
            "{word} needs numbers, and the values of kind {kind} have only an order; \"nominal\", \"ordinal\" and \"interval\" (of ranks) fit"
        ),
        ("coefficients", Order::Ranks | Order::Declared) => format!(
            "{word} needs numbers, and the values of kind {kind} have only an order; \"kendall_w\" fits, and \"krippendorff_alpha\" with metric=\"ordinal\""
        ),
        ("coefficients", _) => format!(
            "{word} needs {}, and the values of kind {kind} are labels such as {example:?}; \"krippendorff_alpha\", \"gwet_ac\", \"fleiss_kappa\" and \"percent_agreement\" fit labels; if they are numbers, say so: kind=\"interval\"",
            if numbers { "numbers" } else { "numbers or an order" }
        ),
        _ => format!(
            "{word} weights need an order, and the values of kind {kind} are labels such as {example:?}; give it: categories=[...], or take \"identity\""
        ),
    };
    Err(ParameterError::Unusable { name, reason }.into())
}

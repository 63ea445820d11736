//! Leave one out.

use super::{Panel, Spread, Without};
use crate::error::Result;
use crate::stats::Watch;

/// The standard error over facts (Efron & Tibshirani 1993, An Introduction to the Bootstrap, equation 11.5), and in how many of the
/// samples without one fact there is no coefficient.
pub(super) fn facts(centre: f64, without_each: &[f64]) -> (Option<Spread>, usize) {
    let defined = || without_each.iter().filter(|v| v.is_finite());
    let n = defined().count();
    let undefined = without_each.len() - n;
    if n < 2 {
        return (None, undefined);
    }
    // About the first, so that no digits are lost where all are close.
    let about = defined().next().copied().unwrap_or(0.0);
    let (sum, squares) = defined().fold((0.0, 0.0), |(s, q), v| (s + (v - about), q + (v - about).powi(2)));
    let n_f = n as f64;
    let variance = (n_f - 1.0) / n_f * (squares - sum * sum / n_f);
    (Some(Spread { centre, std_error: variance.max(0.0).sqrt(), df: n_f - 1.0 }), undefined)
}

/// The same over sources (Gwet 2014, chapter 5, "unconditional").
pub(super) fn sources(
    value: f64,
    panel: &Panel<'_>,
    without: Without<'_>,
    watch: &Watch,
) -> Result<(Option<Spread>, usize)> {
    let mut values = Vec::new();
    for (voice, n) in panel.voices().iter().enumerate() {
        if *n > 0 {
            watch.tick(0)?;
            values.push(without(voice as u32)?.unwrap_or(f64::NAN));
        }
    }
    Ok(facts(value, &values))
}

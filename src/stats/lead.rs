//! Temporary: union bound.
use super::beta_cdf;

/// lead
pub fn lead_probability(masses: &[f64], unseen: bool) -> f64 {
    let a = masses[0] + 0.5;
    let rivals = masses[1..].iter().copied().chain(unseen.then_some(0.0));
    (1.0 - rivals.map(|m| beta_cdf(a, m + 0.5, 0.5)).sum::<f64>()).max(0.0)
}

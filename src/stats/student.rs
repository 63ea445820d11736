//! Quantiles of the normal distribution and of Student's t.

use super::beta_quantile;
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// The normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// The normal quantile at probability `p`.
pub fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// The quantile of Student's t with `df` degrees of freedom at probability `p`; NaN where `df` is not positive.
///
/// From the Beta quantile: df / (df + t²) is Beta(df / 2, 1 / 2) (Abramowitz and Stegun 26.7.1).
pub fn t_quantile(df: f64, p: f64) -> f64 {
    if df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df > 1e10 {
        return normal_quantile(p);
    }
    let tail = 2.0 * p.min(1.0 - p);
    // The larger part of the Beta variable is the one that keeps its digits.
    let t = if tail > 0.5 {
        let y = beta_quantile(0.5, df / 2.0, 1.0 - tail);
        (df * y / (1.0 - y)).sqrt()
    } else {
        let x = beta_quantile(df / 2.0, 0.5, tail);
        (df * (1.0 - x) / x).sqrt()
    };
    if p < 0.5 { -t } else { t }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_is_as_tables_have_it() {
        // Closed forms: df 1 is Cauchy, df 2 is t = (2p − 1) √(2 / (4p(1 − p))).
        for p in [0.6, 0.9, 0.975, 0.9995] {
            let cauchy = (std::f64::consts::PI * (p - 0.5)).tan();
            assert!((t_quantile(1.0, p) / cauchy - 1.0).abs() < 1e-9, "{p}");
            let two = (2.0 * p - 1.0) * (2.0 / (4.0 * p * (1.0 - p))).sqrt();
            assert!((t_quantile(2.0, p) / two - 1.0).abs() < 1e-9, "{p}");
            assert!(t_quantile(2.0, 1.0 - p).is_sign_negative());
        }
        assert!((t_quantile(1e6, 0.975) - 1.959_966_356_816_714).abs() < 1e-8);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((normal_cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-10);
        assert!(t_quantile(0.0, 0.5).is_nan());
    }
}

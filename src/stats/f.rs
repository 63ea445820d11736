//! Quantiles of the F distribution and upper tails of the chi-squared one.

use super::beta_quantile;
use statrs::function::gamma::gamma_ur;

/// The quantile of the F distribution with `d1` and `d2` degrees of freedom (they need not be whole) at probability `p`.
///
/// If X follows F(d1, d2), then d1 X / (d1 X + d2) follows Beta(d1/2, d2/2) (Johnson, Kotz & Balakrishnan 1995, Continuous
/// Univariate Distributions 2, chapter 27). NaN if a parameter is not positive and finite or `p` is NaN.
///
/// ```
/// // Tables of the F distribution: the upper 2.5 % point of F(5, 15) is 3.576.
/// assert!((consilience::stats::f_quantile(5.0, 15.0, 0.975) - 3.5764).abs() < 1e-4);
/// ```
pub fn f_quantile(d1: f64, d2: f64, p: f64) -> f64 {
    let x = beta_quantile(d1 / 2.0, d2 / 2.0, p);
    // Whichever of x and 1 - x is small keeps its digits when it is the one that is solved for.
    let odds = if x <= 0.5 {
        x / (1.0 - x)
    } else {
        let rest = beta_quantile(d2 / 2.0, d1 / 2.0, 1.0 - p);
        (1.0 - rest) / rest
    };
    odds * d2 / d1
}

/// The probability that a chi-squared variable with `df` degrees of freedom exceeds `x`: the upper regularised incomplete
/// gamma function Q(df/2, x/2) (DLMF 8.2.4). NaN unless `df` is positive and `x` at least 0.
pub fn chi_squared_tail(df: f64, x: f64) -> f64 {
    if !(df > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 { 1.0 } else { gamma_ur(df / 2.0, x / 2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms_of_the_f_distribution() {
        // F(2, d): P(X > x) = (1 + 2x/d)^(-d/2); F(1, 1): the square of a Cauchy variable.
        for p in [0.001, 0.025, 0.5, 0.975, 0.999_f64] {
            for d in [1.0, 2.5, 30.0, 4e5_f64] {
                let exact = d / 2.0 * (-(2.0 / d) * (-p).ln_1p()).exp_m1();
                assert!((f_quantile(2.0, d, p) / exact - 1.0).abs() < 1e-12, "{p} {d}");
            }
            let cauchy = (std::f64::consts::FRAC_PI_2 * p).tan().powi(2);
            assert!((f_quantile(1.0, 1.0, p) / cauchy - 1.0).abs() < 1e-12, "{p}");
        }
        assert!(f_quantile(0.0, 1.0, 0.5).is_nan());
    }

    #[test]
    fn the_two_tails_of_f_are_reciprocal() {
        for (a, b) in [(5.0, 15.0), (3.0, 44.7), (1e4, 3.2)] {
            assert!((f_quantile(a, b, 0.975) * f_quantile(b, a, 0.025) - 1.0).abs() < 1e-11, "{a} {b}");
        }
    }

    #[test]
    fn closed_forms_of_the_chi_squared_tail() {
        // Two degrees: exp(-x/2); four: exp(-x/2) (1 + x/2).
        for x in [0.0, 1e-3, 1.0, 17.74, 300.0_f64] {
            let half = x / 2.0;
            assert!((chi_squared_tail(2.0, x) / (-half).exp() - 1.0).abs() < 1e-12, "{x}");
            assert!((chi_squared_tail(4.0, x) / ((-half).exp() * (1.0 + half)) - 1.0).abs() < 1e-12, "{x}");
        }
        assert!(chi_squared_tail(0.0, 1.0).is_nan() && chi_squared_tail(1.0, -1.0).is_nan());
    }
}

//! Differences of the digamma function, as fixed points for Dirichlet priors need them.

use super::lanes::ln;

/// ψ(a + n) − ψ(a) for a > 0 and n ≥ 0: the sum 1/a + 1/(a + 1) + … of n terms, for any n. Loops over it run in vector lanes.
///
/// Both arguments are raised by 8 with ψ(x + 1) = ψ(x) + 1/x, then the asymptotic series is used (Abramowitz and Stegun 1964,
/// 6.3.5 and 6.3.18); terms share divisions.
#[inline(always)]
pub fn digamma_rise(a: f64, n: f64) -> f64 {
    let b = a + n;
    let (x, y) = (a + 8.0, b + 8.0);
    let inverse = 1.0 / (x * y);
    let ((p, q), (r, s)) = (below(a), below(b));
    let rise = ln(y * (y * inverse)) + (tail(x * inverse) - tail(y * inverse)) + (p * s - r * q) / (q * s);
    if n > 0.0 { rise } else { 0.0 }
}

/// ψ(x) − ln x for x ≥ 8, from 1/x.
#[inline(always)]
fn tail(r: f64) -> f64 {
    let f = r * r;
    let series = 1.0 / 12.0
        - f * (1.0 / 120.0 - f * (1.0 / 252.0 - f * (1.0 / 240.0 - f * (1.0 / 132.0 - f * (691.0 / 32_760.0)))));
    -0.5 * r - f * series
}

/// 1/x + 1/(x + 1) + … + 1/(x + 7), as numerator and denominator.
#[inline(always)]
fn below(x: f64) -> (f64, f64) {
    // Beyond, the product of two denominators could overflow, and the terms are nothing beside ln.
    let x = if x < 1e18 { x } else { 1e18 };
    // Terms from both ends share x(x + 7) + j(7 − j) and the numerator 2x + 7.
    let ends = x * (x + 7.0);
    let (p, q, r, s) = (ends, ends + 6.0, ends + 10.0, ends + 12.0);
    let (pq, rs) = (p * q, r * s);
    ((2.0 * x + 7.0) * ((p + q) * rs + (r + s) * pq), pq * rs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::digamma;

    #[test]
    fn rises_are_differences_of_the_digamma_function() {
        for a in [1e-3, 0.1, 0.7, 1.5, 4.0, 63.0, 1e4, 1e9] {
            for n in [1e-6, 1e-3, 0.4, 1.0, 3.0, 17.5, 1e3, 1e7] {
                let (rise, expected) = (digamma_rise(a, n), digamma(a + n) - digamma(a));
                let scale = digamma(a).abs() + digamma(a + n).abs();
                assert!((rise - expected).abs() <= 2e-12 * scale, "{a} {n}: {rise} {expected}");
            }
            assert_eq!(digamma_rise(a, 0.0), 0.0);
            let sum: f64 = (0..25).map(|j| 1.0 / (a + f64::from(j))).sum();
            assert!((digamma_rise(a, 25.0) - sum).abs() <= 1e-12 * sum.max(1.0), "{a}");
        }
    }
}

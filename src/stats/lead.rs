//! The probability that the first of several shares is the largest.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::beta::{beta_cdf, stirling_error};

/// Rivals of different mass that enter the integral; smaller ones are bounded one by one.
const RIVALS: usize = 50;

/// What Jeffreys' prior adds to every cell.
const PRIOR: f64 = 0.5;

/// Below this a probability counts as 0.
const NOTHING: f64 = 1e-18;

/// From this shape on the incomplete gamma function is integrated, since its series grows with the root of the shape.
const LARGE: f64 = 500.0;

/// The probability that the share of the first cell exceeds every other share, where the shares follow the Dirichlet
/// distribution with parameters mass + 1/2 (Jeffreys 1961, Theory of Probability, section 3.23), and one more cell of
/// parameter 1/2 if something `unseen` is possible. `masses[0]` is the largest mass.
///
/// Shares are independent gamma variables over their sum (Devroye 1986, Non-Uniform Random Variate Generation,
/// theorem XI.4.1), so the probability is the integral of the first density times the other distribution functions.
/// It is taken over log x by the trapezoidal rule, which converges exponentially (Trefethen and Weideman 2014, SIAM
/// Review 56(3), section 5). Of more than 50 different rival masses the smallest enter by the union bound, which makes
/// the result a lower bound. Without any mass the probability is 0.
///
/// ```
/// use consilience::stats::lead_probability;
///
/// assert!((lead_probability(&[3.0, 1.0], false) - 0.8395305452627101).abs() < 1e-12);
/// assert!((lead_probability(&[2.0, 2.0, 2.0], false) - 1.0 / 3.0).abs() < 1e-12);
/// ```
pub fn lead_probability(masses: &[f64], unseen: bool) -> f64 {
    let Some((first, others)) = masses.split_first() else {
        return 0.0;
    };
    let lead = first + PRIOR;
    match (others, unseen) {
        ([], false) => 1.0,
        ([], true) => 1.0 - beaten(lead, PRIOR),
        ([other], false) => 1.0 - beaten(lead, other + PRIOR),
        _ => among_several(lead, others, unseen).clamp(0.0, 1.0),
    }
}

/// The probability that a gamma variable of shape `rival` exceeds one of shape `lead`.
fn beaten(lead: f64, rival: f64) -> f64 {
    beta_cdf(lead, rival, 0.5)
}

fn among_several(lead: f64, others: &[f64], unseen: bool) -> f64 {
    let groups = grouped(others, unseen);
    let (near, far) = groups.split_at(groups.len().min(RIVALS));
    let far: f64 = far.iter().map(|&(shape, count)| f64::from(count) * beaten(lead, shape)).sum();
    let rivals: Vec<Rival> = near.iter().map(|&(shape, count)| Rival::new(lead, shape, count)).collect();
    Race { lead: Gamma::new(lead), rivals }.won() - far
}

/// The shapes of the rivals, largest first, each with the number of cells that have it.
fn grouped(others: &[f64], unseen: bool) -> Vec<(f64, u32)> {
    let mut shapes: Vec<f64> = others.iter().map(|m| m + PRIOR).chain(unseen.then_some(PRIOR)).collect();
    shapes.sort_unstable_by(|x, y| y.total_cmp(x));
    let mut groups: Vec<(f64, u32)> = Vec::with_capacity(shapes.len());
    for shape in shapes {
        match groups.last_mut() {
            Some((last, count)) if *last == shape => *count += 1,
            _ => groups.push((shape, 1)),
        }
    }
    groups
}

/// Cells of one shape, with the distance of their log shape from the lead's.
struct Rival {
    gamma: Gamma,
    count: u32,
    distance: f64,
}

impl Rival {
    fn new(lead: f64, shape: f64, count: u32) -> Self {
        Self { gamma: Gamma::new(shape), count, distance: (lead / shape).ln() }
    }
}

/// The lead and all rivals of the integral.
struct Race {
    lead: Gamma,
    rivals: Vec<Rival>,
}

impl Race {
    /// The trapezoidal rule at half the step until it settles.
    fn won(&self) -> f64 {
        const HALVINGS: u32 = 8;
        // Each halving squares the error, so this difference means an error near 1e-13 after it.
        const SETTLED: f64 = 3e-7;
        let mut step = 0.6 / self.lead.shape.max(1.0).sqrt();
        let mut result = step * self.sum(0.0, step);
        for _ in 0..HALVINGS {
            let refined = 0.5 * (result + step * self.sum(0.5 * step, step));
            let change = (refined - result).abs();
            (step, result) = (0.5 * step, refined);
            if change < SETTLED {
                break;
            }
        }
        result
    }

    /// The sum of the integrand over log x = log shape + offset + k step for all integers k.
    fn sum(&self, offset: f64, step: f64) -> f64 {
        // Never met: a few dozen steps are enough, some thousands at the smallest step and shape.
        const LIMIT: u32 = 100_000;
        let mut sum = 0.0;
        // Above the mode of the first density, that density bounds the integrand.
        for k in 0..LIMIT {
            let w = offset + f64::from(k) * step;
            let density = self.lead.density(w);
            sum += self.integrand(density, w);
            if density.is_nan() || density < NOTHING {
                break;
            }
        }
        // Below it the integrand itself falls: it is a product of log-concave functions of log x.
        for k in 1..LIMIT {
            let w = offset - f64::from(k) * step;
            let value = self.integrand(self.lead.density(w), w);
            sum += value;
            if value.is_nan() || value < NOTHING {
                break;
            }
        }
        sum
    }

    fn integrand(&self, density: f64, w: f64) -> f64 {
        let mut value = density;
        for rival in &self.rivals {
            if value < NOTHING {
                break;
            }
            let below = rival.gamma.cdf(w + rival.distance);
            value *= if rival.count == 1 { below } else { below.powf(f64::from(rival.count)) };
        }
        value
    }
}

/// A gamma variable of scale 1 at x = shape e^w: in w nothing cancels, however large the shape.
struct Gamma {
    shape: f64,
    root: f64,
    /// The density of w at 0: x^a e^-x / Γ(a) at x = a, by Stirling's formula with its error (DLMF 5.11.1).
    peak: f64,
}

impl Gamma {
    fn new(shape: f64) -> Self {
        Self { shape, root: shape.sqrt(), peak: (shape / TAU).sqrt() * (-stirling_error(shape)).exp() }
    }

    /// The density of w: x^a e^-x / Γ(a).
    fn density(&self, w: f64) -> f64 {
        self.peak * (-self.shape * (w.exp_m1() - w)).exp()
    }

    /// The regularised lower incomplete gamma function P(shape, shape e^w), to an absolute 1e-14.
    fn cdf(&self, w: f64) -> f64 {
        let density = self.density(w);
        let x = self.shape * w.exp();
        // Beyond the mode the tail is below density / (x - shape), on either side.
        if density < NOTHING * (x - self.shape).abs().min(1.0) {
            return if w > 0.0 { 1.0 } else { 0.0 };
        }
        if self.shape >= LARGE {
            if w > 0.0 { 1.0 - self.tail(w, 1.0) } else { self.tail(w, -1.0) }
        } else if x < self.shape + 1.0 {
            density * series(self.shape, x)
        } else {
            1.0 - density / fraction(self.shape, x)
        }
    }

    /// The tail beyond `w` on the side of `sign`, by Gauss-Legendre quadrature (DLMF 3.5.15) up to where the normal
    /// density of the same curvature has fallen by e^-40.
    fn tail(&self, w: f64, sign: f64) -> f64 {
        let z = w.abs() * self.root;
        let length = ((z * z + 80.0).sqrt() - z) / self.root;
        let inside = LEGENDRE.iter().map(|(node, weight)| weight * self.density(w + sign * length * node));
        length * inside.sum::<f64>()
    }
}

/// P(a, x) Γ(a) / (x^a e^-x), by DLMF 8.11.4.
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let (mut sum, mut shape) = (term, a);
    loop {
        shape += 1.0;
        term *= x / shape;
        sum += term;
        if term.is_nan() || term <= 1e-16 * sum {
            return sum;
        }
    }
}

/// The continued fraction c with 1 - P(a, x) = x^a e^-x / (Γ(a) c), for x >= a + 1 (DLMF 8.9.2 contracted to its even
/// part, Press et al. 2007, Numerical Recipes, equation 6.2.7; method of Lentz as modified by Thompson and Barnett).
fn fraction(a: f64, x: f64) -> f64 {
    const STEPS: u32 = 10_000;
    let mut bottom = x + 1.0 - a;
    let (mut value, mut c, mut d) = (bottom, bottom, 0.0);
    for i in 1..=STEPS {
        let n = f64::from(i);
        let top = n * (a - n);
        bottom += 2.0;
        d = 1.0 / (bottom + top * d);
        c = bottom + top / c;
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// Nodes and weights of Gauss-Legendre quadrature on [0, 1].
static LEGENDRE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| gauss_legendre(24));

/// Newton's method from Tricomi's estimate of the roots (Press et al. 2007, Numerical Recipes, section 4.6.1).
fn gauss_legendre(n: u32) -> Vec<(f64, f64)> {
    let degree = f64::from(n);
    let node = |i: u32| {
        let mut z = (std::f64::consts::PI * (f64::from(i) + 0.75) / (degree + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..10 {
            let (mut last, mut value) = (0.0, 1.0);
            for j in 0..n {
                let j = f64::from(j);
                (last, value) = (value, ((2.0 * j + 1.0) * z * value - j * last) / (j + 1.0));
            }
            slope = degree * (z * value - last) / (z * z - 1.0);
            z -= value / slope;
        }
        (0.5 * (1.0 - z), 1.0 / ((1.0 - z * z) * slope * slope))
    };
    (0..n).map(node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadrature_is_exact_for_polynomials() {
        let moment = |k: i32| LEGENDRE.iter().map(|(x, w)| w * x.powi(k)).sum::<f64>();
        for k in [0, 1, 2, 17, 40] {
            assert!((moment(k) - 1.0 / f64::from(k + 1)).abs() < 1e-15);
        }
    }

    #[test]
    fn the_gamma_cdf_is_the_same_by_all_three_methods() {
        let gamma = Gamma::new(LARGE);
        for z in [-7.0, -3.0, -0.5, 0.0, 0.01, 0.5, 3.0, 7.0] {
            let w = z / LARGE.sqrt();
            let x = LARGE * w.exp();
            assert!((gamma.cdf(w) - gamma.density(w) * series(LARGE, x)).abs() < 1e-13, "{z}");
            if x > LARGE + 1.0 {
                assert!((gamma.cdf(w) - (1.0 - gamma.density(w) / fraction(LARGE, x))).abs() < 1e-13, "{z}");
            }
        }
    }

    #[test]
    fn the_gamma_cdf_has_its_closed_forms() {
        // P(1, x) = 1 - e^-x.
        for x in [1e-6, 0.3, 1.9, 2.1, 8.0, 50.0_f64] {
            assert!((Gamma::new(1.0).cdf(x.ln()) + (-x).exp_m1()).abs() < 1e-15);
        }
    }

    #[test]
    fn no_cell_leads_an_empty_race_and_nonsense_gives_nan() {
        assert_eq!(lead_probability(&[], true), 0.0);
        assert!(lead_probability(&[f64::NAN, 1.0], true).is_nan());
        assert!(lead_probability(&[2.0, f64::NAN, 1.0], true).is_nan());
        assert!(lead_probability(&[2.0, f64::NEG_INFINITY, 1.0], true).is_nan());
        assert!(lead_probability(&[f64::INFINITY, 2.0, 1.0], true).is_nan());
    }

    #[test]
    fn many_rivals_of_different_mass_give_a_lower_bound() {
        let masses: Vec<f64> = (0..80).map(|i| 40.0 - 0.1 * f64::from(i)).collect();
        let few = lead_probability(&masses[..51], false);
        let all = lead_probability(&masses, false);
        assert!(all < few && all >= 0.0);
    }
}

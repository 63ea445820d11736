//! The scores that depend on masses alone: computed once for equal profiles, however many facts share them.

use super::analysis::{Analysis, sum_sorted};
use crate::stats::{beta_quantile, lead_probability};
use ndarray::Array2;

/// What the scores of a fact are computed from, once its claims are compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    pub n_units: u32,
    pub n_effective: f64,
    pub agreement: Option<f64>,
    pub conflict: bool,
    pub tied: bool,
    /// Whether no further answer can be missing.
    pub full: bool,
    /// Masses of the camps, largest first.
    pub positions: Vec<f64>,
    /// Masses of the voiced claims, largest first.
    pub masses: Vec<f64>,
    /// Agreement weights of the voiced claims; `None` where different claims conflict.
    pub weights: Option<Array2<f64>>,
}

/// Scores of a fact that come from its recipe. Not a number where the score does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Profile {
    pub n_units: u32,
    pub n_effective: f64,
    pub conflict: bool,
    pub tied: bool,
    pub support: f64,
    pub agreement: f64,
    pub agreement_low: f64,
    pub agreement_high: f64,
    pub vacuity: f64,
    pub dissonance: f64,
    pub lead_probability: f64,
    pub share: f64,
    pub share_low: f64,
    pub share_high: f64,
}

/// Facts with more claims than this are not looked up: their weights would fill the memory.
const MAX_CACHED: usize = 48;

impl Recipe {
    /// From counts of different claims that all conflict, one voice each; largest first.
    pub fn from_counts(counts: &[u32], full: bool) -> Recipe {
        let masses: Vec<f64> = counts.iter().map(|c| f64::from(*c)).collect();
        let n: f64 = masses.iter().sum();
        let pairs: f64 = masses.iter().map(|c| c * c).sum();
        Recipe {
            n_units: counts.iter().sum(),
            n_effective: n,
            agreement: (n >= 2.0).then(|| (pairs - n) / (n * n - n)),
            conflict: counts.len() > 1,
            tied: counts.len() > 1 && counts[0] == counts[1],
            full,
            positions: masses.clone(),
            masses,
            weights: None,
        }
    }

    /// From a fact that was looked at closely.
    pub fn from_analysis(analysis: &Analysis, full: bool) -> Recipe {
        let mut voiced = analysis.voiced.clone();
        voiced.sort_by(|a, b| analysis.mass[*b].total_cmp(&analysis.mass[*a]));
        let k = voiced.len();
        let weight = |(i, j): (usize, usize)| analysis.relate(voiced[i], voiced[j]).weight;
        let weights = (!analysis.identity && k <= MAX_CACHED).then(|| Array2::from_shape_fn((k, k), weight));
        Recipe {
            n_units: analysis.units.len() as u32,
            n_effective: analysis.n_effective,
            agreement: analysis.agreement,
            conflict: analysis.conflict,
            tied: analysis.is_tied(),
            full,
            positions: analysis.positions.iter().map(|p| p.mass).collect(),
            masses: voiced.iter().map(|k| analysis.mass[*k]).collect(),
            weights,
        }
    }

    /// Equal keys have equal profiles; `None` where the recipe is too large to be kept.
    pub fn key(&self, analysis: Option<&Analysis>) -> Option<Vec<u64>> {
        if self.masses.len() > MAX_CACHED && analysis.is_some_and(|a| !a.identity) {
            return None;
        }
        let flags = u64::from(self.conflict) | u64::from(self.tied) << 1 | u64::from(self.full) << 2;
        let mut key = vec![
            u64::from(self.n_units) << 3 | flags,
            self.n_effective.to_bits(),
            self.agreement.map_or(u64::MAX, f64::to_bits),
            self.positions.len() as u64,
            self.masses.len() as u64,
        ];
        let weights = self.weights.iter().flatten();
        key.extend(self.positions.iter().chain(&self.masses).chain(weights).map(|x| x.to_bits()));
        Some(key)
    }

    /// The scores, with weights looked up in the recipe.
    pub fn profile(&self, confidence: f64) -> Profile {
        match &self.weights {
            None => self.profile_with(confidence, None),
            Some(weights) => self.profile_with(confidence, Some(&|i: usize, j: usize| weights[[i, j]])),
        }
    }

    /// The scores; `weight(i, j)` of voiced claims by descending mass, `None` where different claims conflict.
    pub fn profile_with(&self, confidence: f64, weight: Option<&dyn Fn(usize, usize) -> f64>) -> Profile {
        let n = self.n_effective;
        let (low, high) = match self.agreement {
            None => (f64::NAN, f64::NAN),
            Some(a) => agreement_interval(&self.masses, weight, self.full, n, a, confidence),
        };
        let mut profile = Profile {
            n_units: self.n_units,
            n_effective: n,
            conflict: self.conflict,
            tied: self.tied,
            support: f64::NAN,
            agreement: self.agreement.unwrap_or(f64::NAN),
            agreement_low: low,
            agreement_high: high,
            vacuity: 2.0 / (2.0 + n),
            dissonance: dissonance(&self.positions, n),
            lead_probability: f64::NAN,
            share: f64::NAN,
            share_low: f64::NAN,
            share_high: f64::NAN,
        };
        if let Some(first) = self.positions.first() {
            let unseen = if self.full { 0.0 } else { 0.5 };
            let mut cells: Vec<f64> = self.positions.iter().map(|m| m + 0.5).collect();
            cells.push(unseen);
            let (a, all) = (first + 0.5, sum_sorted(&mut cells));
            let tail = (1.0 - confidence) / 2.0;
            profile.support = first / n;
            profile.lead_probability = lead_probability(&self.positions, !self.full);
            profile.share = a / all;
            // Without any other cell the share is known to be all.
            if all > a {
                profile.share_low = beta_quantile(a, all - a, tail).min(profile.share);
                profile.share_high = beta_quantile(a, all - a, 1.0 - tail).max(profile.share);
            } else {
                (profile.share_low, profile.share_high) = (1.0, 1.0);
            }
        }
        profile
    }
}

/// Interval of the agreement of pairs, a U-statistic: its variance (Hoeffding 1948) gives an effective number of independent
/// pairs, and these a Beta interval (Brown, Cai & DasGupta 2001).
fn agreement_interval(
    masses: &[f64],
    weight: Option<&dyn Fn(usize, usize) -> f64>,
    full: bool,
    n_effective: f64,
    agreement: f64,
    confidence: f64,
) -> (f64, f64) {
    let unseen = if full { 0.0 } else { 0.5 };
    let mut cells: Vec<f64> = masses.iter().map(|c| c + 0.5).collect();
    let total = sum_sorted(&mut cells.iter().copied().chain([unseen]).collect::<Vec<_>>());
    cells.iter_mut().for_each(|p| *p /= total);
    let unseen = unseen / total;
    // Each claim's chance to agree with a draw, and with two draws at once.
    let row = |i: usize, square: bool| match weight {
        None => cells[i],
        Some(weight) => {
            let mut terms: Vec<f64> = (0..cells.len())
                .map(|j| {
                    let w = if i == j { 1.0 } else { weight(i, j) };
                    cells[j] * if square { w * w } else { w }
                })
                .collect();
            sum_sorted(&mut terms)
        }
    };
    let sum = |term: &dyn Fn(usize) -> f64, of_unseen: f64| {
        sum_sorted(&mut (0..cells.len()).map(term).chain([of_unseen]).collect::<Vec<_>>())
    };
    let rows: Vec<f64> = (0..cells.len()).map(|i| row(i, false)).collect();
    let theta = sum(&|i| cells[i] * rows[i], unseen * unseen);
    let zeta_1 = sum(&|i| cells[i] * rows[i] * rows[i], unseen * unseen * unseen) - theta * theta;
    let zeta_2 = sum(&|i| cells[i] * row(i, true), unseen * unseen) - theta * theta;
    let n = n_effective.max(2.0);
    let pairs = if zeta_2 <= 0.0 {
        n * (n - 1.0) / 2.0
    } else {
        zeta_2 * n * (n - 1.0) / (4.0 * (n - 2.0) * zeta_1.max(0.0) + 2.0 * zeta_2)
    };
    let (a, b) = (0.5 + pairs * agreement, 0.5 + pairs * (1.0 - agreement));
    let tail = (1.0 - confidence) / 2.0;
    let low = if agreement == 0.0 { 0.0 } else { beta_quantile(a, b, tail).min(agreement) };
    let high = if agreement == 1.0 { 1.0 } else { beta_quantile(a, b, 1.0 - tail).max(agreement) };
    (low, high)
}

/// Evidence against evidence (Jøsang, Cho & Chen 2018): balance of the camps' beliefs, weighted by belief.
///
/// Camps of equal mass are taken together, so that many small ones cost no more than few.
fn dissonance(positions: &[f64], n_effective: f64) -> f64 {
    if positions.len() < 2 {
        return 0.0;
    }
    let belief = |mass: f64| mass / (2.0 + n_effective);
    let groups: Vec<(f64, f64)> = positions.chunk_by(|a, b| a == b).map(|g| (belief(g[0]), g.len() as f64)).collect();
    let mut terms = Vec::with_capacity(groups.len());
    for (i, &(b, n)) in groups.iter().enumerate() {
        let mut against = Vec::with_capacity(groups.len());
        let mut others = Vec::with_capacity(groups.len());
        for (j, &(c, m)) in groups.iter().enumerate() {
            let m = if i == j { m - 1.0 } else { m };
            others.push(m * c);
            against.push(m * c * (1.0 - (b - c).abs() / (b + c)));
        }
        let others = sum_sorted(&mut others);
        if others > 0.0 {
            terms.push(n * b * sum_sorted(&mut against) / others);
        }
    }
    sum_sorted(&mut terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn dissonance_of_published_and_measured_cases() {
        close(dissonance(&[5.0, 5.0], 10.0), 10.0 / 12.0);
        close(dissonance(&[9.0, 1.0], 10.0), 2.0 / 12.0);
        close(dissonance(&[5.0], 5.0), 0.0);
        // A fragmented opposition lowers it.
        close((dissonance(&[5.0, 1.0, 1.0, 1.0, 1.0, 1.0], 10.0) * 100.0).round(), 40.0);
    }

    #[test]
    fn two_voices_that_agree_are_not_certain() {
        let profile = Recipe::from_counts(&[2], false).profile(0.95);
        close(profile.agreement_low, 0.14674631630957521);
        close(profile.agreement_high, 1.0);
    }

    #[test]
    fn a_single_voice_has_no_agreement_but_a_share() {
        let profile = Recipe::from_counts(&[1], false).profile(0.95);
        assert!(profile.agreement.is_nan() && profile.agreement_low.is_nan());
        close(profile.share, 0.75);
        close(profile.vacuity, 2.0 / 3.0);
    }
}

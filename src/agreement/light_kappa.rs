//! Light's kappa: the mean of Cohen's kappa over all pairs of sources.

use super::pair::{Margins, Sums};
use super::panel::Panel;
use super::statistic::{NO_VARIATION, Point, Statistic};
use super::weights::Made;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::{ParameterError, Result};

/// Pairs of sources × categories of which sums are kept.
const MOST: usize = 50_000_000;

/// Light's kappa.
pub struct LightKappa;

impl Coefficient for LightKappa {
    fn name(&self) -> &'static str {
        "light_kappa"
    }

    fn summary(&self) -> &'static str {
        "The mean of Cohen's kappa over the pairs of sources that have one."
    }

    fn reference(&self) -> &'static str {
        "Light (1971), doi:10.1037/h0031643"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let weights = setting.weights.table(panel)?;
        let voices = panel.n_voices();
        let cells = (voices * voices / 2).saturating_mul(4 * panel.n_categories());
        if cells > MOST {
            let reason = format!(
                "light_kappa compares every two of {voices} sources, which takes {cells} numbers, more than {MOST}; take \"conger_kappa\""
            );
            return Err(ParameterError::Unusable { name: "coefficients", reason }.into());
        }
        let unfit = setting.weights.unfit(panel.places());
        Ok(vec![Row::new(setting.weights.name(), Light::new(panel, weights, unfit))])
    }
}

struct Light {
    weights: Made,
    q: usize,
    /// Place of a source by voice.
    n_sources: usize,
    /// The ratings of facts with at least two: source and category, end to end, sources ascending.
    said: Vec<(u32, u32)>,
    ptr: Vec<usize>,
    pairs: Vec<Sums>,
    unfit: Option<&'static str>,
}

/// The place of a pair of sources a < b.
fn place(a: u32, b: u32) -> usize {
    let b = b as usize;
    b * (b - 1) / 2 + a as usize
}

impl Light {
    fn new(panel: &Panel<'_>, weights: Made, unfit: Option<&'static str>) -> Light {
        let mut source_of = vec![u32::MAX; panel.ratings().n_voices()];
        let mut n_sources = 0;
        for (voice, _) in panel.voices().iter().enumerate().filter(|(_, n)| **n > 0) {
            source_of[voice] = n_sources as u32;
            n_sources += 1;
        }
        let (mut said, mut ptr) = (Vec::new(), vec![0]);
        panel.each(|of_fact| {
            if of_fact.len() >= 2 {
                let start = said.len();
                said.extend(of_fact.iter().map(|(voice, x)| (source_of[*voice as usize], *x)));
                said[start..].sort_unstable();
                ptr.push(said.len());
            }
        });
        let q = panel.n_categories();
        let mut light = Light { weights, q, n_sources, said, ptr, pairs: vec![], unfit };
        light.pairs = light.sums(|_| 1.0);
        light
    }

    fn fact(&self, i: usize) -> &[(u32, u32)] {
        &self.said[self.ptr[i]..self.ptr[i + 1]]
    }

    /// The sums of every pair of sources with each fact counted so often.
    fn sums(&self, times: impl Fn(usize) -> f64) -> Vec<Sums> {
        let mut facts: Vec<Vec<((u32, u32), f64)>> =
            vec![vec![]; self.n_sources * self.n_sources.saturating_sub(1) / 2];
        for i in 0..self.n() {
            let times = times(i);
            for ((a, x), (b, y)) in pairs_of(self.fact(i)).filter(|_| times != 0.0) {
                facts[place(a, b)].push(((x, y), times));
            }
        }
        facts.into_iter().map(|pairs| Sums::new(Margins::Own, self.q, &self.weights, pairs.into_iter())).collect()
    }
}

/// Every two ratings of a fact.
fn pairs_of(said: &[(u32, u32)]) -> impl Iterator<Item = ((u32, u32), (u32, u32))> + '_ {
    said.iter().enumerate().flat_map(|(k, a)| said[k + 1..].iter().map(move |b| (*a, *b)))
}

/// The number and sum of those that are numbers.
fn defined(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.filter(|v| !v.is_nan()).fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + v))
}

impl Statistic for Light {
    fn point(&self) -> Point {
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        let have: Vec<(f64, f64, f64)> = self
            .pairs
            .iter()
            .map(|s| (s.value(), s.agreements().0, s.agreements().1))
            .filter(|(value, p_a, _)| !value.is_nan() && !p_a.is_nan())
            .collect();
        if self.ptr.len() < 2 {
            return Point::undefined("no two sources have a fact in common");
        }
        if have.is_empty() {
            return Point::undefined(NO_VARIATION);
        }
        let mean = |of: fn(&(f64, f64, f64)) -> f64| Some(have.iter().map(of).sum::<f64>() / have.len() as f64);
        Point { value: mean(|h| h.0), p_a: mean(|h| h.1), p_e: mean(|h| h.2), reason: None }
    }

    fn n(&self) -> usize {
        self.ptr.len() - 1
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let (n, sum) = defined(self.sums(|i| counts[i]).iter().map(Sums::value));
        sum / n
    }

    fn without_each(&self) -> Vec<f64> {
        let values: Vec<f64> = self.pairs.iter().map(Sums::value).collect();
        let (n, sum) = defined(values.iter().copied());
        (0..self.n())
            .map(|i| {
                let (mut n, mut sum) = (n, sum);
                for ((a, x), (b, y)) in pairs_of(self.fact(i)) {
                    let pair = place(a, b);
                    let without = self.pairs[pair].without(&self.weights, (x, y), 1.0);
                    for (value, sign) in [(values[pair], -1.0), (without, 1.0)] {
                        if !value.is_nan() {
                            n += sign;
                            sum += sign * value;
                        }
                    }
                }
                if n > 0.0 { sum / n } else { f64::NAN }
            })
            .collect()
    }
}

//! What percent agreement, Brennan–Prediger, Gwet's AC and Fleiss' kappa share: one observed agreement, and an agreement by chance
//! that depends on the shares of the categories alone.

use super::evidence::{Pseudo, pseudo};
use super::panel::{Cell, Panel};
use super::statistic::{Augmented, NO_PAIRS, NO_VARIATION, Point, Statistic};
use super::weights::{Made, Weights};
use crate::error::Result;

/// How agreement by chance is reckoned from the shares π of the categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByChance {
    /// Not at all.
    None,
    /// T / q², T the sum of the weights.
    Uniform,
    /// T / (q(q − 1)) Σ π(1 − π).
    Gwet,
    /// πᵀWπ.
    Shares,
}

/// A coefficient (p_a − p_e) / (1 − p_e) in the notation of Gwet (2014), Handbook of Inter-Rater Reliability, sections 2 to 6: p_a is
/// the mean over facts with two ratings, π the mean over facts with any.
pub(super) struct Chance {
    by: ByChance,
    /// By fact: agreement, not a number with one rating.
    p_a: Vec<f64>,
    /// By fact: its share of each category, end to end.
    shares: Vec<(u32, f64)>,
    ptr: Vec<u32>,
    /// Mean shares.
    pi: Vec<f64>,
    /// By category: Wπ, or π where chance is Gwet's.
    toward: Vec<f64>,
    weights: Made,
    /// The sum of the weights.
    total: f64,
    q: usize,
    unfit: Option<&'static str>,
    pseudo: Vec<Pseudo>,
    /// Facts of the data; what follows them is pseudo-evidence.
    n: usize,
}

impl Chance {
    pub fn new(panel: &Panel<'_>, weights: &Weights, by: ByChance) -> Result<Chance> {
        let q = panel.n_categories();
        let made = weights.table(panel)?;
        let p_a = panel.map(|cells| agreement(cells, made.as_ref()));
        let (mut shares, mut ptr) = (Vec::new(), vec![0]);
        if by == ByChance::Gwet || by == ByChance::Shares {
            for cells in panel.cells() {
                let m: f64 = cells.iter().map(|c| f64::from(c.count)).sum();
                shares.extend(cells.iter().map(|c| (c.category, f64::from(c.count) / m)));
                ptr.push(shares.len() as u32);
            }
        }
        let total = made.as_ref().map_or(q as f64, |w| (0..q).map(|i| w.row(i).iter().sum::<f64>()).sum());
        let unfit = weights.unfit(panel.places());
        let n = p_a.len();
        let pseudo = pseudo(panel);
        let weights = made;
        let chance = Chance { by, p_a, shares, ptr, pi: vec![], toward: vec![], weights, total, q, unfit, pseudo, n };
        Ok(chance.settled())
    }

    /// With the mean shares of all its facts.
    fn settled(mut self) -> Chance {
        self.pi = self.shares_of(|i| self.times(i));
        self.toward = match self.by {
            ByChance::Gwet => self.pi.clone(),
            _ => self.weights.as_ref().map_or_else(|| self.pi.clone(), |w| w.times(&self.pi)),
        };
        self
    }

    /// As how many facts one counts.
    fn times(&self, i: usize) -> f64 {
        i.checked_sub(self.n).map_or(1.0, |i| self.pseudo[i].times)
    }

    /// Number and summed agreement of facts with two ratings.
    fn pairs(&self) -> (f64, f64) {
        let add = |(n, sum): (f64, f64), (i, p): (usize, &f64)| {
            let times = self.times(i);
            if p.is_nan() { (n, sum) } else { (n + times, sum + times * p) }
        };
        self.p_a.iter().enumerate().fold((0.0, 0.0), add)
    }

    fn fact(&self, i: usize) -> &[(u32, f64)] {
        &self.shares[self.ptr[i] as usize..self.ptr[i + 1] as usize]
    }

    /// Mean shares of the categories with each fact counted so often.
    fn shares_of(&self, count: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut pi = vec![0.0; self.q];
        let mut n = 0.0;
        for i in 0..self.ptr.len() - 1 {
            let times = count(i);
            n += times;
            if times != 0.0 {
                self.fact(i).iter().for_each(|(k, share)| pi[*k as usize] += times * share);
            }
        }
        pi.iter_mut().for_each(|p| *p /= n);
        pi
    }

    fn by_chance(&self, pi: &[f64]) -> f64 {
        let q = self.q as f64;
        match self.by {
            ByChance::None => 0.0,
            ByChance::Uniform => self.total / (q * q),
            ByChance::Gwet => self.of_squares(pi.iter().map(|p| p * p).sum()),
            ByChance::Shares => match &self.weights {
                None => pi.iter().map(|p| p * p).sum(),
                Some(w) => w.times(pi).iter().zip(pi).map(|(a, b)| a * b).sum(),
            },
        }
    }

    /// Agreement by chance from Σ π² or πᵀWπ.
    fn of_squares(&self, squares: f64) -> f64 {
        let q = self.q as f64;
        match self.by {
            ByChance::Gwet => self.total / (q * (q - 1.0)) * (1.0 - squares),
            _ => squares,
        }
    }

    fn value(&self, p_a: f64, p_e: f64) -> f64 {
        match self.by {
            ByChance::None => p_a,
            _ if 1.0 - p_e <= 1e-12 => f64::NAN,
            _ => (p_a - p_e) / (1.0 - p_e),
        }
    }

    fn varies(&self) -> bool {
        self.by == ByChance::None || self.by == ByChance::Shares || self.q >= 2
    }
}

/// Σ c_k (Σ w_kl c_l − 1) / (m(m − 1)); not a number where m < 2.
pub(super) fn agreement(cells: &[Cell], weights: Option<&super::weights::Table>) -> f64 {
    let m: f64 = cells.iter().map(|c| f64::from(c.count)).sum();
    if m < 2.0 {
        return f64::NAN;
    }
    let sum: f64 = match weights {
        None => cells.iter().map(|c| f64::from(c.count) * (f64::from(c.count) - 1.0)).sum(),
        Some(w) => cells
            .iter()
            .map(|a| {
                let row = w.row(a.category as usize);
                let with: f64 = cells.iter().map(|b| row[b.category as usize] * f64::from(b.count)).sum();
                f64::from(a.count) * (with - 1.0)
            })
            .sum(),
    };
    sum / (m * (m - 1.0))
}

impl Statistic for Chance {
    fn point(&self) -> Point {
        let (n, sum) = self.pairs();
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        if n == 0.0 {
            return Point::undefined(NO_PAIRS);
        }
        let p_a = sum / n;
        if !self.varies() {
            return Point { p_a: Some(p_a), ..Point::undefined(NO_VARIATION) };
        }
        match self.by {
            ByChance::None => Point { value: Some(p_a), p_a: Some(p_a), ..Point::default() },
            _ => Point::corrected(p_a, self.by_chance(&self.pi)),
        }
    }

    fn n(&self) -> usize {
        self.p_a.len()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let (mut n, mut sum) = (0.0, 0.0);
        for (p_a, times) in self.p_a.iter().zip(counts) {
            if !p_a.is_nan() {
                n += times;
                sum += times * p_a;
            }
        }
        if n == 0.0 {
            return f64::NAN;
        }
        let p_e = match self.by {
            ByChance::Gwet | ByChance::Shares => self.by_chance(&self.shares_of(|i| counts[i])),
            _ => self.by_chance(&[]),
        };
        self.value(sum / n, p_e)
    }

    fn without_each(&self) -> Vec<f64> {
        let (n, sum) = self.pairs();
        let all: f64 = (0..self.p_a.len()).map(|i| self.times(i)).sum();
        let squares = match (&self.weights, self.by) {
            (Some(_), ByChance::Shares) => self.by_chance(&self.pi),
            _ => self.pi.iter().map(|p| p * p).sum::<f64>(),
        };
        let without = |i: usize| {
            let times = self.times(i);
            let p_a = match self.p_a[i] {
                own if own.is_nan() => sum / n,
                own => (sum - times * own) / (n - times),
            };
            let p_e = match self.by {
                ByChance::None | ByChance::Uniform => self.by_chance(&[]),
                // (Nπ − ts)ᵀW(Nπ − ts) / (N − t)², s the shares of the fact, t how often it counts.
                ByChance::Gwet | ByChance::Shares => {
                    let fact = self.fact(i);
                    let toward: f64 = fact.iter().map(|(k, s)| s * self.toward[*k as usize]).sum();
                    let own: f64 = match (&self.weights, self.by) {
                        (Some(w), ByChance::Shares) => within(fact, w),
                        _ => fact.iter().map(|(_, s)| s * s).sum(),
                    };
                    self.of_squares(
                        (all * all * squares - 2.0 * times * all * toward + times * times * own)
                            / (all - times).powi(2),
                    )
                }
            };
            self.value(p_a, p_e)
        };
        (0..self.p_a.len()).map(without).collect()
    }

    /// Gwet (2014), sections 5.3 to 5.5; Gwet (2008), doi:10.1348/000711006X126600, for AC1.
    fn linear_se(&self) -> Option<f64> {
        let point = self.point();
        let value = point.value?;
        let p_e = point.p_e.unwrap_or(0.0);
        let n = self.p_a.len() as f64;
        let (paired, _) = self.pairs();
        let sum: f64 = (0..self.p_a.len())
            .map(|i| {
                let own = if self.p_a[i].is_nan() { 0.0 } else { n / paired * (self.p_a[i] - p_e) / (1.0 - p_e) };
                let chance = match self.by {
                    ByChance::None | ByChance::Uniform => p_e,
                    ByChance::Shares => self.fact(i).iter().map(|(k, s)| s * self.toward[*k as usize]).sum(),
                    ByChance::Gwet => {
                        let q = self.q as f64;
                        let apart: f64 = self.fact(i).iter().map(|(k, s)| s * (1.0 - self.pi[*k as usize])).sum();
                        self.total / (q * (q - 1.0)) * apart
                    }
                };
                (own - 2.0 * (1.0 - value) * (chance - p_e) / (1.0 - p_e) - value).powi(2)
            })
            .sum();
        (n > 1.0).then(|| (sum / (n * (n - 1.0))).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let (mut p_a, mut shares, mut ptr) = (self.p_a.clone(), self.shares.clone(), self.ptr.clone());
        for pseudo in &self.pseudo {
            p_a.push(agreement(&pseudo.cells, self.weights.as_ref()));
            if ptr.len() > 1 {
                let m: f64 = pseudo.cells.iter().map(|c| f64::from(c.count)).sum();
                shares.extend(pseudo.cells.iter().map(|c| (c.category, f64::from(c.count) / m)));
                ptr.push(shares.len() as u32);
            }
        }
        let (weights, pseudo) = (self.weights.clone(), self.pseudo.clone());
        let more = Chance { p_a, shares, ptr, weights, pseudo, pi: vec![], toward: vec![], ..*self }.settled();
        Some(Augmented { value: more.point().value?, without_each: more.without_each() })
    }

    fn least(&self) -> f64 {
        if self.by == ByChance::None { 0.0 } else { f64::NEG_INFINITY }
    }
}

fn within(fact: &[(u32, f64)], w: &super::weights::Table) -> f64 {
    let with = |(k, s): &(u32, f64)| {
        let row = w.row(*k as usize);
        s * fact.iter().map(|(l, t)| row[*l as usize] * t).sum::<f64>()
    };
    fact.iter().map(with).sum()
}

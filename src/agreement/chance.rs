//! What percent agreement, Brennan–Prediger, Gwet's AC and Fleiss' kappa share: one observed agreement, and an agreement by chance
//! that depends on the shares of the categories alone.

use super::evidence::{Pseudo, pseudo};
use super::krippendorff_alpha::{FEW, total};
use super::panel::{Cell, Panel};
use super::statistic::{Augmented, Columns, NO_PAIRS, NO_VARIATION, Point, Statistic};
use super::weights::{Made, Table, Weights};
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
pub(super) struct Chance<'a> {
    panel: &'a Panel<'a>,
    by: ByChance,
    weights: Made,
    /// The sum of the weights.
    total: f64,
    q: usize,
    unfit: Option<&'static str>,
    means: Means,
    pseudo: Vec<Pseudo>,
}

/// Sums over facts.
#[derive(Debug, Clone)]
struct Means {
    /// Facts with two ratings, and their summed agreement.
    paired: f64,
    agreed: f64,
    /// Facts, and their summed shares of each category.
    n: f64,
    shares: Vec<f64>,
}

impl Means {
    fn add(&mut self, times: f64, cells: &[Cell], weights: Option<&Table>) {
        let agreed = agreement(cells, weights);
        if !agreed.is_nan() {
            self.paired += times;
            self.agreed += times * agreed;
        }
        let m = total(cells);
        self.n += times;
        cells.iter().for_each(|c| self.shares[c.category as usize] += times * f64::from(c.count) / m);
    }

    /// Mean shares of the categories.
    fn pi(&self) -> Vec<f64> {
        self.shares.iter().map(|s| s / self.n).collect()
    }
}

impl<'a> Chance<'a> {
    pub fn new(panel: &'a Panel<'_>, weights: &Weights, by: ByChance) -> Result<Chance<'a>> {
        let q = panel.n_categories();
        let weights_of = weights.table(panel)?;
        let made = weights_of.as_ref();
        let sums = panel.sums(q + 1, |cells, sums| {
            let m = total(cells);
            let (part, mut squares) = (1.0 / m, 0.0);
            for cell in cells {
                let count = f64::from(cell.count);
                sums[cell.category as usize] += count * part;
                squares += count * count;
            }
            if m >= 2.0 {
                sums[q] += (made.map_or(squares, |w| within(cells, w)) - m) / (m * (m - 1.0));
            }
        });
        let means = Means {
            paired: panel.n_paired() as f64,
            agreed: sums[q],
            n: panel.n_facts() as f64,
            shares: sums[..q].to_vec(),
        };
        let total = made.map_or(q as f64, |w| (0..q).map(|i| w.row(i).iter().sum::<f64>()).sum());
        let pseudo = pseudo(panel, |a, b| made.map_or(1.0, |w| 1.0 - w.row(a)[b]));
        let unfit = weights.unfit(panel.places());
        Ok(Chance { panel, by, weights: weights_of, total, q, unfit, means, pseudo })
    }

    /// By category: Wπ, or π where chance is Gwet's.
    fn toward(&self, pi: &[f64]) -> Vec<f64> {
        match (&self.weights, self.by) {
            (Some(w), ByChance::Shares) => w.times(pi),
            _ => pi.to_vec(),
        }
    }

    /// Without each fact of the data, and each of these pseudo-facts.
    fn without(&self, means: &Means, pseudo: &[Pseudo]) -> Vec<f64> {
        let Means { paired, agreed, n, .. } = *means;
        let pi = means.pi();
        let toward = self.toward(&pi);
        let squares: f64 = pi.iter().zip(&toward).map(|(p, t)| p * t).sum();
        let fixed = matches!(self.by, ByChance::None | ByChance::Uniform).then(|| self.by_chance(&[]));
        let of = |cells: &[Cell], times: f64| {
            let (mut m, mut own_squares, mut with) = (0.0, 0.0, 0.0);
            for cell in cells {
                let count = f64::from(cell.count);
                m += count;
                own_squares += count * count;
                with += count * toward[cell.category as usize];
            }
            let form = self.weights.as_ref().map_or(own_squares, |w| within(cells, w));
            let own = (form - m) / (m * (m - 1.0));
            let p_a = if m < 2.0 { agreed / paired } else { (agreed - times * own) / (paired - times) };
            // (Nπ − ts)ᵀW(Nπ − ts) / (N − t)², s the shares of the fact, t how often it counts.
            let p_e = fixed.unwrap_or_else(|| {
                let own = if self.by == ByChance::Gwet { own_squares } else { form };
                let (part, rest) = (times / m, n - times);
                self.of_squares((n * n * squares - 2.0 * n * part * with + part * part * own) / (rest * rest))
            });
            self.value(p_a, p_e)
        };
        let mut values = self.panel.scan(0, |cells, _| Some(of(cells, 1.0))).0;
        values.extend(pseudo.iter().map(|p| of(&p.cells, p.times)));
        values
    }

    /// The coefficient of such sums.
    fn of(&self, means: &Means) -> f64 {
        if means.paired == 0.0 {
            f64::NAN
        } else {
            self.value(means.agreed / means.paired, self.by_chance(&means.pi()))
        }
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
#[inline]
pub(super) fn agreement(cells: &[Cell], weights: Option<&Table>) -> f64 {
    let m = total(cells);
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

impl Statistic for Chance<'_> {
    fn point(&self) -> Point {
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        if self.means.paired == 0.0 {
            return Point::undefined(NO_PAIRS);
        }
        let p_a = self.means.agreed / self.means.paired;
        if !self.varies() {
            return Point { p_a: Some(p_a), ..Point::undefined(NO_VARIATION) };
        }
        match self.by {
            ByChance::None => Point { value: Some(p_a), p_a: Some(p_a), ..Point::default() },
            _ => Point::corrected(p_a, self.by_chance(&self.means.pi())),
        }
    }

    fn n(&self) -> usize {
        self.panel.n_facts()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let mut means = Means { paired: 0.0, agreed: 0.0, n: 0.0, shares: vec![0.0; self.q] };
        let drawn = self.panel.cells().zip(counts).filter(|(_, times)| **times != 0.0);
        drawn.for_each(|(cells, times)| means.add(*times, cells, self.weights.as_ref()));
        self.of(&means)
    }

    /// Facts with two ratings, their agreement, facts, and shares.
    fn columns(&self) -> Option<Columns<'_>> {
        if self.q > FEW {
            return None;
        }
        let fill = |cells: &[Cell], row: &mut [f64]| {
            let (m, agreed) = (total(cells), agreement(cells, self.weights.as_ref()));
            if !agreed.is_nan() {
                (row[0], row[1]) = (1.0, agreed);
            }
            row[2] = 1.0;
            cells.iter().for_each(|c| row[3 + c.category as usize] = f64::from(c.count) / m);
            true
        };
        let value =
            |sums: &[f64]| self.of(&Means { paired: sums[0], agreed: sums[1], n: sums[2], shares: sums[3..].to_vec() });
        Some(Columns::new(self.panel, 3 + self.q, fill, value))
    }

    fn without_each(&self) -> Vec<f64> {
        self.without(&self.means, &[])
    }

    /// Gwet (2014), sections 5.3 to 5.5; Gwet (2008), doi:10.1348/000711006X126600, for AC1.
    fn linear_se(&self) -> Option<f64> {
        let point = self.point();
        let value = point.value?;
        let p_e = point.p_e.unwrap_or(0.0);
        let n = self.means.n;
        let (pi, q) = (self.means.pi(), self.q as f64);
        let toward = self.toward(&pi);
        let sum = self.panel.sums(1, |cells, sums| {
            let (m, agreed) = (total(cells), agreement(cells, self.weights.as_ref()));
            let own = if agreed.is_nan() { 0.0 } else { n / self.means.paired * (agreed - p_e) / (1.0 - p_e) };
            let shares = |of: &dyn Fn(usize) -> f64| -> f64 {
                cells.iter().map(|c| f64::from(c.count) / m * of(c.category as usize)).sum()
            };
            let chance = match self.by {
                ByChance::None | ByChance::Uniform => p_e,
                ByChance::Shares => shares(&|k| toward[k]),
                ByChance::Gwet => self.total / (q * (q - 1.0)) * shares(&|k| 1.0 - pi[k]),
            };
            sums[0] += (own - 2.0 * (1.0 - value) * (chance - p_e) / (1.0 - p_e) - value).powi(2);
        })[0];
        (n > 1.0).then(|| (sum / (n * (n - 1.0))).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let mut means = self.means.clone();
        self.pseudo.iter().for_each(|p| means.add(p.times, &p.cells, self.weights.as_ref()));
        let value = self.of(&means);
        value.is_finite().then(|| Augmented { value, without_each: self.without(&means, &self.pseudo) })
    }

    fn least(&self) -> f64 {
        if self.by == ByChance::None { 0.0 } else { f64::NEG_INFINITY }
    }
}

/// cᵀWc.
fn within(cells: &[Cell], w: &Table) -> f64 {
    let with = |a: &Cell| {
        let row = w.row(a.category as usize);
        f64::from(a.count) * cells.iter().map(|b| row[b.category as usize] * f64::from(b.count)).sum::<f64>()
    };
    cells.iter().map(with).sum()
}

//! Alpha of ordinal values: the interval alpha of their mid-ranks, which change with the facts that count.

use super::evidence::{Pseudo, pseudo};
use super::krippendorff_alpha::total;
use super::panel::{Cell, Panel};
use super::statistic::{Augmented, NO_PAIRS, NO_VARIATION, Point, Statistic};

/// Categories up to which leaving a fact out is exact; with more, the second-order part of the change of ranks is left out.
const EXACT: usize = 128;

/// Two values are apart by the values that lie between, the ends counted half: by the difference of their mid-ranks.
pub(super) struct OrdinalAlpha {
    /// Counts by category of facts with at least two values, end to end.
    cells: Vec<Cell>,
    ptr: Vec<u32>,
    n_k: Vec<f64>,
    pseudo: Vec<Pseudo>,
    /// Facts of the data; what follows them is pseudo-evidence.
    n: usize,
}

/// Sums of alpha, and mid-ranks in units of the number of values.
struct Ranked {
    rank: Vec<f64>,
    n: f64,
    observed: f64,
    expected: f64,
}

impl OrdinalAlpha {
    pub fn new(panel: &Panel<'_>) -> OrdinalAlpha {
        let (mut cells, mut ptr) = (Vec::new(), vec![0]);
        let mut n_k = vec![0.0; panel.n_categories()];
        for fact in panel.cells().filter(|cells| total(cells) >= 2.0) {
            fact.iter().for_each(|c| n_k[c.category as usize] += f64::from(c.count));
            let start = cells.len();
            cells.extend_from_slice(fact);
            cells[start..].sort_unstable_by_key(|c: &Cell| c.category);
            ptr.push(cells.len() as u32);
        }
        let n = ptr.len() - 1;
        OrdinalAlpha { cells, ptr, n_k, pseudo: pseudo(panel), n }
    }

    fn fact(&self, i: usize) -> &[Cell] {
        &self.cells[self.ptr[i] as usize..self.ptr[i + 1] as usize]
    }

    /// Sums with each fact counted so often.
    fn ranked(&self, n_k: &[f64], count: impl Fn(usize) -> f64) -> Ranked {
        let n: f64 = n_k.iter().sum();
        let mut below = 0.0;
        let rank: Vec<f64> = n_k
            .iter()
            .map(|n_k| {
                let rank = (below + n_k / 2.0) / n - 0.5;
                below += n_k;
                rank
            })
            .collect();
        // The mean of mid-ranks is always the middle.
        let expected = 2.0 * n * rank.iter().zip(n_k).map(|(r, n)| n * r * r).sum::<f64>();
        let observed = (0..self.ptr.len() - 1)
            .map(|i| match count(i) {
                0.0 => 0.0,
                times => times * within(self.fact(i), &rank),
            })
            .sum();
        Ranked { rank, n, observed, expected }
    }

    fn all(&self) -> Ranked {
        self.ranked(&self.n_k, |i| self.times(i))
    }

    /// As how many facts one counts.
    fn times(&self, i: usize) -> f64 {
        i.checked_sub(self.n).map_or(1.0, |i| self.pseudo[i].times)
    }
}

/// A fact's part of the observed disagreement.
fn within(cells: &[Cell], rank: &[f64]) -> f64 {
    let m = total(cells);
    let mean = cells.iter().map(|c| f64::from(c.count) * rank[c.category as usize]).sum::<f64>() / m;
    let about = |c: &Cell| f64::from(c.count) * (rank[c.category as usize] - mean).powi(2);
    2.0 * m / (m - 1.0) * cells.iter().map(about).sum::<f64>()
}

impl Ranked {
    fn alpha(&self) -> f64 {
        alpha(self.n, self.observed, self.expected)
    }
}

fn alpha(n: f64, observed: f64, expected: f64) -> f64 {
    if n < 2.0 || expected <= 1e-14 * n * n { f64::NAN } else { 1.0 - (n - 1.0) * observed / expected }
}

impl Statistic for OrdinalAlpha {
    fn point(&self) -> Point {
        if self.ptr.len() < 2 {
            return Point::undefined(NO_PAIRS);
        }
        let all = self.all();
        let p_a = Some(1.0 - all.observed / all.n);
        if all.alpha().is_nan() {
            return Point { p_a, p_e: Some(1.0), ..Point::undefined(NO_VARIATION) };
        }
        Point { value: Some(all.alpha()), p_a, p_e: Some(1.0 - all.expected / (all.n * (all.n - 1.0))), reason: None }
    }

    fn n(&self) -> usize {
        self.ptr.len() - 1
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let mut n_k = vec![0.0; self.n_k.len()];
        for (i, times) in counts.iter().enumerate().filter(|(_, times)| **times != 0.0) {
            self.fact(i).iter().for_each(|c| n_k[c.category as usize] += times * f64::from(c.count));
        }
        self.ranked(&n_k, |i| counts[i]).alpha()
    }

    /// Without a fact, the rank of each category falls by the fact's values below it. What this changes in the differences within
    /// the other facts is linear in sums by category, and quadratic in pairs of categories.
    fn without_each(&self) -> Vec<f64> {
        let all = self.all();
        let q = self.n_k.len();
        let exact = q <= EXACT;
        // Ranks in values, about the middle.
        let rank: Vec<f64> = all.rank.iter().map(|r| r * all.n).collect();
        let scale = all.n * all.n;
        // By category: Σ over facts of Σ_a c_a (r_a − mean) 2m/(m−1), the derivative of the observed disagreement by its rank, halved.
        let mut slope = vec![0.0; q];
        // By pairs of categories: Σ 2m/(m−1) (c_a [a = b] − c_a c_b / m), the quadratic form itself.
        let mut form = if exact { vec![0.0; q * q] } else { vec![] };
        for i in 0..self.n() {
            let cells = self.fact(i);
            let m = total(cells);
            let factor = self.times(i) * 2.0 * m / (m - 1.0);
            let mean = cells.iter().map(|c| f64::from(c.count) * rank[c.category as usize]).sum::<f64>() / m;
            for a in cells {
                let (row, count) = (a.category as usize, f64::from(a.count));
                slope[row] += factor * count * (rank[row] - mean);
                if exact {
                    form[row * q + row] += factor * count;
                    cells.iter().for_each(|b| {
                        form[row * q + b.category as usize] -= factor * count * f64::from(b.count) / m;
                    });
                }
            }
        }
        let mut drop = vec![0.0; q];
        let mut own_rank = vec![0.0; q];
        (0..self.n())
            .map(|i| {
                let cells = self.fact(i);
                let m = total(cells);
                let times = self.times(i);
                fall(cells, m, times, &mut drop);
                let n = all.n - times * m;
                let (mut linear, mut quadratic, mut expected) = (0.0, 0.0, 0.0);
                for (a, fallen) in drop.iter().enumerate() {
                    linear += slope[a] * fallen;
                    own_rank[a] = rank[a] - fallen;
                    expected += self.n_k[a] * own_rank[a] * own_rank[a];
                    if exact && *fallen != 0.0 {
                        let row = &form[a * q..(a + 1) * q];
                        quadratic += fallen * row.iter().zip(&drop).map(|(f, d)| f * d).sum::<f64>();
                    }
                }
                let own = |c: &Cell| f64::from(c.count) * own_rank[c.category as usize].powi(2);
                expected = 2.0 * n * (expected - times * cells.iter().map(own).sum::<f64>());
                let observed = all.observed * scale - 2.0 * linear + quadratic - times * within(cells, &own_rank);
                alpha(n, observed / (n * n), expected / (n * n))
            })
            .collect()
    }

    /// The derivative of alpha by how often each fact counts (the infinitesimal jackknife: Efron & Tibshirani 1993, An Introduction to
    /// the Bootstrap, section 20.5), ranks included; without the correction for few values, as for the other metrics.
    fn linear_se(&self) -> Option<f64> {
        self.point().value?;
        let all = self.all();
        let (q, n) = (self.n_k.len(), all.n);
        let rank: Vec<f64> = all.rank.iter().map(|r| r * n).collect();
        let (observed, expected) = (all.observed * n * n, all.expected * n * n);
        let mut slope = vec![0.0; q];
        for i in 0..self.n() {
            let cells = self.fact(i);
            let m = total(cells);
            let mean = cells.iter().map(|c| f64::from(c.count) * rank[c.category as usize]).sum::<f64>() / m;
            for c in cells {
                slope[c.category as usize] +=
                    2.0 * m / (m - 1.0) * f64::from(c.count) * (rank[c.category as usize] - mean);
            }
        }
        let squares: f64 = self.n_k.iter().zip(&rank).map(|(n, r)| n * r * r).sum();
        let mut rise = vec![0.0; q];
        let mut sum = 0.0;
        for i in 0..self.n() {
            let cells = self.fact(i);
            let m = total(cells);
            fall(cells, m, 1.0, &mut rise);
            let by_rank: f64 = rise.iter().zip(&slope).map(|(r, s)| r * s).sum();
            let with_all: f64 = (0..q).map(|k| self.n_k[k] * rank[k] * rise[k]).sum();
            let own: f64 = cells.iter().map(|c| f64::from(c.count) * rank[c.category as usize].powi(2)).sum();
            let of_observed = within(cells, &rank) + 2.0 * by_rank;
            let of_expected = 2.0 * m * squares + 2.0 * n * (own + 2.0 * with_all);
            let change = m * observed + n * of_observed - n * observed * of_expected / expected;
            sum += (change / expected).powi(2);
        }
        let facts = self.n() as f64;
        (facts > 1.0).then(|| (facts / (facts - 1.0) * sum).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let (mut cells, mut ptr, mut n_k) = (self.cells.clone(), self.ptr.clone(), self.n_k.clone());
        for pseudo in &self.pseudo {
            let start = cells.len();
            cells.extend_from_slice(&pseudo.cells);
            cells[start..].sort_unstable_by_key(|c: &Cell| c.category);
            ptr.push(cells.len() as u32);
            pseudo.cells.iter().for_each(|c| n_k[c.category as usize] += pseudo.times * f64::from(c.count));
        }
        let more = OrdinalAlpha { cells, ptr, n_k, pseudo: self.pseudo.clone(), n: self.n };
        Some(Augmented { value: more.all().alpha(), without_each: more.without_each() })
    }
}

/// By how much each category's mid-rank about the middle falls without a fact that counts so often.
fn fall(cells: &[Cell], m: f64, times: f64, drop: &mut [f64]) {
    let (mut below, mut next) = (0.0, cells.iter().peekable());
    for (k, fallen) in drop.iter_mut().enumerate() {
        *fallen = below - times * m / 2.0;
        if let Some(cell) = next.next_if(|c| c.category as usize == k) {
            let count = times * f64::from(cell.count);
            *fallen += count / 2.0;
            below += count;
        }
    }
}

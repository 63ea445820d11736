//! Alpha of ordinal values: the interval alpha of their mid-ranks, which change with the facts that count.

use super::evidence::{Pseudo, pseudo};
use super::krippendorff_alpha::total;
use super::panel::{Cell, Panel};
use super::statistic::{Augmented, Columns, NO_PAIRS, NO_VARIATION, Point, Statistic};

/// Categories up to which all pairs of them are looked at fact by fact.
const FEW: usize = 7;

/// Categories up to which leaving a fact out is exact; with more, the second-order part of the change of ranks is left out.
const EXACT: usize = 1024;

/// Two values are apart by the values that lie between, the ends counted half: by the difference of their mid-ranks.
pub(super) struct OrdinalAlpha<'a> {
    panel: &'a Panel<'a>,
    /// Values by category, of facts with at least two.
    n_k: &'a [f64],
    all: Ranked,
    /// Where categories are few: how often each two come together, 2 c_a c_b / (m − 1) summed over facts. Then the observed
    /// disagreement is Σ_{a<b} of this times the squared difference of ranks, whatever the ranks are.
    together: Vec<f64>,
    pseudo: Vec<Pseudo>,
}

/// Mid-ranks of values that occur so often, in values about the middle, and the sums of alpha with them.
struct Ranked {
    rank: Vec<f64>,
    n: f64,
    observed: f64,
    expected: f64,
}

impl Ranked {
    fn new(n_k: &[f64]) -> Ranked {
        let n: f64 = n_k.iter().sum();
        let mut below = -n / 2.0;
        let mid_rank = |n_k: &f64| {
            below += n_k;
            below - n_k / 2.0
        };
        Ranked { rank: n_k.iter().map(mid_rank).collect(), n, observed: 0.0, expected: expected(n, n_k) }
    }

    fn alpha(&self) -> f64 {
        alpha(self.n, self.observed, self.expected)
    }
}

#[inline(always)]
fn alpha(n: f64, observed: f64, expected: f64) -> f64 {
    if n < 2.0 || expected <= 1e-14 * n.powi(4) { f64::NAN } else { 1.0 - (n - 1.0) * observed / expected }
}

/// 2n Σ n_k r_k² of mid-ranks r about the middle, Σ n_k r_k² = (n³ − Σ n_k³) / 12: as a sum without differences of large numbers.
#[inline(always)]
fn expected(n: f64, n_k: &[f64]) -> f64 {
    n / 6.0 * n_k.iter().map(|n_k| n_k * (n - n_k) * (n + n_k)).sum::<f64>()
}

/// A fact's part of the observed disagreement.
fn within(cells: &[Cell], rank: impl Fn(usize) -> f64) -> f64 {
    let m = total(cells);
    let values = || cells.iter().enumerate().map(|(i, c)| (f64::from(c.count), rank(i)));
    let mean = values().map(|(count, rank)| count * rank).sum::<f64>() / m;
    2.0 * m / (m - 1.0) * values().map(|(count, rank)| count * (rank - mean).powi(2)).sum::<f64>()
}

/// What a value of each category adds to Σ v_a d_a, d_a the values of a fact below category a, those of a counted half, less half of
/// all: by so much a mid-rank falls without the fact. v sums to 0.
fn by_value(v: &[f64]) -> Vec<f64> {
    let mut above = 0.0;
    let with_above = |v: &f64| {
        above += v;
        above - v / 2.0
    };
    let mut sums: Vec<f64> = v.iter().rev().map(with_above).collect();
    sums.reverse();
    sums
}

impl<'a> OrdinalAlpha<'a> {
    pub fn new(panel: &'a Panel<'_>) -> OrdinalAlpha<'a> {
        let n_k = panel.totals()[1].as_slice();
        let together = match n_k.len() {
            0..=3 => together::<3>(panel),
            4..=5 => together::<5>(panel),
            6..=FEW => together::<FEW>(panel),
            _ => vec![],
        };
        let all = Ranked::new(n_k);
        let pseudo = pseudo(panel, |a, b| (all.rank[a] - all.rank[b]).powi(2));
        let mut ordinal = OrdinalAlpha { panel, n_k, all, together, pseudo };
        ordinal.all.observed = ordinal.observed(&ordinal.all.rank);
        ordinal
    }

    /// The observed disagreement with these ranks.
    fn observed(&self, rank: &[f64]) -> f64 {
        if self.n_k.len() > FEW {
            return self.panel.sums(1, |cells, sums| {
                if total(cells) >= 2.0 {
                    sums[0] += within(cells, |i| rank[cells[i].category as usize]);
                }
            })[0];
        }
        let width = self.together.len().isqrt();
        let apart = |(a, b): (usize, usize)| self.together[a * width + b] * (rank[a] - rank[b]).powi(2);
        pairs(self.n_k.len()).map(apart).sum()
    }

    /// The facts of the data with at least two values.
    fn facts(&self) -> impl Iterator<Item = &[Cell]> {
        self.panel.cells().filter(|cells| total(cells) >= 2.0)
    }

    /// Alpha without each fact, pseudo-facts last.
    fn without(&self, all: &Ranked, n_k: &[f64], pseudo: &[Pseudo]) -> Vec<f64> {
        match n_k.len() {
            0..=3 => self.without_few(&Few::<3>::new(self, all, n_k, pseudo), pseudo),
            4..=5 => self.without_few(&Few::<5>::new(self, all, n_k, pseudo), pseudo),
            6..=FEW => self.without_few(&Few::<FEW>::new(self, all, n_k, pseudo), pseudo),
            _ => self.without_many(&Many::new(self, all, n_k, pseudo), pseudo),
        }
    }

    fn without_few<const Q: usize>(&self, few: &Few<Q>, pseudo: &[Pseudo]) -> Vec<f64> {
        let mut values = self.panel.scan(0, |cells, _| (total(cells) >= 2.0).then(|| few.without(cells, 1.0))).0;
        values.extend(pseudo.iter().map(|p| few.without(&p.cells, p.times)));
        values
    }

    fn without_many(&self, many: &Many<'_>, pseudo: &[Pseudo]) -> Vec<f64> {
        let mut values = self.panel.scan(0, |cells, _| (total(cells) >= 2.0).then(|| many.without(cells, 1.0))).0;
        values.extend(pseudo.iter().map(|p| many.without(&p.cells, p.times)));
        values
    }
}

/// What leaving facts out needs where categories are few.
struct Few<const Q: usize> {
    together: [[f64; Q]; Q],
    n_k: [f64; Q],
    rank: [f64; Q],
    n: f64,
}

/// How often each two of Q categories come together.
fn together<const Q: usize>(panel: &Panel<'_>) -> Vec<f64> {
    panel.sums(Q * Q, |cells, sums| come_together::<Q>(cells, 1.0, sums))
}

#[inline(always)]
fn come_together<const Q: usize>(cells: &[Cell], times: f64, sums: &mut [f64]) {
    let (c, m) = (counts::<Q>(cells), total(cells));
    if m >= 2.0 {
        let factor = times * 2.0 / (m - 1.0);
        for (a, row) in sums.chunks_exact_mut(Q).enumerate() {
            (a + 1..Q).for_each(|b| row[b] += factor * c[a] * c[b]);
        }
    }
}

/// Ratings by category; by comparison instead of by place, so that they need not leave the registers, and by masks, so that nothing is
/// there to predict.
#[inline(always)]
fn counts<const Q: usize>(cells: &[Cell]) -> [f64; Q] {
    let mut counts = [0_u32; Q];
    for cell in cells {
        for (k, count) in counts.iter_mut().enumerate() {
            // All ones where nothing differs.
            let same = ((cell.category ^ k as u32).wrapping_sub(1) as i32 >> 31) as u32;
            *count += cell.count & same;
        }
    }
    counts.map(f64::from)
}

impl<const Q: usize> Few<Q> {
    fn new(alpha: &OrdinalAlpha<'_>, all: &Ranked, n_k: &[f64], pseudo: &[Pseudo]) -> Few<Q> {
        let mut sums = alpha.together.clone();
        pseudo.iter().for_each(|p| come_together::<Q>(&p.cells, p.times, &mut sums));
        let mut few = Few { together: [[0.0; Q]; Q], n_k: [0.0; Q], rank: [0.0; Q], n: all.n };
        few.n_k[..n_k.len()].copy_from_slice(n_k);
        few.rank[..n_k.len()].copy_from_slice(&all.rank);
        few.together.iter_mut().zip(sums.chunks_exact(Q)).for_each(|(row, sums)| row.copy_from_slice(sums));
        few
    }

    /// Alpha without a fact that counts so often.
    #[inline(always)]
    fn without(&self, cells: &[Cell], times: f64) -> f64 {
        let (c, m) = (counts::<Q>(cells), total(cells));
        let (mut rank, mut n_k) = (self.rank, self.n_k);
        let mut below = -times * m / 2.0;
        for k in 0..Q {
            let count = times * c[k];
            rank[k] -= below + count / 2.0;
            n_k[k] -= count;
            below += count;
        }
        let factor = times * 2.0 / (m - 1.0);
        let mut observed = 0.0;
        for a in 0..Q {
            for b in a + 1..Q {
                observed += (self.together[a][b] - factor * c[a] * c[b]) * (rank[b] - rank[a]).powi(2);
            }
        }
        let n = self.n - times * m;
        alpha(n, observed, expected(n, &n_k))
    }
}

/// Many categories: what a fact changes by its values alone. Without it ranks fall, which is linear in its values, and what that
/// changes within the other facts is linear and quadratic in them.
struct Many<'a> {
    all: &'a Ranked,
    n_k: &'a [f64],
    /// By category: half the derivative of the observed disagreement by how often it is used, through the ranks.
    slope: Vec<f64>,
    /// By pairs of categories: the quadratic part. Empty where there are too many.
    form: Vec<f64>,
    /// The most frequent category, and the values and summed cubes of the others.
    most: usize,
    rest: f64,
    cubes: f64,
}

impl<'a> Many<'a> {
    fn new(alpha: &OrdinalAlpha<'_>, all: &'a Ranked, n_k: &'a [f64], pseudo: &[Pseudo]) -> Many<'a> {
        let q = n_k.len();
        let exact = q <= EXACT;
        let mut slope = vec![0.0; q];
        // Σ 2m/(m−1) (c_a [a = b] − c_a c_b / m): its rows and columns sum to 0.
        let mut form = if exact { vec![0.0; q * q] } else { vec![] };
        let pseudo = pseudo.iter().map(|p| (p.cells.as_slice(), p.times));
        for (cells, times) in alpha.facts().map(|cells| (cells, 1.0)).chain(pseudo) {
            let m = total(cells);
            let factor = times * 2.0 * m / (m - 1.0);
            let mean = cells.iter().map(|c| f64::from(c.count) * all.rank[c.category as usize]).sum::<f64>() / m;
            for a in cells {
                let (row, count) = (a.category as usize, f64::from(a.count));
                slope[row] += factor * count * (all.rank[row] - mean);
                if exact {
                    form[row * q + row] += factor * count;
                    cells.iter().for_each(|b| {
                        form[row * q + b.category as usize] -= factor * count * f64::from(b.count) / m;
                    });
                }
            }
        }
        if exact {
            form.chunks_mut(q).for_each(|row| row.copy_from_slice(&by_value(row)));
            let column = |k: usize| by_value(&form.iter().skip(k).step_by(q).copied().collect::<Vec<f64>>());
            let columns: Vec<Vec<f64>> = (0..q).map(column).collect();
            // It is symmetric, so columns are rows.
            form = columns.concat();
        }
        let most = (0..q).max_by(|a, b| n_k[*a].total_cmp(&n_k[*b])).unwrap_or(0);
        let others = || n_k.iter().enumerate().filter(|(k, _)| *k != most).map(|(_, n)| n);
        let (rest, cubes) = (others().sum(), others().map(|n| n.powi(3)).sum());
        Many { all, n_k, slope: by_value(&slope), form, most, rest, cubes }
    }

    /// Alpha without a fact that counts so often.
    fn without(&self, cells: &[Cell], times: f64) -> f64 {
        let q = self.n_k.len();
        let mut sorted = cells.to_vec();
        sorted.sort_unstable_by_key(|c| c.category);
        let m = total(cells);
        let (mut below, mut linear, mut quadratic) = (-times * m / 2.0, 0.0, 0.0);
        let (mut rest, mut cubes) = (self.rest, self.cubes);
        let mut rank = Vec::with_capacity(sorted.len());
        for cell in &sorted {
            let (k, count) = (cell.category as usize, times * f64::from(cell.count));
            rank.push(self.all.rank[k] - below - count / 2.0);
            below += count;
            linear += self.slope[k] * count;
            if let Some(row) = self.form.get(k * q..(k + 1) * q) {
                let with: f64 = sorted.iter().map(|c| row[c.category as usize] * f64::from(c.count)).sum();
                quadratic += count * times * with;
            }
            if k != self.most {
                rest -= count;
                cubes -= self.n_k[k].powi(3) - (self.n_k[k] - count).powi(3);
            }
        }
        let n = self.all.n - times * m;
        let most = n - rest;
        // n³ − Σ n_k³, without the difference of the two largest.
        let expected = n / 6.0 * (rest * (n * n + n * most + most * most) - cubes);
        let observed = self.all.observed - 2.0 * linear + quadratic - times * within(&sorted, |i| rank[i]);
        alpha(n, observed, expected)
    }
}

impl Statistic for OrdinalAlpha<'_> {
    fn point(&self) -> Point {
        if self.panel.n_paired() == 0 {
            return Point::undefined(NO_PAIRS);
        }
        let Ranked { n, observed, expected, .. } = self.all;
        // In units of the number of values.
        let (p_a, p_e) = (1.0 - observed / n.powi(3), 1.0 - expected / (n.powi(3) * (n - 1.0)));
        if self.all.alpha().is_nan() {
            return Point { p_a: Some(p_a), p_e: Some(1.0), ..Point::undefined(NO_VARIATION) };
        }
        Point { value: Some(self.all.alpha()), p_a: Some(p_a), p_e: Some(p_e), reason: None }
    }

    fn n(&self) -> usize {
        self.panel.n_paired()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let mut n_k = vec![0.0; self.n_k.len()];
        let drawn = || self.facts().zip(counts).filter(|(_, times)| **times != 0.0);
        for (cells, times) in drawn() {
            cells.iter().for_each(|c| n_k[c.category as usize] += times * f64::from(c.count));
        }
        let mut all = Ranked::new(&n_k);
        all.observed =
            drawn().map(|(cells, times)| times * within(cells, |i| all.rank[cells[i].category as usize])).sum();
        all.alpha()
    }

    /// Values by category, and how often each two categories come together.
    fn columns(&self) -> Option<Columns<'_>> {
        let q = self.n_k.len();
        if q > FEW {
            return None;
        }
        let fill = move |cells: &[Cell], row: &mut [f64]| {
            let m = total(cells);
            cells.iter().for_each(|c| row[c.category as usize] = f64::from(c.count));
            let (counts, together) = row.split_at_mut(q);
            pairs(q).zip(together).for_each(|((a, b), sum)| *sum = 2.0 * counts[a] * counts[b] / (m - 1.0));
            m >= 2.0
        };
        let value = move |sums: &[f64]| {
            let (n_k, together) = sums.split_at(q);
            let mut all = Ranked::new(n_k);
            let apart = |(a, b): (usize, usize)| (all.rank[a] - all.rank[b]).powi(2);
            all.observed = pairs(q).zip(together).map(|(pair, sum)| sum * apart(pair)).sum();
            all.alpha()
        };
        Some(Columns::new(self.panel, q + q * q.saturating_sub(1) / 2, fill, value))
    }

    fn without_each(&self) -> Vec<f64> {
        self.without(&self.all, self.n_k, &[])
    }

    /// The derivative of alpha by how often each fact counts (the infinitesimal jackknife: Efron & Tibshirani 1993, An Introduction to
    /// the Bootstrap, section 20.5), ranks included; without the correction for few values, as for the other metrics.
    fn linear_se(&self) -> Option<f64> {
        self.point().value?;
        let Ranked { rank, n, observed, expected } = &self.all;
        let of = |cells: &[Cell], v: &[f64]| -> f64 {
            cells.iter().map(|c| f64::from(c.count) * v[c.category as usize]).sum()
        };
        let slope = by_value(&self.panel.sums(self.n_k.len(), |cells, sums| {
            let m = total(cells);
            if m >= 2.0 {
                let mean = of(cells, rank) / m;
                for c in cells {
                    let k = c.category as usize;
                    sums[k] += 2.0 * m / (m - 1.0) * f64::from(c.count) * (rank[k] - mean);
                }
            }
        }));
        let squared: Vec<f64> = rank.iter().map(|r| r * r).collect();
        let squares: f64 = self.n_k.iter().zip(&squared).map(|(n, r)| n * r).sum();
        let moved = by_value(&self.n_k.iter().zip(rank).map(|(n, r)| n * r).collect::<Vec<f64>>());
        let sum = self.panel.sums(1, |cells, sums| {
            let m = total(cells);
            if m >= 2.0 {
                let own = within(cells, |i| rank[cells[i].category as usize]);
                let of_observed = own + 2.0 * of(cells, &slope);
                let of_expected = 2.0 * m * squares + 2.0 * n * (of(cells, &squared) + 2.0 * of(cells, &moved));
                let change = m * observed + n * of_observed - n * observed * of_expected / expected;
                sums[0] += (change / expected).powi(2);
            }
        })[0];
        let facts = self.n() as f64;
        (facts > 1.0).then(|| (facts / (facts - 1.0) * sum).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let mut n_k = self.n_k.to_vec();
        for p in &self.pseudo {
            p.cells.iter().for_each(|c| n_k[c.category as usize] += p.times * f64::from(c.count));
        }
        let mut all = Ranked::new(&n_k);
        let of_pseudo = |p: &Pseudo| p.times * within(&p.cells, |i| all.rank[p.cells[i].category as usize]);
        all.observed = self.observed(&all.rank) + self.pseudo.iter().map(of_pseudo).sum::<f64>();
        Some(Augmented { value: all.alpha(), without_each: self.without(&all, &n_k, &self.pseudo) })
    }
}

/// Every two of q categories.
fn pairs(q: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..q).flat_map(move |a| (a + 1..q).map(move |b| (a, b)))
}

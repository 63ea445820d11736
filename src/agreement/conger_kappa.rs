//! Conger's kappa.

use super::chance::agreement;
use super::evidence::{Pseudo, pseudo};
use super::pair::credit;
use super::panel::Panel;
use super::statistic::{Augmented, NO_PAIRS, Point, Statistic};
use super::weights::Made;
use super::{Coefficient, Kin, Row, Setting};
use crate::error::{ParameterError, Result};

/// Sources × categories of which marginals are kept; more would need gigabytes.
const MOST: usize = 100_000_000;

/// Conger's kappa: corrected for chance by each source's own shares of the categories.
pub struct CongerKappa;

impl Coefficient for CongerKappa {
    fn name(&self) -> &'static str {
        "conger_kappa"
    }

    fn summary(&self) -> &'static str {
        "Corrected for chance by each source's own shares of the categories: Cohen's kappa for more than two sources."
    }

    fn reference(&self) -> &'static str {
        "Conger (1980), doi:10.1037/0033-2909.88.2.322; Gwet (2014), section 2.5"
    }

    fn kin(&self) -> Kin {
        Kin::Weights
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let weights = setting.weights.table(panel)?;
        let cells = panel.ratings().n_voices().saturating_mul(panel.n_categories());
        if cells > MOST {
            let reason = format!(
                "conger_kappa keeps the shares of each source, here {cells} numbers, more than {MOST}; take \"fleiss_kappa\", or round the values"
            );
            return Err(ParameterError::Unusable { name: "coefficients", reason }.into());
        }
        let unfit = setting.weights.unfit(panel.places());
        Ok(vec![Row::new(setting.weights.name(), Conger::new(panel, weights, unfit))])
    }
}

/// Agreement by chance is the mean over ordered pairs of sources g ≠ h of p_gᵀW p_h = (PᵀWP − Σ p_gᵀWp_g) / (R(R − 1)), P = Σ p_g: sums
/// over sources, never over pairs.
struct Conger<'a> {
    panel: &'a Panel<'a>,
    weights: Made,
    q: usize,
    p_a: Vec<f64>,
    shares: Shares,
    unfit: Option<&'static str>,
    pseudo: Vec<Pseudo>,
}

/// The shares of the categories of each source.
struct Shares {
    /// Ratings by voice.
    n: Vec<f64>,
    /// By voice and category.
    p: Vec<f64>,
    /// W times each voice's shares; empty for identity, where they are the shares.
    wp: Vec<f64>,
    /// p_gᵀWp_g by voice.
    own: Vec<f64>,
    sources: f64,
    /// W times the sum of all shares.
    w_sum: Vec<f64>,
    /// PᵀWP.
    whole: f64,
    /// Σ p_gᵀWp_g.
    parts: f64,
}

/// What a rating less changes.
struct LeftOut {
    /// By voice and category.
    cells: Vec<Cell>,
    /// By voice and category: what its shares gain where none of its ratings in the category is left out.
    back: Vec<f64>,
    /// 1 for a voice with one rating.
    gone: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Cell {
    /// The change of its share as seen by all: (p_g − e_x)ᵀWP / (n_g − 1).
    linear: f64,
    /// That of p_gᵀWp_g.
    parts: f64,
    /// 1 / (n_g − 1).
    own: f64,
}

impl Shares {
    /// Of counts by voice and category.
    fn new(counts: Vec<f64>, q: usize, weights: &Made) -> Shares {
        let mut p = counts;
        let n: Vec<f64> = p.chunks(q.max(1)).map(|c| c.iter().sum()).collect();
        for (row, n) in p.chunks_mut(q.max(1)).zip(&n).filter(|(_, n)| **n > 0.0) {
            row.iter_mut().for_each(|c| *c /= n);
        }
        let wp = weights.as_ref().map_or_else(Vec::new, |w| p.chunks(q.max(1)).flat_map(|p| w.times(p)).collect());
        let toward = if wp.is_empty() { &p } else { &wp };
        let dot = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| a * b).sum();
        let own: Vec<f64> = p.chunks(q.max(1)).zip(toward.chunks(q.max(1))).map(dot).collect();
        let mut sum = vec![0.0; q];
        p.chunks(q.max(1)).for_each(|p| sum.iter_mut().zip(p).for_each(|(s, p)| *s += p));
        let w_sum = weights.as_ref().map_or_else(|| sum.clone(), |w| w.times(&sum));
        let whole = sum.iter().zip(&w_sum).map(|(a, b)| a * b).sum();
        let sources = n.iter().filter(|n| **n > 0.0).count() as f64;
        let parts = own.iter().sum();
        Shares { n, p, wp, own, sources, w_sum, whole, parts }
    }

    fn toward(&self) -> &[f64] {
        if self.wp.is_empty() { &self.p } else { &self.wp }
    }

    fn by_chance(&self) -> f64 {
        by_chance(self.whole, self.parts, self.sources)
    }
}

fn by_chance(whole: f64, parts: f64, sources: f64) -> f64 {
    (whole - parts) / (sources * (sources - 1.0))
}

fn kappa(p_a: f64, p_e: f64) -> f64 {
    if 1.0 - p_e <= 1e-12 || p_e.is_nan() { f64::NAN } else { (p_a - p_e) / (1.0 - p_e) }
}

impl<'a> Conger<'a> {
    fn new(panel: &'a Panel<'_>, weights: Made, unfit: Option<&'static str>) -> Conger<'a> {
        let q = panel.n_categories();
        let p_a = panel.scan(0, |cells, _| Some(agreement(cells, weights.as_ref()))).0;
        let shares = Shares::new(counts(panel, q, |_| 1.0), q, &weights);
        let pseudo = pseudo(panel, |a, b| 1.0 - credit(&weights, a as u32, b as u32));
        Conger { panel, weights, q, p_a, shares, unfit, pseudo }
    }

    /// Number and summed agreement of facts with two ratings.
    fn pairs(&self, times: impl Fn(usize) -> f64) -> (f64, f64) {
        let add = |(n, sum): (f64, f64), (i, p): (usize, &f64)| {
            if p.is_nan() { (n, sum) } else { (n + times(i), sum + times(i) * p) }
        };
        self.p_a.iter().enumerate().fold((0.0, 0.0), add)
    }

    /// Without each fact of the data, given all shares and the sums of agreement.
    ///
    /// P falls by Σ_g (e_x − p_g) / (n_g − 1) over the fact's ratings, x that of g; what this changes in PᵀWP and Σ p_gᵀWp_g are sums
    /// over the ratings of numbers that depend on source and category alone, but for the square of the whole change.
    fn without_facts(&self, shares: &Shares, (n, sum): (f64, f64)) -> Vec<f64> {
        let q = self.q;
        let left = self.left_out(shares);
        let mut change = vec![0.0; q];
        let mut values = Vec::with_capacity(self.p_a.len());
        let mut facts = self.p_a.iter();
        self.panel.each(|said| {
            let p_a = match facts.next() {
                Some(own) if !own.is_nan() => (sum - own) / (n - 1.0),
                _ => sum / n,
            };
            change.fill(0.0);
            let (mut linear, mut parts, mut gone) = (0.0, shares.parts, 0.0);
            for (voice, x) in said {
                let (g, x) = (*voice as usize, *x as usize);
                let cell = &left.cells[g * q + x];
                linear += cell.linear;
                parts += cell.parts;
                gone += left.gone[g];
                change.iter_mut().zip(&left.back[g * q..(g + 1) * q]).for_each(|(c, p)| *c += p);
                change[x] -= cell.own;
            }
            let square: f64 = match &self.weights {
                None => change.iter().map(|c| c * c).sum(),
                Some(w) => w.times(&change).iter().zip(&change).map(|(a, b)| a * b).sum(),
            };
            let sources = shares.sources - gone;
            let p_e = by_chance(shares.whole + 2.0 * linear + square, parts, sources);
            values.push(if sources < 2.0 { f64::NAN } else { kappa(p_a, p_e) });
        });
        values
    }

    /// What changes by source and category where a source loses a rating.
    fn left_out(&self, shares: &Shares) -> LeftOut {
        let (q, toward) = (self.q, shares.toward());
        let mut left = LeftOut { cells: vec![], back: shares.p.clone(), gone: vec![0.0; shares.n.len()] };
        left.cells.reserve(shares.p.len());
        for (g, n) in shares.n.iter().enumerate() {
            let (own, rest) = (shares.own[g], n - 1.0);
            let p = &mut left.back[g * q..(g + 1) * q];
            let with_all: f64 = p.iter().zip(&shares.w_sum).map(|(p, w)| p * w).sum();
            if rest <= 1e-9 {
                // Its only rating: the source is gone.
                left.gone[g] = 1.0;
                p.iter_mut().for_each(|p| *p = -*p);
                left.cells.extend((0..q).map(|_| Cell { linear: -with_all, parts: -own, own: 0.0 }));
                continue;
            }
            p.iter_mut().for_each(|p| *p /= rest);
            left.cells.extend((0..q).map(|x| {
                let alone = credit(&self.weights, x as u32, x as u32);
                let parts = (n * n * own - 2.0 * n * toward[g * q + x] + alone) / (rest * rest) - own;
                Cell { linear: (with_all - shares.w_sum[x]) / rest, parts, own: 1.0 / rest }
            }));
        }
        left
    }

    /// Shares after every source rated these pseudo-facts too, on a split one each half and half.
    fn with_pseudo(&self, pseudo: &[Pseudo]) -> (Shares, (f64, f64)) {
        let q = self.q;
        let mut counts: Vec<f64> =
            self.shares.p.chunks(q).zip(&self.shares.n).flat_map(|(p, n)| p.iter().map(move |p| p * n)).collect();
        for row in counts.chunks_mut(q).zip(&self.shares.n).filter(|(_, n)| **n > 0.0).map(|(row, _)| row) {
            for one in pseudo {
                let m: f64 = one.cells.iter().map(|c| f64::from(c.count)).sum();
                let each = if one.cells.len() == 1 { m } else { m / 2.0 };
                one.cells.iter().for_each(|c| row[c.category as usize] += one.times * each / m);
            }
        }
        let (mut n, mut sum) = self.pairs(|_| 1.0);
        for one in pseudo {
            n += one.times;
            sum += one.times * agreement(&one.cells, self.weights.as_ref());
        }
        (Shares::new(counts, q, &self.weights), (n, sum))
    }
}

/// Ratings by voice and category with each fact counted so often.
fn counts(panel: &Panel<'_>, q: usize, times: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut counts = vec![0.0; panel.ratings().n_voices() * q];
    let mut fact = 0;
    panel.each(|said| {
        let times = times(fact);
        said.iter().for_each(|(voice, x)| counts[*voice as usize * q + *x as usize] += times);
        fact += 1;
    });
    counts
}

impl Statistic for Conger<'_> {
    fn point(&self) -> Point {
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        let (n, sum) = self.pairs(|_| 1.0);
        if n == 0.0 {
            return Point::undefined(NO_PAIRS);
        }
        Point::corrected(sum / n, self.shares.by_chance())
    }

    fn n(&self) -> usize {
        self.p_a.len()
    }

    fn with_counts(&self, times: &[f64]) -> f64 {
        let (n, sum) = self.pairs(|i| times[i]);
        let shares = Shares::new(counts(self.panel, self.q, |i| times[i]), self.q, &self.weights);
        if n == 0.0 || shares.sources < 2.0 { f64::NAN } else { kappa(sum / n, shares.by_chance()) }
    }

    fn without_each(&self) -> Vec<f64> {
        self.without_facts(&self.shares, self.pairs(|_| 1.0))
    }

    /// Gwet (2014), section 5.3.3, given the sources: by rating, how far it moves agreement by chance.
    fn linear_se(&self) -> Option<f64> {
        let point = self.point();
        let (value, p_e) = (point.value?, point.p_e?);
        let (shares, q) = (&self.shares, self.q);
        let toward = shares.toward();
        let n = self.p_a.len() as f64;
        let (paired, _) = self.pairs(|_| 1.0);
        let scale = shares.sources * (shares.sources - 1.0);
        // C_g = p_gᵀW(P − p_g).
        let with_others: Vec<f64> = (0..shares.n.len())
            .map(|g| {
                let p = &shares.p[g * q..(g + 1) * q];
                p.iter().zip(&shares.w_sum).map(|(p, w)| p * w).sum::<f64>() - shares.own[g]
            })
            .collect();
        let (mut sum, mut facts) = (0.0, self.p_a.iter());
        self.panel.each(|said| {
            let own = match facts.next() {
                Some(p_a) if !p_a.is_nan() => n / paired * (p_a - p_e) / (1.0 - p_e),
                _ => 0.0,
            };
            let moved: f64 = said
                .iter()
                .map(|(voice, x)| {
                    let (g, x) = (*voice as usize, *x as usize);
                    n / shares.n[g] * (shares.w_sum[x] - toward[g * q + x] - with_others[g])
                })
                .sum();
            sum += (own - 2.0 * (1.0 - value) * (moved / scale) / (1.0 - p_e) - value).powi(2);
        });
        (n > 1.0).then(|| (sum / (n * (n - 1.0))).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let value = |(shares, (n, sum)): (Shares, (f64, f64))| kappa(sum / n, shares.by_chance());
        let (shares, pairs) = self.with_pseudo(&self.pseudo);
        let mut without_each = self.without_facts(&shares, pairs);
        for left_out in 0..self.pseudo.len() {
            let mut rest = self.pseudo.clone();
            rest.remove(left_out);
            without_each.push(value(self.with_pseudo(&rest)));
        }
        Some(Augmented { value: value(self.with_pseudo(&self.pseudo)), without_each })
    }
}

//! Two sources on the facts that both rated: what Cohen's kappa and Scott's pi share, and Light's kappa averages.

use super::evidence::leading;
use super::panel::Panel;
use super::statistic::{Augmented, Point, Statistic};
use super::weights::{Made, Table};

/// Whose shares give the agreement by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Margins {
    /// Each source's own (Cohen).
    Own,
    /// Those of both together (Scott).
    Both,
}

/// Sums over the facts of two sources, from which the coefficient without any of them follows.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    margins: Margins,
    n: f64,
    /// Σ w.
    agreed: f64,
    rows: Vec<f64>,
    columns: Vec<f64>,
    /// W times columns and rows.
    w_columns: Vec<f64>,
    w_rows: Vec<f64>,
    /// rowsᵀ W columns, or for both (rows + columns)ᵀ W (rows + columns).
    expected: f64,
}

/// Credit for two categories.
pub(super) fn credit(weights: &Made, i: u32, j: u32) -> f64 {
    match weights {
        None => f64::from(u8::from(i == j)),
        Some(w) => w.row(i as usize)[j as usize],
    }
}

impl Sums {
    /// Of pairs of categories, each counted so often.
    pub fn new(margins: Margins, q: usize, weights: &Made, pairs: impl Iterator<Item = ((u32, u32), f64)>) -> Sums {
        let (mut rows, mut columns, mut n, mut agreed) = (vec![0.0; q], vec![0.0; q], 0.0, 0.0);
        for ((i, j), times) in pairs {
            rows[i as usize] += times;
            columns[j as usize] += times;
            agreed += times * credit(weights, i, j);
            n += times;
        }
        let times = |v: &Vec<f64>| weights.as_ref().map_or_else(|| v.clone(), |w: &Table| w.times(v));
        let (w_columns, w_rows) = (times(&columns), times(&rows));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut expected = dot(&rows, &w_columns);
        if margins == Margins::Both {
            expected = 2.0 * expected + dot(&rows, &w_rows) + dot(&columns, &w_columns);
        }
        Sums { margins, n, agreed, rows, columns, w_columns, w_rows, expected }
    }

    /// Observed agreement and agreement by chance.
    pub fn agreements(&self) -> (f64, f64) {
        parts(self.margins, self.n, self.agreed, self.expected)
    }

    /// The coefficient; not a number without variation.
    pub fn value(&self) -> f64 {
        let (p_a, p_e) = self.agreements();
        kappa(p_a, p_e)
    }

    /// The coefficient without a fact that counts so often.
    pub fn without(&self, weights: &Made, (i, j): (u32, u32), times: f64) -> f64 {
        let (row, column) = (i as usize, j as usize);
        let w = credit(weights, i, j);
        let (first, second) = match self.margins {
            Margins::Own => (self.w_columns[row] + self.w_rows[column], w),
            Margins::Both => {
                let toward = |k: usize| self.w_columns[k] + self.w_rows[k];
                let own = credit(weights, i, i) + 2.0 * w + credit(weights, j, j);
                (2.0 * (toward(row) + toward(column)), own)
            }
        };
        let expected = self.expected - times * first + times * times * second;
        let (p_a, p_e) = parts(self.margins, self.n - times, self.agreed - times * w, expected);
        kappa(p_a, p_e)
    }
}

fn parts(margins: Margins, n: f64, agreed: f64, expected: f64) -> (f64, f64) {
    let values = if margins == Margins::Own { n } else { 2.0 * n };
    (agreed / n, expected / (values * values))
}

fn kappa(p_a: f64, p_e: f64) -> f64 {
    // 0 / 0 without facts is not a number either.
    if 1.0 - p_e > 1e-12 { (p_a - p_e) / (1.0 - p_e) } else { f64::NAN }
}

/// A coefficient of two sources.
pub(super) struct Pair {
    weights: Made,
    q: usize,
    /// The categories of each fact that both rated.
    facts: Vec<(u32, u32)>,
    sums: Sums,
    n_sources: usize,
    unfit: Option<&'static str>,
}

impl Pair {
    pub fn new(panel: &Panel<'_>, weights: Made, margins: Margins, unfit: Option<&'static str>) -> Pair {
        let voices: Vec<u32> =
            panel.voices().iter().enumerate().filter(|(_, n)| **n > 0).map(|(v, _)| v as u32).collect();
        let q = panel.n_categories();
        let mut facts = Vec::new();
        if let [first, _] = voices[..] {
            panel.each(|said| match *said {
                [(a, x), (_, y)] if a == first => facts.push((x, y)),
                [(_, y), (_, x)] => facts.push((x, y)),
                _ => {}
            });
        }
        let sums = Sums::new(margins, q, &weights, facts.iter().map(|pair| (*pair, 1.0)));
        Pair { weights, q, facts, sums, n_sources: voices.len(), unfit }
    }

    fn by_chance(&self, (i, j): (u32, u32)) -> f64 {
        let s = &self.sums;
        match s.margins {
            Margins::Own => (s.w_columns[i as usize] + s.w_rows[j as usize]) / s.n,
            Margins::Both => {
                let toward = |k: u32| (s.w_columns[k as usize] + s.w_rows[k as usize]) / (2.0 * s.n);
                toward(i) + toward(j)
            }
        }
    }
}

impl Statistic for Pair {
    fn point(&self) -> Point {
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        if self.n_sources != 2 {
            let n = self.n_sources;
            return Point::undefined(format!("it compares two sources, and there are {n}"));
        }
        if self.facts.is_empty() {
            return Point::undefined("the two sources have no fact in common");
        }
        let (p_a, p_e) = self.sums.agreements();
        Point::corrected(p_a, p_e)
    }

    fn n(&self) -> usize {
        self.facts.len()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let pairs = self.facts.iter().copied().zip(counts.iter().copied());
        Sums::new(self.sums.margins, self.q, &self.weights, pairs).value()
    }

    fn without_each(&self) -> Vec<f64> {
        self.facts.iter().map(|pair| self.sums.without(&self.weights, *pair, 1.0)).collect()
    }

    /// Fleiss, Cohen & Everitt (1969), doi:10.1037/h0028106, for the own margins; Gwet (2014), section 5.3, for Scott's pi.
    fn linear_se(&self) -> Option<f64> {
        let point = self.point();
        let (value, p_e) = (point.value?, point.p_e?);
        let n = self.sums.n;
        let scale = 1.0 - p_e;
        match self.sums.margins {
            Margins::Own => {
                // The mean of what is squared is κ − p_e(1 − κ): about it, no digits are lost.
                let mean = value - p_e * (1.0 - value);
                let of = |pair: &(u32, u32)| {
                    let own = credit(&self.weights, pair.0, pair.1) - self.by_chance(*pair) * (1.0 - value);
                    (own - mean).powi(2)
                };
                Some((self.facts.iter().map(of).sum::<f64>() / n / (n * scale * scale)).sqrt())
            }
            Margins::Both => {
                let of = |pair: &(u32, u32)| {
                    let own = (credit(&self.weights, pair.0, pair.1) - p_e) / scale;
                    let chance = self.by_chance(*pair) / 2.0;
                    (own - 2.0 * (1.0 - value) * (chance - p_e) / scale - value).powi(2)
                };
                (n > 1.0).then(|| (self.facts.iter().map(of).sum::<f64>() / (n * (n - 1.0))).sqrt())
            }
        }
    }

    /// Pseudo-facts as for other coefficients; the split ones half each way round.
    fn augmented(&self) -> Option<Augmented> {
        let counts: Vec<f64> =
            self.sums.rows.iter().zip(&self.sums.columns).map(|(row, column)| row + column).collect();
        let leading = leading(&counts, |a, b| 1.0 - credit(&self.weights, a as u32, b as u32));
        if leading.is_empty() {
            return None;
        }
        let share = 0.5 / leading.len() as f64;
        let pseudo: Vec<((u32, u32), f64)> = leading
            .into_iter()
            .flat_map(|(a, b)| {
                let (a, b) = (a as u32, b as u32);
                [((b, b), share), ((a, b), share / 2.0), ((b, a), share / 2.0)]
            })
            .collect();
        let all = || self.facts.iter().map(|pair| (*pair, 1.0)).chain(pseudo.iter().copied());
        let sums = Sums::new(self.sums.margins, self.q, &self.weights, all());
        let without_each = all().map(|(pair, times)| sums.without(&self.weights, pair, times)).collect();
        Some(Augmented { value: sums.value(), without_each })
    }
}

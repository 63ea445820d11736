//! The rows of sources before their own votes: those of the population, tilted by how skilled a source is, and by which classes it
//! leans to whatever is true.

use super::hierarchy::add;
use super::panel::Pairs;
use super::skill::{GAMMA, within};
use crate::stats::chunks::map_chunks;
use crate::stats::digamma_rise;
use crate::stats::lanes::{renew, sum};

/// The smallest pseudo-count of a cell.
const FLOOR: f64 = 1e-3;
/// Where the concentration of leans starts, and where its Gamma prior (of the shape of [`GAMMA`]) has its mode.
pub(super) const LEAN: f64 = 30.0;
/// The smallest share of its votes that a source is expected to have for a class.
const LEAST: f64 = 1e-12;
/// Sources to work on at a time.
pub(super) const SOURCES: usize = 1 << 10;

/// The prior rows of sources.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    levels: usize,
    /// By reported class, then state.
    pub mean: Vec<f64>,
    pub strength: Vec<f64>,
    /// By source: how much more the diagonal weighs.
    tilt: Vec<f64>,
    /// By source and reported class: how much more the class weighs; and by source, how much more those weigh that it does not report.
    /// Empty where sources do not lean.
    lean: Vec<f64>,
    rest: Vec<f64>,
    floor: f64,
    /// By state: the smallest mean beside the diagonal, and that on it.
    least: Vec<f64>,
    diagonal: Vec<f64>,
}

/// Of a pair of a source and a class: how often the source reports the class, and which share of its votes it is expected to have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    votes: f64,
    expected: f64,
}

impl Rows {
    pub fn new(levels: usize, mean: Vec<f64>, strength: Vec<f64>, tilt: Vec<f64>) -> Rows {
        let t = strength.len();
        let k = t / levels;
        let beside = |s: usize| (0..k).filter(move |v| *v != s / levels).map(move |v| v * t + s);
        let least = (0..t).map(|s| beside(s).map(|i| mean[i]).fold(f64::INFINITY, f64::min)).collect();
        let diagonal = (0..t).map(|s| mean[s / levels * t + s]).collect();
        Rows { levels, mean, strength, tilt, lean: vec![], rest: vec![], floor: 0.0, least, diagonal }
    }

    /// With pseudo-counts of [`FLOOR`] at least, and this strength.
    pub fn with(self, strength: Vec<f64>) -> Rows {
        Rows { strength, floor: FLOOR, ..self }
    }

    /// By pair what the source says, under rows tilted by skill alone.
    pub fn said(&self, pairs: &Pairs, counts: &[f64], by_state: &[f64], n: &[f64]) -> Vec<Said> {
        let t = self.strength.len();
        let parts = map_chunks(n.len(), SOURCES, |sources| {
            let mut said = Vec::new();
            let mut shares = vec![0.0; t];
            for s in sources.filter(|s| !pairs.of(*s).is_empty()) {
                let more = self.tilt[s] - 1.0;
                for ((x, n), diagonal) in shares.iter_mut().zip(&by_state[s * t..(s + 1) * t]).zip(&self.diagonal) {
                    *x = n / (1.0 + diagonal * more);
                }
                for p in pairs.of(s) {
                    let v = pairs.class[p] as usize;
                    let mean = &self.mean[v * t..(v + 1) * t];
                    let own = v * self.levels..(v + 1) * self.levels;
                    let beside: f64 = shares.iter().zip(mean).map(|(x, m)| x * m).sum();
                    let tilted: f64 = shares[own.clone()].iter().zip(&mean[own]).map(|(x, m)| x * m * more).sum();
                    let votes = sum(&counts[p * t..(p + 1) * t]);
                    said.push(Said { votes, expected: ((beside + tilted) / n[s].max(1e-300)).max(LEAST) });
                }
            }
            said
        });
        parts.concat()
    }

    /// Lets sources lean to the classes that they report more often than is expected, and from others: shares of classes are drawn from
    /// a Dirichlet distribution around the expected ones, with this concentration.
    pub fn leaning(mut self, pairs: &Pairs, said: &[Said], n: &[f64], concentration: f64) -> Rows {
        let k = self.strength.len() / self.levels;
        let lean = |votes: f64, n: f64| (votes + concentration) / (n + concentration);
        self.rest = n.iter().map(|n| lean(0.0, *n)).collect();
        self.lean = self.rest.iter().flat_map(|rest| std::iter::repeat_n(*rest, k)).collect();
        for (s, n) in n.iter().enumerate() {
            for p in pairs.of(s) {
                self.lean[s * k + pairs.class[p] as usize] = lean(said[p].votes / said[p].expected, *n);
            }
        }
        self
    }

    /// How much more class `v` weighs.
    #[inline(always)]
    fn lean(&self, source: usize, v: usize) -> f64 {
        if self.lean.is_empty() { 1.0 } else { self.lean[source * (self.strength.len() / self.levels) + v] }
    }

    /// What the mean rows are multiplied by: one over the sum of the tilted row, times the strength.
    #[inline(always)]
    pub fn scale(&self, source: usize, scale: &mut [f64]) {
        let more = self.tilt[source] - 1.0;
        if self.lean.is_empty() {
            for ((x, strength), diagonal) in scale.iter_mut().zip(&self.strength).zip(&self.diagonal) {
                *x = strength / (1.0 + diagonal * more);
            }
            return;
        }
        let n = self.strength.len();
        let k = n / self.levels;
        let (lean, rest) = (&self.lean[source * k..(source + 1) * k], self.rest[source]);
        for (t, (x, diagonal)) in scale.iter_mut().zip(&self.diagonal).enumerate() {
            *x = rest + diagonal * more * lean[t / self.levels];
        }
        for (lean, mean) in lean.iter().zip(self.mean.chunks_exact(n)).filter(|(lean, _)| **lean != rest) {
            let more = lean - rest;
            renew(
                scale,
                [mean],
                #[inline(always)]
                |x, [mean]| x + more * mean,
            );
        }
        renew(
            scale,
            [&self.strength],
            #[inline(always)]
            |x, [strength]| strength / x,
        );
    }

    /// The pseudo-counts of reported class `v`, by state.
    #[inline(always)]
    pub fn of(&self, source: usize, v: usize, scale: &[f64], row: &mut [f64]) {
        let n = row.len();
        let (mean, scale) = (&self.mean[v * n..(v + 1) * n], &scale[..n]);
        for t in 0..n {
            row[t] = mean[t] * scale[t];
        }
        for x in &mut row[v * self.levels..(v + 1) * self.levels] {
            *x *= self.tilt[source];
        }
        if !self.lean.is_empty() {
            let lean = self.lean(source, v);
            row.iter_mut().for_each(|x| *x *= lean);
        }
        for x in row {
            *x = if *x > self.floor { *x } else { self.floor };
        }
    }

    /// The sums of the pseudo-counts over reported classes, by state.
    #[inline(always)]
    pub fn sums(&self, source: usize, scale: &[f64], sums: &mut [f64]) {
        let (n, g) = (self.strength.len(), self.tilt[source]);
        let rest = if self.rest.is_empty() { 1.0 } else { self.rest[source] };
        for t in 0..n {
            let diagonal = self.diagonal[t] * g * scale[t];
            // Where the floor holds nowhere, a row sums to its strength.
            sums[t] = if diagonal * rest >= self.floor && self.least[t] * scale[t] * rest >= self.floor {
                self.strength[t]
            } else {
                let of = |v: usize| if v == t / self.levels { diagonal } else { self.mean[v * n + t] * scale[t] };
                (0..n / self.levels).map(|v| (of(v) * self.lean(source, v)).max(self.floor)).sum()
            };
        }
    }

    /// All pseudo-counts of a source, by reported class, then state, and their sums over reported classes.
    pub fn table(&self, source: usize, table: &mut [f64], sums: &mut [f64]) {
        let n = self.strength.len();
        let mut scale = vec![0.0; n];
        self.scale(source, &mut scale);
        for (v, row) in table.chunks_exact_mut(n).enumerate() {
            self.of(source, v, &scale, row);
        }
        self.sums(source, &scale, sums);
    }
}

/// The tilt of a source's diagonal: the odds of its hits, shrunk to those that the population's rows let expect.
pub(super) fn tilt(hits: f64, n: f64, expected: f64, skill: [f64; 2], n_classes: usize) -> f64 {
    if n_classes < 2 {
        return 1.0;
    }
    let e = (expected / n).clamp(1e-9, 1.0 - 1e-9);
    let kappa = skill[0] + skill[1];
    let theta = (hits + kappa * e) / (n + kappa);
    (theta / (1.0 - theta) * (1.0 - e) / e).clamp(1e-3, 1e3)
}

/// One fixed-point step for the concentration of leans (Minka 2000). A single vote of a source says nothing of it.
pub(super) fn lean_step(pairs: &Pairs, said: &[Said], n: &[f64], concentration: f64) -> f64 {
    let parts = map_chunks(n.len(), SOURCES, |sources| {
        let mut sums = [0.0; 2];
        for s in sources.filter(|s| n[*s] > 1.0) {
            let tables = said[pairs.of(s)].iter().map(|x| {
                let a = concentration * x.expected;
                a * digamma_rise(a, x.votes)
            });
            add(&mut sums, &[tables.sum(), digamma_rise(concentration, n[s])]);
        }
        sums
    });
    let mut sums = [0.0; 2];
    parts.iter().for_each(|part| add(&mut sums, part));
    let [tables, per_table] = sums;
    within((tables + GAMMA.0 - 1.0) / (per_table + (GAMMA.0 - 1.0) / LEAN))
}

#[cfg(test)]
mod tests {
    use super::super::panel::Panel;
    use super::*;
    use statrs::function::gamma::ln_gamma;

    const K: usize = 3;

    /// Sources that say one class only, two, and all; by source, class and how often.
    const VOTES: [(u32, u32, f64); 6] = [(0, 1, 9.0), (1, 0, 3.0), (1, 2, 4.0), (2, 0, 5.0), (2, 1, 1.0), (2, 2, 2.0)];

    fn pairs() -> Pairs {
        Pairs::new(&Panel {
            fact_ptr: vec![0, VOTES.len()],
            source: VOTES.map(|x| x.0).to_vec(),
            choice: VOTES.map(|x| x.1).to_vec(),
            n_sources: 3,
            n_classes: K,
            ..Panel::default()
        })
    }

    /// Votes by pair and state, by source and state, and by source.
    fn counts() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let split = [0.5, 0.2, 0.3];
        let (mut by_pair, mut by_state, mut n) = (vec![], vec![0.0; 3 * K], vec![0.0; 3]);
        for (s, _, votes) in VOTES {
            by_pair.extend(split.map(|x| x * votes));
            (0..K).for_each(|t| by_state[s as usize * K + t] += split[t] * votes);
            n[s as usize] += votes;
        }
        (by_pair, by_state, n)
    }

    fn tilted() -> Rows {
        // By reported class, then state.
        let mean = vec![0.7, 0.1, 0.2, 0.2, 0.8, 0.1, 0.1, 0.1, 0.7];
        Rows::new(1, mean, vec![4.0, 6.0, 9.0], vec![0.5, 1.0, 3.0])
    }

    #[test]
    fn rows_are_mean_rows_by_tilt_and_lean_of_the_given_strength() {
        let (pairs, (by_pair, by_state, n)) = (pairs(), counts());
        let (rows, concentration) = (tilted(), 5.0);
        let said = rows.said(&pairs, &by_pair, &by_state, &n);
        let mean = rows.mean.clone();
        let skilled = |s: usize, v: usize, t: usize| {
            let of = |v: usize| mean[v * K + t] * if v == t { rows.tilt[s] } else { 1.0 };
            of(v) / (0..K).map(of).sum::<f64>()
        };
        let mut shares = [0.0; 3 * K];
        for (p, (s, v, votes)) in VOTES.into_iter().enumerate() {
            let (s, v) = (s as usize, v as usize);
            let expected = (0..K).map(|t| by_state[s * K + t] * skilled(s, v, t)).sum::<f64>() / n[s];
            assert!((said[p].votes - votes).abs() < 1e-12 && (said[p].expected - expected).abs() < 1e-12);
            shares[s * K + v] = votes / expected;
        }
        let (mut table, mut sums) = (vec![0.0; K * K], vec![0.0; K]);
        let leaning = rows.clone().leaning(&pairs, &said, &n, concentration);
        for floored in [leaning.clone(), leaning.with(rows.strength.clone())] {
            for s in 0..3 {
                floored.table(s, &mut table, &mut sums);
                let of = |v: usize, t: usize| {
                    skilled(s, v, t) * (shares[s * K + v] + concentration) / (n[s] + concentration)
                };
                for t in 0..K {
                    let total: f64 = (0..K).map(|v| of(v, t)).sum();
                    for v in 0..K {
                        let wanted = (rows.strength[t] * of(v, t) / total).max(floored.floor);
                        assert!((table[v * K + t] - wanted).abs() < 1e-12, "{s} {v} {t}");
                    }
                    assert!((sums[t] - (0..K).map(|v| table[v * K + t]).sum::<f64>()).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn steps_lead_to_the_most_probable_concentration_of_leans() {
        let (pairs, (by_pair, by_state, n)) = (pairs(), counts());
        let said = tilted().said(&pairs, &by_pair, &by_state, &n);
        let log_posterior = |x: f64| {
            let of_sources: f64 = n.iter().map(|n| ln_gamma(x) - ln_gamma(n + x)).sum();
            let of_pairs: f64 =
                said.iter().map(|p| ln_gamma(p.votes + x * p.expected) - ln_gamma(x * p.expected)).sum();
            of_sources + of_pairs + (GAMMA.0 - 1.0) * (x.ln() - x / LEAN)
        };
        let found = (0..500).fold(LEAN, |x, _| lean_step(&pairs, &said, &n, x));
        for other in [0.99 * found, 1.01 * found] {
            assert!(log_posterior(found) > log_posterior(other), "{found}");
        }
    }
}

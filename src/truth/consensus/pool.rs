//! The pool of sources: what each source's report says by itself about the class, weighed by what the source can tell at all.

use super::hierarchy::{FACTORS, Fit, MANY};
use super::panel::{Pairs, Panel};
use crate::stats::lanes::{exp, largest, ln, renew, scale, sum};

/// Pseudo-vote of the class shares, in mean votes.
const PSEUDO: f64 = 0.1;
/// The least weight of a source.
const LEAST: f64 = 0.001;

/// What the reports of sources say by themselves.
pub(super) struct Pool {
    /// By source: the share of the entropy of the classes that its reports take away.
    pub information: Vec<f64>,
    /// By class: the weight of the class shares in the pool of any fact.
    base: Vec<f64>,
    /// By class: its share of the facts.
    pub shares: Vec<f64>,
    /// By state: its share of the facts.
    joint: Vec<f64>,
}

/// The shares of the classes, and the share of each state in its class.
fn shares(fit: &Fit, k: usize) -> (Vec<f64>, Vec<f64>) {
    let levels = fit.levels;
    let of = |numbers: &[f64], class: usize| numbers[class * levels..(class + 1) * levels].iter().sum::<f64>();
    let raw: Vec<f64> = (0..k).map(|class| of(&fit.facts, class) + of(&fit.prior, class)).collect();
    let total: f64 = raw.iter().sum();
    let within = (0..k * levels).map(|s| fit.facts[s] / of(&fit.facts, s / levels).max(1e-12)).collect();
    (raw.iter().map(|x| x / total).collect(), within)
}

/// The confusion of a source, by class, then reported class: its counts and pseudo-counts over the subtypes of the class.
pub(super) struct Confusion {
    within: Vec<f64>,
    table: Vec<f64>,
    sums: Vec<f64>,
}

impl Confusion {
    pub fn new(fit: &Fit, k: usize) -> Confusion {
        let t = k * fit.levels;
        Confusion { within: shares(fit, k).1, table: vec![0.0; k * t], sums: vec![0.0; t] }
    }

    pub fn of(&mut self, fit: &Fit, pairs: &Pairs, source: usize, confusion: &mut [f64]) {
        let (t, levels) = (self.within.len(), fit.levels);
        let k = t / levels;
        fit.rows.table(source, &mut self.table, &mut self.sums);
        self.table.chunks_exact_mut(t).for_each(|row| row.iter_mut().zip(&self.within).for_each(|(x, w)| *x *= w));
        for p in pairs.of(source) {
            let v = pairs.class[p] as usize;
            let counts = &fit.counts[p * t..(p + 1) * t];
            self.table[v * t..(v + 1) * t].iter_mut().zip(counts).for_each(|(x, n)| *x += n);
        }
        for class in 0..k {
            let row = &mut confusion[class * k..(class + 1) * k];
            for (v, x) in row.iter_mut().enumerate() {
                *x = self.table[v * t + class * levels..][..levels].iter().sum();
            }
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|x| *x /= total);
        }
    }
}

impl Pool {
    pub fn new(panel: &Panel, pairs: &Pairs, fit: &Fit) -> Pool {
        let k = panel.n_classes;
        let (shares, within) = shares(fit, k);
        let mut confusion = Confusion::new(fit, k);
        let log_shares: Vec<f64> = shares.iter().map(|p| ln(*p)).collect();
        let entropy = -shares.iter().zip(&log_shares).map(|(p, l)| p * l).sum::<f64>();
        let mut joint = vec![0.0; k * k];
        let told = |s: usize| {
            confusion.of(fit, pairs, s, &mut joint);
            joint.chunks_exact_mut(k).zip(&shares).for_each(|(row, share)| row.iter_mut().for_each(|x| *x *= share));
            let mut told = 0.0;
            for v in 0..k {
                let total: f64 = (0..k).map(|class| joint[class * k + v]).sum();
                for class in 0..k {
                    let x = joint[class * k + v];
                    told += x * (ln((x / total.max(1e-300)).max(1e-12)) - log_shares[class]);
                }
            }
            (told / entropy.max(1e-9)).max(LEAST)
        };
        let information: Vec<f64> = (0..panel.n_sources).map(told).collect();
        let heard = Pool::heard(panel, &information);
        Pool::of(shares, within, information, heard)
    }

    /// The sum of the information of all votes, and their number.
    pub fn heard(panel: &Panel, information: &[f64]) -> [f64; 2] {
        information.iter().zip(panel.sizes()).fold([0.0, 0.0], |[a, b], (w, n)| [a + w * n, b + n])
    }

    /// The pool of sources with this information, `within`: the share of each state in its class. The shares of the classes weigh as
    /// much as the mean of the votes that were `heard` when this was learned.
    pub fn of(shares: Vec<f64>, within: Vec<f64>, information: Vec<f64>, [total, votes]: [f64; 2]) -> Pool {
        let base = shares.iter().map(|p| PSEUDO * total / votes * p).collect();
        let levels = within.len() / shares.len();
        let joint = within.iter().enumerate().map(|(s, x)| x * shares[s / levels]).collect();
        Pool { information, base, shares, joint }
    }

    /// Turns the shares of states into their posterior by the votes of a fact, and pools what each vote says by itself over classes.
    /// `likelihood` fills in, by state, how probable a vote is; `like` and `told` hold one number a state.
    #[inline(always)]
    pub fn hear(
        &self,
        panel: &Panel,
        fact: usize,
        likelihood: impl Fn(usize, &mut [f64]),
        states: &mut [f64],
        pool: &mut [f64],
        [like, told]: [&mut [f64]; 2],
    ) {
        // Powers of probabilities could underflow, and so could very many factors.
        let in_logs = panel.weight.is_some() || panel.of(fact).len() > MANY;
        if in_logs {
            states.iter_mut().for_each(|x| *x = ln(*x));
        }
        told.fill(0.0);
        for (i, r) in panel.of(fact).enumerate() {
            likelihood(r, like);
            let w = panel.weight(r);
            if in_logs {
                states.iter_mut().zip(&*like).for_each(|(x, p)| *x += w * ln(*p));
            } else {
                renew(
                    states,
                    [like],
                    #[inline(always)]
                    |x, [p]| x * p,
                );
                if i % FACTORS == FACTORS - 1 {
                    scale(states, 1.0 / largest(states));
                }
            }
            renew(
                like,
                [&self.joint],
                #[inline(always)]
                |p, [share]| p * share,
            );
            let w = w * self.information[panel.source[r] as usize] / sum(like).max(1e-300);
            renew(
                told,
                [like],
                #[inline(always)]
                |x, [p]| x + w * p,
            );
        }
        if in_logs {
            let top = largest(states);
            states.iter_mut().for_each(|x| *x = exp(*x - top));
        }
        scale(states, 1.0 / sum(states));
        let levels = states.len() / pool.len();
        for ((x, told), base) in pool.iter_mut().zip(told.chunks_exact(levels)).zip(&self.base) {
            *x = base + told.iter().sum::<f64>();
        }
        scale(pool, 1.0 / sum(pool));
    }
}

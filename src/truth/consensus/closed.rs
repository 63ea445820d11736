//! Closed form: classes that all facts share. Two hierarchical models, with and without subtypes, and the vote, weighed by how well
//! they predict sources that were held out; each model gives half a tempered posterior, half the pool of the sources.

use super::folds::{self, weights};
use super::hierarchy::{self, Fit};
use super::panel::{Arranged, Pairs, Panel};
use super::pool::{Confusion, Pool};
use super::skill::{held, unsure};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks_mut;
use crate::stats::lanes::{exp, ln};
use crate::truth::Learned;

/// Subtypes a class in the two models.
const LEVELS: [usize; 2] = [1, 3];
/// Exponent of the posterior.
pub(super) const TEMPER: f64 = 0.4;
/// Pseudo-votes a class of the vote.
const PSEUDO: f64 = 0.1;
/// The share of the pool in the result.
pub(super) const POOLED: f64 = 0.5;
/// The least posterior probability before tempering.
const LEAST: f64 = 1e-12;
/// A fit has converged where the last change is below so many times the one to stop at: the result is a tempered posterior.
pub(super) const SETTLED: f64 = 500.0;
/// Below this weight a model is left out.
const NOTHING: f64 = 1e-6;

/// What the closed form finds.
pub(super) struct Closed {
    /// By fact and class: the probability.
    pub belief: Vec<f64>,
    /// By source: Beta posterior of its skill, hits and misses.
    pub skill: Vec<[f64; 2]>,
    /// By class: its share of the facts.
    pub shares: Vec<f64>,
    /// By source: the share of the entropy of the classes that its reports take away.
    pub information: Vec<f64>,
    /// By source, class and reported class.
    pub confusion: Vec<f64>,
    /// The largest change of a posterior in each iteration of the model that weighs more.
    pub trace: Vec<f64>,
    pub converged: bool,
}

/// Votes that all fits together go through, for the progress.
pub(super) fn work(panel: &Panel) -> u64 {
    (panel.n_votes() * (2 * hierarchy::ITERATIONS + 4 * folds::ITERATIONS)) as u64
}

/// Fits both models. `limit`: iterations and the change to stop at where they are not the usual ones.
pub(super) fn closed(panel: &Panel, limit: (Option<usize>, Option<f64>), watch: &Watch) -> Result<Closed> {
    let (k, n_sources) = (panel.n_classes, panel.n_sources);
    let limit = (limit.0.unwrap_or(hierarchy::ITERATIONS), limit.1.unwrap_or(hierarchy::TOL));
    let pairs = Pairs::new(panel);
    let part = panel.part().map(|part| (Pairs::new(&part), part));
    let (subtypes, vote) = match &part {
        None => weights(panel, &pairs, LEVELS, watch)?,
        Some((of_part, part)) => weights(part, of_part, LEVELS, watch)?,
    };
    let mut found = Closed {
        belief: vec![0.0; panel.n_facts() * k],
        skill: vec![[0.0; 2]; n_sources],
        shares: vec![0.0; k],
        information: vec![0.0; n_sources],
        confusion: vec![0.0; n_sources * k * k],
        trace: vec![],
        converged: false,
    };
    for (weight, levels) in [(1.0 - subtypes, LEVELS[0]), (subtypes, LEVELS[1])] {
        if weight > NOTHING {
            let fit = match &part {
                None => Fit::new(panel, &pairs, levels, 0.0, limit, watch)?,
                Some((of_part, part)) => {
                    let fit = Fit::new(part, of_part, levels, 0.0, limit, watch)?;
                    Fit::grown(panel, &pairs, fit, of_part, limit, watch)?
                }
            };
            found.add(panel, &pairs, fit, weight, limit.1);
        }
    }
    if vote > NOTHING {
        found.add_vote(panel, vote);
    }
    found.settle(panel);
    Ok(found)
}

/// Beliefs by what was learned from other reports.
pub(super) fn resume(arranged: &Arranged, learned: &Learned) -> Closed {
    let (panel, k) = (&arranged.panel, arranged.panel.n_classes);
    let pairs = Pairs::new(panel);
    let class = &arranged.choice;
    let mut shares = vec![0.0; k];
    learned.get("shares").iter().zip(class).for_each(|(x, c)| shares[*c as usize] = *x);
    let mut confusion = vec![0.0; panel.n_sources * k * k];
    let by_place = arranged.by_place(learned.get("confusion"), k * k);
    for (to, from) in confusion.chunks_exact_mut(k * k).zip(by_place.chunks_exact(k * k)) {
        for t in 0..k {
            (0..k).for_each(|v| to[class[t] as usize * k + class[v] as usize] = from[t * k + v]);
        }
    }
    let information = arranged.by_place(learned.get("information"), 1);
    let (hits, misses) = (arranged.by_place(learned.get("hits"), 1), arranged.by_place(learned.get("misses"), 1));
    let pool = Pool::of_confusions(panel, &pairs, shares.clone(), &confusion, information.clone());
    let mut belief = vec![0.0; panel.n_facts() * k];
    let mut v = vec![0.0; k];
    for (f, p) in belief.chunks_exact_mut(k).enumerate() {
        p.copy_from_slice(&shares);
        p.iter_mut().for_each(|x| *x = ln(*x));
        for r in panel.of(f) {
            let (s, said) = (panel.source[r] as usize, panel.choice[r] as usize);
            (0..k).for_each(|t| p[t] += panel.weight(r) * ln(confusion[(s * k + t) * k + said].max(LEAST)));
        }
        super::open::softmax(p, f64::NEG_INFINITY);
        temper(p, TEMPER);
        pool.of(panel, &pairs, f, &mut v);
        p.iter_mut().zip(&v).for_each(|(p, v)| *p = (1.0 - POOLED) * *p + POOLED * v);
    }
    let skill = hits.into_iter().zip(misses).map(|(a, b)| [a, b]).collect();
    let mut found = Closed { belief, skill, shares, information, confusion, trace: vec![], converged: true };
    found.settle(panel);
    found
}

impl Closed {
    /// Puts facts with a known answer on it.
    fn settle(&mut self, panel: &Panel) {
        let k = panel.n_classes;
        for f in 0..panel.n_facts() {
            if let Some(gold) = panel.gold(f) {
                self.belief[f * k..(f + 1) * k].fill(0.0);
                self.belief[f * k + gold] = 1.0;
            }
        }
    }

    /// Mixes in the vote.
    fn add_vote(&mut self, panel: &Panel, weight: f64) {
        let k = panel.n_classes;
        let mut votes = vec![0.0; k];
        for (f, belief) in self.belief.chunks_exact_mut(k).enumerate() {
            votes.fill(PSEUDO);
            panel.of(f).for_each(|r| votes[panel.choice[r] as usize] += panel.weight(r));
            let total: f64 = votes.iter().sum();
            belief.iter_mut().zip(&votes).for_each(|(p, v)| *p = (1.0 - weight) * *p + weight * v / total);
        }
    }

    fn add(&mut self, panel: &Panel, pairs: &Pairs, fit: Fit, weight: f64, tol: f64) {
        let k = panel.n_classes;
        let pool = Pool::new(panel, pairs, &fit);
        let parts = map_chunks_mut(&mut self.belief, panel.chunk(panel.n_sources) * k, |first, belief| {
            let (mut p, mut v, mut doubt) = (vec![0.0; k], vec![0.0; k], vec![0.0; panel.n_sources]);
            for (i, belief) in belief.chunks_exact_mut(k).enumerate() {
                let f = first / k + i;
                fit.classes(f, &mut p);
                for r in panel.of(f) {
                    doubt[panel.source[r] as usize] += unsure(panel.weight(r), p[panel.choice[r] as usize]);
                }
                temper(&mut p, TEMPER);
                pool.of(panel, pairs, f, &mut v);
                for class in 0..k {
                    belief[class] += weight * ((1.0 - POOLED) * p[class] + POOLED * v[class]);
                }
            }
            doubt
        });
        let mut doubt = vec![0.0; panel.n_sources];
        parts.iter().for_each(|part| doubt.iter_mut().zip(part).for_each(|(x, y)| *x += y));
        let mut confusion = Confusion::new(&fit, k);
        let mut table = vec![0.0; k * k];
        self.shares.iter_mut().zip(&pool.shares).for_each(|(x, y)| *x += weight * y);
        for (s, doubt) in doubt.into_iter().enumerate() {
            let [hits, misses] = held(fit.skill(s), fit.n[s], doubt);
            self.skill[s][0] += weight * hits;
            self.skill[s][1] += weight * misses;
            self.information[s] += weight * pool.information[s];
            confusion.of(&fit, pairs, s, &mut table);
            self.confusion[s * k * k..(s + 1) * k * k].iter_mut().zip(&table).for_each(|(x, y)| *x += weight * y);
        }
        if weight >= 0.5 {
            self.converged = fit.change < SETTLED * tol;
            self.trace = fit.trace;
        }
    }
}

/// p ∝ p^β, floored.
pub(super) fn temper(p: &mut [f64], beta: f64) {
    let mut top = f64::NEG_INFINITY;
    for x in p.iter_mut() {
        *x = beta * ln(x.max(LEAST));
        top = top.max(*x);
    }
    let mut total = 0.0;
    for x in p.iter_mut() {
        *x = exp(*x - top);
        total += *x;
    }
    p.iter_mut().for_each(|x| *x /= total);
}

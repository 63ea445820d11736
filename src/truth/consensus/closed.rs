//! Closed form: classes that all facts share. Two hierarchical models, with and without subtypes, and the vote, weighed by how well
//! they predict sources that were held out; each model gives half a tempered posterior, half the sharpened pool of the sources.

use super::folds::{self, weights};
use super::hierarchy::{self, Fit, STILL, unpack};
use super::independence;
use super::others::Others;
use super::panel::{Arranged, Pairs, Panel};
use super::pool::{Confusion, Pool};
use super::skill::{held, unsure};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks_mut;
use crate::stats::lanes::{exp, ln, wide};
use crate::truth::Learned;

/// Subtypes a class in the two models.
const LEVELS: [usize; 2] = [1, 3];
/// Exponent of the posterior where nothing speaks for independent errors and sources are well known.
const TEMPER: f64 = 0.3;
/// With so many votes a source, sources are half known.
const HALF_KNOWN: f64 = 10.0;
/// Pseudo-votes a class of the vote.
const PSEUDO: f64 = 0.1;
/// The share of the pool in the result where nothing speaks for independent errors.
pub(super) const POOLED: f64 = 0.5;
/// Exponent of the pool: a mean of probabilities that hold is less sure than it should be (Ranjan & Gneiting 2010).
const SHARPER: f64 = 1.25;
/// The least posterior probability before tempering.
const LEAST: f64 = 1e-12;
/// A fit has converged where the last change is below so many times the one to stop at: the result is a tempered posterior.
pub(super) const SETTLED: f64 = 500.0;
/// How many votes decide the weights of the models, and are learned from before all of them, where there are more.
pub(super) const JUDGED: usize = 1 << 14;
pub(super) const LEARNED: usize = 1 << 15;
/// Facts whose probabilities fill vectors together.
const BLOCK: usize = 64;
/// Below this weight a model is left out.
const NOTHING: f64 = 0.01;

/// How much less than it says the posterior is believed.
#[derive(Clone, Copy)]
pub(super) struct Discount {
    /// The exponent of the posterior.
    pub exponent: f64,
    /// The share of the pool in the result.
    pub pooled: f64,
}

impl Discount {
    /// By trust in independent errors. With few votes a source, what sources are like and what they err in together cannot be told apart.
    fn new(panel: &Panel, pairs: &Pairs, trust: f64) -> Self {
        let sources = (0..panel.n_sources).filter(|s| !pairs.of(*s).is_empty()).count();
        let votes = panel.n_votes() as f64;
        let known = votes / (votes + HALF_KNOWN * sources.max(1) as f64);
        let (trust, temper) = (known * trust, known * TEMPER);
        Self { exponent: temper + (1.0 - temper) * trust, pooled: POOLED * (1.0 - trust) }
    }
}

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
    /// The sum of that of all votes, and their number, as learned.
    pub heard: [f64; 2],
    /// By source, class and reported class.
    pub confusion: Vec<f64>,
    pub discount: Discount,
    /// The largest change of a posterior in each iteration of the model that weighs more.
    pub trace: Vec<f64>,
    pub converged: bool,
}

/// Votes that all fits together go through, for the progress.
pub(super) fn work(panel: &Panel) -> u64 {
    let n = panel.n_votes();
    let all = if n > LEARNED { 2 * (1 + hierarchy::SWEEPS) * n } else { 0 };
    (2 * hierarchy::ITERATIONS * n.min(LEARNED) + folds::work(n.min(JUDGED)) + all) as u64
}

/// Fits both models. `limit`: iterations at most, and the change to stop at.
pub(super) fn closed(panel: &Panel, limit: (usize, f64), watch: &Watch) -> Result<Closed> {
    let (k, n_sources) = (panel.n_classes, panel.n_sources);
    let pairs = Pairs::new(panel);
    let part = |votes: usize| panel.part(votes).map(|part| (Pairs::new(&part), part));
    let (subtypes, vote) = match part(JUDGED) {
        None => weights(panel, &pairs, LEVELS, watch)?,
        Some((of_part, part)) => weights(&part, &of_part, LEVELS, watch)?,
    };
    let part = part(LEARNED);
    // What is left out leaves no gap: probabilities sum to 1.
    let subtypes = match subtypes {
        w if w < NOTHING => 0.0,
        w if w > 1.0 - NOTHING => 1.0,
        w => w,
    };
    let mut found = Closed {
        belief: vec![0.0; panel.n_facts() * k],
        skill: vec![[0.0; 2]; n_sources],
        shares: vec![0.0; k],
        information: vec![0.0; n_sources],
        heard: [0.0; 2],
        confusion: vec![0.0; n_sources * k * k],
        discount: Discount { exponent: 1.0, pooled: 0.0 },
        trace: vec![],
        converged: false,
    };
    let (few, of_few) = part.as_ref().map_or((panel, &pairs), |(of_part, part)| (part, of_part));
    let mut errors = vec![[0.0; 2]; few.n_facts()];
    let mut fits = vec![];
    for (weight, levels) in [(1.0 - subtypes, LEVELS[0]), (subtypes, LEVELS[1])] {
        // The simpler model always has a say on errors, for which a rough fit will do.
        let limit = if weight > NOTHING { limit } else { (limit.0.min(folds::ITERATIONS), limit.1) };
        if weight > NOTHING || levels == LEVELS[0] {
            let fit = Fit::new(few, of_few, levels, 0.0, limit, watch)?;
            // Subtypes count half: they also take in errors that sources share.
            let share = if levels == LEVELS[0] { 1.0 - subtypes / 2.0 } else { subtypes / 2.0 };
            for (sum, x) in errors.iter_mut().zip(independence::errors(few, of_few, &fit)) {
                (0..2).for_each(|i| sum[i] += share * x[i]);
            }
            fits.push((weight, fit));
        }
    }
    found.discount = Discount::new(panel, &pairs, independence::trust(few, &errors));
    for (weight, fit) in fits.into_iter().filter(|(weight, _)| *weight > NOTHING) {
        let fit = match &part {
            None => fit,
            Some((of_part, _)) => Fit::grown(panel, &pairs, fit, of_part, limit, watch)?,
        };
        found.add(panel, &pairs, fit, weight, limit.1);
    }
    if vote > NOTHING {
        found.add_vote(panel, vote);
    }
    found.heard = Pool::heard(panel, &found.information);
    found.settle(panel);
    Ok(found)
}

/// Beliefs by what was learned from other reports.
pub(super) fn resume(arranged: &Arranged, learned: &Learned) -> Closed {
    let (panel, k) = (&arranged.panel, arranged.panel.n_classes);
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
    let discount = Discount { exponent: learned.get("exponent")[0], pooled: learned.get("pooled")[0] };
    let heard = [0, 1].map(|i| learned.get("heard")[i]);
    let pool = Pool::of(shares.clone(), vec![1.0; k], information.clone(), heard);
    let mut belief = vec![0.0; panel.n_facts() * k];
    let (mut v, mut like, mut told) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
    for (f, p) in belief.chunks_exact_mut(k).enumerate() {
        let likelihood = |r: usize, like: &mut [f64]| {
            let (s, said) = (panel.source[r] as usize, panel.choice[r] as usize);
            (0..k).for_each(|t| like[t] = confusion[(s * k + t) * k + said].max(LEAST));
        };
        p.copy_from_slice(&shares);
        pool.hear(panel, f, likelihood, p, &mut v, [&mut like, &mut told]);
        mix(p, &mut v, k, discount);
    }
    let skill = hits.into_iter().zip(misses).map(|(a, b)| [a, b]).collect();
    let mut found =
        Closed { belief, skill, shares, information, heard, confusion, discount, trace: vec![], converged: true };
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
        let (t, discount) = (fit.prior.len(), self.discount);
        let pool = Pool::new(panel, pairs, &fit);
        let others = Others::new(pairs, &fit.counts, &fit.by_state, &fit.rows, k);
        let shares = fit.shares();
        let parts = map_chunks_mut(&mut self.belief, panel.chunk(panel.n_sources) * k, |first, belief| {
            let [mut q, mut x, mut like, mut told] = [(); 4].map(|()| vec![0.0; t]);
            let (mut posterior, mut pooled) = (vec![0.0; BLOCK * k], vec![0.0; BLOCK * k]);
            let mut doubt = vec![0.0; panel.n_sources];
            wide(
                #[inline(always)]
                || {
                    let mut facts = first / k..;
                    for belief in belief.chunks_mut(BLOCK * k) {
                        let (posterior, pooled) = (&mut posterior[..belief.len()], &mut pooled[..belief.len()]);
                        let rows = posterior.chunks_exact_mut(k).zip(pooled.chunks_exact_mut(k));
                        for ((p, v), f) in rows.zip(&mut facts) {
                            unpack(&fit.posterior[f * t..(f + 1) * t], &mut q);
                            over_levels(&q, p);
                            for r in panel.of(f) {
                                doubt[panel.source[r] as usize] += unsure(panel.weight(r), p[panel.choice[r] as usize]);
                            }
                            x.copy_from_slice(&shares);
                            pool.hear(
                                panel,
                                f,
                                #[inline(always)]
                                |r, like| {
                                    let (s, p) = (panel.source[r] as usize, pairs.of_vote[r] as usize);
                                    others.likelihood((s, p, panel.weight(r)), &q, like);
                                },
                                &mut x,
                                v,
                                [&mut like, &mut told],
                            );
                            over_levels(&x, p);
                        }
                        mix(posterior, pooled, k, discount);
                        belief.iter_mut().zip(&*posterior).for_each(|(x, p)| *x += weight * p);
                    }
                },
            );
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
            self.converged = fit.change < SETTLED * tol || fit.moved < STILL * tol;
            self.trace = fit.trace;
        }
    }
}

/// The probabilities of classes from those of states.
#[inline(always)]
fn over_levels(states: &[f64], classes: &mut [f64]) {
    let levels = states.len() / classes.len();
    for (p, states) in classes.iter_mut().zip(states.chunks_exact(levels)) {
        *p = 0.0;
        for x in states {
            *p += x;
        }
    }
}

/// The tempered posterior and the sharpened pool of facts with `k` classes.
#[inline(always)]
fn mix(posterior: &mut [f64], pool: &mut [f64], k: usize, discount: Discount) {
    temper(posterior, k, discount.exponent);
    temper(pool, k, SHARPER);
    posterior.iter_mut().zip(&*pool).for_each(|(p, v)| *p += discount.pooled * (v - *p));
}

/// p ∝ p^β, floored, in each row of `k` probabilities.
#[inline(always)]
pub(super) fn temper(p: &mut [f64], k: usize, beta: f64) {
    for x in p.iter_mut() {
        *x = exp(beta * ln(if *x > LEAST { *x } else { LEAST }));
    }
    for row in p.chunks_exact_mut(k) {
        let share = 1.0 / row.iter().sum::<f64>();
        row.iter_mut().for_each(|x| *x *= share);
    }
}

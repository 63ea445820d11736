//! How often sources are right where no report vouches for itself.

use super::coin::softmax;
use super::confusion::{FLOOR, logs_of_factors, normalise, set_aside};
use super::iterate::{merge, settle};
use super::reliability::Record;
use super::{Found, Gold, Votes};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use crate::stats::lanes::wide;
use std::ops::Range;

/// A value has settled where it moves by less than this part of its standard error.
const SETTLED: f64 = 0.01;
/// Iterations for it at most.
const ITERATIONS: usize = 50;
/// By how much a step is lengthened at most.
const LONGEST: f64 = 10.0;

/// Confusion matrices as counts.
pub(super) struct Counts {
    /// By source, label and class: reports that are expected to be so, without those of the prior.
    pub joint: Vec<f64>,
    /// The prior: reports of each class, spread evenly over all labels. Above 0.
    pub prior: f64,
    /// How probable each class is.
    pub classes: Vec<f64>,
}

/// What the reports of each source say of it where none vouches for itself.
///
/// Two things move the beliefs at the mode away from how often sources are right. A report takes part in the matrix by which it is read,
/// and so confirms itself: beliefs are too bold. And the prior adds reports that are right no more often than by chance: sources seem
/// worse than they are, and the beliefs that rest on them are worse again. Both matter where a source has few reports a class.
///
/// Against the first, each report is read by what its source says of *other* facts (leave-one-out, Stone 1974,
/// doi:10.1111/j.2517-6161.1974.tb00994.x). Against the second, the matrix π(v | t) of a source keeps its shape, but how often it is right
/// is fitted anew without that prior, by one number λ: to π(v | t) e^(λ [v = t]) / (1 − π(t | t) + π(t | t) e^λ). The likelihood is largest
/// where as many reports are right as these matrices expect; half a hit and half a miss are added as in [`Record::value`].
///
/// The beliefs of other sources' matrices are kept, so λ of one source does not depend on the others. In each iteration it moves by the
/// difference between the log-odds of the two shares, which is expectation–maximisation where all classes are alike, and further where the
/// last step closed little of it (secant).
pub(super) fn records(found: &Found, counts: &Counts, watch: &Watch) -> Result<Vec<Record>> {
    let votes = found.votes;
    watch.expect(((ITERATIONS + 1) * votes.n_facts()) as u64);
    let LeftOut { belief, accuracy } = leave_out(votes, counts, found.belief, watch)?;
    let (k, n_sources) = (votes.n_classes(), votes.n_sources());
    // All reports but those on facts of which it is known that no class is true.
    let told: Vec<f64> = counts.joint.chunks_exact(k * k).map(|own| own.iter().sum()).collect();
    let mut lambda = vec![0.0; n_sources];
    let mut before = vec![Step { value: f64::NAN, gap: 0.0, by: 0.0 }; n_sources];
    let mut records = vec![];
    for _ in 0..ITERATIONS {
        let tilted = Tilted::new(&accuracy, &lambda, k);
        let sums = tilted.sums(votes, &belief, watch)?;
        records = sums.chunks_exact(4).map(|x| Record { hits: x[0], n: x[1], unsure: x[2] }).collect();
        let mut settled = true;
        for (s, record) in records.iter().enumerate().filter(|(s, _)| told[*s] > 0.0) {
            let value = (record.hits + 0.5) / (told[s] + 1.0);
            let error = (value * (1.0 - value) / told[s]).sqrt();
            let gap = log_odds(value) - log_odds(sums[4 * s + 3] / told[s]);
            let Step { value: last, gap: wider, by } = before[s];
            settled &= (value - last).abs() < SETTLED * error;
            // The first step is not lengthened.
            let stretch = if wider == gap { 1.0 } else { (by / (wider - gap)).clamp(1.0, LONGEST) };
            let by = gap * stretch;
            before[s] = Step { value, gap, by };
            lambda[s] += by;
        }
        if settled {
            break;
        }
    }
    Ok(records)
}

/// A step of λ: the value and the gap of log-odds before it.
#[derive(Clone, Copy)]
struct Step {
    value: f64,
    gap: f64,
    by: f64,
}

pub(super) fn log_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// What is believed where each report is read by what its source says of other facts.
struct LeftOut {
    /// By cell.
    belief: Vec<f64>,
    /// By source and class: how often it is right, as the others have it.
    accuracy: Vec<f64>,
}

/// Does `work` with the number of classes as a constant where it is small, so that loops over classes are unrolled.
#[inline(always)]
fn for_few_classes<R>(k: usize, work: impl FnOnce(usize) -> R) -> R {
    wide(
        #[inline(always)]
        || match k {
            2 => work(2),
            3 => work(3),
            4 => work(4),
            5 => work(5),
            6 => work(6),
            7 => work(7),
            8 => work(8),
            _ => work(k),
        },
    )
}

fn leave_out(votes: &Votes, counts: &Counts, belief: &[f64], watch: &Watch) -> Result<LeftOut> {
    let (k, n) = (votes.n_classes(), votes.n_sources() * votes.n_classes());
    let prior = counts.prior;
    let (mut totals, mut rights) = (vec![prior; n], vec![prior / k as f64; n]);
    for (s, of_source) in counts.joint.chunks_exact(k * k).enumerate() {
        for (v, row) in of_source.chunks_exact(k).enumerate() {
            merge(&mut totals[s * k..][..k], row);
            rights[s * k + v] += row[v];
        }
    }
    let others = Others { counts, totals, rights };
    let parts = map_chunks(votes.n_facts(), votes.chunk(n), |facts| {
        watch.tick(facts.len() as u64)?;
        let mut part = (vec![0.0; facts.len() * k], vec![0.0; n]);
        for_few_classes(
            k,
            #[inline(always)]
            |k| others.read(votes, k, belief, facts, &mut part),
        );
        Ok::<_, crate::Error>(part)
    });
    let (mut left, mut found) = (Vec::with_capacity(belief.len()), vec![0.0; n]);
    for part in parts {
        let (some, of_some) = part?;
        left.extend(some);
        merge(&mut found, &of_some);
    }
    // Of a class that a source never met nothing is known.
    let mean = |(right, n): (&f64, &f64)| ((right + FLOOR / k as f64) / (n - prior + FLOOR)).clamp(FLOOR, 1.0 - FLOOR);
    Ok(LeftOut { belief: left, accuracy: found.iter().zip(&others.totals).map(mean).collect() })
}

/// What reports are read by.
struct Others<'a> {
    counts: &'a Counts,
    /// By source and class, with the prior: reports, and those of them that are right.
    totals: Vec<f64>,
    rights: Vec<f64>,
}

impl Others<'_> {
    /// Reads some facts: their beliefs, and by source and class the reports that are expected to be right, as the others have it.
    #[inline(always)]
    fn read(&self, votes: &Votes, k: usize, belief: &[f64], facts: Range<usize>, into: &mut (Vec<f64>, Vec<f64>)) {
        let Counts { joint, prior, classes } = self.counts;
        let (prior, each, weighted) = (*prior, *prior / k as f64, votes.weights().is_some());
        let mut said = vec![0.0; k];
        let (left, found) = into;
        for (f, posterior) in facts.zip(left.chunks_exact_mut(k)) {
            let (of, q) = (votes.of(f), &belief[f * k..][..k]);
            posterior.iter_mut().zip(classes).for_each(|(x, p)| *x = if weighted { p.ln() } else { *p });
            let mut logs = logs_of_factors(if weighted { 0 } else { of.len() }, k);
            for i in 0..of.len() {
                let (s, v, w) = (of.source[i] as usize, of.choice[i] as usize, of.weight(i));
                let row = &joint[(s * k + v) * k..][..k];
                let own = s * k..(s + 1) * k;
                let (total, right, found) = (&self.totals[own.clone()], &self.rights[own.clone()], &mut found[own]);
                for t in 0..k {
                    let own = w * q[t];
                    let share = (total[t] - own).max(prior).recip();
                    said[t] = (row[t] + each - own).max(each) * share;
                    found[t] += own * right[t] * share;
                }
                // Of the class that it gives, the report itself is one of those that are right.
                let own = w * q[v];
                found[v] += own * (said[v] - right[v] / (total[v] - own).max(prior));
                if weighted {
                    posterior.iter_mut().zip(&said).for_each(|(x, p)| *x += w * p.ln());
                } else {
                    set_aside(i, posterior, &mut logs);
                    posterior.iter_mut().zip(&said).for_each(|(x, p)| *x *= p);
                }
            }
            if weighted {
                softmax(posterior);
            } else {
                normalise(posterior, &logs, votes.gold(f));
            }
            settle(votes.gold(f), posterior);
        }
    }
}

/// What beliefs are multiplied by where sources are right more often, or less, than their matrices have it.
struct Tilted {
    /// By source and class, for all reports.
    all: Vec<f64>,
    /// By source, for a report that is right.
    right: Vec<f64>,
    /// By source and class: how often it is right.
    accuracy: Vec<f64>,
}

impl Tilted {
    fn new(accuracy: &[f64], lambda: &[f64], k: usize) -> Tilted {
        let right: Vec<f64> = lambda.iter().map(|x| x.exp()).collect();
        let all: Vec<f64> = accuracy.iter().enumerate().map(|(i, a)| (1.0 - a + a * right[i / k]).recip()).collect();
        let accuracy = accuracy.iter().enumerate().map(|(i, a)| a * right[i / k] * all[i]).collect();
        Tilted { all, right, accuracy }
    }

    /// By source: hits, reports, p (1 − p) of each, and the hits that are expected of such sources.
    fn sums(&self, votes: &Votes, belief: &[f64], watch: &Watch) -> Result<Vec<f64>> {
        let n = 4 * votes.n_sources();
        let parts = map_chunks(votes.n_facts(), votes.chunk(n), |facts| {
            watch.tick(facts.len() as u64)?;
            let mut sums = vec![0.0; n];
            for_few_classes(
                votes.n_classes(),
                #[inline(always)]
                |k| self.add(votes, k, belief, facts, &mut sums),
            );
            Ok::<_, crate::Error>(sums)
        });
        let mut sums = vec![0.0; n];
        for part in parts {
            merge(&mut sums, &part?);
        }
        Ok(sums)
    }

    #[inline(always)]
    fn add(&self, votes: &Votes, k: usize, belief: &[f64], facts: Range<usize>, sums: &mut [f64]) {
        let (sources, choices, weights) = (votes.sources(), votes.choices(), votes.weights());
        for f in facts {
            let (q, told) = (&belief[f * k..][..k], votes.gold(f) != Gold::Unclaimed);
            for r in votes.range(f) {
                let (s, v) = (sources[r] as usize, choices[r] as usize);
                let w = weights.map_or(1.0, |w| w[r]);
                let (all, accuracy) = (&self.all[s * k..][..k], &self.accuracy[s * k..][..k]);
                let (hit, expected) = match w {
                    _ if !told => (0.0, 0.0),
                    1.0 => tilted(q, all, self.right[s], accuracy, v, |x| x),
                    _ => tilted(q, all, self.right[s], accuracy, v, |x| x.powf(w)),
                };
                let sums = &mut sums[4 * s..][..4];
                sums[0] += w * hit;
                sums[1] += w;
                sums[2] += w * w * hit * (1.0 - hit);
                sums[3] += w * expected;
            }
        }
    }
}

/// How probable it is that a report of label `v` is right, and that a report of this source is.
#[inline(always)]
fn tilted(q: &[f64], all: &[f64], right: f64, accuracy: &[f64], v: usize, raise: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut total, mut expected) = (0.0, 0.0);
    for ((q, all), accuracy) in q.iter().zip(all).zip(accuracy) {
        let p = q * raise(*all);
        total += p;
        expected += p * accuracy;
    }
    let wrong = q[v] * raise(all[v]);
    let hit = wrong * raise(right);
    total += hit - wrong;
    expected += (hit - wrong) * accuracy[v];
    ((hit / total).min(1.0), expected / total)
}

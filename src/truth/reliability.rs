//! How often sources are right, and how sure that is: one interval for all models.

use super::iterate::{self, Control, Iterative};
use super::places::Places;
use super::{Estimate, Learned, Votes};
use crate::error::Result;
use crate::stats::chunks::map_chunks;
use crate::stats::{Random, Watch};

/// A fit of which more is asked.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// What the model read.
    pub votes: &'a Votes,
    /// What it learned.
    pub learned: &'a Learned,
    /// The probability of each cell.
    pub belief: &'a [f64],
    /// Coverage of the intervals that are wanted.
    pub confidence: f64,
}

impl Found<'_> {
    /// How a relative of the model goes on from here, one that says more of sources than of answers.
    pub(super) fn resumed(&self) -> Control {
        let start = Some(self.learned.clone());
        Control { max_iter: ITERATIONS, tol: TOLERANCE, confidence: self.confidence, start }
    }
}

/// The relative change of its objective at which a relative has settled.
const TOLERANCE: f64 = 1e-6;

/// What the reports of a source say of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// Reports that are expected to be right.
    pub hits: f64,
    /// Reports.
    pub n: f64,
    /// The variance of `hits`, were everything known but the truths: the sum of p (1 − p), p the probability that a report is right.
    pub unsure: f64,
}

impl Record {
    /// The chance to be right: the mean of Beta(½ + hits, ½ + misses).
    pub fn value(self) -> f64 {
        (self.hits + 0.5) / (self.n + 1.0)
    }

    /// That with its interval, each report counting as [`Estimate::worth`] says; none without reports.
    fn estimate(self, coupling: f64, confidence: f64) -> Estimate {
        if self.n <= 0.0 {
            return Estimate::point(f64::NAN);
        }
        let value = self.value();
        let held = Estimate::worth(value, self.n, self.unsure, coupling) + 1.0;
        Estimate { value, ..Estimate::beta(value * held, (1.0 - value) * held, confidence) }
    }
}

/// How often each source sides with the beliefs.
fn records(votes: &Votes, belief: &[f64]) -> Vec<Record> {
    let n_stats = 3 * votes.n_sources();
    let parts = map_chunks(votes.n_facts(), votes.chunk(n_stats), |facts| {
        let mut sums = vec![0.0; n_stats];
        for f in facts {
            let (of, cells) = (votes.of(f), &belief[votes.cells(f)]);
            for i in 0..of.len() {
                let hit = cells[of.choice[i] as usize];
                let (s, w) = (3 * of.source[i] as usize, of.weight(i));
                sums[s] += w * if of.denies(i) { 1.0 - hit } else { hit };
                sums[s + 1] += w;
                sums[s + 2] += w * w * (hit * (1.0 - hit)).max(0.0);
            }
        }
        sums
    });
    let mut sums = vec![0.0; n_stats];
    parts.iter().for_each(|part| iterate::merge(&mut sums, part));
    sums.chunks_exact(3).map(|x| Record { hits: x[0], n: x[1], unsure: x[2] }).collect()
}

/// What these records say of each source; see [`coupling`] for what widens the intervals.
pub(super) fn estimates(records: &[Record], coupling: f64, confidence: f64) -> Vec<Estimate> {
    records.iter().map(|record| record.estimate(coupling, confidence)).collect()
}

/// The reliability of each source by these beliefs, taking what was learned of other sources for known.
pub(super) fn alone(votes: &Votes, belief: &[f64], confidence: f64) -> Vec<Estimate> {
    estimates(&records(votes, belief), 1.0, confidence)
}

/// The same without intervals.
pub(super) fn values(votes: &Votes, belief: &[f64]) -> Vec<Estimate> {
    let value = |r: &Record| if r.n > 0.0 { r.value() } else { f64::NAN };
    records(votes, belief).iter().map(|r| Estimate::point(value(r))).collect()
}

/// The reliability of each source by these beliefs, with intervals that know that other sources are estimates too.
pub(super) fn coupled<M: Tilted>(
    model: &M,
    found: &Found,
    parameters: &M::Parameters,
    watch: &Watch,
) -> Result<Vec<Estimate>> {
    let coupling = coupling(model, found, parameters, watch)?;
    Ok(estimates(&records(found.votes, found.belief), coupling, found.confidence))
}

/// A model whose sources can be made more credible than its parameters have them.
pub(super) trait Tilted: Iterative {
    /// The same, but each report adds `by[source]` nats more to what it says.
    fn tilted(&self, votes: &Votes, parameters: &Self::Parameters, by: &[f64]) -> Self::Parameters;
    /// By source: the reports that are expected to be right.
    fn hits(&self, votes: &Votes, stats: &[f64]) -> Vec<f64>;
}

/// How far reports are tilted, in nats times standard errors.
const TILT: f64 = 1e-3;
/// Tilts for one source; one for many, since what is wanted is a mean over them.
const TILTS: usize = 64;
/// A response has settled where what is still to come is below this part of it.
const SETTLED: f64 = 0.02;
/// Iterations for it, or of a relative, at most.
const ITERATIONS: usize = 100;

/// How many times more the right reports of sources vary, over what the reports leave open, than if each source were alone in that its
/// own parameters are not known: at least 1.
///
/// Parameters are estimates. What one source is thought to be decides which answers are probable, these what other sources are thought
/// to be, and so on around; with few reports a fact that is most of what is not known. The variance of the expected hits of a source
/// is how fast they rise when its reports are tilted towards being right and the fit settles anew (linear response: Giordano,
/// Broderick & Jordan 2018, arXiv:1709.02536; by this the missing information of Louis 1982 of all parameters together, as in the
/// SEM algorithm of Meng & Rubin 1991, doi:10.2307/2290503). Tilting all sources at a time by random signs gives the sum of the
/// variances (Hutchinson 1990, doi:10.1080/03610919008812866), each here in units of that of the source alone, by reports.
pub(super) fn coupling<M: Tilted>(model: &M, found: &Found, parameters: &M::Parameters, watch: &Watch) -> Result<f64> {
    let &Found { votes, belief, .. } = found;
    let records = records(votes, belief);
    // Per report, of the source alone: see `Estimate::worth`.
    let variance = |r: &Record| {
        let all = r.value() * (1.0 - r.value());
        let missing = r.unsure / (r.n * all);
        all * missing / (1.0 - missing)
    };
    let open = |r: &&Record| r.n > 0.0 && variance(r).is_finite() && variance(r) > 1e-6;
    let reports: f64 = records.iter().filter(open).map(|r| r.n).sum();
    if reports == 0.0 {
        return Ok(1.0);
    }
    let scale: Vec<f64> = records.iter().map(|r| if open(&r) { variance(r).sqrt().recip() } else { 0.0 }).collect();
    let places = Places::new(votes).source;
    let tilts = TILTS.div_ceil(votes.n_sources()).max(1);
    watch.expect((tilts * ITERATIONS * votes.n_facts()) as u64);
    let mut sum = 0.0;
    for tilt in 0..tilts as u64 {
        let sign = |place: &u32| if Random::new((*place).into(), tilt).next_u64() >> 63 == 0 { 1.0 } else { -1.0 };
        let by: Vec<f64> = places.iter().zip(&scale).map(|(place, scale)| scale * sign(place)).collect();
        sum += response(model, votes, parameters, &by, watch)?;
    }
    Ok((sum / tilts as f64 / reports).max(1.0))
}

/// How fast Σ `by` × hits rises where reports are tilted by `by`.
fn response<M: Tilted>(model: &M, votes: &Votes, start: &M::Parameters, by: &[f64], watch: &Watch) -> Result<f64> {
    // Both ways, so that what the fit itself still moves cancels out.
    let mut ways = [TILT, -TILT].map(|tilt| (by.iter().map(|x| tilt * x).collect::<Vec<f64>>(), None));
    let (mut total, mut step) = (0.0, 0.0);
    for _ in 0..ITERATIONS {
        let mut risen = 0.0;
        for (by, parameters) in &mut ways {
            let now = parameters.as_ref().unwrap_or(start);
            let (stats, _) = iterate::pass(model, votes, Some(&model.tilted(votes, now, by)), watch)?;
            risen += by.iter().zip(model.hits(votes, &stats)).map(|(x, hits)| x * hits).sum::<f64>();
            *parameters = Some(model.maximise(votes, &stats, Some(now)));
        }
        let risen = risen / (2.0 * TILT * TILT);
        let (before, falls) = (total, (risen - total) / step);
        (total, step) = (risen, risen - before);
        // The rest of a geometric series.
        let rest = step * falls / (1.0 - falls);
        if falls < 1.0 && rest.abs() <= SETTLED * total.abs() {
            return Ok(total + rest);
        }
    }
    Ok(total)
}

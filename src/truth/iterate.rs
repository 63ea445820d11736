//! The loop that iterative models share: expectation over facts → sufficient statistics → maximisation over sources.

use super::gold::Gold;
use super::learned::Learned;
use super::votes::Votes;
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::{map_chunks, map_chunks_mut};
use std::ops::Range;

/// What a fit is told beside the votes.
#[derive(Debug, Clone)]
pub struct Control {
    /// Expectations at most; 0 with a warm start: one with the parameters as they are.
    pub max_iter: usize,
    /// Stop when the relative change of the objective is below this.
    pub tol: f64,
    /// Coverage of intervals.
    pub confidence: f64,
    /// Where to start, over the sources and classes of the votes.
    pub start: Option<Learned>,
}

/// What the numbers of a trace are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Objective {
    /// A log-likelihood, log-posterior or lower bound, which never decreases.
    Maximised,
    /// The largest change of a source's parameter: the model looks for a fixed point and maximises nothing.
    Change,
}

/// How a loop goes: what it reaches by iteration, and whether it may end.
#[derive(Debug, Clone)]
pub struct Progress {
    tol: f64,
    /// What `trace` holds.
    pub objective: Objective,
    /// The objective, or the largest change, by iteration.
    pub trace: Vec<f64>,
    /// The last relative change of the objective, or the last change.
    pub last_change: f64,
    /// Whether that is within `tol`.
    pub converged: bool,
}

impl Progress {
    /// Before the first iteration. With no iterations wanted there is nothing that could fail to converge.
    pub fn new(control: &Control, objective: Objective) -> Progress {
        let converged = control.max_iter == 0;
        Progress { tol: control.tol, objective, trace: vec![], last_change: f64::INFINITY, converged }
    }

    /// Notes an objective that is maximised; whether the loop may end.
    pub fn reached(&mut self, objective: f64) -> bool {
        if let Some(before) = self.trace.last() {
            self.last_change = f64::abs(objective - before) / f64::abs(*before).max(1e-10);
        }
        self.trace.push(objective);
        self.may_end()
    }

    /// Notes the largest change of an iteration; whether the loop may end.
    pub fn changed(&mut self, change: f64) -> bool {
        self.last_change = change;
        self.trace.push(change);
        self.may_end()
    }

    /// With a tolerance of 0 all iterations are made, and nothing may change in the last.
    fn may_end(&mut self) -> bool {
        self.converged = self.last_change <= self.tol;
        self.last_change < self.tol
    }
}

/// A model that alternates between facts and sources. Its statistics are sums over facts, so that parts can be merged by addition:
/// [`partial`] → [`merge`] → [`Iterative::maximise`].
pub trait Iterative: Sync {
    /// What it knows of sources and classes.
    type Parameters: Send + Sync;

    /// How many numbers the statistics are.
    fn n_stats(&self, votes: &Votes) -> usize;

    /// Adds a fact with this posterior over its cells to the statistics.
    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]);

    /// The parameters that fit the statistics best.
    fn maximise(&self, votes: &Votes, stats: &[f64], previous: Option<&Self::Parameters>) -> Self::Parameters;

    /// The posterior over the cells of a fact, and its part of the objective.
    fn posterior(&self, votes: &Votes, parameters: &Self::Parameters, fact: usize, posterior: &mut [f64]) -> f64;

    /// The part of the objective that does not depend on facts: a log-prior. `None` where what was learned does not tell.
    fn penalty(&self, _votes: &Votes, _parameters: &Self::Parameters) -> Option<f64> {
        Some(0.0)
    }

    /// What the trace holds.
    fn objective(&self) -> Objective {
        Objective::Maximised
    }

    /// The largest change of a source, for models that maximise nothing.
    fn change(&self, _previous: &Self::Parameters, _new: &Self::Parameters) -> f64 {
        f64::INFINITY
    }

    /// Where the facts begin, before any parameters: the shares of votes.
    fn start(&self, votes: &Votes, fact: usize, posterior: &mut [f64]) {
        votes.shares(fact, posterior);
    }

    /// Expectation over some facts: adds to `stats` and gives their part of the objective.
    fn expect(&self, votes: &Votes, parameters: &Self::Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let mut posterior = Vec::new();
        let mut objective = 0.0;
        for f in facts {
            posterior.clear();
            posterior.resize(votes.cells(f).len(), 0.0);
            objective += self.posterior(votes, parameters, f, &mut posterior);
            objective += settle(votes.gold(f), &mut posterior);
            self.scatter(votes, f, &posterior, stats);
        }
        objective
    }

    /// The statistics of some facts before any parameters.
    fn begin(&self, votes: &Votes, facts: Range<usize>, stats: &mut [f64]) {
        let mut posterior = Vec::new();
        for f in facts {
            posterior.clear();
            posterior.resize(votes.cells(f).len(), 0.0);
            self.start(votes, f, &mut posterior);
            settle(votes.gold(f), &mut posterior);
            self.scatter(votes, f, &posterior, stats);
        }
    }

    /// The posteriors of some facts, one after the other.
    fn believe(&self, votes: &Votes, parameters: &Self::Parameters, facts: Range<usize>, belief: &mut [f64]) {
        let mut rest = belief;
        for f in facts {
            let (posterior, others) = rest.split_at_mut(votes.cells(f).len());
            self.posterior(votes, parameters, f, posterior);
            settle(votes.gold(f), posterior);
            rest = others;
        }
    }

    /// The parameters of what was learned.
    fn resume(&self, votes: &Votes, learned: &Learned) -> Self::Parameters;
}

/// Puts all of a posterior on the known answer; gives the logarithm of what it had there.
#[inline]
pub fn settle(gold: Gold, posterior: &mut [f64]) -> f64 {
    match gold {
        Gold::Unknown => 0.0,
        Gold::Unclaimed => {
            posterior.fill(0.0);
            0.0
        }
        Gold::Is(k) => {
            let had = posterior[k as usize];
            posterior.fill(0.0);
            posterior[k as usize] = 1.0;
            had.max(1e-300).ln()
        }
    }
}

/// The largest difference of two numbers in the same place.
pub fn largest_change(previous: &[f64], new: &[f64]) -> f64 {
    previous.iter().zip(new).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Where a fit ended.
pub struct Run<P> {
    /// The parameters that give `belief`.
    pub parameters: P,
    /// The statistics that give the parameters; none after a warm start without iterations.
    pub stats: Option<Vec<f64>>,
    /// Posteriors by cell.
    pub belief: Vec<f64>,
    /// How the loop went.
    pub progress: Progress,
}

/// The statistics of some facts given parameters (none: the start), with their part of the objective in the last place.
pub fn partial<M: Iterative>(
    model: &M,
    votes: &Votes,
    parameters: Option<&M::Parameters>,
    facts: Range<usize>,
) -> Vec<f64> {
    let n = model.n_stats(votes);
    let mut stats = vec![0.0; n + 1];
    match parameters {
        Some(parameters) => stats[n] = model.expect(votes, parameters, facts, &mut stats[..n]),
        None => model.begin(votes, facts, &mut stats[..n]),
    }
    stats
}

/// Adds the statistics of other facts.
pub fn merge(stats: &mut [f64], other: &[f64]) {
    stats.iter_mut().zip(other).for_each(|(a, b)| *a += b);
}

pub(super) fn pass<M: Iterative>(
    model: &M,
    votes: &Votes,
    parameters: Option<&M::Parameters>,
    watch: &Watch,
) -> Result<(Vec<f64>, f64)> {
    let n = model.n_stats(votes);
    let parts = map_chunks(votes.n_facts(), votes.chunk(n), |facts| {
        watch.tick(0)?;
        let n_facts = facts.len() as u64;
        let part = partial(model, votes, parameters, facts);
        watch.tick(n_facts)?;
        Ok::<_, crate::Error>(part)
    });
    let mut parts = parts.into_iter();
    let mut stats = parts.next().unwrap_or_else(|| Ok(vec![0.0; n + 1]))?;
    for part in parts {
        merge(&mut stats, &part?);
    }
    let objective = stats.pop().unwrap_or(0.0);
    Ok((stats, objective))
}

/// Posteriors of all facts.
pub fn beliefs<M: Iterative>(model: &M, votes: &Votes, parameters: &M::Parameters, watch: &Watch) -> Result<Vec<f64>> {
    let (n, chunk) = (votes.n_facts(), votes.chunk(1 << 14));
    let mut belief = vec![0.0; votes.n_cells()];
    let mut rest = belief.as_mut_slice();
    let mut of_chunk = Vec::new();
    for first in (0..n).step_by(chunk) {
        let facts = first..n.min(first + chunk);
        let n_cells = votes.cells(facts.end - 1).end - votes.cells(first).start;
        of_chunk.push((facts, rest.split_off_mut(..n_cells).unwrap_or_default()));
    }
    let done = map_chunks_mut(&mut of_chunk, 1, |_, chunks| {
        for (facts, belief) in chunks {
            watch.tick(facts.len() as u64)?;
            model.believe(votes, parameters, facts.clone(), belief);
        }
        Ok(())
    });
    done.into_iter().collect::<Result<()>>()?;
    Ok(belief)
}

/// Iterates until the change is below `tol`, `max_iter` times at most. The same bits for any number of threads.
pub fn run<M: Iterative>(model: &M, votes: &Votes, control: &Control, watch: &Watch) -> Result<Run<M::Parameters>> {
    watch.expect((control.max_iter as u64 + 1) * votes.n_facts() as u64);
    let (mut parameters, mut stats) = match &control.start {
        Some(learned) => (model.resume(votes, learned), None),
        None => {
            let (stats, _) = pass(model, votes, None, watch)?;
            (model.maximise(votes, &stats, None), Some(stats))
        }
    };
    let mut progress = Progress::new(control, model.objective());
    // The last of the `max_iter` expectations gives the beliefs, so that they belong to the parameters.
    for _ in 1..control.max_iter {
        let (new_stats, objective) = pass(model, votes, Some(&parameters), watch)?;
        let new = model.maximise(votes, &new_stats, Some(&parameters));
        let may_end = match model.objective() {
            Objective::Maximised => {
                model.penalty(votes, &parameters).is_some_and(|penalty| progress.reached(objective + penalty))
            }
            Objective::Change => progress.changed(model.change(&parameters, &new)),
        };
        (parameters, stats) = (new, Some(new_stats));
        if may_end {
            break;
        }
    }
    let belief = beliefs(model, votes, &parameters, watch)?;
    Ok(Run { parameters, stats, belief, progress })
}

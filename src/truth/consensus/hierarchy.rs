//! The hierarchical model of Dawid and Skene: a source's confusion rows are drawn around those of the population, tilted by its skill
//! and by its lean; a class may have several subtypes (hard cases).

use super::panel::{Pairs, Panel, exact, packed, unpacked};
use super::rows::{LEAN, Rows, SOURCES, lean_step, tilt};
use super::skill::{beta_step, concentration, within};
use crate::error::Result;
use crate::stats::chunks::{map_chunks, map_chunks_mut};
use crate::stats::lanes::{exp, largest, ln, renew, scale, sum, wide};
use crate::stats::{Watch, digamma_rise};
use std::ops::Range;

/// Iterations before the parameters of the population move.
const WARM: usize = 3;
/// From then on they move in each second iteration: finding where to takes longer than a pass over the votes.
const EVERY: usize = 2;
/// The largest change of a posterior to stop at.
pub(super) const TOL: f64 = 1e-4;
/// Iterations of a full fit at most.
pub(super) const ITERATIONS: usize = 60;
/// Passes over all facts at most once a fit to some of them has grown to all, for each full number of the above: half as many, and one,
/// where parameters move within a pass.
pub(super) const SWEEPS: usize = 10;
/// They end where one moves less than so many times the change to stop at, of all votes, from class to class.
pub(super) const STILL: f64 = 50.0;
/// Parameters move after a part of the facts: it has this share of the votes, and so many for each pair of a source and a class.
const SHARE_OF_SWEEP: f64 = 0.2;
const VOTES_A_PAIR: usize = 4;
/// Diagonal of the anchor of the population's rows.
const DIAGONAL: f64 = 0.8;
/// The share of the errors of a row of the anchor that is spread evenly, beside those that follow the data.
const EVEN: f64 = 0.1;
/// The anchor's weight, in tables.
const ANCHOR: f64 = 300.0;
/// Where concentrations start.
const CONCENTRATION: f64 = 2.0;
/// The weight of the vote shares in the prior of the classes, in facts.
const SHARE: f64 = 400.0;
/// Centre of the hardest subtype in shares of the leading value, and width of the kernel around centres.
const HARDEST: f64 = 0.35;
const WIDTH: f64 = 0.25;
/// Sources whose numbers fill vectors together.
const BLOCK: usize = 32;

/// A fit over some of the sources. Arrays over states run over classes, then subtypes.
pub(super) struct Fit {
    /// Subtypes a class.
    pub levels: usize,
    /// By fact and state: the posterior, [`packed`].
    pub posterior: Vec<u32>,
    /// By pair of source and class, then state: expected votes.
    pub counts: Vec<f64>,
    /// By source and state.
    pub by_state: Vec<f64>,
    /// By source: expected votes for the true class.
    pub hits: Vec<f64>,
    /// By source: votes.
    pub n: Vec<f64>,
    /// By state: expected facts.
    pub facts: Vec<f64>,
    /// By state: pseudo-facts of the prior.
    pub prior: Vec<f64>,
    /// Where the rows of the population are drawn to, by reported class, then state.
    anchor: Vec<f64>,
    /// What sources have in common.
    pub population: Population,
    /// The rows around which those of the sources were drawn in the last iteration.
    pub rows: Rows,
    /// The last of the trace.
    pub change: f64,
    /// Of very many votes: the share that the last pass moved from class to class.
    pub moved: f64,
    /// The largest change in each iteration.
    pub trace: Vec<f64>,
}

/// What sources have in common.
#[derive(Debug, Clone)]
pub(super) struct Population {
    /// By reported class, then state: the mean rows.
    pub mean: Vec<f64>,
    /// By state: how close sources are to them.
    pub strength: Vec<f64>,
    /// Beta prior of a source's skill.
    pub skill: [f64; 2],
    /// How close sources are to report classes as often as expected.
    pub lean: f64,
}

/// The anchor of the population's rows, by reported class, then state. Errors of a class go where other sources of the same facts
/// went: two votes of a fact for different classes speak for an error between the two. So neighbours of ordered classes attract
/// errors without their order being known.
fn anchor(panel: &Panel, levels: usize) -> Vec<f64> {
    let (k, t) = (panel.n_classes, panel.n_classes * levels);
    let diagonal = if k > 1 { DIAGONAL.max(1.2 / k as f64) } else { 1.0 };
    let wrong = if k < 3 { vec![1.0; k * k] } else { together(panel) };
    let mut anchor = vec![0.0; k * t];
    for class in 0..k {
        let row = &wrong[class * k..(class + 1) * k];
        let others = |row: &[f64]| (0..k).filter(|v| *v != class).map(|v| row[v]).sum::<f64>();
        let even = EVEN * others(row) / (k.max(2) - 1) as f64 + 1e-9;
        let total = others(row) + even * (k - 1) as f64;
        for v in 0..k {
            let share = if v == class { diagonal } else { (1.0 - diagonal) * (row[v] + even) / total };
            anchor[v * t + class * levels..][..levels].fill(share);
        }
    }
    anchor
}

/// By two classes: how often votes of a fact go to both, a fact with two or more votes counting once.
fn together(panel: &Panel) -> Vec<f64> {
    let k = panel.n_classes;
    let parts = map_chunks(panel.n_facts(), panel.chunk(k * k), |facts| {
        let (mut sums, mut votes) = (vec![0.0; k * k], Vec::<(usize, f64)>::new());
        for f in facts {
            let n = panel.size(f);
            if n <= 1.0 {
                continue;
            }
            votes.clear();
            for r in panel.of(f) {
                let v = panel.choice[r] as usize;
                match votes.iter_mut().find(|(class, _)| *class == v) {
                    Some((_, count)) => *count += panel.weight(r),
                    None => votes.push((v, panel.weight(r))),
                }
            }
            for (a, x) in &votes {
                for (b, y) in votes.iter().filter(|(b, _)| a != b) {
                    sums[a * k + b] += exact(x * y / (n * (n - 1.0)));
                }
            }
        }
        sums
    });
    let mut sums = vec![0.0; k * k];
    parts.iter().for_each(|part| add(&mut sums, part));
    sums
}

/// The vote shares of a fact (`plus`: so much more a class).
fn vote_shares(panel: &Panel, fact: usize, plus: f64, share: &mut [f64]) {
    share.fill(plus);
    match panel.gold(fact) {
        Some(gold) => {
            share.fill(0.0);
            share[gold] = 1.0;
        }
        None => panel.of(fact).for_each(|r| share[panel.choice[r] as usize] += panel.weight(r)),
    }
    let total: f64 = share.iter().sum();
    if total > 0.0 {
        share.iter_mut().for_each(|x| *x /= total);
    } else {
        share.fill(1.0 / share.len() as f64);
    }
}

/// The posterior to start from, packed: vote shares, spread over subtypes by the share of the leading value.
fn start(panel: &Panel, levels: usize, plus: f64) -> Vec<u32> {
    let (k, t) = (panel.n_classes, panel.n_classes * levels);
    let mut posterior = vec![0; panel.n_facts() * t];
    let step = if levels > 1 { (1.0 - HARDEST) / (levels - 1) as f64 } else { 0.0 };
    map_chunks_mut(&mut posterior, panel.chunk(k) * t, |first, posterior| {
        let (mut share, mut omega) = (vec![0.0; k], vec![1.0; levels]);
        for (i, q) in posterior.chunks_exact_mut(t).enumerate() {
            vote_shares(panel, first / t + i, plus, &mut share);
            let top = share.iter().copied().fold(0.0, f64::max);
            for (l, w) in omega.iter_mut().enumerate() {
                let distance = (top - (1.0 - step * l as f64)) / WIDTH;
                *w = exp(-distance * distance);
            }
            let total: f64 = omega.iter().sum();
            for (class, x) in share.iter().enumerate() {
                for (l, w) in omega.iter().enumerate() {
                    q[class * levels + l] = packed(x * w / total);
                }
            }
        }
    });
    posterior
}

#[inline(always)]
pub(super) fn add(sums: &mut [f64], part: &[f64]) {
    renew(
        sums,
        [part],
        #[inline(always)]
        |x, [y]| x + y,
    );
}

#[inline(always)]
fn multiply(products: &mut [f64], factors: &[f64]) {
    renew(
        products,
        [factors],
        #[inline(always)]
        |x, [y]| x * y,
    );
}

/// By how much a pass over facts changes their counts, and the largest change of a posterior.
struct Pass {
    counts: Vec<f64>,
    facts: Vec<f64>,
    change: f64,
}

impl Pass {
    fn merged(parts: Vec<Pass>) -> Pass {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or(Pass { counts: vec![], facts: vec![], change: 0.0 });
        for part in parts {
            add(&mut all.counts, &part.counts);
            add(&mut all.facts, &part.facts);
            all.change = all.change.max(part.change);
        }
        all
    }
}

/// So many factors do not underflow.
pub(super) const FACTORS: usize = 8;
/// Of more votes than this a state could fall behind by more than a number holds, for good, though the others are yet to speak for it.
pub(super) const MANY: usize = 24;

/// [`pass`] over one fact with very many votes.
fn pass_over_many(given: &Given, fact: usize, q: &mut [u32], found: &mut Pass) {
    let (t, pairs) = (q.len(), &given.pairs.of_vote[given.panel.of(fact)]);
    let mut logs: Vec<f64> = given.shares.iter().map(|p| ln(*p)).collect();
    let mut x = vec![0.0; t];
    for some in pairs.chunks(FACTORS) {
        x.fill(1.0);
        some.iter().for_each(|p| multiply(&mut x, &given.rows[*p as usize * t..][..t]));
        logs.iter_mut().zip(&x).for_each(|(log, p)| *log += ln(*p));
    }
    if let Some(gold) = given.panel.gold(fact) {
        let known = gold * given.levels..(gold + 1) * given.levels;
        (0..t).filter(|s| !known.contains(s)).for_each(|s| logs[s] = f64::NEG_INFINITY);
    }
    let top = largest(&logs);
    x.iter_mut().zip(&logs).for_each(|(p, log)| *p = exp(log - top));
    let total = sum(&x);
    for (x, q) in x.iter_mut().zip(q) {
        let units = packed(*x / total);
        *x = unpacked(units) - unpacked(*q);
        *q = units;
        found.change = found.change.max(x.abs());
    }
    pairs.iter().for_each(|p| add(&mut found.counts[*p as usize * t..][..t], &x));
    add(&mut found.facts, &x);
}

/// Calls `$run` with zeros for the states: an array where their number is one of the usual ones, so that loops are unrolled.
macro_rules! unrolled {
    ($states:expr, $run:ident ( $($argument:expr),* )) => {
        match $states {
            2 => $run([0.0; 2], $($argument),*),
            3 => $run([0.0; 3], $($argument),*),
            4 => $run([0.0; 4], $($argument),*),
            5 => $run([0.0; 5], $($argument),*),
            6 => $run([0.0; 6], $($argument),*),
            8 => $run([0.0; 8], $($argument),*),
            9 => $run([0.0; 9], $($argument),*),
            10 => $run([0.0; 10], $($argument),*),
            12 => $run([0.0; 12], $($argument),*),
            15 => $run([0.0; 15], $($argument),*),
            t => $run(vec![0.0; t], $($argument),*),
        }
    };
}

/// As many numbers as there are states.
trait Numbers: AsRef<[f64]> + AsMut<[f64]> + Clone + Sync {}
impl<S: AsRef<[f64]> + AsMut<[f64]> + Clone + Sync> Numbers for S {}

/// What a pass over the facts needs.
struct Given<'a> {
    panel: &'a Panel,
    pairs: &'a Pairs,
    levels: usize,
    /// By pair and state: the probability of a vote. Its logarithm where votes have weights.
    rows: Vec<f64>,
    /// By state: its share of the facts, or the logarithm.
    shares: Vec<f64>,
}

/// A pass over the facts of `posterior`, the first of which is `first`. `zeros`: one a state.
fn pass<S: Numbers>(zeros: S, given: &Given, first: usize, posterior: &mut [u32]) -> Pass {
    let t = given.shares.len();
    let cells = given.rows.len();
    let n = posterior.len() / t;
    let chunk = given.panel.chunk_of(first..first + n, cells);
    Pass::merged(map_chunks_mut(posterior, chunk * t, |from, posterior| {
        let mut found = Pass { counts: vec![0.0; cells], facts: vec![0.0; t], change: 0.0 };
        let (first, n) = (first + from / t, posterior.len() / t);
        let many = |fact: usize| given.panel.weight.is_none() && given.panel.of(fact).len() > MANY;
        let mut start = 0;
        // Facts with few votes as long as they follow one another: what is for others would keep their loop from registers.
        while start < n {
            let by_one = many(first + start);
            let end = (start + 1..n).find(|f| many(first + f) != by_one).unwrap_or(n);
            let posterior = &mut posterior[start * t..end * t];
            if by_one {
                for (i, q) in posterior.chunks_exact_mut(t).enumerate() {
                    pass_over_many(given, first + start + i, q, &mut found);
                }
            } else {
                wide(
                    #[inline(always)]
                    || pass_over(&zeros, given, first + start, posterior, &mut found),
                );
            }
            start = end;
        }
        found
    }))
}

/// [`pass`] over facts from `first` on, of few votes each unless these have weights.
#[inline(always)]
fn pass_over<S: Numbers>(zeros: &S, given: &Given, first: usize, posterior: &mut [u32], found: &mut Pass) {
    let (panel, rows) = (given.panel, &given.rows);
    let (mut x, mut changes, mut facts, mut scratch) = (zeros.clone(), zeros.clone(), zeros.clone(), zeros.clone());
    let (x, changes, facts, scratch) = (x.as_mut(), changes.as_mut(), facts.as_mut(), scratch.as_mut());
    let t = x.len();
    for (i, q) in posterior.chunks_exact_mut(t).enumerate() {
        let votes = panel.of(first + i);
        let pairs = &given.pairs.of_vote[votes.clone()];
        x.copy_from_slice(&given.shares);
        if let Some(gold) = panel.gold(first + i) {
            let (never, sure) = if panel.weight.is_some() { (-1e300, 0.0) } else { (0.0, 1.0) };
            // In a copy: what is written at places known only here would not stay in registers.
            scratch.fill(never);
            scratch[gold * given.levels..(gold + 1) * given.levels].fill(sure);
            if panel.weight.is_some() { add(x, scratch) } else { multiply(x, scratch) }
        }
        match &panel.weight {
            None => {
                for (i, eight) in pairs.chunks(FACTORS).enumerate() {
                    if i > 0 {
                        scale(x, 1.0 / largest(x));
                    }
                    for p in eight {
                        multiply(x, &rows[*p as usize * t..][..t]);
                    }
                }
            }
            Some(weight) => {
                for (p, w) in pairs.iter().zip(&weight[votes.clone()]) {
                    for (x, log) in x.iter_mut().zip(&rows[*p as usize * t..][..t]) {
                        *x += w * log;
                    }
                }
                let top = largest(x);
                for x in x.iter_mut() {
                    *x = exp(*x - top);
                }
            }
        }
        scale(x, 1.0 / sum(x));
        match &panel.weight {
            None => {
                for (x, q) in x.iter_mut().zip(&mut *q) {
                    let units = packed(*x);
                    *x = unpacked(units) - unpacked(*q);
                    *q = units;
                }
                for p in pairs {
                    add(&mut found.counts[*p as usize * t..][..t], x);
                }
            }
            Some(weight) => {
                x.iter_mut().for_each(|x| *x = exact(*x));
                for (p, w) in pairs.iter().zip(&weight[votes]) {
                    for (n, (new, old)) in found.counts[*p as usize * t..][..t].iter_mut().zip(x.iter().zip(&*q)) {
                        *n += exact(w * new) - exact(w * unpacked(*old));
                    }
                }
                for (x, q) in x.iter_mut().zip(&mut *q) {
                    let old = unpacked(std::mem::replace(q, packed(*x)));
                    *x -= old;
                }
            }
        }
        add(facts, x);
        renew(
            changes,
            [x],
            #[inline(always)]
            |change, [by]| if by.abs() > change { by.abs() } else { change },
        );
    }
    add(&mut found.facts, facts);
    found.change = found.change.max(largest(changes));
}

/// The probabilities of a packed posterior.
#[inline(always)]
pub(super) fn unpack(packed: &[u32], posterior: &mut [f64]) {
    for (q, units) in posterior.iter_mut().zip(packed) {
        *q = unpacked(*units);
    }
}

/// The counts of a posterior.
pub(super) fn counts(panel: &Panel, pairs: &Pairs, posterior: &[u32], t: usize) -> (Vec<f64>, Vec<f64>) {
    let cells = pairs.len() * t;
    let found = Pass::merged(map_chunks(panel.n_facts(), panel.chunk(cells), |facts| {
        let mut found = Pass { counts: vec![0.0; cells], facts: vec![0.0; t], change: 0.0 };
        let mut q = vec![0.0; t];
        for f in facts {
            unpack(&posterior[f * t..(f + 1) * t], &mut q);
            add(&mut found.facts, &q);
            for r in panel.of(f) {
                let p = pairs.of_vote[r] as usize * t;
                let row = &mut found.counts[p..p + t];
                let w = panel.weight(r);
                (0..t).for_each(|s| row[s] += exact(w * q[s]));
            }
        }
        found
    }));
    (found.counts, found.facts)
}

impl Fit {
    /// The fit before any iteration. `shares`: of the classes; `counts`: by pair and state, and facts by state.
    fn begin(
        panel: &Panel,
        anchor: Vec<f64>,
        posterior: Vec<u32>,
        shares: &[f64],
        (counts, facts): (Vec<f64>, Vec<f64>),
    ) -> Fit {
        let (t, levels) = (facts.len(), facts.len() / panel.n_classes);
        let population =
            Population { mean: anchor.clone(), strength: vec![CONCENTRATION; t], skill: [4.0, 1.5], lean: LEAN };
        let rows = Rows::new(levels, anchor.clone(), population.strength.clone(), vec![1.0; panel.n_sources]);
        Fit {
            levels,
            posterior,
            counts,
            by_state: vec![],
            hits: vec![],
            n: panel.sizes(),
            facts,
            prior: (0..t).map(|s| (1.0 + SHARE * shares[s / levels]) / levels as f64).collect(),
            anchor,
            population,
            rows,
            change: f64::INFINITY,
            moved: f64::INFINITY,
            trace: vec![],
        }
    }

    /// The fit that knows no more than vote shares (`plus`: so many pseudo-votes a class).
    fn of_shares(panel: &Panel, pairs: &Pairs, levels: usize, plus: f64) -> Fit {
        let posterior = start(panel, levels, plus);
        let counts = counts(panel, pairs, &posterior, panel.n_classes * levels);
        let share = |of_class: &[f64]| of_class.iter().sum::<f64>() / panel.n_facts() as f64;
        let shares: Vec<f64> = counts.1.chunks_exact(levels).map(share).collect();
        Fit::begin(panel, anchor(panel, levels), posterior, &shares, counts)
    }

    /// Fits the model with `levels` subtypes a class to all votes of the panel. `plus`: pseudo-votes a class at the start.
    ///
    /// `limit`: iterations at most, and the change to stop at.
    pub fn new(
        panel: &Panel,
        pairs: &Pairs,
        levels: usize,
        plus: f64,
        limit: (usize, f64),
        watch: &Watch,
    ) -> Result<Fit> {
        let mut fit = Fit::of_shares(panel, pairs, levels, plus);
        fit.iterate(panel, pairs, (limit.0.max(1), limit.1), watch)?;
        Ok(fit)
    }

    /// Goes on from a fit to the first facts, of the same sources, to all of them, and then over all of them until little moves.
    /// Parameters follow what is seen after each part of the facts (Neal & Hinton 1998), not only after all.
    pub fn grown(
        panel: &Panel,
        pairs: &Pairs,
        part: Fit,
        of_part: &Pairs,
        (iterations, tol): (usize, f64),
        watch: &Watch,
    ) -> Result<Fit> {
        let (t, sizes) = (part.n_states(), panel.sizes());
        let mut fit = part;
        let mut counts = vec![0.0; pairs.len() * t];
        for s in 0..panel.n_sources {
            let mut known = of_part.of(s).peekable();
            for p in pairs.of(s) {
                if let Some(q) = known.next_if(|q| of_part.class[*q] == pairs.class[p]) {
                    counts[p * t..(p + 1) * t].copy_from_slice(&fit.counts[q * t..(q + 1) * t]);
                }
            }
        }
        fit.counts = counts;
        let n_known = fit.posterior.len() / t;
        let mut posterior = vec![0; panel.n_facts() * t];
        posterior[..n_known * t].copy_from_slice(&fit.posterior);
        fit.posterior = posterior;
        let least = VOTES_A_PAIR * pairs.len();
        let spans = panel.spans(0, least.max((SHARE_OF_SWEEP * panel.n_votes() as f64) as usize));
        let (many, whole, all) = (spans.len() > 1, 0..panel.n_facts(), sizes.iter().sum::<f64>());
        fit.sweep(panel, pairs, &panel.spans(n_known, least), many, watch)?;
        let sweeps = if many { SWEEPS / 2 } else { SWEEPS };
        // Whoever asks for more iterations gets more of these too.
        for it in 0..iterations.min(sweeps).max((iterations / ITERATIONS).saturating_mul(sweeps)) {
            let moved = fit.sweep(panel, pairs, &spans, many || it.is_multiple_of(EVERY), watch)?;
            if fit.change < tol || many && moved < STILL * tol * all {
                break;
            }
        }
        if many {
            // In the end the same parameters for all facts: those with the same votes must not differ by the part that they are in.
            fit.moved = fit.sweep(panel, pairs, &[whole], true, watch)? / all;
        }
        fit.sum_counts(pairs);
        fit.n = sizes;
        Ok(fit)
    }

    /// Goes over some facts, the parameters of the population moving before each of these parts of them if it `moves`. Returns how many
    /// votes moved from class to class.
    fn sweep(
        &mut self,
        panel: &Panel,
        pairs: &Pairs,
        spans: &[Range<usize>],
        moves: bool,
        watch: &Watch,
    ) -> Result<f64> {
        let (mut change, mut moved) = (0f64, 0.0);
        for span in spans {
            self.sum_counts(pairs);
            // Those of the facts that were seen.
            self.n = self.by_state.chunks_exact(self.n_states()).map(|n| n.iter().sum()).collect();
            if moves {
                self.maximise(pairs);
            }
            let found = self.step(panel, pairs, span.clone(), watch)?;
            change = change.max(found.change);
            for of_class in found.counts.chunks_exact(self.levels) {
                moved += of_class.iter().sum::<f64>().abs();
            }
        }
        self.change = change;
        self.trace.push(change);
        Ok(moved)
    }

    /// Finds the posterior of some facts, and changes the counts by what it changed.
    fn step(&mut self, panel: &Panel, pairs: &Pairs, facts: Range<usize>, watch: &Watch) -> Result<Pass> {
        let (t, levels) = (self.n_states(), self.levels);
        let mut rows = self.rows(pairs);
        let mut shares = self.shares();
        if panel.weight.is_some() {
            // Powers of probabilities could underflow.
            rows.iter_mut().chain(&mut shares).for_each(|p| *p = ln(*p));
        }
        let given = Given { panel, pairs, levels, rows, shares };
        let posterior = &mut self.posterior[facts.start * t..facts.end * t];
        let found = unrolled!(t, pass(&given, facts.start, posterior));
        watch.tick((panel.fact_ptr[facts.end] - panel.fact_ptr[facts.start]) as u64)?;
        add(&mut self.counts, &found.counts);
        add(&mut self.facts, &found.facts);
        Ok(found)
    }

    /// Iterates; the parameters of the population move for the first time in iteration [`WARM`].
    fn iterate(&mut self, panel: &Panel, pairs: &Pairs, (iterations, tol): (usize, f64), watch: &Watch) -> Result<()> {
        for it in 0..iterations {
            self.sum_counts(pairs);
            if it >= WARM && (it - WARM).is_multiple_of(EVERY) {
                self.maximise(pairs);
            }
            self.change = self.step(panel, pairs, 0..panel.n_facts(), watch)?.change;
            self.trace.push(self.change);
            if self.change < tol && it > WARM + 6 {
                break;
            }
        }
        self.sum_counts(pairs);
        Ok(())
    }

    /// Learns the sources and what they have in common with the vote shares as they are (`plus` pseudo-votes a class): the vote as a
    /// model.
    pub fn of_vote(panel: &Panel, pairs: &Pairs, plus: f64, iterations: usize) -> Fit {
        let mut fit = Fit::of_shares(panel, pairs, 1, plus);
        fit.sum_counts(pairs);
        for _ in (WARM..iterations).step_by(EVERY) {
            fit.maximise(pairs);
        }
        fit
    }

    /// By state: its share of the facts, with those of the prior.
    pub fn shares(&self) -> Vec<f64> {
        let total: f64 = self.facts.iter().chain(&self.prior).sum();
        self.facts.iter().zip(&self.prior).map(|(n, a)| (n + a) / total).collect()
    }

    fn n_states(&self) -> usize {
        self.prior.len()
    }

    /// Whether sources lean. Subtypes already take in much of what a source says beside the truth: with leans they do no better.
    fn leans(&self) -> bool {
        self.levels == 1
    }

    /// Sums of the counts over reported classes, and hits.
    fn sum_counts(&mut self, pairs: &Pairs) {
        let n_sources = self.n.len();
        (self.by_state, self.hits) = sums(pairs, &self.counts, self.n_states(), self.levels, n_sources);
    }

    /// Moves each parameter of the population, and with it the rows of the sources. Skills take a step for each of [`EVERY`] iterations,
    /// and concentrations one of double length on the scale of their logarithms.
    fn maximise(&mut self, pairs: &Pairs) {
        let (t, n_sources) = (self.n_states(), self.n.len());
        let k = t / self.levels;
        let skill = (0..EVERY).fold(self.population.skill, |prior, _| beta_step(&self.hits, &self.n, prior));
        self.population.skill = skill;
        let fit = &*self;
        let mut rows = fit.skilled(&fit.by_state, &fit.hits, &fit.n);
        let mut lean = fit.population.lean;
        if fit.leans() {
            let said = rows.said(pairs, &fit.counts, &fit.by_state, &fit.n);
            lean = lean_step(pairs, &said, &fit.n, lean);
            rows = rows.leaning(pairs, &said, &fit.n, lean);
        }
        let parts = map_chunks(n_sources, SOURCES, |sources| {
            wide(
                #[inline(always)]
                || fit.tables(pairs, &rows, sources),
            )
        });
        let (mut tables, mut per_table) = (vec![0.0; k * t], vec![0.0; t]);
        for (a, b) in &parts {
            add(&mut tables, a);
            add(&mut per_table, b);
        }
        let mut strength = vec![0.0; t];
        for i in 0..t {
            let total: f64 = (0..k).map(|v| tables[v * t + i]).sum();
            for v in 0..k {
                let j = v * t + i;
                self.population.mean[j] = (tables[j] + ANCHOR * self.anchor[j]) / (total + ANCHOR);
            }
            let (from, to) = (rows.strength[i], concentration(total, per_table[i]));
            strength[i] = within(to * to / from);
        }
        self.population.strength = strength.clone();
        self.population.lean = lean;
        self.rows = rows.with(strength);
    }

    /// Over some sources: expected tables by reported class and state, and what a table more or less would be, by state.
    #[inline(always)]
    fn tables(&self, pairs: &Pairs, rows: &Rows, sources: Range<usize>) -> (Vec<f64>, Vec<f64>) {
        let t = self.n_states();
        let (mut tables, mut per_table) = (vec![0.0; rows.mean.len()], vec![0.0; t]);
        let (mut scale, mut expected, mut rises) = (vec![0.0; t], Vec::new(), Vec::new());
        let strength = rows.strength.repeat(BLOCK);
        for first in sources.clone().step_by(BLOCK) {
            let block = first..sources.end.min(first + BLOCK);
            let own = pairs.source_ptr[block.start]..pairs.source_ptr[block.end];
            expected.resize(own.len() * t, 0.0);
            let mut next = expected.chunks_exact_mut(t);
            for s in block.clone().filter(|s| !pairs.of(*s).is_empty()) {
                rows.scale(s, &mut scale);
                for (class, row) in pairs.class[pairs.of(s)].iter().zip(&mut next) {
                    rows.of(s, *class as usize, &scale, row);
                }
            }
            for (x, n) in expected.iter_mut().zip(&self.counts[own.start * t..own.end * t]) {
                let a = if *x > 1e-12 { *x } else { 1e-12 };
                let rise = a * digamma_rise(a, *n);
                *x = if *x > 1e-12 { rise } else { 0.0 };
            }
            for (class, row) in pairs.class[own].iter().zip(expected.chunks_exact(t)) {
                add(&mut tables[*class as usize * t..][..t], row);
            }
            let by_state = &self.by_state[block.start * t..block.end * t];
            rises.resize(by_state.len(), 0.0);
            for ((x, strength), n) in rises.iter_mut().zip(&strength).zip(by_state) {
                *x = digamma_rise(*strength, *n);
            }
            for row in rises.chunks_exact(t) {
                add(&mut per_table, row);
            }
        }
        (tables, per_table)
    }

    /// The hits that the population's rows let expect, from the counts of a source by state.
    pub fn expected_hits(&self, by_state: &[f64]) -> f64 {
        let t = self.n_states();
        let mean = &self.population.mean;
        let mut expected = 0.0;
        for (s, n) in by_state.iter().enumerate() {
            expected += n * mean[s / self.levels * t + s];
        }
        expected
    }

    /// By pair and state: the probability that the source reports this class.
    fn rows(&self, pairs: &Pairs) -> Vec<f64> {
        let t = self.n_states();
        let mut rows = vec![0.0; self.counts.len()];
        let mut rest = rows.as_mut_slice();
        // One piece of the table for each piece of the sources.
        let mut pieces = Vec::new();
        for first in (0..self.n.len()).step_by(SOURCES) {
            let end = self.n.len().min(first + SOURCES);
            let (piece, after) = rest.split_at_mut((pairs.source_ptr[end] - pairs.source_ptr[first]) * t);
            pieces.push((first..end, piece));
            rest = after;
        }
        map_chunks_mut(&mut pieces, 1, |_, pieces| {
            for (sources, piece) in pieces {
                wide(
                    #[inline(always)]
                    || self.rows_in(pairs, sources.clone(), piece),
                );
            }
        });
        rows
    }

    /// [`Fit::rows`] of some sources.
    #[inline(always)]
    fn rows_in(&self, pairs: &Pairs, sources: Range<usize>, piece: &mut [f64]) {
        let t = self.n_states();
        let (mut scale, mut sums) = (vec![0.0; t], vec![0.0; t]);
        let mut rows = piece.chunks_exact_mut(t);
        for s in sources.filter(|s| !pairs.of(*s).is_empty()) {
            self.rows.scale(s, &mut scale);
            self.rows.sums(s, &scale, &mut sums);
            for (x, n) in sums.iter_mut().zip(&self.by_state[s * t..(s + 1) * t]) {
                *x = 1.0 / (n + *x);
            }
            for (p, row) in pairs.of(s).zip(&mut rows) {
                self.rows.of(s, pairs.class[p] as usize, &scale, row);
                for ((x, n), share) in row.iter_mut().zip(&self.counts[p * t..(p + 1) * t]).zip(&sums) {
                    *x = (n + *x) * share;
                }
            }
        }
    }

    /// The rows of sources, tilted by skill alone.
    fn skilled(&self, by_state: &[f64], hits: &[f64], n: &[f64]) -> Rows {
        let t = self.n_states();
        let tilts = |s: usize| {
            let expected = self.expected_hits(&by_state[s * t..(s + 1) * t]);
            if n[s] > 0.0 { tilt(hits[s], n[s], expected, self.population.skill, t / self.levels) } else { 1.0 }
        };
        let tilt = (0..n.len()).map(tilts).collect();
        Rows::new(self.levels, self.population.mean.clone(), self.population.strength.clone(), tilt)
    }

    /// The rows of sources that were not in use, from their votes under this fit.
    pub fn rows_of(&self, pairs: &Pairs, counts: &[f64], by_state: &[f64], hits: &[f64], n: &[f64]) -> Rows {
        let rows = self.skilled(by_state, hits, n).with(self.population.strength.clone());
        if !self.leans() {
            return rows;
        }
        let said = rows.said(pairs, counts, by_state, n);
        rows.leaning(pairs, &said, n, self.population.lean)
    }

    /// Beta posterior of a source's skill: hits and misses.
    pub fn skill(&self, source: usize) -> [f64; 2] {
        let [a, b] = self.population.skill;
        [self.hits[source] + a, (self.n[source] - self.hits[source]).max(0.0) + b]
    }
}

/// By source: counts by state over reported classes, and expected votes for the true class.
pub(super) fn sums(pairs: &Pairs, counts: &[f64], t: usize, levels: usize, n_sources: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut by_state, mut hits) = (vec![0.0; n_sources * t], vec![0.0; n_sources]);
    for s in 0..n_sources {
        for p in pairs.of(s) {
            let row = &counts[p * t..(p + 1) * t];
            add(&mut by_state[s * t..(s + 1) * t], row);
            let v = pairs.class[p] as usize;
            hits[s] += row[v * levels..(v + 1) * levels].iter().sum::<f64>();
        }
    }
    (by_state, hits)
}

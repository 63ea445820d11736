//! What models with confusion matrices share: one pass over facts for expectation and statistics.

use super::coin::softmax_known;
use super::iterate::{self, Iterative, Progress, Run};
use super::left_out::{self, Counts};
use super::reliability::{self, Record, Tilted};
use super::{Axis, Control, Fitted, Found, Gold, Learned, Terms, Votes};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::lanes::{packed_counts, wide};
use std::ops::Range;

/// The least probability of a label that a source used, as in crowd-kit: nothing is impossible.
pub(super) const FLOOR: f64 = 1e-10;

/// The sum behind the beliefs of a fact.
pub(super) fn terms(learned: &Learned, votes: &Votes, fact: usize) -> Terms {
    let k = votes.n_classes();
    let (prior, confusion) = (learned.get("prior"), learned.get("confusion"));
    let of = votes.of(fact);
    let vote = |i: usize| {
        let (s, v) = (of.source[i] as usize, of.choice[i] as usize);
        (0..k).map(|t| of.weight(i) * confusion[(s * k + t) * k + v].max(1e-300).ln()).collect()
    };
    Terms { prior: prior.iter().map(|p| p.ln()).collect(), votes: (0..of.len()).map(vote).collect(), partial: false }
}

/// One fit: where in the table each vote reads.
pub(super) struct Fit<R> {
    rule: R,
    /// source × classes + label, by vote.
    row: Vec<u32>,
}

/// What a vote multiplies the posterior by, and what that costs a priori.
pub(super) struct Parameters {
    prior: Vec<f64>,
    /// By source, label, true class: what one vote reads is contiguous.
    table: Vec<f64>,
    /// Not known of what another fit learned.
    penalty: Option<f64>,
}

/// How counts become probabilities.
pub(super) trait Rule: Sync {
    /// The model's name.
    fn name(&self) -> &'static str;
    /// Counts of one source by label and class → what its votes multiply by; gives the part of the objective.
    fn source(&self, counts: &mut [f64], k: usize) -> f64;
    /// Facts by class → the prior of classes, and its part of the objective.
    fn classes(&self, classes: &[f64]) -> (Vec<f64>, f64);
    /// Whether each fact goes wholly into its best class.
    fn is_hard(&self) -> bool {
        false
    }
    /// Whether the priors are the same for all classes, so that their order rests on where the fit began.
    fn is_even(&self) -> bool {
        false
    }
    /// The mean confusion of one source from its counts by label and class, where it is not what votes multiply by.
    fn mean(&self, _counts: &[f64], _k: usize) -> Option<Vec<f64>> {
        None
    }
}

impl<R: Rule> Fit<R> {
    pub fn new(rule: R, votes: &Votes) -> Fit<R> {
        let k = votes.n_classes() as u32;
        let row = votes.sources().iter().zip(votes.choices()).map(|(s, v)| s * k + v).collect();
        Fit { rule, row }
    }

    pub fn fitted(&self, votes: &Votes, control: &Control, mut run: Run<Parameters>) -> Fitted {
        let (k, n_sources) = (votes.n_classes(), votes.n_sources());
        let mut warnings = vec![];
        if self.rule.is_even() && !votes.has_gold() && put_back(&mut run, k) {
            warnings
                .push("classes had changed places and were put back, so that sources are right more often".to_owned());
        }
        let mut confusion = vec![0.0; n_sources * k * k];
        for s in 0..n_sources {
            for v in 0..k {
                for t in 0..k {
                    confusion[(s * k + t) * k + v] = run.parameters.table[(s * k + v) * k + t];
                }
            }
        }
        // Intervals are made when they are asked for; where nothing was learned here, these are all there are.
        let reliability = match control.max_iter {
            0 => reliability::alone(votes, &run.belief, control.confidence),
            _ => reliability::values(votes, &run.belief),
        };
        let learned = Learned::of(self.rule.name(), votes)
            .with("prior", &[Axis::Class], run.parameters.prior.clone())
            .with("confusion", &[Axis::Source, Axis::Class, Axis::Class], confusion.clone());
        let total: f64 = run.parameters.prior.iter().sum();
        let prior: Vec<f64> = run.parameters.prior.iter().map(|p| p / total).collect();
        for s in 0..n_sources {
            let own = s * k * k..(s + 1) * k * k;
            if let Some(mean) = run.stats.as_ref().and_then(|stats| self.rule.mean(&stats[own.clone()], k)) {
                confusion[own].copy_from_slice(&mean);
            }
        }
        let weight = (0..n_sources).map(|s| mean_log_odds(&prior, &confusion[s * k * k..(s + 1) * k * k])).collect();
        let Progress { objective, trace, converged, last_change, .. } = run.progress;
        Fitted {
            belief: run.belief,
            unclaimed: None,
            reliability,
            weight,
            confusion: Some(confusion),
            numbers: None,
            trace,
            objective,
            converged,
            last_change,
            learned,
            warnings,
        }
    }
}

impl<R: Rule> Fit<R> {
    /// What reports say of their sources where none vouches for itself; `prior` as in [`Counts`].
    pub fn left_out(&self, found: &Found, parameters: &Parameters, prior: f64, watch: &Watch) -> Result<Vec<Record>> {
        let votes = found.votes;
        let (mut joint, _) = iterate::pass(self, votes, Some(parameters), watch)?;
        joint.truncate(votes.n_sources() * votes.n_classes().pow(2));
        let counts = Counts { joint, prior, classes: parameters.prior.clone() };
        left_out::records(found, &counts, watch)
    }
}

/// Puts classes back that have changed places: where the priors are even, exchanging two classes leaves the objective as it is, and the
/// right order is that in which sources are right more often. Swaps two at a time, those with most gain first. Whether it did.
fn put_back(run: &mut Run<Parameters>, k: usize) -> bool {
    let Some(stats) = &run.stats else { return false };
    // By label, then class: votes of all sources.
    let mut votes = vec![0.0; k * k];
    stats[..stats.len() - k].chunks_exact(k * k).for_each(|counts| iterate::merge(&mut votes, counts));
    let least = 1e-9 * votes.iter().sum::<f64>();
    let mut place: Vec<usize> = (0..k).collect();
    loop {
        let hits = |label: usize, class: usize| votes[label * k + place[class]];
        let gain = |a: usize, b: usize| hits(a, b) + hits(b, a) - hits(a, a) - hits(b, b);
        let pairs = (0..k).flat_map(|a| (0..a).map(move |b| (a, b)));
        match pairs.map(|(a, b)| (gain(a, b), a, b)).max_by(|x, y| x.0.total_cmp(&y.0)) {
            Some((gain, a, b)) if gain > least => place.swap(a, b),
            _ => break,
        }
    }
    if place.iter().enumerate().all(|(class, place)| class == *place) {
        return false;
    }
    let order = |row: &mut [f64]| {
        let old = row.to_vec();
        row.iter_mut().zip(&place).for_each(|(x, place)| *x = old[*place]);
    };
    order(&mut run.parameters.prior);
    run.parameters.table.chunks_exact_mut(k).for_each(order);
    run.belief.chunks_exact_mut(k).for_each(order);
    run.stats.iter_mut().for_each(|stats| stats.chunks_exact_mut(k).for_each(order));
    true
}

/// What a report adds on average to the log-odds of the label it gives: the mean over true classes t (by prior) and reports v of
/// ln π(v | v) − ln π(v | not v).
pub(super) fn mean_log_odds(prior: &[f64], confusion: &[f64]) -> f64 {
    let k = prior.len();
    if k < 2 {
        return f64::NAN;
    }
    let mut sum = 0.0;
    for v in 0..k {
        let joint = |t: usize| prior[t] * confusion[t * k + v];
        let others: f64 = (0..k).filter(|t| *t != v).map(joint).sum();
        let said = others + joint(v);
        let rest = 1.0 - prior[v];
        if said > 0.0 && rest > 0.0 {
            sum += said * (confusion[v * k + v].max(FLOOR).ln() - (others / rest).max(FLOOR).ln());
        }
    }
    sum
}

/// Does `work` with the number of classes as a constant where it is small and nothing else stands in the way, and returns.
macro_rules! for_few_classes {
    ($fit:expr, $votes:expr, $k:ident => $work:expr) => {
        if $votes.weights().is_none() && !$fit.rule.is_hard() {
            for_few_classes!(@ $votes, $k, $work, 2, 3, 4, 5, 6, 7, 8);
        }
    };
    (@ $votes:expr, $k:ident, $work:expr, $($n:literal),*) => {
        match $votes.n_classes() {
            $($n => {
                const $k: usize = $n;
                return $work;
            })*
            _ => {}
        }
    };
}

impl<R: Rule> Iterative for Fit<R> {
    type Parameters = Parameters;

    /// Counts by source, label and class; then facts by class.
    fn n_stats(&self, votes: &Votes) -> usize {
        let k = votes.n_classes();
        votes.n_sources() * k * k + k
    }

    fn scatter(&self, votes: &Votes, fact: usize, posterior: &[f64], stats: &mut [f64]) {
        let k = posterior.len();
        let (counts, classes) = stats.split_at_mut(votes.n_sources() * k * k);
        let of = votes.of(fact);
        if of.is_empty() {
            return;
        }
        for (i, row) in self.row[votes.range(fact)].iter().enumerate() {
            let w = of.weight(i);
            let counts = &mut counts[*row as usize * k..][..k];
            counts.iter_mut().zip(posterior).for_each(|(n, q)| *n += w * q);
        }
        classes.iter_mut().zip(posterior).for_each(|(n, q)| *n += q);
    }

    fn maximise(&self, votes: &Votes, stats: &[f64], _: Option<&Parameters>) -> Parameters {
        let k = votes.n_classes();
        let (counts, classes) = stats.split_at(votes.n_sources() * k * k);
        let mut table = counts.to_vec();
        let mut penalty = 0.0;
        for counts in table.chunks_exact_mut(k * k) {
            penalty += self.rule.source(counts, k);
        }
        let (prior, of_classes) = self.rule.classes(classes);
        Parameters { prior, table, penalty: Some(penalty + of_classes) }
    }

    fn penalty(&self, _: &Votes, parameters: &Parameters) -> Option<f64> {
        parameters.penalty
    }

    fn posterior(&self, votes: &Votes, parameters: &Parameters, fact: usize, posterior: &mut [f64]) -> f64 {
        let k = posterior.len();
        let of = votes.of(fact);
        let rows = self.row[votes.range(fact)].iter().map(|row| &parameters.table[*row as usize * k..][..k]);
        posterior.copy_from_slice(&parameters.prior);
        let log_total = if votes.weights().is_some() {
            posterior.iter_mut().for_each(|q| *q = q.ln());
            for (i, row) in rows.enumerate() {
                posterior.iter_mut().zip(row).for_each(|(q, p)| *q += of.weight(i) * p.ln());
            }
            softmax_known(posterior, votes.gold(fact))
        } else {
            let mut logs = logs_of_factors(of.len(), k);
            for (i, row) in rows.enumerate() {
                set_aside(i, posterior, &mut logs);
                posterior.iter_mut().zip(row).for_each(|(q, p)| *q *= p);
            }
            normalise(posterior, &logs, votes.gold(fact))
        };
        if of.is_empty() {
            return 0.0;
        }
        // A known answer is settled by the caller.
        let best = if self.rule.is_hard() && votes.gold(fact) == Gold::Unknown { harden(posterior) } else { 1.0 };
        log_total + best.ln()
    }

    fn expect(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        for_few_classes!(self, votes, K => self.expect_few::<K>(votes, parameters, facts, stats));
        self.expect_each(votes, parameters, facts, stats)
    }

    fn begin(&self, votes: &Votes, facts: Range<usize>, stats: &mut [f64]) {
        for_few_classes!(self, votes, K => self.begin_few::<K>(votes, facts, stats));
        let mut posterior = vec![0.0; votes.n_classes()];
        for f in facts {
            self.start(votes, f, &mut posterior);
            iterate::settle(votes.gold(f), &mut posterior);
            self.scatter(votes, f, &posterior, stats);
        }
    }

    fn believe(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, belief: &mut [f64]) {
        for_few_classes!(self, votes, K => {
            let (belief, _) = belief.as_chunks_mut::<K>();
            let mut place = belief.iter_mut();
            self.posteriors::<K>(votes, parameters, facts, |q, _| {
                if let Some(place) = place.next() {
                    *place = q;
                }
            });
        });
        for (f, posterior) in facts.zip(belief.chunks_exact_mut(votes.n_classes())) {
            self.posterior(votes, parameters, f, posterior);
            iterate::settle(votes.gold(f), posterior);
        }
    }

    fn resume(&self, votes: &Votes, learned: &Learned) -> Parameters {
        let k = votes.n_classes();
        let confusion = learned.get("confusion");
        let mut table = vec![0.0; confusion.len()];
        for s in 0..votes.n_sources() {
            for t in 0..k {
                for v in 0..k {
                    table[(s * k + v) * k + t] = confusion[(s * k + t) * k + v].max(1e-17);
                }
            }
        }
        // Classes that do not occur here take their part of the prior with them.
        let total: f64 = learned.get("prior").iter().sum();
        let prior = learned.get("prior").iter().map(|p| (p / total).max(FLOOR)).collect();
        Parameters { prior, table, penalty: None }
    }
}

impl<R: Rule> Tilted for Fit<R> {
    fn tilted(&self, votes: &Votes, parameters: &Parameters, by: &[f64]) -> Parameters {
        let k = votes.n_classes();
        let mut table = parameters.table.clone();
        for (own, by) in table.chunks_exact_mut(k * k).zip(by) {
            (0..k).for_each(|v| own[v * k + v] *= by.exp());
        }
        Parameters { prior: parameters.prior.clone(), table, penalty: None }
    }

    fn hits(&self, votes: &Votes, stats: &[f64]) -> Vec<f64> {
        let k = votes.n_classes();
        stats.chunks_exact(k * k).take(votes.n_sources()).map(|own| (0..k).map(|v| own[v * k + v]).sum()).collect()
    }
}

impl<R: Rule> Fit<R> {
    fn expect_each(&self, votes: &Votes, parameters: &Parameters, facts: Range<usize>, stats: &mut [f64]) -> f64 {
        let mut posterior = vec![0.0; votes.n_classes()];
        let mut objective = 0.0;
        for f in facts {
            objective += self.posterior(votes, parameters, f, &mut posterior);
            objective += iterate::settle(votes.gold(f), &mut posterior);
            self.scatter(votes, f, &posterior, stats);
        }
        objective
    }

    /// The posteriors of facts with few classes, in order: no logarithm a report, the sum of logarithms as that of a product.
    #[inline(always)]
    fn posteriors<const K: usize>(
        &self,
        votes: &Votes,
        parameters: &Parameters,
        facts: Range<usize>,
        mut each: impl FnMut([f64; K], &[u32]),
    ) -> f64 {
        let table: Vec<Row<K>> = parameters.table.as_chunks::<K>().0.iter().map(|row| Row(*row)).collect();
        let mut prior = [0.0; K];
        prior.copy_from_slice(&parameters.prior);
        let (mut product, mut objective) = (1.0, 0.0);
        let ptr = &votes.fact_ptr()[facts.start..=facts.end];
        for (f, ends) in facts.zip(ptr.windows(2)) {
            let rows = &self.row[ends[0] as usize..ends[1] as usize];
            let (few, more) = rows.split_at(rows.len().min(FACTORS));
            let mut q = multiply(prior, few, &table);
            if more.is_empty() {
                let total: f64 = q.iter().sum();
                let inverse = 1.0 / total;
                q = q.map(|x| x * inverse);
                if !rows.is_empty() {
                    product *= total;
                }
            } else {
                // What others write to is a copy, so that `q` itself stays in registers.
                let mut all = q;
                objective += multiply_all(&mut all, more, &table, votes.gold(f));
                q = all;
            }
            if product < 1e-100 {
                objective += f64::ln(product);
                product = 1.0;
            }
            if votes.has_gold() {
                let mut known = q;
                objective += iterate::settle(votes.gold(f), &mut known);
                q = known;
            }
            each(q, rows);
        }
        objective + product.ln()
    }

    /// Expectation and statistics in one go.
    fn expect_few<const K: usize>(
        &self,
        votes: &Votes,
        parameters: &Parameters,
        facts: Range<usize>,
        stats: &mut [f64],
    ) -> f64 {
        let mut sums = Sums::<K>::new(votes);
        let objective = wide(
            #[inline(always)]
            || {
                self.posteriors::<K>(
                    votes,
                    parameters,
                    facts,
                    #[inline(always)]
                    |q, rows| sums.add(q, rows),
                )
            },
        );
        sums.into(stats);
        objective
    }

    /// Statistics of the shares of votes.
    fn begin_few<const K: usize>(&self, votes: &Votes, facts: Range<usize>, stats: &mut [f64]) {
        let mut sums = Sums::<K>::new(votes);
        let ptr = &votes.fact_ptr()[facts.start..=facts.end];
        for (f, ends) in facts.zip(ptr.windows(2)) {
            let range = ends[0] as usize..ends[1] as usize;
            let mut q = [0.0; K];
            for part in votes.choices()[range.clone()].chunks(255) {
                let counts = packed_counts(part, |v| *v).to_le_bytes();
                q.iter_mut().zip(counts).for_each(|(x, n)| *x += f64::from(n));
            }
            let n = range.len().max(1) as f64;
            q.iter_mut().for_each(|x| *x /= n);
            iterate::settle(votes.gold(f), &mut q);
            sums.add(q, &self.row[range]);
        }
        sums.into(stats);
    }
}

/// Numbers by class for one source and label. Four of them never lie across two lines of the cache.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Row<const K: usize>([f64; K]);

/// Counts by source and label, and facts, each by class.
struct Sums<const K: usize> {
    counts: Vec<Row<K>>,
    classes: [f64; K],
}

impl<const K: usize> Sums<K> {
    fn new(votes: &Votes) -> Self {
        Sums { counts: vec![Row([0.0; K]); votes.n_sources() * K], classes: [0.0; K] }
    }

    fn into(self, stats: &mut [f64]) {
        let (counts, classes) = stats.split_at_mut(self.counts.len() * K);
        counts.as_chunks_mut::<K>().0.iter_mut().zip(&self.counts).for_each(|(n, row)| *n = row.0);
        classes.copy_from_slice(&self.classes);
    }

    #[inline(always)]
    fn add(&mut self, q: [f64; K], rows: &[u32]) {
        if rows.is_empty() {
            return;
        }
        let counts = self.counts.as_mut_slice();
        for row in rows {
            let n = &mut counts[*row as usize].0;
            for t in 0..K {
                n[t] += q[t];
            }
        }
        self.classes.iter_mut().zip(q).for_each(|(n, q)| *n += q);
    }
}

#[inline(always)]
fn multiply<const K: usize>(mut q: [f64; K], rows: &[u32], table: &[Row<K>]) -> [f64; K] {
    for row in rows {
        let p = &table[*row as usize].0;
        for t in 0..K {
            q[t] *= p[t];
        }
    }
    q
}

/// Multiplies by very many rows and normalises; gives the logarithm of what all together was.
fn multiply_all<const K: usize>(q: &mut [f64; K], rows: &[u32], table: &[Row<K>], gold: Gold) -> f64 {
    let mut logs = [0.0; K];
    for some in rows.chunks(FACTORS) {
        set_aside(FACTORS, q, &mut logs);
        *q = multiply(*q, some, table);
    }
    normalise(q, &logs, gold)
}

/// So many factors of at least 1e-17 do not underflow: products need no logarithm a report.
const FACTORS: usize = 8;

/// Room for the logarithms of all factors but the last few, by class; none where few are all.
pub(super) fn logs_of_factors(n: usize, k: usize) -> Vec<f64> {
    vec![0.0; if n > FACTORS { k } else { 0 }]
}

/// Before factor `i`, after every few: moves the product into logarithms, class by class. One that falls further behind the others than
/// a number can hold may catch up.
#[inline]
pub(super) fn set_aside(i: usize, product: &mut [f64], logs: &mut [f64]) {
    if i > 0 && i.is_multiple_of(FACTORS) {
        for (x, log) in product.iter_mut().zip(logs) {
            *log += x.ln();
            *x = 1.0;
        }
    }
}

/// The product and what was set aside → probabilities; gives the logarithm of their sum, or of a known answer where something was.
#[inline]
pub(super) fn normalise(product: &mut [f64], logs: &[f64], gold: Gold) -> f64 {
    if logs.is_empty() {
        let total: f64 = product.iter().sum();
        product.iter_mut().for_each(|x| *x /= total);
        return total.ln();
    }
    product.iter_mut().zip(logs).for_each(|(x, log)| *x = x.ln() + log);
    softmax_known(product, gold)
}

/// Puts all on the most probable class, evenly on those that tie; gives what it had.
fn harden(posterior: &mut [f64]) -> f64 {
    let best = posterior.iter().copied().fold(0.0, f64::max);
    let ties = |q: f64| q >= best * (1.0 - 1e-9);
    let n = posterior.iter().filter(|q| ties(**q)).count() as f64;
    posterior.iter_mut().for_each(|q| *q = if ties(*q) { 1.0 / n } else { 0.0 });
    best
}

//! Errors of sources and truth of claims, each the mean of what the other says.

use super::iterate::{Progress, largest_change};
use super::parameter::{in_range, read};
use super::{Axis, Control, Fitted, Given, Gold, Model, Objective, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct TwoEstimates;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Options {
    pub rounding: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { rounding: 0.5 }
    }
}

pub(super) const PARAMETERS: &[Parameter] = &[Parameter {
    name: "rounding",
    default: "0.5",
    expects: "a number from 0 to 1",
    summary: "After each iteration estimates are stretched to [0, 1] and mixed with themselves rounded to 0 or 1: how much of the latter.",
}];

impl Model for TwoEstimates {
    fn name(&self) -> &'static str {
        "two_estimates"
    }

    fn summary(&self) -> &'static str {
        "The truth of a claim is the mean of what its fact's sources say for or against it, errors of sources the mean of what claims say. One value is right, so a source is against the values it does not give. Beliefs are scaled to 1 a fact."
    }

    fn family(&self) -> &'static str {
        "web"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Galland, Abiteboul, Marian & Senellart (2010), Corroborating information from disagreeing views, WSDM, doi:10.1145/1718487.1718504"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn limits(&self) -> (usize, f64) {
        (100, 1e-6)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        estimate(self.name(), false, given, votes, control, watch)
    }
}

/// Stretches values to [0, 1] and mixes them with themselves rounded.
fn stretch(values: &mut [f64], rounding: f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for x in values {
        let stretched = if high > low { (*x - low) / (high - low) } else { x.clamp(0.0, 1.0) };
        // The last digits come of the order of rows.
        let rounded = if *x >= 0.5 - 1e-9 { 1.0 } else { 0.0 };
        *x = (1.0 - rounding) * stretched + rounding * rounded;
    }
}

/// Two estimates, or three: with how hard each claim is to get right.
pub(super) fn estimate(
    model: &'static str,
    three: bool,
    given: &Given,
    votes: &Votes,
    control: &Control,
    watch: &Watch,
) -> Result<Fitted> {
    let options: Options = read(model, PARAMETERS, given)?;
    in_range(model, PARAMETERS, "rounding", options.rounding, (0.0..=1.0).contains(&options.rounding))?;
    watch.expect((control.max_iter * votes.n_facts()) as u64);
    let mut error = match &control.start {
        Some(learned) => learned.get("error").to_vec(),
        None => vec![if three { 0.4 } else { 0.0 }; votes.n_sources()],
    };
    let mut hard = vec![if three { 0.1 } else { 1.0 }; votes.n_cells()];
    let mut belief = vec![0.0; votes.n_cells()];
    let mut progress = Progress::new(control, Objective::Change);
    for iteration in 0..control.max_iter.max(1) {
        truths(votes, &error, &hard, &mut belief);
        // The first beliefs are those of the votes; stretching them keeps their order.
        stretch(&mut belief, options.rounding);
        settle(votes, &mut belief);
        if control.max_iter == 0 {
            break;
        }
        if three {
            hardness(votes, &belief, &error, &mut hard);
            stretch(&mut hard, options.rounding);
            // Nothing is so easy that it tells nothing of sources.
            hard.iter_mut().for_each(|h| *h = h.max(1e-3));
        }
        let mut new = errors(votes, &belief, &hard, three);
        stretch(&mut new, options.rounding);
        let change = largest_change(&error, &new);
        error = new;
        watch.tick(votes.n_facts() as u64)?;
        if progress.changed(change) && iteration > 0 {
            break;
        }
    }
    for f in 0..votes.n_facts() {
        let cells = &mut belief[votes.cells(f)];
        let total: f64 = cells.iter().sum();
        if total > 0.0 {
            cells.iter_mut().for_each(|x| *x /= total);
        } else if votes.gold(f) == Gold::Unknown {
            votes.shares(f, cells);
        }
    }
    let fitted = Fitted::at_once(model, votes, belief, control.confidence);
    let learned = fitted.learned.clone().with("error", &[Axis::Source], error);
    Ok(Fitted { learned, ..fitted.after(progress) })
}

fn settle(votes: &Votes, belief: &mut [f64]) {
    for f in (0..votes.n_facts()).filter(|_| votes.has_gold()) {
        super::iterate::settle(votes.gold(f), &mut belief[votes.cells(f)]);
    }
}

/// The mean over the sources of a fact of their chance to be right (for) or wrong (against).
fn truths(votes: &Votes, error: &[f64], hard: &[f64], belief: &mut [f64]) {
    for f in 0..votes.n_facts() {
        let (of, range) = (votes.of(f), votes.cells(f));
        let cells = &mut belief[range.clone()];
        let hard = &hard[range];
        cells.fill(0.0);
        let mut n = 0.0;
        let against: f64 = (0..of.len()).map(|i| of.weight(i) * error[of.source[i] as usize]).sum();
        for i in 0..of.len() {
            let (e, w, k) = (error[of.source[i] as usize], of.weight(i), of.choice[i] as usize);
            n += w;
            cells[k] += w * (1.0 - 2.0 * e * hard[k]);
        }
        if n > 0.0 {
            cells.iter_mut().zip(hard).for_each(|(x, h)| *x = (*x + against * h) / n);
        }
    }
}

/// The mean over a source's claims of their chance to be false, and over the values it does not give of theirs to be true. Not a number
/// without claims, so that it stretches nothing.
fn errors(votes: &Votes, belief: &[f64], hard: &[f64], three: bool) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); votes.n_sources()];
    for f in 0..votes.n_facts() {
        let (of, range) = (votes.of(f), votes.cells(f));
        let (cells, hard) = (&belief[range.clone()], &hard[range]);
        let per = |k: usize| if three { 1.0 / hard[k] } else { 1.0 };
        let all: f64 = (0..cells.len()).map(|k| cells[k] * per(k)).sum();
        for i in 0..of.len() {
            let k = of.choice[i] as usize;
            let (sum, n) = &mut sums[of.source[i] as usize];
            *sum += of.weight(i) * (all - cells[k] * per(k) + (1.0 - cells[k]) * per(k));
            *n += of.weight(i) * cells.len() as f64;
        }
    }
    sums.into_iter().map(|(sum, n)| sum / n).collect()
}

/// The mean over the sources of a fact of how wrong they are on a claim, in units of their errors.
fn hardness(votes: &Votes, belief: &[f64], error: &[f64], hard: &mut [f64]) {
    for f in 0..votes.n_facts() {
        let (of, range) = (votes.of(f), votes.cells(f));
        let cells = &belief[range.clone()];
        let hard = &mut hard[range];
        let per = |i: usize| 1.0 / error[of.source[i] as usize].max(1e-3);
        let all: f64 = (0..of.len()).map(|i| of.weight(i) * per(i)).sum();
        let n: f64 = (0..of.len()).map(|i| of.weight(i)).sum();
        if n == 0.0 {
            continue;
        }
        let mut own = vec![0.0; cells.len()];
        (0..of.len()).for_each(|i| own[of.choice[i] as usize] += of.weight(i) * per(i));
        for (k, h) in hard.iter_mut().enumerate() {
            *h = (own[k] * (1.0 - cells[k]) + (all - own[k]) * cells[k]) / n;
        }
    }
}

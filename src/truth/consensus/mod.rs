//! The default model: what it reads decides which of three forms it takes.
//!
//! | module | holds |
//! | --- | --- |
//! | [`panel`] | votes in an order that depends on no row |
//! | [`hierarchy`], [`rows`], [`others`], [`folds`], [`independence`], [`pool`], [`closed`] | classes that facts share |
//! | [`open`] | values of each fact |
//! | [`entail`] | values that say more or less than one another |

mod closed;
mod entail;
mod folds;
mod hierarchy;
mod independence;
mod open;
mod others;
mod panel;
mod pool;
mod relations;
mod rows;
mod skill;

use super::confusion::mean_log_odds;
use super::parameter::none;
use super::{Axis, Control, Estimate, Fitted, Form, Given, Learned, Model, Objective, Parameter, Takes, Terms, Votes};
use crate::error::{DataError, Result};
use crate::stats::Watch;
use closed::Closed;
use open::Open;
use panel::Arranged;

/// See [`Model::summary`].
pub struct Consensus;

/// What the open forms learn of a source: reports of each sort, with those of the prior.
const RATES: [&str; 3] = ["exact", "omission", "error"];

/// More numbers than this at a time are refused: 2 GiB.
const MAX_NUMBERS: usize = 1 << 28;

impl Model for Consensus {
    fn name(&self) -> &'static str {
        "consensus"
    }

    fn summary(&self) -> &'static str {
        "Each source has a confusion matrix around one that all share, tilted by its skill and the labels it favours, or where values belong to their fact a skill. Part of the result is a pool of what each source's report says by itself, the larger the more errors correlate, so that no chain of reports makes it overconfident."
    }

    fn family(&self) -> &'static str {
        "consensus"
    }

    fn takes(&self) -> Takes {
        Takes::Either
    }

    fn reference(&self) -> &'static str {
        "Dawid & Skene (1979), doi:10.2307/2346806; Kim & Ghahramani (2012); Minka (2000); Li, Rubinstein & Cohn (2019); Dong, Berti-Equille & Srivastava (2009); Kish (1965); Stone (1961); Ranjan & Gneiting (2010), doi:10.1111/j.1467-9868.2009.00726.x"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn takes_denials(&self) -> bool {
        true
    }

    fn limits(&self) -> (usize, f64) {
        self.limits_in(Form::Closed)
    }

    fn limits_in(&self, form: Form) -> (usize, f64) {
        match form {
            Form::Closed => (hierarchy::ITERATIONS, hierarchy::TOL),
            Form::Open => (open::ITERATIONS, open::TOL),
        }
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        let arranged = Arranged::new(votes);
        let limit = (control.max_iter, control.tol);
        match votes.form() {
            Form::Closed => {
                check_size(self.name(), votes)?;
                watch.expect(closed::work(&arranged.panel));
                let found = match control.start.as_ref().filter(|_| control.max_iter == 0) {
                    Some(learned) => closed::resume(&arranged, learned),
                    None => closed::closed(&arranged.panel, limit, watch)?,
                };
                Ok(of_classes(votes, &arranged, control, found))
            }
            Form::Open => {
                let cells = arranged.cells(votes);
                watch.expect((arranged.panel.n_votes() * open::ITERATIONS) as u64);
                let relations = relations::of(votes, &arranged, &cells)?;
                let start = control.start.as_ref().filter(|_| control.max_iter == 0);
                let start = start.map(|learned| {
                    let numbers = RATES.map(|name| arranged.by_place(learned.get(name), 1));
                    let rates = (0..votes.n_sources()).map(|s| [0, 1, 2].map(|c| numbers[c][s])).collect();
                    let heard = learned.get("heard");
                    open::Start { rates, n_values: heard[0] as usize, mean_vote: heard[1] }
                });
                let found = match &relations {
                    None => open::open(&arranged.panel, &cells, start, limit, watch)?,
                    Some(relations) => entail::entail(&arranged.panel, &cells, relations, start, limit, watch)?,
                };
                Ok(of_values(votes, &arranged, control, found))
            }
        }
    }

    fn terms(&self, _: &Given, learned: &Learned, votes: &Votes, fact: usize) -> Option<Terms> {
        let of = votes.of(fact);
        if votes.form() == Form::Closed {
            let k = votes.n_classes();
            let beta = learned.get("exponent")[0];
            let (shares, confusion) = (learned.get("shares"), learned.get("confusion"));
            let vote = |i: usize| {
                let (s, v) = (of.source[i] as usize, of.choice[i] as usize);
                (0..k).map(|t| beta * of.weight(i) * confusion[(s * k + t) * k + v].max(1e-300).ln()).collect()
            };
            let prior = shares.iter().map(|p| beta * p.ln()).collect();
            return Some(Terms { prior, votes: (0..of.len()).map(vote).collect(), partial: true });
        }
        let rates = RATES.map(|name| learned.get(name));
        let of_source = |s: u32| rates.map(|r| r[s as usize]);
        let sizes: f64 = (0..of.len()).map(|i| of.weight(i)).sum();
        let votes = match relations::of_fact(votes, fact) {
            None => open::terms(votes, fact, sizes, of_source),
            Some(row) => entail::terms(votes, fact, sizes, of_source, &row),
        };
        Some(Terms { prior: vec![0.0; votes.first().map_or(0, Vec::len)], votes, partial: true })
    }
}

/// Whether tables of sources, facts and classes fit into memory.
fn check_size(model: &'static str, votes: &Votes) -> Result<()> {
    let (sources, classes) = (votes.n_sources(), votes.n_classes());
    if fits(sources, votes.n_facts(), votes.n_votes(), classes) {
        return Ok(());
    }
    Err(DataError::TooManyClasses { model, sources, classes, limit: MAX_NUMBERS }.into())
}

/// See [`check_size`].
pub(super) fn fits(sources: usize, facts: usize, votes: usize, classes: usize) -> bool {
    let states = 3 * classes;
    let pairs = votes.min(sources.saturating_mul(classes));
    let confusion = sources.saturating_mul(classes).saturating_mul(classes);
    confusion.max((facts + pairs).saturating_mul(states)) <= MAX_NUMBERS
}

fn of_classes(votes: &Votes, arranged: &Arranged, control: &Control, found: Closed) -> Fitted {
    let (k, n) = (votes.n_classes(), votes.n_sources());
    let class = &arranged.choice;
    let shares: Vec<f64> = class.iter().map(|c| found.shares[*c as usize]).collect();
    // Of facts without votes no more is known.
    let n_facts = votes.n_facts();
    let mut belief = if arranged.panel.n_facts() < n_facts { shares.repeat(n_facts) } else { vec![0.0; n_facts * k] };
    for (i, by_place) in found.belief.chunks_exact(k).enumerate() {
        let f = arranged.fact.as_ref().map_or(i, |fact| fact[i] as usize);
        (0..k).for_each(|c| belief[f * k + c] = by_place[class[c] as usize]);
    }
    let mut confusion = vec![0.0; n * k * k];
    for (s, table) in confusion.chunks_exact_mut(k * k).enumerate() {
        let from = &found.confusion[arranged.source[s] as usize * k * k..][..k * k];
        for t in 0..k {
            (0..k).for_each(|v| table[t * k + v] = from[class[t] as usize * k + class[v] as usize]);
        }
    }
    let skill = arranged.of_votes(&found.skill);
    let columns = |c: usize| skill.iter().map(|x| x[c]).collect::<Vec<f64>>();
    let information = arranged.of_votes(&found.information);
    let learned = Learned::of("consensus", votes)
        .with("shares", &[Axis::Class], shares.clone())
        .with("confusion", &[Axis::Source, Axis::Class, Axis::Class], confusion.clone())
        .with("information", &[Axis::Source], information)
        .with("heard", &[Axis::Rows(2)], found.heard.to_vec())
        .with("exponent", &[Axis::Rows(1)], vec![found.discount.exponent])
        .with("pooled", &[Axis::Rows(1)], vec![found.discount.pooled])
        .with("hits", &[Axis::Source], columns(0))
        .with("misses", &[Axis::Source], columns(1));
    let mut warnings = vec![];
    if votes.has_denials() {
        warnings.push("denials are left out where facts share their values; form=\"open\" takes them".to_owned());
    }
    Fitted {
        belief,
        unclaimed: None,
        reliability: skill.iter().map(|[a, b]| Estimate::beta(*a, *b, control.confidence)).collect(),
        weight: (0..n).map(|s| mean_log_odds(&shares, &confusion[s * k * k..(s + 1) * k * k])).collect(),
        confusion: Some(confusion),
        numbers: None,
        last_change: found.trace.last().copied().unwrap_or(0.0),
        trace: found.trace,
        objective: Objective::Change,
        converged: found.converged,
        learned,
        warnings,
    }
}

fn of_values(votes: &Votes, arranged: &Arranged, control: &Control, found: Open) -> Fitted {
    let skill = arranged.of_votes(&found.skill);
    let rates = arranged.of_votes(&found.rates);
    let mut belief = vec![0.0; found.belief.len()];
    for f in 0..votes.n_facts() {
        let claimed = 1.0 - if found.unclaimed[f].is_finite() { found.unclaimed[f] } else { 0.0 };
        let first = votes.cells(f).start;
        for (k, cell) in votes.cells(f).enumerate() {
            belief[cell] = claimed * found.belief[first + arranged.choice[first + k] as usize];
        }
    }
    let mut learned = Learned::of("consensus", votes);
    for (c, name) in RATES.iter().enumerate() {
        learned = learned.with(name, &[Axis::Source], rates.iter().map(|r| r[c]).collect());
    }
    learned = learned.with("heard", &[Axis::Rows(2)], vec![found.n_values as f64, found.mean_vote]);
    Fitted {
        belief,
        unclaimed: Some(found.unclaimed),
        reliability: skill.iter().map(|[a, b]| Estimate::beta(*a, *b, control.confidence)).collect(),
        weight: skill.iter().map(|[a, b]| (a / b).ln()).collect(),
        confusion: None,
        numbers: None,
        last_change: found.trace.last().copied().unwrap_or(0.0),
        trace: found.trace,
        objective: Objective::Change,
        converged: found.converged,
        learned,
        warnings: vec![],
    }
}

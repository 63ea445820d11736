//! Messages between sources and facts: a spectral method for two classes.

use super::coin::softmax;
use super::iterate::{Progress, largest_change, settle};
use super::parameter::none;
use super::{Axis, Control, Fitted, Given, Model, Objective, Takes, Votes};
use crate::error::{DataError, Result};
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct Kos;

impl Model for Kos {
    fn name(&self) -> &'static str {
        "kos"
    }

    fn summary(&self) -> &'static str {
        "Karger, Oh & Shah's messages between sources and facts, for two classes. The belief is the sign and size of the message, squashed: a score, not a probability."
    }

    fn family(&self) -> &'static str {
        "crowd"
    }

    fn takes(&self) -> Takes {
        Takes::Labels
    }

    fn reference(&self) -> &'static str {
        "Karger, Oh & Shah (2011), Iterative learning for reliable crowdsourcing systems, NIPS"
    }

    fn limits(&self) -> (usize, f64) {
        (50, 1e-5)
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        if votes.n_classes() > 2 {
            return Err(DataError::TwoClasses { model: self.name(), classes: votes.n_classes() }.into());
        }
        let sign = |k: u32| if k == 0 { 1.0 } else { -1.0 };
        watch.expect((control.max_iter * votes.n_facts()) as u64);
        // By vote: what the source tells the fact. The paper draws from Normal(1, 1); its mean makes no result a matter of luck.
        let mut by_source = control.start.as_ref().map(|learned| learned.get("message").to_vec());
        let mut told: Vec<f64> = match &by_source {
            Some(messages) => votes.sources().iter().map(|s| messages[*s as usize]).collect(),
            None => vec![1.0; votes.n_votes()],
        };
        let mut sums = vec![0.0; votes.n_facts()];
        let mut progress = Progress::new(control, Objective::Change);
        for _ in 0..control.max_iter {
            let messages = by_source.insert(vec![0.0; votes.n_sources()]);
            let mut heard = vec![0.0; told.len()];
            for (f, sum) in sums.iter_mut().enumerate() {
                let of = votes.of(f);
                let range = votes.range(f);
                let part = |i: usize| of.weight(i) * sign(of.choice[i]) * told[range.start + i];
                *sum = (0..of.len()).map(part).sum();
                for i in 0..of.len() {
                    // A fact whose answer is known tells that, and loudly.
                    let rest = match votes.gold(f) {
                        super::Gold::Is(k) => sign(k) * of.len() as f64,
                        _ => *sum - part(i),
                    };
                    heard[range.start + i] = of.weight(i) * sign(of.choice[i]) * rest;
                    messages[of.source[i] as usize] += heard[range.start + i];
                }
            }
            let mut new: Vec<f64> =
                votes.sources().iter().zip(&heard).map(|(s, own)| messages[*s as usize] - own).collect();
            // Only ratios count; messages would grow without bound.
            let scale = (new.iter().map(|x| x * x).sum::<f64>() / new.len() as f64).sqrt();
            if scale > 0.0 {
                new.iter_mut().chain(messages).for_each(|x| *x /= scale);
            }
            let change = largest_change(&told, &new);
            told = new;
            watch.tick(votes.n_facts() as u64)?;
            if progress.changed(change) {
                break;
            }
        }
        // Messages are right but for one sign: most reports are better than chance.
        if told.iter().sum::<f64>() < 0.0 && !votes.has_gold() {
            told.iter_mut().chain(by_source.iter_mut().flatten()).for_each(|x| *x = -*x);
        }
        let k = votes.n_classes();
        let mut belief = vec![0.0; votes.n_cells()];
        for f in 0..votes.n_facts() {
            let (of, range, cells) = (votes.of(f), votes.range(f), &mut belief[votes.cells(f)]);
            let sum: f64 = (0..of.len()).map(|i| of.weight(i) * sign(of.choice[i]) * told[range.start + i]).sum();
            (0..k).for_each(|c| cells[c] = 0.5 * sum * sign(c as u32));
            softmax(cells);
            settle(votes.gold(f), cells);
        }
        let fitted = Fitted::at_once(self.name(), votes, belief, control.confidence);
        // To facts that are new a source tells what all of its facts told it.
        let learned = fitted.learned.clone().with("message", &[Axis::Source], by_source.unwrap_or_default());
        Ok(Fitted { learned, ..fitted.after(progress) })
    }
}

//! Votes weighed by skills that are stepped towards agreement with the weighted vote.

use super::iterate::Progress;
use super::majority_vote::{accuracies, shares};
use super::parameter::{in_range, read};
use super::{Axis, Control, Fitted, Given, Model, Objective, Parameter, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;
use serde::Deserialize;

/// See [`Model::summary`].
pub struct ZeroBasedSkill;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    step: f64,
    halve_every: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { step: 1.0, halve_every: 20 }
    }
}

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "step", default: "1.0", expects: "a number in (0, 1]", summary: "How far skills go at first." },
    Parameter {
        name: "halve_every",
        default: "20",
        expects: "an integer ≥ 1",
        summary: "After so many iterations the step is halved.",
    },
];

impl Model for ZeroBasedSkill {
    fn name(&self) -> &'static str {
        "zero_based_skill"
    }

    fn summary(&self) -> &'static str {
        "Votes weighed by a skill that follows, in ever smaller steps, how often the source sides with the weighted vote."
    }

    fn family(&self) -> &'static str {
        "vote"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Ustalov, Pavlichenko & Tseitlin (2024), Learning from crowds with Crowd-Kit, doi:10.21105/joss.06227"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        let options: Options = read(self.name(), PARAMETERS, given)?;
        in_range(self.name(), PARAMETERS, "step", options.step, options.step > 0.0 && options.step <= 1.0)?;
        in_range(self.name(), PARAMETERS, "halve_every", options.halve_every as f64, options.halve_every > 0)?;
        watch.expect((control.max_iter * votes.n_facts()) as u64);
        let mut skill = match &control.start {
            Some(learned) => learned.get("skill").to_vec(),
            // All the same, so that the first vote is that of the majority.
            None => vec![1.0; votes.n_sources()],
        };
        let (mut step, mut progress) = (options.step, Progress::new(control, Objective::Change));
        for iteration in 1..=control.max_iter {
            if iteration % options.halve_every == 0 {
                step /= 2.0;
            }
            let accuracy = accuracies(votes, &shares(votes, |s| skill[s]));
            let mut largest: f64 = 0.0;
            for (skill, accuracy) in skill.iter_mut().zip(&accuracy) {
                let change = step * (accuracy - *skill);
                *skill += change;
                largest = largest.max(change.abs());
            }
            watch.tick(votes.n_facts() as u64)?;
            if progress.changed(largest) {
                break;
            }
        }
        let fitted = Fitted::at_once(self.name(), votes, shares(votes, |s| skill[s]), control.confidence);
        let learned = fitted.learned.clone().with("skill", &[Axis::Source], skill);
        Ok(Fitted { learned, ..fitted.after(progress) })
    }
}

//! Worker agreement with aggregate: votes weighed by how often their source sides with the majority.

use super::majority_vote::{accuracies, shares};
use super::parameter::none;
use super::{Axis, Control, Fitted, Given, Model, Takes, Votes};
use crate::error::Result;
use crate::stats::Watch;

/// See [`Model::summary`].
pub struct Wawa;

impl Model for Wawa {
    fn name(&self) -> &'static str {
        "wawa"
    }

    fn summary(&self) -> &'static str {
        "Votes weighed by how often their source sides with the majority. One step from majority vote; fast and hard to fool."
    }

    fn family(&self) -> &'static str {
        "vote"
    }

    fn takes(&self) -> Takes {
        Takes::Values
    }

    fn reference(&self) -> &'static str {
        "Worker agreement with aggregate, Appen (2021), success.appen.com; as in crowd-kit"
    }

    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted> {
        none(self.name(), given)?;
        watch.tick(votes.n_facts() as u64)?;
        let skill = match &control.start {
            Some(learned) => learned.get("skill").to_vec(),
            None => accuracies(votes, &shares(votes, |_| 1.0)),
        };
        let mut fitted = Fitted::at_once(self.name(), votes, shares(votes, |s| skill[s]), control.confidence);
        fitted.learned = fitted.learned.with("skill", &[Axis::Source], skill);
        Ok(fitted)
    }
}

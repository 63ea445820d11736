//! What to do where one value is needed and a voice has several for one fact.

use crate::error::{ParameterError, Result, quoted};

/// Which of several values of one voice for one fact counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflicts {
    /// None: it is an error that names the first five.
    #[default]
    Error,
    /// The one that comes first in the table.
    First,
    /// The one that comes last in the table.
    Last,
    /// The one stated most often; none on a tie.
    Majority,
    /// None.
    Drop,
    /// All, each with its part of one vote.
    Split,
}

impl Conflicts {
    /// The choices with their words.
    pub const ALL: [(Conflicts, &'static str); 6] = [
        (Conflicts::Error, "error"),
        (Conflicts::First, "first"),
        (Conflicts::Last, "last"),
        (Conflicts::Majority, "majority"),
        (Conflicts::Drop, "drop"),
        (Conflicts::Split, "split"),
    ];

    /// The choice's word.
    pub fn name(self) -> &'static str {
        Conflicts::ALL[self as usize].1
    }

    /// The choice of this word.
    ///
    /// # Errors
    /// [`ParameterError::Choice`] for any other word.
    pub fn named(word: &str) -> Result<Conflicts> {
        Conflicts::ALL.iter().find(|(_, name)| *name == word).map(|(choice, _)| *choice).ok_or_else(|| {
            let allowed = quoted(Conflicts::ALL.map(|(_, name)| name));
            ParameterError::Choice { name: "conflicts", value: word.to_owned(), allowed }.into()
        })
    }

    /// The claims that count among those of one voice on one fact, given in the order of their reports: `(place among
    /// `said`, share)` of the first report of each. `None` where they differ and must not.
    pub(crate) fn resolve(self, said: &[u32]) -> Option<Vec<(usize, f64)>> {
        // Place of the first report and number of reports of each claim.
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for (place, claim) in said.iter().enumerate() {
            match counts.iter_mut().find(|(first, _)| said[*first] == *claim) {
                Some((_, n)) => *n += 1,
                None => counts.push((place, 1)),
            }
        }
        let one = |place: usize| Some(vec![(place, 1.0)]);
        if let [(place, _)] = counts[..] {
            return one(place);
        }
        match self {
            Conflicts::Error => None,
            Conflicts::First => one(counts.first()?.0),
            Conflicts::Last => one(said.iter().position(|claim| Some(claim) == said.last())?),
            Conflicts::Majority => {
                let most = counts.iter().map(|(_, n)| *n).max()?;
                let mut leading = counts.iter().filter(|(_, n)| *n == most);
                match (leading.next(), leading.next()) {
                    (Some((place, _)), None) => one(*place),
                    // Without a majority there is no value to take.
                    _ => Some(vec![]),
                }
            }
            Conflicts::Drop => Some(vec![]),
            Conflicts::Split => {
                let part = 1.0 / counts.len() as f64;
                Some(counts.into_iter().map(|(place, _)| (place, part)).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_takes_what_it_says() {
        let said = [7, 3, 7, 5];
        assert_eq!(Conflicts::Error.resolve(&said), None);
        assert_eq!(Conflicts::First.resolve(&said), Some(vec![(0, 1.0)]));
        assert_eq!(Conflicts::Last.resolve(&said), Some(vec![(3, 1.0)]));
        assert_eq!(Conflicts::Majority.resolve(&said), Some(vec![(0, 1.0)]));
        assert_eq!(Conflicts::Majority.resolve(&[7, 3]), Some(vec![]));
        assert_eq!(Conflicts::Drop.resolve(&said), Some(vec![]));
        assert_eq!(Conflicts::Split.resolve(&[7, 3]), Some(vec![(0, 0.5), (1, 0.5)]));
    }

    #[test]
    fn one_claim_said_twice_is_no_conflict() {
        for (choice, _) in Conflicts::ALL {
            assert_eq!(choice.resolve(&[4, 4]), Some(vec![(0, 1.0)]));
        }
    }
}

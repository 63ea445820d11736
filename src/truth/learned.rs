//! What a model learned, by the names of sources and classes: for a warm start, for prediction, for pickles.

use super::votes::Votes;
use crate::error::{ParameterError, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What an axis of an array of numbers runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Axis {
    Source,
    Class,
    Fact,
    /// So many numbers that have no names.
    Rows(usize),
}

/// Arrays of numbers with names, and the names that their axes run over.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Learned {
    /// Of which model.
    pub model: String,
    /// Names of sources, classes and (where some array needs them) facts.
    pub sources: Vec<String>,
    /// See `sources`.
    pub classes: Vec<String>,
    /// See `sources`.
    pub facts: Vec<String>,
    /// Name, axes and numbers (row-major) of each array.
    pub arrays: Vec<(String, Vec<Axis>, Vec<f64>)>,
}

impl Learned {
    /// Nothing yet, over the sources and classes of `votes`.
    pub fn of(model: &str, votes: &Votes) -> Learned {
        let ratings = votes.ratings();
        Learned {
            model: model.to_owned(),
            sources: (0..votes.n_sources()).map(|s| ratings.voice_name(s).into_owned()).collect(),
            classes: votes.class_names(),
            ..Learned::default()
        }
    }

    /// With one more array.
    pub fn with(mut self, name: &str, axes: &[Axis], numbers: Vec<f64>) -> Learned {
        self.arrays.push((name.to_owned(), axes.to_vec(), numbers));
        self
    }

    /// With an array of `n` numbers a source.
    pub fn with_rows(self, name: &str, n: usize, numbers: Vec<f64>) -> Learned {
        self.with(name, &[Axis::Source, Axis::Rows(n)], numbers)
    }

    /// With an array over facts.
    pub fn with_facts(mut self, votes: &Votes, name: &str, numbers: Vec<f64>) -> Learned {
        self.facts = votes.matrix().facts().names().map(std::borrow::Cow::into_owned).collect();
        self.with(name, &[Axis::Fact], numbers)
    }

    /// The numbers of an array; none if there is no such array.
    pub fn get(&self, name: &str) -> &[f64] {
        self.arrays.iter().find(|(n, ..)| n == name).map_or(&[], |(_, _, numbers)| numbers)
    }

    /// The same over the sources, classes and facts of `votes`: new sources and facts, and those of which nothing was learned (not a
    /// number), are as the mean of the known ones.
    ///
    /// # Errors
    /// [`ParameterError::Unusable`] where it is of another model, or knows not all classes.
    pub fn aligned(&self, model: &str, votes: &Votes) -> Result<Learned> {
        let unusable = |reason: String| ParameterError::Unusable { name: "what was learned (warm_start)", reason };
        if self.model != model {
            return Err(unusable(format!("it was learned by {:?}, not by {model:?}", self.model)).into());
        }
        let mut new = Learned::of(model, votes);
        if !self.facts.is_empty() {
            new.facts = votes.matrix().facts().names().map(std::borrow::Cow::into_owned).collect();
        }
        let places = |old: &[String], new: &[String]| -> Vec<Option<usize>> {
            let index: HashMap<&str, usize> = old.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
            new.iter().map(|n| index.get(n.as_str()).copied()).collect()
        };
        let classes = places(&self.classes, &new.classes);
        let has_classes = self.arrays.iter().any(|(_, axes, _)| axes.contains(&Axis::Class));
        if let Some(k) = classes.iter().position(Option::is_none).filter(|_| has_classes) {
            let reason = format!(
                "it knows no class {:?}: fit anew with partial_fit, or leave these reports out",
                new.classes[k]
            );
            return Err(unusable(reason).into());
        }
        let (sources, facts) = (places(&self.sources, &new.sources), places(&self.facts, &new.facts));
        for (name, axes, numbers) in &self.arrays {
            let mut numbers = numbers.clone();
            let mut sizes: Vec<usize> = axes.iter().map(|a| self.size(*a)).collect();
            for (place, axis) in axes.iter().enumerate() {
                let map = match axis {
                    Axis::Rows(_) => continue,
                    Axis::Source => &sources,
                    Axis::Class => &classes,
                    Axis::Fact => &facts,
                };
                numbers = picked(&numbers, &sizes, place, map);
                sizes[place] = map.len();
            }
            new.arrays.push((name.clone(), axes.clone(), numbers));
        }
        Ok(new)
    }

    fn size(&self, axis: Axis) -> usize {
        match axis {
            Axis::Source => self.sources.len(),
            Axis::Class => self.classes.len(),
            Axis::Fact => self.facts.len(),
            Axis::Rows(n) => n,
        }
    }
}

/// The slices `map` along one axis; the mean of all that are known where there is none.
fn picked(numbers: &[f64], sizes: &[usize], axis: usize, map: &[Option<usize>]) -> Vec<f64> {
    let inner: usize = sizes[axis + 1..].iter().product();
    let outer: usize = sizes[..axis].iter().product();
    let n = sizes[axis];
    let mut new = Vec::with_capacity(outer * map.len() * inner);
    for o in 0..outer {
        let block = &numbers[o * n * inner..(o + 1) * n * inner];
        let mean = |i: usize| {
            let known = (0..n).map(|j| block[j * inner + i]).filter(|x| !x.is_nan());
            let (sum, n) = known.fold((0.0, 0.0_f64), |(sum, n), x| (sum + x, n + 1.0));
            sum / n.max(1.0)
        };
        let mean: Vec<f64> = (0..inner).map(mean).collect();
        for place in map {
            let own = |i: usize| place.map(|j| block[j * inner + i]).filter(|x| !x.is_nan());
            new.extend((0..inner).map(|i| own(i).unwrap_or(mean[i])));
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_rows_are_the_mean_of_the_known() {
        let numbers = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(picked(&numbers, &[2, 2], 0, &[Some(1), None]), [3.0, 4.0, 2.0, 3.0]);
        assert_eq!(picked(&numbers, &[2, 2], 1, &[Some(1)]), [2.0, 4.0]);
        assert_eq!(picked(&[1.0, f64::NAN, 5.0], &[3], 0, &[Some(1), Some(2), None]), [3.0, 5.0, 3.0]);
    }
}

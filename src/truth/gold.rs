//! Known answers: they are never overturned.

use super::votes::{Form, Votes};
use crate::error::{DataError, Result, nearest, quoted};
use crate::matrix::Matrix;
use crate::value::{Qualifier, Raw, Stated, Statement};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Known answers by fact, as texts.
///
/// ```
/// use consilience::truth::Answers;
/// assert_eq!(Answers::new([("x", "1"), ("y", "2"), ("x", "1")])?.len(), 2);
/// assert!(Answers::new([("x", "1"), ("x", "2")]).is_err());
/// # Ok::<(), consilience::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Answers(pub(super) Vec<(String, String)>);

impl Answers {
    /// Pairs of fact and answer.
    ///
    /// # Errors
    /// [`DataError::TwoTruths`] where a fact has two.
    pub fn new<F: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (F, V)>) -> Result<Answers> {
        let mut place: HashMap<String, usize> = HashMap::new();
        let mut answers: Vec<(String, String)> = Vec::new();
        for (fact, value) in pairs {
            let (fact, value) = (fact.into(), value.into());
            match place.get(&fact) {
                Some(first) if answers[*first].1 == value => {}
                Some(first) => {
                    let first = answers[*first].1.clone();
                    return Err(DataError::TwoTruths { fact, first, second: value }.into());
                }
                None => {
                    place.insert(fact.clone(), answers.len());
                    answers.push((fact, value));
                }
            }
        }
        Ok(Answers(answers))
    }

    /// Facts with their answers.
    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }

    /// Facts with an answer.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is known of the answer of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gold {
    /// Nothing.
    Unknown,
    /// It is this cell of the fact.
    Is(u32),
    /// It is a value that no source claims: all of them are wrong.
    Unclaimed,
}

/// What known answers say of the facts of the votes.
///
/// # Errors
/// [`DataError::UnknownFact`]; [`DataError::GoldValue`] for a value that is no class, [`DataError::NotOfKind`] for one that its kind
/// cannot read.
pub(super) fn read(votes: &Votes, answers: &Answers) -> Result<Option<Vec<Gold>>> {
    if answers.is_empty() {
        return Ok(None);
    }
    let facts = votes.matrix().inner.facts.index();
    let answers_to = Cells::new(votes);
    let mut gold = vec![Gold::Unknown; votes.n_facts()];
    for answer in answers.iter() {
        let (fact, value) = answer;
        let Some(&f) = facts.get(fact) else {
            let nearest = nearest(fact, facts.keys().map(String::as_str).take(100_000));
            return Err(
                DataError::UnknownFact { fact: fact.clone(), nearest: format!(" It is in gold=.{nearest}") }.into()
            );
        };
        let f = f as usize;
        gold[f] = match answers_to.find(f, value) {
            Some(k) => Gold::Is(k),
            None if votes.form() == Form::Open => {
                check_readable(votes.matrix(), f, answer, "gold")?;
                Gold::Unclaimed
            }
            None => {
                let mut known: Vec<&str> = answers_to.classes.keys().map(String::as_str).collect();
                known.sort_unstable();
                known.truncate(20);
                let known = quoted(known);
                return Err(DataError::GoldValue { fact: fact.clone(), value: value.clone(), known }.into());
            }
        };
    }
    Ok(Some(gold))
}

/// Known answers that no source claims, as they are compared with claims, by fact.
pub(super) fn unclaimed(votes: &Votes, answers: &Answers) -> HashMap<usize, Stated> {
    if (0..votes.n_facts()).all(|f| votes.gold(f) != Gold::Unclaimed) {
        return HashMap::new();
    }
    let m = &*votes.matrix().inner;
    let facts = m.facts.index();
    let stated = |(fact, value): &(String, String)| {
        let f = *facts.get(fact)? as usize;
        let value = m.kind(f).read(&Raw::Text(value), &m.context(f)).ok()?;
        let exact =
            Statement { value: Some(&value), qualifier: Qualifier::Exact, low: None, high: None, std_error: None };
        let region = m.kind(f).region(&exact, &m.context(f));
        Some((f, Stated { region, denied: false })).filter(|_| votes.gold(f) == Gold::Unclaimed)
    };
    answers.iter().filter_map(stated).collect()
}

/// An error where the kind of the fact cannot read an answer.
pub(super) fn check_readable(
    matrix: &Matrix,
    f: usize,
    (fact, value): &(String, String),
    role: &'static str,
) -> Result<()> {
    let m = &*matrix.inner;
    match m.kind(f).read(&Raw::Text(value), &m.context(f)) {
        Ok(_) => Ok(()),
        // A bound in words, as claims are labelled.
        Err(_) if Qualifier::ALL.iter().any(|q| value.starts_with(&format!("{} ", q.name()))) => Ok(()),
        Err(_) => {
            let (fact, value) = (fact.clone(), value.clone());
            Err(DataError::NotOfKind { role, fact, value, kind: m.kind(f).name() }.into())
        }
    }
}

/// Looks the cells of facts up by the text of an answer.
pub(super) struct Cells<'a> {
    votes: &'a Votes,
    classes: HashMap<String, u32>,
}

impl Cells<'_> {
    pub fn new(votes: &Votes) -> Cells<'_> {
        Cells { votes, classes: (0u32..).zip(votes.class_names()).map(|(k, name)| (name, k)).collect() }
    }

    /// The cell of a fact that has this answer. The same value in another spelling (3000.0, yes) is the same answer.
    pub fn find(&self, fact: usize, answer: &str) -> Option<u32> {
        let m = &*self.votes.matrix().inner;
        let read = m.kind(fact).read(&Raw::Text(answer), &m.context(fact));
        let read = read.map_or_else(|_| answer.to_owned(), |v| v.to_string());
        if self.votes.form() == Form::Closed {
            return self.classes.get(&read).or_else(|| self.classes.get(answer)).copied();
        }
        let says = |k: &usize| {
            let label = self.votes.label(fact, *k);
            label == read || label == answer
        };
        (0..self.votes.cells(fact).len()).find(says).map(|k| k as u32)
    }
}

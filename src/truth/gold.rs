//! Known answers: they are never overturned.

use super::votes::{Form, Votes};
use crate::error::{DataError, Result, nearest, quoted};
use crate::value::Raw;
use std::collections::HashMap;

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

/// Reads known answers, pairs of the texts of fact and value.
///
/// # Errors
/// [`DataError::UnknownFact`], and [`DataError::GoldValue`] for a value that is no class.
pub fn read(votes: &Votes, answers: &[(String, String)]) -> Result<Option<Vec<Gold>>> {
    if answers.is_empty() {
        return Ok(None);
    }
    let facts = votes.matrix().inner.facts.index();
    let answers_to = Cells::new(votes);
    let mut gold = vec![Gold::Unknown; votes.n_facts()];
    for (fact, value) in answers {
        let Some(&f) = facts.get(fact) else {
            let nearest = nearest(fact, facts.keys().map(String::as_str).take(100_000));
            return Err(
                DataError::UnknownFact { fact: fact.clone(), nearest: format!(" It is in gold=.{nearest}") }.into()
            );
        };
        let f = f as usize;
        gold[f] = match answers_to.find(f, value) {
            Some(k) => Gold::Is(k),
            None if votes.form() == Form::Open => Gold::Unclaimed,
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
            let (f, c) = self.votes.claim(fact, *k);
            let label = m.claim_label(f, c);
            label == read || label == answer
        };
        (0..self.votes.cells(fact).len()).find(says).map(|k| k as u32)
    }
}

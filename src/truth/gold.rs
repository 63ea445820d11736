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
    let m = &*votes.matrix().inner;
    let facts = m.facts.index();
    let classes: HashMap<String, u32> = (0u32..).zip(votes.class_names()).map(|(k, name)| (name, k)).collect();
    let mut gold = vec![Gold::Unknown; votes.n_facts()];
    for (fact, value) in answers {
        let Some(&f) = facts.get(fact) else {
            let nearest = nearest(fact, facts.keys().map(String::as_str).take(100_000));
            return Err(
                DataError::UnknownFact { fact: fact.clone(), nearest: format!(" It is in gold=.{nearest}") }.into()
            );
        };
        let f = f as usize;
        // The same value in another spelling (3000.0, yes) is the same answer.
        let read = m.kind(f).read(&Raw::Text(value), &m.context(f)).map_or_else(|_| value.clone(), |v| v.to_string());
        let found = match votes.form() {
            Form::Closed => classes.get(&read).or_else(|| classes.get(value)).copied(),
            Form::Open => (0..votes.cells(f).len())
                .find(|k| {
                    let (f, c) = votes.claim(f, *k);
                    let label = m.claim_label(f, c);
                    label == read || label == *value
                })
                .map(|k| k as u32),
        };
        gold[f] = match found {
            Some(k) => Gold::Is(k),
            None if votes.form() == Form::Open => Gold::Unclaimed,
            None => {
                let mut known: Vec<&str> = classes.keys().map(String::as_str).collect();
                known.sort_unstable();
                known.truncate(20);
                let known = quoted(known);
                return Err(DataError::GoldValue { fact: fact.clone(), value: value.clone(), known }.into());
            }
        };
    }
    Ok(Some(gold))
}

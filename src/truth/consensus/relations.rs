//! What the statements of a fact say of its values, from the regions of the claims.

use super::entail::{ERROR, EXACT, OMISSION, Relations};
use super::open::Cells;
use super::panel::Arranged;
use crate::error::{DataError, Result};
use crate::stats::chunks::map_chunks;
use crate::truth::Votes;
use crate::value::Stated;

/// More values than this in one fact are not compared pair by pair.
const MAX_COMPARED: usize = 10_000;
/// Facts to compare at a time.
const CHUNK: usize = 1 << 10;

/// What a statement is if `truth` is the most that can be said.
///
/// It is exact if it is the same claim; an omission if it follows from the truth, or leaves it possible without going beyond it
/// ("not 12,000" where 9,000 is true); else an error, also where it says more than the truth.
fn class(truth: &Stated, statement: &Stated) -> u8 {
    let relation = truth.relate(statement);
    if relation.entails && relation.entailed {
        EXACT
    } else if relation.entails || relation.weight == 1.0 && !relation.entailed {
        OMISSION
    } else {
        ERROR
    }
}

/// What statement `u` (or its denial) is if cell `z` is the truth; a statement is exact for its own cell alone.
fn row(stated: &[Stated], z: usize, u: usize, denies: bool) -> u8 {
    if denies {
        let denial = Stated { region: stated[u].region.clone(), denied: !stated[u].denied };
        return if z == u { ERROR } else { class(&stated[z], &denial).max(OMISSION) };
    }
    if z == u { EXACT } else { class(&stated[z], &stated[u]).max(OMISSION) }
}

/// The relations of one fact; none where all its values exclude one another.
pub(super) fn of_fact(votes: &Votes, fact: usize) -> Option<impl Fn(usize, usize, bool) -> u8> {
    if !votes.may_nest() {
        return None;
    }
    let stated = votes.stated(fact);
    Some(move |z, u, denies| row(&stated, z, u, denies))
}

/// The relations of all facts; `None` where all values of each fact exclude one another and nothing is denied.
///
/// # Errors
/// [`DataError::TooManyClaims`] where a fact has more values than can be compared.
pub(super) fn of(votes: &Votes, arranged: &Arranged, cells: &Cells) -> Result<Option<Relations>> {
    if !votes.may_nest() {
        return Ok(None);
    }
    if let Some(f) = (0..votes.n_facts()).find(|f| cells.of(*f).len() > MAX_COMPARED) {
        let fact = votes.matrix().facts().name(f as u32).into_owned();
        return Err(DataError::TooManyClaims { fact, claims: cells.of(f).len(), limit: MAX_COMPARED }.into());
    }
    let parts = map_chunks(votes.n_facts(), CHUNK, |facts| {
        let (mut sizes, mut table) = (Vec::with_capacity(facts.len()), Vec::new());
        for f in facts {
            let of_cells = votes.stated(f);
            let k = of_cells.len();
            let mut by_place = vec![0usize; k];
            for (cell, place) in arranged.choice[cells.of(f)].iter().enumerate() {
                by_place[*place as usize] = cell;
            }
            let denied: &[u32] = arranged.denied.get(f).map_or(&[], Vec::as_slice);
            for z in &by_place {
                table.extend(by_place.iter().map(|u| row(&of_cells, *z, *u, false)));
                table.extend(denied.iter().map(|u| row(&of_cells, *z, *u as usize, true)));
            }
            sizes.push((k, k + denied.len()));
        }
        (sizes, table)
    });
    let mut relations = Relations { statement_ptr: vec![0], table_ptr: vec![0], table: vec![] };
    let (mut statements, mut places) = (0, 0);
    for (sizes, table) in parts {
        for (k, n) in sizes {
            statements += n;
            places += k * n;
            relations.statement_ptr.push(statements);
            relations.table_ptr.push(places);
        }
        relations.table.extend(table);
    }
    Ok(Some(relations))
}

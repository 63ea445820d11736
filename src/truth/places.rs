//! An order of sources, classes and facts that follows who says what, and not what anything is called.
//!
//! Some things must be decided as if by lot: which sources, or reports, are held out together, which facts are learned from first, a
//! random sign for each source. By names, results would change with the names; by ids, with the order of rows. So sources and classes are ordered by
//! colours that their votes alone decide (Weisfeiler & Leman 1968): all start alike; a fact's colour comes of the sources and classes
//! of its votes and of which votes agree, a source's or class's of the facts of its votes, and so on. Sums of mixed 64-bit numbers
//! that wrap stand for sets, so that no order enters. What is still alike in the end has the same part in what is said, as far as
//! colours can tell; only there do names decide.

use super::{Gold, Of, Votes};
use crate::stats::chunks::map_chunks;
use crate::stats::mix;
use hashbrown::HashMap;
use std::ops::Range;

/// Rounds at most: in three or four, facts that are far apart have met.
const ROUNDS: usize = 4;
/// What a known answer adds to the votes for it, and what makes a vote a denial.
const KNOWN: u64 = 0xD1B5_4A32_D192_ED03;
const DENIED: u64 = 1 << 63;

/// The place of each source and, where facts share classes, of each class.
pub(super) struct Places {
    pub source: Vec<u32>,
    pub class: Vec<u32>,
}

impl Places {
    pub fn new(votes: &Votes) -> Places {
        let n_sources = votes.n_sources();
        let mut colours = vec![0; n_sources + votes.n_classes()];
        let (mut alike, mut distinct) = (vec![true; colours.len()], 1);
        for _ in 0..ROUNDS {
            // Whoever is like no other stays as it is.
            for (i, colour) in refined(votes, &colours, &alike).into_iter().enumerate().filter(|(i, _)| alike[*i]) {
                colours[i] = colour;
            }
            let mut counts: HashMap<u64, u32> = HashMap::new();
            colours.iter().for_each(|colour| *counts.entry(*colour).or_default() += 1);
            alike = colours.iter().map(|colour| counts[colour] > 1).collect();
            let before = std::mem::replace(&mut distinct, counts.len());
            if distinct == before || distinct == colours.len() {
                break;
            }
        }
        let (sources, classes) = colours.split_at(n_sources);
        Places {
            source: places(sources, |s| votes.ratings().voice_name(s).into_owned()),
            class: places(classes, |k| votes.class_name(k)),
        }
    }

    /// The place of each fact, where facts share classes: by who votes for what there.
    pub fn of_facts(&self, votes: &Votes) -> Vec<u32> {
        let colour = |f: usize| {
            let of = votes.of(f);
            let vote = |i: usize| {
                let said =
                    u64::from(self.source[of.source[i] as usize]) << 32 | u64::from(self.class[of.choice[i] as usize]);
                mix(mix(said) ^ weight(&of, i) ^ if of.denies(i) { DENIED } else { 0 })
            };
            (0..of.len()).map(vote).fold(0, u64::wrapping_add)
        };
        let chunk = votes.chunk(1);
        let colours = map_chunks(votes.n_facts(), chunk, |facts| facts.map(colour).collect::<Vec<u64>>()).concat();
        places(&colours, |f| votes.matrix().inner.facts.name(f as u32).into_owned())
    }
}

/// The last digits of a weight may come of the order of rows.
fn weight(of: &Of<'_>, vote: usize) -> u64 {
    u64::from((of.weight(vote) as f32).to_bits())
}

/// The colours, of sources and then of classes, that come of these in one round, for those that were `alike`.
fn refined(votes: &Votes, colours: &[u64], alike: &[bool]) -> Vec<u64> {
    let chunk = votes.chunk(colours.len());
    let parts = map_chunks(votes.n_facts(), chunk, |facts| refined_by(votes, colours, alike, facts));
    let mut refined = vec![0u64; colours.len()];
    for part in parts {
        refined.iter_mut().zip(part).for_each(|(x, y)| *x = x.wrapping_add(y));
    }
    refined
}

/// What some facts add to the colours of the next round.
fn refined_by(votes: &Votes, colours: &[u64], alike: &[bool], facts: Range<usize>) -> Vec<u64> {
    let (n_sources, closed) = (votes.n_sources(), votes.n_classes() > 0);
    let all = alike[n_sources..].contains(&true);
    let class = |cell: usize| n_sources + cell;
    let mut sums = vec![0u64; colours.len()];
    // By vote what it says, and by cell of the fact all that is said of it.
    let (mut says, mut cells) = (Vec::new(), vec![0u64; votes.n_classes()]);
    for f in facts.filter(|f| all || votes.of(*f).source.iter().any(|s| alike[*s as usize])) {
        let of = votes.of(f);
        let known = match votes.gold(f) {
            Gold::Is(cell) => Some(cell as usize),
            Gold::Unknown | Gold::Unclaimed => None,
        };
        cells.resize(cells.len().max(votes.cells(f).len()), 0);
        says.clear();
        for (i, (s, cell)) in of.source.iter().zip(of.choice).enumerate() {
            let of_class = if closed { colours[class(*cell as usize)].rotate_left(17) } else { 0 };
            let denied = if of.denies(i) { DENIED } else { 0 };
            let vote = mix(colours[*s as usize].wrapping_add(of_class) ^ weight(&of, i) ^ denied);
            cells[*cell as usize] = cells[*cell as usize].wrapping_add(vote);
            says.push(vote);
        }
        // A known answer is one vote more, of nobody.
        known.iter().for_each(|cell| cells[*cell] = cells[*cell].wrapping_add(KNOWN));
        let unclaimed = if votes.gold(f) == Gold::Unclaimed { KNOWN } else { 0 };
        let voted = of.choice.iter().map(|cell| *cell as usize).chain(known);
        let fact = mix(voted.map(|cell| mix(cells[cell])).fold(unclaimed, u64::wrapping_add));
        for ((s, cell), vote) in of.source.iter().zip(of.choice).zip(&says) {
            let part = mix(fact.wrapping_add(cells[*cell as usize]).wrapping_add(*vote));
            let mut add = |to: usize| sums[to] = sums[to].wrapping_add(part);
            add(*s as usize);
            if closed {
                add(class(*cell as usize));
            }
        }
        if let Some(cell) = known.filter(|_| closed) {
            sums[class(cell)] = sums[class(cell)].wrapping_add(mix(fact.wrapping_add(cells[cell])));
        }
        of.choice.iter().map(|cell| *cell as usize).chain(known).for_each(|cell| cells[cell] = 0);
    }
    sums
}

/// The rank of each colour; of equal ones by name, by code point.
fn places(colours: &[u64], name: impl Fn(usize) -> String) -> Vec<u32> {
    let mut order: Vec<u32> = (0..colours.len() as u32).collect();
    order.sort_unstable_by_key(|i| (colours[*i as usize], *i));
    for alike in order.chunk_by_mut(|a, b| colours[*a as usize] == colours[*b as usize]).filter(|all| all.len() > 1) {
        alike.sort_by_cached_key(|i| name(*i as usize));
    }
    let mut places = vec![0; colours.len()];
    (0u32..).zip(order).for_each(|(place, i)| places[i as usize] = place);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Conflicts, Independence, Matrix, Options};
    use crate::truth::{Form, Takes};
    use std::collections::BTreeMap;

    /// The place of each source and class, by name.
    fn places_of(rows: &[(&str, &str, &str)]) -> BTreeMap<String, u32> {
        let matrix = Matrix::from_triples(rows.iter().copied(), &Options::default()).unwrap();
        let ratings = matrix.ratings(Independence::Source, Conflicts::Error).unwrap();
        let votes = Votes::new(ratings, Takes::Either, false, Some(Form::Closed)).unwrap();
        let places = Places::new(&votes);
        let sources = (0..votes.n_sources()).map(|s| votes.ratings().voice_name(s).into_owned()).zip(places.source);
        sources.chain(votes.class_names().into_iter().zip(places.class)).collect()
    }

    #[test]
    fn names_decide_between_those_alone_that_say_the_same() {
        // `a` and `b` always agree; `c`, and the labels, are like no other.
        let rows =
            [("x", "a", "1"), ("x", "b", "1"), ("x", "c", "2"), ("y", "c", "1"), ("z", "a", "2"), ("z", "b", "2")];
        let places = places_of(&rows);
        assert!(places["a"] < places["b"]);
        let name = |name| match name {
            "a" => "v",
            "b" => "u",
            "1" => "9",
            other => other,
        };
        let mut other = rows.map(|(f, s, v)| (f, name(s), name(v)));
        other.reverse();
        let renamed = places_of(&other);
        assert!(renamed["u"] < renamed["v"]);
        for (old, new) in [("a", "u"), ("b", "v"), ("c", "c"), ("1", "9"), ("2", "2")] {
            assert_eq!(places[old], renamed[new], "{old}");
        }
    }
}

//! Votes in an order that depends on no row: sources and classes by their part in what is said, the votes of a fact by source.

use super::open::Cells;
use crate::stats::chunks::map_chunks_mut;
use crate::stats::mix;
use crate::truth::places::Places;
use crate::truth::{Form, Gold, Votes};
use hashbrown::HashMap;
use std::ops::Range;

/// No known answer.
const UNKNOWN: u32 = u32::MAX;
/// A known answer that nobody claims.
const BEYOND: u32 = u32::MAX - 1;

/// Who votes for what. Facts keep their order, over which all sums are exact (see [`exact`]).
#[derive(Debug, Clone, Default)]
pub(super) struct Panel {
    /// Where the votes of each fact begin, and the end.
    pub fact_ptr: Vec<usize>,
    /// By vote; within a fact ascending.
    pub source: Vec<u32>,
    /// By vote: the class, or the value's place among those of the fact.
    pub choice: Vec<u32>,
    /// By vote, where any is not 1.
    pub weight: Option<Vec<f64>>,
    /// Sources, with or without votes.
    pub n_sources: usize,
    /// Classes that facts share; 0 where values belong to their fact.
    pub n_classes: usize,
    /// By fact the known answer, or [`UNKNOWN`].
    pub gold: Option<Vec<u32>>,
    /// By fact a number as if by lot, where there are very many votes.
    pub lots: Option<Vec<u32>>,
}

impl Panel {
    pub fn n_facts(&self) -> usize {
        self.fact_ptr.len() - 1
    }

    pub fn n_votes(&self) -> usize {
        self.source.len()
    }

    #[inline]
    pub fn of(&self, fact: usize) -> Range<usize> {
        self.fact_ptr[fact]..self.fact_ptr[fact + 1]
    }

    #[inline]
    pub fn weight(&self, vote: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |w| w[vote])
    }

    #[inline]
    pub fn gold(&self, fact: usize) -> Option<usize> {
        self.gold.as_ref().map(|g| g[fact]).filter(|g| *g != UNKNOWN).map(|g| g as usize)
    }

    /// The weight of all votes of a fact.
    #[inline]
    pub fn size(&self, fact: usize) -> f64 {
        match &self.weight {
            None => self.of(fact).len() as f64,
            Some(w) => w[self.of(fact)].iter().sum(),
        }
    }

    /// The weight of all votes of each source.
    pub fn sizes(&self) -> Vec<f64> {
        let mut n = vec![0.0; self.n_sources];
        for (r, s) in self.source.iter().enumerate() {
            n[*s as usize] += exact(self.weight(r));
        }
        n
    }

    /// The votes of some sources; the facts stay, some perhaps without votes.
    pub fn of_sources(&self, used: &[bool]) -> Panel {
        let mut part = Panel {
            fact_ptr: Vec::with_capacity(self.fact_ptr.len()),
            weight: self.weight.as_ref().map(|_| vec![]),
            n_sources: self.n_sources,
            n_classes: self.n_classes,
            gold: self.gold.clone(),
            ..Panel::default()
        };
        part.fact_ptr.push(0);
        for f in 0..self.n_facts() {
            for r in self.of(f).filter(|r| used[self.source[*r] as usize]) {
                part.source.push(self.source[r]);
                part.choice.push(self.choice[r]);
                if let (Some(all), Some(weight)) = (&self.weight, &mut part.weight) {
                    weight.push(all[r]);
                }
            }
            part.fact_ptr.push(part.source.len());
        }
        part
    }

    /// Where there are more than so many votes, about so many: those of facts that are drawn by lot, and of all known answers.
    pub fn part(&self, votes: usize) -> Option<Panel> {
        let lots = self.lots.as_ref().filter(|_| self.n_votes() > votes)?;
        let below = (votes as f64 / self.n_votes() as f64 * f64::from(u32::MAX)) as u32;
        let mut part = Panel {
            fact_ptr: vec![0],
            weight: self.weight.as_ref().map(|_| vec![]),
            n_sources: self.n_sources,
            n_classes: self.n_classes,
            gold: self.gold.as_ref().map(|_| vec![]),
            ..Panel::default()
        };
        for f in (0..self.n_facts()).filter(|f| lots[*f] < below || self.gold(*f).is_some()) {
            part.source.extend_from_slice(&self.source[self.of(f)]);
            part.choice.extend_from_slice(&self.choice[self.of(f)]);
            if let (Some(all), Some(weight)) = (&self.weight, &mut part.weight) {
                weight.extend_from_slice(&all[self.of(f)]);
            }
            if let (Some(all), Some(gold)) = (&self.gold, &mut part.gold) {
                gold.push(all[f]);
            }
            part.fact_ptr.push(part.source.len());
        }
        Some(part).filter(|part| part.n_votes() > 0)
    }

    /// By fact a number as if by lot, from who votes for what. Of facts with the same votes each has a number of its own; as they are
    /// interchangeable, it does not matter which has which.
    fn lots(&self) -> Vec<u32> {
        let vote = |r: usize| {
            let vote = mix(u64::from(self.source[r]) << 32 | u64::from(self.choice[r]));
            // In few digits: the last may come of the order of rows.
            self.weight.as_ref().map_or(vote, |w| mix(vote ^ u64::from((w[r] as f32).to_bits())))
        };
        let votes_of = |f: usize| {
            let known = self.gold.as_ref().map_or(UNKNOWN, |gold| gold[f]);
            self.of(f).map(vote).fold(known.into(), u64::wrapping_add)
        };
        let mut votes = vec![0u64; self.n_facts()];
        map_chunks_mut(&mut votes, self.chunk(1), |first, votes| {
            votes.iter_mut().enumerate().for_each(|(i, x)| *x = votes_of(first + i));
        });
        // A fact alone in one of many bins is like no other, which saves looking for its like.
        let bits = (4 * votes.len()).next_power_of_two().trailing_zeros();
        let bin = |votes: u64| (votes >> (u64::BITS - bits)) as usize;
        let mut shared = vec![0u8; 1 << bits];
        votes.iter().for_each(|votes| shared[bin(*votes)] = shared[bin(*votes)].saturating_add(1));
        let mut alike: HashMap<u64, u64> = HashMap::new();
        let lot = |votes: u64| {
            let before = if shared[bin(votes)] > 1 { alike.entry(votes).or_default() } else { &mut 0 };
            *before += 1;
            (mix(votes ^ mix(*before)) >> 32) as u32
        };
        votes.into_iter().map(lot).collect()
    }

    /// Facts to work on at a time where each piece of work fills a table of `cells` numbers. It depends on the data alone.
    pub fn chunk(&self, cells: usize) -> usize {
        let chunks = (self.n_votes() / cells.max(1 << 12)).clamp(1, 64);
        self.n_facts().div_ceil(chunks).max(1)
    }
}

/// `x` in whole units of 2⁻³⁰: sums of such numbers below 2²³ are exact, hence the same in any order. 0 ≤ x < 2²¹.
#[inline]
pub(super) fn exact(x: f64) -> f64 {
    const SHIFT: f64 = 1.5 * (1u64 << 22) as f64;
    (x + SHIFT) - SHIFT
}

/// Votes as a panel, and the way back.
pub(super) struct Arranged {
    pub panel: Panel,
    /// The place of each source of the votes.
    pub source: Vec<u32>,
    /// Closed: the place of each class. Open: by cell, its place within its fact.
    pub choice: Vec<u32>,
    /// Open, with denials: the cells (of the votes) that are denied, by fact in the order of their statements.
    pub denied: Vec<Vec<u32>>,
}

impl Arranged {
    pub fn new(votes: &Votes) -> Arranged {
        let Places { source, class } = Places::new(votes);
        let closed = votes.form() == Form::Closed;
        let choice = if closed { class } else { vec![UNKNOWN; votes.n_cells()] };
        let mut arranged = Arranged { panel: Panel::default(), source, choice, denied: vec![] };
        let panel = &mut arranged.panel;
        panel.n_sources = votes.n_sources();
        panel.n_classes = votes.n_classes();
        panel.fact_ptr.reserve(votes.n_facts() + 1);
        panel.fact_ptr.push(0);
        panel.source.reserve(votes.n_votes());
        panel.choice.reserve(votes.n_votes());
        panel.weight = votes.weights().map(|_| Vec::with_capacity(votes.n_votes()));
        let mut said: Vec<(u32, u32, u32)> = Vec::new();
        for f in 0..votes.n_facts() {
            let of = votes.of(f);
            said.clear();
            said.extend(
                (0..of.len())
                    .filter(|i| !(closed && of.denies(*i)))
                    .map(|i| (arranged.source[of.source[i] as usize], of.choice[i], i as u32)),
            );
            said.sort_unstable();
            // Cells in the order in which sources bring them up, denials behind all of them.
            let cells = votes.cells(f);
            let mut next = 0;
            let mut denied: Vec<u32> = Vec::new();
            for (s, k, i) in &said {
                let place = if closed {
                    arranged.choice[*k as usize]
                } else if of.denies(*i as usize) {
                    let d = denied.iter().position(|d| d == k).unwrap_or_else(|| {
                        denied.push(*k);
                        denied.len() - 1
                    });
                    (cells.len() + d) as u32
                } else {
                    let place = &mut arranged.choice[cells.start + *k as usize];
                    if *place == UNKNOWN {
                        *place = next;
                        next += 1;
                    }
                    *place
                };
                panel.source.push(*s);
                panel.choice.push(place);
                if let Some(weight) = &mut panel.weight {
                    weight.push(of.weight(*i as usize));
                }
            }
            if !closed {
                for place in arranged.choice[cells].iter_mut().filter(|p| **p == UNKNOWN) {
                    *place = next;
                    next += 1;
                }
                if votes.has_denials() {
                    arranged.denied.push(denied);
                }
            }
            panel.fact_ptr.push(panel.source.len());
        }
        if votes.has_gold() {
            let gold = |f: usize| match votes.gold(f) {
                Gold::Unknown => UNKNOWN,
                Gold::Unclaimed => BEYOND,
                Gold::Is(k) if closed => arranged.choice[k as usize],
                Gold::Is(k) => arranged.choice[votes.cells(f).start + k as usize],
            };
            arranged.panel.gold = Some((0..votes.n_facts()).map(gold).collect());
        }
        if closed && arranged.panel.n_votes() > super::closed::JUDGED {
            arranged.panel.lots = Some(arranged.panel.lots());
        }
        arranged
    }

    /// The cells of each fact in open form.
    pub fn cells(&self, votes: &Votes) -> Cells {
        let mut ptr = Vec::with_capacity(votes.n_facts() + 1);
        ptr.push(0);
        ptr.extend((0..votes.n_facts()).map(|f| votes.cells(f).end));
        Cells { ptr, n_values: votes.n_distinct() }
    }

    /// What was found by place of the sources, by source of the votes.
    pub fn of_votes<T: Clone>(&self, by_place: &[T]) -> Vec<T> {
        self.source.iter().map(|place| by_place[*place as usize].clone()).collect()
    }

    /// `width` numbers a source of the votes, by place.
    pub fn by_place(&self, by_source: &[f64], width: usize) -> Vec<f64> {
        let mut numbers = vec![0.0; self.source.len() * width];
        for (s, place) in self.source.iter().enumerate() {
            let place = *place as usize;
            numbers[place * width..(place + 1) * width].copy_from_slice(&by_source[s * width..(s + 1) * width]);
        }
        numbers
    }
}

/// The distinct pairs of a source and a choice, grouped by source.
#[derive(Debug)]
pub(super) struct Pairs {
    /// The pair of each vote.
    pub of_vote: Vec<u32>,
    /// Where the pairs of each source begin, and the end.
    pub source_ptr: Vec<usize>,
    /// The class of each pair, ascending within a source.
    pub class: Vec<u32>,
}

impl Pairs {
    pub fn new(panel: &Panel) -> Pairs {
        let k = panel.n_classes;
        let cell = |s: &u32, class: &u32| *s as usize * k + *class as usize;
        let votes = || panel.source.iter().zip(&panel.choice);
        // First which pairs there are, then the number of each.
        let mut pair = vec![0u32; panel.n_sources * k];
        votes().for_each(|(s, class)| pair[cell(s, class)] = 1);
        let mut pairs = Pairs { of_vote: vec![], source_ptr: vec![0], class: vec![] };
        for s in 0..panel.n_sources {
            for (class, pair) in pair[s * k..(s + 1) * k].iter_mut().enumerate().filter(|(_, pair)| **pair > 0) {
                *pair = pairs.class.len() as u32;
                pairs.class.push(class as u32);
            }
            pairs.source_ptr.push(pairs.class.len());
        }
        pairs.of_vote = votes().map(|(s, class)| pair[cell(s, class)]).collect();
        pairs
    }

    #[inline]
    pub fn of(&self, source: usize) -> Range<usize> {
        self.source_ptr[source]..self.source_ptr[source + 1]
    }

    pub fn len(&self) -> usize {
        self.class.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_with_the_same_votes_are_drawn_one_by_one() {
        let n = 40_000;
        let (source, choice) = (vec![0; n], vec![0; n]);
        let mut panel =
            Panel { fact_ptr: (0..=n).collect(), source, choice, n_sources: 1, n_classes: 1, ..Panel::default() };
        panel.lots = Some(panel.lots());
        // Of so many a standard deviation is 87.
        let drawn = panel.part(n / 4).unwrap().n_facts();
        assert!((9_700..10_300).contains(&drawn), "{drawn}");
    }
}

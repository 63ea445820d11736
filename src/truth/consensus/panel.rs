//! Votes in an order that depends on no row: sources and classes by their part in what is said, the votes of a fact by source.

use super::closed::{JUDGED, LEARNED};
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

/// Facts to take over at a time.
const FACTS: usize = 1 << 12;

/// Who votes for what. Sums over facts are exact (see [`exact`]), so that their order does not matter.
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
    /// Where there are very many votes, facts are in an order as if by lot: numbers of votes, ascending, and where the facts end that have
    /// about so many of them.
    pub blocks: Vec<(usize, usize)>,
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

    /// Of very many votes those of the first facts, about so many.
    pub fn part(&self, votes: usize) -> Option<Panel> {
        let (_, n_facts) = *self.blocks.iter().find(|(wanted, _)| *wanted == votes)?;
        let n_votes = self.fact_ptr[n_facts];
        let part = Panel {
            fact_ptr: self.fact_ptr[..=n_facts].to_vec(),
            source: self.source[..n_votes].to_vec(),
            choice: self.choice[..n_votes].to_vec(),
            weight: self.weight.as_ref().map(|w| w[..n_votes].to_vec()),
            n_sources: self.n_sources,
            n_classes: self.n_classes,
            gold: self.gold.as_ref().map(|g| g[..n_facts].to_vec()),
            blocks: vec![],
        };
        Some(part).filter(|part| part.n_votes() > 0)
    }

    /// Facts from `first` on in parts of one or more blocks, each with so many votes at least.
    pub fn spans(&self, first: usize, votes: usize) -> Vec<Range<usize>> {
        let (mut spans, mut start) = (Vec::<Range<usize>>::new(), first);
        for end in self.blocks.iter().map(|(_, end)| *end).chain([self.n_facts()]) {
            if end > start && self.fact_ptr[end] - self.fact_ptr[start] >= votes {
                spans.push(start..end);
                start = end;
            }
        }
        match spans.last_mut() {
            Some(last) => last.end = self.n_facts(),
            None if start < self.n_facts() => spans.push(start..self.n_facts()),
            None => {}
        }
        spans
    }

    /// Facts to work on at a time where each piece of work fills a table of `cells` numbers. It depends on the data alone.
    pub fn chunk(&self, cells: usize) -> usize {
        self.chunk_of(0..self.n_facts(), cells)
    }

    /// [`Panel::chunk`] for some of the facts.
    pub fn chunk_of(&self, facts: Range<usize>, cells: usize) -> usize {
        let votes = self.fact_ptr[facts.end] - self.fact_ptr[facts.start];
        let chunks = (votes / cells.max(1 << 12)).clamp(1, 64);
        facts.len().div_ceil(chunks).max(1)
    }
}

/// Adding it leaves whole units of 2⁻³⁰ in the last bits.
const SHIFT: f64 = 1.5 * (1u64 << 22) as f64;

/// `x` in whole units of 2⁻³⁰: sums of such numbers below 2²³ are exact, hence the same in any order. 0 ≤ x < 2²¹.
#[inline]
pub(super) fn exact(x: f64) -> f64 {
    (x + SHIFT) - SHIFT
}

/// The units of [`exact`] in a probability: half of the memory of a number.
#[inline(always)]
pub(super) fn packed(p: f64) -> u32 {
    (p + SHIFT).to_bits() as u32
}

/// The probability of so many units.
#[inline(always)]
pub(super) fn unpacked(units: u32) -> f64 {
    f64::from_bits(SHIFT.to_bits() | u64::from(units)) - SHIFT
}

/// Votes as a panel, and the way back.
pub(super) struct Arranged {
    pub panel: Panel,
    /// The place of each source of the votes.
    pub source: Vec<u32>,
    /// Closed: the place of each class. Open: by cell, its place within its fact.
    pub choice: Vec<u32>,
    /// Closed, with very many votes or facts without any: the facts of the votes in the order of the panel.
    pub fact: Option<Vec<u32>>,
    /// Open, with denials: the cells (of the votes) that are denied, by fact in the order of their statements.
    pub denied: Vec<Vec<u32>>,
}

impl Arranged {
    pub fn new(votes: &Votes) -> Arranged {
        let Places { source, class } = Places::new(votes);
        let closed = votes.form() == Form::Closed;
        let choice = if closed { class } else { vec![UNKNOWN; votes.n_cells()] };
        let mut arranged = Arranged { panel: Panel::default(), source, choice, fact: None, denied: vec![] };
        if closed {
            arranged.order(votes);
        }
        arranged.panel.n_sources = votes.n_sources();
        arranged.panel.n_classes = votes.n_classes();
        if closed && votes.weights().is_none() && !votes.has_denials() {
            arranged.take_plain(votes);
        } else {
            arranged.take(votes);
        }
        if votes.has_gold() {
            let gold = |f: usize| match votes.gold(f) {
                Gold::Unknown => UNKNOWN,
                Gold::Unclaimed => BEYOND,
                Gold::Is(k) if closed => arranged.choice[k as usize],
                Gold::Is(k) => arranged.choice[votes.cells(f).start + k as usize],
            };
            arranged.panel.gold = Some(match &arranged.fact {
                None => (0..votes.n_facts()).map(gold).collect(),
                Some(fact) => fact.iter().map(|f| gold(*f as usize)).collect(),
            });
        }
        arranged
    }

    /// The fact of the votes that is this one of the panel.
    fn fact_of_votes(&self, fact: usize) -> usize {
        self.fact.as_ref().map_or(fact, |order| order[fact] as usize)
    }

    /// The facts of the panel.
    fn n_facts(&self, votes: &Votes) -> usize {
        self.fact.as_ref().map_or(votes.n_facts(), Vec::len)
    }

    /// Takes over votes for classes, without weights and denials.
    fn take_plain(&mut self, votes: &Votes) {
        let (n_facts, n_votes) = (self.n_facts(votes), votes.n_votes());
        let mut fact_ptr = Vec::with_capacity(n_facts + 1);
        fact_ptr.push(0);
        for f in 0..n_facts {
            fact_ptr.push(fact_ptr[f] + votes.of(self.fact_of_votes(f)).len());
        }
        let (mut source, mut choice) = (vec![0; n_votes], vec![0; n_votes]);
        let (mut sources, mut choices) = (source.as_mut_slice(), choice.as_mut_slice());
        let mut pieces = Vec::new();
        for first in (0..n_facts).step_by(FACTS) {
            let facts = first..n_facts.min(first + FACTS);
            let n = fact_ptr[facts.end] - fact_ptr[first];
            let (of_source, of_choice);
            (of_source, sources) = sources.split_at_mut(n);
            (of_choice, choices) = choices.split_at_mut(n);
            pieces.push((facts, of_source, of_choice));
        }
        map_chunks_mut(&mut pieces, 1, |_, pieces| {
            let mut pairs = Vec::new();
            for (facts, source, choice) in pieces {
                let mut next = source.iter_mut().zip(choice.iter_mut());
                for f in facts {
                    let of = votes.of(self.fact_of_votes(f));
                    // Pairs of a source and a class in one number are quick to sort.
                    pairs.clear();
                    pairs.extend(
                        of.source.iter().zip(of.choice).map(|(s, k)| {
                            u64::from(self.source[*s as usize]) << 32 | u64::from(self.choice[*k as usize])
                        }),
                    );
                    pairs.sort_unstable();
                    for (pair, (s, k)) in pairs.iter().zip(&mut next) {
                        (*s, *k) = ((pair >> 32) as u32, *pair as u32);
                    }
                }
            }
        });
        (self.panel.fact_ptr, self.panel.source, self.panel.choice) = (fact_ptr, source, choice);
    }

    /// Takes over any votes.
    fn take(&mut self, votes: &Votes) {
        let (closed, n_facts) = (votes.form() == Form::Closed, self.n_facts(votes));
        let panel = &mut self.panel;
        panel.fact_ptr.reserve(n_facts + 1);
        panel.fact_ptr.push(0);
        panel.source.reserve(votes.n_votes());
        panel.choice.reserve(votes.n_votes());
        panel.weight = votes.weights().map(|_| Vec::with_capacity(votes.n_votes()));
        let mut said = Vec::<(u32, u32, u32)>::new();
        for i in 0..n_facts {
            let f = self.fact.as_ref().map_or(i, |fact| fact[i] as usize);
            let of = votes.of(f);
            said.clear();
            said.extend(
                (0..of.len())
                    .filter(|i| !(closed && of.denies(*i)))
                    .map(|i| (self.source[of.source[i] as usize], of.choice[i], i as u32)),
            );
            said.sort_unstable();
            // Cells in the order in which sources bring them up, denials behind all of them.
            let cells = votes.cells(f);
            let mut next = 0;
            let mut denied: Vec<u32> = Vec::new();
            for (s, k, i) in &said {
                let place = if closed {
                    self.choice[*k as usize]
                } else if of.denies(*i as usize) {
                    let d = denied.iter().position(|d| d == k).unwrap_or_else(|| {
                        denied.push(*k);
                        denied.len() - 1
                    });
                    (cells.len() + d) as u32
                } else {
                    let place = &mut self.choice[cells.start + *k as usize];
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
                for place in self.choice[cells].iter_mut().filter(|p| **p == UNKNOWN) {
                    *place = next;
                    next += 1;
                }
                if votes.has_denials() {
                    self.denied.push(denied);
                }
            }
            panel.fact_ptr.push(panel.source.len());
        }
    }

    /// Leaves out facts without votes, which speak for no class. Where there are very many votes, puts facts in an order as if by lot, in
    /// blocks: those of parts to learn from first, then ever larger ones up to quarters of all. Known answers are in the first. Within a
    /// block, facts keep their order.
    fn order(&mut self, votes: &Votes) {
        let said = |f: usize| {
            let of = votes.of(f);
            (0..of.len()).filter(move |i| !of.denies(*i))
        };
        let n_facts = votes.n_facts();
        let n_votes = if votes.has_denials() { (0..n_facts).map(|f| said(f).count()).sum() } else { votes.n_votes() };
        let speaks = |f: &usize| votes.gold(*f) != Gold::Unknown || said(*f).next().is_some();
        if n_votes <= JUDGED {
            let speaking: Vec<u32> = (0..n_facts).filter(speaks).map(|f| f as u32).collect();
            if (1..n_facts).contains(&speaking.len()) {
                self.fact = Some(speaking);
            }
            return;
        }
        let doubled = std::iter::successors(Some(LEARNED), |n| (12 * n < n_votes).then_some(2 * n));
        let quarters = (1..4).map(|i| n_votes / 4 * i).filter(|n| *n > LEARNED);
        let mut wanted: Vec<usize> =
            [JUDGED].into_iter().chain(doubled).chain(quarters).filter(|n| *n < n_votes).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let below: Vec<u32> =
            wanted.iter().map(|n| (*n as f64 / n_votes as f64 * f64::from(u32::MAX)) as u32).collect();
        let lots = self.lots(votes);
        let block = |f: usize| match votes.gold(f) {
            Gold::Unknown => below.iter().map(|below| usize::from(lots[f] >= *below)).sum(),
            _ => 0,
        };
        let mut next = vec![0; below.len() + 2];
        (0..n_facts).filter(speaks).for_each(|f| next[block(f) + 1] += 1);
        (1..next.len()).for_each(|b| next[b] += next[b - 1]);
        self.panel.blocks = wanted.into_iter().zip(next[1..].iter().copied()).collect();
        let mut fact = vec![0; next[below.len() + 1]];
        for f in (0..n_facts).filter(speaks) {
            let at = &mut next[block(f)];
            fact[*at] = f as u32;
            *at += 1;
        }
        self.fact = Some(fact);
    }

    /// By fact of the votes a number as if by lot, from who votes for what.
    fn lots(&self, votes: &Votes) -> Vec<u32> {
        let votes_of = |f: usize| {
            let of = votes.of(f);
            let vote = |i: usize| {
                let (s, k) = (self.source[of.source[i] as usize], self.choice[of.choice[i] as usize]);
                let vote = mix(u64::from(s) << 32 | u64::from(k));
                // In few digits: the last may come of the order of rows.
                if votes.weights().is_some() { mix(vote ^ u64::from((of.weight(i) as f32).to_bits())) } else { vote }
            };
            let known = match votes.gold(f) {
                Gold::Unknown => UNKNOWN,
                Gold::Unclaimed => BEYOND,
                Gold::Is(k) => self.choice[k as usize],
            };
            (0..of.len()).filter(|i| !of.denies(*i)).map(vote).fold(known.into(), u64::wrapping_add)
        };
        let mut sums = vec![0u64; votes.n_facts()];
        map_chunks_mut(&mut sums, votes.chunk(1), |first, sums| {
            sums.iter_mut().enumerate().for_each(|(i, x)| *x = votes_of(first + i));
        });
        one_by_one(sums)
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

/// Numbers as if by lot from what facts are like. Of those that are alike each has a number of its own; as they are interchangeable, it
/// does not matter which has which.
fn one_by_one(facts: Vec<u64>) -> Vec<u32> {
    // A fact alone in one of many bins is like no other, which saves looking for its like. Two bits a bin count to two.
    let bits = (4 * facts.len()).next_power_of_two().trailing_zeros();
    let bin = |fact: u64| (fact >> (u64::BITS - bits)) as usize;
    let mut bins = vec![0u8; 1 << (bits - 2)];
    let counted = |bins: &[u8], bin: usize| bins[bin / 4] >> (2 * (bin % 4)) & 3;
    for fact in &facts {
        let bin = bin(*fact);
        if counted(&bins, bin) < 2 {
            bins[bin / 4] += 1 << (2 * (bin % 4));
        }
    }
    let mut alike: HashMap<u64, u64> = HashMap::new();
    let lot = |fact: u64| {
        let before = if counted(&bins, bin(fact)) > 1 { alike.entry(fact).or_default() } else { &mut 0 };
        *before += 1;
        (mix(fact ^ mix(*before)) >> 32) as u32
    };
    facts.into_iter().map(lot).collect()
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
        let lots = one_by_one(vec![3; 40_000]);
        // Of so many a standard deviation is 87.
        let drawn = lots.iter().filter(|lot| **lot < u32::MAX / 4).count();
        assert!((9_700..10_300).contains(&drawn), "{drawn}");
    }

    #[test]
    fn parts_of_the_facts_have_enough_votes_and_leave_nothing_out() {
        let panel = Panel {
            fact_ptr: (0..=100).map(|f| 2 * f).collect(),
            source: vec![0; 200],
            choice: vec![0; 200],
            blocks: vec![(10, 5), (20, 10), (50, 25), (100, 50), (150, 75)],
            ..Panel::default()
        };
        assert_eq!(panel.part(20).unwrap().n_votes(), 20);
        assert_eq!(panel.spans(10, 1), [10..25, 25..50, 50..75, 75..100]);
        assert_eq!(panel.spans(0, 40), [0..25, 25..50, 50..75, 75..100]);
        // What is left is too little for a part of its own.
        assert_eq!(panel.spans(0, 60), [0..50, 50..100]);
        assert_eq!(panel.spans(10, 1000), std::slice::from_ref(&(10..100)));
        assert!(panel.spans(100, 1).is_empty());
    }

    #[test]
    fn packed_probabilities_are_what_is_summed() {
        for p in [0.0, 1e-12, 3e-10, 0.1, 0.5, 1.0 / 3.0, 0.999_999_999_9, 1.0] {
            assert_eq!(unpacked(packed(p)), exact(p));
            assert!((unpacked(packed(p)) - p).abs() < 5e-10);
        }
    }
}

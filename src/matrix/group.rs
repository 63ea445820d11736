//! Rows grouped by fact, their claims found and their duplicates left out.
//!
//! The rows are sorted in two steps: first, as they come, into buckets of neighbouring facts; then each bucket by fact, and its
//! claims are counted while it is at hand. Sorting in one step would miss the processor's cache with every row. Where the rows of
//! each fact stand together, as in most tables written fact by fact, they are sorted already.

use super::build::Rows;
use super::{Entry, Form, NONE};
use crate::stats::chunks::map_chunks;
use crate::value::{Qualifier, Stance};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{BitOr, Range, Shl, Shr};
use std::sync::Mutex;

/// Rows a bucket holds on average: as words and as entries they fit into half a megabyte of cache.
const BUCKET: usize = 1 << 14;
/// The first step writes to all buckets in turn: the ends of many more would not stay in the cache.
const MAX_BUCKETS: usize = 1 << 11;

/// The reports with their claims, duplicates left out.
pub(super) struct Grouped {
    pub fact_ptr: Vec<u64>,
    pub entries: Vec<Entry>,
    pub repeats: Vec<bool>,
    pub claim_ptr: Vec<u64>,
    pub claim_value: Vec<u32>,
    pub claim_form: Option<Vec<Form>>,
    pub duplicates: BTreeMap<u32, u32>,
}

/// Fact, source and value of each row, by their ids.
pub(super) struct Ids {
    pub fact: Vec<u32>,
    pub source: Vec<u32>,
    pub value: Vec<u32>,
}

impl Grouped {
    /// Sorts the rows by fact, keeping their order within each, and finds the claims of each fact and the duplicates.
    ///
    /// In `entries`, `row` is the place among the rows that are reports.
    pub fn new(ids: Ids, table: &Rows) -> Grouped {
        let layout = Layout::new(table.facts.len(), table.sources.len(), table.values.len(), ids.fact.len());
        match layout.bits() {
            ..=64 => Grouped::through::<u64>(layout, ids, table),
            _ => Grouped::through::<u128>(layout, ids, table),
        }
    }

    fn through<W: Word>(layout: Layout, ids: Ids, table: &Rows) -> Grouped {
        let n_facts = table.facts.len();
        let buckets = Buckets::<W>::fill(layout, n_facts, ids);
        let mut entries = vec![Entry { source: 0, claim: 0, row: 0 }; buckets.n_rows()];
        let slices = buckets.slices(&mut entries);
        let parts = map_chunks(n_facts, 1 << layout.shift, |facts| {
            // Each bucket is worked on by one thread, which leaves its slice behind sorted.
            let bucket = facts.start >> layout.shift;
            let Ok(mut entries) = slices[bucket].lock() else { return Part::default() };
            let start = buckets.sort(bucket, facts, &mut entries);
            Part::of(&mut entries, start, table)
        });
        drop(slices);
        Part::join(parts, n_facts, entries, table.plain())
    }
}

/// How a row stands in one word, from the lowest bit: row, value, source, fact by its number within the bucket. One word a row is
/// less to move than four numbers.
#[derive(Clone, Copy)]
struct Layout {
    /// log₂ of the facts in a bucket.
    shift: u32,
    row_bits: u32,
    value_bits: u32,
    source_bits: u32,
    n_values: u32,
}

impl Layout {
    fn new(n_facts: usize, n_sources: usize, n_values: usize, n_rows: usize) -> Layout {
        let bits = |n: usize| usize::BITS - n.leading_zeros();
        Layout {
            shift: Layout::shift(n_facts, n_rows),
            row_bits: bits(n_rows),
            // One more: no value.
            value_bits: bits(n_values),
            source_bits: bits(n_sources),
            n_values: n_values as u32,
        }
    }

    /// log₂ of the facts a bucket holds. It depends on the sizes alone, so that results do not depend on threads.
    fn shift(n_facts: usize, n_rows: usize) -> u32 {
        let facts = (n_facts as u64 * BUCKET as u64).div_ceil(n_rows.max(1) as u64);
        let facts = facts.max((n_facts / MAX_BUCKETS) as u64).max(1);
        facts.next_power_of_two().ilog2()
    }

    fn bits(&self) -> u32 {
        self.row_bits + self.value_bits + self.source_bits + self.shift
    }

    #[inline]
    fn pack<W: Word>(&self, fact: u32, source: u32, value: u32, row: u32) -> W {
        let fact = fact & ((1 << self.shift) - 1);
        let mut word = W::from(fact) << self.source_bits | W::from(source);
        word = word << self.value_bits | W::from(value.min(self.n_values));
        word << self.row_bits | W::from(row)
    }

    #[inline]
    fn fact<W: Word>(&self, word: W) -> usize {
        (word >> (self.row_bits + self.value_bits + self.source_bits)).low() as usize
    }

    #[inline]
    fn entry<W: Word>(&self, word: W) -> Entry {
        let field = |from: u32, bits: u32| (word >> from).low() & ((1 << bits) - 1);
        let value = field(self.row_bits, self.value_bits);
        Entry {
            source: field(self.row_bits + self.value_bits, self.source_bits),
            claim: if value == self.n_values { NONE } else { value },
            row: field(0, self.row_bits),
        }
    }
}

/// An unsigned integer that holds a row.
trait Word:
    Copy + Send + Sync + From<u32> + Shl<u32, Output = Self> + Shr<u32, Output = Self> + BitOr<Output = Self>
{
    /// The lowest 32 bits.
    fn low(self) -> u32;
}

impl Word for u64 {
    fn low(self) -> u32 {
        self as u32
    }
}

impl Word for u128 {
    fn low(self) -> u32 {
        self as u32
    }
}

/// Rows in buckets of neighbouring facts, in the order of the rows within each.
struct Buckets<W> {
    layout: Layout,
    /// Where each bucket starts, and where the last one ends.
    start: Vec<usize>,
    rows: Held<W>,
}

/// How the rows stand in their buckets.
enum Held<W> {
    Words(Vec<W>),
    /// As they came, sorted.
    Sorted {
        /// Where the rows of each fact start, and where the last one's end.
        fact_ptr: Vec<u32>,
        source: Vec<u32>,
        value: Vec<u32>,
    },
}

impl<W: Word> Buckets<W> {
    fn fill(layout: Layout, n_facts: usize, ids: Ids) -> Buckets<W> {
        let shift = layout.shift;
        if ids.fact.is_sorted() {
            let mut fact_ptr = vec![0; n_facts + 1];
            // The last row of a fact is the one that stays. No fact is without one.
            ids.fact.iter().enumerate().for_each(|(row, f)| fact_ptr[*f as usize + 1] = row as u32 + 1);
            let first = |bucket: usize| fact_ptr[n_facts.min(bucket << shift)] as usize;
            let start = (0..(n_facts >> shift) + 2).map(first).collect();
            let Ids { source, value, .. } = ids;
            return Buckets { layout, start, rows: Held::Sorted { fact_ptr, source, value } };
        }
        let mut start = vec![0; (n_facts >> shift) + 2];
        ids.fact.iter().for_each(|f| start[(f >> shift) as usize + 1] += 1);
        for bucket in 1..start.len() {
            start[bucket] += start[bucket - 1];
        }
        let mut next = start.clone();
        let mut words = vec![W::from(0); ids.fact.len()];
        let rows = ids.fact.iter().zip(&ids.source).zip(&ids.value);
        for (row, ((&fact, &source), &value)) in rows.enumerate() {
            let place = &mut next[(fact >> shift) as usize];
            words[*place] = layout.pack(fact, source, value, row as u32);
            *place += 1;
        }
        Buckets { layout, start, rows: Held::Words(words) }
    }

    fn n_rows(&self) -> usize {
        self.start.last().copied().unwrap_or(0)
    }

    /// The entries of each bucket.
    fn slices<'e>(&self, mut entries: &'e mut [Entry]) -> Vec<Mutex<&'e mut [Entry]>> {
        let ends = self.start.windows(2);
        ends.map(|ends| Mutex::new(entries.split_off_mut(..ends[1] - ends[0]).unwrap_or_default())).collect()
    }

    /// Writes a bucket's entries by fact, keeping their order within each, `claim` still being the value; gives where each fact
    /// starts, and where the last one ends.
    fn sort(&self, bucket: usize, facts: Range<usize>, entries: &mut [Entry]) -> Vec<u32> {
        let rows = self.start[bucket]..self.start[bucket + 1];
        let words = match &self.rows {
            Held::Words(words) => &words[rows],
            Held::Sorted { fact_ptr, source, value } => {
                let said = source[rows.clone()].iter().zip(&value[rows.clone()]);
                for (entry, (row, (&source, &claim))) in entries.iter_mut().zip(rows.clone().zip(said)) {
                    *entry = Entry { source, claim, row: row as u32 };
                }
                return fact_ptr[facts.start..=facts.end].iter().map(|at| at - rows.start as u32).collect();
            }
        };
        let mut start = vec![0; facts.len() + 1];
        words.iter().for_each(|word| start[self.layout.fact(*word) + 1] += 1);
        for f in 0..facts.len() {
            start[f + 1] += start[f];
        }
        let mut next = start.clone();
        for &word in words {
            let place = &mut next[self.layout.fact(word)];
            entries[*place as usize] = self.layout.entry(word);
            *place += 1;
        }
        start
    }
}

/// What one bucket gives.
#[derive(Default)]
struct Part {
    /// Where the reports of each fact start in the bucket, and where the last one's end.
    start: Vec<u32>,
    /// By fact.
    n_claims: Vec<u32>,
    claim_value: Vec<u32>,
    claim_form: Vec<Form>,
    /// By fact.
    repeats: Vec<bool>,
    /// Duplicates: places in the bucket, ascending.
    duplicates: Vec<u32>,
}

/// What tells claims of one fact apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ClaimKey {
    value: u32,
    qualifier: Qualifier,
    denies: bool,
    low: u32,
    high: u32,
}

/// Finds a claim among those of one fact: by looking at each where they are few, by hash where they are many.
#[derive(Default)]
struct ClaimIndex {
    hashed: HashMap<ClaimKey, u32>,
}

/// Claims and reports of a fact up to which each is compared with each.
const FEW: usize = 24;
/// Dictionaries up to this length get a table of when each of their ids was last met: it stays in the nearest cache.
const SMALL: usize = 1 << 11;

/// When a value or a source was last met: in which fact (by its number in the bucket, from 1), and as which of its claims.
#[derive(Clone, Copy, Default)]
struct Met {
    fact: u32,
    claim: u32,
}

impl Part {
    /// Numbers the claims of each fact of a sorted bucket and finds its duplicates.
    fn of(entries: &mut [Entry], start: Vec<u32>, table: &Rows) -> Part {
        let n_facts = start.len() - 1;
        let mut part = Part { start, ..Part::default() };
        part.n_claims.reserve(n_facts);
        part.repeats.reserve(n_facts);
        let plain = table.plain();
        if plain && table.values.len() <= SMALL {
            part.claims_are_few_values(entries, table.values.len());
        } else {
            let mut index = ClaimIndex::default();
            for f in 0..n_facts {
                let reports = &mut entries[part.reports(f)];
                index.hashed.clear();
                if plain {
                    part.claims_are_values(reports, &mut index);
                } else {
                    part.claims_have_forms(reports, table, &mut index);
                }
            }
        }
        let mut sources = Sources::new(table.sources.len());
        for f in 0..n_facts {
            let range = part.reports(f);
            let reports = &entries[range.clone()];
            let repeats = sources.repeat(f, reports) && part.find_duplicates(reports, range.start, table);
            part.repeats.push(repeats);
        }
        part
    }

    /// The reports of a fact in the bucket, once it is sorted.
    fn reports(&self, f: usize) -> Range<usize> {
        self.start[f] as usize..self.start[f + 1] as usize
    }

    /// Numbers the claims of all facts, without a branch that depends on what the reports say.
    fn claims_are_few_values(&mut self, entries: &mut [Entry], n_values: usize) {
        let mut met = vec![Met::default(); n_values];
        // One more than there can be: what follows the last claim is written, too, and not counted.
        let mut values = vec![0; entries.len() + 1];
        let mut total = 0;
        for f in 0..self.start.len() - 1 {
            let (mut n, fact) = (0, f as u32 + 1);
            for report in &mut entries[self.reports(f)] {
                let met = &mut met[report.claim as usize];
                let is_new = met.fact != fact;
                values[total + n as usize] = report.claim;
                *met = Met { fact, claim: if is_new { n } else { met.claim } };
                report.claim = met.claim;
                n += u32::from(is_new);
            }
            total += n as usize;
            self.n_claims.push(n);
        }
        self.claim_value = values[..total].to_vec();
    }

    fn claims_are_values(&mut self, reports: &mut [Entry], index: &mut ClaimIndex) {
        let start = self.claim_value.len();
        for report in reports.iter_mut() {
            let value = report.claim;
            let known = &self.claim_value[start..];
            let found = if known.len() <= FEW {
                known.iter().position(|v| *v == value)
            } else {
                let key = |value| ClaimKey { value, qualifier: Qualifier::Exact, denies: false, low: NONE, high: NONE };
                if index.hashed.is_empty() {
                    index.hashed.extend(known.iter().enumerate().map(|(k, v)| (key(*v), k as u32)));
                }
                let next = known.len() as u32;
                let place = *index.hashed.entry(key(value)).or_insert(next);
                (place != next).then_some(place as usize)
            };
            report.claim = found.unwrap_or(known.len()) as u32;
            if found.is_none() {
                self.claim_value.push(value);
            }
        }
        self.n_claims.push((self.claim_value.len() - start) as u32);
    }

    fn claims_have_forms(&mut self, reports: &mut [Entry], table: &Rows, index: &mut ClaimIndex) {
        let start = self.claim_value.len();
        for report in reports.iter_mut() {
            let i = report.row as usize;
            let stance = table.stance(i);
            let key = ClaimKey {
                value: report.claim,
                qualifier: table.qualifier(i).of_claim(),
                denies: stance == Stance::Denies,
                low: table.low(i),
                high: table.high(i),
            };
            let next = (self.claim_value.len() - start) as u32;
            let place = *index.hashed.entry(key).or_insert(next);
            if place == next {
                self.claim_value.push(key.value);
                self.claim_form.push(Form {
                    qualifier: key.qualifier,
                    stance: if key.denies { Stance::Denies } else { Stance::Asserts },
                    stated: false,
                    low: key.low,
                    high: key.high,
                    std_error: 0.0,
                });
            }
            let form = &mut self.claim_form[start + place as usize];
            if stance != Stance::Neither {
                form.stated = true;
                form.std_error = form.std_error.max(table.std_error.as_ref().map_or(0.0, |s| s[i]));
            }
            report.claim = place;
        }
        self.n_claims.push((self.claim_value.len() - start) as u32);
    }

    /// Finds the duplicates among a fact's reports: a duplicate equals an earlier report in all that makes a vote. Gives whether
    /// some source still has several reports without them.
    fn find_duplicates(&mut self, reports: &[Entry], offset: usize, table: &Rows) -> bool {
        let rest = |r: &Entry| {
            let i = r.row as usize;
            let bits = |column: &Option<Vec<f64>>| column.as_ref().map_or(0, |c| c[i].to_bits());
            let origin = table.origin.as_ref().map_or(NONE, |o| o[i]);
            (table.stance(i), table.qualifier(i), origin, bits(&table.weight), bits(&table.std_error))
        };
        let mut seen = HashSet::with_capacity(reports.len());
        let mut sources = HashSet::with_capacity(reports.len());
        let mut repeats = false;
        for (i, report) in reports.iter().enumerate() {
            if !seen.insert((report.source, report.claim, rest(report))) {
                self.duplicates.push((offset + i) as u32);
            } else {
                repeats |= !sources.insert(report.source);
            }
        }
        repeats
    }

    /// The parts of all buckets as one.
    fn join(parts: Vec<Part>, n_facts: usize, mut entries: Vec<Entry>, plain: bool) -> Grouped {
        let n_claims = parts.iter().map(|p| p.claim_value.len()).sum();
        let mut fact_ptr = Vec::with_capacity(n_facts + 1);
        let mut claim_ptr = Vec::with_capacity(n_facts + 1);
        let mut claim_value = Vec::with_capacity(n_claims);
        let mut claim_form = Vec::new();
        let mut repeats = Vec::with_capacity(n_facts);
        let mut places: Vec<u64> = Vec::new();
        let (mut n_reports, mut n_claims) = (0, 0);
        for part in parts {
            let base: u64 = n_reports;
            fact_ptr.extend(part.start[..part.start.len() - 1].iter().map(|start| base + u64::from(*start)));
            n_reports += part.start.last().map_or(0, |end| u64::from(*end));
            for n in &part.n_claims {
                claim_ptr.push(n_claims);
                n_claims += u64::from(*n);
            }
            claim_value.extend_from_slice(&part.claim_value);
            claim_form.extend_from_slice(&part.claim_form);
            repeats.extend_from_slice(&part.repeats);
            places.extend(part.duplicates.iter().map(|place| base + u64::from(*place)));
        }
        fact_ptr.push(n_reports);
        claim_ptr.push(n_claims);
        let mut duplicates = BTreeMap::new();
        if !places.is_empty() {
            leave_out(&mut entries, &mut fact_ptr, &places, &mut duplicates);
        }
        let claim_form = (!plain).then_some(claim_form);
        Grouped { fact_ptr, entries, repeats, claim_ptr, claim_value, claim_form, duplicates }
    }
}

/// Tells whether a source has several reports of a fact: from a table where sources are few, else by comparing or by hash.
struct Sources {
    /// The fact in which each source was last met, by its number in the bucket, from 1; empty where sources are many.
    met: Vec<u32>,
}

impl Sources {
    fn new(n_sources: usize) -> Sources {
        Sources { met: if n_sources <= SMALL { vec![0; n_sources] } else { vec![] } }
    }

    fn repeat(&mut self, f: usize, reports: &[Entry]) -> bool {
        let mut any = false;
        // No loop is left early: hardly any fact has a source twice.
        if !self.met.is_empty() {
            let fact = f as u32 + 1;
            for report in reports {
                let met = &mut self.met[report.source as usize];
                any |= *met == fact;
                *met = fact;
            }
        } else if reports.len() <= FEW {
            for (i, a) in reports.iter().enumerate() {
                for b in &reports[..i] {
                    any |= a.source == b.source;
                }
            }
        } else {
            let mut seen = HashSet::with_capacity(reports.len());
            any = reports.iter().any(|r| !seen.insert(r.source));
        }
        any
    }
}

/// Takes the entries at these places (ascending) out, and counts them by fact.
fn leave_out(entries: &mut Vec<Entry>, fact_ptr: &mut [u64], places: &[u64], counts: &mut BTreeMap<u32, u32>) {
    let mut gone = 0;
    let mut place = 0u64;
    entries.retain(|_| {
        let out = places.get(gone) == Some(&place);
        gone += usize::from(out);
        place += 1;
        !out
    });
    let mut before = 0usize;
    for f in 0..fact_ptr.len() - 1 {
        let end = fact_ptr[f + 1];
        let start_gone = before;
        while before < places.len() && places[before] < end {
            before += 1;
        }
        if before > start_gone {
            counts.insert(f as u32, (before - start_gone) as u32);
        }
        fact_ptr[f + 1] = end - before as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{Column, Data};
    use crate::matrix::{Matrix, Options};
    use crate::stats::Watch;
    use std::borrow::Cow;

    /// A number that looks like chance.
    fn mixed(i: u64) -> u64 {
        let x = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (x ^ x >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32
    }

    #[test]
    fn every_row_is_found_again_in_its_fact_and_in_order() {
        // Several buckets; dictionaries of values and sources on both sides of what has a table of its own; words of both sizes.
        for (n_rows, n_facts, n_values, n_sources, wide, sorted) in [
            (100_000, 30_000, 3, 7, false, false),
            (100_000, 30_000, 3, 7, false, true),
            (100_000, 30_000, 5_000, 40_000, false, false),
            (200_000, 100_000, 150_000, 150_000, true, false),
            (200_000, 100_000, 150_000, 150_000, true, true),
        ] {
            let column = |salt: u64, below: u64| -> Vec<i64> {
                (0..n_rows).map(|i| (mixed(3 * i + salt) % below) as i64).collect()
            };
            let (mut fact, source, value) = (column(0, n_facts), column(1, n_sources), column(2, n_values));
            if sorted {
                fact.sort_unstable();
            }
            let integers = |v: &[i64]| Column::of(Data::I64(Cow::Owned(v.to_vec())));
            let named = |name: &str, v: &[i64]| (name.to_owned(), integers(v));
            let table = [named("fact", &fact), named("source", &source), named("label", &value)];
            let m = Matrix::build(&table, &Options::default(), &Watch::default()).unwrap().inner;
            let layout = Layout::new(m.facts.len(), m.sources.len(), m.values.len(), fact.len());
            assert_eq!(layout.bits() > 64, wide);
            let number = |labels: &crate::matrix::Labels, id: u32| labels.name(id).parse::<i64>().unwrap();
            let mut places = std::collections::BTreeSet::new();
            for f in 0..m.facts.len() {
                let reports = &m.entries[m.reports(f)];
                assert!(reports.is_sorted_by(|a, b| a.row < b.row));
                let sources: HashSet<u32> = reports.iter().map(|r| r.source).collect();
                assert_eq!(m.repeats[f], sources.len() < reports.len());
                let claims = &m.claim_value[m.claims(f)];
                assert_eq!(claims.iter().collect::<HashSet<_>>().len(), claims.len());
                for r in reports {
                    let row = r.row as usize;
                    assert_eq!(number(&m.facts, f as u32), fact[row]);
                    assert_eq!(number(&m.sources, r.source), source[row]);
                    assert_eq!(number(&m.values, claims[r.claim as usize]), value[row]);
                    assert!(places.insert(row));
                }
            }
            let duplicates: u32 = m.duplicates.values().sum();
            assert_eq!(places.len() + duplicates as usize, fact.len());
        }
    }

    #[test]
    fn a_row_comes_out_of_its_word_as_it_went_in() {
        fn check<W: Word>(layout: Layout, ends: [u32; 4]) {
            let [fact, source, value, row] = ends;
            for value in [0, value, NONE] {
                for (fact, source, row) in [(0, 0, 0), (fact, source, row), (fact, 0, row), (0, source, 0)] {
                    let word: W = layout.pack(fact, source, value, row);
                    assert_eq!(layout.fact(word), fact as usize % (1 << layout.shift));
                    assert_eq!(layout.entry(word), Entry { source, claim: value, row });
                }
            }
        }
        check::<u64>(Layout::new(2_000_000, 1_000, 4, 10_000_000), [1_999_999, 999, 3, 9_999_999]);
        let n = (1 << 31) - 2;
        check::<u128>(Layout::new(n, n, n, n), [n as u32 - 1; 4]);
    }

    #[test]
    fn buckets_hold_few_rows_and_are_few() {
        assert_eq!(Layout::shift(2_000_000, 10_000_000), 12);
        assert_eq!(Layout::shift(1_000, 10_000_000), 1);
        assert_eq!(Layout::shift(1, 10_000_000), 0);
        assert_eq!(Layout::shift(1 << 30, 1 << 31), 19);
    }
}

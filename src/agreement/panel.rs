//! The ratings of a kind and group of facts, counted by fact and category: what every coefficient reads.

use crate::error::{ParameterError, Result};
use crate::matrix::{Entry, Inner, NONE, Ratings};
use crate::stats::chunks::map_chunks;
use crate::stats::lanes::packed_counts;
use crate::value::{Qualifier, Stance, Value, shortest};
use hashbrown::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Facts that are counted at a time; fixed, so that results do not depend on the number of threads.
pub(crate) const CHUNK: usize = 1 << 13;

/// Nanoseconds of a day.
const DAY: f64 = 86_400e9;

/// How values become categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Every value that differs is a category of its own; their order does not matter.
    Labels,
    /// Categories stand on a scale, lowest first: numbers, dates, ranks, labels in the order that was declared (else sorted).
    Scale,
}

/// How many ratings of a fact fall into a category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Category, from 0.
    pub category: u32,
    /// Ratings, at least 1.
    pub count: u32,
}

/// The ratings of the facts of one kind and group, one value a voice and fact.
///
/// Facts are those of the matrix in its order, the ones without any rating left out; categories those that someone used or
/// `categories=` declares. Nothing here is as large as facts × sources.
#[derive(Debug)]
pub struct Panel<'a> {
    ratings: &'a Ratings,
    /// Places of the facts in the matrix; facts without ratings too.
    facts: Facts,
    reading: Reading,
    chunks: Vec<Chunk>,
    /// The category of each claim of the matrix by value id, or by claim where values are not enough.
    codes: Arc<Codes>,
    categories: Arc<Categories>,
    /// Facts with at least one rating.
    n_facts: usize,
    /// The voice left out, if any.
    without: Option<u32>,
    /// The ratings, where they are those of two voices alone.
    pair: Option<Vec<[(u32, u32); 2]>>,
    /// Ratings by category, once someone asks.
    totals: OnceLock<[Vec<f64>; 2]>,
}

/// Places of facts in the matrix.
#[derive(Debug, Clone)]
pub(crate) enum Facts {
    All(usize),
    Some(Vec<u32>),
}

impl Facts {
    fn len(&self) -> usize {
        match self {
            Facts::All(n) => *n,
            Facts::Some(facts) => facts.len(),
        }
    }

    /// The places, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }

    #[inline]
    fn get(&self, i: usize) -> usize {
        match self {
            Facts::All(_) => i,
            Facts::Some(facts) => facts[i] as usize,
        }
    }
}

#[derive(Debug, Default)]
struct Chunk {
    /// Where the cells of each fact begin; one more than facts.
    ptr: Vec<u32>,
    cells: Vec<Cell>,
    /// Facts with at least two ratings, and their ratings.
    n_paired: usize,
    n_pairable: usize,
}

impl Chunk {
    /// Counts what can be compared.
    fn counted(mut self) -> Chunk {
        for i in 0..self.ptr.len() - 1 {
            let m: u32 = self.fact(i).iter().map(|c| c.count).sum();
            if m >= 2 {
                self.n_paired += 1;
                self.n_pairable += m as usize;
            }
        }
        self
    }

    fn fact(&self, i: usize) -> &[Cell] {
        &self.cells[self.ptr[i] as usize..self.ptr[i + 1] as usize]
    }
}

/// Facts with at least one rating.
fn n_facts(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|c| c.ptr.windows(2).filter(|p| p[1] > p[0]).count()).sum()
}

/// The category of a claim.
#[derive(Debug, Clone)]
enum Codes {
    /// By value id.
    Value(Vec<u32>),
    /// By value id, where only a few of the matrix's are used.
    FewValues(HashMap<u32, u32>),
    /// By claim, `NONE` where it is no value on the scale.
    Claim(HashMap<u32, u32>),
}

impl Codes {
    fn of(&self, m: &Inner, claim: usize) -> u32 {
        match self {
            Codes::Value(codes) => codes[m.claim_value[claim] as usize],
            Codes::FewValues(codes) => codes.get(&m.claim_value[claim]).copied().unwrap_or(NONE),
            Codes::Claim(codes) => codes.get(&(claim as u32)).copied().unwrap_or(NONE),
        }
    }
}

/// What puts categories in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Nothing: they are labels.
    #[default]
    None,
    /// Their numbers (or dates, in days).
    Numbers,
    /// The ranks of an ordinal scale, from 1.
    Ranks,
    /// The order in which they were declared, from 1.
    Declared,
    /// The alphabet, for want of anything better, from 1.
    Alphabet,
}

/// The categories in order of their code.
#[derive(Debug, Clone, Default)]
struct Categories {
    n: usize,
    order: Order,
    /// Where they stand on the scale; empty for [`Reading::Labels`].
    places: Vec<f64>,
    /// What was declared; empty where nothing was.
    declared: Vec<String>,
    /// A value id or claim of each, and the fact it was found in.
    first: Vec<(u32, u32)>,
    by_claim: bool,
    n_off_scale: usize,
}

impl<'a> Panel<'a> {
    /// Counts the ratings of these facts.
    ///
    /// # Errors
    /// [`ParameterError::Unusable`] where `categories` misses a label that was used.
    pub(crate) fn new(
        ratings: &'a Ratings,
        facts: Facts,
        reading: Reading,
        declared: Option<&[String]>,
        without: Option<u32>,
    ) -> Result<Panel<'a>> {
        let m = &*ratings.matrix().inner;
        // Values tell claims apart unless a claim is more than its value, or words stand in another order in each fact.
        let by_claim = m.claim_form.is_some() || !m.order.by_fact.is_empty() && reading == Reading::Scale;
        let n = facts.len();
        let count = |range: Range<usize>| Chunk::of(ratings, &facts, range, by_claim, without);
        let chunks = map_chunks(n, CHUNK, count);
        let (codes, categories) = Categories::number_all(m, &chunks, &facts, reading, declared, by_claim)?;
        let chunks = recode(chunks, &codes);
        let n_facts = n_facts(&chunks);
        let (codes, categories) = (Arc::new(codes), Arc::new(categories));
        Ok(Panel {
            ratings,
            facts,
            reading,
            chunks,
            codes,
            categories,
            n_facts,
            without,
            pair: None,
            totals: OnceLock::new(),
        })
    }

    /// The facts that two voices both rate, with their ratings: voice and category. Categories are the same, or, if `few`, those
    /// that the two use.
    pub(crate) fn of_pair(&self, mut said: Vec<[(u32, u32); 2]>, few: bool) -> Panel<'a> {
        let mut categories = Arc::clone(&self.categories);
        if few {
            let mut used: Vec<u32> = said.iter().flatten().map(|(_, category)| *category).collect();
            used.sort_unstable();
            used.dedup();
            let place = |category: u32| used.binary_search(&category).map_or(NONE, |at| at as u32);
            said.iter_mut().flatten().for_each(|rating| rating.1 = place(rating.1));
            categories = Arc::new(categories.of(&used));
        }
        let mut chunk = Chunk {
            ptr: Vec::with_capacity(said.len() + 1),
            cells: Vec::with_capacity(2 * said.len()),
            n_paired: said.len(),
            n_pairable: 2 * said.len(),
        };
        chunk.ptr.push(0);
        for [(_, a), (_, b)] in &said {
            if a == b {
                chunk.cells.push(Cell { category: *a, count: 2 });
            } else {
                let (low, high) = if a < b { (*a, *b) } else { (*b, *a) };
                chunk.cells.extend([low, high].map(|category| Cell { category, count: 1 }));
            }
            chunk.ptr.push(chunk.cells.len() as u32);
        }
        Panel {
            facts: Facts::Some(vec![]),
            chunks: vec![chunk],
            codes: Arc::clone(&self.codes),
            categories,
            n_facts: said.len(),
            pair: Some(said),
            totals: OnceLock::new(),
            ..*self
        }
    }

    /// The same facts and categories without one voice.
    pub fn without_voice(&self, voice: u32) -> Panel<'a> {
        let by_claim = self.categories.by_claim;
        let count = |range: Range<usize>| Chunk::of(self.ratings, &self.facts, range, by_claim, Some(voice));
        let chunks = recode(map_chunks(self.facts.len(), CHUNK, count), &self.codes);
        Panel {
            facts: self.facts.clone(),
            codes: Arc::clone(&self.codes),
            categories: Arc::clone(&self.categories),
            n_facts: n_facts(&chunks),
            without: Some(voice),
            pair: None,
            totals: OnceLock::new(),
            chunks,
            ..*self
        }
    }

    /// Where the ratings come from.
    pub fn ratings(&self) -> &'a Ratings {
        self.ratings
    }

    /// How values became categories.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// Facts with at least one rating.
    pub fn n_facts(&self) -> usize {
        self.n_facts
    }

    /// Values in facts with at least two ratings: those that can be compared.
    pub fn n_pairable(&self) -> usize {
        self.chunks.iter().map(|c| c.n_pairable).sum()
    }

    /// Facts with at least two ratings.
    pub fn n_paired(&self) -> usize {
        self.chunks.iter().map(|c| c.n_paired).sum()
    }

    /// Categories that someone used or that were declared.
    pub fn n_categories(&self) -> usize {
        self.categories.n
    }

    /// Ratings that have no place on the scale ("at least 3000" where numbers are needed), left out.
    pub fn n_off_scale(&self) -> usize {
        self.categories.n_off_scale
    }

    /// The label of a category.
    pub fn category(&self, category: usize) -> String {
        let c = &self.categories;
        match (c.declared.get(category), c.first.get(category)) {
            (Some(label), _) => label.clone(),
            (None, Some((id, fact))) => {
                let one = Found { id: *id, fact: *fact, place: None, rank: false };
                name(&self.ratings.matrix().inner, &one, c.by_claim)
            }
            (None, None) => String::new(),
        }
    }

    /// Where the categories stand on the scale, ascending; empty for [`Reading::Labels`].
    pub fn places(&self) -> &[f64] {
        &self.categories.places
    }

    /// What put the categories in order.
    pub fn order(&self) -> Order {
        self.categories.order
    }

    /// The counts of each fact with at least one rating, in order.
    pub fn cells(&self) -> impl Iterator<Item = &[Cell]> {
        self.chunks.iter().flat_map(|c| (0..c.ptr.len() - 1).map(|i| c.fact(i))).filter(|cells| !cells.is_empty())
    }

    /// What `f` makes of the counts of each fact with at least one rating, in order, and the sums of the `n` numbers it adds to; in
    /// parallel, and the same for any number of threads.
    pub fn scan<T: Send>(&self, n: usize, f: impl Fn(&[Cell], &mut [f64]) -> Option<T> + Sync) -> (Vec<T>, Vec<f64>) {
        let of = |chunk: &Chunk| {
            let (mut made, mut sums) = (Vec::with_capacity(chunk.ptr.len()), vec![0.0; n]);
            for i in 0..chunk.ptr.len() - 1 {
                let cells = chunk.fact(i);
                if !cells.is_empty() {
                    made.extend(f(cells, &mut sums));
                }
            }
            (made, sums)
        };
        let mut parts = map_chunks(self.chunks.len(), 1, |range| of(&self.chunks[range.start]));
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let mut all = (Vec::with_capacity(parts.iter().map(|(made, _)| made.len()).sum()), vec![0.0; n]);
        for (made, sums) in parts {
            all.0.extend(made);
            all.1.iter_mut().zip(sums).for_each(|(a, b)| *a += b);
        }
        all
    }

    /// The same where `f` only adds.
    pub fn sums(&self, n: usize, f: impl Fn(&[Cell], &mut [f64]) + Sync) -> Vec<f64> {
        let add = |cells: &[Cell], sums: &mut [f64]| {
            f(cells, sums);
            None::<()>
        };
        self.scan(n, add).1
    }

    /// Ratings by category: of all facts, and of those with at least two.
    pub fn totals(&self) -> &[Vec<f64>; 2] {
        self.totals.get_or_init(|| {
            let q = self.n_categories();
            let mut all = self.sums(2 * q, |cells, sums| {
                let (single, paired) = sums.split_at_mut(q);
                match cells {
                    [Cell { category, count: 1 }] => single[*category as usize] += 1.0,
                    _ => cells.iter().for_each(|c| paired[c.category as usize] += f64::from(c.count)),
                }
            });
            let paired = all.split_off(q);
            all.iter_mut().zip(&paired).for_each(|(a, b)| *a += b);
            [all, paired]
        })
    }

    /// The ratings of each fact with at least one: voice and category, in order of the reports. For coefficients that tell
    /// sources apart.
    pub fn each(&self, mut f: impl FnMut(&[(u32, u32)])) {
        if let Some(pair) = &self.pair {
            pair.iter().for_each(|said| f(said));
            return;
        }
        let m = &*self.ratings.matrix().inner;
        let (mut said, mut code_of) = (Vec::new(), Vec::new());
        for i in 0..self.facts.len() {
            let fact = self.facts.get(i);
            said.clear();
            code_of.clear();
            code_of.extend(m.claims(fact).map(|claim| self.codes.of(m, claim)));
            for entry in self.ratings.of(fact) {
                let code = code_of[entry.claim as usize];
                if code != NONE && Some(entry.source) != self.without {
                    said.push((entry.source, code));
                }
            }
            if !said.is_empty() {
                f(&said);
            }
        }
    }

    /// Voices with a rating here.
    pub fn n_voices(&self) -> usize {
        match self.facts {
            // Every voice has a rating somewhere, and nothing is left out.
            Facts::All(_) if self.without.is_none() && self.n_off_scale() == 0 && self.ratings.as_they_stand() => {
                self.ratings.n_voices()
            }
            _ => self.voices().iter().filter(|n| **n > 0).count(),
        }
    }

    /// Voices with a rating here, and how many ratings each has, by voice of the [`Ratings`].
    pub fn voices(&self) -> Vec<u32> {
        let m = &*self.ratings.matrix().inner;
        let n = self.ratings.n_voices();
        if let Some(pair) = &self.pair {
            let mut counts = vec![0u32; n];
            pair.iter().flatten().for_each(|(voice, _)| counts[*voice as usize] += 1);
            return counts;
        }
        let count = |range: Range<usize>| {
            let mut counts = vec![0u32; n];
            for i in range {
                let fact = self.facts.get(i);
                let first = m.claim_ptr[fact] as usize;
                for e in self.ratings.of(fact) {
                    // Every claim is a value unless the scale leaves some out.
                    let counted =
                        self.categories.n_off_scale == 0 || self.codes.of(m, first + e.claim as usize) != NONE;
                    counts[e.source as usize] += u32::from(counted);
                }
            }
            counts
        };
        // Many voices make the counts of a chunk large: then fewer, larger chunks.
        let parts = map_chunks(self.facts.len(), (CHUNK * 4).max(n), count);
        let mut all = vec![0u32; n];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(a, b)| *a += b);
        }
        if let Some(voice) = self.without {
            all[voice as usize] = 0;
        }
        all
    }
}

impl Chunk {
    /// Counts by value id, or by claim.
    fn of(ratings: &Ratings, facts: &Facts, range: Range<usize>, by_claim: bool, without: Option<u32>) -> Chunk {
        let m = &*ratings.matrix().inner;
        let n_claims = range.clone().map(|i| m.claims(facts.get(i)).len()).sum();
        let cells = Vec::with_capacity(n_claims);
        let mut chunk = Chunk { ptr: Vec::with_capacity(range.len() + 1), cells, n_paired: 0, n_pairable: 0 };
        chunk.ptr.push(0);
        let (mut few, mut many) = ([0u32; 8], [0u32; 64]);
        let mut large = Vec::new();
        for i in range {
            let fact = facts.get(i);
            let claims = m.claims(fact);
            let (first, n) = (claims.start, claims.len());
            let entries = ratings.of(fact);
            let counts: &[u32] = if n <= few.len() {
                few = count_few(entries, without);
                &few
            } else if n <= many.len() {
                many = count_many(entries, without);
                &many
            } else {
                large.clear();
                large.resize(n, 0);
                entries.iter().filter(|e| Some(e.source) != without).for_each(|e| large[e.claim as usize] += 1);
                &large
            };
            // Those that nobody states are written too, and then written over.
            let start = chunk.cells.len();
            let mut kept = start;
            chunk.cells.resize(start + n, Cell { category: 0, count: 0 });
            for (k, (count, value)) in counts.iter().zip(&m.claim_value[first..first + n]).enumerate() {
                let category = if by_claim { (first + k) as u32 } else { *value };
                chunk.cells[kept] = Cell { category, count: *count };
                kept += usize::from(*count > 0);
            }
            chunk.cells.truncate(kept);
            chunk.ptr.push(kept as u32);
            if !by_claim && entries.len() >= 2 && without.is_none() {
                chunk.n_paired += 1;
                chunk.n_pairable += entries.len();
            }
        }
        // Claims may yet be left out of a scale, and voices were.
        if without.is_some() && !by_claim { chunk.counted() } else { chunk }
    }
}

/// Counts of up to eight claims.
#[inline]
fn count_few(entries: &[Entry], without: Option<u32>) -> [u32; 8] {
    let mut counts = [0; 8];
    for part in entries.chunks(255) {
        let of = |entries: &[Entry]| packed_counts(entries, |e| e.claim);
        let bytes: u64 = match without {
            None => of(part),
            Some(voice) => part.split(|e| e.source == voice).map(of).sum(),
        };
        counts.iter_mut().zip(bytes.to_le_bytes()).for_each(|(count, byte)| *count += u32::from(byte));
    }
    counts
}

/// Counts of up to N claims, N a power of two; places are masked so that no bound needs checking.
///
/// Neighbours are often of one claim, and a counter can be raised again only after it was written: so two sets of counters take
/// turns.
#[inline]
fn count_many<const N: usize>(entries: &[Entry], without: Option<u32>) -> [u32; N] {
    let mut counts = [0; N];
    let place = |e: &Entry| e.claim as usize & (N - 1);
    if let Some(voice) = without {
        entries.iter().filter(|e| e.source != voice).for_each(|e| counts[place(e)] += 1);
        return counts;
    }
    let mut others = [0; N];
    let mut pairs = entries.chunks_exact(2);
    for pair in &mut pairs {
        counts[place(&pair[0])] += 1;
        others[place(&pair[1])] += 1;
    }
    pairs.remainder().iter().for_each(|e| counts[place(e)] += 1);
    counts.iter_mut().zip(others).for_each(|(a, b)| *a += b);
    counts
}

/// Ids become categories; those that are none are dropped, and several of one fact that are the same become one.
fn recode(chunks: Vec<Chunk>, codes: &Codes) -> Vec<Chunk> {
    let code = |id: u32| match codes {
        Codes::Value(codes) => codes[id as usize],
        Codes::FewValues(codes) | Codes::Claim(codes) => codes.get(&id).copied().unwrap_or(NONE),
    };
    if let Codes::Value(codes) = codes
        && codes.iter().enumerate().all(|(id, code)| *code as usize == id)
    {
        return chunks;
    }
    if let Codes::Value(_) | Codes::FewValues(_) = codes {
        let mut chunks = chunks;
        let simple = chunks.iter_mut().all(|chunk| {
            chunk.cells.iter_mut().all(|cell| {
                cell.category = code(cell.category);
                cell.category != NONE
            })
        });
        debug_assert!(simple);
        return chunks;
    }
    let one = |chunk: &Chunk| {
        let mut new = Chunk { ptr: vec![0], cells: Vec::with_capacity(chunk.cells.len()), n_paired: 0, n_pairable: 0 };
        for i in 0..chunk.ptr.len() - 1 {
            let start = new.cells.len();
            for cell in chunk.fact(i) {
                let category = code(cell.category);
                match new.cells[start..].iter_mut().find(|c| c.category == category) {
                    _ if category == NONE => {}
                    Some(known) => known.count += cell.count,
                    None => new.cells.push(Cell { category, count: cell.count }),
                }
            }
            new.ptr.push(new.cells.len() as u32);
        }
        new.counted()
    };
    map_chunks(chunks.len(), 1, |range| one(&chunks[range.start]))
}

/// Where a value stands before categories are numbered.
#[derive(Debug, Clone)]
struct Found {
    /// Value id, or claim.
    id: u32,
    fact: u32,
    place: Option<f64>,
    rank: bool,
}

impl Categories {
    fn number_all(
        m: &Inner,
        chunks: &[Chunk],
        facts: &Facts,
        reading: Reading,
        declared: Option<&[String]>,
        by_claim: bool,
    ) -> Result<(Codes, Categories)> {
        // Only claims can be left out of a scale, so only they are counted.
        let used = used(chunks, facts, if by_claim { m.claim_value.len() } else { m.values.len() }, by_claim);
        let mut found = Vec::with_capacity(used.len());
        let mut all = Categories { by_claim, ..Self::default() };
        for (id, fact, count) in used {
            match find(m, id, fact, by_claim, reading) {
                Some(one) => found.push(one),
                None => all.n_off_scale += count,
            }
        }
        let mut codes: HashMap<u32, u32> = HashMap::with_capacity(found.len());
        all.order = match reading {
            Reading::Labels => Order::None,
            Reading::Scale if found.iter().any(|f| f.place.is_none()) => Order::Alphabet,
            Reading::Scale if found.iter().any(|f| f.rank) => Order::Ranks,
            Reading::Scale => Order::Numbers,
        };
        match declared {
            Some(declared) => all.declare(m, declared, &found, &mut codes)?,
            None => all.number(m, found, &mut codes),
        }
        let codes = if by_claim {
            Codes::Claim(codes)
        } else if codes.len() * 4 < m.values.len() {
            Codes::FewValues(codes)
        } else {
            let mut by_value = vec![NONE; m.values.len()];
            codes.into_iter().for_each(|(id, code)| by_value[id as usize] = code);
            Codes::Value(by_value)
        };
        Ok((codes, all))
    }

    /// Only these, in ascending order.
    fn of(&self, used: &[u32]) -> Categories {
        let at = |category: &u32| *category as usize;
        Categories {
            n: used.len(),
            order: self.order,
            places: used.iter().filter_map(|c| self.places.get(at(c)).copied()).collect(),
            declared: used.iter().filter_map(|c| self.declared.get(at(c)).cloned()).collect(),
            first: used.iter().filter_map(|c| self.first.get(at(c)).copied()).collect(),
            ..*self
        }
    }

    /// Numbers the values found: as they come, or lowest first.
    fn number(&mut self, m: &Inner, mut found: Vec<Found>, codes: &mut HashMap<u32, u32>) {
        if self.order == Order::Alphabet {
            found.sort_by_cached_key(|one| name(m, one, self.by_claim));
        } else if self.order != Order::None {
            found.sort_by(|a, b| a.place.unwrap_or(0.0).total_cmp(&b.place.unwrap_or(0.0)));
        }
        // Claims that read the same in different facts are one category.
        let by_name = self.by_claim && matches!(self.order, Order::None | Order::Alphabet);
        let mut names: HashMap<String, u32> = HashMap::new();
        let mut last = f64::NAN;
        for one in found {
            let next = self.n as u32;
            let place = one.place.unwrap_or(0.0);
            let code = if by_name {
                *names.entry(name(m, &one, true)).or_insert(next)
            } else if matches!(self.order, Order::Numbers | Order::Ranks) && place == last {
                next - 1
            } else {
                next
            };
            codes.insert(one.id, code);
            if code == next {
                match self.order {
                    Order::None => {}
                    Order::Numbers | Order::Ranks => self.places.push(place),
                    _ => self.places.push(f64::from(next + 1)),
                }
                last = place;
                self.first.push((one.id, one.fact));
                self.n += 1;
            }
        }
    }

    /// Categories as they were declared; numbers on a scale lowest first.
    fn declare(
        &mut self,
        m: &Inner,
        declared: &[String],
        found: &[Found],
        codes: &mut HashMap<u32, u32>,
    ) -> Result<()> {
        let unusable = |reason| ParameterError::Unusable { name: "categories", reason };
        let number = |text: &str| text.trim().parse().ok().filter(|v: &f64| v.is_finite());
        let mut declared: Vec<(String, Option<f64>)> = declared.iter().map(|d| (d.clone(), number(d))).collect();
        let numbers = self.order == Order::Numbers && declared.iter().all(|d| d.1.is_some());
        if numbers {
            declared.sort_by(|a, b| a.1.unwrap_or(0.0).total_cmp(&b.1.unwrap_or(0.0)));
        } else if self.order != Order::None {
            self.order = Order::Declared;
        }
        let key = |text: &str| number(text).map_or_else(|| text.to_owned(), shortest);
        let mut index: HashMap<String, u32> = HashMap::new();
        for (i, (label, _)) in declared.iter().enumerate() {
            if index.insert(key(label), i as u32).is_some() {
                return Err(unusable(format!("{label:?} stands there twice; name each label once")).into());
            }
        }
        let mut missed: Vec<String> = Vec::new();
        for one in found {
            let name = name(m, one, self.by_claim);
            match index.get(&key(&name)) {
                Some(code) => {
                    codes.insert(one.id, *code);
                }
                None => missed.push(name),
            }
        }
        if !missed.is_empty() {
            missed.sort_unstable();
            missed.dedup();
            let more = if missed.len() > 5 { ", ..." } else { "" };
            let labels = crate::error::quoted(missed.iter().take(5).map(String::as_str));
            return Err(
                unusable(format!("the reports use {labels}{more}, missing there; name every label used")).into()
            );
        }
        self.n = declared.len();
        if self.order != Order::None {
            let place = |(i, (_, number)): (usize, &(String, Option<f64>))| match number {
                Some(number) if numbers => *number,
                _ => (i + 1) as f64,
            };
            self.places = declared.iter().enumerate().map(place).collect();
        }
        self.declared = declared.into_iter().map(|(label, _)| label).collect();
        Ok(())
    }
}

/// The label of a value or claim.
fn name(m: &Inner, one: &Found, by_claim: bool) -> String {
    let (id, fact) = (one.id as usize, one.fact as usize);
    if by_claim {
        return m.claim_label(fact, id);
    }
    let value = m.kind(fact).read(&m.values.raw(one.id), &m.context(fact));
    value.map_or_else(|_| m.values.name(one.id).into_owned(), |v| v.to_string())
}

/// Ids in order of first use, each with a fact where it is used, and with its number of ratings where `counted`.
fn used(chunks: &[Chunk], facts: &Facts, n_ids: usize, counted: bool) -> Vec<(u32, usize, usize)> {
    let n_cells: usize = chunks.iter().map(|c| c.cells.len()).sum();
    let mut used: Vec<(u32, usize, usize)> = Vec::new();
    let mut dense = if n_cells * 8 >= n_ids { vec![NONE; n_ids] } else { vec![] };
    let mut sparse: HashMap<u32, u32> = HashMap::new();
    let mut fact = 0;
    for chunk in chunks {
        for i in 0..chunk.ptr.len() - 1 {
            for cell in chunk.fact(i) {
                let next = used.len() as u32;
                let place = match dense.get_mut(cell.category as usize) {
                    Some(place) => {
                        if *place == NONE {
                            *place = next;
                        }
                        *place
                    }
                    None => *sparse.entry(cell.category).or_insert(next),
                };
                if place == next {
                    used.push((cell.category, facts.get(fact), 0));
                }
                if counted {
                    used[place as usize].2 += cell.count as usize;
                }
            }
            fact += 1;
            // Every id was seen: the rest can only repeat them.
            if !counted && used.len() == n_ids {
                return used;
            }
        }
    }
    used
}

/// The value with this id, or `None` where it has no place on a scale.
fn find(m: &Inner, id: u32, fact: usize, by_claim: bool, reading: Reading) -> Option<Found> {
    let mut found = Found { id, fact: fact as u32, place: None, rank: false };
    if reading == Reading::Labels {
        return Some(found);
    }
    let value = if by_claim {
        let form = m.form(id as usize);
        let point = matches!(form.qualifier.of_claim(), Qualifier::Exact | Qualifier::About);
        if !point || form.stance == Stance::Denies {
            return None;
        }
        m.claim_value(fact, id as usize)?
    } else {
        m.kind(fact).read(&m.values.raw(id), &m.context(fact)).ok()?
    };
    found.rank = matches!(value, Value::Rank(..));
    found.place = match &value {
        Value::Number(v) => Some(*v),
        Value::Rank(rank, _) => Some(f64::from(*rank) + 1.0),
        Value::Span(start, end, _) => Some((*start as f64 + (*end - *start) as f64 / 2.0) / DAY),
        Value::Bool(v) => Some(f64::from(u8::from(*v))),
        Value::Label(text) => text.trim().parse().ok().filter(|v: &f64| v.is_finite()),
        Value::Set(_) => None,
    };
    Some(found)
}

//! Columns to ids: every distinct label gets the number of its first appearance.

use super::labels::{Labels, NONE};
use crate::column::{Bits, Chunk, Column, Data, Text};
use crate::error::{DataError, Result};
use crate::stats::Watch;
use crate::table::{TextColumn, Values};
use std::hash::{BuildHasher, Hasher};

/// A column as ids of labels; `NONE` where a row is null.
#[derive(Debug)]
pub struct Encoded {
    /// One id a row.
    pub ids: Vec<u32>,
    /// The label of each id.
    pub labels: Labels,
}

/// Gives every distinct label of a column an id, in order of first appearance.
///
/// # Errors
/// A number that is not finite, naming the column and row; [`crate::Error::Interrupted`] when stopped.
pub fn encode(column: &Column<'_>, role: &str, name: &str, watch: &Watch) -> Result<Encoded> {
    encode_floats(column, role, name, true, watch)
}

/// The same for a column that is only kept: its numbers need not be finite.
pub fn encode_kept(column: &Column<'_>, name: &str, watch: &Watch) -> Result<Encoded> {
    encode_floats(column, "kept column", name, false, watch)
}

fn encode_floats(column: &Column<'_>, role: &str, name: &str, finite: bool, watch: &Watch) -> Result<Encoded> {
    let class = class(column, role, name)?;
    let rows = column.len();
    let mut ids = Vec::with_capacity(rows);
    let labels = match class {
        Class::Text => {
            let mut words = Words::default();
            each_piece(column, watch, |chunk, leaf| words.chunk(chunk, leaf, &mut ids))?;
            Labels(Values::Text(words.labels))
        }
        Class::List => {
            let mut lists = Lists::default();
            each_piece(column, watch, |chunk, leaf| lists.chunk(chunk, leaf, &mut ids))?;
            Labels(Values::TextList(lists.offsets, lists.labels))
        }
        _ => {
            let mut numbers = Numbers::over(column, rows, finite);
            let mut failed = None;
            each_piece(column, watch, |chunk, leaf| {
                if failed.is_none() {
                    failed = numbers.chunk(chunk, leaf, &mut ids).err();
                }
            })?;
            if let Some(value) = failed {
                let expected = "a finite number".to_owned();
                let advice = "correct it, or leave the field empty (null) where nothing was reported".to_owned();
                return Err(DataError::Value { row: ids.len(), column: name.into(), value, expected, advice }.into());
            }
            Labels(class.values(numbers.labels, &column.zone))
        }
    };
    Ok(Encoded { ids, labels })
}

/// What the labels of a column are.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Int,
    UInt,
    Float,
    Bool,
    Date,
    Timestamp(i64),
    Text,
    List,
}

impl Class {
    fn of(data: &Data<'_>) -> Option<Class> {
        Some(match data {
            Data::Null(_) => return None,
            Data::I8(_) | Data::I16(_) | Data::I32(_) | Data::I64(_) => Class::Int,
            Data::U8(_) | Data::U16(_) | Data::U32(_) => Class::Int,
            Data::U64(v) if v.iter().any(|x| *x > i64::MAX as u64) => Class::UInt,
            Data::U64(_) => Class::Int,
            Data::F32(_) | Data::F64(_) | Data::Decimal(..) => Class::Float,
            Data::Bool(_) => Class::Bool,
            Data::Date(_) => Class::Date,
            Data::Timestamp(_, nanos) => Class::Timestamp(*nanos),
            Data::Text(_) => Class::Text,
            Data::Dictionary(_, values) => return Class::of(&values.data),
            Data::List(..) => Class::List,
        })
    }

    /// The labels in their own type, from the 64 bits by which they were told apart.
    fn values(self, bits: Vec<i64>, zone: &Option<String>) -> Values {
        match self {
            Class::Int | Class::Text | Class::List => Values::I64(bits),
            Class::UInt => Values::U64(bits.into_iter().map(|b| b as u64).collect()),
            Class::Float => Values::F64(bits.into_iter().map(|b| f64::from_bits(b as u64)).collect()),
            Class::Bool => Values::Bool(bits.into_iter().map(|b| b != 0).collect()),
            Class::Date => Values::Date(bits.into_iter().map(|b| b as i32).collect()),
            Class::Timestamp(nanos) => Values::Timestamp(bits, nanos, zone.clone()),
        }
    }
}

fn class(column: &Column<'_>, role: &str, name: &str) -> Result<Class> {
    let mut found: Option<Class> = None;
    for chunk in &column.chunks {
        match (found, Class::of(&chunk.data)) {
            (_, None) => {}
            (None, some) => found = some,
            (Some(Class::Int), Some(Class::UInt)) => found = Some(Class::UInt),
            (Some(Class::UInt), Some(Class::Int)) => {}
            (Some(a), Some(b)) if a == b => {}
            _ => {
                let expected = "one type: convert those of one part, for example with .astype(str)".to_owned();
                let found = "values of different types in different parts".to_owned();
                return Err(DataError::ColumnType { role: role.into(), column: name.into(), found, expected }.into());
            }
        }
    }
    Ok(found.unwrap_or(Class::Text))
}

/// Rows after which the watch is looked at: a twentieth of a second at most.
const PIECE: usize = 1 << 18;

/// Hands each chunk on with its leaf: the chunk itself, piece by piece, or the dictionary that its values are looked up in.
fn each_piece(column: &Column<'_>, watch: &Watch, mut f: impl FnMut(&Chunk<'_>, Option<&Chunk<'_>>)) -> Result<()> {
    for chunk in &column.chunks {
        watch.tick(0)?;
        let rows = chunk.data.len();
        match &chunk.data {
            Data::Dictionary(_, values) => f(chunk, Some(values)),
            _ if rows <= PIECE => f(chunk, None),
            _ => {
                for start in (0..rows).step_by(PIECE) {
                    watch.tick(0)?;
                    f(&chunk.slice(start..rows.min(start + PIECE)), None);
                }
            }
        }
    }
    Ok(())
}

/// The index of row `i` in the dictionary, or `None` where it is null or out of range.
fn dictionary_key(keys: &Data<'_>, i: usize) -> Option<usize> {
    match keys {
        Data::I8(v) => usize::try_from(v[i]).ok(),
        Data::I16(v) => usize::try_from(v[i]).ok(),
        Data::I32(v) => usize::try_from(v[i]).ok(),
        Data::I64(v) => usize::try_from(v[i]).ok(),
        Data::U8(v) => Some(v[i].into()),
        Data::U16(v) => Some(v[i].into()),
        Data::U32(v) => Some(v[i] as usize),
        Data::U64(v) => usize::try_from(v[i]).ok(),
        _ => None,
    }
}

/// Encodes a dictionary chunk: each used entry is looked up once.
fn through_dictionary(
    chunk: &Chunk<'_>,
    values: &Chunk<'_>,
    ids: &mut Vec<u32>,
    mut id_of: impl FnMut(usize) -> std::result::Result<u32, String>,
) -> std::result::Result<(), String> {
    const UNSEEN: u32 = u32::MAX - 1;
    let Data::Dictionary(keys, _) = &chunk.data else { return Ok(()) };
    let mut local = vec![UNSEEN; values.data.len()];
    for i in 0..keys.len() {
        let key = if chunk.is_null(i) { None } else { dictionary_key(keys, i).filter(|k| *k < local.len()) };
        ids.push(match key {
            None => NONE,
            Some(k) => {
                if local[k] == UNSEEN {
                    local[k] = if values.is_null(k) { NONE } else { id_of(k)? };
                }
                local[k]
            }
        });
    }
    Ok(())
}

/// Rows that are looked up side by side, so that the processor fetches what they need from memory at one time, not one by one.
const BLOCK: usize = 64;

/// Numbers by their 64 bits: addressed directly where their range allows, else hashed.
struct Numbers {
    labels: Vec<i64>,
    finite: bool,
    index: Index,
}

/// Where the id of a number stands.
enum Index {
    /// At its distance from the lowest.
    Direct(i64, Vec<u32>),
    Hashed(Slots),
}

impl Numbers {
    /// Direct addressing where the integers' range is at most 4 × rows: a table lookup instead of a hash.
    fn over(column: &Column<'_>, rows: usize, finite: bool) -> Numbers {
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        let mut countable = true;
        for chunk in &column.chunks {
            match range(&chunk.data) {
                Some((a, b)) => (low, high) = (low.min(a), high.max(b)),
                None => countable &= matches!(chunk.data, Data::Null(_)),
            }
        }
        let span = (i128::from(high) - i128::from(low) + 1).max(0) as u128;
        let direct = countable && span > 0 && span <= 4 * rows as u128 && span < u128::from(u32::MAX);
        let index = match direct {
            true => Index::Direct(low, vec![NONE; span as usize]),
            false => Index::Hashed(Slots::default()),
        };
        Numbers { labels: Vec::new(), finite, index }
    }

    #[inline]
    fn id(&mut self, bits: i64) -> u32 {
        match &mut self.index {
            Index::Direct(low, table) => {
                let slot = &mut table[bits.wrapping_sub(*low) as usize];
                if *slot == NONE {
                    *slot = self.labels.len() as u32;
                    self.labels.push(bits);
                }
                *slot
            }
            Index::Hashed(slots) => slots.id(bits, &mut self.labels),
        }
    }

    /// Encodes a chunk; the error is the text of a number that is not finite.
    fn chunk(&mut self, chunk: &Chunk<'_>, leaf: Option<&Chunk<'_>>, ids: &mut Vec<u32>) -> Outcome {
        if let Some(values) = leaf {
            return through_dictionary(chunk, values, ids, |k| Ok(self.id(bits_at(&values.data, k, self.finite)?)));
        }
        let validity = chunk.validity.as_ref();
        match &chunk.data {
            Data::I8(v) => self.integers(v, validity, ids),
            Data::I16(v) => self.integers(v, validity, ids),
            Data::I32(v) | Data::Date(v) => self.integers(v, validity, ids),
            Data::I64(v) | Data::Timestamp(v, _) => self.integers(v, validity, ids),
            Data::U8(v) => self.integers(v, validity, ids),
            Data::U16(v) => self.integers(v, validity, ids),
            Data::U32(v) => self.integers(v, validity, ids),
            other => {
                for i in 0..other.len() {
                    let id = if chunk.is_null(i) { NONE } else { self.id(bits_at(other, i, self.finite)?) };
                    ids.push(id);
                }
            }
        }
        Ok(())
    }

    fn integers<T: Copy + Into<i64>>(&mut self, values: &[T], validity: Option<&Bits<'_>>, ids: &mut Vec<u32>) {
        if let Some(valid) = validity {
            let rows = values.iter().enumerate();
            ids.extend(rows.map(|(i, v)| if valid.get(i) { self.id((*v).into()) } else { NONE }));
            return;
        }
        for block in values.chunks(BLOCK) {
            let start = ids.len();
            match &self.index {
                Index::Direct(low, table) => {
                    ids.extend(block.iter().map(|v| table[(*v).into().wrapping_sub(*low) as usize]));
                }
                Index::Hashed(slots) => slots.look_up(block, &self.labels, ids),
            }
            let found = &mut ids[start..];
            if found.contains(&NONE) {
                for (id, v) in found.iter_mut().zip(block).filter(|(id, _)| **id == NONE) {
                    *id = self.id((*v).into());
                }
            }
        }
    }
}

/// A hash table from numbers to ids that holds the ids alone: the numbers are the labels of these.
#[derive(Default)]
struct Slots {
    /// Ids at the places of their hashes or behind, `NONE` where free; a power of two, at least half of it free.
    ids: Vec<u32>,
    hasher: hashbrown::DefaultHashBuilder,
}

impl Slots {
    #[inline]
    fn place(&self, bits: i64) -> usize {
        self.hasher.hash_one(bits) as usize & (self.ids.len() - 1)
    }

    /// Ids of those numbers that stand at their very place; `NONE` for the others, which may be there or not.
    fn look_up<T: Copy + Into<i64>>(&self, block: &[T], labels: &[i64], ids: &mut Vec<u32>) {
        if self.ids.is_empty() {
            return ids.extend(block.iter().map(|_| NONE));
        }
        let mut candidates = [NONE; BLOCK];
        for (candidate, v) in candidates.iter_mut().zip(block) {
            *candidate = self.ids[self.place((*v).into())];
        }
        ids.extend(candidates.iter().zip(block).map(|(candidate, v)| match labels.get(*candidate as usize) {
            Some(label) if *label == (*v).into() => *candidate,
            _ => NONE,
        }));
    }

    /// The id of a number; if it is new, it becomes the last of the labels.
    fn id(&mut self, bits: i64, labels: &mut Vec<i64>) -> u32 {
        if self.ids.len() < 2 * (labels.len() + 1) {
            self.grow(labels);
        }
        let mut place = self.place(bits);
        loop {
            match self.ids[place] {
                NONE => {
                    let id = labels.len() as u32;
                    self.ids[place] = id;
                    labels.push(bits);
                    return id;
                }
                id if labels[id as usize] == bits => return id,
                _ => place = (place + 1) & (self.ids.len() - 1),
            }
        }
    }

    fn grow(&mut self, labels: &[i64]) {
        self.ids = vec![NONE; (4 * labels.len()).next_power_of_two().max(BLOCK)];
        for (id, bits) in labels.iter().enumerate() {
            let mut place = self.place(*bits);
            while self.ids[place] != NONE {
                place = (place + 1) & (self.ids.len() - 1);
            }
            self.ids[place] = id as u32;
        }
    }
}

type Outcome = std::result::Result<(), String>;

/// The bits by which value `i` is told apart from others of its type; the text of a number that is not finite as the error.
fn bits_at(data: &Data<'_>, i: usize, finite: bool) -> std::result::Result<i64, String> {
    let float = |x: f64| {
        // -0 is 0.
        if x.is_finite() || !finite { Ok((x + 0.0).to_bits() as i64) } else { Err(x.to_string()) }
    };
    match data {
        Data::I8(v) => Ok(v[i].into()),
        Data::I16(v) => Ok(v[i].into()),
        Data::I32(v) | Data::Date(v) => Ok(v[i].into()),
        Data::I64(v) | Data::Timestamp(v, _) => Ok(v[i]),
        Data::U8(v) => Ok(v[i].into()),
        Data::U16(v) => Ok(v[i].into()),
        Data::U32(v) => Ok(v[i].into()),
        Data::U64(v) => Ok(v[i] as i64),
        // Through the decimal text, so that 0.1f32 is 0.1.
        Data::F32(v) if v[i].is_finite() => float(v[i].to_string().parse().unwrap_or(f64::NAN)),
        Data::F32(v) => float(v[i].into()),
        Data::F64(v) => float(v[i]),
        Data::Decimal(v, scale) => float(format!("{}e{}", v[i], -i32::from(*scale)).parse().unwrap_or(f64::NAN)),
        Data::Bool(bits) => Ok(bits.get(i).into()),
        Data::Null(_) | Data::Text(_) | Data::Dictionary(..) | Data::List(..) => Err(data.type_name().to_owned()),
    }
}

fn range(data: &Data<'_>) -> Option<(i64, i64)> {
    fn of<T: Copy + Ord + Into<i64>>(v: &[T]) -> Option<(i64, i64)> {
        let first = *v.first()?;
        let (low, high) = v.iter().fold((first, first), |(a, b), x| (a.min(*x), b.max(*x)));
        Some((low.into(), high.into()))
    }
    match data {
        Data::I8(v) => of(v),
        Data::I16(v) => of(v),
        Data::I32(v) | Data::Date(v) => of(v),
        Data::I64(v) | Data::Timestamp(v, _) => of(v),
        Data::U8(v) => of(v),
        Data::U16(v) => of(v),
        Data::U32(v) => of(v),
        Data::Bool(_) => Some((0, 1)),
        Data::Dictionary(_, values) => range(&values.data),
        _ => None,
    }
}

/// Strings, compared by bytes; a stored part of the hash spares most comparisons that would fail.
#[derive(Default)]
struct Words {
    labels: TextColumn,
    /// Hash and id at the place of the hash or behind; a power of two, at least half of it free.
    slots: Vec<Word>,
    hasher: hashbrown::DefaultHashBuilder,
}

#[derive(Clone, Copy)]
struct Word {
    hash: u32,
    /// `NONE` where free.
    id: u32,
}

impl Words {
    fn hash(&self, bytes: &[u8]) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(bytes);
        hasher.finish() as u32
    }

    /// The place of a hash: its upper bits, of all 32 where there are that many places.
    fn place(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.slots.len() as u64) >> 32) as usize
    }

    fn label(&self, id: u32) -> &[u8] {
        let at = |i: usize| self.labels.offsets[i] as usize;
        &self.labels.text.as_bytes()[at(id as usize)..at(id as usize + 1)]
    }

    fn id(&mut self, bytes: &[u8]) -> u32 {
        self.id_of_hash(self.hash(bytes), bytes)
    }

    /// The id of a string; if it is new, it becomes the last of the labels.
    fn id_of_hash(&mut self, hash: u32, bytes: &[u8]) -> u32 {
        if self.slots.len() < 2 * (self.labels.len() + 1) {
            self.grow();
        }
        let mut place = self.place(hash);
        loop {
            let word = self.slots[place];
            if word.id == NONE {
                let id = self.labels.len() as u32;
                self.slots[place] = Word { hash, id };
                self.labels.push(&String::from_utf8_lossy(bytes));
                return id;
            }
            if word.hash == hash && self.label(word.id) == bytes {
                return word.id;
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
    }

    fn grow(&mut self) {
        let places = (4 * self.labels.len()).next_power_of_two().max(BLOCK);
        let old = std::mem::replace(&mut self.slots, vec![Word { hash: 0, id: NONE }; places]);
        // In the order of their places, which is that of the new ones but for collisions: near in memory.
        for word in old.into_iter().filter(|word| word.id != NONE) {
            let mut place = self.place(word.hash);
            while self.slots[place].id != NONE {
                place = (place + 1) & (places - 1);
            }
            self.slots[place] = word;
        }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, leaf: Option<&Chunk<'_>>, ids: &mut Vec<u32>) {
        if let Some(values) = leaf {
            // Looking up a string cannot fail.
            let _ = through_dictionary(chunk, values, ids, |k| match &values.data {
                Data::Text(text) => Ok(self.id(text.bytes(k))),
                _ => Ok(NONE),
            });
        } else if let Data::Text(text) = &chunk.data {
            match &chunk.validity {
                Some(valid) => {
                    ids.extend((0..text.len()).map(|i| if valid.get(i) { self.id(text.bytes(i)) } else { NONE }));
                }
                None => self.strings(text, ids),
            }
        } else {
            ids.extend(std::iter::repeat_n(NONE, chunk.data.len()));
        }
    }

    fn strings(&mut self, text: &Text<'_>, ids: &mut Vec<u32>) {
        let mut hashes = [0; BLOCK];
        let mut candidates = [Word { hash: 0, id: NONE }; BLOCK];
        let mut ends = [(0, 0); BLOCK];
        for start in (0..text.len()).step_by(BLOCK) {
            let n = BLOCK.min(text.len() - start);
            if self.slots.is_empty() {
                self.grow();
            }
            // Each step for all rows of the block before the next: what one row waits for, the others fetch meanwhile.
            for (i, hash) in hashes[..n].iter_mut().enumerate() {
                *hash = self.hash(text.bytes(start + i));
            }
            for (candidate, hash) in candidates[..n].iter_mut().zip(&hashes) {
                *candidate = self.slots[self.place(*hash)];
            }
            for (end, candidate) in ends[..n].iter_mut().zip(&candidates) {
                let id = candidate.id as usize;
                *end = match self.labels.offsets.get(id..id.saturating_add(2)) {
                    Some(&[from, to]) => (from as usize, to as usize),
                    _ => (0, 0),
                };
            }
            for i in 0..n {
                let (bytes, candidate, (from, to)) = (text.bytes(start + i), candidates[i], ends[i]);
                let found = candidate.id != NONE
                    && candidate.hash == hashes[i]
                    && &self.labels.text.as_bytes()[from..to] == bytes;
                ids.push(if found { candidate.id } else { self.id_of_hash(hashes[i], bytes) });
            }
        }
    }
}

/// Lists of strings, told apart by their elements in order.
struct Lists {
    keys: Words,
    offsets: Vec<i64>,
    labels: TextColumn,
}

impl Default for Lists {
    fn default() -> Self {
        Lists { keys: Words::default(), offsets: vec![0], labels: TextColumn::default() }
    }
}

impl Lists {
    fn chunk(&mut self, chunk: &Chunk<'_>, leaf: Option<&Chunk<'_>>, ids: &mut Vec<u32>) {
        if let Some(values) = leaf {
            let _ = through_dictionary(chunk, values, ids, |k| Ok(self.id(&values.data, k)));
        } else {
            ids.extend((0..chunk.data.len()).map(|i| if chunk.is_null(i) { NONE } else { self.id(&chunk.data, i) }));
        }
    }

    fn id(&mut self, data: &Data<'_>, i: usize) -> u32 {
        let Data::List(offsets, child) = data else { return NONE };
        let words: Vec<String> = (offsets[i] as usize..offsets[i + 1] as usize)
            .filter(|j| !child.is_null(*j))
            .filter_map(|j| text_at(&child.data, j))
            .collect();
        // Lengths in front of the words keep ["ab"] and ["a", "b"] apart.
        let key: String = words.iter().map(|w| format!("{}:{w}", w.len())).collect();
        let id = self.keys.id(key.as_bytes());
        if id as usize == self.offsets.len() - 1 {
            words.iter().for_each(|w| self.labels.push(w));
            self.offsets.push(self.labels.len() as i64);
        }
        id
    }
}

fn text_at(data: &Data<'_>, i: usize) -> Option<String> {
    match data {
        Data::Text(text) => Some(text.get(i).into_owned()),
        Data::Dictionary(keys, values) => {
            let k = dictionary_key(keys, i).filter(|k| *k < values.data.len() && !values.is_null(*k))?;
            text_at(&values.data, k)
        }
        Data::Null(_) | Data::List(..) => None,
        numbers => {
            let class = Class::of(numbers)?;
            Some(Labels(class.values(vec![bits_at(numbers, i, false).ok()?], &None)).name(0).into_owned())
        }
    }
}

/// A column's numbers row by row, `None` where null; `Err` where the column does not hold numbers.
pub fn floats(column: &Column<'_>, role: &str, name: &str, watch: &Watch) -> Result<Vec<Option<f64>>> {
    let encoded = encode(column, role, name, watch)?;
    let read = |id: u32| match encoded.labels.raw(id) {
        crate::value::Raw::Int(v) => Some(v as f64),
        crate::value::Raw::UInt(v) => Some(v as f64),
        crate::value::Raw::Float(v) => Some(v),
        crate::value::Raw::Text(s) => s.trim().parse::<f64>().ok(),
        _ => None,
    };
    let numbers: Vec<Option<f64>> = (0..encoded.labels.len() as u32).map(read).collect();
    encoded
        .ids
        .iter()
        .enumerate()
        .map(|(row, &id)| match id {
            NONE => Ok(None),
            id => match numbers[id as usize] {
                Some(x) => Ok(Some(x)),
                None => Err(DataError::Value {
                    row,
                    column: name.into(),
                    value: encoded.labels.name(id).into_owned(),
                    expected: "a number".into(),
                    advice: format!("{role} takes numbers; correct it or leave it empty"),
                }
                .into()),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn ids(column: &Column<'_>) -> (Vec<u32>, Vec<String>) {
        let encoded = encode(column, "value", "value", &Watch::default()).unwrap();
        let names = encoded.labels.names().map(Cow::into_owned).collect();
        (encoded.ids, names)
    }

    #[test]
    fn ids_follow_first_appearance_directly_or_hashed() {
        for values in [vec![7i64, 5, 7, 6], vec![7, -5_000_000_000, 7, i64::MAX]] {
            let (ids, names) = ids(&Column::of(Data::I64(Cow::Borrowed(&values))));
            assert_eq!(ids, [0, 1, 0, 2]);
            assert_eq!(names, [values[0].to_string(), values[1].to_string(), values[3].to_string()]);
        }
    }

    #[test]
    fn chunks_and_nulls_do_not_change_ids() {
        let valid = Bits { bytes: Cow::Owned(vec![0b101]), offset: 0, len: 3 };
        let column = Column {
            chunks: vec![
                Chunk { data: Data::I32(Cow::Owned(vec![3, 9, 3])), validity: Some(valid) },
                Chunk { data: Data::Null(1), validity: None },
                Chunk { data: Data::I32(Cow::Owned(vec![4, 3])), validity: None },
            ],
            ..Column::default()
        };
        assert_eq!(ids(&column).0, [0, NONE, 0, NONE, 1, 0]);
    }

    #[test]
    fn dictionaries_give_only_the_labels_that_occur() {
        let words = Text::Small(Cow::Owned(vec![0, 1, 2, 3]), Cow::Borrowed(b"xyz"));
        let values = Chunk { data: Data::Text(words), validity: None };
        let column = Column::of(Data::Dictionary(Box::new(Data::I8(Cow::Owned(vec![2, 0, 2]))), Box::new(values)));
        assert_eq!(ids(&column), (vec![0, 1, 0], vec!["z".into(), "x".into()]));
    }

    #[test]
    fn lists_are_told_apart_by_their_elements() {
        let words = Text::Small(Cow::Owned(vec![0, 2, 3, 4]), Cow::Borrowed(b"abab"));
        let child = Chunk { data: Data::Text(words), validity: None };
        let column = Column::of(Data::List(Cow::Owned(vec![0, 1, 3, 3]), Box::new(child)));
        assert_eq!(ids(&column), (vec![0, 1, 2], vec!["ab".into(), "a;b".into(), String::new()]));
    }

    #[test]
    fn minus_zero_is_zero_and_nan_is_an_error() {
        let (ids, names) = ids(&Column::of(Data::F64(Cow::Owned(vec![0.0, -0.0, 0.1]))));
        assert_eq!((ids, names), (vec![0, 0, 1], vec!["0".into(), "0.1".into()]));
        let error = encode(&Column::of(Data::F64(Cow::Owned(vec![0.0, f64::NAN]))), "value", "v", &Watch::default())
            .unwrap_err();
        assert!(error.to_string().starts_with("row 1, column \"v\": \"NaN\" is not a finite number"), "{error}");
    }

    #[test]
    fn labels_that_look_empty_are_labels() {
        let words = Text::Small(Cow::Owned(vec![0, 0, 3, 7]), Cow::Borrowed(b"nanNone"));
        assert_eq!(ids(&Column::of(Data::Text(words))).1, ["", "nan", "None"]);
    }
}

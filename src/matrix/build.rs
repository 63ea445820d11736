//! From a table of reports to the matrix.

use super::encode::{Encoded, encode, encode_kept, floats};
use super::group::{Grouped, Ids};
use super::options::{Cast, Options, PerFact, Role};
use super::{ANONYMOUS, ByFact, Entry, Inner, Kept, Labels, Matrix, NONE, Names};
use crate::column::{Column, Data, Text};
use crate::error::{DataError, Error, Result, nearest, quoted};
use crate::stats::Watch;
use crate::table::Values;
use crate::value::{Context, Order, Qualifier, Raw, Stance, Unreadable, Value, kind, kind_id};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::take;
use std::sync::Arc;

/// Rows of one matrix: row numbers and the mark for "none" fit in 32 bits.
pub(crate) const MAX_ROWS: usize = (1 << 31) - 2;
/// What a kind advises for a value that it cannot read, and what makes no sense for the end of a range.
const VAGUE_INSTEAD: &str = "or give this report the qualifier \"vague\" if it is wording";

impl Matrix {
    /// Builds the matrix from a table of reports, one row a report.
    ///
    /// # Errors
    /// [`DataError`] where the table cannot be used, naming row, column and value and what to do;
    /// [`crate::error::ParameterError`] where an option is out of range; [`Error::Interrupted`] when stopped.
    pub fn build(columns: &[(String, Column<'_>)], options: &Options<'_>, watch: &Watch) -> Result<Matrix> {
        options.check()?;
        if columns.is_empty() {
            return Err(DataError::NoColumns.into());
        }
        let rows = check_lengths(columns)?;
        watch.expect(4 * rows as u64);
        let cast = Cast::new(columns, &options.roles, watch)?;
        let mut table = Rows::read(&cast, rows, watch)?;
        let mut warnings = Vec::new();
        let order = ordered_categorical(&cast, options);
        let facts = Facts::new(&cast, options, &table, &order, &mut warnings)?;
        table.deny_booleans(&facts);
        table.check_forms(&facts)?;
        table.read_values(&facts, &cast)?;
        let names = Names::new(&cast, &mut table, options)?;
        watch.tick(rows as u64)?;
        let ids = table.take_ids();
        let grouped = Grouped::new(ids, &table);
        watch.tick(2 * rows as u64)?;
        let kept = cast.kept().map(|(name, column)| keep(&cast, name, column)).collect::<Result<_>>()?;
        let given = Role::ALL.iter().map(|(role, _)| cast.get(*role).is_some()).collect();
        let gather = |i: &Entry| i.row as usize;
        let entries = &grouped.entries;
        let mut inner = Inner {
            stance: table.stance.as_ref().map(|x| entries.iter().map(|e| x[gather(e)]).collect()),
            qualifier: table.qualifier.as_ref().map(|x| entries.iter().map(|e| x[gather(e)]).collect()),
            origin: table.origin.as_ref().map(|x| entries.iter().map(|e| x[gather(e)]).collect()),
            weight: table.weight.as_ref().map(|x| entries.iter().map(|e| x[gather(e)]).collect()),
            facts: table.facts,
            sources: table.sources,
            values: table.values,
            bounds: table.bounds,
            names,
            fact_ptr: grouped.fact_ptr,
            entries: grouped.entries,
            repeats: grouped.repeats,
            claim_ptr: grouped.claim_ptr,
            claim_value: grouped.claim_value,
            claim_form: grouped.claim_form,
            kinds: facts.kinds,
            units: facts.units,
            broader: options.broader.clone().filter(|b| !b.is_empty()),
            order: facts.order,
            period: facts.period,
            tolerance: facts.tolerance,
            about: options.about,
            anonymous: options.anonymous.clone(),
            kept,
            fact_columns: facts.columns,
            given,
            n_rows: rows as u64,
            n_read: rows as u64,
            n_dropped: (rows - table.row.len()) as u64,
            duplicates: grouped.duplicates,
            warnings,
        };
        if table.row.len() < rows {
            // Back from the place among the rows that are reports to the row of the input.
            inner.entries.iter_mut().for_each(|e| e.row = table.row.get(e.row as usize) as u32);
        }
        Ok(Matrix { inner: Arc::new(inner) })
    }

    /// Builds the matrix from triples of fact, source and value.
    ///
    /// # Errors
    /// As [`Matrix::build`].
    pub fn from_triples<'t>(
        triples: impl IntoIterator<Item = (&'t str, &'t str, &'t str)>,
        options: &Options<'_>,
    ) -> Result<Matrix> {
        let mut parts: [(Vec<i64>, Vec<u8>); 3] = Default::default();
        parts.iter_mut().for_each(|(offsets, _)| offsets.push(0));
        for (fact, source, value) in triples {
            for ((offsets, bytes), word) in parts.iter_mut().zip([fact, source, value]) {
                bytes.extend_from_slice(word.as_bytes());
                offsets.push(bytes.len() as i64);
            }
        }
        let column = |(offsets, bytes): &(Vec<i64>, Vec<u8>)| {
            Column::of(Data::Text(Text::Large(Cow::Owned(offsets.clone()), Cow::Owned(bytes.clone()))))
        };
        let columns: Vec<_> =
            ["fact", "source", "value"].iter().zip(&parts).map(|(n, p)| ((*n).to_owned(), column(p))).collect();
        Matrix::build(&columns, options, &Watch::default())
    }
}

fn check_lengths(columns: &[(String, Column<'_>)]) -> Result<usize> {
    let rows = columns.first().map_or(0, |(_, c)| c.len());
    if let Some((first, (second, column))) =
        columns.first().zip(columns.iter().find(|(_, c)| c.len() != rows)).map(|((n, _), other)| (n, other))
    {
        let (first, second) = (first.clone(), second.clone());
        return Err(DataError::Lengths { first, first_len: rows, second, second_len: column.len() }.into());
    }
    if !columns.is_empty() && rows == 0 {
        return Err(DataError::Empty.into());
    }
    if rows > MAX_ROWS {
        return Err(DataError::TooManyRows { rows, limit: MAX_ROWS }.into());
    }
    Ok(rows)
}

fn keep(cast: &Cast<'_, '_>, name: &str, column: &Column<'_>) -> Result<Kept> {
    // A column that plays a part is kept under the part's word; any other of that word steps aside.
    let part = Role::ALL.iter().find(|(role, _)| cast.get(*role).is_some_and(|(n, _)| n == name));
    let name_kept = match part {
        Some((_, word)) => (*word).to_owned(),
        None if Role::named(name).is_some() => format!("{name}_"),
        None => name.to_owned(),
    };
    let Encoded { ids, labels } = encode_kept(column, name, cast.watch)?;
    Ok(Kept { name: name_kept, ids, labels })
}

/// The rows that are reports, by their place among these.
enum RowNumbers {
    All(usize),
    Some(Vec<u32>),
}

impl RowNumbers {
    fn len(&self) -> usize {
        match self {
            RowNumbers::All(n) => *n,
            RowNumbers::Some(rows) => rows.len(),
        }
    }

    fn get(&self, i: usize) -> usize {
        match self {
            RowNumbers::All(_) => i,
            RowNumbers::Some(rows) => rows[i] as usize,
        }
    }
}

/// The columns that make the scores, row by row, as ids and words of their own.
pub(super) struct Rows {
    row: RowNumbers,
    fact: Vec<u32>,
    source: Vec<u32>,
    value: Vec<u32>,
    low: Option<Vec<u32>>,
    high: Option<Vec<u32>>,
    stance: Option<Vec<Stance>>,
    qualifier: Option<Vec<Qualifier>>,
    pub origin: Option<Vec<u32>>,
    pub weight: Option<Vec<f64>>,
    pub std_error: Option<Vec<f64>>,
    pub facts: Labels,
    pub sources: Labels,
    pub values: Labels,
    bounds: Labels,
}

impl Rows {
    fn read(cast: &Cast<'_, '_>, rows: usize, watch: &Watch) -> Result<Rows> {
        let (fact, (source, value)) = rayon::join(
            || labels(cast, Role::Fact),
            || rayon::join(|| labels(cast, Role::Source), || encode_role(cast, Role::Value)),
        );
        let (fact, source) = (fact?, source?);
        let value = value?.unwrap_or(Encoded { ids: vec![NONE; rows], labels: Labels::text([""; 0]) });
        watch.tick(rows as u64)?;
        let low = encode_role(cast, Role::Low)?;
        let high = encode_role(cast, Role::High)?;
        let (bounds, low, high) = join_bounds(low, high, cast)?;
        let mut table = Rows {
            row: RowNumbers::All(rows),
            fact: fact.ids,
            source: source.ids,
            value: value.ids,
            low,
            high,
            stance: words(cast, Role::Stance, &Stance::ALL, Stance::name, Stance::Asserts)?,
            qualifier: words(cast, Role::Qualifier, &Qualifier::ALL, Qualifier::name, Qualifier::Exact)?,
            origin: None,
            weight: numbers(cast, Role::Weight, 1.0, |w| w >= 0.0, "a weight ≥ 0 (1 = one vote, 0 = shown only)")?,
            std_error: numbers(cast, Role::StdError, 0.0, |s| s > 0.0, "a standard error > 0 (empty = none)")?,
            facts: fact.labels,
            sources: source.labels,
            values: value.labels,
            bounds,
        };
        table.drop_rows_without_value(cast)?;
        Ok(table)
    }

    /// A null value is not a report, unless low or high say the value.
    fn drop_rows_without_value(&mut self, cast: &Cast<'_, '_>) -> Result<()> {
        let given = |bound: &Option<Vec<u32>>, i: usize| bound.as_ref().is_some_and(|b| b[i] != NONE);
        let may_be_null = cast.get(Role::Value).is_none_or(|(_, column)| column.may_have_nulls());
        if !may_be_null || !self.value.contains(&NONE) {
            return Ok(());
        }
        let rows: Vec<u32> = (0..self.value.len())
            .filter(|&i| self.value[i] != NONE || given(&self.low, i) || given(&self.high, i))
            .map(|i| i as u32)
            .collect();
        if rows.is_empty() {
            let column = cast.get(Role::Value).map_or(String::new(), |(name, _)| name.to_owned());
            return Err(DataError::NoValues { column, rows: self.value.len() }.into());
        }
        if rows.len() == self.value.len() {
            return Ok(());
        }
        fn pick<T: Copy>(column: &mut Vec<T>, rows: &[u32]) {
            *column = rows.iter().map(|&i| column[i as usize]).collect();
        }
        for column in [&mut self.fact, &mut self.source, &mut self.value] {
            pick(column, &rows);
        }
        for column in [&mut self.low, &mut self.high].into_iter().flatten() {
            pick(column, &rows);
        }
        for column in [&mut self.weight, &mut self.std_error].into_iter().flatten() {
            pick(column, &rows);
        }
        self.stance.iter_mut().for_each(|c| pick(c, &rows));
        self.qualifier.iter_mut().for_each(|c| pick(c, &rows));
        self.facts = renumber(&mut self.fact, &self.facts);
        self.sources = renumber(&mut self.source, &self.sources);
        self.row = RowNumbers::Some(rows);
        Ok(())
    }

    pub fn low(&self, i: usize) -> u32 {
        self.low.as_ref().map_or(NONE, |b| b[i])
    }

    pub fn high(&self, i: usize) -> u32 {
        self.high.as_ref().map_or(NONE, |b| b[i])
    }

    pub fn qualifier(&self, i: usize) -> Qualifier {
        self.qualifier.as_ref().map_or(Qualifier::Exact, |q| q[i])
    }

    pub fn stance(&self, i: usize) -> Stance {
        self.stance.as_ref().map_or(Stance::Asserts, |s| s[i])
    }

    /// "Not true" is "false": the denial of a boolean is the other value.
    fn deny_booleans(&mut self, facts: &Facts) {
        let (Some(stance), Some(boolean)) = (&mut self.stance, kind_id("boolean")) else { return };
        let read = |labels: &Labels, id: u32| match kind(boolean).read(&labels.raw(id), &Context::default()) {
            Ok(Value::Bool(b)) => Some(b),
            _ => None,
        };
        let mut other: [Option<u32>; 2] = [None, None];
        for (i, stance) in stance.iter_mut().enumerate() {
            if *stance != Stance::Denies || facts.kind(self.fact[i]) != boolean || self.value[i] == NONE {
                continue;
            }
            let Some(denied) = read(&self.values, self.value[i]) else { continue };
            let wanted = usize::from(!denied);
            let id = other[wanted].unwrap_or_else(|| {
                // "No" and "0" read alike: which comes first in the table must not tell how a claim is worded.
                let word = if denied { "false" } else { "true" };
                let plain = |id: u32| !matches!(self.values.raw(id), Raw::Text(text) if text != word);
                let known =
                    (0..self.values.len() as u32).find(|id| plain(*id) && read(&self.values, *id) == Some(!denied));
                known.unwrap_or_else(|| self.values.push_boolean(!denied))
            });
            other[wanted] = Some(id);
            self.value[i] = id;
            *stance = Stance::Asserts;
        }
    }

    /// Qualifiers and ranges that the kind of the fact does not have.
    fn check_forms(&self, facts: &Facts) -> Result<()> {
        if self.qualifier.is_none() && self.low.is_none() && self.high.is_none() {
            return Ok(());
        }
        let dash = |id: u32| self.values.name(id).contains('/');
        for i in 0..self.fact.len() {
            let (row, kind) = (self.row.get(i), kind(facts.kind(self.fact[i])));
            let fact = || self.facts.name(self.fact[i]).into_owned();
            let qualifier = self.qualifier(i);
            if !kind.qualifiers().contains(&qualifier) {
                let allowed = quoted(kind.qualifiers().iter().map(|q| q.name()));
                let (qualifier, kind) = (qualifier.name(), kind.name());
                return Err(DataError::Qualifier { row, qualifier, kind, fact: fact(), allowed }.into());
            }
            let ranged = self.low(i) != NONE || self.high(i) != NONE;
            if ranged && !kind.ranges() {
                return Err(DataError::RangeKind { row, kind: kind.name(), fact: fact() }.into());
            }
            let spelled_out = kind.name() == "date" && self.value[i] != NONE && dash(self.value[i]);
            if qualifier == Qualifier::Within && !ranged && !spelled_out {
                return Err(DataError::WithinNeedsRange { row }.into());
            }
            if kind.name() == "circular" && ranged && (self.low(i) == NONE || self.high(i) == NONE) {
                let (given, missing) = if self.low(i) == NONE { ("high", "low") } else { ("low", "high") };
                return Err(DataError::HalfRange { row, given, missing, fact: fact() }.into());
            }
        }
        Ok(())
    }

    /// Reads every value and bound once a kind; different texts of one value get one id.
    fn read_values(&mut self, facts: &Facts, cast: &Cast<'_, '_>) -> Result<()> {
        let name = |role| cast.get(role).map_or("", |(n, _)| n);
        let mut reader = Reader::new(facts, &self.values);
        let trivial = reader.trivial();
        let vague = |q: &Option<Vec<Qualifier>>, i: usize| q.as_ref().is_some_and(|q| q[i] == Qualifier::Vague);
        let mut spellings = Spellings::new(facts);
        for i in (0..self.fact.len()).filter(|_| !trivial) {
            if self.value[i] != NONE && !vague(&self.qualifier, i) {
                let id = reader
                    .canonical(self.fact[i], self.value[i])
                    .map_err(|e| self.unreadable(e, i, name(Role::Value), facts, self.values.name(self.value[i])))?;
                spellings.note(self.fact[i], (0, i), self.value[i], id, &self.values);
                self.value[i] = id;
            }
        }
        let worded = |i: usize| vague(&self.qualifier, i);
        spellings.settle(&self.fact, &mut [&mut self.value], worded, &self.values);
        if self.low.is_none() && self.high.is_none() {
            return Ok(());
        }
        let mut reader = Reader::new(facts, &self.bounds);
        let mut canonical = |column: &Option<Vec<u32>>, i: usize, role: Role| match column.as_ref().map(|b| b[i]) {
            None | Some(NONE) => Ok(NONE),
            Some(id) => reader.canonical(self.fact[i], id).map_err(|e| {
                // A range needs no value in words.
                let e = Unreadable { advice: e.advice.replace(VAGUE_INSTEAD, "or leave it empty"), ..e };
                self.unreadable(e, i, name(role), facts, self.bounds.name(id))
            }),
        };
        let mut ends = (Vec::new(), Vec::new());
        let mut spellings = Spellings::new(facts);
        for i in 0..self.fact.len() {
            let (low, high) = (canonical(&self.low, i, Role::Low)?, canonical(&self.high, i, Role::High)?);
            if low != NONE && high != NONE && reader_greater(facts, &self.bounds, self.fact[i], low, high) {
                let (low, high) = (self.bounds.name(low).into_owned(), self.bounds.name(high).into_owned());
                return Err(DataError::RangeOrder { row: self.row.get(i), low, high }.into());
            }
            for (column, id, written) in [(0, low, &self.low), (1, high, &self.high)] {
                if let Some(written) = written {
                    spellings.note(self.fact[i], (column, i), written[i], id, &self.bounds);
                }
            }
            ends.0.push(low);
            ends.1.push(high);
        }
        spellings.settle(&self.fact, &mut [&mut ends.0, &mut ends.1], |_| false, &self.bounds);
        self.low = self.low.take().map(|_| ends.0);
        self.high = self.high.take().map(|_| ends.1);
        Ok(())
    }

    fn unreadable(&self, e: Unreadable, i: usize, column: &str, facts: &Facts, value: Cow<'_, str>) -> Error {
        let fact = self.facts.name(self.fact[i]).into_owned();
        let (row, value) = (self.row.get(i), value.into_owned());
        let context = facts.context(self.fact[i]);
        match kind(facts.kind(self.fact[i])).name() {
            "ordinal" if context.order.is_none() => DataError::OrdinalWithoutOrder { fact, row, value }.into(),
            "circular" if context.period.is_none() => DataError::CircularWithoutPeriod { fact }.into(),
            _ => DataError::Value { row, column: column.into(), value, expected: e.expected, advice: e.advice }.into(),
        }
    }

    /// Gives away the columns that the matrix holds in another order, so that there are never two of each.
    fn take_ids(&mut self) -> Ids {
        Ids { fact: take(&mut self.fact), source: take(&mut self.source), value: take(&mut self.value) }
    }

    /// Whether claims are values and nothing else.
    pub fn plain(&self) -> bool {
        self.stance.is_none()
            && self.qualifier.is_none()
            && self.low.is_none()
            && self.high.is_none()
            && self.std_error.is_none()
    }
}

/// A column of labels that every report needs.
fn labels(cast: &Cast<'_, '_>, role: Role) -> Result<Encoded> {
    let Some((name, column)) = cast.get(role) else {
        return Ok(Encoded { ids: vec![], labels: Labels::text([""; 0]) });
    };
    let encoded = encode(column, role.name(), name, cast.watch)?;
    if column.may_have_nulls()
        && let Some(row) = encoded.ids.iter().position(|id| *id == NONE)
    {
        return Err(DataError::NullLabel { role: role.name(), column: name.to_owned(), row }.into());
    }
    if !matches!(encoded.labels.0, Values::I64(_) | Values::U64(_) | Values::Text(_)) {
        let expected = "strings or integers; convert it, for example with .astype(str)".to_owned();
        let (role, found) = (role.name().to_owned(), column.type_name().to_owned());
        return Err(DataError::ColumnType { role, column: name.to_owned(), found, expected }.into());
    }
    Ok(encoded)
}

fn encode_role(cast: &Cast<'_, '_>, role: Role) -> Result<Option<Encoded>> {
    cast.get(role).map(|(name, column)| encode(column, role.name(), name, cast.watch)).transpose()
}

/// Labels of a column in which an empty string is null.
fn optional_labels(cast: &Cast<'_, '_>, role: Role) -> Result<Option<Encoded>> {
    let Some(mut encoded) = encode_role(cast, role)? else { return Ok(None) };
    if let Values::Text(words) = &encoded.labels.0
        && let Some(empty) = words.iter().position(str::is_empty)
    {
        encoded.ids.iter_mut().filter(|id| **id as usize == empty).for_each(|id| *id = NONE);
    }
    Ok(Some(encoded))
}

/// A column of a few known words.
fn words<T: Copy + PartialEq>(
    cast: &Cast<'_, '_>,
    role: Role,
    all: &[T],
    word: impl Fn(T) -> &'static str,
    default: T,
) -> Result<Option<Vec<T>>> {
    let Some(encoded) = optional_labels(cast, role)? else { return Ok(None) };
    let name = cast.get(role).map_or("", |(n, _)| n);
    let known: Vec<Option<T>> =
        encoded.labels.names().map(|label| all.iter().copied().find(|t| word(*t) == label)).collect();
    let read = |(row, &id): (usize, &u32)| match id {
        NONE => Ok(default),
        id => known[id as usize].ok_or_else(|| {
            let (value, allowed) = (encoded.labels.name(id).into_owned(), quoted(all.iter().map(|t| word(*t))));
            DataError::Unknown { row, column: name.into(), role: role.name(), value, allowed }.into()
        }),
    };
    encoded.ids.iter().enumerate().map(read).collect::<Result<Vec<T>>>().map(Some)
}

fn numbers(
    cast: &Cast<'_, '_>,
    role: Role,
    absent: f64,
    allowed: impl Fn(f64) -> bool,
    expected: &str,
) -> Result<Option<Vec<f64>>> {
    let Some((name, column)) = cast.get(role) else { return Ok(None) };
    let read = |(row, x): (usize, Option<f64>)| match x {
        None => Ok(absent),
        Some(x) if x.is_finite() && allowed(x) => Ok(x),
        Some(x) => Err(DataError::Value {
            row,
            column: name.to_owned(),
            value: x.to_string(),
            expected: expected.to_owned(),
            advice: "correct it or leave it empty".to_owned(),
        }
        .into()),
    };
    floats(column, role.name(), name, cast.watch)?
        .into_iter()
        .enumerate()
        .map(read)
        .collect::<Result<Vec<f64>>>()
        .map(Some)
}

/// Lower and upper ends in one dictionary.
#[allow(clippy::type_complexity)]
fn join_bounds(
    low: Option<Encoded>,
    high: Option<Encoded>,
    cast: &Cast<'_, '_>,
) -> Result<(Labels, Option<Vec<u32>>, Option<Vec<u32>>)> {
    match (low, high) {
        (None, None) => Ok((Labels::text([""; 0]), None, None)),
        (Some(low), None) => Ok((low.labels, Some(low.ids), None)),
        (None, Some(high)) => Ok((high.labels, None, Some(high.ids))),
        (Some(low), Some(high)) => {
            // One column behind the other: the same labels get the same ids.
            let (_, low_column) = cast.get(Role::Low).unzip();
            let (_, high_column) = cast.get(Role::High).unzip();
            let chunks = low_column.into_iter().chain(high_column).flat_map(|c| c.chunks.iter().cloned()).collect();
            let zone = low_column.and_then(|c| c.zone.clone());
            let both = Column { chunks, ordered: false, zone };
            match encode(&both, "low and high", "low, high", cast.watch) {
                Ok(both) => {
                    let (a, b) = both.ids.split_at(low.ids.len());
                    Ok((both.labels, Some(a.to_vec()), Some(b.to_vec())))
                }
                // Of two types (integers and floats, say): through their texts.
                Err(_) => {
                    let mut index = low.labels.index();
                    let mut texts: Vec<String> = low.labels.names().map(Cow::into_owned).collect();
                    let mut join = |name: Cow<'_, str>| {
                        *index.entry(name.clone().into_owned()).or_insert_with(|| {
                            texts.push(name.into_owned());
                            texts.len() as u32 - 1
                        })
                    };
                    let new: Vec<u32> = high.labels.names().map(&mut join).collect();
                    let high_ids = high.ids.iter().map(|&id| if id == NONE { NONE } else { new[id as usize] });
                    let high_ids = high_ids.collect();
                    Ok((Labels::text(texts), Some(low.ids), Some(high_ids)))
                }
            }
        }
    }
}

/// Ids by first appearance after rows went; the labels that are left.
pub(super) fn renumber(ids: &mut [u32], labels: &Labels) -> Labels {
    let mut new = vec![NONE; labels.len()];
    let mut kept = Vec::new();
    for id in ids {
        let slot = &mut new[*id as usize];
        if *slot == NONE {
            *slot = kept.len() as u32;
            kept.push(*id);
        }
        *id = *slot;
    }
    labels.keep(&kept)
}

/// An ordered categorical value column brings its order with it.
fn ordered_categorical(cast: &Cast<'_, '_>, options: &Options<'_>) -> Option<Vec<String>> {
    let (_, column) = cast.get(Role::Value)?;
    if !column.ordered || !options.order.is_unset() {
        return None;
    }
    column.chunks.iter().find_map(|chunk| match &chunk.data {
        Data::Dictionary(_, values) => {
            let column = Column { chunks: vec![(**values).clone()], ..Column::default() };
            let labels = encode_kept(&column, "order", cast.watch).ok()?.labels;
            Some(labels.names().map(Cow::into_owned).collect())
        }
        _ => None,
    })
}

/// What is known of the facts before their reports are grouped.
struct Facts {
    /// One entry where all are of one kind.
    kinds: Vec<u8>,
    units: Option<(Vec<u32>, Labels)>,
    order: ByFact<Order>,
    period: ByFact<f64>,
    tolerance: ByFact<f64>,
    columns: Vec<Kept>,
}

impl Facts {
    fn new(
        cast: &Cast<'_, '_>,
        options: &Options<'_>,
        table: &Rows,
        ordered: &Option<Vec<String>>,
        warnings: &mut Vec<String>,
    ) -> Result<Facts> {
        let named = !options.kind.by_fact.is_empty()
            || !options.order.by_fact.is_empty()
            || !options.period.by_fact.is_empty()
            || !options.tolerance.by_fact.is_empty()
            || options.facts.is_some();
        let index = if named { table.facts.index() } else { HashMap::new() };
        let columns = match &options.facts {
            Some(facts) => join_facts(facts, &index, table.facts.len(), warnings)?,
            None => vec![],
        };
        let kinds = fact_kinds(cast, options, table, ordered.is_some(), &index, &columns, warnings)?;
        let units = fact_units(cast, table, &columns)?;
        let all_order = options.order.all.clone().or_else(|| ordered.clone()).map(Order::new);
        let by_fact = by_fact("order", &options.order, &index, warnings, |words| Order::new(words.clone()));
        Ok(Facts {
            order: ByFact { all: all_order, by_fact: by_fact.by_fact },
            period: self::by_fact("period", &options.period, &index, warnings, |p| *p),
            tolerance: self::by_fact("tolerance", &options.tolerance, &index, warnings, |t| *t),
            kinds,
            units,
            columns: columns.into_iter().filter(|c| c.name != "kind" && c.name != "unit").collect(),
        })
    }

    fn kind(&self, fact: u32) -> u8 {
        if self.kinds.len() == 1 { self.kinds[0] } else { self.kinds[fact as usize] }
    }

    fn context(&self, fact: u32) -> Context<'_> {
        Context {
            order: self.order.get(fact),
            period: self.period.get(fact).copied(),
            tolerance: self.tolerance.get(fact).copied().unwrap_or(0.0),
            ..Context::default()
        }
    }
}

fn by_fact<T, U>(
    name: &str,
    said: &PerFact<T>,
    index: &HashMap<String, u32>,
    warnings: &mut Vec<String>,
    make: impl Fn(&T) -> U,
) -> ByFact<U> {
    let mut by_fact = BTreeMap::new();
    let mut unknown: Vec<&str> = Vec::new();
    for (fact, value) in &said.by_fact {
        match index.get(fact) {
            Some(f) => drop(by_fact.insert(*f, make(value))),
            None => unknown.push(fact),
        }
    }
    if !unknown.is_empty() {
        unknown.sort_unstable();
        warnings.push(facts_not_in_table(name, &unknown, index));
    }
    ByFact { all: said.all.as_ref().map(make), by_fact }
}

fn facts_not_in_table(name: &str, unknown: &[&str], index: &HashMap<String, u32>) -> String {
    let shown = quoted(unknown.iter().take(5).copied());
    let hint = nearest(unknown[0], index.keys().map(String::as_str));
    let n = unknown.len();
    format!("{name} names {n} fact(s) that are not in the reports and were not used: {shown}.{hint}")
}

/// Joins the facts table: one kept column each, by fact.
fn join_facts(
    facts: &[(String, Column<'_>)],
    index: &HashMap<String, u32>,
    n_facts: usize,
    warnings: &mut Vec<String>,
) -> Result<Vec<Kept>> {
    check_lengths(facts)?;
    let names = || facts.iter().map(|(n, _)| n.as_str());
    let Some((_, key)) = facts.iter().find(|(n, _)| n == "fact") else {
        return Err(DataError::MissingColumn {
            role: "facts=".into(),
            wanted: "fact".into(),
            columns: quoted(names()),
            nearest: nearest("fact", names()),
        }
        .into());
    };
    let key = encode(key, "facts=", "fact", &Watch::default())?;
    let mut row_of: Vec<Option<usize>> = vec![None; n_facts];
    let mut first_row: HashMap<u32, usize> = HashMap::new();
    let mut unknown = 0;
    for (row, id) in key.ids.iter().enumerate() {
        if *id == NONE {
            return Err(DataError::FactNull { row }.into());
        }
        let name = key.labels.name(*id);
        if let Some(first_row) = first_row.insert(*id, row) {
            return Err(DataError::FactTwice { fact: name.into_owned(), first_row, second_row: row }.into());
        }
        match index.get(name.as_ref()) {
            Some(f) => row_of[*f as usize] = Some(row),
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        warnings.push(format!("facts= has {unknown} fact(s) without any report; they are not scored"));
    }
    facts
        .iter()
        .filter(|(name, _)| name != "fact")
        .map(|(name, column)| {
            let Encoded { ids, labels } = encode_kept(column, name, &Watch::default())?;
            let ids = row_of.iter().map(|row| row.map_or(NONE, |r| ids[r])).collect();
            Ok(Kept { name: name.clone(), ids, labels })
        })
        .collect()
}

fn fact_kinds(
    cast: &Cast<'_, '_>,
    options: &Options<'_>,
    table: &Rows,
    ordered: bool,
    index: &HashMap<String, u32>,
    columns: &[Kept],
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>> {
    if let Some(kind) = options.kind.all
        && options.kind.by_fact.is_empty()
    {
        return Ok(vec![kind]);
    }
    let n_facts = table.facts.len();
    let mut kinds: Vec<Option<u8>> = vec![None; n_facts];
    let said = by_fact("kind", &options.kind, index, warnings, |k| *k);
    for (f, k) in &said.by_fact {
        kinds[*f as usize] = Some(*k);
    }
    let all: Vec<u8> = (0..crate::value::REGISTRY.len() as u8).collect();
    if let Some((name, _)) = cast.get(Role::Kind)
        && let Some(encoded) = optional_labels(cast, Role::Kind)?
    {
        let known: Vec<Option<u8>> =
            encoded.labels.names().map(|l| all.iter().copied().find(|k| kind(*k).name() == l)).collect();
        let mut first: Vec<u32> = vec![NONE; n_facts];
        for (i, &f) in table.fact.iter().enumerate() {
            let row = table.row.get(i);
            let id = encoded.ids[row];
            if id == NONE {
                continue;
            }
            let Some(k) = known[id as usize] else {
                let allowed = quoted(all.iter().map(|k| kind(*k).name()));
                let value = encoded.labels.name(id).into_owned();
                return Err(DataError::Unknown { row, column: name.into(), role: "kind", value, allowed }.into());
            };
            let slot = &mut first[f as usize];
            if *slot == NONE {
                *slot = row as u32;
                kinds[f as usize].get_or_insert(k);
            } else if encoded.ids[*slot as usize] != id {
                return Err(two_per_fact(table, f, "kind", &encoded, *slot as usize, row));
            }
        }
    }
    if let Some(column) = columns.iter().find(|c| c.name == "kind") {
        for (slot, &id) in kinds.iter_mut().zip(&column.ids) {
            if id != NONE && slot.is_none() {
                *slot = Some(super::options::kind_named(&column.labels.name(id))?);
            }
        }
    }
    if kinds.iter().any(Option::is_none) {
        let by_type = match options.kind.all {
            Some(k) => k,
            None => kind_by_type(cast, table, ordered, options)?,
        };
        kinds.iter_mut().for_each(|k| *k = k.or(Some(by_type)));
    }
    let kinds: Vec<u8> = kinds.into_iter().flatten().collect();
    let one = kinds.first().copied().filter(|k| kinds.iter().all(|other| other == k));
    Ok(one.map_or(kinds, |k| vec![k]))
}

/// The kind that the type of the value column tells; integers do not.
fn kind_by_type(cast: &Cast<'_, '_>, table: &Rows, ordered: bool, options: &Options<'_>) -> Result<u8> {
    let name = match &table.values.0 {
        _ if ordered => "ordinal",
        Values::Bool(_) => "boolean",
        Values::F64(_) => "interval",
        Values::Date(_) | Values::Timestamp(..) => "date",
        Values::TextList(..) => "set",
        Values::I64(_) | Values::U64(_) if !cast.holds_labels() => {
            let column = cast.get(Role::Value).map_or("value", |(n, _)| n);
            let roles: String = Role::ALL
                .iter()
                .filter_map(|(role, word)| options.roles.get(role).map(|name| format!("{word}={name:?}, ")))
                .collect();
            let call = |kind: &str| format!("ClaimMatrix(reports, {roles}kind={kind:?})");
            return Err(DataError::IntegersWithoutKind {
                column: column.to_owned(),
                call_nominal: call("nominal"),
                call_interval: call("interval"),
            }
            .into());
        }
        _ => "nominal",
    };
    super::options::kind_named(name)
}

fn fact_units(cast: &Cast<'_, '_>, table: &Rows, columns: &[Kept]) -> Result<Option<(Vec<u32>, Labels)>> {
    if let Some(encoded) = optional_labels(cast, Role::Unit)? {
        let n_facts = table.facts.len();
        let (mut units, mut first) = (vec![NONE; n_facts], vec![0usize; n_facts]);
        for (i, &f) in table.fact.iter().enumerate() {
            let row = table.row.get(i);
            let id = encoded.ids[row];
            let slot = &mut units[f as usize];
            if id == NONE || *slot == id {
                continue;
            }
            if *slot != NONE {
                return Err(two_per_fact(table, f, "unit", &encoded, first[f as usize], row));
            }
            *slot = id;
            first[f as usize] = row;
        }
        return Ok(Some((units, encoded.labels)));
    }
    Ok(columns.iter().find(|c| c.name == "unit").map(|c| (c.ids.clone(), c.labels.clone())))
}

fn two_per_fact(table: &Rows, f: u32, what: &'static str, encoded: &Encoded, a: usize, b: usize) -> Error {
    let label = |row: usize| encoded.labels.name(encoded.ids[row]).into_owned();
    let fact = table.facts.name(f).into_owned();
    DataError::TwoPerFact { fact, what, first: label(a), first_row: a, second: label(b), second_row: b }.into()
}

/// Reads labels by kind, each once, and gives equal values one id.
struct Reader<'a> {
    facts: &'a Facts,
    labels: &'a Labels,
    /// By kind and the fact whose scale it is (`NONE`: the scale that all share).
    read: HashMap<(u8, u32), Scale>,
}

#[derive(Default)]
struct Scale {
    id_of: Vec<u32>,
    first: HashMap<Value, u32>,
}

impl<'a> Reader<'a> {
    fn new(facts: &'a Facts, labels: &'a Labels) -> Reader<'a> {
        Reader { facts, labels, read: HashMap::new() }
    }

    /// Whether every label is its own value, so that there is nothing to read.
    fn trivial(&self) -> bool {
        self.facts.kinds.len() == 1
            && (self.labels.is_empty() || kind(self.facts.kinds[0]).takes_as_is(&self.labels.raw(0)))
    }

    fn canonical(&mut self, fact: u32, id: u32) -> std::result::Result<u32, Unreadable> {
        let k = self.facts.kind(fact);
        let own = self.facts.order.by_fact.contains_key(&fact);
        let scale = self.read.entry((k, if own { fact } else { NONE })).or_default();
        if scale.id_of.is_empty() {
            scale.id_of = vec![NONE; self.labels.len()];
        }
        if scale.id_of[id as usize] == NONE {
            let value = kind(k).read(&self.labels.raw(id), &self.facts.context(fact))?;
            scale.id_of[id as usize] = *scale.first.entry(value).or_insert(id);
        }
        Ok(scale.id_of[id as usize])
    }
}

/// Dates are shown as they are written. Of several spellings of one date in one fact the smallest stands for all, so that the order of
/// rows and other facts do not show.
struct Spellings<'a> {
    facts: &'a Facts,
    /// By fact and the id that all spellings share.
    smallest: HashMap<(u32, u32), u32>,
    /// Column and row of what was written otherwise.
    moved: HashSet<(usize, usize)>,
}

impl<'a> Spellings<'a> {
    fn new(facts: &'a Facts) -> Spellings<'a> {
        Spellings { facts, smallest: HashMap::new(), moved: HashSet::new() }
    }

    fn note(&mut self, fact: u32, place: (usize, usize), written: u32, id: u32, labels: &Labels) {
        if written != id && Some(self.facts.kind(fact)) == kind_id("date") {
            let smallest = self.smallest.entry((fact, id)).or_insert(written);
            *smallest = smaller(labels, *smallest, written);
            self.moved.insert(place);
        }
    }

    fn settle(mut self, fact: &[u32], columns: &mut [&mut Vec<u32>], skip: impl Fn(usize) -> bool, labels: &Labels) {
        if self.moved.is_empty() {
            return;
        }
        for (column, ids) in columns.iter().enumerate() {
            for (row, &id) in ids.iter().enumerate().filter(|(row, _)| !skip(*row)) {
                if let Some(smallest) = self.smallest.get_mut(&(fact[row], id))
                    && !self.moved.contains(&(column, row))
                {
                    *smallest = smaller(labels, *smallest, id);
                }
            }
        }
        for ids in columns {
            for (row, id) in ids.iter_mut().enumerate().filter(|(row, _)| !skip(*row)) {
                *id = self.smallest.get(&(fact[row], *id)).copied().unwrap_or(*id);
            }
        }
    }
}

fn smaller(labels: &Labels, a: u32, b: u32) -> u32 {
    if labels.name(b) < labels.name(a) { b } else { a }
}

fn reader_greater(facts: &Facts, bounds: &Labels, fact: u32, low: u32, high: u32) -> bool {
    let kind = kind(facts.kind(fact));
    let read = |id| kind.read(&bounds.raw(id), &facts.context(fact)).ok();
    match (read(low), read(high)) {
        (Some(a), Some(b)) => kind.is_greater(&a, &b),
        _ => false,
    }
}

impl Names {
    /// The name space of sources, origins and parties; fills the origin of each row.
    fn new(cast: &Cast<'_, '_>, table: &mut Rows, options: &Options<'_>) -> Result<Option<Names>> {
        let origin = optional_labels(cast, Role::Origin)?;
        let party = optional_labels(cast, Role::Party)?;
        if origin.is_none() && party.is_none() {
            return Ok(None);
        }
        let mut texts: Vec<String> = Vec::new();
        let mut index: HashMap<String, u32> = HashMap::new();
        let mut name = |label: Cow<'_, str>| {
            *index.entry(label.into_owned()).or_insert_with_key(|label| {
                texts.push(label.clone());
                texts.len() as u32 - 1
            })
        };
        let of_source: Vec<u32> = table.sources.names().map(&mut name).collect();
        let of_origin: Vec<u32> = origin.iter().flat_map(|o| o.labels.names()).map(&mut name).collect();
        let of_party: Vec<u32> = party.iter().flat_map(|p| p.labels.names()).map(&mut name).collect();
        let integers = [Some(&table.sources), origin.as_ref().map(|o| &o.labels), party.as_ref().map(|p| &p.labels)];
        let integers = integers.into_iter().flatten().all(|l| matches!(l.0, Values::I64(_)));
        let labels = match integers {
            true => Labels(Values::I64(texts.iter().filter_map(|t| t.parse().ok()).collect())),
            false => Labels::text(&texts),
        };
        if let Some(origin) = &origin {
            let anonymous: HashSet<&str> = options.anonymous.iter().map(String::as_str).collect();
            let mark = |id: usize| {
                let marked = anonymous.contains(origin.labels.name(id as u32).as_ref());
                of_origin[id] | if marked { ANONYMOUS } else { 0 }
            };
            let marked: Vec<u32> = (0..of_origin.len()).map(mark).collect();
            let of_row = |i: usize| origin.ids[table.row.get(i)];
            let ids = (0..table.row.len()).map(|i| match of_row(i) {
                NONE => NONE,
                // A source that names itself as the origin speaks for itself.
                id if marked[id as usize] == of_source[table.source[i] as usize] => NONE,
                id => marked[id as usize],
            });
            table.origin = Some(ids.collect());
        }
        let mut parties: Vec<u32> = (0..texts.len() as u32).collect();
        if let Some(party) = &party {
            let mut first: Vec<Option<usize>> = vec![None; texts.len()];
            for i in 0..table.row.len() {
                let row = table.row.get(i);
                if party.ids[row] == NONE {
                    continue;
                }
                let given = table.origin.as_ref().map_or(NONE, |o| o[i]);
                let origin = if given == NONE { of_source[table.source[i] as usize] } else { given & !ANONYMOUS };
                let new = of_party[party.ids[row] as usize];
                match first[origin as usize] {
                    None => {
                        first[origin as usize] = Some(row);
                        parties[origin as usize] = new;
                    }
                    Some(_) if parties[origin as usize] == new => {}
                    Some(first_row) => {
                        let label = |id: u32| texts[id as usize].clone();
                        return Err(DataError::TwoParties {
                            origin: label(origin),
                            first: label(parties[origin as usize]),
                            first_row,
                            second: label(new),
                            second_row: row,
                        }
                        .into());
                    }
                }
            }
        }
        Ok(Some(Names { labels, of_source, party: parties, has_party: party.is_some() }))
    }
}

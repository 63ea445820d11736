//! Named, typed columns with validity: what every statistic returns. Owned, cheap to clone, without Arrow or Python.

use crate::error::{self, DataError, ParameterError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An immutable table: columns of one length, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    /// Name and values of each column.
    pub columns: Vec<(String, Arc<Column>)>,
    /// Rows.
    pub rows: usize,
}

/// One column: values, and which of them are there (`None`: all are).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    /// The values, one a row; whatever stands where a row is null.
    pub values: Values,
    /// `false` where the row is null.
    pub validity: Option<Vec<bool>>,
}

/// The values of a column, by type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Values {
    Bool(Vec<bool>),
    I64(Vec<i64>),
    U64(Vec<u64>),
    F64(Vec<f64>),
    Text(TextColumn),
    /// Indices into a few words.
    Dictionary(Vec<u32>, TextColumn),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Ticks since the epoch, nanoseconds a tick (10⁹, 10⁶, 10³, 1), time zone.
    Timestamp(Vec<i64>, i64, Option<String>),
    /// Row `i` holds the strings `offsets[i]..offsets[i + 1]`.
    TextList(Vec<i64>, TextColumn),
    /// Row `i` holds the rows `offsets[i]..offsets[i + 1]` of a table (a list of structs).
    Tables(Vec<i64>, Table),
}

/// Strings end to end: row `i` is `bytes[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextColumn {
    /// Rows + 1 offsets, the first 0.
    pub offsets: Vec<i64>,
    /// The strings.
    pub text: String,
}

impl Default for TextColumn {
    fn default() -> Self {
        TextColumn { offsets: vec![0], text: String::new() }
    }
}

impl TextColumn {
    /// Appends a row.
    pub fn push(&mut self, s: &str) {
        self.text.push_str(s);
        self.offsets.push(self.text.len() as i64);
    }

    /// Row `i`.
    #[inline]
    pub fn get(&self, i: usize) -> &str {
        &self.text[self.offsets[i] as usize..self.offsets[i + 1] as usize]
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }
}

impl<S: AsRef<str>> FromIterator<S> for TextColumn {
    fn from_iter<I: IntoIterator<Item = S>>(rows: I) -> Self {
        let mut column = TextColumn::default();
        for row in rows {
            column.push(row.as_ref());
        }
        column
    }
}

impl From<Values> for Column {
    fn from(values: Values) -> Self {
        Column { values, validity: None }
    }
}

impl Column {
    /// Floats, null where `None`.
    pub fn floats(rows: impl IntoIterator<Item = Option<f64>>) -> Column {
        let (values, validity) = split(rows);
        Column { values: Values::F64(values), validity }
    }

    /// Counts.
    pub fn counts(rows: impl IntoIterator<Item = usize>) -> Column {
        Values::I64(rows.into_iter().map(|n| n as i64).collect()).into()
    }

    /// Strings, null where `None`.
    pub fn texts<S: AsRef<str>>(rows: impl IntoIterator<Item = Option<S>>) -> Column {
        let mut text = TextColumn::default();
        let mut validity = Vec::new();
        for row in rows {
            text.push(row.as_ref().map_or("", AsRef::as_ref));
            validity.push(row.is_some());
        }
        Column { values: Values::Text(text), validity: some_null(validity) }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether row `i` has a value.
    #[inline]
    pub fn is_valid(&self, i: usize) -> bool {
        self.validity.as_ref().is_none_or(|v| v[i])
    }

    /// The values and, where some row is null, the validity: for whoever builds a column row by row.
    pub fn with_validity(values: Values, validity: Vec<bool>) -> Column {
        Column { values, validity: some_null(validity) }
    }

    /// The rows `indices`, in that order.
    pub fn take(&self, indices: &[usize]) -> Column {
        Column {
            values: self.values.take(indices),
            validity: self.validity.as_ref().map(|v| indices.iter().map(|&i| v[i]).collect()),
        }
    }
}

/// Equal by content: what stands where a row is null does not count, nor the order of a dictionary.
impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        fn same<T>(a: &Column, b: &Column, x: &[T], y: &[T], equal: impl Fn(&T, &T) -> bool) -> bool {
            (0..x.len())
                .all(|i| !a.is_valid(i) && !b.is_valid(i) || a.is_valid(i) && b.is_valid(i) && equal(&x[i], &y[i]))
        }
        // Of lists only the rows that are there are compared; a null list may hold anything.
        fn lists(a: &Column, b: &Column, x: &[i64], y: &[i64], equal: impl Fn(usize, usize) -> bool) -> bool {
            (0..x.len() - 1).all(|i| match (a.is_valid(i), b.is_valid(i)) {
                (true, true) => {
                    let (p, q) = (x[i] as usize..x[i + 1] as usize, y[i] as usize..y[i + 1] as usize);
                    p.len() == q.len() && p.zip(q).all(|(p, q)| equal(p, q))
                }
                (p, q) => p == q,
            })
        }
        if self.len() != other.len() {
            return false;
        }
        match (&self.values, &other.values) {
            (Values::Bool(x), Values::Bool(y)) => same(self, other, x, y, PartialEq::eq),
            (Values::I64(x), Values::I64(y)) => same(self, other, x, y, PartialEq::eq),
            (Values::U64(x), Values::U64(y)) => same(self, other, x, y, PartialEq::eq),
            (Values::F64(x), Values::F64(y)) => same(self, other, x, y, |p, q| p == q || p.is_nan() && q.is_nan()),
            (Values::Date(x), Values::Date(y)) => same(self, other, x, y, PartialEq::eq),
            (Values::Timestamp(x, nanos, zone), Values::Timestamp(y, other_nanos, other_zone)) => {
                nanos == other_nanos && zone == other_zone && same(self, other, x, y, PartialEq::eq)
            }
            (Values::Text(x), Values::Text(y)) => (0..x.len()).all(|i| match (self.is_valid(i), other.is_valid(i)) {
                (true, true) => x.get(i) == y.get(i),
                (p, q) => p == q,
            }),
            (Values::Dictionary(x, words), Values::Dictionary(y, other_words)) => {
                same(self, other, x, y, |p, q| words.get(*p as usize) == other_words.get(*q as usize))
            }
            (Values::TextList(x, texts), Values::TextList(y, other_texts)) => {
                lists(self, other, x, y, |p, q| texts.get(p) == other_texts.get(q))
            }
            (Values::Tables(x, table), Values::Tables(y, other_table)) => {
                let (p, q) = (pairs(self, x), pairs(other, y));
                lists(self, other, x, y, |_, _| true) && table.take(&p) == other_table.take(&q)
            }
            _ => false,
        }
    }
}

/// The rows of the child that belong to rows of the list that are there.
fn pairs(column: &Column, offsets: &[i64]) -> Vec<usize> {
    (0..offsets.len() - 1)
        .filter(|&i| column.is_valid(i))
        .flat_map(|i| offsets[i] as usize..offsets[i + 1] as usize)
        .collect()
}

impl Values {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Values::Bool(v) => v.len(),
            Values::I64(v) => v.len(),
            Values::U64(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::Text(t) => t.len(),
            Values::Dictionary(keys, _) => keys.len(),
            Values::Date(v) => v.len(),
            Values::Timestamp(v, ..) => v.len(),
            Values::TextList(offsets, _) | Values::Tables(offsets, _) => offsets.len() - 1,
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows `indices`, in that order.
    pub fn take(&self, indices: &[usize]) -> Values {
        fn pick<T: Copy>(v: &[T], indices: &[usize]) -> Vec<T> {
            indices.iter().map(|&i| v[i]).collect()
        }
        fn ranges(offsets: &[i64], indices: &[usize]) -> (Vec<i64>, Vec<usize>) {
            let mut new = vec![0];
            let mut rows = Vec::new();
            for &i in indices {
                rows.extend(offsets[i] as usize..offsets[i + 1] as usize);
                new.push(rows.len() as i64);
            }
            (new, rows)
        }
        match self {
            Values::Bool(v) => Values::Bool(pick(v, indices)),
            Values::I64(v) => Values::I64(pick(v, indices)),
            Values::U64(v) => Values::U64(pick(v, indices)),
            Values::F64(v) => Values::F64(pick(v, indices)),
            Values::Date(v) => Values::Date(pick(v, indices)),
            Values::Timestamp(v, unit, zone) => Values::Timestamp(pick(v, indices), *unit, zone.clone()),
            Values::Dictionary(keys, words) => Values::Dictionary(pick(keys, indices), words.clone()),
            Values::Text(t) => Values::Text(indices.iter().map(|&i| t.get(i)).collect()),
            Values::TextList(offsets, t) => {
                let (offsets, rows) = ranges(offsets, indices);
                Values::TextList(offsets, rows.iter().map(|&i| t.get(i)).collect())
            }
            Values::Tables(offsets, table) => {
                let (offsets, rows) = ranges(offsets, indices);
                Values::Tables(offsets, table.take(&rows))
            }
        }
    }
}

impl Table {
    /// A table of these columns. All have the same length.
    pub fn new<N: Into<String>>(columns: impl IntoIterator<Item = (N, Column)>) -> Table {
        let columns: Vec<(String, Arc<Column>)> = columns.into_iter().map(|(n, c)| (n.into(), Arc::new(c))).collect();
        let rows = columns.first().map_or(0, |(_, c)| c.len());
        debug_assert!(columns.iter().all(|(_, c)| c.len() == rows));
        Table { columns, rows }
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| &**c)
    }

    /// The rows `indices`, in that order.
    pub fn take(&self, indices: &[usize]) -> Table {
        let columns = self.columns.iter().map(|(n, c)| (n.clone(), Arc::new(c.take(indices)))).collect();
        Table { columns, rows: indices.len() }
    }

    /// At most `length` rows from row `offset` on.
    pub fn slice(&self, offset: usize, length: usize) -> Table {
        let start = offset.min(self.rows);
        let end = start + length.min(self.rows - start);
        if (start, end) == (0, self.rows) { self.clone() } else { self.take(&(start..end).collect::<Vec<_>>()) }
    }

    /// The columns of these names, in that order; no values are copied.
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> error::Result<Table> {
        let column = |name: &S| match self.columns.iter().find(|(n, _)| n == name.as_ref()) {
            Some((name, column)) => Ok((name.clone(), Arc::clone(column))),
            None => {
                let allowed = error::quoted(self.columns.iter().map(|(n, _)| n.as_str()));
                Err(ParameterError::Choice { name: "column", value: name.as_ref().to_owned(), allowed })
            }
        };
        Ok(Table { columns: names.iter().map(column).collect::<Result<_, _>>()?, rows: self.rows })
    }

    /// The table as bytes, for pickles.
    pub fn to_bytes(&self) -> error::Result<Vec<u8>> {
        postcard::to_extend(self, MAGIC.to_vec()).map_err(|e| not_a_table(e.to_string()).into())
    }

    /// A table from [`Table::to_bytes`]. Bytes that were damaged give an error, never a table that panics later.
    pub fn from_bytes(bytes: &[u8]) -> error::Result<Table> {
        let body = bytes.strip_prefix(MAGIC).ok_or_else(|| not_a_table("they begin differently".to_owned()))?;
        let (table, rest): (Table, &[u8]) = postcard::take_from_bytes(body).map_err(|e| not_a_table(e.to_string()))?;
        if rest.is_empty() && table.is_sound() {
            Ok(table)
        } else {
            Err(not_a_table("lengths or offsets do not fit".to_owned()).into())
        }
    }

    fn is_sound(&self) -> bool {
        self.columns.iter().all(|(_, c)| c.is_sound(self.rows))
    }
}

/// The first bytes of a saved table, with the version of the layout.
const MAGIC: &[u8] = b"CSTB\x01";

fn not_a_table(reason: String) -> DataError {
    DataError::File { path: "saved table".to_owned(), reason }
}

fn are_offsets(offsets: &[i64], end: usize) -> bool {
    offsets.first() == Some(&0) && offsets.is_sorted() && offsets.last().is_some_and(|last| *last as usize <= end)
}

impl TextColumn {
    fn is_sound(&self) -> bool {
        are_offsets(&self.offsets, self.text.len())
            && self.offsets.iter().all(|o| self.text.is_char_boundary(*o as usize))
    }
}

impl Values {
    /// Whether offsets and indices lie within what they point into.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Values::Text(text) => text.is_sound(),
            Values::Dictionary(keys, words) => words.is_sound() && keys.iter().all(|k| (*k as usize) < words.len()),
            Values::TextList(offsets, texts) => texts.is_sound() && are_offsets(offsets, texts.len()),
            Values::Tables(offsets, table) => table.is_sound() && are_offsets(offsets, table.rows),
            Values::Timestamp(_, nanos, _) => [1, 1_000, 1_000_000, 1_000_000_000].contains(nanos),
            _ => true,
        }
    }
}

impl Column {
    fn is_sound(&self, rows: usize) -> bool {
        // What stands where a row is null may be anything: an index into no words at all.
        let inside = match &self.values {
            Values::Dictionary(keys, words) => {
                words.is_sound()
                    && (0..keys.len()).all(|i| {
                        self.validity.as_ref().is_some_and(|v| v.get(i) != Some(&true))
                            || (keys[i] as usize) < words.len()
                    })
            }
            values => values.is_sound(),
        };
        inside && self.len() == rows && self.validity.as_ref().is_none_or(|v| v.len() == rows)
    }
}

fn split<T: Default>(rows: impl IntoIterator<Item = Option<T>>) -> (Vec<T>, Option<Vec<bool>>) {
    let mut validity = Vec::new();
    let values = rows
        .into_iter()
        .map(|row| {
            validity.push(row.is_some());
            row.unwrap_or_default()
        })
        .collect();
    (values, some_null(validity))
}

/// A validity vector only where something is null.
pub(crate) fn some_null(validity: Vec<bool>) -> Option<Vec<bool>> {
    if validity.iter().all(|v| *v) { None } else { Some(validity) }
}

//! Tables in: CSV and JSON lines read into a [`Table`], and tables lent as input columns.

mod csv;
mod jsonl;

pub use self::csv::csv;
pub use self::jsonl::jsonl;

use crate::column::{self, Bits, Chunk, Data, Text};
use crate::error::{DataError, Result};
use crate::table::{Column, Table, TextColumn, Values};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// Where a table is read from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A file.
    Path(&'a Path),
    /// The content of a file.
    Bytes(&'a [u8]),
}

impl<'a> Source<'a> {
    /// How messages call it.
    fn name(&self) -> String {
        match self {
            Source::Path(path) => path.display().to_string(),
            Source::Bytes(_) => "(bytes)".to_owned(),
        }
    }

    /// A reader, and what it was peeked at: at least `wanted` bytes unless there are fewer, without byte order mark.
    fn open(self, wanted: usize) -> Result<(Peeked, Box<dyn Read + 'a>)> {
        let mut rest: Box<dyn Read + 'a> = match self {
            Source::Path(path) => Box::new(File::open(path).map_err(|e| self.file(e.to_string()))?),
            Source::Bytes(bytes) => Box::new(bytes),
        };
        let mut head = Vec::new();
        rest.by_ref().take(wanted as u64).read_to_end(&mut head).map_err(|e| self.file(e.to_string()))?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || head.contains(&0) {
            let line = 1 + head.iter().take_while(|b| **b != 0).filter(|b| **b == b'\n').count() as u64;
            let line = if head.first().is_some_and(|b| *b >= 0xfe) { 1 } else { line };
            return Err(self.line(line, "the file is UTF-16 or no text; save it as UTF-8".to_owned()));
        }
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        Ok((head.clone(), Box::new(Cursor::new(head).chain(rest))))
    }

    fn file(&self, reason: String) -> crate::Error {
        DataError::File { path: self.name(), reason }.into()
    }

    fn line(&self, line: u64, reason: String) -> crate::Error {
        DataError::Line { path: self.name(), line, reason }.into()
    }
}

/// The first bytes of a file.
type Peeked = Vec<u8>;

/// What is wrong with text that is UTF-8 only up to byte `valid`, and what to do.
fn not_utf8(bytes: &[u8], valid: usize) -> String {
    // Long text is shown from shortly before the byte that is wrong, beginning with a whole character.
    let mut from = valid.saturating_sub(20);
    while from > 0 && bytes[from] & 0xc0 == 0x80 {
        from -= 1;
    }
    let shown: String = String::from_utf8_lossy(&bytes[from..]).trim_end().chars().take(40).collect();
    format!("{shown:?} is not UTF-8 (perhaps Latin-1 or Windows-1252); save the file as UTF-8")
}

impl Table {
    /// The columns as input of a matrix, borrowed. Columns that hold tables are left out.
    pub fn borrow(&self) -> Vec<(String, column::Column<'_>)> {
        self.columns.iter().filter_map(|(name, column)| Some((name.clone(), column.borrow()?))).collect()
    }

    /// A table with the content of these columns. `zone` gives the time zone of a column of timestamps.
    pub fn from_columns(columns: &[(String, column::Column<'_>)]) -> Result<Table> {
        let rows = columns.first().map_or(0, |(_, c)| c.len());
        let mut owned = Vec::with_capacity(columns.len());
        for (name, column) in columns {
            if column.len() != rows {
                return Err(DataError::Lengths {
                    first: columns[0].0.clone(),
                    first_len: rows,
                    second: name.clone(),
                    second_len: column.len(),
                }
                .into());
            }
            owned.push((name.clone(), own(name, column)?));
        }
        Ok(Table::new(owned))
    }
}

impl Column {
    /// The column as input, borrowed; `None` if it holds tables.
    pub fn borrow(&self) -> Option<column::Column<'_>> {
        fn text(texts: &TextColumn) -> Data<'_> {
            Data::Text(Text::Large(Cow::Borrowed(&texts.offsets), Cow::Borrowed(texts.text.as_bytes())))
        }
        fn all(data: Data<'_>) -> Box<Chunk<'_>> {
            Box::new(Chunk { data, validity: None })
        }
        let data = match &self.values {
            Values::Bool(v) => Data::Bool(Bits::pack(v)),
            Values::I64(v) => Data::I64(Cow::Borrowed(v)),
            Values::U64(v) => Data::U64(Cow::Borrowed(v)),
            Values::F64(v) => Data::F64(Cow::Borrowed(v)),
            Values::Date(v) => Data::Date(Cow::Borrowed(v)),
            Values::Timestamp(v, nanos, _) => Data::Timestamp(Cow::Borrowed(v), *nanos),
            Values::Text(texts) => text(texts),
            Values::Dictionary(keys, words) => {
                Data::Dictionary(Box::new(Data::U32(Cow::Borrowed(keys))), all(text(words)))
            }
            Values::TextList(offsets, texts) => Data::List(Cow::Borrowed(offsets), all(text(texts))),
            Values::Tables(..) => return None,
        };
        let validity = self.validity.as_deref().map(Bits::pack);
        let zone = match &self.values {
            Values::Timestamp(_, _, zone) => zone.clone(),
            _ => None,
        };
        Some(column::Column { chunks: vec![Chunk { data, validity }], ordered: false, zone })
    }
}

/// Copies a column out of whoever holds it.
fn own(name: &str, column: &column::Column<'_>) -> Result<Column> {
    let unusable = |found: String, expected: &str| {
        Err(DataError::ColumnType {
            role: "kept in a table".to_owned(),
            column: name.to_owned(),
            found,
            expected: expected.to_owned(),
        }
        .into())
    };
    let mut validity = Vec::with_capacity(column.len());
    for chunk in &column.chunks {
        validity.extend((0..chunk.data.len()).map(|i| !chunk.is_null(i)));
    }
    let chunks = || column.chunks.iter().map(|c| &c.data).filter(|data| !matches!(data, Data::Null(_)));
    // Copies one row after the other; `$default` stands where a whole chunk is null.
    macro_rules! rows {
        ($values:expr, $default:expr, $($pattern:pat $(if $guard:expr)? => $rows:expr),+) => {{
            let mut all = Vec::with_capacity(column.len());
            for chunk in &column.chunks {
                match &chunk.data {
                    Data::Null(n) => all.extend(std::iter::repeat_n($default, *n)),
                    $($pattern $(if $guard)? => all.extend($rows),)+
                    other => return unusable(format!("{} beside other values", other.type_name()), "one type"),
                }
            }
            $values(all)
        }};
    }
    let values = match chunks().next() {
        None => Values::Text(TextColumn { offsets: vec![0; column.len() + 1], text: String::new() }),
        Some(Data::Bool(_)) => rows!(Values::Bool, false, Data::Bool(bits) => (0..bits.len).map(|i| bits.get(i))),
        Some(Data::U64(_)) => rows!(Values::U64, 0, Data::U64(v) => v.iter().copied()),
        Some(Data::I8(_) | Data::I16(_) | Data::I32(_) | Data::I64(_) | Data::U8(_) | Data::U16(_) | Data::U32(_)) => {
            rows!(
                Values::I64, 0,
                Data::I8(v) => v.iter().map(|x| i64::from(*x)),
                Data::I16(v) => v.iter().map(|x| i64::from(*x)),
                Data::I32(v) => v.iter().map(|x| i64::from(*x)),
                Data::I64(v) => v.iter().copied(),
                Data::U8(v) => v.iter().map(|x| i64::from(*x)),
                Data::U16(v) => v.iter().map(|x| i64::from(*x)),
                Data::U32(v) => v.iter().map(|x| i64::from(*x))
            )
        }
        // By way of the decimal: 0.1 of 32 bits is meant to be 0.1, not 0.10000000149011612.
        Some(Data::F32(_) | Data::F64(_) | Data::Decimal(..)) => rows!(
            Values::F64, 0.0,
            Data::F32(v) => v.iter().map(|x| x.to_string().parse().unwrap_or(f64::from(*x))),
            Data::F64(v) => v.iter().copied(),
            Data::Decimal(v, scale) => {
                v.iter().map(|x| format!("{x}e{}", -i32::from(*scale)).parse().unwrap_or(f64::NAN))
            }
        ),
        Some(Data::Date(_)) => rows!(Values::Date, 0, Data::Date(v) => v.iter().copied()),
        Some(Data::Timestamp(_, nanos)) => rows!(
            |v| Values::Timestamp(v, *nanos, column.zone.clone()), 0,
            Data::Timestamp(v, n) if n == nanos => v.iter().copied()
        ),
        Some(Data::Text(_)) => {
            let mut texts = TextColumn::default();
            for chunk in &column.chunks {
                for i in 0..chunk.data.len() {
                    match &chunk.data {
                        Data::Text(text) if !chunk.is_null(i) => texts.push(&text.get(i)),
                        _ => texts.push(""),
                    }
                }
            }
            Values::Text(texts)
        }
        Some(Data::Dictionary(_, values)) if matches!(values.data, Data::Text(_) | Data::Null(_)) => {
            dictionary(column, &mut validity)
        }
        Some(Data::Dictionary(..)) => return looked_up(name, column),
        Some(Data::List(_, values)) => {
            let mut texts = TextColumn::default();
            let mut offsets = vec![0];
            for chunk in &column.chunks {
                for i in 0..chunk.data.len() {
                    if let (Data::List(at, child), false) = (&chunk.data, chunk.is_null(i)) {
                        for k in at[i] as usize..at[i + 1] as usize {
                            match word(child, k) {
                                Word::Text(text) => texts.push(&text),
                                Word::Null => {}
                                Word::Other => {
                                    let found = format!("lists of {}", values.data.type_name());
                                    return unusable(found, "lists of strings");
                                }
                            }
                        }
                    }
                    offsets.push(texts.len() as i64);
                }
            }
            Values::TextList(offsets, texts)
        }
        Some(Data::Null(_)) => unreachable!("chunks of nulls were left out"),
    };
    Ok(Column::with_validity(values, validity))
}

enum Word<'a> {
    Null,
    Text(Cow<'a, str>),
    Other,
}

/// Row `i` of strings or of a dictionary of strings.
fn word<'a>(chunk: &'a Chunk<'_>, i: usize) -> Word<'a> {
    match &chunk.data {
        _ if chunk.is_null(i) => Word::Null,
        Data::Text(text) => Word::Text(text.get(i)),
        Data::Dictionary(keys, values) => match key(keys, i) {
            Some(k) if k < values.data.len() => word(values, k),
            _ => Word::Other,
        },
        _ => Word::Other,
    }
}

/// Index `i` of a dictionary column.
fn key(keys: &Data<'_>, i: usize) -> Option<usize> {
    match keys {
        Data::I8(v) => usize::try_from(v[i]).ok(),
        Data::I16(v) => usize::try_from(v[i]).ok(),
        Data::I32(v) => usize::try_from(v[i]).ok(),
        Data::I64(v) => usize::try_from(v[i]).ok(),
        Data::U8(v) => Some(v[i].into()),
        Data::U16(v) => Some(v[i].into()),
        Data::U32(v) => usize::try_from(v[i]).ok(),
        Data::U64(v) => usize::try_from(v[i]).ok(),
        _ => None,
    }
}

/// One dictionary for all chunks, words in order of first appearance in the chunks' dictionaries.
fn dictionary(column: &column::Column<'_>, validity: &mut [bool]) -> Values {
    let mut ids: HashMap<String, u32> = HashMap::new();
    let mut words = TextColumn::default();
    let mut indices = Vec::with_capacity(column.len());
    for chunk in &column.chunks {
        let Data::Dictionary(keys, values) = &chunk.data else {
            indices.extend(std::iter::repeat_n(0, chunk.data.len()));
            continue;
        };
        let mut id = |k| match word(values, k) {
            Word::Text(text) => Some(*ids.entry_ref(&*text).or_insert_with(|| {
                words.push(&text);
                words.len() as u32 - 1
            })),
            _ => None,
        };
        let local: Vec<Option<u32>> = (0..values.data.len()).map(&mut id).collect();
        for i in 0..keys.len() {
            let known =
                if chunk.is_null(i) { None } else { key(keys, i).and_then(|k| local.get(k).copied().flatten()) };
            validity[indices.len()] = known.is_some();
            indices.push(known.unwrap_or(0));
        }
    }
    Values::Dictionary(indices, words)
}

/// A dictionary of something else than strings, as the values themselves.
fn looked_up(name: &str, column: &column::Column<'_>) -> Result<Column> {
    let mut values = column::Column::default();
    let mut rows = Vec::with_capacity(column.len());
    let mut start = 0;
    for chunk in &column.chunks {
        let Data::Dictionary(keys, dictionary) = &chunk.data else {
            rows.extend(std::iter::repeat_n(None, chunk.data.len()));
            continue;
        };
        rows.extend((0..keys.len()).map(|i| if chunk.is_null(i) { None } else { key(keys, i).map(|k| start + k) }));
        start += dictionary.data.len();
        values.chunks.push(dictionary.reborrow());
    }
    // One null row more, for the rows whose index is null.
    values.chunks.push(Chunk { data: Data::Null(1), validity: None });
    let values = own(name, &values)?;
    let mut taken = values.take(&rows.iter().map(|row| row.unwrap_or(start).min(start)).collect::<Vec<_>>());
    taken.validity = taken.validity.filter(|v| v.contains(&false));
    Ok(taken)
}

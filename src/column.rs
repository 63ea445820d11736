//! Borrowed columns: how a table arrives, whoever holds its memory (Arrow, NumPy, a CSV file that was read).
//!
//! A column is a list of chunks and a chunk is a typed slice with an optional validity bitmap, so that nothing is
//! copied or cast before the labels are encoded.

use std::borrow::Cow;
use std::ops::Range;

/// One column of a table: chunks of one type.
#[derive(Debug, Clone, Default)]
pub struct Column<'a> {
    /// The chunks, in order; all of the same type (null chunks may stand between).
    pub chunks: Vec<Chunk<'a>>,
    /// Whether the column is an *ordered* categorical: its dictionary then gives the order of the values.
    pub ordered: bool,
    /// The time zone that timestamps are shown in; they are instants in UTC. `None`: without a zone.
    pub zone: Option<String>,
}

/// A run of rows of one column.
#[derive(Debug, Clone)]
pub struct Chunk<'a> {
    /// The values, one a row (whatever stands where a row is null).
    pub data: Data<'a>,
    /// Which rows are there; `None` where all are.
    pub validity: Option<Bits<'a>>,
}

/// A bitmap as Arrow lays it out: least significant bit first, starting at bit `offset`.
#[derive(Debug, Clone)]
pub struct Bits<'a> {
    /// The bytes.
    pub bytes: Cow<'a, [u8]>,
    /// The bit of the first row.
    pub offset: usize,
    /// Rows.
    pub len: usize,
}

impl Bits<'_> {
    /// The bit of row `i`.
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        let bit = self.offset + i;
        self.bytes[bit >> 3] >> (bit & 7) & 1 == 1
    }
}

/// The time that one unit of an integer timestamp stands for, in nanoseconds: 10⁹, 10⁶, 10³ or 1.
pub type NanosPerUnit = i64;

/// The values of a chunk, by type.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Data<'a> {
    /// All rows are null.
    Null(usize),
    I8(Cow<'a, [i8]>),
    I16(Cow<'a, [i16]>),
    I32(Cow<'a, [i32]>),
    I64(Cow<'a, [i64]>),
    U8(Cow<'a, [u8]>),
    U16(Cow<'a, [u16]>),
    U32(Cow<'a, [u32]>),
    U64(Cow<'a, [u64]>),
    F32(Cow<'a, [f32]>),
    F64(Cow<'a, [f64]>),
    Bool(Bits<'a>),
    /// Unscaled values and the number of decimal places.
    Decimal(Cow<'a, [i128]>, i8),
    /// Days since 1970-01-01.
    Date(Cow<'a, [i32]>),
    /// Ticks since 1970-01-01T00:00 (UTC, or local where the column has no zone), and their length.
    Timestamp(Cow<'a, [i64]>, NanosPerUnit),
    Text(Text<'a>),
    /// Indices (any integer type; a null index is a null row) into a dictionary of values.
    Dictionary(Box<Data<'a>>, Box<Chunk<'a>>),
    /// Row `i` holds the child's rows `offsets[i]..offsets[i + 1]`.
    List(Cow<'a, [i64]>, Box<Chunk<'a>>),
}

/// Strings, as Arrow lays them out.
#[derive(Debug, Clone)]
pub enum Text<'a> {
    /// string: 32-bit offsets, rows + 1 of them.
    Small(Cow<'a, [i32]>, Cow<'a, [u8]>),
    /// large_string: 64-bit offsets, rows + 1 of them.
    Large(Cow<'a, [i64]>, Cow<'a, [u8]>),
    /// string_view: 16-byte views (length, then the bytes or prefix, buffer and offset) and their buffers.
    View(Cow<'a, [[u8; 16]]>, Vec<Cow<'a, [u8]>>),
}

impl Text<'_> {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Text::Small(offsets, _) => offsets.len().saturating_sub(1),
            Text::Large(offsets, _) => offsets.len().saturating_sub(1),
            Text::View(views, _) => views.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of row `i`.
    #[inline]
    pub fn bytes(&self, i: usize) -> &[u8] {
        match self {
            Text::Small(offsets, bytes) => &bytes[offsets[i] as usize..offsets[i + 1] as usize],
            Text::Large(offsets, bytes) => &bytes[offsets[i] as usize..offsets[i + 1] as usize],
            Text::View(views, buffers) => {
                let view = &views[i];
                let word =
                    |at: usize| u32::from_le_bytes([view[at], view[at + 1], view[at + 2], view[at + 3]]) as usize;
                let len = word(0);
                if len <= 12 { &view[4..4 + len] } else { &buffers[word(8)][word(12)..word(12) + len] }
            }
        }
    }

    /// Row `i`. Whoever makes a column has checked that it is UTF-8; what is not comes out replaced, never unsound.
    #[inline]
    pub fn get(&self, i: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(i))
    }
}

impl Data<'_> {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Data::Null(n) => *n,
            Data::I8(v) => v.len(),
            Data::I16(v) => v.len(),
            Data::I32(v) => v.len(),
            Data::I64(v) => v.len(),
            Data::U8(v) => v.len(),
            Data::U16(v) => v.len(),
            Data::U32(v) => v.len(),
            Data::U64(v) => v.len(),
            Data::F32(v) => v.len(),
            Data::F64(v) => v.len(),
            Data::Bool(bits) => bits.len,
            Data::Decimal(v, _) => v.len(),
            Data::Date(v) => v.len(),
            Data::Timestamp(v, _) => v.len(),
            Data::Text(text) => text.len(),
            Data::Dictionary(keys, _) => keys.len(),
            Data::List(offsets, _) => offsets.len().saturating_sub(1),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type in the words of error messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Data::Null(_) => "nulls",
            Data::I8(_) | Data::I16(_) | Data::I32(_) | Data::I64(_) => "integers",
            Data::U8(_) | Data::U16(_) | Data::U32(_) | Data::U64(_) => "integers",
            Data::F32(_) | Data::F64(_) => "floats",
            Data::Bool(_) => "booleans",
            Data::Decimal(..) => "decimals",
            Data::Date(_) => "dates",
            Data::Timestamp(..) => "timestamps",
            Data::Text(_) => "strings",
            Data::Dictionary(_, values) => values.data.type_name(),
            Data::List(..) => "lists",
        }
    }
}

impl Bits<'_> {
    /// Packs one `bool` a row.
    pub fn pack(rows: &[bool]) -> Bits<'static> {
        let byte = |eight: &[bool]| eight.iter().rev().fold(0u8, |byte, bit| byte << 1 | u8::from(*bit));
        Bits { bytes: Cow::Owned(rows.chunks(8).map(byte).collect()), offset: 0, len: rows.len() }
    }

    /// The same bits, borrowed.
    pub fn reborrow(&self) -> Bits<'_> {
        Bits { bytes: Cow::Borrowed(&self.bytes), offset: self.offset, len: self.len }
    }
}

fn lend<T: Clone>(values: &[T]) -> Cow<'_, [T]> {
    Cow::Borrowed(values)
}

impl Data<'_> {
    /// The same values, borrowed.
    pub fn reborrow(&self) -> Data<'_> {
        match self {
            Data::Null(n) => Data::Null(*n),
            Data::I8(v) => Data::I8(lend(v)),
            Data::I16(v) => Data::I16(lend(v)),
            Data::I32(v) => Data::I32(lend(v)),
            Data::I64(v) => Data::I64(lend(v)),
            Data::U8(v) => Data::U8(lend(v)),
            Data::U16(v) => Data::U16(lend(v)),
            Data::U32(v) => Data::U32(lend(v)),
            Data::U64(v) => Data::U64(lend(v)),
            Data::F32(v) => Data::F32(lend(v)),
            Data::F64(v) => Data::F64(lend(v)),
            Data::Bool(bits) => Data::Bool(bits.reborrow()),
            Data::Decimal(v, scale) => Data::Decimal(lend(v), *scale),
            Data::Date(v) => Data::Date(lend(v)),
            Data::Timestamp(v, nanos) => Data::Timestamp(lend(v), *nanos),
            Data::Text(Text::Small(offsets, bytes)) => Data::Text(Text::Small(lend(offsets), lend(bytes))),
            Data::Text(Text::Large(offsets, bytes)) => Data::Text(Text::Large(lend(offsets), lend(bytes))),
            Data::Text(Text::View(views, buffers)) => {
                Data::Text(Text::View(lend(views), buffers.iter().map(|b| lend(b)).collect()))
            }
            Data::Dictionary(keys, values) => Data::Dictionary(Box::new(keys.reborrow()), Box::new(values.reborrow())),
            Data::List(offsets, values) => Data::List(lend(offsets), Box::new(values.reborrow())),
        }
    }
}

impl Bits<'_> {
    /// The bits of the rows `rows`, borrowed.
    pub fn slice(&self, rows: Range<usize>) -> Bits<'_> {
        Bits { bytes: Cow::Borrowed(&self.bytes), offset: self.offset + rows.start, len: rows.len() }
    }
}

impl Data<'_> {
    /// The rows `rows`, borrowed.
    pub fn slice(&self, rows: Range<usize>) -> Data<'_> {
        let offsets = rows.start..rows.end + 1;
        match self {
            Data::Null(_) => Data::Null(rows.len()),
            Data::I8(v) => Data::I8(lend(&v[rows])),
            Data::I16(v) => Data::I16(lend(&v[rows])),
            Data::I32(v) => Data::I32(lend(&v[rows])),
            Data::I64(v) => Data::I64(lend(&v[rows])),
            Data::U8(v) => Data::U8(lend(&v[rows])),
            Data::U16(v) => Data::U16(lend(&v[rows])),
            Data::U32(v) => Data::U32(lend(&v[rows])),
            Data::U64(v) => Data::U64(lend(&v[rows])),
            Data::F32(v) => Data::F32(lend(&v[rows])),
            Data::F64(v) => Data::F64(lend(&v[rows])),
            Data::Bool(bits) => Data::Bool(bits.slice(rows)),
            Data::Decimal(v, scale) => Data::Decimal(lend(&v[rows]), *scale),
            Data::Date(v) => Data::Date(lend(&v[rows])),
            Data::Timestamp(v, nanos) => Data::Timestamp(lend(&v[rows]), *nanos),
            Data::Text(Text::Small(at, bytes)) => Data::Text(Text::Small(lend(&at[offsets]), lend(bytes))),
            Data::Text(Text::Large(at, bytes)) => Data::Text(Text::Large(lend(&at[offsets]), lend(bytes))),
            Data::Text(Text::View(views, buffers)) => {
                Data::Text(Text::View(lend(&views[rows]), buffers.iter().map(|b| lend(b)).collect()))
            }
            Data::Dictionary(keys, values) => Data::Dictionary(Box::new(keys.slice(rows)), Box::new(values.reborrow())),
            Data::List(at, values) => Data::List(lend(&at[offsets]), Box::new(values.reborrow())),
        }
    }
}

impl Chunk<'_> {
    /// The rows `rows`, borrowed.
    pub fn slice(&self, rows: Range<usize>) -> Chunk<'_> {
        Chunk { validity: self.validity.as_ref().map(|v| v.slice(rows.clone())), data: self.data.slice(rows) }
    }

    /// The same rows, borrowed.
    pub fn reborrow(&self) -> Chunk<'_> {
        Chunk { data: self.data.reborrow(), validity: self.validity.as_ref().map(Bits::reborrow) }
    }

    /// Whether row `i` has no value. (A dictionary's own null values are seen by whoever looks the index up.)
    #[inline]
    pub fn is_null(&self, i: usize) -> bool {
        matches!(self.data, Data::Null(_)) || self.validity.as_ref().is_some_and(|v| !v.get(i))
    }
}

impl<'a> Column<'a> {
    /// A column of one chunk without nulls.
    pub fn of(data: Data<'a>) -> Column<'a> {
        Column { chunks: vec![Chunk { data, validity: None }], ..Column::default() }
    }

    /// The same column, borrowed: what an owner of its values lends.
    pub fn reborrow(&self) -> Column<'_> {
        let chunks = self.chunks.iter().map(Chunk::reborrow).collect();
        Column { chunks, ordered: self.ordered, zone: self.zone.clone() }
    }

    /// Rows of all chunks.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|c| c.data.len()).sum()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a row may be null; `false` where a look at the types is enough to tell that none is.
    pub fn may_have_nulls(&self) -> bool {
        let may = |c: &Chunk<'_>| {
            c.validity.is_some() || matches!(c.data, Data::Null(_) | Data::Dictionary(..) | Data::List(..))
        };
        self.chunks.iter().any(may)
    }

    /// The type of the first chunk that holds more than nulls, in the words of error messages.
    pub fn type_name(&self) -> &'static str {
        self.chunks.iter().map(|c| c.data.type_name()).find(|n| *n != "nulls").unwrap_or("nulls")
    }
}

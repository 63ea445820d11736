//! JSON lines in: one object a line, each value appended to its column as it is parsed.

use super::{Source, not_utf8};
use crate::table::{Column, Table, TextColumn, Values};
use hashbrown::HashMap;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::mem;
use std::sync::Arc;

/// How far into a file is looked for bytes that are no text.
const PEEK: usize = 1 << 12;

/// Reads a file of JSON lines: one object a line; lines without anything are skipped.
///
/// The columns come in order of first appearance; a key that is missing or null makes a null. Integers and floats in
/// one column make floats, if these hold the integers exactly; any other two types in one column are an error.
pub fn jsonl(source: Source<'_>) -> crate::Result<Table> {
    let (_, rest) = source.open(PEEK)?;
    let mut reader = BufReader::with_capacity(1 << 16, rest);
    let mut rows = Rows::default();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(|e| source.file(e.to_string()))? == 0 {
            return Ok(rows.finish());
        }
        rows.line += 1;
        let line = std::str::from_utf8(&bytes)
            .map_err(|e| source.line(rows.line, not_utf8(&bytes, e.valid_up_to())))?
            .trim_ascii();
        if !line.is_empty() {
            rows.read(line).map_err(|reason| source.line(rows.line, reason))?;
        }
    }
}

/// The columns as far as they were read.
#[derive(Default)]
struct Rows {
    columns: Vec<Cells>,
    index: HashMap<String, usize>,
    /// The column that the next key names if the keys come in the order of the columns, as they mostly do.
    next: usize,
    /// Rows that are complete.
    rows: usize,
    /// The line that is read, from 1.
    line: u64,
}

/// A column as far as it was read: values up to the last row that named it.
struct Cells {
    name: String,
    values: Option<Values>,
    validity: Vec<bool>,
    /// The line of the first value that is not null.
    line: u64,
    /// The first integer that no float holds exactly, and its line.
    inexact: Option<(i64, u64)>,
}

impl Rows {
    /// Appends one line.
    fn read(&mut self, line: &str) -> Result<(), String> {
        self.next = 0;
        let mut json = serde_json::Deserializer::from_str(line);
        let numbers = Numbers { rest: line, passed: 0 };
        Object { rows: &mut *self, numbers }
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|e| reason(&e))?;
        self.rows += 1;
        Ok(())
    }

    /// The column of this name, new if there is none.
    fn column(&mut self, name: &str) -> usize {
        let i = match self.columns.get(self.next) {
            Some(column) if column.name == name => self.next,
            _ => *self.index.entry_ref(name).or_insert_with(|| {
                let (name, validity) = (name.to_owned(), Vec::new());
                self.columns.push(Cells { name, values: None, validity, line: 0, inexact: None });
                self.columns.len() - 1
            }),
        };
        self.next = i + 1;
        i
    }

    fn finish(self) -> Table {
        let columns = self.columns.into_iter().map(|mut cells| {
            cells.fill(self.rows);
            let empty = || Values::Text(TextColumn { offsets: vec![0; self.rows + 1], text: String::new() });
            let values = cells.values.unwrap_or_else(empty);
            (cells.name, Arc::new(Column::with_validity(values, cells.validity)))
        });
        Table { columns: columns.collect(), rows: self.rows }
    }
}

/// A value that is not null.
enum Cell {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Text(String),
    List(Vec<String>),
}

impl Cell {
    /// The type as messages name it.
    fn type_name(&self) -> &'static str {
        match self {
            Cell::Bool(_) => "a boolean",
            Cell::I64(_) | Cell::U64(_) => "an integer",
            Cell::F64(_) => "a float",
            Cell::Text(_) => "a string",
            Cell::List(_) => "a list",
        }
    }
}

/// The type as messages name it, as [`Cell::type_name`].
fn type_name(values: &Values) -> &'static str {
    match values {
        Values::Bool(_) => "a boolean",
        Values::I64(_) | Values::U64(_) => "an integer",
        Values::F64(_) => "a float",
        Values::TextList(..) => "a list",
        _ => "a string",
    }
}

impl Cells {
    /// Nulls up to row `rows`.
    fn fill(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.validity.len());
        if missing > 0 {
            self.validity.resize(rows, false);
            if let Some(values) = &mut self.values {
                push_nulls(values, missing);
            }
        }
    }

    /// Appends a value, or says why that cannot be.
    fn push(&mut self, cell: Cell, line: u64) -> Result<(), String> {
        if self.values.is_none() {
            let mut values = match cell {
                Cell::Bool(_) => Values::Bool(Vec::new()),
                Cell::I64(_) => Values::I64(Vec::new()),
                Cell::U64(_) => Values::U64(Vec::new()),
                Cell::F64(_) => Values::F64(Vec::new()),
                Cell::Text(_) => Values::Text(TextColumn::default()),
                Cell::List(_) => Values::TextList(vec![0], TextColumn::default()),
            };
            push_nulls(&mut values, self.validity.len());
            self.values = Some(values);
            self.line = line;
        }
        let Some(values) = &mut self.values else { return Ok(()) };
        if let Cell::I64(n) = cell
            && !is_exact(i128::from(n))
        {
            self.inexact.get_or_insert((n, line));
        }
        match (&mut *values, &cell) {
            (Values::I64(integers), Cell::F64(_)) => {
                if let Some((n, line)) = self.inexact {
                    return Err(inexact(&self.name, &n.to_string(), &format!(" (line {line})")));
                }
                *values = Values::F64(mem::take(integers).into_iter().map(|n| n as f64).collect());
            }
            // Above 2⁶³ - 1 all integers of the column must be without sign.
            (Values::I64(integers), Cell::U64(_)) if integers.iter().all(|n| *n >= 0) => {
                *values = Values::U64(mem::take(integers).into_iter().map(i64::cast_unsigned).collect());
            }
            (Values::I64(_), Cell::U64(n)) => return Err(too_wide(&self.name, &n.to_string())),
            (Values::U64(_), Cell::I64(n)) if *n < 0 => return Err(too_wide(&self.name, &n.to_string())),
            (Values::U64(integers), Cell::F64(_)) => {
                let valid = integers.iter().zip(&self.validity).filter(|(_, valid)| **valid).map(|(n, _)| *n);
                if let Some(n) = valid.into_iter().find(|n| !is_exact(i128::from(*n))) {
                    return Err(inexact(&self.name, &n.to_string(), ""));
                }
                *values = Values::F64(mem::take(integers).into_iter().map(|n| n as f64).collect());
            }
            _ => {}
        }
        match (values, cell) {
            (Values::Bool(v), Cell::Bool(b)) => v.push(b),
            (Values::I64(v), Cell::I64(n)) => v.push(n),
            (Values::U64(v), Cell::U64(n)) => v.push(n),
            (Values::U64(v), Cell::I64(n)) => v.push(n.cast_unsigned()),
            (Values::F64(v), Cell::F64(x)) => v.push(x),
            (Values::F64(v), Cell::I64(n)) if is_exact(i128::from(n)) => v.push(n as f64),
            (Values::F64(v), Cell::U64(n)) if is_exact(i128::from(n)) => v.push(n as f64),
            (Values::F64(_), Cell::I64(n)) => return Err(inexact(&self.name, &n.to_string(), "")),
            (Values::F64(_), Cell::U64(n)) => return Err(inexact(&self.name, &n.to_string(), "")),
            (Values::Text(v), Cell::Text(s)) => v.push(&s),
            (Values::TextList(offsets, texts), Cell::List(list)) => {
                list.iter().for_each(|s| texts.push(s));
                offsets.push(texts.len() as i64);
            }
            (values, cell) => {
                return Err(format!(
                    "column {:?} holds {} here, but {} in line {}; a column has one type: write all its values as \
                     strings, or name two columns",
                    self.name,
                    cell.type_name(),
                    type_name(values),
                    self.line
                ));
            }
        }
        self.validity.push(true);
        Ok(())
    }
}

/// Whether a float holds the integer.
fn is_exact(n: i128) -> bool {
    n as f64 as i128 == n
}

fn inexact(name: &str, n: &str, place: &str) -> String {
    format!(
        "column {name:?} holds integers and floats, but no float is exactly {n}{place}; write the column's values as \
         strings"
    )
}

fn too_wide(name: &str, n: &str) -> String {
    format!("column {name:?}: {n} and the integers before do not fit into 64 bits together; write them as strings")
}

/// Appends what stands where a row is null.
fn push_nulls(values: &mut Values, n: usize) {
    match values {
        Values::Bool(v) => v.resize(v.len() + n, false),
        Values::I64(v) => v.resize(v.len() + n, 0),
        Values::U64(v) => v.resize(v.len() + n, 0),
        Values::F64(v) => v.resize(v.len() + n, 0.0),
        Values::Text(texts) => texts.offsets.resize(texts.offsets.len() + n, texts.text.len() as i64),
        Values::TextList(offsets, texts) => offsets.resize(offsets.len() + n, texts.len() as i64),
        // No other type is read from JSON.
        Values::Dictionary(..) | Values::Date(_) | Values::Timestamp(..) | Values::Tables(..) => {}
    }
}

/// What was wrong with a line: our own message, or what is no JSON.
fn reason(e: &serde_json::Error) -> String {
    let message = e.to_string();
    // The line is always 1 there, as lines are parsed one by one.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    match e.classify() {
        Category::Data if message.starts_with("invalid type") => {
            format!("{message}; write one object a line, such as {{\"fact\": \"f1\", \"value\": \"x\"}}")
        }
        Category::Data => message.to_owned(),
        _ => format!("not JSON: {message} (character {}); write one object a line", e.column()),
    }
}

/// Reads one object into the columns.
struct Object<'a> {
    rows: &'a mut Rows,
    numbers: Numbers<'a>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(i) = map.next_key_seed(Key(&mut *self.rows))? {
            let (rows, line) = (self.rows.rows, self.rows.line);
            let column = &mut self.rows.columns[i];
            if column.validity.len() > rows {
                return Err(de::Error::custom(format!("the object has the key {:?} twice; keep one", column.name)));
            }
            column.fill(rows);
            match map.next_value_seed(Field { name: &column.name, numbers: &mut self.numbers })? {
                Some(cell) => column.push(cell, line).map_err(de::Error::custom)?,
                None => column.fill(rows + 1),
            }
        }
        Ok(())
    }
}

/// Finds the column of a key.
struct Key<'a>(&'a mut Rows);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.0.column(name))
    }
}

/// Reads one value of a column; `None` is null.
struct Field<'a, 'l> {
    name: &'a str,
    numbers: &'a mut Numbers<'l>,
}

impl<'de> DeserializeSeed<'de> for Field<'_, '_> {
    type Value = Option<Cell>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Cell>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Field<'_, '_> {
    type Value = Option<Cell>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Option<Cell>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<Cell>, E> {
        Ok(Some(Cell::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<Cell>, E> {
        self.numbers.passed += 1;
        Ok(Some(Cell::I64(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<Cell>, E> {
        self.numbers.passed += 1;
        Ok(Some(i64::try_from(value).map_or(Cell::U64(value), Cell::I64)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Option<Cell>, E> {
        let written = self.numbers.here();
        if let Ok(zero) = written.parse() {
            return Ok(Some(Cell::I64(zero))); // "-0"
        }
        // What serde_json makes of many digits may be the float beside the nearest.
        let value: f64 = written.parse().unwrap_or(value);
        // Two integers of so many digits that differ in the last would else silently become one.
        if !written.contains(['.', 'e', 'E']) && format!("{value:.0}") != written {
            return Err(E::custom(format!(
                "column {:?}: the integer {written} does not fit into 64 bits; write the column's values as strings",
                self.name
            )));
        }
        Ok(Some(Cell::F64(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Option<Cell>, E> {
        Ok(Some(Cell::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Cell>, A::Error> {
        let mut texts = Vec::new();
        while let Some(item) = list.next_element_seed(Field { name: self.name, numbers: &mut *self.numbers })? {
            let found = match item {
                Some(Cell::Text(text)) => {
                    texts.push(text);
                    continue;
                }
                Some(other) => other.type_name(),
                None => "null",
            };
            return Err(de::Error::custom(format!(
                "column {:?} holds a list with {found} in it; lists are of strings",
                self.name
            )));
        }
        Ok(Some(Cell::List(texts)))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Option<Cell>, A::Error> {
        Err(de::Error::custom(format!(
            "column {:?} holds an object; write its keys as columns of their own",
            self.name
        )))
    }
}

/// The numbers of a line as they are written. They are read in the order in which they stand.
struct Numbers<'l> {
    /// The line behind the last number that was looked at.
    rest: &'l str,
    /// How many numbers were read since.
    passed: usize,
}

impl<'l> Numbers<'l> {
    /// The number that is read now.
    fn here(&mut self) -> &'l str {
        let passed = mem::take(&mut self.passed);
        self.nth(passed).unwrap_or("")
    }
}

impl<'l> Iterator for Numbers<'l> {
    type Item = &'l str;

    fn next(&mut self) -> Option<&'l str> {
        let (mut quoted, mut escaped) = (false, false);
        let start = self.rest.bytes().position(|byte| {
            let begins = !quoted && (byte == b'-' || byte.is_ascii_digit());
            quoted ^= byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            begins
        })?;
        let number = &self.rest[start..];
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
        let (number, rest) = number.split_at(number.find(|c| !is_part(c)).unwrap_or(number.len()));
        self.rest = rest;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Table {
        jsonl(Source::Bytes(text.as_ref())).unwrap()
    }

    fn error(text: impl AsRef<[u8]>) -> String {
        jsonl(Source::Bytes(text.as_ref())).unwrap_err().to_string()
    }

    /// The column that these values make.
    fn column(values: &[&str]) -> Column {
        let text: String = values.iter().map(|value| format!("{{\"a\": {value}}}\n")).collect();
        read(text).column("a").unwrap().clone()
    }

    /// What is wrong with these values.
    fn column_error(values: &[&str]) -> String {
        error(values.iter().map(|value| format!("{{\"a\": {value}}}\n")).collect::<String>())
    }

    #[test]
    fn every_type_is_read() {
        let table = read(
            "{\"i\":1,\"f\":0.5,\"b\":true,\"t\":\"x\",\"l\":[\"p\",\"q\"],\"n\":null}\n\n\
             {\"late\":2}\r\n  \n\
             {\"n\":null,\"l\":[],\"t\":\"\",\"b\":false,\"f\":2,\"i\":-3}",
        );
        let valid = vec![true, false, true];
        let lists = Values::TextList(vec![0, 2, 2, 2], ["p", "q"].iter().collect());
        let expected = Table::new([
            ("i", Column::with_validity(Values::I64(vec![1, 0, -3]), valid.clone())),
            ("f", Column::floats([Some(0.5), None, Some(2.0)])),
            ("b", Column::with_validity(Values::Bool(vec![true, false, false]), valid.clone())),
            ("t", Column::texts([Some("x"), None, Some("")])),
            ("l", Column::with_validity(lists, valid)),
            ("n", Column::texts([None::<&str>, None, None])),
            ("late", Column::with_validity(Values::I64(vec![0, 2, 0]), vec![false, true, false])),
        ]);
        assert_eq!(table, expected);
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["i", "f", "b", "t", "l", "n", "late"]);
    }

    #[test]
    fn integers_and_floats_mix_only_if_exact() {
        assert_eq!(column(&["1", "0.5", "9007199254740992"]), Column::floats([1.0, 0.5, 9007199254740992.0].map(Some)));
        let wrong = "column \"a\" holds integers and floats, but no float is exactly 9007199254740993";
        let advice = "; write the column's values as strings";
        assert_eq!(column_error(&["0.5", "9007199254740993"]), format!("(bytes), line 2: {wrong}{advice}"));
        assert_eq!(
            column_error(&["1", "9007199254740993", "0.5"]),
            format!("(bytes), line 3: {wrong} (line 2){advice}")
        );
    }

    #[test]
    fn great_integers_are_exact_or_refused() {
        assert_eq!(column(&["1", "null", "18446744073709551615", "2"]).values, Values::U64(vec![1, 0, u64::MAX, 2]));
        assert_eq!(column(&["-9223372036854775808"]), Values::I64(vec![i64::MIN]).into());
        let wide = |line, n| {
            format!(
                "(bytes), line {line}: column \"a\": {n} and the integers before do not fit into 64 bits together; write \
                 them as strings"
            )
        };
        assert_eq!(column_error(&["-1", "18446744073709551615"]), wide(2, "18446744073709551615"));
        assert_eq!(column_error(&["18446744073709551615", "-1"]), wide(2, "-1"));
        assert_eq!(
            column_error(&["123456789012345678901"]),
            "(bytes), line 1: column \"a\": the integer 123456789012345678901 does not fit into 64 bits; write the \
             column's values as strings"
        );
        assert!(column_error(&["18446744073709551615", "0.5"]).contains("no float is exactly 18446744073709551615;"));
        assert_eq!(column(&["18446744073709551616", "1e22"]), Column::floats([18446744073709551616.0, 1e22].map(Some)));
        assert_eq!(column(&["-0", "1"]), Values::I64(vec![0, 1]).into());
    }

    #[test]
    fn floats_are_the_nearest_to_what_is_written() {
        // serde_json, without its feature "float_roundtrip", makes of some of these the float beside.
        let digits =
            ["5.069212999999999e-5", "1.2345678901234567e20", "0.6046602879796196", "-31.245270191439438", "1e-7"];
        for number in digits {
            let line = format!("{{\"-1\\\"2\\\\\": 3, \"4\": [\"5\"], \"x\": {number}, \"y\": {number}}}");
            let expected = Column::floats([number.parse().ok()]);
            let table = read(&line);
            assert_eq!((table.column("x"), table.column("y")), (Some(&expected), Some(&expected)), "{line}");
        }
    }

    #[test]
    fn types_do_not_mix() {
        let names =
            [("true", "a boolean"), ("1", "an integer"), ("0.5", "a float"), ("\"x\"", "a string"), ("[]", "a list")];
        for (i, (first, before)) in names.iter().enumerate() {
            for (j, (second, here)) in names.iter().enumerate() {
                if i == j || (1..=2).contains(&i) && (1..=2).contains(&j) {
                    continue;
                }
                assert_eq!(
                    column_error(&["null", first, second]),
                    format!(
                        "(bytes), line 3: column \"a\" holds {here} here, but {before} in line 2; a column has one type: \
                         write all its values as strings, or name two columns"
                    )
                );
            }
        }
    }

    #[test]
    fn nested_values_are_refused() {
        assert_eq!(
            column_error(&["{\"b\": 1}"]),
            "(bytes), line 1: column \"a\" holds an object; write its keys as columns of their own"
        );
        for (list, found) in [
            ("[1]", "an integer"),
            ("[\"x\", 0.5]", "a float"),
            ("[null]", "null"),
            ("[[]]", "a list"),
            ("[true]", "a boolean"),
        ] {
            assert_eq!(
                column_error(&[list]),
                format!("(bytes), line 1: column \"a\" holds a list with {found} in it; lists are of strings")
            );
        }
    }

    #[test]
    fn what_is_not_json_is_named_by_its_line() {
        let wrong = |text: &str| error(format!("{{\"a\":1}}\n\n{text}\n{{\"a\":1}}\n"));
        let message =
            |reason, at| format!("(bytes), line 3: not JSON: {reason} (character {at}); write one object a line");
        assert_eq!(wrong("{\"a\": NaN}"), message("expected value", 7));
        assert_eq!(wrong("{\"a\": Infinity}"), message("expected value", 7));
        assert_eq!(wrong("{\"a\": -Infinity}"), message("invalid number", 8));
        assert_eq!(wrong("{\"a\": 1e999}"), message("number out of range", 11));
        assert_eq!(wrong("{\"a\": 007}"), message("invalid number", 8));
        assert_eq!(wrong("{\"a\": 1"), message("EOF while parsing an object", 7));
        assert_eq!(wrong("{\"a\": 1} {\"a\": 2}"), message("trailing characters", 10));
        assert_eq!(wrong("{\"a\": \"\\ud800\"}"), message("unexpected end of hex escape", 14));
        assert_eq!(wrong("{'a': 1}"), message("key must be a string", 2));
        assert_eq!(
            wrong("[1, 2]"),
            "(bytes), line 3: invalid type: sequence, expected an object; write one object a line, such as {\"fact\": \
             \"f1\", \"value\": \"x\"}"
        );
        assert_eq!(wrong("{\"a\": 1, \"a\": null}"), "(bytes), line 3: the object has the key \"a\" twice; keep one");
        assert_eq!(wrong("{\"b\": null, \"b\": 2}"), "(bytes), line 3: the object has the key \"b\" twice; keep one");
    }

    #[test]
    fn what_is_no_utf8_is_named_by_its_line() {
        assert_eq!(
            error(b"{\"a\":\"x\"}\r\n{\"a\":\"M\xfcnchen\"}\r\n"),
            "(bytes), line 2: \"{\\\"a\\\":\\\"M\u{fffd}nchen\\\"}\" is not UTF-8 (perhaps Latin-1 or Windows-1252); save the \
             file as UTF-8"
        );
        let utf16: Vec<u8> = "\u{feff}{\"a\":1}\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(error(utf16), "(bytes), line 1: the file is UTF-16 or no text; save it as UTF-8");
        assert_eq!(read("\u{feff}{\"a\":1}\n").column("a"), Some(&Values::I64(vec![1]).into()));
    }

    #[test]
    fn labels_of_all_scripts_stay_as_they_are() {
        let labels = ["👩‍👩‍👧", "שלום", "مرحبا", "nan", "None", "", "007", "a\nb\"c\\"];
        let quoted: Vec<String> = labels.iter().map(|label| serde_json::to_string(label).unwrap()).collect();
        let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
        assert_eq!(column(&quoted), Column::texts(labels.map(Some)));
        assert_eq!(column(&["\"\\ud83d\\ude42\""]), Column::texts([Some("🙂")]));
    }

    #[test]
    fn nothing_is_a_table_without_rows() {
        assert_eq!(read(""), Table::default());
        assert_eq!(read("\n\n"), Table::default());
        assert_eq!(read("{}\n{}\n").rows, 2);
    }
}

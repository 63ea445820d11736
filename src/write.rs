//! Tables out: CSV and JSON lines.

use crate::table::{Column, Table, TextColumn, Values};
use crate::value::shortest;
use std::io::{self, Write};
use std::ops::Range;

/// How much is collected before it is written.
const CHUNK: usize = 1 << 16;

impl Table {
    /// Writes the table as CSV in UTF-8, with a header row, fields quoted only where needed.
    ///
    /// A null is an empty field, an empty string `""`. A float is written with the fewest digits that are read back
    /// as the same float. The strings of a list are joined by `;`, the rows of a nested table by ` | `, as
    /// `value (mass)` where it has these columns.
    pub fn to_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = Vec::new();
        for (i, (name, _)) in self.columns.iter().enumerate() {
            separate(&mut text, i, b",");
            quote(&mut text, name.as_bytes(), b",;\t\"\r\n\xef");
        }
        text.push(b'\n');
        let mut cell = Vec::new();
        for row in 0..self.rows {
            for (i, (_, column)) in self.columns.iter().enumerate() {
                separate(&mut text, i, b",");
                if column.is_valid(row) {
                    cell.clear();
                    plain(&mut cell, column, row)?;
                    quote(&mut text, &cell, b",\"\r\n");
                } else if self.columns.len() == 1 {
                    // An empty line would be skipped when it is read.
                    text.extend_from_slice(b"\"\"");
                }
            }
            text.push(b'\n');
            pass_on(&mut text, CHUNK, out)?;
        }
        pass_on(&mut text, 0, out)
    }

    /// Writes the table as JSON lines: one object a row, with every column. Nested tables are lists of objects; a
    /// float that JSON does not know (NaN, infinity) is null.
    pub fn to_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = Vec::new();
        for row in 0..self.rows {
            object(&mut text, self, row)?;
            text.push(b'\n');
            pass_on(&mut text, CHUNK, out)?;
        }
        pass_on(&mut text, 0, out)
    }
}

/// Writes the text once it is longer than `limit`.
fn pass_on(text: &mut Vec<u8>, limit: usize, out: &mut dyn Write) -> io::Result<()> {
    if text.len() > limit {
        out.write_all(text)?;
        text.clear();
    }
    Ok(())
}

/// A separator before all but the first.
fn separate(text: &mut Vec<u8>, i: usize, separator: &[u8]) {
    if i > 0 {
        text.extend_from_slice(separator);
    }
}

/// Appends a field of CSV, in quotes if it is empty or holds one of the bytes `special`.
fn quote(text: &mut Vec<u8>, field: &[u8], special: &[u8]) {
    if !field.is_empty() && !field.iter().any(|b| special.contains(b)) {
        text.extend_from_slice(field);
        return;
    }
    text.push(b'"');
    for byte in field {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}

/// Appends row `i`, which is not null, as text without quotes.
fn plain(text: &mut Vec<u8>, column: &Column, i: usize) -> io::Result<()> {
    match &column.values {
        Values::Bool(v) => write!(text, "{}", v[i]),
        Values::I64(v) => write!(text, "{}", v[i]),
        Values::U64(v) => write!(text, "{}", v[i]),
        // Of the formats of floats this one is the shortest that tells floats from integers: 1.0, 0.25, 1e300.
        Values::F64(v) => write!(text, "{:?}", v[i]),
        Values::Text(texts) => text.write_all(texts.get(i).as_bytes()),
        Values::Dictionary(keys, words) => text.write_all(words.get(keys[i] as usize).as_bytes()),
        Values::Date(v) => date(text, i64::from(v[i])),
        Values::Timestamp(v, nanos, zone) => timestamp(text, v[i], *nanos, zone.is_some()),
        Values::TextList(offsets, texts) => {
            for (n, k) in range(offsets, i).enumerate() {
                separate(text, n, b";");
                text.extend_from_slice(texts.get(k).as_bytes());
            }
            Ok(())
        }
        Values::Tables(offsets, table) => match (table.column("value"), table.column("mass")) {
            (Some(values), Some(masses)) => {
                for (n, k) in range(offsets, i).enumerate() {
                    separate(text, n, b" | ");
                    value_and_mass(text, values, masses, k)?;
                }
                Ok(())
            }
            _ => objects(text, table, range(offsets, i)),
        },
    }
}

/// Appends one row of the distribution of a fact: `about 12000 (1.667)`.
fn value_and_mass(text: &mut Vec<u8>, values: &Column, masses: &Column, row: usize) -> io::Result<()> {
    if values.is_valid(row) {
        plain(text, values, row)?;
    }
    match &masses.values {
        _ if !masses.is_valid(row) => Ok(()),
        Values::F64(v) => write!(text, " ({})", four_digits(v[row])),
        _ => {
            text.extend_from_slice(b" (");
            plain(text, masses, row)?;
            text.push(b')');
            Ok(())
        }
    }
}

/// Four significant digits, or all of the whole number.
fn four_digits(mass: f64) -> String {
    if mass.abs() >= 1000.0 {
        return shortest(mass.round());
    }
    format!("{mass:.3e}").parse().map_or_else(|_| shortest(mass), shortest)
}

/// Appends a row as an object of JSON.
fn object(text: &mut Vec<u8>, table: &Table, row: usize) -> io::Result<()> {
    text.push(b'{');
    for (i, (name, column)) in table.columns.iter().enumerate() {
        separate(text, i, b",");
        serde_json::to_writer(&mut *text, name)?;
        text.push(b':');
        json(text, column, row)?;
    }
    text.push(b'}');
    Ok(())
}

/// Appends rows as a list of objects of JSON.
fn objects(text: &mut Vec<u8>, table: &Table, rows: Range<usize>) -> io::Result<()> {
    text.push(b'[');
    for (n, row) in rows.enumerate() {
        separate(text, n, b",");
        object(text, table, row)?;
    }
    text.push(b']');
    Ok(())
}

/// Appends row `i` as a value of JSON.
fn json(text: &mut Vec<u8>, column: &Column, i: usize) -> io::Result<()> {
    match &column.values {
        _ if !column.is_valid(i) => text.write_all(b"null"),
        Values::F64(v) if !v[i].is_finite() => text.write_all(b"null"),
        Values::Bool(_) | Values::I64(_) | Values::U64(_) | Values::F64(_) => plain(text, column, i),
        Values::Date(_) | Values::Timestamp(..) => {
            text.push(b'"');
            plain(text, column, i)?;
            text.push(b'"');
            Ok(())
        }
        Values::Text(texts) => string(text, texts, i),
        Values::Dictionary(keys, words) => string(text, words, keys[i] as usize),
        Values::TextList(offsets, texts) => {
            text.push(b'[');
            for (n, k) in range(offsets, i).enumerate() {
                separate(text, n, b",");
                string(text, texts, k)?;
            }
            text.push(b']');
            Ok(())
        }
        Values::Tables(offsets, table) => objects(text, table, range(offsets, i)),
    }
}

fn string(text: &mut Vec<u8>, texts: &TextColumn, i: usize) -> io::Result<()> {
    Ok(serde_json::to_writer(text, texts.get(i))?)
}

/// The rows of the child that belong to row `i` of a list.
fn range(offsets: &[i64], i: usize) -> Range<usize> {
    offsets[i] as usize..offsets[i + 1] as usize
}

/// Appends a day, given as days since 1970-01-01.
fn date(text: &mut Vec<u8>, since: i64) -> io::Result<()> {
    // Counted in eras of 400 years from 0000-03-01, so that a leap day is the last day of its year.
    let z = since + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let sign = if year < 0 { "-" } else { "" };
    write!(text, "{sign}{:04}-{month:02}-{day:02}", year.abs())
}

/// Appends a time, with as many digits as it needs, and with `Z` if it is UTC.
fn timestamp(text: &mut Vec<u8>, ticks: i64, nanos: i64, utc: bool) -> io::Result<()> {
    const DAY: i128 = 86_400_000_000_000;
    let since = i128::from(ticks) * i128::from(nanos);
    date(text, since.div_euclid(DAY) as i64)?;
    let (seconds, fraction) = (since.rem_euclid(DAY) / 1_000_000_000, since.rem_euclid(1_000_000_000));
    write!(text, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if fraction > 0 {
        text.extend_from_slice(format!(".{fraction:09}").trim_end_matches('0').as_bytes());
    }
    if utc {
        text.push(b'Z');
    }
    Ok(())
}

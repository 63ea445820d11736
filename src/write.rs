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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Source, csv, jsonl};

    fn to_csv(table: &Table) -> String {
        let mut bytes = Vec::new();
        table.to_csv(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn to_jsonl(table: &Table) -> String {
        let mut bytes = Vec::new();
        table.to_jsonl(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn read_csv(text: &str) -> Table {
        csv(Source::Bytes(text.as_bytes())).unwrap()
    }

    fn read_jsonl(text: &str) -> Table {
        jsonl(Source::Bytes(text.as_bytes())).unwrap()
    }

    /// One row with something, one that is null.
    fn column(values: Values) -> Column {
        Column::with_validity(values, vec![true, false])
    }

    /// A table with every type.
    fn every_type() -> Table {
        let nested = Table::new([
            ("value", Column::texts([Some("12,000"), Some("a\"b"), None])),
            ("mass", Column::floats([Some(1.5), Some(0.00004), Some(1.0)])),
            ("share", Column::floats([Some(0.75), Some(0.25), None])),
        ]);
        let words: TextColumn = ["no", "yes"].iter().collect();
        Table::new([
            ("bool", column(Values::Bool(vec![true, false]))),
            ("i64", column(Values::I64(vec![-5, 0]))),
            ("u64", column(Values::U64(vec![u64::MAX, 0]))),
            ("f64", column(Values::F64(vec![1.0, 0.0]))),
            ("text", column(Values::Text(["x, \"y\"\nz", ""].iter().collect()))),
            ("word", column(Values::Dictionary(vec![1, 0], words))),
            ("date", column(Values::Date(vec![-1, 0]))),
            ("time", column(Values::Timestamp(vec![1_500, 0], 1_000_000, Some("UTC".to_owned())))),
            ("list", column(Values::TextList(vec![0, 2, 2], ["p", "q"].iter().collect()))),
            ("rows", column(Values::Tables(vec![0, 2, 3], nested))),
        ])
    }

    #[test]
    fn csv_of_every_type() {
        let expected = "bool,i64,u64,f64,text,word,date,time,list,rows\n\
             true,-5,18446744073709551615,1.0,\"x, \"\"y\"\"\nz\",yes,1969-12-31,1970-01-01T00:00:01.5Z,p;q,\
             \"12,000 (1.5) | a\"\"b (4e-05)\"\n,,,,,,,,,\n";
        assert_eq!(to_csv(&every_type()), expected);
    }

    #[test]
    fn jsonl_of_every_type() {
        let expected = concat!(
            r#"{"bool":true,"i64":-5,"u64":18446744073709551615,"f64":1.0,"text":"x, \"y\"\nz","word":"yes","#,
            r#""date":"1969-12-31","time":"1970-01-01T00:00:01.5Z","list":["p","q"],"#,
            r#""rows":[{"value":"12,000","mass":1.5,"share":0.75},{"value":"a\"b","mass":4e-5,"share":0.25}]}"#,
            "\n",
            r#"{"bool":null,"i64":null,"u64":null,"f64":null,"text":null,"word":null,"date":null,"time":null,"#,
            r#""list":null,"rows":null}"#,
            "\n",
        );
        assert_eq!(to_jsonl(&every_type()), expected);
    }

    #[test]
    fn what_was_written_is_read_back() {
        let labels = ["007", "nan", "None", "שלום, 👩‍👩‍👧", "a\r\nb", "\"", " x ", "; \t", "\u{feff}"];
        let floats = [0.1, -0.0, 1e300, 5e-324, 1e16, 0.1 + 0.2, f64::MAX, 1.0, 9007199254740993.0];
        let table = Table::new([
            ("\u{feff}a;\tb", Column::texts(labels.map(Some))),
            ("x,\"y\"\n", Column::floats(floats.map(Some))),
            ("i", Column::from(Values::I64((0..9).map(|i| i * i * i - 9).collect()))),
            ("b", Column::with_validity(Values::Bool(vec![true; 9]), (0..9).map(|i| i % 2 == 0).collect())),
            ("n", Column::texts([None::<&str>; 9])),
        ]);
        assert_eq!(read_csv(&to_csv(&table)), table);
        assert_eq!(read_jsonl(&to_jsonl(&table)), table);
        // In JSON an empty string is no null, and lists stay lists.
        let lists = Values::TextList(vec![0, 0, 2], ["a;b", ""].iter().collect());
        let table = Table::new([("t", Column::texts([Some(""), None])), ("l", Column::from(lists))]);
        assert_eq!(read_jsonl(&to_jsonl(&table)), table);
        assert_eq!(to_csv(&table), "t,l\n\"\",\"\"\n,a;b;\n");
    }

    #[test]
    fn one_column_with_nulls_keeps_its_rows() {
        let table = Table::new([("a;b", Column::floats([None, Some(2.0), None]))]);
        assert_eq!(to_csv(&table), "\"a;b\"\n\"\"\n2.0\n\"\"\n");
        assert_eq!(read_csv(&to_csv(&table)), table);
    }

    #[test]
    fn no_rows_are_a_header() {
        let table = Table::new([("a", Column::texts([None::<&str>; 0])), ("b", Column::texts([None::<&str>; 0]))]);
        assert_eq!(to_csv(&table), "a,b\n");
        assert_eq!(read_csv(&to_csv(&table)), table);
        assert_eq!(to_jsonl(&table), "");
    }

    #[test]
    fn many_rows_are_written_in_order() {
        let table = Table::new([("a", Column::from(Values::I64((0..50_000).collect())))]);
        assert_eq!(read_csv(&to_csv(&table)), table);
        assert_eq!(read_jsonl(&to_jsonl(&table)), table);
    }

    #[test]
    fn dates_and_times_have_the_digits_they_need() {
        let text = |values: Values| {
            let mut text = Vec::new();
            plain(&mut text, &values.into(), 0).unwrap();
            String::from_utf8(text).unwrap()
        };
        let days = [(0, "1970-01-01"), (11_016, "2000-02-29"), (-719_528, "0000-01-01"), (-719_529, "-0001-12-31")];
        for (day, expected) in days {
            assert_eq!(text(Values::Date(vec![day])), expected);
        }
        let zone = || Some("Europe/Berlin".to_owned());
        let times = [
            (0, 1_000_000_000, None, "1970-01-01T00:00:00"),
            (-1, 1_000_000_000, zone(), "1969-12-31T23:59:59Z"),
            (-1, 1_000_000, None, "1969-12-31T23:59:59.999"),
            (1_700_000_000_000_001, 1_000, zone(), "2023-11-14T22:13:20.000001Z"),
            (1, 1, None, "1970-01-01T00:00:00.000000001"),
            (i64::MIN, 1, None, "1677-09-21T00:12:43.145224192"),
            (i64::MAX, 1_000_000_000, None, "292277026596-12-04T15:30:07"),
        ];
        for (ticks, nanos, zone, expected) in times {
            assert_eq!(text(Values::Timestamp(vec![ticks], nanos, zone)), expected);
        }
    }

    #[test]
    fn floats_that_json_does_not_know_are_null() {
        let table = Table::new([("a", Column::floats([f64::NAN, f64::INFINITY, 1e16].map(Some)))]);
        assert_eq!(to_jsonl(&table), "{\"a\":null}\n{\"a\":null}\n{\"a\":1e16}\n");
        assert_eq!(to_csv(&table), "a\nNaN\ninf\n1e16\n");
    }

    #[test]
    fn other_nested_tables_and_missing_masses_are_written_too() {
        let nested = Table::new([
            ("value", Column::floats([Some(2.5), None])),
            ("mass", Column::with_validity(Values::F64(vec![0.0, 2.0]), vec![false, true])),
        ]);
        let other = nested.select(&["mass"]).unwrap();
        let offsets = vec![0, 2, 2];
        let table = Table::new([
            ("a", Column::from(Values::Tables(offsets.clone(), nested))),
            ("b", Column::from(Values::Tables(offsets, other))),
        ]);
        assert_eq!(to_csv(&table), "a,b\n2.5 |  (2),\"[{\"\"mass\"\":null},{\"\"mass\"\":2.0}]\"\n\"\",[]\n");
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let table = Table::new([("a", Column::from(Values::I64(vec![1])))]);
        let mut full: &mut [u8] = &mut [0; 2];
        assert!(table.to_csv(&mut full).is_err());
        assert!(table.to_jsonl(&mut full).is_err());
    }
}

//! CSV in: one pass that keeps each column as text, then one type for each whole column.

use super::{Peeked, Source, not_utf8};
use crate::error::Result;
use crate::table::{Column, Table, TextColumn, Values};
use ::csv::{ByteRecord, Reader, ReaderBuilder};
use hashbrown::HashMap;
use std::io::{self, Read};

/// How much of a file is read at once, and how far into it the delimiter is looked for.
const CHUNK: usize = 1 << 16;

/// The greatest integer up to which a float tells all integers apart: 2⁵³.
const EXACT: u64 = 1 << 53;

/// Reads a CSV file with a header row.
///
/// The delimiter is the comma, or the tab or semicolon if the header has these and no comma. An empty field is null.
/// A column is of integers, floats or booleans only if that loses nothing of any of its fields: `007`, `+1`, `nan` or
/// an integer of twenty digits make it a column of strings. Dates stay strings, which the kind of a fact reads.
pub fn csv(source: Source<'_>) -> Result<Table> {
    let (head, rest) = source.open(CHUNK)?;
    let delimiter = delimiter(&head);
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(CHUNK)
        .from_reader(Lines { inner: rest, chunk: Vec::new(), start: 0, ended: 0, after_cr: false, last: 0 });
    let mut rows = Rows { source, delimiter, reader, record: ByteRecord::new() };

    if !rows.advance()? {
        return Err(source.file("there is no header row; the first line must name the columns".to_owned()));
    }
    let names = rows.names()?;
    let mut columns = vec![TextColumn::default(); names.len()];
    while rows.advance()? {
        if rows.record.len() != columns.len() {
            return Err(rows.ragged(columns.len()));
        }
        for (i, column) in columns.iter_mut().enumerate() {
            match std::str::from_utf8(&rows.record[i]) {
                Ok(field) => column.push(field),
                Err(e) => return Err(rows.not_utf8(i, e.valid_up_to())),
            }
        }
    }
    // Each column's text is freed before the next is converted.
    Ok(Table::new(names.into_iter().zip(columns.into_iter().map(typed))))
}

/// The delimiter of the header: the comma, unless it has none but tabs or semicolons.
fn delimiter(head: &Peeked) -> u8 {
    let (mut commas, mut tabs, mut semicolons, mut quoted, mut begun) = (0, 0, 0, false, false);
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'\r' | b'\n' if begun => break,
            b'\r' | b'\n' => continue,
            b',' => commas += 1,
            b'\t' => tabs += 1,
            b';' => semicolons += 1,
            _ => {}
        }
        begun = true;
    }
    match (commas, tabs, semicolons) {
        (0, 0, 0) | (1.., _, _) => b',',
        _ if tabs >= semicolons => b'\t',
        _ => b';',
    }
}

/// The records of a file, one after the other.
struct Rows<'a> {
    source: Source<'a>,
    delimiter: u8,
    reader: Reader<Lines<Box<dyn Read + 'a>>>,
    record: ByteRecord,
}

impl Rows<'_> {
    /// Goes to the next record, if there is one.
    fn advance(&mut self) -> Result<bool> {
        let unclosed = self.is_unclosed();
        let line = if unclosed { self.line(self.record.len() - 1) } else { 0 };
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(true),
            Ok(false) if unclosed => {
                let reason = "the quoted field that begins here does not end with a quote; add the quote, and write a \
                              quote inside a quoted field twice";
                Err(self.source.line(line, reason.to_owned()))
            }
            Ok(false) => Ok(false),
            Err(e) => Err(self.source.file(e.to_string())),
        }
    }

    /// Whether the record ran to the end of what was read in a quoted field that was not closed: a field with line
    /// ends must be quoted, and then a quote is the last there is.
    fn is_unclosed(&self) -> bool {
        let lines = self.reader.get_ref();
        let at_end = self.reader.position().byte() == lines.start + lines.chunk.len() as u64;
        let multiline = || self.record.iter().next_back().is_some_and(|field| line_ends(field, false) > 0);
        at_end && lines.last != b'"' && multiline()
    }

    /// The line of the file in which field `i` of the record begins.
    fn line(&self, i: usize) -> u64 {
        let lines = self.reader.get_ref();
        let (ended, terminator) = lines.before(self.reader.position().byte());
        let from_here: u64 = self.record.iter().skip(i).map(|field| line_ends(field, false)).sum();
        let terminator = terminator && !self.is_unclosed();
        1 + ended.saturating_sub(from_here + u64::from(terminator))
    }

    /// The record as the names of the columns.
    fn names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::with_capacity(self.record.len());
        let mut seen: HashMap<&[u8], usize> = HashMap::new();
        for (i, field) in self.record.iter().enumerate() {
            let name = std::str::from_utf8(field).map_err(|e| self.not_utf8(i, e.valid_up_to()))?;
            let wrong = |reason: String| Err(self.source.line(self.line(i), reason));
            if name.is_empty() {
                return wrong(format!(
                    "column {} of the header has no name; name it, or leave out the index that pandas writes \
                     (to_csv(..., index=False))",
                    i + 1
                ));
            }
            if let Some(first) = seen.insert(field, i) {
                return wrong(format!(
                    "the header names {name:?} twice (columns {} and {}); rename one",
                    first + 1,
                    i + 1
                ));
            }
            names.push(name.to_owned());
        }
        Ok(names)
    }

    fn ragged(&self, expected: usize) -> crate::Error {
        let found = self.record.len();
        let delimiter = match self.delimiter {
            b'\t' => "a tab",
            b';' => "a semicolon",
            _ => "a comma",
        };
        let inside: u64 = self.record.iter().map(|field| line_ends(field, false)).sum();
        let advice = match inside {
            0 => format!("quote fields that hold {delimiter}"),
            _ => format!("the row runs over {} lines; is a quote missing or too many?", inside + 1),
        };
        let plural = if found == 1 { "" } else { "s" };
        let reason = format!("found {found} field{plural}, expected {expected} as in the header; {advice}");
        self.source.line(self.line(0), reason)
    }

    /// Field `i` is UTF-8 only up to byte `valid`.
    fn not_utf8(&self, i: usize, valid: usize) -> crate::Error {
        let field = &self.record[i];
        let line = self.line(i) + line_ends(&field[..valid], false);
        self.source.line(line, not_utf8(field, valid))
    }
}

/// A reader that can tell the line of what was read last. The `csv` crate counts `\n` only, and that of `\r\n` late.
struct Lines<R> {
    inner: R,
    /// What was read last.
    chunk: Vec<u8>,
    /// Bytes before the chunk.
    start: u64,
    /// Lines that ended before the chunk.
    ended: u64,
    /// Whether the byte before the chunk is `\r`.
    after_cr: bool,
    /// The last byte read that is no line end.
    last: u8,
}

impl<R> Lines<R> {
    /// The lines that ended in the first `end` bytes, `end` being in the chunk, and whether these end with a line end.
    fn before(&self, end: u64) -> (u64, bool) {
        let bytes = &self.chunk[..(end.saturating_sub(self.start) as usize).min(self.chunk.len())];
        (self.ended + line_ends(bytes, self.after_cr), bytes.last().is_some_and(|b| is_line_end(*b)))
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if n > 0 {
            self.ended += line_ends(&self.chunk, self.after_cr);
            self.start += self.chunk.len() as u64;
            self.after_cr = self.chunk.last() == Some(&b'\r');
            self.chunk.clear();
            self.chunk.extend_from_slice(&buffer[..n]);
            self.last = self.chunk.iter().rev().copied().find(|b| !is_line_end(*b)).unwrap_or(self.last);
        }
        Ok(n)
    }
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// How many lines end in these bytes, with `\n`, `\r\n` or `\r`; counted at the `\r`.
fn line_ends(bytes: &[u8], mut after_cr: bool) -> u64 {
    let mut ends = 0;
    for byte in bytes {
        ends += u64::from(*byte == b'\r' || *byte == b'\n' && !after_cr);
        after_cr = *byte == b'\r';
    }
    ends
}

/// A column of the narrowest type that all fields have.
fn typed(fields: TextColumn) -> Column {
    let validity: Vec<bool> = fields.offsets.windows(2).map(|ends| ends[0] != ends[1]).collect();
    let values = if !validity.contains(&true) {
        Values::Text(fields)
    } else if let Some(integers) = parsed(&fields, integer) {
        Values::I64(integers)
    } else if let Some(floats) = parsed(&fields, float) {
        Values::F64(floats)
    } else if let Some(booleans) = parsed(&fields, boolean) {
        Values::Bool(booleans)
    } else {
        Values::Text(fields)
    };
    Column::with_validity(values, validity)
}

/// All fields that are there, parsed, or nothing if one of them is something else.
fn parsed<T: Default>(fields: &TextColumn, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let value = |field: &str| if field.is_empty() { Some(T::default()) } else { parse(field) };
    fields.iter().map(value).collect()
}

/// An integer written as integers are: digits that begin with no zero, perhaps a minus.
fn integer(field: &str) -> Option<i64> {
    let digits = field.strip_prefix('-').unwrap_or(field);
    let canonical = match digits.as_bytes() {
        [b'0'] => digits.len() == field.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if canonical { field.parse().ok() } else { None }
}

/// A number that a float holds: with `.` or an exponent the nearest, without these exactly that integer.
fn float(field: &str) -> Option<f64> {
    let unsigned = field.strip_prefix('-').unwrap_or(field);
    let plain = match unsigned.as_bytes() {
        // `007` and `00.5` are no numbers but labels.
        [b'0', b'0'..=b'9', ..] => false,
        [first, ..] => first.is_ascii_digit() || *first == b'.',
        [] => false,
    };
    if !plain {
        return None;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return integer(field).filter(|n| n.unsigned_abs() <= EXACT).map(|n| n as f64);
    }
    let value: f64 = field.parse().ok()?;
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or("");
    // Too great or too small for a float, it would become infinity or zero.
    let vanished = value == 0.0 && mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if value.is_finite() && !vanished { Some(value) } else { None }
}

fn boolean(field: &str) -> Option<bool> {
    match field {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Table {
        csv(Source::Bytes(text.as_ref())).unwrap()
    }

    fn error(text: impl AsRef<[u8]>) -> String {
        csv(Source::Bytes(text.as_ref())).unwrap_err().to_string()
    }

    /// The column that these fields make.
    fn column(fields: &[&str]) -> Column {
        // A second column, as an empty line would be skipped.
        let text: String = fields.iter().map(|field| format!("{field},x\n")).collect();
        read(format!("a,b\n{text}")).column("a").unwrap().clone()
    }

    fn texts(fields: &[&str]) -> Column {
        Column::texts(fields.iter().map(|f| if f.is_empty() { None } else { Some(*f) }))
    }

    #[test]
    fn every_type_is_found() {
        let table = read("i,f,b,t,n\n1,0.5,true,x,\n,,,,\n-20,1e300,FALSE,1999-01-01,\n0,3,True,y,\n");
        let expected = Table::new([
            ("i", Column::with_validity(Values::I64(vec![1, 0, -20, 0]), vec![true, false, true, true])),
            ("f", Column::floats([Some(0.5), None, Some(1e300), Some(3.0)])),
            ("b", Column::with_validity(Values::Bool(vec![true, false, false, true]), vec![true, false, true, true])),
            ("t", texts(&["x", "", "1999-01-01", "y"])),
            ("n", texts(&["", "", "", ""])),
        ]);
        assert_eq!(table, expected);
    }

    #[test]
    fn integers_are_integers_only_if_all_are_written_so() {
        assert_eq!(column(&["7", "-9223372036854775808"]), Values::I64(vec![7, i64::MIN]).into());
        for label in ["007", "00", "+7", "-0", "-07", " 7", "7 ", "1_000", "1,000", "9223372036854775808", "٣", "0x10"]
        {
            let field = if label.contains(',') { format!("\"{label}\"") } else { label.to_owned() };
            assert_eq!(column(&["7", &field]), texts(&["7", label]), "{label}");
        }
    }

    #[test]
    fn floats_are_floats_only_if_nothing_is_lost() {
        let numbers = ["12.50", ".5", "-0.0", "1e+05", "2E-3", "0", "0.30000000000000004", "9007199254740992"];
        let values = [12.5, 0.5, -0.0, 1e5, 2e-3, 0.0, 0.1 + 0.2, 9007199254740992.0];
        assert_eq!(column(&numbers), Column::floats(values.map(Some)));
        let labels = [
            "nan",
            "NaN",
            "inf",
            "-inf",
            "Infinity",
            "None",
            "NA",
            "007.5",
            "-00.5",
            "+0.5",
            "1e999",
            "1e-999",
            ".",
            "-",
            "1e",
            "e5",
            "9007199254740993",
            "0.5.1",
            "0.5 kg",
        ];
        for label in labels {
            assert_eq!(column(&["0.5", label]), texts(&["0.5", label]), "{label}");
        }
    }

    #[test]
    fn booleans_are_booleans_only_if_all_are() {
        assert_eq!(column(&["true", "False", "TRUE"]), Values::Bool(vec![true, false, true]).into());
        assert_eq!(column(&["true", "0"]), texts(&["true", "0"]));
        assert_eq!(column(&["true", "yes"]), texts(&["true", "yes"]));
    }

    #[test]
    fn quotes_hold_delimiters_quotes_and_line_ends() {
        let table = read("a,\"b,\n c\"\n\"x,y\",\"say \"\"no\"\"\"\n\"one\ntwo\r\nthree\",\"\"\n");
        assert_eq!(table.column("a"), Some(&texts(&["x,y", "one\ntwo\r\nthree"])));
        assert_eq!(table.column("b,\n c"), Some(&texts(&["say \"no\"", ""])));
    }

    #[test]
    fn line_ends_and_byte_order_marks_do_not_matter() {
        let expected = Table::new([("a", Column::from(Values::I64(vec![1, 3]))), ("b", texts(&["é", "ü"]))]);
        for text in ["a,b\n1,é\n3,ü\n", "a,b\r\n1,é\r\n3,ü\r\n", "a,b\r1,é\r3,ü", "\n\na,b\n\n1,é\n3,ü\n\n\n"] {
            assert_eq!(read(text), expected, "{text:?}");
            assert_eq!(read(format!("\u{feff}{text}")), expected, "{text:?}");
        }
    }

    #[test]
    fn the_header_tells_the_delimiter() {
        assert_eq!(read("a\tb\n1,5\t2\n").column("a"), Some(&texts(&["1,5"])));
        assert_eq!(read("a;b\n1,5;2\n").column("a"), Some(&texts(&["1,5"])));
        assert_eq!(read("a;x,b\n1;2,3\n").column("a;x"), Some(&texts(&["1;2"])));
        assert_eq!(read("\"a,x\";b\n1;2\n").column("a,x"), Some(&Values::I64(vec![1]).into()));
        assert_eq!(read("a\n1;2\n").column("a"), Some(&texts(&["1;2"])));
    }

    #[test]
    fn labels_of_all_scripts_stay_as_they_are() {
        let labels = ["👩‍👩‍👧 x", "שלום", "مرحبا", "nan", "None", "null", "ﬁ", "e\u{301}", "𝒳"];
        assert_eq!(column(&labels), texts(&labels));
        assert_eq!(read("שם,🙂\n1,2\n").column("🙂"), Some(&Values::I64(vec![2]).into()));
    }

    #[test]
    fn a_header_alone_is_a_table_without_rows() {
        let table = read("a,b\n");
        assert_eq!((table.rows, table.columns.len()), (0, 2));
        assert_eq!(read("a,b"), table);
    }

    #[test]
    fn a_header_is_required() {
        let none = "(bytes): there is no header row; the first line must name the columns";
        assert_eq!(error(""), none);
        assert_eq!(error("\n\n"), none);
        assert_eq!(error("\u{feff}"), none);
        assert_eq!(
            error("a,b,a\n1,2,3\n"),
            "(bytes), line 1: the header names \"a\" twice (columns 1 and 3); rename one"
        );
        assert_eq!(
            error(",a\n0,1\n"),
            "(bytes), line 1: column 1 of the header has no name; name it, or leave out the index that pandas writes \
             (to_csv(..., index=False))"
        );
    }

    #[test]
    fn a_ragged_row_is_named_by_its_line() {
        let message = |line| {
            format!("(bytes), line {line}: found 3 fields, expected 2 as in the header; quote fields that hold a comma")
        };
        for end in ["\n", "\r\n", "\r"] {
            let text = "a,b\n1,2\n\n\"x\ny\",4\n1,2,3\n5,6\n".replace('\n', end);
            assert_eq!(error(&text), message(6), "{end:?}");
            assert_eq!(error(text.split("5,6").next().unwrap().trim_end()), message(6), "{end:?}");
        }
        assert_eq!(
            error("a;b\n1\n"),
            "(bytes), line 2: found 1 field, expected 2 as in the header; quote fields that hold a semicolon"
        );
        assert_eq!(
            error("a,b\n1,2\n\"x,2\n3,4\n"),
            "(bytes), line 3: found 1 field, expected 2 as in the header; the row runs over 3 lines; is a quote missing \
             or too many?"
        );
    }

    #[test]
    fn lines_are_right_far_into_a_file() {
        for end in ["\n", "\r\n", "\r"] {
            let row = format!("1,\"x{end}y\"{end}");
            for n in [3_000, 50_000] {
                let text = format!("a,b{end}{}1,2,3{end}{}", row.repeat(n), row.repeat(n));
                assert!(error(&text).starts_with(&format!("(bytes), line {}: found 3", 2 + 2 * n)), "{end:?} {n}");
            }
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_does_not_swallow_the_rest() {
        let message = "(bytes), line 4: the quoted field that begins here does not end with a quote; add the quote, and \
                       write a quote inside a quoted field twice";
        for end in ["\n", "\r\n", "\r"] {
            let text = "a,b\n1,2\n\"x\ny\",\"4\n5,6\n7,8\n".replace('\n', end);
            assert_eq!(error(&text), message, "{end:?}");
            assert_eq!(error(text.trim_end()), message, "{end:?}");
        }
        assert_eq!(read("a,b\n1,\"x\n\n\"\n\n").column("b"), Some(&texts(&["x\n\n"])));
    }

    #[test]
    fn what_is_not_utf8_is_named_by_its_line() {
        assert_eq!(
            error(b"a,b\r\n1,x\r\n2,\"x\r\nM\xfcnchen\"\r\n"),
            "(bytes), line 4: \"x\\r\\nM\u{fffd}nchen\" is not UTF-8 (perhaps Latin-1 or Windows-1252); save the file as \
             UTF-8"
        );
        assert!(error(b"a,\xe9t\xe9\n").starts_with("(bytes), line 1: "));
        // A character that is cut by a delimiter is none.
        assert!(error(b"a,b\n\xc3,\xa9\n").starts_with("(bytes), line 2: "));
        let long = [b"a\n".as_slice(), &[b'x'; 100], b"\xfc", &[b'y'; 100]].concat();
        assert!(error(long).contains(&format!("{:?}", format!("{}\u{fffd}{}", "x".repeat(20), "y".repeat(19)))));
    }

    #[test]
    fn utf16_is_refused() {
        let utf16 = |mark: &[u16]| -> Vec<u8> {
            mark.iter().copied().chain("a,b\n1,2\n".encode_utf16()).flat_map(u16::to_le_bytes).collect()
        };
        let message = "(bytes), line 1: the file is UTF-16 or no text; save it as UTF-8";
        assert_eq!(error(utf16(&[0xfeff])), message);
        assert_eq!(error(utf16(&[])), message);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let path = std::path::Path::new("/no/such/file.csv");
        let message = csv(Source::Path(path)).unwrap_err().to_string();
        assert!(message.starts_with("/no/such/file.csv: "), "{message}");
    }
}

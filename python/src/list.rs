//! Lists of Python objects as columns: the type is that of the values.

use crate::errors::{DataError, shown, type_name};
use crate::input::HeldColumn;
use consilience::column::{Bits, Chunk, Column, Data, Text};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDate, PyDateTime, PyDelta, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyTzInfo,
};
use std::borrow::Cow;

/// After how many values Python may handle signals.
const CHECKED: usize = 1 << 16;

/// What a value is.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Bool,
    Int,
    Float,
    Text,
    Date,
    Timestamp,
    List,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Class::Bool => "a boolean",
            Class::Int | Class::Float => "a number",
            Class::Text => "a string",
            Class::Date => "a date",
            Class::Timestamp => "a datetime",
            Class::List => "a list",
        }
    }
}

/// Values of one class, nulls among them.
struct Values<'a, 'py> {
    name: &'a str,
    rows: Vec<Option<Bound<'py, PyAny>>>,
    class: Option<Class>,
}

/// Takes a column from Python objects; `None`, and NaN among anything but numbers, is null.
pub fn column<'py>(
    py: Python<'py>,
    name: &str,
    values: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
) -> PyResult<HeldColumn<'py>> {
    let (mut rows, mut class, mut first) = (Vec::new(), None, 0);
    // Places of NaN: null if the column turns out not to hold numbers.
    let mut nans = Vec::new();
    for (row, value) in values.enumerate() {
        if row % CHECKED == 0 {
            py.check_signals()?;
        }
        let value = plain(value?)?;
        let found = match class_of(&value) {
            None | Some(Class::Timestamp) if is_missing(&value) => None,
            Some(Class::Float) if is_nan(&value) => {
                nans.push(row);
                rows.push(Some(value));
                continue;
            }
            Some(found) => Some(found),
            None => return Err(no_value(name, row, &value)),
        };
        if let Some(found) = found {
            class = match class {
                None => {
                    first = row;
                    Some(found)
                }
                Some(known) => Some(both(known, found).ok_or_else(|| mixed(name, (first, known), (row, found)))?),
            };
        }
        rows.push(found.map(|_| value));
    }
    let numbers =
        matches!(class, Some(Class::Int | Class::Float)) || class.is_none() && rows.iter().all(Option::is_some);
    if !nans.is_empty() {
        match numbers {
            true => class = Some(Class::Float),
            false => nans.into_iter().for_each(|row| rows[row] = None),
        }
    }
    Values { name, rows, class }.column()
}

/// A categorical column: places in a list of words, -1 for null.
pub fn categorical<'py>(words: HeldColumn<'py>, codes: &[i64], ordered: bool) -> HeldColumn<'py> {
    let HeldColumn::Own(words) = words else { return words };
    let zone = words.zone;
    let valid: Vec<bool> = codes.iter().map(|code| *code >= 0).collect();
    let keys = codes.iter().map(|code| (*code).max(0)).collect();
    let words = words.chunks.into_iter().next().unwrap_or(Chunk { data: Data::Null(0), validity: None });
    let data = Data::Dictionary(Box::new(Data::I64(keys)), Box::new(words));
    let chunk = Chunk { data, validity: valid.contains(&false).then(|| Bits::pack(&valid)) };
    HeldColumn::Own(Column { chunks: vec![chunk], ordered, zone })
}

/// A NumPy scalar as the Python object it stands for; other objects as they are.
fn plain(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if class_of(&value).is_some() || value.is_none() || !value.hasattr("item")? || !value.hasattr("dtype")? {
        return Ok(value);
    }
    if type_name(&value) == "datetime64" {
        return value.call_method1("astype", ("datetime64[us]",))?.call_method0("item");
    }
    value.call_method0("item")
}

fn class_of(value: &Bound<'_, PyAny>) -> Option<Class> {
    // The most frequent first; a bool is an int, and a datetime a date.
    if value.is_instance_of::<PyString>() {
        Some(Class::Text)
    } else if value.is_instance_of::<PyBool>() {
        Some(Class::Bool)
    } else if value.is_instance_of::<PyInt>() {
        Some(Class::Int)
    } else if value.is_instance_of::<PyFloat>() {
        Some(Class::Float)
    } else if value.is_instance_of::<PyDateTime>() {
        Some(Class::Timestamp)
    } else if value.is_instance_of::<PyDate>() {
        Some(Class::Date)
    } else if is_list(value) {
        Some(Class::List)
    } else if type_name(value) == "Decimal" {
        Some(Class::Float)
    } else {
        None
    }
}

fn is_list(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
}

/// The class of a column that holds both; `None` where they do not go together.
fn both(a: Class, b: Class) -> Option<Class> {
    match (a, b) {
        _ if a == b => Some(a),
        (Class::Int, Class::Float) | (Class::Float, Class::Int) => Some(Class::Float),
        _ => None,
    }
}

/// Whether a value is `None`, or what pandas has for it.
fn is_missing(value: &Bound<'_, PyAny>) -> bool {
    value.is_none() || matches!(type_name(value).as_str(), "NAType" | "NaTType")
}

fn is_nan(value: &Bound<'_, PyAny>) -> bool {
    value.extract::<f64>().is_ok_and(f64::is_nan)
}

fn no_value(name: &str, row: usize, value: &Bound<'_, PyAny>) -> PyErr {
    DataError::new_err(format!(
        "row {row}, column {name:?}: {} is of type {}; values are strings, numbers, booleans, dates, datetimes, or lists or sets of strings",
        shown(value),
        type_name(value)
    ))
}

fn mixed(name: &str, (first, known): (usize, Class), (row, found): (usize, Class)) -> PyErr {
    let (known, found) = (known.name(), found.name());
    DataError::new_err(format!(
        "column {name:?} holds {known} in row {first} and {found} in row {row}; a column is of one type: make all of them strings"
    ))
}

impl<'py> Values<'_, 'py> {
    fn column(self) -> PyResult<HeldColumn<'py>> {
        let mut zone = None;
        let data = match self.class {
            None => Data::Null(self.rows.len()),
            Some(Class::Bool) => {
                let rows = self.each(|v| v.extract::<bool>(), false)?;
                Data::Bool(Bits::pack(&rows))
            }
            Some(Class::Int) => self.integers()?,
            Some(Class::Float) => Data::F64(self.each(|v| v.extract::<f64>(), 0.0)?.into()),
            Some(Class::Text) => Data::Text(self.texts()?),
            Some(Class::Date) => Data::Date(self.each(days, 0)?.into()),
            Some(Class::Timestamp) => {
                let (ticks, its_zone) = self.timestamps()?;
                zone = its_zone;
                Data::Timestamp(ticks.into(), 1_000)
            }
            Some(Class::List) => self.lists()?,
        };
        let valid: Vec<bool> = self.rows.iter().map(Option::is_some).collect();
        let validity = (self.class.is_some() && valid.contains(&false)).then(|| Bits::pack(&valid));
        Ok(HeldColumn::Own(Column { chunks: vec![Chunk { data, validity }], ordered: false, zone }))
    }

    fn each<T: Clone>(&self, read: impl Fn(&Bound<'py, PyAny>) -> PyResult<T>, null: T) -> PyResult<Vec<T>> {
        let row = |value: &Option<Bound<'py, PyAny>>| value.as_ref().map_or_else(|| Ok(null.clone()), &read);
        self.rows.iter().map(row).collect()
    }

    /// Signed where they fit, else unsigned.
    fn integers(&self) -> PyResult<Data<'static>> {
        if let Ok(signed) = self.each(|v| v.extract::<i64>(), 0) {
            return Ok(Data::I64(signed.into()));
        }
        let mut rows = Vec::with_capacity(self.rows.len());
        for (row, value) in self.rows.iter().enumerate() {
            rows.push(match value {
                None => 0,
                Some(value) => value.extract::<u64>().map_err(|_| {
                    DataError::new_err(format!(
                        "row {row}, column {:?}: {} beside the other integers does not fit into 64 bits; use strings or floats",
                        self.name,
                        shown(value)
                    ))
                })?,
            });
        }
        Ok(Data::U64(rows.into()))
    }

    fn texts(&self) -> PyResult<Text<'static>> {
        let mut texts = Texts::default();
        for (row, value) in self.rows.iter().enumerate() {
            match value {
                Some(value) => texts.push(self.name, row, value)?,
                None => texts.end(),
            }
        }
        Ok(texts.finish())
    }

    /// Lists and tuples as they are, sets in the order of their elements; nulls within are left out.
    fn lists(&self) -> PyResult<Data<'static>> {
        let (mut texts, mut offsets) = (Texts::default(), vec![0]);
        for (row, value) in self.rows.iter().enumerate() {
            for element in value.iter().map(|v| elements(v)).collect::<PyResult<Vec<_>>>()?.into_iter().flatten() {
                if !element.is_instance_of::<PyString>() {
                    return Err(DataError::new_err(format!(
                        "row {row}, column {:?}: {} in a list is of type {}; lists hold strings",
                        self.name,
                        shown(&element),
                        type_name(&element)
                    )));
                }
                texts.push(self.name, row, &element)?;
            }
            offsets.push(texts.offsets.len() as i64 - 1);
        }
        let child = Chunk { data: Data::Text(texts.finish()), validity: None };
        Ok(Data::List(Cow::Owned(offsets), Box::new(child)))
    }

    /// Microseconds since the epoch, and the zone if they have one.
    fn timestamps(&self) -> PyResult<(Vec<i64>, Option<String>)> {
        let mut zones: Vec<Option<String>> = Vec::new();
        for value in self.rows.iter().flatten() {
            let zone = zone(value)?;
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        if zones.len() > 1 && zones.contains(&None) {
            return Err(DataError::new_err(format!(
                "column {:?} holds datetimes with and without a time zone; give all of them one, or none",
                self.name
            )));
        }
        // Of different zones only the instants can be kept.
        let zone = if zones.len() > 1 { Some("UTC".to_owned()) } else { zones.into_iter().next().flatten() };
        Ok((self.each(micros, 0)?, zone))
    }
}

/// Strings end to end.
struct Texts {
    offsets: Vec<i64>,
    bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts { offsets: vec![0], bytes: vec![] }
    }
}

impl Texts {
    fn push(&mut self, name: &str, row: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let text = value.cast::<PyString>()?;
        let text = text.to_str().map_err(|_| {
            DataError::new_err(format!(
                "row {row}, column {name:?}: {} is not valid Unicode (half of a surrogate pair); repair the text",
                text.to_string_lossy()
            ))
        })?;
        self.bytes.extend_from_slice(text.as_bytes());
        self.end();
        Ok(())
    }

    fn end(&mut self) {
        self.offsets.push(self.bytes.len() as i64);
    }

    fn finish(self) -> Text<'static> {
        Text::Large(Cow::Owned(self.offsets), Cow::Owned(self.bytes))
    }
}

fn elements<'py>(value: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let present = value.try_iter()?.filter(|v| !v.as_ref().is_ok_and(|v| is_missing(v)));
    let mut elements = present.collect::<PyResult<Vec<_>>>()?;
    if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
        elements.sort_by_cached_key(|v| v.str().map_or_else(|_| String::new(), |s| s.to_string_lossy().into_owned()));
    }
    Ok(elements)
}

/// Days since 1970-01-01.
pub fn days(date: &Bound<'_, PyAny>) -> PyResult<i32> {
    Ok(date.call_method0("toordinal")?.extract::<i32>()? - 719_163)
}

/// Microseconds since 1970-01-01T00:00, in UTC where the datetime has a zone.
pub fn micros(time: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = time.py();
    let utc = PyTzInfo::utc(py)?.to_owned();
    let aware = !time.call_method0("utcoffset")?.is_none();
    let epoch = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, aware.then_some(&utc))?;
    time.sub(epoch)?.floor_div(PyDelta::new(py, 0, 0, 1, false)?)?.extract()
}

/// The name of a datetime's zone: `Europe/Berlin`, `UTC`, `+02:00`.
fn zone(time: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let offset = time.call_method0("utcoffset")?;
    if offset.is_none() {
        return Ok(None);
    }
    let info = time.getattr("tzinfo")?;
    if let Ok(key) = info.getattr("key").and_then(|key| key.extract()) {
        return Ok(Some(key));
    }
    let seconds = offset.call_method0("total_seconds")?.extract::<f64>()? as i64;
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    Ok(Some(match minutes {
        0 => "UTC".to_owned(),
        _ => format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
    }))
}

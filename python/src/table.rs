//! Tables: what every statistic returns, as Python sees it.

use crate::arrow;
use crate::errors::{ParameterError, file_error, raise, wrong_argument};
use crate::input::Input;
use consilience::table::{Column, Table, TextColumn, Values};
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDate, PyDateTime, PyDelta, PyDict, PyList, PyString, PyTzInfo};
use pyo3::{PyClass, pyclass::boolean_struct::True};
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// An immutable table of named, typed columns.
#[pyclass(frozen, name = "Table", module = "consilience._core")]
pub struct PyTable {
    pub inner: Table,
}

impl From<Table> for PyTable {
    fn from(inner: Table) -> Self {
        PyTable { inner }
    }
}

#[pymethods]
impl PyTable {
    /// Take a table from any object that gives itself out as Arrow, or from a dict of columns.
    ///
    /// Parameters
    /// ----------
    /// obj : table
    ///     pandas, polars or pyarrow table, DuckDB relation, anything with ``__arrow_c_stream__``, or a dict of lists, NumPy arrays
    ///     or Arrow columns of one length.
    #[staticmethod]
    fn from_any(py: Python<'_>, obj: &Bound<'_, PyAny>) -> PyResult<PyTable> {
        Ok(Input::read(obj, "table")?.into_table(py)?.into())
    }

    /// Names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.inner.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.inner.rows
    }

    fn __len__(&self) -> usize {
        self.inner.rows
    }

    fn __repr__(&self) -> String {
        format!("Table({} rows: {})", self.inner.rows, self.column_names().join(", "))
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        equal(py, other, |other: &PyTable| self.inner == other.inner)
    }

    /// Give the table out as an Arrow stream (``requested_schema`` is not looked at).
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow::stream(py, &self.inner)
    }

    /// Give out the names and types of the columns as an Arrow schema.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::schema(py, &self.inner)
    }

    /// The columns as lists of Python objects; null is None.
    pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, column) in &self.inner.columns {
            dict.set_item(name, PyList::new(py, objects(py, column)?)?)?;
        }
        Ok(dict)
    }

    /// Only these columns, in this order.
    fn select(&self, names: Vec<String>) -> PyResult<PyTable> {
        Ok(self.inner.select(&names).map_err(raise)?.into())
    }

    /// At most ``length`` rows from row ``offset`` on.
    fn slice(&self, py: Python<'_>, offset: usize, length: usize) -> PyTable {
        py.detach(|| self.inner.slice(offset, length)).into()
    }

    /// The rows at these places, in that order.
    fn take(&self, py: Python<'_>, indices: &Bound<'_, PyAny>) -> PyResult<PyTable> {
        let rows = places(indices, self.inner.rows)?;
        Ok(py.detach(|| self.inner.take(&rows)).into())
    }

    /// One column as a NumPy array: numbers and booleans as float64 with nan for null, anything else as objects.
    fn numpy<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let only = self.inner.select(&[name]).map_err(raise)?;
        let column = &only.columns[0].1;
        match py.detach(|| floats(column)) {
            Some(floats) => Ok(floats.into_pyarray(py).into_any()),
            None => {
                let objects: Vec<Py<PyAny>> = objects(py, column)?.into_iter().map(Bound::unbind).collect();
                Ok(objects.into_pyarray(py).into_any())
            }
        }
    }

    /// Write the table as CSV to ``path``, or give the text; null is an empty field.
    #[pyo3(signature = (path=None))]
    fn to_csv(&self, py: Python<'_>, path: Option<&str>) -> PyResult<Option<String>> {
        write(py, path, |out| self.inner.to_csv(out))
    }

    /// Write the table as JSON lines to ``path``, or give the text.
    #[pyo3(signature = (path=None))]
    fn to_jsonl(&self, py: Python<'_>, path: Option<&str>) -> PyResult<Option<String>> {
        write(py, path, |out| self.inner.to_jsonl(out))
    }

    #[classmethod]
    fn _from_bytes(cls: &Bound<'_, pyo3::types::PyType>, data: &[u8]) -> PyResult<PyTable> {
        Ok(cls.py().detach(|| Table::from_bytes(data)).map_err(raise)?.into())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let bytes = py.detach(|| self.inner.to_bytes()).map_err(raise)?;
        Ok((py.get_type::<PyTable>().getattr("_from_bytes")?, (PyBytes::new(py, &bytes),)))
    }
}

impl PyTable {
    /// The first row as a dict.
    pub fn first<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, column) in &self.inner.columns {
            dict.set_item(name, objects(py, column)?.into_iter().next())?;
        }
        Ok(dict)
    }
}

/// What `==` gives: equality with an object of the same class, else NotImplemented.
pub fn equal<T: PyClass<Frozen = True> + Sync>(
    py: Python<'_>,
    other: &Bound<'_, PyAny>,
    is_equal: impl FnOnce(&T) -> bool + Send,
) -> PyResult<Py<PyAny>> {
    match other.cast::<T>() {
        Ok(other) => {
            let other = other.get();
            Ok(py.detach(|| is_equal(other)).into_pyobject(py)?.to_owned().into_any().unbind())
        }
        Err(_) => Ok(py.NotImplemented()),
    }
}

/// Places of rows from a list or an array of integers, each below `rows`.
pub fn places(indices: &Bound<'_, PyAny>, rows: usize) -> PyResult<Vec<usize>> {
    let given: Vec<i64> = match indices.extract::<PyReadonlyArray1<'_, i64>>() {
        Ok(array) => array.as_array().to_vec(),
        Err(_) => {
            let integers = indices.try_iter().and_then(|all| all.map(|i| i?.extract::<i64>()).collect());
            integers.map_err(|_| wrong_argument("indices", indices, "a list or an array of row numbers"))?
        }
    };
    let place = |i: i64| {
        usize::try_from(i).ok().filter(|i| *i < rows).ok_or_else(|| {
            ParameterError::new_err(format!("row {i} does not exist; rows are numbered from 0, and there are {rows}"))
        })
    };
    given.into_iter().map(place).collect()
}

fn write(
    py: Python<'_>,
    path: Option<&str>,
    write: impl Fn(&mut dyn Write) -> io::Result<()> + Sync,
) -> PyResult<Option<String>> {
    let Some(path) = path else {
        let mut text = Vec::new();
        py.detach(|| write(&mut text)).map_err(|e| file_error("text", &e))?;
        return Ok(Some(String::from_utf8_lossy(&text).into_owned()));
    };
    let to_file = || {
        let mut file = BufWriter::new(File::create(path)?);
        write(&mut file)?;
        file.flush()
    };
    py.detach(to_file).map_err(|e| file_error(path, &e))?;
    Ok(None)
}

/// Numbers and booleans as floats, nan where null; `None` for other columns.
fn floats(column: &Column) -> Option<Vec<f64>> {
    let mut floats: Vec<f64> = match &column.values {
        Values::Bool(v) => v.iter().map(|x| f64::from(u8::from(*x))).collect(),
        Values::I64(v) => v.iter().map(|x| *x as f64).collect(),
        Values::U64(v) => v.iter().map(|x| *x as f64).collect(),
        Values::F64(v) => v.clone(),
        _ => return None,
    };
    if let Some(validity) = &column.validity {
        floats.iter_mut().zip(validity).filter(|(_, valid)| !**valid).for_each(|(x, _)| *x = f64::NAN);
    }
    Some(floats)
}

/// The values of a column as Python objects.
pub fn objects<'py>(py: Python<'py>, column: &Column) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let row = |i: usize, object: &mut dyn FnMut(usize) -> PyResult<Bound<'py, PyAny>>| {
        if column.is_valid(i) { object(i) } else { Ok(py.None().into_bound(py)) }
    };
    let all = |object: &mut dyn FnMut(usize) -> PyResult<Bound<'py, PyAny>>| {
        (0..column.len()).map(|i| row(i, object)).collect::<PyResult<Vec<_>>>()
    };
    match &column.values {
        Values::Bool(v) => all(&mut |i| Ok(v[i].into_pyobject(py)?.to_owned().into_any())),
        Values::I64(v) => all(&mut |i| Ok(v[i].into_pyobject(py)?.into_any())),
        Values::U64(v) => all(&mut |i| Ok(v[i].into_pyobject(py)?.into_any())),
        Values::F64(v) => all(&mut |i| Ok(v[i].into_pyobject(py)?.into_any())),
        Values::Text(texts) => all(&mut |i| Ok(PyString::new(py, texts.get(i)).into_any())),
        Values::Dictionary(keys, words) => {
            let words: Vec<Bound<'_, PyAny>> = words.iter().map(|w| PyString::new(py, w).into_any()).collect();
            all(&mut |i| Ok(words[keys[i] as usize].clone()))
        }
        Values::Date(v) => all(&mut |i| date(py, v[i])),
        Values::Timestamp(v, nanos, zone) => {
            let clock = Clock::new(py, *nanos, zone.as_deref())?;
            all(&mut |i| clock.datetime(v[i]))
        }
        Values::TextList(offsets, texts) => {
            all(&mut |i| Ok(strings(py, texts, offsets[i], offsets[i + 1])?.into_any()))
        }
        Values::Tables(offsets, table) => {
            let rows = structs(py, table)?;
            all(&mut |i| Ok(PyList::new(py, &rows[offsets[i] as usize..offsets[i + 1] as usize])?.into_any()))
        }
    }
}

fn strings<'py>(py: Python<'py>, texts: &TextColumn, start: i64, end: i64) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, (start as usize..end as usize).map(|k| texts.get(k)))
}

/// The rows of a table as dicts.
fn structs<'py>(py: Python<'py>, table: &Table) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let rows: Vec<Bound<'py, PyDict>> = (0..table.rows).map(|_| PyDict::new(py)).collect();
    for (name, column) in &table.columns {
        let name = PyString::new(py, name);
        for (row, value) in rows.iter().zip(objects(py, column)?) {
            row.set_item(&name, value)?;
        }
    }
    Ok(rows)
}

fn date(py: Python<'_>, days: i32) -> PyResult<Bound<'_, PyAny>> {
    let epoch = PyDate::new(py, 1970, 1, 1)?;
    epoch.add(PyDelta::new(py, days, 0, 0, false)?)
}

/// Turns ticks since the epoch into datetimes of one zone.
struct Clock<'py> {
    epoch: Bound<'py, PyDateTime>,
    zone: Option<Bound<'py, PyAny>>,
    nanos: i64,
}

impl<'py> Clock<'py> {
    fn new(py: Python<'py>, nanos: i64, zone: Option<&str>) -> PyResult<Clock<'py>> {
        let utc = PyTzInfo::utc(py)?.to_owned();
        let epoch = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, zone.map(|_| &utc))?;
        Ok(Clock { epoch, zone: zone.map(|name| zone_named(py, name)).transpose()?, nanos })
    }

    fn datetime(&self, ticks: i64) -> PyResult<Bound<'py, PyAny>> {
        let micros = (i128::from(ticks) * i128::from(self.nanos)).div_euclid(1000);
        let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
        let (seconds, micros) = ((rest / 1_000_000) as i32, (rest % 1_000_000) as i32);
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let time = self.epoch.add(PyDelta::new(self.epoch.py(), days, seconds, micros, false)?)?;
        match &self.zone {
            Some(zone) => time.call_method1("astimezone", (zone,)),
            None => Ok(time),
        }
    }
}

/// A time zone by its name (`Europe/Berlin`) or its distance from UTC (`+02:00`); UTC where the system does not know it.
fn zone_named<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let datetime = py.import("datetime")?;
    if let Some(minutes) = distance(name) {
        return datetime.getattr("timezone")?.call1((PyDelta::new(py, 0, minutes * 60, 0, true)?,));
    }
    let named = py.import("zoneinfo")?.getattr("ZoneInfo")?.call1((name,));
    named.or_else(|_| datetime.getattr("timezone")?.getattr("utc"))
}

fn distance(name: &str) -> Option<i32> {
    let (sign, rest) = match name.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?))
}

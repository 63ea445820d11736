//! Tables as users have them, lent to the core: Arrow tables, dicts of columns, data frames without Arrow.

use crate::arrow::{self, Arrays};
use crate::errors::{DataError, raise, type_name};
use crate::list;
use crate::numbers::Numbers;
use crate::table::PyTable;
use consilience::column::Column;
use consilience::table::Table;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMapping, PyString};

const ACCEPTED: &str = "a pandas, polars or pyarrow table, a DuckDB relation, any other object with __arrow_c_stream__, \
                        or a dict of columns such as {\"fact\": [...], \"source\": [...], \"value\": [...]}";

/// A table that somebody else holds, kept alive while the core reads it.
pub struct Input<'py>(Held<'py>);

enum Held<'py> {
    Table(Table),
    Columns(Vec<(String, HeldColumn<'py>)>),
}

/// A column that somebody else holds.
pub enum HeldColumn<'py> {
    Arrow(Arrays),
    Numbers(Numbers<'py>),
    /// Made from Python objects.
    Own(Column<'static>),
}

impl<'py> Input<'py> {
    /// Takes a table from what the user gave; `role` is how messages call it.
    pub fn read(object: &Bound<'py, PyAny>, role: &str) -> PyResult<Input<'py>> {
        if let Ok(table) = object.cast::<PyTable>() {
            return Ok(Input(Held::Table(table.get().inner.clone())));
        }
        if type_name(object) == "LazyFrame" {
            return Err(DataError::new_err(format!("{role}: a LazyFrame has no rows yet; call .collect() first")));
        }
        let columns = if arrow::is_arrow(object)? {
            match arrow::take(object) {
                Ok(arrays) => arrow_columns(arrays, object, role)?,
                // Without pyarrow, or where it does not know the type of a column.
                Err(_) if is_pandas_frame(object) => frame_columns(object)?,
                Err(error) => return Err(unreadable(object, role, error)),
            }
        } else if let Ok(mapping) = object.cast::<PyMapping>() {
            mapping_columns(mapping)?
        } else if is_pandas_frame(object) {
            frame_columns(object)?
        } else {
            return Err(no_table(object, role));
        };
        check(&columns)?;
        Ok(Input(Held::Columns(columns)))
    }

    /// The columns, lent.
    pub fn columns(&self) -> PyResult<Vec<(String, Column<'_>)>> {
        match &self.0 {
            Held::Table(table) => Ok(table.borrow()),
            Held::Columns(columns) => {
                columns.iter().map(|(name, column)| Ok((name.clone(), column.lend(name)?))).collect()
            }
        }
    }

    /// A table of its own.
    pub fn into_table(self, py: Python<'_>) -> PyResult<Table> {
        if let Held::Table(table) = self.0 {
            return Ok(table);
        }
        let lent = self.columns()?;
        py.detach(|| Table::from_columns(&lent)).map_err(raise)
    }
}

impl<'py> HeldColumn<'py> {
    /// Takes a column from what stands in a dict.
    fn read(name: &str, object: &Bound<'py, PyAny>) -> PyResult<HeldColumn<'py>> {
        if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
            return Err(no_column(name, object));
        }
        if arrow::is_arrow(object)? {
            return match arrow::take(object) {
                Ok(arrays) => Ok(HeldColumn::Arrow(arrays)),
                Err(_) if is_pandas(object) => series(name, object),
                Err(error) => Err(unreadable(object, name, error)),
            };
        }
        if is_pandas(object) {
            return series(name, object);
        }
        if object.hasattr("dtype")? && object.hasattr("ndim")? {
            return crate::numbers::read(name, object);
        }
        match object.try_iter() {
            Ok(values) if !object.is_instance_of::<PyDict>() => list::column(object.py(), name, values),
            _ => Err(no_column(name, object)),
        }
    }

    fn lend(&self, name: &str) -> PyResult<Column<'_>> {
        match self {
            HeldColumn::Arrow(arrays) => arrays.column(name),
            HeldColumn::Numbers(numbers) => Ok(numbers.column()),
            HeldColumn::Own(column) => Ok(column.reborrow()),
        }
    }
}

fn arrow_columns<'py>(
    arrays: Arrays,
    object: &Bound<'py, PyAny>,
    role: &str,
) -> PyResult<Vec<(String, HeldColumn<'py>)>> {
    let Some(columns) = arrays.into_columns() else {
        return Err(DataError::new_err(format!(
            "{role}: a {} is one column; give the whole table, or a dict of columns",
            type_name(object)
        )));
    };
    // pandas adds the index of filtered frames; it says nothing about a report.
    let is_index = |name: &str| name.starts_with("__index_level_") && name.ends_with("__");
    Ok(columns.into_iter().filter(|(name, _)| !is_index(name)).map(|(n, c)| (n, HeldColumn::Arrow(c))).collect())
}

fn mapping_columns<'py>(mapping: &Bound<'py, PyMapping>) -> PyResult<Vec<(String, HeldColumn<'py>)>> {
    let column = |item: Bound<'py, PyAny>| {
        let (name, values): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
        let name = name.str()?.to_string();
        let column = HeldColumn::read(&name, &values)?;
        Ok((name, column))
    };
    mapping.items()?.iter().map(column).collect()
}

/// The columns of a pandas DataFrame, one by one.
fn frame_columns<'py>(frame: &Bound<'py, PyAny>) -> PyResult<Vec<(String, HeldColumn<'py>)>> {
    let column = |item: PyResult<Bound<'py, PyAny>>| {
        let (name, values): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item?.extract()?;
        let name = name.str()?.to_string();
        let column = HeldColumn::read(&name, &values)?;
        Ok((name, column))
    };
    frame.call_method0("items")?.try_iter()?.map(column).collect()
}

/// A pandas Series without Arrow, an Index or a Categorical: by way of NumPy; what pandas takes for missing is null.
fn series<'py>(name: &str, series: &Bound<'py, PyAny>) -> PyResult<HeldColumn<'py>> {
    let py = series.py();
    let asarray = py.import("numpy")?.getattr("asarray")?;
    let categorical = if series.hasattr("cat")? { series.getattr("cat")? } else { series.clone() };
    if categorical.hasattr("codes")? && categorical.hasattr("ordered")? {
        let words = list::column(py, name, categorical.getattr("categories")?.try_iter()?)?;
        let codes: Vec<i64> = asarray.call1((categorical.getattr("codes")?, "int64"))?.extract()?;
        return Ok(list::categorical(words, &codes, categorical.getattr("ordered")?.extract()?));
    }
    let missing: Vec<bool> = asarray.call1((series.call_method0("isna")?,))?.extract()?;
    if missing.contains(&true) {
        let objects = series.call_method1("astype", ("object",))?.call_method0("tolist")?;
        let values = objects.try_iter()?.zip(missing).map(|(value, missing)| match missing {
            true => Ok(py.None().into_bound(py)),
            false => value,
        });
        return list::column(py, name, values);
    }
    crate::numbers::read(name, &asarray.call1((series,))?)
}

fn is_pandas(object: &Bound<'_, PyAny>) -> bool {
    object.get_type().module().is_ok_and(|module| module.to_string_lossy().starts_with("pandas"))
}

fn is_pandas_frame(object: &Bound<'_, PyAny>) -> bool {
    is_pandas(object) && object.hasattr("columns").unwrap_or(false) && object.hasattr("items").unwrap_or(false)
}

/// Columns have names of their own and one length.
fn check(columns: &[(String, HeldColumn<'_>)]) -> PyResult<()> {
    let mut first: Option<(&str, usize)> = None;
    for (i, (name, column)) in columns.iter().enumerate() {
        if columns[..i].iter().any(|(other, _)| other == name) {
            return Err(DataError::new_err(format!("two columns are called {name:?}; rename one of them")));
        }
        let rows = column.lend(name)?.len();
        let (first_name, first_rows) = *first.get_or_insert((name, rows));
        if rows != first_rows {
            return Err(DataError::new_err(format!(
                "columns differ in length: {first_name:?} has {first_rows} rows, {name:?} has {rows}"
            )));
        }
    }
    Ok(())
}

fn unreadable(object: &Bound<'_, PyAny>, what: &str, error: PyErr) -> PyErr {
    if error.is_instance_of::<DataError>(object.py()) || !error.is_instance_of::<PyException>(object.py()) {
        return error;
    }
    DataError::new_err(format!("{what}: this {} cannot be read as Arrow: {error}", type_name(object)))
}

fn no_table(object: &Bound<'_, PyAny>, role: &str) -> PyErr {
    let given = type_name(object);
    let first = object.cast::<PyList>().ok().and_then(|list| list.get_item(0).ok());
    if first.is_some_and(|first| first.is_instance_of::<PyDict>()) {
        let advice = "make a table of them, for instance pandas.DataFrame(rows) or polars.DataFrame(rows)";
        return DataError::new_err(format!("{role}: a list of dicts is not read; {advice}"));
    }
    DataError::new_err(format!("{role}: an object of type {given} is no table; give {ACCEPTED}"))
}

fn no_column(name: &str, object: &Bound<'_, PyAny>) -> PyErr {
    let given = type_name(object);
    DataError::new_err(format!("column {name:?} is of type {given}; give a list, a NumPy array or an Arrow column"))
}

//! Labels of facts and sources between Python and the core: text there, of any type here.

use crate::errors::wrong_argument;
use crate::list;
use consilience::matrix::{Labels, NONE};
use consilience::table::{Column, Values};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyFloat, PyInt, PyString};

const TAKES: &str = "labels: strings, numbers, booleans or dates";

/// The text of a label.
pub fn text(name: &str, label: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = label.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned());
    }
    let value = if label.is_instance_of::<PyBool>() {
        Values::Bool(vec![label.extract()?])
    } else if label.is_instance_of::<PyInt>() {
        return Ok(label.str()?.to_string());
    } else if label.is_instance_of::<PyFloat>() {
        Values::F64(vec![label.extract()?])
    } else if label.is_instance_of::<PyDateTime>() {
        Values::Timestamp(vec![list::micros(label)?], 1_000, None)
    } else if label.is_instance_of::<PyDate>() {
        Values::Date(vec![list::days(label)?])
    } else if label.hasattr("item")? && label.hasattr("dtype")? {
        return text(name, &label.call_method0("item")?);
    } else {
        return Err(wrong_argument(name, label, TAKES));
    };
    Ok(Labels(value).name(0).into_owned())
}

/// The texts of labels, of one or of several.
pub fn texts(name: &str, labels: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if labels.is_instance_of::<PyString>() {
        return Ok(vec![text(name, labels)?]);
    }
    let several = labels.try_iter().map_err(|_| wrong_argument(name, labels, "a list of labels"))?;
    several.map(|label| text(name, &label?)).collect()
}

/// The labels of these ids in the type in which they came.
pub fn objects<'py>(py: Python<'py>, labels: &Labels, ids: &[u32]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    crate::table::objects(py, &labels.column(ids.iter().copied()))
}

/// The labels of these names in the type in which they came.
pub fn named<'py>(py: Python<'py>, labels: &Labels, names: &[String]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let index = labels.index();
    let ids: Vec<u32> = names.iter().map(|name| index.get(name).copied().unwrap_or(NONE)).collect();
    objects(py, labels, &ids)
}

/// A column as texts, `None` where null.
pub fn column_texts(column: &Column) -> Vec<Option<String>> {
    let text: Box<dyn Fn(usize) -> String> = match &column.values {
        Values::Dictionary(keys, words) => Box::new(|i| words.get(keys[i] as usize).to_owned()),
        values => {
            let labels = Labels(values.clone());
            Box::new(move |i| labels.name(i as u32).into_owned())
        }
    };
    (0..column.len()).map(|i| column.is_valid(i).then(|| text(i))).collect()
}

//! What the core describes in nested structs, as Python dicts and lists.

use crate::errors::ConsilienceError;
use pyo3::prelude::*;
use serde::Serialize;

/// The Python object with the content of `data`: what JSON carries of it.
pub fn object<'py>(py: Python<'py>, data: &(impl Serialize + Sync)) -> PyResult<Bound<'py, PyAny>> {
    let text = py.detach(|| serde_json::to_string(data)).map_err(|e| ConsilienceError::new_err(e.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

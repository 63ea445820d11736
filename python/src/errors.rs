//! Errors of the core as Python exceptions.

use consilience::{Error, error::DataError as CoreDataError};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyBool;

pyo3::import_exception!(consilience.errors, ConsilienceError);
pyo3::import_exception!(consilience.errors, DataError);
pyo3::import_exception!(consilience.errors, ParameterError);

/// The Python exception for an error of the core.
pub fn raise(error: Error) -> PyErr {
    match error {
        Error::Data(error) => DataError::new_err(error.to_string()),
        Error::Parameter(error) => ParameterError::new_err(error.to_string()),
        Error::Interrupted => PyKeyboardInterrupt::new_err(()),
        other => ConsilienceError::new_err(other.to_string()),
    }
}

/// The exception for a file that cannot be written.
pub fn file_error(path: &str, error: &std::io::Error) -> PyErr {
    raise(CoreDataError::File { path: path.to_owned(), reason: error.to_string() }.into())
}

/// The exception for an argument of the wrong type: what was given and what it takes.
pub fn wrong_argument(name: &str, given: &Bound<'_, PyAny>, takes: &str) -> PyErr {
    ParameterError::new_err(format!("{name}={} ({}) cannot be used; it takes {takes}", shown(given), type_name(given)))
}

/// What an argument takes: a number, which True and False are not, though Python counts them as 1 and 0.
pub fn number<'py, T: for<'a> FromPyObject<'a, 'py>>(
    name: &str,
    given: &Bound<'py, PyAny>,
    takes: &str,
) -> PyResult<T> {
    let wrong = || wrong_argument(name, given, takes);
    if given.is_instance_of::<PyBool>() { Err(wrong()) } else { given.extract().map_err(|_| wrong()) }
}

/// The name of an object's type, as messages show it.
pub fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// An object as messages show it: its `repr`, cut to 60 characters.
pub fn shown(object: &Bound<'_, PyAny>) -> String {
    let text = object.repr().map_or_else(|_| "?".to_owned(), |text| text.to_string_lossy().into_owned());
    if text.chars().count() > 60 { text.chars().take(59).chain(['…']).collect() } else { text }
}

//! Reports from known truths.

use crate::errors::{number, wrong_argument};
use consilience::truth::{Accuracy, Numbers, SimulateOptions, Spread};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// Reads the keyword arguments of `consilience.simulate`; arrays came as flat lists.
pub fn options(given: &Bound<'_, PyDict>) -> PyResult<SimulateOptions> {
    let mut options = SimulateOptions::default();
    for (name, value) in given {
        let name: String = name.extract()?;
        match name.as_str() {
            "n_facts" => options.n_facts = number("n_facts", &value, "an integer ≥ 1")?,
            "n_sources" => options.n_sources = number("n_sources", &value, "an integer ≥ 1")?,
            "values" => options.values = read("values", &value, "a number of values, or a list of words")?,
            "shared" => options.shared = read("shared", &value, "True or False")?,
            "prevalence" => options.prevalence = read("prevalence", &value, "a list of numbers, one a value")?,
            "accuracy" => options.accuracy = accuracy(&value)?,
            "confusion" => options.confusion = read("confusion", &value, "an array of numbers")?,
            "density" => options.density = read("density", &value, "a number, or one a source")?,
            "reports_per_fact" => {
                options.reports_per_fact = Some(number("reports_per_fact", &value, "an integer ≥ 1")?)
            }
            "difficulty" => options.difficulty = number("difficulty", &value, "a number from 0 to below 1")?,
            "copying" => options.copying = number("copying", &value, "a number from 0 to 1")?,
            "copy_rate" => options.copy_rate = number("copy_rate", &value, "a number from 0 to 1")?,
            "numbers" => options.numbers = Some(numbers(&value)?),
            "seed" => options.seed = number("seed", &value, "an integer ≥ 0")?,
            _ => return Err(wrong_argument("simulate", &value, "the options of consilience.simulate")),
        }
    }
    Ok(options)
}

fn read<'py, T: for<'a> FromPyObject<'a, 'py>>(
    name: &str,
    value: &Bound<'py, PyAny>,
    takes: &'static str,
) -> PyResult<T> {
    value.extract().map_err(|_| wrong_argument(name, value, takes))
}

/// A number, a tuple of two (Beta), or a list.
fn accuracy(value: &Bound<'_, PyAny>) -> PyResult<Accuracy> {
    if let Ok(same) = value.extract::<f64>() {
        return Ok(Accuracy::Same(same));
    }
    if value.is_instance_of::<PyTuple>() {
        let (a, b) = read("accuracy", value, "a tuple of two numbers > 0, the parameters of a Beta distribution")?;
        return Ok(Accuracy::Beta(a, b));
    }
    Ok(Accuracy::Each(read("accuracy", value, "a number, a list of numbers, or a tuple of two")?))
}

/// Mean and standard deviation of true values, and what the errors of sources are: see `spread`.
fn numbers(value: &Bound<'_, PyAny>) -> PyResult<Numbers> {
    let (truths, sd, bias): ((f64, f64), Bound<'_, PyAny>, Bound<'_, PyAny>) =
        read("values", value, "the mean and the standard deviation of the true numbers")?;
    Ok(Numbers { truths, sd: spread("sd", &sd)?, bias: spread("bias", &bias)? })
}

/// A list, or a tuple of two to draw from.
fn spread(name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Spread> {
    if value.is_instance_of::<PyTuple>() {
        let (a, b) = read(name, value, "a tuple of two numbers")?;
        return Ok(Spread::Drawn(a, b));
    }
    Ok(Spread::Given(read(name, value, "a number, or a list of numbers")?))
}

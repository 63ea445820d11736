//! Parameters of models: a table for readers, a serde struct for the model.

use crate::error::{ParameterError, Result, nearest};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A parameter of a model.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its default, as JSON.
    pub default: &'static str,
    /// What it takes.
    pub expects: &'static str,
    /// One sentence.
    pub summary: &'static str,
}

/// Named values of parameters.
pub type Given = serde_json::Map<String, Value>;

/// What all models take.
const SHARED: [&str; 10] =
    ["model", "independence", "conflicts", "form", "gold", "warm_start", "seed", "max_iter", "tol", "confidence"];

/// The parameters of a model as its struct, which refuses unknown names.
pub(super) fn read<P: DeserializeOwned>(model: &'static str, table: &[Parameter], given: &Given) -> Result<P> {
    check_names(model, table, given)?;
    let parsed = |given: Given| serde_json::from_value(Value::Object(given));
    parsed(given.clone()).map_err(|_| refused(model, table, given, &|given| parsed(given).is_ok()))
}

/// No parameters, where a model has none of its own.
pub(super) fn none(model: &'static str, given: &Given) -> Result<()> {
    check_names(model, &[], given)
}

fn check_names(model: &'static str, table: &[Parameter], given: &Given) -> Result<()> {
    let Some(unknown) = given.keys().find(|k| table.iter().all(|p| p.name != k.as_str())) else { return Ok(()) };
    let known = match table {
        [] => "it takes none but those shared by all models".to_owned(),
        _ => format!("it takes {}", crate::error::quoted(table.iter().map(|p| p.name))),
    };
    let near = nearest(unknown, table.iter().map(|p| p.name).chain(SHARED));
    let reason = format!("there is no parameter {unknown:?}; {known}.{near}");
    Err(ParameterError::Model { model, reason }.into())
}

/// The error that names the values which do not fit even alone.
fn refused(model: &'static str, table: &[Parameter], given: &Given, fits: &dyn Fn(Given) -> bool) -> crate::Error {
    let is_wrong = |p: &&Parameter| {
        let value = given.get(p.name).cloned();
        value.is_some_and(|v| !fits(Given::from_iter([(p.name.to_owned(), v)])))
    };
    let wrong = table.iter().filter(is_wrong).map(|p| format!("{}={} (it takes {})", p.name, given[p.name], p.expects));
    let reason = format!("these cannot be used: {}", wrong.collect::<Vec<_>>().join(", "));
    ParameterError::Model { model, reason }.into()
}

/// A number within its range, or the error that says which.
pub(super) fn in_range(model: &'static str, table: &[Parameter], name: &str, value: f64, fits: bool) -> Result<()> {
    if fits && value.is_finite() {
        return Ok(());
    }
    let expects = table.iter().find(|p| p.name == name).map_or("another value", |p| p.expects);
    Err(ParameterError::Model { model, reason: format!("{name}={value} is out of range; it takes {expects}") }.into())
}

/// Numbers that must be above 0.
pub(super) fn above_zero(model: &'static str, table: &[Parameter], numbers: &[(&str, f64)]) -> Result<()> {
    numbers.iter().try_for_each(|(name, value)| in_range(model, table, name, *value, *value > 0.0))
}

//! Parameters of models: a table for readers, a serde struct for the model.

use crate::error::{ParameterError, Result};
use serde::de::DeserializeOwned;

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
pub type Given = serde_json::Map<String, serde_json::Value>;

/// The parameters of a model as its struct, which refuses unknown names.
pub(super) fn read<P: DeserializeOwned>(model: &'static str, table: &[Parameter], given: &Given) -> Result<P> {
    if let Some(unknown) = given.keys().find(|k| table.iter().all(|p| p.name != k.as_str())) {
        let known = match table {
            [] => "it takes none but those shared by all models".to_owned(),
            _ => format!("it takes {}", crate::error::quoted(table.iter().map(|p| p.name))),
        };
        return Err(
            ParameterError::Model { model, reason: format!("there is no parameter {unknown:?}; {known}") }.into()
        );
    }
    serde_json::from_value(serde_json::Value::Object(given.clone()))
        .map_err(|e| ParameterError::Model { model, reason: explained(&e.to_string(), table, given) }.into())
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

fn explained(error: &str, table: &[Parameter], given: &Given) -> String {
    let takes: Vec<String> = table
        .iter()
        .filter(|p| given.contains_key(p.name))
        .map(|p| format!("{}={} (it takes {})", p.name, given[p.name], p.expects))
        .collect();
    format!("{}: {error}", takes.join(", "))
}

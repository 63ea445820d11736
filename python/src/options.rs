//! The arguments of `ClaimMatrix.build`, from what Python gives.

use crate::errors::{ParameterError, raise, wrong_argument};
use crate::input::Input;
use crate::label;
use consilience::error::{nearest, quoted};
use consilience::matrix::{Options, PerFact, Role, kind_named};
use consilience::table::Table;
use consilience::value::{About, Broader, REGISTRY};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping, PyString};
use std::collections::HashMap;

/// What Python gives beside the reports.
pub struct Given<'a, 'py> {
    pub roles: &'a Bound<'py, PyDict>,
    pub kind: Option<&'a Bound<'py, PyAny>>,
    pub broader: Option<&'a Bound<'py, PyAny>>,
    pub order: Option<&'a Bound<'py, PyAny>>,
    pub period: Option<&'a Bound<'py, PyAny>>,
    pub about: Option<&'a Bound<'py, PyAny>>,
    pub tolerance: Option<&'a Bound<'py, PyAny>>,
    pub anonymous: Option<&'a Bound<'py, PyAny>>,
}

impl Given<'_, '_> {
    /// As the core takes it; `columns` are the names of the columns of the reports.
    pub fn read(&self, columns: &[&str]) -> PyResult<Options<'static>> {
        let mut options = Options {
            roles: roles(self.roles)?,
            order: per_fact("order", self.order, "a list of words from lowest to highest", words)?,
            period: per_fact("period", self.period, "a number > 0", number)?,
            tolerance: per_fact("tolerance", self.tolerance, "a number ≥ 0", number)?,
            broader: self.broader.map(broader).transpose()?,
            ..Options::default()
        };
        if let Some(given) = self.about {
            options.about = about(given)?;
        }
        if let Some(given) = self.anonymous {
            options.anonymous = label::texts("anonymous", given)?;
        }
        self.read_kind(&mut options, columns)?;
        Ok(options)
    }

    /// A kind's name, else a column's name, or a dict of fact and kind's name.
    fn read_kind(&self, options: &mut Options<'_>, columns: &[&str]) -> PyResult<()> {
        let Some(given) = self.kind else { return Ok(()) };
        let Ok(name) = given.extract::<String>() else {
            let takes = "the name of a kind or of a column";
            options.kind = per_fact("kind", Some(given), takes, |kind| kind.extract::<String>().ok())
                .and_then(|kinds| kind_ids(&kinds))?;
            return Ok(());
        };
        match kind_named(&name) {
            Ok(id) => options.kind = PerFact::all(id),
            Err(_) if columns.contains(&name.as_str()) => {
                options.roles.insert(Role::Kind, name);
            }
            Err(_) => {
                let kinds = quoted(REGISTRY.iter().map(|kind| kind.name()));
                let near = nearest(&name, columns.iter().copied().chain(REGISTRY.iter().map(|kind| kind.name())));
                return Err(ParameterError::new_err(format!(
                    "kind={name:?} is neither a kind nor a column; the kinds are {kinds}.{near}"
                )));
            }
        }
        Ok(())
    }
}

fn kind_ids(names: &PerFact<String>) -> PyResult<PerFact<u8>> {
    let id = |(fact, name): (&String, &String)| Ok((fact.clone(), kind_named(name).map_err(raise)?));
    Ok(PerFact { all: None, by_fact: names.by_fact.iter().map(id).collect::<PyResult<_>>()? })
}

fn roles(given: &Bound<'_, PyDict>) -> PyResult<HashMap<Role, String>> {
    let role = |(name, column): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let takes = || quoted(Role::ALL.iter().map(|(_, word)| *word));
        let role = name.extract::<String>().ok().and_then(|name| Role::named(&name));
        let role = role.ok_or_else(|| wrong_argument("role", &name, &takes()))?;
        let column = column.extract().map_err(|_| wrong_argument(role.name(), &column, "the name of a column"))?;
        Ok((role, column))
    };
    given.iter().map(role).collect()
}

/// One thing for all facts, or a dict of facts.
fn per_fact<T>(
    name: &str,
    given: Option<&Bound<'_, PyAny>>,
    takes: &str,
    read: impl Fn(&Bound<'_, PyAny>) -> Option<T>,
) -> PyResult<PerFact<T>> {
    let Some(given) = given else { return Ok(PerFact::default()) };
    let wrong = |what: &Bound<'_, PyAny>| wrong_argument(name, what, &format!("{takes}, or a dict of fact and such"));
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return read(given).map(PerFact::all).ok_or_else(|| wrong(given));
    };
    let mut by_fact = HashMap::new();
    for item in mapping.items()?.iter() {
        let (fact, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        by_fact.insert(label::text(name, &fact)?, read(&value).ok_or_else(|| wrong(&value))?);
    }
    Ok(PerFact { all: None, by_fact })
}

fn number(given: &Bound<'_, PyAny>) -> Option<f64> {
    if given.is_instance_of::<PyBool>() { None } else { given.extract().ok() }
}

fn words(given: &Bound<'_, PyAny>) -> Option<Vec<String>> {
    if given.is_instance_of::<PyString>() { None } else { label::texts("order", given).ok() }
}

fn about(given: &Bound<'_, PyAny>) -> PyResult<About> {
    match given.extract::<&str>() {
        Ok("digits") => Ok(About::Digits),
        Ok("exact") => Ok(About::Exact),
        _ => {
            let takes = "\"digits\", \"exact\" or a fraction ≥ 0 such as 0.1";
            number(given).map(About::Fraction).ok_or_else(|| wrong_argument("about", given, takes))
        }
    }
}

/// A dict of value and broader value, or a table of these two columns.
fn broader(given: &Bound<'_, PyAny>) -> PyResult<Broader> {
    if let Ok(dict) = given.cast::<PyDict>()
        && !dict.values().iter().any(|value| is_column(&value))
    {
        let pair = |(value, up)| Ok((label::text("broader", &value)?, label::text("broader", &up)?));
        let pairs = dict.iter().map(pair).collect::<PyResult<Vec<_>>>()?;
        return Broader::new(pairs).map_err(raise);
    }
    let table = Input::read(given, "broader")?.into_table(given.py())?;
    Broader::new(pairs(&table)?).map_err(raise)
}

fn is_column(value: &Bound<'_, PyAny>) -> bool {
    !value.is_instance_of::<PyString>() && value.try_iter().is_ok()
}

/// The pairs of the columns `value` and `broader`, or of the only two there are; rows with a null are no pairs.
fn pairs(table: &Table) -> PyResult<Vec<(String, String)>> {
    let (value, up) = match (table.column("value"), table.column("broader"), table.columns.as_slice()) {
        (Some(value), Some(up), _) => (value, up),
        (_, _, [(_, value), (_, up)]) => (&**value, &**up),
        _ => {
            let names = quoted(table.columns.iter().map(|(name, _)| name.as_str()));
            return Err(ParameterError::new_err(format!(
                "broader is a table of two columns, \"value\" and \"broader\"; this one has {names}"
            )));
        }
    };
    let (values, ups) = (label::column_texts(value), label::column_texts(up));
    Ok(values.into_iter().zip(ups).filter_map(|(value, up)| Some((value?, up?))).collect())
}

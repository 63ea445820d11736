//! How right results are.

use crate::errors::{DataError, raise, wrong_argument};
use crate::label;
use crate::table::PyTable;
use crate::truth::Truth;
use consilience::Table;
use consilience::truth::{Answers, EvaluateOptions, Evaluation};
use pyo3::prelude::*;

/// Figures, facts, calibration and classes: a table of all results, then three a result.
pub type Tables = (PyTable, Vec<(PyTable, PyTable, Option<PyTable>)>);

/// Compares results with the truth, a table of the columns `fact` and `value`.
pub fn evaluate(
    truths: &Bound<'_, PyAny>,
    answers: &PyTable,
    bins: usize,
    clip: f64,
    confidence: f64,
) -> PyResult<Tables> {
    let py = truths.py();
    let wrong = |_| wrong_argument("results", truths, "a list of Truth");
    let truths: Vec<Py<Truth>> = truths.extract().map_err(wrong)?;
    let truths: Vec<_> = truths.iter().map(|truth| truth.get().inner.clone()).collect();
    let answers = self::answers(&answers.inner)?;
    let options = EvaluateOptions { bins, clip, confidence };
    py.detach(|| {
        let done = truths.iter().map(|truth| truth.evaluate(&answers, &options)).collect::<Result<Vec<_>, _>>()?;
        let models: Vec<&str> = truths.iter().map(|t| t.model().name()).collect();
        let names: Vec<String> = (0..models.len()).map(|i| name(&models, i)).collect();
        let named: Vec<(&str, &Evaluation)> = names.iter().map(String::as_str).zip(&done).collect();
        let of_each = truths.iter().zip(&done).map(|(truth, evaluation)| {
            let classes = evaluation.by_class(truth).map(PyTable::from);
            (evaluation.facts(truth, &answers).into(), evaluation.reliability().into(), classes)
        });
        Ok((Evaluation::table(&named).into(), of_each.collect()))
    })
    .map_err(raise)
}

/// What result `i` is called: by its model, numbered where this occurs twice.
fn name(models: &[&str], i: usize) -> String {
    let same = |some: &[&str]| some.iter().filter(|m| **m == models[i]).count();
    if same(models) == 1 { models[i].to_owned() } else { format!("{} ({})", models[i], same(&models[..=i])) }
}

/// Known answers, from a table of the columns `fact` and `value`; rows without a value say nothing.
pub fn answers(table: &Table) -> PyResult<Answers> {
    let texts = |name: &str| -> PyResult<Vec<Option<String>>> {
        let column = table
            .column(name)
            .ok_or_else(|| DataError::new_err(format!("known answers: there is no column {name:?}")))?;
        Ok(label::column_texts(column))
    };
    let (facts, values) = (texts("fact")?, texts("value")?);
    let pairs = facts.into_iter().zip(values).filter_map(|(fact, value)| Some((fact?, value?)));
    Answers::new(pairs).map_err(raise)
}

//! Bindings: what Python calls is converted, worked on by the core without the interpreter, and converted back.

mod agreement;
mod arrow;
mod errors;
mod evaluate;
mod input;
mod json;
mod label;
mod list;
mod matrix;
mod memory;
mod numbers;
mod options;
mod pairwise;
mod registry;
mod run;
mod score;
mod simulate;
mod table;
mod truth;

use pyo3::prelude::*;

#[global_allocator]
static MEMORY: memory::Memory = memory::Memory;

/// The compiled part of consilience.
#[pymodule(gil_used = false)]
mod _core {
    use crate::errors::{raise, wrong_argument};
    use crate::registry;
    use crate::run::run;
    use consilience::read::{self, Source};
    use pyo3::prelude::*;
    use pyo3::types::{PyBytes, PyDict};
    use std::path::PathBuf;

    #[pymodule_export]
    use crate::matrix::ClaimMatrix;
    #[pymodule_export]
    use crate::score::FactScores;
    #[pymodule_export]
    use crate::table::PyTable;
    #[pymodule_export]
    use crate::truth::Truth;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        // A debug build is many times slower.
        module.add("is_debug_build", cfg!(debug_assertions))
    }

    /// The kinds of values, one row a kind: name, summary, qualifiers, ranges, reference.
    #[pyfunction]
    fn kinds() -> PyTable {
        registry::kinds().into()
    }

    /// The coefficients of agreement, one row a coefficient: name, option, summary, reference.
    #[pyfunction]
    fn agreement_coefficients() -> PyTable {
        registry::agreement_coefficients().into()
    }

    /// The columns of the score table, one row a column: name, type, summary, reference.
    #[pyfunction]
    fn score_columns() -> PyResult<PyTable> {
        Ok(registry::score_columns().map_err(raise)?.into())
    }

    /// The truth models, one row a model: name, family, takes, kinds, summary, parameters, reference.
    #[pyfunction]
    fn truth_models() -> PyTable {
        registry::truth_models().into()
    }

    /// The parameters of the truth models, one row a parameter: model, name, default (JSON), expects, summary.
    #[pyfunction]
    fn truth_parameters() -> PyTable {
        registry::truth_parameters().into()
    }

    /// Compare results of ``infer`` with the truth.
    ///
    /// Parameters
    /// ----------
    /// results : list of Truth
    /// truth : Table
    ///     Columns ``fact`` and ``value``.
    #[pyfunction]
    #[pyo3(signature = (results, truth, *, bins=10, clip=1e-6, confidence=0.95))]
    fn evaluate(
        results: &Bound<'_, PyAny>,
        truth: &Bound<'_, PyTable>,
        bins: usize,
        clip: f64,
        confidence: f64,
    ) -> PyResult<crate::evaluate::Tables> {
        crate::evaluate::evaluate(results, truth.get(), bins, clip, confidence)
    }

    /// Draw reports from known truths: the tables of reports, truths and sources.
    #[pyfunction]
    #[pyo3(signature = (options, progress=None))]
    fn simulate(options: &Bound<'_, PyDict>, progress: Option<Py<PyAny>>) -> PyResult<(PyTable, PyTable, PyTable)> {
        let asked = crate::simulate::options(options)?;
        let rows = asked.n_facts.saturating_mul(asked.n_sources);
        let drawn = run(options.py(), progress.as_ref(), rows, |watch| consilience::truth::simulate(&asked, watch))?;
        Ok((drawn.reports.into(), drawn.truth.into(), drawn.sources.into()))
    }

    /// Read a CSV file, or its bytes, whose first line names the columns; an empty field is null.
    #[pyfunction]
    fn read_csv(source: &Bound<'_, PyAny>) -> PyResult<PyTable> {
        read_with(source, read::csv)
    }

    /// Read a file of JSON lines, or its bytes: an object a line, with the same names.
    #[pyfunction]
    fn read_jsonl(source: &Bound<'_, PyAny>) -> PyResult<PyTable> {
        read_with(source, read::jsonl)
    }

    fn read_with(
        source: &Bound<'_, PyAny>,
        read: fn(Source<'_>) -> consilience::Result<consilience::Table>,
    ) -> PyResult<PyTable> {
        let py = source.py();
        if let Ok(bytes) = source.cast::<PyBytes>() {
            let bytes = bytes.as_bytes();
            return Ok(py.detach(|| read(Source::Bytes(bytes))).map_err(raise)?.into());
        }
        let wrong = |_| wrong_argument("source", source, "the path of a file, or bytes");
        let path: PathBuf = source.extract().map_err(wrong)?;
        Ok(py.detach(|| read(Source::Path(&path))).map_err(raise)?.into())
    }
}

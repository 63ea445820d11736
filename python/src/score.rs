//! Scores per fact.

use crate::errors::raise;
use crate::matrix::ClaimMatrix;
use crate::table::{PyTable, equal, places};
use crate::{json, label};
use consilience::error::DataError as CoreDataError;
use consilience::matrix::Independence;
use consilience::score::{COLUMNS, ScoreOptions, Scores};
use consilience::stats::Watch;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// What a pickle of scores holds: matrix, level, majority, confidence, places of the facts shown.
type Parts = (ClaimMatrix, &'static str, f64, f64, Option<Vec<u32>>);

/// Scores of every fact of a matrix, or of some of them; columns are made when asked for.
#[pyclass(frozen, module = "consilience._core")]
pub struct FactScores {
    inner: Scores,
}

impl From<Scores> for FactScores {
    fn from(inner: Scores) -> Self {
        FactScores { inner }
    }
}

impl FactScores {
    /// The row of the fact of this label.
    fn row(&self, fact: &Bound<'_, PyAny>) -> PyResult<usize> {
        let name = label::text("fact", fact)?;
        let matrix = self.inner.matrix();
        let place = match matrix.fact_named(&name) {
            Some(place) => place as usize,
            None => matrix.places(std::slice::from_ref(&name)).map_err(raise)?[0],
        };
        let row = match self.inner.selection() {
            None => Some(place),
            Some(shown) => shown.iter().position(|f| *f as usize == place),
        };
        row.ok_or_else(|| {
            let nearest = " It was scored, but this is a selection without it.".to_owned();
            raise(CoreDataError::UnknownFact { fact: name, nearest }.into())
        })
    }
}

#[pymethods]
impl FactScores {
    /// Number of facts shown.
    #[getter]
    fn n_facts(&self) -> usize {
        self.inner.len()
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// What counts as one voice.
    #[getter]
    fn independence(&self) -> &'static str {
        self.inner.independence().name()
    }

    /// From which probability of the lead on a disputed fact counts as decided by majority.
    #[getter]
    fn majority(&self) -> f64 {
        self.inner.options().majority
    }

    /// Coverage of the intervals.
    #[getter]
    fn confidence(&self) -> f64 {
        self.inner.options().confidence
    }

    /// What was noticed while scoring, in sentences.
    #[getter]
    fn warnings(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| self.inner.warnings())
    }

    /// The matrix that was scored.
    #[getter]
    fn matrix(&self) -> ClaimMatrix {
        self.inner.matrix().clone().into()
    }

    /// Names of the columns of the score table, in order.
    #[getter]
    fn columns(&self) -> Vec<&'static str> {
        COLUMNS.iter().map(|column| column.name).collect()
    }

    /// The score table, one row a fact: every column, or those named.
    #[pyo3(signature = (columns=None))]
    fn table(&self, py: Python<'_>, columns: Option<Vec<String>>) -> PyResult<PyTable> {
        let names: Option<Vec<&str>> = columns.as_ref().map(|names| names.iter().map(String::as_str).collect());
        Ok(py.detach(|| self.inner.table(names.as_deref())).map_err(raise)?.into())
    }

    /// One row a claim: fact, claim, mass, belief, plausibility, position.
    fn claims(&self, py: Python<'_>) -> PyTable {
        py.detach(|| self.inner.claims()).into()
    }

    /// One row a source: how often it sides with the others, stands alone, and whom it relays.
    fn by_source(&self, py: Python<'_>) -> PyTable {
        py.detach(|| self.inner.by_source()).into()
    }

    /// All reports of one fact, and whether each counts and for whom.
    fn reports(&self, py: Python<'_>, fact: &Bound<'_, PyAny>) -> PyResult<PyTable> {
        let row = self.row(fact)?;
        Ok(py.detach(|| self.inner.reports(row)).into())
    }

    /// All facts shown in one line: mean agreement with its interval, and how many facts of each status.
    fn overall<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let overall = py.detach(|| self.inner.overall());
        let dict = json::object(py, &overall)?;
        let status = PyDict::new(py);
        for (word, count) in overall.status {
            status.set_item(word, count)?;
        }
        dict.set_item("status", status)?;
        Ok(dict)
    }

    /// Only these rows, by position and in this order; scores stay as they are.
    fn select(&self, indices: &Bound<'_, PyAny>) -> PyResult<FactScores> {
        let rows = places(indices, self.inner.len())?;
        Ok(self.inner.select(rows).into())
    }

    /// One fact down to its reports.
    fn explain<'py>(&self, py: Python<'py>, fact: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let row = self.row(fact)?;
        let (explanation, scores) = py.detach(|| (self.inner.explain(row), self.inner.select([row]).table(None)));
        let scores = PyTable::from(scores.map_err(raise)?).first(py)?;
        let dict = PyDict::new(py);
        dict.set_item("fact", scores.get_item("fact")?)?;
        dict.update(json::object(py, &explanation)?.cast()?)?;
        dict.set_item("scores", scores)?;
        Ok(dict)
    }

    fn __repr__(&self) -> String {
        format!("FactScores({} facts, independence={:?})", self.inner.len(), self.independence())
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        equal(py, other, |other: &FactScores| {
            let (a, b) = (&self.inner, &other.inner);
            let (p, q) = (a.options(), b.options());
            a.independence() == b.independence()
                && (p.majority, p.confidence) == (q.majority, q.confidence)
                && a.facts().eq(b.facts())
                && a.matrix() == b.matrix()
        })
    }

    #[classmethod]
    fn _load(
        cls: &Bound<'_, PyType>,
        matrix: &Bound<'_, ClaimMatrix>,
        independence: &str,
        majority: f64,
        confidence: f64,
        rows: Option<Vec<usize>>,
    ) -> PyResult<FactScores> {
        let matrix = &matrix.get().inner;
        let level = Independence::named(independence).map_err(raise)?;
        let options = ScoreOptions { independence: Some(level), majority, confidence };
        let scores = cls.py().detach(|| matrix.score(&options, &Watch::default())).map_err(raise)?;
        Ok(match rows {
            Some(rows) => scores.select(rows).into(),
            None => scores.into(),
        })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Parts)> {
        let rows = self.inner.selection().map(<[u32]>::to_vec);
        let parts = (self.matrix(), self.independence(), self.majority(), self.confidence(), rows);
        Ok((py.get_type::<FactScores>().getattr("_load")?, parts))
    }
}

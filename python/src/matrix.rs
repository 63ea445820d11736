//! The claim-by-source matrix.

use crate::errors::{raise, wrong_argument};
use crate::input::Input;
use crate::options::Given;
use crate::pairwise;
use crate::run::run;
use crate::score::FactScores;
use crate::table::{PyTable, equal};
use crate::truth::{Asked, Truth};
use crate::{agreement, json, label};
use consilience::Matrix;
use consilience::agreement::PairwiseOptions;
use consilience::column::Column;
use consilience::matrix::{Conflicts, Independence};
use consilience::score::ScoreOptions;
use consilience::stats::Watch;
use consilience::table::Table;
use consilience::truth::CrossValidation;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyType};

/// Values, claim rows and source columns of a matrix in coordinates.
type Coordinates<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

/// A row a pair; kind of facts and coefficient; what was noticed.
type Pairs = (PyTable, Vec<(&'static str, String)>, Vec<String>);

/// Reports as a sparse matrix: a row a claim, grouped by fact, a column a source.
#[pyclass(frozen, module = "consilience._core")]
pub struct ClaimMatrix {
    pub inner: Matrix,
}

impl From<Matrix> for ClaimMatrix {
    fn from(inner: Matrix) -> Self {
        ClaimMatrix { inner }
    }
}

impl ClaimMatrix {
    fn table(&self, py: Python<'_>, table: impl FnOnce(&Matrix) -> Table + Send) -> PyTable {
        py.detach(|| table(&self.inner)).into()
    }
}

#[pymethods]
impl ClaimMatrix {
    /// Build the matrix from a table of reports, one row a report.
    ///
    /// Parameters
    /// ----------
    /// reports : table
    ///     Anything that ``Table.from_any`` takes.
    /// roles : dict of str to str
    ///     Which column plays which role, where not the column of the role's own name.
    /// kind : str or dict, optional
    ///     The name of a kind or of a column, or a dict of fact and kind.
    /// facts : table, optional
    ///     A row a fact: ``fact`` and any of ``question``, ``kind``, ``unit`` and further columns.
    /// broader : dict or table, optional
    ///     Which value lies within which: a dict of value and broader value, or a table of these two columns.
    /// order : list of str or dict, optional
    ///     Words of ordinal scales from lowest to highest, for all facts or by fact.
    /// period : float or dict, optional
    ///     After how much circular scales start again, above 0, for all facts or by fact.
    /// about : {"digits", "exact"} or float, default "digits"
    ///     What "about" means: the value's last significant digit, nothing, or a fraction of the value, at least 0.
    /// tolerance : float or dict, optional
    ///     Numbers agree if they differ by no more than this, at least 0, for all facts or by fact.
    /// anonymous : str or iterable of str, default ("unnamed",)
    ///     Origins that stand for nobody.
    /// progress : callable, optional
    ///     Called with (done, total) about 20 times a second.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     If the reports cannot be used; names row, column and value.
    /// ParameterError
    ///     If an argument is unknown or out of range.
    #[staticmethod]
    #[pyo3(
        signature = (reports, *, roles, kind=None, facts=None, broader=None, order=None, period=None, about=None,
                     tolerance=None, anonymous=None, progress=None),
        text_signature = "(reports, *, roles, kind=None, facts=None, broader=None, order=None, period=None, \
                          about='digits', tolerance=None, anonymous=('unnamed',), progress=None)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn build(
        py: Python<'_>,
        reports: &Bound<'_, PyAny>,
        roles: &Bound<'_, PyDict>,
        kind: Option<&Bound<'_, PyAny>>,
        facts: Option<&Bound<'_, PyAny>>,
        broader: Option<&Bound<'_, PyAny>>,
        order: Option<&Bound<'_, PyAny>>,
        period: Option<&Bound<'_, PyAny>>,
        about: Option<&Bound<'_, PyAny>>,
        tolerance: Option<&Bound<'_, PyAny>>,
        anonymous: Option<&Bound<'_, PyAny>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<ClaimMatrix> {
        let reports = Input::read(reports, "reports")?;
        let facts = facts.map(|facts| Input::read(facts, "facts")).transpose()?;
        let columns = reports.columns()?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let given = Given { roles, kind, broader, order, period, about, tolerance, anonymous };
        let mut options = given.read(&names)?;
        options.facts = facts.as_ref().map(Input::columns).transpose()?;
        let rows = columns.first().map_or(0, |(_, column): &(String, Column<'_>)| column.len());
        let matrix = run(py, progress.as_ref(), rows, |watch| Matrix::build(&columns, &options, watch))?;
        Ok(matrix.into())
    }

    /// Number of facts with at least one report.
    #[getter]
    fn n_facts(&self) -> usize {
        self.inner.n_facts()
    }

    /// Number of sources with at least one report.
    #[getter]
    fn n_sources(&self) -> usize {
        self.inner.n_sources()
    }

    /// Number of claims that someone asserts or denies.
    #[getter]
    fn n_claims(&self) -> usize {
        self.inner.n_claims()
    }

    /// Number of reports, duplicates and rows without a value left out.
    #[getter]
    fn n_reports(&self) -> usize {
        self.inner.n_reports()
    }

    /// Number of rows left out because they repeat an earlier one.
    #[getter]
    fn n_duplicates(&self) -> usize {
        self.inner.n_duplicates()
    }

    /// Number of rows left out because they have no value.
    #[getter]
    fn n_dropped(&self) -> usize {
        self.inner.n_dropped()
    }

    /// Bytes in memory.
    #[getter]
    fn nbytes(&self) -> usize {
        self.inner.nbytes()
    }

    /// What counts as one voice unless said otherwise: "party", "origin" or "source".
    #[getter]
    fn independence(&self) -> &'static str {
        self.inner.independence().name()
    }

    /// What was noticed while reading, in sentences.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.inner.warnings().to_vec()
    }

    /// One row a fact, with its kind, the columns of the facts table and counts.
    #[getter]
    fn facts(&self, py: Python<'_>) -> PyTable {
        self.table(py, Matrix::facts_table)
    }

    /// One row a source, with counts.
    #[getter]
    fn sources(&self, py: Python<'_>) -> PyTable {
        self.table(py, Matrix::sources_table)
    }

    /// One row a claim that someone asserts or denies.
    #[getter]
    fn claims(&self, py: Python<'_>) -> PyTable {
        self.table(py, Matrix::claims_table)
    }

    /// One row a report, grouped by fact, duplicates left out.
    #[getter]
    fn reports(&self, py: Python<'_>) -> PyTable {
        self.table(py, Matrix::reports_table)
    }

    /// Where the matrix comes from: version, counts, options and a hash of the content.
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let metadata = py.detach(|| self.inner.metadata()).map_err(raise)?;
        json::object(py, &metadata)
    }

    /// Only these facts and sources (None: all), in the order they have here.
    #[pyo3(signature = (*, facts=None, sources=None))]
    fn select(
        &self,
        py: Python<'_>,
        facts: Option<&Bound<'_, PyAny>>,
        sources: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<ClaimMatrix> {
        let facts = facts.map(|given| label::texts("facts", given)).transpose()?;
        let sources = sources.map(|given| label::texts("sources", given)).transpose()?;
        let selected = py.detach(|| self.inner.select(facts.as_deref(), sources.as_deref()));
        Ok(selected.map_err(raise)?.into())
    }

    /// Several matrices as one, as if their reports had come in one table.
    #[staticmethod]
    fn concat(py: Python<'_>, matrices: &Bound<'_, PyAny>) -> PyResult<ClaimMatrix> {
        let wrong = |_| wrong_argument("matrices", matrices, "a list of ClaimMatrix");
        let matrices: Vec<Py<ClaimMatrix>> = matrices.extract().map_err(wrong)?;
        let matrices: Vec<Matrix> = matrices.iter().map(|matrix| matrix.get().inner.clone()).collect();
        Ok(py.detach(|| Matrix::concat(&matrices)).map_err(raise)?.into())
    }

    /// The matrix as bytes, for files and pickles.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.inner.to_bytes()).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The matrix of bytes made by ``to_bytes``.
    #[classmethod]
    fn from_bytes(cls: &Bound<'_, PyType>, data: &[u8]) -> PyResult<ClaimMatrix> {
        Ok(cls.py().detach(|| Matrix::from_bytes(data)).map_err(raise)?.into())
    }

    /// The matrix in coordinates: value (stance times weight), claim row, source column.
    ///
    /// Parameters
    /// ----------
    /// conflicts : {"error", "first", "last", "majority", "drop", "split"}
    ///     What to do where a source has several values for one fact.
    #[pyo3(signature = (conflicts="error"))]
    fn to_coo<'py>(&self, py: Python<'py>, conflicts: &str) -> PyResult<Coordinates<'py>> {
        let conflicts = Conflicts::named(conflicts).map_err(raise)?;
        let entries = py.detach(|| self.inner.coordinates(conflicts)).map_err(raise)?;
        Ok((entries.value.into_pyarray(py), entries.row.into_pyarray(py), entries.column.into_pyarray(py)))
    }

    /// What a picture of the matrix shows: at most ``limit`` claims, whole facts in order.
    fn picture<'py>(
        &self,
        py: Python<'py>,
        facts: Option<&Bound<'py, PyAny>>,
        limit: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let facts = facts.map(|given| label::texts("facts", given)).transpose()?;
        let picture = py.detach(|| self.inner.picture(facts.as_deref(), limit)).map_err(raise)?;
        let shown = json::object(py, &picture)?;
        shown.set_item("facts", PyList::new(py, label::named(py, self.inner.facts(), &picture.facts)?)?)?;
        shown.set_item("sources", PyList::new(py, label::named(py, self.inner.sources(), &picture.sources)?)?)?;
        Ok(shown)
    }

    /// Measure agreement over many facts.
    ///
    /// Returns the table, a row a coefficient, kind and group, and what was noticed, in sentences. The arguments are those of
    /// ``ClaimMatrix.agreement`` of the package; ``metric`` and ``weights`` are words or rows of numbers.
    #[pyo3(signature = (coefficients, *, metric=None, weights=None, categories=None, period=None, independence="source",
                        conflicts="error", by=None, interval=None, confidence=0.95, population=None, replicates=1000,
                        seed=0, progress=None))]
    #[allow(clippy::too_many_arguments)]
    fn agreement(
        &self,
        py: Python<'_>,
        coefficients: Vec<String>,
        metric: Option<&Bound<'_, PyAny>>,
        weights: Option<&Bound<'_, PyAny>>,
        categories: Option<&Bound<'_, PyAny>>,
        period: Option<f64>,
        independence: &str,
        conflicts: &str,
        by: Option<String>,
        interval: Option<&str>,
        confidence: f64,
        population: Option<u64>,
        replicates: usize,
        seed: u64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(PyTable, Vec<String>)> {
        let given = agreement::Given {
            coefficients,
            metric,
            weights,
            categories,
            period,
            independence,
            conflicts,
            by,
            interval,
            confidence,
            population,
            replicates,
            seed,
        };
        let options = given.read()?;
        let rows = self.inner.n_reports();
        let found = run(py, progress.as_ref(), rows, |watch| self.inner.agreement(&options, watch))?;
        Ok((py.detach(|| found.table()).into(), found.notes))
    }

    /// Compare every pair of sources.
    ///
    /// Returns the table, a row a pair, the coefficient of each kind of facts, and what was noticed. Further keywords are those of
    /// ``agreement``.
    #[pyo3(signature = (coefficient=None, *, min_overlap=1, progress=None, **options))]
    fn pairwise(
        &self,
        py: Python<'_>,
        coefficient: Option<String>,
        min_overlap: usize,
        progress: Option<Py<PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Pairs> {
        let options = PairwiseOptions { coefficient, min_overlap, agreement: pairwise::options(options)? };
        let rows = self.inner.n_reports();
        let found = run(py, progress.as_ref(), rows, |watch| self.inner.pairwise(&options, watch))?;
        Ok((found.table.into(), found.coefficients, found.notes))
    }

    /// A coefficient without each source in turn. Further keywords are those of ``agreement``.
    #[pyo3(signature = (coefficient=None, *, progress=None, **options))]
    fn leave_one_source_out(
        &self,
        py: Python<'_>,
        coefficient: Option<String>,
        progress: Option<Py<PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyTable> {
        let options = pairwise::options(options)?;
        let rows = self.inner.n_reports();
        let name = coefficient.as_deref();
        let without = |watch: &Watch| self.inner.leave_one_source_out(name, &options, watch);
        Ok(run(py, progress.as_ref(), rows, without)?.into())
    }

    /// What to know before a coefficient is believed: coefficients, findings and categories. Further keywords are those of
    /// ``agreement``.
    #[pyo3(signature = (*, reliability=0.8, progress=None, **options))]
    fn diagnose(
        &self,
        py: Python<'_>,
        reliability: f64,
        progress: Option<Py<PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(PyTable, PyTable, PyTable)> {
        let options = pairwise::options(options)?;
        let rows = self.inner.n_reports();
        let found = run(py, progress.as_ref(), rows, |watch| self.inner.diagnose(reliability, &options, watch))?;
        Ok((found.agreement.table().into(), found.findings.into(), found.categories.into()))
    }

    /// Score every fact.
    ///
    /// Parameters
    /// ----------
    /// independence : {"source", "origin", "party"}, optional
    ///     What counts as one voice; by default party if that column is given, else origin, else source.
    /// majority : float in (0.5, 1]
    ///     From which probability of the lead on a disputed fact counts as decided by majority.
    /// confidence : float in (0, 1)
    ///     Coverage of the intervals.
    /// progress : callable, optional
    ///     Called with (done, total) about 20 times a second.
    #[pyo3(signature = (*, independence=None, majority=0.95, confidence=0.95, progress=None))]
    fn score(
        &self,
        py: Python<'_>,
        independence: Option<&str>,
        majority: f64,
        confidence: f64,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<FactScores> {
        let independence = independence.map(Independence::named).transpose().map_err(raise)?;
        let options = ScoreOptions { independence, majority, confidence };
        let rows = self.inner.n_reports();
        Ok(run(py, progress.as_ref(), rows, |watch| self.inner.score(&options, watch))?.into())
    }

    /// Infer how probable each claim is and how reliable each source.
    ///
    /// Parameters
    /// ----------
    /// options : dict
    ///     ``model``, ``parameters``, ``independence``, ``conflicts``, ``form``, ``gold``, ``max_iter``, ``tol``, ``seed``, ``confidence``,
    ///     ``cv``.
    /// warm_start : Truth, optional
    ///     A result whose parameters are the start.
    /// progress : callable, optional
    ///     Called with (done, total) about 20 times a second.
    #[pyo3(signature = (options, warm_start=None, progress=None))]
    fn infer(
        &self,
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        warm_start: Option<&Bound<'_, Truth>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Truth> {
        let asked = Asked::read(options)?;
        let options = asked.options(warm_start.map(Bound::get));
        Ok(run(py, progress.as_ref(), self.inner.n_reports(), |watch| self.inner.infer(&options, watch))?.into())
    }

    /// How well models predict reports that were kept apart: a row a model.
    ///
    /// Parameters
    /// ----------
    /// models : list of (str, dict)
    ///     Name to show, and options as for ``infer``.
    /// folds : int >= 2
    ///     Parts of the reports.
    /// progress : callable, optional
    ///     Called with (done, total) about 20 times a second.
    #[pyo3(signature = (models, folds, progress=None))]
    fn cross_validate(
        &self,
        py: Python<'_>,
        models: Vec<(String, Bound<'_, PyDict>)>,
        folds: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<PyTable> {
        let asked = models.iter().map(|(name, options)| Ok((name.clone(), Asked::read(options)?)));
        let asked = asked.collect::<PyResult<Vec<_>>>()?;
        let table = run(py, progress.as_ref(), self.inner.n_reports() * folds, |watch| {
            let mut results = Vec::with_capacity(asked.len());
            for (name, asked) in &asked {
                let mut result = self.inner.cross_validate(&asked.options(None), folds, watch)?;
                result.model.clone_from(name);
                results.push(result);
            }
            Ok(CrossValidation::table(&results.iter().collect::<Vec<_>>()))
        })?;
        Ok(table.into())
    }

    fn __repr__(&self) -> String {
        let (facts, sources) = (self.n_facts(), self.n_sources());
        format!(
            "ClaimMatrix({facts} facts, {sources} sources, {} claims, {} reports)",
            self.n_claims(),
            self.n_reports()
        )
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        equal(py, other, |other: &ClaimMatrix| self.inner == other.inner)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<ClaimMatrix>().getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }
}

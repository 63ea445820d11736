//! Truth inference.

use crate::errors::{number, raise, shown, wrong_argument};
use crate::matrix::ClaimMatrix;
use crate::run::run;
use crate::table::{PyTable, equal};
use crate::{json, label};
use consilience::matrix::{Conflicts, Independence};
use consilience::truth::{Answers, CrossValidation, Form, Given, InferOptions, Objective, Truth as CoreTruth};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};

/// Beliefs about claims and reliabilities of sources.
#[pyclass(frozen, module = "consilience._core")]
pub struct Truth {
    pub inner: CoreTruth,
}

impl From<CoreTruth> for Truth {
    fn from(inner: CoreTruth) -> Self {
        Truth { inner }
    }
}

/// What a pickle of a result holds.
type Parts<'py> = (ClaimMatrix, Bound<'py, PyBytes>);

/// How to infer, in words of Python.
pub struct Asked {
    pub model: Option<String>,
    pub parameters: Given,
    pub independence: Option<Independence>,
    pub conflicts: Conflicts,
    pub form: Option<Form>,
    pub gold: Answers,
    pub max_iter: Option<usize>,
    pub tol: Option<f64>,
    pub seed: u64,
    pub confidence: f64,
    pub cv: Option<usize>,
}

impl Asked {
    /// Reads the keyword arguments of `ClaimMatrix.infer`.
    pub fn read(options: &Bound<'_, PyDict>) -> PyResult<Asked> {
        let given = |name: &str| PyResult::Ok(options.get_item(name)?.filter(|x| !x.is_none()));
        let text = |name: &str| {
            // What is no word is no known word: the message lists those.
            let word = |x: Bound<'_, PyAny>| x.extract::<String>().unwrap_or_else(|_| shown(&x));
            PyResult::Ok(given(name)?.map(word))
        };
        let parameters = match given("parameters")? {
            Some(parameters) => {
                let text: String = options.py().import("json")?.call_method1("dumps", (&parameters,))?.extract()?;
                serde_json::from_str(&text)
                    .map_err(|_| wrong_argument("parameters", &parameters, "numbers and words"))?
            }
            None => Given::default(),
        };
        let max_iter = given("max_iter")?.map(|n| number("max_iter", &n, "an integer ≥ 1")).transpose()?;
        let tol = given("tol")?.map(|x| number("tol", &x, "a number ≥ 0")).transpose()?;
        let seed = given("seed")?.map(|x| number("seed", &x, "an integer ≥ 0")).transpose()?;
        let confidence = given("confidence")?
            .map(|x| number("confidence", &x, "a number between 0 and 1, such as 0.95"))
            .transpose()?;
        let cv = given("cv")?.map(|n| number("cv", &n, "an integer from 2 to 1000")).transpose()?;
        Ok(Asked {
            model: text("model")?,
            parameters,
            independence: text("independence")?.as_deref().map(Independence::named).transpose().map_err(raise)?,
            conflicts: Conflicts::named(text("conflicts")?.as_deref().unwrap_or("error")).map_err(raise)?,
            form: text("form")?.as_deref().map(Form::named).transpose().map_err(raise)?,
            gold: match given("gold")? {
                Some(gold) => crate::evaluate::answers(&gold.cast::<PyTable>()?.get().inner)?,
                None => Answers::default(),
            },
            max_iter,
            tol,
            seed: seed.unwrap_or(0),
            confidence: confidence.unwrap_or(0.95),
            cv,
        })
    }

    /// For the core.
    pub fn options<'a>(&'a self, warm_start: Option<&'a Truth>) -> InferOptions<'a> {
        InferOptions {
            model: self.model.as_deref(),
            parameters: self.parameters.clone(),
            independence: self.independence,
            conflicts: self.conflicts,
            form: self.form,
            gold: self.gold.clone(),
            warm_start: warm_start.map(|truth| &truth.inner.fitted().learned),
            max_iter: self.max_iter,
            tol: self.tol,
            seed: self.seed,
            confidence: self.confidence,
            cv: self.cv,
        }
    }
}

impl Truth {
    fn place(&self, fact: &Bound<'_, PyAny>) -> PyResult<usize> {
        let name = label::text("fact", fact)?;
        let matrix = self.inner.matrix();
        match matrix.fact_named(&name) {
            Some(place) => Ok(place as usize),
            None => Ok(matrix.places(std::slice::from_ref(&name)).map_err(raise)?[0]),
        }
    }
}

#[pymethods]
impl Truth {
    /// The name of the model.
    #[getter]
    fn model(&self) -> &'static str {
        self.inner.model().name()
    }

    /// Number of facts.
    #[getter]
    fn n_facts(&self) -> usize {
        self.inner.n_facts()
    }

    fn __len__(&self) -> usize {
        self.inner.n_facts()
    }

    /// What counts as one voice.
    #[getter]
    fn independence(&self) -> &'static str {
        self.inner.votes().ratings().level().name()
    }

    /// "closed" (facts share their values) or "open".
    #[getter]
    fn form(&self) -> &'static str {
        self.inner.votes().form().name()
    }

    /// Whether the iteration ended before its limit.
    #[getter]
    fn converged(&self) -> bool {
        self.inner.fitted().converged
    }

    /// The last change that was compared with the tolerance.
    #[getter]
    fn last_change(&self) -> Option<f64> {
        Some(self.inner.fitted().last_change).filter(|x| x.is_finite())
    }

    /// Whether the trace holds an objective that is maximised.
    #[getter]
    fn maximises(&self) -> bool {
        self.inner.fitted().objective == Objective::Maximised
    }

    /// What was noticed, in sentences.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.inner.warnings().to_vec()
    }

    /// The matrix.
    #[getter]
    fn matrix(&self) -> ClaimMatrix {
        self.inner.matrix().clone().into()
    }

    /// What the fit was told, and how many reports it read and left out.
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let dict = json::object(py, self.inner.settings())?;
        let votes = self.inner.votes();
        dict.set_item("n_votes", votes.n_votes())?;
        dict.set_item("n_gold", self.inner.settings().gold.len())?;
        dict.set_item("n_sources", votes.n_sources())?;
        dict.set_item("n_classes", votes.n_classes())?;
        dict.set_item("left_out", json::object(py, &votes.left_out())?)?;
        dict.set_item("conflicts", votes.ratings().conflicts().name())?;
        Ok(dict)
    }

    /// What the caller decided: `independence`, `form`, `max_iter` and `tol`; None where the model or the data did.
    fn wanted<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let wanted = self.inner.settings().wanted;
        let dict = PyDict::new(py);
        dict.set_item("independence", wanted.independence.map(Independence::name))?;
        dict.set_item("form", wanted.form.map(Form::name))?;
        dict.set_item("max_iter", wanted.max_iter)?;
        dict.set_item("tol", wanted.tol)?;
        Ok(dict)
    }

    /// How well these results' models predict reports that were kept apart: a row each; None where one was not asked to.
    #[staticmethod]
    fn cross_validation(results: Vec<Py<Truth>>) -> Option<PyTable> {
        let all: Option<Vec<&CrossValidation>> = results.iter().map(|truth| truth.get().inner.cv()).collect();
        Some(CrossValidation::table(&all?).into())
    }

    /// Known answers, as texts of fact and value.
    fn gold<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        self.inner.settings().gold.iter().try_for_each(|(fact, value)| dict.set_item(fact, value))?;
        Ok(dict)
    }

    /// One row a fact.
    fn facts(&self, py: Python<'_>) -> PyTable {
        py.detach(|| self.inner.facts()).into()
    }

    /// One row a claim.
    fn claims(&self, py: Python<'_>) -> PyTable {
        py.detach(|| self.inner.claims()).into()
    }

    /// One row a source.
    ///
    /// Parameters
    /// ----------
    /// progress : callable, optional
    ///     Called with (done, total) about 20 times a second.
    #[pyo3(signature = (progress=None))]
    fn sources(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<PyTable> {
        let rows = self.inner.votes().n_votes();
        Ok(run(py, progress.as_ref(), rows, |watch| self.inner.sources(watch))?.into())
    }

    /// One row a source, true class and reported class; None where the model has no confusion matrices.
    fn confusion(&self, py: Python<'_>) -> Option<PyTable> {
        py.detach(|| self.inner.confusion()).map(PyTable::from)
    }

    /// One row an iteration.
    fn trace(&self, py: Python<'_>) -> PyTable {
        py.detach(|| self.inner.trace()).into()
    }

    /// The classes, in order; none in open form.
    fn classes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        crate::table::objects(py, &self.inner.votes().class_column())
    }

    /// The probability of every class for every fact, row by row; None in open form.
    fn probabilities<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.probabilities().map(|p| p.to_vec().into_pyarray(py))
    }

    /// Why the leading answer of a fact leads.
    fn explain<'py>(&self, py: Python<'py>, fact: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let place = self.place(fact)?;
        let rows = self.inner.votes().n_votes();
        let explained = run(py, None, rows, |watch| self.inner.explain(place, watch))?;
        json::object(py, &explained)
    }

    fn __repr__(&self) -> String {
        format!("Truth({:?}, {} facts)", self.model(), self.inner.n_facts())
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        equal(py, other, |other: &Truth| {
            let (a, b) = (&self.inner, &other.inner);
            a.matrix() == b.matrix() && a.to_bytes().is_ok_and(|x| b.to_bytes().is_ok_and(|y| x == y))
        })
    }

    #[classmethod]
    fn _load(cls: &Bound<'_, PyType>, matrix: &Bound<'_, ClaimMatrix>, data: &[u8]) -> PyResult<Truth> {
        let matrix = &matrix.get().inner;
        let inner = cls.py().detach(|| CoreTruth::from_bytes(matrix, data)).map_err(raise)?;
        Ok(inner.into())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Parts<'py>)> {
        let bytes = py.detach(|| self.inner.to_bytes()).map_err(raise)?;
        Ok((py.get_type::<Truth>().getattr("_load")?, (self.matrix(), PyBytes::new(py, &bytes))))
    }
}

//! From a matrix to the table of coefficients.

use super::distance::check_fit;
use super::panel::Facts;
use super::{AgreementOptions, Interval, Kin, Limits, Metric, Panel, Point, Reading, Row, Setting, Weights};
use crate::error::{ParameterError, Result, nearest, quoted};
use crate::matrix::{Matrix, NONE, Ratings};
use crate::stats::Watch;
use crate::table::{Column, Table};
use crate::value::kind;
use std::collections::BTreeMap;

/// Coefficients of agreement: a row a coefficient, kind of facts and group.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// How it was measured.
    pub options: AgreementOptions,
    /// The rows.
    pub estimates: Vec<Estimate>,
    /// What was noticed, in sentences.
    pub notes: Vec<String>,
    /// The groups, one a row, where `by` is given.
    groups: Option<Column>,
}

/// One coefficient of one kind and group of facts.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Estimate {
    pub coefficient: &'static str,
    /// Metric, weights, or form.
    pub metric: String,
    pub kind: &'static str,
    pub point: Point,
    pub limits: Limits,
    pub p_value: Option<f64>,
    /// Facts with at least one rating.
    pub n_facts: usize,
    /// Values in facts with at least two.
    pub n_pairable: usize,
    pub n_sources: usize,
    pub interval: Interval,
    /// Samples without one fact, or drawn, in which there is no coefficient.
    pub n_undefined: Option<usize>,
}

/// Facts of one kind and group.
pub(super) struct Cluster {
    pub kind: u8,
    group: u32,
    pub facts: Facts,
}

/// How values of one kind are compared by a coefficient.
pub(super) struct Settled {
    pub kind: &'static str,
    pub metric: Metric,
    pub weights: Weights,
    period: Option<f64>,
    pub option: &'static str,
    pub word: &'static str,
    pub numbers: bool,
    pub reading: Reading,
}

impl Settled {
    pub fn setting<'a>(&'a self, confidence: f64, watch: &'a Watch) -> Setting<'a> {
        Setting { weights: &self.weights, metric: &self.metric, period: self.period, confidence, watch }
    }

    /// An error where the coefficient does not fit the values.
    pub fn check(&self, panel: &Panel<'_>) -> Result<()> {
        check_fit(self.option, self.word, self.numbers, panel, self.kind)
    }

    /// A row without numbers.
    fn blank(&self, coefficient: &'static dyn super::Coefficient, options: &AgreementOptions) -> Estimate {
        Estimate {
            coefficient: coefficient.name(),
            metric: self.word.to_owned(),
            kind: self.kind,
            point: Point::default(),
            limits: Limits::default(),
            p_value: None,
            n_facts: 0,
            n_pairable: 0,
            n_sources: 0,
            interval: options.interval,
            n_undefined: None,
        }
    }

    /// The rows of a coefficient on a panel.
    pub fn estimates(
        &self,
        coefficient: &'static dyn super::Coefficient,
        panel: &Panel<'_>,
        options: &AgreementOptions,
        watch: &Watch,
    ) -> Result<Vec<Estimate>> {
        let setting = self.setting(options.confidence, watch);
        let n_sources = panel.n_voices();
        let (n_facts, n_pairable) = (panel.n_facts(), panel.n_pairable());
        let base = Estimate { n_facts, n_pairable, n_sources, ..self.blank(coefficient, options) };
        if n_sources < 2 {
            return Ok(vec![Estimate { point: Point::undefined("fewer than two sources"), ..base }]);
        }
        let rows = coefficient.rows(panel, &setting)?;
        let mut estimates = Vec::with_capacity(rows.len());
        for (i, Row { form, statistic }) in rows.into_iter().enumerate() {
            let point = statistic.point();
            let mut estimate = Estimate { metric: form, point, p_value: statistic.p_value(), ..base.clone() };
            if estimate.point.value.is_some() {
                let without = |voice: u32| -> Result<Option<f64>> {
                    let rest = panel.without_voice(voice);
                    Ok(coefficient.rows(&rest, &setting)?.get(i).and_then(|row| row.statistic.point().value))
                };
                super::interval::add(&mut estimate, &*statistic, panel, &without, options, watch)?;
            }
            estimates.push(estimate);
        }
        Ok(estimates)
    }
}

impl Matrix {
    /// Measures agreement over all facts, or over each group of facts; facts of different kinds are never mixed.
    ///
    /// ```
    /// use consilience::{Matrix, agreement::AgreementOptions, matrix::Options, stats::Watch};
    /// let reports = [("x", "a", "1"), ("x", "b", "1"), ("y", "a", "2"), ("y", "b", "2"), ("z", "a", "1"), ("z", "b", "2")];
    /// let m = Matrix::from_triples(reports, &Options::default())?;
    /// let agreement = m.agreement(&AgreementOptions::default(), &Watch::default())?;
    /// assert_eq!(agreement.value("percent_agreement"), Some(2.0 / 3.0));
    /// # Ok::<(), consilience::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`crate::error::DataError::SeveralValues`] where a voice has several values of one fact and `conflicts` does not say which
    /// counts; [`ParameterError`] where an option is unknown, out of range, or does not fit the values;
    /// [`crate::Error::Interrupted`] when stopped. What does not exist is no error but null with a reason.
    pub fn agreement(&self, options: &AgreementOptions, watch: &Watch) -> Result<Agreement> {
        let coefficients = options.checked()?;
        let ratings = self.ratings(options.independence, options.conflicts)?;
        let clusters = self.clusters(options)?;
        watch.expect((clusters.len() * coefficients.len()) as u64);
        let mut agreement = Agreement { options: options.clone(), estimates: vec![], notes: vec![], groups: None };
        let mut group_of_row = Vec::new();
        for cluster in &clusters {
            let mut panels: Vec<Panel<'_>> = Vec::new();
            for coefficient in &coefficients {
                let found = self.measure(options, &ratings, cluster, *coefficient, &mut panels, watch)?;
                group_of_row.extend(found.iter().map(|_| cluster.group));
                agreement.estimates.extend(found);
                watch.tick(1)?;
            }
            agreement.notes.extend(panels.iter().filter(|p| p.n_off_scale() > 0).map(|p| {
                let n = p.n_off_scale();
                format!("{n} ratings such as \"at least\" and denials have no place on a scale and were left out")
            }));
        }
        if let Some(by) = &options.by {
            let kept = self.inner.fact_columns.iter().find(|c| c.name == *by);
            agreement.groups = kept.map(|kept| kept.labels.column(group_of_row.iter().copied()));
        }
        if self.inner.weight.is_some() {
            agreement.notes.push("weights of reports do not enter coefficients of agreement".to_owned());
        }
        Ok(agreement)
    }

    fn measure<'r>(
        &self,
        options: &AgreementOptions,
        ratings: &'r Ratings,
        cluster: &Cluster,
        coefficient: &'static dyn super::Coefficient,
        panels: &mut Vec<Panel<'r>>,
        watch: &Watch,
    ) -> Result<Vec<Estimate>> {
        let settled = self.settle(options, cluster, coefficient);
        if Metric::of_kind(settled.kind).is_none() {
            let point = Point::undefined("free wording is not compared");
            return Ok(vec![Estimate { point, ..settled.blank(coefficient, options) }]);
        }
        let reading = settled.reading;
        let place = match panels.iter().position(|p| p.reading() == reading) {
            Some(place) => place,
            None => {
                panels.push(Panel::new(ratings, cluster.facts.clone(), reading, options.categories.as_deref(), None)?);
                panels.len() - 1
            }
        };
        let panel = &panels[place];
        settled.check(panel)?;
        settled.estimates(coefficient, panel, options, watch)
    }

    /// How values of these facts are compared by a coefficient.
    pub(super) fn settle(
        &self,
        options: &AgreementOptions,
        cluster: &Cluster,
        coefficient: &'static dyn super::Coefficient,
    ) -> Settled {
        let kind = kind(cluster.kind).name();
        let metric = match (&options.metric, &options.weights) {
            (Some(metric), _) => metric.clone(),
            (None, Some(weights)) => Metric::Weights(weights.clone()),
            (None, None) => Metric::of_kind(kind).unwrap_or(Metric::Nominal),
        };
        let weights = options.weights.clone().unwrap_or_default();
        let period = options.period.or_else(|| self.period_of(cluster));
        let (option, word, numbers, scale) = match coefficient.kin() {
            Kin::Weights => ("weights", weights.name(), false, weights.need_scale()),
            Kin::Metric => {
                let numbers = matches!(metric, Metric::Ratio | Metric::Circular | Metric::Interval);
                ("metric", metric.name(), numbers, metric.need_scale())
            }
            Kin::Numbers => ("coefficients", coefficient.name(), true, true),
            Kin::Order => ("coefficients", coefficient.name(), false, true),
        };
        let reading = if scale { Reading::Scale } else { Reading::Labels };
        Settled { kind, metric, weights, period, option, word, numbers, reading }
    }

    /// The period of the facts, where they have one and the same.
    fn period_of(&self, cluster: &Cluster) -> Option<f64> {
        let m = &*self.inner;
        if m.period.by_fact.is_empty() {
            return m.period.all;
        }
        let facts = cluster.facts.iter();
        let mut periods = facts.map(|f| m.period.get(f as u32).copied());
        let first = periods.next().flatten()?;
        periods.all(|p| p == Some(first)).then_some(first)
    }

    /// Facts by kind and group, kinds in the order of the registry, groups in that of their first fact.
    pub(super) fn clusters(&self, options: &AgreementOptions) -> Result<Vec<Cluster>> {
        let m = &*self.inner;
        let kept = match &options.by {
            None => None,
            Some(by) => Some(m.fact_columns.iter().find(|c| c.name == *by).ok_or_else(|| {
                let names = || m.fact_columns.iter().map(|c| c.name.as_str());
                let reason = match names().next() {
                    None => "there is no facts table to group by; give one: facts=...".to_owned(),
                    Some(_) => format!(
                        "{by:?} is no column of the facts table; they are {}.{}",
                        quoted(names()),
                        nearest(by, names())
                    ),
                };
                ParameterError::Unusable { name: "by", reason }
            })?),
        };
        if kept.is_none() && m.kinds.len() == 1 {
            return Ok(vec![Cluster { kind: m.kinds[0], group: NONE, facts: Facts::All(self.n_facts()) }]);
        }
        let mut order: BTreeMap<u32, usize> = BTreeMap::new();
        let mut clusters: BTreeMap<(u8, usize), Cluster> = BTreeMap::new();
        for f in 0..self.n_facts() {
            let group = kept.map_or(NONE, |kept| kept.ids[f]);
            let next = order.len();
            let place = *order.entry(group).or_insert(next);
            let kind = m.kind_id(f);
            let new = || Cluster { kind, group, facts: Facts::Some(vec![]) };
            if let Facts::Some(facts) = &mut clusters.entry((kind, place)).or_insert_with(new).facts {
                facts.push(f as u32);
            }
        }
        Ok(clusters.into_values().collect())
    }
}

impl Agreement {
    /// The value of a coefficient, of its first row.
    pub fn value(&self, coefficient: &str) -> Option<f64> {
        self.estimates.iter().find(|e| e.coefficient == coefficient)?.point.value
    }

    /// The rows as a table.
    pub fn table(&self) -> Table {
        let e = || self.estimates.iter();
        let mut columns: Vec<(&str, Column)> = vec![
            ("coefficient", Column::texts(e().map(|e| Some(e.coefficient)))),
            ("metric", Column::texts(e().map(|e| Some(&e.metric)))),
            ("kind", Column::texts(e().map(|e| Some(e.kind)))),
        ];
        if let Some(groups) = &self.groups {
            columns.push(("group", groups.clone()));
        }
        columns.extend([
            ("value", Column::floats(e().map(|e| e.point.value))),
            ("low", Column::floats(e().map(|e| e.limits.low))),
            ("high", Column::floats(e().map(|e| e.limits.high))),
            ("std_error", Column::floats(e().map(|e| e.limits.std_error))),
            ("p_a", Column::floats(e().map(|e| e.point.p_a))),
            ("p_e", Column::floats(e().map(|e| e.point.p_e))),
            ("n_facts", Column::counts(e().map(|e| e.n_facts))),
            ("n_pairable", Column::counts(e().map(|e| e.n_pairable))),
            ("n_sources", Column::counts(e().map(|e| e.n_sources))),
            ("interval", Column::texts(e().map(|e| e.limits.low.map(|_| e.interval.name())))),
            ("p_value", Column::floats(e().map(|e| e.p_value))),
            ("n_undefined", n_undefined(e().map(|e| e.n_undefined))),
            ("reason", Column::texts(e().map(|e| e.point.reason.as_deref().or(e.limits.reason)))),
        ]);
        Table::new(columns)
    }
}

fn n_undefined(rows: impl Iterator<Item = Option<usize>>) -> Column {
    let rows: Vec<Option<usize>> = rows.collect();
    let validity = rows.iter().map(Option::is_some).collect();
    let counts = rows.iter().map(|n| n.unwrap_or(0) as i64).collect();
    Column::with_validity(crate::table::Values::I64(counts), validity)
}

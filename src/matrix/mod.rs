//! The claim-by-source matrix: rows are claims grouped by fact, columns are sources, an entry is stance × weight.

mod build;
mod conflicts;
mod encode;
mod group;
mod labels;
mod metadata;
mod options;
mod ratings;
mod save;
mod select;
mod view;

pub(crate) use build::MAX_ROWS;
pub use conflicts::Conflicts;
pub use labels::{Labels, NONE};
pub use metadata::{Metadata, Said};
pub use options::{Options, PerFact, Role, kind_named};
pub use ratings::Ratings;

use crate::error::{ParameterError, Result, quoted};
use crate::value::{About, Broader, Context, Kind, Order, Qualifier, Stance, Stated, Statement, Value, kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Reports as a sparse matrix, grouped by fact. Immutable, cheap to clone.
///
/// ```
/// use consilience::{Matrix, matrix::Options};
/// let m = Matrix::from_triples([("x", "a", "1"), ("x", "b", "1"), ("y", "a", "2")], &Options::default())?;
/// assert_eq!((m.n_facts(), m.n_sources(), m.n_claims(), m.n_reports()), (2, 2, 2, 3));
/// # Ok::<(), consilience::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Matrix {
    pub(crate) inner: Arc<Inner>,
}

/// One report at rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Source id.
    pub source: u32,
    /// The claim's place among the claims of its fact.
    pub claim: u32,
    /// The row of the input, from 0.
    pub row: u32,
}

/// What makes a claim more than its value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub qualifier: Qualifier,
    /// Asserts or denies.
    pub stance: Stance,
    /// Whether anyone asserts or denies it; else there are only reports that take no stand on it.
    pub stated: bool,
    /// Ids of bounds, `NONE` where not given.
    pub low: u32,
    pub high: u32,
    /// The largest standard error of its reports.
    pub std_error: f64,
}

impl Form {
    pub const PLAIN: Form = Form {
        qualifier: Qualifier::Exact,
        stance: Stance::Asserts,
        stated: true,
        low: NONE,
        high: NONE,
        std_error: 0.0,
    };
}

/// A column that is kept, as ids of its labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub name: String,
    /// By input row.
    pub ids: Vec<u32>,
    pub labels: Labels,
}

/// The bit of an origin id that marks an anonymous origin.
const ANONYMOUS: u32 = 1 << 31;

/// Something said for all facts or for single ones, by fact id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ByFact<T> {
    pub all: Option<T>,
    pub by_fact: BTreeMap<u32, T>,
}

impl<T> ByFact<T> {
    pub fn get(&self, fact: u32) -> Option<&T> {
        if self.by_fact.is_empty() { self.all.as_ref() } else { self.by_fact.get(&fact).or(self.all.as_ref()) }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inner {
    pub facts: Labels,
    pub sources: Labels,
    pub values: Labels,
    pub bounds: Labels,
    /// Sources, origins and parties share this name space; `None` where the table names neither origin nor party.
    pub names: Option<Names>,

    pub fact_ptr: Vec<u64>,
    pub entries: Vec<Entry>,
    pub stance: Option<Vec<Stance>>,
    pub qualifier: Option<Vec<Qualifier>>,
    /// Name ids, `NONE` where the source speaks for itself, with the anonymous bit.
    pub origin: Option<Vec<u32>>,
    pub weight: Option<Vec<f64>>,
    /// Whether some source has several reports of the fact.
    pub repeats: Vec<bool>,

    pub claim_ptr: Vec<u64>,
    pub claim_value: Vec<u32>,
    pub claim_form: Option<Vec<Form>>,

    pub kinds: Vec<u8>,
    pub units: Option<(Vec<u32>, Labels)>,
    pub broader: Option<Broader>,
    pub order: ByFact<Order>,
    pub period: ByFact<f64>,
    pub tolerance: ByFact<f64>,
    pub about: About,
    pub anonymous: Vec<String>,

    /// Columns of the input that are shown with reports.
    pub kept: Vec<Kept>,
    /// Columns of the facts table, by fact.
    pub fact_columns: Vec<Kept>,
    /// Which optional roles the input gave, in the order of [`Role::ALL`].
    pub given: Vec<bool>,
    /// Rows that the kept columns have.
    pub n_rows: u64,
    /// Rows that were read, all in all.
    pub n_read: u64,
    pub n_dropped: u64,
    /// Duplicates left out, by fact; facts without any are not listed.
    pub duplicates: BTreeMap<u32, u32>,
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Names {
    pub labels: Labels,
    /// The name of each source.
    pub of_source: Vec<u32>,
    /// The party of each name; itself where unknown.
    pub party: Vec<u32>,
    /// Whether the table gives any party.
    pub has_party: bool,
}

/// What counts as one voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Independence {
    Source,
    Origin,
    Party,
}

impl Independence {
    /// The levels with their words.
    pub const ALL: [(Independence, &'static str); 3] =
        [(Independence::Source, "source"), (Independence::Origin, "origin"), (Independence::Party, "party")];

    /// The level's word.
    pub fn name(self) -> &'static str {
        Independence::ALL[self as usize].1
    }

    /// The level of this word.
    ///
    /// # Errors
    /// [`ParameterError::Choice`] for any other word.
    pub fn named(word: &str) -> Result<Independence> {
        Independence::ALL.iter().find(|(_, name)| *name == word).map(|(level, _)| *level).ok_or_else(|| {
            let allowed = quoted(Independence::ALL.map(|(_, name)| name));
            ParameterError::Choice { name: "independence", value: word.to_owned(), allowed }.into()
        })
    }
}

impl Matrix {
    /// Facts with at least one report.
    pub fn n_facts(&self) -> usize {
        self.inner.facts.len()
    }

    /// Sources with at least one report.
    pub fn n_sources(&self) -> usize {
        self.inner.sources.len()
    }

    /// Claims that someone asserts or denies.
    pub fn n_claims(&self) -> usize {
        match &self.inner.claim_form {
            Some(forms) => forms.iter().filter(|f| f.stated).count(),
            None => self.inner.claim_value.len(),
        }
    }

    /// Reports, duplicates and rows without a value left out.
    pub fn n_reports(&self) -> usize {
        self.inner.entries.len()
    }

    /// Rows that repeat an earlier one.
    pub fn n_duplicates(&self) -> usize {
        self.inner.duplicates.values().map(|n| *n as usize).sum()
    }

    /// Rows without a value.
    pub fn n_dropped(&self) -> usize {
        self.inner.n_dropped as usize
    }

    /// What counts as one voice unless said otherwise: party if that column is given, else origin, else source.
    pub fn independence(&self) -> Independence {
        match &self.inner.names {
            Some(names) if names.has_party => Independence::Party,
            Some(_) => Independence::Origin,
            None => Independence::Source,
        }
    }

    /// What was noticed while reading, in sentences.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }

    /// The place of a fact by the text of its label.
    pub fn fact_named(&self, name: &str) -> Option<u32> {
        (0..self.n_facts() as u32).find(|f| self.inner.facts.name(*f) == name)
    }

    /// The labels of the facts.
    pub fn facts(&self) -> &Labels {
        &self.inner.facts
    }

    /// The labels of the sources.
    pub fn sources(&self) -> &Labels {
        &self.inner.sources
    }
}

impl PartialEq for Matrix {
    fn eq(&self, other: &Matrix) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner == other.inner
    }
}

impl Inner {
    pub fn reports(&self, fact: usize) -> Range<usize> {
        self.fact_ptr[fact] as usize..self.fact_ptr[fact + 1] as usize
    }

    pub fn claims(&self, fact: usize) -> Range<usize> {
        self.claim_ptr[fact] as usize..self.claim_ptr[fact + 1] as usize
    }

    pub fn kind_id(&self, fact: usize) -> u8 {
        // One entry where all facts are of one kind.
        if self.kinds.len() == 1 { self.kinds[0] } else { self.kinds[fact] }
    }

    pub fn kind(&self, fact: usize) -> &'static dyn Kind {
        kind(self.kind_id(fact))
    }

    pub fn given(&self, role: Role) -> bool {
        Role::ALL.iter().position(|(r, _)| *r == role).is_some_and(|i| self.given[i])
    }

    pub fn context(&self, fact: usize) -> Context<'_> {
        let fact = fact as u32;
        Context {
            about: self.about,
            tolerance: self.tolerance.get(fact).copied().unwrap_or(0.0),
            period: self.period.get(fact).copied(),
            order: self.order.get(fact),
            broader: self.broader.as_ref(),
        }
    }

    pub fn stance(&self, report: usize) -> Stance {
        self.stance.as_ref().map_or(Stance::Asserts, |s| s[report])
    }

    pub fn qualifier(&self, report: usize) -> Qualifier {
        self.qualifier.as_ref().map_or(Qualifier::Exact, |q| q[report])
    }

    pub fn weight(&self, report: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |w| w[report])
    }

    pub fn form(&self, claim: usize) -> Form {
        self.claim_form.as_ref().map_or(Form::PLAIN, |f| f[claim])
    }

    /// The origin of a report: a name id (a source id where the table has no names), and whether it stands for nobody.
    pub fn origin(&self, report: usize) -> (u32, bool) {
        let source = self.entries[report].source;
        match (&self.names, &self.origin) {
            (Some(names), Some(origin)) if origin[report] == NONE => (names.of_source[source as usize], false),
            (Some(_), Some(origin)) => (origin[report] & !ANONYMOUS, origin[report] & ANONYMOUS != 0),
            (Some(names), None) => (names.of_source[source as usize], false),
            (None, _) => (source, false),
        }
    }

    /// The voice that a report counts for, at a level; anonymous reports count for none.
    pub fn voice(&self, report: usize, level: Independence) -> Option<u32> {
        let (origin, anonymous) = self.origin(report);
        if anonymous {
            return None;
        }
        let source = self.entries[report].source;
        Some(match (&self.names, level) {
            (None, _) => source,
            (Some(names), Independence::Source) => names.of_source[source as usize],
            (Some(_), Independence::Origin) => origin,
            (Some(names), Independence::Party) => names.party[origin as usize],
        })
    }

    /// The label of a name id.
    pub fn voice_name(&self, name: u32) -> std::borrow::Cow<'_, str> {
        match &self.names {
            Some(names) => names.labels.name(name),
            None => self.sources.name(name),
        }
    }

    /// The value of a claim as its kind reads it; its wording where the kind does not read it (vague).
    pub fn claim_value(&self, fact: usize, claim: usize) -> Option<Value> {
        let id = self.claim_value[claim];
        if id == NONE {
            return None;
        }
        let wording = || Value::Label(self.values.name(id).into_owned());
        if self.form(claim).qualifier == Qualifier::Vague {
            return Some(wording());
        }
        // What could not be read was refused when the matrix was built.
        Some(self.kind(fact).read(&self.values.raw(id), &self.context(fact)).unwrap_or_else(|_| wording()))
    }

    fn bound(&self, fact: usize, id: u32) -> Option<Value> {
        if id == NONE {
            return None;
        }
        self.kind(fact).read(&self.bounds.raw(id), &self.context(fact)).ok()
    }

    /// A claim as it is compared with others.
    pub fn stated(&self, fact: usize, claim: usize) -> Stated {
        let form = self.form(claim);
        let value = self.claim_value(fact, claim);
        let (low, high) = (self.bound(fact, form.low), self.bound(fact, form.high));
        let statement = Statement {
            value: value.as_ref(),
            qualifier: form.qualifier,
            low: low.as_ref(),
            high: high.as_ref(),
            std_error: self.given(Role::StdError).then_some(form.std_error),
        };
        let region = self.kind(fact).region(&statement, &self.context(fact));
        Stated { region, denied: form.stance == Stance::Denies }
    }

    /// The parts of a claim's label by which ties are broken: value text, qualifier, low, high.
    pub fn claim_order(&self, fact: usize, claim: usize) -> (String, &'static str, String, String, bool) {
        let form = self.form(claim);
        let text = |v: Option<Value>| v.map_or_else(String::new, |v| v.to_string());
        (
            text(self.claim_value(fact, claim)),
            form.qualifier.name(),
            text(self.bound(fact, form.low)),
            text(self.bound(fact, form.high)),
            form.stance == Stance::Denies,
        )
    }

    /// A claim in words: `not at_least 3000`, `5 [1, 3]`.
    pub fn claim_label(&self, fact: usize, claim: usize) -> String {
        let form = self.form(claim);
        let (value, qualifier, low, high, denied) = self.claim_order(fact, claim);
        let mut words = Vec::new();
        if denied {
            words.push("not".to_owned());
        }
        if form.qualifier != Qualifier::Exact {
            words.push(qualifier.to_owned());
        }
        if self.claim_value[claim] != NONE {
            words.push(value);
        }
        if form.low != NONE || form.high != NONE {
            words.push(format!("[{low}, {high}]"));
        }
        words.join(" ")
    }

    /// Whether claims are their values: no column makes more of them.
    pub fn typed_values(&self) -> bool {
        ![Role::Kind, Role::Qualifier, Role::Low, Role::High, Role::Stance].into_iter().any(|r| self.given(r))
    }

    pub fn kept(&self, name: &str) -> Option<&Kept> {
        self.kept.iter().find(|k| k.name == name)
    }
}

//! How a table is read as reports: which column plays which role, and what values mean.

use crate::column::Column;
use crate::error::{DataError, ParameterError, Result, nearest, quoted};
use crate::stats::Watch;
use crate::value::{About, Broader, REGISTRY, kind_id};
use std::collections::{HashMap, HashSet};

/// The part that a column plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Role {
    Fact,
    Source,
    Value,
    Kind,
    Qualifier,
    Low,
    High,
    Stance,
    Origin,
    Party,
    Via,
    Wording,
    StdError,
    Weight,
    Unit,
    Time,
    Document,
    Start,
    End,
}

impl Role {
    /// Every role with its word, in the order of the constructor's arguments.
    pub const ALL: [(Role, &'static str); 19] = [
        (Role::Fact, "fact"),
        (Role::Source, "source"),
        (Role::Value, "value"),
        (Role::Kind, "kind"),
        (Role::Qualifier, "qualifier"),
        (Role::Low, "low"),
        (Role::High, "high"),
        (Role::Stance, "stance"),
        (Role::Origin, "origin"),
        (Role::Party, "party"),
        (Role::Via, "via"),
        (Role::Wording, "wording"),
        (Role::StdError, "std_error"),
        (Role::Weight, "weight"),
        (Role::Unit, "unit"),
        (Role::Time, "time"),
        (Role::Document, "document"),
        (Role::Start, "start"),
        (Role::End, "end"),
    ];

    /// The role's word, which is also its default column.
    pub fn name(self) -> &'static str {
        Role::ALL.iter().find(|(role, _)| *role == self).map_or("", |(_, name)| name)
    }

    /// The role of this word.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.iter().find(|(_, n)| *n == name).map(|(role, _)| *role)
    }

    /// What users of crowd-work libraries call the column.
    fn alias(self) -> Option<&'static str> {
        match self {
            Role::Fact => Some("task"),
            Role::Source => Some("worker"),
            Role::Value => Some("label"),
            _ => None,
        }
    }
}

/// Something said once for all facts, or fact by fact.
#[derive(Debug, Clone, PartialEq)]
pub struct PerFact<T> {
    /// For facts that are not named.
    pub all: Option<T>,
    /// By the fact's label as text.
    pub by_fact: HashMap<String, T>,
}

impl<T> Default for PerFact<T> {
    fn default() -> Self {
        PerFact { all: None, by_fact: HashMap::new() }
    }
}

impl<T> PerFact<T> {
    /// The same for all facts.
    pub fn all(value: T) -> PerFact<T> {
        PerFact { all: Some(value), by_fact: HashMap::new() }
    }

    /// Whether nothing was said.
    pub fn is_unset(&self) -> bool {
        self.all.is_none() && self.by_fact.is_empty()
    }
}

/// Everything that is said about a table beside the table.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// Roles given by name; the others take the column of their own name.
    pub roles: HashMap<Role, String>,
    /// Kinds said outside the table, by their ids.
    pub kind: PerFact<u8>,
    /// A table of facts to join: `fact`, and any of `question`, `kind`, `unit` and further columns.
    pub facts: Option<Vec<(String, Column<'a>)>>,
    /// Which labels lie within which.
    pub broader: Option<Broader>,
    /// Words of ordinal scales from lowest to highest.
    pub order: PerFact<Vec<String>>,
    /// After how much circular scales start again (> 0).
    pub period: PerFact<f64>,
    /// What "about" means.
    pub about: About,
    /// Numbers agree if they differ by no more than this (≥ 0).
    pub tolerance: PerFact<f64>,
    /// Origins that stand for nobody.
    pub anonymous: Vec<String>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            roles: HashMap::new(),
            kind: PerFact::default(),
            facts: None,
            broader: None,
            order: PerFact::default(),
            period: PerFact::default(),
            about: About::Digits,
            tolerance: PerFact::default(),
            anonymous: vec!["unnamed".to_owned()],
        }
    }
}

impl Options<'_> {
    /// Every kind is this one.
    pub fn of_kind(name: &str) -> Result<Options<'static>> {
        Ok(Options { kind: PerFact::all(kind_named(name)?), ..Options::default() })
    }

    /// Checks what does not depend on the table.
    pub fn check(&self) -> Result<()> {
        let range = |name, value: f64, expected| ParameterError::Range { name, value: value.to_string(), expected };
        for t in self.tolerance.all.iter().chain(self.tolerance.by_fact.values()) {
            if !(t.is_finite() && *t >= 0.0) {
                return Err(range("tolerance", *t, "a number ≥ 0").into());
            }
        }
        for p in self.period.all.iter().chain(self.period.by_fact.values()) {
            if !(p.is_finite() && *p > 0.0) {
                return Err(range("period", *p, "a number > 0").into());
            }
        }
        for words in self.order.all.iter().chain(self.order.by_fact.values()) {
            let mut seen = HashSet::new();
            if let Some(word) = words.iter().find(|w| !seen.insert(w.as_str())) {
                let reason = format!("it names {word:?} twice, and each word has one rank; name it once");
                return Err(ParameterError::Unusable { name: "order", reason }.into());
            }
        }
        if let About::Fraction(x) = self.about
            && !(x.is_finite() && x >= 0.0)
        {
            return Err(range("about", x, "\"digits\", \"exact\" or a fraction ≥ 0").into());
        }
        Ok(())
    }
}

/// The id of the kind of this name.
///
/// # Errors
/// [`ParameterError::Choice`] with the kinds there are.
pub fn kind_named(name: &str) -> Result<u8> {
    let allowed = || quoted(REGISTRY.iter().map(|k| k.name()));
    kind_id(name)
        .ok_or_else(|| ParameterError::Choice { name: "kind", value: name.to_owned(), allowed: allowed() }.into())
}

/// Which column plays each role in this table.
#[derive(Debug)]
pub(super) struct Cast<'t, 'a> {
    columns: &'t [(String, Column<'a>)],
    roles: HashMap<Role, usize>,
    /// Looked at while the columns are read.
    pub watch: &'t Watch,
}

impl<'t, 'a> Cast<'t, 'a> {
    pub fn new(
        columns: &'t [(String, Column<'a>)],
        given: &HashMap<Role, String>,
        watch: &'t Watch,
    ) -> Result<Cast<'t, 'a>> {
        let place = |name: &str| columns.iter().position(|(n, _)| n == name);
        let names = || columns.iter().map(|(n, _)| n.as_str());
        let mut roles = HashMap::new();
        for (role, word) in Role::ALL {
            let found = match given.get(&role) {
                Some(name) => match place(name) {
                    Some(i) => Some(i),
                    None => return Err(missing(role, name, names())),
                },
                None => place(word).or_else(|| role.alias().and_then(place)),
            };
            match found {
                Some(i) => drop(roles.insert(role, i)),
                None if matches!(role, Role::Fact | Role::Source | Role::Value) => {
                    return Err(missing(role, word, names()));
                }
                None => {}
            }
        }
        Ok(Cast { columns, roles, watch })
    }

    pub fn get(&self, role: Role) -> Option<(&'t str, &'t Column<'a>)> {
        self.roles.get(&role).map(|&i| (self.columns[i].0.as_str(), &self.columns[i].1))
    }

    /// The columns that play no part in the scores: kept, and shown with the reports.
    pub fn kept(&self) -> impl Iterator<Item = (&'t str, &'t Column<'a>)> {
        let shown = [Role::StdError, Role::Via, Role::Wording, Role::Time, Role::Document, Role::Start, Role::End];
        let used: Vec<usize> = self.roles.iter().filter(|(r, _)| !shown.contains(r)).map(|(_, &i)| i).collect();
        let columns = self.columns.iter().enumerate();
        columns.filter(move |(i, _)| !used.contains(i)).map(|(_, (name, column))| (name.as_str(), column))
    }

    /// Whether integers in the value column are surely labels: the column's name says so.
    pub fn holds_labels(&self) -> bool {
        self.get(Role::Value).is_some_and(|(name, _)| name == "label")
    }
}

fn missing<'a>(role: Role, wanted: &str, names: impl Iterator<Item = &'a str> + Clone) -> crate::error::Error {
    DataError::MissingColumn {
        role: role.name().to_owned(),
        wanted: wanted.to_owned(),
        columns: quoted(names.clone()),
        nearest: nearest(wanted, names),
    }
    .into()
}

//! The matrix as tables, as coordinates and as a picture.

use super::ratings::SeveralValues;
use super::{Conflicts, Inner, Kept, Matrix, NONE, Role};
use crate::error::{DataError, Error, Result};
use crate::table::{Column, Table, TextColumn, Values};
use crate::value::{Qualifier, REGISTRY, Stance, kind_id};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

impl Matrix {
    /// One row a fact: `fact`, `kind`, `unit` and the columns of the facts table where given, `n_reports`, `n_sources`, `n_claims`,
    /// `n_duplicates`.
    pub fn facts_table(&self) -> Table {
        let m = &*self.inner;
        let n = self.n_facts();
        let mut columns =
            vec![("fact".to_owned(), m.facts.column(0..n as u32)), ("kind".to_owned(), m.kind_column(0..n))];
        if let Some((ids, labels)) = &m.units {
            columns.push(("unit".to_owned(), labels.column(ids.iter().copied())));
        }
        columns.extend(m.fact_columns.iter().map(|k| (k.name.clone(), k.labels.column(k.ids.iter().copied()))));
        let sources = |f| m.reports(f).map(|r| m.entries[r].source).collect::<HashSet<u32>>().len();
        let stated = |f| m.claims(f).filter(|c| m.form(*c).stated).count();
        let duplicates = |f| m.duplicates.get(&(f as u32)).copied().unwrap_or(0) as usize;
        columns.push(("n_reports".to_owned(), Column::counts((0..n).map(|f| m.reports(f).len()))));
        columns.push(("n_sources".to_owned(), Column::counts((0..n).map(sources))));
        columns.push(("n_claims".to_owned(), Column::counts((0..n).map(stated))));
        columns.push(("n_duplicates".to_owned(), Column::counts((0..n).map(duplicates))));
        Table::new(columns)
    }

    /// One row a source: `source`, `n_reports`, `n_facts`, `n_claims`, `n_relayed` (reports in the name of another).
    pub fn sources_table(&self) -> Table {
        let m = &*self.inner;
        let n = self.n_sources();
        let (mut reports, mut facts, mut claims, mut relayed) = (vec![0; n], vec![0; n], vec![0; n], vec![0; n]);
        let mut seen: Vec<(u32, u32)> = Vec::new();
        for f in 0..self.n_facts() {
            seen.clear();
            for r in m.reports(f) {
                let (entry, (origin, _)) = (m.entries[r], m.origin(r));
                let own = m.names.as_ref().map_or(entry.source, |names| names.of_source[entry.source as usize]);
                reports[entry.source as usize] += 1;
                relayed[entry.source as usize] += usize::from(origin != own);
                seen.push((entry.source, if m.stance(r) == Stance::Neither { NONE } else { entry.claim }));
            }
            seen.sort_unstable();
            seen.dedup();
            for of_source in seen.chunk_by(|a, b| a.0 == b.0) {
                facts[of_source[0].0 as usize] += 1;
                claims[of_source[0].0 as usize] += of_source.iter().filter(|(_, k)| *k != NONE).count();
            }
        }
        Table::new([
            ("source", m.sources.column(0..n as u32)),
            ("n_reports", Column::counts(reports)),
            ("n_facts", Column::counts(facts)),
            ("n_claims", Column::counts(claims)),
            ("n_relayed", Column::counts(relayed)),
        ])
    }

    /// One row a claim that is stated: `fact`, `claim` (in words), `value`, `kind`, `qualifier`, `stance`, `low`, `high`,
    /// `n_reports`, `n_sources`.
    pub fn claims_table(&self) -> Table {
        let m = &*self.inner;
        let rows: Vec<(usize, usize)> = m.stated_claims().collect();
        let (mut n_reports, mut sources) = (vec![0usize; m.claim_value.len()], vec![vec![]; m.claim_value.len()]);
        for f in 0..self.n_facts() {
            for r in m.reports(f).filter(|r| m.stance(*r) != Stance::Neither) {
                let claim = m.claims(f).start + m.entries[r].claim as usize;
                n_reports[claim] += 1;
                sources[claim].push(m.entries[r].source);
            }
        }
        let distinct = |c: usize| sources[c].iter().collect::<HashSet<_>>().len();
        let form = |c: usize| m.form(c);
        Table::new([
            ("fact", m.facts.column(rows.iter().map(|(f, _)| *f as u32))),
            ("claim", Column::texts(rows.iter().map(|(f, c)| Some(m.claim_label(*f, *c))))),
            ("value", m.values.column(rows.iter().map(|(_, c)| m.claim_value[*c]))),
            ("kind", m.kind_column(rows.iter().map(|(f, _)| *f))),
            (
                "qualifier",
                words(rows.iter().map(|(_, c)| form(*c).qualifier as u32), Qualifier::ALL.map(Qualifier::name)),
            ),
            ("stance", words(rows.iter().map(|(_, c)| form(*c).stance as u32), Stance::ALL.map(Stance::name))),
            ("low", m.bounds.column(rows.iter().map(|(_, c)| form(*c).low))),
            ("high", m.bounds.column(rows.iter().map(|(_, c)| form(*c).high))),
            ("n_reports", Column::counts(rows.iter().map(|(_, c)| n_reports[*c]))),
            ("n_sources", Column::counts(rows.iter().map(|(_, c)| distinct(*c)))),
        ])
    }

    /// Claims of facts as a column: in the input's type where claims are values and no more, else as text.
    pub(crate) fn claim_column(&self, claims: impl IntoIterator<Item = (usize, Option<usize>)>) -> Column {
        let m = &*self.inner;
        let claims = claims.into_iter();
        let is_text = matches!(m.values.0, Values::Text(_));
        let as_they_are = m.kinds.len() == 1 && Some(m.kinds[0]) == kind_id("nominal");
        if m.typed_values() && (!is_text || as_they_are) {
            return m.values.column(claims.map(|(_, claim)| claim.map_or(NONE, |c| m.claim_value[c])));
        }
        Column::texts(claims.map(|(f, claim)| claim.map(|c| m.claim_label(f, c))))
    }

    /// One row a report, grouped by fact, duplicates left out: the columns given under the words of their roles, and all others.
    pub fn reports_table(&self) -> Table {
        self.inner.reports_of(0..self.n_reports())
    }

    /// The matrix in coordinates: entry = stance × weight (1 asserts, −1 denies), row = stated claim in the order of
    /// [`Matrix::claims_table`], column = source.
    ///
    /// Every report that takes a stand counts, whomever it relays.
    ///
    /// # Errors
    /// [`crate::error::DataError::SeveralValues`] with the first five where a source has several values for one fact and `conflicts`
    /// does not say which counts.
    pub fn coordinates(&self, conflicts: Conflicts) -> Result<Coordinates> {
        let m = &*self.inner;
        let mut row_of = vec![NONE; m.claim_value.len()];
        for (row, (_, c)) in m.stated_claims().enumerate() {
            row_of[c] = row as u32;
        }
        let mut coordinates = Coordinates::default();
        let mut several = SeveralValues::default();
        for f in 0..self.n_facts() {
            let mut said: Vec<(u32, usize)> =
                m.reports(f).filter(|r| m.stance(*r) != Stance::Neither).map(|r| (m.entries[r].source, r)).collect();
            said.sort_unstable();
            for of_source in said.chunk_by(|a, b| a.0 == b.0) {
                let claims: Vec<u32> = of_source.iter().map(|(_, r)| m.entries[*r].claim).collect();
                let Some(chosen) = conflicts.resolve(&claims) else {
                    several.add(self, f, &m.sources.name(of_source[0].0), &claims);
                    continue;
                };
                for (place, share) in chosen {
                    let (source, r) = of_source[place];
                    let sign = if m.stance(r) == Stance::Denies { -1.0 } else { 1.0 };
                    coordinates.value.push(sign * m.weight(r) * share);
                    coordinates.row.push(i64::from(row_of[m.claims(f).start + claims[place] as usize]));
                    coordinates.column.push(i64::from(source));
                }
            }
        }
        several.check()?;
        Ok(coordinates)
    }

    /// What a picture of the matrix shows: at most `limit` claims, whole facts in order, those named or all.
    ///
    /// # Errors
    /// [`DataError::UnknownFact`] for a name that is none.
    pub fn picture(&self, facts: Option<&[String]>, limit: usize) -> Result<Picture> {
        let m = &*self.inner;
        let shown: Vec<usize> = match facts {
            None => (0..self.n_facts()).collect(),
            Some(names) => self.places(names)?,
        };
        let question = m.fact_columns.iter().find(|k| k.name == "question");
        let mut picture = Picture::default();
        let mut columns: HashMap<u32, usize> = HashMap::new();
        for &f in &shown {
            let claims = m.claims(f);
            if picture.claims.len() + claims.len() > limit && !picture.facts.is_empty() {
                picture.n_facts_left_out += 1;
                picture.n_claims_left_out += claims.len();
                continue;
            }
            let first = picture.claims.len();
            let place = picture.facts.len();
            picture.facts.push(m.facts.name(f as u32).into_owned());
            picture.questions.push(question.and_then(|k| k.text(f)));
            for c in claims.clone() {
                let comparable = m.stated(f, c).is_comparable();
                picture.claims.push(PictureClaim { fact: place, label: m.claim_label(f, c), comparable });
            }
            let mut cells: Vec<Cell> = Vec::new();
            for r in m.reports(f) {
                let entry = m.entries[r];
                let column = *columns.entry(entry.source).or_insert_with(|| {
                    picture.sources.push(m.sources.name(entry.source).into_owned());
                    picture.sources.len() - 1
                });
                let (origin, _) = m.origin(r);
                let own = m.names.as_ref().is_none_or(|n| n.of_source[entry.source as usize] == origin);
                let origin = m.voice_name(origin).into_owned();
                if !picture.origins.contains(&origin) {
                    picture.origins.push(origin.clone());
                }
                let (claim, stance) = (first + entry.claim as usize, m.stance(r).name());
                match cells.iter_mut().find(|c| (c.claim, c.source, c.stance) == (claim, column, stance)) {
                    Some(cell) if cell.origins.contains(&origin) => {}
                    Some(cell) => cell.origins.push(origin),
                    None => cells.push(Cell { claim, source: column, stance, origins: vec![origin], own }),
                }
            }
            picture.cells.extend(cells);
        }
        Ok(picture)
    }

    /// The places of facts by name.
    ///
    /// # Errors
    /// [`DataError::UnknownFact`] for a name that is none.
    pub fn places(&self, names: &[String]) -> Result<Vec<usize>> {
        let index = self.inner.facts.index();
        names
            .iter()
            .map(|name| {
                index.get(name).map(|f| *f as usize).ok_or_else(|| -> Error {
                    let nearest = crate::error::nearest(name, index.keys().map(String::as_str));
                    DataError::UnknownFact { fact: name.clone(), nearest }.into()
                })
            })
            .collect()
    }
}

/// Entries of a sparse matrix.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct Coordinates {
    pub value: Vec<f64>,
    pub row: Vec<i64>,
    pub column: Vec<i64>,
}

/// Rows, columns and marks of a picture.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[allow(missing_docs)]
pub struct Picture {
    pub facts: Vec<String>,
    pub questions: Vec<Option<String>>,
    pub claims: Vec<PictureClaim>,
    pub sources: Vec<String>,
    pub cells: Vec<Cell>,
    pub origins: Vec<String>,
    pub n_facts_left_out: usize,
    pub n_claims_left_out: usize,
}

/// A row of a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct PictureClaim {
    pub fact: usize,
    pub label: String,
    pub comparable: bool,
}

/// A mark of a picture: a source's stance on a claim, in whose names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Cell {
    pub claim: usize,
    pub source: usize,
    pub stance: &'static str,
    pub origins: Vec<String>,
    pub own: bool,
}

impl Kept {
    /// The text at a place, if any.
    pub fn text(&self, i: usize) -> Option<String> {
        (self.ids[i] != NONE).then(|| self.labels.name(self.ids[i]).into_owned())
    }
}

impl Inner {
    fn kind_column(&self, facts: impl Iterator<Item = usize>) -> Column {
        let names: TextColumn = REGISTRY.iter().map(|k| k.name()).collect();
        Values::Dictionary(facts.map(|f| u32::from(self.kind_id(f))).collect(), names).into()
    }

    /// Claims that someone asserts or denies, with their facts.
    pub fn stated_claims(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.facts.len()).flat_map(|f| self.claims(f).map(move |c| (f, c))).filter(|(_, c)| self.form(*c).stated)
    }

    /// The reports at these places as a table under the words of their roles.
    pub fn reports_of(&self, reports: impl Iterator<Item = usize>) -> Table {
        let reports: Vec<usize> = reports.collect();
        let fact_of: Vec<usize> =
            reports.iter().map(|r| self.fact_ptr.partition_point(|p| *p as usize <= *r) - 1).collect();
        let claim_of: Vec<usize> = reports
            .iter()
            .zip(&fact_of)
            .map(|(r, f)| self.claim_ptr[*f] as usize + self.entries[*r].claim as usize)
            .collect();
        let mut columns: Vec<(String, Column)> = vec![
            ("fact".into(), self.facts.column(fact_of.iter().map(|f| *f as u32))),
            ("source".into(), self.sources.column(reports.iter().map(|r| self.entries[*r].source))),
            ("value".into(), self.values.column(claim_of.iter().map(|c| self.claim_value[*c]))),
        ];
        let mut add = |role: Role, column: &dyn Fn() -> Column| {
            if self.given(role) {
                columns.push((role.name().to_owned(), column()));
            }
        };
        add(Role::Kind, &|| self.kind_column(fact_of.iter().copied()));
        add(Role::Qualifier, &|| {
            words(reports.iter().map(|r| self.qualifier(*r) as u32), Qualifier::ALL.map(Qualifier::name))
        });
        add(Role::Stance, &|| words(reports.iter().map(|r| self.stance(*r) as u32), Stance::ALL.map(Stance::name)));
        add(Role::Low, &|| self.bounds.column(claim_of.iter().map(|c| self.form(*c).low)));
        add(Role::High, &|| self.bounds.column(claim_of.iter().map(|c| self.form(*c).high)));
        if let Some(names) = &self.names {
            let origin = |r: &usize| match &self.origin {
                Some(origin) if origin[*r] != NONE => self.origin(*r).0,
                _ => NONE,
            };
            add(Role::Origin, &|| names.labels.column(reports.iter().map(origin)));
            // A party that is the origin itself says nothing that the origin does not.
            let party = |r: &usize| Some(names.party[self.origin(*r).0 as usize]).filter(|p| *p != self.origin(*r).0);
            add(Role::Party, &|| names.labels.column(reports.iter().map(|r| party(r).unwrap_or(NONE))));
        }
        add(Role::Weight, &|| Column::floats(reports.iter().map(|r| Some(self.weight(*r)))));
        if let Some((units, labels)) = &self.units {
            add(Role::Unit, &|| labels.column(fact_of.iter().map(|f| units[*f])));
        }
        for kept in &self.kept {
            let ids = reports.iter().map(|r| kept.ids[self.entries[*r].row as usize]);
            columns.push((kept.name.clone(), kept.labels.column(ids)));
        }
        Table::new(columns)
    }
}

fn words<const N: usize>(keys: impl Iterator<Item = u32>, words: [&'static str; N]) -> Column {
    Values::Dictionary(keys.collect(), words.iter().collect()).into()
}

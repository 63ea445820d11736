//! Parts of a matrix, and several as one.

use super::build::renumber;
use super::{ByFact, Inner, Kept, Labels, Matrix, NONE, Names, Options, PerFact};
use crate::column::{Chunk, Column, Data};
use crate::error::{DataError, Error, ParameterError, Result, nearest};
use crate::stats::Watch;
use crate::table::Table;
use std::collections::HashMap;
use std::sync::Arc;

impl Matrix {
    /// Only these facts and sources (`None`: all), in the order they have here. Claims and labels that nobody states any more go.
    ///
    /// # Errors
    /// [`DataError::UnknownFact`], [`DataError::UnknownSource`] for a name that is none.
    pub fn select(&self, facts: Option<&[String]>, sources: Option<&[String]>) -> Result<Matrix> {
        let m = &*self.inner;
        let mask = |labels: &Labels, names: Option<&[String]>, unknown: &dyn Fn(&str, String) -> DataError| {
            let Some(names) = names else { return Ok(vec![true; labels.len()]) };
            let index = labels.index();
            let mut mask = vec![false; labels.len()];
            for name in names {
                match index.get(name) {
                    Some(id) => mask[*id as usize] = true,
                    None => {
                        let hint = nearest(name, index.keys().map(String::as_str));
                        return Err(Error::from(unknown(name, hint)));
                    }
                }
            }
            Ok(mask)
        };
        let keep_fact = mask(&m.facts, facts, &|name, nearest| DataError::UnknownFact { fact: name.into(), nearest })?;
        let keep_source =
            mask(&m.sources, sources, &|name, nearest| DataError::UnknownSource { source_name: name.into(), nearest })?;
        Ok(Matrix { inner: Arc::new(m.filtered(&keep_fact, &keep_source)) })
    }

    /// Several matrices as one, as if their reports had come in one table.
    ///
    /// # Errors
    /// [`ParameterError::Unusable`] where they were built with different options; what [`Matrix::build`] finds in all reports
    /// together, such as an origin with two parties.
    pub fn concat(matrices: &[Matrix]) -> Result<Matrix> {
        let unusable = |reason: &str| ParameterError::Unusable { name: "concat", reason: reason.to_owned() };
        let Some(first) = matrices.first() else {
            return Err(unusable("it needs at least one matrix").into());
        };
        let shared = |m: &Matrix| (m.inner.broader.clone(), m.inner.about, m.inner.anonymous.clone());
        if matrices.iter().any(|m| shared(m) != shared(first)) {
            return Err(
                unusable("the matrices differ in broader=, about= or anonymous=; build them with the same").into()
            );
        }
        let tables: Vec<Table> = matrices.iter().map(Matrix::reports_table).collect();
        let mut names: Vec<String> = Vec::new();
        for (name, _) in tables.iter().flat_map(|t| &t.columns) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let borrowed: Vec<HashMap<String, Column<'_>>> =
            tables.iter().map(|t| t.borrow().into_iter().collect()).collect();
        let columns: Vec<(String, Column<'_>)> = names
            .into_iter()
            .map(|name| {
                let missing = |rows| vec![Chunk { data: Data::Null(rows), validity: None }];
                let chunks = borrowed
                    .iter()
                    .zip(&tables)
                    .flat_map(|(b, t)| b.get(&name).map_or_else(|| missing(t.rows), |c| c.chunks.clone()))
                    .collect();
                let zone = zone(borrowed.iter().filter_map(|b| b.get(&name)).map(|c| &c.zone)).ok_or_else(|| {
                    unusable(&format!("times of {name} have a zone in some matrices only; give all one"))
                })?;
                Ok((name, Column { chunks, ordered: false, zone }))
            })
            .collect::<Result<_>>()?;
        let facts = facts_of(matrices);
        let options = Options {
            facts: facts.as_ref().map(Table::borrow),
            kind: joined(matrices, |m, f| Some(m.kind_id(f)), unusable)?,
            order: joined(matrices, |m, f| m.order.get(f as u32).map(|o| o.words().to_vec()), unusable)?,
            period: joined(matrices, |m, f| m.period.get(f as u32).copied(), unusable)?,
            tolerance: joined(matrices, |m, f| m.tolerance.get(f as u32).copied(), unusable)?,
            broader: first.inner.broader.clone(),
            about: first.inner.about,
            anonymous: first.inner.anonymous.clone(),
            roles: HashMap::new(),
        };
        let built = Matrix::build(&columns, &options, &Watch::default())?;
        let mut inner = Arc::unwrap_or_clone(built.inner);
        inner.n_read = matrices.iter().map(|m| m.inner.n_read).sum();
        inner.n_dropped = matrices.iter().map(|m| m.inner.n_dropped).sum();
        let index = inner.facts.index();
        for m in matrices {
            for (f, n) in &m.inner.duplicates {
                if let Some(new) = index.get(m.inner.facts.name(*f).as_ref()) {
                    *inner.duplicates.entry(*new).or_default() += n;
                }
            }
        }
        Ok(Matrix { inner: Arc::new(inner) })
    }
}

/// The zone of columns of times together: of different zones only the instants can be kept. `None` where some have no zone.
fn zone<'a>(mut zones: impl Iterator<Item = &'a Option<String>>) -> Option<Option<String>> {
    let first = zones.next()?.clone();
    zones.try_fold(first, |known, zone| match (&known, zone) {
        _ if known == *zone => Some(known),
        (Some(_), Some(_)) => Some(Some("UTC".to_owned())),
        _ => None,
    })
}

/// The columns of the facts tables of all, the first word on each fact counting.
fn facts_of(matrices: &[Matrix]) -> Option<Table> {
    let parts: Vec<&Matrix> = matrices.iter().filter(|m| !m.inner.fact_columns.is_empty()).collect();
    let columns = &parts.first()?.inner.fact_columns;
    let mut seen = std::collections::HashSet::new();
    let mut rows: Vec<(&Matrix, usize)> = Vec::new();
    for m in &parts {
        rows.extend(
            (0..m.n_facts()).filter(|f| seen.insert(m.inner.facts.name(*f as u32).into_owned())).map(|f| (*m, f)),
        );
    }
    let fact = crate::table::Column::texts(rows.iter().map(|(m, f)| Some(m.inner.facts.name(*f as u32))));
    let text = |name: &str| {
        crate::table::Column::texts(
            rows.iter().map(|(m, f)| m.inner.fact_columns.iter().find(|k| k.name == name).and_then(|k| k.text(*f))),
        )
    };
    let rest = columns.iter().map(|k| (k.name.clone(), text(&k.name)));
    Some(Table::new(std::iter::once(("fact".to_owned(), fact)).chain(rest)))
}

/// What was said of facts in all matrices, fact by fact unless it is the same for all.
fn joined<T: PartialEq + Clone>(
    matrices: &[Matrix],
    said: impl Fn(&Inner, usize) -> Option<T>,
    unusable: impl Fn(&str) -> ParameterError,
) -> Result<PerFact<T>> {
    let mut by_fact: HashMap<String, Option<T>> = HashMap::new();
    for m in matrices {
        for f in 0..m.n_facts() {
            let new = said(&m.inner, f);
            let name = m.inner.facts.name(f as u32).into_owned();
            if by_fact.get(&name).is_some_and(|old| *old != new) {
                let reason =
                    format!("fact {name:?} has two kinds, orders, periods or tolerances; build them with the same");
                return Err(unusable(&reason).into());
            }
            by_fact.insert(name, new);
        }
    }
    let first = by_fact.values().next().cloned().flatten();
    if by_fact.values().all(|v| *v == first) {
        return Ok(PerFact { all: first, by_fact: HashMap::new() });
    }
    Ok(PerFact { all: None, by_fact: by_fact.into_iter().filter_map(|(f, v)| v.map(|v| (f, v))).collect() })
}

impl Inner {
    fn filtered(&self, keep_fact: &[bool], keep_source: &[bool]) -> Inner {
        let (mut fact_ptr, mut claim_ptr) = (vec![0u64], vec![0u64]);
        let (mut facts, mut reports, mut claims) = (Vec::new(), Vec::new(), Vec::new());
        let mut entries = Vec::new();
        for f in (0..self.facts.len()).filter(|f| keep_fact[*f]) {
            let kept: Vec<usize> = self.reports(f).filter(|r| keep_source[self.entries[*r].source as usize]).collect();
            if kept.is_empty() {
                continue;
            }
            let mut place = vec![NONE; self.claims(f).len()];
            let first = claims.len();
            for r in kept {
                let old = self.entries[r];
                let slot = &mut place[old.claim as usize];
                if *slot == NONE {
                    *slot = (claims.len() - first) as u32;
                    claims.push(self.claims(f).start + old.claim as usize);
                }
                entries.push(super::Entry { source: old.source, claim: *slot, row: old.row });
                reports.push(r);
            }
            facts.push(f as u32);
            fact_ptr.push(entries.len() as u64);
            claim_ptr.push(claims.len() as u64);
        }
        let pick = |ids: &[u32]| -> Vec<u32> { facts.iter().map(|f| ids[*f as usize]).collect() };
        let mut source_ids: Vec<u32> = entries.iter().map(|e| e.source).collect();
        let old_sources = source_ids.clone();
        let sources = renumber(&mut source_ids, &self.sources);
        entries.iter_mut().zip(&source_ids).for_each(|(e, id)| e.source = *id);
        let names = self.names.as_ref().map(|names| {
            let mut of_source = vec![0; sources.len()];
            for (new, old) in source_ids.iter().zip(&old_sources) {
                of_source[*new as usize] = names.of_source[*old as usize];
            }
            Names { of_source, ..names.clone() }
        });
        let mut stated = vec![false; claims.len()];
        for f in 0..facts.len() {
            for r in fact_ptr[f] as usize..fact_ptr[f + 1] as usize {
                let takes_stand = self.stance(reports[r]) != crate::value::Stance::Neither;
                stated[(claim_ptr[f] + u64::from(entries[r].claim)) as usize] |= takes_stand;
            }
        }
        let repeats = (0..facts.len())
            .map(|f| {
                let mut of_fact: Vec<u32> =
                    entries[fact_ptr[f] as usize..fact_ptr[f + 1] as usize].iter().map(|e| e.source).collect();
                of_fact.sort_unstable();
                of_fact.windows(2).any(|w| w[0] == w[1])
            })
            .collect();
        Inner {
            fact_ptr,
            claim_ptr,
            entries,
            sources,
            names,
            repeats,
            facts: self.facts.keep(&facts),
            values: self.values.clone(),
            bounds: self.bounds.clone(),
            stance: self.stance.as_ref().map(|s| reports.iter().map(|r| s[*r]).collect()),
            qualifier: self.qualifier.as_ref().map(|q| reports.iter().map(|r| q[*r]).collect()),
            origin: self.origin.as_ref().map(|o| reports.iter().map(|r| o[*r]).collect()),
            weight: self.weight.as_ref().map(|w| reports.iter().map(|r| w[*r]).collect()),
            claim_value: claims.iter().map(|c| self.claim_value[*c]).collect(),
            claim_form: self.claim_form.as_ref().map(|forms| {
                claims.iter().zip(stated).map(|(c, stated)| super::Form { stated, ..forms[*c] }).collect()
            }),
            kinds: match self.kinds.len() {
                1 => self.kinds.clone(),
                _ => facts.iter().map(|f| self.kinds[*f as usize]).collect(),
            },
            units: self.units.as_ref().map(|(ids, labels)| (pick(ids), labels.clone())),
            broader: self.broader.clone(),
            order: self.order.of(&facts),
            period: self.period.of(&facts),
            tolerance: self.tolerance.of(&facts),
            about: self.about,
            anonymous: self.anonymous.clone(),
            kept: self.kept.clone(),
            fact_columns: self.fact_columns.iter().map(|k| Kept { ids: pick(&k.ids), ..k.clone() }).collect(),
            given: self.given.clone(),
            n_rows: self.n_rows,
            n_read: self.n_read,
            n_dropped: self.n_dropped,
            duplicates: facts
                .iter()
                .enumerate()
                .filter_map(|(new, old)| self.duplicates.get(old).map(|n| (new as u32, *n)))
                .collect(),
            warnings: self.warnings.clone(),
        }
    }
}

impl<T: Clone> ByFact<T> {
    /// What was said of these facts, renumbered.
    fn of(&self, facts: &[u32]) -> ByFact<T> {
        let said = facts.iter().enumerate().filter_map(|(new, old)| Some((new as u32, self.by_fact.get(old)?.clone())));
        ByFact { all: self.all.clone(), by_fact: said.collect() }
    }
}

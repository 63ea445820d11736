//! One fact down to its reports, as data for whoever puts it into words.

use super::Scores;
use super::columns::sources_in_conflict;
use crate::matrix::{NONE, Role};
use crate::table::{Column, Table};
use crate::value::Stance;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything that leads to the scores of a fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Explanation {
    pub question: Option<String>,
    pub kind: &'static str,
    pub unit: Option<String>,
    pub status: &'static str,
    pub claims: Vec<ClaimDetail>,
    pub positions: Vec<PositionDetail>,
    pub units: Vec<UnitDetail>,
    pub reports: Vec<ReportDetail>,
    pub self_conflicts: Vec<String>,
}

/// A claim and how it stands to the others; labels stand for claims.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct ClaimDetail {
    pub label: String,
    pub mass: f64,
    pub belief: Option<f64>,
    pub plausibility: Option<f64>,
    pub position: Option<usize>,
    pub voiced: bool,
    pub comparable: bool,
    pub disputed: bool,
    pub entails: Vec<String>,
    pub conflicts_with: Vec<String>,
    pub units: Vec<String>,
    /// Places in [`Explanation::reports`].
    pub reports: Vec<usize>,
}

/// A camp and who is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct PositionDetail {
    pub head: String,
    pub mass: f64,
    pub share: f64,
    pub claims: Vec<String>,
    /// Voices and which part of their vote is here, in (0, 1].
    pub units: Vec<Part>,
}

/// A name and a part of a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Part {
    pub name: String,
    pub part: f64,
}

/// A voice: who speaks in it, through whom, and what it says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct UnitDetail {
    pub name: String,
    pub weight: f64,
    pub origins: Vec<String>,
    pub sources: Vec<String>,
    /// Claims and which part of the vote each has, in (0, 1].
    pub claims: Vec<ClaimPart>,
}

/// A claim and a part of a vote.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct ClaimPart {
    pub label: String,
    pub part: f64,
}

/// A report and whether it counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct ReportDetail {
    pub source: String,
    pub origin: String,
    pub party: String,
    pub via: Option<String>,
    pub claim: String,
    /// The value as it was given, in words; empty where only a range is.
    pub value: String,
    pub stance: &'static str,
    pub qualifier: &'static str,
    pub weight: f64,
    pub wording: Option<String>,
    pub counted: bool,
    pub why_not: Option<&'static str>,
    pub unit: Option<String>,
    pub document: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
}

/// More claims of a fact than this are not related to each other in words.
const MAX_RELATED: usize = 200;

/// Each string once, in order of first appearance.
fn distinct<'a>(words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    words.filter(|word| seen.insert(*word)).cloned().collect()
}

/// One row of the table of claims.
struct ClaimRow {
    fact: usize,
    claim: usize,
    mass: f64,
    belief: Option<f64>,
    plausibility: Option<f64>,
    position: Option<i64>,
}

impl Scores {
    /// The fact of row `row` down to its reports.
    pub fn explain(&self, row: usize) -> Explanation {
        let m = &*self.matrix().inner;
        let f = self.fact(row);
        let analysis = self.analysis(row);
        let labels: Vec<String> = m.claims(f).map(|c| m.claim_label(f, c)).collect();
        let reports: Vec<ReportDetail> =
            m.reports(f).map(|r| self.report(f, r, &labels, &analysis.comparable)).collect();
        let name = |u: &super::Unit| m.voice_name(u.name).into_owned();
        let mut position_of = vec![None; labels.len()];
        for (i, position) in analysis.positions.iter().enumerate() {
            position.claims.iter().for_each(|k| position_of[*k] = Some(i));
        }
        let mut units_of: Vec<Vec<String>> = vec![vec![]; labels.len()];
        let mut parts_of: Vec<Vec<Part>> = vec![vec![]; analysis.positions.len()];
        for unit in &analysis.units {
            let mut parts: BTreeMap<usize, f64> = BTreeMap::new();
            for (k, part) in &unit.votes {
                units_of[*k].push(name(unit));
                if let Some(position) = position_of[*k] {
                    *parts.entry(position).or_default() += part;
                }
            }
            for (position, part) in parts {
                parts_of[position].push(Part { name: name(unit), part });
            }
        }
        let mut reports_of: Vec<Vec<usize>> = vec![vec![]; labels.len()];
        for (i, r) in m.reports(f).enumerate().filter(|(_, r)| m.stance(*r) != Stance::Neither) {
            reports_of[m.entries[r].claim as usize].push(i);
        }
        let related = labels.len() <= MAX_RELATED;
        let others = |k: usize, is: &dyn Fn(crate::value::Relation) -> bool| -> Vec<String> {
            let compared = |j: &usize| *j != k && analysis.comparable[k] && analysis.comparable[*j];
            let all = if related { labels.len() } else { 0 };
            (0..all).filter(compared).filter(|j| is(analysis.relate(k, *j))).map(|j| labels[j].clone()).collect()
        };
        let stated = |k: &usize| m.form(m.claims(f).start + k).stated;
        let claims = (0..labels.len())
            .filter(stated)
            .map(|k| ClaimDetail {
                label: labels[k].clone(),
                mass: analysis.mass[k],
                belief: (analysis.n_effective > 0.0 && analysis.comparable[k]).then_some(analysis.belief[k]),
                plausibility: (analysis.n_effective > 0.0 && analysis.comparable[k])
                    .then_some(analysis.plausibility[k]),
                position: position_of[k],
                voiced: analysis.mass[k] > 0.0,
                comparable: analysis.comparable[k],
                disputed: analysis.disputed[k],
                entails: others(k, &|r| r.entails),
                conflicts_with: others(k, &|r| r.is_conflict()),
                units: std::mem::take(&mut units_of[k]),
                reports: std::mem::take(&mut reports_of[k]),
            })
            .collect();
        let positions = analysis
            .positions
            .iter()
            .zip(parts_of)
            .map(|(p, units)| PositionDetail {
                head: labels[p.head].clone(),
                mass: p.mass,
                share: p.mass / analysis.n_effective,
                claims: p.claims.iter().map(|k| labels[*k].clone()).collect(),
                units,
            })
            .collect();
        let mut by_unit: HashMap<&str, Vec<&ReportDetail>> = HashMap::new();
        for report in reports.iter().filter(|r| r.counted) {
            by_unit.entry(report.unit.as_deref().unwrap_or("")).or_default().push(report);
        }
        let units = analysis
            .units
            .iter()
            .map(|u| {
                let unit_name = name(u);
                let own = by_unit.get(unit_name.as_str()).map_or(&[][..], Vec::as_slice);
                UnitDetail {
                    weight: u.weight,
                    origins: distinct(own.iter().map(|r| &r.origin)),
                    sources: distinct(own.iter().map(|r| &r.source)),
                    claims: u
                        .votes
                        .iter()
                        .map(|(k, part)| ClaimPart { label: labels[*k].clone(), part: *part })
                        .collect(),
                    name: unit_name,
                }
            })
            .collect();
        let text = |kept: Option<&crate::matrix::Kept>| {
            kept.filter(|k| k.ids[f] != NONE).map(|k| k.labels.name(k.ids[f]).into_owned())
        };
        Explanation {
            question: text(m.fact_columns.iter().find(|k| k.name == "question")),
            kind: m.kind(f).name(),
            unit: m.units.as_ref().filter(|(ids, _)| ids[f] != NONE).map(|(ids, l)| l.name(ids[f]).into_owned()),
            status: self.status(row).name(),
            claims,
            positions,
            units,
            reports,
            self_conflicts: sources_in_conflict(self, row).iter().map(|s| m.sources.name(*s).into_owned()).collect(),
        }
    }

    fn report(&self, f: usize, r: usize, labels: &[String], comparable: &[bool]) -> ReportDetail {
        let m = &*self.matrix().inner;
        let entry = m.entries[r];
        let (origin, anonymous) = m.origin(r);
        let kept = |role: Role| {
            let kept = m.kept(role.name())?;
            let id = kept.ids[entry.row as usize];
            (id != NONE).then(|| kept.labels.name(id).into_owned())
        };
        let why_not = if m.stance(r) == Stance::Neither {
            Some("no stand")
        } else if !comparable[entry.claim as usize] {
            Some("not comparable")
        } else if anonymous {
            Some("anonymous")
        } else if m.weight(r) == 0.0 {
            Some("weight 0")
        } else {
            None
        };
        let party = m.names.as_ref().map_or(origin, |n| n.party[origin as usize]);
        ReportDetail {
            source: m.sources.name(entry.source).into_owned(),
            origin: m.voice_name(origin).into_owned(),
            party: m.voice_name(party).into_owned(),
            via: kept(Role::Via),
            claim: labels[entry.claim as usize].clone(),
            value: Some(m.claim_value[m.claims(f).start + entry.claim as usize])
                .filter(|id| *id != NONE)
                .map_or_else(String::new, |id| m.values.name(id).into_owned()),
            stance: m.stance(r).name(),
            qualifier: m.qualifier(r).name(),
            weight: m.weight(r),
            wording: kept(Role::Wording),
            counted: why_not.is_none(),
            why_not,
            unit: m.voice(r, self.independence()).map(|v| m.voice_name(v).into_owned()),
            document: kept(Role::Document),
            start: kept(Role::Start),
            end: kept(Role::End),
        }
    }

    /// One row a claim that is stated: `fact`, `claim`, `mass`, `belief`, `plausibility`, `position` (from 0; null where the claim is
    /// undisputed beside a dispute, or has no mass).
    pub fn claims(&self) -> Table {
        let parts = crate::stats::chunks::map_chunks(self.len(), super::CHUNK, |rows| {
            let mut part = Vec::new();
            for row in rows {
                let (f, analysis) = (self.fact(row), self.analysis(row));
                let first = self.matrix().inner.claims(f).start;
                let mut place = vec![None; analysis.mass.len()];
                for (i, p) in analysis.positions.iter().enumerate() {
                    p.claims.iter().for_each(|k| place[*k] = Some(i as i64));
                }
                for (k, place) in place.into_iter().enumerate() {
                    if self.matrix().inner.form(first + k).stated {
                        let known = analysis.n_effective > 0.0 && analysis.comparable[k];
                        let score = |x: &[f64]| known.then_some(x[k]);
                        part.push(ClaimRow {
                            fact: f,
                            claim: first + k,
                            mass: analysis.mass[k],
                            belief: score(&analysis.belief),
                            plausibility: score(&analysis.plausibility),
                            position: place,
                        });
                    }
                }
            }
            part
        });
        let rows: Vec<_> = parts.into_iter().flatten().collect();
        let m = &*self.matrix().inner;
        let position = rows.iter().map(|r| r.position.unwrap_or(0)).collect();
        let validity = crate::table::some_null(rows.iter().map(|r| r.position.is_some()).collect());
        Table::new([
            ("fact", m.facts.column(rows.iter().map(|r| r.fact as u32))),
            ("claim", self.matrix().claim_column(rows.iter().map(|r| (r.fact, Some(r.claim))))),
            ("mass", Column::floats(rows.iter().map(|r| Some(r.mass)))),
            ("belief", Column::floats(rows.iter().map(|r| r.belief))),
            ("plausibility", Column::floats(rows.iter().map(|r| r.plausibility))),
            ("position", Column { values: crate::table::Values::I64(position), validity }),
        ])
    }

    /// All reports of the fact of row `row`: who, in whose name, through whom, what, and whether it counts and for whom.
    pub fn reports(&self, row: usize) -> Table {
        let details = self.explain(row).reports;
        let text = |field: fn(&ReportDetail) -> Option<String>| Column::texts(details.iter().map(field));
        Table::new([
            ("source", text(|r| Some(r.source.clone()))),
            ("origin", text(|r| Some(r.origin.clone()))),
            ("party", text(|r| Some(r.party.clone()))),
            ("via", text(|r| r.via.clone())),
            ("claim", text(|r| Some(r.claim.clone()))),
            ("stance", text(|r| Some(r.stance.to_owned()))),
            ("qualifier", text(|r| Some(r.qualifier.to_owned()))),
            ("weight", Column::floats(details.iter().map(|r| Some(r.weight)))),
            ("wording", text(|r| r.wording.clone())),
            ("counted", crate::table::Values::Bool(details.iter().map(|r| r.counted).collect()).into()),
            ("why_not", text(|r| r.why_not.map(str::to_owned))),
            ("unit", text(|r| r.unit.clone())),
            ("document", text(|r| r.document.clone())),
            ("start", text(|r| r.start.clone())),
            ("end", text(|r| r.end.clone())),
        ])
    }
}

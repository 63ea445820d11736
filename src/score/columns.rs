//! The score table: one line a column, each made when it is asked for.

use super::{ClaimOrder, Heads, Scores, Status};
use crate::matrix::{Matrix, NONE, Role};
use crate::stats::chunks::map_chunks;
use crate::table::{Column, Table, TextColumn, Values};
use crate::value::{Qualifier, Stance, kind_id};
use std::collections::HashSet;

/// A column of the score table.
pub struct ScoreColumn {
    /// Its name, which never changes within a major version.
    pub name: &'static str,
    /// What it tells and in which range.
    pub summary: &'static str,
    /// Where its definition comes from.
    pub reference: &'static str,
    make: fn(&Scores) -> Column,
}

const OURS: &str = "defined by this library: docs/concepts";
const KISH: &str = "Kish (1965), Survey Sampling";
const FLEISS: &str = "Fleiss (1971), Measuring nominal scale agreement among many raters, P_i; weighted: Gwet (2014)";
const HOEFFDING: &str = "Hoeffding (1948), A class of statistics with asymptotically normal distribution; Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion";
const JOSANG: &str = "Jøsang (2016), Subjective Logic, ch. 3";
const DISSONANCE: &str = "Jøsang, Cho & Chen (2018), Uncertainty characteristics of subjective opinions";
const DIRICHLET: &str = "Dirichlet posterior with Jeffreys' prior 1/2 a cell: Jeffreys (1946)";
const KRIPPENDORFF: &str =
    "Krippendorff (2011), Computing Krippendorff's alpha-reliability: a unit's part in observed disagreement";

/// Every column, in order.
pub static COLUMNS: &[ScoreColumn] = &[
    ScoreColumn { name: "fact", summary: "The fact's label, in its input type.", reference: OURS, make: fact },
    ScoreColumn { name: "kind", summary: "The kind of its values.", reference: OURS, make: kind },
    ScoreColumn {
        name: "status",
        summary: "What can be said of the fact, in a word: contested, unanimous, one origin, ...",
        reference: OURS,
        make: status,
    },
    ScoreColumn {
        name: "value",
        summary: "The answer, where nothing disputes it or a majority carries it; else null.",
        reference: OURS,
        make: value,
    },
    ScoreColumn {
        name: "leading_value",
        summary: "The head of the largest position, whatever the dispute; null on a tie.",
        reference: OURS,
        make: leading_value,
    },
    ScoreColumn {
        name: "refined_value",
        summary: "The most precise claim, where nothing is disputed.",
        reference: OURS,
        make: refined_value,
    },
    ScoreColumn {
        name: "common_ground",
        summary: "What no voice disputes, where there is a dispute.",
        reference: OURS,
        make: common_ground,
    },
    ScoreColumn {
        name: "support",
        summary: "The largest position's share of the voices, in [0, 1]; descriptive.",
        reference: OURS,
        make: |s| s.float(|p| p.support),
    },
    ScoreColumn {
        name: "agreement",
        summary: "The chance that two independent voices agree, in [0, 1]; null for fewer than two.",
        reference: FLEISS,
        make: |s| s.float(|p| p.agreement),
    },
    ScoreColumn {
        name: "agreement_low",
        summary: "Lower end of the interval of agreement, in [0, 1].",
        reference: HOEFFDING,
        make: |s| s.float(|p| p.agreement_low),
    },
    ScoreColumn {
        name: "agreement_high",
        summary: "Upper end of the interval of agreement, in [0, 1].",
        reference: HOEFFDING,
        make: |s| s.float(|p| p.agreement_high),
    },
    ScoreColumn {
        name: "fidelity",
        summary: "The chance that two sources that relay the same origin agree, in [0, 1]; null without such a pair.",
        reference: OURS,
        make: fidelity,
    },
    ScoreColumn {
        name: "uncertainty",
        summary: "Vacuity plus dissonance, in [0, 1]. A fragmented opposition lowers it: 5 against 1+1+1+1+1 gives 0.57, 5 against 5 gives 1.0.",
        reference: DISSONANCE,
        make: |s| s.float(|p| p.vacuity + p.dissonance),
    },
    ScoreColumn {
        name: "vacuity",
        summary: "Too little evidence: 2 / (2 + n_effective), in (0, 1].",
        reference: JOSANG,
        make: |s| s.float(|p| p.vacuity),
    },
    ScoreColumn {
        name: "dissonance",
        summary: "Evidence against evidence, in [0, 1); 0 with one position.",
        reference: DISSONANCE,
        make: |s| s.float(|p| p.dissonance),
    },
    ScoreColumn {
        name: "lead_probability",
        summary: "The chance that the largest position is the most common answer among sources like these, in [0, 1]; not the chance that it is true.",
        reference: DIRICHLET,
        make: |s| s.float(|p| p.lead_probability),
    },
    ScoreColumn {
        name: "share",
        summary: "Expected share of the largest position among sources like these, in [0, 1]; not the chance that it is true.",
        reference: DIRICHLET,
        make: |s| s.float(|p| p.share),
    },
    ScoreColumn {
        name: "share_low",
        summary: "Lower end of the interval of the share, in [0, 1].",
        reference: DIRICHLET,
        make: |s| s.float(|p| p.share_low),
    },
    ScoreColumn {
        name: "share_high",
        summary: "Upper end of the interval of the share, in [0, 1].",
        reference: DIRICHLET,
        make: |s| s.float(|p| p.share_high),
    },
    ScoreColumn {
        name: "disagreement_share",
        summary: "The fact's part in all disagreement, in [0, 1]; sums to 1 over the matrix.",
        reference: KRIPPENDORFF,
        make: disagreement_share,
    },
    ScoreColumn {
        name: "conflict",
        summary: "Whether two voiced claims cannot both be right.",
        reference: OURS,
        make: conflict,
    },
    ScoreColumn {
        name: "positions",
        summary: "The camps, largest first: head, mass in effective voices, share in [0, 1].",
        reference: OURS,
        make: positions,
    },
    ScoreColumn {
        name: "self_conflicts",
        summary: "Sources that give conflicting claims from one origin.",
        reference: OURS,
        make: self_conflicts,
    },
    ScoreColumn { name: "n_reports", summary: "Reports, duplicates left out.", reference: OURS, make: n_reports },
    ScoreColumn { name: "n_sources", summary: "Sources with any report.", reference: OURS, make: n_sources },
    ScoreColumn { name: "n_origins", summary: "Named origins with any report.", reference: OURS, make: n_origins },
    ScoreColumn {
        name: "n_units",
        summary: "Independent voices that state a comparable claim.",
        reference: OURS,
        make: |s| s.count(|p| p.n_units as usize),
    },
    ScoreColumn {
        name: "n_effective",
        summary: "Effective number of voices, in [0, n_units]: n_units where all weigh the same.",
        reference: KISH,
        make: |s| s.float(|p| p.n_effective),
    },
    ScoreColumn {
        name: "n_wordings",
        summary: "Different wordings; null where none are given.",
        reference: OURS,
        make: n_wordings,
    },
    ScoreColumn {
        name: "n_claims",
        summary: "Different claims that anyone asserts or denies.",
        reference: OURS,
        make: n_claims,
    },
    ScoreColumn {
        name: "n_neither",
        summary: "Reports that take no stand.",
        reference: OURS,
        make: |s| s.reports_that(|m, r| m.stance(r) == Stance::Neither),
    },
    ScoreColumn {
        name: "n_denials",
        summary: "Reports that deny (a boolean's denial is the other value).",
        reference: OURS,
        make: |s| s.reports_that(|m, r| m.stance(r) == Stance::Denies),
    },
    ScoreColumn {
        name: "n_hedged",
        summary: "Reports that call their claim possible.",
        reference: OURS,
        make: |s| s.reports_that(|m, r| m.qualifier(r) == Qualifier::Possible),
    },
    ScoreColumn {
        name: "n_duplicates",
        summary: "Rows left out because they repeat a report.",
        reference: OURS,
        make: n_duplicates,
    },
    ScoreColumn {
        name: "reason",
        summary: "Why agreement is null; null exactly where it is not.",
        reference: OURS,
        make: reason,
    },
];

impl Scores {
    /// Every column, or those named, in the order of [`COLUMNS`] or as named.
    ///
    /// # Errors
    /// [`crate::error::ParameterError::Choice`] for a column there is not.
    pub fn table(&self, names: Option<&[&str]>) -> crate::Result<Table> {
        let all: Vec<&str> = COLUMNS.iter().map(|c| c.name).collect();
        let columns = names.unwrap_or(&all).iter().map(|name| {
            let column =
                COLUMNS.iter().find(|c| c.name == *name).ok_or_else(|| crate::error::ParameterError::Choice {
                    name: "columns",
                    value: (*name).to_owned(),
                    allowed: crate::error::quoted(all.iter().copied()),
                })?;
            Ok((*name, (column.make)(self)))
        });
        Ok(Table::new(columns.collect::<crate::Result<Vec<_>>>()?))
    }

    /// A number of the profile, null where it does not exist.
    fn float(&self, score: fn(&super::profile::Profile) -> f64) -> Column {
        // Looked up by profile: facts are many, profiles few.
        let by_profile: Vec<f64> = self.all.profiles.iter().map(score).collect();
        let values: Vec<f64> = self.facts().map(|f| by_profile[self.all.profile[f] as usize]).collect();
        floats(values)
    }

    fn count(&self, score: fn(&super::profile::Profile) -> usize) -> Column {
        let by_profile: Vec<i64> = self.all.profiles.iter().map(|p| score(p) as i64).collect();
        Values::I64(self.facts().map(|f| by_profile[self.all.profile[f] as usize]).collect()).into()
    }

    fn reports_that(&self, is: fn(&crate::matrix::Inner, usize) -> bool) -> Column {
        let m = &*self.all.matrix.inner;
        if m.stance.is_none() && m.qualifier.is_none() {
            return Values::I64(vec![0; self.len()]).into();
        }
        Column::counts(self.facts().map(|f| m.reports(f).filter(|r| is(m, *r)).count()))
    }

    /// A column of claims, one of the heads of each fact.
    fn claims_of(&self, head: fn(&Heads) -> u32) -> Column {
        let m = &*self.all.matrix.inner;
        let claims = self.facts().map(|f| match head(&self.heads(f)) {
            NONE => (f, None),
            k => (f, Some(m.claims(f).start + k as usize)),
        });
        self.all.matrix.claim_column(claims)
    }
}

/// Floats that are null where not a number.
fn floats(values: Vec<f64>) -> Column {
    let any_null = values.iter().any(|x| x.is_nan());
    let validity = any_null.then(|| values.iter().map(|x| !x.is_nan()).collect());
    Column { values: Values::F64(values), validity }
}

fn fact(s: &Scores) -> Column {
    s.all.matrix.inner.facts.column(s.facts().map(|f| f as u32))
}

fn kind(s: &Scores) -> Column {
    let words: TextColumn = crate::value::REGISTRY.iter().map(|k| k.name()).collect();
    let m = &*s.all.matrix.inner;
    Values::Dictionary(s.facts().map(|f| u32::from(m.kind_id(f))).collect(), words).into()
}

fn status(s: &Scores) -> Column {
    let words: TextColumn = Status::ALL.iter().map(|(_, word)| word).collect();
    Values::Dictionary(s.facts().map(|f| s.all.status[f] as u32).collect(), words).into()
}

fn value(s: &Scores) -> Column {
    s.claims_of(|h| h.value)
}

fn leading_value(s: &Scores) -> Column {
    s.claims_of(|h| h.leading)
}

fn refined_value(s: &Scores) -> Column {
    s.claims_of(|h| h.refined)
}

fn common_ground(s: &Scores) -> Column {
    s.claims_of(|h| h.common)
}

fn fidelity(s: &Scores) -> Column {
    floats(match &s.all.fidelity {
        Some(fidelity) => s.facts().map(|f| fidelity[f]).collect(),
        None => vec![f64::NAN; s.len()],
    })
}

fn disagreement_share(s: &Scores) -> Column {
    let total = s.all.disagreement;
    let share = |p: &super::profile::Profile| f64::from(p.n_units) * (1.0 - p.agreement) / total;
    let by_profile: Vec<f64> = s.all.profiles.iter().map(|p| if total > 0.0 { share(p) } else { f64::NAN }).collect();
    floats(s.facts().map(|f| by_profile[s.all.profile[f] as usize]).collect())
}

fn conflict(s: &Scores) -> Column {
    Values::Bool((0..s.len()).map(|row| s.profile(row).conflict).collect()).into()
}

fn positions(s: &Scores) -> Column {
    let parts = map_chunks(s.len(), super::CHUNK, |rows| {
        rows.map(|row| {
            let f = s.fact(row);
            if s.all.most_frequent[f] != NONE {
                return claims_by_count(&s.all.matrix, f);
            }
            let analysis = s.analysis(row);
            analysis.positions.iter().map(|p| (p.head, p.mass, p.mass / analysis.n_effective)).collect()
        })
        .collect::<Vec<Vec<(usize, f64, f64)>>>()
    });
    let m = &*s.all.matrix.inner;
    let (mut offsets, mut claims, mut mass, mut share) = (vec![0i64], vec![], vec![], vec![]);
    for (row, places) in parts.into_iter().flatten().enumerate() {
        let f = s.fact(row);
        for (head, its_mass, its_share) in places {
            claims.push((f, Some(m.claims(f).start + head)));
            mass.push(its_mass);
            share.push(its_share);
        }
        offsets.push(claims.len() as i64);
    }
    let table = Table::new([
        ("value", s.all.matrix.claim_column(claims)),
        ("mass", Values::F64(mass).into()),
        ("share", Values::F64(share).into()),
    ]);
    Values::Tables(offsets, table).into()
}

/// The camps of a fact whose claims all conflict: each claim is one. Claim, mass and share, largest first, ties by label.
fn claims_by_count(matrix: &Matrix, f: usize) -> Vec<(usize, f64, f64)> {
    let m = &*matrix.inner;
    let mut counts = vec![0u32; m.claims(f).len()];
    m.reports(f).for_each(|r| counts[m.entries[r].claim as usize] += 1);
    let mut claims: Vec<usize> = (0..counts.len()).collect();
    claims.sort_by_key(|k| std::cmp::Reverse(counts[*k]));
    let order = ClaimOrder::new(matrix, f);
    for tied in claims.chunk_by_mut(|a, b| counts[*a] == counts[*b]).filter(|tied| tied.len() > 1) {
        tied.sort_by_cached_key(|k| order.key(*k));
    }
    let n = m.reports(f).len() as f64;
    claims.into_iter().map(|k| (k, f64::from(counts[k]), f64::from(counts[k]) / n)).collect()
}

fn self_conflicts(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    let (mut offsets, mut names) = (vec![0i64], TextColumn::default());
    for row in 0..s.len() {
        let f = s.fact(row);
        if m.repeats[f] {
            for source in sources_in_conflict(s, row) {
                names.push(&m.sources.name(source));
            }
        }
        offsets.push(names.len() as i64);
    }
    Values::TextList(offsets, names).into()
}

/// Sources that give conflicting claims from one origin, in the order of their first report.
pub(super) fn sources_in_conflict(s: &Scores, row: usize) -> Vec<u32> {
    let m = &*s.all.matrix.inner;
    let f = s.fact(row);
    let mut said: Vec<(u32, (u32, bool), usize)> = m
        .reports(f)
        .filter(|r| m.stance(*r) != Stance::Neither)
        .map(|r| (m.entries[r].source, m.origin(r), m.entries[r].claim as usize))
        .collect();
    let order: Vec<u32> = said.iter().map(|x| x.0).collect();
    said.sort_unstable();
    said.dedup();
    let several = |g: &&[(u32, (u32, bool), usize)]| g.len() > 1;
    let groups: Vec<_> = said.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(several).collect();
    if groups.is_empty() {
        return vec![];
    }
    let analysis = s.analysis(row);
    let mut flagged: HashSet<u32> = HashSet::new();
    for group in groups {
        let comparable: Vec<usize> = group.iter().map(|x| x.2).filter(|k| analysis.comparable[*k]).collect();
        let conflict = |a: &usize| comparable.iter().any(|b| analysis.relate(*a, *b).is_conflict());
        // Of claims that always conflict, two are enough.
        let looked_at = if analysis.identity { &comparable[..comparable.len().min(2)] } else { &comparable[..] };
        if looked_at.len() > 1 && looked_at.iter().any(conflict) {
            flagged.insert(group[0].0);
        }
    }
    let mut sources = Vec::new();
    for source in order {
        if flagged.remove(&source) {
            sources.push(source);
        }
    }
    sources
}

fn n_reports(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    Column::counts(s.facts().map(|f| m.reports(f).len()))
}

fn n_sources(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    Column::counts(
        s.facts().map(|f| {
            if m.repeats[f] { distinct(m.reports(f).map(|r| m.entries[r].source)) } else { m.reports(f).len() }
        }),
    )
}

fn n_origins(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    if m.names.is_none() {
        return n_sources(s);
    }
    Column::counts(
        s.facts().map(|f| {
            distinct(m.reports(f).map(|r| m.origin(r)).filter(|(_, anonymous)| !anonymous).map(|(name, _)| name))
        }),
    )
}

fn n_claims(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    Column::counts(s.facts().map(|f| match &m.claim_form {
        None => m.claims(f).len(),
        Some(forms) => forms[m.claims(f)].iter().filter(|form| form.stated).count(),
    }))
}

fn n_wordings(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    let text = kind_id("text");
    let wording = m.kept(Role::Wording.name());
    let counts: Vec<Option<usize>> = s
        .facts()
        .map(|f| {
            if Some(m.kind_id(f)) == text {
                return Some(distinct(
                    m.reports(f).map(|r| m.claim_value[m.claims(f).start + m.entries[r].claim as usize]),
                ));
            }
            let words = wording?;
            Some(distinct(m.reports(f).map(|r| words.ids[m.entries[r].row as usize]).filter(|id| *id != NONE)))
        })
        .collect();
    let values = counts.iter().map(|n| n.unwrap_or(0) as i64).collect();
    Column {
        values: Values::I64(values),
        validity: crate::table::some_null(counts.iter().map(Option::is_some).collect()),
    }
}

fn n_duplicates(s: &Scores) -> Column {
    let m = &*s.all.matrix.inner;
    Column::counts(s.facts().map(|f| m.duplicates.get(&(f as u32)).copied().unwrap_or(0) as usize))
}

fn reason(s: &Scores) -> Column {
    const WORDS: [&str; 4] = ["free wording", "no comparable claim", "anonymous origins only", "one independent unit"];
    let reason = |row: usize| {
        let profile = s.profile(row);
        match s.status(row) {
            _ if !profile.agreement.is_nan() => None,
            Status::NotCompared => Some(0),
            Status::Uncommitted => Some(1),
            Status::Unattributed => Some(2),
            _ => Some(3),
        }
    };
    let keys: Vec<Option<u32>> = (0..s.len()).map(reason).collect();
    let validity = crate::table::some_null(keys.iter().map(Option::is_some).collect());
    let keys = keys.iter().map(|k| k.unwrap_or(0)).collect();
    Column { values: Values::Dictionary(keys, WORDS.iter().collect()), validity }
}

fn distinct(ids: impl Iterator<Item = u32>) -> usize {
    let mut ids: Vec<u32> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len()
}

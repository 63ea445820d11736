//! Scores per fact: how far its independent voices agree, how sure one can be, and where the camps are.

mod analysis;
mod columns;
mod explain;
mod overall;
mod profile;
mod source;

pub use analysis::{Analysis, ClaimOrder, MAX_COMPARED, Position, Unit};
pub use columns::{COLUMNS, ScoreColumn};
pub use explain::Explanation;
pub use overall::Overall;

use crate::error::{ParameterError, Result};
use crate::matrix::{Independence, Inner, Matrix, NONE};
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use crate::stats::lanes::packed_counts;
use crate::value::kind_id;
use hashbrown::HashMap;
use profile::{Profile, Recipe};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Facts that are worked on at a time; fixed, so that results do not depend on the number of threads.
const CHUNK: usize = 1 << 13;

/// Facts with more voiced claims than this that may overlap keep what was seen of them: to look again takes a good part of a second.
const KEPT: usize = 1_000;

/// How to score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreOptions {
    /// What counts as one voice; `None`: the matrix's default.
    pub independence: Option<Independence>,
    /// From which probability of the lead on a disputed fact counts as decided by majority, in (0.5, 1].
    pub majority: f64,
    /// Coverage of the intervals, in (0, 1).
    pub confidence: f64,
}

impl Default for ScoreOptions {
    fn default() -> Self {
        ScoreOptions { independence: None, majority: 0.95, confidence: 0.95 }
    }
}

/// What can be said of a fact, first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Status {
    NotCompared,
    Uncommitted,
    Unattributed,
    Inconsistent,
    Majority,
    Contested,
    SingleSource,
    OneOrigin,
    Unanimous,
    Compatible,
}

impl Status {
    /// Every status with its word.
    pub const ALL: [(Status, &'static str); 10] = [
        (Status::NotCompared, "not compared"),
        (Status::Uncommitted, "uncommitted"),
        (Status::Unattributed, "unattributed"),
        (Status::Inconsistent, "inconsistent"),
        (Status::Majority, "majority"),
        (Status::Contested, "contested"),
        (Status::SingleSource, "single source"),
        (Status::OneOrigin, "one origin"),
        (Status::Unanimous, "unanimous"),
        (Status::Compatible, "compatible"),
    ];

    /// The status's word.
    pub fn name(self) -> &'static str {
        Status::ALL[self as usize].1
    }
}

/// What is known of a fact beyond its profile.
#[derive(Debug, Clone, Copy, Default)]
struct Facets {
    free_wording: bool,
    comparable_reports: bool,
    single_source: bool,
    one_claim: bool,
}

/// Scores of every fact of a matrix, or of some of them. Columns are made when asked for.
///
/// ```
/// use consilience::{Matrix, matrix::Options, score::ScoreOptions, stats::Watch};
/// let reports = [("x", "a", "1"), ("x", "b", "1"), ("x", "c", "2")];
/// let scores = Matrix::from_triples(reports, &Options::default())?.score(&ScoreOptions::default(), &Watch::default())?;
/// assert_eq!(scores.agreement(0), Some(1.0 / 3.0));
/// assert_eq!(scores.status(0).name(), "contested");
/// # Ok::<(), consilience::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scores {
    all: Arc<All>,
    /// The facts shown, in order; `None`: all.
    rows: Option<Arc<Vec<u32>>>,
}

#[derive(Debug)]
struct All {
    matrix: Matrix,
    level: Independence,
    options: ScoreOptions,
    /// The profile of each fact.
    profile: Vec<u32>,
    profiles: Vec<Profile>,
    status: Vec<Status>,
    /// By fact; not a number where there is no pair. `None` where the matrix names no origins.
    fidelity: Option<Vec<f64>>,
    /// The claim with most reports, first among equals, where votes are the counts of claims; `NONE` at other facts.
    most_frequent: Vec<u32>,
    /// Σ n(1 − agreement) over all facts.
    disagreement: f64,
    /// Of all facts, once one is asked for that had to be looked at closely.
    heads: OnceLock<Vec<Heads>>,
    /// The facts that took seconds to look at: columns that are made later do not look again.
    kept: HashMap<u32, Arc<Analysis>>,
}

/// The claims that stand out in a fact, numbered within it; `NONE` where there is none.
#[derive(Debug, Clone, Copy)]
struct Heads {
    value: u32,
    leading: u32,
    refined: u32,
    common: u32,
}

impl Matrix {
    /// Scores every fact.
    ///
    /// # Errors
    /// [`ParameterError::Range`] where an option is out of range; [`crate::error::DataError::TooManyClaims`] where a fact has more
    /// claims that may overlap than can be compared; [`crate::Error::Interrupted`] when stopped.
    pub fn score(&self, options: &ScoreOptions, watch: &Watch) -> Result<Scores> {
        let range = |name, value: f64, expected| ParameterError::Range { name, value: value.to_string(), expected };
        if !(options.majority > 0.5 && options.majority <= 1.0) {
            return Err(range("majority", options.majority, "a probability above 0.5, at most 1").into());
        }
        if !(options.confidence > 0.0 && options.confidence < 1.0) {
            return Err(range("confidence", options.confidence, "a number between 0 and 1, such as 0.95").into());
        }
        let level = options.independence.unwrap_or_else(|| self.independence());
        watch.expect(self.n_facts() as u64);
        let parts = map_chunks(self.n_facts(), CHUNK, |facts| {
            watch.tick(0)?;
            let n = facts.len() as u64;
            let part = Part::of(self, facts, level, options.confidence, watch)?;
            watch.tick(n)?;
            Ok(part)
        });
        let parts = parts.into_iter().collect::<Result<Vec<Part>>>()?;
        Ok(Scores { all: Arc::new(All::join(self, level, *options, parts)), rows: None })
    }
}

/// What one chunk of facts gives: its distinct recipes, and which one each fact has.
struct Part {
    recipe: Vec<u32>,
    recipes: Vec<Cooked>,
    facets: Vec<Facets>,
    fidelity: Vec<f64>,
    most_frequent: Vec<u32>,
    kept: Vec<(u32, Arc<Analysis>)>,
}

/// A recipe to be computed once for all chunks, or a profile of a fact too large to share one.
enum Cooked {
    Recipe(Vec<u64>, Recipe),
    Ready(Profile),
}

/// Counts of up to eight claims by up to 255 voices, in the order of the claims, in one word.
type Packed = u64;

/// What the counts of a fact's claims give.
struct Packing {
    recipe: u32,
    most_frequent: u32,
}

impl Part {
    fn of(matrix: &Matrix, facts: Range<usize>, level: Independence, confidence: f64, watch: &Watch) -> Result<Part> {
        let m = &*matrix.inner;
        let n = facts.len();
        let mut part = Part {
            recipe: Vec::with_capacity(n),
            recipes: vec![],
            facets: Vec::with_capacity(n),
            fidelity: vec![],
            most_frequent: Vec::with_capacity(n),
            kept: vec![],
        };
        let boolean = kind_id("boolean");
        let text = kind_id("text");
        let counted = Counted::of(m);
        let mut packed: HashMap<(Packed, bool), Packing> = HashMap::new();
        let mut keyed: HashMap<Vec<u64>, u32> = HashMap::new();
        for f in facts {
            let reports = &m.entries[m.reports(f)];
            let n_claims = m.claims(f).len();
            if counted.has(f) {
                let full = n_claims == 2 && Some(m.kind_id(f)) == boolean;
                let id = if n_claims <= 8 && reports.len() <= 255 {
                    let key = packed_counts(reports, |r| r.claim);
                    let found = packed.entry((key, full)).or_insert_with(|| {
                        let counts: Vec<u32> = key.to_le_bytes()[..n_claims].iter().map(|c| u32::from(*c)).collect();
                        let most_frequent = first_largest(&counts);
                        let recipe = part.add_counts(counts, full, &mut keyed, confidence);
                        Packing { recipe, most_frequent }
                    });
                    part.most_frequent.push(found.most_frequent);
                    found.recipe
                } else {
                    let mut counts = vec![0u32; n_claims];
                    reports.iter().for_each(|r| counts[r.claim as usize] += 1);
                    part.most_frequent.push(first_largest(&counts));
                    part.add_counts(counts, full, &mut keyed, confidence)
                };
                part.recipe.push(id);
                part.facets.push(Facets {
                    free_wording: false,
                    comparable_reports: true,
                    single_source: reports.len() == 1,
                    one_claim: n_claims == 1,
                });
                if m.names.is_some() {
                    part.fidelity.push(f64::NAN);
                }
                continue;
            }
            part.most_frequent.push(NONE);
            let analysis = Analysis::watched(matrix, f, level, watch)?;
            let recipe = Recipe::from_analysis(&analysis, analysis.is_full_boolean(matrix, f));
            let id = part.add(recipe, Some((&analysis, watch)), &mut keyed, confidence);
            part.recipe.push(id);
            let first = reports.first().map_or(NONE, |r| r.source);
            part.facets.push(Facets {
                free_wording: Some(m.kind_id(f)) == text,
                comparable_reports: analysis.comparable_reports,
                single_source: reports.iter().all(|r| r.source == first),
                one_claim: analysis.voiced.len() == 1,
            });
            if m.names.is_some() {
                part.fidelity.push(analysis.fidelity.unwrap_or(f64::NAN));
            }
            if analysis.voiced.len() > KEPT && !analysis.identity {
                part.kept.push((f as u32, Arc::new(analysis)));
            }
        }
        Ok(part)
    }

    /// The place of the recipe of counts of claims, in any order, among the chunk's distinct ones.
    fn add_counts(
        &mut self,
        mut counts: Vec<u32>,
        full: bool,
        keyed: &mut HashMap<Vec<u64>, u32>,
        confidence: f64,
    ) -> u32 {
        counts.sort_unstable_by(|a, b| b.cmp(a));
        self.add(Recipe::from_counts(&counts, full), None, keyed, confidence)
    }

    /// The place of a recipe among the chunk's distinct ones.
    fn add(
        &mut self,
        recipe: Recipe,
        analysis: Option<(&Analysis, &Watch)>,
        keyed: &mut HashMap<Vec<u64>, u32>,
        confidence: f64,
    ) -> u32 {
        let next = self.recipes.len() as u32;
        let Some(key) = recipe.key(analysis.map(|(analysis, _)| analysis)) else {
            let profile = match analysis {
                None => recipe.profile(confidence),
                Some((analysis, watch)) => {
                    let mut voiced = analysis.voiced.clone();
                    voiced.sort_by(|a, b| analysis.mass[*b].total_cmp(&analysis.mass[*a]));
                    // Once stopped nothing is compared any more; the tick after the chunk tells.
                    let weight = |i: usize, j: usize| match watch.is_stopped() {
                        true => 0.0,
                        false => analysis.relate(voiced[i], voiced[j]).weight,
                    };
                    recipe.profile_with(confidence, Some(&weight))
                }
            };
            self.recipes.push(Cooked::Ready(profile));
            return next;
        };
        let id = *keyed.entry(key.clone()).or_insert(next);
        if id == next {
            self.recipes.push(Cooked::Recipe(key, recipe));
        }
        id
    }
}

/// The facts whose votes are the counts of their claims, which all conflict: one plain claim a source, each source a voice.
struct Counted<'m> {
    m: &'m Inner,
    /// Whether one claim a source is the one voice of that source, and plain.
    plain: bool,
    /// Whether different values conflict, where that is the same for all facts.
    conflict: Option<bool>,
}

impl<'m> Counted<'m> {
    fn of(m: &'m Inner) -> Counted<'m> {
        let alike = m.kinds.len() == 1
            && m.order.by_fact.is_empty()
            && m.period.by_fact.is_empty()
            && m.tolerance.by_fact.is_empty();
        let plain = m.names.is_none() && m.weight.is_none() && m.claim_form.is_none();
        let conflict = |f: usize| m.kind(f).plain_values_conflict(&m.context(f));
        Counted { m, plain, conflict: alike.then(|| conflict(0)) }
    }

    #[inline]
    fn has(&self, f: usize) -> bool {
        let conflict = |m: &Inner| m.kind(f).plain_values_conflict(&m.context(f));
        self.plain && !self.m.repeats[f] && self.conflict.unwrap_or_else(|| conflict(self.m))
    }
}

/// The place of the largest count, the first among equals.
fn first_largest(counts: &[u32]) -> u32 {
    let mut best = 0;
    for k in 1..counts.len() {
        if counts[k] > counts[best] {
            best = k;
        }
    }
    best as u32
}

impl All {
    /// Computes every distinct recipe once and gives each fact its profile.
    fn join(matrix: &Matrix, level: Independence, options: ScoreOptions, parts: Vec<Part>) -> All {
        let mut ids: HashMap<Vec<u64>, u32> = HashMap::new();
        let mut kept = HashMap::new();
        let mut cooked: Vec<Cooked> = Vec::new();
        let mut profile = Vec::with_capacity(matrix.n_facts());
        let mut facets = Vec::with_capacity(matrix.n_facts());
        let mut most_frequent = Vec::with_capacity(matrix.n_facts());
        let mut fidelity = matrix.inner.names.as_ref().map(|_| Vec::with_capacity(matrix.n_facts()));
        for part in parts {
            let global: Vec<u32> = part
                .recipes
                .into_iter()
                .map(|recipe| {
                    let next = cooked.len() as u32;
                    let id = match &recipe {
                        Cooked::Recipe(key, _) => *ids.entry_ref(key).or_insert(next),
                        Cooked::Ready(_) => next,
                    };
                    if id == next {
                        cooked.push(recipe);
                    }
                    id
                })
                .collect();
            profile.extend(part.recipe.iter().map(|r| global[*r as usize]));
            facets.extend(part.facets);
            most_frequent.extend_from_slice(&part.most_frequent);
            kept.extend(part.kept);
            if let Some(fidelity) = &mut fidelity {
                fidelity.extend(part.fidelity);
            }
        }
        let compute = |range: Range<usize>| -> Vec<Profile> {
            let profile = |c: &Cooked| match c {
                Cooked::Recipe(_, recipe) => recipe.profile(options.confidence),
                Cooked::Ready(profile) => *profile,
            };
            cooked[range].iter().map(profile).collect()
        };
        let profiles: Vec<Profile> = map_chunks(cooked.len(), 16, compute).into_iter().flatten().collect();
        let status = profile
            .iter()
            .zip(&facets)
            .map(|(p, facets)| status(&profiles[*p as usize], *facets, options.majority))
            .collect();
        // By profile, so that the sum does not depend on the order of facts.
        let mut counts = vec![0u64; profiles.len()];
        profile.iter().for_each(|p| counts[*p as usize] += 1);
        let mut terms: Vec<f64> = profiles
            .iter()
            .zip(counts)
            .filter(|(p, _)| !p.agreement.is_nan())
            .map(|(p, count)| count as f64 * p.n_units as f64 * (1.0 - p.agreement))
            .collect();
        let disagreement = analysis::sum_sorted(&mut terms);
        let matrix = matrix.clone();
        let heads = OnceLock::new();
        All { matrix, level, options, profile, profiles, status, fidelity, most_frequent, disagreement, heads, kept }
    }
}

fn status(profile: &Profile, facets: Facets, majority: f64) -> Status {
    if facets.free_wording {
        Status::NotCompared
    } else if profile.n_units == 0 && !facets.comparable_reports {
        Status::Uncommitted
    } else if profile.n_units == 0 {
        Status::Unattributed
    } else if profile.conflict && profile.n_units == 1 {
        Status::Inconsistent
    } else if profile.conflict && profile.lead_probability >= majority && !profile.tied {
        Status::Majority
    } else if profile.conflict {
        Status::Contested
    } else if facets.single_source {
        Status::SingleSource
    } else if profile.n_units == 1 {
        Status::OneOrigin
    } else if facets.one_claim {
        Status::Unanimous
    } else {
        Status::Compatible
    }
}

impl Scores {
    /// Facts shown.
    pub fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.all.profile.len(), |rows| rows.len())
    }

    /// Whether no fact is shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The matrix that was scored.
    pub fn matrix(&self) -> &Matrix {
        &self.all.matrix
    }

    /// What counts as one voice.
    pub fn independence(&self) -> Independence {
        self.all.level
    }

    /// How the facts were scored.
    pub fn options(&self) -> ScoreOptions {
        self.all.options
    }

    /// The places in the matrix of the facts shown.
    pub fn facts(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        (0..self.len()).map(|i| self.fact(i))
    }

    fn fact(&self, row: usize) -> usize {
        self.rows.as_ref().map_or(row, |rows| rows[row] as usize)
    }

    /// Only these rows, in this order; scores stay as they are.
    pub fn select(&self, rows: impl IntoIterator<Item = usize>) -> Scores {
        let rows = rows.into_iter().map(|row| self.fact(row) as u32).collect();
        Scores { all: Arc::clone(&self.all), rows: Some(Arc::new(rows)) }
    }

    /// The rows shown if not all: places in the matrix.
    pub fn selection(&self) -> Option<&[u32]> {
        self.rows.as_ref().map(|rows| rows.as_slice())
    }

    /// The status of row `row`.
    pub fn status(&self, row: usize) -> Status {
        self.all.status[self.fact(row)]
    }

    /// The agreement of row `row`.
    pub fn agreement(&self, row: usize) -> Option<f64> {
        Some(self.profile(row).agreement).filter(|a| !a.is_nan())
    }

    fn profile(&self, row: usize) -> &Profile {
        &self.all.profiles[self.all.profile[self.fact(row)] as usize]
    }

    /// A warning where numbers are compared digit by digit without being told how exact they are.
    pub fn warnings(&self) -> Vec<String> {
        let m = &*self.all.matrix.inner;
        use crate::matrix::Role;
        let told = m.tolerance.all.is_some()
            || !m.tolerance.by_fact.is_empty()
            || m.given(Role::StdError)
            || m.given(Role::Qualifier);
        let numeric: Vec<u8> = ["interval", "ratio"].into_iter().filter_map(kind_id).collect();
        let (mut compared, mut in_conflict) = (0usize, 0usize);
        if !told {
            for (f, p) in self.all.profile.iter().enumerate() {
                let profile = &self.all.profiles[*p as usize];
                if profile.n_units >= 2 && numeric.contains(&m.kind_id(f)) {
                    compared += 1;
                    in_conflict += usize::from(profile.conflict);
                }
            }
        }
        if 2 * in_conflict <= compared {
            return vec![];
        }
        vec![format!(
            "{in_conflict} of {compared} numeric facts are in conflict because their numbers are not equal to the last digit; say \
             from which difference on they conflict: tolerance=, std_error= or qualifier= (to pool numbers instead of comparing \
             them there will be pool())"
        )]
    }

    /// The claims that stand out in a fact of the matrix.
    fn heads(&self, f: usize) -> Heads {
        let all = &self.all;
        if let Some(heads) = all.heads_by_count(f) {
            return heads;
        }
        // Of all facts at once: who asks for one reads a column.
        let found = all.heads.get_or_init(|| {
            let heads = |f| all.heads_by_count(f).unwrap_or_else(|| all.heads_of(f));
            let parts = map_chunks(all.profile.len(), CHUNK, |facts| facts.map(heads).collect::<Vec<Heads>>());
            parts.into_iter().flatten().collect()
        });
        found[f]
    }

    /// Looks at the fact of row `row` closely.
    pub fn analysis(&self, row: usize) -> Arc<Analysis> {
        self.all.analysis(self.fact(row))
    }
}

impl All {
    fn analysis(&self, f: usize) -> Arc<Analysis> {
        if let Some(kept) = self.kept.get(&(f as u32)) {
            return kept.clone();
        }
        match Analysis::new(&self.matrix, f, self.level) {
            Ok(analysis) => Arc::new(analysis),
            // It was looked at when it was scored, and nothing has changed since.
            Err(e) => unreachable!("{e}"),
        }
    }

    /// Whether the status of a fact names an answer.
    fn is_decided(&self, f: usize) -> bool {
        matches!(
            self.status[f],
            Status::Majority | Status::SingleSource | Status::OneOrigin | Status::Unanimous | Status::Compatible
        )
    }

    /// The heads of a fact whose votes are the counts of its claims; `None` for other facts.
    fn heads_by_count(&self, f: usize) -> Option<Heads> {
        let leading = self.most_frequent[f];
        if leading == NONE {
            return None;
        }
        let profile = &self.profiles[self.profile[f] as usize];
        let leading = if profile.tied { NONE } else { leading };
        let value = if self.is_decided(f) { leading } else { NONE };
        let refined = if profile.conflict { NONE } else { leading };
        Some(Heads { value, leading, refined, common: NONE })
    }

    /// The heads of a fact that is looked at closely.
    fn heads_of(&self, f: usize) -> Heads {
        let analysis = self.analysis(f);
        let order = ClaimOrder::new(&self.matrix, f);
        let id = |k: Option<usize>| k.map_or(NONE, |k| k as u32);
        let value =
            analysis.leading().filter(|_| self.is_decided(f) && (analysis.conflict || analysis.has_one_answer()));
        let refined = if value.is_some() && !analysis.conflict { analysis.refined(&order) } else { None };
        Heads {
            value: id(value),
            leading: id(analysis.leading()),
            refined: id(refined),
            common: id(analysis.common_ground(&order)),
        }
    }
}

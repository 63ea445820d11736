//! Who agrees with whom: a coefficient for every pair of sources, and the coefficient without each.

use super::icc::FORMS;
use super::run::{Cluster, Settled};
use super::{AgreementOptions, Coefficient, Estimate, Interval, Kin, Metric, Panel, Row, coefficient};
use crate::error::{ParameterError, Result};
use crate::matrix::{Matrix, Ratings};
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use crate::table::{Column, Table};

/// How pairs of sources are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct PairwiseOptions {
    /// A coefficient or a form of ICC; `None`: Cohen's kappa for labels, Krippendorff's alpha for numbers.
    pub coefficient: Option<String>,
    /// Facts that two sources share at least for their coefficient to be given, 1 or more.
    pub min_overlap: usize,
    /// All else; its coefficients are not used.
    pub agreement: AgreementOptions,
}

impl Default for PairwiseOptions {
    fn default() -> Self {
        PairwiseOptions { coefficient: None, min_overlap: 1, agreement: AgreementOptions::default() }
    }
}

/// A pair of sources.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    kind: &'static str,
    /// Voices.
    a: u32,
    b: u32,
    /// Facts that both have values for, and share of these on which they are equal.
    n_facts: usize,
    agreement: Option<f64>,
    estimate: Option<Estimate>,
    reason: Option<String>,
}

/// Every pair of sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairwise {
    /// A row a pair, and kind where facts are of several.
    pub table: Table,
    /// The coefficient of each kind that occurs.
    pub coefficients: Vec<(&'static str, String)>,
    /// What was noticed, in sentences.
    pub notes: Vec<String>,
}

/// Sources up to which pairs without a fact in common have a row of their own.
const MOST_SOURCES: usize = 2_000;

/// Categories beyond which a pair's are numbered anew, where that changes nothing.
const MANY: usize = 256;

/// Which coefficient, and which of its rows.
#[derive(Clone, Copy)]
struct Chosen {
    coefficient: &'static dyn Coefficient,
    form: Option<&'static str>,
}

impl Chosen {
    /// By name, or by the kind of the facts.
    fn new(name: Option<&str>, kind: &str) -> Result<Chosen> {
        let name = name.unwrap_or(match kind {
            "interval" | "ratio" | "circular" | "date" => "krippendorff_alpha",
            _ => "cohen_kappa",
        });
        let form = FORMS.iter().find(|form| **form == name || (**form == "ICC(A,1)" && name == "icc")).copied();
        Ok(Chosen { coefficient: coefficient(if form.is_some() { "icc" } else { name })?, form })
    }

    fn name(&self) -> String {
        self.form.unwrap_or(self.coefficient.name()).to_owned()
    }

    fn of(&self, estimates: Vec<Estimate>) -> Option<Estimate> {
        estimates.into_iter().find(|e| self.form.is_none_or(|form| e.metric == form))
    }

    fn row<'a>(&self, rows: Vec<Row<'a>>) -> Option<Row<'a>> {
        rows.into_iter().find(|row| self.form.is_none_or(|form| row.form == form))
    }
}

impl Matrix {
    /// Compares every pair of sources on the facts they share.
    ///
    /// Only pairs that share a fact are computed (a sparse product of the matrix with itself); the others are null, with the
    /// reason. Beyond 2,000 sources they have no row, and a note says so.
    ///
    /// # Errors
    /// As for [`Matrix::agreement`]; also where `interval` is `sources`, or nothing can be compared.
    pub fn pairwise(&self, options: &PairwiseOptions, watch: &Watch) -> Result<Pairwise> {
        options.agreement.checked()?;
        if options.min_overlap == 0 {
            let expected = "a number of facts of at least 1";
            return Err(ParameterError::Range { name: "min_overlap", value: "0".to_owned(), expected }.into());
        }
        if options.agreement.interval == Interval::Sources {
            let reason = "a pair has no source to spare; take \"jackknife\", \"analytic\" or \"bootstrap\"".to_owned();
            return Err(ParameterError::Unusable { name: "interval", reason }.into());
        }
        let ratings = self.ratings(options.agreement.independence, options.agreement.conflicts)?;
        let mut found = Pairwise { table: Table::default(), coefficients: vec![], notes: vec![] };
        let mut pairs = Vec::new();
        for cluster in self.compared(&options.agreement)? {
            let (chosen, settled, panel) =
                self.prepare(options.coefficient.as_deref(), &options.agreement, &ratings, &cluster)?;
            let product = Product::new(&panel, ratings.n_voices());
            if product.by_voice.iter().filter(|facts| !facts.is_empty()).count() > MOST_SOURCES {
                found
                    .notes
                    .push(format!("more than {MOST_SOURCES} sources: pairs without a fact in common have no row"));
            }
            pairs.extend(product.pairs(&chosen, &settled, &panel, options, watch)?);
            found.coefficients.push((settled.kind, chosen.name()));
        }
        found.table = table(&ratings, &pairs, found.coefficients.len() > 1);
        Ok(found)
    }

    /// A coefficient without each source: who pulls it down?
    ///
    /// # Errors
    /// As for [`Matrix::agreement`].
    pub fn leave_one_source_out(&self, name: Option<&str>, options: &AgreementOptions, watch: &Watch) -> Result<Table> {
        options.checked()?;
        let ratings = self.ratings(options.independence, options.conflicts)?;
        let mut rows = Vec::new();
        for cluster in self.compared(options)? {
            let name = name.or(Some("krippendorff_alpha"));
            let (chosen, settled, panel) = self.prepare(name, options, &ratings, &cluster)?;
            let setting = settled.setting(options.confidence, watch);
            let all = chosen.row(coefficient_rows(&chosen, &panel, &setting)?).and_then(|r| r.statistic.point().value);
            let counts = panel.voices();
            watch.expect(counts.len() as u64);
            for (voice, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let rest = panel.without_voice(voice as u32);
                let estimate = chosen.of(settled.estimates(chosen.coefficient, &rest, options, watch)?);
                rows.push((settled.kind, voice, *count as usize, chosen.name(), all, estimate));
                watch.tick(1)?;
            }
        }
        let value = |e: &Option<Estimate>| e.as_ref().and_then(|e| e.point.value);
        let r = || rows.iter();
        Ok(Table::new([
            ("source", ratings.voice_column(r().map(|row| row.1))),
            ("kind", Column::texts(r().map(|row| Some(row.0)))),
            ("n_facts", Column::counts(r().map(|row| row.2))),
            ("coefficient", Column::texts(r().map(|row| Some(&row.3)))),
            ("value", Column::floats(r().map(|row| row.4))),
            ("without", Column::floats(r().map(|row| value(&row.5)))),
            ("low", Column::floats(r().map(|row| row.5.as_ref().and_then(|e| e.limits.low)))),
            ("high", Column::floats(r().map(|row| row.5.as_ref().and_then(|e| e.limits.high)))),
            ("change", Column::floats(r().map(|row| Some(value(&row.5)? - row.4?)))),
            ("reason", Column::texts(r().map(|row| row.5.as_ref().and_then(|e| e.point.reason.clone())))),
        ]))
    }

    /// Facts by kind, those without comparable values left out.
    fn compared(&self, options: &AgreementOptions) -> Result<Vec<Cluster>> {
        let ungrouped = AgreementOptions { by: None, ..options.clone() };
        let mut clusters = self.clusters(&ungrouped)?;
        clusters.retain(|c| Metric::of_kind(crate::value::kind(c.kind).name()).is_some());
        if clusters.is_empty() {
            let reason = "all facts are of free wording, which is not compared".to_owned();
            return Err(ParameterError::Unusable { name: "coefficient", reason }.into());
        }
        Ok(clusters)
    }

    fn prepare<'r>(
        &self,
        name: Option<&str>,
        options: &AgreementOptions,
        ratings: &'r Ratings,
        cluster: &Cluster,
    ) -> Result<(Chosen, Settled, Panel<'r>)> {
        let chosen = Chosen::new(name, crate::value::kind(cluster.kind).name())?;
        let settled = self.settle(options, cluster, chosen.coefficient);
        let panel = Panel::new(ratings, cluster.facts.clone(), settled.reading, options.categories.as_deref(), None)?;
        settled.check(&panel)?;
        Ok((chosen, settled, panel))
    }
}

fn coefficient_rows<'a>(
    chosen: &Chosen,
    panel: &'a Panel<'_>,
    setting: &'a super::Setting<'_>,
) -> Result<Vec<Row<'a>>> {
    chosen.coefficient.rows(panel, setting)
}

/// The ratings by fact and by voice.
struct Product {
    ptr: Vec<usize>,
    ratings: Vec<(u32, u32)>,
    /// Facts and categories of each voice.
    by_voice: Vec<Vec<(u32, u32)>>,
}

/// Shared facts of a voice with others that are collected at a time.
const BLOCK: usize = 1 << 22;

impl Product {
    fn new(panel: &Panel<'_>, n_voices: usize) -> Product {
        let mut product = Product { ptr: vec![0], ratings: vec![], by_voice: vec![Vec::new(); n_voices] };
        panel.each(|said| {
            let fact = product.ptr.len() as u32 - 1;
            said.iter().for_each(|(voice, category)| product.by_voice[*voice as usize].push((fact, *category)));
            product.ratings.extend_from_slice(said);
            product.ptr.push(product.ratings.len());
        });
        product
    }

    fn of(&self, fact: u32) -> &[(u32, u32)] {
        &self.ratings[self.ptr[fact as usize]..self.ptr[fact as usize + 1]]
    }

    fn pairs(
        &self,
        chosen: &Chosen,
        settled: &Settled,
        panel: &Panel<'_>,
        options: &PairwiseOptions,
        watch: &Watch,
    ) -> Result<Vec<Pair>> {
        let voices: Vec<u32> =
            (0..self.by_voice.len() as u32).filter(|v| !self.by_voice[*v as usize].is_empty()).collect();
        let all = voices.len() <= MOST_SOURCES;
        let weighted = matches!(&settled.metric, Metric::Weights(_) | Metric::Own(_));
        let few = panel.n_categories() > MANY && chosen.coefficient.kin() != Kin::Weights && !weighted;
        watch.expect(voices.len() as u64);
        let of_voice = |a: u32| -> Result<Vec<Pair>> {
            let mut pairs = Vec::new();
            let mut shared = vec![0_usize; self.by_voice.len()];
            for (fact, _) in &self.by_voice[a as usize] {
                self.of(*fact).iter().for_each(|(b, _)| shared[*b as usize] += 1);
            }
            let others: Vec<u32> =
                voices.iter().copied().filter(|b| *b > a && (all || shared[*b as usize] > 0)).collect();
            let mut rest = &others[..];
            while !rest.is_empty() {
                // As many others as fit into a block, at least one.
                let mut sum = 0;
                let n = rest.iter().take_while(|b| {
                    sum += shared[**b as usize];
                    sum <= BLOCK
                });
                let (block, next) = rest.split_at(n.count().max(1));
                for (b, said) in block.iter().zip(self.together(a, block, &shared)) {
                    watch.tick(0)?;
                    pairs.push(pair(a, *b, said, chosen, settled, panel, few, options, watch)?);
                }
                rest = next;
            }
            watch.tick(1)?;
            Ok(pairs)
        };
        let parts = map_chunks(voices.len(), 1, |range| of_voice(voices[range.start]));
        Ok(parts.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }

    /// The ratings of the facts that a voice shares with each of some others, which are in ascending order.
    fn together(&self, a: u32, others: &[u32], shared: &[usize]) -> Vec<Vec<[(u32, u32); 2]>> {
        let (first, last) = (others[0], others[others.len() - 1]);
        let mut place = vec![usize::MAX; (last - first) as usize + 1];
        others.iter().enumerate().for_each(|(i, b)| place[(*b - first) as usize] = i);
        let mut said: Vec<Vec<[(u32, u32); 2]>> =
            others.iter().map(|b| Vec::with_capacity(shared[*b as usize])).collect();
        for (fact, category) in &self.by_voice[a as usize] {
            for (b, other) in self.of(*fact).iter().filter(|(b, _)| (first..=last).contains(b)) {
                if let Some(said) = said.get_mut(place[(*b - first) as usize]) {
                    said.push([(a, *category), (*b, *other)]);
                }
            }
        }
        said
    }
}

#[allow(clippy::too_many_arguments)]
fn pair(
    a: u32,
    b: u32,
    said: Vec<[(u32, u32); 2]>,
    chosen: &Chosen,
    settled: &Settled,
    panel: &Panel<'_>,
    few: bool,
    options: &PairwiseOptions,
    watch: &Watch,
) -> Result<Pair> {
    let n_facts = said.len();
    let equal = said.iter().filter(|[(_, x), (_, y)]| x == y).count();
    let mut pair = Pair { kind: settled.kind, a, b, n_facts, agreement: None, estimate: None, reason: None };
    if n_facts == 0 {
        pair.reason = Some("no fact in common".to_owned());
        return Ok(pair);
    }
    pair.agreement = Some(equal as f64 / n_facts as f64);
    if n_facts < options.min_overlap {
        pair.reason = Some(format!("fewer facts in common than min_overlap={}", options.min_overlap));
        return Ok(pair);
    }
    let two = panel.of_pair(said, few);
    pair.estimate = chosen.of(settled.estimates(chosen.coefficient, &two, &options.agreement, watch)?);
    pair.reason = pair.estimate.as_ref().and_then(|e| e.point.reason.clone());
    Ok(pair)
}

fn table(ratings: &Ratings, pairs: &[Pair], with_kind: bool) -> Table {
    let p = || pairs.iter();
    let limits = |p: &Pair| p.estimate.as_ref().map(|e| e.limits).unwrap_or_default();
    let mut columns: Vec<(&str, Column)> = Vec::new();
    if with_kind {
        columns.push(("kind", Column::texts(p().map(|p| Some(p.kind)))));
    }
    columns.extend([
        ("source_a", ratings.voice_column(p().map(|p| p.a as usize))),
        ("source_b", ratings.voice_column(p().map(|p| p.b as usize))),
        ("n_facts", Column::counts(p().map(|p| p.n_facts))),
        ("agreement", Column::floats(p().map(|p| p.agreement))),
        ("value", Column::floats(p().map(|p| p.estimate.as_ref()?.point.value))),
        ("low", Column::floats(p().map(|p| limits(p).low))),
        ("high", Column::floats(p().map(|p| limits(p).high))),
        ("std_error", Column::floats(p().map(|p| limits(p).std_error))),
        ("reason", Column::texts(p().map(|p| p.reason.as_deref()))),
    ]);
    Table::new(columns)
}

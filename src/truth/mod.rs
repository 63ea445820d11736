//! Truth inference: how probable is each claim, and how far is each source to be believed?
//!
//! One model is one file and one line in [`REGISTRY`]. Iterative models share the loop of [`iterate`].
//!
//! ```
//! use consilience::{Matrix, matrix::Options, stats::Watch, truth::InferOptions};
//! let reports = [("x", "a", "1"), ("x", "b", "1"), ("x", "c", "2"), ("y", "a", "1"), ("y", "b", "1")];
//! let matrix = Matrix::from_triples(reports, &Options::default())?;
//! let truth = matrix.infer(&InferOptions { model: Some("majority_vote"), ..InferOptions::default() }, &Watch::default())?;
//! assert_eq!(truth.probability(0), Some(2.0 / 3.0));
//! # Ok::<(), consilience::Error>(())
//! ```

pub mod iterate;
pub mod learned;

mod accu;
mod accu_sim;
mod average_log;
mod bwa;
mod catd;
mod coin;
mod confusion;
mod consensus;
mod crh;
mod cross_validate;
mod dawid_skene;
mod dirichlet;
mod ease;
mod ebcc;
mod evaluate;
mod glad;
mod gold;
mod gtm;
mod guess_lca;
mod ibcc;
mod investment;
mod kos;
mod left_out;
mod ltm;
mod mace;
mod majority_vote;
mod numbers;
mod one_coin;
mod parameter;
mod places;
mod pooled_investment;
mod pop_accu;
mod reliability;
mod result;
mod simulate;
mod sums;
mod three_estimates;
mod truth_finder;
mod two_estimates;
mod votes;
mod wawa;
mod web;
mod zero_based_skill;

pub use cross_validate::CrossValidation;
pub use evaluate::{Bin, ByClass, EvaluateOptions, Evaluation, Measures};
pub use gold::{Answers, Gold};
pub use iterate::{Control, Objective, Progress};
pub use learned::{Axis, Learned};
pub use parameter::{Given, Parameter};
pub use reliability::Found;
pub use result::{Contribution, Explained, Truth, Wanted};
pub use simulate::{Accuracy, Numbers, SimulateOptions, Simulation, Spread, simulate};
pub use votes::{Form, LeftOut, Of, Votes};

use crate::error::{DataError, ParameterError, Result, nearest, quoted};
use crate::matrix::{Conflicts, Independence, Matrix};
use crate::stats::{Watch, beta_quantile};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Every model, by family, in the order in which tables list them.
pub static REGISTRY: &[&dyn Model] = &[
    &consensus::Consensus,
    &majority_vote::MajorityVote,
    &wawa::Wawa,
    &zero_based_skill::ZeroBasedSkill,
    &one_coin::OneCoin,
    &dawid_skene::DawidSkene,
    &glad::Glad,
    &mace::Mace,
    &ibcc::Ibcc,
    &ebcc::Ebcc,
    &bwa::Bwa,
    &kos::Kos,
    &truth_finder::TruthFinder,
    &sums::Sums,
    &average_log::AverageLog,
    &investment::Investment,
    &pooled_investment::PooledInvestment,
    &two_estimates::TwoEstimates,
    &three_estimates::ThreeEstimates,
    &accu::Accu,
    &accu_sim::AccuSim,
    &pop_accu::PopAccu,
    &ltm::Ltm,
    &guess_lca::GuessLca,
    &crh::Crh,
    &catd::Catd,
    &gtm::Gtm,
];

/// The model of `infer()` where none is named.
pub const DEFAULT: &str = "consensus";

/// What a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Labels: classes that all facts share.
    Labels,
    /// The values claimed for each fact.
    Values,
    /// Labels where facts share them, else the values of each fact.
    Either,
    /// Numbers.
    Numbers,
}

impl Takes {
    /// The word in the table of models.
    pub fn name(self) -> &'static str {
        match self {
            Takes::Labels => "labels shared by facts",
            Takes::Values => "values of each fact",
            Takes::Either => "labels or values",
            Takes::Numbers => "numbers",
        }
    }

    /// The kinds of value it takes.
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Takes::Numbers => &["interval", "ratio"],
            _ => &["nominal", "ordinal", "interval", "ratio", "circular", "boolean", "date", "set"],
        }
    }

    /// The form of the votes: that wanted, where a model takes either; `closed` says whether facts seem to share their values.
    fn form(self, wanted: Option<Form>, closed: bool) -> Result<Form> {
        let only = match self {
            Takes::Labels => Form::Closed,
            Takes::Values | Takes::Numbers => Form::Open,
            Takes::Either => return Ok(wanted.unwrap_or(if closed { Form::Closed } else { Form::Open })),
        };
        match wanted {
            Some(form) if form != only => {
                let reason = format!("this model reads {}, form={:?}", self.name(), only.name());
                Err(ParameterError::Unusable { name: "form", reason }.into())
            }
            _ => Ok(only),
        }
    }
}

/// A truth model.
pub trait Model: Sync {
    /// The word by which it is called.
    fn name(&self) -> &'static str;
    /// One sentence: what it assumes, and for what it is good.
    fn summary(&self) -> &'static str;
    /// Where it grew: vote, crowd, web, numbers.
    fn family(&self) -> &'static str;
    /// What it reads.
    fn takes(&self) -> Takes;
    /// The paper.
    fn reference(&self) -> &'static str;
    /// Its own parameters; all models share `max_iter` and `tol`.
    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }
    /// Whether a denial counts as evidence against the claim; else denials are left out and counted.
    fn takes_denials(&self) -> bool {
        false
    }
    /// `max_iter` and `tol` unless said otherwise.
    fn limits(&self) -> (usize, f64) {
        (100, 1e-6)
    }
    /// The same where they depend on the form of the votes.
    fn limits_in(&self, _form: Form) -> (usize, f64) {
        self.limits()
    }
    /// Fits the model.
    ///
    /// # Errors
    /// Where a parameter is out of range or the votes cannot be used by this model; [`crate::Error::Interrupted`].
    fn fit(&self, given: &Given, votes: &Votes, control: &Control, watch: &Watch) -> Result<Fitted>;
    /// How often sources are right, where that takes more work than the fit leaves done: see [`reliability::coupling`].
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`].
    fn reliability(&self, _given: &Given, _found: &Found, _watch: &Watch) -> Result<Option<Vec<Estimate>>> {
        Ok(None)
    }
    /// What the logarithm of a fact's beliefs is the sum of, where the model has such a sum.
    fn terms(&self, _given: &Given, _learned: &Learned, _votes: &Votes, _fact: usize) -> Option<Terms> {
        None
    }
}

/// A fact's beliefs as a sum: ln p(cell) = prior + Σ votes + constant.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// By cell.
    pub prior: Vec<f64>,
    /// By vote, by cell.
    pub votes: Vec<Vec<f64>>,
    /// Whether the sum is a part only, as the model does more to beliefs than to add.
    pub partial: bool,
}

/// A number with its credible interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    /// A number without interval.
    pub fn point(value: f64) -> Estimate {
        Estimate { value, low: f64::NAN, high: f64::NAN }
    }

    /// How many reports with known truths tell as much as these `n` of a source that is right with probability `value`.
    ///
    /// The truths are not known but probable: `unsure` is the sum of p (1 − p) over the reports, p the probability that one is right.
    /// Of the complete data's information n / (θ (1 − θ)) the part `unsure` / (θ (1 − θ))² is missing (Louis 1982,
    /// doi:10.1111/j.2517-6161.1982.tb01203.x, of this source alone): all where nothing is known of the truths, none where all is. The
    /// variance that this leaves is `coupling` times as large where all else that was learned is not known either.
    pub fn worth(value: f64, n: f64, unsure: f64, coupling: f64) -> f64 {
        let missing = (unsure / (n * value * (1.0 - value))).clamp(0.0, 1.0);
        n * (1.0 - missing) / (1.0 - missing + coupling * missing)
    }

    /// The mean of Beta(`hits`, `misses`) with its central interval; not a number unless both are above 0.
    pub fn beta(hits: f64, misses: f64, confidence: f64) -> Estimate {
        let (value, tail) = (hits / (hits + misses), (1.0 - confidence) / 2.0);
        Estimate {
            value,
            low: beta_quantile(hits, misses, tail).min(value),
            high: beta_quantile(hits, misses, 1.0 - tail).max(value),
        }
    }
}

/// What a model finds. Numbers that do not exist are not a number here and null in tables.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    /// The probability of each cell.
    pub belief: Vec<f64>,
    /// By fact, the probability that no source has it right, where an open model tells.
    pub unclaimed: Option<Vec<f64>>,
    /// By source, as the fit leaves it: [`Truth::sources`] has what takes more work.
    pub reliability: Vec<Estimate>,
    /// By source: nats that its report adds to the log-odds of what it says.
    pub weight: Vec<f64>,
    /// By source, true class, reported class.
    pub confusion: Option<Vec<f64>>,
    /// For numbers: the estimate of each fact and its standard error.
    pub numbers: Option<Vec<Estimate>>,
    /// The objective by iteration.
    pub trace: Vec<f64>,
    /// What the trace holds.
    pub objective: Objective,
    /// Whether the loop ended before `max_iter`.
    pub converged: bool,
    /// The last change that was compared with `tol`.
    pub last_change: f64,
    /// For a warm start and for prediction.
    pub learned: Learned,
    /// What was noticed, in sentences.
    pub warnings: Vec<String>,
}

impl Fitted {
    /// Beliefs and what they say of sources, without iteration.
    fn at_once(model: &'static str, votes: &Votes, belief: Vec<f64>, confidence: f64) -> Fitted {
        Fitted {
            reliability: reliability::alone(votes, &belief, confidence),
            belief,
            unclaimed: None,
            weight: vec![f64::NAN; votes.n_sources()],
            confusion: None,
            numbers: None,
            trace: vec![],
            objective: Objective::Change,
            converged: true,
            last_change: 0.0,
            learned: Learned::of(model, votes),
            warnings: vec![],
        }
    }

    /// The same after iterations.
    fn after(self, progress: Progress) -> Fitted {
        let Progress { objective, trace, converged, last_change, .. } = progress;
        Fitted { objective, trace, converged, last_change, ..self }
    }
}

/// How to infer.
#[derive(Debug, Clone)]
pub struct InferOptions<'a> {
    /// A name in the registry; `None`: [`DEFAULT`].
    pub model: Option<&'a str>,
    /// Of the model.
    pub parameters: Given,
    /// What counts as one voice; `None`: the matrix's default.
    pub independence: Option<Independence>,
    /// Which of several values of one voice for one fact counts.
    pub conflicts: Conflicts,
    /// Whether facts share their values; `None`: the model or the data decide.
    pub form: Option<Form>,
    /// Known answers.
    pub gold: Answers,
    /// Where to start.
    pub warm_start: Option<&'a Learned>,
    /// Iterations at most; `None`: the model's own.
    pub max_iter: Option<usize>,
    /// The change to stop at; `None`: the model's own.
    pub tol: Option<f64>,
    /// Of the folds of [`Matrix::cross_validate`]: no model draws at random.
    pub seed: u64,
    /// Coverage of the intervals.
    pub confidence: f64,
    /// Parts for [`Matrix::cross_validate`], whose result is kept beside the others.
    pub cv: Option<usize>,
}

impl Default for InferOptions<'_> {
    fn default() -> Self {
        InferOptions {
            model: None,
            parameters: Given::default(),
            independence: None,
            conflicts: Conflicts::Error,
            form: None,
            gold: Answers::default(),
            warm_start: None,
            max_iter: None,
            tol: None,
            seed: 0,
            confidence: 0.95,
            cv: None,
        }
    }
}

/// The model of this name.
///
/// # Errors
/// [`ParameterError::Choice`] for any other word.
pub fn model_named(name: &str) -> Result<&'static dyn Model> {
    REGISTRY.iter().copied().find(|m| m.name() == name).ok_or_else(|| {
        let near = nearest(name, REGISTRY.iter().map(|m| m.name()));
        let allowed = format!("{}.{near}", quoted(REGISTRY.iter().map(|m| m.name())));
        ParameterError::Choice { name: "model", value: name.to_owned(), allowed }.into()
    })
}

impl Matrix {
    /// Infers how probable each claim is and how reliable each source.
    ///
    /// # Errors
    /// [`ParameterError`] where an option is unknown or out of range; [`DataError`] where the model cannot use the reports;
    /// [`crate::Error::Interrupted`] when stopped.
    pub fn infer(&self, options: &InferOptions<'_>, watch: &Watch) -> Result<Truth> {
        let Prepared { model, votes, control } = self.prepare_inference(options)?;
        let cv = options.cv.map(|folds| self.cross_validate(options, folds, watch)).transpose()?;
        let fitted = model.fit(&options.parameters, &votes, &control, watch)?;
        let set = result::Settings {
            parameters: options.parameters.clone(),
            gold: options.gold.clone(),
            wanted: Wanted {
                independence: options.independence,
                form: options.form,
                max_iter: options.max_iter,
                tol: options.tol,
            },
            max_iter: control.max_iter,
            tol: control.tol,
            seed: options.seed,
            confidence: options.confidence,
        };
        Ok(Truth::new(model, Arc::new(votes), set, fitted, cv))
    }

    /// Reads what a fit needs, without fitting.
    fn prepare_inference(&self, options: &InferOptions<'_>) -> Result<Prepared> {
        let model = model_named(options.model.unwrap_or(DEFAULT))?;
        let range = |name, value: f64, expected| ParameterError::Range { name, value: value.to_string(), expected };
        if !(options.confidence > 0.0 && options.confidence < 1.0) {
            return Err(range("confidence", options.confidence, "a number between 0 and 1, such as 0.95").into());
        }
        if let Some(tol) = options.tol.filter(|tol| !(*tol >= 0.0 && tol.is_finite())) {
            return Err(range("tol", tol, "a number ≥ 0").into());
        }
        if options.max_iter == Some(0) && options.warm_start.is_none() {
            return Err(range("max_iter", 0.0, "an integer ≥ 1 (0 only with warm_start)").into());
        }
        let level = options.independence.unwrap_or_else(|| self.independence());
        let ratings = self.ratings(level, options.conflicts)?;
        let mut votes = Votes::new(ratings, model.takes(), model.takes_denials(), options.form)?;
        if votes.n_votes() == 0 {
            let alone = match options.conflicts {
                Conflicts::Drop | Conflicts::Majority => {
                    format!(", and that conflicts={:?} leaves in", options.conflicts.name())
                }
                _ => String::new(),
            };
            let reason = format!(
                "no report with a weight above 0 asserts a value that can be compared, under a name that counts{alone}"
            );
            return Err(DataError::NoVotes { reason }.into());
        }
        // What is learned elsewhere, and only used here, knows of classes that no report here gives.
        let predicts = options.warm_start.filter(|_| options.max_iter == Some(0));
        if let Some(learned) = predicts {
            votes.know(&learned.classes);
        }
        if let Some(weight) = votes.weights().and_then(|w| w.iter().copied().find(|w| *w > MAX_WEIGHT)) {
            return Err(DataError::TooHeavy { weight, limit: MAX_WEIGHT }.into());
        }
        check_cells(model.name(), &votes)?;
        // Classes that were learned of need not be shared anew.
        if model.takes() == Takes::Labels && options.warm_start.is_none() {
            check_shared(model.name(), &votes)?;
        }
        votes.learn(&options.gold)?;
        let start = options.warm_start.map(|learned| learned.aligned(model.name(), &votes)).transpose()?;
        let usual = model.limits_in(votes.form());
        let (max_iter, tol) = (options.max_iter.unwrap_or(usual.0), options.tol.unwrap_or(usual.1));
        let control = Control { max_iter, tol, confidence: options.confidence, start };
        Ok(Prepared { model, votes, control })
    }
}

/// What a fit needs.
struct Prepared {
    model: &'static dyn Model,
    votes: Votes,
    control: Control,
}

/// An error where each value occurs in one fact only, so that there is nothing to learn of classes.
fn check_shared(model: &'static str, votes: &Votes) -> Result<()> {
    let mut fact_of = vec![None; votes.n_classes()];
    let mut n_facts = 0;
    for f in 0..votes.n_facts() {
        let of = votes.of(f);
        n_facts += usize::from(!of.is_empty());
        for k in of.choice {
            match &mut fact_of[*k as usize] {
                Some(first) if *first != f => return Ok(()),
                first => *first = Some(f),
            }
        }
    }
    if n_facts < 2 { Ok(()) } else { Err(DataError::NotShared { model, values: votes.n_classes() }.into()) }
}

/// More numbers than this in a table of sources × classes² are refused: 2 GiB.
const MAX_TABLE: usize = 1 << 28;

/// The most that a report may weigh.
const MAX_WEIGHT: f64 = 1e6;

/// Whether a belief for each fact and class fits into memory: 2 GiB, or eight numbers a report.
///
/// # Errors
/// [`DataError::TooManyCells`] beyond the limit.
fn check_cells(model: &'static str, votes: &Votes) -> Result<()> {
    let (facts, classes, limit) = (votes.n_facts(), votes.n_classes(), MAX_TABLE.max(8 * votes.n_votes()));
    if facts.checked_mul(classes).is_some_and(|n| n <= limit) {
        return Ok(());
    }
    Err(DataError::TooManyCells { model, facts, classes, limit }.into())
}

/// Whether tables of sources × classes² fit into memory, as many as the model holds at a time for each of its subtypes.
///
/// # Errors
/// [`DataError::TooManyClasses`] beyond the limit.
fn check_tables(model: &'static str, votes: &Votes, tables: usize) -> Result<()> {
    let (sources, classes, limit) = (votes.n_sources(), votes.n_classes(), MAX_TABLE / tables);
    let size = sources.checked_mul(classes).and_then(|n| n.checked_mul(classes));
    if size.is_some_and(|n| n <= limit) {
        return Ok(());
    }
    Err(DataError::TooManyClasses { model, sources, classes, limit }.into())
}

//! What an inference gives: tables of facts, claims and sources, and why.

use super::votes::{Form, Votes};
use super::{
    Answers, CrossValidation, Estimate, Fitted, Found, Given, Gold, Model, Objective, Terms, gold, model_named,
};
use crate::error::{DataError, Result};
use crate::matrix::{Independence, Matrix};
use crate::stats::Watch;
use crate::table::{Column, Table, TextColumn, Values};
use crate::value::Stated;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What the caller decided; else the model or the data do, anew where more reports come in.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Wanted {
    pub independence: Option<Independence>,
    pub form: Option<Form>,
    pub max_iter: Option<usize>,
    pub tol: Option<f64>,
}

/// What a fit was told, as far as it matters later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Settings {
    pub parameters: Given,
    #[serde(skip)]
    pub gold: Answers,
    #[serde(skip)]
    pub wanted: Wanted,
    pub max_iter: usize,
    pub tol: f64,
    pub seed: u64,
    pub confidence: f64,
}

/// Beliefs about claims and reliabilities of sources. Cheap to clone.
#[derive(Clone)]
pub struct Truth {
    model: &'static dyn Model,
    votes: Arc<Votes>,
    settings: Settings,
    fitted: Arc<Fitted>,
    cv: Option<CrossValidation>,
    warnings: Vec<String>,
    leads: OnceLock<Arc<Vec<Lead>>>,
    reliability: OnceLock<Arc<Vec<Estimate>>>,
}

/// The most probable cell of a fact, and how far it leads.
#[derive(Debug, Clone, Copy)]
struct Lead {
    /// `None` without votes.
    cell: Option<u32>,
    probability: f64,
    margin: f64,
}

/// Why the leading answer of a fact leads the second.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Explained {
    pub leading: String,
    /// That `leading` is the answer.
    pub probability: Option<f64>,
    /// That no source is right, where the model tells.
    pub p_unclaimed: Option<f64>,
    pub second: Option<String>,
    /// ln p(leading) − ln p(second), if both are possible.
    pub log_odds: Option<f64>,
    /// What the model brings along before any report of this fact; of a number the median of the reports.
    pub prior: Option<f64>,
    /// What the model does beside adding up, such as pooling, where it does.
    pub rest: Option<f64>,
    /// One a vote. With `prior` and `rest` they sum to `log_odds`, or to the estimate of a number.
    pub contributions: Vec<Contribution>,
    /// Why there are no contributions.
    pub reason: Option<String>,
}

/// What one source adds.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Contribution {
    pub source: String,
    pub claim: String,
    pub denies: bool,
    pub log_odds: Option<f64>,
    /// Of a number: how far it draws the estimate, in its unit.
    pub adds: Option<f64>,
    pub reliability: Option<f64>,
}

/// Why a fact has no value, or not one alone.
const REASONS: [&str; 4] = [NO_CLAIM, TIE, UNCLAIMED, NO_NUMBER];
const NO_CLAIM: &str = "no comparable claim";
const TIE: &str = "tie";
const UNCLAIMED: &str = "known answer claimed by no source";
const NO_NUMBER: &str = "no number";
/// Why nothing adds up.
const KNOWN: &str = "the answer is known (gold)";

impl Truth {
    pub(super) fn new(
        model: &'static dyn Model,
        votes: Arc<Votes>,
        settings: Settings,
        fitted: Fitted,
        cv: Option<CrossValidation>,
    ) -> Truth {
        let mut truth = Truth {
            model,
            votes,
            settings,
            fitted: Arc::new(fitted),
            cv,
            warnings: vec![],
            leads: OnceLock::new(),
            reliability: OnceLock::new(),
        };
        truth.warnings = truth.noticed();
        truth
    }

    /// The model.
    pub fn model(&self) -> &'static dyn Model {
        self.model
    }

    /// What the model read.
    pub fn votes(&self) -> &Votes {
        &self.votes
    }

    /// The matrix behind it.
    pub fn matrix(&self) -> &Matrix {
        self.votes.matrix()
    }

    /// What the fit was told.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the model found.
    pub fn fitted(&self) -> &Fitted {
        &self.fitted
    }

    /// How well the model predicts reports that it has not seen, where that was asked for.
    pub fn cv(&self) -> Option<&CrossValidation> {
        self.cv.as_ref()
    }

    /// What was noticed, in sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Facts.
    pub fn n_facts(&self) -> usize {
        self.votes.n_facts()
    }

    /// The probability of the leading value of a fact; `None` without votes.
    pub fn probability(&self, fact: usize) -> Option<f64> {
        Some(self.leads()[fact].probability).filter(|p| !p.is_nan())
    }

    /// The words of the leading value of a fact; `None` without votes.
    pub fn value(&self, fact: usize) -> Option<String> {
        self.leads()[fact].cell.map(|k| self.label(fact, k as usize))
    }

    /// The claim that leads a fact, with a fact that has it; `None` without votes, or where no report here gives it.
    pub(super) fn leading_claim(&self, fact: usize) -> Option<(usize, usize)> {
        self.leads()[fact].cell.and_then(|k| self.votes.claim(fact, k as usize))
    }

    /// The leading values of some facts.
    pub(super) fn leading_column(&self, facts: impl Iterator<Item = usize>) -> Column {
        let leads = self.leads();
        self.votes.column(facts.map(|f| (f, leads[f].cell.map(|k| k as usize))))
    }

    /// The words of a claim of a fact, as [`Votes::claim`] gives them.
    pub fn claim_text(&self, fact: usize, claim: usize) -> String {
        self.matrix().inner.claim_label(fact, claim)
    }

    fn label(&self, fact: usize, cell: usize) -> String {
        self.votes.label(fact, cell)
    }

    /// Cells of a fact whose beliefs are as large as the largest, but for rounding: the smaller label comes first.
    fn leads(&self) -> &[Lead] {
        self.leads.get_or_init(|| {
            let lead = |f: usize| {
                let belief = &self.fitted.belief[self.votes.cells(f)];
                let none = Lead { cell: None, probability: f64::NAN, margin: f64::NAN };
                if self.votes.of(f).is_empty() && self.votes.gold(f) == Gold::Unknown || belief.is_empty() {
                    return none;
                }
                let (mut best, mut second) = (0, f64::NEG_INFINITY);
                for (k, p) in belief.iter().enumerate().skip(1) {
                    if *p > belief[best] {
                        (second, best) = (belief[best], k);
                    } else if *p > second {
                        second = *p;
                    }
                }
                let top = belief[best];
                if !top.is_finite() || self.votes.gold(f) == Gold::Unclaimed {
                    return none;
                }
                let mut second = if second.is_finite() { second } else { 0.0 };
                if second >= top * (1.0 - 1e-12) && belief.len() > 1 {
                    second = top;
                    let tied = (0..belief.len()).filter(|k| belief[*k] >= top * (1.0 - 1e-12));
                    best = tied.min_by_key(|k| self.votes.order(f, *k)).unwrap_or(best);
                }
                Lead { cell: Some(best as u32), probability: top, margin: top - second }
            };
            Arc::new((0..self.n_facts()).map(lead).collect())
        })
    }

    /// What must be said of the result as a whole.
    fn noticed(&self) -> Vec<String> {
        let mut warnings = self.fitted.warnings.clone();
        let left_out = self.votes.left_out();
        if left_out.denials > 0 {
            let why = if self.model.takes_denials() {
                "nobody asserts what they deny".to_owned()
            } else {
                format!("the model {:?} takes none", self.model.name())
            };
            warnings.push(format!("{} left out: {why}", counted(left_out.denials, "denial")));
        }
        let (right, chance) = self.against_chance();
        if right < 0.9 * chance && self.fitted.numbers.is_none() {
            let check = if self.votes.has_gold() { "" } else { "; check with gold=" };
            warnings.push(format!(
                "the sources are right less often than by chance ({right:.2} against {chance:.2}): they may be adversarial, or the labels may have changed places{check}"
            ));
        }
        warnings
    }

    /// How often reports are right as the model believes, and how often by chance, where there is something to choose.
    fn against_chance(&self) -> (f64, f64) {
        let (mut right, mut chance, mut n) = (0.0, 0.0, 0.0);
        if self.votes.form() == Form::Closed {
            let votes_of = super::coin::vote_weights(&self.votes);
            for (r, votes) in self.fitted.reliability.iter().zip(votes_of).filter(|(r, _)| r.value.is_finite()) {
                right += r.value * votes;
                n += votes;
            }
            // With one class there is nothing to get wrong.
            let k = self.votes.n_classes() as f64;
            return (right / n, if k > 1.0 { 1.0 / k } else { 0.0 });
        }
        for f in 0..self.n_facts() {
            let (of, belief) = (self.votes.of(f), &self.fitted.belief[self.votes.cells(f)]);
            let total: f64 = belief.iter().sum();
            if belief.len() < 2 || !total.is_finite() {
                continue;
            }
            let even = 1.0 / belief.len() as f64;
            for i in 0..of.len() {
                let hit = belief[of.choice[i] as usize] / if total > 0.0 { total } else { 1.0 };
                let (hit, by_chance) = if of.denies(i) { (1.0 - hit, 1.0 - even) } else { (hit, even) };
                right += of.weight(i) * hit;
                chance += of.weight(i) * by_chance;
                n += of.weight(i);
            }
        }
        (right / n, chance / n)
    }

    /// One row a fact: `fact`, `value`, `probability`, `margin`, `entropy` (nats), `p_unclaimed`, `n_sources`, `reason`.
    pub fn facts(&self) -> Table {
        if let Some(numbers) = &self.fitted.numbers {
            return self.number_facts(numbers);
        }
        let leads = self.leads();
        let n = self.n_facts();
        let entropy = (0..n).map(|f| {
            leads[f].cell?;
            Some(
                self.fitted.belief[self.votes.cells(f)]
                    .iter()
                    .filter(|p| **p > 0.0)
                    .map(|p| -p * p.ln())
                    .sum::<f64>()
                    .max(0.0),
            )
        });
        let reason = (0..n).map(|f| match leads[f].cell {
            None => Some(self.missing(f)),
            Some(_) if leads[f].margin == 0.0 && self.votes.cells(f).len() > 1 => Some(TIE),
            Some(_) => None,
        });
        Table::new([
            ("fact", self.matrix().inner.facts.column(0..n as u32)),
            ("value", self.leading_column(0..n)),
            ("probability", some(leads.iter().map(|l| l.probability))),
            ("margin", some(leads.iter().map(|l| l.margin))),
            ("entropy", Column::floats(entropy)),
            ("p_unclaimed", Column::floats((0..n).map(|f| self.unclaimed(f)))),
            ("n_sources", Column::counts((0..n).map(|f| self.votes.range(f).len()))),
            ("reason", words(reason)),
        ])
    }

    /// Why a fact has no value.
    fn missing(&self, fact: usize) -> &'static str {
        match (self.votes.gold(fact), &self.fitted.numbers) {
            (_, Some(_)) if !self.votes.of(fact).is_empty() => NO_NUMBER,
            (Gold::Unclaimed, None) => UNCLAIMED,
            _ => NO_CLAIM,
        }
    }

    fn number_facts(&self, numbers: &[Estimate]) -> Table {
        let n = self.n_facts();
        let reason = (0..n).map(|f| if numbers[f].value.is_finite() { None } else { Some(self.missing(f)) });
        Table::new([
            ("fact", self.matrix().inner.facts.column(0..n as u32)),
            ("value", some(numbers.iter().map(|x| x.value))),
            ("low", some(numbers.iter().map(|x| x.low))),
            ("high", some(numbers.iter().map(|x| x.high))),
            ("n_sources", Column::counts((0..n).map(|f| self.votes.range(f).len()))),
            ("reason", words(reason)),
        ])
    }

    /// The probability that no source has a fact right: that of classes nobody claims, or what an open model says.
    fn unclaimed(&self, fact: usize) -> Option<f64> {
        if self.votes.gold(fact) == Gold::Unclaimed {
            return Some(1.0);
        }
        self.leads()[fact].cell?;
        if let Some(unclaimed) = &self.fitted.unclaimed {
            return Some(unclaimed[fact]).filter(|p| p.is_finite());
        }
        if self.votes.form() == Form::Open {
            return None;
        }
        let belief = &self.fitted.belief[self.votes.cells(fact)];
        let mut claimed = self.votes.of(fact).choice.to_vec();
        claimed.sort_unstable();
        claimed.dedup();
        // The sum of what is not claimed, not one minus the rest: it may be tiny.
        let mut next = claimed.iter().peekable();
        let mut sum = 0.0;
        for (k, p) in belief.iter().enumerate() {
            if next.peek() == Some(&&(k as u32)) {
                next.next();
            } else {
                sum += p;
            }
        }
        Some(sum.min(1.0))
    }

    /// One row a claim that a source makes: `fact`, `claim`, `probability` (that it is the answer), `belief` (that it is right: it, or
    /// one that entails it, is the answer), `n_sources`.
    pub fn claims(&self) -> Table {
        let mut rows: Vec<(usize, usize, f64, f64, usize)> = Vec::new();
        let nests = self.fitted.numbers.is_none() && self.votes.may_nest();
        // What is known is right, and so is what it entails.
        let known = if nests { gold::unclaimed(&self.votes, &self.settings.gold) } else { HashMap::new() };
        for f in 0..self.n_facts() {
            let of = self.votes.of(f);
            let belief = &self.fitted.belief[self.votes.cells(f)];
            let mut counts: Vec<(u32, usize)> = Vec::new();
            for i in 0..of.len() {
                let n = usize::from(!of.denies(i));
                match counts.iter_mut().find(|(k, _)| *k == of.choice[i]) {
                    Some((_, count)) => *count += n,
                    None => counts.push((of.choice[i], n)),
                }
            }
            let right = match known.get(&f) {
                Some(answer) => {
                    let is_right = |claim: &Stated| f64::from(u8::from(answer.relate(claim).entails));
                    self.votes.stated(f).iter().map(is_right).collect()
                }
                None if nests => self.votes.entailed(f, belief),
                None => vec![],
            };
            let right = if nests { right.as_slice() } else { belief };
            let at = |numbers: &[f64], k: u32| numbers.get(k as usize).copied().unwrap_or(f64::NAN);
            rows.extend(counts.iter().map(|(k, n)| (f, *k as usize, at(belief, *k), at(right, *k), *n)));
        }
        Table::new([
            ("fact", self.matrix().inner.facts.column(rows.iter().map(|r| r.0 as u32))),
            ("claim", self.votes.column(rows.iter().map(|(f, k, ..)| (*f, Some(*k))))),
            ("probability", some(rows.iter().map(|r| r.2))),
            ("belief", some(rows.iter().map(|r| r.3))),
            ("n_sources", Column::counts(rows.iter().map(|r| r.4))),
        ])
    }

    /// How often sources are right. The intervals take more work than the fit leaves done, so that those who need none are not kept
    /// waiting.
    fn reliability(&self, watch: &Watch) -> Result<&[Estimate]> {
        if let Some(found) = self.reliability.get() {
            return Ok(found);
        }
        let Settings { parameters, max_iter, confidence, .. } = &self.settings;
        let Fitted { learned, belief, reliability, .. } = &*self.fitted;
        // What other reports taught is taken as it is.
        let better = match max_iter {
            0 => None,
            _ => {
                let found = Found { votes: &self.votes, learned, belief, confidence: *confidence };
                self.model.reliability(parameters, &found, watch)?
            }
        };
        Ok(self.reliability.get_or_init(|| Arc::new(better.unwrap_or_else(|| reliability.clone()))))
    }

    /// One row a source (voice): `source`, `reliability`, `low`, `high`, `weight` (nats), `n_reports`, `n_facts`.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`]: intervals are made when they are first asked for.
    pub fn sources(&self, watch: &Watch) -> Result<Table> {
        let n = self.votes.n_sources();
        let mut n_facts = vec![0; n];
        self.votes.sources().iter().for_each(|s| n_facts[*s as usize] += 1);
        let reliability = self.reliability(watch)?;
        Ok(Table::new([
            ("source", self.votes.ratings().voice_column(0..n)),
            ("reliability", some(reliability.iter().map(|r| r.value))),
            ("low", some(reliability.iter().map(|r| r.low))),
            ("high", some(reliability.iter().map(|r| r.high))),
            ("weight", some(self.fitted.weight.iter().copied())),
            ("n_reports", Column::counts(self.votes.ratings().n_reports_by_voice())),
            ("n_facts", Column::counts(n_facts)),
        ]))
    }

    /// One row a source, true class and reported class: `source`, `truth`, `report`, `probability`; `None` where the model has no
    /// confusion matrices.
    pub fn confusion(&self) -> Option<Table> {
        let confusion = self.fitted.confusion.as_ref()?;
        let (n, k) = (self.votes.n_sources(), self.votes.n_classes());
        let classes = self.votes.class_column();
        let each = |of: fn(usize, usize) -> usize| classes.take(&(0..n * k * k).map(|i| of(i, k)).collect::<Vec<_>>());
        Some(Table::new([
            ("source", self.votes.ratings().voice_column((0..n * k * k).map(|i| i / (k * k)))),
            ("truth", each(|i, k| i / k % k)),
            ("report", each(|i, k| i % k)),
            ("probability", some(confusion.iter().copied())),
        ]))
    }

    /// One row an iteration: `iteration`, and `objective` or `change`.
    pub fn trace(&self) -> Table {
        let name = match self.fitted.objective {
            Objective::Maximised => "objective",
            Objective::Change => "change",
        };
        Table::new([
            ("iteration", Column::counts(1..=self.fitted.trace.len())),
            (name, some(self.fitted.trace.iter().copied())),
        ])
    }

    /// The probability of every class for every fact, row-major, in closed form.
    pub fn probabilities(&self) -> Option<&[f64]> {
        (self.votes.form() == Form::Closed).then_some(&self.fitted.belief)
    }

    /// Why the leading answer of a fact leads.
    ///
    /// # Errors
    /// Where the fact has no answer; [`crate::Error::Interrupted`] from the watch.
    pub fn explain(&self, fact: usize, watch: &Watch) -> Result<Explained> {
        // The same numbers as in the table of sources.
        let reliability = self.reliability(watch)?;
        let belief = &self.fitted.belief[self.votes.cells(fact)];
        let of = self.votes.of(fact);
        let known = self.votes.gold(fact) != Gold::Unknown;
        let terms =
            self.model.terms(&self.settings.parameters, &self.fitted.learned, &self.votes, fact).filter(|_| !known);
        let number = self.fitted.numbers.as_ref().map(|numbers| numbers[fact].value);
        let Some(leading) = self.leads()[fact].cell.map(|k| k as usize) else {
            let Some(estimate) = number.filter(|x| x.is_finite()) else {
                let fact_name = self.matrix().inner.facts.name(fact as u32);
                let reason = format!("fact {fact_name:?} has no answer ({})", self.missing(fact));
                return Err(DataError::NoVotes { reason }.into());
            };
            return Ok(self.explain_number(fact, estimate, terms, reliability));
        };
        let by_belief = |a: &usize, b: &usize| belief[*a].total_cmp(&belief[*b]);
        // Among what is claimed, unless only one value is.
        let claimed = |k: &usize| *k != leading && of.choice.contains(&(*k as u32));
        let second = (0..belief.len()).filter(claimed).max_by(by_belief);
        let second = second.or_else(|| (0..belief.len()).filter(|k| *k != leading).max_by(by_belief));
        let of_pair = |x: &[f64]| second.map(|second| x[leading] - x[second]);
        let contribution = |i: usize| Contribution {
            log_odds: terms.as_ref().and_then(|t| of_pair(&t.votes[i])),
            ..self.contribution(fact, i, reliability)
        };
        let prior = terms.as_ref().and_then(|t| of_pair(&t.prior));
        let contributions: Vec<Contribution> = (0..of.len()).map(contribution).collect();
        let sum = prior.map(|p| p + contributions.iter().filter_map(|c| c.log_odds).sum::<f64>());
        let reason = match (&terms, second) {
            _ if known => Some(KNOWN.to_owned()),
            (_, None) => Some("no other answer is claimed".to_owned()),
            (None, _) => Some(format!("the model {:?} does not add up log-odds", self.model.name())),
            _ => None,
        };
        let shown = second.filter(|s| belief[*s] > 0.0 && !known).map(|s| (belief[leading] / belief[s]).ln());
        let partial = terms.as_ref().is_some_and(|t| t.partial);
        let rest = shown.zip(sum).filter(|_| partial).map(|(shown, sum)| shown - sum);
        let log_odds = if partial { shown } else { sum.or(shown) };
        Ok(Explained {
            leading: self.label(fact, leading),
            probability: self.probability(fact),
            p_unclaimed: self.unclaimed(fact),
            second: second.map(|k| self.label(fact, k)),
            log_odds,
            prior,
            rest,
            contributions,
            reason,
        })
    }

    /// Why a number is estimated as it is: how far each report draws it from the median.
    fn explain_number(&self, fact: usize, estimate: f64, terms: Option<Terms>, reliability: &[Estimate]) -> Explained {
        let adds = |i: usize| terms.as_ref().map(|t| t.votes[i][0]);
        let contribution = |i: usize| Contribution { adds: adds(i), ..self.contribution(fact, i, reliability) };
        Explained {
            leading: estimate.to_string(),
            probability: None,
            p_unclaimed: None,
            second: None,
            log_odds: None,
            prior: terms.as_ref().map(|t| t.prior[0]),
            rest: None,
            contributions: (0..self.votes.of(fact).len()).map(contribution).collect(),
            reason: terms.is_none().then(|| KNOWN.to_owned()),
        }
    }

    fn contribution(&self, fact: usize, i: usize, reliability: &[Estimate]) -> Contribution {
        let of = self.votes.of(fact);
        let s = of.source[i] as usize;
        Contribution {
            source: self.votes.ratings().voice_name(s).into_owned(),
            claim: self.label(fact, of.choice[i] as usize),
            denies: of.denies(i),
            log_odds: None,
            adds: None,
            reliability: Some(reliability[s].value).filter(|r| r.is_finite()),
        }
    }

    /// What a pickle holds beside the matrix.
    ///
    /// # Errors
    /// Where the numbers cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let saved = Saved {
            model: self.model.name().to_owned(),
            parameters: serde_json::to_string(&self.settings.parameters).unwrap_or_default(),
            numbers: (self.settings.max_iter, self.settings.tol, self.settings.seed, self.settings.confidence),
            form: self.votes.form(),
            level: self.votes.ratings().level(),
            conflicts: self.votes.ratings().conflicts().name().to_owned(),
            gold: self.settings.gold.clone(),
            wanted: self.settings.wanted,
            fitted: (*self.fitted).clone(),
            cv: self.cv.clone(),
        };
        postcard::to_allocvec(&saved).map_err(|e| not_saved(e.to_string()).into())
    }

    /// The result of [`Truth::to_bytes`], with its matrix.
    ///
    /// # Errors
    /// [`DataError::Saved`] where the bytes are none of a result, or of another matrix.
    pub fn from_bytes(matrix: &Matrix, bytes: &[u8]) -> Result<Truth> {
        let saved: Saved = postcard::from_bytes(bytes).map_err(|e| not_saved(e.to_string()))?;
        let model = model_named(&saved.model)?;
        let ratings = matrix.ratings(saved.level, crate::matrix::Conflicts::named(&saved.conflicts)?)?;
        let mut votes = Votes::new(ratings, model.takes(), model.takes_denials(), Some(saved.form))?;
        votes.know(&saved.fitted.learned.classes);
        let fits = saved.fitted.belief.len() == votes.n_cells()
            && saved.fitted.reliability.len() == votes.n_sources()
            && saved.fitted.weight.len() == votes.n_sources();
        if !fits || votes.learn(&saved.gold).is_err() {
            return Err(not_saved("they belong to other reports".to_owned()).into());
        }
        let parameters = serde_json::from_str(&saved.parameters).map_err(|e| not_saved(e.to_string()))?;
        let (max_iter, tol, seed, confidence) = saved.numbers;
        let settings = Settings { parameters, gold: saved.gold, wanted: saved.wanted, max_iter, tol, seed, confidence };
        Ok(Truth::new(model, Arc::new(votes), settings, saved.fitted, saved.cv))
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    model: String,
    parameters: String,
    numbers: (usize, f64, u64, f64),
    form: Form,
    level: Independence,
    conflicts: String,
    gold: Answers,
    wanted: Wanted,
    fitted: Fitted,
    cv: Option<CrossValidation>,
}

fn not_saved(reason: String) -> DataError {
    DataError::Saved { reason }
}

/// Floats, null where not finite.
fn some(values: impl Iterator<Item = f64>) -> Column {
    Column::floats(values.map(|x| Some(x).filter(|x| x.is_finite())))
}

fn words(words: impl Iterator<Item = Option<&'static str>>) -> Column {
    let keys: Vec<Option<usize>> = words.map(|word| word.and_then(|w| REASONS.iter().position(|r| *r == w))).collect();
    let validity = keys.iter().map(Option::is_some).collect();
    let keys = keys.iter().map(|k| k.unwrap_or(0) as u32).collect();
    let words: TextColumn = REASONS.iter().collect();
    Column::with_validity(Values::Dictionary(keys, words), validity)
}

fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

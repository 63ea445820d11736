//! How right a result is, where the truth is known.

use super::gold::{self, Answers, Cells, Gold};
use super::result::Truth;
use super::votes::Form;
use crate::error::{DataError, ParameterError, Result, quoted};
use crate::stats::beta_quantile;
use crate::table::{Column, Table, Values};
use crate::value::{Qualifier, Raw};

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluateOptions {
    /// Bins of equal width for the calibration of probabilities.
    pub bins: usize,
    /// Probabilities below this count as this in log-losses, so that one impossible truth is not infinitely bad.
    pub clip: f64,
    /// Coverage of the intervals.
    pub confidence: f64,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        EvaluateOptions { bins: 10, clip: 1e-6, confidence: 0.95 }
    }
}

/// Figures over all evaluated facts; `None` where one does not exist.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measures {
    /// Facts that are evaluated.
    pub n: usize,
    /// Of these, facts whose true answer no source claims.
    pub n_never_claimed: usize,
    /// Facts with a known truth for which the model has no answer; left out.
    pub n_unanswered: usize,
    /// Facts whose answer the model was told; left out.
    pub n_gold: usize,
    /// Facts of the truth that have no report; left out.
    pub n_unknown: usize,
    /// Share of right answers; answers that tie share the credit.
    pub accuracy: Option<f64>,
    /// Its Jeffreys interval.
    pub accuracy_interval: Option<(f64, f64)>,
    /// Mean −ln p(true answer), with "none of the claimed" as one more answer where the model gives its probability.
    pub log_loss: Option<f64>,
    /// The same over facts whose true answer is claimed, with probabilities scaled to sum to 1 over the claimed answers.
    pub log_loss_claimed: Option<f64>,
    /// Mean Σ (p − truth)² over answers, from 0 to 2.
    pub brier: Option<f64>,
    /// Expected calibration error of the leading probabilities.
    pub ece: Option<f64>,
    /// Mean |answer − truth| of numbers.
    pub mae: Option<f64>,
    /// Root of the mean (answer − truth)² of numbers.
    pub rmse: Option<f64>,
    /// Share of true numbers within the estimate's interval.
    pub interval_coverage: Option<f64>,
    /// Why a figure is missing.
    pub reason: Option<String>,
}

/// One bin of the leading probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Bin {
    pub low: f64,
    pub high: f64,
    pub n: usize,
    /// Mean leading probability; not a number in an empty bin, as all that follows.
    pub probability: f64,
    pub accuracy: f64,
    pub accuracy_low: f64,
    pub accuracy_high: f64,
}

/// How well one class is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByClass {
    /// Facts of this class.
    pub n_true: usize,
    /// Facts to which the model gives this class; ties share them.
    pub n_found: f64,
    /// Facts of this class to which the model gives it.
    pub hits: f64,
}

impl ByClass {
    /// Share of right ones among those found.
    pub fn precision(&self) -> Option<f64> {
        (self.n_found > 0.0).then(|| self.hits / self.n_found)
    }

    /// Share of those found among all of this class.
    pub fn recall(&self) -> Option<f64> {
        (self.n_true > 0).then(|| self.hits / self.n_true as f64)
    }

    /// The harmonic mean of the two.
    pub fn f1(&self) -> Option<f64> {
        let all = self.n_true as f64 + self.n_found;
        (all > 0.0).then(|| 2.0 * self.hits / all)
    }
}

/// One fact that is evaluated.
#[derive(Debug, Clone, Copy)]
struct Case {
    fact: usize,
    /// Into the answers.
    answer: usize,
    /// The share of the credit.
    right: f64,
    top: f64,
    /// The probability of the true answer, if the model gives one.
    p_truth: Option<f64>,
    claimed: bool,
    /// Of a number: answer − truth; else not a number.
    error: f64,
}

/// How right a result is.
pub struct Evaluation {
    /// Over all facts.
    pub measures: Measures,
    /// Calibration of the leading probabilities; none for estimates of numbers.
    pub bins: Vec<Bin>,
    /// By class, in closed form.
    pub classes: Option<Vec<ByClass>>,
    cases: Vec<Case>,
}

/// Leading answers whose probabilities differ by less than this part tie.
const TIE: f64 = 1e-12;

impl Truth {
    /// Compares the result with the truth.
    ///
    /// Facts whose answers the model was told (gold) are left out, and counted.
    ///
    /// # Errors
    /// [`DataError::NothingToEvaluate`] without a fact in common; [`DataError::TruthValue`] for an answer that its kind cannot read;
    /// [`ParameterError::Range`].
    pub fn evaluate(&self, answers: &Answers, options: &EvaluateOptions) -> Result<Evaluation> {
        check(options)?;
        let votes = self.votes();
        let index = self.matrix().inner.facts.index();
        let mut measures = Measures::default();
        let mut there = Vec::new();
        for (a, (fact, _)) in answers.iter().enumerate() {
            match index.get(fact).map(|f| *f as usize) {
                None => measures.n_unknown += 1,
                Some(f) if votes.gold(f) != Gold::Unknown => measures.n_gold += 1,
                Some(f) => there.push((f, a)),
            }
        }
        // In the order of the reports, so that the order of the answers changes no bit.
        there.sort_unstable();
        if there.is_empty() {
            return Err(self.nothing_in_common(answers, &measures));
        }
        if self.fitted().numbers.is_some() {
            return self.evaluate_numbers(answers, &there, measures);
        }
        let mut cases = Vec::with_capacity(there.len());
        let mut sums = Sums::default();
        let mut classes = (votes.form() == Form::Closed)
            .then(|| vec![ByClass { n_true: 0, n_found: 0.0, hits: 0.0 }; votes.n_classes()]);
        let cells = Cells::new(votes);
        let mut errors = Errors::default();
        for (f, a) in there {
            let text = &answers.0[a].1;
            if self.probability(f).is_none() {
                measures.n_unanswered += 1;
                continue;
            }
            let truth = cells.find(f, text).map(|k| k as usize);
            if truth.is_none() {
                gold::check_readable(self.matrix(), f, &answers.0[a], "truth")?;
            }
            let mut case = self.case(f, a, truth, options.clip, &mut sums, classes.as_deref_mut());
            if let (Some(said), Some(known)) = (self.leading_number(f), self.number(f, text)) {
                case.error = said - known;
                errors.add(case.error);
            }
            cases.push(case);
        }
        measures.n = cases.len();
        if cases.is_empty() {
            let reason =
                "the model has no answer for any fact whose truth is known: no report of these can be compared";
            return Err(DataError::NothingToEvaluate { reason: reason.to_owned() }.into());
        }
        measures.n_never_claimed = cases.iter().filter(|c| !c.claimed).count();
        let (n, hits) = (cases.len() as f64, cases.iter().map(|c| c.right).sum::<f64>());
        measures.accuracy = Some(hits / n);
        measures.accuracy_interval = Some(interval(hits, n, options.confidence));
        measures.brier = Some(sums.brier / n);
        measures.log_loss_claimed = (sums.n_claimed > 0).then(|| sums.claimed / sums.n_claimed as f64);
        if sums.n_without == 0 {
            measures.log_loss = Some(sums.all / n);
        } else {
            measures.reason = Some(format!(
                "no log_loss: the true answer of {} of {} facts is claimed by no source, and the model gives no probability to \"none of the claimed\"",
                sums.n_without,
                cases.len()
            ));
        }
        let bins = bins(&cases, options);
        measures.ece = Some(
            bins.iter().filter(|b| b.n > 0).map(|b| b.n as f64 * (b.accuracy - b.probability).abs()).sum::<f64>() / n,
        );
        (measures.mae, measures.rmse) = errors.means();
        Ok(Evaluation { measures, bins, classes, cases })
    }

    /// One fact; adds to the sums.
    fn case(
        &self,
        f: usize,
        answer: usize,
        truth: Option<usize>,
        clip: f64,
        sums: &mut Sums,
        classes: Option<&mut [ByClass]>,
    ) -> Case {
        let votes = self.votes();
        let belief = &self.fitted().belief[votes.cells(f)];
        let unclaimed = self.fitted().unclaimed.as_ref().map(|u| u[f]).filter(|u| u.is_finite());
        let top = belief.iter().copied().fold(0.0, f64::max);
        let tied: Vec<usize> = (0..belief.len()).filter(|k| belief[*k] >= top * (1.0 - TIE)).collect();
        let credit = 1.0 / tied.len().max(1) as f64;
        let right = if truth.is_some_and(|t| tied.contains(&t)) { credit } else { 0.0 };
        let of = votes.of(f);
        let said = |k: usize| (0..of.len()).any(|i| of.choice[i] as usize == k && !of.denies(i));
        let claimed = truth.is_some_and(said);
        if let Some(classes) = classes {
            tied.iter().for_each(|k| classes[*k].n_found += credit);
            if let Some(t) = truth {
                classes[t].n_true += 1;
                classes[t].hits += right;
            }
        }
        let p_truth = match truth {
            Some(t) => Some(belief[t]),
            None => unclaimed,
        };
        match p_truth {
            Some(p) => sums.all -= p.clamp(clip, 1.0).ln(),
            None => sums.n_without += 1,
        }
        if let Some(t) = truth.filter(|_| claimed) {
            let named: Vec<f64> = (0..belief.len()).filter(|k| said(*k)).map(|k| belief[k]).collect();
            let among: f64 = named.iter().sum();
            // A model that is sure of a class nobody names does not choose among the others.
            let share = if among > 0.0 { belief[t] / among } else { 1.0 / named.len() as f64 };
            sums.claimed -= share.clamp(clip, 1.0).ln();
            sums.n_claimed += 1;
        }
        // Σ (p − truth)²: that of the truth apart.
        let squares: f64 = belief.iter().map(|p| p * p).sum();
        let none = unclaimed.unwrap_or(0.0).powi(2);
        sums.brier += squares + none + 1.0 - 2.0 * p_truth.unwrap_or(0.0);
        Case { fact: f, answer, right, top: top.min(1.0), p_truth, claimed, error: f64::NAN }
    }

    fn evaluate_numbers(
        &self,
        answers: &Answers,
        there: &[(usize, usize)],
        mut measures: Measures,
    ) -> Result<Evaluation> {
        let estimates = self.fitted().numbers.as_deref().unwrap_or_default();
        let mut errors = Errors::default();
        let (mut inside, mut with_interval) = (0_u32, 0_u32);
        let mut cases = Vec::new();
        let cells = Cells::new(self.votes());
        for (f, a) in there {
            let estimate = estimates[*f];
            if !estimate.value.is_finite() {
                measures.n_unanswered += 1;
                continue;
            }
            let text = &answers.0[*a].1;
            let Some(known) = self.number(*f, text) else {
                let (fact, value) = answers.0[*a].clone();
                return Err(DataError::NotOfKind {
                    role: "truth",
                    fact,
                    value,
                    kind: self.matrix().inner.kind(*f).name(),
                }
                .into());
            };
            let error = estimate.value - known;
            errors.add(error);
            if estimate.low.is_finite() && estimate.high.is_finite() {
                with_interval += 1;
                inside += u32::from(estimate.low <= known && known <= estimate.high);
            }
            let right = f64::from(u8::from(estimate.value == known));
            let claimed = cells.find(*f, text).is_some();
            cases.push(Case { fact: *f, answer: *a, right, top: f64::NAN, p_truth: None, claimed, error });
        }
        measures.n = cases.len();
        (measures.mae, measures.rmse) = errors.means();
        measures.interval_coverage = (with_interval > 0).then(|| f64::from(inside) / f64::from(with_interval));
        measures.reason =
            Some("estimates of numbers have no probabilities: mae and rmse are in the unit of the facts".to_owned());
        Ok(Evaluation { measures, bins: vec![], classes: None, cases })
    }

    /// An answer as a number, where the fact's values are numbers.
    fn number(&self, f: usize, text: &str) -> Option<f64> {
        let m = &*self.matrix().inner;
        let kind = m.kind(f);
        let numbers = matches!(kind.name(), "interval" | "ratio");
        if numbers { kind.read(&Raw::Text(text), &m.context(f)).ok()?.as_number() } else { None }
    }

    /// The leading answer as a number, if it is one and no bound.
    fn leading_number(&self, f: usize) -> Option<f64> {
        let m = &*self.matrix().inner;
        if !matches!(m.kind(f).name(), "interval" | "ratio") {
            return None;
        }
        let (named, claim) = self.leading_claim(f)?;
        let plain = matches!(m.form(claim).qualifier, Qualifier::Exact | Qualifier::About | Qualifier::Possible);
        if plain { m.claim_value(named, claim)?.as_number() } else { None }
    }

    fn nothing_in_common(&self, answers: &Answers, measures: &Measures) -> crate::Error {
        let reason = if answers.is_empty() {
            "the truth has no facts".to_owned()
        } else if measures.n_gold > 0 {
            "the model was told all of these answers (gold); keep some apart".to_owned()
        } else {
            let known = quoted(answers.iter().take(3).map(|(fact, _)| fact.as_str()));
            let names: Vec<_> = self.matrix().inner.facts.names().take(3).map(std::borrow::Cow::into_owned).collect();
            let reported = quoted(names.iter().map(String::as_str));
            format!(
                "no fact of the truth ({known}, …) is among those of the reports ({reported}, …); use the same labels"
            )
        };
        DataError::NothingToEvaluate { reason }.into()
    }
}

impl Evaluation {
    /// One row a fact: `fact`, `value`, `truth`, `right` (ties share), `probability` of the value, `p_truth`, `claimed`, `error` of a number.
    pub fn facts(&self, truth: &Truth, answers: &Answers) -> Table {
        let m = &*truth.matrix().inner;
        let value = match &truth.fitted().numbers {
            Some(numbers) => Column::floats(self.cases.iter().map(|c| Some(numbers[c.fact].value))),
            None => truth.leading_column(self.cases.iter().map(|c| c.fact)),
        };
        let finite = |x: f64| Some(x).filter(|x| x.is_finite());
        Table::new([
            ("fact", m.facts.column(self.cases.iter().map(|c| c.fact as u32))),
            ("value", value),
            ("truth", Column::texts(self.cases.iter().map(|c| Some(&answers.0[c.answer].1)))),
            ("right", Column::floats(self.cases.iter().map(|c| Some(c.right)))),
            ("probability", Column::floats(self.cases.iter().map(|c| finite(c.top)))),
            ("p_truth", Column::floats(self.cases.iter().map(|c| c.p_truth))),
            ("claimed", Values::Bool(self.cases.iter().map(|c| c.claimed).collect()).into()),
            ("error", Column::floats(self.cases.iter().map(|c| finite(c.error)))),
        ])
    }

    /// One row a class: `class`, `precision`, `recall`, `f1`, `n_true`, `n_found`; `None` in open form.
    pub fn by_class(&self, truth: &Truth) -> Option<Table> {
        let classes = self.classes.as_ref()?;
        Some(Table::new([
            ("class", truth.votes().class_column()),
            ("precision", Column::floats(classes.iter().map(ByClass::precision))),
            ("recall", Column::floats(classes.iter().map(ByClass::recall))),
            ("f1", Column::floats(classes.iter().map(ByClass::f1))),
            ("n_true", Column::counts(classes.iter().map(|c| c.n_true))),
            ("n_found", Column::floats(classes.iter().map(|c| Some(c.n_found)))),
        ]))
    }

    /// One row a bin of the leading probability.
    pub fn reliability(&self) -> Table {
        let floats =
            |of: fn(&Bin) -> f64| Column::floats(self.bins.iter().map(|b| Some(of(b)).filter(|x| x.is_finite())));
        Table::new([
            ("low", floats(|b| b.low)),
            ("high", floats(|b| b.high)),
            ("n", Column::counts(self.bins.iter().map(|b| b.n))),
            ("probability", floats(|b| b.probability)),
            ("accuracy", floats(|b| b.accuracy)),
            ("accuracy_low", floats(|b| b.accuracy_low)),
            ("accuracy_high", floats(|b| b.accuracy_high)),
        ])
    }

    /// Figures of several results, a row each: `model` and the fields of [`Measures`].
    pub fn table(results: &[(&str, &Evaluation)]) -> Table {
        let floats = |of: fn(&Measures) -> Option<f64>| Column::floats(results.iter().map(|(_, e)| of(&e.measures)));
        let counts = |of: fn(&Measures) -> usize| Column::counts(results.iter().map(|(_, e)| of(&e.measures)));
        Table::new([
            ("model", Column::texts(results.iter().map(|(model, _)| Some(model)))),
            ("accuracy", floats(|m| m.accuracy)),
            ("accuracy_low", floats(|m| m.accuracy_interval.map(|i| i.0))),
            ("accuracy_high", floats(|m| m.accuracy_interval.map(|i| i.1))),
            ("log_loss", floats(|m| m.log_loss)),
            ("log_loss_claimed", floats(|m| m.log_loss_claimed)),
            ("brier", floats(|m| m.brier)),
            ("ece", floats(|m| m.ece)),
            ("mae", floats(|m| m.mae)),
            ("rmse", floats(|m| m.rmse)),
            ("interval_coverage", floats(|m| m.interval_coverage)),
            ("n", counts(|m| m.n)),
            ("n_never_claimed", counts(|m| m.n_never_claimed)),
            ("n_unanswered", counts(|m| m.n_unanswered)),
            ("n_gold", counts(|m| m.n_gold)),
            ("n_unknown", counts(|m| m.n_unknown)),
            ("reason", Column::texts(results.iter().map(|(_, e)| e.measures.reason.as_ref()))),
        ])
    }
}

#[derive(Default)]
struct Sums {
    all: f64,
    claimed: f64,
    n_claimed: usize,
    /// Facts whose truth has no probability at all.
    n_without: usize,
    brier: f64,
}

#[derive(Default)]
struct Errors {
    n: usize,
    absolute: f64,
    squared: f64,
}

impl Errors {
    fn add(&mut self, error: f64) {
        self.n += 1;
        self.absolute += error.abs();
        self.squared += error * error;
    }

    fn means(&self) -> (Option<f64>, Option<f64>) {
        let n = self.n as f64;
        if self.n == 0 { (None, None) } else { (Some(self.absolute / n), Some((self.squared / n).sqrt())) }
    }
}

fn check(options: &EvaluateOptions) -> Result<()> {
    let range = |name, value: String, expected| Err(ParameterError::Range { name, value, expected }.into());
    if !(1..=1000).contains(&options.bins) {
        return range("bins", options.bins.to_string(), "an integer from 1 to 1000");
    }
    if !(options.clip > 0.0 && options.clip < 1.0) {
        return range("clip", options.clip.to_string(), "a small number above 0, such as 1e-6");
    }
    if !(options.confidence > 0.0 && options.confidence < 1.0) {
        return range("confidence", options.confidence.to_string(), "a number between 0 and 1, such as 0.95");
    }
    Ok(())
}

/// The Jeffreys interval of a share, which contains 0 if there are no hits and 1 if there are no misses (Brown, Cai & DasGupta 2001).
fn interval(hits: f64, n: f64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let (a, b) = (0.5 + hits, 0.5 + (n - hits).max(0.0));
    let low = if hits <= 0.0 { 0.0 } else { beta_quantile(a, b, tail) };
    let high = if hits >= n { 1.0 } else { beta_quantile(a, b, 1.0 - tail) };
    (low, high)
}

/// Bins of equal width, closed above, as in Guo et al. (2017).
fn bins(cases: &[Case], options: &EvaluateOptions) -> Vec<Bin> {
    let width = 1.0 / options.bins as f64;
    let mut sums = vec![(0usize, 0.0, 0.0); options.bins];
    for case in cases {
        // 0.3 that came out as 0.30000000000000004 is still 0.3.
        let place = ((case.top / width - 1e-9).ceil() as usize).clamp(1, options.bins) - 1;
        let sum = &mut sums[place];
        *sum = (sum.0 + 1, sum.1 + case.top, sum.2 + case.right);
    }
    let bin = |(i, (n, probability, hits)): (usize, &(usize, f64, f64))| {
        let all = *n as f64;
        let (low, high) = if *n == 0 { (f64::NAN, f64::NAN) } else { interval(*hits, all, options.confidence) };
        Bin {
            low: i as f64 * width,
            high: (i + 1) as f64 * width,
            n: *n,
            probability: probability / all,
            accuracy: hits / all,
            accuracy_low: low,
            accuracy_high: high,
        }
    };
    sums.iter().enumerate().map(bin).collect()
}

//! How well a model predicts reports that it has not seen: to choose one where no truth is known.

use super::places::Places;
use super::votes::{Form, Votes};
use super::{Fitted, InferOptions, Prepared, Takes};
use crate::error::{DataError, ParameterError, Result};
use crate::matrix::Matrix;
use crate::stats::{Random, Watch};
use crate::table::{Column, Table};
use serde::{Deserialize, Serialize};

/// Predicted probabilities below this count as this, so that one report thought impossible is not infinitely bad.
const CLIP: f64 = 1e-6;

/// How well one model predicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// Its name.
    pub model: String,
    /// By fact with anything to predict: the sum of ln p over its reports.
    sums: Vec<f64>,
    /// By the same facts: reports, and the sum of ln(1 / answers).
    counts: Vec<usize>,
    chance: Vec<f64>,
    folds: usize,
}

impl Matrix {
    /// Fits the model without a part of the reports, for each part, and sees how probable it thought these.
    ///
    /// A report is predicted from the beliefs about its fact, p(answer), and from what was learned of its source, p(report | answer):
    /// its confusion matrix, or its reliability with the other answers equally probable; given that it is one of the answers that
    /// anyone gives to the fact, so that models of classes and models of claimed values predict the same. Facts with one answer
    /// predict nothing.
    ///
    /// # Errors
    /// As [`Matrix::infer`]; [`ParameterError::Range`] for less than 2 folds; [`ParameterError::Unusable`] for models of numbers.
    pub fn cross_validate(&self, options: &InferOptions<'_>, folds: usize, watch: &Watch) -> Result<CrossValidation> {
        if !(2..=1000).contains(&folds) {
            let value = folds.to_string();
            return Err(ParameterError::Range { name: "folds", value, expected: "an integer from 2 to 1000" }.into());
        }
        // What was learned of all reports knows those that are kept apart.
        let Prepared { model, votes, control } =
            self.prepare_inference(&InferOptions { warm_start: None, ..options.clone() })?;
        if model.takes() == Takes::Numbers {
            let reason = format!(
                "{:?} estimates numbers and gives no probability to reports; compare models of numbers by known answers, with evaluate()",
                model.name()
            );
            return Err(ParameterError::Unusable { name: "model", reason }.into());
        }
        let fold_of = folds_of(&votes, folds, options.seed)?;
        let mut log_p = vec![f64::NAN; votes.n_votes()];
        for fold in 0..folds as u32 {
            let train = votes.without(|i| fold_of[i] == fold);
            if train.n_votes() == 0 {
                continue;
            }
            let fitted = model.fit(&options.parameters, &train, &control, watch)?;
            predict(&votes, &fitted, |i| fold_of[i] == fold, &mut log_p);
        }
        let mut result =
            CrossValidation { model: model.name().to_owned(), sums: vec![], counts: vec![], chance: vec![], folds };
        for f in 0..votes.n_facts() {
            let there: Vec<f64> = votes.range(f).map(|i| log_p[i]).filter(|p| !p.is_nan()).collect();
            if !there.is_empty() {
                result.sums.push(there.iter().sum());
                result.chance.push(-(there.len() as f64) * (answers(&votes, f).len() as f64).ln());
                result.counts.push(there.len());
            }
        }
        if result.counts.is_empty() {
            let reason = "no fact has two answers, so that there is nothing to predict".to_owned();
            return Err(DataError::NothingToEvaluate { reason }.into());
        }
        Ok(result)
    }
}

/// The part of each vote, as if by lot: it follows who says what, and is the same for all models, whether they read classes or values.
/// Neither the order of rows nor what anything is called decides, except between what has the same part in what is said.
fn folds_of(votes: &Votes, folds: usize, seed: u64) -> Result<Vec<u32>> {
    let all = Votes::new(votes.ratings().clone(), Takes::Either, true, Some(Form::Closed))?;
    let places = Places::new(&all);
    let fact = places.of_facts(&all);
    let mut fold_of = Vec::with_capacity(votes.n_votes());
    for (f, fact) in fact.into_iter().enumerate() {
        let fold = |s: &u32| {
            let stream = u64::from(fact) << 32 | u64::from(places.source[*s as usize]);
            Random::new(seed, stream).below(folds) as u32
        };
        fold_of.extend(votes.of(f).source.iter().map(fold));
    }
    Ok(fold_of)
}

/// ln p of the votes that were left out, in their places.
fn predict(votes: &Votes, fitted: &Fitted, left_out: impl Fn(usize) -> bool, log_p: &mut [f64]) {
    let known: Vec<f64> = fitted.reliability.iter().map(|r| r.value).filter(|r| r.is_finite()).collect();
    let usual = if known.is_empty() { 0.5 } else { known.iter().sum::<f64>() / known.len() as f64 };
    for f in 0..votes.n_facts() {
        let (of, cells) = (votes.of(f), votes.cells(f));
        let (k, answers) = (cells.len(), answers(votes, f));
        if answers.len() < 2 {
            continue;
        }
        let belief = &fitted.belief[cells];
        let total: f64 = belief.iter().filter(|p| p.is_finite()).sum();
        let p = |t: usize| if total > 0.0 && belief[t].is_finite() { belief[t] / total } else { 1.0 / k as f64 };
        for (i, vote) in votes.range(f).enumerate().filter(|(_, vote)| left_out(*vote)) {
            if of.denies(i) {
                continue;
            }
            let (s, said) = (of.source[i] as usize, of.choice[i]);
            let right = Some(fitted.reliability[s].value).filter(|r| r.is_finite()).unwrap_or(usual).clamp(0.0, 1.0);
            let predicted = |v: u32| -> f64 {
                let v = v as usize;
                match &fitted.confusion {
                    Some(confusion) => (0..k).map(|t| p(t) * confusion[(s * k + t) * k + v]).sum(),
                    None => p(v) * right + (1.0 - p(v)) * (1.0 - right) / (k - 1) as f64,
                }
            };
            let among: f64 = answers.iter().map(|v| predicted(*v)).sum();
            let share = if among > 0.0 { predicted(said) / among } else { 1.0 / answers.len() as f64 };
            log_p[vote] = share.clamp(CLIP, 1.0).ln();
        }
    }
}

/// The cells of a fact that someone asserts.
fn answers(votes: &Votes, fact: usize) -> Vec<u32> {
    let of = votes.of(fact);
    let mut answers: Vec<u32> = (0..of.len()).filter(|i| !of.denies(*i)).map(|i| of.choice[i]).collect();
    answers.sort_unstable();
    answers.dedup();
    answers
}

impl CrossValidation {
    /// Mean ln p of a report that was kept apart.
    pub fn log_probability(&self) -> f64 {
        self.sums.iter().sum::<f64>() / self.n() as f64
    }

    /// Reports that were predicted.
    pub fn n(&self) -> usize {
        self.counts.iter().sum()
    }

    /// One row a model, as given: `model`, `log_probability`, `std_error`, `difference` to the best, `difference_std_error`, `chance`
    /// (what guessing among the answers gives), `n`, `folds`.
    ///
    /// Reports of one fact belong together: errors are those of a ratio of sums over facts. Those of differences are of pairs, so that
    /// what makes a fact hard for all models cancels out; they are null where models were judged by different facts.
    pub fn table(results: &[&CrossValidation]) -> Table {
        let all = || results.iter().copied();
        // Of equal ones the first.
        let best = all().rev().max_by(|a, b| a.log_probability().total_cmp(&b.log_probability()));
        let paired = |r: &CrossValidation| best.filter(|b| b.counts == r.counts && !std::ptr::eq(*b, r));
        let difference = |r: &CrossValidation| best.map(|b| r.log_probability() - b.log_probability());
        let error = |r: &CrossValidation| {
            let b = paired(r)?;
            let sums: Vec<f64> = r.sums.iter().zip(&b.sums).map(|(x, y)| x - y).collect();
            std_error(&sums, &r.counts)
        };
        Table::new([
            ("model", Column::texts(all().map(|r| Some(&r.model)))),
            ("log_probability", Column::floats(all().map(|r| Some(r.log_probability())))),
            ("std_error", Column::floats(all().map(|r| std_error(&r.sums, &r.counts)))),
            ("difference", Column::floats(all().map(difference))),
            ("difference_std_error", Column::floats(all().map(error))),
            ("chance", Column::floats(all().map(|r| Some(r.chance.iter().sum::<f64>() / r.n() as f64)))),
            ("n", Column::counts(all().map(CrossValidation::n))),
            ("folds", Column::counts(all().map(|r| r.folds))),
        ])
    }
}

/// The standard error of Σ sums / Σ counts over facts (Cochran 1977, section 6.4); `None` for one fact.
fn std_error(sums: &[f64], counts: &[usize]) -> Option<f64> {
    let (facts, n) = (sums.len() as f64, counts.iter().sum::<usize>() as f64);
    let mean = sums.iter().sum::<f64>() / n;
    let squares: f64 = sums.iter().zip(counts).map(|(sum, count)| (sum - mean * *count as f64).powi(2)).sum();
    (facts > 1.0).then(|| (squares * facts / (facts - 1.0)).sqrt() / n)
}

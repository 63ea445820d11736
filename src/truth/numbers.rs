//! What models of numbers share: reports as numbers, facts on a common scale.

use super::iterate::Progress;
use super::votes::Votes;
use super::{Axis, Control, Estimate, Fitted, Gold, Learned, Objective, Terms};
use crate::error::{DataError, Result};
use crate::stats::Watch;
use crate::value::Qualifier;

/// Numbers by fact, each fact centred at its median and scaled by the spread of its reports (1 where they all agree), so that
/// facts in metres and in millimetres count alike.
pub(super) struct Numbers {
    pub ptr: Vec<usize>,
    pub source: Vec<u32>,
    pub x: Vec<f64>,
    pub weight: Vec<f64>,
    pub centre: Vec<f64>,
    pub scale: Vec<f64>,
    /// On the common scale.
    pub gold: Vec<Option<f64>>,
    /// Reports of each source.
    pub n: Vec<f64>,
}

/// What a model of numbers ends with.
pub(super) struct Ended {
    /// On the common scale, with the standard error of each.
    pub truth: Vec<(f64, f64)>,
    /// What a report of each source weighs.
    pub weight: Vec<f64>,
    pub progress: Progress,
}

/// The least weight of a source: where all of a fact's have none, they count alike.
const LEAST: f64 = 1e-12;
/// The largest that can be squared, with room for sums.
const LARGEST: f64 = 1e150;

/// The number that a claim gives; bounds are none.
fn number(votes: &Votes, fact: usize, cell: usize) -> Option<f64> {
    let m = &*votes.matrix().inner;
    let (f, c) = votes.claim(fact, cell)?;
    let is_number = matches!(m.kind(f).name(), "interval" | "ratio");
    let is_point =
        matches!(m.form(c).qualifier, Qualifier::Exact | Qualifier::About | Qualifier::Possible | Qualifier::Within);
    m.claim_value(f, c).and_then(|v| v.as_number()).filter(|_| is_number && is_point)
}

/// The known answer of a fact.
fn known(votes: &Votes, fact: usize) -> Option<f64> {
    match votes.gold(fact) {
        Gold::Is(k) => number(votes, fact, k as usize),
        Gold::Unclaimed => votes.gold_number(fact),
        Gold::Unknown => None,
    }
}

/// An error where a number of a fact cannot be squared.
fn check_size(model: &'static str, votes: &Votes, fact: usize, x: f64) -> Result<()> {
    if x.abs() <= LARGEST {
        return Ok(());
    }
    let fact = votes.matrix().inner.facts.name(fact as u32);
    let reason = format!("fact {fact:?} has the number {x:e}, too large to be squared; take a larger unit");
    Err(DataError::NoNumbers { model, reason }.into())
}

fn median(x: &[f64]) -> f64 {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
}

/// The estimate of a fact as a sum: the median of its reports, and how far each draws it from there. `prior`: what the median weighs.
pub(super) fn terms(learned: &Learned, votes: &Votes, fact: usize, prior: f64) -> Option<Terms> {
    let (of, weight) = (votes.of(fact), learned.get("weight"));
    let x: Vec<Option<f64>> = of.choice.iter().map(|k| number(votes, fact, *k as usize)).collect();
    let numbers: Vec<f64> = x.iter().flatten().copied().collect();
    if numbers.is_empty() {
        return None;
    }
    let centre = median(&numbers);
    let weighs = |i: usize| if x[i].is_some() { of.weight(i) * weight[of.source[i] as usize].max(LEAST) } else { 0.0 };
    let total = prior + (0..of.len()).map(weighs).sum::<f64>();
    let adds = |i: usize| vec![weighs(i) / total * (x[i].unwrap_or(centre) - centre)];
    Some(Terms { prior: vec![centre], votes: (0..of.len()).map(adds).collect(), partial: false })
}

impl Numbers {
    /// The numbers in `votes`: exact, about, possible or within. Bounds are no numbers, and left out.
    ///
    /// # Errors
    /// [`DataError::NoNumbers`] where there are none.
    pub fn new(model: &'static str, votes: &Votes) -> Result<Numbers> {
        let n_facts = votes.n_facts();
        let mut all = Numbers {
            ptr: vec![0],
            source: vec![],
            x: vec![],
            weight: vec![],
            centre: vec![0.0; n_facts],
            scale: vec![1.0; n_facts],
            gold: vec![None; n_facts],
            n: vec![0.0; votes.n_sources()],
        };
        for f in 0..n_facts {
            let of = votes.of(f);
            let first = all.x.len();
            for i in 0..of.len() {
                if let Some(x) = number(votes, f, of.choice[i] as usize) {
                    check_size(model, votes, f, x)?;
                    all.source.push(of.source[i]);
                    all.x.push(x);
                    all.weight.push(of.weight(i));
                    all.n[of.source[i] as usize] += of.weight(i);
                }
            }
            let own = &mut all.x[first..];
            if !own.is_empty() {
                let centre = median(own);
                let mean = own.iter().map(|x| x - centre).sum::<f64>() / own.len() as f64;
                let spread = (own.iter().map(|x| (x - centre - mean).powi(2)).sum::<f64>() / own.len() as f64).sqrt();
                let scale = if spread > 0.0 { spread } else { 1.0 };
                own.iter_mut().for_each(|x| *x = (*x - centre) / scale);
                (all.centre[f], all.scale[f]) = (centre, scale);
            }
            if let Some(x) = known(votes, f) {
                check_size(model, votes, f, x)?;
                all.gold[f] = Some((x - all.centre[f]) / all.scale[f]);
            }
            all.ptr.push(all.x.len());
        }
        if all.x.is_empty() {
            let reason = "no report gives a number of kind \"interval\" or \"ratio\"; say kind=\"interval\", or take a model of labels".to_owned();
            return Err(DataError::NoNumbers { model, reason }.into());
        }
        Ok(all)
    }

    /// The weighted mean of each fact, its spread by weights as standard error.
    pub fn means(&self, weight: &[f64]) -> Vec<(f64, f64)> {
        let one = |f: usize| {
            if let Some(gold) = self.gold[f] {
                return (gold, 0.0);
            }
            let range = self.ptr[f]..self.ptr[f + 1];
            let w = |i: usize| self.weight[i] * weight[self.source[i] as usize].max(LEAST);
            let total: f64 = range.clone().map(w).sum();
            if total == 0.0 {
                return (f64::NAN, f64::NAN);
            }
            let mean = range.clone().map(|i| w(i) * self.x[i]).sum::<f64>() / total;
            let n = range.len() as f64;
            if n < 2.0 {
                return (mean, f64::NAN);
            }
            let square: f64 = range.map(|i| (w(i) * (self.x[i] - mean)).powi(2)).sum();
            (mean, square.sqrt() / total * (n / (n - 1.0)).sqrt())
        };
        (0..self.gold.len()).map(one).collect()
    }

    /// The sum of squared distances of each source to the truth.
    pub fn squares(&self, truth: &[(f64, f64)]) -> Vec<f64> {
        let mut squares = vec![0.0; self.n.len()];
        for (f, (t, _)) in truth.iter().enumerate() {
            for i in self.ptr[f]..self.ptr[f + 1] {
                squares[self.source[i] as usize] += self.weight[i] * (self.x[i] - t).powi(2);
            }
        }
        squares
    }

    /// The mean of all reports of each fact at first, or with what was learned.
    pub fn alternate(&self, control: &Control, watch: &Watch, weigh: impl Fn(&[f64]) -> Vec<f64>) -> Result<Ended> {
        watch.expect((control.max_iter * self.gold.len()) as u64);
        let mut weight = match &control.start {
            Some(learned) => learned.get("weight").to_vec(),
            None => vec![1.0; self.n.len()],
        };
        let mut truth = self.means(&weight);
        let mut progress = Progress::new(control, Objective::Change);
        for _ in 0..control.max_iter {
            weight = weigh(&self.squares(&truth));
            let new = self.means(&weight);
            let change = |(a, b): (&(f64, f64), &(f64, f64))| if a.0.is_finite() { (a.0 - b.0).abs() } else { 0.0 };
            let change = truth.iter().zip(&new).map(change).fold(0.0, f64::max);
            truth = new;
            watch.tick(self.gold.len() as u64)?;
            if progress.changed(change) {
                break;
            }
        }
        Ok(Ended { truth, weight, progress })
    }

    /// The result on the scale of the reports.
    pub fn fitted(&self, model: &'static str, votes: &Votes, control: &Control, ended: Ended) -> Fitted {
        let z = statrs::function::erf::erfc_inv(1.0 - control.confidence) * std::f64::consts::SQRT_2;
        let numbers = ended.truth.iter().enumerate().map(|(f, (t, e))| {
            let at = |x: f64| self.centre[f] + self.scale[f] * x;
            let estimate = Estimate { value: at(*t), low: at(t - z * e), high: at(t + z * e) };
            // A known answer to the last digit.
            known(votes, f).map_or(estimate, |x| Estimate { value: x, low: x, high: x })
        });
        // No claim has a probability.
        let belief = vec![f64::NAN; votes.n_cells()];
        let fitted = Fitted::at_once(model, votes, belief, control.confidence);
        let learned = fitted.learned.clone().with("weight", &[Axis::Source], ended.weight.clone());
        Fitted {
            numbers: Some(numbers.collect()),
            reliability: vec![Estimate::point(f64::NAN); votes.n_sources()],
            weight: ended.weight,
            learned,
            ..fitted.after(ended.progress)
        }
    }
}

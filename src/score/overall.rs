//! All facts in one line: mean agreement with its interval, and how many facts of each status.

use super::{Scores, Status, analysis::sum_sorted};
use crate::stats::beta_quantile;
use serde::Serialize;

/// What the facts shown have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overall {
    /// Mean agreement over the facts that have one, in [0, 1].
    pub agreement: Option<f64>,
    /// Lower end of its interval over facts.
    pub low: Option<f64>,
    /// Upper end of its interval over facts.
    pub high: Option<f64>,
    /// Facts shown.
    pub n_facts: usize,
    /// Facts with at least two independent voices.
    pub n_compared: usize,
    /// Facts of each status that occurs, in the order of [`Status::ALL`].
    pub status: Vec<(&'static str, usize)>,
    /// What counts as one voice.
    pub independence: &'static str,
    /// Voices at that level in the whole matrix.
    pub n_voices: usize,
}

impl Scores {
    /// Mean agreement over facts, with an interval that takes the facts as a sample of facts like these.
    ///
    /// The mean is treated as a proportion out of as many trials as give it the variance seen between facts (all facts, where there
    /// is none): Beta(½ + mA, ½ + m(1 − A)), after Brown, Cai & DasGupta (2001). So a hundred facts in full agreement are not
    /// taken for certainty, and the interval stays in [0, 1].
    pub fn overall(&self) -> Overall {
        let mut agreement: Vec<f64> = (0..self.len()).filter_map(|row| self.agreement(row)).collect();
        let n = agreement.len() as f64;
        let mean = sum_sorted(&mut agreement) / n;
        let mut squares: Vec<f64> = agreement.iter().map(|a| (a - mean) * (a - mean)).collect();
        let variance_of_mean = sum_sorted(&mut squares) / (n - 1.0) / n;
        let trials = match mean * (1.0 - mean) / variance_of_mean {
            m if m.is_finite() && variance_of_mean > 0.0 => m.min(n * n),
            _ => n,
        };
        let tail = (1.0 - self.options().confidence) / 2.0;
        let quantile = |p| beta_quantile(0.5 + trials * mean, 0.5 + trials * (1.0 - mean), p);
        let known = n > 0.0;
        let mut status = Vec::new();
        for (s, word) in Status::ALL {
            let count = (0..self.len()).filter(|row| self.status(*row) == s).count();
            if count > 0 {
                status.push((word, count));
            }
        }
        Overall {
            agreement: known.then_some(mean),
            low: known.then(|| if mean == 0.0 { 0.0 } else { quantile(tail).min(mean) }),
            high: known.then(|| if mean == 1.0 { 1.0 } else { quantile(1.0 - tail).max(mean) }),
            n_facts: self.len(),
            n_compared: agreement.len(),
            status,
            independence: self.independence().name(),
            n_voices: self.n_voices(),
        }
    }

    fn n_voices(&self) -> usize {
        let m = &*self.matrix().inner;
        if m.names.is_none() {
            return self.matrix().n_sources();
        }
        let mut voices: Vec<u32> = (0..m.entries.len()).filter_map(|r| m.voice(r, self.independence())).collect();
        voices.sort_unstable();
        voices.dedup();
        voices.len()
    }
}

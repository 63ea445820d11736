//! What variational models share: the posterior of probabilities whose prior is a Dirichlet distribution.

use statrs::function::gamma::{digamma, ln_gamma};

/// A Dirichlet prior.
pub(super) struct Dirichlet {
    prior: Vec<f64>,
    /// ln of its normalising constant.
    ln_beta: f64,
}

fn ln_beta(parameters: &[f64]) -> f64 {
    parameters.iter().map(|x| ln_gamma(*x)).sum::<f64>() - ln_gamma(parameters.iter().sum())
}

impl Dirichlet {
    pub fn new(prior: Vec<f64>) -> Dirichlet {
        Dirichlet { ln_beta: ln_beta(&prior), prior }
    }

    /// Counts → E ln p under the posterior; gives −KL(posterior ‖ prior).
    pub fn mean_logs(&self, counts: &mut [f64]) -> f64 {
        counts.iter_mut().zip(&self.prior).for_each(|(x, prior)| *x += prior);
        let psi = digamma(counts.iter().sum());
        let mut divergence = self.ln_beta - ln_beta(counts);
        for (x, prior) in counts.iter_mut().zip(&self.prior) {
            let log = digamma(*x) - psi;
            divergence += (*x - prior) * log;
            *x = log;
        }
        -divergence
    }
}

/// The prior of the rows of a confusion matrix: `right` on the diagonal, `wrong` beside it.
pub(super) struct Rows {
    k: usize,
    /// The prior, its ln Γ and its digamma: beside the diagonal, and on it.
    cells: [(f64, f64, f64); 2],
}

impl Rows {
    pub fn new(right: f64, wrong: f64, k: usize) -> Rows {
        Rows { k, cells: [wrong, right].map(|prior| (prior, ln_gamma(prior), digamma(prior))) }
    }

    /// As [`Dirichlet::mean_logs`], of the labels given in one class, whose counts are at the places `at`. Of labels that nobody gave
    /// there, most where classes are many, nothing but the prior is known.
    pub fn mean_logs(&self, class: usize, counts: &mut [f64], at: impl Fn(usize) -> usize) -> f64 {
        let prior = self.cells[1].0 + (self.k - 1) as f64 * self.cells[0].0;
        let total = prior + (0..self.k).map(|v| counts[at(v)]).sum::<f64>();
        let psi = digamma(total);
        let mut divergence = ln_gamma(total) - ln_gamma(prior);
        for v in 0..self.k {
            let (prior, ln_prior, psi_prior) = self.cells[usize::from(v == class)];
            let count = &mut counts[at(v)];
            let a = prior + *count;
            let log = if a == prior { psi_prior } else { digamma(a) } - psi;
            if a != prior {
                divergence += ln_prior - ln_gamma(a) + *count * log;
            }
            *count = log;
        }
        -divergence
    }
}

//! The numerical tools under the scores: the Beta and F distributions, the chi-squared tail, the probability of the lead,
//! ordered parallel maps and a watch that reports progress and stops long computations.

pub mod chunks;

mod beta;
mod f;
mod lead;
mod watch;

pub use beta::{beta_cdf, beta_quantile};
pub use f::{chi_squared_tail, f_quantile};
pub use lead::lead_probability;
pub use watch::Watch;

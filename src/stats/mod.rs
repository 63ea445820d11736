//! The numerical tools under the scores: the Beta distribution, the probability of the lead, ordered parallel maps and
//! a watch that reports progress and stops long computations.

pub mod chunks;

mod beta;
mod lead;
mod watch;

pub use beta::{beta_cdf, beta_quantile};
pub use lead::lead_probability;
pub use watch::Watch;

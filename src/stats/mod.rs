//! The numerical tools under the scores: the Beta, F, normal and Student's t distributions, the chi-squared tail, the probability of
//! the lead, random numbers, ordered parallel maps and a watch that reports progress and stops long computations.

pub mod chunks;
pub mod lanes;

mod beta;
mod digamma;
mod f;
mod lead;
mod random;
mod student;
mod watch;

pub use beta::{beta_cdf, beta_quantile};
pub use digamma::digamma_rise;
pub use f::{chi_squared_tail, f_quantile};
pub use lead::lead_probability;
pub use random::Random;
pub(crate) use random::mix;
pub use student::{normal_cdf, normal_quantile, t_quantile};
pub use watch::Watch;

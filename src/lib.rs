//! How much do several sources agree on each fact, and how sure can one be?
//!
//! Reports (source, fact, value) become a sparse claim-by-source [`Matrix`]; its [`score`](Matrix::score) tells for each fact how
//! far the independent voices agree, with an interval, where the camps are and what can be said of it in a word.
//!
//! ```
//! use consilience::{Matrix, matrix::Options, score::ScoreOptions, stats::Watch};
//!
//! let reports = [
//!     ("capital", "atlas", "Bern"), ("capital", "almanac", "Bern"), ("capital", "quiz", "Zurich"),
//!     ("cantons", "atlas", "26"), ("cantons", "almanac", "26"),
//! ];
//! let matrix = Matrix::from_triples(reports, &Options::default())?;
//! let scores = matrix.score(&ScoreOptions::default(), &Watch::default())?;
//! assert_eq!(scores.status(0).name(), "contested");
//! assert_eq!(scores.status(1).name(), "unanimous");
//! # Ok::<(), consilience::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod agreement;
pub mod column;
pub mod error;
pub mod matrix;
pub mod read;
pub mod score;
pub mod stats;
pub mod table;
pub mod truth;
pub mod value;
pub mod write;

pub use error::{Error, Result};
pub use matrix::Matrix;
pub use table::Table;

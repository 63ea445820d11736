//! stub
use super::*;
/// Reads.
pub fn csv(_source: Source<'_>) -> Result<Table> { Ok(Table::default()) }

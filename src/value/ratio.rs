//! Numbers with a true zero.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value, number};

/// Numbers with a true zero, so that "twice as much" means something: weights, durations, prices.
pub struct Ratio;

impl Kind for Ratio {
    fn name(&self) -> &'static str {
        "ratio"
    }
    fn summary(&self) -> &'static str {
        "Numbers with a true zero, so that \"twice as much\" means something (weights, prices); compared as interval numbers are."
    }
    fn reference(&self) -> &'static str {
        "Stevens (1946), On the Theory of Scales of Measurement, Science 103; with std_error: ISO 13528:2022 (E_n score)"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        number::QUALIFIERS
    }
    fn ranges(&self) -> bool {
        true
    }
    fn read(&self, raw: &Raw<'_>, _context: &Context<'_>) -> Result<Value, Unreadable> {
        number::read(raw)
    }
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region {
        number::region(statement, context)
    }
    fn takes_as_is(&self, raw: &Raw<'_>) -> bool {
        matches!(raw, Raw::Float(_))
    }
    fn plain_values_conflict(&self, context: &Context<'_>) -> bool {
        context.tolerance == 0.0
    }
}

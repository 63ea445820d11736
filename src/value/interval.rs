//! Numbers whose differences mean something.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value, number};

/// Numbers whose differences mean something: years, degrees Celsius, counts.
pub struct Interval;

impl Kind for Interval {
    fn name(&self) -> &'static str {
        "interval"
    }
    fn summary(&self) -> &'static str {
        "Numbers whose differences mean something (counts, temperatures); they agree where what they leave possible overlaps."
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

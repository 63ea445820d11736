//! Numbers on a scale that starts again.

use super::region::{Arc, SLACK};
use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value, number};

/// Numbers on a scale that starts again: hours of the day, compass bearings.
pub struct Circular;

impl Kind for Circular {
    fn name(&self) -> &'static str {
        "circular"
    }
    fn summary(&self) -> &'static str {
        "Numbers on a scale that starts again after period= (hours, bearings); a range runs clockwise from low to high."
    }
    fn reference(&self) -> &'static str {
        "Mardia & Jupp (2000), Directional Statistics, ch. 1"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        &[Qualifier::Exact, Qualifier::About, Qualifier::Within, Qualifier::Vague, Qualifier::Possible]
    }
    fn ranges(&self) -> bool {
        true
    }
    fn read(&self, raw: &Raw<'_>, context: &Context<'_>) -> Result<Value, Unreadable> {
        let Some(period) = context.period else {
            let advice = "give period=, such as 24 (hours) or 360 (degrees)".to_owned();
            return Err(Unreadable { expected: "a number on a scale whose period is known".to_owned(), advice });
        };
        let turned = |v: f64| match v.rem_euclid(period) {
            // Of a tiny negative number the remainder is rounded up to the period itself.
            rest if rest >= period => 0.0,
            rest => rest,
        };
        Ok(number::read(raw)?.as_number().map_or(Value::Number(0.0), |v| Value::Number(turned(v))))
    }
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region {
        let at = |value: Option<&Value>| value.and_then(Value::as_number);
        let Some(period) = context.period else { return Region::None };
        let ranged = statement.low.is_some() || statement.high.is_some();
        let (start, width, closed) = if ranged {
            let (Some(low), Some(high)) = (at(statement.low), at(statement.high)) else { return Region::None };
            (low, (high - low).rem_euclid(period), true)
        } else {
            let Some(v) = at(statement.value) else { return Region::None };
            match statement.qualifier {
                Qualifier::Vague => return Region::None,
                Qualifier::About => match number::about(v, context.about) {
                    Some((low, high)) => (low, high - low, false),
                    None => (v, 0.0, true),
                },
                _ => (v, 0.0, true),
            }
        };
        let t = context.tolerance;
        let width = width + t;
        let full = width >= period * (1.0 - SLACK);
        let start = (start - t / 2.0).rem_euclid(period);
        Region::Arc(Arc { start, width: width.min(period), closed: closed || full, period })
    }
    /// Every range is one: it runs clockwise, over the zero if need be.
    fn is_greater(&self, _low: &Value, _high: &Value) -> bool {
        false
    }
    /// Two points that differ by a rounding error are one.
    fn plain_values_conflict(&self, _context: &Context<'_>) -> bool {
        false
    }
}

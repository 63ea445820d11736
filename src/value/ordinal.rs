//! Words or numbers that have an order.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value, number, shortest};
use crate::error::quoted;

/// Words that have an order, or numbers of which only the order counts: grades, stages, Likert answers.
pub struct Ordinal;

impl Kind for Ordinal {
    fn name(&self) -> &'static str {
        "ordinal"
    }
    fn summary(&self) -> &'static str {
        "Words or numbers of which the order counts (grades, stages); compared by rank, in the order that order= gives."
    }
    fn reference(&self) -> &'static str {
        "Stevens (1946), On the Theory of Scales of Measurement, Science 103"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        number::QUALIFIERS
    }
    fn ranges(&self) -> bool {
        true
    }
    fn read(&self, raw: &Raw<'_>, context: &Context<'_>) -> Result<Value, Unreadable> {
        let Some(order) = context.order else { return number::read(raw) };
        let word = match raw {
            Raw::Text(text) => (*text).to_owned(),
            Raw::Int(v) => v.to_string(),
            Raw::UInt(v) => v.to_string(),
            Raw::Float(v) => shortest(*v),
            Raw::Bool(v) => v.to_string(),
            Raw::Date(_) | Raw::Instant(..) | Raw::List(_) => String::new(),
        };
        match order.rank(&word).or_else(|| order.rank(word.trim())) {
            Some(rank) => Ok(Value::Rank(rank, order.words()[rank as usize].clone())),
            None => Err(Unreadable {
                expected: format!("one of the words of order= ({})", quoted(order.words().iter().map(String::as_str))),
                advice: "correct it, add it to order=, or give this report the qualifier \"vague\"".to_owned(),
            }),
        }
    }
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region {
        // The unit of a scale of words is one rank, whatever digits the rank has: "about good" is good.
        if let (Some(Value::Rank(..)), Qualifier::About) = (statement.value, statement.qualifier) {
            return number::region(&Statement { qualifier: Qualifier::Exact, std_error: None, ..*statement }, context);
        }
        number::region(statement, context)
    }
    fn plain_values_conflict(&self, context: &Context<'_>) -> bool {
        context.tolerance == 0.0
    }
}

//! Labels without order.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value, shortest};

/// Labels without order: names, places, classes.
pub struct Nominal;

impl Kind for Nominal {
    fn name(&self) -> &'static str {
        "nominal"
    }
    fn summary(&self) -> &'static str {
        "Labels without order (names, classes); equal ones agree, and with broader= a label agrees with those it lies within."
    }
    fn reference(&self) -> &'static str {
        "Stevens (1946), On the Theory of Scales of Measurement, Science 103"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        &[Qualifier::Exact, Qualifier::Vague, Qualifier::Possible]
    }
    fn read(&self, raw: &Raw<'_>, _context: &Context<'_>) -> Result<Value, Unreadable> {
        Ok(match raw {
            Raw::Text(text) => Value::Label((*text).to_owned()),
            Raw::Int(v) => Value::Label(v.to_string()),
            Raw::UInt(v) => Value::Label(v.to_string()),
            Raw::Float(v) => Value::Label(shortest(*v)),
            Raw::Bool(v) => Value::Label(v.to_string()),
            Raw::List(words) => Value::Label(words.join(";")),
            Raw::Date(_) | Raw::Instant(..) => {
                Value::Label(super::date::Date.read(raw, &Context::default())?.to_string())
            }
        })
    }
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region {
        let Some(Value::Label(label)) = statement.value else { return Region::None };
        let broader = context.broader.map_or(vec![], |b| b.ancestors(label).map(str::to_owned).collect());
        Region::Label(label.clone(), broader)
    }
    fn takes_as_is(&self, _raw: &Raw<'_>) -> bool {
        true
    }
    fn plain_values_conflict(&self, context: &Context<'_>) -> bool {
        context.broader.is_none_or(super::Broader::is_empty)
    }
}

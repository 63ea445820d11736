//! True or false.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value};

/// True or false.
pub struct Boolean;

impl Kind for Boolean {
    fn name(&self) -> &'static str {
        "boolean"
    }
    fn summary(&self) -> &'static str {
        "True or false (also yes/no, 1/0, t/f in any case); the denial of one is the other."
    }
    fn reference(&self) -> &'static str {
        "A nominal scale of two classes: Stevens (1946), On the Theory of Scales of Measurement, Science 103"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        &[Qualifier::Exact, Qualifier::Vague, Qualifier::Possible]
    }
    fn read(&self, raw: &Raw<'_>, _context: &Context<'_>) -> Result<Value, Unreadable> {
        let value = match raw {
            Raw::Bool(v) => Some(*v),
            Raw::Int(0) | Raw::UInt(0) => Some(false),
            Raw::Int(1) | Raw::UInt(1) => Some(true),
            Raw::Float(v) if *v == 0.0 || *v == 1.0 => Some(*v == 1.0),
            Raw::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" | "t" => Some(true),
                "false" | "no" | "0" | "f" => Some(false),
                _ => None,
            },
            _ => None,
        };
        value.map(Value::Bool).ok_or_else(|| Unreadable {
            expected: "true or false (also yes/no, 1/0, t/f)".to_owned(),
            advice: "correct it, or give the fact another kind, such as \"nominal\"".to_owned(),
        })
    }
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region {
        let read = |raw: &Raw<'_>| match self.read(raw, context) {
            Ok(Value::Bool(v)) => Region::Bool(v),
            _ => Region::None,
        };
        match statement.value {
            Some(Value::Bool(v)) => Region::Bool(*v),
            // A vague value is kept as it is worded; it says the same as without the qualifier.
            Some(Value::Label(wording)) => read(&Raw::Text(wording)),
            _ => Region::None,
        }
    }
    fn plain_values_conflict(&self, _context: &Context<'_>) -> bool {
        true
    }
}

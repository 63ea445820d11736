//! Open lists.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value};

/// Open lists: "training, adaptation" says all that "training" says, and does not say that there is nothing else.
pub struct Set;

impl Kind for Set {
    fn name(&self) -> &'static str {
        "set"
    }
    fn summary(&self) -> &'static str {
        "Open lists (a list column, or text separated by \";\"); a list agrees with its parts, overlapping lists by their Jaccard index."
    }
    fn reference(&self) -> &'static str {
        "Jaccard (1912), The Distribution of the Flora in the Alpine Zone, New Phytologist 11"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        &[Qualifier::Exact, Qualifier::Vague, Qualifier::Possible]
    }
    fn read(&self, raw: &Raw<'_>, _context: &Context<'_>) -> Result<Value, Unreadable> {
        match raw {
            Raw::Text(text) => Ok(elements(text.split(';').map(str::trim).filter(|e| !e.is_empty()))),
            Raw::List(words) => Ok(elements(words.iter().copied())),
            _ => Err(Unreadable {
                expected: "a list of strings, or text separated by \";\"".to_owned(),
                advice: "give the fact the kind that its values have".to_owned(),
            }),
        }
    }
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region {
        let value = match statement.value {
            Some(Value::Label(wording)) => self.read(&Raw::Text(wording), context).ok(),
            other => other.cloned(),
        };
        match value {
            Some(Value::Set(elements)) => Region::Set(elements),
            _ => Region::None,
        }
    }
    fn plain_values_conflict(&self, _context: &Context<'_>) -> bool {
        false
    }
}

fn elements<'a>(words: impl Iterator<Item = &'a str>) -> Value {
    let mut elements: Vec<String> = words.map(str::to_owned).collect();
    elements.sort_unstable();
    elements.dedup();
    Value::Set(elements)
}

//! Free wording.

use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value};

/// Free wording: shown and counted, never compared.
pub struct Text;

impl Kind for Text {
    fn name(&self) -> &'static str {
        "text"
    }
    fn summary(&self) -> &'static str {
        "Free wording; shown and counted, never compared by string, not scored."
    }
    fn reference(&self) -> &'static str {
        "No scale in the sense of Stevens (1946), Science 103: not even equality is defined between wordings"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        &[Qualifier::Exact, Qualifier::Vague, Qualifier::Possible]
    }
    fn read(&self, raw: &Raw<'_>, context: &Context<'_>) -> Result<Value, Unreadable> {
        super::nominal::Nominal.read(raw, context)
    }
    fn region(&self, _statement: &Statement<'_>, _context: &Context<'_>) -> Region {
        Region::None
    }
    fn takes_as_is(&self, _raw: &Raw<'_>) -> bool {
        true
    }
    fn plain_values_conflict(&self, _context: &Context<'_>) -> bool {
        false
    }
}

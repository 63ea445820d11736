//! Kinds of values: how a value is read, which answers it leaves possible (its region), and how two claims relate.
//!
//! One kind is one file and one line in [`REGISTRY`]. Claims of one fact are compared by regions, never by strings.

mod boolean;
mod circular;
mod date;
mod interval;
mod nominal;
mod number;
mod ordinal;
mod ratio;
mod region;
mod set;
mod text;

use crate::error::{DataError, Result};
pub use number::shortest;
pub use region::{Arc, End, Measured, Region, Relation, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Every kind, in the order in which messages list them. A kind's id is its place here.
pub static REGISTRY: &[&dyn Kind] = &[
    &nominal::Nominal,
    &ordinal::Ordinal,
    &interval::Interval,
    &ratio::Ratio,
    &circular::Circular,
    &boolean::Boolean,
    &date::Date,
    &set::Set,
    &text::Text,
];

/// A kind of values.
pub trait Kind: Sync {
    /// The word used in the kind column.
    fn name(&self) -> &'static str;
    /// One sentence: what values of this kind are and when two of them agree.
    fn summary(&self) -> &'static str;
    /// Where the definition comes from.
    fn reference(&self) -> &'static str;
    /// The qualifiers that a claim of this kind may carry.
    fn qualifiers(&self) -> &'static [Qualifier];
    /// Whether low and high may be given.
    fn ranges(&self) -> bool {
        false
    }
    /// Reads a value; the error says what was expected.
    fn read(&self, raw: &Raw<'_>, context: &Context<'_>) -> std::result::Result<Value, Unreadable>;
    /// The answers that a statement leaves possible, before a denial is taken into account.
    fn region(&self, statement: &Statement<'_>, context: &Context<'_>) -> Region;
    /// Whether this type of label needs no reading: every label is its own value, and none is refused.
    fn takes_as_is(&self, _raw: &Raw<'_>) -> bool {
        false
    }
    /// Whether a lower end lies above an upper end.
    fn is_greater(&self, low: &Value, high: &Value) -> bool {
        low.as_number() > high.as_number()
    }
    /// Whether two different plain values (qualifier exact, no range, no std_error) of this kind always conflict, so that a fact of
    /// plain values can be scored from counts alone.
    fn plain_values_conflict(&self, context: &Context<'_>) -> bool;
}

/// A value as it arrived, before its kind reads it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Raw<'a> {
    Int(i64),
    UInt(u64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since 1970-01-01T00:00Z (a naive timestamp as it stands), and whether it had a time zone.
    Instant(i128, bool),
    List(Vec<&'a str>),
}

/// A value that its kind has read; equal values are one claim. `Display` gives its canonical text.
#[derive(Debug, Clone)]
pub enum Value {
    /// A label, free wording, or the wording of a vague value.
    Label(String),
    /// True or false.
    Bool(bool),
    /// A finite number; -0 is 0.
    Number(f64),
    /// A word of an ordinal scale and its rank from 0.
    Rank(u32, String),
    /// A time from `start` to `end` in nanoseconds since 1970-01-01T00:00Z, half-open (start = end: an instant), and its text.
    /// Spans are equal where start and end are.
    Span(i128, i128, String),
    /// Elements in code point order, each once.
    Set(Vec<String>),
}

impl Value {
    /// Where the value stands on a scale: a number, or the rank of a word.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(v) => Some(*v),
            Value::Rank(rank, _) => Some(f64::from(*rank)),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Label(text) | Value::Rank(_, text) | Value::Span(_, _, text) => f.write_str(text),
            Value::Bool(v) => write!(f, "{v}"),
            Value::Number(v) => f.write_str(&shortest(*v)),
            Value::Set(elements) => f.write_str(&elements.join(";")),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Label(a), Value::Label(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
            (Value::Rank(a, _), Value::Rank(b, _)) => a == b,
            (Value::Span(a, b, _), Value::Span(c, d, _)) => (a, b) == (c, d),
            (Value::Set(a), Value::Set(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Value::Label(text) => text.hash(state),
            Value::Bool(v) => v.hash(state),
            Value::Number(v) => v.to_bits().hash(state),
            Value::Rank(rank, _) => rank.hash(state),
            Value::Span(start, end, _) => (start, end).hash(state),
            Value::Set(elements) => elements.hash(state),
        }
    }
}

/// What a value should have been: "a number such as 3000 or 12.5".
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub advice: String,
}

/// How exactly a report states its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Qualifier {
    Exact,
    About,
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    Within,
    Vague,
    Possible,
}

impl Qualifier {
    /// Every qualifier, in the order of its number.
    pub const ALL: [Qualifier; 9] = [
        Qualifier::Exact,
        Qualifier::About,
        Qualifier::AtLeast,
        Qualifier::MoreThan,
        Qualifier::AtMost,
        Qualifier::LessThan,
        Qualifier::Within,
        Qualifier::Vague,
        Qualifier::Possible,
    ];

    /// The word used in the qualifier column.
    pub fn name(self) -> &'static str {
        match self {
            Qualifier::Exact => "exact",
            Qualifier::About => "about",
            Qualifier::AtLeast => "at_least",
            Qualifier::MoreThan => "more_than",
            Qualifier::AtMost => "at_most",
            Qualifier::LessThan => "less_than",
            Qualifier::Within => "within",
            Qualifier::Vague => "vague",
            Qualifier::Possible => "possible",
        }
    }

    /// The qualifier that tells claims apart: exact, possible and within count as one.
    pub fn of_claim(self) -> Qualifier {
        match self {
            Qualifier::Possible | Qualifier::Within => Qualifier::Exact,
            other => other,
        }
    }
}

/// The stand of the origin towards the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Stance {
    Asserts,
    Denies,
    Neither,
}

impl Stance {
    /// Every stance, in the order of its number.
    pub const ALL: [Stance; 3] = [Stance::Asserts, Stance::Denies, Stance::Neither];

    /// The word used in the stance column.
    pub fn name(self) -> &'static str {
        match self {
            Stance::Asserts => "asserts",
            Stance::Denies => "denies",
            Stance::Neither => "neither",
        }
    }
}

/// A claim's words: value, qualifier, range, standard error.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The value; `None` where only low/high are given.
    pub value: Option<&'a Value>,
    /// How exactly it is stated.
    pub qualifier: Qualifier,
    /// Lower end of an explicit range, read by the fact's kind.
    pub low: Option<&'a Value>,
    /// Upper end of an explicit range.
    pub high: Option<&'a Value>,
    /// Standard error of the value; `None` where the table has none (an absent one beside others is 0).
    pub std_error: Option<f64>,
}

/// What comparing values of one fact depends on beyond the values.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What "about" means.
    pub about: About,
    /// Numbers agree if they differ by no more than this (≥ 0).
    pub tolerance: f64,
    /// After how much a circular scale starts again.
    pub period: Option<f64>,
    /// The order of an ordinal scale's words.
    pub order: Option<&'a Order>,
    /// Which labels lie within which.
    pub broader: Option<&'a Broader>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Context { about: About::Digits, tolerance: 0.0, period: None, order: None, broader: None }
    }
}

/// What "about v" means: a half-width taken from v's significant digits, none, or a fraction of |v|.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum About {
    Digits,
    Exact,
    Fraction(f64),
}

/// The order of an ordinal scale's words.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Order {
    ranks: BTreeMap<String, u32>,
    words: Vec<String>,
}

impl Order {
    /// The words from lowest to highest; a word given twice keeps its first rank.
    pub fn new(words: Vec<String>) -> Order {
        let mut ranks = BTreeMap::new();
        for (rank, word) in words.iter().enumerate() {
            ranks.entry(word.clone()).or_insert(rank as u32);
        }
        Order { ranks, words }
    }

    /// The rank of a word, from 0.
    pub fn rank(&self, word: &str) -> Option<u32> {
        self.ranks.get(word).copied()
    }

    /// The words from lowest to highest.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// Which labels lie within which broader ones: a forest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Broader {
    parent: BTreeMap<String, String>,
}

impl Broader {
    /// From pairs of value and broader value; repeated equal pairs are fine.
    ///
    /// # Errors
    /// [`DataError::TwoParents`] where a value has two, [`DataError::Cycle`] where a value lies within itself.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Broader> {
        let mut parent: BTreeMap<String, String> = BTreeMap::new();
        let mut order = Vec::new();
        for (value, broader) in pairs {
            match parent.get(&value) {
                Some(first) if *first != broader => {
                    return Err(DataError::TwoParents { value, first: first.clone(), second: broader }.into());
                }
                Some(_) => {}
                None => {
                    order.push(value.clone());
                    parent.insert(value, broader);
                }
            }
        }
        let broader = Broader { parent };
        for value in &order {
            let mut path = vec![value.as_str()];
            for ancestor in broader.ancestors(value).take(broader.parent.len() + 1) {
                path.push(ancestor);
                if ancestor == value {
                    return Err(DataError::Cycle { path: path.join(" → ") }.into());
                }
            }
        }
        Ok(broader)
    }

    /// The broader values of a label, nearest first.
    pub fn ancestors<'s>(&'s self, label: &str) -> impl Iterator<Item = &'s str> {
        std::iter::successors(self.parent.get(label), |up| self.parent.get(*up)).map(String::as_str)
    }

    /// Whether nothing is within anything.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// Pairs of value and broader value, in no order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parent.iter().map(|(a, b)| (a.as_str(), b.as_str()))
    }
}

/// A claim as it is compared: its region, and whether it is denied.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    /// What is asserted or denied.
    pub region: Region,
    /// "not k": the claim is compared through the claim k that it denies.
    pub denied: bool,
}

impl Stated {
    /// Whether the claim can be compared at all.
    pub fn is_comparable(&self) -> bool {
        self.region != Region::None
    }

    /// How this claim relates to another of the same fact, denials included.
    ///
    /// ¬k conflicts with every claim that entails k; every claim in conflict with k entails ¬k; ¬k entails ¬l where l entails k;
    /// otherwise they are compatible with weight 1.
    pub fn relate(&self, other: &Stated) -> Relation {
        let plain = self.region.relate(&other.region);
        match (self.denied, other.denied) {
            (false, false) => plain,
            (false, true) => Relation::against_denial(plain.entails, plain.is_conflict()),
            (true, false) => Relation::against_denial(plain.entailed, plain.is_conflict()).reversed(),
            (true, true) => Relation { entails: plain.entailed, entailed: plain.entails, weight: 1.0 },
        }
    }
}

/// The id of a kind by its word.
pub fn kind_id(name: &str) -> Option<u8> {
    REGISTRY.iter().position(|k| k.name() == name).map(|i| i as u8)
}

/// The kind of this id.
pub fn kind(id: u8) -> &'static dyn Kind {
    REGISTRY[id as usize]
}

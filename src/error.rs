//! Everything that can go wrong, in one enum: each variant holds the facts, each text says what was
//! found, what was expected and what to do.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why reports, parameters or files could not be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The reports cannot be used as they are.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An argument is unknown or out of range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The user stopped a long computation.
    #[error("interrupted")]
    Interrupted,
}

/// What is wrong with the reports. Rows count from 0, as in pandas and polars; lines of a file from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum DataError {
    #[error("the table has no columns; it needs fact, source and value")]
    NoColumns,
    #[error("there is no column {wanted:?} for {role}; the columns are {columns}.{nearest} Name it: {role}=\"...\"")]
    MissingColumn { role: String, wanted: String, columns: String, nearest: String },
    #[error(
        "{role} column {column:?} is empty (null) in row {row}: every report needs a {role}; fill it or drop the row"
    )]
    NullLabel { role: &'static str, column: String, row: usize },
    #[error("column {column:?} ({role}) holds {found}; expected {expected}")]
    ColumnType { role: String, column: String, found: String, expected: String },
    #[error("row {row}, column {column:?}: {value:?} is not {expected}; {advice}")]
    Value { row: usize, column: String, value: String, expected: String, advice: String },
    #[error("row {row}, column {column:?}: {value:?} is no {role}; the {role}s are {allowed}")]
    Unknown { row: usize, column: String, role: &'static str, value: String, allowed: String },
    #[error("row {row}: qualifier {qualifier:?} does not fit the kind {kind:?} of fact {fact:?}; it takes {allowed}")]
    Qualifier { row: usize, qualifier: &'static str, kind: &'static str, fact: String, allowed: String },
    #[error(
        "row {row}: qualifier \"within\" needs low or high; give the columns low= and high=, or write a date as A/B"
    )]
    WithinNeedsRange { row: usize },
    #[error("row {row}: low {low} is greater than high {high}; swap them")]
    RangeOrder { row: usize, low: String, high: String },
    #[error(
        "row {row}: {given} is given without {missing}; a range of the circular fact {fact:?} runs clockwise from low to high and needs both"
    )]
    HalfRange { row: usize, given: &'static str, missing: &'static str, fact: String },
    #[error(
        "row {row}: low and high are given, but the kind {kind:?} of fact {fact:?} has no ranges; leave them empty"
    )]
    RangeKind { row: usize, kind: &'static str, fact: String },
    #[error(
        "the values in column {column:?} are integers, which may be labels or numbers; say which: {call_nominal} or {call_interval}"
    )]
    IntegersWithoutKind { column: String, call_nominal: String, call_interval: String },
    #[error(
        "fact {fact:?} has two {what}s, {first:?} (row {first_row}) and {second:?} (row {second_row}); one fact has one {what}: correct them or make them two facts"
    )]
    TwoPerFact { fact: String, what: &'static str, first: String, first_row: usize, second: String, second_row: usize },
    #[error(
        "origin {origin:?} has two parties, {first:?} (row {first_row}) and {second:?} (row {second_row}); an origin belongs to one party: correct them or tell the origins apart"
    )]
    TwoParties { origin: String, first: String, first_row: usize, second: String, second_row: usize },
    #[error(
        "fact {fact:?} is ordinal, but its values are words (row {row}: {value:?}) without an order; give it: order=[\"low\", \"middle\", \"high\"], or a dict fact -> list, or an ordered categorical"
    )]
    OrdinalWithoutOrder { fact: String, row: usize, value: String },
    #[error("fact {fact:?} is circular; say after how much it starts again: period=24 (hours), period=360 (degrees)")]
    CircularWithoutPeriod { fact: String },
    #[error("broader: {value:?} has two parents, {first:?} and {second:?}; a value has one broader value: keep one")]
    TwoParents { value: String, first: String, second: String },
    #[error("broader: {path} goes in a circle; remove one of these rows")]
    Cycle { path: String },
    #[error("the table has no rows; check the file, or the filter that made it")]
    Empty,
    #[error(
        "all {rows} rows of column {column:?} are empty (null): there is no report; check the column's name and the file"
    )]
    NoValues { column: String, rows: usize },
    #[error(
        "the table has {rows} rows, more than the {limit} one matrix holds; split it by fact, the scores of facts do not depend on each other"
    )]
    TooManyRows { rows: usize, limit: usize },
    #[error("columns differ in length: {first:?} has {first_len} rows, {second:?} has {second_len}")]
    Lengths { first: String, first_len: usize, second: String, second_len: usize },
    #[error(
        "fact {fact:?} has {claims} different claims that may overlap, more than the {limit} that are compared pair by pair; round the values, or split the fact"
    )]
    TooManyClaims { fact: String, claims: usize, limit: usize },
    #[error("fact {fact:?} is not in the table.{nearest}")]
    UnknownFact { fact: String, nearest: String },
    #[error("source {source_name:?} is not in the table.{nearest}")]
    UnknownSource { source_name: String, nearest: String },
    #[error(
        "gold: {value:?} (fact {fact:?}) is none of the values in the table, which are {known}; correct it, or, if facts do not share their values, take a model of values with form=\"open\""
    )]
    GoldValue { fact: String, value: String, known: String },
    #[error(
        "model {model:?} keeps a table of {sources} sources × {classes}² classes, more than {limit} numbers; use model=\"one_coin\", which has one number a source, or merge classes"
    )]
    TooManyClasses { model: &'static str, sources: usize, classes: usize, limit: usize },
    #[error(
        "model {model:?} keeps a probability for each of {facts} facts × {classes} classes, more than {limit} numbers; use model=\"truth_finder\", which compares the values of each fact, or merge classes"
    )]
    TooManyCells { model: &'static str, facts: usize, classes: usize, limit: usize },
    #[error(
        "a report has the weight {weight:?}; infer takes weights up to {limit}, as one of weight 2 counts as two reports. Scale the weights down"
    )]
    TooHeavy { weight: f64, limit: f64 },
    #[error(
        "model {model:?} needs values that several facts share (labels), but each of the {values} values occurs in one fact only; use model=\"one_coin\" or \"truth_finder\", which compare the values of each fact"
    )]
    NotShared { model: &'static str, values: usize },
    #[error(
        "model {model:?} takes two classes, but there are {classes}; use model=\"dawid_skene\", or select or merge values"
    )]
    TwoClasses { model: &'static str, classes: usize },
    #[error("model {model:?} needs numbers: {reason}")]
    NoNumbers { model: &'static str, reason: String },
    #[error("nothing to evaluate: {reason}")]
    NothingToEvaluate { reason: String },
    #[error("fact {fact:?} has two answers, {first:?} and {second:?}, where one is known; keep the right one")]
    TwoTruths { fact: String, first: String, second: String },
    #[error("{role}: {value:?} (fact {fact:?}) is no {kind} value; correct it")]
    NotOfKind { role: &'static str, fact: String, value: String, kind: &'static str },
    #[error("nothing to infer from: {reason}")]
    NoVotes { reason: String },
    #[error("facts table: column \"fact\" is empty (null) in row {row}; fill it or drop the row")]
    FactNull { row: usize },
    #[error("facts table: fact {fact:?} occurs twice (rows {first_row} and {second_row}); one row a fact")]
    FactTwice { fact: String, first_row: usize, second_row: usize },
    #[error(
        "several values where one is needed, from {conflicts} of source and fact: {examples}. Say which to take: conflicts=\"first\", \"last\", \"majority\", \"drop\" or \"split\""
    )]
    SeveralValues { conflicts: String, examples: String },
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    #[error("{path}, line {line}: {reason}")]
    Line { path: String, line: u64, reason: String },
    #[error("these are not the bytes of a saved matrix: {reason}")]
    Saved { reason: String },
}

/// What is wrong with an argument.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum ParameterError {
    #[error("{name}={value:?} is not known; it takes {allowed}")]
    Choice { name: &'static str, value: String, allowed: String },
    #[error("{name}={value} is out of range; it takes {expected}")]
    Range { name: &'static str, value: String, expected: &'static str },
    #[error("{name} cannot be used here: {reason}")]
    Unusable { name: &'static str, reason: String },
    #[error("model {model:?}: {reason}")]
    Model { model: &'static str, reason: String },
}

/// The allowed words of a choice, quoted and joined, as every message shows them.
pub fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|w| format!("{w:?}")).collect();
    words.join(", ")
}

/// The candidate nearest to `wanted` by edit distance, as a sentence for a message, or nothing.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    candidates
        .into_iter()
        .map(|c| (distance(wanted, c), c))
        .filter(|(d, c)| {
            let (short, long) =
                (c.chars().count().min(wanted.chars().count()), c.chars().count().max(wanted.chars().count()));
            // At a distance of the longer length they have nothing in common.
            *d < long && *d <= 2.max(short / 2)
        })
        .min()
        .map_or(String::new(), |(_, c)| format!(" Did you mean {c:?}?"))
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("sorce", ["fact", "source", "value"]), " Did you mean \"source\"?");
        assert_eq!(nearest("zz", ["1", "ab"]), "");
        assert_eq!(nearest("zzzzzz", ["fact", "source", "value"]), "");
    }
}

//! The running example against scores that a separate, slow implementation computed from the same definitions
//! (tests/reference/expected_scores_*.csv): every cell, at every level of independence.
// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::matrix::{Independence, Options};
use consilience::read::{Source, csv};
use consilience::score::ScoreOptions;
use consilience::stats::Watch;
use consilience::value::Broader;
use consilience::{Matrix, Table};
use std::collections::HashMap;
use std::path::Path;

fn table(path: &str) -> Table {
    csv(Source::Path(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path))).unwrap()
}

/// A table as CSV shows it: header and rows of fields.
fn fields(text: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = ::csv::Reader::from_reader(text);
    let head = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    (head, rows)
}

fn kursk() -> Matrix {
    let (reports, facts, broader) = (table("seeds/reports.csv"), table("seeds/facts.csv"), table("seeds/broader.csv"));
    let mut bytes = Vec::new();
    broader.to_csv(&mut bytes).unwrap();
    let pairs = fields(&bytes).1.into_iter().map(|row| (row[0].clone(), row[1].clone()));
    let options =
        Options { facts: Some(facts.borrow()), broader: Some(Broader::new(pairs).unwrap()), ..Options::default() };
    Matrix::build(&reports.borrow(), &options, &Watch::default()).unwrap()
}

#[test]
fn every_score_of_the_running_example_is_as_expected() {
    let matrix = kursk();
    let mut wrong = Vec::new();
    for (level, name) in Independence::ALL {
        let options = ScoreOptions { independence: Some(level), ..ScoreOptions::default() };
        let scores = matrix.score(&options, &Watch::default()).unwrap();
        let mut bytes = Vec::new();
        scores.table(None).unwrap().to_csv(&mut bytes).unwrap();
        let (head, rows) = fields(&bytes);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reference/expected_scores_{name}.csv"));
        let (expected_head, expected) = fields(&std::fs::read(path).unwrap());
        let without_wordings: Vec<&String> = head.iter().filter(|c| *c != "n_wordings").collect();
        assert_eq!(without_wordings, expected_head.iter().collect::<Vec<_>>());
        assert_eq!(rows.len(), expected.len());
        let place: HashMap<&str, usize> = head.iter().enumerate().map(|(i, c)| (c.as_str(), i)).collect();
        for (row, expected) in rows.iter().zip(&expected) {
            for (column, wanted) in expected_head.iter().zip(expected) {
                let found = &row[place[column.as_str()]];
                let tolerance = if column == "lead_probability" { 1e-7 } else { 1e-9 };
                let same = match (found.parse::<f64>(), wanted.parse::<f64>()) {
                    (Ok(a), Ok(b)) => (a - b).abs() <= tolerance,
                    _ => found == wanted,
                };
                if !same {
                    wrong.push(format!("{name}, {}, {column}: {found:?} instead of {wanted:?}", row[0]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
}

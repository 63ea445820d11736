//! The core alone, without Python: build a matrix and score it. Sizes are in the ids, reports x facts.
//!
//! Shapes: `crowd` many facts of five labels each (few distinct profiles); `crowded` few facts of a thousand labels each;
//! `numbers` values that may overlap, so that every pair of claims is compared; `relayed` votes through origins and parties.

use consilience::Matrix;
use consilience::column::{Column, Data, Text};
use consilience::matrix::Options;
use consilience::score::ScoreOptions;
use consilience::stats::{Watch, beta_quantile, lead_probability};
use divan::Bencher;
use std::borrow::Cow;

fn main() {
    divan::main();
}

/// A fixed sequence of numbers without pattern (xorshift64).
fn numbers(n: usize, below: u64) -> Vec<i64> {
    let mut x = 88_172_645_463_325_252_u64;
    let mut next = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x
    };
    (0..n).map(|_| (next() % below) as i64).collect()
}

fn integers(values: Vec<i64>) -> Column<'static> {
    Column::of(Data::I64(Cow::Owned(values)))
}

fn texts(values: &[i64], prefix: &str) -> Column<'static> {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for value in values {
        bytes.extend_from_slice(format!("{prefix}{value}").as_bytes());
        offsets.push(bytes.len() as i64);
    }
    Column::of(Data::Text(Text::Large(Cow::Owned(offsets), Cow::Owned(bytes))))
}

type Reports = Vec<(String, Column<'static>)>;

fn table(columns: Vec<(&str, Column<'static>)>) -> Reports {
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

fn crowd(reports: usize, facts: u64) -> Reports {
    table(vec![
        ("fact", integers(numbers(reports, facts))),
        ("source", integers(numbers(reports, 1009))),
        ("label", integers(numbers(reports, 4))),
    ])
}

fn build(reports: &Reports) -> Matrix {
    Matrix::build(reports, &Options::default(), &Watch::default()).expect("the reports are good")
}

#[divan::bench(name = "build/crowd/1e6x2e5")]
fn build_crowd(bencher: Bencher) {
    let reports = crowd(1_000_000, 200_000);
    bencher.bench(|| build(&reports));
}

#[divan::bench(name = "build/strings/1e6x2e5")]
fn build_strings(bencher: Bencher) {
    let reports = table(vec![
        ("fact", texts(&numbers(1_000_000, 200_000), "fact-")),
        ("source", texts(&numbers(1_000_000, 1009), "source-")),
        ("value", texts(&numbers(1_000_000, 4), "value-")),
    ]);
    bencher.bench(|| build(&reports));
}

#[divan::bench(name = "score/crowd/1e6x2e5")]
fn score_crowd(bencher: Bencher) {
    let matrix = build(&crowd(1_000_000, 200_000));
    bencher.bench(|| matrix.score(&ScoreOptions::default(), &Watch::default()));
}

#[divan::bench(name = "score/crowded/1e6x1e3")]
fn score_crowded(bencher: Bencher) {
    let matrix = build(&crowd(1_000_000, 1000));
    bencher.bench(|| matrix.score(&ScoreOptions::default(), &Watch::default()));
}

#[divan::bench(name = "score/numbers/1e5x2e4")]
fn score_numbers(bencher: Bencher) {
    let values = numbers(100_000, 40).into_iter().map(|v| v as f64 / 4.0).collect();
    let mut reports = crowd(100_000, 20_000);
    reports[2] = ("value".to_owned(), Column::of(Data::F64(Cow::Owned(values))));
    let mut options = Options::default();
    options.tolerance.all = Some(1.0);
    let matrix = Matrix::build(&reports, &options, &Watch::default()).expect("the reports are good");
    bencher.bench(|| matrix.score(&ScoreOptions::default(), &Watch::default()));
}

#[divan::bench(name = "score/relayed/1e6x2e5")]
fn score_relayed(bencher: Bencher) {
    let mut reports = crowd(1_000_000, 200_000);
    let origins = numbers(1_000_000, 60);
    reports.push(("origin".to_owned(), texts(&origins, "origin-")));
    reports.push(("party".to_owned(), texts(&origins.iter().map(|o| o % 7).collect::<Vec<_>>(), "party-")));
    let matrix = build(&reports);
    bencher.bench(|| matrix.score(&ScoreOptions::default(), &Watch::default()));
}

#[divan::bench(name = "table/all/2e5", sample_count = 20)]
fn all_columns(bencher: Bencher) {
    let matrix = build(&crowd(1_000_000, 200_000));
    bencher.bench(|| matrix.score(&ScoreOptions::default(), &Watch::default()).map(|s| s.table(None)));
}

#[divan::bench(name = "stats/beta_quantile", args = [1.5, 30.5, 1e5])]
fn quantile(a: f64) -> f64 {
    beta_quantile(divan::black_box(a), 2.5, 0.975)
}

#[divan::bench(name = "stats/lead_probability", args = [2, 5, 50])]
fn lead(bencher: Bencher, positions: usize) {
    let masses: Vec<f64> = (0..positions).map(|i| 12.0 / (i + 1) as f64).collect();
    bencher.bench(|| lead_probability(divan::black_box(&masses), true));
}

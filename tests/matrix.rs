//! The matrix: built from tables of any shape, taken apart and put together, saved and loaded.

// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::column::{Bits, Chunk, Column, Data, Text};
use consilience::matrix::{Conflicts, Independence, Options, PerFact, Role};
use consilience::score::{COLUMNS, ScoreOptions, Scores};
use consilience::stats::Watch;
use consilience::{Error, Matrix};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::borrow::Cow;

type Reports = Vec<(String, Column<'static>)>;

fn texts(words: &[Option<&str>]) -> Column<'static> {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for word in words {
        bytes.extend_from_slice(word.unwrap_or("").as_bytes());
        offsets.push(bytes.len() as i32);
    }
    let data = Data::Text(Text::Small(Cow::Owned(offsets), Cow::Owned(bytes)));
    let valid: Vec<bool> = words.iter().map(Option::is_some).collect();
    Column { chunks: vec![Chunk { data, validity: Some(Bits::pack(&valid)) }], ..Column::default() }
}

fn table(columns: &[(&str, &[Option<&str>])]) -> Reports {
    columns.iter().map(|(name, words)| ((*name).to_owned(), texts(words))).collect()
}

fn build(reports: &Reports) -> Matrix {
    Matrix::build(reports, &Options::default(), &Watch::default()).unwrap()
}

fn score(matrix: &Matrix) -> Scores {
    matrix.score(&ScoreOptions::default(), &Watch::default()).unwrap()
}

fn relayed() -> Reports {
    table(&[
        ("fact", &[Some("f"), Some("f"), Some("g"), Some("f"), Some("g"), Some("f")]),
        ("source", &[Some("a"), Some("b"), Some("a"), Some("c"), Some("c"), Some("c")]),
        ("value", &[Some("x"), Some("x"), Some("y"), Some("z"), None, Some("z")]),
        ("origin", &[Some("m"), Some("m"), None, Some(""), None, None]),
        ("note", &[None, Some("kept"), None, None, None, None]),
    ])
}

#[test]
fn rows_are_counted_and_none_is_lost() {
    let matrix = build(&relayed());
    assert_eq!((matrix.n_reports(), matrix.n_duplicates(), matrix.n_dropped()), (4, 1, 1));
    assert_eq!((matrix.n_facts(), matrix.n_sources(), matrix.n_claims()), (2, 3, 3));
    assert_eq!(matrix.independence(), Independence::Origin);
    let reports = matrix.reports_table();
    assert!(reports.column("note").is_some(), "other columns are kept");
    assert_eq!(reports.rows, 4);
}

#[test]
fn more_rows_than_ids_are_refused_before_anything_is_read() {
    let n = 1usize << 32;
    let column = |name: &str| (name.to_owned(), Column::of(Data::Null(n)));
    let reports = ["fact", "source", "value"].map(column);
    let message = Matrix::build(&reports, &Options::default(), &Watch::default()).unwrap_err().to_string();
    assert!(message.contains("4294967296 rows") && message.contains("split it by fact"), "{message}");
}

#[test]
fn the_entry_is_the_stance_times_the_weight() {
    let reports = table(&[
        ("fact", &[Some("f"), Some("f"), Some("f")]),
        ("source", &[Some("a"), Some("b"), Some("c")]),
        ("value", &[Some("x"), Some("x"), Some("y")]),
        ("stance", &[Some("asserts"), Some("denies"), Some("neither")]),
        ("weight", &[Some("2"), Some("0.5"), Some("1")]),
    ]);
    let entries = build(&reports).coordinates(Conflicts::Error).unwrap();
    assert_eq!(entries.value, [2.0, -0.5]);
    assert_eq!(entries.column, [0, 1]);
    assert_eq!(entries.row, [0, 1]);
}

#[test]
fn conflicts_of_a_source_are_decided_as_asked() {
    let reports = table(&[
        ("fact", &[Some("f"); 4]),
        ("source", &[Some("a"), Some("a"), Some("a"), Some("b")]),
        ("value", &[Some("x"), Some("y"), Some("y"), Some("x")]),
        ("origin", &[None, None, Some("m"), None]),
    ]);
    let matrix = build(&reports);
    let rows = |how: &str| matrix.coordinates(Conflicts::named(how)?).map(|c| c.row);
    assert_eq!(rows("first").unwrap(), [0, 0]);
    assert_eq!(rows("last").unwrap(), [1, 0]);
    assert_eq!(rows("majority").unwrap(), [1, 0]);
    assert_eq!(rows("drop").unwrap(), [0]);
    assert_eq!(matrix.coordinates(Conflicts::Split).unwrap().value, [0.5, 0.5, 1.0]);
    let message = rows("error").unwrap_err().to_string();
    assert!(message.contains("a on f: x and y") && message.contains("conflicts="), "{message}");
    assert!(rows("guess").unwrap_err().to_string().contains("\"majority\""));
}

#[test]
fn saved_bytes_come_back_and_others_are_refused() {
    let matrix = build(&relayed());
    let bytes = matrix.to_bytes().unwrap();
    assert_eq!(Matrix::from_bytes(&bytes).unwrap(), matrix);
    for wrong in [&b""[..], b"consilience", b"parquet", &bytes[..bytes.len() - 1], &bytes[..bytes.len() / 2]] {
        let message = Matrix::from_bytes(wrong).unwrap_err().to_string();
        assert!(message.contains("saved matrix"), "{message}");
    }
    let mut later = bytes.clone();
    later[b"consilience".len()] += 1;
    assert!(Matrix::from_bytes(&later).unwrap_err().to_string().contains("layout 2"));
}

#[test]
fn equal_reports_give_equal_bytes() {
    let broader = || {
        consilience::value::Broader::new(["abc", "bcd", "cde", "def"].map(|w| (w[..1].to_owned(), w[1..2].to_owned())))
    };
    let tolerance = || PerFact { all: None, by_fact: [("f".to_owned(), 1.0), ("g".to_owned(), 2.0)].into() };
    let bytes = || {
        let options = Options { broader: Some(broader().unwrap()), tolerance: tolerance(), ..Options::default() };
        Matrix::build(&relayed(), &options, &Watch::default()).unwrap().to_bytes().unwrap()
    };
    let first = bytes();
    assert!((0..20).all(|_| bytes() == first), "the bytes depend on more than the reports");
}

#[test]
fn parts_and_wholes() {
    let matrix = build(&relayed());
    let part = matrix.select(Some(&["f".to_owned()]), None).unwrap();
    assert_eq!((part.n_facts(), part.n_reports(), part.n_duplicates()), (1, 3, 1));
    let message = matrix.select(Some(&["ff".to_owned()]), None).unwrap_err().to_string();
    assert!(message.contains("\"ff\"") && message.contains("Did you mean \"f\""), "{message}");
    let other = matrix.select(Some(&["g".to_owned()]), None).unwrap();
    let whole = Matrix::concat(&[part, other]).unwrap();
    assert_eq!(score(&whole).table(None).unwrap(), score(&matrix).table(None).unwrap());
}

#[test]
fn a_stopped_watch_stops_the_work() {
    let watch = Watch::default();
    watch.stop();
    assert_eq!(Matrix::build(&relayed(), &Options::default(), &watch).unwrap_err(), Error::Interrupted);
    assert_eq!(build(&relayed()).score(&ScoreOptions::default(), &watch).unwrap_err(), Error::Interrupted);
}

#[test]
fn a_fact_of_many_overlapping_claims_is_looked_at_once() {
    let n = 1_100;
    let words: Vec<String> = (0..n).map(|i| (1_000 + i).to_string()).collect();
    let column = |words: &[String]| texts(&words.iter().map(|w| Some(w.as_str())).collect::<Vec<_>>());
    let reports: Reports = vec![
        ("fact".into(), texts(&vec![Some("f"); n])),
        ("source".into(), column(&words)),
        ("value".into(), column(&words)),
        ("kind".into(), texts(&vec![Some("ratio"); n])),
        ("qualifier".into(), texts(&vec![Some("about"); n])),
    ];
    let scores = score(&build(&reports));
    assert!(std::sync::Arc::ptr_eq(&scores.analysis(0), &scores.analysis(0)));
    let small: Reports = table(&[("fact", &[Some("f")]), ("source", &[Some("s")]), ("value", &[Some("v")])]);
    let scores = score(&build(&small));
    assert!(!std::sync::Arc::ptr_eq(&scores.analysis(0), &scores.analysis(0)));
}

#[test]
fn every_score_column_says_what_it_is() {
    let table = score(&build(&relayed())).table(None).unwrap();
    let concepts = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/concepts.md")).unwrap();
    assert_eq!(table.columns.len(), COLUMNS.len());
    for (column, (name, _)) in COLUMNS.iter().zip(&table.columns) {
        assert_eq!(column.name, name);
        assert!(column.summary.ends_with('.') && column.summary.len() > 15, "{name} lacks a sentence");
        let cited = column.reference.chars().any(|c| c.is_ascii_digit());
        let mut lines = concepts.lines();
        let listed = lines.any(|l| l.contains(&format!("`{name}`")) || l.starts_with("###") && l.contains(name));
        let explained = column.reference.ends_with("docs/concepts") && listed;
        assert!(cited || explained, "{name} lacks a citation, or its line in docs/concepts.md");
    }
}

#[test]
fn scores_are_the_same_whatever_the_number_of_threads() {
    let n = 40_000u64;
    let column = |f: &dyn Fn(u64) -> u64| -> Column<'static> {
        Column::of(Data::I64(Cow::Owned(
            (0..n).map(|i| f(i.wrapping_mul(6_364_136_223_846_793_005) >> 33) as i64).collect(),
        )))
    };
    let weights = (0..n).map(|i| 0.1 + (i % 7) as f64).collect();
    let reports = vec![
        ("fact".to_owned(), column(&|x| x % 9000)),
        ("source".to_owned(), column(&|x| x / 7 % 50)),
        ("label".to_owned(), column(&|x| x / 13 % 4)),
        ("weight".to_owned(), Column::of(Data::F64(Cow::Owned(weights)))),
    ];
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| score(&build(&reports)).table(None).unwrap())
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn one_kind_can_be_given_for_some_facts() {
    let reports = table(&[
        ("fact", &[Some("when"), Some("who")]),
        ("source", &[Some("a"), Some("a")]),
        ("value", &[Some("2024-08"), Some("2024-08")]),
    ]);
    let date = consilience::value::kind_id("date").unwrap();
    let kind = PerFact { all: None, by_fact: [("when".to_owned(), date)].into() };
    let matrix = Matrix::build(&reports, &Options { kind, ..Options::default() }, &Watch::default()).unwrap();
    let kinds = matrix.facts_table();
    assert_eq!(format!("{:?}", kinds.column("kind").map(|c| c.len())), "Some(2)");
    let missing = Options { roles: [(Role::Value, "vale".to_owned())].into(), ..Options::default() };
    let message = Matrix::build(&reports, &missing, &Watch::default()).unwrap_err().to_string();
    assert!(message.contains("Did you mean \"value\""), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), cases: 400, ..ProptestConfig::default() })]

    /// Bytes that were altered are refused, or are a matrix that can be scored; they never panic.
    #[test]
    fn altered_bytes_never_panic(at in 0usize..10_000, to in any::<u8>()) {
        let mut bytes = build(&relayed()).to_bytes().unwrap();
        let at = at % bytes.len();
        bytes[at] = to;
        if let Ok(matrix) = Matrix::from_bytes(&bytes)
            && let Ok(scores) = matrix.score(&ScoreOptions::default(), &Watch::default())
        {
            let _ = (scores.table(None), scores.claims(), scores.by_source(), matrix.claims_table(), matrix.reports_table());
        }
    }

    /// Any strings in any role: an error or a matrix that accounts for every row.
    #[test]
    fn any_strings_build_or_are_refused(rows in prop::collection::vec((
        prop::sample::select(vec![Some("f"), Some("g"), Some(""), None]),
        prop::sample::select(vec![Some("a"), Some("b"), Some("🦉")]),
        prop::sample::select(vec![Some("1"), Some("1.0"), Some("2024-08"), Some("true"), Some("x;y"), Some(""), None]),
        prop::sample::select(vec![Some("nominal"), Some("ratio"), Some("boolean"), Some("date"), Some("set"), Some("text"), None]),
        prop::sample::select(vec![Some("exact"), Some("about"), Some("vague"), Some("at_least"), Some("within"), None]),
        prop::sample::select(vec![Some("asserts"), Some("denies"), Some("neither"), None]),
        prop::sample::select(vec![Some("0"), Some("5"), None, None]),
    ), 1..12)) {
        let pick = |f: &dyn Fn(usize) -> Option<&'static str>| -> Vec<Option<&'static str>> { (0..rows.len()).map(f).collect() };
        let reports = table(&[
            ("fact", &pick(&|i| rows[i].0)),
            ("source", &pick(&|i| rows[i].1)),
            ("value", &pick(&|i| rows[i].2)),
            ("kind", &pick(&|i| rows[i].3)),
            ("qualifier", &pick(&|i| rows[i].4)),
            ("stance", &pick(&|i| rows[i].5)),
            ("high", &pick(&|i| rows[i].6)),
        ]);
        match Matrix::build(&reports, &Options::default(), &Watch::default()) {
            Err(error) => prop_assert!(error.to_string().len() > 20),
            Ok(matrix) => {
                prop_assert_eq!(matrix.n_reports() + matrix.n_duplicates() + matrix.n_dropped(), rows.len());
                let scores = score(&matrix);
                let _ = (scores.table(None).unwrap(), scores.by_source(), scores.overall());
                for row in 0..scores.len() {
                    let _ = scores.explain(row);
                }
                prop_assert_eq!(Matrix::from_bytes(&matrix.to_bytes().unwrap()).unwrap(), matrix);
            }
        }
    }
}

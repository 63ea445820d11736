//! Pairs of sources, and coefficients without each source.
// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::Matrix;
use consilience::agreement::{AgreementOptions, Pairwise, PairwiseOptions};
use consilience::matrix::{Options, PerFact, kind_named};
use consilience::stats::Watch;
use consilience::table::{Table, Values};

/// Labels of `k` sources on `n` facts with gaps, the last source alone on facts of its own.
fn matrix(n: u32, k: u32, kind: &str) -> Matrix {
    let mut reports = Vec::new();
    for f in 0..n {
        for s in 0..k {
            if (f * 7 + s * 3) % 4 != 0 {
                let noise = (f * f * 5 + s * s * 11 + f * s) % 10;
                let value = if noise < 6 { f % 3 } else { (f + s) % 3 };
                reports.push((format!("f{f}"), format!("s{s}"), value.to_string()));
            }
        }
    }
    reports.push(("alone".to_owned(), "hermit".to_owned(), "1".to_owned()));
    let reports = reports.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str()));
    let options = Options { kind: PerFact::all(kind_named(kind).unwrap()), ..Options::default() };
    Matrix::from_triples(reports, &options).unwrap()
}

fn pairwise(matrix: &Matrix, coefficient: &str, min_overlap: usize) -> Pairwise {
    let options = PairwiseOptions { coefficient: Some(coefficient.to_owned()), min_overlap, ..Default::default() };
    matrix.pairwise(&options, &Watch::default()).unwrap()
}

fn floats(table: &Table, name: &str) -> Vec<Option<f64>> {
    let column = table.column(name).unwrap();
    let Values::F64(values) = &column.values else { panic!("{name}") };
    values.iter().enumerate().map(|(i, v)| column.is_valid(i).then_some(*v)).collect()
}

fn texts(table: &Table, name: &str) -> Vec<Option<String>> {
    let column = table.column(name).unwrap();
    let Values::Text(values) = &column.values else { panic!("{name}") };
    values.iter().enumerate().map(|(i, v)| column.is_valid(i).then(|| v.to_owned())).collect()
}

#[test]
fn a_pair_has_what_agreement_gives_for_these_two_sources() {
    let m = matrix(40, 5, "interval");
    for coefficient in ["krippendorff_alpha", "gwet_ac", "percent_agreement", "lin_ccc", "kendall_w", "icc"] {
        let found = pairwise(&m, coefficient, 1);
        let names = (texts(&found.table, "source_a"), texts(&found.table, "source_b"));
        let (values, lows) = (floats(&found.table, "value"), floats(&found.table, "low"));
        assert_eq!(values.len(), 15);
        for i in 0..values.len() {
            let pair = [names.0[i].clone().unwrap(), names.1[i].clone().unwrap()];
            if pair[1] == "hermit" {
                assert_eq!((values[i], lows[i]), (None, None));
                continue;
            }
            // The facts both have: agreement() would count those of one source too.
            let both: Vec<String> = (0..40)
                .filter(|f| pair.iter().all(|s| !(f * 7 + s[1..].parse::<u32>().unwrap() * 3).is_multiple_of(4)))
                .map(|f| format!("f{f}"))
                .collect();
            let two = m.select(Some(&both), Some(&pair)).unwrap();
            let options = AgreementOptions { coefficients: vec![coefficient.to_owned()], ..Default::default() };
            let alone = two.agreement(&options, &Watch::default()).unwrap();
            let row = if coefficient == "icc" { &alone.estimates[1] } else { &alone.estimates[0] };
            let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(close(values[i], row.point.value), "{coefficient} {pair:?} {:?} {row:?}", values[i]);
            assert!(close(lows[i], row.limits.low), "{coefficient} {pair:?} {:?} {row:?}", lows[i]);
        }
    }
}

#[test]
fn pairs_without_enough_in_common_say_so() {
    let found = pairwise(&matrix(12, 3, "nominal"), "gwet_ac", 7);
    let reasons = texts(&found.table, "reason");
    assert!(reasons.iter().flatten().any(|r| r == "no fact in common"));
    assert!(reasons.iter().flatten().any(|r| r.contains("min_overlap=7")), "{reasons:?}");
    for (reason, value) in reasons.iter().zip(floats(&found.table, "value")) {
        assert_eq!(reason.is_some(), value.is_none());
    }
}

#[test]
fn numbers_of_many_values_are_numbered_anew_without_a_change() {
    let value = |f: u32, s: u32| (f64::from(f * 37 % 400) + f64::from((f * s) % 7) / 8.0).to_string();
    let reports: Vec<_> =
        (0..400).flat_map(|f| (0..3).map(move |s| (format!("f{f}"), format!("s{s}"), value(f, s)))).collect();
    let options = Options { kind: PerFact::all(kind_named("interval").unwrap()), ..Options::default() };
    let m =
        Matrix::from_triples(reports.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str())), &options).unwrap();
    for coefficient in ["krippendorff_alpha", "lin_ccc"] {
        let found = floats(&pairwise(&m, coefficient, 1).table, "value");
        let two = m.select(None, Some(&["s0".to_owned(), "s2".to_owned()])).unwrap();
        let options = AgreementOptions { coefficients: vec![coefficient.to_owned()], ..Default::default() };
        let alone = two.agreement(&options, &Watch::default()).unwrap().value(coefficient).unwrap();
        assert!((found[1].unwrap() - alone).abs() < 1e-12, "{coefficient}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let m = matrix(50, 6, "nominal");
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| pairwise(&m, "krippendorff_alpha", 1).table)
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn leaving_out_the_source_that_differs_raises_alpha() {
    let reports: Vec<_> = (0..30)
        .flat_map(|f: u32| {
            ["a", "b", "c", "odd"].map(|s| {
                let value = if s == "odd" { (f * 7 + 1) % 2 } else { u32::from(f % 5 < 2) };
                (format!("f{f}"), s, value.to_string())
            })
        })
        .collect();
    let m = Matrix::from_triples(reports.iter().map(|(f, s, v)| (f.as_str(), *s, v.as_str())), &Options::default())
        .unwrap();
    let table = m.leave_one_source_out(None, &AgreementOptions::default(), &Watch::default()).unwrap();
    let (without, change) = (floats(&table, "without"), floats(&table, "change"));
    assert_eq!(without[3], Some(1.0));
    assert!(change[3].unwrap() > 0.3 && change[..3].iter().all(|c| c.unwrap() < 0.0), "{change:?}");
}

#[test]
fn bad_options_are_refused() {
    let m = matrix(5, 3, "nominal");
    let message = |options: PairwiseOptions| m.pairwise(&options, &Watch::default()).unwrap_err().to_string();
    assert!(message(PairwiseOptions { min_overlap: 0, ..Default::default() }).contains("min_overlap"));
    let coefficient = Some("gwet_ax".to_owned());
    assert!(message(PairwiseOptions { coefficient, ..Default::default() }).contains("gwet_ac"));
    let coefficient = Some("icc".to_owned());
    assert!(message(PairwiseOptions { coefficient, ..Default::default() }).contains("labels"));
}

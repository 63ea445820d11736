//! Coefficients of numbers and ranks against published figures and independent implementations.
// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::Matrix;
use consilience::agreement::{Agreement, AgreementOptions, Interval};
use consilience::matrix::{Options, PerFact, kind_named};
use consilience::stats::Watch;
use serde_json::Value as Json;

type Rows = Vec<Vec<Option<f64>>>;

/// The forms by the names that psych and pingouin give them.
const FORMS: [(&str, &str); 6] = [
    ("ICC1", "ICC(1,1)"),
    ("ICC2", "ICC(A,1)"),
    ("ICC3", "ICC(C,1)"),
    ("ICC1k", "ICC(1,k)"),
    ("ICC2k", "ICC(A,k)"),
    ("ICC3k", "ICC(C,k)"),
];

fn rows(table: &Json) -> Rows {
    let list = |v: &Json| v.as_array().unwrap().clone();
    list(table).iter().map(|row| list(row).iter().map(Json::as_f64).collect()).collect()
}

/// A row a source, a column a fact.
fn matrix(rows: &Rows, kind: &str) -> Matrix {
    let mut reports = Vec::new();
    for f in 0..rows[0].len() {
        for (s, row) in rows.iter().enumerate() {
            if let Some(value) = row[f] {
                reports.push((format!("f{f:05}"), format!("s{s:03}"), value.to_string()));
            }
        }
    }
    let reports = reports.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str()));
    let options = Options { kind: PerFact::all(kind_named(kind).unwrap()), ..Options::default() };
    Matrix::from_triples(reports, &options).unwrap()
}

fn run(rows: &Rows, coefficients: &[&str], interval: Interval) -> Agreement {
    let coefficients = coefficients.iter().map(|c| (*c).to_owned()).collect();
    // A search for variance components takes its time in a debug build: few samples will do.
    let options = AgreementOptions { coefficients, interval, replicates: 60, ..AgreementOptions::default() };
    matrix(rows, "interval").agreement(&options, &Watch::default()).unwrap()
}

fn value(agreement: &Agreement, form: &str) -> Option<f64> {
    agreement.estimates.iter().find(|e| e.metric == form).unwrap().point.value
}

fn near(found: Option<f64>, wanted: f64, what: &str) {
    assert!(found.is_some_and(|f| (f - wanted).abs() < 1e-9), "{what}: {found:?}, not {wanted}");
}

#[test]
fn published_cases_are_met() {
    let cases: Json = serde_json::from_str(include_str!("reference/agreement.json")).unwrap();
    let mut n = 0;
    for case in cases["cases"].as_array().unwrap() {
        let (id, expected) = (&case["id"], &case["expected"]);
        if case["data"]["kind"] != "ratings" {
            continue;
        }
        for (name, form) in FORMS {
            let wanted = &expected[name];
            let Some(number) = wanted["value"].as_f64() else { continue };
            let found = run(&rows(&case["data"]["raters_x_items"]), &["icc"], Interval::default());
            let row = found.estimates.iter().find(|e| e.metric == form).unwrap();
            near(row.point.value, number, &format!("{id} {name}"));
            // Without error there is no interval, whatever other programs print.
            if let (Some(low), true) = (wanted["ci95"][0].as_f64(), number < 1.0) {
                near(row.limits.low, low, &format!("{id} {name} low"));
                near(row.limits.high, wanted["ci95"][1].as_f64().unwrap(), &format!("{id} {name} high"));
                assert_eq!(row.interval, Interval::Analytic);
            }
            n += 1;
        }
        if let Some(wanted) = expected["kendall_Wt"]["value"].as_f64() {
            let found = run(&rows(&case["data"]["raters_x_items"]), &["kendall_w"], Interval::default());
            near(found.value("kendall_w"), wanted, &format!("{id} W"));
            let estimate = &found.estimates[0];
            // k (n - 1) W, from the published chi-squared.
            let chi = wanted * estimate.n_sources as f64 * (estimate.n_facts as f64 - 1.0);
            assert!((chi - expected["kendall_Wt"]["chi2"].as_f64().unwrap()).abs() < 1e-9);
            let p = consilience::stats::chi_squared_tail(estimate.n_facts as f64 - 1.0, chi);
            assert!((estimate.p_value.unwrap() / p - 1.0).abs() < 1e-6, "{id}");
            n += 1;
        }
        if let Some(wanted) = expected["lin_ccc"]["value"].as_f64() {
            let found = run(&rows(&case["data"]["raters_x_items"]), &["lin_ccc"], Interval::default());
            near(found.value("lin_ccc"), wanted, &format!("{id} CCC"));
            let limits = expected["lin_ccc"]["ci95_fisher_z"].as_array().unwrap();
            near(found.estimates[0].limits.low, limits[0].as_f64().unwrap(), "CCC low");
            near(found.estimates[0].limits.high, limits[1].as_f64().unwrap(), "CCC high");
            n += 1;
        }
    }
    assert!(n >= 34, "only {n} cases");
}

#[test]
fn tables_with_gaps_match_an_independent_restricted_likelihood() {
    let cases: Json = serde_json::from_str(include_str!("reference/icc.json")).unwrap();
    assert!(cases["source"].as_str().unwrap().contains("mpmath 1.4.1"));
    for case in cases["cases"].as_array().unwrap() {
        let found = run(&rows(&case["table"]), &["icc"], Interval::default());
        for row in &found.estimates {
            let wanted = case["icc"][&row.metric].as_array().unwrap();
            for (found, wanted) in [row.point.value, row.limits.low, row.limits.high].iter().zip(wanted) {
                let what = format!("{} {}", case["name"], row.metric);
                match wanted.as_f64() {
                    Some(wanted) => near(*found, wanted, &what),
                    None => assert_eq!(*found, None, "{what}"),
                }
            }
        }
    }
}

fn judges() -> Rows {
    let rows = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]];
    rows.iter().map(|row| row.iter().map(|v| Some(f64::from(*v))).collect()).collect()
}

#[test]
fn every_interval_holds_the_value() {
    let mut gaps = judges();
    (gaps[0][1], gaps[2][3], gaps[3][0]) = (None, None, None);
    for rows in [judges(), gaps] {
        for (interval, name) in Interval::ALL {
            for row in run(&rows, &["icc", "kendall_w", "lin_ccc"], interval).estimates {
                let (value, limits) = (row.point.value.unwrap(), row.limits);
                let (Some(low), Some(high)) = (limits.low, limits.high) else {
                    assert!(
                        row.coefficient == "kendall_w" || row.metric.ends_with(",k)"),
                        "{name} {} {}: {limits:?}",
                        row.coefficient,
                        row.metric
                    );
                    continue;
                };
                assert!(low <= value && value <= high, "{name} {} {}: {value} {limits:?}", row.coefficient, row.metric);
            }
        }
    }
}

#[test]
fn the_order_of_rows_and_the_names_of_sources_change_nothing() {
    let mut gaps = judges();
    (gaps[0][1], gaps[2][3]) = (None, None);
    let mut turned: Rows = gaps.iter().rev().cloned().collect();
    turned.iter_mut().for_each(|row| row.reverse());
    for coefficient in ["icc", "kendall_w", "lin_ccc"] {
        let (a, b) =
            (run(&gaps, &[coefficient], Interval::Jackknife), run(&turned, &[coefficient], Interval::Jackknife));
        for (a, b) in a.estimates.iter().zip(&b.estimates) {
            near(b.point.value, a.point.value.unwrap(), &a.metric);
            near(b.limits.std_error, a.limits.std_error.unwrap(), &a.metric);
        }
    }
}

#[test]
fn consistency_ignores_levels_of_sources_and_agreement_does_not() {
    let mut moved = judges();
    moved[1].iter_mut().for_each(|v| *v = v.map(|v| v + 40.0));
    let (plain, moved) = (run(&judges(), &["icc"], Interval::default()), run(&moved, &["icc"], Interval::default()));
    near(value(&moved, "ICC(C,1)"), value(&plain, "ICC(C,1)").unwrap(), "C");
    assert!(value(&moved, "ICC(A,1)").unwrap() < 0.1);
}

#[test]
fn results_are_the_same_with_any_number_of_threads() {
    let rows: Rows = (0..4_u32)
        .map(|s| (0..12_u32).map(|f| ((s * 31 + f * 17) % 11 > 1).then(|| f64::from((f * f + s * 13) % 29))).collect())
        .collect();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let coefficients = ["icc", "kendall_w", "lin_ccc"].map(str::to_owned).to_vec();
        let options = AgreementOptions {
            coefficients,
            interval: Interval::Bootstrap,
            replicates: 60,
            ..AgreementOptions::default()
        };
        pool.install(|| matrix(&rows, "interval").agreement(&options, &Watch::default()).unwrap())
    };
    assert_eq!(with(1).table(), with(4).table());
}

#[test]
fn labels_are_refused_with_what_fits() {
    let options = |name: &str| AgreementOptions { coefficients: vec![name.to_owned()], ..AgreementOptions::default() };
    let labels =
        Matrix::from_triples([("x", "a", "red"), ("x", "b", "blue"), ("y", "a", "red")], &Options::default()).unwrap();
    for name in ["icc", "lin_ccc"] {
        let message = labels.agreement(&options(name), &Watch::default()).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("krippendorff_alpha"), "{message}");
    }
}

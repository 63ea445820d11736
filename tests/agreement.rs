//! Coefficients against published figures and independent implementations.

// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::Matrix;
use consilience::agreement::{Agreement, AgreementOptions, Estimate, Interval, Kin, Metric, Weights};
use consilience::matrix::{Independence, Options, PerFact, kind_named};
use consilience::score::ScoreOptions;
use consilience::stats::Watch;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value as Json;
use std::sync::LazyLock;

static CASES: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("reference/agreement.json")).unwrap());

/// Raters by items, as labels.
fn ratings(data: &Json) -> Vec<Vec<Option<Json>>> {
    let list = |v: &Json| v.as_array().unwrap().clone();
    match data["kind"].as_str().unwrap() {
        "ratings" => list(&data["raters_x_items"])
            .iter()
            .map(|row| list(row).into_iter().map(|v| (!v.is_null()).then_some(v)).collect())
            .collect(),
        "counts" => {
            let items = list(&data["items_x_categories"]);
            let expand = |row: &Json| -> Vec<Json> {
                let counts = list(row).into_iter().enumerate();
                counts.flat_map(|(k, n)| vec![Json::from(k); n.as_u64().unwrap() as usize]).collect()
            };
            let items: Vec<Vec<Json>> = items.iter().map(expand).collect();
            let most = items.iter().map(Vec::len).max().unwrap();
            (0..most).map(|r| items.iter().map(|item| item.get(r).cloned()).collect()).collect()
        }
        "table" => {
            let (mut a, mut b) = (vec![], vec![]);
            for (i, row) in list(&data["rater1_rows_x_rater2_cols"]).iter().enumerate() {
                for (j, n) in list(row).iter().enumerate() {
                    for _ in 0..n.as_u64().unwrap() {
                        a.push(Some(Json::from(i + 1)));
                        b.push(Some(Json::from(j + 1)));
                    }
                }
            }
            vec![a, b]
        }
        _ => synthetic(&data["recipe"]),
    }
}

fn synthetic(recipe: &Json) -> Vec<Vec<Option<Json>>> {
    let number = |name: &str| recipe[name].as_f64().unwrap();
    let (raters, items, q) = (number("raters") as usize, number("items") as usize, number("q"));
    let mut state = number("seed") as u64;
    let mut u = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut all = vec![vec![None; items]; raters];
    for i in 0..items {
        let truth = (q * u()).floor();
        for rater in &mut all {
            if u() < number("miss") {
                continue;
            }
            let value = if u() < number("acc") { truth } else { (q * u()).floor() };
            rater[i] = Some(Json::from(value as i64));
        }
    }
    all
}

/// The matrix of a case; labels that are numbers are of kind `kind`.
fn matrix(case: &Json, kind: &str) -> Matrix {
    let rows = ratings(&case["data"]);
    let mut reports: Vec<(String, String, String)> = vec![];
    for i in 0..rows[0].len() {
        for (r, row) in rows.iter().enumerate() {
            if let Some(value) = &row[i] {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                reports.push((format!("f{i:05}"), format!("s{r:03}"), text));
            }
        }
    }
    let reports = reports.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str()));
    let options = Options { kind: PerFact::all(kind_named(kind).unwrap()), ..Options::default() };
    Matrix::from_triples(reports, &options).unwrap()
}

struct Asked<'a> {
    coefficient: &'a str,
    metric: Option<Metric>,
    weights: Option<Weights>,
}

/// What a name such as `alpha_ordinal` or `gwet_ac@linear` asks for; `None` for coefficients that are not among these.
fn asked(name: &str) -> Option<Asked<'_>> {
    let (base, weights) = name.split_once('@').unwrap_or((name, "identity"));
    let weights = Some(Weights::named(weights.trim_start_matches("weights_")).unwrap());
    if let Some(metric) = base.strip_prefix("alpha_") {
        return Some(Asked {
            coefficient: "krippendorff_alpha",
            metric: Some(Metric::named(metric).unwrap()),
            weights: None,
        });
    }
    let coefficient = if base == "alpha" { "krippendorff_alpha" } else { base };
    // Coefficients of numbers have a file of their own: tests/numeric.rs.
    consilience::agreement::coefficient(coefficient).ok().filter(|c| c.kin() != Kin::Numbers)?;
    Some(Asked { coefficient, metric: None, weights })
}

fn run(matrix: &Matrix, case: &Json, asked: &Asked<'_>, interval: Interval) -> Agreement {
    let categories = case["categories_declared"].as_array().map(|c| c.iter().map(Json::to_string).collect());
    let options = AgreementOptions {
        coefficients: vec![asked.coefficient.to_owned()],
        metric: asked.metric.clone(),
        weights: asked.weights.clone(),
        categories,
        period: case["period"].as_f64(),
        interval,
        ..AgreementOptions::default()
    };
    matrix.agreement(&options, &Watch::default()).unwrap()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

#[test]
fn every_reference_case_is_met() {
    let (mut values, mut errors, mut wrong) = (0, 0, vec![]);
    for case in CASES["cases"].as_array().unwrap() {
        let nominal = matrix(case, "nominal");
        for (name, expected) in case["expected"].as_object().unwrap() {
            let Some(asked) = asked(name) else { continue };
            let id = format!("{} {name}", case["id"]);
            let linear = run(&nominal, case, &asked, Interval::Analytic);
            let jackknife = run(&nominal, case, &asked, Interval::Jackknife);
            let point = &linear.estimates[0].point;
            values += 1;
            match expected["value"].as_f64() {
                None if point.value.is_some() || point.reason.is_none() => {
                    wrong.push(format!("{id}: {point:?}, not null"))
                }
                Some(value) if !point.value.is_some_and(|v| close(v, value, 1e-9)) => {
                    wrong.push(format!("{id}: {:?}, not {value}", point.value));
                }
                _ => {}
            }
            let mut check = |what: &str, found: Option<f64>, key: &str, tolerance: f64| {
                let Some(expected) = expected[key].as_f64().filter(|_| expected["value"].is_number()) else { return };
                errors += 1;
                let ok =
                    found.is_some_and(|f| close(f, expected, tolerance)) || found.is_none() && expected.abs() < 1e-12;
                if !ok {
                    wrong.push(format!("{id} {what}: {found:?}, not {expected}"));
                }
            };
            let (linear_se, jackknife_se) =
                (linear.estimates[0].limits.std_error, jackknife.estimates[0].limits.std_error);
            check("se", linear_se, "se", 1e-8);
            check("se (Gwet)", linear_se, "se_gwet", 1e-8);
            check("se (jackknife)", jackknife_se, "se_jackknife", 1e-8);
            check("p_e", point.p_e, "pe", 1e-9);
            check("p_a", point.p_a, "po", 1e-9);
            if expected["n_pairable"].is_number() {
                check("n_pairable", Some(linear.estimates[0].n_pairable as f64), "n_pairable", 1e-9);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {values} values and {errors} more:\n{}", wrong.len(), wrong.join("\n"));
    assert!(values > 400 && errors > 700, "{values} {errors}");
}

// Identities, on random tables.

/// Sources by facts.
type Rows = Vec<Vec<Option<u8>>>;

/// Two to five sources, three to eleven facts, four values.
fn tables(gaps: bool) -> impl Strategy<Value = Rows> {
    let cell = move || (0_u8..4, 1_u8..5).prop_map(move |(gap, v)| (!gaps || gap > 0).then_some(v));
    (2_usize..6, 3_usize..12).prop_flat_map(move |(n, m)| prop::collection::vec(prop::collection::vec(cell(), m), n))
}

/// The matrix of a table, its values and places changed.
fn table_matrix(rows: &Rows, value: impl Fn(u8) -> String, order: impl Fn(usize, usize) -> (usize, usize)) -> Matrix {
    let mut reports = vec![];
    for f in 0..rows[0].len() {
        for (s, row) in rows.iter().enumerate() {
            if let Some(v) = row[f] {
                let (s, f) = order(s, f);
                reports.push((format!("f{f:02}"), format!("s{s}"), value(v)));
            }
        }
    }
    reports.sort();
    let reports = reports.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str()));
    let options = Options { kind: PerFact::all(kind_named("interval").unwrap()), ..Options::default() };
    Matrix::from_triples(reports, &options).unwrap()
}

fn plain(rows: &Rows) -> Matrix {
    table_matrix(rows, |v| v.to_string(), |s, f| (s, f))
}

fn estimate(matrix: &Matrix, coefficient: &str, metric: Option<Metric>, weights: Option<Weights>) -> Estimate {
    let options =
        AgreementOptions { coefficients: vec![coefficient.to_owned()], metric, weights, ..AgreementOptions::default() };
    matrix.agreement(&options, &Watch::default()).unwrap().estimates.remove(0)
}

fn alpha(matrix: &Matrix, metric: Metric) -> Option<f64> {
    estimate(matrix, "krippendorff_alpha", Some(metric), None).point.value
}

fn same(a: Option<f64>, b: Option<f64>, tolerance: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => close(a, b, tolerance),
        _ => a == b,
    }
}

/// The ratings of facts with two or more.
fn pairable(rows: &Rows) -> Vec<u8> {
    let fact = |f: usize| rows.iter().filter_map(move |row| row[f]);
    (0..rows[0].len()).filter(|f| fact(*f).count() > 1).flat_map(fact).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), cases: 200, ..ProptestConfig::default() })]

    /// Ordinal alpha is the interval alpha of mid-ranks among the values that can be paired.
    #[test]
    fn ordinal_alpha_is_the_interval_alpha_of_mid_ranks(mut rows in tables(true)) {
        let values = pairable(&rows);
        prop_assume!(!values.is_empty());
        let ordinal = alpha(&plain(&rows), Metric::Ordinal);
        for f in 0..rows[0].len() {
            // What stands alone has no rank.
            if rows.iter().filter(|row| row[f].is_some()).count() < 2 {
                rows.iter_mut().for_each(|row| row[f] = None);
            }
        }
        let rank = |v: u8| {
            let count = |of: &dyn Fn(u8) -> bool| values.iter().filter(|w| of(**w)).count() as f64;
            (count(&|w| w < v) + count(&|w| w == v) / 2.0).to_string()
        };
        let interval = alpha(&table_matrix(&rows, rank, |s, f| (s, f)), Metric::Interval);
        prop_assert!(same(ordinal, interval, 1e-12), "{ordinal:?} {interval:?}");
    }

    /// The mean over facts of their agreement is p_a.
    #[test]
    fn the_mean_agreement_of_facts_is_p_a(rows in tables(true)) {
        prop_assume!(!pairable(&rows).is_empty());
        let matrix = plain(&rows);
        let options = ScoreOptions { independence: Some(Independence::Source), ..ScoreOptions::default() };
        let found = matrix.score(&options, &Watch::default()).unwrap();
        let scores: Vec<f64> = (0..found.len()).filter_map(|row| found.agreement(row)).collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        prop_assert!(same(Some(mean), estimate(&matrix, "percent_agreement", None, None).point.p_a, 1e-12));
    }

    /// Where nothing is missing, 1 − alpha = (1 − 1/N) (1 − Fleiss' kappa), N the ratings, with any weights: they meet in the limit.
    #[test]
    fn alpha_with_weights_is_fleiss_kappa_but_for_the_size_of_the_sample(rows in tables(false), w in 0_usize..8) {
        let matrix = plain(&rows);
        let weights = || Some(Weights::ALL[w].0.clone());
        let alpha = estimate(&matrix, "krippendorff_alpha", None, weights()).point.value;
        let kappa = estimate(&matrix, "fleiss_kappa", None, weights()).point.value;
        let n = (rows.len() * rows[0].len()) as f64;
        prop_assert!(same(alpha, kappa.map(|k| 1.0 - (1.0 - 1.0 / n) * (1.0 - k)), 1e-10), "{alpha:?} {kappa:?}");
    }

    /// Names and order of sources and facts change nothing, nor do those of labels where labels are all they are; nor shift and
    /// scale of numbers.
    #[test]
    fn names_order_shift_and_scale_change_nothing(rows in tables(true), shift in -50_i32..50, turn in 1_usize..5) {
        prop_assume!(!pairable(&rows).is_empty());
        let (n, m) = (rows.len(), rows[0].len());
        let order = |s: usize, f: usize| ((s + turn) % n, (f + turn) % m);
        let (a, b) = (plain(&rows), table_matrix(&rows, |v| ((v as usize + turn) % 5).to_string(), order));
        let moved = table_matrix(&rows, |v| (f64::from(v) * 2.5 + f64::from(shift)).to_string(), order);
        for coefficient in ["percent_agreement", "brennan_prediger", "gwet_ac", "fleiss_kappa", "conger_kappa"] {
            let [x, y] = [&a, &b].map(|matrix| estimate(matrix, coefficient, None, None));
            prop_assert!(same(x.point.value, y.point.value, 1e-12), "{coefficient} {x:?} {y:?}");
            prop_assert!(same(x.limits.low, y.limits.low, 1e-9), "{coefficient} {x:?} {y:?}");
        }
        prop_assert!(same(alpha(&a, Metric::Nominal), alpha(&b, Metric::Nominal), 1e-12));
        for metric in [Metric::Interval, Metric::Ordinal] {
            prop_assert!(same(alpha(&a, metric.clone()), alpha(&moved, metric), 1e-9));
        }
        for coefficient in ["lin_ccc", "kendall_w"] {
            let [x, y] = [&a, &moved].map(|matrix| estimate(matrix, coefficient, None, None).point.value);
            prop_assert!(same(x, y, 1e-9), "{coefficient} {x:?} {y:?}");
        }
    }

    /// A fact with one rating leaves alpha as it is.
    #[test]
    fn a_fact_with_one_rating_leaves_alpha_as_it_is(rows in tables(true), value in 1_u8..5) {
        prop_assume!(!pairable(&rows).is_empty());
        let mut more = rows.clone();
        more.iter_mut().enumerate().for_each(|(s, row)| row.push((s == 0).then_some(value)));
        for metric in [Metric::Nominal, Metric::Ordinal, Metric::Interval] {
            prop_assert!(same(alpha(&plain(&rows), metric.clone()), alpha(&plain(&more), metric), 1e-12));
        }
    }

    /// The limits of ICC of means are the Spearman-Brown images of those of single values.
    #[test]
    fn limits_of_means_are_spearman_brown_images(rows in tables(false)) {
        let matrix = plain(&rows);
        let options = AgreementOptions {
            coefficients: vec!["icc".to_owned()],
            interval: Interval::Analytic,
            ..AgreementOptions::default()
        };
        let rows_of = matrix.agreement(&options, &Watch::default()).unwrap().estimates;
        let k = rows.len() as f64;
        for (single, mean) in rows_of.iter().zip(&rows_of[3..]) {
            let ends = |e: &Estimate| [e.point.value, e.limits.low, e.limits.high];
            for (single, mean) in ends(single).into_iter().zip(ends(mean)) {
                if let (Some(single), Some(mean)) = (single, mean) {
                    prop_assert!(close(mean, k * single / (1.0 + (k - 1.0) * single), 1e-9), "{single} {mean}");
                }
            }
        }
    }
}

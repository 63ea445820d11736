//! Coefficients against published figures and independent implementations.

// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::Matrix;
use consilience::agreement::{Agreement, AgreementOptions, Interval, Kin, Metric, Weights};
use consilience::matrix::{Options, PerFact, kind_named};
use consilience::stats::Watch;
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

//! The numerical tools against reference values by mpmath (tests/reference/make_beta_lead.py), and their properties.
// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::stats::{beta_cdf, beta_quantile, lead_probability};
use serde_json::Value;

const TOLERANCE: f64 = 1e-10;

fn cases(text: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(text).unwrap();
    assert!(all["source"].as_str().unwrap().contains("mpmath 1.4.1"));
    all["cases"].as_array().unwrap().clone()
}

fn beta_cases() -> Vec<Value> {
    cases(include_str!("reference/beta.json"))
}

fn lead_cases() -> Vec<(Vec<f64>, bool, f64)> {
    let parse = |case: Value| {
        let masses = case["masses"].as_array().unwrap().iter().map(|m| m.as_f64().unwrap()).collect();
        (masses, case["unseen"].as_bool().unwrap(), number(&case, "value"))
    };
    cases(include_str!("reference/lead.json")).into_iter().map(parse).collect()
}

fn number(case: &Value, name: &str) -> f64 {
    case[name].as_f64().unwrap()
}

/// The largest of the errors, after a check of each.
fn worst(name: &str, tolerance: f64, errors: impl Iterator<Item = (f64, String)>) {
    let (mut largest, mut where_, mut count) = (0.0, String::new(), 0);
    for (error, case) in errors {
        assert!(error <= tolerance, "{name}: error {error:e} in {case}");
        count += 1;
        if error > largest {
            (largest, where_) = (error, case);
        }
    }
    assert!(count > 40, "{name}: only {count} cases");
    println!("{name}: {count} cases, largest error {largest:e} in {where_}");
}

#[test]
fn beta_quantiles_match_mpmath() {
    let found = beta_cases().into_iter().filter(|c| c.get("quantile").is_some()).map(|c| {
        let (wanted, got) = (number(&c, "quantile"), beta_quantile(number(&c, "a"), number(&c, "b"), number(&c, "p")));
        // Near 1 the distance counts, near 0 the ratio.
        let near_one = if wanted > 0.5 { (got - wanted).abs() / 1e-12 * TOLERANCE } else { 0.0 };
        ((got / wanted - 1.0).abs().max(near_one), format!("{c} {got}"))
    });
    worst("quantile", TOLERANCE, found);
}

#[test]
fn beta_cdfs_match_mpmath() {
    let found = beta_cases().into_iter().filter(|c| c.get("cdf").is_some()).map(|c| {
        let (wanted, got) = (number(&c, "cdf"), beta_cdf(number(&c, "a"), number(&c, "b"), number(&c, "x")));
        ((got - wanted).abs() / wanted.max(1e-290), format!("{c} {got}"))
    });
    worst("cdf", TOLERANCE, found);
}

#[test]
fn lead_probabilities_match_mpmath() {
    let found = lead_cases().into_iter().map(|(masses, unseen, wanted)| {
        let got = lead_probability(&masses, unseen);
        ((got - wanted).abs(), format!("{masses:?} {unseen} {wanted} {got}"))
    });
    worst("lead", TOLERANCE, found);
}

#[test]
fn known_values() {
    for (masses, unseen, wanted) in [
        (vec![1.6, 1.0], true, 0.6018709453289961),
        (vec![3.0, 1.0], false, 0.8395305452627101),
        (vec![2.0, 1.0], true, 0.68046634156187),
        (vec![7.0], false, 1.0),
    ] {
        assert!((lead_probability(&masses, unseen) - wanted).abs() < 1e-12);
    }
    // Beta(1, b) and Beta(1/2, 1/2) have closed forms.
    assert!((beta_quantile(1.0, 7.5, 0.3) - (1.0 - 0.7_f64.powf(1.0 / 7.5))).abs() < 1e-14);
    assert!((beta_quantile(0.5, 0.5, 0.3) - (0.15 * std::f64::consts::PI).sin().powi(2)).abs() < 1e-14);
}

#[test]
fn equal_cells_share_the_lead() {
    for mass in [1e-3, 0.7, 1.0, 13.37, 499.5, 1e3, 1e6] {
        for cells in [2, 3, 4, 7, 20, 51, 52, 200] {
            let got = lead_probability(&vec![mass; cells], false);
            assert!((got - 1.0 / cells as f64).abs() < TOLERANCE, "{cells} cells of {mass}: {got}");
        }
    }
}

#[test]
fn the_lead_grows_with_its_mass_and_falls_with_a_rivals() {
    let mut last = 0.0;
    for step in 0..60 {
        let next = lead_probability(&[4.0 + 0.5 * f64::from(step), 4.0, 3.3], true);
        assert!(next > last, "step {step}");
        last = next;
    }
    let mut last = 1.0;
    for step in 0..60 {
        let next = lead_probability(&[700.0, 400.0 + 5.0 * f64::from(step), 3.3], true);
        assert!(next <= last + 1e-13, "step {step}");
        last = next;
    }
    assert!(lead_probability(&[5.0, 2.0], false) > lead_probability(&[5.0, 2.0], true));
    assert!(lead_probability(&[5.0, 2.0], true) > lead_probability(&[5.0, 2.0, 1.0], true));
}

#[test]
fn the_probabilities_of_all_cells_to_lead_sum_to_one() {
    for masses in [vec![3.0, 2.0, 1.0], vec![0.2, 0.1, 0.05, 0.01], vec![800.0, 790.5, 760.25, 90.0, 2.0]] {
        let first = |i: usize| {
            let mut turned = masses.clone();
            turned.swap(0, i);
            lead_probability(&turned, false)
        };
        let sum: f64 = (0..masses.len()).map(first).sum();
        assert!((sum - 1.0).abs() < TOLERANCE, "{masses:?}: {sum}");
    }
}

#[test]
fn quantiles_invert_the_cdf_and_mirror() {
    for a in [0.5, 0.9, 1.0, 2.25, 40.5, 1234.5, 3e5] {
        for b in [0.5, 1.0, 3.75, 900.5, 1e6] {
            for p in [1e-6, 0.005, 0.3, 0.5, 0.9, 0.995] {
                let x = beta_quantile(a, b, p);
                if x < 0.999 {
                    assert!((beta_cdf(a, b, x) / p - 1.0).abs() < TOLERANCE, "{a} {b} {p} {x}");
                }
                let mirror = 1.0 - beta_quantile(b, a, 1.0 - p);
                assert!((x - mirror).abs() < 1e-12, "{a} {b} {p} {x} {mirror}");
            }
        }
    }
}

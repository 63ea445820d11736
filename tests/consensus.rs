//! The default truth model: reference values, edges, and what must not change it.
// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::matrix::{Matrix, Options, PerFact, kind_named};
use consilience::stats::Watch;
use consilience::truth::{Answers, Form, InferOptions, Truth};
use consilience::value::Broader;
use serde_json::Value;
use std::collections::BTreeMap;

type Report = (String, String, String);

fn reports<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Vec<Report> {
    rows.into_iter().map(|(f, s, v)| (f.to_owned(), s.to_owned(), v.to_owned())).collect()
}

fn matrix(reports: &[Report], options: &Options<'_>) -> Matrix {
    Matrix::from_triples(reports.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str())), options).unwrap()
}

fn infer(matrix: &Matrix, options: &InferOptions<'_>) -> Truth {
    let truth = matrix.infer(options, &Watch::default()).unwrap();
    assert_eq!(truth.model().name(), "consensus");
    for f in 0..truth.n_facts() {
        let belief = &truth.fitted().belief[truth.votes().cells(f)];
        assert!(belief.iter().all(|p| (0.0..=1.0).contains(p)), "{belief:?}");
        let beyond = truth.fitted().unclaimed.as_ref().map_or(0.0, |u| u[f]);
        assert!((belief.iter().sum::<f64>() + beyond - 1.0).abs() < 1e-9, "{belief:?} {beyond}");
    }
    truth
}

fn plain(rows: &[Report]) -> Truth {
    infer(&matrix(rows, &Options::default()), &InferOptions::default())
}

/// The probability of each claim by the texts of fact and claim, and of none of them.
fn beliefs(truth: &Truth) -> BTreeMap<(String, String), f64> {
    let votes = truth.votes();
    let mut all = BTreeMap::new();
    for f in 0..votes.n_facts() {
        let fact = truth.matrix().facts().name(f as u32).into_owned();
        for k in votes.of(f).choice {
            let (named, claim) = votes.claim(f, *k as usize).unwrap();
            let belief = truth.fitted().belief[votes.cells(f).start + *k as usize];
            all.insert((fact.clone(), truth.claim_text(named, claim)), belief);
        }
        if let Some(unclaimed) = &truth.fitted().unclaimed {
            all.insert((fact, String::new()), unclaimed[f]);
        }
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// tests/reference/consensus.json says where these come from.
#[test]
fn beliefs_are_those_of_a_separate_implementation() {
    let reference: Value = serde_json::from_str(include_str!("reference/consensus.json")).unwrap();
    for case in reference["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        let rows: Vec<Report> = match case["labels"].as_array() {
            Some(how) => {
                let n = |i: usize| how[i].as_u64().unwrap() as usize;
                labels(n(0), n(1), n(2), n(3))
            }
            None => {
                case["reports"].as_array().unwrap().iter().map(|r| (text(&r[0]), text(&r[1]), text(&r[2]))).collect()
            }
        };
        let mut options = Options::default();
        if let Some(kind) = case["kind"].as_str() {
            options.kind = PerFact::all(kind_named(kind).unwrap());
        }
        if let Some(pairs) = case["broader"].as_object() {
            options.broader = Some(Broader::new(pairs.iter().map(|(a, b)| (a.clone(), text(b)))).unwrap());
        }
        let gold = Answers::new(case["gold"].as_object().unwrap().iter().map(|(f, v)| (f.clone(), text(v)))).unwrap();
        let form = Some(Form::named(case["form"].as_str().unwrap()).unwrap());
        let truth = infer(&matrix(&rows, &options), &InferOptions { form, gold, ..InferOptions::default() });
        let found = beliefs(&truth);
        for claim in case["claims"].as_array().unwrap() {
            let (fact, value, expected) = (text(&claim[0]), text(&claim[1]), claim[2].as_f64().unwrap());
            let beyond = found.get(&(fact.clone(), String::new())).copied().unwrap_or(0.0);
            let got = found[&(fact.clone(), value.clone())] / (1.0 - beyond);
            assert!((got - expected).abs() < 2e-7, "{name}, {fact}, {value}: {got} {expected}");
        }
        for (s, estimate) in truth.fitted().reliability.iter().enumerate() {
            let of = truth.votes().ratings().voice_name(s);
            let expected = case["reliability"].as_array().and_then(|all| all.iter().find(|r| r[0] == *of));
            if let Some(expected) = expected.and_then(|r| r[1].as_f64()) {
                // The mean over the two models of a mean is not that of a posterior between them: see docs/truth.md.
                assert!((estimate.value - expected).abs() < 5e-3, "{name}, {of}: {} {expected}", estimate.value);
                assert!(estimate.low < estimate.value && estimate.value < estimate.high, "{name}, {of}");
            }
        }
    }
}

/// Labels of several sources, one of them careless, by a fixed rule.
fn labels(n_facts: usize, n_sources: usize, per: usize, classes: usize) -> Vec<Report> {
    let mut state = 7u64;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let mut rows = Vec::new();
    for f in 0..n_facts {
        let (truth, first) = (next(classes), next(n_sources));
        for j in 0..per {
            let s = (first + j) % n_sources;
            let v = if next(10) < 4 + 5 * usize::from(s > 1) { truth } else { next(classes) };
            rows.push((format!("f{f}"), format!("s{s}"), format!("v{v}")));
        }
    }
    rows
}

fn shuffled(rows: &[Report]) -> Vec<Report> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    order.into_iter().map(|i| rows[i].clone()).collect()
}

#[test]
fn the_order_of_rows_changes_no_bit() {
    let closed = labels(400, 9, 5, 3);
    let open: Vec<Report> =
        labels(150, 9, 4, 3).into_iter().map(|(f, s, v)| (f.clone(), s, format!("{f}{v}"))).collect();
    for rows in [closed, open] {
        let (a, b) = (beliefs(&plain(&rows)), beliefs(&plain(&shuffled(&rows))));
        for (claim, p) in &a {
            assert_eq!(p.to_bits(), b[claim].to_bits(), "{claim:?}: {p} {}", b[claim]);
        }
    }
}

#[test]
fn threads_change_no_bit_in_any_form() {
    let broader = || Some(Broader::new([("v0".to_owned(), "v1".to_owned())]).unwrap());
    for (form, broader) in [(Form::Closed, None), (Form::Open, None), (Form::Open, broader())] {
        // More votes than are learned from at first.
        let matrix = matrix(&labels(7000, 9, 5, 3), &Options { broader, ..Options::default() });
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let truth = pool.install(|| infer(&matrix, &InferOptions { form: Some(form), ..InferOptions::default() }));
            truth.fitted().belief.iter().map(|p| p.to_bits()).collect::<Vec<u64>>()
        };
        assert_eq!(fit(1), fit(3));
    }
}

#[test]
fn a_lone_report_is_not_certain() {
    let rows = reports([
        ("a", "x", "1"),
        ("a", "y", "1"),
        ("b", "x", "2"),
        ("b", "y", "3"),
        ("c", "x", "4"),
        ("c", "y", "4"),
        ("d", "y", "5"),
        ("e", "z", "6"),
    ]);
    let truth = plain(&rows);
    assert_eq!(truth.votes().form(), Form::Open);
    let unclaimed = truth.fitted().unclaimed.clone().unwrap();
    for f in [3, 4] {
        let p = truth.probability(f).unwrap();
        assert!(p > 0.5 && p < 0.95, "{p}");
        assert_eq!(p + unclaimed[f], 1.0);
    }
    // Who agrees with others is believed more when alone, and two that agree more than one.
    assert!(unclaimed[0] < unclaimed[3] && unclaimed[3] < unclaimed[4], "{unclaimed:?}");
}

#[test]
fn a_lone_source_is_as_good_as_sources_are_thought_to_be() {
    let rows: Vec<Report> = (0..200).map(|f| (format!("f{f}"), "x".to_owned(), format!("{f}"))).collect();
    let truth = plain(&rows);
    assert!((0..200).all(|f| (0.5..0.9).contains(&truth.probability(f).unwrap())), "{:?}", truth.probability(0));
}

#[test]
fn two_sources_that_never_agree_are_a_tie() {
    let rows: Vec<Report> = (0..40)
        .flat_map(|f| [("x", f % 2), ("y", 1 - f % 2)].map(|(s, v)| (format!("f{f}"), s.to_owned(), format!("{v}"))))
        .collect();
    for form in [Form::Closed, Form::Open] {
        let truth =
            infer(&matrix(&rows, &Options::default()), &InferOptions { form: Some(form), ..InferOptions::default() });
        for f in 0..40 {
            let belief = &truth.fitted().belief[truth.votes().cells(f)];
            assert!((belief[0] - belief[1]).abs() < 1e-12, "{form:?} {belief:?}");
        }
    }
}

#[test]
fn edges_give_probabilities() {
    let all_agree: Vec<Report> = labels(30, 5, 3, 1);
    let truth = plain(&all_agree);
    assert!((0..30).all(|f| truth.probability(f).unwrap() > 0.9));
    let closed = InferOptions { form: Some(Form::Closed), ..InferOptions::default() };
    // One class: nothing else can be true.
    let one_class = infer(&matrix(&all_agree, &Options::default()), &closed);
    assert_eq!(one_class.probability(0), Some(1.0));
    let one_fact = reports([("a", "x", "1"), ("a", "y", "1"), ("a", "z", "2")]);
    for options in [closed, InferOptions { form: Some(Form::Open), ..InferOptions::default() }] {
        let truth = infer(&matrix(&one_fact, &Options::default()), &options);
        assert_eq!(truth.value(0).as_deref(), Some("1"));
        assert!((0.4..0.95).contains(&truth.probability(0).unwrap()), "{:?}", truth.probability(0));
        infer(&matrix(&one_fact[..1], &Options::default()), &options);
    }
}

#[test]
fn a_known_answer_that_nobody_claims_is_kept() {
    let rows = reports([("a", "x", "1"), ("a", "y", "2"), ("b", "x", "3"), ("b", "y", "3"), ("c", "y", "4")]);
    let gold = Answers::new([("a", "9")]).unwrap();
    let truth = infer(&matrix(&rows, &Options::default()), &InferOptions { gold, ..InferOptions::default() });
    assert_eq!(truth.fitted().unclaimed.as_ref().unwrap()[0], 1.0);
    assert!(truth.probability(2).unwrap() < 0.95);
}

#[test]
fn narrower_places_support_broader_ones() {
    let broader =
        Broader::new([("town", "land"), ("city", "land")].map(|(a, b)| (a.to_owned(), b.to_owned()))).unwrap();
    let options = Options { broader: Some(broader), ..Options::default() };
    let rows =
        reports([("a", "x", "land"), ("a", "y", "land"), ("a", "z", "town"), ("b", "x", "city"), ("b", "z", "city")]);
    let truth = infer(&matrix(&rows, &options), &InferOptions::default());
    // Two that say less do not outvote the one that says more.
    assert_eq!(truth.value(0).as_deref(), Some("town"));
}

#[test]
fn learned_skills_judge_new_reports() {
    for rows in [labels(300, 9, 5, 3), labels(150, 9, 4, 40)] {
        let matrix = matrix(&rows, &Options::default());
        let truth = infer(&matrix, &InferOptions::default());
        let warm = InferOptions {
            warm_start: Some(&truth.fitted().learned),
            max_iter: Some(0),
            form: Some(truth.votes().form()),
            ..InferOptions::default()
        };
        let again = infer(&matrix, &warm);
        let agree = (0..truth.n_facts()).filter(|f| truth.value(*f) == again.value(*f)).count();
        assert!(agree * 100 >= truth.n_facts() * 97, "{agree} of {}", truth.n_facts());
    }
}

//! Truth models: what holds for every model of the registry.
// A test that cannot go on should say where.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use consilience::matrix::{Matrix, Options};
use consilience::stats::Watch;
use consilience::table::Values;
use consilience::truth::{Answers, Gold, InferOptions, Learned, Model, Objective, REGISTRY, Takes, Truth};
use proptest::prelude::*;
use serde_json::Value as Json;

type Report = (usize, usize, usize);

fn build(reports: &[Report], value: impl Fn(usize) -> String) -> Matrix {
    let rows: Vec<(String, String, String)> =
        reports.iter().map(|(f, s, v)| (format!("f{f}"), format!("s{s}"), value(*v))).collect();
    let rows = rows.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str()));
    Matrix::from_triples(rows, &Options::default()).unwrap()
}

fn label(v: usize) -> String {
    format!("v{v}")
}

/// Reports with one value a source and fact; values are mostly those of the fact.
fn reports() -> impl Strategy<Value = Vec<Report>> {
    prop::collection::vec((0usize..12, 0usize..6, 0usize..3, 0usize..10), 8..70).prop_map(|rows| {
        let mut seen = std::collections::HashSet::new();
        rows.into_iter()
            .filter(|(f, s, ..)| seen.insert((*f, *s)))
            .map(|(f, s, v, luck)| (f, s, if luck < 6 { f % 3 } else { v }))
            .collect()
    })
}

fn infer(model: &dyn Model, matrix: &Matrix) -> consilience::Result<Truth> {
    matrix.infer(&InferOptions { model: Some(model.name()), ..InferOptions::default() }, &Watch::default())
}

fn labels() -> impl Iterator<Item = &'static dyn Model> {
    REGISTRY.iter().copied().filter(|m| m.takes() != Takes::Numbers)
}

/// Probability of each claim by the texts of fact and claim.
fn beliefs(truth: &Truth) -> std::collections::BTreeMap<(String, String), f64> {
    let votes = truth.votes();
    let mut all = std::collections::BTreeMap::new();
    assert!(truth.claims().rows > 0);
    for f in 0..votes.n_facts() {
        let cells = votes.cells(f);
        for k in votes.of(f).choice {
            let fact = truth.matrix().facts().name(f as u32).into_owned();
            let (named, claim) = votes.claim(f, *k as usize).unwrap();
            all.insert((fact, truth.claim_text(named, claim)), truth.fitted().belief[cells.start + *k as usize]);
        }
    }
    all
}

fn same(a: &Truth, b: &Truth, tolerance: f64, rename: impl Fn(&str) -> String) -> bool {
    let (x, y) = (beliefs(a), beliefs(b));
    x.len() == y.len()
        && x.iter().all(|((f, c), p)| y.get(&(f.clone(), rename(c))).is_some_and(|q| (p - q).abs() <= tolerance))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn beliefs_are_probabilities_and_objectives_do_not_fall(reports in reports()) {
        let matrix = build(&reports, label);
        for model in labels() {
            let Ok(truth) = infer(model, &matrix) else { continue };
            for f in 0..truth.n_facts() {
                let belief = &truth.fitted().belief[truth.votes().cells(f)];
                prop_assert!(belief.iter().all(|p| (-1e-12..=1.0 + 1e-9).contains(p)), "{}: {belief:?}", model.name());
                prop_assert!(belief.iter().sum::<f64>() <= 1.0 + 1e-9, "{}: {belief:?}", model.name());
            }
            let sources = truth.sources(&Watch::default()).unwrap();
            let (low, high) = (sources.column("low").unwrap(), sources.column("high").unwrap());
            let (Values::F64(lows), Values::F64(highs)) = (&low.values, &high.values) else { panic!("they are numbers") };
            for (s, (low_s, high_s)) in lows.iter().zip(highs).enumerate().filter(|(s, _)| low.is_valid(*s)) {
                prop_assert!(high.is_valid(s) && low_s <= high_s, "{}: {low_s} {high_s}", model.name());
                prop_assert!(*low_s >= 0.0 && *high_s <= 1.0 + 1e-9, "{}: {low_s} {high_s}", model.name());
            }
            if truth.fitted().objective == Objective::Maximised {
                for pair in truth.fitted().trace.windows(2) {
                    prop_assert!(pair[1] >= pair[0] - 1e-7 * pair[0].abs().max(1.0), "{}: {pair:?}", model.name());
                }
            }
        }
    }

    #[test]
    fn order_and_names_change_nothing(reports in reports(), shuffle in any::<u64>()) {
        let matrix = build(&reports, label);
        let mut order: Vec<usize> = (0..reports.len()).collect();
        order.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(shuffle | 1));
        let shuffled: Vec<Report> = order.iter().map(|i| reports[*i]).collect();
        let (other, renamed) = (build(&shuffled, label), build(&reports, |v| format!("w{v}")));
        for model in labels() {
            let Ok(truth) = infer(model, &matrix) else { continue };
            let tolerance = 1e-6;
            let other = infer(model, &other).unwrap();
            prop_assert!(same(&truth, &other, tolerance, str::to_owned), "{}: order", model.name());
            let renamed = infer(model, &renamed).unwrap();
            prop_assert!(same(&truth, &renamed, tolerance, |c| c.replace('v', "w")), "{}: names", model.name());
        }
    }

    #[test]
    fn known_answers_are_never_overturned(reports in reports(), known in 0usize..3) {
        let matrix = build(&reports, label);
        let known_reports = reports.iter().filter(|(_, _, v)| *v == known).take(4);
        let gold = Answers::new(known_reports.map(|(f, _, v)| (format!("f{f}"), label(*v)))).unwrap();
        for model in labels() {
            let options = InferOptions { model: Some(model.name()), gold: gold.clone(), ..InferOptions::default() };
            let Ok(truth) = matrix.infer(&options, &Watch::default()) else { continue };
            for f in 0..truth.n_facts() {
                if truth.votes().gold(f) != Gold::Unknown {
                    prop_assert_eq!(truth.value(f), Some(label(known)), "{}", model.name());
                    prop_assert_eq!(truth.probability(f), Some(1.0), "{}", model.name());
                }
            }
        }
    }
}

/// Many facts, so that there are several chunks.
fn many() -> Vec<Report> {
    let mut state = 1u64;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) % n) as usize
    };
    let mut reports = Vec::new();
    for f in 0..6000 {
        let first = next(50);
        for j in 0..5 {
            let v = if next(10) < 7 { f % 4 } else { next(4) };
            reports.push((f, (first + 7 * j) % 50, v));
        }
    }
    reports
}

#[test]
fn threads_change_no_bit() {
    let matrix = build(&many(), label);
    // Two classes for the models that take no more.
    let two = build(&many().into_iter().map(|(f, s, v)| (f, s, v % 2)).collect::<Vec<_>>(), label);
    for model in labels() {
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let options = InferOptions { model: Some(model.name()), max_iter: Some(4), ..InferOptions::default() };
            let matrix = if model.name() == "kos" { &two } else { &matrix };
            let truth = pool.install(|| matrix.infer(&options, &Watch::default()).unwrap());
            let bits: Vec<u64> = truth.fitted().belief.iter().map(|p| p.to_bits()).collect();
            (bits, pool.install(|| truth.sources(&Watch::default()).unwrap()))
        };
        assert_eq!(fit(1), fit(3), "{}", model.name());
    }
}

#[test]
fn saved_results_come_back() {
    let matrix = build(&[(0, 0, 0), (0, 1, 0), (1, 0, 1), (1, 1, 1), (1, 2, 0)], label);
    for model in labels() {
        let truth = infer(model, &matrix).unwrap();
        let back = Truth::from_bytes(&matrix, &truth.to_bytes().unwrap()).unwrap();
        assert_eq!(back.facts(), truth.facts(), "{}", model.name());
        assert!(Truth::from_bytes(&build(&[(0, 0, 0)], label), &truth.to_bytes().unwrap()).is_err());
    }
}

#[test]
fn every_model_says_what_it_is() {
    for model in REGISTRY {
        assert!(model.summary().ends_with('.') && model.summary().len() > 30, "{}", model.name());
        assert!(
            model.reference().contains("(19") || model.reference().contains("(20") || model.reference().contains("(17"),
            "{}",
            model.name()
        );
        for p in model.parameters() {
            let given =
                consilience::truth::Given::from_iter([(p.name.to_owned(), serde_json::from_str(p.default).unwrap())]);
            let matrix = build(&[(0, 0, 0), (0, 1, 0), (1, 0, 1), (1, 1, 0), (2, 0, 1)], |v| v.to_string());
            let options = InferOptions { model: Some(model.name()), parameters: given, ..InferOptions::default() };
            if model.takes() != Takes::Numbers {
                assert!(
                    matrix.infer(&options, &Watch::default()).is_ok(),
                    "{}: the default of {}",
                    model.name(),
                    p.name
                );
            }
        }
    }
}

/// Where the priors are even, nothing but the start tells classes apart: they are named so that sources are right more often.
#[test]
fn classes_that_changed_places_are_put_back() {
    let rows: Vec<Report> = (0..60)
        .flat_map(|f| (0..5).map(move |s| (f, s, if (7 * f + 3 * s) % 5 == 0 { (f + s) % 3 } else { f % 3 })))
        .collect();
    let matrix = build(&rows, label);
    let mut options = InferOptions { model: Some("dawid_skene"), tol: Some(1e-12), ..InferOptions::default() };
    let first = matrix.infer(&options, &Watch::default()).unwrap();
    assert!(first.warnings().is_empty(), "{:?}", first.warnings());
    let mut switched = first.fitted().learned.clone();
    for (name, _, numbers) in &mut switched.arrays {
        // Each class becomes the next: rows of three numbers a class in the tables of sources.
        let width = if name == "confusion" { 3 } else { 1 };
        numbers.chunks_exact_mut(3 * width).for_each(|table| table.rotate_left(width));
    }
    options.warm_start = Some(&switched);
    let second = matrix.infer(&options, &Watch::default()).unwrap();
    assert!(second.warnings()[0].contains("put back"), "{:?}", second.warnings());
    assert!(same(&first, &second, 1e-6, str::to_owned));
    let (a, b) = (first.fitted(), second.fitted());
    assert!(a.reliability.iter().zip(&b.reliability).all(|(a, b)| (a.value - b.value).abs() < 1e-6));
    let pairs = a.confusion.iter().flatten().zip(b.confusion.iter().flatten());
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
}

/// The paper of MACE restarts at random and keeps the best: here one start is enough.
#[test]
fn mace_finds_the_same_bound_from_other_starts() {
    let rows: Vec<Report> = (0..200)
        .flat_map(|f| {
            (0..6).map(move |s| {
                (
                    f,
                    s,
                    if s == 5 {
                        0
                    } else if (11 * f + 7 * s) % 10 < s + 1 {
                        (f + s) % 3
                    } else {
                        f % 3
                    },
                )
            })
        })
        .collect();
    let matrix = build(&rows, label);
    let infer = |warm_start: Option<&Learned>| {
        let (tol, max_iter) = (Some(1e-12), Some(2000));
        let options = InferOptions { model: Some("mace"), tol, max_iter, warm_start, ..InferOptions::default() };
        matrix.infer(&options, &Watch::default()).unwrap()
    };
    let bound = |truth: &Truth| *truth.fitted().trace.last().unwrap();
    let first = infer(None);
    assert!(first.fitted().converged);
    for round in 1..8_u64 {
        let mut start = first.fitted().learned.clone();
        let numbers = start.arrays.iter_mut().flat_map(|(_, _, numbers)| numbers.iter_mut());
        // Numbers between 0 and 1 that look random.
        numbers.enumerate().for_each(|(i, x)| *x = ((i as u64 + 1) * round * 7919 % 97 + 1) as f64 / 99.0);
        let other = infer(Some(&start));
        let (one, two) = (bound(&first), bound(&other));
        assert!((one - two).abs() < 1e-6 * one.abs(), "{one} {two}");
        assert!(same(&first, &other, 1e-3, str::to_owned));
    }
}

fn reference() -> Json {
    serde_json::from_str(include_str!("reference/truth.json")).unwrap()
}

fn rows(data: &Json, name: impl Fn(&Json) -> String) -> Vec<(String, String, String)> {
    let row = |r: &Json| (format!("f{}", r[0]), format!("s{}", r[1]), name(&r[2]));
    data.as_array().unwrap().iter().map(row).collect()
}

/// Every reference value, each with its own tolerance.
#[test]
fn models_match_their_references() {
    let all = reference();
    let names: Vec<String> =
        all["data"]["names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned()).collect();
    let mut worst = Vec::new();
    for case in all["cases"].as_array().unwrap() {
        let model = case["model"].as_str().unwrap();
        let data = &all["data"][case["data"].as_str().unwrap()];
        let is_number = case["data"] == "numbers";
        let rows = rows(data, |v| if is_number { v.to_string() } else { names[v.as_u64().unwrap() as usize].clone() });
        let rows = rows.iter().map(|(f, s, v)| (f.as_str(), s.as_str(), v.as_str()));
        let kind = if is_number { "interval" } else { "nominal" };
        let id = consilience::value::kind_id(kind).unwrap();
        let options = Options { kind: consilience::matrix::PerFact::all(id), ..Options::default() };
        let matrix = Matrix::from_triples(rows, &options).unwrap();
        let mut given = case["options"].as_object().unwrap().clone();
        let max_iter = given.remove("max_iter").map(|n| n.as_u64().unwrap() as usize);
        let tol = given.remove("tol").map(|x| x.as_f64().unwrap());
        let form = given.remove("form").map(|w| consilience::truth::Form::named(w.as_str().unwrap()).unwrap());
        let options =
            InferOptions { model: Some(model), parameters: given, max_iter, tol, form, ..InferOptions::default() };
        let truth = matrix.infer(&options, &Watch::default()).unwrap();
        let mut error = 0.0;
        if is_number {
            for (f, wanted) in case["value"].as_array().unwrap().iter().enumerate() {
                let fact = matrix.fact_named(&format!("f{f}")).unwrap() as usize;
                error = f64::max(
                    error,
                    (truth.fitted().numbers.as_ref().unwrap()[fact].value - wanted.as_f64().unwrap()).abs(),
                );
            }
        } else {
            for (f, wanted) in case["belief"].as_array().unwrap().iter().enumerate() {
                let fact = matrix.fact_named(&format!("f{f}")).unwrap() as usize;
                let (votes, cells) = (truth.votes(), truth.votes().cells(fact));
                for k in 0..cells.len() {
                    let (named, claim) = votes.claim(fact, k).unwrap();
                    let v = names.iter().position(|n| *n == truth.claim_text(named, claim)).unwrap();
                    let got = truth.fitted().belief[cells.start + k];
                    error = f64::max(error, (got - wanted[v].as_f64().unwrap()).abs());
                }
            }
        }
        worst.push((
            model.to_owned(),
            case["source"].as_str().unwrap().to_owned(),
            error,
            case["tolerance"].as_f64().unwrap(),
        ));
    }
    worst.iter().for_each(|(model, source, error, _)| println!("{model}: {error:.1e} ({source})"));
    for (model, source, error, tolerance) in &worst {
        assert!(error <= tolerance, "{model}: {error:e} from {source}");
    }
    for model in REGISTRY {
        // The default has its own: tests/consensus.rs.
        let has_one = model.name() == "consensus" || worst.iter().any(|w| w.0 == model.name());
        assert!(has_one, "{} has no reference value", model.name());
    }
}

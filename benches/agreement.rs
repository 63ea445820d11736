//! Coefficients of agreement on a built matrix, without Python. Sizes are in the ids, sources x facts.
//!
//! Five categories, 30 % missing; six reports in ten give the fact's own value. `numbers` measures coefficients of numbers, whose
//! sums are those of pairs of sources. Many facts with few sources, and the reverse, are the ends of what users have.

use consilience::Matrix;
use consilience::agreement::{AgreementOptions, Interval, Metric};
use consilience::column::{Column, Data};
use consilience::matrix::{Options, PerFact, kind_named};
use consilience::stats::{Random, Watch};
use divan::Bencher;
use std::borrow::Cow;

fn main() {
    divan::main();
}

fn matrix(sources: usize, facts: usize, kind: &str) -> Matrix {
    let mut random = Random::new(1, 0);
    let (mut fact, mut source, mut value) = (vec![], vec![], vec![]);
    for f in 0..facts {
        let own = random.below(5);
        for s in 0..sources {
            let given = if random.below(10) < 6 { own } else { random.below(5) };
            if random.below(10) < 7 {
                fact.push(f as i64);
                source.push(s as i64);
                value.push(given as i64);
            }
        }
    }
    let column = |name: &str, values| (name.to_owned(), Column::of(Data::I64(Cow::Owned(values))));
    let reports = vec![column("fact", fact), column("source", source), column("value", value)];
    let kind = PerFact::all(kind_named(kind).expect("the kind is known"));
    Matrix::build(&reports, &Options { kind, ..Options::default() }, &Watch::default()).expect("the reports are good")
}

fn bench(bencher: Bencher, (sources, facts): (usize, usize), options: &AgreementOptions, kind: &str) {
    let matrix = matrix(sources, facts, kind);
    bencher.bench(|| matrix.agreement(options, &Watch::default()).expect("it is measured"));
}

fn of(coefficient: &str, metric: Option<&str>) -> AgreementOptions {
    AgreementOptions {
        coefficients: vec![coefficient.to_owned()],
        metric: metric.map(|word| Metric::named(word).expect("the metric is known")),
        ..AgreementOptions::default()
    }
}

const SHAPES: [(usize, usize); 3] = [(5, 1_000), (20, 10_000), (50, 100_000)];

#[divan::bench(name = "alpha/nominal", args = SHAPES)]
fn nominal(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, &of("krippendorff_alpha", Some("nominal")), "nominal");
}

#[divan::bench(name = "alpha/ordinal", args = SHAPES)]
fn ordinal(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, &of("krippendorff_alpha", Some("ordinal")), "interval");
}

#[divan::bench(name = "alpha/interval", args = SHAPES)]
fn interval(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, &of("krippendorff_alpha", Some("interval")), "interval");
}

#[divan::bench(name = "gwet_ac", args = SHAPES)]
fn gwet_ac(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, &of("gwet_ac", None), "nominal");
}

#[divan::bench(name = "conger_kappa", args = SHAPES)]
fn conger(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, &of("conger_kappa", None), "nominal");
}

#[divan::bench(name = "bootstrap/1000 of 20x10,000", args = ["nominal", "ordinal", "interval"])]
fn bootstrap(bencher: Bencher, metric: &str) {
    let options = AgreementOptions { interval: Interval::Bootstrap, ..of("krippendorff_alpha", Some(metric)) };
    bench(bencher, (20, 10_000), &options, if metric == "nominal" { "nominal" } else { "interval" });
}

#[divan::bench(name = "numbers/20x2,000", args = ["icc", "kendall_w", "lin_ccc"], sample_count = 5)]
fn numbers(bencher: Bencher, coefficient: &str) {
    bench(bencher, (20, 2_000), &of(coefficient, None), "interval");
}

//! Reports from known truths, to see what models make of them.

use crate::error::{ParameterError, Result};
use crate::matrix::MAX_ROWS;
use crate::stats::chunks::map_chunks;
use crate::stats::{Random, Watch, beta_quantile, normal_quantile};
use crate::table::{Column, Table, TextColumn, Values};

/// How often sources are right where nothing makes it hard.
#[derive(Debug, Clone, PartialEq)]
pub enum Accuracy {
    /// All the same.
    Same(f64),
    /// One a source.
    Each(Vec<f64>),
    /// Drawn for each source from Beta(a, b).
    Beta(f64, f64),
}

/// Reports that are numbers: the truth of the fact, the bias of the source and a normal error.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Mean and standard deviation of the true values, which are normal.
    pub truths: (f64, f64),
    /// Standard deviation of errors: for all sources or for each, or between which two it is drawn, evenly in its logarithm.
    pub sd: Spread,
    /// Of each source; or the standard deviation of the normal distribution around 0 from which it is drawn.
    pub bias: Spread,
}

/// A number a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// As given: one for all, or one each.
    Given(Vec<f64>),
    /// Drawn, by two numbers.
    Drawn(f64, f64),
}

/// What is simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulateOptions {
    /// Facts.
    pub n_facts: usize,
    /// Sources.
    pub n_sources: usize,
    /// The words of the classes.
    pub values: Vec<String>,
    /// Whether facts share their values; else each has values of its own.
    pub shared: bool,
    /// How often each class is true; empty: equally often.
    pub prevalence: Vec<f64>,
    /// How often sources are right. The other classes are equally wrong; a number is a gross error then, any of the true values.
    pub accuracy: Accuracy,
    /// Instead of an accuracy: for all sources or for each, by true class, how often each class is reported; row-major.
    pub confusion: Vec<f64>,
    /// For all sources or for each, the chance to report on a fact.
    pub density: Vec<f64>,
    /// This many reports a fact instead, from sources drawn in proportion to their density.
    pub reports_per_fact: Option<usize>,
    /// The mean over facts of the chance that a source only guesses.
    pub difficulty: f64,
    /// The share of sources that copy another.
    pub copying: f64,
    /// How often they do, where the other reports.
    pub copy_rate: f64,
    /// Of all that is drawn.
    pub seed: u64,
    /// Numbers instead of labels: then `values`, `prevalence`, `shared` and `confusion` mean nothing.
    pub numbers: Option<Numbers>,
}

impl Default for SimulateOptions {
    fn default() -> Self {
        SimulateOptions {
            n_facts: 1000,
            n_sources: 10,
            values: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            shared: true,
            prevalence: vec![],
            accuracy: Accuracy::Same(0.8),
            confusion: vec![],
            density: vec![1.0],
            reports_per_fact: None,
            difficulty: 0.0,
            copying: 0.0,
            copy_rate: 0.8,
            seed: 0,
            numbers: None,
        }
    }
}

/// Reports, and what they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// One row a report: `fact`, `source`, `value`.
    pub reports: Table,
    /// One row a fact: `fact`, `value`, `difficulty`, `n_reports`.
    pub truth: Table,
    /// One row a source: `source`, `accuracy` (of its own answers to easy facts), `copies` (whom), `share_right` (of its reports),
    /// `n_reports`. Of numbers `accuracy`, `sd`, `bias`, `copies`, `rmse` (of its reports).
    pub sources: Table,
}

/// Streams of random numbers beside one a fact.
const SOURCES: u64 = 1 << 40;
/// Difficulties vary as Beta(4 d, 4 (1 − d)) does: some facts are easy, some hopeless.
const SPREAD: f64 = 4.0;

/// Draws reports. The same for any number of threads.
///
/// ```
/// use consilience::{stats::Watch, truth::{SimulateOptions, simulate}};
/// let simulation = simulate(&SimulateOptions { n_facts: 20, ..SimulateOptions::default() }, &Watch::default())?;
/// assert_eq!((simulation.reports.rows, simulation.truth.rows, simulation.sources.rows), (200, 20, 10));
/// # Ok::<(), consilience::Error>(())
/// ```
///
/// # Errors
/// [`ParameterError`] where an option is out of range; [`crate::Error::Interrupted`].
pub fn simulate(options: &SimulateOptions, watch: &Watch) -> Result<Simulation> {
    check(options)?;
    let sources = draw_sources(options);
    watch.expect(options.n_facts as u64);
    let chunk = (1usize << 16).div_ceil(options.n_sources).max(1);
    let parts = map_chunks(options.n_facts, chunk, |facts| {
        watch.tick(facts.len() as u64)?;
        let mut drawn = Drawn::default();
        for f in facts {
            sources.fact(options, f, &mut drawn);
        }
        Ok::<_, crate::Error>(drawn)
    });
    let mut all = Drawn::default();
    for part in parts {
        let part = part?;
        all.truth.extend(part.truth);
        all.difficulty.extend(part.difficulty);
        all.n_reports.extend(part.n_reports);
        all.source.extend(part.source);
        all.value.extend(part.value);
        all.true_number.extend(part.true_number);
        all.number.extend(part.number);
    }
    Ok(tables(options, &sources, &all))
}

struct Sources {
    /// By source, true class, reported class.
    confusion: Vec<f64>,
    accuracy: Vec<f64>,
    /// Of numbers.
    sd: Vec<f64>,
    bias: Vec<f64>,
    copies: Vec<Option<usize>>,
    /// Originals first, so that copiers find what to copy.
    order: Vec<usize>,
}

/// By fact, and by report in the order of facts. Labels or numbers; the others are empty.
#[derive(Default)]
struct Drawn {
    truth: Vec<usize>,
    difficulty: Vec<f64>,
    n_reports: Vec<usize>,
    source: Vec<usize>,
    value: Vec<usize>,
    true_number: Vec<f64>,
    number: Vec<f64>,
}

fn draw_sources(options: &SimulateOptions) -> Sources {
    let (n, k) = (options.n_sources, options.values.len());
    let mut confusion = Vec::with_capacity(n * k * k);
    let mut accuracy = Vec::with_capacity(n);
    for s in 0..n {
        if !options.confusion.is_empty() {
            let own = if options.confusion.len() == k * k { 0 } else { s * k * k };
            confusion.extend_from_slice(&options.confusion[own..own + k * k]);
            accuracy.push((0..k).map(|t| prevalence(options, t) * options.confusion[own + t * k + t]).sum());
            continue;
        }
        let right = match &options.accuracy {
            Accuracy::Same(right) => *right,
            Accuracy::Each(each) => each[s],
            Accuracy::Beta(a, b) => beta_quantile(*a, *b, Random::new(options.seed, SOURCES + s as u64).unit()),
        };
        if options.numbers.is_none() {
            let wrong = (1.0 - right) / (k - 1) as f64;
            confusion.extend((0..k * k).map(|i| if i / k == i % k { right } else { wrong }));
        }
        accuracy.push(right);
    }
    let of_numbers = |numbers: &Numbers| (0..n).map(|s| numbers.draw(options.seed, s)).unzip();
    let (sd, bias) = options.numbers.as_ref().map(of_numbers).unwrap_or_default();
    // A random order; the last of it copy, each one of the first.
    let mut random = Random::new(options.seed, SOURCES - 1);
    let mut order: Vec<usize> = (0..n).collect();
    (1..n).rev().for_each(|i| order.swap(i, random.below(i + 1)));
    let n_copiers = ((options.copying * n as f64).round() as usize).min(n - 1);
    let originals = n - n_copiers;
    let mut copies = vec![None; n];
    order[originals..].iter().for_each(|s| copies[*s] = Some(order[random.below(originals)]));
    Sources { confusion, accuracy, sd, bias, copies, order }
}

/// The standard normal quantile of a number in [0, 1): that of the middle of one of 2⁵³ parts, so that it is finite.
fn normal(at: f64) -> f64 {
    normal_quantile(at + 0.5 / (1u64 << 53) as f64)
}

impl Numbers {
    /// Standard deviation and bias of a source.
    fn draw(&self, seed: u64, source: usize) -> (f64, f64) {
        let mut random = Random::new(seed, 2 * SOURCES + source as u64);
        let own = |given: &[f64]| given[if given.len() == 1 { 0 } else { source }];
        let sd = match &self.sd {
            Spread::Given(given) => own(given),
            Spread::Drawn(low, high) => low * (high / low).powf(random.unit()),
        };
        let bias = match &self.bias {
            Spread::Given(given) => own(given),
            Spread::Drawn(mean, spread) => mean + spread * normal(random.unit()),
        };
        (sd, bias)
    }
}

fn prevalence(options: &SimulateOptions, class: usize) -> f64 {
    let total: f64 = options.prevalence.iter().sum();
    if total > 0.0 { options.prevalence[class] / total } else { 1.0 / options.values.len() as f64 }
}

/// The place among shares that sum to 1 at which the number `at` in [0, 1) falls.
fn pick(at: f64, shares: impl ExactSizeIterator<Item = f64>) -> usize {
    let last = shares.len().saturating_sub(1);
    let mut left = at;
    for (i, share) in shares.enumerate() {
        left -= share;
        if left < 0.0 {
            return i;
        }
    }
    last
}

impl Sources {
    fn fact(&self, options: &SimulateOptions, f: usize, drawn: &mut Drawn) {
        let (n, k) = (options.n_sources, options.values.len());
        let mut random = Random::new(options.seed, f as u64);
        let at = random.unit();
        let difficulty = if options.difficulty > 0.0 {
            beta_quantile(SPREAD * options.difficulty, SPREAD * (1.0 - options.difficulty), random.unit())
        } else {
            0.0
        };
        let density = |s: usize| options.density[if options.density.len() == 1 { 0 } else { s }];
        let mut reports = vec![false; n];
        match options.reports_per_fact {
            None => (0..n).for_each(|s| reports[s] = random.unit() < density(s)),
            Some(wanted) => {
                // The smallest of exponential times with these rates are a sample without replacement (Efraimidis & Spirakis 2006).
                let mut times: Vec<(f64, usize)> =
                    (0..n).map(|s| (-(1.0 - random.unit()).ln() / density(s), s)).collect();
                times.sort_by(|a, b| a.0.total_cmp(&b.0));
                times.iter().take(wanted).filter(|(time, _)| time.is_finite()).for_each(|(_, s)| reports[*s] = true);
            }
        }
        let before = drawn.source.len();
        drawn.source.extend((0..n).filter(|s| reports[*s]));
        match &options.numbers {
            None => {
                let truth = pick(at, (0..k).map(|t| prevalence(options, t)));
                let said =
                    self.answers((options.copy_rate, difficulty), &reports, &mut random, k, |s, guesses, at, _| {
                        let row = &self.confusion[(s * k + truth) * k..(s * k + truth + 1) * k];
                        pick(at, row.iter().map(|p| if guesses { 1.0 / k as f64 } else { *p }))
                    });
                drawn.value.extend((0..n).filter(|s| reports[*s]).map(|s| said[s]));
                drawn.truth.push(truth);
            }
            Some(numbers) => {
                let (mean, spread) = numbers.truths;
                let truth = mean + spread * normal(at);
                let said = self.answers(
                    (options.copy_rate, difficulty),
                    &reports,
                    &mut random,
                    f64::NAN,
                    |s, guesses, at, random| {
                        let (any, error) = (normal(random.unit()), normal(random.unit()));
                        let gross = guesses || at >= self.accuracy[s];
                        if gross { mean + spread * any } else { truth + self.bias[s] + self.sd[s] * error }
                    },
                );
                drawn.number.extend((0..n).filter(|s| reports[*s]).map(|s| said[s]));
                drawn.true_number.push(truth);
            }
        }
        drawn.difficulty.push(difficulty);
        drawn.n_reports.push(drawn.source.len() - before);
    }

    /// What each source says of a fact, whether it reports or not: its own answer, or that of whom it copies.
    fn answers<T: Copy>(
        &self,
        (copy_rate, difficulty): (f64, f64),
        reports: &[bool],
        random: &mut Random,
        none: T,
        own: impl Fn(usize, bool, f64, &mut Random) -> T,
    ) -> Vec<T> {
        let mut said = vec![none; reports.len()];
        for s in &self.order {
            // Draws do not depend on who reports, so that a thinner table is part of a denser one.
            let (guesses, copying, at) = (random.unit() < difficulty, random.unit() < copy_rate, random.unit());
            let own = own(*s, guesses, at, random);
            said[*s] = match self.copies[*s] {
                Some(other) if copying && reports[other] => said[other],
                _ => own,
            };
        }
        said
    }
}

fn tables(options: &SimulateOptions, sources: &Sources, drawn: &Drawn) -> Simulation {
    let n = options.n_sources;
    let names: TextColumn = (0..n).map(|s| format!("s{s}")).collect();
    let fact_of: Vec<usize> =
        drawn.n_reports.iter().enumerate().flat_map(|(f, n)| std::iter::repeat_n(f, *n)).collect();
    let words = |facts: &mut dyn Iterator<Item = (usize, usize)>| -> Column {
        if options.shared {
            let words: TextColumn = options.values.iter().collect();
            Values::Dictionary(facts.map(|(_, v)| v as u32).collect(), words).into()
        } else {
            Column::texts(facts.map(|(f, v)| Some(format!("{} of {f}", options.values[v]))))
        }
    };
    // Right reports, or squared errors.
    let (mut sums, mut n_reports) = (vec![0.0; n], vec![0usize; n]);
    for (i, (s, f)) in drawn.source.iter().zip(&fact_of).enumerate() {
        n_reports[*s] += 1;
        sums[*s] += match &options.numbers {
            None => f64::from(u8::from(drawn.value[i] == drawn.truth[*f])),
            Some(_) => (drawn.number[i] - drawn.true_number[*f]).powi(2),
        };
    }
    let facts = |of: &[usize]| -> Column { Values::I64(of.iter().map(|f| *f as i64).collect()).into() };
    let all: Vec<usize> = (0..options.n_facts).collect();
    let mean = |s: usize| (n_reports[s] > 0).then(|| sums[s] / n_reports[s] as f64);
    let each = |numbers: &[f64]| Column::floats(numbers.iter().map(|x| Some(*x)));
    let (said, truth) = match &options.numbers {
        None => (
            words(&mut fact_of.iter().copied().zip(drawn.value.iter().copied())),
            words(&mut drawn.truth.iter().copied().enumerate()),
        ),
        Some(_) => (each(&drawn.number), each(&drawn.true_number)),
    };
    let copies = Column::texts(sources.copies.iter().map(|s| s.map(|s| names.get(s))));
    let mut of_sources =
        vec![("source", Column::from(Values::Text(names.clone()))), ("accuracy", each(&sources.accuracy))];
    match &options.numbers {
        None => of_sources.extend([("copies", copies), ("share_right", Column::floats((0..n).map(mean)))]),
        Some(_) => of_sources.extend([
            ("sd", each(&sources.sd)),
            ("bias", each(&sources.bias)),
            ("copies", copies),
            ("rmse", Column::floats((0..n).map(|s| mean(s).map(f64::sqrt)))),
        ]),
    }
    of_sources.push(("n_reports", Column::counts(n_reports.iter().copied())));
    Simulation {
        reports: Table::new([
            ("fact", facts(&fact_of)),
            ("source", Values::Dictionary(drawn.source.iter().map(|s| *s as u32).collect(), names.clone()).into()),
            ("value", said),
        ]),
        truth: Table::new([
            ("fact", facts(&all)),
            ("value", truth),
            ("difficulty", each(&drawn.difficulty)),
            ("n_reports", Column::counts(drawn.n_reports.iter().copied())),
        ]),
        sources: Table::new(of_sources),
    }
}

fn check(options: &SimulateOptions) -> Result<()> {
    let wrong = |name, value: String, expected| Err(ParameterError::Range { name, value, expected }.into());
    let (n, k) = (options.n_sources, options.values.len());
    let unit = |x: &f64| (0.0..=1.0).contains(x);
    let several = |name, reason: String| Err(ParameterError::Unusable { name, reason }.into());
    if options.n_facts == 0 || options.n_facts > MAX_ROWS {
        return wrong("n_facts", options.n_facts.to_string(), "an integer from 1 to 2147483646");
    }
    if n == 0 || n > 1 << 24 {
        return wrong("n_sources", n.to_string(), "an integer from 1 to 16777216");
    }
    if k < 2 || k.saturating_mul(k).saturating_mul(n) > 1 << 28 {
        return wrong("values", format!("{k} values"), "at least 2, and sources × values² up to 2^28");
    }
    let mut distinct: Vec<&String> = options.values.iter().collect();
    distinct.sort_unstable();
    if distinct.windows(2).any(|two| two[0] == two[1]) {
        return several("values", "a value occurs twice; name each once".to_owned());
    }
    let p = &options.prevalence;
    if !p.is_empty() && (p.len() != k || !p.iter().all(|x| *x >= 0.0 && x.is_finite()) || p.iter().sum::<f64>() <= 0.0)
    {
        return several("prevalence", format!("give {k} numbers ≥ 0, one a value, with a sum above 0"));
    }
    let fits = match &options.accuracy {
        Accuracy::Same(right) => unit(right),
        Accuracy::Each(each) => each.len() == n && each.iter().all(unit),
        Accuracy::Beta(a, b) => [a, b].iter().all(|x| **x > 0.0 && x.is_finite()),
    };
    if !fits {
        let reason = format!(
            "give a number from 0 to 1, a list of {n} (one a source), or the two parameters > 0 of a Beta distribution as a tuple"
        );
        return several("accuracy", reason);
    }
    let c = &options.confusion;
    let rows = |row: &[f64]| row.iter().all(unit) && (row.iter().sum::<f64>() - 1.0).abs() < 1e-9;
    if !c.is_empty() && (!(c.len() == k * k || c.len() == n * k * k) || !c.chunks(k).all(rows)) {
        let reason = format!("give an array of {k} × {k} or {n} × {k} × {k} whose rows (one a true value) sum to 1");
        return several("confusion", reason);
    }
    if !(options.density.len() == 1 || options.density.len() == n) || !options.density.iter().all(unit) {
        return several("density", format!("give a number from 0 to 1, or a list of {n} (one a source)"));
    }
    let densities = || (0..n).map(|s| options.density[s % options.density.len()]);
    let able = densities().filter(|density| *density > 0.0).count();
    if let Some(given) = options.reports_per_fact.filter(|wanted| *wanted == 0 || *wanted > able) {
        let expected = "an integer from 1 to the number of sources whose density is above 0";
        return wrong("reports_per_fact", given.to_string(), expected);
    }
    let density: f64 = densities().sum();
    let reports = options.n_facts as f64 * options.reports_per_fact.map_or(density, |wanted| wanted as f64);
    if reports > MAX_ROWS as f64 {
        let reason = format!(
            "{reports:.0} reports would be drawn, more than the {MAX_ROWS} one matrix holds; take fewer, or a lower density or reports_per_fact"
        );
        return several("n_facts", reason);
    }
    if !(0.0..1.0).contains(&options.difficulty) {
        return wrong("difficulty", options.difficulty.to_string(), "a number from 0 to below 1");
    }
    if let Some(numbers) = &options.numbers {
        let finite = |x: &f64| x.is_finite();
        let positive = |x: &f64| *x >= 0.0 && x.is_finite();
        if !finite(&numbers.truths.0) || !positive(&numbers.truths.1) {
            return several("values", "give the mean and the standard deviation ≥ 0 of the true numbers".to_owned());
        }
        let fits = |spread: &Spread, given: &dyn Fn(&f64) -> bool, drawn: &dyn Fn(f64, f64) -> bool| match spread {
            Spread::Given(all) => (all.len() == 1 || all.len() == n) && all.iter().all(given),
            Spread::Drawn(a, b) => finite(a) && finite(b) && drawn(*a, *b),
        };
        if !fits(&numbers.sd, &positive, &|low, high| low > 0.0 && low <= high) {
            let reason = format!(
                "give a number ≥ 0, a list of {n} (one a source), or the two ends > 0 between which it is drawn as a tuple"
            );
            return several("sd", reason);
        }
        if !fits(&numbers.bias, &finite, &|_, spread| spread >= 0.0) {
            let reason =
                format!("give a number ≥ 0, the standard deviation of biases, or a list of {n} (one a source)");
            return several("bias", reason);
        }
    }
    for (name, x) in [("copying", options.copying), ("copy_rate", options.copy_rate)] {
        if !unit(&x) {
            return wrong(name, x.to_string(), "a number from 0 to 1");
        }
    }
    Ok(())
}

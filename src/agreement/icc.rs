//! Intraclass correlations: the share of the variance of values that lies between facts.

use super::components::{Missing, components};
use super::numbers::Numbers;
use super::panel::Panel;
use super::statistic::{Limits, Point, Statistic};
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;
use crate::stats::chunks::map_chunks;
use crate::stats::{Watch, f_quantile};
use std::sync::{Arc, OnceLock};

/// Intraclass correlations, a row a form.
pub struct Icc;

impl Coefficient for Icc {
    fn name(&self) -> &'static str {
        "icc"
    }

    fn summary(&self) -> &'static str {
        "The share of the variance of numbers that lies between facts: six forms, by whether sources are a sample, their levels matter, and means are used."
    }

    fn reference(&self) -> &'static str {
        "Shrout & Fleiss (1979), doi:10.1037/0033-2909.86.2.420; McGraw & Wong (1996), doi:10.1037/1082-989X.1.1.30"
    }

    fn kin(&self) -> Kin {
        Kin::Numbers
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let table = Arc::new(Table::new(Numbers::of_panel(panel), setting.watch)?);
        Ok(Form::ALL
            .iter()
            .map(|(form, name)| Row::new(*name, OfForm { table: Arc::clone(&table), form: *form }))
            .collect())
    }
}

/// A table with its fits, which the six forms share.
struct Table {
    numbers: Numbers,
    fits: Fits,
    without_each: OnceLock<Vec<[f64; 6]>>,
}

/// Mean squares of the two-way and of the one-way model, or why there are none.
type Fits = [std::result::Result<MeanSquares, &'static str>; 2];

impl Table {
    fn new(numbers: Numbers, watch: &Watch) -> Result<Table> {
        let fits = fits(&numbers, watch)?;
        Ok(Table { numbers, fits, without_each: OnceLock::new() })
    }

    /// The values of the six forms without each fact in turn.
    fn without_each(&self) -> &[[f64; 6]] {
        self.without_each.get_or_init(|| {
            let n = self.numbers.n_facts();
            if self.numbers.is_complete() {
                return complete_without_each(&self.numbers);
            }
            let without = |fact: usize| {
                let mut counts = vec![1.0; n];
                counts[fact] = 0.0;
                self.with_counts(&counts)
            };
            map_chunks(n, 1, |range| without(range.start))
        })
    }

    /// Each fact takes two searches of some sixty likelihoods.
    fn too_long(&self) -> bool {
        let n = self.numbers.n_facts();
        let (n_values, short) = (self.numbers.len() as f64, n.min(self.numbers.n_sources) as f64);
        !self.numbers.is_complete() && n as f64 * 120.0 * (8.0 * n_values + 2.0 * short.powi(3)) > MOST_STEPS
    }

    fn with_counts(&self, counts: &[f64]) -> [f64; 6] {
        let numbers = self.numbers.repeated(counts);
        // Nothing stops a watch of one's own.
        let fits = fits(&numbers, &Watch::default()).unwrap_or([Err("stopped"); 2]);
        Form::ALL.map(|(form, _)| of_form(&fits, form, 0.95).value.unwrap_or(f64::NAN))
    }
}

/// Leaving out each fact of a table with gaps is not tried beyond this many steps.
const MOST_STEPS: f64 = 2e11;

/// From the sums of all values, less those of the fact.
fn complete_without_each(numbers: &Numbers) -> Vec<[f64; 6]> {
    let (n, k) = (numbers.n_facts() as f64 - 1.0, numbers.n_sources as f64);
    let mut of_source = vec![0.0; numbers.n_sources];
    let (mut total, mut squares, mut squares_of_facts) = (0.0, 0.0, 0.0);
    for f in 0..numbers.n_facts() {
        let (sources, values) = numbers.of(f);
        let sum: f64 = values.iter().sum();
        total += sum;
        squares += values.iter().map(|v| v * v).sum::<f64>();
        squares_of_facts += sum * sum;
        sources.iter().zip(values).for_each(|(s, v)| of_source[*s as usize] += v);
    }
    let without = |f: usize| {
        let (sources, values) = numbers.of(f);
        let sum: f64 = values.iter().sum();
        let middle = (total - sum).powi(2) / (n * k);
        let all = squares - values.iter().map(|v| v * v).sum::<f64>() - middle;
        let mut of_rest = of_source.clone();
        sources.iter().zip(values).for_each(|(s, v)| of_rest[*s as usize] -= v);
        let facts = (squares_of_facts - sum * sum) / k - middle;
        let sources = of_rest.iter().map(|s| s * s).sum::<f64>() / n - middle;
        let square = |sum: f64, df: f64| if sum <= 1e-13 * squares { 0.0 } else { sum / df };
        let (df_facts, df_sources) = (n - 1.0, k - 1.0);
        let two_way = MeanSquares {
            facts: square(facts, df_facts),
            sources: square(sources, df_sources),
            error: square(all - facts - sources, df_facts * df_sources),
            n,
            k,
            df_facts,
            df_sources,
            df_error: df_facts * df_sources,
        };
        let enough = if n < 2.0 { Err("fewer than two facts") } else { Ok(two_way) };
        let fits = [enough, enough.map(|s| s.one_way())];
        Form::ALL.map(|(form, _)| of_form(&fits, form, 0.95).value.unwrap_or(f64::NAN))
    };
    (0..numbers.n_facts()).map(without).collect()
}

/// One form on a table.
struct OfForm {
    table: Arc<Table>,
    form: Form,
}

impl Statistic for OfForm {
    fn point(&self) -> Point {
        let found = of_form(&self.table.fits, self.form, 0.95);
        match found.value {
            Some(value) => Point { value: Some(value), ..Point::default() },
            None => Point::undefined(found.reason.unwrap_or_default()),
        }
    }

    fn n(&self) -> usize {
        self.table.numbers.n_facts()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let numbers = self.table.numbers.repeated(counts);
        let squares = mean_squares(&numbers, !self.form.one_way(), &Watch::default());
        let found = squares.ok().and_then(std::result::Result::ok).map(|squares| squares.icc(self.form, 0.95));
        found.and_then(|found| found.value).unwrap_or(f64::NAN)
    }

    fn without_each(&self) -> Vec<f64> {
        self.table.without_each().iter().map(|values| values[self.form as usize]).collect()
    }

    fn too_long(&self) -> Option<&'static str> {
        let reason =
            "no interval: leaving out each of so many facts takes too long with gaps; \"analytic\" is a formula";
        self.table.too_long().then_some(reason)
    }

    fn analytic(&self, confidence: f64) -> Option<Limits> {
        let found = of_form(&self.table.fits, self.form, confidence);
        Some(Limits { std_error: None, low: found.low, high: found.high, reason: found.reason })
    }
}

/// The six forms of Shrout & Fleiss (1979).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// ICC(1,1): each fact has sources of its own; one value.
    OneWay,
    /// ICC(2,1), ICC(A,1) of McGraw & Wong (1996): the sources are a sample of many; absolute agreement of one value.
    Agreement,
    /// ICC(3,1), ICC(C,1): the sources are all there are, or their levels do not matter; consistency of one value.
    Consistency,
    /// ICC(1,k): the mean of a fact's values.
    OneWayMean,
    /// ICC(2,k), ICC(A,k).
    AgreementMean,
    /// ICC(3,k), ICC(C,k): Cronbach's alpha.
    ConsistencyMean,
}

/// The names of the forms, in the order of their rows.
pub(super) const FORMS: [&str; 6] = ["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"];

impl Form {
    /// The forms with their names.
    pub const ALL: [(Form, &'static str); 6] = [
        (Form::OneWay, FORMS[0]),
        (Form::Agreement, FORMS[1]),
        (Form::Consistency, FORMS[2]),
        (Form::OneWayMean, FORMS[3]),
        (Form::AgreementMean, FORMS[4]),
        (Form::ConsistencyMean, FORMS[5]),
    ];

    fn of_means(self) -> bool {
        matches!(self, Form::OneWayMean | Form::AgreementMean | Form::ConsistencyMean)
    }

    fn one_way(self) -> bool {
        matches!(self, Form::OneWay | Form::OneWayMean)
    }
}

/// One form with its interval; what does not exist is `None`, and the reason says why.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    reason: Option<&'static str>,
}

/// Both models of a table.
///
/// Complete tables take the mean squares of the analysis of variance. With gaps the components of variance are estimated
/// (REML), and stand for the mean squares that a complete table with the harmonic mean of values a fact and a source would
/// have: k in the forms of means is this mean of values a fact, for it is that mean's error that they have on average.
fn fits(numbers: &Numbers, watch: &Watch) -> Result<Fits> {
    Ok([mean_squares(numbers, true, watch)?, mean_squares(numbers, false, watch)?])
}

fn of_form(fits: &Fits, form: Form, confidence: f64) -> Found {
    match &fits[usize::from(form.one_way())] {
        Ok(squares) => squares.icc(form, confidence),
        Err(reason) => Found { value: None, low: None, high: None, reason: Some(reason) },
    }
}

/// Mean squares as of a complete table, with their degrees of freedom.
#[derive(Debug, Clone, Copy)]
struct MeanSquares {
    facts: f64,
    sources: f64,
    error: f64,
    /// Facts a source and sources a fact has values for.
    n: f64,
    k: f64,
    df_facts: f64,
    df_sources: f64,
    df_error: f64,
}

fn mean_squares(
    numbers: &Numbers,
    two_way: bool,
    watch: &Watch,
) -> Result<std::result::Result<MeanSquares, &'static str>> {
    if numbers.n_facts() < 2 {
        return Ok(Err("fewer than two facts"));
    }
    if numbers.n_sources < 2 {
        return Ok(Err("fewer than two sources"));
    }
    if numbers.is_constant() {
        return Ok(Err("no variation: all values are equal"));
    }
    if numbers.is_complete() {
        return Ok(Ok(if two_way { analysis(numbers) } else { analysis(numbers).one_way() }));
    }
    Ok(components(numbers, two_way, watch)?.map_err(reason).map(|(parts, df_error)| {
        let turned = numbers.transposed();
        let (n, k) = (harmonic_mean(&turned), harmonic_mean(numbers));
        MeanSquares {
            facts: k * parts.facts + parts.error,
            sources: n * parts.sources + parts.error,
            error: parts.error,
            n,
            k,
            df_facts: numbers.n_facts() as f64 - 1.0,
            df_sources: numbers.n_sources as f64 - 1.0,
            df_error,
        }
    }))
}

fn reason(missing: Missing) -> &'static str {
    match missing {
        Missing::NoResidual => {
            "too few values: facts and sources explain them all, nothing is left to tell the error from"
        }
        Missing::Apart => "facts and sources explain all values, in parts of the table that share neither",
        Missing::TooLarge => {
            "more than 2,000 facts and 2,000 sources, with gaps: take krippendorff_alpha, metric interval"
        }
        Missing::NotFound => "the components of variance could not be estimated",
    }
}

/// The harmonic mean of the numbers of values of the facts.
fn harmonic_mean(numbers: &Numbers) -> f64 {
    numbers.n_facts() as f64 / numbers.fact_ptr.windows(2).map(|w| 1.0 / (w[1] - w[0]) as f64).sum::<f64>()
}

/// Sums of squares below this part of the total are rounding.
const ROUNDING: f64 = 1e-20;

fn analysis(numbers: &Numbers) -> MeanSquares {
    let (n, k) = (numbers.n_facts() as f64, numbers.n_sources as f64);
    let (facts, sources) = (means(numbers), means(&numbers.transposed()));
    let mean = facts.iter().sum::<f64>() / n;
    let mut error = 0.0;
    for (f, of_fact) in facts.iter().enumerate() {
        let (places, values) = numbers.of(f);
        error +=
            places.iter().zip(values).map(|(s, v)| (v - of_fact - sources[*s as usize] + mean).powi(2)).sum::<f64>();
    }
    let total: f64 = numbers.value.iter().map(|v| v * v).sum();
    let square = |sum: f64, df: f64| if sum <= ROUNDING * total { 0.0 } else { sum / df };
    let (df_facts, df_sources) = (n - 1.0, k - 1.0);
    MeanSquares {
        facts: square(k * squares_around(&facts, mean), df_facts),
        sources: square(n * squares_around(&sources, mean), df_sources),
        error: square(error, df_facts * df_sources),
        n,
        k,
        df_facts,
        df_sources,
        df_error: df_facts * df_sources,
    }
}

fn means(numbers: &Numbers) -> Vec<f64> {
    (0..numbers.n_facts())
        .map(|f| {
            let (_, values) = numbers.of(f);
            values.iter().sum::<f64>() / values.len() as f64
        })
        .collect()
}

fn squares_around(values: &[f64], mean: f64) -> f64 {
    values.iter().map(|v| (v - mean).powi(2)).sum()
}

impl MeanSquares {
    /// What one way of classifying makes of them: what sources differ by is error too.
    fn one_way(self) -> MeanSquares {
        let df_error = self.df_sources + self.df_error;
        let within = self.sources * self.df_sources + self.error * self.df_error;
        MeanSquares { error: within / df_error, df_error, ..self }
    }

    fn icc(&self, form: Form, confidence: f64) -> Found {
        let (value, [low, high]) = match form {
            Form::OneWay | Form::OneWayMean | Form::Consistency | Form::ConsistencyMean => {
                (self.consistency(), self.consistency_limits(confidence))
            }
            Form::Agreement | Form::AgreementMean => (self.agreement(), self.agreement_limits(confidence)),
        };
        let shown = |single: Option<f64>| if form.of_means() { single.and_then(|r| self.of_means(r)) } else { single };
        let (value, low, high) = (shown(value), shown(low), shown(high));
        let reason = match (value, low, high) {
            (None, ..) if form.of_means() => Some("undefined: the means of the facts do not vary more than by chance"),
            (None, ..) => Some("no variation between facts, and none within"),
            (_, None, None) => Some("no interval: the values of each fact leave no error to measure"),
            (_, None, _) => Some("no lower limit: that of one value has no image among means of values"),
            _ => None,
        };
        Found { value, low, high, reason }
    }

    /// (MSR - MSE) / (MSR + (k-1) MSE): ICC(1,1) with the mean square within, ICC(C,1) with that of error.
    fn consistency(&self) -> Option<f64> {
        ratio(self.facts - self.error, self.facts + (self.k - 1.0) * self.error)
    }

    /// ICC(A,1) = (MSR - MSE) / (MSR + (k-1) MSE + k (MSC - MSE) / n).
    fn agreement(&self) -> Option<f64> {
        let sources = self.k / self.n * (self.sources - self.error);
        ratio(self.facts - self.error, self.facts + (self.k - 1.0) * self.error + sources)
    }

    /// The reliability of the mean of k values from that of one (Spearman-Brown).
    fn of_means(&self, single: f64) -> Option<f64> {
        ratio(self.k * single, 1.0 + (self.k - 1.0) * single)
    }

    /// From the F distribution of MSR/MSE (Shrout & Fleiss 1979; McGraw & Wong 1996, table 7).
    fn consistency_limits(&self, confidence: f64) -> [Option<f64>; 2] {
        if self.error <= 0.0 {
            return [None, None];
        }
        let f = self.facts / self.error;
        let p = 0.5 + confidence / 2.0;
        let limit = |f: f64| ratio(f - 1.0, f + self.k - 1.0);
        [limit(f / f_quantile(self.df_facts, self.df_error, p)), limit(f * f_quantile(self.df_error, self.df_facts, p))]
    }

    /// With Satterthwaite's degrees of freedom of the mean squares of sources and error together (Fleiss & Shrout 1978;
    /// McGraw & Wong 1996, table 7, case 2A).
    fn agreement_limits(&self, confidence: f64) -> [Option<f64>; 2] {
        let Some(icc) = self.agreement() else { return [None, None] };
        let (n, k) = (self.n, self.k);
        let of_sources = k * icc * self.sources;
        let of_error = (n * (1.0 + (k - 1.0) * icc) - k * icc) * self.error;
        let df =
            (of_sources + of_error).powi(2) / (of_sources.powi(2) / self.df_sources + of_error.powi(2) / self.df_error);
        if df.is_nan() || df <= 0.0 {
            return [None, None];
        }
        let p = 0.5 + confidence / 2.0;
        let rest = k * self.sources + (k * n - k - n) * self.error;
        let up = f_quantile(self.df_facts, df, p);
        let down = f_quantile(df, self.df_facts, p);
        [
            ratio(n * (self.facts - up * self.error), up * rest + n * self.facts),
            ratio(n * (down * self.facts - self.error), rest + n * down * self.facts),
        ]
    }
}

/// A quotient with a positive denominator.
fn ratio(above: f64, below: f64) -> Option<f64> {
    let quotient = above / below;
    (below > 0.0 && quotient.is_finite()).then_some(quotient)
}

#[cfg(test)]
mod tests {
    use super::super::numbers::tests::table;
    use super::*;

    fn all(numbers: &Numbers) -> [Found; 6] {
        let fits = fits(numbers, &Watch::default()).unwrap();
        Form::ALL.map(|(form, _)| of_form(&fits, form, 0.95))
    }

    fn values(numbers: &Numbers) -> Vec<Option<f64>> {
        all(numbers).iter().map(|i| i.value).collect()
    }

    /// Shrout & Fleiss (1979), table 2, with some values left out.
    fn judges(gaps: &[(usize, usize)]) -> Vec<Vec<Option<f64>>> {
        let rows = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]];
        let mut rows: Vec<Vec<Option<f64>>> =
            rows.iter().map(|r| r.iter().map(|v| Some(f64::from(*v))).collect()).collect();
        gaps.iter().for_each(|(s, f)| rows[*s][*f] = None);
        rows
    }

    fn numbers_of(rows: &[Vec<Option<f64>>]) -> Numbers {
        let rows: Vec<&[Option<f64>]> = rows.iter().map(Vec::as_slice).collect();
        table(&rows)
    }

    #[test]
    fn shrout_and_fleiss_published_six_forms() {
        let published = [0.17, 0.29, 0.71, 0.44, 0.62, 0.91];
        for (icc, published) in all(&numbers_of(&judges(&[]))).iter().zip(published) {
            assert_eq!((icc.value.unwrap() * 100.0).round() / 100.0, published, "{icc:?}");
        }
    }

    #[test]
    fn complete_tables_have_the_components_of_the_analysis_of_variance() {
        let numbers = numbers_of(&judges(&[]));
        for two_way in [true, false] {
            let (found, df) = components(&numbers, two_way, &Watch::default()).unwrap().unwrap();
            let exact = mean_squares(&numbers, two_way, &Watch::default()).unwrap().unwrap();
            assert_eq!(df, exact.df_error);
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b} {two_way}");
            close(found.error, exact.error);
            close(found.facts, (exact.facts - exact.error) / exact.k);
            if two_way {
                close(found.sources, (exact.sources - exact.error) / exact.n);
            }
        }
    }

    #[test]
    fn negative_components_are_those_of_the_analysis_of_variance_too() {
        let numbers = table(&[
            &[Some(1.0), Some(4.0), Some(2.0), Some(3.0)],
            &[Some(4.0), Some(1.0), Some(3.0), Some(2.5)],
            &[Some(2.0), Some(3.0), Some(4.0), Some(1.0)],
        ]);
        let (found, _) = components(&numbers, true, &Watch::default()).unwrap().unwrap();
        let exact = mean_squares(&numbers, true, &Watch::default()).unwrap().unwrap();
        assert!(found.facts < 0.0 && found.sources < 0.0);
        assert!((found.facts - (exact.facts - exact.error) / 3.0).abs() < 1e-11, "{found:?} {exact:?}");
        assert!((found.sources - (exact.sources - exact.error) / 4.0).abs() < 1e-11, "{found:?} {exact:?}");
    }

    #[test]
    fn shifts_and_scales_change_nothing_even_with_two_facts_and_gaps() {
        let tables = [
            vec![vec![Some(1.3), Some(2.9)], vec![Some(1.1), None], vec![Some(1.7), Some(3.1)]],
            vec![vec![Some(0.2), Some(0.5)], vec![None, Some(0.9)], vec![Some(0.1), Some(0.3)], vec![Some(0.7), None]],
            judges(&[(0, 1), (2, 3), (3, 5)]),
        ];
        for rows in tables {
            let plain = values(&numbers_of(&rows));
            assert!(plain.iter().any(Option::is_some), "{plain:?}");
            for (shift, factor) in [(0.0, 3.7), (1000.0, 1.0), (-17.3, 1e-9), (12.0, 1e12), (0.0, -2.0)] {
                let moved: Vec<Vec<Option<f64>>> = rows
                    .iter()
                    .map(|r| r.iter().map(|v| v.map(|v| v * factor + shift * factor.abs())).collect())
                    .collect();
                for (a, b) in plain.iter().zip(values(&numbers_of(&moved))) {
                    assert!(
                        (a.unwrap_or(9.0) - b.unwrap_or(9.0)).abs() < 1e-9,
                        "{a:?} {b:?} {shift} {factor} {rows:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_order_of_facts_and_sources_changes_nothing() {
        let rows = judges(&[(0, 1), (2, 3), (3, 5), (1, 0)]);
        let mut turned: Vec<Vec<Option<f64>>> = rows.iter().rev().cloned().collect();
        turned.iter_mut().for_each(|r| r.rotate_left(2));
        for (a, b) in values(&numbers_of(&rows)).iter().zip(values(&numbers_of(&turned))) {
            assert!((a.unwrap() - b.unwrap()).abs() < 1e-10, "{a:?} {b:?}");
        }
    }

    #[test]
    fn facts_without_error_give_one_and_no_interval() {
        let same = [Some(1.0), Some(2.0), Some(3.0), Some(1.0)];
        let gap = [Some(1.0), None, Some(3.0), Some(1.0)];
        for rows in [[&same[..], &same, &same], [&same[..], &gap, &same]] {
            for icc in all(&table(&rows)) {
                assert_eq!((icc.value, icc.low, icc.high), (Some(1.0), None, None), "{icc:?}");
                assert!(icc.reason.unwrap().contains("no interval"));
            }
        }
    }

    #[test]
    fn leaving_facts_out_by_sums_is_leaving_them_out() {
        let numbers = numbers_of(&judges(&[]));
        let table = Table::new(numbers, &Watch::default()).unwrap();
        for (fact, quick) in table.without_each().iter().enumerate() {
            let mut counts = vec![1.0; 6];
            counts[fact] = 0.0;
            for (a, b) in quick.iter().zip(table.with_counts(&counts)) {
                assert!((a - b).abs() < 1e-12, "{fact} {a} {b}");
            }
        }
    }

    #[test]
    fn what_cannot_be_estimated_says_why() {
        let reason = |rows: &[&[Option<f64>]]| all(&table(rows))[1].reason.unwrap();
        assert!(reason(&[&[Some(1.0)], &[Some(2.0)]]).contains("two facts"));
        assert!(reason(&[&[Some(1.0), Some(2.0)]]).contains("two sources"));
        assert!(reason(&[&[Some(1.0), Some(1.0)], &[Some(1.0), None]]).contains("variation"));
        assert!(reason(&[&[Some(1.0), Some(2.0)], &[Some(3.0), None]]).contains("too few"));
    }

    #[test]
    fn limits_of_means_are_the_spearman_brown_images_of_those_of_one_value() {
        for rows in [judges(&[]), judges(&[(0, 1), (2, 3)])] {
            let numbers = numbers_of(&rows);
            let k = harmonic_mean(&numbers);
            let all = all(&numbers);
            for (single, mean) in all.iter().zip(&all[3..]) {
                for (a, b) in [(single.low, mean.low), (single.high, mean.high), (single.value, mean.value)] {
                    let image = k * a.unwrap() / (1.0 + (k - 1.0) * a.unwrap());
                    assert!((image - b.unwrap()).abs() < 1e-12, "{single:?} {mean:?}");
                }
            }
        }
    }
}

//! Kendall's coefficient of concordance: do the sources put the facts in the same order?

use super::numbers::Numbers;
use super::panel::Panel;
use super::statistic::{Point, Statistic};
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;
use crate::stats::chunks::map_chunks;
use crate::stats::{Watch, chi_squared_tail};

/// Kendall's W.
pub struct KendallW;

impl Coefficient for KendallW {
    fn name(&self) -> &'static str {
        "kendall_w"
    }

    fn summary(&self) -> &'static str {
        "How far the sources put the facts in the same order, from 0 to 1; of ranks, so levels and scales of sources do not matter."
    }

    fn reference(&self) -> &'static str {
        "Kendall & Babington Smith (1939), doi:10.1214/aoms/1177732186; Kendall & Gibbons (1990), Rank Correlation Methods, ch. 6"
    }

    fn kin(&self) -> Kin {
        Kin::Order
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let numbers = Numbers::of_panel(panel);
        let found = kendall_w(&numbers, setting.watch)?;
        Ok(vec![Row::new("ranks", Concordance { numbers, found })])
    }
}

struct Concordance {
    numbers: Numbers,
    found: Found,
}

/// Leaving out each fact is not tried beyond this many steps.
const MOST_STEPS: f64 = 2e10;

impl Statistic for Concordance {
    fn point(&self) -> Point {
        match self.found.value {
            Some(value) => Point { value: Some(value), ..Point::default() },
            None => Point::undefined(self.found.reason.unwrap_or_default()),
        }
    }

    fn n(&self) -> usize {
        self.numbers.n_facts()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let found = kendall_w(&self.numbers.repeated(counts), &Watch::default());
        found.ok().and_then(|found| found.value).unwrap_or(f64::NAN)
    }

    fn without_each(&self) -> Vec<f64> {
        let n = self.n();
        let passes = if self.numbers.is_complete() { 1.0 } else { self.numbers.n_sources as f64 };
        if n as f64 * self.numbers.len() as f64 * passes * 20.0 > MOST_STEPS {
            return vec![f64::NAN; n];
        }
        let without = |fact: usize| {
            let mut counts = vec![1.0; n];
            counts[fact] = 0.0;
            self.with_counts(&counts)
        };
        map_chunks(n, 1, |range| without(range.start))
    }

    fn p_value(&self) -> Option<f64> {
        self.found.p
    }

    fn least(&self) -> f64 {
        0.0
    }
}

/// W with its test; what does not exist is `None`, and the reason says why.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    value: Option<f64>,
    /// k (n-1) W, which follows a chi-squared distribution with n - 1 degrees of freedom where sources rank at random. Of
    /// complete tables alone.
    chi_squared: Option<f64>,
    /// The probability of a value as large or larger, were it so.
    p: Option<f64>,
    reason: Option<&'static str>,
}

/// W with the correction for ties (Kendall & Gibbons 1990, Rank Correlation Methods, chapter 6).
///
/// With gaps: two sources are compared by their ranks among the facts that both have values for, and W is the one that goes
/// with the mean rank correlation r of all pairs, W = (1 + (k-1) r) / k, as it does exactly in a complete table. r is the sum
/// of covariances over the mean sum of variances, so that pairs count by how much they share.
fn kendall_w(numbers: &Numbers, watch: &Watch) -> Result<Found> {
    let without = |reason| Found { value: None, chi_squared: None, p: None, reason: Some(reason) };
    if numbers.n_sources < 2 {
        return Ok(without("fewer than two sources"));
    }
    if numbers.n_facts() < 2 {
        return Ok(without("fewer than two facts"));
    }
    let k = numbers.n_sources as f64;
    let columns = numbers.by_source();
    let orders: Vec<Vec<(u32, f64)>> = columns.into_iter().map(ascending).collect();
    if !numbers.is_complete() {
        let Some((r, pairs)) = rank_correlation(numbers.n_facts(), &orders, watch)? else {
            return Ok(without("no source orders two facts that another has values for"));
        };
        if pairs < numbers.n_sources - 1 {
            return Ok(without("most sources share no two facts with another"));
        }
        return Ok(Found { value: Some((1.0 + (k - 1.0) * r) / k), chi_squared: None, p: None, reason: None });
    }
    let n = numbers.n_facts() as f64;
    // Twice the ranks are whole numbers, and so are all sums.
    let mut sums = vec![0.0; numbers.n_facts()];
    let mut ties = 0.0;
    for order in &orders {
        ties += each_rank(order, |fact, twice| sums[fact as usize] += twice);
    }
    let mean = k * (n + 1.0);
    let square: f64 = sums.iter().map(|twice| (twice - mean).powi(2)).sum::<f64>() / 4.0;
    let most = (k * k * (n * n * n - n) - k * ties) / 12.0;
    if most <= 0.0 {
        return Ok(without("no variation: every source ties all facts"));
    }
    let value = square / most;
    let chi_squared = k * (n - 1.0) * value;
    Ok(Found {
        value: Some(value),
        chi_squared: Some(chi_squared),
        p: Some(chi_squared_tail(n - 1.0, chi_squared)),
        reason: None,
    })
}

/// The facts of a source from the lowest value to the highest.
fn ascending(mut column: Vec<(u32, f64)>) -> Vec<(u32, f64)> {
    column.sort_by(|a, b| a.1.total_cmp(&b.1));
    column
}

/// Calls `f` with each fact and twice its mid-rank; gives the sum of t³ - t over groups of t that are tied.
fn each_rank(order: &[(u32, f64)], mut f: impl FnMut(u32, f64)) -> f64 {
    let (mut ties, mut before) = (0.0, 0);
    for tied in order.chunk_by(|a, b| a.1 == b.1) {
        let t = tied.len();
        tied.iter().for_each(|(fact, _)| f(*fact, (2 * before + t + 1) as f64));
        before += t;
        let t = t as f64;
        ties += t * t * t - t;
    }
    ties
}

/// The mean rank correlation of pairs of sources, each over the facts both have values for, and how many pairs say something.
fn rank_correlation(n_facts: usize, orders: &[Vec<(u32, f64)>], watch: &Watch) -> Result<Option<(f64, usize)>> {
    let k = orders.len();
    let of_source = |s: usize| -> Result<(f64, f64, usize)> {
        watch.tick(0)?;
        let mut has = vec![false; n_facts];
        orders[s].iter().for_each(|(f, _)| has[*f as usize] = true);
        let (mut rank_s, mut rank_t) = (vec![0.0; n_facts], vec![0.0; n_facts]);
        let mut sums = (0.0, 0.0, 0);
        for t in s + 1..k {
            let shared_t: Vec<(u32, f64)> = orders[t].iter().filter(|(f, _)| has[*f as usize]).copied().collect();
            if shared_t.len() < 2 {
                continue;
            }
            rank_t.fill(f64::NAN);
            let ties_t = each_rank(&shared_t, |f, twice| rank_t[f as usize] = twice);
            let shared_s: Vec<(u32, f64)> =
                orders[s].iter().filter(|(f, _)| !rank_t[*f as usize].is_nan()).copied().collect();
            let ties_s = each_rank(&shared_s, |f, twice| rank_s[f as usize] = twice);
            let n = shared_t.len() as f64;
            let product: f64 =
                shared_t.iter().map(|(f, _)| (rank_s[*f as usize] - n - 1.0) * (rank_t[*f as usize] - n - 1.0)).sum();
            let whole = n * n * n - n;
            let variances = (whole - ties_s) / 12.0 + (whole - ties_t) / 12.0;
            if variances > 0.0 {
                sums = (sums.0 + 2.0 * product / 4.0, sums.1 + variances, sums.2 + 1);
            }
        }
        Ok(sums)
    };
    let (mut covariances, mut variances, mut pairs) = (0.0, 0.0, 0);
    for part in map_chunks(k, 1, |s| of_source(s.start)) {
        let (c, v, n) = part?;
        covariances += c;
        variances += v;
        pairs += n;
    }
    Ok((variances > 0.0).then(|| (covariances / variances, pairs)))
}

#[cfg(test)]
mod tests {
    use super::super::numbers::tests::table;
    use super::*;

    fn w(rows: &[&[Option<f64>]]) -> Found {
        kendall_w(&table(rows), &Watch::default()).unwrap()
    }

    const A: &[Option<f64>] = &[
        Some(1.0),
        Some(4.5),
        Some(2.0),
        Some(4.5),
        Some(3.0),
        Some(7.5),
        Some(6.0),
        Some(9.0),
        Some(7.5),
        Some(10.0),
    ];
    const B: &[Option<f64>] = &[
        Some(2.5),
        Some(1.0),
        Some(2.5),
        Some(4.5),
        Some(4.5),
        Some(8.0),
        Some(9.0),
        Some(6.5),
        Some(10.0),
        Some(6.5),
    ];
    const C: &[Option<f64>] = &[
        Some(2.0),
        Some(1.0),
        Some(4.5),
        Some(4.5),
        Some(4.5),
        Some(4.5),
        Some(8.0),
        Some(8.0),
        Some(8.0),
        Some(10.0),
    ];

    #[test]
    fn a_textbook_example_with_ties() {
        // Kendall & Gibbons (1990), chapter 6: three rankings of ten objects, W = 0.828 with the correction.
        let found = w(&[A, B, C]);
        assert_eq!((found.value.unwrap() * 1000.0).round(), 828.0, "{found:?}");
        assert!((found.chi_squared.unwrap() - 27.0 * found.value.unwrap()).abs() < 1e-12);
        assert!(found.p.unwrap() < 0.01);
    }

    #[test]
    fn pairs_of_a_complete_table_give_the_same_as_the_sums_of_ranks() {
        let numbers = table(&[A, B, C]);
        let orders: Vec<_> = numbers.by_source().into_iter().map(ascending).collect();
        let (r, pairs) = rank_correlation(10, &orders, &Watch::default()).unwrap().unwrap();
        assert_eq!(pairs, 3);
        assert!(((1.0 + 2.0 * r) / 3.0 - w(&[A, B, C]).value.unwrap()).abs() < 1e-14);
    }

    #[test]
    fn a_gap_leaves_what_the_pairs_still_say() {
        let mut gap = A.to_vec();
        gap[3] = None;
        let found = w(&[&gap, B, C]);
        assert!((found.value.unwrap() - 0.83).abs() < 0.03 && found.p.is_none(), "{found:?}");
        // Sources that order everything alike do so with gaps too.
        let (mut x, mut y) = (A.to_vec(), A.to_vec());
        (x[0], y[5]) = (None, None);
        assert!((w(&[&x, &y, A]).value.unwrap() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_growing_function_of_the_values_changes_nothing() {
        let grown: Vec<Option<f64>> = A.iter().map(|v| v.map(|v| (v / 3.0).exp())).collect();
        assert!((w(&[&grown, B, C]).value.unwrap() - w(&[A, B, C]).value.unwrap()).abs() < 1e-14);
    }

    #[test]
    fn what_does_not_exist_says_why() {
        let tied: &[Option<f64>] = &[Some(1.0), Some(1.0)];
        assert!(w(&[tied, tied]).reason.unwrap().contains("ties"));
        assert!(w(&[tied]).reason.unwrap().contains("two sources"));
        assert!(w(&[&[Some(1.0)], &[Some(2.0)]]).reason.unwrap().contains("two facts"));
        let apart: [&[Option<f64>]; 2] = [&[Some(1.0), Some(2.0), None, None], &[None, None, Some(1.0), Some(2.0)]];
        assert!(w(&apart).value.is_none());
    }
}

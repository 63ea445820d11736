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
        let tables = Tables::new(&numbers);
        let found = kendall_w(&numbers, tables.as_ref(), setting.watch)?;
        Ok(vec![Row::new("ranks", Concordance { numbers, tables, found })])
    }
}

struct Concordance {
    numbers: Numbers,
    /// Where values are few: how often each two come together, for every pair of sources.
    tables: Option<Tables>,
    found: Found,
}

/// Leaving out each fact is not tried beyond this many steps.
const MOST_STEPS: f64 = 2e10;

/// Cells of the tables of all pairs of sources; with more, ranks are made pair by pair.
const MOST_CELLS: usize = 4_000_000;

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
        let found = kendall_w(&self.numbers.repeated(counts), None, &Watch::default());
        found.ok().and_then(|found| found.value).unwrap_or(f64::NAN)
    }

    fn without_each(&self) -> Vec<f64> {
        let n = self.n();
        if let Some(tables) = &self.tables {
            return tables.without_each(&self.numbers);
        }
        let without = |fact: usize| {
            let mut counts = vec![1.0; n];
            counts[fact] = 0.0;
            self.with_counts(&counts)
        };
        map_chunks(n, 1, |range| without(range.start))
    }

    fn too_long(&self) -> Option<&'static str> {
        let passes = if self.numbers.is_complete() { 1.0 } else { self.numbers.n_sources as f64 };
        let steps = self.n() as f64 * self.numbers.len() as f64 * passes * 20.0;
        let reason = "no interval: leaving out each of so many facts takes too long; \"bootstrap\" with few replicates gives one";
        (self.tables.is_none() && steps > MOST_STEPS).then_some(reason)
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
fn kendall_w(numbers: &Numbers, tables: Option<&Tables>, watch: &Watch) -> Result<Found> {
    let without = |reason| Found { value: None, chi_squared: None, p: None, reason: Some(reason) };
    if numbers.n_sources < 2 {
        return Ok(without("fewer than two sources"));
    }
    if numbers.n_facts() < 2 {
        return Ok(without("fewer than two facts"));
    }
    let k = numbers.n_sources as f64;
    let orders = || numbers.by_source().into_iter().map(ascending).collect::<Vec<_>>();
    if !numbers.is_complete() {
        let sums = match tables {
            Some(tables) => tables.sums,
            None => rank_correlation(numbers.n_facts(), &orders(), watch)?,
        };
        if sums.variances <= 0.0 {
            return Ok(without("no source orders two facts that another has values for"));
        }
        if sums.pairs < k - 1.0 {
            return Ok(without("most sources share no two facts with another"));
        }
        return Ok(Found { value: Some(sums.w(k)), chi_squared: None, p: None, reason: None });
    }
    let n = numbers.n_facts() as f64;
    // Twice the ranks are whole numbers, and so are all sums.
    let mut sums = vec![0.0; numbers.n_facts()];
    let mut ties = 0.0;
    for order in &orders() {
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

/// Rank correlation of pairs of sources, each over the facts both have values for: twice the covariances, the variances of both, and how
/// many pairs say something.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Sums {
    covariances: f64,
    variances: f64,
    pairs: f64,
}

impl Sums {
    /// Of the sum of products of twice the centred mid-ranks of n facts, and of t³ − t over the ties of both sources.
    fn of_pair(n: f64, product: f64, ties: f64) -> Sums {
        let variances = (2.0 * (n * n * n - n) - ties) / 12.0;
        if n < 2.0 || variances <= 0.0 {
            return Sums::default();
        }
        Sums { covariances: 2.0 * product / 4.0, variances, pairs: 1.0 }
    }

    fn add(&mut self, times: f64, other: Sums) {
        self.covariances += times * other.covariances;
        self.variances += times * other.variances;
        self.pairs += times * other.pairs;
    }

    /// W of k sources.
    fn w(&self, k: f64) -> f64 {
        (1.0 + (k - 1.0) * self.covariances / self.variances) / k
    }
}

fn rank_correlation(n_facts: usize, orders: &[Vec<(u32, f64)>], watch: &Watch) -> Result<Sums> {
    let k = orders.len();
    let of_source = |s: usize| -> Result<Sums> {
        watch.tick(0)?;
        let mut has = vec![false; n_facts];
        orders[s].iter().for_each(|(f, _)| has[*f as usize] = true);
        let (mut rank_s, mut rank_t) = (vec![0.0; n_facts], vec![0.0; n_facts]);
        let mut sums = Sums::default();
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
            sums.add(1.0, Sums::of_pair(n, product, ties_s + ties_t));
        }
        Ok(sums)
    };
    map_chunks(k, 1, |s| of_source(s.start)).into_iter().try_fold(Sums::default(), |mut all, part| {
        all.add(1.0, part?);
        Ok(all)
    })
}

/// How often each two values come together in the facts that two sources share, for every pair of sources: from that follow all
/// ranks, and what they are without a fact. Taken where a table of this size is less work than ranking.
struct Tables {
    /// Place of each value among those that occur, in the order of the numbers' values.
    place: Vec<u32>,
    q: usize,
    /// By pair of sources, and value of the lower and of the higher.
    counts: Vec<f64>,
    sums: Sums,
}

impl Tables {
    fn new(numbers: &Numbers) -> Option<Tables> {
        let mut values = numbers.value.clone();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        let (k, q) = (numbers.n_sources, values.len());
        let n_pairs = k * k.saturating_sub(1) / 2;
        let cells = n_pairs.saturating_mul(q * q);
        let met: usize = numbers.fact_ptr.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0]).saturating_sub(1) / 2).sum();
        if cells > MOST_CELLS || cells > 4 * met.max(1024) {
            return None;
        }
        let at = |v: &f64| values.partition_point(|other| other < v) as u32;
        let place = numbers.value.iter().map(at).collect();
        let mut tables = Tables { place, q, counts: vec![0.0; cells], sums: Sums::default() };
        let mut counts = std::mem::take(&mut tables.counts);
        for fact in 0..numbers.n_facts() {
            tables.each_pair(numbers, fact, |cell| counts[cell] += 1.0);
        }
        tables.counts = counts;
        for table in tables.counts.chunks(q * q) {
            tables.sums.add(1.0, Ranks::new(table, q).sums());
        }
        Some(tables)
    }

    /// Calls `f` with the cell of each pair of values of a fact.
    #[inline]
    fn each_pair(&self, numbers: &Numbers, fact: usize, mut f: impl FnMut(usize)) {
        let range = numbers.fact_ptr[fact]..numbers.fact_ptr[fact + 1];
        let (sources, places) = (&numbers.source[range.clone()], &self.place[range]);
        for (i, (s, a)) in sources.iter().zip(places).enumerate() {
            for (t, b) in sources[..i].iter().zip(places) {
                let ((low, a), (high, b)) = if t < s { ((*t, *b), (*s, *a)) } else { ((*s, *a), (*t, *b)) };
                let pair = high as usize * (high as usize - 1) / 2 + low as usize;
                f((pair * self.q + a as usize) * self.q + b as usize);
            }
        }
    }

    /// W without each fact: what each pair of values takes with it depends on the pair of sources and the two values alone.
    fn without_each(&self, numbers: &Numbers) -> Vec<f64> {
        let changes: Vec<Sums> =
            self.counts.chunks(self.q * self.q).flat_map(|table| Ranks::new(table, self.q).changes()).collect();
        let mut n_values = vec![0_u32; numbers.n_sources];
        numbers.source.iter().for_each(|s| n_values[*s as usize] += 1);
        let without = |fact: usize| {
            let mut sums = self.sums;
            self.each_pair(numbers, fact, |cell| sums.add(1.0, changes[cell]));
            let lost = numbers.of(fact).0.iter().filter(|s| n_values[**s as usize] == 1).count();
            let k = (numbers.n_sources - lost) as f64;
            let enough = k >= 2.0 && numbers.n_facts() > 2 && sums.pairs >= k - 1.0;
            if enough && sums.variances > 1e-9 { sums.w(k) } else { f64::NAN }
        };
        map_chunks(numbers.n_facts(), 1 << 10, |facts| facts.map(without).collect::<Vec<f64>>()).concat()
    }
}

/// The ranks of two sources on the facts they share.
struct Ranks<'a> {
    table: &'a [f64],
    q: usize,
    n: f64,
    /// Facts by value, and twice their mid-ranks about the middle.
    n_x: Vec<f64>,
    n_y: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl<'a> Ranks<'a> {
    fn new(table: &'a [f64], q: usize) -> Ranks<'a> {
        let n_x: Vec<f64> = table.chunks(q).map(|row| row.iter().sum()).collect();
        let n_y: Vec<f64> = (0..q).map(|b| table.iter().skip(b).step_by(q).sum()).collect();
        let n: f64 = n_x.iter().sum();
        let twice = |counts: &[f64]| {
            let mut below = 0.0;
            let of = |count: &f64| {
                below += count;
                2.0 * below - count - n
            };
            counts.iter().map(of).collect::<Vec<f64>>()
        };
        let (x, y) = (twice(&n_x), twice(&n_y));
        Ranks { table, q, n, n_x, n_y, x, y }
    }

    fn sums(&self) -> Sums {
        let product = |(a, row): (usize, &[f64])| self.x[a] * row.iter().zip(&self.y).map(|(n, y)| n * y).sum::<f64>();
        let product = self.table.chunks(self.q).enumerate().map(product).sum();
        Sums::of_pair(self.n, product, ties(&self.n_x) + ties(&self.n_y))
    }

    /// What a fact of each two values takes with it: twice the rank of another then falls by 1 if its value is higher, and rises by 1
    /// if it is lower.
    fn changes(&self) -> Vec<Sums> {
        let (q, all) = (self.q, self.sums());
        let with_y: Vec<f64> =
            self.table.chunks(q).map(|row| row.iter().zip(&self.y).map(|(n, y)| n * y).sum()).collect();
        let mut with_x = vec![0.0; q];
        let mut both: Vec<f64> = Vec::with_capacity(q * q);
        for (row, x) in self.table.chunks(q).zip(&self.x) {
            with_x.iter_mut().zip(row).for_each(|(sum, n)| *sum += n * x);
            both.extend(sides(row));
        }
        let columns: Vec<Vec<f64>> =
            (0..q).map(|b| sides(&both.iter().skip(b).step_by(q).copied().collect::<Vec<f64>>())).collect();
        let product: f64 = with_y.iter().zip(&self.x).map(|(y, x)| x * y).sum();
        let (of_x, of_y) = (sides(&with_y), sides(&with_x));
        let tied = ties(&self.n_x) + ties(&self.n_y);
        let fewer = |t: f64| ties(&[t - 1.0]) - ties(&[t]);
        let change = |cell: usize| {
            let (x, y) = (cell / q, cell % q);
            if self.table[cell] == 0.0 {
                return Sums::default();
            }
            let left = product - of_x[x] - of_y[y] + columns[y][x] - self.x[x] * self.y[y];
            let mut change = Sums::of_pair(self.n - 1.0, left, tied + fewer(self.n_x[x]) + fewer(self.n_y[y]));
            change.add(-1.0, all);
            change
        };
        (0..q * q).map(change).collect()
    }
}

/// By place: the sum of all above it, less that of all below.
fn sides(v: &[f64]) -> Vec<f64> {
    let (mut below, all) = (0.0, v.iter().sum::<f64>());
    let of = |v: &f64| {
        below += v;
        all - 2.0 * below + v
    };
    v.iter().map(of).collect()
}

/// Σ t³ − t.
fn ties(counts: &[f64]) -> f64 {
    counts.iter().map(|t| t * t * t - t).sum()
}

#[cfg(test)]
mod tests {
    use super::super::numbers::tests::table;
    use super::*;

    fn w(rows: &[&[Option<f64>]]) -> Found {
        kendall_w(&table(rows), None, &Watch::default()).unwrap()
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
        let sums = rank_correlation(10, &orders, &Watch::default()).unwrap();
        assert_eq!(sums.pairs, 3.0);
        assert!((sums.w(3.0) - w(&[A, B, C]).value.unwrap()).abs() < 1e-14);
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
    fn tables_of_pairs_give_what_ranks_give_with_each_fact_left_out_too() {
        let (mut gap, mut few) = (A.to_vec(), B.to_vec());
        (gap[3], few[0]) = (None, None);
        few[4..].fill(None);
        for rows in [[&gap, B, C], [A, &few, C], [A, B, C]] {
            let numbers = table(&rows);
            let tables = Tables::new(&numbers).unwrap();
            let orders: Vec<_> = numbers.by_source().into_iter().map(ascending).collect();
            assert_eq!(tables.sums, rank_correlation(10, &orders, &Watch::default()).unwrap());
            let without = tables.without_each(&numbers);
            let found = kendall_w(&numbers, Some(&tables), &Watch::default()).unwrap();
            let slow = Concordance { tables: None, found, numbers };
            for (quick, slow) in without.iter().zip(slow.without_each()) {
                assert!((quick - slow).abs() < 1e-12, "{quick} {slow}");
            }
        }
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

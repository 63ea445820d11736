//! Lin's concordance correlation: how near pairs of values lie to the line of equality.

use super::numbers::Numbers;
use super::panel::Panel;
use super::statistic::{Limits, Point, Statistic};
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;
use crate::stats::chunks::map_chunks;
use crate::stats::{normal_quantile, t_quantile};
use hashbrown::HashMap;
use std::sync::OnceLock;

/// Lin's concordance correlation, for more than two sources the overall one.
pub struct LinCcc;

impl Coefficient for LinCcc {
    fn name(&self) -> &'static str {
        "lin_ccc"
    }

    fn summary(&self) -> &'static str {
        "How near pairs of numbers lie to the line of equality, from -1 to 1: correlation, less what levels and scales differ by."
    }

    fn reference(&self) -> &'static str {
        "Lin (1989), doi:10.2307/2532051; more than two sources: Barnhart, Haber & Song (2002), doi:10.1111/j.0006-341X.2002.01020.x"
    }

    fn kin(&self) -> Kin {
        Kin::Numbers
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, _setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        Ok(vec![Row::new("concordance", Concordance::new(Numbers::of_panel(panel)))])
    }
}

/// Sums over the pairs of sources that share a fact.
///
/// Each pair is taken over the facts that both have values for, and weighs by how many these are (King & Chinchilli 2001,
/// doi:10.1002/sim.845, for complete tables): twice the covariances of all pairs over what they would be at perfect concordance. With
/// S the sums of a pair over its n facts, n times these are 2 S_xy − 2 S_x S_y / n and S_xx + S_yy − 2 S_x S_y / n: so all that is
/// needed of each pair is n, S_x and S_y.
struct Concordance {
    numbers: Numbers,
    places: Places,
    pairs: Vec<Means>,
    all: Sums,
    /// The coefficient without each fact, once someone asks.
    without: OnceLock<Vec<f64>>,
}

/// Facts that two sources share, and the sums of their values there.
#[derive(Debug, Clone, Copy, Default)]
struct Means {
    n: f64,
    x: f64,
    y: f64,
}

impl Means {
    /// S_x S_y / n.
    fn product(&self) -> f64 {
        if self.n < 0.5 { 0.0 } else { self.x * self.y / self.n }
    }
}

/// Σ 2 S_xy, Σ (S_xx + S_yy) and Σ 2 S_x S_y / n over pairs.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    products: f64,
    squares: f64,
    means: f64,
}

impl Sums {
    /// The first two of the values of a fact.
    fn of_fact(values: &[f64]) -> Sums {
        let (sum, squares) = values.iter().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
        Sums { products: sum * sum - squares, squares: (values.len() as f64 - 1.0) * squares, means: 0.0 }
    }

    fn add(&mut self, times: f64, other: Sums) {
        self.products += times * other.products;
        self.squares += times * other.squares;
    }

    /// The coefficient; none where what varies is rounding of sums as large as `whole`.
    fn value(&self, whole: &Sums) -> Option<f64> {
        let (above, below) = (self.products - self.means, self.squares - self.means);
        (below > ROUNDING * whole.squares).then(|| (above / below).clamp(-1.0, 1.0))
    }
}

/// Sources up to which each pair has its place in a triangle; with more, only those that share a fact.
const TRIANGLE: usize = 2_000;

/// Where the sums of a pair stand.
enum Places {
    Triangle,
    Known(HashMap<(u32, u32), u32>),
}

impl Places {
    fn new(numbers: &Numbers) -> (Places, usize) {
        let k = numbers.n_sources;
        if k <= TRIANGLE {
            return (Places::Triangle, k * k.saturating_sub(1) / 2);
        }
        let mut known = HashMap::new();
        for f in 0..numbers.n_facts() {
            let (sources, _) = numbers.of(f);
            for (i, s) in sources.iter().enumerate() {
                for t in &sources[i + 1..] {
                    let next = known.len() as u32;
                    known.entry(((*s).min(*t), (*s).max(*t))).or_insert(next);
                }
            }
        }
        let n = known.len();
        (Places::Known(known), n)
    }

    #[inline]
    fn of(&self, low: u32, high: u32) -> usize {
        match self {
            Places::Triangle => high as usize * (high as usize - 1) / 2 + low as usize,
            Places::Known(known) => known.get(&(low, high)).copied().unwrap_or(0) as usize,
        }
    }
}

impl Concordance {
    fn new(numbers: Numbers) -> Concordance {
        let (places, n) = Places::new(&numbers);
        let mut table = Concordance { numbers, places, pairs: vec![], all: Sums::default(), without: OnceLock::new() };
        let ones = vec![1.0; table.numbers.n_facts()];
        (table.pairs, table.all) = table.sums(n, &ones);
        table
    }

    /// The sums with each fact counted so often.
    fn sums(&self, n: usize, counts: &[f64]) -> (Vec<Means>, Sums) {
        let (mut pairs, mut all) = (vec![Means::default(); n], Sums::default());
        for (fact, times) in counts.iter().enumerate().filter(|(_, times)| **times != 0.0) {
            all.add(*times, Sums::of_fact(self.numbers.of(fact).1));
            self.each_pair(fact, |place, x, y| {
                let pair = &mut pairs[place];
                pair.n += times;
                pair.x += times * x;
                pair.y += times * y;
            });
        }
        all.means = 2.0 * pairs.iter().map(Means::product).sum::<f64>();
        (pairs, all)
    }

    /// Calls `f` with each pair of values of a fact and the place of their sources' sums, that of the lower source first.
    #[inline]
    fn each_pair(&self, fact: usize, mut f: impl FnMut(usize, f64, f64)) {
        let (sources, values) = self.numbers.of(fact);
        for (i, (s, x)) in sources.iter().zip(values).enumerate() {
            for (t, y) in sources[..i].iter().zip(values) {
                if t < s { f(self.places.of(*t, *s), *y, *x) } else { f(self.places.of(*s, *t), *x, *y) }
            }
        }
    }

    /// The coefficient without each fact in turn.
    fn without(&self) -> &[f64] {
        let without = |fact: usize| {
            let mut rest = self.all;
            rest.add(-1.0, Sums::of_fact(self.numbers.of(fact).1));
            self.each_pair(fact, |place, x, y| {
                let Means { n, x: sum_x, y: sum_y } = self.pairs[place];
                let left = Means { n: n - 1.0, x: sum_x - x, y: sum_y - y };
                rest.means += 2.0 * (left.product() - self.pairs[place].product());
            });
            rest.value(&self.all).unwrap_or(f64::NAN)
        };
        self.without
            .get_or_init(|| map_chunks(self.n(), 1 << 10, |facts| facts.map(without).collect::<Vec<f64>>()).concat())
    }

    fn found(&self, confidence: f64) -> Found {
        let without = |reason| Found { reason: Some(reason), ..Found::default() };
        if self.numbers.n_sources < 2 {
            return without("fewer than two sources");
        }
        if self.pairs.iter().all(|pair| pair.n < 0.5) {
            return without("no fact has values of two sources");
        }
        if self.numbers.n_sources == 2 {
            let mut pair = Moments::default();
            (0..self.n()).for_each(|fact| self.each_pair(fact, |_, x, y| pair.add(x, y)));
            return pair.ccc(confidence);
        }
        let Some(value) = self.all.value(&self.all) else { return without("no variation: all values are equal") };
        let limits = jackknife(self.without(), value, confidence);
        let reason = limits.is_none().then_some("no interval: leaving facts out changes nothing, or leaves no value");
        let [std_error, low, high] = limits.map_or([None; 3], |found| found.map(Some));
        Found { value: Some(value), low, high, std_error, reason }
    }
}

impl Statistic for Concordance {
    fn point(&self) -> Point {
        let found = self.found(0.95);
        match found.value {
            Some(value) => Point { value: Some(value), ..Point::default() },
            None => Point::undefined(found.reason.unwrap_or_default()),
        }
    }

    fn n(&self) -> usize {
        self.numbers.n_facts()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let all = self.sums(self.pairs.len(), counts).1;
        all.value(&all).unwrap_or(f64::NAN)
    }

    fn without_each(&self) -> Vec<f64> {
        self.without().to_vec()
    }

    fn analytic(&self, confidence: f64) -> Option<Limits> {
        let found = self.found(confidence);
        Some(Limits { std_error: found.std_error, low: found.low, high: found.high, reason: found.reason })
    }

    fn least(&self) -> f64 {
        -1.0
    }
}

/// The coefficient with its interval; what does not exist is `None`, and the reason says why.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Found {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    std_error: Option<f64>,
    reason: Option<&'static str>,
}

/// The sums of two sources over the facts that both have values for; sums of centred values lose no digits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Moments {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Moments {
    #[inline]
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// Variances, covariance (divisor n) and the difference of the means.
    fn spread(&self) -> [f64; 4] {
        let n = self.n;
        let (x, y) = (self.x / n, self.y / n);
        [(self.xx / n - x * x).max(0.0), (self.yy / n - y * y).max(0.0), self.xy / n - x * y, x - y]
    }

    /// Twice the covariance, and what it would be at perfect concordance.
    fn concordance(&self) -> [f64; 2] {
        let [x, y, xy, shift] = self.spread();
        [2.0 * xy, x + y + shift * shift]
    }

    /// The coefficient of two sources with an interval by Fisher's z (Lin 1989; variance as corrected in Lin 2000).
    fn ccc(&self, confidence: f64) -> Found {
        let without = |reason| Found { reason: Some(reason), ..Found::default() };
        if self.n < 1.0 {
            return without("no fact has values of both sources");
        }
        let [above, below] = self.concordance();
        if below <= ROUNDING * (self.xx + self.yy) / self.n {
            return without("no variation: all values are equal");
        }
        let value = (above / below).clamp(-1.0, 1.0);
        let [std_error, low, high] = match self.limits(value, confidence) {
            Some(found) => found.map(Some),
            None => [None; 3],
        };
        let reason = if low.is_some() {
            None
        } else if self.n < 3.0 {
            Some("no interval: fewer than three facts")
        } else {
            Some("no interval: it rests on a correlation strictly between 0 and 1")
        };
        Found { value: Some(value), low, high, std_error, reason }
    }

    fn limits(&self, ccc: f64, confidence: f64) -> Option<[f64; 3]> {
        let [x, y, xy, shift] = self.spread();
        let r = xy / (x * y).sqrt();
        let u2 = shift * shift / (x * y).sqrt();
        let (r2, c2) = (r * r, ccc * ccc);
        let variance = ((1.0 - r2) * c2 * (1.0 - c2) / r2 + 2.0 * c2 * ccc * (1.0 - ccc) * u2 / r
            - 0.5 * c2 * c2 * u2 * u2 / r2)
            / (self.n - 2.0);
        let std_error = variance.sqrt();
        // At the ends z does not exist.
        let usable = self.n > 2.0 && std_error.is_finite() && std_error > 0.0 && c2 < 1.0;
        let width = normal_quantile(0.5 + confidence / 2.0) * std_error / (1.0 - c2);
        usable.then(|| [std_error, (ccc.atanh() - width).tanh(), (ccc.atanh() + width).tanh()])
    }
}

/// A part of a sum of squares below this is rounding.
const ROUNDING: f64 = 1e-13;

/// Standard error and limits from the values without each fact, on the scale of Fisher's z.
fn jackknife(without_each: &[f64], value: f64, confidence: f64) -> Option<[f64; 3]> {
    let z: Vec<f64> = without_each.iter().map(|v| v.atanh()).collect();
    let n = z.len() as f64;
    let mean = z.iter().sum::<f64>() / n;
    let std_error = ((n - 1.0) / n * z.iter().map(|z| (z - mean).powi(2)).sum::<f64>()).sqrt();
    // A fact that carries all variation leaves no value behind, at the ends there is no z.
    if !(n >= 3.0 && std_error > 0.0 && std_error.is_finite() && value.abs() < 1.0) {
        return None;
    }
    let width = t_quantile(n - 1.0, 0.5 + confidence / 2.0) * std_error;
    let at = value.atanh();
    Some([std_error * (1.0 - value * value), (at - width).tanh(), (at + width).tanh()])
}

#[cfg(test)]
mod tests {
    use super::super::numbers::tests::table;
    use super::*;

    /// Bland & Altman (1986), table 1, large and mini Wright peak flow meter, first readings (l/min).
    const LARGE: [f64; 17] =
        [494., 395., 516., 434., 476., 557., 413., 442., 650., 433., 417., 656., 267., 478., 178., 423., 427.];
    const MINI: [f64; 17] =
        [512., 430., 520., 428., 500., 600., 364., 380., 658., 445., 432., 626., 260., 477., 259., 350., 451.];

    fn row(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|v| Some(*v)).collect()
    }

    fn ccc(rows: &[&[Option<f64>]]) -> Found {
        Concordance::new(table(rows)).found(0.95)
    }

    #[test]
    fn peak_flow_meters() {
        let found = ccc(&[&row(&LARGE), &row(&MINI)]);
        // epiR 2.0.57, epi.ccc.
        for (found, wanted) in
            [(found.value, 0.9427424314274845), (found.low, 0.85049187316856), (found.high, 0.978726279170122)]
        {
            assert!((found.unwrap() - wanted).abs() < 1e-9, "{found:?} {wanted}");
        }
    }

    #[test]
    fn the_overall_coefficient_is_the_weighted_mean_of_the_pairs() {
        let third: Vec<Option<f64>> = LARGE.iter().zip(MINI).map(|(a, b)| Some((a + b) / 2.0 + 5.0)).collect();
        let rows = [row(&LARGE), row(&MINI), third];
        let all = ccc(&[&rows[0], &rows[1], &rows[2]]);
        // King & Chinchilli (2001): weights are the pairs' denominators.
        let (mut above, mut below) = (0.0, 0.0);
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let (x, y): (Vec<f64>, Vec<f64>) =
                (rows[a].iter().flatten().copied().collect(), rows[b].iter().flatten().copied().collect());
            let (mx, my) = (x.iter().sum::<f64>() / 17.0, y.iter().sum::<f64>() / 17.0);
            let s = |p: &[f64], m: f64, q: &[f64], o: f64| {
                p.iter().zip(q).map(|(p, q)| (p - m) * (q - o)).sum::<f64>() / 17.0
            };
            let weight = s(&x, mx, &x, mx) + s(&y, my, &y, my) + (mx - my).powi(2);
            above += weight * ccc(&[&rows[a], &rows[b]]).value.unwrap();
            below += weight;
        }
        assert!((all.value.unwrap() - above / below).abs() < 1e-12);
        assert!(all.low.unwrap() < all.value.unwrap() && all.value.unwrap() < all.high.unwrap(), "{all:?}");
    }

    #[test]
    fn shifts_and_scales_of_all_values_change_nothing_with_gaps() {
        let mut rows = [row(&LARGE), row(&MINI), row(&MINI)];
        (rows[0][3], rows[1][7], rows[2][0]) = (None, None, Some(420.0));
        let plain = ccc(&[&rows[0], &rows[1], &rows[2]]);
        let moved = rows.map(|r| r.iter().map(|v| v.map(|v| -1e-3 * v + 77.0)).collect::<Vec<_>>());
        let same = ccc(&[&moved[0], &moved[1], &moved[2]]);
        for (a, b) in [(plain.value, same.value), (plain.low, same.low), (plain.high, same.high)] {
            assert!((a.unwrap() - b.unwrap()).abs() < 1e-10, "{plain:?} {same:?}");
        }
    }

    #[test]
    fn leaving_facts_out_by_sums_is_leaving_them_out() {
        let third: Vec<Option<f64>> = LARGE.iter().enumerate().map(|(i, v)| (i % 3 > 0).then_some(v + 9.0)).collect();
        let table = Concordance::new(table(&[&row(&LARGE), &row(&MINI), &third]));
        for (fact, quick) in table.without_each().iter().enumerate() {
            let mut counts = vec![1.0; 17];
            counts[fact] = 0.0;
            assert!((quick - table.with_counts(&counts)).abs() < 1e-12, "{fact}");
        }
    }

    #[test]
    fn what_does_not_exist_says_why() {
        let same = row(&[2.0, 2.0, 2.0]);
        assert!(ccc(&[&same, &same]).reason.unwrap().contains("variation"));
        assert!(ccc(&[&same]).reason.unwrap().contains("two sources"));
        let apart: [&[Option<f64>]; 2] = [&[Some(1.0), None], &[None, Some(2.0)]];
        assert!(ccc(&apart).reason.unwrap().contains("two sources"));
        let perfect = row(&[1.0, 2.0, 4.0]);
        let found = ccc(&[&perfect, &perfect]);
        assert_eq!((found.value, found.low), (Some(1.0), None));
        assert!(found.reason.unwrap().contains("no interval"));
    }
}

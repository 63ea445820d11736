//! Variance components of a table with gaps: facts, sources and error, by restricted maximum likelihood.

use super::numbers::Numbers;
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::lanes::dot;

/// Variances of facts, of sources (0 in a one-way model) and of error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Components {
    pub facts: f64,
    pub sources: f64,
    pub error: f64,
}

/// Why there are no components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Facts and sources take up all degrees of freedom.
    NoResidual,
    /// Values that facts and sources explain in full, in parts that share neither.
    Apart,
    /// Both sides are too long for the dense matrix of the shorter one.
    TooLarge,
    /// The search did not settle.
    NotFound,
}

/// A side of the table up to this long has a dense matrix.
const LARGEST: usize = 2_000;

/// A sum of squares below this part of the total is rounding.
const ROUNDING: f64 = 1e-20;

/// Fits y = mean + fact (+ source) + error.
///
/// The likelihood is profiled over the mean and the variance of error and maximised by Newton's method over the two ratios
/// of variances (Patterson & Thompson 1971; Harville 1977, sections 4 and 5). No bound holds them above 0: with complete
/// tables the estimates are those of the analysis of variance, negative ones too (Searle, Casella & McCulloch 1992,
/// section 4.8). Also returns the residual degrees of freedom.
pub(crate) fn components(
    numbers: &Numbers,
    with_sources: bool,
    watch: &Watch,
) -> Result<std::result::Result<(Components, f64), Missing>> {
    // Units of the longer side are eliminated one by one; the shorter one has the dense matrix.
    let turned = with_sources && numbers.n_facts() < numbers.n_sources;
    let turned_numbers = turned.then(|| numbers.transposed());
    let numbers = turned_numbers.as_ref().unwrap_or(numbers);
    if with_sources && numbers.n_sources > LARGEST {
        return Ok(Err(Missing::TooLarge));
    }
    let mut model = Model::new(numbers, with_sources);
    let fixed = model.fixed_effects();
    if fixed.df < 1.0 {
        return Ok(Err(Missing::NoResidual));
    }
    let found = if fixed.residual <= ROUNDING * model.total {
        if fixed.parts > 1 {
            return Ok(Err(Missing::Apart));
        }
        let shown = |v: f64| if v <= ROUNDING * model.total { 0.0 } else { v };
        Some([shown(fixed.variances[0]), shown(fixed.variances[1]), 0.0])
    } else {
        model.search(watch)?
    };
    let Some([long, short, error]) = found else { return Ok(Err(Missing::NotFound)) };
    let (facts, sources) = if turned { (short, long) } else { (long, short) };
    Ok(Ok((Components { facts, sources, error }, fixed.df)))
}

struct Model<'a> {
    numbers: &'a Numbers,
    with_dense: bool,
    n_dense: usize,
    /// Sum of squares of the values.
    total: f64,
    /// Units of the long side by number of values: this number, how many units, and how often they have values in two places.
    groups: Vec<Group>,
    /// The second largest number of values of a unit of the long and of the short side.
    most: [f64; 2],
    /// Of the least-squares fit: the effects of the short side, and what it leaves within units, as a sum of squares and summed by
    /// place (0 but for rounding).
    effects: Vec<f64>,
    residual: f64,
    within: Vec<f64>,
}

/// Units of the long side with the same number of values.
struct Group {
    n: f64,
    units: f64,
    /// By two places: units with values in both.
    together: Vec<f64>,
    /// Of the sums of units after the effects of the short side were taken off: their squares, their sum, and by place the sum of those
    /// with a value there.
    squares: f64,
    sum: f64,
    by_place: Vec<f64>,
}

/// The least-squares fit with facts and sources fixed.
struct FixedEffects {
    residual: f64,
    df: f64,
    /// Parts of the table that share neither facts nor sources.
    parts: usize,
    variances: [f64; 2],
}

/// The likelihood at a point: -2 log, up to a constant, its slopes, and the sum of squares y'Py.
struct At {
    value: f64,
    slope: [f64; 2],
    square: f64,
}

impl<'a> Model<'a> {
    fn new(numbers: &'a Numbers, with_dense: bool) -> Self {
        let n_dense = if with_dense { numbers.n_sources } else { 0 };
        let mut groups: Vec<Group> = Vec::new();
        let mut of_n: Vec<Option<usize>> = Vec::new();
        let mut counts = vec![0.0_f64; numbers.n_sources];
        for unit in 0..numbers.n_facts() {
            let (places, _) = numbers.of(unit);
            let n = places.len();
            if n >= of_n.len() {
                of_n.resize(n + 1, None);
            }
            let g = *of_n[n].get_or_insert_with(|| {
                groups.push(Group {
                    n: n as f64,
                    units: 0.0,
                    together: vec![0.0; n_dense * n_dense],
                    squares: 0.0,
                    sum: 0.0,
                    by_place: vec![0.0; n_dense],
                });
                groups.len() - 1
            });
            groups[g].units += 1.0;
            for a in places {
                counts[*a as usize] += 1.0;
                if with_dense {
                    let row = *a as usize * n_dense;
                    for b in places {
                        groups[g].together[row + *b as usize] += 1.0;
                    }
                }
            }
        }
        let lengths = numbers.fact_ptr.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
        let most = [second_largest(lengths), second_largest(counts)];
        let total = numbers.value.iter().map(|v| v * v).sum();
        let (effects, within) = (vec![0.0; n_dense], vec![0.0; n_dense]);
        Model { numbers, with_dense, n_dense, total, groups, most, effects, residual: 0.0, within }
    }

    /// The matrix diag(n) - sum of c(n) together, over the groups.
    fn reduced(&self, c: impl Fn(f64) -> f64) -> Vec<f64> {
        let d = self.n_dense;
        let mut matrix = vec![0.0; d * d];
        for group in &self.groups {
            let c = c(group.n);
            for (i, together) in group.together.iter().enumerate() {
                // Together with itself a place is as often as it has values.
                let own = if i / d == i % d { *together } else { 0.0 };
                matrix[i] += own - c * together;
            }
        }
        matrix
    }

    /// Applies a function to each value's unit, place and value, and sums by unit.
    fn sums(&self, values: &[f64]) -> Vec<f64> {
        let ptr = &self.numbers.fact_ptr;
        ptr.windows(2).map(|w| values[w[0]..w[1]].iter().sum()).collect()
    }

    fn place_sums(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_dense];
        if self.with_dense {
            for (s, v) in self.numbers.source.iter().zip(values) {
                sums[*s as usize] += v;
            }
        }
        sums
    }

    /// Fits, and keeps the sums of what is left: all that the likelihood needs of the values.
    fn fixed_effects(&mut self) -> FixedEffects {
        let (numbers, d) = (self.numbers, self.n_dense);
        let n_units = numbers.n_facts();
        let mut rest = numbers.value.clone();
        let (mut effects, mut parts) = (vec![0.0; d], n_units);
        if self.with_dense {
            let (kept, factor) = semidefinite_factor(self.reduced(|n| 1.0 / n), d);
            parts = kept.iter().filter(|k| !**k).count();
            // Twice: the second pass takes the rounding of the first away.
            for _ in 0..2 {
                let centred = self.without_means(&rest);
                let step = semidefinite_solve(&factor, &kept, d, self.place_sums(&centred));
                for (v, s) in rest.iter_mut().zip(&numbers.source) {
                    *v -= step[*s as usize];
                }
                effects.iter_mut().zip(&step).for_each(|(e, s)| *e += s);
            }
        }
        // What all effects have in common is the mean's.
        let level = effects.iter().sum::<f64>() / d.max(1) as f64;
        effects.iter_mut().for_each(|e| *e -= level);
        rest.iter_mut().for_each(|v| *v += if self.with_dense { level } else { 0.0 });
        let centred = self.without_means(&rest);
        self.within = self.place_sums(&centred);
        self.residual = centred.iter().map(|v| v * v).sum();
        self.keep_sums(&rest);
        let means: Vec<f64> =
            self.sums(&rest).iter().zip(numbers.fact_ptr.windows(2)).map(|(s, w)| s / (w[1] - w[0]) as f64).collect();
        let df = if self.with_dense {
            numbers.len() as f64 - n_units as f64 - d as f64 + parts as f64
        } else {
            parts = 1;
            numbers.len() as f64 - n_units as f64
        };
        let variances = [variance(&means), variance(&effects)];
        self.effects = effects;
        FixedEffects { residual: self.residual, df, parts, variances }
    }

    /// The sums of the units' values by group.
    fn keep_sums(&mut self, values: &[f64]) {
        let mut of_n = vec![0; self.groups.iter().map(|g| g.n as usize + 1).max().unwrap_or(0)];
        self.groups.iter().enumerate().for_each(|(i, g)| of_n[g.n as usize] = i);
        for (unit, sum) in self.sums(values).into_iter().enumerate() {
            let (places, _) = self.numbers.of(unit);
            let group = &mut self.groups[of_n[places.len()]];
            group.squares += sum * sum;
            group.sum += sum;
            if self.with_dense {
                places.iter().for_each(|place| group.by_place[*place as usize] += sum);
            }
        }
    }

    fn without_means(&self, values: &[f64]) -> Vec<f64> {
        let mut centred = values.to_vec();
        for w in self.numbers.fact_ptr.windows(2) {
            let mean = values[w[0]..w[1]].iter().sum::<f64>() / (w[1] - w[0]) as f64;
            centred[w[0]..w[1]].iter_mut().for_each(|v| *v -= mean);
        }
        centred
    }

    /// The likelihood where the variances of the long and the short side are `ratio` times that of error; `None` where the
    /// covariance matrix of contrasts would not be positive definite.
    ///
    /// With R = I + a ZZ', H = R + b WW', P = H⁻¹ - H⁻¹1 1'H⁻¹ / 1'H⁻¹1 and e = Py the slopes are tr(PZZ') - (N-1) |Z'e|² / y'Py
    /// and the same with W (Harville 1977, equation 5.4, profiled). R⁻¹ is known by hand (Sherman-Morrison), and for a vector
    /// v = v₀ + Wf, where Wf is about what W explains of it, H⁻¹v = R⁻¹(v₀ - Wδ) with δ = (I + bA)⁻¹(b W'R⁻¹v₀ - f), A = W'R⁻¹W
    /// (Woodbury), and W'H⁻¹v = η = (I + bA)⁻¹(W'R⁻¹v₀ + Af). Products u'H⁻¹v are those of u₀ - Wδ and v₀ - Wδ in R⁻¹ and b times that
    /// of both η: sums of what the groups keep, without large numbers that cancel. For v = 1 there is v₀ = 0 and f = 1.
    fn at(&self, [a, b]: [f64; 2]) -> Option<At> {
        let (numbers, d) = (self.numbers, self.n_dense);
        let shrink = |n: f64| 1.0 / (1.0 + a * n);
        let negative_blocks: f64 = self.groups.iter().filter(|g| 1.0 + a * g.n < 0.0).map(|g| g.units).sum();
        if negative_blocks > 1.0 || self.groups.iter().any(|g| (1.0 + a * g.n).abs() < 1e-10) {
            return None;
        }
        let over = |f: &dyn Fn(&Group, f64) -> f64| self.groups.iter().map(|g| f(g, shrink(g.n))).sum::<f64>();
        let mut log_det: f64 = over(&|g, s| -g.units * s.abs().ln());
        let mut trace = [over(&|g, s| g.units * g.n * s), 0.0];
        // y₀'R⁻¹y₀.
        let own = self.residual + over(&|g, s| g.squares / g.n * s);
        let (sum_ones, square, squares, squares_ones);
        let mut negative = 0;
        if self.with_dense {
            let reduced = self.reduced(|n| a * shrink(n));
            let mut system: Vec<f64> = reduced.iter().map(|v| b * v).collect();
            (0..d).for_each(|j| system[j * d + j] += 1.0);
            let inverted = inverted(system, d)?;
            log_det += inverted.log_det;
            negative = inverted.negative;
            trace[1] = dot(&reduced, &inverted.matrix);
            trace[0] -= over(&|g, s| b * s * s * dot(&g.together, &inverted.matrix));
            let times = |m: &[f64], v: &[f64]| m.chunks(d).map(|row| dot(row, v)).collect::<Vec<f64>>();
            let plus = |x: &[f64], by: f64, y: &[f64]| x.iter().zip(y).map(|(x, y)| x + by * y).collect::<Vec<f64>>();
            let form = |x: &[f64], m: &[f64], y: &[f64]| dot(x, &times(m, y));
            let ones = vec![1.0; d];
            let mut z = self.within.clone();
            for g in &self.groups {
                z = plus(&z, shrink(g.n) / g.n, &g.by_place);
            }
            let of_ones = [
                times(&inverted.matrix, &ones).iter().map(|v| -v).collect(),
                times(&inverted.matrix, &times(&reduced, &ones)),
            ];
            let [delta_1, eta_1]: &[Vec<f64>; 2] = &of_ones;
            let scaled: Vec<f64> = z.iter().zip(&self.effects).map(|(z, f)| b * z - f).collect();
            let delta_y = times(&inverted.matrix, &scaled);
            let eta_y = times(&inverted.matrix, &plus(&z, 1.0, &times(&reduced, &self.effects)));
            sum_ones = form(delta_1, &reduced, delta_1) + b * dot(eta_1, eta_1);
            let with_ones = form(delta_1, &reduced, &delta_y) - dot(delta_1, &z) + b * dot(eta_1, &eta_y);
            let mean = with_ones / sum_ones;
            let (delta, eta) = (plus(&delta_y, -mean, delta_1), plus(&eta_y, -mean, eta_1));
            square = own - 2.0 * dot(&delta, &z) + form(&delta, &reduced, &delta) + b * dot(&eta, &eta);
            let of_units = |g: &Group, s: f64| {
                s * s * (g.squares - 2.0 * dot(&delta, &g.by_place) + form(&delta, &g.together, &delta))
            };
            squares = [over(&of_units), dot(&eta, &eta)];
            squares_ones = [over(&|g, s| s * s * form(delta_1, &g.together, delta_1)), dot(eta_1, eta_1)];
        } else {
            sum_ones = over(&|g, s| g.units * g.n * s);
            let with_ones = over(&|g, s| g.sum * s);
            let mean = with_ones / sum_ones;
            // About the mean of each unit, then those about the mean of all.
            let of_units = |g: &Group| g.squares - 2.0 * mean * g.n * g.sum + g.units * (mean * g.n).powi(2);
            square = self.residual + over(&|g, s| of_units(g) / g.n * s);
            squares = [over(&|g, s| s * s * of_units(g)), 0.0];
            squares_ones = [over(&|g, s| s * s * g.units * g.n * g.n), 0.0];
        }
        // By Sylvester's law the eliminated blocks and the rest tell how many eigenvalues of H are negative. What counts are
        // contrasts between values: H may have one negative direction if the mean takes it up.
        let negative = negative_blocks + if b < 0.0 { negative as f64 } else { -(negative as f64) };
        let definite = if sum_ones > 0.0 { negative == 0.0 } else { negative == 1.0 };
        if !(square > 0.0 && definite) {
            return None;
        }
        (0..2).for_each(|i| trace[i] -= squares_ones[i] / sum_ones);
        let df = numbers.len() as f64 - 1.0;
        let value = log_det + sum_ones.abs().ln() + df * square.ln();
        let slope = [trace[0] - df * squares[0] / square, trace[1] - df * squares[1] / square];
        value.is_finite().then_some(At { value, slope, square })
    }

    /// The ratios of a point of the search: t = ln(1 + ratio n). With the second largest number of values of a unit as n this
    /// covers all that are possible: a contrast may leave one unit out (Cauchy's interlacing).
    fn ratios(&self, t: [f64; 2]) -> [f64; 2] {
        let ratio = |i: usize| t[i].exp_m1() / self.most[i];
        [ratio(0), if self.with_dense { ratio(1) } else { 0.0 }]
    }

    /// The likelihood and its slopes by t.
    fn at_t(&self, t: [f64; 2]) -> Option<At> {
        let ratios = self.ratios(t);
        let mut at = self.at(ratios)?;
        at.slope[0] *= ratios[0] + 1.0 / self.most[0];
        at.slope[1] = if self.with_dense { at.slope[1] * (ratios[1] + 1.0 / self.most[1]) } else { 0.0 };
        Some(at)
    }

    fn search(&self, watch: &Watch) -> Result<Option<[f64; 2 + 1]>> {
        let Some((mut t, mut here)) = self.start(watch)? else { return Ok(None) };
        for _ in 0..200 {
            watch.tick(0)?;
            let step = self.newton(t, &here);
            let Some((next, at)) = self.along(t, step, &here) else { break };
            let moved = (next[0] - t[0]).abs().max((next[1] - t[1]).abs());
            (t, here) = (next, at);
            if moved < 1e-14 || t[0].abs().max(t[1].abs()) > 60.0 {
                break;
            }
        }
        let ratios = self.ratios(t);
        let error = here.square / (self.numbers.len() as f64 - 1.0);
        let settled = here.slope.iter().all(|s| s.abs() < 1e-5 * (1.0 + here.value.abs()));
        Ok(settled.then(|| [ratios[0] * error, ratios[1] * error, error]))
    }

    /// The best point of a coarse grid, so that a likelihood with several tops is climbed on the highest.
    fn start(&self, watch: &Watch) -> Result<Option<([f64; 2], At)>> {
        // Small tables may have several tops; with many values there is one.
        let few = self.numbers.len() <= 20_000 && self.n_dense <= 64;
        let grid: &[f64] = if few { &[-0.7, -0.1, 0.3, 1.0, 2.5, 5.0] } else { &[0.1, 1.5] };
        let mut best: Option<([f64; 2], At)> = None;
        for x in grid {
            for y in if self.with_dense { grid } else { &[0.0] } {
                watch.tick(0)?;
                if let Some(at) = self.at_t([*x, *y])
                    && best.as_ref().is_none_or(|(_, b)| at.value < b.value)
                {
                    best = Some(([*x, *y], at));
                }
            }
        }
        Ok(best)
    }

    /// A Newton step, with the second derivatives by central differences of the slopes; where these do not point down, one
    /// along the slope.
    fn newton(&self, t: [f64; 2], here: &At) -> [f64; 2] {
        const H: f64 = 1e-4;
        let mut second = [[0.0; 2]; 2];
        for i in 0..if self.with_dense { 2 } else { 1 } {
            let shifted = |h: f64| {
                let mut t = t;
                t[i] += h;
                self.at_t(t).map(|at| at.slope)
            };
            let (Some(up), Some(down)) = (shifted(H), shifted(-H)) else { return slope_step(here) };
            (0..2).for_each(|j| second[i][j] = (up[j] - down[j]) / (2.0 * H));
        }
        if !self.with_dense {
            return if second[0][0] > 0.0 { limited([-here.slope[0] / second[0][0], 0.0]) } else { slope_step(here) };
        }
        let cross = 0.5 * (second[0][1] + second[1][0]);
        let det = second[0][0] * second[1][1] - cross * cross;
        if second[0][0] > 0.0 && det > 0.0 {
            let [x, y] = here.slope;
            return limited([(cross * y - second[1][1] * x) / det, (cross * x - second[0][0] * y) / det]);
        }
        slope_step(here)
    }

    /// The first point along a step, halved as often as needed, where the likelihood is better, or as good with less slope.
    fn along(&self, t: [f64; 2], step: [f64; 2], here: &At) -> Option<([f64; 2], At)> {
        let size = |at: &At| at.slope[0].hypot(at.slope[1]);
        let mut part = 1.0;
        for _ in 0..50 {
            let next = [t[0] + part * step[0], t[1] + part * step[1]];
            if next == t {
                return None;
            }
            if let Some(at) = self.at_t(next) {
                // Near the top the values differ by rounding alone, the slopes do not.
                let same = (at.value - here.value).abs() <= 1e-9 * (1.0 + here.value.abs());
                if (same && size(&at) < size(here)) || (!same && at.value < here.value) {
                    return Some((next, at));
                }
            }
            part *= 0.5;
        }
        None
    }
}

fn limited([x, y]: [f64; 2]) -> [f64; 2] {
    let length = x.hypot(y);
    if length > 2.0 { [2.0 * x / length, 2.0 * y / length] } else { [x, y] }
}

fn slope_step(here: &At) -> [f64; 2] {
    let length = here.slope[0].hypot(here.slope[1]);
    if length > 0.0 { [-here.slope[0] / length, -here.slope[1] / length] } else { [0.0; 2] }
}

fn second_largest(mut counts: Vec<f64>) -> f64 {
    counts.sort_by(|a, b| b.total_cmp(a));
    counts.get(1).or(counts.first()).copied().unwrap_or(1.0)
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

/// The Cholesky factor (lower, row by row) of a semidefinite matrix; rows without anything of their own are left out.
fn semidefinite_factor(mut m: Vec<f64>, d: usize) -> (Vec<bool>, Vec<f64>) {
    let mut kept = vec![true; d];
    for j in 0..d {
        let own = m[j * d + j];
        let pivot = own - (0..j).map(|k| m[j * d + k].powi(2)).sum::<f64>();
        kept[j] = pivot > 1e-9 * own;
        let root = pivot.max(0.0).sqrt();
        m[j * d + j] = root;
        for i in j + 1..d {
            let rest = m[i * d + j] - dot(&m[i * d..i * d + j], &m[j * d..j * d + j]);
            m[i * d + j] = if kept[j] { rest / root } else { 0.0 };
        }
    }
    (kept, m)
}

fn semidefinite_solve(factor: &[f64], kept: &[bool], d: usize, mut x: Vec<f64>) -> Vec<f64> {
    for i in 0..d {
        let below = dot(&factor[i * d..i * d + i], &x[..i]);
        x[i] = if kept[i] { (x[i] - below) / factor[i * d + i] } else { 0.0 };
    }
    for i in (0..d).rev() {
        x[i] = if kept[i] { x[i] / factor[i * d + i] } else { 0.0 };
        let at = x[i];
        (0..i).for_each(|j| x[j] -= factor[i * d + j] * at);
    }
    x
}

/// A symmetric matrix that is inverted by the factors L D L'.
struct Inverse {
    matrix: Vec<f64>,
    /// Logarithm of the determinant's absolute value.
    log_det: f64,
    /// How many of its eigenvalues are negative.
    negative: usize,
}

/// `None` where a pivot is too small to divide by.
fn inverted(mut m: Vec<f64>, d: usize) -> Option<Inverse> {
    let (mut log_det, mut negative) = (0.0, 0);
    let mut pivots = vec![0.0; d];
    let mut scaled = vec![0.0; d];
    for j in 0..d {
        let (above, below) = m.split_at_mut((j + 1) * d);
        let row = &above[j * d..];
        (0..j).for_each(|k| scaled[k] = row[k] * pivots[k]);
        let pivot = row[j] - dot(&row[..j], &scaled[..j]);
        if pivot.is_nan() || pivot.abs() <= 1e-10 * row[j].abs().max(1.0) {
            return None;
        }
        pivots[j] = pivot;
        log_det += pivot.abs().ln();
        negative += usize::from(pivot < 0.0);
        for other in below.chunks_exact_mut(d) {
            other[j] = (other[j] - dot(&other[..j], &scaled[..j])) / pivot;
        }
    }
    // The inverse of the factor, column by column as rows, then its product with itself.
    let mut rows = vec![0.0; d * d];
    for c in 0..d {
        rows[c * d + c] = 1.0;
        for i in c + 1..d {
            rows[c * d + i] = -dot(&m[i * d + c..i * d + i], &rows[c * d + c..c * d + i]);
        }
    }
    let mut matrix = vec![0.0; d * d];
    for i in 0..d {
        (i..d).for_each(|k| scaled[k] = rows[i * d + k] / pivots[k]);
        for j in 0..=i {
            let product = dot(&scaled[i..], &rows[j * d + i..(j + 1) * d]);
            matrix[i * d + j] = product;
            matrix[j * d + i] = product;
        }
    }
    Some(Inverse { matrix, log_det, negative })
}

//! Facts drawn again with replacement.

use crate::agreement::AgreementOptions;
use crate::agreement::interval::Interval;
use crate::agreement::statistic::Statistic;
use crate::error::Result;
use crate::stats::chunks::map_chunks;
use crate::stats::{Random, Watch, normal_cdf, normal_quantile};

/// What samples tell.
pub(super) struct Drawn {
    pub std_error: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub n_undefined: usize,
}

/// Percentiles of the coefficient over samples of facts, or these corrected for bias and acceleration (Efron 1987,
/// doi:10.1080/01621459.1987.10478410). Each sample has random numbers of its own, so threads do not matter.
pub(super) fn limits(
    value: f64,
    statistic: &dyn Statistic,
    options: &AgreementOptions,
    watch: &Watch,
) -> Result<Drawn> {
    let n = statistic.n();
    let columns = statistic.columns();
    let draw = |range: std::ops::Range<usize>| -> Result<Vec<f64>> {
        let (mut drawn, mut counts, mut sums) = (vec![0_u32; n], vec![0.0; n], vec![]);
        range
            .map(|replicate| {
                watch.tick(0)?;
                let mut random = Random::new(options.seed, replicate as u64);
                drawn.fill(0);
                (0..n).for_each(|_| drawn[random.below(n)] += 1);
                counts.iter_mut().zip(&drawn).for_each(|(count, drawn)| *count = f64::from(*drawn));
                Ok(match &columns {
                    Some(columns) => columns.with_counts(&counts, &mut sums),
                    None => statistic.with_counts(&counts),
                })
            })
            .collect()
    };
    let parts = map_chunks(options.replicates, 50, draw).into_iter().collect::<Result<Vec<_>>>()?;
    let mut values: Vec<f64> = parts.concat();
    values.retain(|v| v.is_finite());
    values.sort_unstable_by(f64::total_cmp);
    let n_undefined = options.replicates - values.len();
    if values.len() < 2 {
        return Ok(Drawn { std_error: None, low: None, high: None, n_undefined });
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let tail = (1.0 - options.confidence) / 2.0;
    let (low, high) = match options.interval {
        Interval::Bca => corrected(value, &values, &statistic.without_each(), tail),
        _ => (tail, 1.0 - tail),
    };
    let at = |p: f64| Some(quantile(&values, p));
    Ok(Drawn { std_error: Some(variance.sqrt()), low: at(low), high: at(high), n_undefined })
}

/// The probabilities to read off instead of `tail` and 1 − `tail`.
fn corrected(value: f64, sorted: &[f64], without_each: &[f64], tail: f64) -> (f64, f64) {
    // Sums in another order may differ in the last digits.
    let (low, high) = (value - 1e-12, value + 1e-12);
    let below = sorted.partition_point(|v| *v < low) as f64;
    let same = sorted.partition_point(|v| *v <= high) as f64 - below;
    let n = sorted.len() as f64;
    let share = ((below + same / 2.0) / n).clamp(0.5 / n, 1.0 - 0.5 / n);
    let bias = normal_quantile(share);
    let defined: Vec<f64> = without_each.iter().copied().filter(|v| v.is_finite()).collect();
    let mean = defined.iter().sum::<f64>() / defined.len().max(1) as f64;
    let power = |p: i32| defined.iter().map(|v| (mean - v).powi(p)).sum::<f64>();
    let spread = power(2).powf(1.5);
    let acceleration = if spread > 0.0 { power(3) / (6.0 * spread) } else { 0.0 };
    let at = |z: f64| normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    (at(normal_quantile(tail)), at(normal_quantile(1.0 - tail)))
}

/// Between the two nearest, as type 7 of Hyndman & Fan (1996), doi:10.1080/00031305.1996.10473566.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + part * (sorted[high] - sorted[low])
}

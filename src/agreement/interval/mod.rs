//! Intervals of coefficients. They generalise over facts, given these sources, but for `sources`.

mod bootstrap;
mod jackknife;

use super::AgreementOptions;
use super::panel::Panel;
use super::run::Estimate;
use super::statistic::{Limits, Statistic};
use crate::error::{ParameterError, Result, quoted};
use crate::stats::{Watch, beta_quantile, t_quantile};

/// How an interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interval {
    /// Leave one fact out after a pseudo-fact was added, t.
    #[default]
    AugmentedJackknife,
    /// Leave one fact out, t.
    Jackknife,
    /// Linearisation, or the coefficient's own formula.
    Analytic,
    /// Facts drawn again, percentiles.
    Bootstrap,
    /// Facts drawn again, bias-corrected and accelerated.
    Bca,
    /// Leave one source out, t: generalises over sources.
    Sources,
}

impl Interval {
    /// The intervals with their words.
    pub const ALL: [(Interval, &'static str); 6] = [
        (Interval::AugmentedJackknife, "augmented_jackknife"),
        (Interval::Jackknife, "jackknife"),
        (Interval::Analytic, "analytic"),
        (Interval::Bootstrap, "bootstrap"),
        (Interval::Bca, "bca"),
        (Interval::Sources, "sources"),
    ];

    /// The interval's word.
    pub fn name(self) -> &'static str {
        Interval::ALL[self as usize].1
    }

    /// The interval of this word.
    ///
    /// # Errors
    /// [`ParameterError::Choice`] for any other word.
    pub fn named(word: &str) -> Result<Interval> {
        Interval::ALL.iter().find(|(_, name)| *name == word).map(|(i, _)| *i).ok_or_else(|| {
            let allowed = quoted(Interval::ALL.map(|(_, name)| name));
            ParameterError::Choice { name: "interval", value: word.to_owned(), allowed }.into()
        })
    }
}

/// A centre with its standard error and degrees of freedom.
#[derive(Debug, Clone, Copy)]
struct Spread {
    centre: f64,
    std_error: f64,
    df: f64,
}

impl Spread {
    fn limits(self, confidence: f64) -> (f64, f64) {
        let t = t_quantile(self.df, 0.5 + confidence / 2.0);
        (self.centre - t * self.std_error, self.centre + t * self.std_error)
    }
}

/// The value without a voice.
type Without<'a> = &'a dyn Fn(u32) -> Result<Option<f64>>;

/// Adds the interval that the options ask for to an estimate with a value.
pub(super) fn add(
    estimate: &mut Estimate,
    statistic: &dyn Statistic,
    panel: &Panel<'_>,
    without: Without<'_>,
    options: &AgreementOptions,
    watch: &Watch,
) -> Result<()> {
    let Some(value) = estimate.point.value else { return Ok(()) };
    let n = statistic.n();
    let rest = match options.population {
        None => 1.0,
        Some(population) if population < n as u64 => {
            let expected = "at least the number of facts that were rated";
            return Err(ParameterError::Range { name: "population", value: population.to_string(), expected }.into());
        }
        Some(population) => (1.0 - n as f64 / population as f64).sqrt(),
    };
    if n < 2 && options.interval != Interval::Sources {
        estimate.limits = Limits::missing("no interval: one fact");
        return Ok(());
    }
    let spread = match options.interval {
        Interval::AugmentedJackknife => match statistic.augmented() {
            Some(augmented) => {
                let (spread, _) = jackknife::facts(augmented.value, &augmented.without_each);
                // The added evidence is no fact: the degrees of freedom are those of the facts, and where all facts of a population
                // were rated it moves nothing.
                let centre = value + (augmented.value - value) * rest;
                spread.map(|s| Spread { centre, df: (n - 1) as f64, ..s })
            }
            // A formula of the coefficient's own is better than leaving facts out.
            None => match statistic.analytic(options.confidence) {
                Some(limits) => {
                    estimate.interval = Interval::Analytic;
                    estimate.limits = limits;
                    return Ok(());
                }
                None => {
                    estimate.interval = Interval::Jackknife;
                    leave_facts_out(estimate, statistic, value)
                }
            },
        },
        Interval::Jackknife => leave_facts_out(estimate, statistic, value),
        Interval::Analytic => match statistic.analytic(options.confidence) {
            Some(limits) => {
                estimate.limits = limits;
                return Ok(());
            }
            None => {
                let spread =
                    statistic.linear_se().map(|std_error| Spread { centre: value, std_error, df: (n - 1) as f64 });
                if spread.is_none() {
                    estimate.limits = Limits::missing("no interval: it has no formula of one");
                }
                spread
            }
        },
        Interval::Sources => {
            let (spread, undefined) = jackknife::sources(value, panel, without, watch)?;
            estimate.n_undefined = Some(undefined);
            if spread.is_none() {
                estimate.limits = Limits::missing("no interval: without a source there is no coefficient");
            }
            spread
        }
        Interval::Bootstrap | Interval::Bca => {
            if let Some(reason) = statistic.too_long().filter(|_| options.interval == Interval::Bca) {
                estimate.limits = Limits::missing(reason);
                return Ok(());
            }
            let drawn = bootstrap::limits(value, statistic, options, watch)?;
            estimate.n_undefined = Some(drawn.n_undefined);
            estimate.limits = Limits {
                reason: drawn.low.is_none().then_some("no interval: fewer than two samples have a coefficient"),
                std_error: drawn.std_error.map(|se| se * rest),
                // Percentiles are drawn towards the value as the standard error is.
                low: drawn.low.map(|low| value - (value - low) * rest),
                high: drawn.high.map(|high| value + (high - value) * rest),
            };
            let zero = drawn.std_error.is_none_or(|se| se <= 1e-12);
            if zero {
                unanimous(estimate, n, options.confidence);
            }
            return Ok(());
        }
    };
    let Some(spread) = spread else {
        estimate.limits.reason.get_or_insert("no interval: without a fact there is no coefficient");
        return Ok(());
    };
    let spread = Spread { std_error: spread.std_error * rest, ..spread };
    if spread.std_error <= 1e-12 && rest > 0.0 {
        unanimous(estimate, n, options.confidence);
        return Ok(());
    }
    let (low, high) = spread.limits(options.confidence);
    estimate.limits = Limits {
        std_error: Some(spread.std_error),
        low: Some(low.max(statistic.least()).min(value)),
        high: Some(high.min(1.0).max(value)),
        reason: None,
    };
    Ok(())
}

/// The jackknife over facts; without one, why.
fn leave_facts_out(estimate: &mut Estimate, statistic: &dyn Statistic, value: f64) -> Option<Spread> {
    if let Some(reason) = statistic.too_long() {
        estimate.limits = Limits::missing(reason);
        return None;
    }
    let (spread, undefined) = jackknife::facts(value, &statistic.without_each());
    estimate.n_undefined = Some(undefined);
    spread
}

/// Where every fact says the same there is no standard error. If all agree (or none does), the number of facts alone tells how sure
/// that is: Jeffreys' interval of a share of n out of n (Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286), which is then
/// corrected for chance.
fn unanimous(estimate: &mut Estimate, n: usize, confidence: f64) {
    let point = &estimate.point;
    estimate.limits = Limits::missing("no interval: every fact says the same");
    let (Some(value), Some(p_a)) = (point.value, point.p_a) else { return };
    let p_e = point.p_e.unwrap_or(0.0);
    let tail = (1.0 - confidence) / 2.0;
    let corrected = |p: f64| (p - p_e) / (1.0 - p_e);
    let bound = beta_quantile(n as f64 + 0.5, 0.5, tail);
    let limits = if p_a >= 1.0 - 1e-12 {
        (corrected(bound).min(value), value)
    } else if p_a <= 1e-12 {
        (value, corrected(1.0 - bound).max(value))
    } else {
        return;
    };
    estimate.limits = Limits { low: Some(limits.0), high: Some(limits.1), ..Limits::default() };
}

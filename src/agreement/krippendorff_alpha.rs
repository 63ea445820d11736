//! Krippendorff's alpha.

use super::distance::{Distance, Metric};
use super::evidence::{Pseudo, pseudo};
use super::panel::{Cell, Panel};
use super::statistic::{Augmented, Columns, NO_PAIRS, NO_VARIATION, Point, Statistic};
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;

/// Krippendorff's alpha: 1 − D_o / D_e, disagreement within facts over disagreement among all values.
pub struct KrippendorffAlpha;

impl Coefficient for KrippendorffAlpha {
    fn name(&self) -> &'static str {
        "krippendorff_alpha"
    }

    fn summary(&self) -> &'static str {
        "Disagreement within facts over that among all values that can be paired; for any number of sources, missing reports and metric."
    }

    fn reference(&self) -> &'static str {
        "Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; Hayes & Krippendorff (2007), doi:10.1080/19312450709336664"
    }

    fn kin(&self) -> Kin {
        Kin::Metric
    }

    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>> {
        let name = setting.metric.name();
        Ok(vec![match setting.metric {
            Metric::Ordinal => Row::new(name, super::ordinal_alpha::OrdinalAlpha::new(panel)),
            metric => Row::new(name, Alpha::new(panel, metric, setting.period)?),
        }])
    }
}

/// Alpha of distances that do not depend on the data, from three numbers a fact. Facts with one value do not enter.
pub(super) struct Alpha<'a> {
    panel: &'a Panel<'a>,
    distance: Distance,
    /// Values by category, and the distance of each category to all of them.
    n_k: &'a [f64],
    from_all: Vec<f64>,
    sums: Sums,
    unfit: Option<&'static str>,
    pseudo: Vec<Pseudo>,
}

/// Categories up to which samples of facts are sums of columns, one a category.
pub(super) const FEW: usize = 16;

/// What alpha needs of a fact.
#[derive(Debug, Clone, Copy)]
struct Fact {
    /// Values.
    m: f64,
    /// Σ δ over ordered pairs of its values.
    inner: f64,
    /// Σ δ from its values to all values.
    outer: f64,
}

impl Fact {
    /// Its part of the observed disagreement.
    fn observed(&self) -> f64 {
        self.inner / (self.m - 1.0)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: f64,
    observed: f64,
    expected: f64,
}

impl Sums {
    /// Alpha; not a number without variation.
    fn alpha(&self) -> f64 {
        // Below rounding of sums of this size there is no variation.
        if self.expected <= 1e-14 * self.n * self.n || self.n < 2.0 {
            return f64::NAN;
        }
        1.0 - (self.n - 1.0) * self.observed / self.expected
    }

    /// Without a fact that counts so often.
    fn without(&self, fact: &Fact, times: f64) -> Sums {
        Sums {
            n: self.n - times * fact.m,
            observed: self.observed - times * fact.observed(),
            expected: self.expected - times * (2.0 * fact.outer - times * fact.inner),
        }
    }
}

impl<'a> Alpha<'a> {
    pub fn new(panel: &'a Panel<'_>, metric: &Metric, period: Option<f64>) -> Result<Alpha<'a>> {
        let distance = Distance::new(metric, panel, period)?;
        let unfit = Distance::unfit(metric, panel);
        let n_k = panel.totals()[1].as_slice();
        let from_all = distance.from_all(n_k);
        let observed = panel.sums(1, |cells, sums| {
            let m = total(cells);
            if m >= 2.0 {
                sums[0] += distance.inner(cells, m) / (m - 1.0);
            }
        });
        let sums = Sums { n: n_k.iter().sum(), observed: observed[0], expected: product(n_k, &from_all) };
        let pseudo = pseudo(panel, |a, b| distance.between(a, b));
        Ok(Alpha { panel, distance, n_k, from_all, sums, unfit, pseudo })
    }

    /// The numbers of a fact, if it has two values.
    #[inline]
    fn fact(&self, cells: &[Cell], from_all: &[f64]) -> Option<Fact> {
        let m = total(cells);
        (m >= 2.0).then(|| Fact {
            m,
            inner: self.distance.inner(cells, m),
            outer: cells.iter().map(|c| f64::from(c.count) * from_all[c.category as usize]).sum(),
        })
    }

    /// Alpha of values by category and an observed disagreement.
    fn of(&self, n_k: &[f64], observed: f64) -> f64 {
        let expected = product(n_k, &self.distance.from_all(n_k));
        Sums { n: n_k.iter().sum(), observed, expected }.alpha()
    }

    /// Alpha without each fact in turn, of sums that may hold more than the facts.
    fn without(&self, sums: &Sums, from_all: &[f64]) -> Vec<f64> {
        self.panel.scan(0, |cells, _| self.fact(cells, from_all).map(|fact| sums.without(&fact, 1.0).alpha())).0
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Ratings of a fact.
#[inline]
pub(super) fn total(cells: &[Cell]) -> f64 {
    f64::from(cells.iter().map(|c| c.count).sum::<u32>())
}

impl Statistic for Alpha<'_> {
    fn point(&self) -> Point {
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        if self.panel.n_paired() == 0 {
            return Point::undefined(NO_PAIRS);
        }
        let Sums { n, observed, expected } = self.sums;
        let p_a = Some(1.0 - observed / n);
        if self.sums.alpha().is_nan() {
            return Point { p_a, p_e: Some(1.0), ..Point::undefined(NO_VARIATION) };
        }
        Point { value: Some(self.sums.alpha()), p_a, p_e: Some(1.0 - expected / (n * (n - 1.0))), reason: None }
    }

    fn n(&self) -> usize {
        self.panel.n_paired()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let mut n_k = vec![0.0; self.n_k.len()];
        let (mut observed, mut counts) = (0.0, counts.iter());
        for cells in self.panel.cells() {
            let m = total(cells);
            if m >= 2.0
                && let Some(times) = counts.next().filter(|times| **times != 0.0)
            {
                observed += times * self.distance.inner(cells, m) / (m - 1.0);
                cells.iter().for_each(|c| n_k[c.category as usize] += times * f64::from(c.count));
            }
        }
        self.of(&n_k, observed)
    }

    fn columns(&self) -> Option<Columns<'_>> {
        let q = self.n_k.len();
        if q > FEW {
            return None;
        }
        let fill = |cells: &[Cell], row: &mut [f64]| {
            let m = total(cells);
            cells.iter().for_each(|c| row[c.category as usize] = f64::from(c.count));
            row[q] = self.distance.inner(cells, m) / (m - 1.0);
            m >= 2.0
        };
        Some(Columns::new(self.panel, q + 1, fill, move |sums| self.of(&sums[..q], sums[q])))
    }

    fn without_each(&self) -> Vec<f64> {
        self.without(&self.sums, &self.from_all)
    }

    /// Gwet (2014), section 5.6, as irrCAC 1.4 reckons it.
    fn linear_se(&self) -> Option<f64> {
        self.point().value?;
        let n = self.n() as f64;
        let Sums { n: values, observed, expected } = self.sums;
        let mean = values / n;
        let (p_a, p_e) = (1.0 - observed / values, 1.0 - expected / (values * values));
        // About alpha without its correction for small samples, as irrCAC has it.
        let alpha = (p_a - p_e) / (1.0 - p_e);
        let sum = self.panel.sums(1, |cells, sums| {
            let Some(fact) = self.fact(cells, &self.from_all) else { return };
            let more = (fact.m - mean) / mean;
            let own = (fact.m - fact.observed()) / mean - p_a * more;
            let chance = (fact.m - fact.outer / values) / mean - p_e * more;
            sums[0] += ((own - p_e) / (1.0 - p_e) - 2.0 * (1.0 - alpha) * (chance - p_e) / (1.0 - p_e) - alpha).powi(2);
        })[0];
        (n > 1.0).then(|| (sum / (n * (n - 1.0))).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let mut n_k = self.n_k.to_vec();
        for pseudo in &self.pseudo {
            pseudo.cells.iter().for_each(|c| n_k[c.category as usize] += pseudo.times * f64::from(c.count));
        }
        let from_all = self.distance.from_all(&n_k);
        let own = |p: &Pseudo| self.fact(&p.cells, &from_all).map(|fact| (p.times, fact));
        let added: Vec<(f64, Fact)> = self.pseudo.iter().filter_map(own).collect();
        let sums = Sums {
            n: n_k.iter().sum(),
            observed: self.sums.observed + added.iter().map(|(times, fact)| times * fact.observed()).sum::<f64>(),
            expected: product(&n_k, &from_all),
        };
        let mut without_each = self.without(&sums, &from_all);
        without_each.extend(added.iter().map(|(times, fact)| sums.without(fact, *times).alpha()));
        Some(Augmented { value: sums.alpha(), without_each })
    }
}

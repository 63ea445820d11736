//! Krippendorff's alpha.

use super::distance::{Distance, Metric};
use super::evidence::{Pseudo, pseudo};
use super::panel::{Cell, Panel};
use super::statistic::{Augmented, NO_PAIRS, NO_VARIATION, Point, Statistic};
use super::{Coefficient, Kin, Row, Setting};
use crate::error::Result;
use std::sync::OnceLock;

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

/// Alpha of distances that do not depend on the data, from four numbers a fact. Facts with one value do not enter.
pub(super) struct Alpha<'a> {
    panel: &'a Panel<'a>,
    facts: Vec<Fact>,
    /// Counts by category of the facts, end to end: for samples of them.
    flat: OnceLock<(Vec<Cell>, Vec<u32>)>,
    distance: Distance,
    n_k: Vec<f64>,
    sums: Sums,
    unfit: Option<&'static str>,
    pseudo: Vec<Pseudo>,
}

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
        let q = panel.n_categories();
        let n_k = panel.sums(q, |cells, sums| {
            if total(cells) >= 2.0 {
                cells.iter().for_each(|c| sums[c.category as usize] += f64::from(c.count));
            }
        });
        let from_all = distance.from_all(&n_k);
        let fact = |cells: &[Cell]| {
            let m = total(cells);
            (m >= 2.0).then(|| Fact {
                m,
                inner: distance.inner(cells, m),
                outer: cells.iter().map(|c| f64::from(c.count) * from_all[c.category as usize]).sum(),
            })
        };
        let mut facts = Vec::with_capacity(panel.n_paired());
        facts.extend(panel.map(fact).into_iter().flatten());
        let sums = Sums {
            n: n_k.iter().sum(),
            observed: facts.iter().map(Fact::observed).sum(),
            expected: n_k.iter().zip(&from_all).map(|(n, e)| n * e).sum(),
        };
        Ok(Alpha { panel, facts, flat: OnceLock::new(), distance, n_k, sums, unfit, pseudo: pseudo(panel) })
    }

    /// The counts of each fact, in their order.
    fn cells(&self) -> impl Iterator<Item = &[Cell]> {
        let all = self.panel.n_facts() == self.facts.len();
        self.panel.cells().filter(move |cells| all || total(cells) >= 2.0)
    }

    fn flat(&self) -> &(Vec<Cell>, Vec<u32>) {
        self.flat.get_or_init(|| {
            let (mut flat, mut ptr) = (Vec::new(), vec![0]);
            for cells in self.cells() {
                flat.extend_from_slice(cells);
                ptr.push(flat.len() as u32);
            }
            (flat, ptr)
        })
    }
}

pub(super) fn total(cells: &[Cell]) -> f64 {
    f64::from(cells.iter().map(|c| c.count).sum::<u32>())
}

impl Statistic for Alpha<'_> {
    fn point(&self) -> Point {
        if let Some(reason) = self.unfit {
            return Point::undefined(reason);
        }
        if self.facts.is_empty() {
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
        self.facts.len()
    }

    fn with_counts(&self, counts: &[f64]) -> f64 {
        let (cells, ptr) = self.flat();
        let mut n_k = vec![0.0; self.n_k.len()];
        let (mut n, mut observed) = (0.0, 0.0);
        for (i, (fact, times)) in self.facts.iter().zip(counts).enumerate() {
            if *times != 0.0 {
                n += times * fact.m;
                observed += times * fact.observed();
                for cell in &cells[ptr[i] as usize..ptr[i + 1] as usize] {
                    n_k[cell.category as usize] += times * f64::from(cell.count);
                }
            }
        }
        let expected = self.distance.from_all(&n_k).iter().zip(&n_k).map(|(e, n)| n * e).sum();
        Sums { n, observed, expected }.alpha()
    }

    fn without_each(&self) -> Vec<f64> {
        self.facts.iter().map(|fact| self.sums.without(fact, 1.0).alpha()).collect()
    }

    /// Gwet (2014), section 5.6, as irrCAC 1.4 reckons it.
    fn linear_se(&self) -> Option<f64> {
        self.point().value?;
        let n = self.facts.len() as f64;
        let Sums { n: values, observed, expected } = self.sums;
        let mean = values / n;
        let (p_a, p_e) = (1.0 - observed / values, 1.0 - expected / (values * values));
        // About alpha without its correction for small samples, as irrCAC has it.
        let alpha = (p_a - p_e) / (1.0 - p_e);
        let sum: f64 = self
            .facts
            .iter()
            .map(|fact| {
                let more = (fact.m - mean) / mean;
                let own = (fact.m - fact.observed()) / mean - p_a * more;
                let chance = (fact.m - fact.outer / values) / mean - p_e * more;
                ((own - p_e) / (1.0 - p_e) - 2.0 * (1.0 - alpha) * (chance - p_e) / (1.0 - p_e) - alpha).powi(2)
            })
            .sum();
        (n > 1.0).then(|| (sum / (n * (n - 1.0))).sqrt())
    }

    fn augmented(&self) -> Option<Augmented> {
        if self.pseudo.is_empty() {
            return None;
        }
        let mut n_k = self.n_k.clone();
        for pseudo in &self.pseudo {
            pseudo.cells.iter().for_each(|c| n_k[c.category as usize] += pseudo.times * f64::from(c.count));
        }
        let from_all = self.distance.from_all(&n_k);
        let outer =
            |cells: &[Cell]| -> f64 { cells.iter().map(|c| f64::from(c.count) * from_all[c.category as usize]).sum() };
        let own = |pseudo: &Pseudo| {
            let m = total(&pseudo.cells);
            Fact { m, inner: self.distance.inner(&pseudo.cells, m), outer: outer(&pseudo.cells) }
        };
        let added: Vec<(f64, Fact)> = self.pseudo.iter().map(|p| (p.times, own(p))).collect();
        let sums = Sums {
            n: n_k.iter().sum(),
            observed: self.sums.observed + added.iter().map(|(times, fact)| times * fact.observed()).sum::<f64>(),
            expected: n_k.iter().zip(&from_all).map(|(n, e)| n * e).sum(),
        };
        let real = self
            .facts
            .iter()
            .zip(self.cells())
            .map(|(fact, cells)| sums.without(&Fact { outer: outer(cells), ..*fact }, 1.0).alpha());
        let without_each = real.chain(added.iter().map(|(times, fact)| sums.without(fact, *times).alpha())).collect();
        Some(Augmented { value: sums.alpha(), without_each })
    }
}

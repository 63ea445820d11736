//! Coefficients of agreement over many facts, with their intervals.
//!
//! One coefficient is one file and one line in [`REGISTRY`]: a struct that implements [`Coefficient`], which makes of a [`Panel`] (the
//! ratings of one kind and group of facts, counted) one or more rows, each a [`Statistic`]: value, what it is without each fact, and
//! what it is with facts drawn again. Intervals know statistics only.

mod brennan_prediger;
mod chance;
mod cohen_kappa;
mod components;
mod conger_kappa;
mod diagnose;
mod distance;
mod evidence;
mod fleiss_kappa;
mod gwet_ac;
mod icc;
mod interval;
mod kendall_w;
mod krippendorff_alpha;
mod light_kappa;
mod lin_ccc;
mod numbers;
mod options;
mod ordinal_alpha;
mod pair;
mod pairwise;
mod panel;
mod percent_agreement;
mod run;
mod scott_pi;
mod statistic;
mod weights;

pub use diagnose::Diagnosis;
pub use distance::{Distance, Metric};
pub use interval::Interval;
pub use options::AgreementOptions;
pub use pairwise::{Pairwise, PairwiseOptions};
pub use panel::{Cell, Order, Panel, Reading};
pub use run::{Agreement, Estimate};
pub use statistic::{Augmented, Columns, Limits, NO_PAIRS, NO_VARIATION, Point, Statistic};
pub use weights::{Table as WeightTable, Weights};

use crate::error::{ParameterError, Result, nearest, quoted};
use crate::stats::Watch;

/// Every coefficient, in the order in which messages list them.
pub static REGISTRY: &[&dyn Coefficient] = &[
    &percent_agreement::PercentAgreement,
    &brennan_prediger::BrennanPrediger,
    &gwet_ac::GwetAc,
    &fleiss_kappa::FleissKappa,
    &scott_pi::ScottPi,
    &conger_kappa::CongerKappa,
    &cohen_kappa::CohenKappa,
    &light_kappa::LightKappa,
    &krippendorff_alpha::KrippendorffAlpha,
    &icc::Icc,
    &kendall_w::KendallW,
    &lin_ccc::LinCcc,
];

/// A coefficient of agreement.
pub trait Coefficient: Sync {
    /// Its name in the `coefficient` column.
    fn name(&self) -> &'static str;
    /// One sentence: what it tells.
    fn summary(&self) -> &'static str;
    /// Where the definition comes from.
    fn reference(&self) -> &'static str;
    /// Which option says how far values are apart.
    fn kin(&self) -> Kin;
    /// Its rows for the facts of a panel: one, or one for each of its forms.
    ///
    /// # Errors
    /// [`ParameterError`] where an option does not fit the values. What does not exist is no error: [`Point::undefined`].
    fn rows<'a>(&self, panel: &'a Panel<'_>, setting: &'a Setting<'_>) -> Result<Vec<Row<'a>>>;
}

/// Which option a coefficient heeds, and so how values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kin {
    /// `weights=`: credit for categories that are near.
    Weights,
    /// `metric=`: distance of values.
    Metric,
    /// Neither: values are numbers ([`Reading::Scale`], and an error where they are labels).
    Numbers,
    /// Neither: values have an order ([`Reading::Scale`]).
    Order,
}

/// What was asked, settled for one kind of facts.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Setting<'a> {
    pub weights: &'a Weights,
    pub metric: &'a Metric,
    pub period: Option<f64>,
    pub confidence: f64,
    pub watch: &'a Watch,
}

/// A coefficient, or one form of it, on a panel.
pub struct Row<'a> {
    /// What stands in the column `metric`: weights, metric, or the form.
    pub form: String,
    /// The numbers.
    pub statistic: Box<dyn Statistic + 'a>,
}

impl<'a> Row<'a> {
    /// A row of this form.
    pub fn new(form: impl Into<String>, statistic: impl Statistic + 'a) -> Row<'a> {
        Row { form: form.into(), statistic: Box::new(statistic) }
    }
}

/// The coefficient of this name.
///
/// # Errors
/// [`ParameterError::Choice`] for any other word.
pub fn coefficient(name: &str) -> Result<&'static dyn Coefficient> {
    REGISTRY.iter().copied().find(|c| c.name() == name).ok_or_else(|| {
        let known = || REGISTRY.iter().map(|c| c.name());
        let allowed = format!("{}.{}", quoted(known()), nearest(name, known()));
        ParameterError::Choice { name: "coefficients", value: name.to_owned(), allowed }.into()
    })
}

//! What to know before a coefficient of agreement is believed, in words.

use super::run::Settled;
use super::{Agreement, AgreementOptions, Metric, Panel, Reading, coefficient};
use crate::error::{ParameterError, Result};
use crate::matrix::{Matrix, Ratings};
use crate::stats::Watch;
use crate::table::{Column, Table};

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// Percent agreement, AC1 and alpha side by side, with what each expects by chance.
    pub agreement: Agreement,
    /// A row a finding: kind, finding, value, text.
    pub findings: Table,
    /// A row a category: kind, category, n_ratings, share, n_facts.
    pub categories: Table,
}

/// One thing to know.
struct Finding {
    kind: &'static str,
    name: &'static str,
    value: Option<f64>,
    text: String,
}

/// Ratings outside the largest category below which intervals of chance-corrected coefficients are too narrow: in simulations
/// with 90 % of one category their coverage falls below 90 % (docs/agreement).
const FEW: usize = 20;

/// Share of the largest category from which variation counts as low.
const PREVALENT: f64 = 0.8;

/// Categories that are listed.
const LISTED: usize = 1_000;

impl Matrix {
    /// Looks for what makes coefficients hard to read: low variation, prevalence, few ratings outside the largest category, unequal
    /// numbers of ratings; and says how many ratings a fact needs for `reliability`.
    ///
    /// # Errors
    /// As for [`Matrix::agreement`]; [`ParameterError::Range`] where `reliability` is not between 0 and 1.
    pub fn diagnose(&self, reliability: f64, options: &AgreementOptions, watch: &Watch) -> Result<Diagnosis> {
        if !(reliability > 0.0 && reliability < 1.0) {
            let expected = "a number between 0 and 1, such as 0.8";
            return Err(ParameterError::Range { name: "reliability", value: reliability.to_string(), expected }.into());
        }
        let options = AgreementOptions {
            coefficients: ["percent_agreement", "gwet_ac", "krippendorff_alpha"].map(str::to_owned).to_vec(),
            by: None,
            ..options.clone()
        };
        let agreement = self.agreement(&options, watch)?;
        let ratings = self.ratings(options.independence, options.conflicts)?;
        let mut findings = Vec::new();
        let mut categories: Vec<(&'static str, String, usize, f64, usize)> = Vec::new();
        for cluster in self.clusters(&options)? {
            let settled = self.settle(&options, &cluster, coefficient("krippendorff_alpha")?);
            if Metric::of_kind(settled.kind).is_none() {
                continue;
            }
            let panel =
                Panel::new(&ratings, cluster.facts.clone(), Reading::Labels, options.categories.as_deref(), None)?;
            let counts = Counts::new(&panel);
            let mut order: Vec<usize> = (0..counts.ratings.len()).collect();
            order.sort_by_key(|k| (std::cmp::Reverse(counts.ratings[*k]), *k));
            for k in order.iter().take(LISTED) {
                let share = counts.ratings[*k] as f64 / counts.n as f64;
                categories.push((settled.kind, panel.category(*k), counts.ratings[*k], share, counts.facts[*k]));
            }
            let largest = order.first().map(|k| panel.category(*k)).unwrap_or_default();
            findings.extend(look(&settled, &counts, &largest, &agreement, reliability, &ratings, &panel));
        }
        Ok(Diagnosis { agreement, findings: finding_table(&findings), categories: category_table(&categories) })
    }
}

/// What is counted.
struct Counts {
    /// Ratings, by category, and facts that have any of it.
    ratings: Vec<usize>,
    facts: Vec<usize>,
    n: usize,
    /// Ratings a fact: fewest, most, sum over facts with two or more, and these facts.
    fewest: usize,
    most: usize,
    pairable: usize,
    n_pairable_facts: usize,
    n_single: usize,
}

impl Counts {
    fn new(panel: &Panel<'_>) -> Counts {
        let q = panel.n_categories();
        let mut counts = Counts {
            ratings: vec![0; q],
            facts: vec![0; q],
            n: 0,
            fewest: usize::MAX,
            most: 0,
            pairable: 0,
            n_pairable_facts: 0,
            n_single: 0,
        };
        for cells in panel.cells() {
            let m: usize = cells.iter().map(|c| c.count as usize).sum();
            for cell in cells {
                counts.ratings[cell.category as usize] += cell.count as usize;
                counts.facts[cell.category as usize] += 1;
            }
            counts.n += m;
            counts.fewest = counts.fewest.min(m);
            counts.most = counts.most.max(m);
            if m >= 2 {
                counts.pairable += m;
                counts.n_pairable_facts += 1;
            } else {
                counts.n_single += 1;
            }
        }
        counts
    }
}

fn look(
    settled: &Settled,
    counts: &Counts,
    largest: &str,
    agreement: &Agreement,
    reliability: f64,
    ratings: &Ratings,
    panel: &Panel<'_>,
) -> Vec<Finding> {
    let kind = settled.kind;
    let mut found = Vec::new();
    let mut add = |name, value: Option<f64>, text: String| found.push(Finding { kind, name, value, text });
    let of = |name: &str| agreement.estimates.iter().find(|e| e.kind == kind && e.coefficient == name);
    let value = |name: &str| of(name).and_then(|e| e.point.value);
    if counts.n_pairable_facts == 0 {
        add("no_pairs", None, "No fact has two ratings: nothing can be compared.".to_owned());
        return found;
    }
    let used = counts.ratings.iter().filter(|n| **n > 0).count();
    let most = counts.ratings.iter().copied().max().unwrap_or(0);
    let (share, minority) = (most as f64 / counts.n as f64, counts.n - most);
    let percent = |v: f64| format!("{:.0} %", 100.0 * v);
    if used < 2 {
        add(
            "no_variation",
            Some(share),
            format!(
                "Every rating is {largest:?}. Agreement beyond chance does not exist where nothing varies: read percent_agreement, and declare categories=[...] if others were possible."
            ),
        );
    } else if share >= PREVALENT {
        let expected = of("krippendorff_alpha").and_then(|e| e.point.p_e);
        let chance = expected.map_or(String::new(), |p| format!(" (by alpha's reckoning {} of pairs)", percent(p)));
        add(
            "low_variation",
            Some(share),
            format!(
                "{} of ratings are {largest:?}. Two sources then agree often by chance{chance}, so one rating that differs costs much: alpha and the kappas can be low where percent agreement is high.",
                percent(share)
            ),
        );
    }
    if used >= 2 && minority < FEW {
        add(
            "few_minority_ratings",
            Some(minority as f64),
            format!(
                "Only {minority} of {} ratings are not {largest:?}. With fewer than {FEW} the intervals of chance-corrected coefficients are too narrow, whichever method makes them.",
                counts.n
            ),
        );
    }
    if let (Some(alpha), Some(ac), Some(p_a)) =
        (value("krippendorff_alpha"), value("gwet_ac"), value("percent_agreement"))
        && ac - alpha >= 0.1
    {
        let chance = |name: &str| of(name).and_then(|e| e.point.p_e).map_or("?".to_owned(), |p| format!("{p:.2}"));
        add(
            "prevalence",
            Some(ac - alpha),
            format!(
                "krippendorff_alpha is {alpha:.2} and gwet_ac {ac:.2} on the same ratings (percent agreement {p_a:.2}). They differ in the agreement they expect by chance, {} and {}: alpha draws values as often as they occur, AC1 supposes guesses on hard facts only. Report both with p_a.",
                chance("krippendorff_alpha"),
                chance("gwet_ac"),
            ),
        );
    }
    if counts.fewest != counts.most {
        let single = match counts.n_single {
            0 => String::new(),
            1 => " 1 fact has a single rating and pairs with nothing.".to_owned(),
            n => format!(" {n} facts have a single rating and pair with nothing."),
        };
        add(
            "unequal_counts",
            Some(counts.most as f64),
            format!(
                "Facts have {} to {} ratings. Alpha lets a fact weigh by its ratings, percent agreement, AC1 and Fleiss' kappa let facts weigh alike: where they differ, this may be why.{single}",
                counts.fewest, counts.most
            ),
        );
    }
    let by_voice: Vec<u32> = panel.voices().into_iter().filter(|n| *n > 0).collect();
    if let (Some(least), Some(most)) = (by_voice.iter().min(), by_voice.iter().max())
        && *most >= 4 * *least
    {
        let counts = panel.voices();
        let name = |n: u32| {
            counts.iter().position(|c| *c == n).map(|v| ratings.voice_name(v).into_owned()).unwrap_or_default()
        };
        add(
            "unequal_sources",
            Some(f64::from(*most) / f64::from(*least)),
            format!(
                "Sources have {least} ({:?}) to {most} ({:?}) ratings: the result is mostly about the busy ones. pairwise() shows each pair, leave_one_source_out() whom it hangs on.",
                name(*least),
                name(*most)
            ),
        );
    }
    if counts.n_pairable_facts < 10 {
        add(
            "few_facts",
            Some(counts.n_pairable_facts as f64),
            format!(
                "Only {} facts have two ratings or more: read the interval, not the value.",
                counts.n_pairable_facts
            ),
        );
    }
    required(value("krippendorff_alpha"), counts, reliability, &mut add);
    found
}

/// How many ratings a fact needs (Spearman 1910; Brown 1910).
fn required(
    alpha: Option<f64>,
    counts: &Counts,
    reliability: f64,
    add: &mut impl FnMut(&'static str, Option<f64>, String),
) {
    let mean = counts.pairable as f64 / counts.n_pairable_facts as f64;
    match alpha {
        None => {}
        Some(alpha) if alpha <= 0.0 => add(
            "required_ratings",
            None,
            format!(
                "Alpha is {alpha:.2}: ratings agree no more than by chance, and more of the same would not make their consensus reliable."
            ),
        ),
        Some(alpha) => {
            let needed = (reliability * (1.0 - alpha) / (alpha * (1.0 - reliability))).max(1.0);
            // Rounding must not ask for one more than enough.
            let needed = (needed - 1e-9).ceil();
            let now = mean * alpha / (1.0 + (mean - 1.0) * alpha);
            add(
                "required_ratings",
                Some(needed),
                format!(
                    "One rating has a reliability of {alpha:.2} (alpha). The consensus of k ratings has k alpha / (1 + (k - 1) alpha): {now:.2} with the {mean:.1} that facts have on average, and {reliability} from k = {needed:.0} on (Spearman-Brown)."
                ),
            );
        }
    }
}

fn finding_table(findings: &[Finding]) -> Table {
    let f = || findings.iter();
    Table::new([
        ("kind", Column::texts(f().map(|f| Some(f.kind)))),
        ("finding", Column::texts(f().map(|f| Some(f.name)))),
        ("value", Column::floats(f().map(|f| f.value))),
        ("text", Column::texts(f().map(|f| Some(&f.text)))),
    ])
}

fn category_table(categories: &[(&'static str, String, usize, f64, usize)]) -> Table {
    let c = || categories.iter();
    Table::new([
        ("kind", Column::texts(c().map(|c| Some(c.0)))),
        ("category", Column::texts(c().map(|c| Some(&c.1)))),
        ("n_ratings", Column::counts(c().map(|c| c.2))),
        ("share", Column::floats(c().map(|c| Some(c.3)))),
        ("n_facts", Column::counts(c().map(|c| c.4))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Options;
    use crate::table::Values;

    fn findings(reports: &[(String, &str, &str)], reliability: f64) -> Vec<(String, Option<f64>)> {
        let reports = reports.iter().map(|(f, s, v)| (f.as_str(), *s, *v));
        let m = Matrix::from_triples(reports, &Options::default()).unwrap();
        let found = m.diagnose(reliability, &AgreementOptions::default(), &Watch::default()).unwrap().findings;
        let (Values::Text(names), value) = (&found.column("finding").unwrap().values, found.column("value").unwrap())
        else {
            unreachable!()
        };
        let Values::F64(values) = &value.values else { unreachable!() };
        names.iter().enumerate().map(|(i, n)| (n.to_owned(), value.is_valid(i).then(|| values[i]))).collect()
    }

    /// The second table of Feinstein & Cicchetti (1990), doi:10.1016/0895-4356(90)90158-L: 80, 10, 5, 5.
    fn paradox() -> Vec<(String, &'static str, &'static str)> {
        let cells = [(80, "yes", "yes"), (10, "yes", "no"), (5, "no", "yes"), (5, "no", "no")];
        let pairs = cells.iter().flat_map(|(n, a, b)| std::iter::repeat_n((*a, *b), *n));
        pairs.enumerate().flat_map(|(i, (a, b))| [(format!("f{i}"), "A", a), (format!("f{i}"), "B", b)]).collect()
    }

    #[test]
    fn the_kappa_paradox_is_named() {
        let found = findings(&paradox(), 0.8);
        let names: Vec<&str> = found.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["low_variation", "prevalence", "required_ratings"]);
        assert_eq!(found[0].1, Some(0.875));
        // Alpha is 1 - 0.15 / (2 x 175 x 25 / (200 x 199)); 0.8 (1 - alpha) / (0.2 alpha), rounded up.
        let alpha: f64 = 1.0 - 0.15 / (2.0 * 175.0 * 25.0 / (200.0 * 199.0));
        assert_eq!(found[2].1, Some((4.0 * (1.0 - alpha) / alpha).ceil()));
    }

    #[test]
    fn few_ratings_and_unequal_counts_are_named() {
        let mut reports: Vec<_> = (0..12).flat_map(|i| ["A", "B", "C"].map(|s| (format!("f{i}"), s, "no"))).collect();
        reports[4].2 = "yes";
        reports.push(("alone".to_owned(), "D", "yes"));
        let names: Vec<String> = findings(&reports, 0.8).into_iter().map(|(n, _)| n).collect();
        for name in [
            "low_variation",
            "few_minority_ratings",
            "prevalence",
            "unequal_counts",
            "unequal_sources",
            "required_ratings",
        ] {
            assert!(names.iter().any(|n| n == name), "{name} {names:?}");
        }
    }

    #[test]
    fn nothing_to_compare_and_nothing_that_varies() {
        let alone = [("x".to_owned(), "A", "1"), ("y".to_owned(), "B", "1")];
        assert_eq!(findings(&alone, 0.8)[0].0, "no_pairs");
        let same = [("x".to_owned(), "A", "1"), ("x".to_owned(), "B", "1")];
        assert_eq!(findings(&same, 0.8)[0].0, "no_variation");
        let m = Matrix::from_triples([("x", "a", "1")], &Options::default()).unwrap();
        assert!(m.diagnose(1.0, &AgreementOptions::default(), &Watch::default()).is_err());
    }
}

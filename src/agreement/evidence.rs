//! Pseudo-evidence for rare categories, without which intervals are too short where one category prevails.
//!
//! Where a category is rare, a sample may hold no fact on which sources agree about it, or none on which they disagree; leaving out
//! facts that are all alike then shows no uncertainty. Half a fact on which all agree on the category that the most frequent one is
//! most apart from (by distance, times how often it is used), and half a fact split between the two, let the jackknife see both (in the
//! spirit of Agresti & Coull 1998, doi:10.1080/00031305.1998.10480550; the kind and amount were chosen by simulation, see the page
//! *Coverage*).

use super::panel::{Cell, Panel};

/// Weight of each of the two pseudo-facts.
const AMOUNT: f64 = 0.5;
/// Categories up to which pseudo-evidence is added: with more, the shares of single categories tell little.
const CATEGORIES: usize = 32;
/// Pairs of categories that may share the pseudo-evidence where frequencies are tied.
const PAIRS: usize = 12;

/// A pseudo-fact.
#[derive(Debug, Clone)]
pub(super) struct Pseudo {
    /// As how much of a fact it counts.
    pub times: f64,
    pub cells: Vec<Cell>,
}

/// The pseudo-facts of a panel whose categories are so far apart, of the mean number of ratings; none where there are too many
/// categories.
///
/// Categories that are tied share the evidence evenly, so that their order does not matter.
pub(super) fn pseudo(panel: &Panel<'_>, apart: impl Fn(usize, usize) -> f64) -> Vec<Pseudo> {
    if panel.n_categories() > CATEGORIES {
        return vec![];
    }
    let size = (panel.n_pairable() as f64 / panel.n_paired().max(1) as f64).round().max(2.0) as u32;
    let pairs = leading(&panel.totals()[0], apart);
    let share = AMOUNT / pairs.len().max(1) as f64;
    let cell = |category: usize, count| Cell { category: category as u32, count };
    pairs
        .into_iter()
        .flat_map(|(most, second)| {
            let split = vec![cell(most, size - size / 2), cell(second, size / 2)];
            [Pseudo { times: share, cells: vec![cell(second, size)] }, Pseudo { times: share, cells: split }]
        })
        .collect()
}

/// Pairs of the most frequent category and the one that it is most apart from, several where they are tied; none where there are too
/// many.
pub(super) fn leading(counts: &[f64], apart: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    let q = counts.len();
    if !(2..=CATEGORIES).contains(&q) {
        return vec![];
    }
    let most = counts.iter().copied().fold(0.0, f64::max);
    let mut pairs = Vec::new();
    for a in (0..q).filter(|k| counts[*k] == most) {
        let others = || (0..q).filter(|b| *b != a).map(|b| (b, counts[b] * apart(a, b)));
        let largest = others().map(|(_, carried)| carried).fold(0.0, f64::max);
        // Distances that are the same may come out a little different.
        pairs.extend(others().filter(|(_, carried)| *carried >= largest * (1.0 - 1e-9)).map(|(b, _)| (a, b)));
    }
    if pairs.len() > PAIRS { vec![] } else { pairs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_evidence() {
        let nominal = |counts: &[f64]| leading(counts, |_, _| 1.0);
        assert_eq!(nominal(&[7.0, 2.0, 1.0]), [(0, 1)]);
        assert_eq!(nominal(&[7.0, 2.0, 2.0]), [(0, 1), (0, 2)]);
        assert_eq!(nominal(&[3.0, 3.0, 1.0]), [(0, 1), (1, 0)]);
        assert_eq!(nominal(&[3.0]), []);
        assert_eq!(nominal(&[1.0; 20]), []);
    }

    #[test]
    fn what_is_far_apart_leads_though_it_is_rare() {
        let squared = |a: usize, b: usize| a.abs_diff(b).pow(2) as f64;
        assert_eq!(leading(&[80.0, 10.0, 5.0, 2.0], squared), [(0, 2)]);
        assert_eq!(leading(&[5.0, 80.0, 5.0], squared), [(1, 0), (1, 2)]);
    }
}

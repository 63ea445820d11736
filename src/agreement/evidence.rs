//! Pseudo-evidence for rare categories, without which intervals are too short where one category prevails.
//!
//! Where a category is rare, a sample may hold no fact on which sources agree about it, or none on which they disagree; leaving out
//! facts that are all alike then shows no uncertainty. Half a fact on which all agree on the second most frequent category, and half
//! a fact split between it and the most frequent, let the jackknife see both (in the spirit of Agresti & Coull 1998,
//! doi:10.1080/00031305.1998.10480550; the kind and amount were chosen by simulation, see the page *Coverage*).

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

/// The pseudo-facts of counts by category, by facts of the mean number of ratings; none where there are too many categories.
///
/// Categories that are tied share the evidence evenly, so that their order does not matter.
pub(super) fn pseudo(panel: &Panel<'_>) -> Vec<Pseudo> {
    let q = panel.n_categories();
    if q > CATEGORIES {
        return vec![];
    }
    let counts = panel.sums(q, |cells, sums| {
        cells.iter().for_each(|c| sums[c.category as usize] += f64::from(c.count));
    });
    let counts: Vec<u64> = counts.into_iter().map(|n| n as u64).collect();
    let size = (panel.n_pairable() as f64 / panel.n_paired().max(1) as f64).round().max(2.0) as u32;
    let pairs = leading(&counts);
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

/// Pairs of the most frequent and the second most frequent category, several where they are tied; none where there are too many.
pub(super) fn leading(counts: &[u64]) -> Vec<(usize, usize)> {
    let q = counts.len();
    if !(2..=CATEGORIES).contains(&q) {
        return vec![];
    }
    let with = |n: u64| -> Vec<usize> { (0..q).filter(|k| counts[*k] == n).collect() };
    let most = with(counts.iter().copied().max().unwrap_or(0));
    let pairs: Vec<(usize, usize)> = if most.len() > 1 {
        most.iter().flat_map(|a| most.iter().filter(move |b| a != *b).map(move |b| (*a, *b))).collect()
    } else {
        let rest = counts.iter().copied().filter(|n| *n < counts[most[0]]).max().unwrap_or(0);
        with(rest).into_iter().map(|b| (most[0], b)).collect()
    };
    if pairs.len() > PAIRS { vec![] } else { pairs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_evidence() {
        assert_eq!(leading(&[7, 2, 1]), [(0, 1)]);
        assert_eq!(leading(&[7, 2, 2]), [(0, 1), (0, 2)]);
        assert_eq!(leading(&[3, 3, 1]), [(0, 1), (1, 0)]);
        assert_eq!(leading(&[3]), []);
        assert_eq!(leading(&[1; 20]), []);
    }
}

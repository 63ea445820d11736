//! How probable a vote is in each state of its fact, by what all other votes of its source say: a vote that helped to shape the rows of
//! its source would confirm itself.

use super::hierarchy::Rows;
use super::panel::Pairs;

/// Counts and pseudo-counts of sources under a fit, by state.
pub(super) struct Others<'a> {
    /// By pair of source and class: expected votes.
    counts: &'a [f64],
    /// By source: the same over all classes.
    by_state: &'a [f64],
    /// By pair, and by source: pseudo-counts of the prior.
    pseudo: Vec<f64>,
    pseudo_sums: Vec<f64>,
}

impl<'a> Others<'a> {
    /// `k`: the number of classes.
    pub fn new(pairs: &Pairs, counts: &'a [f64], by_state: &'a [f64], rows: &Rows, k: usize) -> Others<'a> {
        let n_sources = pairs.source_ptr.len() - 1;
        let t = by_state.len() / n_sources.max(1);
        let (mut pseudo, mut pseudo_sums) = (vec![0.0; counts.len()], vec![0.0; by_state.len()]);
        let mut table = vec![0.0; k * t];
        for s in 0..n_sources {
            rows.table(s, &mut table, &mut pseudo_sums[s * t..(s + 1) * t]);
            for p in pairs.of(s) {
                let v = pairs.class[p] as usize;
                pseudo[p * t..(p + 1) * t].copy_from_slice(&table[v * t..(v + 1) * t]);
            }
        }
        Others { counts, by_state, pseudo, pseudo_sums }
    }

    /// By state, the probability of a vote of pair `p` of source `s`, of weight `w` on a fact with posterior `q`.
    #[inline]
    pub fn likelihood(&self, (s, p, w): (usize, usize, f64), q: &[f64], likelihood: &mut [f64]) {
        let t = q.len();
        let (n, a) = (&self.counts[p * t..(p + 1) * t], &self.pseudo[p * t..(p + 1) * t]);
        let (n_all, a_all) = (&self.by_state[s * t..(s + 1) * t], &self.pseudo_sums[s * t..(s + 1) * t]);
        let likelihood = &mut likelihood[..t];
        for i in 0..t {
            let own = w * q[i];
            likelihood[i] = ((n[i] - own).max(0.0) + a[i]) / ((n_all[i] - own).max(0.0) + a_all[i]);
        }
    }
}

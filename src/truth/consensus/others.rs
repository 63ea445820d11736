//! How probable a vote is in each state of its fact, by what all other votes of its source say: a vote that helped to shape the rows of
//! its source would confirm itself.

use super::hierarchy::Rows;
use super::panel::Pairs;
use crate::stats::lanes::renew;

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
    #[inline(always)]
    pub fn likelihood(&self, (s, p, w): (usize, usize, f64), q: &[f64], likelihood: &mut [f64]) {
        let t = q.len();
        let (of_pair, of_source) = (p * t..(p + 1) * t, s * t..(s + 1) * t);
        let (n, pseudo) = (&self.counts[of_pair.clone()], &self.pseudo[of_pair]);
        let (sum, pseudo_sum) = (&self.by_state[of_source.clone()], &self.pseudo_sums[of_source]);
        renew(
            likelihood,
            [q, n, pseudo, sum, pseudo_sum],
            #[inline(always)]
            |_, [q, n, a, n_all, a_all]| ((n - w * q).max(0.0) + a) / ((n_all - w * q).max(0.0) + a_all),
        );
    }
}

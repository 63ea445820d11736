//! How probable a vote is in each state of its fact, by what all other votes of its source say: a vote that helped to shape the rows of
//! its source would confirm itself.

use super::hierarchy::add;
use super::panel::Pairs;
use super::rows::Rows;
use crate::stats::lanes::renew;

/// The least that is left of a count.
const LEAST: f64 = 1e-9;

/// Counts of sources under a fit with those of the prior, by state.
pub(super) struct Others {
    /// By pair of source and class.
    counts: Vec<f64>,
    /// By source: the same over all classes.
    by_state: Vec<f64>,
}

impl Others {
    /// `counts`: expected votes by pair, of the posterior that [`Others::likelihood`] is given; `k`: the number of classes.
    pub fn new(pairs: &Pairs, counts: &[f64], by_state: &[f64], rows: &Rows, k: usize) -> Others {
        let n_sources = pairs.source_ptr.len() - 1;
        let t = by_state.len() / n_sources.max(1);
        let mut others = Others { counts: counts.to_vec(), by_state: by_state.to_vec() };
        let (mut table, mut sums) = (vec![0.0; k * t], vec![0.0; t]);
        for s in 0..n_sources {
            rows.table(s, &mut table, &mut sums);
            add(&mut others.by_state[s * t..(s + 1) * t], &sums);
            for p in pairs.of(s) {
                let v = pairs.class[p] as usize;
                add(&mut others.counts[p * t..(p + 1) * t], &table[v * t..(v + 1) * t]);
            }
        }
        others
    }

    /// By state, the probability of a vote of pair `p` of source `s`, of weight `w` on a fact with posterior `q`.
    #[inline(always)]
    pub fn likelihood(&self, (s, p, w): (usize, usize, f64), q: &[f64], likelihood: &mut [f64]) {
        let t = q.len();
        renew(
            likelihood,
            [q, &self.counts[p * t..(p + 1) * t], &self.by_state[s * t..(s + 1) * t]],
            #[inline(always)]
            |_, [q, n, all]| {
                // Sums are rounded.
                let n = n - w * q;
                (if n > LEAST { n } else { LEAST }) / (all - w * q)
            },
        );
    }
}

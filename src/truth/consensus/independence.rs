//! How far sources can be trusted to err independently: by the correlation that the errors of the sources of a fact show.

use super::hierarchy::Fit;
use super::panel::{Pairs, Panel, exact};
use crate::stats::chunks::map_chunks;

/// The correlation of errors at which half the trust is gone.
const CORRELATED: f64 = 0.005;
/// With fewer sources errors cannot be told from truths.
const SOURCES: usize = 3;

/// From products of errors by fact, and what they would be at a correlation of one: the correlation, or none if it is negative, and one
/// standard error more speak against independence.
pub(super) fn trust(panel: &Panel, pairs: &[[f64; 2]]) -> f64 {
    let mut sums = [0.0; 5];
    for &[x, y] in pairs {
        sums.iter_mut().zip([x, y, x * x, x * y, y * y]).for_each(|(sum, x)| *sum += exact(x));
    }
    let [x, y, xx, xy, yy] = sums;
    if y <= 0.0 || panel.n_sources < SOURCES {
        return 0.0;
    }
    let rho = x / y;
    let error = (xx - 2.0 * rho * xy + rho * rho * yy).max(0.0).sqrt() / y;
    1.0 / (1.0 + (rho.max(0.0) + error) / CORRELATED)
}

/// By fact: products of the errors of two of its votes, and of their standard deviations, expected over states. A vote's error is
/// whether it is for the class of the state less the probability of that. A fact of n votes gives each pair of them weight 1 / (n − 1).
pub(super) fn errors(panel: &Panel, pairs: &Pairs, fit: &Fit) -> Vec<[f64; 2]> {
    let t = fit.prior.len();
    // By source and state: the probability of a vote for the class, and its standard deviation.
    let mut right = vec![[0.0; 2]; panel.n_sources * t];
    let (mut table, mut sums) = (vec![0.0; panel.n_classes * t], vec![0.0; t]);
    for (s, right) in right.chunks_exact_mut(t).enumerate() {
        fit.rows.table(s, &mut table, &mut sums);
        for p in pairs.of(s) {
            for i in 0..t {
                let n = fit.counts[p * t + i];
                table[pairs.class[p] as usize * t + i] += n;
                sums[i] += n;
            }
        }
        for i in 0..t {
            let p = table[i / fit.levels * t + i] / sums[i];
            right[i] = [p, (p * (1.0 - p)).max(0.0).sqrt()];
        }
    }
    let parts = map_chunks(panel.n_facts(), panel.chunk(1), |facts| {
        let mut found = Vec::with_capacity(facts.len());
        let mut sums = vec![[0.0; 4]; t];
        for f in facts {
            sums.fill([0.0; 4]);
            for r in panel.of(f) {
                let (s, v, w) = (panel.source[r] as usize, panel.choice[r] as usize, panel.weight(r));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let [p, deviation] = right[s * t + i].map(|x| w * x);
                    let error = if i / fit.levels == v { w - p } else { -p };
                    let squares = [error, error * error, deviation, deviation * deviation];
                    sums.iter_mut().zip(squares).for_each(|(sum, x)| *sum += x);
                }
            }
            let others = panel.size(f) - 1.0;
            let mut pair = [0.0; 2];
            if others > 0.0 {
                for (q, [e, ee, d, dd]) in fit.posterior[f * t..(f + 1) * t].iter().zip(&sums) {
                    pair[0] += q * (e * e - ee) / others;
                    pair[1] += q * (d * d - dd) / others;
                }
            }
            found.push(pair);
        }
        found
    });
    parts.concat()
}

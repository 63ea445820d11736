//! How far sources can be trusted to err independently: by the correlation that the errors of the sources of a fact show.

use super::hierarchy::{Fit, add};
use super::panel::{Pairs, Panel, exact, unpacked};
use super::skill::ANCHOR;
use crate::stats::chunks::map_chunks;
use crate::stats::lanes::{renew, wide};

/// The correlation of being right at which half the trust is gone.
const CORRELATED: f64 = 0.007;
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
    if y <= 0.0 || panel.n_sources < SOURCES || panel.n_classes < 2 {
        return 0.0;
    }
    let rho = x / y;
    let error = (xx - 2.0 * rho * xy + rho * rho * yy).max(0.0).sqrt() / y;
    1.0 / (1.0 + (rho.max(0.0) + error) / (CORRELATED * alike(panel.n_classes)))
}

/// The correlation over `k` classes of sources whose being right has a correlation of one, while each errs in its own way: errors are
/// as frequent as [`ANCHOR`] has it, and as likely for each other class.
fn alike(k: usize) -> f64 {
    let [right, wrong] = ANCHOR;
    let spread = k as f64 / (k - 1) as f64;
    right * spread / (2.0 - wrong * spread)
}

/// How sources vote under a fit.
struct Voting {
    /// By source, its place among those that vote.
    place: Vec<u32>,
    /// By place, class and state: the probability of a vote for the class.
    probability: Vec<f64>,
    /// By place and state: the variance of a vote, summed over classes.
    variance: Vec<f64>,
}

impl Voting {
    fn new(panel: &Panel, pairs: &Pairs, fit: &Fit) -> Voting {
        let (t, k) = (fit.prior.len(), panel.n_classes);
        let mut voting = Voting { place: vec![0; panel.n_sources], probability: vec![], variance: vec![] };
        let (mut table, mut sums) = (vec![0.0; k * t], vec![0.0; t]);
        for s in (0..panel.n_sources).filter(|s| !pairs.of(*s).is_empty()) {
            voting.place[s] = (voting.variance.len() / t) as u32;
            fit.rows.table(s, &mut table, &mut sums);
            for p in pairs.of(s) {
                let counts = &fit.counts[p * t..(p + 1) * t];
                add(&mut table[pairs.class[p] as usize * t..][..t], counts);
                add(&mut sums, counts);
            }
            let first = voting.variance.len();
            voting.variance.resize(first + t, 0.0);
            for row in table.chunks_exact_mut(t) {
                renew(row, [&sums], |n, [sum]| n / sum);
                renew(&mut voting.variance[first..], [row], |v, [p]| v + (p * (1.0 - p)).max(0.0));
            }
            voting.probability.extend_from_slice(&table);
        }
        voting
    }
}

/// By fact: products of the errors of two of its votes, and of their standard deviations, expected over states. A vote's error is, for
/// each class, whether it is for that class less the probability of that; products and variances are summed over classes. A fact of n
/// votes gives each pair of them weight 1 / (n − 1).
pub(super) fn errors(panel: &Panel, pairs: &Pairs, fit: &Fit) -> Vec<[f64; 2]> {
    let (t, k) = (fit.prior.len(), panel.n_classes);
    let voting = Voting::new(panel, pairs, fit);
    let parts = map_chunks(panel.n_facts(), panel.chunk(1), |facts| {
        let mut found = Vec::with_capacity(facts.len());
        let (mut error, mut deviation) = (vec![0.0; k * t], vec![0.0; t]);
        let (mut squares, mut variance) = (vec![0.0; t], vec![0.0; t]);
        wide(
            #[inline(always)]
            || {
                for f in facts {
                    for x in [&mut error, &mut deviation, &mut squares, &mut variance] {
                        x.fill(0.0);
                    }
                    for r in panel.of(f) {
                        let (at, v, w) = (
                            voting.place[panel.source[r] as usize] as usize,
                            panel.choice[r] as usize,
                            panel.weight(r),
                        );
                        let probability = &voting.probability[at * k * t..(at + 1) * k * t];
                        let own = &voting.variance[at * t..(at + 1) * t];
                        renew(
                            &mut error,
                            [probability],
                            #[inline(always)]
                            |e, [p]| e - w * p,
                        );
                        error[v * t..(v + 1) * t].iter_mut().for_each(|e| *e += w);
                        // Over classes: (1 − p)² of the one, p² of the others.
                        renew(
                            &mut squares,
                            [&probability[v * t..(v + 1) * t], own],
                            #[inline(always)]
                            |x, [p, own]| x + w * w * (2.0 - 2.0 * p - own),
                        );
                        renew(
                            &mut deviation,
                            [own],
                            #[inline(always)]
                            |x, [own]| x + w * own.sqrt(),
                        );
                        renew(
                            &mut variance,
                            [own],
                            #[inline(always)]
                            |x, [own]| x + w * w * own,
                        );
                    }
                    let others = panel.size(f) - 1.0;
                    let mut pair = [0.0; 2];
                    if others > 0.0 {
                        for (i, q) in fit.posterior[f * t..(f + 1) * t].iter().enumerate() {
                            let q = unpacked(*q);
                            let together: f64 = error[i..].iter().step_by(t).map(|e| e * e).sum();
                            pair[0] += q * (together - squares[i]) / others;
                            pair[1] += q * (deviation[i] * deviation[i] - variance[i]) / others;
                        }
                    }
                    found.push(pair);
                }
            },
        );
        found
    });
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sources that are right or wrong together, over all that they may say.
    #[test]
    fn over_more_classes_the_same_facts_correlate_less() {
        for k in 2..9 {
            let [right, wrong] = ANCHOR;
            let chance = |v: usize| if v == 0 { right } else { wrong / (k - 1) as f64 };
            let (mut products, mut variance) = (0.0, 0.0);
            for a in 0..k {
                for b in 0..k {
                    let both = match (a, b) {
                        (0, 0) => right,
                        (0, _) | (_, 0) => 0.0,
                        _ => chance(a) * chance(b) / wrong,
                    };
                    let error = |said: usize, v: usize| f64::from(u8::from(said == v)) - chance(v);
                    products += both * (0..k).map(|v| error(a, v) * error(b, v)).sum::<f64>();
                }
                variance += chance(a) * (1.0 - chance(a));
            }
            assert!((products / variance - alike(k)).abs() < 1e-12, "{k}: {} {}", products / variance, alike(k));
        }
    }
}

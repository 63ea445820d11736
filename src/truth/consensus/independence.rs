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

/// How sources vote under a fit. All probabilities at once may be too many: they are made when they are asked for.
struct Voting<'a> {
    pairs: &'a Pairs,
    fit: &'a Fit,
    /// By source, its place among those that vote.
    place: Vec<u32>,
    /// By place and state: what the mean rows are multiplied by, one over the votes and pseudo-votes, and the variance of a vote, summed over
    /// classes.
    scale: Vec<f64>,
    share: Vec<f64>,
    variance: Vec<f64>,
}

impl<'a> Voting<'a> {
    fn new(panel: &Panel, pairs: &'a Pairs, fit: &'a Fit) -> Voting<'a> {
        let (t, k) = (fit.prior.len(), panel.n_classes);
        let voters = || (0..panel.n_sources).filter(|s| !pairs.of(*s).is_empty());
        let cells = || vec![0.0; voters().count() * t];
        let (scale, share, variance) = (cells(), cells(), cells());
        let mut voting = Voting { pairs, fit, place: vec![0; panel.n_sources], scale, share, variance };
        let (mut table, mut sums) = (vec![0.0; k * t], vec![0.0; t]);
        for (place, s) in voters().enumerate() {
            voting.place[s] = place as u32;
            let states = place * t..(place + 1) * t;
            fit.rows.table(s, &mut table, &mut sums);
            for p in pairs.of(s) {
                add(&mut sums, voting.counts(p));
                add(&mut table[pairs.class[p] as usize * t..][..t], voting.counts(p));
            }
            fit.rows.scale(s, &mut voting.scale[states.clone()]);
            renew(&mut voting.share[states.clone()], [&sums], |_, [sum]| 1.0 / sum);
            for row in table.chunks_exact(t) {
                renew(&mut voting.variance[states.clone()], [row, &sums], |v, [n, sum]| {
                    v + (n / sum * (1.0 - n / sum)).max(0.0)
                });
            }
        }
        voting
    }

    /// The expected votes of a pair, by state.
    #[inline(always)]
    fn counts(&self, pair: usize) -> &[f64] {
        let t = self.fit.prior.len();
        &self.fit.counts[pair * t..(pair + 1) * t]
    }

    /// Of the place of a source, by state.
    #[inline(always)]
    fn of<'b>(&self, numbers: &'b [f64], source: usize) -> &'b [f64] {
        let (t, place) = (self.fit.prior.len(), self.place[source] as usize);
        &numbers[place * t..(place + 1) * t]
    }

    /// Takes the probabilities of a vote of this weight from `error`, by class and state. `row`: for one class.
    #[inline(always)]
    fn expect(&self, source: usize, w: f64, error: &mut [f64], row: &mut [f64]) {
        let (scale, share) = (self.of(&self.scale, source), self.of(&self.share, source));
        let t = row.len();
        for (v, error) in error.chunks_exact_mut(t).enumerate() {
            self.fit.rows.of(source, v, scale, row);
            renew(
                error,
                [row, share],
                #[inline(always)]
                |e, [n, share]| e - w * n * share,
            );
        }
        for p in self.pairs.of(source) {
            renew(
                &mut error[self.pairs.class[p] as usize * t..][..t],
                [self.counts(p), share],
                #[inline(always)]
                |e, [n, share]| e - w * n * share,
            );
        }
    }

    /// By state, the probability of this vote.
    #[inline(always)]
    fn probability(&self, source: usize, pair: usize, row: &mut [f64]) {
        self.fit.rows.of(source, self.pairs.class[pair] as usize, self.of(&self.scale, source), row);
        renew(
            row,
            [self.counts(pair), self.of(&self.share, source)],
            #[inline(always)]
            |pseudo, [n, share]| (pseudo + n) * share,
        );
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
        let (mut error, mut row) = (vec![0.0; k * t], vec![0.0; t]);
        let [mut deviation, mut squares, mut variance] = [(); 3].map(|()| vec![0.0; t]);
        wide(
            #[inline(always)]
            || {
                for f in facts {
                    for x in [&mut error, &mut deviation, &mut squares, &mut variance] {
                        x.fill(0.0);
                    }
                    for r in panel.of(f) {
                        let (s, v, w) = (panel.source[r] as usize, panel.choice[r] as usize, panel.weight(r));
                        let own = voting.of(&voting.variance, s);
                        voting.expect(s, w, &mut error, &mut row);
                        error[v * t..(v + 1) * t].iter_mut().for_each(|e| *e += w);
                        voting.probability(s, pairs.of_vote[r] as usize, &mut row);
                        // Over classes: (1 − p)² of the one, p² of the others.
                        renew(
                            &mut squares,
                            [&row, own],
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

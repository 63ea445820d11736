//! Whether the votes speak for subtypes of the classes: how well the models with and without them predict the votes of sources that
//! were held out.

use super::hierarchy::{Fit, TOL, counts, sums};
use super::panel::{Pairs, Panel, exact};
use crate::error::Result;
use crate::stats::Watch;
use crate::stats::chunks::map_chunks;
use crate::stats::lanes::ln;
use statrs::function::erf::erfc;

/// Parts into which the sources are cut.
const FOLDS: usize = 3;
/// Iterations of a fit without one part.
pub(super) const ITERATIONS: usize = 20;
/// Pseudo-votes a class at the start, as some facts lose all their votes.
const PLUS: f64 = 0.01;

/// The weight of the model with subtypes: Φ(z − 1), where z is its gain in predicting the votes of held-out sources in standard
/// errors over sources. The model without them has the benefit of one standard error.
pub(super) fn weight_of_subtypes(panel: &Panel, pairs: &Pairs, levels: [usize; 2], watch: &Watch) -> Result<f64> {
    if panel.n_sources < 2 * FOLDS || panel.n_classes < 2 {
        return Ok(0.0);
    }
    let n = panel.sizes();
    let mut by_size: Vec<usize> = (0..panel.n_sources).collect();
    by_size.sort_by(|a, b| n[*b].total_cmp(&n[*a]).then(a.cmp(b)));
    let mut fold = vec![0; panel.n_sources];
    by_size.iter().enumerate().for_each(|(place, s)| fold[*s] = place % FOLDS);
    let parts = map_chunks(FOLDS * 2, 1, |i| {
        let (fold_out, levels) = (i.start % FOLDS, levels[i.start / FOLDS]);
        let used: Vec<bool> = fold.iter().map(|f| *f != fold_out).collect();
        held_out(panel, pairs, &used, levels, watch)
    });
    let mut gains = vec![0.0; panel.n_sources];
    let mut parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
    let with = parts.split_off(FOLDS);
    for (part, sign) in parts.iter().map(|p| (p, -1.0)).chain(with.iter().map(|p| (p, 1.0))) {
        gains.iter_mut().zip(part).for_each(|(x, y)| *x += sign * y);
    }
    let (sum, squares) = gains.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    let z = sum / f64::sqrt(squares).max(1e-9);
    Ok(0.5 * erfc((1.0 - z) / std::f64::consts::SQRT_2))
}

/// By source that is not used: the log-probability of its votes. Its rows know all its votes but the one predicted; the state of a
/// fact knows none of the sources held out.
fn held_out(panel: &Panel, pairs: &Pairs, used: &[bool], levels: usize, watch: &Watch) -> Result<Vec<f64>> {
    let part = panel.of_sources(used);
    let fit = Fit::new(&part, &Pairs::new(&part), levels, PLUS, (ITERATIONS, TOL), watch)?;
    let t = panel.n_classes * levels;
    let (all, _) = counts(panel, pairs, &fit.posterior, t);
    let (by_state, hits) = sums(pairs, &all, t, levels, panel.n_sources);
    let rows = fit.rows_of(&by_state, &hits, &panel.sizes());
    // What a pair's probability is made of: counts and pseudo-counts, and the same of its source.
    let mut pseudo = vec![0.0; all.len()];
    let mut pseudo_sums = vec![0.0; by_state.len()];
    let mut table = vec![0.0; panel.n_classes * t];
    for s in (0..panel.n_sources).filter(|s| !used[*s]) {
        rows.table(s, &mut table, &mut pseudo_sums[s * t..(s + 1) * t]);
        for p in pairs.of(s) {
            let v = pairs.class[p] as usize;
            pseudo[p * t..(p + 1) * t].copy_from_slice(&table[v * t..(v + 1) * t]);
        }
    }
    let chunk = panel.chunk(panel.n_sources);
    let parts = map_chunks(panel.n_facts(), chunk, |facts| {
        let mut scores = vec![0.0; panel.n_sources];
        for f in facts {
            let q = &fit.posterior[f * t..(f + 1) * t];
            for r in panel.of(f).filter(|r| !used[panel.source[*r] as usize]) {
                let (s, p, w) = (panel.source[r] as usize, pairs.of_vote[r] as usize, panel.weight(r));
                let (n, a) = (&all[p * t..(p + 1) * t], &pseudo[p * t..(p + 1) * t]);
                let (n_all, a_all) = (&by_state[s * t..(s + 1) * t], &pseudo_sums[s * t..(s + 1) * t]);
                let mut probability = 0.0;
                for i in 0..t {
                    let own = w * q[i];
                    probability += q[i] * ((n[i] - own).max(0.0) + a[i]) / ((n_all[i] - own).max(0.0) + a_all[i]);
                }
                // Below 0, and rounded so that the sum does not depend on the order of the facts.
                scores[s] -= exact(-w * ln(probability.clamp(1e-12, 1.0)));
            }
        }
        scores
    });
    let mut scores = vec![0.0; panel.n_sources];
    parts.iter().for_each(|part| scores.iter_mut().zip(part).for_each(|(x, y)| *x += y));
    Ok(scores)
}

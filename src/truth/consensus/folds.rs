//! What the votes themselves say for each model: how well it predicts the votes of sources that were held out.

use super::hierarchy::{Fit, TOL, counts, sums, unpack};
use super::others::Others;
use super::panel::{Pairs, Panel, exact};
use crate::error::Result;
use crate::stats::chunks::map_chunks;
use crate::stats::lanes::ln;
use crate::stats::{Watch, normal_cdf};

/// Parts into which the sources are cut, one of which is held out at a time: what is left is then nearly what there is.
const FOLDS: usize = 6;
/// With so many votes, fewer parts tell as much.
const MANY: usize = 3 << 12;
const FOLDS_OF_MANY: usize = 3;
/// With fewer sources nothing can be held out.
const SOURCES: usize = 3;
/// With fewer sources there are no subtypes.
const SOURCES_OF_SUBTYPES: usize = 6;
/// Iterations of a fit without one part.
pub(super) const ITERATIONS: usize = 10;
/// Pseudo-votes a class at the start, as some facts lose all their votes.
const PLUS: f64 = 0.01;

/// What speaks for the simpler model until it is outdone, in standard errors.
const DOUBT: f64 = 2.0;
/// The most that the vote can weigh, its pseudo-votes a class, and iterations of the model that predicts by it.
const VOTE: f64 = 0.5;
const VOTE_PLUS: f64 = 0.5;
const VOTE_ITERATIONS: usize = 8;

/// Into how many parts the sources of so many votes are cut.
fn folds(votes: usize) -> usize {
    if votes < MANY { FOLDS } else { FOLDS_OF_MANY }
}

/// Votes that all fits to some of the sources go through, for the progress.
pub(super) fn work(votes: usize) -> usize {
    2 * (folds(votes) - 1) * ITERATIONS * votes
}

/// What predicts votes that were held out.
#[derive(Clone, Copy)]
enum By {
    Levels(usize),
    Vote,
}

/// The weight of the model with subtypes beside the one without: Φ(z − 2), where z is its gain in predicting the votes of sources
/// that were held out, in standard errors over facts; and in the same way the weight of the vote beside both, ½ Φ(2 − z) with z their
/// gain over the vote.
pub(super) fn weights(panel: &Panel, pairs: &Pairs, levels: [usize; 2], watch: &Watch) -> Result<(f64, f64)> {
    if panel.n_sources < SOURCES || panel.n_classes < 2 {
        return Ok((0.0, 0.0));
    }
    let folds = folds(panel.n_votes()).min(panel.n_sources);
    let n = panel.sizes();
    let mut by_size: Vec<usize> = (0..panel.n_sources).collect();
    by_size.sort_by(|a, b| n[*b].total_cmp(&n[*a]).then(a.cmp(b)));
    let mut fold = vec![0; panel.n_sources];
    by_size.iter().enumerate().for_each(|(place, s)| fold[*s] = place % folds);
    let models: &[By] = match panel.n_sources < SOURCES_OF_SUBTYPES {
        true => &[By::Levels(levels[0]), By::Vote],
        false => &[By::Levels(levels[1]), By::Levels(levels[0]), By::Vote],
    };
    let parts = map_chunks(folds * models.len(), 1, |i| {
        let used: Vec<bool> = fold.iter().map(|f| *f != i.start % folds).collect();
        held_out(panel, pairs, &used, models[i.start / folds], watch)
    });
    let parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
    let of_model = |m: usize, f: usize| (0..folds).map(|fold| parts[m * folds + fold][f]).sum::<f64>();
    let (plain, vote) = (models.len() - 2, models.len() - 1);
    let gain = |of: &dyn Fn(usize) -> f64| {
        let add = |(sum, squares): (f64, f64), x: f64| (sum + exact(x), squares + exact(x * x));
        let (sum, squares) = (0..panel.n_facts()).map(of).fold((0.0, 0.0), add);
        sum / squares.sqrt().max(1e-9)
    };
    let subtypes = match plain {
        0 => 0.0,
        _ => normal_cdf(gain(&|f| of_model(0, f) - of_model(plain, f)) - DOUBT),
    };
    let both = |f: usize| (1.0 - subtypes) * of_model(plain, f) + subtypes * of_model(0, f);
    Ok((subtypes, VOTE * normal_cdf(DOUBT - gain(&|f| both(f) - of_model(vote, f)))))
}

/// By fact: the log-probability of the votes of sources that are not used. The rows of a source know all its votes but the one
/// predicted; the state of a fact knows none of the sources held out.
fn held_out(panel: &Panel, pairs: &Pairs, used: &[bool], by: By, watch: &Watch) -> Result<Vec<f64>> {
    let part = panel.of_sources(used);
    let of_part = Pairs::new(&part);
    let fit = match by {
        By::Levels(levels) => Fit::new(&part, &of_part, levels, PLUS, (ITERATIONS, TOL), watch)?,
        By::Vote => Fit::of_vote(&part, &of_part, VOTE_PLUS, VOTE_ITERATIONS),
    };
    let levels = fit.levels;
    let t = panel.n_classes * levels;
    let (all, _) = counts(panel, pairs, &fit.posterior, t);
    let (by_state, hits) = sums(pairs, &all, t, levels, panel.n_sources);
    let rows = fit.rows_of(pairs, &all, &by_state, &hits, &panel.sizes());
    let others = Others::new(pairs, &all, &by_state, &rows, panel.n_classes);
    let parts = map_chunks(panel.n_facts(), panel.chunk(1), |facts| {
        let mut scores = Vec::with_capacity(facts.len());
        let (mut q, mut likelihood) = (vec![0.0; t], vec![0.0; t]);
        for f in facts {
            unpack(&fit.posterior[f * t..(f + 1) * t], &mut q);
            let mut score = 0.0;
            for r in panel.of(f).filter(|r| !used[panel.source[*r] as usize]) {
                let (s, p, w) = (panel.source[r] as usize, pairs.of_vote[r] as usize, panel.weight(r));
                others.likelihood((s, p, w), &q, &mut likelihood);
                let probability: f64 = q.iter().zip(&likelihood).map(|(q, x)| q * x).sum();
                score += w * ln(probability.clamp(1e-12, 1.0));
            }
            scores.push(score);
        }
        scores
    });
    Ok(parts.concat())
}

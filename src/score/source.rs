//! Sources: how often each sides with the others, stands alone, and whom it relays.

use super::{Scores, Unit, analysis::sum_sorted};
use crate::stats::beta_quantile;
use crate::stats::chunks::map_chunks;
use crate::table::{Column, Table, TextColumn, Values};
use crate::value::Stance;
use std::collections::HashMap;

/// What is counted for a source.
#[derive(Default, Clone)]
struct Tally {
    n_reports: usize,
    n_facts: usize,
    /// For each fact where others speak too: how far they agree with what the source says.
    siding: Vec<f64>,
    n_alone: usize,
    relayed: HashMap<u32, usize>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.n_reports += other.n_reports;
        self.n_facts += other.n_facts;
        self.siding.extend(other.siding);
        self.n_alone += other.n_alone;
        for (origin, n) in other.relayed {
            *self.relayed.entry(origin).or_default() += n;
        }
    }
}

impl Scores {
    /// One row a source, over the facts shown: `source`, `n_reports`, `n_facts`, `n_compared`, `siding` with `siding_low` and
    /// `siding_high`, `n_alone`, `n_relayed`, `relays`.
    ///
    /// `siding` is the mean over facts of the chance that another independent voice agrees with what the source says (in its own
    /// voice or another's), with Jeffreys' Beta interval over facts. `n_alone` counts the facts where nobody else does.
    /// It tells who goes along with the others, not who is right.
    pub fn by_source(&self) -> Table {
        let m = &*self.matrix().inner;
        let parts = map_chunks(self.len(), super::CHUNK, |rows| {
            let mut tallies: HashMap<u32, Tally> = HashMap::new();
            rows.for_each(|row| self.tally(row, &mut tallies));
            tallies
        });
        let mut all = vec![Tally::default(); m.sources.len()];
        for part in parts {
            part.into_iter().for_each(|(source, tally)| all[source as usize].add(tally));
        }
        // Sources without a report in the facts shown are left out.
        let shown: Vec<usize> = (0..all.len()).filter(|s| all[*s].n_reports > 0).collect();
        let tail = (1.0 - self.options().confidence) / 2.0;
        let (mut siding, mut low, mut high) = (vec![], vec![], vec![]);
        let (mut offsets, mut relays) = (vec![0i64], TextColumn::default());
        for &s in &shown {
            let n = all[s].siding.len() as f64;
            let mean = (n > 0.0).then(|| sum_sorted(&mut all[s].siding) / n);
            let quantile = |p: f64| mean.map(|a| beta_quantile(0.5 + n * a, 0.5 + n * (1.0 - a), p));
            siding.push(mean);
            low.push(if mean == Some(0.0) { mean } else { quantile(tail).zip(mean).map(|(q, a)| q.min(a)) });
            high.push(if mean == Some(1.0) { mean } else { quantile(1.0 - tail).zip(mean).map(|(q, a)| q.max(a)) });
            let mut origins: Vec<(u32, usize)> = all[s].relayed.iter().map(|(o, n)| (*o, *n)).collect();
            origins.sort_by_key(|(o, n)| (std::cmp::Reverse(*n), m.voice_name(*o).into_owned()));
            origins.iter().for_each(|(o, _)| relays.push(&m.voice_name(*o)));
            offsets.push(relays.len() as i64);
        }
        let of = |count: fn(&Tally) -> usize| Column::counts(shown.iter().map(|s| count(&all[*s])));
        Table::new([
            ("source", m.sources.column(shown.iter().map(|s| *s as u32))),
            ("n_reports", of(|t| t.n_reports)),
            ("n_facts", of(|t| t.n_facts)),
            ("n_compared", of(|t| t.siding.len())),
            ("siding", Column::floats(siding)),
            ("siding_low", Column::floats(low)),
            ("siding_high", Column::floats(high)),
            ("n_alone", of(|t| t.n_alone)),
            ("n_relayed", of(|t| t.relayed.values().sum())),
            ("relays", Values::TextList(offsets, relays).into()),
        ])
    }

    fn tally(&self, row: usize, tallies: &mut HashMap<u32, Tally>) {
        let m = &*self.matrix().inner;
        let f = self.fact(row);
        let analysis = self.analysis(row);
        let mut seen: Vec<u32> = Vec::new();
        // What each source says for each voice.
        let mut said: HashMap<(u32, u32), Vec<usize>> = HashMap::new();
        for r in m.reports(f) {
            let source = m.entries[r].source;
            let tally = tallies.entry(source).or_default();
            tally.n_reports += 1;
            if !seen.contains(&source) {
                seen.push(source);
                tally.n_facts += 1;
            }
            let own = m.names.as_ref().map_or(source, |n| n.of_source[source as usize]);
            let (origin, anonymous) = m.origin(r);
            if origin != own && !anonymous {
                *tally.relayed.entry(origin).or_default() += 1;
            }
            let claim = m.entries[r].claim as usize;
            if m.stance(r) != Stance::Neither
                && analysis.comparable[claim]
                && m.weight(r) > 0.0
                && let Some(voice) = m.voice(r, self.independence())
            {
                said.entry((source, voice)).or_default().push(claim);
            }
        }
        let mut pairs: Vec<(u32, f64)> = Vec::new();
        for ((source, voice), mut claims) in said {
            claims.sort_unstable();
            let n = claims.len() as f64;
            let votes: Vec<(usize, f64)> = claims.chunk_by(|a, b| a == b).map(|g| (g[0], g.len() as f64 / n)).collect();
            let others: Vec<&Unit> = analysis.units.iter().filter(|u| u.name != voice && u.weight > 0.0).collect();
            if others.is_empty() {
                continue;
            }
            let agree = |u: &&Unit| u.weight * analysis.expected_weight(&votes, &u.votes);
            let weight = sum_sorted(&mut others.iter().map(|u| u.weight).collect::<Vec<_>>());
            pairs.push((source, sum_sorted(&mut others.iter().map(agree).collect::<Vec<_>>()) / weight));
        }
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let mean = group.iter().map(|p| p.1).sum::<f64>() / group.len() as f64;
            if let Some(tally) = tallies.get_mut(&group[0].0) {
                tally.siding.push(mean);
                tally.n_alone += usize::from(mean == 0.0);
            }
        }
    }
}

//! One value a voice and fact: what coefficients of agreement and truth models read.

use super::{Conflicts, Entry, Independence, Labels, Matrix, NONE};
use crate::error::{DataError, Result};
use crate::table::Column;
use crate::value::Stance;
use std::borrow::Cow;
use std::ops::Range;

/// The reports of a matrix with one value a voice and fact (but for [`Conflicts::Split`]). Reports that take no stand, stand
/// for nobody or weigh nothing are left out, and counted.
///
/// Where the matrix already is like that, as crowd labels are, nothing is copied.
///
/// ```
/// use consilience::{Matrix, matrix::{Conflicts, Independence, Options}};
/// let m = Matrix::from_triples([("x", "a", "1"), ("x", "b", "1"), ("x", "a", "2")], &Options::default())?;
/// assert!(m.ratings(Independence::Source, Conflicts::Error).is_err());
/// assert_eq!(m.ratings(Independence::Source, Conflicts::First)?.n_ratings(), 2);
/// # Ok::<(), consilience::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ratings {
    matrix: Matrix,
    level: Independence,
    conflicts: Conflicts,
    own: Option<Own>,
}

/// Ratings that are not the matrix's entries as they stand.
#[derive(Debug, Clone)]
struct Own {
    fact_ptr: Vec<u64>,
    /// `source` holds the voice.
    entries: Vec<Entry>,
    /// Share of a vote times the report's weight, where any is not 1.
    weight: Option<Vec<f64>>,
    /// The id of each voice: a name where the matrix has names, else a source.
    voices: Vec<u32>,
    n_left_out: usize,
}

impl Matrix {
    /// One value a voice and fact.
    ///
    /// # Errors
    /// [`DataError::SeveralValues`] with the first five where a voice has several and `conflicts` does not say which counts.
    pub fn ratings(&self, level: Independence, conflicts: Conflicts) -> Result<Ratings> {
        let m = &*self.inner;
        let plain = m.names.is_none() && m.stance.is_none() && m.weight.is_none() && !m.repeats.contains(&true);
        let own = if plain { None } else { Some(self.one_value_each(level, conflicts)?) };
        Ok(Ratings { matrix: self.clone(), level, conflicts, own })
    }

    fn one_value_each(&self, level: Independence, conflicts: Conflicts) -> Result<Own> {
        let m = &*self.inner;
        let n_ids = m.names.as_ref().map_or(m.sources.len(), |names| names.labels.len());
        let mut voice_of = vec![NONE; n_ids];
        let mut own = Own { fact_ptr: vec![0], entries: vec![], weight: None, voices: vec![], n_left_out: 0 };
        let mut weight = Vec::with_capacity(m.entries.len());
        let mut several = SeveralValues::default();
        let mut said: Vec<(u32, usize)> = Vec::new();
        for f in 0..self.n_facts() {
            said.clear();
            for r in m.reports(f) {
                match m.voice(r, level).filter(|_| m.stance(r) != Stance::Neither && m.weight(r) > 0.0) {
                    Some(id) => {
                        let voice = &mut voice_of[id as usize];
                        if *voice == NONE {
                            *voice = own.voices.len() as u32;
                            own.voices.push(id);
                        }
                        said.push((*voice, r));
                    }
                    None => own.n_left_out += 1,
                }
            }
            said.sort_unstable();
            for of_voice in said.chunk_by(|a, b| a.0 == b.0) {
                let claims: Vec<u32> = of_voice.iter().map(|(_, r)| m.entries[*r].claim).collect();
                match conflicts.resolve(&claims) {
                    Some(chosen) => {
                        for (place, share) in chosen {
                            let (voice, r) = of_voice[place];
                            own.entries.push(Entry { source: voice, ..m.entries[r] });
                            weight.push(share * m.weight(r));
                        }
                    }
                    None => several.add(self, f, &m.voice_name(own.voices[of_voice[0].0 as usize]), &claims),
                }
            }
            own.fact_ptr.push(own.entries.len() as u64);
        }
        several.check()?;
        own.weight = weight.iter().any(|w| *w != 1.0).then_some(weight);
        Ok(own)
    }
}

impl Ratings {
    /// Whether they are the reports of the matrix, one by one.
    pub(crate) fn as_they_stand(&self) -> bool {
        self.own.is_none()
    }

    /// Reports of each voice that are shown, those that conflict too.
    pub(crate) fn n_reports_by_voice(&self) -> Vec<usize> {
        let m = &*self.matrix.inner;
        let mut n = vec![0; self.n_voices()];
        match &self.own {
            None => m.entries.iter().for_each(|e| n[e.source as usize] += 1),
            Some(own) => {
                let place: std::collections::HashMap<u32, usize> =
                    own.voices.iter().enumerate().map(|(i, id)| (*id, i)).collect();
                for r in 0..m.entries.len() {
                    if let Some(voice) = m.voice(r, self.level).and_then(|id| place.get(&id)) {
                        n[*voice] += 1;
                    }
                }
            }
        }
        n
    }

    /// The matrix they come from.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// What counts as one voice.
    pub fn level(&self) -> Independence {
        self.level
    }

    /// Which of several values of one voice for one fact counts.
    pub fn conflicts(&self) -> Conflicts {
        self.conflicts
    }

    /// Facts of the matrix, those without any rating too.
    pub fn n_facts(&self) -> usize {
        self.matrix.n_facts()
    }

    /// Voices with at least one rating.
    pub fn n_voices(&self) -> usize {
        self.own.as_ref().map_or(self.matrix.n_sources(), |own| own.voices.len())
    }

    /// Values, one a voice and fact.
    pub fn n_ratings(&self) -> usize {
        self.own.as_ref().map_or(self.matrix.n_reports(), |own| own.entries.len())
    }

    /// Reports left out: no stand, nobody's, or without weight.
    pub fn n_left_out(&self) -> usize {
        self.own.as_ref().map_or(0, |own| own.n_left_out)
    }

    /// The ratings of a fact among all.
    pub fn range(&self, fact: usize) -> Range<usize> {
        let ptr = self.own.as_ref().map_or(&self.matrix.inner.fact_ptr, |own| &own.fact_ptr);
        ptr[fact] as usize..ptr[fact + 1] as usize
    }

    /// All ratings, grouped by fact: `source` is the voice, from 0 in order of first appearance; `claim` the place among the
    /// claims of the fact.
    pub(crate) fn all(&self) -> &[Entry] {
        self.own.as_ref().map_or(&self.matrix.inner.entries, |own| &own.entries)
    }

    /// The ratings of a fact.
    #[inline]
    pub(crate) fn of(&self, fact: usize) -> &[Entry] {
        &self.all()[self.range(fact)]
    }

    /// Weights by rating, where any is not 1.
    pub(crate) fn weights(&self) -> Option<&[f64]> {
        self.own.as_ref().and_then(|own| own.weight.as_deref())
    }

    /// The name of a voice.
    pub fn voice_name(&self, voice: usize) -> Cow<'_, str> {
        self.matrix.inner.voice_name(self.own.as_ref().map_or(voice as u32, |own| own.voices[voice]))
    }

    /// The labels of voices as a column, in the type that came in.
    pub fn voice_column(&self, voices: impl IntoIterator<Item = usize>) -> Column {
        let m = &*self.matrix.inner;
        let labels: &Labels = m.names.as_ref().map_or(&m.sources, |names| &names.labels);
        labels.column(voices.into_iter().map(|v| self.own.as_ref().map_or(v as u32, |own| own.voices[v])))
    }
}

/// Pairs of a voice and a fact with several values where one is needed.
#[derive(Default)]
pub(super) struct SeveralValues {
    n: usize,
    examples: Vec<String>,
}

impl SeveralValues {
    /// Notes that `voice` has all of `claims` (places among the fact's claims).
    pub fn add(&mut self, matrix: &Matrix, fact: usize, voice: &str, claims: &[u32]) {
        self.n += 1;
        if self.examples.len() < 5 {
            let m = &*matrix.inner;
            let mut labels: Vec<String> = Vec::new();
            for claim in claims {
                let label = m.claim_label(fact, m.claims(fact).start + *claim as usize);
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
            self.examples.push(format!("{voice} on {}: {}", m.facts.name(fact as u32), labels.join(" and ")));
        }
    }

    /// The error that names the first five, if there is any.
    pub fn check(self) -> Result<()> {
        if self.n == 0 {
            return Ok(());
        }
        let conflicts = if self.n == 1 { "1 pair".to_owned() } else { format!("{} pairs", self.n) };
        Err(DataError::SeveralValues { conflicts, examples: self.examples.join("; ") }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Options;

    fn votes(r: &Ratings) -> Vec<(usize, String, u32)> {
        let of = |f| r.of(f).iter().map(move |e| (f, r.voice_name(e.source as usize).into_owned(), e.claim));
        (0..r.n_facts()).flat_map(of).collect()
    }

    #[test]
    fn labels_are_read_where_they_stand() {
        let m = Matrix::from_triples([("x", "b", "1"), ("y", "a", "1"), ("x", "a", "2")], &Options::default()).unwrap();
        let r = m.ratings(Independence::Source, Conflicts::Error).unwrap();
        assert!(r.own.is_none());
        assert_eq!(votes(&r), [(0, "b".to_owned(), 0), (0, "a".to_owned(), 1), (1, "a".to_owned(), 0)]);
    }

    #[test]
    fn several_values_of_one_voice_share_its_vote() {
        let m = Matrix::from_triples([("x", "a", "1"), ("x", "b", "1"), ("x", "a", "2")], &Options::default()).unwrap();
        let r = m.ratings(Independence::Source, Conflicts::Split).unwrap();
        assert_eq!(votes(&r), [(0, "a".to_owned(), 0), (0, "a".to_owned(), 1), (0, "b".to_owned(), 0)]);
        assert_eq!(r.weights(), Some(&[0.5, 0.5, 1.0][..]));
        let message = m.ratings(Independence::Source, Conflicts::Error).unwrap_err().to_string();
        assert!(message.contains("a on x: 1 and 2"), "{message}");
    }
}

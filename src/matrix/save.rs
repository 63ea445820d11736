//! A matrix as bytes: magic and version first.

use super::{Inner, Labels, Matrix};
use crate::error::{DataError, Result};
use std::sync::Arc;

const MAGIC: &[u8] = b"consilience";
/// Goes up when the layout changes; older bytes are then refused, not misread.
const VERSION: u8 = 1;

impl Matrix {
    /// The matrix as bytes, for files and pickles.
    ///
    /// # Errors
    /// [`DataError::Saved`] where it cannot be written; with this layout that does not happen.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        postcard::to_extend(&*self.inner, bytes).map_err(|e| DataError::Saved { reason: e.to_string() }.into())
    }

    /// The matrix of bytes made by [`Matrix::to_bytes`].
    ///
    /// # Errors
    /// [`DataError::Saved`] where they are something else, of another version, cut off or altered.
    pub fn from_bytes(bytes: &[u8]) -> Result<Matrix> {
        let saved = |reason: &str| DataError::Saved { reason: reason.to_owned() };
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| saved("they do not begin as one does"))?;
        let (version, body) = rest.split_first().ok_or_else(|| saved("they end after the first word"))?;
        if *version != VERSION {
            let reason = format!("layout {version}, this version reads {VERSION}; save it again from the reports");
            return Err(saved(&reason).into());
        }
        let inner: Inner = postcard::from_bytes(body).map_err(|e| saved(&e.to_string()))?;
        inner.check().map_err(saved)?;
        Ok(Matrix { inner: Arc::new(inner) })
    }

    /// A number that tells matrices apart: FNV-1a over the bytes, as 16 hexadecimal digits.
    ///
    /// # Errors
    /// As [`Matrix::to_bytes`].
    pub fn hash(&self) -> Result<String> {
        let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        Ok(format!("{:016x}", self.to_bytes()?.iter().fold(0xCBF2_9CE4_8422_2325, fnv)))
    }

    /// Bytes in memory.
    pub fn nbytes(&self) -> usize {
        let m = &*self.inner;
        let ids = |n: usize| 4 * n;
        let labels = [&m.facts, &m.sources, &m.values, &m.bounds];
        let kept = m.kept.iter().chain(&m.fact_columns);
        m.entries.len() * size_of::<super::Entry>()
            + 8 * (m.fact_ptr.len() + m.claim_ptr.len())
            + ids(m.claim_value.len())
            + m.claim_form.as_ref().map_or(0, |f| size_of::<super::Form>() * f.len())
            + m.repeats.len()
            + m.kinds.len()
            + m.stance.as_ref().map_or(0, Vec::len)
            + m.qualifier.as_ref().map_or(0, Vec::len)
            + m.origin.as_ref().map_or(0, |o| ids(o.len()))
            + m.weight.as_ref().map_or(0, |w| 8 * w.len())
            + labels.iter().map(|l| l.nbytes()).sum::<usize>()
            + m.names.as_ref().map_or(0, |n| n.labels.nbytes() + ids(n.of_source.len() + n.party.len()))
            + kept.map(|k| ids(k.ids.len()) + k.labels.nbytes()).sum::<usize>()
    }
}

impl Inner {
    /// Whether ids point into what they number, so that altered bytes give an error here and no panic later.
    fn check(&self) -> std::result::Result<(), &'static str> {
        let units = self.units.iter().map(|(_, labels)| labels);
        let kept = self.kept.iter().chain(&self.fact_columns).map(|k| &k.labels);
        let names = self.names.iter().map(|names| &names.labels);
        if ![&self.facts, &self.sources, &self.values, &self.bounds]
            .into_iter()
            .chain(units)
            .chain(kept)
            .chain(names)
            .all(Labels::is_sound)
        {
            return Err("a label has no end");
        }
        let (n_facts, n, n_claims) = (self.facts.len(), self.entries.len(), self.claim_value.len());
        let pointers =
            |p: &[u64], end: usize| p.len() == n_facts + 1 && p[0] == 0 && p.is_sorted() && p[n_facts] as usize == end;
        let fits = |len: Option<usize>, wanted: usize| len.is_none_or(|l| l == wanted);
        let ids = |v: &[u32], below: usize| v.iter().all(|id| *id == super::NONE || (*id as usize) < below);
        let kinds = crate::value::REGISTRY.len();
        if !pointers(&self.fact_ptr, n) || !pointers(&self.claim_ptr, n_claims) {
            return Err("its facts do not cover its reports");
        }
        if !fits(self.stance.as_ref().map(Vec::len), n)
            || !fits(self.qualifier.as_ref().map(Vec::len), n)
            || !fits(self.origin.as_ref().map(Vec::len), n)
            || !fits(self.weight.as_ref().map(Vec::len), n)
            || !fits(self.claim_form.as_ref().map(Vec::len), n_claims)
            || !fits(self.units.as_ref().map(|u| u.0.len()), n_facts)
            || self.repeats.len() != n_facts
            || self.given.len() != super::Role::ALL.len()
            || (self.kinds.len() != 1 && self.kinds.len() != n_facts)
        {
            return Err("its columns differ in length");
        }
        let rows = self.n_rows as usize;
        let entries_fit = (0..n_facts).all(|f| {
            let n_claims = self.claims(f).len();
            self.entries[self.reports(f)].iter().all(|e| {
                (e.source as usize) < self.sources.len() && (e.claim as usize) < n_claims && (e.row as usize) < rows
            })
        });
        let names_fit = self.names.as_ref().is_none_or(|names| {
            let n = names.labels.len();
            let known = |id: &u32| (*id as usize) < n;
            names.of_source.len() == self.sources.len()
                && names.party.len() == n
                && names.of_source.iter().chain(&names.party).all(known)
                && self.origin.iter().flatten().all(|o| *o == super::NONE || known(&(o & !super::ANONYMOUS)))
        });
        let forms = self.claim_form.iter().flatten();
        let kept_fit = self.kept.iter().all(|k| k.ids.len() == rows && ids(&k.ids, k.labels.len()))
            && self.fact_columns.iter().all(|k| k.ids.len() == n_facts && ids(&k.ids, k.labels.len()));
        if !entries_fit
            || !names_fit
            || !kept_fit
            || !ids(&self.claim_value, self.values.len())
            || !forms.into_iter().all(|form| ids(&[form.low, form.high], self.bounds.len()))
            || !self.units.iter().all(|(units, labels)| ids(units, labels.len()))
            || self.kinds.iter().any(|k| *k as usize >= kinds)
        {
            return Err("an id points at nothing");
        }
        Ok(())
    }
}

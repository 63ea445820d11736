//! Dictionaries of labels that keep the type in which the labels came.

use crate::table::{Column, Values};
use crate::value::{Context, Raw, shortest};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;

/// The id that stands for "no label".
pub const NONE: u32 = u32::MAX;

/// Distinct labels in order of first appearance; a label's id is its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labels(pub Values);

impl Labels {
    /// Text labels.
    pub fn text<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Labels {
        Labels(Values::Text(labels.into_iter().collect()))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Label `id` as it arrived, for its kind to read.
    pub fn raw(&self, id: u32) -> Raw<'_> {
        let i = id as usize;
        match &self.0 {
            Values::Bool(v) => Raw::Bool(v[i]),
            Values::I64(v) => Raw::Int(v[i]),
            Values::U64(v) => Raw::UInt(v[i]),
            Values::F64(v) => Raw::Float(v[i]),
            Values::Date(v) => Raw::Date(v[i]),
            Values::Timestamp(v, nanos, zone) => Raw::Instant(i128::from(v[i]) * i128::from(*nanos), zone.is_some()),
            Values::Text(t) => Raw::Text(t.get(i)),
            Values::TextList(offsets, t) => {
                Raw::List((offsets[i] as usize..offsets[i + 1] as usize).map(|j| t.get(j)).collect())
            }
            // Labels are never dictionaries of dictionaries or tables: `encode` makes none.
            Values::Dictionary(..) | Values::Tables(..) => Raw::Text(""),
        }
    }

    /// Label `id` as text.
    pub fn name(&self, id: u32) -> Cow<'_, str> {
        match self.raw(id) {
            Raw::Text(s) => Cow::Borrowed(s),
            Raw::Int(v) => Cow::Owned(v.to_string()),
            Raw::UInt(v) => Cow::Owned(v.to_string()),
            Raw::Float(v) => Cow::Owned(shortest(v)),
            Raw::Bool(v) => Cow::Borrowed(if v { "true" } else { "false" }),
            Raw::List(words) => Cow::Owned(words.join(";")),
            raw @ (Raw::Date(_) | Raw::Instant(..)) => {
                let date = crate::value::kind_id("date").map(crate::value::kind);
                let value = date.and_then(|k| k.read(&raw, &Context::default()).ok());
                Cow::Owned(value.map_or_else(String::new, |v| v.to_string()))
            }
        }
    }

    /// All labels as text.
    pub fn names(&self) -> impl ExactSizeIterator<Item = Cow<'_, str>> {
        (0..self.len() as u32).map(|id| self.name(id))
    }

    /// The labels of these ids as a column, null where `NONE`.
    pub fn column(&self, ids: impl IntoIterator<Item = u32>) -> Column {
        let mut any_null = false;
        let mut validity = Vec::new();
        let indices: Vec<usize> = ids
            .into_iter()
            .map(|id| {
                validity.push(id != NONE);
                any_null |= id == NONE;
                if id == NONE { 0 } else { id as usize }
            })
            .collect();
        if self.is_empty() {
            // Nothing to pick from: every row is null.
            return Column::texts(indices.iter().map(|_| None::<&str>));
        }
        Column { values: self.0.take(&indices), validity: any_null.then_some(validity) }
    }

    /// The id of each label's text.
    pub fn index(&self) -> HashMap<String, u32> {
        self.names().enumerate().map(|(i, name)| (name.into_owned(), i as u32)).collect()
    }

    /// Appends true or false in the type of the labels, and gives its id.
    pub(crate) fn push_boolean(&mut self, value: bool) -> u32 {
        match &mut self.0 {
            Values::Bool(v) => v.push(value),
            Values::I64(v) => v.push(i64::from(value)),
            Values::U64(v) => v.push(u64::from(value)),
            Values::F64(v) => v.push(f64::from(u8::from(value))),
            Values::Text(t) => t.push(if value { "true" } else { "false" }),
            // No other type reads as a boolean.
            _ => {}
        }
        self.len() as u32 - 1
    }

    /// Only the labels of these ids, in that order.
    pub(crate) fn keep(&self, ids: &[u32]) -> Labels {
        Labels(self.column(ids.iter().copied()).values)
    }
}

impl Labels {
    /// Bytes in memory.
    pub(crate) fn nbytes(&self) -> usize {
        let text = |t: &crate::table::TextColumn| 8 * t.offsets.len() + t.text.len();
        match &self.0 {
            Values::Bool(v) => v.len(),
            Values::Date(v) => 4 * v.len(),
            Values::I64(v) | Values::Timestamp(v, ..) => 8 * v.len(),
            Values::U64(v) => 8 * v.len(),
            Values::F64(v) => 8 * v.len(),
            Values::Text(t) => text(t),
            Values::TextList(offsets, t) => 8 * offsets.len() + text(t),
            Values::Dictionary(..) | Values::Tables(..) => 0,
        }
    }

    /// Whether the offsets of strings lie within them.
    pub(crate) fn is_sound(&self) -> bool {
        !matches!(self.0, Values::Dictionary(..) | Values::Tables(..)) && self.0.is_sound()
    }
}

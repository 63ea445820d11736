//! What a truth model reads: per fact who votes for which of its possible answers.

use super::Takes;
use super::gold::{self, Answers, Gold};
use crate::error::{ParameterError, Result};
use crate::matrix::{Form as ClaimForm, Inner, Matrix, NONE, Ratings};
use crate::table::{Column, Values};
use crate::value::{Qualifier, Stance, Stated, kind_id};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where the possible answers of a fact come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Classes shared by all facts: labels.
    Closed,
    /// The values claimed for the fact: authors of a book, times of a flight.
    Open,
}

impl Form {
    /// The forms with their words.
    pub const ALL: [(Form, &'static str); 2] = [(Form::Closed, "closed"), (Form::Open, "open")];

    /// The form's word.
    pub fn name(self) -> &'static str {
        Form::ALL[self as usize].1
    }

    /// The form of this word.
    ///
    /// # Errors
    /// [`ParameterError::Choice`] for any other word.
    pub fn named(word: &str) -> Result<Form> {
        Form::ALL.iter().find(|(_, name)| *name == word).map(|(form, _)| *form).ok_or_else(|| {
            let allowed = crate::error::quoted(Form::ALL.map(|(_, name)| name));
            ParameterError::Choice { name: "form", value: word.to_owned(), allowed }.into()
        })
    }
}

/// Reports that a model does not read, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// No stand, nobody's, or without weight: [`Ratings::n_left_out`].
    pub without_vote: usize,
    /// Free wording, or a vague number or date.
    pub not_comparable: usize,
    /// Denials that the model cannot take, or of what nobody asserts.
    pub denials: usize,
}

/// Votes by fact. The possible answers of a fact are its *cells*: all classes (closed), or the values claimed for it (open).
///
/// Answers are distinct claims: a model that knows nothing of regions takes `12000` and `at_least 3000` for rivals.
#[derive(Debug, Clone)]
pub struct Votes {
    ratings: Ratings,
    form: Form,
    fact_ptr: Vec<u32>,
    source: Vec<u32>,
    /// The cell voted for, numbered within the fact.
    choice: Vec<u32>,
    weight: Option<Vec<f64>>,
    denies: Option<Vec<bool>>,
    /// Open: the cells of each fact.
    cell_ptr: Vec<u32>,
    /// The claim that names each class (closed) or cell (open), with its fact.
    claim: Vec<(u32, u32)>,
    /// Closed: classes after those, which no report here gives.
    elsewhere: Vec<String>,
    n_classes: usize,
    gold: Option<Vec<Gold>>,
    /// Known answers that nobody claims and that are numbers, by fact.
    gold_numbers: HashMap<u32, f64>,
    left_out: LeftOut,
}

/// The votes of one fact.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Who votes.
    pub source: &'a [u32],
    /// For which cell, numbered within the fact.
    pub choice: &'a [u32],
    weight: Option<&'a [f64]>,
    denies: Option<&'a [bool]>,
}

impl Of<'_> {
    /// The weight of vote `i`.
    #[inline]
    pub fn weight(&self, i: usize) -> f64 {
        self.weight.map_or(1.0, |w| w[i])
    }

    /// Whether vote `i` says that this cell is *not* the answer.
    #[inline]
    pub fn denies(&self, i: usize) -> bool {
        self.denies.is_some_and(|d| d[i])
    }

    /// Votes.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether nobody votes.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }
}

/// What makes claims of two facts the same class.
type ClassKey = (u32, u8, u32, u32);

fn class_key(m: &Inner, claim: usize) -> ClassKey {
    let form = m.form(claim);
    (m.claim_value[claim], form.qualifier as u8, form.low, form.high)
}

/// Whether a claim leaves some answers possible and rules others out, as far as its form tells.
fn is_comparable(m: &Inner, fact: usize, form: &ClaimForm) -> bool {
    let kind = m.kind(fact).name();
    kind != "text" && (form.qualifier != Qualifier::Vague || matches!(kind, "nominal" | "set" | "boolean"))
}

/// With more values, read from their words; none where one of them is of another type.
fn longer<T: std::str::FromStr>(mut values: Vec<T>, words: &[String]) -> Option<Vec<T>> {
    for word in words {
        values.push(word.parse().ok()?);
    }
    Some(values)
}

impl Votes {
    /// The votes in `ratings` for a model that `takes` this and does or does not take `denials`; `form` overrides the choice
    /// between classes and values.
    ///
    /// # Errors
    /// [`ParameterError::Unusable`] where the model cannot take that form.
    pub fn new(ratings: Ratings, takes: Takes, denials: bool, form: Option<Form>) -> Result<Votes> {
        let matrix = ratings.matrix().clone();
        let n = ratings.n_ratings();
        let mut votes = Votes {
            form: takes.form(form, false)?,
            fact_ptr: Vec::with_capacity(ratings.n_facts() + 1),
            source: Vec::with_capacity(n),
            choice: Vec::with_capacity(n),
            weight: None,
            denies: None,
            cell_ptr: vec![],
            claim: vec![],
            elsewhere: vec![],
            n_classes: 0,
            gold: None,
            gold_numbers: HashMap::new(),
            left_out: LeftOut { without_vote: ratings.n_left_out(), ..LeftOut::default() },
            ratings,
        };
        let m = &*matrix.inner;
        let has_text = m.kinds.contains(&kind_id("text").unwrap_or(u8::MAX));
        if m.claim_form.is_none() && !has_text && votes.ratings.as_they_stand() {
            if votes.form == Form::Closed {
                votes.read_labels(m);
                return Ok(votes);
            }
            votes.read_plain(m);
        } else {
            votes.read(m, denials);
        }
        votes.form = takes.form(form, votes.share_classes())?;
        if votes.form == Form::Closed {
            votes.close(m);
        }
        Ok(votes)
    }

    /// Every value is a class and every entry a vote.
    fn read_labels(&mut self, m: &Inner) {
        self.fact_ptr.extend(m.fact_ptr.iter().map(|p| *p as u32));
        self.source.extend(m.entries.iter().map(|e| e.source));
        let mut known = vec![NONE; m.values.len()];
        for f in 0..self.n_facts() {
            let claims = m.claims(f);
            for c in claims.clone() {
                let class = &mut known[m.claim_value[c] as usize];
                if *class == NONE {
                    *class = self.claim.len() as u32;
                    self.claim.push((f as u32, c as u32));
                }
            }
            let values = &m.claim_value[claims];
            self.choice.extend(m.entries[m.reports(f)].iter().map(|e| known[values[e.claim as usize] as usize]));
        }
        self.n_classes = self.claim.len();
    }

    /// Every claim is a cell and every entry a vote.
    fn read_plain(&mut self, m: &Inner) {
        self.fact_ptr.extend(m.fact_ptr.iter().map(|p| *p as u32));
        self.cell_ptr.extend(m.claim_ptr.iter().map(|p| *p as u32));
        self.source.extend(m.entries.iter().map(|e| e.source));
        self.choice.extend(m.entries.iter().map(|e| e.claim));
        self.claim.reserve(m.claim_value.len());
        for f in 0..self.n_facts() {
            self.claim.extend(m.claims(f).map(|c| (f as u32, c as u32)));
        }
    }

    fn read(&mut self, m: &Inner, denials: bool) {
        let ratings = self.ratings.clone();
        let weights = ratings.weights();
        let (mut weight, mut denies) = (Vec::new(), Vec::new());
        self.fact_ptr.push(0);
        self.cell_ptr.push(0);
        for f in 0..ratings.n_facts() {
            let first = m.claims(f).start;
            let entries = ratings.of(f);
            // The cell of each claim: of those that someone asserts first, in their order.
            let mut cell = vec![NONE; m.claims(f).len()];
            for e in entries {
                let form = m.form(first + e.claim as usize);
                if form.stance == Stance::Asserts && is_comparable(m, f, &form) {
                    cell[e.claim as usize] = 0;
                }
            }
            let mut asserted: HashMap<ClassKey, u32> = HashMap::new();
            let voiced = cell.iter_mut().enumerate().filter(|(_, place)| **place != NONE);
            for (n_cells, (k, place)) in voiced.enumerate() {
                *place = n_cells as u32;
                asserted.insert(class_key(m, first + k), *place);
                self.claim.push((f as u32, (first + k) as u32));
            }
            for (e, r) in entries.iter().zip(ratings.range(f)) {
                let claim = first + e.claim as usize;
                let form = m.form(claim);
                let denied = form.stance == Stance::Denies;
                let place = if denied {
                    asserted.get(&class_key(m, claim)).copied().filter(|_| denials).unwrap_or(NONE)
                } else {
                    cell[e.claim as usize]
                };
                if place != NONE {
                    self.source.push(e.source);
                    self.choice.push(place);
                    weight.push(weights.map_or(1.0, |w| w[r]));
                    denies.push(denied);
                } else if denied {
                    self.left_out.denials += 1;
                } else {
                    self.left_out.not_comparable += 1;
                }
            }
            self.fact_ptr.push(self.source.len() as u32);
            self.cell_ptr.push(self.claim.len() as u32);
        }
        self.weight = weight.iter().any(|w| *w != 1.0).then_some(weight);
        self.denies = denies.contains(&true).then_some(denies);
    }

    /// Whether facts seem to share their values: there are two or more, claimed of two facts each on average, two votes for each pair
    /// of them, and different ones always conflict.
    fn share_classes(&self) -> bool {
        let n = self.n_distinct();
        let shared = n >= 2 && self.claim.len() >= 2 * n && self.n_votes() >= 2 * n * n;
        shared && !self.may_nest() && super::consensus::fits(self.n_sources(), self.n_facts(), self.n_votes(), n)
    }

    /// Whether different claims of a fact may both be right, or deny one another.
    pub(super) fn may_nest(&self) -> bool {
        let m = &*self.matrix().inner;
        let more = m.claim_form.is_some() && self.claim.iter().any(|(_, c)| m.form(*c as usize) != ClaimForm::PLAIN);
        let nests = |f: usize| !m.kind(f).plain_values_conflict(&m.context(f));
        // Text is compared with nothing and has no votes.
        more || self.has_denials() || (0..self.n_facts()).any(|f| nests(f) && !self.of(f).is_empty())
    }

    /// The claims behind the cells of a fact, to be compared.
    pub(super) fn stated(&self, fact: usize) -> Vec<Stated> {
        let claims = (0..self.cells(fact).len()).map(|k| self.claim(fact, k));
        claims.flatten().map(|(f, c)| self.matrix().inner.stated(f, c)).collect()
    }

    /// By cell of a fact, how probable it is that the claim is right: that it, or a claim that entails it, is the answer.
    pub(super) fn entailed(&self, fact: usize, belief: &[f64]) -> Vec<f64> {
        if belief.len() < 2 || self.form == Form::Closed {
            return belief.to_vec();
        }
        let stated = self.stated(fact);
        let of = |claim: &Stated| {
            let entails = |other: &Stated| std::ptr::eq(claim, other) || other.relate(claim).entails;
            stated.iter().zip(belief).filter(|(other, _)| entails(other)).map(|(_, p)| p).sum::<f64>().min(1.0)
        };
        stated.iter().map(of).collect()
    }

    /// Distinct values over all facts.
    pub(super) fn n_distinct(&self) -> usize {
        let m = &*self.matrix().inner;
        if self.form == Form::Closed {
            return self.n_classes;
        }
        if m.claim_form.is_none() {
            let mut seen = vec![false; m.values.len()];
            self.claim.iter().for_each(|(_, c)| seen[m.claim_value[*c as usize] as usize] = true);
            return seen.iter().filter(|s| **s).count();
        }
        self.claim.iter().map(|(_, c)| class_key(m, *c as usize)).collect::<hashbrown::HashSet<_>>().len()
    }

    /// Makes the cells of all facts the same classes, in the order in which facts bring them up.
    fn close(&mut self, m: &Inner) {
        let cells = std::mem::take(&mut self.claim);
        let mut class = Vec::with_capacity(cells.len());
        if m.claim_form.is_none() {
            let mut known = vec![NONE; m.values.len()];
            for (f, c) in cells {
                let place = &mut known[m.claim_value[c as usize] as usize];
                if *place == NONE {
                    *place = self.claim.len() as u32;
                    self.claim.push((f, c));
                }
                class.push(*place);
            }
        } else {
            let mut known: HashMap<ClassKey, u32> = HashMap::new();
            for (f, c) in cells {
                let next = self.claim.len() as u32;
                let place = *known.entry(class_key(m, c as usize)).or_insert(next);
                if place == next {
                    self.claim.push((f, c));
                }
                class.push(place);
            }
        }
        for f in 0..self.n_facts() {
            let first = self.cell_ptr[f] as usize;
            for choice in &mut self.choice[self.fact_ptr[f] as usize..self.fact_ptr[f + 1] as usize] {
                *choice = class[first + *choice as usize];
            }
        }
        self.n_classes = self.claim.len();
        self.cell_ptr = vec![];
    }

    /// The same cells without some of the votes.
    pub(super) fn without(&self, leaves: impl Fn(usize) -> bool) -> Votes {
        let stays: Vec<usize> = (0..self.n_votes()).filter(|i| !leaves(*i)).collect();
        let mut votes = self.clone();
        votes.source = stays.iter().map(|i| self.source[*i]).collect();
        votes.choice = stays.iter().map(|i| self.choice[*i]).collect();
        votes.weight = self.weight.as_ref().map(|w| stays.iter().map(|i| w[*i]).collect());
        votes.denies = self.denies.as_ref().map(|d| stays.iter().map(|i| d[*i]).collect());
        votes.fact_ptr = self.fact_ptr.iter().map(|end| stays.partition_point(|i| *i < *end as usize) as u32).collect();
        votes
    }

    /// Adds classes of which other reports told, in closed form: no report here gives them, and yet they may be right.
    pub(super) fn know(&mut self, classes: &[String]) {
        if self.form == Form::Closed {
            let there: hashbrown::HashSet<String> = self.class_names().into_iter().collect();
            self.elsewhere = classes.iter().filter(|name| !there.contains(*name)).cloned().collect();
            self.n_classes = self.claim.len() + self.elsewhere.len();
        }
    }

    /// Notes the known answers; those that nobody claims also as numbers, where they are such.
    ///
    /// # Errors
    /// See [`gold::read`].
    pub(super) fn learn(&mut self, answers: &Answers) -> Result<()> {
        self.gold = gold::read(self, answers)?;
        if self.gold.as_ref().is_some_and(|gold| gold.contains(&Gold::Unclaimed)) {
            let facts = self.matrix().facts().index();
            let number = |(fact, value): &(String, String)| Some((*facts.get(fact)?, value.parse().ok()?));
            self.gold_numbers = answers.iter().filter_map(number).collect();
        }
        Ok(())
    }

    /// A known answer that is a number and that nobody claims.
    pub fn gold_number(&self, fact: usize) -> Option<f64> {
        self.gold_numbers.get(&(fact as u32)).copied()
    }

    /// The known answer of a fact.
    #[inline]
    pub fn gold(&self, fact: usize) -> Gold {
        self.gold.as_ref().map_or(Gold::Unknown, |g| g[fact])
    }

    /// Whether some answers are known.
    pub fn has_gold(&self) -> bool {
        self.gold.is_some()
    }

    /// Where the votes come from.
    pub fn ratings(&self) -> &Ratings {
        &self.ratings
    }

    /// The matrix behind them.
    pub fn matrix(&self) -> &Matrix {
        self.ratings.matrix()
    }

    /// Classes shared by all facts, or values by fact.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Facts of the matrix, those without votes too.
    pub fn n_facts(&self) -> usize {
        self.ratings.n_facts()
    }

    /// Voices.
    pub fn n_sources(&self) -> usize {
        self.ratings.n_voices()
    }

    /// Votes.
    pub fn n_votes(&self) -> usize {
        self.source.len()
    }

    /// Classes shared by all facts; 0 in open form.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Cells of all facts.
    pub fn n_cells(&self) -> usize {
        if self.form == Form::Closed { self.n_facts() * self.n_classes } else { self.claim.len() }
    }

    /// The cells of a fact among those of all.
    #[inline]
    pub fn cells(&self, fact: usize) -> Range<usize> {
        match self.form {
            Form::Closed => fact * self.n_classes..(fact + 1) * self.n_classes,
            Form::Open => self.cell_ptr[fact] as usize..self.cell_ptr[fact + 1] as usize,
        }
    }

    /// The claim that names a cell of a fact, numbered within it: a fact that has the claim, and the claim; none for a class that no
    /// report here gives.
    #[inline]
    pub fn claim(&self, fact: usize, cell: usize) -> Option<(usize, usize)> {
        let place = if self.form == Form::Closed { cell } else { self.cell_ptr[fact] as usize + cell };
        self.claim.get(place).map(|(f, c)| (*f as usize, *c as usize))
    }

    /// The words of a cell of a fact.
    pub(super) fn label(&self, fact: usize, cell: usize) -> String {
        match self.claim(fact, cell) {
            Some((f, c)) => self.matrix().inner.claim_label(f, c),
            None => self.elsewhere[cell - self.claim.len()].clone(),
        }
    }

    /// By what cells of a fact are ordered where they tie: see [`Inner::claim_order`].
    pub(super) fn order(&self, fact: usize, cell: usize) -> (String, &'static str, String, String, bool) {
        match self.claim(fact, cell) {
            Some((f, c)) => self.matrix().inner.claim_order(f, c),
            None => (self.label(fact, cell), Qualifier::Exact.name(), String::new(), String::new(), false),
        }
    }

    /// Cells of facts as a column, in the type of the input where claims are values and no more.
    pub(super) fn column(&self, cells: impl Iterator<Item = (usize, Option<usize>)>) -> Column {
        if self.elsewhere.is_empty() {
            return self.matrix().claim_column(cells.map(|(f, cell)| match cell.and_then(|k| self.claim(f, k)) {
                Some((named, claim)) => (named, Some(claim)),
                None => (f, None),
            }));
        }
        let cells: Vec<Option<usize>> = cells.map(|(_, cell)| cell).collect();
        let column = self.class_column().take(&cells.iter().map(|k| k.unwrap_or(0)).collect::<Vec<_>>());
        Column::with_validity(column.values, cells.iter().map(Option::is_some).collect())
    }

    /// The words of the classes, in order; none in open form.
    pub fn class_names(&self) -> Vec<String> {
        (0..self.n_classes).map(|k| self.class_name(k)).collect()
    }

    /// The word of a class.
    pub(super) fn class_name(&self, class: usize) -> String {
        self.label(0, class)
    }

    /// The classes as a column, in the type of the input where claims are values and no more.
    pub fn class_column(&self) -> Column {
        let here = self.matrix().claim_column(self.claim.iter().map(|(f, c)| (*f as usize, Some(*c as usize))));
        if self.elsewhere.is_empty() {
            return here;
        }
        let all = match here.values {
            Values::Bool(here) => longer(here, &self.elsewhere).map(Values::Bool),
            Values::I64(here) => longer(here, &self.elsewhere).map(Values::I64),
            Values::U64(here) => longer(here, &self.elsewhere).map(Values::U64),
            Values::F64(here) => longer(here, &self.elsewhere).map(Values::F64),
            _ => None,
        };
        all.map_or_else(|| Column::texts(self.class_names().into_iter().map(Some)), Column::from)
    }

    /// The votes of a fact among all.
    #[inline]
    pub fn range(&self, fact: usize) -> Range<usize> {
        self.fact_ptr[fact] as usize..self.fact_ptr[fact + 1] as usize
    }

    /// The votes of a fact.
    #[inline]
    pub fn of(&self, fact: usize) -> Of<'_> {
        let range = self.range(fact);
        Of {
            source: &self.source[range.clone()],
            choice: &self.choice[range.clone()],
            weight: self.weight.as_ref().map(|w| &w[range.clone()]),
            denies: self.denies.as_ref().map(|d| &d[range]),
        }
    }

    /// Who votes, for all facts.
    pub fn sources(&self) -> &[u32] {
        &self.source
    }

    /// The cell of each vote, for all facts.
    pub fn choices(&self) -> &[u32] {
        &self.choice
    }

    /// Where the votes of facts begin, and the end.
    pub(crate) fn fact_ptr(&self) -> &[u32] {
        &self.fact_ptr
    }

    /// Weights by vote, where any is not 1.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weight.as_deref()
    }

    /// Whether some vote is a denial.
    pub fn has_denials(&self) -> bool {
        self.denies.is_some()
    }

    /// What the model does not read.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// The shares of the votes that each cell of a fact has: 0 everywhere without votes. Denials do not count.
    pub fn shares(&self, fact: usize, shares: &mut [f64]) {
        shares.fill(0.0);
        let of = self.of(fact);
        let mut total = 0.0;
        for i in (0..of.len()).filter(|i| !of.denies(*i)) {
            shares[of.choice[i] as usize] += of.weight(i);
            total += of.weight(i);
        }
        if total > 0.0 {
            shares.iter_mut().for_each(|x| *x /= total);
        }
    }

    /// Facts to work on at a time, so that making and adding statistics of `n_stats` numbers a chunk costs little beside its votes.
    /// It depends on the data alone, so that results do not depend on the number of threads.
    pub fn chunk(&self, n_stats: usize) -> usize {
        let chunks = (self.n_votes() / (8 * n_stats.max(1 << 12))).clamp(1, 64);
        self.n_facts().div_ceil(chunks).max(1)
    }
}

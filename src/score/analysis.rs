//! One fact looked at closely: who says what, what that leaves possible, and where the camps are.

use crate::error::{DataError, Result};
use crate::matrix::{Independence, Matrix};
use crate::stats::Watch;
use crate::value::{Qualifier, Relation, Stance, Stated, kind_id};

/// Voiced claims that may overlap are compared pair by pair, up to this many in one fact.
pub const MAX_COMPARED: usize = 20_000;

/// A voice: the independent unit that a vote belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The voice's name id.
    pub name: u32,
    /// Mean weight of its reports.
    pub weight: f64,
    /// What it says: claims of the fact with their parts, which sum to 1.
    pub votes: Vec<(usize, f64)>,
}

/// A camp of a fact: claims that do not conflict with its head.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The claim of highest belief when the camp was formed.
    pub head: usize,
    /// The mass of its claims, in effective voices.
    pub mass: f64,
    /// Its claims, the head first.
    pub claims: Vec<usize>,
}

/// All that is derived from the reports of one fact. Claims are numbered within the fact.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The claims as they are compared; empty where different claims always conflict.
    pub stated: Vec<Stated>,
    /// Whether each claim has a region.
    pub comparable: Vec<bool>,
    /// The voices, ordered by name id.
    pub units: Vec<Unit>,
    /// Kish's effective number of voices, (Σm)²/Σm².
    pub n_effective: f64,
    /// Mass of each claim, in effective voices.
    pub mass: Vec<f64>,
    /// Claims with mass, in order.
    pub voiced: Vec<usize>,
    /// Share of the mass that entails each claim.
    pub belief: Vec<f64>,
    /// Share of the mass that does not conflict with each claim.
    pub plausibility: Vec<f64>,
    /// Whether each claim conflicts with a voiced one.
    pub disputed: Vec<bool>,
    /// Whether voiced claims conflict.
    pub conflict: bool,
    /// Camps, largest first.
    pub positions: Vec<Position>,
    /// The chance that two different voices agree; `None` for fewer than two.
    pub agreement: Option<f64>,
    /// The chance that two sources that relay the same origin agree.
    pub fidelity: Option<f64>,
    /// Whether any comparable claim is stated by anyone, and whether by a named origin.
    pub comparable_reports: bool,
    /// The relations among voiced claims are all conflicts.
    pub identity: bool,
}

/// Sums in an order that depends on the numbers alone, so that the order of rows does not show.
pub(super) fn sum_sorted(numbers: &mut [f64]) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.iter().sum()
}

/// A distribution over claims: pairs of claim and part, ordered by claim.
type Votes = Vec<(usize, f64)>;

/// The mean of distributions.
fn mean(distributions: &[Votes]) -> Votes {
    let mut parts: Vec<(usize, f64)> = distributions.iter().flatten().copied().collect();
    let n = distributions.len() as f64;
    collect(&mut parts).into_iter().map(|(k, p)| (k, p / n)).collect()
}

/// Adds up the parts of each claim.
fn collect(parts: &mut [(usize, f64)]) -> Votes {
    parts.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut sums: Votes = Vec::new();
    for &(k, p) in parts.iter() {
        match sums.last_mut() {
            Some((last, sum)) if *last == k => *sum += p,
            _ => sums.push((k, p)),
        }
    }
    sums
}

/// A report that counts: for whom, by whom, for what.
#[derive(Debug, Clone, Copy)]
struct Vote {
    unit: u32,
    origin: u32,
    source: u32,
    claim: usize,
    weight: f64,
}

impl Analysis {
    /// Looks at fact `f`, counting voices at this level.
    ///
    /// # Errors
    /// [`DataError::TooManyClaims`] where more than [`MAX_COMPARED`] voiced claims may overlap.
    pub fn new(matrix: &Matrix, f: usize, level: Independence) -> Result<Analysis> {
        Analysis::watched(matrix, f, level, &Watch::default())
    }

    /// The same, stoppable: to compare thousands of claims pair by pair takes seconds.
    ///
    /// # Errors
    /// As [`Analysis::new`]; [`crate::Error::Interrupted`] when stopped.
    pub fn watched(matrix: &Matrix, f: usize, level: Independence, watch: &Watch) -> Result<Analysis> {
        let m = &*matrix.inner;
        let claims = m.claims(f);
        let n_claims = claims.len();
        // Different plain values that always conflict need no regions.
        let identity_kind = m.kind(f).plain_values_conflict(&m.context(f))
            && m.claim_form.as_ref().is_none_or(|forms| {
                let given_error = m.given(crate::matrix::Role::StdError);
                forms[claims.clone()].iter().all(|form| {
                    form.qualifier == Qualifier::Exact
                        && form.stance == Stance::Asserts
                        && form.low == crate::matrix::NONE
                        && form.high == crate::matrix::NONE
                        && !given_error
                })
            });
        let stated: Vec<Stated> = if identity_kind { vec![] } else { claims.clone().map(|c| m.stated(f, c)).collect() };
        let comparable: Vec<bool> =
            if identity_kind { vec![true; n_claims] } else { stated.iter().map(Stated::is_comparable).collect() };

        let mut comparable_reports = false;
        let mut votes = Vec::new();
        for r in m.reports(f) {
            let claim = m.entries[r].claim as usize;
            let weight = m.weight(r);
            if m.stance(r) == Stance::Neither || !comparable[claim] || weight == 0.0 {
                continue;
            }
            comparable_reports = true;
            if let Some(unit) = m.voice(r, level) {
                votes.push(Vote { unit, origin: m.origin(r).0, source: m.entries[r].source, claim, weight });
            }
        }
        let relays = relay_votes(&mut votes);
        let units = units(&votes, &relays, level);
        let mut analysis = Analysis {
            stated,
            comparable,
            units,
            n_effective: 0.0,
            mass: vec![0.0; n_claims],
            voiced: vec![],
            belief: vec![0.0; n_claims],
            plausibility: vec![0.0; n_claims],
            disputed: vec![false; n_claims],
            conflict: false,
            positions: vec![],
            agreement: None,
            fidelity: None,
            comparable_reports,
            identity: identity_kind,
        };
        let raw = analysis.weigh();
        if analysis.voiced.len() > MAX_COMPARED && !identity_kind {
            let fact = m.facts.name(f as u32).into_owned();
            let claims = analysis.voiced.len();
            return Err(DataError::TooManyClaims { fact, claims, limit: MAX_COMPARED }.into());
        }
        analysis.compare(watch);
        analysis.agree(&raw, watch);
        watch.tick(0)?;
        analysis.fidelity = analysis.fidelity_of(&relays);
        if !analysis.voiced.is_empty() {
            let order = ClaimOrder { matrix, fact: f, first: claims.start };
            analysis.take_positions(&order, watch);
        }
        watch.tick(0)?;
        Ok(analysis)
    }

    /// How claim a relates to claim b.
    pub fn relate(&self, a: usize, b: usize) -> Relation {
        if a == b {
            Relation::EQUAL
        } else if self.identity {
            Relation::CONFLICT
        } else {
            self.stated[a].relate(&self.stated[b])
        }
    }

    /// Masses and beliefs are equal if they differ by at most this.
    pub fn tolerance(&self) -> f64 {
        1e-9 * self.n_effective
    }

    /// Masses of claims, scaled to the effective number of voices; gives the masses before scaling.
    fn weigh(&mut self) -> Vec<f64> {
        let mut parts: Vec<(usize, f64)> =
            self.units.iter().flat_map(|u| u.votes.iter().map(|(k, p)| (*k, u.weight * p))).collect();
        let sums = collect(&mut parts);
        let sum = sum_sorted(&mut self.units.iter().map(|u| u.weight).collect::<Vec<_>>());
        let squares = sum_sorted(&mut self.units.iter().map(|u| u.weight * u.weight).collect::<Vec<_>>());
        let mut raw = vec![0.0; self.mass.len()];
        if sum > 0.0 {
            self.n_effective = sum * sum / squares;
            for (k, mass) in sums {
                raw[k] = mass;
                self.mass[k] = mass * (self.n_effective / sum);
                self.voiced.push(k);
            }
        }
        raw
    }

    /// Belief, plausibility and dispute of every claim against the voiced ones.
    fn compare(&mut self, watch: &Watch) {
        let n = self.n_effective;
        if n == 0.0 {
            return;
        }
        if self.identity {
            for k in 0..self.mass.len() {
                self.belief[k] = self.mass[k] / n;
                self.plausibility[k] = self.belief[k];
                self.disputed[k] = self.voiced.len() > usize::from(self.mass[k] > 0.0);
            }
            self.conflict = self.voiced.len() > 1;
            return;
        }
        let (mut entailing, mut compatible) = (Vec::new(), Vec::new());
        for k in 0..self.mass.len() {
            if watch.is_stopped() {
                return;
            }
            if !self.comparable[k] {
                continue;
            }
            entailing.clear();
            compatible.clear();
            for &v in &self.voiced {
                let relation = self.relate(v, k);
                if relation.entails {
                    entailing.push(self.mass[v]);
                }
                if relation.is_conflict() {
                    self.disputed[k] = true;
                } else {
                    compatible.push(self.mass[v]);
                }
            }
            self.belief[k] = sum_sorted(&mut entailing) / n;
            self.plausibility[k] = sum_sorted(&mut compatible) / n;
        }
        self.conflict = self.voiced.iter().any(|k| self.disputed[*k]);
    }

    /// The chance that two different voices agree: all pairs less each voice with itself.
    fn agree(&mut self, raw: &[f64], watch: &Watch) {
        if self.units.len() < 2 {
            return;
        }
        let mut pairs: Vec<f64> = Vec::new();
        for &a in &self.voiced {
            if watch.is_stopped() {
                return;
            }
            if self.identity {
                pairs.push(raw[a] * raw[a]);
                continue;
            }
            let mut row: Vec<f64> = self.voiced.iter().map(|&b| raw[a] * raw[b] * self.relate(a, b).weight).collect();
            pairs.push(sum_sorted(&mut row));
        }
        let own = |u: &Unit| u.weight * u.weight * self.expected_weight(&u.votes, &u.votes);
        let selves = sum_sorted(&mut self.units.iter().map(own).collect::<Vec<_>>());
        let sum = sum_sorted(&mut self.units.iter().map(|u| u.weight).collect::<Vec<_>>());
        let squares = sum_sorted(&mut self.units.iter().map(|u| u.weight * u.weight).collect::<Vec<_>>());
        let agreement = (sum_sorted(&mut pairs) - selves) / (sum * sum - squares);
        // Full agreement and none at all are exact, whatever rounding left.
        self.agreement = Some(match agreement {
            a if a > 1.0 - 1e-12 => 1.0,
            a if a < 1e-12 => 0.0,
            a => a,
        });
    }

    /// vᵀWw: the chance that a draw from v agrees with a draw from w.
    pub fn expected_weight(&self, v: &[(usize, f64)], w: &[(usize, f64)]) -> f64 {
        if let ([(a, p)], [(b, q)]) = (v, w) {
            return p * q * self.relate(*a, *b).weight;
        }
        let mut terms: Vec<f64> = Vec::with_capacity(v.len() * w.len().min(64));
        if self.identity {
            let mut j = 0;
            for (a, p) in v {
                while j < w.len() && w[j].0 < *a {
                    j += 1;
                }
                if j < w.len() && w[j].0 == *a {
                    terms.push(p * w[j].1);
                }
            }
        } else {
            terms.extend(v.iter().flat_map(|(a, p)| w.iter().map(move |(b, q)| p * q * self.relate(*a, *b).weight)));
        }
        sum_sorted(&mut terms)
    }

    /// Mean agreement of the pairs of sources that relay one origin, all origins together.
    fn fidelity_of(&self, relays: &[Relay]) -> Option<f64> {
        let mut terms = Vec::new();
        for group in relays.chunk_by(|a, b| a.origin == b.origin) {
            for (i, a) in group.iter().enumerate() {
                terms.extend(group[..i].iter().map(|b| self.expected_weight(&a.votes, &b.votes)));
            }
        }
        let n = terms.len() as f64;
        (n > 0.0).then(|| sum_sorted(&mut terms) / n)
    }

    /// Camps around the claims of highest belief.
    fn take_positions(&mut self, order: &ClaimOrder<'_>, watch: &Watch) {
        if !self.conflict {
            let head = self.highest_belief(&self.voiced, order);
            let mut claims = self.voiced.clone();
            claims.retain(|k| *k != head);
            claims.insert(0, head);
            self.positions = vec![Position { head, mass: self.n_effective, claims }];
            return;
        }
        let mut left: Vec<usize> = self.voiced.iter().copied().filter(|k| self.disputed[*k]).collect();
        let mut positions: Vec<Position> = Vec::new();
        if self.identity {
            // Every claim is a camp of its own; by belief, which is mass.
            left.sort_by(|&a, &b| self.mass[b].total_cmp(&self.mass[a]));
            self.sort_ties(&mut left, order);
            positions.extend(left.iter().map(|&k| Position { head: k, mass: self.mass[k], claims: vec![k] }));
            self.positions = positions;
            return;
        }
        while !left.is_empty() && !watch.is_stopped() {
            let head = self.highest_belief(&left, order);
            let (with, without): (Vec<usize>, Vec<usize>) =
                left.iter().partition(|&&k| !self.relate(k, head).is_conflict());
            let mass = sum_sorted(&mut with.iter().map(|k| self.mass[*k]).collect::<Vec<_>>());
            let claims = std::iter::once(head).chain(with.into_iter().filter(|k| *k != head)).collect();
            positions.push(Position { head, mass, claims });
            left = without;
        }
        // Largest first; what is equal but for rounding stays in the order of extraction.
        for i in 1..positions.len() {
            let mut j = i;
            while j > 0 && positions[j].mass > positions[j - 1].mass + self.tolerance() {
                positions.swap(j, j - 1);
                j -= 1;
            }
        }
        self.positions = positions;
    }

    /// Brings runs of equal mass (within the tolerance) into the order of labels.
    fn sort_ties(&self, claims: &mut [usize], order: &ClaimOrder<'_>) {
        let mut start = 0;
        while start < claims.len() {
            let top = self.mass[claims[start]];
            let run = claims[start..].iter().take_while(|k| top - self.mass[**k] <= self.tolerance()).count();
            if run > 1 {
                claims[start..start + run].sort_by_cached_key(|k| order.key(*k));
            }
            start += run;
        }
    }

    /// The claim of highest belief; ties: higher plausibility, then smaller label.
    pub(super) fn highest_belief(&self, claims: &[usize], order: &ClaimOrder<'_>) -> usize {
        let top = |score: &[f64], among: &[usize]| -> Vec<usize> {
            let best = among.iter().map(|k| score[*k]).fold(f64::NEG_INFINITY, f64::max);
            among.iter().copied().filter(|k| score[*k] >= best - 1e-9).collect()
        };
        let tied = top(&self.plausibility, &top(&self.belief, claims));
        match tied.as_slice() {
            [one] => *one,
            several => several.iter().copied().min_by_key(|k| order.key(*k)).unwrap_or(claims[0]),
        }
    }

    /// Whether two camps share the lead.
    pub fn is_tied(&self) -> bool {
        matches!(self.positions.as_slice(), [a, b, ..] if a.mass - b.mass <= self.tolerance())
    }

    /// The head of the largest camp; `None` on a tie or without votes.
    pub fn leading(&self) -> Option<usize> {
        if self.is_tied() { None } else { self.positions.first().map(|p| p.head) }
    }

    /// Among undisputed voiced claims the one of highest belief, where there is a dispute.
    pub fn common_ground(&self, order: &ClaimOrder<'_>) -> Option<usize> {
        let undisputed: Vec<usize> = self.voiced.iter().copied().filter(|k| !self.disputed[*k]).collect();
        (self.conflict && !undisputed.is_empty()).then(|| self.highest_belief(&undisputed, order))
    }

    /// Whether the leading claim may stand for all: everything voiced is nested with it, or one claim says all.
    pub fn has_one_answer(&self) -> bool {
        let Some(leading) = self.leading() else { return false };
        let nested = |k: &usize| {
            let relation = self.relate(*k, leading);
            relation.entails || relation.entailed
        };
        let says_all = |k: &usize| self.voiced.iter().all(|other| self.relate(*k, *other).entails);
        self.voiced.iter().all(nested) || self.voiced.iter().any(says_all)
    }

    /// The most precise claim: of highest belief among those that no other voiced claim strictly entails.
    pub fn refined(&self, order: &ClaimOrder<'_>) -> Option<usize> {
        let strictly = |a: usize, b: usize| {
            let relation = self.relate(a, b);
            relation.entails && !relation.entailed
        };
        let finest: Vec<usize> =
            self.voiced.iter().copied().filter(|&k| !self.voiced.iter().any(|&v| strictly(v, k))).collect();
        (!finest.is_empty()).then(|| self.highest_belief(&finest, order))
    }

    /// Whether the fact is one of yes or no with both voiced, so that no third answer can be missing.
    pub fn is_full_boolean(&self, matrix: &Matrix, f: usize) -> bool {
        self.conflict && Some(matrix.inner.kind_id(f)) == kind_id("boolean")
    }
}

/// How ties between claims of a fact are broken.
pub struct ClaimOrder<'m> {
    matrix: &'m Matrix,
    fact: usize,
    first: usize,
}

impl<'m> ClaimOrder<'m> {
    /// The order of the claims of fact `f`.
    pub fn new(matrix: &'m Matrix, f: usize) -> ClaimOrder<'m> {
        ClaimOrder { matrix, fact: f, first: matrix.inner.claims(f).start }
    }

    /// What a claim is sorted by: value text, qualifier, low, high, by code point.
    pub(super) fn key(&self, k: usize) -> impl Ord + use<> {
        self.matrix.inner.claim_order(self.fact, self.first + k)
    }
}

/// What one source says in the name of one origin.
struct Relay {
    origin: u32,
    source: u32,
    votes: Votes,
}

/// By origin and source; a source's reports of one origin count the same.
fn relay_votes(votes: &mut [Vote]) -> Vec<Relay> {
    votes.sort_unstable_by_key(|v| (v.origin, v.source, v.claim));
    let same = |a: &Vote, b: &Vote| (a.origin, a.source) == (b.origin, b.source);
    votes.chunk_by(same).map(|g| Relay { origin: g[0].origin, source: g[0].source, votes: shares(g) }).collect()
}

fn shares(votes: &[Vote]) -> Votes {
    let n = votes.len() as f64;
    votes.chunk_by(|a, b| a.claim == b.claim).map(|g| (g[0].claim, g.len() as f64 / n)).collect()
}

fn units(votes: &[Vote], relays: &[Relay], level: Independence) -> Vec<Unit> {
    let mut by_unit: Vec<Vote> = votes.to_vec();
    by_unit.sort_unstable_by_key(|v| (v.unit, v.origin, v.source, v.claim));
    let unit = |reports: &[Vote]| {
        let mut weights: Vec<f64> = reports.iter().map(|v| v.weight).collect();
        let votes = if level == Independence::Source {
            let mut all = reports.to_vec();
            all.sort_unstable_by_key(|v| v.claim);
            shares(&all)
        } else {
            let origins: Vec<Votes> = reports
                .chunk_by(|a, b| a.origin == b.origin)
                .map(|g| {
                    let start = relays.partition_point(|r| r.origin < g[0].origin);
                    let of_origin = relays[start..].iter().take_while(|r| r.origin == g[0].origin);
                    debug_assert!(of_origin.clone().is_sorted_by_key(|r| r.source));
                    mean(&of_origin.map(|r| r.votes.clone()).collect::<Vec<_>>())
                })
                .collect();
            // A single origin stands for itself: no rounding by a mean of one.
            if let [one] = origins.as_slice() { one.clone() } else { mean(&origins) }
        };
        Unit { name: reports[0].unit, weight: sum_sorted(&mut weights) / reports.len() as f64, votes }
    };
    by_unit.chunk_by(|a, b| a.unit == b.unit).map(unit).collect()
}

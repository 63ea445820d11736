//! Regions of possible answers, and how two of them relate.

use std::cmp::Ordering;

/// How one claim relates to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relation {
    /// The first says at least all that the second says.
    pub entails: bool,
    /// The second says at least all that the first says.
    pub entailed: bool,
    /// Agreement weight in [0, 1]: 0 exactly in conflict.
    pub weight: f64,
}

impl Relation {
    /// The same answer.
    pub const EQUAL: Relation = Relation { entails: true, entailed: true, weight: 1.0 };
    /// Both may be right, neither says all that the other says.
    pub const COMPATIBLE: Relation = Relation { entails: false, entailed: false, weight: 1.0 };
    /// Not both can be right.
    pub const CONFLICT: Relation = Relation { entails: false, entailed: false, weight: 0.0 };

    /// Whether not both can be right.
    pub fn is_conflict(self) -> bool {
        self.weight == 0.0
    }

    /// The relation seen from the other side.
    pub fn reversed(self) -> Relation {
        Relation { entails: self.entailed, entailed: self.entails, weight: self.weight }
    }

    /// Claim a against the denial of k, from whether a entails k and whether a conflicts with k.
    pub(crate) fn against_denial(entails: bool, conflicts: bool) -> Relation {
        if entails { Relation::CONFLICT } else { Relation { entails: conflicts, entailed: false, weight: 1.0 } }
    }
}

/// The answers that a claim leaves possible.
#[derive(Debug, Clone, PartialEq)]
pub enum Region {
    /// The claim cannot be compared.
    None,
    /// A label, with the broader labels that it lies within, nearest first.
    Label(String, Vec<String>),
    /// True or false.
    Bool(bool),
    /// Numbers or ranks.
    Numbers(Span<f64>, Option<Measured>),
    /// A stretch of time, in nanoseconds since 1970-01-01T00:00Z.
    Time(Span<i128>),
    /// A stretch of a circular scale.
    Arc(Arc),
    /// All that an open list names, in code point order.
    Set(Vec<String>),
}

/// A stretch of a scale; an end that is `None` lies at infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span<T> {
    /// Lower end.
    pub low: Option<End<T>>,
    /// Upper end.
    pub high: Option<End<T>>,
    /// Ends that differ by no more than this are one point: what rounding may have moved.
    pub slack: T,
}

/// One end of a stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct End<T> {
    /// Where it is.
    pub at: T,
    /// Whether the point itself belongs to the stretch.
    pub closed: bool,
}

/// A value with its standard error (0: taken as exact): two of them are compared by E_n instead of by their stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Differences up to this are none.
    pub tolerance: f64,
}

/// A stretch of a circular scale, clockwise from `start`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arc {
    /// Where it starts, in [0, period).
    pub start: f64,
    /// How far it runs, in [0, period].
    pub width: f64,
    /// Whether the last point belongs to it; the first always does.
    pub closed: bool,
    /// After how much the scale starts again.
    pub period: f64,
}

impl<T: Copy> End<T> {
    /// An end that belongs to the stretch.
    pub fn closed(at: T) -> Option<End<T>> {
        Some(End { at, closed: true })
    }

    /// An end that does not.
    pub fn open(at: T) -> Option<End<T>> {
        Some(End { at, closed: false })
    }
}

impl<T: Copy + PartialOrd + std::ops::Sub<Output = T>> Span<T> {
    fn cmp(&self, other: &Span<T>, a: T, b: T) -> Ordering {
        let slack = if self.slack > other.slack { self.slack } else { other.slack };
        if a < b {
            if b - a <= slack { Ordering::Equal } else { Ordering::Less }
        } else if a - b <= slack {
            Ordering::Equal
        } else {
            Ordering::Greater
        }
    }

    /// Whether this stretch lies in the other.
    fn is_inside(&self, other: &Span<T>) -> bool {
        let fits = |inner: Option<End<T>>, outer: Option<End<T>>, beyond: Ordering| match (inner, outer) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(i), Some(o)) => match self.cmp(other, i.at, o.at) {
                Ordering::Equal => o.closed || !i.closed,
                order => order == beyond,
            },
        };
        fits(self.low, other.low, Ordering::Greater) && fits(self.high, other.high, Ordering::Less)
    }

    /// Whether this stretch ends before the other begins.
    fn is_before(&self, other: &Span<T>) -> bool {
        match (self.high, other.low) {
            (Some(end), Some(start)) => match self.cmp(other, end.at, start.at) {
                Ordering::Less => true,
                Ordering::Equal => !(end.closed && start.closed),
                Ordering::Greater => false,
            },
            _ => false,
        }
    }

    fn relate(&self, other: &Span<T>) -> Relation {
        if self.is_before(other) || other.is_before(self) {
            return Relation::CONFLICT;
        }
        Relation { entails: self.is_inside(other), entailed: other.is_inside(self), weight: 1.0 }
    }
}

impl Measured {
    /// E_n: two values conflict where they differ by more than twice the standard error of their difference.
    fn relate(&self, other: &Measured) -> Relation {
        let difference = (self.value - other.value).abs();
        let tolerance = self.tolerance.max(other.tolerance);
        if difference == 0.0 {
            Relation::EQUAL
        } else if difference - tolerance > 2.0 * self.std_error.hypot(other.std_error) + SLACK * tolerance {
            Relation::CONFLICT
        } else {
            Relation::COMPATIBLE
        }
    }
}

/// What rounding may do to a sum of a few numbers, as a share of the largest.
pub(super) const SLACK: f64 = 1e-12;

impl Arc {
    /// How far clockwise `at` lies from the start, in [0, period); what rounding put just short of a turn is 0.
    fn offset(&self, at: f64) -> f64 {
        let offset = (at - self.start).rem_euclid(self.period);
        if self.period - offset <= SLACK * self.period { 0.0 } else { offset }
    }

    fn is_full(&self) -> bool {
        self.width >= self.period * (1.0 - SLACK)
    }

    /// Whether the point that lies `offset` beyond the start belongs to the arc.
    fn reaches(&self, offset: f64) -> bool {
        let slack = SLACK * self.period;
        self.is_full() || offset < self.width - slack || self.closed && offset <= self.width + slack
    }

    fn is_inside(&self, other: &Arc) -> bool {
        if other.is_full() {
            return true;
        }
        let end = other.offset(self.start) + self.width;
        let slack = SLACK * self.period;
        other.reaches(other.offset(self.start))
            && (end < other.width - slack || end <= other.width + slack && (other.closed || !self.closed))
    }

    /// Two arcs meet where one of them holds the other's first point.
    fn relate(&self, other: &Arc) -> Relation {
        let (entails, entailed) = (self.is_inside(other), other.is_inside(self));
        let meet = self.reaches(self.offset(other.start)) || other.reaches(other.offset(self.start));
        if meet || entails || entailed { Relation { entails, entailed, weight: 1.0 } } else { Relation::CONFLICT }
    }
}

impl Region {
    /// How this region relates to another of the same fact.
    pub fn relate(&self, other: &Region) -> Relation {
        match (self, other) {
            (Region::Label(a, up_a), Region::Label(b, up_b)) => {
                let (entails, entailed) = (a == b || up_a.contains(b), a == b || up_b.contains(a));
                Relation { entails, entailed, weight: f64::from(u8::from(entails || entailed)) }
            }
            (Region::Bool(a), Region::Bool(b)) if a == b => Relation::EQUAL,
            (Region::Numbers(_, Some(a)), Region::Numbers(_, Some(b))) => a.relate(b),
            (Region::Numbers(a, _), Region::Numbers(b, _)) => a.relate(b),
            (Region::Time(a), Region::Time(b)) => a.relate(b),
            (Region::Arc(a), Region::Arc(b)) => a.relate(b),
            (Region::Set(a), Region::Set(b)) => relate_sets(a, b),
            _ => Relation::CONFLICT,
        }
    }
}

/// A list says all that its part says; lists that overlap agree by their Jaccard index.
fn relate_sets(a: &[String], b: &[String]) -> Relation {
    let shared = a.iter().filter(|x| b.binary_search(x).is_ok()).count();
    let (entails, entailed) = (shared == b.len(), shared == a.len());
    let weight = if entails || entailed { 1.0 } else { shared as f64 / (a.len() + b.len() - shared) as f64 };
    Relation { entails, entailed, weight }
}

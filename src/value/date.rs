//! Dates as precise as they are given, and stretches of time.

use super::region::{End, Span};
use super::{Context, Kind, Qualifier, Raw, Region, Statement, Unreadable, Value, shortest};

/// Dates as precise as they are given: 2024, 2024-08, 2024-08-06, a timestamp, or a stretch A/B.
pub struct Date;

/// Nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;

impl Kind for Date {
    fn name(&self) -> &'static str {
        "date"
    }
    fn summary(&self) -> &'static str {
        "Dates as precise as they are given (2024, 2024-08, 2024-08-06, a timestamp, A/B); a day agrees with its month."
    }
    fn reference(&self) -> &'static str {
        "ISO 8601-1:2019 (dates of reduced precision, intervals A/B); Allen (1983), Maintaining Knowledge about Temporal Intervals, CACM 26"
    }
    fn qualifiers(&self) -> &'static [Qualifier] {
        &Qualifier::ALL
    }
    fn ranges(&self) -> bool {
        true
    }
    fn read(&self, raw: &Raw<'_>, _context: &Context<'_>) -> Result<Value, Unreadable> {
        let span = match raw {
            Raw::Date(days) => {
                let start = i128::from(*days) * DAY;
                Some((start, start + DAY, day_text(start)))
            }
            Raw::Instant(ns, zoned) => Some((*ns, *ns, instant_text(*ns) + if *zoned { "Z" } else { "" })),
            Raw::Int(year) => parse(&year.to_string()),
            Raw::UInt(year) => parse(&year.to_string()),
            Raw::Float(year) => parse(&shortest(*year)),
            Raw::Text(text) => parse(text.trim()),
            Raw::Bool(_) | Raw::List(_) => None,
        };
        span.map(|(start, end, text)| Value::Span(start, end, text)).ok_or_else(|| {
            let advice = match raw {
                Raw::Text(text) if is_reversed(text) => "it ends before it begins: swap the two",
                Raw::Text(text) if text.bytes().any(|b| b.is_ascii_digit()) => {
                    "write year, month, day in this order, with dashes and zeros: 2024-08-06"
                }
                _ => "correct it, or give this report the qualifier \"vague\" if it is wording",
            };
            Unreadable {
                expected: "a date such as 2024, 2024-08, 2024-08-06, 2024-08-06T12:30Z or 2024-08-06/2024-08-09"
                    .to_owned(),
                advice: advice.to_owned(),
            }
        })
    }
    fn region(&self, statement: &Statement<'_>, _context: &Context<'_>) -> Region {
        let span = |value: Option<&Value>| match value {
            Some(Value::Span(start, end, _)) => Some((*start, *end)),
            _ => None,
        };
        // An instant belongs to itself; a day begins with its first instant and ends before the next day's.
        let last = |(start, end)| if start == end { End::closed(end) } else { End::open(end) };
        let (low, high) = if statement.low.is_some() || statement.high.is_some() {
            (span(statement.low).and_then(|s| End::closed(s.0)), span(statement.high).and_then(last))
        } else {
            let Some((start, end)) = span(statement.value) else { return Region::None };
            match statement.qualifier {
                Qualifier::Vague => return Region::None,
                Qualifier::AtLeast => (End::closed(start), None),
                Qualifier::MoreThan if start == end => (End::open(start), None),
                Qualifier::MoreThan => (End::closed(end), None),
                Qualifier::AtMost => (None, last((start, end))),
                Qualifier::LessThan => (None, End::open(start)),
                _ => (End::closed(start), last((start, end))),
            }
        };
        Region::Time(Span { low, high, slack: 0 })
    }
    /// A range that leaves no time.
    fn is_greater(&self, low: &Value, high: &Value) -> bool {
        match (low, high) {
            (Value::Span(a, ..), Value::Span(b, c, _)) => a > c || a == c && b != c,
            _ => false,
        }
    }
    fn plain_values_conflict(&self, _context: &Context<'_>) -> bool {
        false
    }
}

/// Start, end and text of a date, a timestamp or a stretch A/B.
fn parse(text: &str) -> Option<(i128, i128, String)> {
    let (start, end) = match text.split_once('/') {
        Some((a, b)) => {
            let ((a, _), (b, c)) = (point(a.trim())?, point(b.trim())?);
            if a > c || a == c && b != c {
                return None;
            }
            (a, c)
        }
        None => point(text)?,
    };
    Some((start, end, text.to_owned()))
}

/// Whether a stretch A/B is one but for the order of its ends.
fn is_reversed(text: &str) -> bool {
    text.split_once('/').is_some_and(|(a, b)| parse(&format!("{b}/{a}")).is_some())
}

/// Start and end of a year, month, day or instant.
fn point(text: &str) -> Option<(i128, i128)> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let number = |i: usize, digits: usize| match parts.get(i) {
        Some(part) if part.len() == digits => whole(part),
        _ => None,
    };
    let year = number(0, 4)?;
    let span = match parts.len() {
        1 => (days(year, 1, 1)?, days(year + 1, 1, 1)?),
        2 => {
            let month = number(1, 2)?;
            let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
            (days(year, month, 1)?, next?)
        }
        3 => {
            let day = days(year, number(1, 2)?, number(2, 2)?)?;
            (day, day + 1)
        }
        _ => return None,
    };
    let (start, end) = (i128::from(span.0) * DAY, i128::from(span.1) * DAY);
    match time {
        None => Some((start, end)),
        Some(time) if parts.len() == 3 => {
            let instant = start + clock(time)?;
            Some((instant, instant))
        }
        Some(_) => None,
    }
}

fn whole(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Nanoseconds since midnight UTC of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`, with `Z` or an offset; none is taken as it stands.
fn clock(text: &str) -> Option<i128> {
    let (time, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (text[..at].trim_end(), minutes(&text[at..])?),
        None => (text, 0),
    };
    let (time, fraction) = time.split_once('.').map_or((time, None), |(t, f)| (t, Some(f)));
    let parts: Vec<&str> = time.split(':').collect();
    let two =
        |i: usize, limit: i64| parts.get(i).filter(|p| p.len() == 2).and_then(|p| whole(p)).filter(|v| *v < limit);
    let (hour, minute) = (two(0, 24)?, two(1, 60)?);
    let second = if parts.len() == 3 { two(2, 61)? } else { 0 };
    let nanos = match fraction {
        None => 0,
        Some(digits) if parts.len() == 3 && (1..=9).contains(&digits.len()) => whole(&format!("{digits:0<9}"))?,
        Some(_) => return None,
    };
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let seconds = i128::from((hour * 60 + minute - offset) * 60 + second);
    Some(seconds * 1_000_000_000 + i128::from(nanos))
}

/// An offset from UTC in minutes: `Z`, `+02`, `+02:00`, `-0530`.
fn minutes(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at(1) {
        ("Z" | "z", "") => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = rest.replacen(':', "", 1);
    let value = whole(&digits)?;
    match digits.len() {
        2 if value < 24 => Some(sign * value * 60),
        4 if value / 100 < 24 && value % 100 < 60 => Some(sign * (value / 100 * 60 + value % 100)),
        _ => None,
    }
}

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar, if there is such a day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March have the leap day at their end.
    let y = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + of_year - 719_468)
}

/// Year, month and day of a number of days since 1970-01-01: the reverse of [`days`].
fn civil(since: i64) -> (i64, i64, i64) {
    let z = since + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400 + i64::from(month >= 10);
    (year, if month < 10 { month + 3 } else { month - 9 }, day)
}

fn day_text(ns: i128) -> String {
    let (year, month, day) = civil(ns.div_euclid(DAY) as i64);
    format!("{year:04}-{month:02}-{day:02}")
}

/// ISO 8601, with no more digits than needed.
fn instant_text(ns: i128) -> String {
    let rest = ns.rem_euclid(DAY);
    let (seconds, nanos) = (rest / 1_000_000_000, rest % 1_000_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{}T{hour:02}:{minute:02}:{second:02}", day_text(ns));
    if nanos == 0 { text } else { format!("{text}.{nanos:09}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Option<(i128, i128)> {
        parse(text).map(|(a, b, _)| (a, b))
    }

    #[test]
    fn days_and_civil_are_each_other_s_reverse() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 3, 1), Some(11_017));
        assert_eq!(days(2023, 2, 29), None);
        for since in (-800_000..800_000).step_by(37) {
            let (y, m, d) = civil(since);
            assert_eq!(days(y, m, d), Some(since));
        }
    }

    #[test]
    fn precision_is_kept() {
        let (year, month, day) = (span("2024").unwrap(), span("2024-08").unwrap(), span("2024-08-06").unwrap());
        assert_eq!(year.1 - year.0, 366 * DAY);
        assert_eq!(month.1 - month.0, 31 * DAY);
        assert_eq!(day.1 - day.0, DAY);
        assert_eq!(span("2024-08-06/2024-08"), Some((day.0, month.1)));
        assert_eq!(span("2024-12").unwrap().1, span("2025").unwrap().0);
    }

    #[test]
    fn instants_are_read_with_their_offset() {
        let noon = span("2024-08-06T12:00Z").unwrap();
        assert_eq!(noon.0, noon.1);
        for same in
            ["2024-08-06 12:00:00", "2024-08-06T14:00+02:00", "2024-08-06T06:30:00.000-0530", "2024-08-06T12:00:00z"]
        {
            assert_eq!(span(same), Some(noon), "{same}");
        }
        assert_eq!(instant_text(noon.0 + 1_500_000), "2024-08-06T12:00:00.0015");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "24",
            "2024-13",
            "2024-02-30",
            "2024-8-6",
            "August 2024",
            "2024-08-06/",
            "2024-08-06/2024-08-05",
            "20240806",
            "2024-08T12:00",
            "2024-08-06T25:00",
            "2024-08-06T12",
            "2024-08-06T12:00+25:00",
            "2024-08-06T12:00:00.",
            "２０２４",
            "é024",
        ] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}

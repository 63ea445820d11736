//! What the kinds of numbers share: reading them, writing them, and the stretch that a statement leaves possible.

use super::region::{End, Measured, SLACK, Span};
use super::{About, Context, Qualifier, Raw, Region, Statement, Unreadable, Value};

/// The qualifiers of a scale that has more and less.
pub(super) const QUALIFIERS: &[Qualifier] = &Qualifier::ALL;

/// The shortest decimal that reads back as the number, without ".0"; with an exponent where Python writes one.
///
/// ```
/// use consilience::value::shortest;
/// assert_eq!(shortest(12_000.0), "12000");
/// assert_eq!(shortest(0.1 + 0.2), "0.30000000000000004");
/// assert_eq!(shortest(1e300), "1e+300");
/// ```
pub fn shortest(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() || (1e-4..1e16).contains(&size) {
        return format!("{}", value + 0.0);
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    }
}

/// Reads a finite number.
pub(super) fn read(raw: &Raw<'_>) -> Result<Value, Unreadable> {
    let refuse =
        |expected: &str, advice: &str| Err(Unreadable { expected: expected.to_owned(), advice: advice.to_owned() });
    let advice = "correct it, or give this report the qualifier \"vague\" if it is wording";
    let number = match raw {
        Raw::Int(v) => exactly(i128::from(*v)),
        Raw::UInt(v) => exactly(i128::from(*v)),
        Raw::Float(v) => Some(*v),
        Raw::Text(text) => match text.trim().parse::<f64>() {
            Ok(v) => Some(v),
            Err(_) => return refuse("a number such as 3000 or 12.5", &plainer(text).unwrap_or(advice.to_owned())),
        },
        Raw::Bool(_) | Raw::Date(_) | Raw::Instant(..) | Raw::List(_) => {
            return refuse("a number such as 3000 or 12.5", "give the fact the kind that its values have");
        }
    };
    match number {
        Some(v) if v.is_finite() => Ok(Value::Number(v + 0.0)),
        Some(_) => refuse("a finite number", "leave the field empty (null) where there is no value"),
        None => refuse("a number that 64-bit floats hold exactly", "use kind=\"nominal\" if it is a label"),
    }
}

/// How to write a number that has separators: "12,000" as 12000, "3,5" as 3.5; nothing where that would be a guess.
fn plainer(text: &str) -> Option<String> {
    let plain = text.trim().replace([' ', '\u{a0}', '\u{202f}', '_', '\''], "");
    let groups: Vec<&str> = plain.split(',').collect();
    let thousands = groups[1..].iter().all(|g| g.split('.').next().is_some_and(|whole| whole.len() == 3));
    let (advice, number) = match groups.as_slice() {
        [whole, part] if !thousands => ("with a point before the decimals", format!("{whole}.{part}")),
        _ if thousands => ("without separators", groups.concat()),
        _ => return None,
    };
    number.parse::<f64>().is_ok().then(|| format!("write it {advice}: {number}"))
}

/// An integer as a float, if it is one.
fn exactly(v: i128) -> Option<f64> {
    let float = v as f64;
    (float as i128 == v).then_some(float)
}

/// Half a unit of the last significant digit of the shortest decimal, below and above: exact decimals, rounded once.
pub(super) fn half_unit(v: f64) -> (f64, f64) {
    let text = format!("{:e}", v.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or(("0", "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let places = digits.split_once('.').map_or(0, |(_, d)| d.len() as i32);
    let mantissa: i64 = digits.replace('.', "").parse().unwrap_or(0);
    // v = mantissa · 10^unit, without trailing zeros: that is how `{:e}` writes it.
    let unit = exponent - places;
    let at = |tenths: i64| format!("{tenths}e{}", unit - 1).parse().unwrap_or(v);
    let (low, high) = (at(10 * mantissa - 5), at(10 * mantissa + 5));
    if v < 0.0 { (-high, -low) } else { (low, high) }
}

/// The half-open stretch of "about v".
pub(super) fn about(v: f64, about: About) -> Option<(f64, f64)> {
    match about {
        About::Digits => Some(half_unit(v)),
        About::Exact => None,
        About::Fraction(x) if x * v == 0.0 => None,
        About::Fraction(x) => Some((v - x * v.abs(), v + x * v.abs())),
    }
}

/// The numbers that a statement leaves possible; `number` says where a value stands on the scale.
pub(super) fn region(statement: &Statement<'_>, context: &Context<'_>) -> Region {
    let at = |value: Option<&Value>| value.and_then(Value::as_number);
    let ranged = statement.low.is_some() || statement.high.is_some();
    let (low, high) = if ranged {
        (at(statement.low).and_then(End::closed), at(statement.high).and_then(End::closed))
    } else {
        let Some(v) = at(statement.value) else { return Region::None };
        match statement.qualifier {
            Qualifier::Exact | Qualifier::Possible | Qualifier::Within => (End::closed(v), End::closed(v)),
            Qualifier::About => match about(v, context.about) {
                Some((low, high)) => (End::closed(low), End::open(high)),
                None => (End::closed(v), End::closed(v)),
            },
            Qualifier::AtLeast => (End::closed(v), None),
            Qualifier::MoreThan => (End::open(v), None),
            Qualifier::AtMost => (None, End::closed(v)),
            Qualifier::LessThan => (None, End::open(v)),
            Qualifier::Vague => return Region::None,
        }
    };
    let t = context.tolerance;
    let moved = |end: Option<End<f64>>, by: f64| end.map(|e| End { at: e.at + by, closed: e.closed });
    // Only what tolerance moved may be off by a rounding error.
    let size = [low, high].iter().flatten().map(|e| e.at.abs()).fold(t, f64::max);
    let slack = if t > 0.0 { SLACK * size } else { 0.0 };
    let exact = !ranged && statement.qualifier.of_claim() == Qualifier::Exact;
    let measured = at(statement.value).zip(statement.std_error).filter(|_| exact);
    let measured = measured.map(|(value, std_error)| Measured { value, std_error, tolerance: t });
    Region::Numbers(Span { low: moved(low, -t / 2.0), high: moved(high, t / 2.0), slack }, measured)
}

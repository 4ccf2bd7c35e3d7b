//! A value of one type as a value of another, where nothing is lost.

use bumpalo::Bump;
use provisio_model::{Timestamp, Value, ValueKind, ValueRef};

/// A value cannot become what the target attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) from: ValueKind,
    pub(crate) to: ValueKind,
}

/// Converts a value to `kind`. Text is read, everything simple can become text; booleans are `True` and `False`
/// as in Entra's expressions. A secret stays text until it is put into a write.
pub(crate) fn convert<'a>(
    value: ValueRef<'a>,
    kind: ValueKind,
    bump: &'a Bump,
) -> Result<ValueRef<'a>, Mismatch> {
    if value.kind() == kind {
        return Ok(value);
    }
    let mismatch = Mismatch { from: value.kind(), to: kind };
    let text = |text: String| -> &'a str { bump.alloc_str(&text) };
    let converted = match (value, kind) {
        (ValueRef::Text(it), ValueKind::Bool) => read_bool(it).map(ValueRef::Bool),
        (ValueRef::Text(it), ValueKind::Int) => it.trim().parse().ok().map(ValueRef::Int),
        (ValueRef::Text(it), ValueKind::Decimal) => read_decimal(it).map(ValueRef::Decimal),
        (ValueRef::Text(it), ValueKind::Timestamp) => read_timestamp(it).map(ValueRef::Timestamp),
        (ValueRef::Text(it), ValueKind::Reference) => Some(ValueRef::Reference(it)),
        (ValueRef::Text(_), ValueKind::Secret) => Some(value),
        (ValueRef::Reference(it), ValueKind::Text) => Some(ValueRef::Text(it)),
        (ValueRef::Bool(it), ValueKind::Text) => Some(ValueRef::Text(if it { "True" } else { "False" })),
        (ValueRef::Int(it), ValueKind::Text) => Some(ValueRef::Text(text(it.to_string()))),
        // Exact for every integer that a directory holds; a larger one would not read back.
        (ValueRef::Int(it), ValueKind::Decimal) if it.unsigned_abs() < 1 << 53 => {
            Some(ValueRef::Decimal(it as f64))
        }
        (ValueRef::Decimal(it), ValueKind::Text) => Some(ValueRef::Text(text(it.to_string()))),
        (ValueRef::Timestamp(it), ValueKind::Text) => Some(ValueRef::Text(text(it.to_string()))),
        _ => None,
    };
    converted.ok_or(mismatch)
}

/// Tells whether values of one type can become another, at least some of them.
pub(crate) fn is_convertible(from: ValueKind, to: ValueKind) -> bool {
    use ValueKind as Kind;
    from == to
        || matches!(
            (from, to),
            (
                Kind::Text,
                Kind::Bool | Kind::Int | Kind::Decimal | Kind::Timestamp | Kind::Reference | Kind::Secret
            ) | (Kind::Reference | Kind::Bool | Kind::Int | Kind::Decimal | Kind::Timestamp, Kind::Text)
                | (Kind::Int, Kind::Decimal)
        )
}

/// Converts an owned value.
pub(crate) fn convert_owned(value: &Value, kind: ValueKind) -> Result<Value, Mismatch> {
    let bump = Bump::new();
    convert(value.borrow(), kind, &bump).map(ValueRef::to_value)
}

fn read_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn read_decimal(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|it: &f64| it.is_finite())
}

/// Reads RFC 3339, a bare date, or the text that date functions give (`M/d/yyyy h:mm:ss tt`, UTC).
fn read_timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| read_expression_date(text))
}

fn read_expression_date(text: &str) -> Option<Timestamp> {
    let mut parts = text.split(' ');
    let (date, time, half) = (parts.next()?, parts.next()?, parts.next()?);
    let mut date = date.split('/').map(|it| it.parse::<u32>().ok());
    let (month, day, year) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.split(':').map(|it| it.parse::<u32>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let hour = match (half, hour) {
        ("AM", 1..=11) => hour,
        ("AM", 12) => 0,
        ("PM", 1..=11) => hour + 12,
        ("PM", 12) => 12,
        _ => return None,
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_what_the_target_holds() {
        let bump = Bump::new();
        let shown = |text, kind| convert(ValueRef::Text(text), kind, &bump).map(|it| it.to_string());
        assert_eq!(shown("TRUE", ValueKind::Bool).as_deref(), Ok("true"));
        assert_eq!(
            shown("12/31/2025 12:05:09 AM", ValueKind::Timestamp).as_deref(),
            Ok("2025-12-31T00:05:09Z")
        );
        assert_eq!(shown("2026-01-01", ValueKind::Timestamp).as_deref(), Ok("2026-01-01T00:00:00Z"));
        assert_eq!(shown("x", ValueKind::Int), Err(Mismatch { from: ValueKind::Text, to: ValueKind::Int }));
        assert_eq!(
            shown("NaN", ValueKind::Decimal),
            Err(Mismatch { from: ValueKind::Text, to: ValueKind::Decimal })
        );
    }
    #[test]
    fn dates_of_expressions_know_noon_from_midnight() {
        let bump = Bump::new();
        let shown =
            |text| convert(ValueRef::Text(text), ValueKind::Timestamp, &bump).map(|it| it.to_string());
        assert_eq!(shown("1/2/2026 12:00:00 PM").as_deref(), Ok("2026-01-02T12:00:00Z"));
        assert_eq!(shown("1/2/2026 1:00:00 PM").as_deref(), Ok("2026-01-02T13:00:00Z"));
        assert!(shown("1/2/2026 13:00:00 PM").is_err());
    }

    #[test]
    fn everything_simple_becomes_text_and_small_numbers_decimals() {
        let bump = Bump::new();
        let text = |value| convert(value, ValueKind::Text, &bump).map(|it| it.to_value());
        assert_eq!(text(ValueRef::Bool(true)), Ok(Value::from("True")));
        assert_eq!(text(ValueRef::Bool(false)), Ok(Value::from("False")));
        assert_eq!(text(ValueRef::Int(7)), Ok(Value::from("7")));
        let decimal = |int| convert(ValueRef::Int(int), ValueKind::Decimal, &bump).is_ok();
        assert!(decimal(1 << 52) && decimal(-(1 << 52)));
        assert!(!decimal(1 << 53) && !decimal(i64::MIN) && !decimal(i64::MAX));
    }
}

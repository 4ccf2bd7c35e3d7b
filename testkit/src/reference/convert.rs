//! A value as one of another kind, where nothing is lost.

use provisio::model::{Timestamp, Value, ValueKind};

/// The largest whole number below which every one is a decimal number, too.
const EXACT_MAX: u64 = 1 << 53;

/// Makes a value one of `kind`; nothing if that cannot be.
pub(super) fn convert(value: &Value, kind: ValueKind) -> Option<Value> {
    if value.kind() == kind {
        return Some(value.clone());
    }
    match (value, kind) {
        (Value::Text(text), ValueKind::Bool) => ["true", "false"]
            .iter()
            .position(|it| text.eq_ignore_ascii_case(it))
            .map(|it| Value::Bool(it == 0)),
        (Value::Text(text), ValueKind::Int) => text.trim().parse().ok().map(Value::Int),
        (Value::Text(text), ValueKind::Decimal) => {
            text.trim().parse().ok().filter(|it: &f64| it.is_finite()).map(Value::Decimal)
        }
        (Value::Text(text), ValueKind::Timestamp) => {
            text.parse().ok().or_else(|| expression_date(text)).map(Value::Timestamp)
        }
        (Value::Text(text), ValueKind::Reference) => Some(Value::Reference(text.clone())),
        (Value::Text(_), ValueKind::Secret) => Some(value.clone()),
        (Value::Int(int), ValueKind::Decimal) if int.unsigned_abs() < EXACT_MAX => {
            Some(Value::Decimal(*int as f64))
        }
        (Value::Reference(text), ValueKind::Text) => Some(Value::Text(text.clone())),
        (Value::Bool(bool), ValueKind::Text) => Some(Value::from(if *bool { "True" } else { "False" })),
        (Value::Int(int), ValueKind::Text) => Some(Value::from(int.to_string())),
        (Value::Decimal(decimal), ValueKind::Text) => Some(Value::from(decimal.to_string())),
        (Value::Timestamp(instant), ValueKind::Text) => Some(Value::from(instant.to_string())),
        _ => None,
    }
}

/// Reads the text that date functions give: `M/d/yyyy h:mm:ss tt`, in UTC.
fn expression_date(text: &str) -> Option<Timestamp> {
    let (date_and_time, half) = text.rsplit_once(' ')?;
    let (date, time) = date_and_time.split_once(' ')?;
    let [month, day, year] = numbers(date, '/')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let afternoon = match half {
        "AM" => 0,
        "PM" => 12,
        _ => return None,
    };
    if !(1..=12).contains(&hour) {
        return None;
    }
    let hour = hour % 12 + afternoon;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").parse().ok()
}

fn numbers(text: &str, between: char) -> Option<[u32; 3]> {
    let numbers: Vec<u32> = text.split(between).map(|it| it.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

//! What do tests and comparisons say of values?

use crate::ast::Operator;
use crate::op::Test;
use crate::value::{INT_TEXT_MAX, Value, integer};
use bumpalo::Bump;
use std::cmp::Ordering;

/// Answers a question about a value; `None` if the question needs one value and this is a list or its like.
#[inline]
pub(crate) fn tested(test: Test, value: Value<'_>) -> Option<bool> {
    Some(match test {
        Test::IsNull => value.is_null(),
        Test::IsNullOrEmpty => value.is_null_or_empty(),
        Test::IsPresent => !value.is_null_or_empty(),
        Test::Not => match value {
            Value::Bool(value) => !value,
            Value::Text(text) => !text.eq_ignore_ascii_case("true"),
            Value::List(_) | Value::Binary(_) | Value::Role(_) => return None,
            Value::Null | Value::Int(_) | Value::Decimal(_) => true,
        },
    })
}

/// Compares two values that have a text form; null compares to nothing.
pub(crate) fn compared<'a>(operator: Operator, left: Value<'a>, right: Value<'a>, bump: &'a Bump) -> bool {
    if left.is_null() || right.is_null() {
        return false;
    }
    let ordering = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(&right),
        (Value::Text(left), Value::Text(right)) => compare_texts(left, right),
        _ => match left.number().zip(right.number()) {
            Some((left, right)) => left.cmp(&right),
            None => {
                let (left, right) = (left.text(bump), right.text(bump));
                compare_ordinal(left.unwrap_or_default(), right.unwrap_or_default())
            }
        },
    };
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
    }
}

/// Compares texts as numbers if both are, else by their letters.
fn compare_texts(left: &str, right: &str) -> Ordering {
    if let Some(left) = integer(left)
        && let Some(right) = integer(right)
    {
        return left.cmp(&right);
    }
    // Only numbers that do not fit into an integer are so long.
    if left.len().max(right.len()) >= INT_TEXT_MAX - 1
        && let Some(ordering) = compare_digits(left, right)
    {
        return ordering;
    }
    compare_ordinal(left, right)
}

/// Compares numbers that have more digits than an integer holds; `None` unless both are numbers.
#[cold]
fn compare_digits(left: &str, right: &str) -> Option<Ordering> {
    let number = |text: &'_ str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let digits = digits.trim_start_matches('0').to_owned();
        valid.then(|| (text.starts_with('-') && !digits.is_empty(), digits))
    };
    let ((left_negative, left), (right_negative, right)) = number(left).zip(number(right))?;
    let sizes = left.len().cmp(&right.len()).then_with(|| left.cmp(&right));
    Some(match (left_negative, right_negative) {
        (false, false) => sizes,
        (true, true) => sizes.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// Compares as .NET's ordinal comparison does, by UTF-16 units.
fn compare_ordinal(left: &str, right: &str) -> Ordering {
    // Bytes of UTF-8 order like code points, which differ from UTF-16 only where surrogates take part.
    let astral = |text: &str| text.bytes().any(|byte| byte >= 0xf0);
    if astral(left) || astral(right) {
        left.encode_utf16().cmp(right.encode_utf16())
    } else {
        left.cmp(right)
    }
}

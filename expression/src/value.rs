//! What can an expression yield? Borrowed [`Value`]s and the [`Flow`] outcome.

use crate::decimal::Decimal;
use bumpalo::Bump;
use std::io::Write as _;

/// A value inside an expression: borrowed from the record, the program, the context or the bump.
// The tag takes a whole word: with a smaller one, copies are made of pieces that straddle each other, and
// reading back what has just been written so stalls the processor at every step of an evaluation.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value; an absent attribute is the same.
    Null,
    /// Text; may be empty, which is not the same as null.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Decimal(Decimal),
    /// A boolean.
    Bool(bool),
    /// The values of a multi-valued attribute, in order.
    List(&'a [Value<'a>]),
    /// Bytes, such as a security identifier.
    Binary(&'a [u8]),
    /// One app role assignment.
    Role(&'a Role<'a>),
}

/// One app role that the object is assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role<'a> {
    /// The role's id.
    pub id: &'a str,
    /// The role's value, as applications receive it.
    pub value: &'a str,
    /// The role's name, as people see it.
    pub display_name: &'a str,
}

/// What an evaluation ends with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flow<'a> {
    /// A value to flow; [`Value::Null`] means that there is none.
    Value(Value<'a>),
    /// The attribute shall be left as it is.
    IgnoreAttribute,
    /// The whole object shall be left as it is.
    IgnoreObject,
}

impl<'a> Value<'a> {
    /// Says whether this is null.
    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// Says whether this is null, `""` or an empty list.
    pub fn is_null_or_empty(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(values) => values.is_empty(),
            _ => false,
        }
    }

    /// Gives the text form: `True` and `False`, numbers without grouping, null as `""`.
    ///
    /// `None` for a list, bytes or a role, which have no text form.
    pub fn text(self, bump: &'a Bump) -> Option<&'a str> {
        match self {
            Self::Null => Some(""),
            Self::Text(text) => Some(text),
            Self::Bool(value) => Some(bool_text(value)),
            Self::Int(value) => {
                let mut buffer = [0; INT_TEXT_MAX];
                Some(bump.alloc_str(int_text(value, &mut buffer)))
            }
            Self::Decimal(value) => Some(bumpalo::format!(in bump, "{}", value).into_bump_str()),
            Self::List(_) | Self::Binary(_) | Self::Role(_) => None,
        }
    }

    /// Gives the number form: a number, or text that is an optional sign and digits.
    pub fn number(self) -> Option<Decimal> {
        match self {
            Self::Int(value) => Some(Decimal::from(value)),
            Self::Decimal(value) => Some(value),
            Self::Text(text) => integer(text).map(Decimal::from),
            _ => None,
        }
    }

    /// Gives the boolean form: booleans, numbers other than 0, `true` in any letter case.
    ///
    /// Text that is a number counts as that number, because an unquoted number is the same constant as its
    /// quoted text. Everything else is false, null included.
    pub fn is_true(self) -> bool {
        match self {
            Self::Bool(value) => value,
            Self::Int(value) => value != 0,
            Self::Decimal(value) => !value.is_zero(),
            Self::Text(text) => {
                text.eq_ignore_ascii_case("true") || integer(text).is_some_and(|value| value != 0)
            }
            _ => false,
        }
    }

    /// Names the kind of value in a message.
    pub(crate) fn kind_name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Int(_) | Self::Decimal(_) => "a number",
            Self::Bool(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Binary(_) => "bytes",
            Self::Role(_) => "a role",
        }
    }
}

/// Gives the text form of a boolean.
pub(crate) fn bool_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// The longest text of an `i64`.
pub(crate) const INT_TEXT_MAX: usize = 20;

/// Writes an integer into `buffer` and gives the written part.
pub(crate) fn int_text(value: i64, buffer: &mut [u8; INT_TEXT_MAX]) -> &str {
    let mut rest = &mut buffer[..];
    // INVARIANT: twenty bytes hold every `i64`, and digits are ASCII.
    let _ = write!(rest, "{value}");
    let unused = rest.len();
    std::str::from_utf8(&buffer[..INT_TEXT_MAX - unused]).unwrap_or_default()
}

/// Reads an optional sign and digits.
pub(crate) fn integer(text: &str) -> Option<i64> {
    // `parse` takes exactly this form.
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_the_one_of_the_service() {
        let bump = Bump::new();
        assert_eq!(Value::Bool(true).text(&bump), Some("True"));
        assert_eq!(Value::Int(i64::MIN).text(&bump), Some("-9223372036854775808"));
        assert_eq!(Value::Null.text(&bump), Some(""));
        assert_eq!(Value::List(&[]).text(&bump), None);
    }

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value<'_>>(), 24);
        assert_eq!(size_of::<Flow<'_>>(), 24);
    }
}

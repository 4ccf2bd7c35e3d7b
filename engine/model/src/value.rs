//! What an attribute may hold. There is no null: an attribute without a value is absent (RFC 7643 section 2.5).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Attributes, Secret, Text, Timestamp};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ValueKind {
    /// Unicode text.
    Text,
    /// True or false.
    Bool,
    /// A 64-bit signed integer.
    Int,
    /// A number with a fraction.
    Decimal,
    /// An instant in UTC.
    Timestamp,
    /// Bytes.
    Binary,
    /// The id of another object in the same system.
    Reference,
    /// Named sub-attributes.
    Complex,
    /// Text that must not be seen.
    Secret,
}

impl ValueKind {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Bool,
        Self::Int,
        Self::Decimal,
        Self::Timestamp,
        Self::Binary,
        Self::Reference,
        Self::Complex,
        Self::Secret,
    ];

    /// Returns its name, as schemas have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Timestamp => "timestamp",
            Self::Binary => "binary",
            Self::Reference => "reference",
            Self::Complex => "complex",
            Self::Secret => "secret",
        }
    }

    /// Finds a type by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One value. `==` compares the representation; whether two values mean the same is the schema's business
/// ([`crate::compare`]).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Unicode text.
    Text(Text),
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite number with a fraction.
    Decimal(f64),
    /// An instant in UTC.
    Timestamp(Timestamp),
    /// Bytes.
    Binary(Vec<u8>),
    /// The id of another object of the same system.
    Reference(Text),
    /// Named sub-attributes.
    Complex(Attributes),
    /// Text that must not be seen.
    Secret(Secret),
}

impl Value {
    /// Returns its type.
    pub fn kind(&self) -> ValueKind {
        self.borrow().kind()
    }

    /// Returns the text of a `Text` value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Borrows it.
    pub fn borrow(&self) -> ValueRef<'_> {
        match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Bool(bool) => ValueRef::Bool(*bool),
            Self::Int(int) => ValueRef::Int(*int),
            Self::Decimal(decimal) => ValueRef::Decimal(*decimal),
            Self::Timestamp(timestamp) => ValueRef::Timestamp(*timestamp),
            Self::Binary(bytes) => ValueRef::Binary(bytes),
            Self::Reference(id) => ValueRef::Reference(id),
            Self::Complex(attributes) => ValueRef::Complex(attributes),
            Self::Secret(secret) => ValueRef::Secret(secret),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<Timestamp> for Value {
    fn from(timestamp: Timestamp) -> Self {
        Self::Timestamp(timestamp)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrow().fmt(formatter)
    }
}

/// One value, borrowed from an object or from a packed record.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// Unicode text.
    Text(&'a str),
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite number with a fraction.
    Decimal(f64),
    /// An instant in UTC.
    Timestamp(Timestamp),
    /// Bytes.
    Binary(&'a [u8]),
    /// The id of another object of the same system.
    Reference(&'a str),
    /// Named sub-attributes.
    Complex(&'a Attributes),
    /// Text that must not be seen.
    Secret(&'a Secret),
}

impl ValueRef<'_> {
    /// Returns its type.
    pub fn kind(self) -> ValueKind {
        match self {
            Self::Text(_) => ValueKind::Text,
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::Decimal(_) => ValueKind::Decimal,
            Self::Timestamp(_) => ValueKind::Timestamp,
            Self::Binary(_) => ValueKind::Binary,
            Self::Reference(_) => ValueKind::Reference,
            Self::Complex(_) => ValueKind::Complex,
            Self::Secret(_) => ValueKind::Secret,
        }
    }

    /// Copies it.
    pub fn to_value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.into()),
            Self::Bool(bool) => Value::Bool(bool),
            Self::Int(int) => Value::Int(int),
            Self::Decimal(decimal) => Value::Decimal(decimal),
            Self::Timestamp(timestamp) => Value::Timestamp(timestamp),
            Self::Binary(bytes) => Value::Binary(bytes.to_vec()),
            Self::Reference(id) => Value::Reference(id.into()),
            Self::Complex(attributes) => Value::Complex(attributes.clone()),
            Self::Secret(secret) => Value::Secret(secret.clone()),
        }
    }
}

/// Shows a value as a plan shows it: text in quotes with control characters escaped, secrets redacted.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write_quoted(text, formatter),
            Self::Bool(bool) => write!(formatter, "{bool}"),
            Self::Int(int) => write!(formatter, "{int}"),
            Self::Decimal(decimal) => write!(formatter, "{decimal:?}"),
            Self::Timestamp(timestamp) => write!(formatter, "{timestamp}"),
            Self::Binary(bytes) => write!(formatter, "<{} bytes>", bytes.len()),
            Self::Reference(id) => write!(formatter, "-> {}", EscapedText(id)),
            Self::Complex(attributes) => {
                formatter.write_str("{")?;
                for (position, (name, values)) in attributes.iter().enumerate() {
                    if position > 0 {
                        formatter.write_str(", ")?;
                    }
                    write!(formatter, "{name}: {values}")?;
                }
                formatter.write_str("}")
            }
            Self::Secret(secret) => write!(formatter, "{secret}"),
        }
    }
}

fn write_quoted(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(formatter, "\"{}\"", EscapedText(text))
}

/// Text for people: control characters, quotes and characters that turn the reading direction are escaped, so
/// that hostile data cannot forge a line of a plan.
#[derive(Clone, Copy, Debug)]
pub struct EscapedText<'a>(pub &'a str);

impl fmt::Display for EscapedText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(formatter, "\\{character}")?,
                '\n' => formatter.write_str("\\n")?,
                '\r' => formatter.write_str("\\r")?,
                '\t' => formatter.write_str("\\t")?,
                it if misleads(it) => write!(formatter, "{}", it.escape_unicode())?,
                it => formatter.write_char(it)?,
            }
        }
        Ok(())
    }
}

/// Tells whether a character makes text look like other text: control characters, line breaks, and characters
/// that turn the reading direction.
pub fn misleads(character: char) -> bool {
    let turns_direction = matches!(character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let breaks_line = matches!(character, '\u{2028}' | '\u{2029}');
    character.is_control() || turns_direction || breaks_line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_on_its_line() {
        let value = Value::from("a\"b\\\n#9 - user \u{202e}x");
        assert_eq!(value.to_string(), r#""a\"b\\\n#9 - user \u{202e}x""#);
    }

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value>() <= 32, "{}", size_of::<Value>());
        assert!(size_of::<ValueRef<'_>>() <= 24);
    }
}

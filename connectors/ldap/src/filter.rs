//! What is looked for? A filter as data (RFC 4511 section 4.5.1.7).
//!
//! Values never go through text: a filter is made of values and written as bytes, so no value can change what a filter
//! asks. Text (RFC 4515) is only read, from a job file, and shown.

mod parse;

use std::fmt;

use crate::ber::{Writer, context, context_of};

pub(crate) use parse::{is_description, parse};

/// A search filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Equal(String, Vec<u8>),
    /// Values with these parts, in their order; `initial` and `last` may be empty.
    Substrings {
        attribute: String,
        initial: Vec<u8>,
        middle: Vec<Vec<u8>>,
        last: Vec<u8>,
    },
    AtLeast(String, Vec<u8>),
    AtMost(String, Vec<u8>),
    Present(String),
    Approximate(String, Vec<u8>),
    Extensible {
        rule: Option<String>,
        attribute: Option<String>,
        value: Vec<u8>,
        dn: bool,
    },
}

impl Filter {
    pub(crate) fn equal(attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        Self::Equal(attribute.to_owned(), value.into())
    }

    /// Asks for what matches both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::And(vec![self, other])
    }

    /// Asks for everything.
    pub(crate) fn all() -> Self {
        Self::Present("objectClass".to_owned())
    }

    /// Returns an object class that everything has which it matches, if it says one.
    pub(crate) fn needed_class(&self) -> Option<&[u8]> {
        match self {
            Self::Equal(attribute, class) if attribute.eq_ignore_ascii_case("objectClass") => Some(class),
            Self::And(filters) => filters.iter().find_map(Self::needed_class),
            _ => None,
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let assertion = |writer: &mut Writer, tag: u8, attribute: &str, value: &[u8]| {
            writer.nested(context_of(tag), |it| {
                it.octets(crate::ber::OCTETS, attribute.as_bytes());
                it.octets(crate::ber::OCTETS, value);
            });
        };
        match self {
            Self::And(filters) => {
                writer.nested(context_of(0), |it| filters.iter().for_each(|filter| filter.write(it)));
            }
            Self::Or(filters) => {
                writer.nested(context_of(1), |it| filters.iter().for_each(|filter| filter.write(it)));
            }
            Self::Not(filter) => writer.nested(context_of(2), |it| filter.write(it)),
            Self::Equal(attribute, value) => assertion(writer, 3, attribute, value),
            Self::Substrings { attribute, initial, middle, last } => writer.nested(context_of(4), |it| {
                it.octets(crate::ber::OCTETS, attribute.as_bytes());
                it.nested(crate::ber::SEQUENCE, |it| {
                    if !initial.is_empty() {
                        it.octets(context(0), initial);
                    }
                    middle.iter().for_each(|part| it.octets(context(1), part));
                    if !last.is_empty() {
                        it.octets(context(2), last);
                    }
                });
            }),
            Self::AtLeast(attribute, value) => assertion(writer, 5, attribute, value),
            Self::AtMost(attribute, value) => assertion(writer, 6, attribute, value),
            Self::Present(attribute) => writer.octets(context(7), attribute.as_bytes()),
            Self::Approximate(attribute, value) => assertion(writer, 8, attribute, value),
            Self::Extensible { rule, attribute, value, dn } => writer.nested(context_of(9), |it| {
                if let Some(rule) = rule {
                    it.octets(context(1), rule.as_bytes());
                }
                if let Some(attribute) = attribute {
                    it.octets(context(2), attribute.as_bytes());
                }
                it.octets(context(3), value);
                if *dn {
                    it.boolean(context(4), true);
                }
            }),
        }
    }
}

/// Shows a filter as RFC 4515 has it; what it shows can be read again.
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |formatter: &mut fmt::Formatter<'_>, filters: &[Self]| {
            filters.iter().try_for_each(|filter| write!(formatter, "{filter}"))
        };
        formatter.write_str("(")?;
        match self {
            Self::And(filters) => {
                formatter.write_str("&")?;
                all(formatter, filters)?;
            }
            Self::Or(filters) => {
                formatter.write_str("|")?;
                all(formatter, filters)?;
            }
            Self::Not(filter) => write!(formatter, "!{filter}")?,
            Self::Equal(attribute, value) => write!(formatter, "{attribute}={}", Escaped(value))?,
            Self::Substrings { attribute, initial, middle, last } => {
                write!(formatter, "{attribute}={}*", Escaped(initial))?;
                middle.iter().try_for_each(|part| write!(formatter, "{}*", Escaped(part)))?;
                write!(formatter, "{}", Escaped(last))?;
            }
            Self::AtLeast(attribute, value) => write!(formatter, "{attribute}>={}", Escaped(value))?,
            Self::AtMost(attribute, value) => write!(formatter, "{attribute}<={}", Escaped(value))?,
            Self::Present(attribute) => write!(formatter, "{attribute}=*")?,
            Self::Approximate(attribute, value) => write!(formatter, "{attribute}~={}", Escaped(value))?,
            Self::Extensible { rule, attribute, value, dn } => {
                formatter.write_str(attribute.as_deref().unwrap_or_default())?;
                if *dn {
                    formatter.write_str(":dn")?;
                }
                if let Some(rule) = rule {
                    write!(formatter, ":{rule}")?;
                }
                write!(formatter, ":={}", Escaped(value))?;
            }
        }
        formatter.write_str(")")
    }
}

/// A value as it stands in the text of a filter (RFC 4515 section 3).
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '(' | ')' | '*' | '\\' | '\0'..='\x1f' | '\x7f' => {
                        write!(formatter, "\\{:02x}", u32::from(character))?;
                    }
                    other => formatter.write_char(other)?,
                }
            }
            chunk.invalid().iter().try_for_each(|byte| write!(formatter, "\\{byte:02x}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("cn".to_owned()),
            Just("userCertificate;binary".to_owned()),
            "[a-z][a-zA-Z0-9-]{0,8}"
        ]
    }

    fn value() -> impl Strategy<Value = Vec<u8>> {
        let hostile = r"[()*\\&|!=<>~: \x00a-zé𝄞]{0,12}".prop_map(String::into_bytes);
        prop_oneof![hostile, prop::collection::vec(any::<u8>(), 0..8)]
    }

    fn filter() -> impl Strategy<Value = Filter> {
        let part = || value().prop_filter("not empty", |it| !it.is_empty());
        let leaf = prop_oneof![
            (attribute(), value()).prop_map(|(name, value)| Filter::Equal(name, value)),
            (attribute(), value()).prop_map(|(name, value)| Filter::AtLeast(name, value)),
            (attribute(), value()).prop_map(|(name, value)| Filter::AtMost(name, value)),
            (attribute(), value()).prop_map(|(name, value)| Filter::Approximate(name, value)),
            attribute().prop_map(Filter::Present),
            (attribute(), part(), prop::collection::vec(part(), 0..3), value()).prop_map(
                |(attribute, initial, middle, last)| Filter::Substrings { attribute, initial, middle, last }
            ),
            (attribute(), value(), any::<bool>()).prop_map(|(name, value, dn)| Filter::Extensible {
                rule: Some("1.2.840.113556.1.4.803".to_owned()),
                attribute: Some(name),
                value,
                dn
            }),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::And),
                prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::Or),
                inner.prop_map(|it| Filter::Not(Box::new(it))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again_as_the_same_filter(filter in filter()) {
            let text = filter.to_string();
            prop_assert_eq!(parse(&text), Ok(filter), "{}", text);
        }

        #[test]
        fn a_value_never_becomes_syntax(value in value()) {
            let text = Filter::equal("cn", value.clone()).to_string();
            prop_assert_eq!(text.matches('(').count(), 1);
            prop_assert_eq!(parse(&text), Ok(Filter::equal("cn", value)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in r"[()*\\&|!=<>~: a-c0-9]{0,40}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn a_class_is_needed_where_all_have_it() {
        let needed = |text: &str| parse(text).expect("a filter").needed_class().map(<[u8]>::to_vec);
        assert_eq!(needed("(&(mail=*)(ObjectClass=user))"), Some(b"user".to_vec()));
        assert_eq!(needed("(|(objectClass=user)(objectClass=group))"), None);
        assert_eq!(needed("(!(objectClass=user))"), None);
    }

    #[test]
    fn a_filter_nested_without_end_is_refused() {
        let text = "(!".repeat(100_000);
        assert!(parse(&text).is_err());
    }
}

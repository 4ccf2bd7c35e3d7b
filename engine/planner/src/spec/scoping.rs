//! Which source objects are in scope, as somebody wrote it.

use std::fmt;

use provisio_model::{Text, Value};

use super::Span;

/// A scoping filter: an object is in scope if any group passes, and a group passes if all its clauses do
/// (SCP-11). Without groups everything is in scope (SCP-09).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ScopingFilter {
    /// The groups; one is enough.
    pub groups: Vec<FilterGroup>,
}

/// Clauses that must all be true.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FilterGroup {
    /// What it is called, if it has a name.
    pub name: Text,
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// One test of one source attribute. On an absent attribute every test but `IS NULL` is false, the negative
/// ones too (SCP-23); several values pass if each does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Clause {
    /// Which source attribute.
    pub attribute: Text,
    /// How it is tested.
    pub operator: Operator,
    /// What it is tested against; none for an operator without operand.
    pub value: Option<Value>,
    /// Where it stands.
    pub span: Span,
}

impl Clause {
    /// Makes a clause.
    pub fn new(attribute: impl Into<Text>, operator: Operator, value: Option<Value>) -> Self {
        Self { attribute: attribute.into(), operator, value, span: 0..0 }
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.attribute, self.operator)?;
        match &self.value {
            Some(value) => write!(formatter, " {value}"),
            None => Ok(()),
        }
    }
}

/// How a clause tests (SCP-13 to SCP-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operator {
    /// Equal, with regard to case.
    Equals,
    /// Present and not equal, with regard to case.
    NotEquals,
    /// The boolean true, or the text `true` in any case.
    IsTrue,
    /// The boolean false, or the text `false` in any case.
    IsFalse,
    /// Absent or empty.
    IsNull,
    /// Present and not empty.
    IsNotNull,
    /// The pattern occurs somewhere, with regard to case.
    RegexMatch,
    /// Present, and the pattern occurs nowhere.
    NotRegexMatch,
    /// A larger integer.
    GreaterThan,
    /// The same or a larger integer.
    GreaterThanOrEquals,
    /// Contains the text, with regard to case.
    Includes,
    /// Begins with the text, with regard to case.
    StartsWith,
    /// Ends with the text, with regard to case.
    EndsWith,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 13] = [
        Self::Equals,
        Self::NotEquals,
        Self::IsTrue,
        Self::IsFalse,
        Self::IsNull,
        Self::IsNotNull,
        Self::RegexMatch,
        Self::NotRegexMatch,
        Self::GreaterThan,
        Self::GreaterThanOrEquals,
        Self::Includes,
        Self::StartsWith,
        Self::EndsWith,
    ];

    /// Returns the name that Entra's portal shows, which is also the one in TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equals => "EQUALS",
            Self::NotEquals => "NOT EQUALS",
            Self::IsTrue => "IS TRUE",
            Self::IsFalse => "IS FALSE",
            Self::IsNull => "IS NULL",
            Self::IsNotNull => "IS NOT NULL",
            Self::RegexMatch => "REGEX MATCH",
            Self::NotRegexMatch => "NOT REGEX MATCH",
            Self::GreaterThan => "GREATER THAN",
            Self::GreaterThanOrEquals => "GREATER THAN OR EQUALS",
            Self::Includes => "INCLUDES",
            Self::StartsWith => "STARTS WITH",
            Self::EndsWith => "ENDS WITH",
        }
    }

    /// Tells whether the operator needs a value to test against.
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::IsTrue | Self::IsFalse | Self::IsNull | Self::IsNotNull)
    }

    /// Reads a name without regard to case; `_` stands for a space, as in Entra's `Greater_Than`.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.replace('_', " ");
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(&name))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

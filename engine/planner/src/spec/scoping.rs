//! Which source objects are in scope, as somebody wrote it.

use std::fmt;

use provisio_model::{ObjectType, Text, Value};

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

impl FilterGroup {
    /// Makes a group without a name.
    pub fn of(clauses: impl IntoIterator<Item = Clause>) -> Self {
        Self { name: Text::default(), clauses: clauses.into_iter().collect() }
    }
}

/// One test of one source attribute, or of what an object is a member of. On an absent attribute every test but
/// `IS NULL` and `NOT MEMBER OF` is false, the negative ones too (SCP-23).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Clause {
    /// Which source attribute; empty if the clause asks for a membership in `through`.
    pub attribute: Text,
    /// How many of several values must pass.
    pub quantifier: Quantifier,
    /// How it is tested.
    pub operator: Operator,
    /// What it is tested against: none for an operator without operand, several for a list.
    pub values: Vec<Value>,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// Whether a pattern has to match the whole value instead of a part of it.
    pub whole: bool,
    /// Where members are listed, if not in an attribute of the object itself.
    pub through: Option<Through>,
    /// Where it stands.
    pub span: Span,
}

impl Clause {
    /// Makes a clause that every value of an attribute must pass.
    pub fn new(attribute: impl Into<Text>, operator: Operator, value: Option<Value>) -> Self {
        Self {
            attribute: attribute.into(),
            quantifier: Quantifier::Every,
            operator,
            values: value.into_iter().collect(),
            ignore_case: false,
            whole: false,
            through: None,
            span: 0..0,
        }
    }

    /// Makes a clause with a list of values.
    pub fn list(attribute: impl Into<Text>, operator: Operator, values: Vec<Value>) -> Self {
        Self { values, ..Self::new(attribute, operator, None) }
    }

    /// Makes a clause on membership in one of some groups.
    pub fn member_of(groups: Vec<Value>, through: Through) -> Self {
        Self { through: Some(through), ..Self::list("", Operator::MemberOf, groups) }
    }

    /// Says how many of several values must pass.
    #[must_use]
    pub fn quantified(mut self, quantifier: Quantifier) -> Self {
        self.quantifier = quantifier;
        self
    }

    /// Makes upper and lower case the same.
    #[must_use]
    pub fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.through {
            Some(through) => write!(formatter, "{} {}", self.operator, through.groups)?,
            None => {
                write!(formatter, "{}{} {}", self.quantifier.prefix(), self.attribute, self.operator)?;
            }
        }
        for (position, value) in self.values.iter().enumerate() {
            let separator = if position > 0 { "," } else { "" };
            write!(formatter, "{separator} {value}")?;
        }
        let modifiers = [
            (self.ignore_case, "ignoring case"),
            (self.whole, "as a whole"),
            (self.through.as_ref().is_some_and(|it| it.nested), "nested"),
        ];
        modifiers.iter().filter(|(is_set, _)| *is_set).try_for_each(|(_, it)| write!(formatter, ", {it}"))
    }
}

/// How many of several values must pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quantifier {
    /// Each value (Entra's comparison type `All`, SCP-32).
    #[default]
    Every,
    /// One value or more.
    Any,
    /// No value.
    None,
}

impl Quantifier {
    fn prefix(self) -> &'static str {
        match self {
            Self::Every => "",
            Self::Any => "any of ",
            Self::None => "none of ",
        }
    }
}

/// Where the members of groups are listed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Through {
    /// The object type of the groups in the source.
    pub groups: ObjectType,
    /// Their attribute that lists members.
    pub members: Text,
    /// Whether members of groups in a group count as its members (Entra: never, SCP-05).
    pub nested: bool,
}

impl Through {
    /// Makes the direct members of groups of a type.
    pub fn new(groups: impl Into<ObjectType>, members: impl Into<Text>) -> Self {
        Self { groups: groups.into(), members: members.into(), nested: false }
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
    /// A larger number.
    GreaterThan,
    /// The same or a larger number.
    GreaterThanOrEquals,
    /// A smaller number.
    LessThan,
    /// The same or a smaller number.
    LessThanOrEquals,
    /// Contains the text, with regard to case.
    Includes,
    /// Begins with the text, with regard to case.
    StartsWith,
    /// Ends with the text, with regard to case.
    EndsWith,
    /// All these bits of an integer are set (Entra's `&`, which it does not explain, SCP-22).
    BitsSet,
    /// Not all these bits of an integer are set (`!&`).
    BitsNotSet,
    /// One of a list.
    In,
    /// Present and none of a list.
    NotIn,
    /// An earlier instant.
    Before,
    /// A later instant.
    After,
    /// The same or a later instant.
    NotBefore,
    /// The same or an earlier instant.
    NotAfter,
    /// A member of one of these groups.
    MemberOf,
    /// A member of none of these groups; true without any membership, too.
    NotMemberOf,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 25] = [
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
        Self::LessThan,
        Self::LessThanOrEquals,
        Self::Includes,
        Self::StartsWith,
        Self::EndsWith,
        Self::BitsSet,
        Self::BitsNotSet,
        Self::In,
        Self::NotIn,
        Self::Before,
        Self::After,
        Self::NotBefore,
        Self::NotAfter,
        Self::MemberOf,
        Self::NotMemberOf,
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
            Self::LessThan => "LESS THAN",
            Self::LessThanOrEquals => "LESS THAN OR EQUALS",
            Self::Includes => "INCLUDES",
            Self::StartsWith => "STARTS WITH",
            Self::EndsWith => "ENDS WITH",
            Self::BitsSet => "&",
            Self::BitsNotSet => "!&",
            Self::In => "IN",
            Self::NotIn => "NOT IN",
            Self::Before => "BEFORE",
            Self::After => "AFTER",
            Self::NotBefore => "NOT BEFORE",
            Self::NotAfter => "NOT AFTER",
            Self::MemberOf => "MEMBER OF",
            Self::NotMemberOf => "NOT MEMBER OF",
        }
    }

    /// Tells whether the operator needs a value to test against.
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::IsTrue | Self::IsFalse | Self::IsNull | Self::IsNotNull)
    }

    /// Tells whether the operator takes a list of values; a single one is a list, too.
    pub fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn) || self.is_membership()
    }

    /// Tells whether the operator asks what an object is a member of.
    pub fn is_membership(self) -> bool {
        matches!(self, Self::MemberOf | Self::NotMemberOf)
    }

    /// Tells whether the operator compares text, so that case may be ignored.
    pub fn regards_case(self) -> bool {
        matches!(
            self,
            Self::Equals
                | Self::NotEquals
                | Self::RegexMatch
                | Self::NotRegexMatch
                | Self::Includes
                | Self::StartsWith
                | Self::EndsWith
                | Self::In
                | Self::NotIn
        )
    }

    /// Tells whether the operator takes a pattern.
    pub fn is_pattern(self) -> bool {
        matches!(self, Self::RegexMatch | Self::NotRegexMatch)
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

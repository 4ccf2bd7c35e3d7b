//! Which part of a complex attribute is meant? A text such as `emails[type eq "work"].value` in, an [`AttrPath`]
//! out that is the same for every way of writing the same path.
//!
//! The grammar is that of RFC 7644 section 3.5.2 (figure 7), with filters as targets and Entra use them: `eq` alone,
//! joined by `and`.

mod change;
mod overlap;
mod parse;
mod resolve;
#[cfg(test)]
mod tests;
mod whole;

use std::fmt;

pub use parse::{PATH_BYTES_MAX, PATH_CLAUSES_MAX, PathError};
pub use resolve::{PathFault, resolve};
pub use whole::{whole_attributes, whole_deltas};

use crate::{AttrName, Attributes, CompareRule, Text, Value, ValueRef};

/// A part of a complex attribute, or a whole attribute: `name.givenName`, `emails[type eq "work"].value`,
/// `addresses[type eq "work" and primary eq true]`, `urn:ietf:params:scim:schemas:extension:x:2.0:User:manager.value`.
///
/// It is normalised: names of the core schemas lose their URN, clauses stand in the order of their names, operators
/// are lower case, space and quotes are what [`fmt::Display`] writes. Paths that mean the same are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttrPath {
    attribute: AttrName,
    /// Sorted by name, each name once; none for a path without a filter.
    filter: Vec<PathClause>,
    sub_attribute: Option<AttrName>,
    /// Whether an element without the sub-attribute is no element.
    holds_element: bool,
}

/// One condition of a path's filter: the sub-attribute has this value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathClause {
    /// Which sub-attribute.
    pub attribute: AttrName,
    /// What it must be.
    pub value: PathLiteral,
    /// How text is compared. Without a schema, without regard to case (RFC 7643 section 2.2).
    pub rule: CompareRule,
}

/// What a sub-attribute is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the comparable values of RFC 7644, without fractions")]
pub enum PathLiteral {
    /// Text.
    Text(Text),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
}

impl PathLiteral {
    /// Returns it as a value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.clone()),
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(int) => Value::Int(*int),
        }
    }

    fn borrow(&self) -> ValueRef<'_> {
        match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Bool(bool) => ValueRef::Bool(*bool),
            Self::Int(int) => ValueRef::Int(*int),
        }
    }
}

impl AttrPath {
    /// Makes the path of a whole attribute, whatever characters its name has.
    pub fn whole(attribute: &AttrName) -> Self {
        Self { attribute: attribute.clone(), filter: Vec::new(), sub_attribute: None, holds_element: false }
    }

    /// Returns the attribute that it is, or is part of.
    pub fn attribute(&self) -> &AttrName {
        &self.attribute
    }

    /// Returns the conditions that choose elements of a multi-valued attribute; none for a path without a filter.
    pub fn filter(&self) -> &[PathClause] {
        &self.filter
    }

    /// Returns the sub-attribute; `None` when whole values are meant.
    pub fn sub_attribute(&self) -> Option<&AttrName> {
        self.sub_attribute.as_ref()
    }

    /// Tells whether a whole attribute is meant.
    pub fn is_whole(&self) -> bool {
        self.filter.is_empty() && self.sub_attribute.is_none()
    }

    /// Returns the values that an object has there, in their order: of every element that passes the filter.
    pub fn values<'o>(&self, attributes: &'o Attributes) -> Vec<&'o Value> {
        let Some(held) = attributes.get(self.attribute.as_str()) else { return Vec::new() };
        let chosen = held.as_slice().iter().filter(|it| self.chooses(it));
        match &self.sub_attribute {
            None => chosen.collect(),
            Some(name) => {
                chosen.filter_map(|it| parts(it)?.get(name.as_str())).flat_map(|it| it.as_slice()).collect()
            }
        }
    }

    /// Tells whether a value of the attribute passes the filter.
    fn chooses(&self, value: &Value) -> bool {
        self.filter.iter().all(|clause| {
            let held = parts(value).and_then(|it| it.get(clause.attribute.as_str()));
            held.is_some_and(|it| it.iter().any(|value| clause.rule.same(value, clause.value.borrow())))
        })
    }
}

fn parts(value: &Value) -> Option<&Attributes> {
    match value {
        Value::Complex(parts) => Some(parts),
        _ => None,
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.attribute)?;
        for (position, clause) in self.filter.iter().enumerate() {
            formatter.write_str(if position == 0 { "[" } else { " and " })?;
            write!(formatter, "{} eq {}", clause.attribute, clause.value)?;
        }
        if !self.filter.is_empty() {
            formatter.write_str("]")?;
        }
        match &self.sub_attribute {
            Some(name) => write!(formatter, ".{name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PathLiteral {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                formatter.write_str("\"")?;
                for character in text.chars() {
                    if matches!(character, '"' | '\\') {
                        formatter.write_str("\\")?;
                    }
                    write!(formatter, "{character}")?;
                }
                formatter.write_str("\"")
            }
            Self::Bool(bool) => write!(formatter, "{bool}"),
            Self::Int(int) => write!(formatter, "{int}"),
        }
    }
}

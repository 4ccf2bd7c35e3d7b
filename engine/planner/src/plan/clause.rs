//! Which clause of a filter an object fails.

use std::fmt;

use provisio_model::Text;

/// A clause that an object fails, and what the object has instead. Of a filter whose groups all fail, it is the
/// first failing clause of the first group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedClause {
    /// The position of its group in the filter, from 0.
    pub group: u32,
    /// Its position in the group, from 0.
    pub clause: u32,
    /// The attribute that it tests; `None` if it asks for a membership.
    pub attribute: Option<Text>,
    /// The clause as people read it: `country EQUALS "NO"`.
    pub text: Text,
    /// What the object has, shortened and on one line; `None` if it has nothing.
    pub found: Option<Text>,
}

impl FailedClause {
    /// Makes the failure of the clause at a position, counted from 0.
    pub fn new(group: u32, clause: u32, text: impl Into<Text>) -> Self {
        Self { group, clause, attribute: None, text: text.into(), found: None }
    }

    /// Says which attribute the clause tests, and what the object has.
    #[must_use]
    pub fn tested(mut self, attribute: impl Into<Text>, found: Option<Text>) -> Self {
        self.attribute = Some(attribute.into());
        self.found = found;
        self
    }
}

impl fmt::Display for FailedClause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, text, found, .. } = self;
        match (attribute, found) {
            (Some(attribute), Some(found)) => write!(formatter, "{attribute} is \"{found}\", wanted {text}"),
            (Some(attribute), None) => write!(formatter, "{attribute} is absent, wanted {text}"),
            (None, _) => write!(formatter, "it fails {text}"),
        }
    }
}

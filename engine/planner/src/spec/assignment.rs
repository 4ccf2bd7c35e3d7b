//! Which source objects are assigned, as somebody wrote it.

use provisio_model::Text;

use super::{Span, Through};

/// Who is assigned. With an assignment, an object is in scope only if it is assigned, directly or through a group,
/// and passes the scoping filter (SCP-02, SCP-08).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Assignment {
    /// The source attribute that is true for objects that are assigned directly.
    pub attribute: Option<Text>,
    /// The ids of source objects that are assigned directly.
    pub ids: Vec<Text>,
    /// The groups whose members are assigned.
    pub groups: Option<AssignedGroups>,
    /// Where it stands.
    pub span: Span,
}

/// Groups whose members are assigned.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AssignedGroups {
    /// Where their members are listed.
    pub through: Through,
    /// The attribute of groups that is true for those that are assigned.
    pub attribute: Option<Text>,
    /// The ids of groups that are assigned.
    pub ids: Vec<Text>,
    /// Where it stands.
    pub span: Span,
}

impl AssignedGroups {
    /// Makes a list of assigned groups.
    pub fn new(through: Through, ids: impl IntoIterator<Item = Text>) -> Self {
        Self { through, attribute: None, ids: ids.into_iter().collect(), span: 0..0 }
    }

    /// Makes groups that an attribute of theirs assigns.
    pub fn marked(through: Through, attribute: impl Into<Text>) -> Self {
        Self { attribute: Some(attribute.into()), ..Self::new(through, []) }
    }
}

impl Assignment {
    /// Makes an assignment through groups.
    pub fn through(groups: AssignedGroups) -> Self {
        Self { groups: Some(groups), ..Self::default() }
    }

    /// Makes a direct assignment by an attribute.
    pub fn by_attribute(attribute: impl Into<Text>) -> Self {
        Self { attribute: Some(attribute.into()), ..Self::default() }
    }
}

//! Which target objects stay as they are, as somebody wrote it.

use provisio_model::Text;

use super::{ScopingFilter, Span, Through};

/// Target objects that are never written, disabled, deleted or taken over, and whose memberships do not change,
/// whatever the source says: break-glass accounts, service accounts, administrators. What any object mapping protects,
/// no other mapping to the same target type writes either.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Protection {
    /// Those with these ids in the target.
    pub ids: Vec<Text>,
    /// Those that pass, by what they hold in the target; without groups, none.
    pub filter: ScopingFilter,
    /// The members of these groups of the target, and the groups themselves.
    pub members_of: Vec<ProtectedMembers>,
    /// Where it stands.
    pub span: Span,
}

impl Protection {
    /// Tells whether nothing is protected.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.filter.groups.is_empty() && self.members_of.is_empty()
    }
}

/// Groups of the target whose members are protected.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProtectedMembers {
    /// Where their members are listed.
    pub through: Through,
    /// The ids of the groups in the target.
    pub ids: Vec<Text>,
    /// Where it stands.
    pub span: Span,
}

impl ProtectedMembers {
    /// Protects the members of groups.
    pub fn new(through: Through, ids: impl IntoIterator<Item = Text>) -> Self {
        Self { through, ids: ids.into_iter().collect(), span: 0..0 }
    }
}

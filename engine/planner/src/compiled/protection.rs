//! Which target objects stay as they are, compiled.

use provisio_model::{Slot, Text};

use super::CompiledFilter;

/// Which objects of one target type are protected: by id, by what they hold, or as members of groups. What any object
/// mapping protects counts for all that write the type.
#[derive(Debug, Default)]
pub(crate) struct CompiledProtection {
    /// Sorted.
    pub(crate) ids: Vec<Text>,
    /// One of these groups of clauses passes; without any, nothing is protected so.
    pub(crate) filter: CompiledFilter,
    pub(crate) groups: Vec<ProtectedGroups>,
}

/// Groups of the target whose members are protected, and which are protected with them: otherwise a plan could end the
/// protection of its own objects.
#[derive(Debug)]
pub(crate) struct ProtectedGroups {
    /// The position of their target layout.
    pub(crate) groups: usize,
    pub(crate) members: Slot,
    pub(crate) ids: Vec<Text>,
    /// Whether members of groups in them are protected, too.
    pub(crate) nested: bool,
}

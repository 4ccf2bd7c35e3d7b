//! Which operations must not rest on how a target object is remembered?
//!
//! Somebody else may have changed it since. To set a single value or to add one is right all the same, and so is to do
//! nothing until the next full plan sees it. What takes something away may take what somebody else put there, or from an
//! object that has been protected meanwhile.

use provisio_model::ObjectType;

use crate::compiled::{CompiledObject, CompiledSpec};
use crate::plan::{Action, Change, ChangeWrite, Operation};
use crate::spec::FlowType;

impl CompiledSpec {
    /// Tells whether an operation may do harm if its target object is not as it is remembered: it takes something away,
    /// replaces several values at once, or writes only what is empty.
    pub fn must_be_seen(&self, operation: &Operation) -> bool {
        match &operation.action {
            Action::Delete | Action::Disable { .. } | Action::SoftDelete { .. } | Action::Unlink => true,
            Action::ChangeMembers { remove, .. } => !remove.is_empty(),
            action => {
                let mapping = self.mappings.get(usize::from(operation.mapping.0));
                action.changes().iter().any(|it| mapping.is_none_or(|mapping| self.may_harm(mapping, it)))
            }
        }
    }

    fn may_harm(&self, mapping: &CompiledObject, change: &Change) -> bool {
        if change.write == ChangeWrite::ByValue {
            return !change.by_value().0.is_empty();
        }
        let layout = &self.targets[mapping.target];
        let slot = layout.slot(change.attribute.as_str());
        let is_single = slot.is_some_and(|it| !layout.attribute(it).multi_valued);
        let mut mapped = mapping.attributes.iter().filter(|it| it.name == change.attribute);
        !is_single || mapped.any(|it| it.flow != FlowType::Always)
    }

    /// Returns the target types whose objects are never taken as they are remembered: their members are protected.
    pub fn always_seen(&self) -> Vec<ObjectType> {
        let groups = self.protection.iter().flatten().flat_map(|it| &it.groups);
        let mut types: Vec<ObjectType> =
            groups.map(|it| self.targets[it.groups].object_type().clone()).collect();
        types.sort_unstable();
        types.dedup();
        types
    }
}

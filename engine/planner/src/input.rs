//! Everything that a plan is made from.

use provisio_model::{Capabilities, Import, LinkTable, ObjectType, SourceSide, TargetSide, Text, Timestamp};

use crate::compiled::{CompiledAttribute, CompiledObject, CompiledSpec};
use crate::incremental::Evidence;
use crate::memory::Memory;
use crate::plan::{Generation, LimitKind};
use crate::spec::Operations;

/// Everything that a plan is made from. Nothing else can influence it.
#[derive(Clone, Copy)]
pub struct PlanInput<'a> {
    /// What is wanted.
    pub spec: &'a CompiledSpec,
    /// What was read of the source, in the layouts of [`CompiledSpec::source_layouts`] and in their order.
    pub source: &'a [Import<SourceSide>],
    /// What was read of the target, in the layouts of [`CompiledSpec::target_layouts`] and in their order.
    pub target: &'a [Import<TargetSide>],
    /// Which target object belongs to which source object.
    pub links: &'a LinkTable,
    /// What earlier cycles noted; [`Memory::nothing`] for a job that remembers nothing.
    pub memory: &'a Memory,
    /// What the target can do.
    pub capabilities: Capabilities,
    /// The time that the plan is made for; what `Now()` says.
    pub now: Timestamp,
    /// The state generation that links were read from.
    pub parent: Generation,
    /// Limits that somebody released for this plan.
    pub released: Released,
    /// For an incremental plan, what is known beyond the objects themselves; [`Selection`](crate::Selection) makes
    /// such an input. `None` for a full plan.
    pub evidence: Option<&'a Evidence>,
}

/// Which limits somebody released for one plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released([bool; LimitKind::ALL.len()]);

impl Released {
    /// Releases nothing.
    pub const NOTHING: Self = Self([false; LimitKind::ALL.len()]);

    /// Releases a limit, too.
    #[must_use]
    pub fn and(mut self, limit: LimitKind) -> Self {
        self.0[limit as usize] = true;
        self
    }

    /// Tells whether a limit is released.
    pub fn has(self, limit: LimitKind) -> bool {
        self.0[limit as usize]
    }
}

/// The input as a whole cannot be planned from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Something was not read, or not in the layout that the spec asks for.
    #[error("the {side} objects of type `{object_type}` were not read as the mapping asks for")]
    NotRead {
        /// `source` or `target`.
        side: &'static str,
        /// Which objects.
        object_type: ObjectType,
    },
    /// The target cannot change members one by one, and the mapping needs it: writing the whole set would remove
    /// members that this job does not manage (R2).
    #[error("`{mapping}` writes members, and the target cannot add and remove them one by one")]
    MembersUnsupported {
        /// Which object mapping.
        mapping: Text,
    },
    /// An incremental plan lacks answers: it would conclude something that nobody asked for (R1).
    #[error("{questions} questions have to be answered before there can be a plan")]
    Lacking {
        /// How many.
        questions: usize,
    },
    /// An incremental plan is made from look-ups on both sides, a full plan from reads on both sides.
    #[error("look-ups and reads cannot be planned from together")]
    Mixed,
    /// There are more object mappings or operations than a plan can number.
    #[error("a plan cannot hold more than {most} {what}")]
    TooLarge {
        /// Of what there are too many.
        what: &'static str,
        /// How many it can hold.
        most: u64,
    },
}

impl PlanInput<'_> {
    /// Which operations the mapping allows and the target can do.
    pub(crate) fn operations(&self, mapping: &CompiledObject) -> Operations {
        mapping.operations.within(&self.capabilities)
    }

    /// Checks that everything that the spec asks for was read.
    pub(crate) fn validate(&self) -> Result<(), PlanError> {
        let missing = |side, layout: &provisio_model::Layout| {
            Err(PlanError::NotRead { side, object_type: layout.object_type().clone() })
        };
        for (at, layout) in self.spec.sources.iter().enumerate() {
            if self.source.get(at).is_none_or(|it| **it.records().layout() != **layout) {
                return missing("source", layout);
            }
        }
        for (at, layout) in self.spec.targets.iter().enumerate() {
            if self.target.get(at).is_none_or(|it| **it.records().layout() != **layout) {
                return missing("target", layout);
            }
        }
        let looked_up = self.source.iter().map(|it| it.looked_up().is_some());
        let looked_up = looked_up.chain(self.target.iter().map(|it| it.looked_up().is_some()));
        if looked_up.into_iter().any(|it| it != self.evidence.is_some()) {
            return Err(PlanError::Mixed);
        }
        let writes_members =
            |it: &&CompiledObject| it.attributes.iter().any(CompiledAttribute::is_membership);
        if !self.capabilities.update_with_add_remove
            && let Some(mapping) =
                self.spec.mappings.iter().filter(|it| self.operations(it).update).find(writes_members)
        {
            return Err(PlanError::MembersUnsupported { mapping: mapping.name.clone() });
        }
        let most = u64::from(u16::MAX);
        if self.spec.mappings.len() as u64 > most {
            return Err(PlanError::TooLarge { what: "object mappings", most });
        }
        Ok(())
    }
}

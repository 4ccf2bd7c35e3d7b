//! What will be done, in which order, and why.

mod clause;
mod counts;
mod difference;
mod display;
mod held;
pub mod json;
mod part;
mod reason;
mod why;

use std::collections::BTreeSet;
use std::fmt;

use provisio_model::{AttrName, ObjectType, SourceId, TargetId, Text, Timestamp, Value, Values};

use crate::fingerprint::Fingerprint;
use crate::memory::Remember;
use crate::situation::Situation;

pub use clause::FailedClause;
pub use counts::{ActionKind, Counts};
pub use difference::{
    Assignment, AttributeDifference, MembershipDifference, ObjectDifference, Outlook, PlanDifference,
    Subject, Turn,
};
pub use display::PlanText;
pub use held::{Bound, Held, HeldOperation, LimitKind};
pub use part::PartTooLarge;
pub use reason::{Reason, SkipReason, Skipped, Waiting};
pub use why::{After, Why};

/// An ordered list of operations, made from one state of the world. It decides everything: carrying it out
/// only decides when (R3).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The name of the mapping spec.
    pub name: Text,
    /// What identifies the content of the spec.
    pub spec: Fingerprint,
    /// The state generation that the plan was made from. In any other, the plan is refused.
    pub parent: Generation,
    /// The time that the plan was made for.
    pub at: Timestamp,
    /// The object mappings that operations refer to.
    pub mappings: Vec<PlannedMapping>,
    /// What is done, in this order: `operations[n].id == OpId(n)`.
    pub operations: Vec<Operation>,
    /// What a limit holds back (R4).
    pub held: Vec<Held>,
    /// Source objects that are left alone on purpose.
    pub skipped: Vec<Skipped>,
    /// How many linked objects are as they should be.
    pub unchanged: u64,
    /// What is to be remembered: first what is true as it is, then by the operation that makes it true.
    pub memory: Vec<Remember>,
    /// How the target was known. Only a listing shows what drifted without anybody touching it.
    pub target_known_by: TargetKnowledge,
}

/// How a plan knows the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKnowledge {
    /// Every managed object type was read in full, or as far as it could be.
    #[default]
    Listing,
    /// Only the objects that the plan touches were asked for.
    LookUp,
    /// As after [`TargetKnowledge::LookUp`], but the answers were remembered ones: what the target last confirmed.
    Remembered,
}

impl TargetKnowledge {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Listing, Self::LookUp, Self::Remembered];

    /// Returns its name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::LookUp => "look_up",
            Self::Remembered => "remembered",
        }
    }

    /// Finds it by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Plan {
    /// Tells whether there is nothing to do: no operation, and nothing to be remembered.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.memory.is_empty()
    }

    /// Returns what is to be remembered once an operation is done, or with `None` what is true as it is.
    pub fn facts(&self, once: Option<OpId>) -> &[Remember] {
        let start = self.memory.partition_point(|it| it.once < once);
        let end = self.memory.partition_point(|it| it.once <= once);
        &self.memory[start..end]
    }

    /// Counts the operations by kind.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.operations)
    }

    /// Identifies the plan by its content: everything that would be done, held back or left alone, and the
    /// state that it was made from, but not the time. The values of secrets do not count.
    pub fn fingerprint(&self) -> Fingerprint {
        json::fingerprint(self)
    }

    /// Returns the cycles that the plan undoes, or the first of them for each object; none for any other plan.
    pub fn undoes(&self) -> BTreeSet<&Text> {
        let held = self.held.iter().flat_map(Held::each);
        let undone = self.operations.iter().chain(held).filter_map(|it| match &it.reason {
            Reason::Undoes { cycle } => Some(cycle),
            _ => None,
        });
        undone.collect()
    }

    /// Returns the object mapping of an operation.
    pub fn mapping(&self, id: MappingId) -> Option<&PlannedMapping> {
        self.mappings.get(usize::from(id.0))
    }

    /// Shows one operation of the plan, as the plan's text does.
    pub fn operation_text(&self, operation: &Operation) -> String {
        display::OperationText(self, operation).to_string()
    }

    /// Shows the plan as text.
    pub fn text(&self) -> PlanText<'_> {
        PlanText::new(self)
    }
}

/// Counts how often a job's state was committed. A plan belongs to one generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl fmt::Display for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The position of an object mapping in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MappingId(pub u16);

/// An object mapping, as far as a plan needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedMapping {
    /// Its name, under which its links are kept.
    pub name: Text,
    /// The object type that is read.
    pub source: ObjectType,
    /// The object type that is written.
    pub target: ObjectType,
}

/// The position of an operation in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u32);

impl OpId {
    /// Returns the position.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for OpId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", self.0)
    }
}

/// One operation on one target object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// Its position in the plan.
    pub id: OpId,
    /// Which object mapping it belongs to.
    pub mapping: MappingId,
    /// What people call the object.
    pub label: Text,
    /// The source object behind it; for an object whose source is gone, the one it had.
    pub source: SourceId,
    /// The target object; for a create, the operation itself.
    pub target: TargetRef,
    /// The version of the target object that the plan was made from, where the target has versions.
    pub version: Option<Text>,
    /// What the object is, seen from both sides; the mapping's policy answers it.
    pub situation: Situation,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What must have been done before, each operation once, and why.
    pub after: Vec<After>,
    /// Of a delete: what the object held, as far as the mapping writes it. Whoever wants it back makes it again from that.
    pub lost: Vec<(AttrName, Values)>,
}

impl Operation {
    /// Returns the attribute whose members change.
    pub fn attribute(&self) -> Option<&AttrName> {
        match &self.action {
            Action::ChangeMembers { attribute, .. } => Some(attribute),
            _ => None,
        }
    }
}

/// A target object: one that exists, or one that this plan creates. The id of the latter is the only thing
/// that is not known before the plan is carried out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetRef {
    /// It exists.
    Existing(TargetId),
    /// This operation creates it.
    Created(OpId),
}

/// A target object that something refers to, with the name that people know it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Referent {
    /// Which object.
    pub target: TargetRef,
    /// What people call it.
    pub label: Text,
}

/// What is done to a target object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// It is created and linked.
    Create {
        /// What it holds from the start, by name.
        attributes: Vec<(AttrName, PlannedValues)>,
    },
    /// It exists, is linked, and brought to the desired state. Without changes nothing is written.
    Adopt {
        /// What differs.
        changes: Vec<Change>,
    },
    /// Attributes change.
    Update {
        /// Which, at least one.
        changes: Vec<Change>,
    },
    /// It is enabled; other attributes may change with it.
    Enable {
        /// The status attribute and what else differs.
        changes: Vec<Change>,
    },
    /// It is disabled; other attributes may change with it.
    Disable {
        /// The status attribute and what else differs.
        changes: Vec<Change>,
    },
    /// It is marked as deleted and can be restored; other attributes may change with it.
    SoftDelete {
        /// The attribute with the mark and what else differs.
        changes: Vec<Change>,
    },
    /// It was marked as deleted and is not any more; other attributes may change with it.
    Restore {
        /// The attribute with the mark and what else differs.
        changes: Vec<Change>,
    },
    /// It is removed, and its link with it.
    Delete,
    /// Values join and leave a multi-valued reference: the members of a group.
    ChangeMembers {
        /// Which attribute.
        attribute: AttrName,
        /// Who joins.
        add: Vec<Referent>,
        /// Who leaves.
        remove: Vec<Referent>,
    },
    /// Only the link is removed: the target object is gone and so is the need for it, or a rollback lets go of it.
    Unlink,
}

impl Action {
    /// Returns the kind of action.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Create { .. } => ActionKind::Create,
            Self::Adopt { .. } => ActionKind::Adopt,
            Self::Update { .. } => ActionKind::Update,
            Self::Enable { .. } => ActionKind::Enable,
            Self::Disable { .. } => ActionKind::Disable,
            Self::SoftDelete { .. } => ActionKind::SoftDelete,
            Self::Restore { .. } => ActionKind::Restore,
            Self::Delete => ActionKind::Delete,
            Self::ChangeMembers { .. } => ActionKind::ChangeMembers,
            Self::Unlink => ActionKind::Unlink,
        }
    }

    /// Returns the attributes that change, if the action changes attributes of an existing object.
    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Adopt { changes }
            | Self::Update { changes }
            | Self::Enable { changes }
            | Self::Disable { changes }
            | Self::SoftDelete { changes }
            | Self::Restore { changes } => changes,
            _ => &[],
        }
    }
}

/// How one attribute changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which attribute.
    pub attribute: AttrName,
    /// What it held; `None` when it was absent.
    pub before: Option<Values>,
    /// What it will hold; `None` clears it.
    pub after: Option<PlannedValues>,
    /// How it is written.
    pub write: ChangeWrite,
}

/// How the change of an attribute is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeWrite {
    /// The attribute as a whole becomes what it will hold.
    #[default]
    Whole,
    /// Value by value: what it will hold and did not hold joins, what it held and will not hold leaves. What
    /// somebody else adds in the meantime stays.
    ByValue,
    /// As a whole, and not to stay: two or more objects exchange unique values, and this one makes way. A later
    /// operation of the same plan writes what the attribute is to hold.
    Temporary,
}

impl Change {
    /// Makes a change that is written as a whole.
    pub fn whole(attribute: AttrName, before: Option<Values>, after: Option<PlannedValues>) -> Self {
        Self { attribute, before, after, write: ChangeWrite::Whole }
    }

    /// Tells whether the attribute is written although it holds the values already.
    pub fn repeats(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(PlannedValues::Values(after))) => before == after,
            _ => false,
        }
    }

    /// Keeps changes that only repeat what is there if something else changes, too; tells whether anything is left.
    pub(crate) fn keep_needed(changes: &mut Vec<Self>) -> bool {
        if changes.iter().all(Self::repeats) {
            changes.clear();
        }
        !changes.is_empty()
    }

    /// Returns the values that leave and those that join, if they are known values.
    pub fn by_value(&self) -> (Vec<Value>, Vec<Value>) {
        let after = match &self.after {
            Some(PlannedValues::Values(values)) => Some(values),
            _ => None,
        };
        let missing = |values: Option<&Values>, among: Option<&Values>| {
            let values = values.map(Values::as_slice).unwrap_or_default();
            among.map_or_else(|| values.to_vec(), |it| it.missing_from(values))
        };
        (missing(self.before.as_ref(), after), missing(after, self.before.as_ref()))
    }
}

/// Values to be written: known ones, or references to objects that may not exist yet.
#[derive(Clone, Debug, PartialEq)]
pub enum PlannedValues {
    /// Known values.
    Values(Values),
    /// References, at least one.
    References(Vec<Referent>),
}

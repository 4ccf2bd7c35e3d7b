//! What does an incremental plan start from?
//!
//! From what the last cycle left in the state of the job: where source objects stood ([`Remembered`]), who is still
//! [`Open`] although nothing of it changes, and a few [`Totals`] for limits in percent.

use provisio_model::{Link, SourceId, Text};

use super::question::SourceKey;
use crate::finding::{Finding, FindingKind};
use crate::fingerprint::Fingerprint;
use crate::memory::Note;
use crate::plan::{Held, MappingId, OpId, Plan, SkipReason};
use crate::planning::Planned;

/// What the state of a job says of one source object.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Remembered {
    /// Where it stood after the last cycle.
    pub standing: Standing,
    /// Its links, each with the name of its object mapping.
    pub links: Vec<(Text, Link)>,
    /// What is noted of it, each with the name of its object mapping.
    pub notes: Vec<(Text, Note)>,
}

impl Remembered {
    /// Says where an object stood and what it is linked to.
    pub fn new(standing: Standing, links: impl IntoIterator<Item = (Text, Link)>) -> Self {
        Self { standing, links: links.into_iter().collect(), notes: Vec::new() }
    }

    /// Says what is noted of it, too.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = (Text, Note)>) -> Self {
        self.notes.extend(notes);
        self
    }
}

/// Where a source object stood after the last cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to know what it can say")]
pub enum Standing {
    /// It was there, and stood so with the scope of each object mapping: [`Footprint::scoped`](super::Footprint::scoped).
    There(Vec<Scoped>),
    /// It was not there: a complete read did not show it, or the source said that it is gone, and nothing has told
    /// of it since.
    Gone,
    /// That is not remembered.
    #[default]
    Unknown,
}

impl Standing {
    /// Tells how it stood with the scope of a mapping; `None` if it was not there.
    ///
    /// What is not remembered is as unclear as what cannot be told.
    pub(crate) fn scoped(&self, mapping: usize) -> Option<Scoped> {
        match self {
            Self::There(scoped) => Some(scoped.get(mapping).copied().unwrap_or(Scoped::Out)),
            Self::Gone => None,
            Self::Unknown => Some(Scoped::Unclear),
        }
    }
}

/// How a source object stands with the scope of one object mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store has to keep each")]
pub enum Scoped {
    /// It is in scope.
    In,
    /// It is out of scope, not assigned, or disabled in the source; or the mapping is of another type.
    Out,
    /// It fails the input filter, or it cannot be told whether it is in scope: its link alone counts.
    Unclear,
}

/// What limits in percent are counted against, for one object mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// How many objects are linked.
    pub linked: u64,
    /// How many members the linked target objects have.
    pub memberships: u64,
}

impl Totals {
    /// Keeps both numbers.
    pub fn new(linked: u64, memberships: u64) -> Self {
        Self { linked, memberships }
    }
}

/// What an incremental plan starts from, as a whole; what is remembered of single objects is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Baseline {
    /// The spec that footprints were made with. Those of another spec say nothing.
    pub spec: Fingerprint,
    /// How many source objects are remembered.
    pub objects: u64,
    /// By object mapping, in the order of the spec.
    pub totals: Vec<Totals>,
    /// What the last cycle left to be decided.
    pub open: Open,
}

impl Baseline {
    /// Starts from what footprints of this spec remember.
    pub fn new(
        spec: Fingerprint,
        objects: u64,
        totals: impl IntoIterator<Item = Totals>,
        open: Open,
    ) -> Self {
        Self { spec, objects, totals: totals.into_iter().collect(), open }
    }
}

/// Who may have something to do although it does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to know both")]
pub enum Open {
    /// These objects: others stood in their way, or a limit did. Sorted, each once.
    Objects(Vec<SourceKey>),
    /// It is not known who: something was not completely read. The next cycle has to read everything.
    Everything,
}

impl Open {
    /// Returns what a plan leaves open.
    ///
    /// What was not carried out of it afterwards has to be [added](Open::add): who failed is open, too.
    pub fn after(planned: &Planned) -> Self {
        let plan = &planned.plan;
        let key = |mapping: MappingId, id: &SourceId| {
            let object_type = plan.mapping(mapping)?.source.clone();
            Some(SourceKey { object_type, id: id.clone() })
        };
        let mut open = Vec::new();
        for finding in planned.findings.iter().filter(|it| is_open(it)) {
            match &finding.source {
                Some(source) => open.extend(key(finding.mapping, source)),
                None => return Self::Everything,
            }
        }
        let held = plan.held.iter().flat_map(Held::each);
        open.extend(held.filter_map(|it| key(it.mapping, &it.source)));
        let skipped = plan.skipped.iter().filter(|it| !is_settled(&it.why));
        open.extend(skipped.filter_map(|it| key(it.mapping, &it.source)));
        open.sort_unstable();
        open.dedup();
        Self::Objects(open)
    }

    /// Adds whose operations were not done: they failed, or were left out.
    pub fn add(&mut self, plan: &Plan, operations: impl IntoIterator<Item = OpId>) {
        let Self::Objects(open) = self else { return };
        for id in operations {
            let operation = plan.operations.get(id.position());
            let mapping = operation.and_then(|it| plan.mapping(it.mapping));
            if let (Some(operation), Some(mapping)) = (operation, mapping) {
                open.push(SourceKey { object_type: mapping.source.clone(), id: operation.source.clone() });
            }
        }
        open.sort_unstable();
        open.dedup();
    }
}

/// Tells whether what is found may come right without a change of the object or of what it refers to.
///
/// What an object gives by itself stays wrong until it changes; a reference is resolved again when what it refers to
/// comes or goes.
fn is_open(finding: &Finding) -> bool {
    !matches!(
        finding.kind,
        FindingKind::WrongKind { .. }
            | FindingKind::SeveralValues { .. }
            | FindingKind::TooLong { .. }
            | FindingKind::RequiredMissing
            | FindingKind::NoMatchingValue
            | FindingKind::MatchNotAdopted { .. }
            | FindingKind::MatchProtected { .. }
            | FindingKind::MemberProtected { .. }
            | FindingKind::TargetMissing { .. }
            | FindingKind::Unresolved { .. }
    )
}

/// Tells whether a skip stays what it is until the object changes.
fn is_settled(why: &SkipReason) -> bool {
    matches!(
        why,
        SkipReason::Filtered(_)
            | SkipReason::Unassigned
            | SkipReason::OutOfScope(_)
            | SkipReason::LeftAlone
            | SkipReason::Protected
            | SkipReason::Disabled
            | SkipReason::NotAllowed(_)
            | SkipReason::Ignored
    )
}

//! What a job has to remember of its last cycles, so that the next can be planned from changes alone?
//!
//! * Of every source object its [`Footprint`]: whether it is in scope, what it refers to, by which values it is
//!   matched. A store keeps it with the object's id and finds objects by each of its parts.
//! * Which objects are still [`Open`]: whoever was blocked by another object, or was held back, may have something
//!   to do without changing itself.
//! * A few [`Totals`] for limits in percent.

use bumpalo::Bump;
use provisio_model::{Link, Record, SourceId, SourceSide, Text, Timestamp, ValueRef};

use super::question::SourceKey;
use crate::compiled::{CompiledObject, CompiledSpec};
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind};
use crate::fingerprint::Fingerprint;
use crate::flow::flow;
use crate::plan::{MappingId, SkipReason};
use crate::planning::{Planned, evaluation_at};
use crate::scope;

/// What is remembered of one source object, for finding it again when something else changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footprint {
    /// By object mapping, in the order of the spec: whether the object is in scope. One of another type is not.
    pub in_scope: Vec<bool>,
    /// The ids that it refers to, under any mapping; sorted, each once.
    pub refers_to: Vec<SourceId>,
    /// The values by which it is matched; sorted, each once.
    pub matching: Vec<MatchKey>,
}

/// A value by which a source object is matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchKey {
    /// Under which object mapping.
    pub mapping: MappingId,
    /// By which of its matching attributes: 0 is the first that is tried.
    pub precedence: u16,
    /// What all values that mean the same share.
    pub key: Text,
}

/// What the state of a job says of one source object.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Remembered {
    /// Where it stood after the last cycle.
    pub standing: Standing,
    /// Its links, each with the name of its object mapping.
    pub links: Vec<(Text, Link)>,
}

impl Remembered {
    /// Says where an object stood and what it is linked to.
    pub fn new(standing: Standing, links: impl IntoIterator<Item = (Text, Link)>) -> Self {
        Self { standing, links: links.into_iter().collect() }
    }
}

/// Where a source object stood after the last cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to know what it can say")]
pub enum Standing {
    /// It was there, and in scope of these object mappings: [`Footprint::in_scope`].
    There(Vec<bool>),
    /// It was not there: a complete read did not show it, or the source said that it is gone, and nothing has told
    /// of it since.
    Gone,
    /// That is not remembered.
    #[default]
    Unknown,
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
    /// What was not carried out of it afterwards has to be added: who failed is open, too.
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
        let held = plan.held.iter().flat_map(|it| &it.operations);
        open.extend(held.filter_map(|it| key(it.mapping, &it.source)));
        let skipped = plan.skipped.iter().filter(|it| !is_settled(&it.why));
        open.extend(skipped.filter_map(|it| key(it.mapping, &it.source)));
        open.sort_unstable();
        open.dedup();
        Self::Objects(open)
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
            | FindingKind::TargetMissing { .. }
            | FindingKind::Unresolved { .. }
    )
}

/// Tells whether a skip stays what it is until the object changes.
fn is_settled(why: &SkipReason) -> bool {
    matches!(
        why,
        SkipReason::OutOfScope { .. }
            | SkipReason::LeftAlone
            | SkipReason::Disabled
            | SkipReason::NotAllowed(_)
            | SkipReason::Ignored
    )
}

impl CompiledSpec {
    /// Says what has to be remembered of a source object.
    ///
    /// `now` is the time of the plan that it was read for. The record is in one of [`CompiledSpec::source_layouts`].
    pub fn footprint(&self, record: Record<'_, SourceSide>, now: Timestamp) -> Footprint {
        let is_of = |it: &CompiledObject| *self.sources[it.source] == *record.layout();
        let mut footprint = Footprint::default();
        let context = evaluation_at(now);
        let mut bump = Bump::new();
        for (at, mapping) in self.mappings.iter().enumerate() {
            footprint.in_scope.push(is_of(mapping) && scope::failing_clause(&mapping.scope, record).is_none());
            if !is_of(mapping) {
                continue;
            }
            each_match_key(at, mapping, record, &context, &bump, |key| footprint.matching.push(key));
            let source = ExpressionRecord(record);
            for attribute in mapping.attributes.iter().filter(|it| it.is_reference()) {
                // What fails refers to nothing, until the object changes.
                let Ok(flowed) = flow(attribute, &source, &context, &bump) else { continue };
                let ids = flowed.values().iter().filter_map(|it| match it {
                    ValueRef::Reference(id) => Some(SourceId::new(id)),
                    _ => None,
                });
                footprint.refers_to.extend(ids);
            }
            bump.reset();
        }
        footprint.refers_to.sort_unstable();
        footprint.refers_to.dedup();
        footprint.matching.sort_unstable();
        footprint.matching.dedup();
        footprint
    }
}

/// Visits the values by which a source object is matched under a mapping, the first that is tried first.
pub(super) fn each_match_key(
    at: usize,
    mapping: &CompiledObject,
    record: Record<'_, SourceSide>,
    context: &provisio_expression::EvalContext<'_>,
    bump: &Bump,
    mut visit: impl FnMut(MatchKey),
) {
    let source = ExpressionRecord(record);
    for (precedence, &position) in mapping.matching.iter().enumerate() {
        let attribute = &mapping.attributes[position];
        let Ok(flowed) = flow(attribute, &source, context, bump) else { continue };
        let value = flowed.values().first().copied().filter(|it| !matches!(it, ValueRef::Text("")));
        if let Some(value) = value {
            visit(match_key(at, precedence, attribute.rule.key(value)));
        }
    }
}

pub(super) fn match_key(at: usize, precedence: usize, key: String) -> MatchKey {
    MatchKey {
        mapping: MappingId(u16::try_from(at).unwrap_or(u16::MAX)),
        precedence: u16::try_from(precedence).unwrap_or(u16::MAX),
        key: key.into(),
    }
}

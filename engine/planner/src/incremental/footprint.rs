//! What is remembered of a source object, so that it is found again when something else changes?
//!
//! A store keeps the [`Footprint`] of every source object with its id, and finds objects by each of its parts.

use bumpalo::Bump;
use provisio_model::{Record, SourceId, SourceSide, Text, Timestamp, ValueRef};

use super::baseline::Scoped;
use crate::compiled::{CompiledObject, CompiledSpec, MatchRule};
use crate::expressions::ExpressionRecord;
use crate::flow::flow;
use crate::plan::MappingId;
use crate::planning::evaluation_at;
use crate::scope::{Judge, Judgement};

/// What is remembered of one source object, for finding it again when something else changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Footprint {
    /// By object mapping, in the order of the spec: how it stands with the scope.
    pub scoped: Vec<Scoped>,
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
            if !is_of(mapping) {
                footprint.scoped.push(Scoped::Out);
                continue;
            }
            footprint.scoped.push(scoped(mapping, record, now));
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

pub(super) fn scoped(mapping: &CompiledObject, record: Record<'_, SourceSide>, now: Timestamp) -> Scoped {
    if !mapping.scope.memberships.is_empty() {
        return Scoped::Unclear;
    }
    match Judge::alone(&mapping.scope, now).judge(record) {
        Judgement::InScope => Scoped::In,
        Judgement::Unassigned | Judgement::OutOfScope(_) | Judgement::Disabled => Scoped::Out,
        Judgement::Filtered(_) | Judgement::Unknown(..) => Scoped::Unclear,
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
    for (precedence, rule) in mapping.matching.iter().enumerate() {
        let keys = mapping.attributes_of(rule).map(|attribute| {
            let flowed = flow(attribute, &source, context, bump).ok()?;
            let value = flowed.values().first().copied().filter(|it| !matches!(it, ValueRef::Text("")))?;
            Some(attribute.rule.key(value))
        });
        if let Some(keys) = keys.collect::<Option<Vec<String>>>() {
            visit(match_key(at, precedence, MatchRule::key(keys)));
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

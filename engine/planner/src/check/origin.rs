//! Does a value come from the source? Where an attribute is copied or constant this is known without computing
//! anything; of an expression nothing is known.

use std::collections::BTreeSet;

use provisio_model::{Record, SourceSide, TargetId, Value, ValueKind, ValueRef, Values};

use super::blend;
use super::facts::{Facts, Reference, Subject, references};
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::{AttributeSource, CompiledAttribute, LeavingGiven, LeavingWrite};
use crate::incremental::{Recalled, Scoped};
use crate::plan::{Change, PlannedValues};
use crate::spec::{FlowType, NullFlow};

/// What the source gives for an attribute.
pub(super) enum Given<'a> {
    /// It is computed or converted, so this is not known.
    Unknown,
    Nothing,
    Values(Vec<ValueRef<'a>>),
}

pub(super) fn given<'a>(
    facts: &Facts<'a>,
    mapping_at: usize,
    attribute: &'a CompiledAttribute,
    source: Option<Record<'a, SourceSide>>,
) -> Given<'a> {
    let values: Vec<ValueRef<'a>> = match (&attribute.source, source) {
        (AttributeSource::Constant(values), _) => values.iter().collect(),
        (AttributeSource::DefaultOnly, _) => return Given::Nothing,
        (AttributeSource::Direct(slot), Some(record)) => {
            let kind = record.layout().attribute(*slot).kind;
            if kind != attribute.kind || matches!(kind, ValueKind::Reference | ValueKind::Secret) {
                return Given::Unknown;
            }
            debug_assert_eq!(record.layout(), &*facts.input.spec.sources[facts.mapping(mapping_at).source]);
            record.values(*slot).iter().collect()
        }
        _ => return Given::Unknown,
    };
    if values.is_empty() { Given::Nothing } else { Given::Values(values) }
}

/// Returns the source ids that a copied reference holds; `None` when that is not known.
pub(super) fn given_ids<'a>(
    attribute: &CompiledAttribute,
    source: Option<Record<'a, SourceSide>>,
) -> Option<BTreeSet<&'a str>> {
    let (AttributeSource::Direct(slot), Some(record)) = (&attribute.source, source) else { return None };
    let ids = record.values(*slot).iter().filter_map(|it| match it {
        ValueRef::Reference(id) | ValueRef::Text(id) => Some(id),
        _ => None,
    });
    Some(ids.collect())
}

/// Tells whether a target object is still what one of these source ids stands for.
pub(super) fn is_still_given(
    facts: &Facts<'_>,
    attribute: &CompiledAttribute,
    ids: &BTreeSet<&str>,
    target: &str,
) -> bool {
    facts.refers_to(attribute).into_iter().any(|(at, mapping)| {
        let Some(link) = facts.links(at).and_then(|it| it.of_target(target)) else { return false };
        let is_there = match facts.source(at, link.source.as_str()) {
            // What is not looked at is as if it had not been read.
            Some(record) => {
                let standing = facts.standing(at, record);
                !standing.is_out() && !standing.is_disabled()
            }
            None => match facts.input.recall(mapping.source, link.source.as_str()) {
                Recalled::Stood(standing) => !matches!(standing.scoped(at), None | Some(Scoped::Out)),
                Recalled::Nothing | Recalled::Missed => {
                    facts.input.source[mapping.source].prove_absent(&link.source).is_none()
                }
            },
        };
        let is_gone = facts.input.target[mapping.target].prove_absent(&TargetId::new(target)).is_some();
        is_there && !is_gone && ids.contains(link.source.as_str())
    })
}

/// Checks the values of an attribute of a new object.
pub(super) fn check_created(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    planned: &PlannedValues,
    report: &mut Report,
) {
    let comes = if attribute.is_reference() {
        references_come(facts, subject, attribute, planned)
    } else {
        match given(facts, subject.mapping_at, attribute, subject.source) {
            Given::Unknown => true,
            Given::Values(values) => is_same(attribute, &values, Some(planned)),
            Given::Nothing => attribute
                .default
                .as_ref()
                .is_some_and(|it| is_same(attribute, &it.iter().collect::<Vec<_>>(), Some(planned))),
        }
    };
    if !comes {
        report.add(Some(subject.at), ViolationKind::NotFromSource { attribute: attribute.name.clone() });
    }
}

/// Checks the change of an attribute of an existing object.
pub(super) fn check_change(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    change: &Change,
    report: &mut Report,
) {
    if subject.trigger().is_some() {
        if subject.mapping.status.as_ref().is_none_or(|it| it.slot != attribute.slot)
            && !comes_with_leaving(facts, subject, attribute, change)
        {
            report.add(Some(subject.at), ViolationKind::NotFromSource { attribute: attribute.name.clone() });
        }
        return;
    }
    let may_clear = attribute.null == NullFlow::Clear;
    let comes = match &change.after {
        Some(planned) if attribute.is_reference() => references_come(facts, subject, attribute, planned),
        None if attribute.is_reference() => {
            may_clear && !clears_what_is_given(facts, subject, attribute, change.before.as_ref())
        }
        _ if matches!(attribute.flow, FlowType::Merge | FlowType::Add) => {
            blend::comes(attribute, change, &given(facts, subject.mapping_at, attribute, subject.source))
        }
        after => match given(facts, subject.mapping_at, attribute, subject.source) {
            Given::Unknown => may_clear || after.is_some(),
            Given::Values(values) => is_same(attribute, &values, after.as_ref()),
            Given::Nothing if matches!(attribute.source, AttributeSource::DefaultOnly) => {
                let default = attribute.default.as_ref().map(|it| it.iter().collect::<Vec<_>>());
                change.before.is_none() && default.is_some_and(|it| is_same(attribute, &it, after.as_ref()))
            }
            Given::Nothing => may_clear && after.is_none(),
        },
    };
    if !comes {
        report.add(Some(subject.at), ViolationKind::NotFromSource { attribute: attribute.name.clone() });
    }
}

/// Tells whether a value is what the mapping gives an attribute of a leaver.
fn comes_with_leaving(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    change: &Change,
) -> bool {
    let name = |it: &&LeavingWrite| subject.mapping.attributes[it.mapped].name == attribute.name;
    let Some(wanted) = subject.mapping.leaving.attributes.iter().find(name) else { return false };
    match &wanted.value {
        LeavingGiven::Nothing => change.after.is_none(),
        LeavingGiven::Target { id, .. } => {
            let written = change.after.as_ref().map(references);
            written.is_some_and(|it| it == [Reference::Existing(id)])
        }
        LeavingGiven::Flow(given_by) => match given(facts, subject.mapping_at, given_by, subject.source) {
            // Of who is gone, nothing can be computed.
            Given::Unknown => subject.source.is_some() && change.after.is_some(),
            Given::Nothing => false,
            Given::Values(values) => is_same(attribute, &values, change.after.as_ref()),
        },
    }
}

/// Tells whether the mapping names a target object by its id, as what an attribute of leavers refers to.
pub(super) fn is_named(subject: &Subject<'_>, attribute: &CompiledAttribute, id: &str) -> bool {
    let named = subject
        .mapping
        .leaving
        .attributes
        .iter()
        .find(|it| subject.mapping.attributes[it.mapped].name == attribute.name);
    let is_it = |it: &LeavingWrite| matches!(&it.value, LeavingGiven::Target { id: named, .. } if named.as_str() == id);
    subject.trigger().is_some() && named.is_some_and(is_it)
}

fn is_same(attribute: &CompiledAttribute, given: &[ValueRef<'_>], planned: Option<&PlannedValues>) -> bool {
    let Some(PlannedValues::Values(planned)) = planned else { return false };
    attribute.rule.same_set(given.iter().copied(), planned.as_slice().iter().map(Value::borrow))
}

/// Tells whether all references stand for source objects that the source refers to. What stands for nothing is
/// another rule's business.
fn references_come(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    planned: &PlannedValues,
) -> bool {
    let Some(ids) = given_ids(attribute, subject.source) else { return true };
    references(planned).into_iter().all(|it| comes(facts, attribute, &ids, it))
}

pub(super) fn comes(
    facts: &Facts<'_>,
    attribute: &CompiledAttribute,
    ids: &BTreeSet<&str>,
    reference: Reference<'_>,
) -> bool {
    let stands_for = facts.stands_for(attribute, reference);
    stands_for.is_empty() || stands_for.iter().any(|(_, source)| ids.contains(source))
}

fn clears_what_is_given(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    before: Option<&Values>,
) -> bool {
    let Some(ids) = given_ids(attribute, subject.source) else { return false };
    let mut held = before.into_iter().flat_map(Values::iter);
    held.any(|it| matches!(it, ValueRef::Reference(id) if is_still_given(facts, attribute, &ids, id)))
}

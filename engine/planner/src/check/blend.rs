//! Does a change keep what the flow of its attribute keeps: values of others, values that are there (R2)?

use provisio_model::{Value, ValueRef, Values};

use super::facts::Subject;
use super::origin::Given;
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::CompiledAttribute;
use crate::plan::{Change, ChangeWrite, PlannedValues};
use crate::spec::{FlowType, NullFlow};

/// Checks what leaves and how it is written.
pub(super) fn check(
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    change: &Change,
    can_add_remove: bool,
    report: &mut Report,
) {
    let name = || change.attribute.clone();
    let mut find = |kind| report.add(Some(subject.at), kind);
    let blends = matches!(attribute.flow, FlowType::Merge | FlowType::Add);
    let by_value = blends && can_add_remove;
    if by_value != (change.write == ChangeWrite::ByValue) {
        find(ViolationKind::WrongWrite { attribute: name() });
    }
    let leave = leaving(attribute, change);
    let kept_from = |value: &&Value| match attribute.flow {
        FlowType::Always => false,
        FlowType::Fill | FlowType::Add => true,
        FlowType::Merge => !owns(attribute, value.borrow()),
    };
    if attribute.flow == FlowType::Fill && change.before.is_some() || leave.iter().any(kept_from) {
        find(ViolationKind::TakenAway { attribute: name() });
    }
}

/// Tells whether what a blended attribute will hold comes from what it holds and what the source gives.
pub(super) fn comes(attribute: &CompiledAttribute, change: &Change, given: &Given<'_>) -> bool {
    let nothing: &[ValueRef<'_>] = &[];
    let given = match given {
        Given::Unknown => return true,
        Given::Values(values) => values.as_slice(),
        Given::Nothing if attribute.null == NullFlow::Clear => nothing,
        Given::Nothing => return false,
    };
    let same = |left: ValueRef<'_>, right: ValueRef<'_>| attribute.rule.same(left, right);
    let held: Vec<ValueRef<'_>> = change.before.iter().flat_map(Values::iter).collect();
    let will_hold: Vec<ValueRef<'_>> = after(change).into_iter().flat_map(Values::iter).collect();
    let known = |value: &ValueRef<'_>| held.iter().chain(given).any(|it| same(*it, *value));
    let is_there = |value: &ValueRef<'_>| will_hold.iter().any(|it| same(*it, *value));
    will_hold.iter().all(known) && given.iter().all(is_there)
}

fn after(change: &Change) -> Option<&Values> {
    match &change.after {
        Some(PlannedValues::Values(values)) => Some(values),
        _ => None,
    }
}

/// The values that are held and will not be.
fn leaving<'c>(attribute: &CompiledAttribute, change: &'c Change) -> Vec<&'c Value> {
    let held = change.before.as_ref().map(Values::as_slice).unwrap_or_default();
    let will_hold = after(change).map(Values::as_slice).unwrap_or_default();
    let stays = |value: &&Value| will_hold.iter().any(|it| attribute.rule.same(it.borrow(), value.borrow()));
    held.iter().filter(|it| !stays(it)).collect()
}

fn owns(attribute: &CompiledAttribute, value: ValueRef<'_>) -> bool {
    match (&attribute.owns, value) {
        (Some(pattern), ValueRef::Text(text)) => pattern.is_match(text) == Ok(true),
        _ => false,
    }
}

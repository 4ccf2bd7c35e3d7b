//! What does the target object hold already, and what follows from that alone?

use provisio_model::{AttrName, Record, Slot, SourceId, TargetSide, Text, Value, ValueRef, Values};

use crate::compiled::{CompiledAttribute, CompiledObject, CompiledStatus};
use crate::plan::{Action, Change, MappingId, OpId, Operation, PlannedValues, Reason, TargetRef};
use crate::reference::label_text;
use crate::situation::Situation;
use crate::spec::NullFlow;

/// Makes the operation on an existing target object, under a mapping and for a situation.
pub(crate) fn existing(
    (id, mapping, situation): (MappingId, &CompiledObject, Situation),
    source: SourceId,
    current: Record<'_, TargetSide>,
    action: Action,
    reason: Reason,
) -> Operation {
    let label = current.single(mapping.label).map(label_text).filter(|it| !it.is_empty());
    let lost = if action == Action::Delete { held(mapping, current) } else { Vec::new() };
    Operation {
        id: OpId(0),
        mapping: id,
        label: label.unwrap_or_else(|| current.id_str().into()),
        source,
        target: TargetRef::Existing(current.id()),
        version: current.version().map(Text::new),
        situation,
        action,
        reason,
        after: Vec::new(),
        lost,
    }
}

/// What an object holds of the attributes that a mapping writes, and that can be read.
fn held(mapping: &CompiledObject, current: Record<'_, TargetSide>) -> Vec<(AttrName, Values)> {
    let layout = current.layout();
    let values = |slot: Slot| Some((layout.attribute(slot).name.clone(), current.values(slot).to_values()?));
    mapping.written().into_iter().filter_map(values).collect()
}

/// Tells whether the status attribute holds exactly this value.
pub(crate) fn is_only_value(current: Record<'_, TargetSide>, status: &CompiledStatus, value: &Value) -> bool {
    current.single(status.slot).is_some_and(|it| status.rule.same(it, value.borrow()))
}

pub(super) fn cleared(attribute: &CompiledAttribute, current: Record<'_, TargetSide>) -> Option<Change> {
    let before = current.values(attribute.slot);
    // The default that a new object got is not taken away again, or no plan would ever be the last.
    let default = attribute.default.as_ref();
    let is_default = default
        .is_some_and(|it| attribute.rule.same_set(it.as_slice().iter().map(Value::borrow), before.iter()));
    let clears =
        attribute.null == NullFlow::Clear && !attribute.required && !before.is_empty() && !is_default;
    clears.then(|| Change::whole(attribute.name.clone(), before.to_values(), None))
}

/// An attribute that is part of every update, with the values that it holds already.
pub(super) fn repeat(attribute: &CompiledAttribute, current: Record<'_, TargetSide>) -> Option<Change> {
    let held = current.values(attribute.slot).to_values()?;
    let after = PlannedValues::Values(held.clone());
    Some(Change::whole(attribute.name.clone(), Some(held), Some(after)))
}

pub(crate) fn is_reference_to(value: Option<ValueRef<'_>>, target: &str) -> bool {
    matches!(value, Some(ValueRef::Reference(id)) if id == target)
}

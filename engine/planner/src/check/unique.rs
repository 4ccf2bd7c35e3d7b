//! Is a unique value given to one object only, and only if nobody else holds it?

use std::collections::BTreeMap;

use provisio_model::{CompareRule, LookUp, Slot, Uniqueness, Value};

use super::facts::{Facts, Reference, Written, positions, written};
use super::report::Report;
use super::violation::ViolationKind;
use super::writes::Writers;
use crate::plan::{OpId, PlannedValues, Why};

/// Who is given a value: by the position of the target's object type, the attribute, and the value's key.
type Claims<'a> = BTreeMap<(usize, Slot), BTreeMap<String, (OpId, Reference<'a>)>>;

pub(super) fn check(facts: &Facts<'_>, writers: &Writers<'_>, report: &mut Report) {
    let claims = claims(facts, report);
    for ((target, slot), claims) in &claims {
        let records = facts.input.target[*target].records();
        let attribute = records.layout().attribute(*slot);
        let rule = CompareRule::of(attribute);
        for record in records.iter() {
            for value in record.values(*slot).iter() {
                let Some(&(at, owner)) = claims.get(&rule.key(value)) else { continue };
                let holder = Reference::Existing(record.id_str());
                if owner == holder {
                    continue;
                }
                match released(facts, writers, *target, *slot, record.id_str(), &rule.key(value)) {
                    Some(by) => report.depends(at, by, Why::ValueReleased),
                    None => {
                        let (attribute, holder) = (attribute.name.clone(), holder.to_target());
                        report.add(Some(at), ViolationKind::NotUnique { attribute, holder });
                    }
                }
            }
        }
    }
}

/// Collects the unique values that are given, and reports those that are given to two objects.
fn claims<'a>(facts: &Facts<'a>, report: &mut Report) -> Claims<'a> {
    let mut claims = Claims::new();
    for (at, operation) in positions(facts.plan) {
        let Some(mapping) = facts.input.spec.mappings.get(usize::from(operation.mapping.0)) else { continue };
        let layout = &facts.input.spec.targets[mapping.target];
        let owner = Reference::to(&operation.target);
        for (name, written) in written(operation) {
            let Some(slot) = layout.slot(name.as_str()) else { continue };
            let attribute = layout.attribute(slot);
            if attribute.uniqueness != Uniqueness::System {
                continue;
            }
            let rule = CompareRule::of(attribute);
            for value in given(&written) {
                let of_attribute = claims.entry((mapping.target, slot)).or_default();
                let first = *of_attribute.entry(rule.key(value.borrow())).or_insert((at, owner));
                if first.1 != owner {
                    let (attribute, holder) = (name.clone(), first.1.to_target());
                    report.add(Some(at), ViolationKind::NotUnique { attribute, holder });
                }
                let looked_up = facts.input.target[mapping.target].looked_up();
                if looked_up.is_some_and(|it| it.of_value(slot, value.borrow()) == LookUp::NotAsked) {
                    report.add(Some(at), ViolationKind::ValueNotAsked { attribute: name.clone() });
                }
            }
        }
    }
    claims
}

fn given<'a>(written: &Written<'a>) -> &'a [Value] {
    let planned = match written {
        Written::Values(planned) => Some(*planned),
        Written::Change(change) => change.after.as_ref(),
        Written::Members { .. } => None,
    };
    match planned {
        Some(PlannedValues::Values(values)) => values.as_slice(),
        _ => &[],
    }
}

/// The operation that makes an object give a value up.
fn released(
    facts: &Facts<'_>,
    writers: &Writers<'_>,
    target: usize,
    slot: Slot,
    id: &str,
    key: &str,
) -> Option<OpId> {
    if let Some(&by) = facts.deleted.get(&(target, id)) {
        return Some(by);
    }
    let &by = writers.get(&(target, Reference::Existing(id), slot))?;
    let layout = facts.input.target[target].records().layout();
    let (name, rule) = (&layout.attribute(slot).name, CompareRule::of(layout.attribute(slot)));
    let writes = written(facts.operation(by)?);
    let keeps = |it: &Written<'_>| given(it).iter().any(|value| rule.key(value.borrow()) == key);
    writes.iter().any(|(it, written)| *it == name && !keeps(written)).then_some(by)
}

//! Is nothing created that matches an object that is there, and no two that match each other?

use std::collections::BTreeMap;

use provisio_model::{CompareRule, LookUp, LookedUp, TargetSide, Value, ValueRef};

use super::facts::{Facts, positions};
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::{CompiledAttribute, CompiledObject};
use crate::plan::{Action, OpId, Operation, PlannedValues};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    // Which create writes a matching value: by mapping, precedence and the value's key.
    let mut creates: BTreeMap<(usize, usize), BTreeMap<String, OpId>> = BTreeMap::new();
    for (at, operation) in positions(facts.plan) {
        let mapping_at = usize::from(operation.mapping.0);
        let Some(mapping) = facts.input.spec.mappings.get(mapping_at) else { continue };
        for (precedence, &position) in mapping.matching.iter().enumerate() {
            let attribute = &mapping.attributes[position];
            let Some(value) = matching_value(operation, attribute) else { continue };
            let of_attribute = creates.entry((mapping_at, precedence)).or_default();
            let other = *of_attribute.entry(attribute.rule.key(value)).or_insert(at);
            // Of the later ones it is not known whether an earlier one decides.
            if other != at && precedence == 0 {
                let kind = ViolationKind::CreatedAlike { attribute: attribute.name.clone(), other };
                report.add(Some(at), kind);
            }
        }
    }
    for ((mapping_at, precedence), creates) in &creates {
        let mapping = facts.mapping(*mapping_at);
        let attribute = &mapping.attributes[mapping.matching[*precedence]];
        let rule: CompareRule = attribute.rule;
        for record in facts.input.target[mapping.target].records().iter() {
            for value in record.values(attribute.slot).iter() {
                if let Some(&at) = creates.get(&rule.key(value)) {
                    let (attribute, target) = (attribute.name.clone(), record.id());
                    report.add(Some(at), ViolationKind::MatchExists { attribute, target });
                }
            }
        }
    }
}

/// Tells whether it was asked, with an answer, who has the values by which a created object would be matched.
pub(super) fn are_asked(
    operation: &Operation,
    mapping: &CompiledObject,
    looked_up: &LookedUp<TargetSide>,
) -> bool {
    mapping.matching.iter().all(|&position| {
        let attribute = &mapping.attributes[position];
        let value = matching_value(operation, attribute);
        value.is_none_or(|it| looked_up.of_value(attribute.slot, it) == LookUp::Answered)
    })
}

/// The value by which the created object would be matched. A default does not match.
fn matching_value<'o>(operation: &'o Operation, attribute: &CompiledAttribute) -> Option<ValueRef<'o>> {
    let Action::Create { attributes } = &operation.action else { return None };
    let (_, planned) = attributes.iter().find(|(name, _)| *name == attribute.name)?;
    let PlannedValues::Values(values) = planned else { return None };
    let value = values.single().map(Value::borrow)?;
    let default = attribute.default.as_ref().and_then(|it| it.single());
    let is_default = default.is_some_and(|it| attribute.rule.same(it.borrow(), value));
    (!is_default && !matches!(value, ValueRef::Text(""))).then_some(value)
}

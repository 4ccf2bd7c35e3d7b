//! Is nothing created that matches an object that is there, and no two that match each other?

use std::collections::BTreeMap;

use provisio_model::{LookUp, LookedUp, TargetSide, Value, ValueRef};

use super::facts::{Facts, positions};
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::{CompiledAttribute, CompiledObject};
use crate::plan::{Action, OpId, Operation, PlannedValues};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    // Which create writes matching values: by mapping, precedence and the values' key.
    let mut creates: BTreeMap<(usize, usize), BTreeMap<String, OpId>> = BTreeMap::new();
    for (at, operation) in positions(facts.plan) {
        let mapping_at = usize::from(operation.mapping.0);
        let Some(mapping) = facts.input.spec.mappings.get(mapping_at) else { continue };
        for (precedence, rule) in mapping.matching.iter().enumerate() {
            let keys =
                mapping.attributes_of(rule).map(|it| Some(it.rule.key(matching_value(operation, it)?)));
            let Some(keys) = keys.collect::<Option<Vec<String>>>() else { continue };
            let of_rule = creates.entry((mapping_at, precedence)).or_default();
            let other = *of_rule.entry(joined(keys)).or_insert(at);
            // Of the later ones it is not known whether an earlier one decides.
            if other != at && precedence == 0 {
                let kind = ViolationKind::CreatedAlike { attribute: rule.name.clone(), other };
                report.add(Some(at), kind);
            }
        }
    }
    for ((mapping_at, precedence), creates) in &creates {
        let mapping = facts.mapping(*mapping_at);
        let rule = &mapping.matching[*precedence];
        for record in facts.input.target[mapping.target].records().iter() {
            // A group matches by single values; a lone attribute by any of its values.
            let held: Vec<String> = match rule.attributes.as_slice() {
                [at] => {
                    let attribute = &mapping.attributes[*at];
                    record.values(attribute.slot).iter().map(|it| joined([attribute.rule.key(it)])).collect()
                }
                _ => {
                    let keys =
                        mapping.attributes_of(rule).map(|it| Some(it.rule.key(record.single(it.slot)?)));
                    keys.collect::<Option<Vec<String>>>().map(joined).into_iter().collect()
                }
            };
            for key in held {
                if let Some(&at) = creates.get(&key) {
                    let (attribute, target) = (rule.name.clone(), record.id());
                    report.add(Some(at), ViolationKind::MatchExists { attribute, target });
                }
            }
        }
    }
}

/// One text for the keys of several values; different keys give different texts.
fn joined(keys: impl IntoIterator<Item = String>) -> String {
    keys.into_iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(",")
}

/// Tells whether it was asked, with an answer, who has the values by which a created object would be matched.
pub(super) fn are_asked(
    operation: &Operation,
    mapping: &CompiledObject,
    looked_up: &LookedUp<TargetSide>,
) -> bool {
    mapping.matching.iter().all(|rule| {
        let values = mapping.attributes_of(rule).map(|it| Some((it.slot, matching_value(operation, it)?)));
        // A group is sought by its first attribute, where all of it has values.
        let values: Option<Vec<_>> = values.collect();
        let first = values.as_ref().and_then(|it| it.first());
        first.is_none_or(|(slot, value)| looked_up.of_value(*slot, *value) == LookUp::Answered)
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

//! Which values would clash: what a target attribute holds only once, two objects must not be given.

use std::collections::BTreeMap;

use provisio_model::{CompareRule, Slot, SourceId, TargetId, Text, Uniqueness, Value};

use crate::draft::Drafts;
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::plan::{Action, Change, MappingId, Operation, PlannedValues, TargetRef};
use crate::value_index::ValueIndex;

/// Drops what would give a unique value to a second object, and reports it: a whole create, or the change of
/// the one attribute. Of two new holders the one with the smaller source id keeps the value, so that the next
/// plan decides the same.
pub(crate) fn drop_clashes(input: &PlanInput<'_>, drafts: &mut Drafts, findings: &mut Vec<Finding>) {
    for (target, layout) in input.spec.targets.iter().enumerate() {
        for (slot, attribute) in layout.attributes().filter(|(_, it)| it.uniqueness == Uniqueness::System) {
            let unique = Unique {
                input,
                target,
                slot,
                name: attribute.name.as_str(),
                rule: CompareRule::of(attribute),
            };
            unique.drop_clashes(drafts, findings);
        }
    }
}

/// Whose object is to get a value. Of several the first is the one that gets it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    source: SourceId,
    mapping: MappingId,
}

impl Claim {
    fn of(operation: &Operation) -> Self {
        Self { source: operation.source.clone(), mapping: operation.mapping }
    }
}

struct Unique<'a> {
    input: &'a PlanInput<'a>,
    target: usize,
    slot: Slot,
    name: &'a str,
    rule: CompareRule,
}

impl Unique<'_> {
    fn drop_clashes(&self, drafts: &mut Drafts, findings: &mut Vec<Finding>) {
        let mut taken: BTreeMap<String, Claim> = BTreeMap::new();
        for operation in &drafts.operations {
            for value in self.written(operation) {
                let claim = Claim::of(operation);
                let holder = taken.entry(self.rule.key(value.borrow())).or_insert_with(|| claim.clone());
                if claim < *holder {
                    *holder = claim;
                }
            }
        }
        if taken.is_empty() {
            return;
        }
        let index = ValueIndex::new(self.input, self.target, self.slot, self.rule);
        drafts.retain(|operation| {
            let clash = self.written(operation).iter().find_map(|value| {
                let holder = self.holder(&index, operation, value).or_else(|| {
                    let claim = taken.get(&self.rule.key(value.borrow()))?;
                    (*claim != Claim::of(operation)).then(|| self.claimant(claim))
                });
                holder.map(|holder| FindingKind::NotUnique {
                    value: Text::new(value.as_text().unwrap_or("")),
                    holder,
                })
            });
            match clash {
                None => true,
                Some(kind) => {
                    let attribute = provisio_model::AttrName::new(self.name);
                    findings.push(Finding::about_attribute(
                        operation.mapping,
                        operation.source.clone(),
                        &attribute,
                        kind,
                    ));
                    self.drop_change(operation)
                }
            }
        });
    }

    /// Another object that holds the value now.
    fn holder(&self, index: &ValueIndex<'_>, operation: &Operation, value: &Value) -> Option<Text> {
        let is_itself = |id: &TargetId| matches!(&operation.target, TargetRef::Existing(it) if it == id);
        let records = self.input.target[self.target].records();
        let holders = index.find(value.borrow()).into_iter().map(|row| records.record(row).id());
        let object_type = records.layout().object_type();
        holders.into_iter().find(|it| !is_itself(it)).map(|it| Text::new(format!("{object_type} {it}")))
    }

    /// The object that will hold the value, by its source object: what it will be called says nothing here.
    fn claimant(&self, claim: &Claim) -> Text {
        let mapping = &self.input.spec.mappings[usize::from(claim.mapping.0)];
        let object_type = self.input.spec.sources[mapping.source].object_type();
        Text::new(format!("{object_type} {}", claim.source))
    }

    /// The values that an operation gives to the attribute.
    fn written<'o>(&self, operation: &'o Operation) -> Vec<&'o Value> {
        if self.input.spec.mappings[usize::from(operation.mapping.0)].target != self.target {
            return Vec::new();
        }
        let planned = match &operation.action {
            Action::Create { attributes } => {
                attributes.iter().find(|(name, _)| name.is(self.name)).map(|(_, it)| it)
            }
            action => {
                action.changes().iter().find(|it| it.attribute.is(self.name)).and_then(|it| it.after.as_ref())
            }
        };
        match planned {
            Some(PlannedValues::Values(values)) => values.as_slice().iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Takes the change of the attribute out; tells whether something is left.
    fn drop_change(&self, operation: &mut Operation) -> bool {
        match &mut operation.action {
            Action::Create { .. } => false,
            Action::Adopt { changes } => {
                changes.retain(|it| !it.attribute.is(self.name));
                Change::keep_needed(changes);
                true
            }
            Action::Update { changes } | Action::Enable { changes } | Action::Disable { changes } => {
                changes.retain(|it| !it.attribute.is(self.name));
                Change::keep_needed(changes)
            }
            _ => true,
        }
    }
}

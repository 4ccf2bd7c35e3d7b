//! Which values would clash: what a target attribute holds only once, two objects must not be given.
//!
//! A value that another object gives up in the same plan is free, and the order sees to it that it is given up before
//! it is taken. So what an operation takes depends on what others give up, and these on others again:
//!
//! * whoever takes a value that nobody gives up does not get it, and gives up nothing either, so that whoever waits for
//!   that does not get it, and so on (`claims`);
//! * objects that wait for each other in a ring exchange their values by a temporary one (`exchange`, `temporary`).
//!
//! The stage comes after the limits: what they hold back gives nothing up.

mod claims;
mod exchange;
mod temporary;

use provisio_model::{
    AttrName, AttributeSchema, CompareRule, Slot, TargetId, Text, Uniqueness, Value, ValueKind,
};

use crate::draft::Drafts;
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::plan::{Action, Change, Operation, PlannedValues, TargetRef};
use claims::Claims;

/// Drops what would give a unique value to a second object, and reports it: a whole create, or the change of
/// the one attribute. Of two who want a value, a linked object comes before a new one, then the smaller source id
/// decides, so that the next plan decides the same. Where objects exchange values, adds what that needs.
pub(crate) fn settle(input: &PlanInput<'_>, drafts: &mut Drafts, findings: &mut Vec<Finding>) {
    for (target, layout) in input.spec.targets.iter().enumerate() {
        for (slot, schema) in layout.attributes() {
            if schema.uniqueness != Uniqueness::System || schema.kind == ValueKind::Reference {
                continue;
            }
            let unique = Unique { input, target, slot, schema, rule: CompareRule::of(schema) };
            unique.settle(drafts, findings);
        }
    }
}

/// One attribute whose values are unique.
#[derive(Clone, Copy)]
struct Unique<'a> {
    input: &'a PlanInput<'a>,
    target: usize,
    slot: Slot,
    schema: &'a AttributeSchema,
    rule: CompareRule,
}

/// What becomes of an operation.
enum Verdict {
    /// It cannot get a value, and this is the finding.
    Loses(FindingKind),
    /// It makes way for a while.
    MakesWay(Option<PlannedValues>),
}

impl Unique<'_> {
    fn settle(self, drafts: &mut Drafts, findings: &mut Vec<Finding>) {
        let mut verdicts = {
            let Some(mut claims) = Claims::of(self, &drafts.operations) else { return };
            claims.settle();
            exchange::settle(&mut claims);
            claims.into_verdicts()
        };
        if verdicts.is_empty() {
            return;
        }
        let mut at = 0;
        let mut deferred = Vec::new();
        drafts.retain(|operation| {
            let verdict = verdicts.remove(&at);
            at += 1;
            match verdict {
                None => true,
                Some(Verdict::Loses(kind)) => {
                    findings.push(Finding::about_attribute(
                        operation.mapping,
                        operation.source.clone(),
                        &self.schema.name,
                        kind,
                    ));
                    self.drop_change(operation)
                }
                Some(Verdict::MakesWay(temporary)) => {
                    deferred.extend(exchange::make_way(operation, &self.schema.name, temporary));
                    true
                }
            }
        });
        deferred.into_iter().for_each(|it| drafts.add(it));
    }

    fn is_ours(&self, operation: &Operation) -> bool {
        self.input.spec.mappings[usize::from(operation.mapping.0)].target == self.target
    }

    /// The change that an operation makes to the attribute of an object that exists.
    fn change<'o>(&self, operation: &'o Operation) -> Option<&'o Change> {
        operation.action.changes().iter().find(|it| it.attribute == self.schema.name)
    }

    /// The values that an operation gives to the attribute.
    fn given<'o>(&self, operation: &'o Operation) -> &'o [Value] {
        let planned = match &operation.action {
            Action::Create { attributes } => {
                attributes.iter().find(|(name, _)| *name == self.schema.name).map(|(_, it)| it)
            }
            _ => self.change(operation).and_then(|it| it.after.as_ref()),
        };
        match planned {
            Some(PlannedValues::Values(values)) => values.as_slice(),
            _ => &[],
        }
    }

    /// Tells whether an operation leaves a value to others that its object holds.
    fn gives_up(&self, operation: &Operation, value: &Value) -> bool {
        match &operation.action {
            Action::Delete => true,
            _ => {
                self.change(operation).is_some()
                    && !self.given(operation).iter().any(|it| self.rule.same(it.borrow(), value.borrow()))
            }
        }
    }

    /// The object that holds a value.
    fn holder(&self, id: &TargetId) -> Text {
        Text::new(format!("{} {id}", self.input.spec.targets[self.target].object_type()))
    }

    /// The object that will hold a value, by its source object: what it will be called says nothing here.
    fn claimant(&self, operation: &Operation) -> Text {
        let mapping = &self.input.spec.mappings[usize::from(operation.mapping.0)];
        let object_type = self.input.spec.sources[mapping.source].object_type();
        Text::new(format!("{object_type} {}", operation.source))
    }

    /// Takes the change of the attribute out; tells whether something is left.
    fn drop_change(&self, operation: &mut Operation) -> bool {
        let without = |changes: &mut Vec<Change>, name: &AttrName| {
            changes.retain(|it| it.attribute != *name);
            Change::keep_needed(changes)
        };
        match &mut operation.action {
            Action::Create { .. } => false,
            Action::Adopt { changes } => {
                without(changes, &self.schema.name);
                true
            }
            Action::Update { changes }
            | Action::Enable { changes }
            | Action::Disable { changes }
            | Action::SoftDelete { changes }
            | Action::Restore { changes } => without(changes, &self.schema.name),
            _ => true,
        }
    }
}

/// The existing object of an operation.
fn existing(operation: &Operation) -> Option<&TargetId> {
    match &operation.target {
        TargetRef::Existing(id) => Some(id),
        TargetRef::Created(_) => None,
    }
}

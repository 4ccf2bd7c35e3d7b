//! Operations before they have their order.

use provisio_model::{Row, SourceSide, Text};

use crate::finding::{Finding, FindingKind, Unresolved};
use crate::input::PlanInput;
use crate::matching::{Pair, Pairs};
use crate::plan::{Action, OpId, Operation, PlannedValues, Referent, SkipReason, Skipped, TargetRef};

/// Operations that are not in order yet. In them, [`TargetRef::Created`] holds a ticket: the number of the
/// source object that is to be created. [`Drafts::redeem`] turns tickets into positions.
#[derive(Default)]
pub(crate) struct Drafts {
    pub(crate) operations: Vec<Operation>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) unchanged: u64,
    /// By ticket: the position of the create, once it is drafted.
    creates: Vec<Option<u32>>,
}

/// The number of each source object that is to be created.
pub(crate) struct Tickets {
    /// By mapping and row; empty for a mapping that creates nothing.
    of_row: Vec<Vec<u32>>,
    count: u32,
}

impl Tickets {
    pub(crate) fn number(pairs: &[Pairs]) -> Self {
        let mut count = 0;
        let of_row = pairs.iter().map(|pairs| {
            if !pairs.of_row.iter().any(|it| matches!(it, Pair::Missing | Pair::Gone)) {
                return Vec::new();
            }
            let number = |pair: &Pair| {
                if matches!(pair, Pair::Missing | Pair::Gone) {
                    count += 1;
                    count - 1
                } else {
                    u32::MAX
                }
            };
            pairs.of_row.iter().map(number).collect()
        });
        let of_row = of_row.collect();
        Self { of_row, count }
    }

    pub(crate) fn of(&self, mapping: usize, row: Row<SourceSide>) -> TargetRef {
        let ticket = self.of_row[mapping].get(row.position()).copied().unwrap_or(u32::MAX);
        TargetRef::Created(OpId(ticket))
    }
}

impl Drafts {
    pub(crate) fn new(tickets: &Tickets) -> Self {
        Self { creates: vec![None; tickets.count as usize], ..Self::default() }
    }

    /// Adds an operation; a create is noted under its ticket.
    pub(crate) fn add(&mut self, operation: Operation) {
        let at = u32::try_from(self.operations.len()).unwrap_or(u32::MAX);
        if let (Action::Create { .. }, TargetRef::Created(ticket)) = (&operation.action, &operation.target)
            && let Some(place) = self.creates.get_mut(ticket.position())
        {
            *place = Some(at);
        }
        self.operations.push(operation);
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        self.skipped.push(skipped);
    }

    /// Keeps the operations that `keep` says, whole or with what it changed in them.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut Operation) -> bool) {
        let operations = std::mem::take(&mut self.operations);
        self.creates.fill(None);
        for mut operation in operations {
            if keep(&mut operation) {
                self.add(operation);
            }
        }
    }

    /// Turns tickets into positions and gives referents their names. A reference to an object whose create is
    /// not there is dropped and reported; an operation that has nothing left to do is dropped.
    pub(crate) fn redeem(&mut self, findings: &mut Vec<Finding>) {
        // Dropping an operation never drops a create, so one pass is enough; but it moves positions.
        let creates = self.creates.clone();
        let exists = |target: &TargetRef| match target {
            TargetRef::Existing(_) => true,
            TargetRef::Created(ticket) => creates.get(ticket.position()).copied().flatten().is_some(),
        };
        self.retain(|operation| {
            let Operation { mapping, source, action, .. } = operation;
            let mut report = |attribute: &provisio_model::AttrName, referent: &Referent| {
                let kind = FindingKind::Unresolved {
                    reference: referent.label.clone(),
                    why: Unresolved::NotInTarget,
                };
                findings.push(Finding::about_attribute(*mapping, source.clone(), attribute, kind));
            };
            drop_missing(action, &exists, &mut report);
            let has_content = match action {
                Action::Update { changes } => !changes.is_empty(),
                Action::ChangeMembers { add, remove, .. } => !add.is_empty() || !remove.is_empty(),
                _ => true,
            };
            has_content && exists(&operation.target)
        });
        let labels: Vec<Text> = self.operations.iter().map(|it| it.label.clone()).collect();
        let creates = &self.creates;
        let position = |ticket: OpId| creates.get(ticket.position()).copied().flatten().unwrap_or(u32::MAX);
        for operation in &mut self.operations {
            each_target(operation, |target, label| {
                if let TargetRef::Created(id) = target {
                    *id = OpId(position(*id));
                    if let (Some(label), Some(name)) = (label, labels.get(id.position())) {
                        *label = name.clone();
                    }
                }
            });
            if let TargetRef::Created(id) = &operation.target
                && let Some(name) = labels.get(id.position())
            {
                operation.label = name.clone();
            }
        }
    }
}

fn drop_missing(
    action: &mut Action,
    exists: &impl Fn(&TargetRef) -> bool,
    report: &mut impl FnMut(&provisio_model::AttrName, &Referent),
) {
    let mut keep = |attribute: &provisio_model::AttrName, referents: &mut Vec<Referent>| {
        referents.retain(|referent| {
            let there = exists(&referent.target);
            if !there {
                report(attribute, referent);
            }
            there
        });
        !referents.is_empty()
    };
    match action {
        Action::Create { attributes } => attributes.retain_mut(|(name, values)| match values {
            PlannedValues::References(referents) => keep(name, referents),
            PlannedValues::Values(_) => true,
        }),
        Action::ChangeMembers { attribute, add, .. } => {
            keep(attribute, add);
        }
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes } => changes.retain_mut(|change| match &mut change.after {
            Some(PlannedValues::References(referents)) => keep(&change.attribute, referents),
            _ => true,
        }),
        Action::Delete | Action::Unlink => {}
    }
}

/// Visits every target object that an operation names, with its label where it has one.
pub(crate) fn each_target(
    operation: &mut Operation,
    mut visit: impl FnMut(&mut TargetRef, Option<&mut Text>),
) {
    visit(&mut operation.target, None);
    let mut referents = |referents: &mut Vec<Referent>| {
        for referent in referents {
            visit(&mut referent.target, Some(&mut referent.label));
        }
    };
    match &mut operation.action {
        Action::Create { attributes } => {
            for (_, values) in attributes {
                if let PlannedValues::References(it) = values {
                    referents(it);
                }
            }
        }
        Action::ChangeMembers { add, remove, .. } => {
            referents(add);
            referents(remove);
        }
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes } => {
            for change in changes {
                if let Some(PlannedValues::References(it)) = &mut change.after {
                    referents(it);
                }
            }
        }
        Action::Delete | Action::Unlink => {}
    }
}

/// Makes the skip of a source object.
pub(crate) fn skipped(
    mapping: crate::plan::MappingId,
    record: provisio_model::Record<'_, SourceSide>,
    why: SkipReason,
) -> Skipped {
    Skipped { mapping, source: record.id(), why }
}

/// Tells how many objects of a mapping are linked.
pub(crate) fn linked(input: &PlanInput<'_>, mapping: usize) -> u64 {
    let links = input.links.of(&input.spec.mappings[mapping].name);
    links.map_or(0, |it| it.len() as u64)
}

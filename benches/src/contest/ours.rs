//! Our plan in the text of all contenders.
//!
//! The plan is in another order, since it takes access away before it gives any, and says more. What is lost here is
//! that; what has to be in the text has to be in the plan, and the order of creates is read from what they wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use provisio_model::{LinkTable, ValueRef};
use provisio_planner::{
    Action, Change, MappingId, OpId, Operation, Plan, PlannedValues, Reason, Referent, TargetRef,
};

use super::{CLEARED, Line};
use crate::organisation::ACCOUNT_ATTRIBUTES;
use crate::workload::{TEAMS, WORKERS};

/// Why a plan cannot be written in this text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The text has no words for an operation.
    #[error("the text has no words for {0}")]
    NoWords(String),
    /// Something is held back, which the workload does not ask for.
    #[error("something is held back")]
    Held,
    /// The text could not be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Writes a plan of the workload as text.
///
/// # Errors
/// When there is something in the plan that no other contender could say, or the text cannot be written.
pub fn write_ours(plan: &Plan, links: &LinkTable, out: &mut impl Write) -> Result<(), Unfit> {
    if !plan.held.is_empty() {
        return Err(Unfit::Held);
    }
    let mut text = Text { plan, links, lines: Lines::default() };
    for operation in &plan.operations {
        text.take(operation)?;
    }
    text.write(out)
}

/// What is to be written, each kind in the order of the text.
#[derive(Default)]
struct Lines<'p> {
    new_groups: BTreeMap<&'p str, &'p Operation>,
    creates: BTreeMap<(u32, &'p str), &'p Operation>,
    /// By create: its level.
    levels: BTreeMap<OpId, u32>,
    managers: BTreeMap<&'p str, &'p str>,
    updates: BTreeMap<&'p str, &'p [Change]>,
    joins: BTreeMap<&'p str, BTreeSet<&'p str>>,
    leaves: BTreeMap<&'p str, BTreeSet<&'p str>>,
    /// By account: the worker.
    disables: BTreeMap<&'p str, &'p str>,
}

struct Text<'p> {
    plan: &'p Plan,
    links: &'p LinkTable,
    lines: Lines<'p>,
}

impl<'p> Text<'p> {
    fn take(&mut self, operation: &'p Operation) -> Result<(), Unfit> {
        let unfit = || Unfit::NoWords(format!("{operation:?}"));
        let source = operation.source.as_str();
        let is_of_team = self.mapping(operation.mapping) == Some(TEAMS);
        match (&operation.action, &operation.reason) {
            (Action::Create { attributes }, Reason::NoMatch) if is_of_team => {
                self.lines.new_groups.insert(source, operation);
                for (name, values) in attributes {
                    if let ("members", PlannedValues::References(referents)) = (name.as_str(), values) {
                        self.members(source, referents, &[]).ok_or_else(unfit)?;
                    }
                }
            }
            (Action::Create { .. }, Reason::NoMatch) => {
                let before = operation.after.iter().filter_map(|it| self.lines.levels.get(&it.operation));
                let level = before.max().map_or(0, |it| it + 1);
                self.lines.levels.insert(operation.id, level);
                self.lines.creates.insert((level, source), operation);
            }
            (Action::Update { changes }, Reason::ReferenceDeferred) if !is_of_team => {
                let [Change { after: Some(PlannedValues::References(managers)), .. }] = changes.as_slice()
                else {
                    return Err(unfit());
                };
                let manager = managers.first().and_then(|it| self.worker(it)).ok_or_else(unfit)?;
                self.lines.managers.insert(source, manager);
            }
            (Action::Disable { .. }, Reason::OutOfScope(_) | Reason::SourceDeleted) if !is_of_team => {
                let TargetRef::Existing(account) = &operation.target else { return Err(unfit()) };
                self.lines.disables.insert(account.as_str(), source);
            }
            (Action::Update { changes } | Action::Enable { changes } | Action::Disable { changes }, _)
                if !is_of_team && self.lines.updates.insert(source, changes).is_none() => {}
            (Action::ChangeMembers { add, remove, .. }, Reason::MembersDiffer) if is_of_team => {
                self.members(source, add, remove).ok_or_else(unfit)?;
            }
            _ => return Err(unfit()),
        }
        Ok(())
    }

    fn mapping(&self, id: MappingId) -> Option<&'p str> {
        self.plan.mapping(id).map(|it| &*it.name)
    }

    /// The worker behind an account.
    fn worker(&self, account: &'p Referent) -> Option<&'p str> {
        match &account.target {
            TargetRef::Created(id) => Some(self.plan.operations.get(id.position())?.source.as_str()),
            TargetRef::Existing(id) => Some(self.links.of(WORKERS)?.of_target(id.as_str())?.source.as_str()),
        }
    }

    /// Notes who joins and who leaves a group; several operations may do so.
    fn members(&mut self, team: &'p str, add: &'p [Referent], remove: &'p [Referent]) -> Option<()> {
        for joins in add {
            let worker = self.worker(joins)?;
            self.lines.joins.entry(team).or_default().insert(worker);
        }
        for leaves in remove {
            let worker = self.worker(leaves)?;
            self.lines.leaves.entry(team).or_default().insert(worker);
        }
        Some(())
    }

    fn write(&self, out: &mut impl Write) -> Result<(), Unfit> {
        let lines = &self.lines;
        for (team, create) in &lines.new_groups {
            let name = attributes(create).find(|it| it.0 == "displayName").ok_or(Unfit::Held)?.1;
            Line::begin(out, "CG")?.cell(team.as_bytes())?.cell(text(name)?.as_bytes())?.end()?;
        }
        for ((_, worker), create) in &lines.creates {
            let values: BTreeMap<&str, &PlannedValues> = attributes(create).collect();
            // One field with us in two: the number of the manager waits as long as the reference does.
            let waits = |name: &str| name == "manager" && lines.managers.contains_key(worker);
            let mut line = Line::begin(out, "C")?.cell(worker.as_bytes())?;
            for name in ACCOUNT_ATTRIBUTES.into_iter().filter(|it| !waits(it)) {
                if let Some(value) = values.get(name) {
                    line = line.pair(name, text(value)?.as_bytes())?;
                }
            }
            line.end()?;
        }
        for (worker, manager) in &lines.managers {
            Line::begin(out, "SM")?.cell(worker.as_bytes())?.cell(manager.as_bytes())?.end()?;
        }
        for (worker, changes) in &lines.updates {
            let by_name: BTreeMap<&str, &Change> =
                changes.iter().map(|it| (it.attribute.as_str(), it)).collect();
            let mut line = Line::begin(out, "U")?.cell(worker.as_bytes())?;
            for name in ACCOUNT_ATTRIBUTES {
                if let Some(change) = by_name.get(name) {
                    let value = change.after.as_ref().map(text).transpose()?;
                    line = line.pair(name, value.unwrap_or(CLEARED).as_bytes())?;
                }
            }
            line.end()?;
        }
        for (kind, teams) in [("AM", &lines.joins), ("RM", &lines.leaves)] {
            for (team, workers) in teams {
                Line::begin(out, kind)?.cell(team.as_bytes())?.list(workers)?.end()?;
            }
        }
        for (account, worker) in &lines.disables {
            Line::begin(out, "D")?.cell(account.as_bytes())?.cell(worker.as_bytes())?.end()?;
        }
        Ok(())
    }
}

fn attributes(create: &Operation) -> impl Iterator<Item = (&str, &PlannedValues)> {
    let attributes = match &create.action {
        Action::Create { attributes } => attributes.as_slice(),
        _ => &[],
    };
    attributes.iter().map(|(name, values)| (name.as_str(), values))
}

/// The one text that an attribute holds.
fn text(values: &PlannedValues) -> Result<&str, Unfit> {
    match values {
        PlannedValues::Values(values) => match values.as_slice().first().map(|it| it.borrow()) {
            Some(ValueRef::Text(text)) => Ok(text),
            other => Err(Unfit::NoWords(format!("{other:?}"))),
        },
        PlannedValues::References(referents) => Err(Unfit::NoWords(format!("{referents:?}"))),
    }
}

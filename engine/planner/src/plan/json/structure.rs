//! Is a plan sound in itself? The same questions are asked before a plan is written and after it was read, so
//! what can be written can be read. Whether it is a *good* plan is for [`crate::check`](fn@crate::check) to judge.

use provisio_model::{AttrName, EscapedText, Value, Values};

use super::COMPLEX_DEPTH_MAX;
use super::error::PlanJsonError;
use super::path::Path;
use super::remember;
use crate::plan::{
    Action, After, Change, FailedClause, MappingId, OpId, Operation, Plan, PlannedValues, Reason, Referent,
    SkipReason, TargetRef,
};

type Checked = Result<(), PlanJsonError>;

pub(super) fn check(plan: &Plan) -> Checked {
    check_shown(&plan.name, Path::Document.key("name"))?;
    let mappings = Path::Document.key("mappings");
    for (position, mapping) in plan.mappings.iter().enumerate() {
        let path = mappings.item(position);
        check_shown(&mapping.name, path.key("name"))?;
        check_shown(mapping.source.as_str(), path.key("source"))?;
        check_shown(mapping.target.as_str(), path.key("target"))?;
    }
    let operations = Path::Document.key("operations");
    for (position, operation) in plan.operations.iter().enumerate() {
        let path = operations.item(position);
        if operation.id.position() != position {
            let why = format!("operation {} stands in place {position}", operation.id);
            return Err(PlanJsonError::at(path.key("id"), why));
        }
        Checker { plan, operation, position: Some(position) }.operation(path)?;
    }
    let held = Path::Document.key("held");
    for (position, held_back) in plan.held.iter().enumerate() {
        let path = held.item(position);
        check_mapping(plan, held_back.mapping, path)?;
        let operations = path.key("operations");
        for (position, operation) in held_back.each().enumerate() {
            Checker { plan, operation, position: None }.operation(operations.item(position))?;
        }
    }
    let skipped = Path::Document.key("skipped");
    for (position, skip) in plan.skipped.iter().enumerate() {
        let path = skipped.item(position);
        check_mapping(plan, skip.mapping, path)?;
        if let SkipReason::OutOfScope(failed) | SkipReason::Filtered(failed) = &skip.why {
            check_clause(failed, path.key("why"))?;
        }
    }
    remember::check(&plan.memory, plan.mappings.len(), plan.operations.len())
}

/// Checks names and reasons, which are shown as they are: a line of a plan must not be forged with them.
pub(super) fn check_shown(text: &str, path: Path<'_>) -> Checked {
    if text.chars().any(provisio_model::misleads) {
        let why = "it has control characters or turns the reading direction";
        return Err(PlanJsonError::at(path, why));
    }
    Ok(())
}

fn check_clause(failed: &FailedClause, path: Path<'_>) -> Checked {
    let path = path.key("clause");
    let FailedClause { group: _, clause: _, attribute, text, found } = failed;
    check_shown(text, path.key("text"))?;
    attribute.iter().try_for_each(|it| check_shown(it, path.key("attribute")))?;
    found.iter().try_for_each(|it| check_shown(it, path.key("found")))
}

fn check_mapping(plan: &Plan, id: MappingId, path: Path<'_>) -> Checked {
    match plan.mapping(id) {
        Some(_) => Ok(()),
        None => {
            let count = plan.mappings.len();
            let why = format!("there is no object mapping {}: the plan has {count}, counted from 0", id.0);
            Err(PlanJsonError::at(path.key("mapping"), why))
        }
    }
}

/// Checks one operation.
struct Checker<'a> {
    plan: &'a Plan,
    operation: &'a Operation,
    /// Where it stands; `None` when it is held back.
    position: Option<usize>,
}

impl Checker<'_> {
    fn operation(&self, path: Path<'_>) -> Checked {
        check_mapping(self.plan, self.operation.mapping, path)?;
        self.target(path)?;
        self.after(path)?;
        match &self.operation.reason {
            Reason::Matched { attribute } => {
                check_shown(attribute.as_str(), path.key("reason").key("attribute"))?;
            }
            Reason::OutOfScope(failed) => check_clause(failed, path.key("reason"))?,
            Reason::Undoes { cycle } => check_shown(cycle, path.key("reason").key("cycle"))?,
            _ => {}
        }
        self.lost(path.key("lost"))?;
        match &self.operation.action {
            Action::Create { attributes } => {
                let path = path.key("attributes");
                check_names(attributes.iter().map(|(name, _)| name), path)?;
                for (name, values) in attributes {
                    self.planned_values(values, name, path.key(name.as_str()))?;
                }
                Ok(())
            }
            Action::Adopt { changes } => self.changes(changes, path.key("changes")),
            Action::Update { changes }
            | Action::Enable { changes }
            | Action::Disable { changes }
            | Action::SoftDelete { changes }
            | Action::Restore { changes } => {
                let path = path.key("changes");
                if changes.is_empty() {
                    return Err(PlanJsonError::at(path, "nothing changes"));
                }
                self.changes(changes, path)
            }
            Action::ChangeMembers { attribute, add, remove } => {
                check_shown(attribute.as_str(), path.key("attribute"))?;
                if add.is_empty() && remove.is_empty() {
                    return Err(PlanJsonError::at(path, "nobody joins and nobody leaves"));
                }
                self.referents(add, path.key("add"))?;
                self.referents(remove, path.key("remove"))
            }
            Action::Delete | Action::Unlink => Ok(()),
        }
    }

    fn lost(&self, path: Path<'_>) -> Checked {
        check_names(self.operation.lost.iter().map(|(name, _)| name), path)?;
        self.operation
            .lost
            .iter()
            .try_for_each(|(name, it)| self.values(it, name, path.key(name.as_str()), 0))
    }

    fn target(&self, path: Path<'_>) -> Checked {
        let path = path.key("target");
        match (&self.operation.action, &self.operation.target) {
            (Action::Create { .. }, TargetRef::Created(id)) if Some(id.position()) == self.position => Ok(()),
            (Action::Create { .. }, _) => {
                Err(PlanJsonError::at(path, "the target object of a create is what it creates itself"))
            }
            (_, target) => self.earlier(target, path),
        }
    }

    /// Checks that an object exists or is created before this operation.
    fn earlier(&self, target: &TargetRef, path: Path<'_>) -> Checked {
        let TargetRef::Created(id) = target else { return Ok(()) };
        let path = path.key("created");
        let Some(position) = self.position else {
            let why = "what is held back cannot name an object that this plan creates";
            return Err(PlanJsonError::at(path, why));
        };
        match self.plan.operations.get(id.position()).map(|it| &it.action) {
            None => Err(self.missing(*id, path)),
            Some(Action::Create { .. }) if id.position() < position => Ok(()),
            Some(Action::Create { .. }) => {
                Err(PlanJsonError::at(path, format!("operation {id} creates the object too late")))
            }
            Some(_) => Err(PlanJsonError::at(path, format!("operation {id} creates nothing"))),
        }
    }

    fn after(&self, path: Path<'_>) -> Checked {
        let Some(position) = self.position else { return Ok(()) };
        let path = path.key("after");
        let mut previous: Option<OpId> = None;
        for (at, After { operation: id, .. }) in self.operation.after.iter().enumerate() {
            let path = path.item(at);
            let path = path.key("op");
            if id.position() >= self.plan.operations.len() {
                return Err(self.missing(*id, path));
            }
            if id.position() >= position {
                return Err(PlanJsonError::at(path, format!("operation {id} does not come before")));
            }
            if previous.is_some_and(|it| it >= *id) {
                return Err(PlanJsonError::at(path, "the list is not in ascending order"));
            }
            previous = Some(*id);
        }
        Ok(())
    }

    fn missing(&self, id: OpId, path: Path<'_>) -> PlanJsonError {
        let count = self.plan.operations.len();
        PlanJsonError::at(path, format!("there is no operation {id}: the plan has {count}, counted from #0"))
    }

    fn changes(&self, changes: &[Change], path: Path<'_>) -> Checked {
        check_names(changes.iter().map(|it| &it.attribute), path)?;
        for Change { attribute, before, after, write: _ } in changes {
            let path = path.key(attribute.as_str());
            if before.is_none() && after.is_none() {
                return Err(PlanJsonError::at(path, "it was absent and stays absent"));
            }
            if let Some(before) = before {
                self.values(before, attribute, path.key("before"), 0)?;
            }
            if let Some(after) = after {
                self.planned_values(after, attribute, path.key("after"))?;
            }
        }
        Ok(())
    }

    fn planned_values(&self, planned: &PlannedValues, name: &AttrName, path: Path<'_>) -> Checked {
        match planned {
            PlannedValues::Values(values) => self.values(values, name, path, 0),
            PlannedValues::References(referents) if referents.is_empty() => {
                Err(PlanJsonError::at(path, "an attribute that is there has a value"))
            }
            PlannedValues::References(referents) => {
                let count = referents.len();
                for (at, referent) in referents.iter().enumerate() {
                    self.earlier(&referent.target, path.one_of(count, at))?;
                }
                Ok(())
            }
        }
    }

    fn referents(&self, referents: &[Referent], path: Path<'_>) -> Checked {
        for (at, referent) in referents.iter().enumerate() {
            self.earlier(&referent.target, path.item(at))?;
        }
        Ok(())
    }

    fn values(&self, values: &Values, name: &AttrName, path: Path<'_>, depth: usize) -> Checked {
        let count = values.len();
        for (at, value) in values.as_slice().iter().enumerate() {
            self.value(value, name, path.one_of(count, at), depth)?;
        }
        Ok(())
    }

    fn value(&self, value: &Value, name: &AttrName, path: Path<'_>, depth: usize) -> Checked {
        match value {
            Value::Text(_)
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Timestamp(_)
            | Value::Binary(_)
            | Value::Reference(_) => Ok(()),
            Value::Decimal(decimal) if decimal.is_finite() => Ok(()),
            Value::Decimal(_) => Err(PlanJsonError::at(path, "a decimal is finite")),
            Value::Complex(_) if depth == COMPLEX_DEPTH_MAX => {
                let why = format!("complex values stand more than {COMPLEX_DEPTH_MAX} deep in each other");
                Err(PlanJsonError::at(path, why))
            }
            Value::Complex(attributes) => {
                let path = path.key("complex");
                for (part, values) in attributes.iter() {
                    let path = path.key(part.as_str());
                    check_shown(part.as_str(), path)?;
                    self.values(values, name, path, depth + 1)?;
                }
                Ok(())
            }
            Value::Secret(_) => Err(PlanJsonError::secret(path, name, self.object())),
            other => Err(PlanJsonError::at(path, format!("a plan file has no form for {}", other.kind()))),
        }
    }

    /// Names the operation: `user "Ben" (#3)`.
    fn object(&self) -> String {
        let object_type = self.plan.mapping(self.operation.mapping).map_or("object", |it| it.target.as_str());
        let label = EscapedText(&self.operation.label);
        match self.position {
            Some(_) => format!("{object_type} `{label}` (operation {})", self.operation.id),
            None => format!("{object_type} `{label}` (held back)"),
        }
    }
}

/// Checks that each name can be shown and stands once, whatever its case.
fn check_names<'a>(names: impl Iterator<Item = &'a AttrName>, path: Path<'_>) -> Checked {
    let mut names: Vec<&AttrName> = names.collect();
    names.iter().try_for_each(|it| check_shown(it.as_str(), path.key(it.as_str())))?;
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(PlanJsonError::at(path.key(pair[1].as_str()), "the attribute stands there twice")),
        None => Ok(()),
    }
}

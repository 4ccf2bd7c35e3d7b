//! An operation as the writes that carry it out.

use std::hint::black_box;

use provisio_model::{
    AttrName, AttributeDelta, Attributes, TargetId, Text, Value, Values, ValuesChange, WriteAction,
};

use super::name_order::NameOrder;
use crate::plan::{Action, Change, ChangeWrite, Operation, PlannedValues, Referent, TargetRef};

/// What carries one operation out.
pub(super) struct Prepared {
    /// `None` if there is nothing to write.
    pub(super) writes: Option<Writes>,
    /// References to objects whose create failed.
    pub(super) references_left_out: usize,
}

/// The writes of one operation, in their order.
pub(super) struct Writes {
    pub(super) first: WriteAction,
    pub(super) rest: Vec<WriteAction>,
}

impl Writes {
    pub(super) fn of(actions: impl IntoIterator<Item = WriteAction>) -> Option<Self> {
        let mut actions = actions.into_iter();
        Some(Self { first: actions.next()?, rest: actions.collect() })
    }
}

/// Looks at what an operation waits for and all that a new object will hold, so that the processor fetches it from memory
/// while it still works on the operation before: they lie there in the order in which their objects were looked at,
/// which is not that of the plan.
pub(super) fn bring_near(operation: &Operation) {
    let Action::Create { attributes } = &operation.action else { return };
    let text = |planned: &PlannedValues| match planned {
        PlannedValues::Values(values) => Some(*values.single()?.as_text()?.as_bytes().first()?),
        PlannedValues::References(_) => None,
    };
    let seen = attributes.iter().fold(0, |seen, (_, planned)| seen ^ text(planned).unwrap_or_default());
    black_box((seen, operation.after.first().map(|it| it.operation)));
}

/// Turns an operation into writes. `target` is its object, `None` for a create.
pub(super) fn of(
    operation: &Operation,
    target: Option<&TargetId>,
    created: &[Option<TargetId>],
    values_per_change_max: Option<usize>,
    order: &mut NameOrder,
) -> Prepared {
    let mut ids = Ids { created, left_out: 0 };
    let most = values_per_change_max.unwrap_or(usize::MAX).max(1);
    let update = |deltas: Vec<AttributeDelta>| {
        let target = target.filter(|_| !deltas.is_empty())?.clone();
        Some(WriteAction::Update { target, version: operation.version.clone(), deltas })
    };
    let writes = match &operation.action {
        Action::Create { attributes } => {
            let attributes = ids.attributes(attributes, order);
            Writes::of([WriteAction::Create { attributes }])
        }
        Action::Delete => Writes::of(target.map(|target| WriteAction::Delete {
            target: target.clone(),
            version: operation.version.clone(),
        })),
        Action::Unlink => None,
        Action::ChangeMembers { attribute, add, remove } => {
            let removed: Vec<Value> = remove.iter().filter_map(|it| ids.value(it)).collect();
            let added: Vec<Value> = add.iter().filter_map(|it| ids.value(it)).collect();
            let delta = |values: &[Value], change: fn(Values) -> ValuesChange| {
                let values = Values::from_many(values.iter().cloned())?;
                Some(AttributeDelta::new(attribute.clone(), change(values)))
            };
            let chunks = removed.len().div_ceil(most).max(added.len().div_ceil(most));
            let chunk = |values: &[Value], at: usize| {
                let start = (at * most).min(values.len());
                values[start..(start + most).min(values.len())].to_vec()
            };
            let writes = (0..chunks).map(|at| {
                let leaves = delta(&chunk(&removed, at), ValuesChange::Remove);
                let joins = delta(&chunk(&added, at), ValuesChange::Add);
                update(leaves.into_iter().chain(joins).collect())
            });
            Writes::of(writes.flatten())
        }
        action => {
            let (by_value, whole): (Vec<&Change>, Vec<&Change>) =
                action.changes().iter().partition(|it| it.write == ChangeWrite::ByValue);
            let mut first: Vec<AttributeDelta> = whole.into_iter().filter_map(|it| ids.delta(it)).collect();
            let mut later: Vec<Vec<AttributeDelta>> = Vec::new();
            for change in by_value {
                for (at, deltas) in value_deltas(change, most).into_iter().enumerate() {
                    match at.checked_sub(1) {
                        None => first.extend(deltas),
                        Some(at) if at < later.len() => later[at].extend(deltas),
                        Some(_) => later.push(deltas),
                    }
                }
            }
            Writes::of(std::iter::once(first).chain(later).filter_map(update))
        }
    };
    Prepared { writes, references_left_out: ids.left_out }
}

/// Counts the writes of an operation, if every object that it refers to exists by then.
pub(super) fn count(operation: &Operation, values_per_change_max: Option<usize>) -> usize {
    let most = values_per_change_max.unwrap_or(usize::MAX).max(1);
    let chunks = |removed: usize, added: usize| removed.div_ceil(most).max(added.div_ceil(most));
    match &operation.action {
        Action::Create { .. } | Action::Delete => 1,
        Action::Unlink => 0,
        Action::ChangeMembers { add, remove, .. } => chunks(remove.len(), add.len()),
        action => {
            let of = |change: &Change| match change.write {
                ChangeWrite::ByValue => {
                    let (leave, join) = change.by_value();
                    chunks(leave.len(), join.len())
                }
                ChangeWrite::Whole | ChangeWrite::Temporary => 1,
            };
            action.changes().iter().map(of).max().unwrap_or(0)
        }
    }
}

/// The change of single values, at most `most` of them in one `Add` or `Remove`: what goes into each write.
fn value_deltas(change: &Change, most: usize) -> Vec<Vec<AttributeDelta>> {
    let (leave, join) = change.by_value();
    let (mut leave, mut join) = (leave.chunks(most), join.chunks(most));
    let delta = |values: Option<&[Value]>, of: fn(Values) -> ValuesChange| {
        let values = Values::from_many(values?.iter().cloned())?;
        Some(AttributeDelta::new(change.attribute.clone(), of(values)))
    };
    std::iter::from_fn(|| {
        let leaves = delta(leave.next(), ValuesChange::Remove);
        let joins = delta(join.next(), ValuesChange::Add);
        let deltas: Vec<AttributeDelta> = leaves.into_iter().chain(joins).collect();
        (!deltas.is_empty()).then_some(deltas)
    })
    .collect()
}

/// Puts in the ids of objects that were created meanwhile.
struct Ids<'a> {
    created: &'a [Option<TargetId>],
    left_out: usize,
}

impl Ids<'_> {
    /// What a new object holds, by name.
    fn attributes(&mut self, planned: &[(AttrName, PlannedValues)], order: &mut NameOrder) -> Attributes {
        let mut attributes = Attributes::with_capacity(planned.len());
        for &at in order.of(planned) {
            // Known values go straight to their place: a new object has two dozen attributes, and this is most of what
            // carrying it out costs.
            match &planned[usize::from(at)] {
                (name, PlannedValues::Values(values)) => attributes.append(name.clone(), values.clone()),
                (name, planned) => {
                    if let Some(values) = self.values(planned) {
                        attributes.append(name.clone(), values);
                    }
                }
            }
        }
        attributes
    }

    fn delta(&mut self, change: &Change) -> Option<AttributeDelta> {
        let change_of_values = match &change.after {
            None => ValuesChange::Clear,
            Some(values) => ValuesChange::Set(self.values(values)?),
        };
        Some(AttributeDelta::new(change.attribute.clone(), change_of_values))
    }

    fn values(&mut self, values: &PlannedValues) -> Option<Values> {
        match values {
            PlannedValues::Values(values) => Some(values.clone()),
            PlannedValues::References(referents) => {
                Values::from_many(referents.iter().filter_map(|it| self.value(it)))
            }
        }
    }

    fn value(&mut self, referent: &Referent) -> Option<Value> {
        let id = match &referent.target {
            TargetRef::Existing(id) => Some(id),
            TargetRef::Created(operation) => self.created.get(operation.position()).and_then(Option::as_ref),
        };
        if id.is_none() {
            self.left_out += 1;
        }
        id.map(|id| Value::Reference(id.text().clone()))
    }
}

/// Puts in the version that an object has after what this execution wrote to it, if it did, or none if the target does
/// not compare versions.
pub(super) fn set_version(action: &mut WriteAction, known: Option<&Option<Text>>, supported: bool) {
    if let WriteAction::Update { version, .. } | WriteAction::Delete { version, .. } = action {
        if !supported {
            *version = None;
        } else if let Some(latest) = known {
            version.clone_from(latest);
        }
    }
}

//! What does a write change, or why is it refused?
//!
//! A write and the state go in; entries or an outcome come out, and nothing changes. Refusals come in the order
//! in which a directory would find them: type, object, version, attributes, values, uniqueness, references.

use std::borrow::Cow;
use std::collections::HashSet;

use provisio_model::path::{PathFault, whole_attributes, whole_deltas};
use provisio_model::{
    AttributeDelta, AttributeSchema, Attributes, CompareRule, ErrorKind, Failure, Mutability, ObjectType,
    Outcome, Slot, TargetId, Text, Value, ValueKind, Values, ValuesChange, WriteAction,
};

use crate::accept::{accept, check_count, check_values, means_kept};
use crate::key::Key;
use crate::reference::referred;
use crate::state::{Entry, State, Stored, TypeState};

/// What a write comes to: the object it is about and all entries that it makes, at least one.
pub(crate) struct Decision {
    pub(crate) key: Key,
    pub(crate) entries: Vec<Entry>,
}

/// Decides a write: what to install, or the outcome of a write that changes nothing.
pub(crate) fn decide(
    state: &State,
    object_type: &ObjectType,
    action: &WriteAction,
) -> Result<Decision, Outcome> {
    let Some(type_index) = state.type_index(object_type.as_str()) else {
        return Err(rejected(ErrorKind::SchemaViolation, format!("there is no object type `{object_type}`")));
    };
    match action {
        WriteAction::Create { attributes } => {
            let key = Key { object_type: type_index, id: state.type_state(type_index).next_id() };
            let attributes = create(state, &key, attributes, References::MustExist)?;
            Ok(Decision { entries: vec![Entry::Create { key: key.clone(), attributes }], key })
        }
        WriteAction::Update { target, version, deltas } => {
            let key = Key { object_type: type_index, id: target.text().clone() };
            let Some(stored) = state.get(&key) else {
                return Err(rejected(ErrorKind::NotFound, format!("there is no {object_type} `{target}`")));
            };
            check_version(stored, version.as_ref())?;
            let deltas = update(state, &key, stored, deltas)?;
            if deltas.is_empty() {
                return Err(Outcome::AlreadySatisfied);
            }
            Ok(Decision { entries: vec![Entry::Change { key: key.clone(), deltas }], key })
        }
        WriteAction::Delete { target, version } => {
            let key = Key { object_type: type_index, id: target.text().clone() };
            let Some(stored) = state.get(&key) else { return Err(Outcome::AlreadySatisfied) };
            check_version(stored, version.as_ref())?;
            let mut entries = vanishing_references(state, &key)?;
            entries.push(Entry::Delete { key: key.clone() });
            Ok(Decision { key, entries })
        }
        _ => Err(rejected(ErrorKind::Unsupported, "the directory does not know this kind of write")),
    }
}

/// Decides to take an object in under the id that it has.
pub(crate) fn decide_insert(
    state: &State,
    object_type: &ObjectType,
    id: &Text,
    attributes: &Attributes,
    references: References,
) -> Result<Decision, Outcome> {
    let Some(type_index) = state.type_index(object_type.as_str()) else {
        return Err(rejected(ErrorKind::SchemaViolation, format!("there is no object type `{object_type}`")));
    };
    if id.is_empty() {
        return Err(rejected(ErrorKind::InvalidValue, "the id is empty"));
    }
    let key = Key { object_type: type_index, id: id.clone() };
    if state.get(&key).is_some() {
        return Err(rejected(ErrorKind::AlreadyExists, format!("there is a {object_type} `{id}` already")));
    }
    let attributes = create(state, &key, attributes, references)?;
    Ok(Decision { entries: vec![Entry::Create { key: key.clone(), attributes }], key })
}

/// Whether references are looked up at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// What is referred to must exist.
    MustExist,
    /// What is referred to comes later in the same load, and is checked at its end.
    MayFollow,
}

fn create(
    state: &State,
    key: &Key,
    attributes: &Attributes,
    references: References,
) -> Result<Attributes, Outcome> {
    let type_state = state.type_state(key.object_type);
    let mut kept = Attributes::new();
    let attributes = &whole(type_state, attributes)?;
    for (name, values) in attributes.iter() {
        let (slot, attribute) = writable(type_state, name.as_str())?;
        let accepted = accept(attribute, values).map_err(Outcome::Rejected)?;
        check_count(attribute, accepted.len()).map_err(Outcome::Rejected)?;
        check_unique(type_state, slot, &accepted, &key.id)?;
        if references == References::MustExist {
            check_references(state, attribute, &accepted)?;
        }
        kept.set(attribute.name.clone(), accepted);
    }
    for (_, attribute) in type_state.layout.attributes() {
        // What the system alone sets cannot be asked for.
        if attribute.required && attribute.mutability != Mutability::ReadOnly {
            let count = kept.get(attribute.name.as_str()).map_or(0, Values::len);
            check_count(attribute, count).map_err(Outcome::Rejected)?;
        }
    }
    Ok(kept)
}

fn update(
    state: &State,
    key: &Key,
    stored: &Stored,
    deltas: &[AttributeDelta],
) -> Result<Vec<AttributeDelta>, Outcome> {
    let type_state = state.type_state(key.object_type);
    let mut working = stored.attributes.clone();
    let mut effective: Vec<AttributeDelta> = Vec::new();
    let whole = whole_changes(type_state, &stored.attributes, deltas)?;
    for delta in &*whole {
        let (slot, attribute) = writable(type_state, delta.attribute.as_str())?;
        let current = working.get(attribute.name.as_str()).map(Values::as_slice).unwrap_or_default();
        let Some(change) = effective_change(attribute, current, &delta.change).map_err(Outcome::Rejected)?
        else {
            continue;
        };
        if attribute.mutability == Mutability::Immutable {
            let message = format!("`{}` is set once, when the object is created", attribute.name);
            return Err(rejected(ErrorKind::ReadOnly, message));
        }
        if let ValuesChange::Set(new) | ValuesChange::Add(new) = &change {
            check_unique(type_state, slot, new, &key.id)?;
            check_references(state, attribute, new)?;
        }
        let change = AttributeDelta::new(attribute.name.clone(), change);
        change.apply(&mut working);
        effective.push(change);
    }
    let same = |name: &str| working.get(name) == stored.attributes.get(name);
    if effective.iter().all(|it| same(it.attribute.as_str())) {
        return Ok(Vec::new());
    }
    for delta in &effective {
        if let Some(slot) = type_state.layout.slot(delta.attribute.as_str()) {
            let count = working.get(delta.attribute.as_str()).map_or(0, Values::len);
            check_count(type_state.layout.attribute(slot), count).map_err(Outcome::Rejected)?;
        }
    }
    Ok(effective)
}

/// Puts parts of complex attributes together.
fn whole<'a>(type_state: &TypeState, attributes: &'a Attributes) -> Result<Cow<'a, Attributes>, Outcome> {
    let mut names = attributes.iter().map(|(name, _)| name);
    if names.all(|it| type_state.layout.slot(it.as_str()).is_some()) {
        return Ok(Cow::Borrowed(attributes));
    }
    whole_attributes(type_state.layout.schemas(), attributes).map(Cow::Owned).map_err(no_such_part)
}

/// Turns changes of parts of complex attributes into changes of whole ones.
fn whole_changes<'a>(
    type_state: &TypeState,
    current: &Attributes,
    deltas: &'a [AttributeDelta],
) -> Result<Cow<'a, [AttributeDelta]>, Outcome> {
    if deltas.iter().all(|it| type_state.layout.slot(it.attribute.as_str()).is_some()) {
        return Ok(Cow::Borrowed(deltas));
    }
    whole_deltas(type_state.layout.schemas(), current, deltas).map(Cow::Owned).map_err(no_such_part)
}

fn no_such_part(fault: PathFault) -> Outcome {
    rejected(ErrorKind::SchemaViolation, fault.to_string())
}

/// Returns what a change really changes; `None` when it changes nothing.
fn effective_change(
    attribute: &AttributeSchema,
    current: &[Value],
    change: &ValuesChange,
) -> Result<Option<ValuesChange>, Failure> {
    Ok(match change {
        ValuesChange::Set(values) => {
            check_values(attribute, values)?;
            (!is_kept_exactly(attribute, current, values.as_slice()))
                .then(|| accept(attribute, values).map(ValuesChange::Set))
                .transpose()?
        }
        ValuesChange::Add(values) => {
            check_values(attribute, values)?;
            let new = partition(attribute, values.as_slice(), current, Keep::Unmatched);
            let new = Values::from_many(new.into_iter().cloned());
            new.map(|new| accept(attribute, &new).map(ValuesChange::Add)).transpose()?
        }
        ValuesChange::Remove(values) => {
            check_values(attribute, values)?;
            let leaving = partition(attribute, current, values.as_slice(), Keep::Matched);
            Values::from_many(leaving.into_iter().cloned()).map(ValuesChange::Remove)
        }
        ValuesChange::Clear => (!current.is_empty()).then_some(ValuesChange::Clear),
    })
}

/// Tells whether the values that are set are those that are kept, to the letter: a name that changes from lower
/// to upper case is a change, although the schema calls both the same.
fn is_kept_exactly(attribute: &AttributeSchema, kept: &[Value], sent: &[Value]) -> bool {
    if kept.len() != sent.len() {
        return false;
    }
    match attribute.kind {
        ValueKind::Secret => sent.iter().all(|sent| kept.iter().any(|it| means_kept(attribute, it, sent))),
        ValueKind::Complex => sent.iter().all(|sent| kept.contains(sent)),
        _ => CompareRule::CaseExact.same_set(kept.iter().map(Value::borrow), sent.iter().map(Value::borrow)),
    }
}

/// Which of the values [`partition`] returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Matched,
    Unmatched,
}

/// Returns the values that mean the same as one of `others`, or those that do not.
fn partition<'v>(
    attribute: &AttributeSchema,
    values: &'v [Value],
    others: &[Value],
    keep: Keep,
) -> Vec<&'v Value> {
    let rule = CompareRule::of(attribute);
    // Secrets have no key that can be compared, and complex values none that is exact.
    let has_key = !matches!(attribute.kind, ValueKind::Secret | ValueKind::Complex);
    let keys: Option<HashSet<String>> = (has_key && values.len().saturating_mul(others.len()) > PAIRS_MAX)
        .then(|| others.iter().map(|it| rule.key(it.borrow())).collect());
    let is_matched = |value: &Value| match &keys {
        Some(keys) => keys.contains(&rule.key(value.borrow())),
        None => others
            .iter()
            .any(|other| means_kept(attribute, other, value) || means_kept(attribute, value, other)),
    };
    values.iter().filter(|it| is_matched(it) == (keep == Keep::Matched)).collect()
}

/// Up to this many comparisons each value is compared with each; beyond, their keys are.
const PAIRS_MAX: usize = 1_024;

fn writable<'s>(type_state: &'s TypeState, name: &str) -> Result<(Slot, &'s AttributeSchema), Outcome> {
    let Some(slot) = type_state.layout.slot(name) else {
        let message = format!("a {} has no attribute `{name}`", type_state.object_type());
        return Err(rejected(ErrorKind::SchemaViolation, message));
    };
    let attribute = type_state.layout.attribute(slot);
    if attribute.mutability == Mutability::ReadOnly {
        return Err(rejected(
            ErrorKind::ReadOnly,
            format!("`{}` is set by the directory alone", attribute.name),
        ));
    }
    Ok((slot, attribute))
}

fn check_version(stored: &Stored, expected: Option<&Text>) -> Result<(), Outcome> {
    match expected {
        Some(expected) if *expected.as_str() != *stored.version.to_string() => {
            let message = format!("the object has version {}, not {expected}", stored.version);
            Err(Outcome::Conflict(Failure::new(ErrorKind::PreconditionFailed, message)))
        }
        _ => Ok(()),
    }
}

/// The message names the attribute only: neither the value nor who holds it.
fn check_unique(type_state: &TypeState, slot: Slot, values: &Values, id: &str) -> Result<(), Outcome> {
    let Some(index) = type_state.unique.iter().find(|it| it.slot == slot) else { return Ok(()) };
    if values.iter().any(|value| index.is_taken(value, id)) {
        let name = &type_state.layout.attribute(slot).name;
        let message = format!("`{name}` is taken by another {}", type_state.object_type());
        return Err(Outcome::Conflict(Failure::new(ErrorKind::UniquenessViolated, message)));
    }
    Ok(())
}

fn check_references(state: &State, attribute: &AttributeSchema, values: &Values) -> Result<(), Outcome> {
    match values.as_slice().iter().find_map(|value| dangling(state, attribute, value, None)) {
        Some(id) => {
            let types: Vec<&str> = attribute.references.iter().map(ObjectType::as_str).collect();
            let wanted = if types.is_empty() { "object".to_owned() } else { types.join(" or ") };
            let message = format!("`{}` refers to `{id}`, and there is no such {wanted}", attribute.name);
            Err(rejected(ErrorKind::InvalidValue, message))
        }
        None => Ok(()),
    }
}

/// Returns the first id within a value that no object has, `gone` counting as no object.
pub(crate) fn dangling<'v>(
    state: &State,
    attribute: &AttributeSchema,
    value: &'v Value,
    gone: Option<&Key>,
) -> Option<&'v Text> {
    let exists = |attribute: &AttributeSchema, id: &str| {
        state.indexed_types().any(|(index, type_state)| {
            let allowed =
                attribute.references.is_empty() || attribute.references.contains(type_state.object_type());
            let is_gone = gone.is_some_and(|gone| gone.object_type == index && *gone.id == *id);
            allowed && !is_gone && type_state.objects.contains_key(id)
        })
    };
    match value {
        Value::Reference(id) => (!exists(attribute, id)).then_some(id),
        Value::Complex(parts) => parts.iter().find_map(|(name, values)| {
            let known = attribute.sub_attributes.iter().find(|it| it.name == *name);
            let open = known.is_none().then(|| AttributeSchema::new(name.clone(), ValueKind::Complex));
            let part = known.or(open.as_ref())?;
            values.as_slice().iter().find_map(|value| dangling(state, part, value, gone))
        }),
        _ => None,
    }
}

/// Returns the entries that take every reference to an object away from those that hold one.
fn vanishing_references(state: &State, gone: &Key) -> Result<Vec<Entry>, Outcome> {
    let mut entries = Vec::new();
    for holder in state.references.holders(&gone.id).filter(|it| *it != gone) {
        let Some(stored) = state.get(holder) else { continue };
        let type_state = state.type_state(holder.object_type);
        let mut deltas = Vec::new();
        for (name, values) in stored.attributes.iter() {
            let Some(slot) = type_state.layout.slot(name.as_str()) else { continue };
            let attribute = type_state.layout.attribute(slot);
            let refers = |value: &&Value| {
                referred(value).contains(&&gone.id) && dangling(state, attribute, value, Some(gone)).is_some()
            };
            let Some(leaving) = Values::from_many(values.as_slice().iter().filter(refers).cloned()) else {
                continue;
            };
            if attribute.required && leaving.len() == values.len() {
                let holder_type = type_state.object_type();
                let message =
                    format!("it is the only `{name}` of {holder_type} `{}`, which must have one", holder.id);
                return Err(rejected(ErrorKind::SchemaViolation, message));
            }
            deltas.push(AttributeDelta::new(name.clone(), ValuesChange::Remove(leaving)));
        }
        if !deltas.is_empty() {
            entries.push(Entry::Change { key: holder.clone(), deltas });
        }
    }
    Ok(entries)
}

fn rejected(kind: ErrorKind, message: impl Into<Text>) -> Outcome {
    Outcome::Rejected(Failure::new(kind, message))
}

/// Returns the target id of a key.
pub(crate) fn target_id(key: &Key) -> TargetId {
    TargetId::new(key.id.as_str())
}

/// Finds a reference to nothing anywhere in the directory.
pub(crate) fn unresolved(state: &State) -> Option<Failure> {
    state.types.iter().find_map(|type_state| {
        type_state.objects.values().find_map(|stored| {
            stored.attributes.iter().find_map(|(name, values)| {
                let attribute = type_state.layout.attribute(type_state.layout.slot(name.as_str())?);
                match check_references(state, attribute, values) {
                    Err(Outcome::Rejected(failure)) => {
                        let message =
                            format!("{} `{}`: {}", type_state.object_type(), stored.id, failure.message);
                        Some(Failure::new(failure.kind, message))
                    }
                    _ => None,
                }
            })
        })
    })
}

/// Returns why an insert was refused.
pub(crate) fn refusal(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Rejected(failure) | Outcome::Conflict(failure) | Outcome::Unknown(failure) => failure,
        _ => Failure::new(ErrorKind::Unexpected, "nothing was inserted"),
    }
}

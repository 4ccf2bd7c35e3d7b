//! What an attribute of an existing object should hold: what is given, what is held, and how the two meet.

use provisio::model::{Value, Values};
use provisio::spec::{Apply, FlowType, MappingSource, NullFlow};

use super::given::Given;
use super::pairing::Pairs;
use super::referents::{Referent, referent};
use super::rules::{AttributeRules, Rules};

/// Returns what an attribute should hold, if that is not what it holds. Members are not asked for here.
pub(super) fn change(
    rules: &Rules<'_>,
    pairs: &Pairs,
    attribute: &AttributeRules<'_>,
    given: &Given,
    held: &[Value],
) -> Option<Option<Values>> {
    let Given::Values(given) = given else { return None };
    if attribute.spec.apply == Apply::OnCreate || attribute.is_write_only() {
        return None;
    }
    let (given, known) = if attribute.is_reference() {
        referred(rules, pairs, attribute, given)
    } else {
        (given.clone(), true)
    };
    if !known {
        return None;
    }
    let should = match attribute.spec.flow {
        _ if given.is_empty() => without_a_value(attribute, held),
        FlowType::Fill if !held.is_empty() => held.to_vec(),
        FlowType::Always | FlowType::Fill => given,
        FlowType::Add => joined(attribute, held.to_vec(), given),
        FlowType::Merge => {
            let stays = |it: &&Value| !owns(attribute, it) || attribute.has(&given, it);
            joined(attribute, held.iter().filter(stays).cloned().collect(), given.clone())
        }
    };
    if attribute.same_set(&should, held) || (should.is_empty() && attribute.target.required) {
        return None;
    }
    Some(Values::from_many(should))
}

/// What it should hold when the source gives nothing. What it got as a default is never taken away.
fn without_a_value(attribute: &AttributeRules<'_>, held: &[Value]) -> Vec<Value> {
    let default = attribute.default.as_ref().map(Values::as_slice).unwrap_or_default();
    if matches!(attribute.spec.source, MappingSource::None) {
        return if held.is_empty() { default.to_vec() } else { held.to_vec() };
    }
    match (attribute.spec.null, attribute.spec.flow) {
        (NullFlow::Clear, FlowType::Merge) => {
            let stays = |it: &&Value| !owns(attribute, it) || attribute.has(default, it);
            held.iter().filter(stays).cloned().collect()
        }
        (NullFlow::Clear, FlowType::Always) if !attribute.same_set(default, held) => Vec::new(),
        _ => held.to_vec(),
    }
}

fn joined(attribute: &AttributeRules<'_>, mut stay: Vec<Value>, given: Vec<Value>) -> Vec<Value> {
    let join: Vec<Value> = given.into_iter().filter(|it| !attribute.has(&stay, it)).collect();
    stay.extend(join);
    stay
}

fn owns(attribute: &AttributeRules<'_>, value: &Value) -> bool {
    match (&attribute.owns, value) {
        (Some(pattern), Value::Text(text)) => pattern.is_match(text) == Ok(true),
        _ => false,
    }
}

/// What a reference is given as a target id, and whether that is known. What is known to stand for nothing counts as
/// nothing given.
fn referred(
    rules: &Rules<'_>,
    pairs: &Pairs,
    attribute: &AttributeRules<'_>,
    given: &[Value],
) -> (Vec<Value>, bool) {
    let mut known = true;
    let found = given.iter().filter_map(|it| {
        let Value::Reference(id) = it else { return None };
        match referent(rules, pairs, attribute, id) {
            Referent::One(target) => Some(Value::Reference(target)),
            Referent::Nothing => None,
            Referent::NotYet | Referent::Several(_) => {
                known = false;
                None
            }
        }
    });
    let found: Vec<Value> = found.collect();
    (found, known)
}

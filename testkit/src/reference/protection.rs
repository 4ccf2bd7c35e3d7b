//! What stays as it is: by id, by what it holds, and as a member of a group that protects. Such a group is protected, too.

use std::collections::BTreeSet;

use provisio::model::{ObjectType, Text, Value};
use provisio::spec::{LeavingValue, ObjectMapping, ProtectedMembers};

use super::clause;
use super::rules::Rules;
use super::scope::Answer;
use super::state::State;

/// Tells whether an object is protected, or may be. What any mapping protects counts for all of the type.
pub(super) fn is_protected(rules: &Rules<'_>, state: &State, object_type: &ObjectType, id: &Text) -> bool {
    rules.mappings.iter().map(|it| it.spec).any(|mapping| {
        let of_type = mapping.target == *object_type;
        let groups = mapping.protect.members_of.iter().map(|it| (it, protecting(state, it)));
        let mut groups = groups.collect::<Vec<_>>().into_iter();
        // What leavers are moved to has to stay where it is.
        let named = mapping.deprovisioning.attributes.iter().any(|it| {
            let schema = rules.world.target.schema.of(&mapping.target);
            let attribute = schema.and_then(|schema| schema.resolve(it.target.as_str()).ok());
            matches!(&it.value, LeavingValue::Target(named) if named == id)
                && attribute.is_some_and(|it| it.references.contains(object_type))
        });
        named
            || (of_type && (mapping.protect.ids.contains(id) || passes(rules, state, mapping, id)))
            || groups.any(|(wanted, groups)| {
                let is_group = wanted.through.groups == *object_type && groups.contains(id);
                is_group || (of_type && groups.iter().any(|it| members(state, wanted, it).contains(id)))
            })
    })
}

fn passes(rules: &Rules<'_>, state: &State, mapping: &ObjectMapping, id: &Text) -> bool {
    let (Some(object), Some(schema)) =
        (state.object(&mapping.target, id), rules.world.target.schema.of(&mapping.target))
    else {
        return false;
    };
    let answer = |it: &_| clause_answer(rules, schema, object, it);
    let groups = mapping.protect.filter.groups.iter();
    Answer::any(groups.map(|group| Answer::all(group.clauses.iter().map(answer)))) != Answer::No
}

fn clause_answer(
    rules: &Rules<'_>,
    schema: &provisio::model::ObjectSchema,
    object: &provisio::model::Attributes,
    clause: &provisio::spec::Clause,
) -> Answer {
    match schema.resolve(&clause.attribute) {
        Ok(attribute) => clause::of_attribute(clause, &attribute, object, rules.world.now),
        Err(_) => Answer::Unknown,
    }
}

/// The groups that protect their members: those that are meant, and those in them.
fn protecting(state: &State, wanted: &ProtectedMembers) -> BTreeSet<Text> {
    let is_there = |it: &Text| state.object(&wanted.through.groups, it).is_some();
    let mut groups: BTreeSet<Text> = wanted.ids.iter().filter(|it| is_there(it)).cloned().collect();
    let mut before = usize::MAX;
    while wanted.through.nested && before != groups.len() {
        before = groups.len();
        let inner: BTreeSet<Text> = groups.iter().flat_map(|it| members(state, wanted, it)).collect();
        groups.extend(inner.into_iter().filter(is_there));
    }
    groups
}

fn members(state: &State, wanted: &ProtectedMembers, group: &Text) -> Vec<Text> {
    let group = state.object(&wanted.through.groups, group);
    let members = group.and_then(|it| it.get(&wanted.through.members)).map(|it| it.as_slice());
    let ids = members.unwrap_or_default().iter().filter_map(|it| match it {
        Value::Reference(id) | Value::Text(id) => Some(id.clone()),
        _ => None,
    });
    ids.collect()
}

//! Who is a member of groups that a scope asks for.

use std::collections::BTreeSet;

use provisio::model::{Object, Text, Value};
use provisio::spec::Through;

use super::clause::is_bool;
use super::place;
use super::rules::{ObjectRules, Rules};
use super::scope::Answer;

/// Groups that are meant: by their ids, and by an attribute of theirs.
pub(super) struct Groups<'g> {
    pub(super) through: &'g Through,
    pub(super) ids: Vec<Text>,
    pub(super) attribute: Option<&'g Text>,
}

/// Tells whether an object is listed by one of the groups, or, if asked, by a group that they list.
///
/// An id that both a group and an object of the mapping have may mean either: of that object nobody can tell, and,
/// with the groups in groups, of nobody who is not found.
pub(super) fn is_member(
    rules: &Rules<'_>,
    mapping: &ObjectRules<'_>,
    meant: &Groups<'_>,
    object: &Object,
) -> Answer {
    let source = &rules.world.source;
    let Some(schema) = source.schema.of(&meant.through.groups) else { return Answer::No };
    let read = |name: &Text, group: &Object| {
        schema.resolve(name).map(|it| place::read(&it, &group.attributes)).unwrap_or_default()
    };
    let is_meant = |group: &Object| {
        let marked = meant.attribute.map(|it| read(it, group));
        let is_marked = marked.is_some_and(|it| it.first().is_some_and(|it| is_bool(it, true)));
        meant.ids.contains(&group.id) || is_marked
    };
    let groups = || source.objects.iter().filter(|it| it.object_type == meant.through.groups);
    let is_object = |id: &Text| source.object(mapping.spec.source.as_str(), id).is_some();
    let is_group = |id: &Text| groups().any(|it| it.id == *id);
    let lists_both = meant.through.groups != mapping.spec.source
        && schema.resolve(&meant.through.members).is_ok_and(|it| {
            let lists = |object_type| it.references.is_empty() || it.references.contains(object_type);
            lists(&mapping.spec.source) && lists(&meant.through.groups)
        });
    let is_unclear = |id: &Text| lists_both && is_object(id) && is_group(id);
    let mut open: Vec<&Object> = groups().filter(|it| is_meant(it)).collect();
    let mut seen: BTreeSet<&Text> = open.iter().map(|it| &it.id).collect();
    let mut listed: BTreeSet<Text> = BTreeSet::new();
    while let Some(group) = open.pop() {
        for value in read(&meant.through.members, group) {
            let (Value::Reference(id) | Value::Text(id)) = value else { continue };
            if meant.through.nested && !is_unclear(&id) {
                open.extend(groups().filter(|it| it.id == id && seen.insert(&it.id)));
            }
            listed.insert(id);
        }
    }
    let is_certain = !meant.through.nested || !listed.iter().any(is_unclear);
    match listed.contains(&object.id) {
        true if is_unclear(&object.id) => Answer::Unknown,
        true => Answer::Yes,
        false if is_certain => Answer::No,
        false => Answer::Unknown,
    }
}

//! Which attributes of each side the specs use: what is not used is not read.

use std::sync::Arc;

use provisio_expression::{CompileSettings, FunctionTable, Program, SourceSchema as _};
use provisio_model::{AttrName, AttributeSchema, Layout, ObjectSchema, ObjectType, Schema, ValueKind};

use super::paths;
use crate::expressions::Names;
use crate::spec::{Apply, Deprovision, LeavingValue, MappingSource, ObjectMapping};

/// The layouts of both sides, one for each object type that the spec names and the schema has.
pub(super) struct Layouts {
    pub(super) sources: Vec<Arc<Layout>>,
    pub(super) targets: Vec<Arc<Layout>>,
}

impl Layouts {
    pub(super) fn source(&self, object_type: &ObjectType) -> Option<usize> {
        self.sources.iter().position(|it| it.object_type() == object_type)
    }

    pub(super) fn target(&self, object_type: &ObjectType) -> Option<usize> {
        self.targets.iter().position(|it| it.object_type() == object_type)
    }
}

/// Collects the used attributes. Names that the schema does not know are left out here and reported when the
/// mappings are compiled.
pub(super) fn layouts(
    objects: &[&ObjectMapping],
    source: &Schema,
    target: &Schema,
    functions: &FunctionTable,
) -> Layouts {
    let sources = by_type(
        objects,
        |it| &it.source,
        source,
        |mapping, schema, used| {
            if mapping.source == schema.object_type {
                mark_source(mapping, schema, functions, used);
            }
            mark_groups(mapping, schema, used);
        },
        |it| it.memberships().map(|(through, _)| through.groups.clone()).collect(),
        |(from, _)| from,
    );
    let deletes =
        |it: &&&ObjectMapping| it.operations.delete && it.deprovisioning.asks_for(Deprovision::Delete);
    let deleted: Vec<&ObjectType> = objects.iter().filter(deletes).map(|it| &it.target).collect();
    let mark = |mapping: &ObjectMapping, schema: &ObjectSchema, used: &mut Used| {
        mark_target(mapping, schema, used);
        mark_protected(mapping, schema, used);
        mark_referrers(&deleted, schema, used);
    };
    let targets = by_type(
        objects,
        |it| &it.target,
        target,
        mark,
        |it| {
            let groups = it.protect.members_of.iter().map(|it| it.through.groups.clone());
            groups.chain(named_types(it, target)).collect()
        },
        |(_, to)| to,
    );
    Layouts { sources, targets }
}

/// The used attributes of one object type.
struct Used {
    /// By their place in the schema.
    whole: Vec<bool>,
    /// Parts of complex attributes, as often as they are used.
    parts: Vec<AttributeSchema>,
}

fn by_type(
    objects: &[&ObjectMapping],
    type_of: impl Fn(&ObjectMapping) -> &ObjectType,
    schema: &Schema,
    mark: impl Fn(&ObjectMapping, &ObjectSchema, &mut Used),
    others: impl Fn(&ObjectMapping) -> Vec<ObjectType>,
    side: impl for<'a> Fn((&'a str, &'a str)) -> &'a str,
) -> Vec<Arc<Layout>> {
    let mut layouts: Vec<Arc<Layout>> = Vec::new();
    let mapped = objects.iter().map(|it| type_of(it));
    let others = objects.iter().flat_map(|it| others(it));
    for object_type in &mapped.cloned().chain(others).collect::<Vec<ObjectType>>() {
        if layouts.iter().any(|it| it.object_type() == object_type) {
            continue;
        }
        let Some(schema) = schema.of(object_type) else { continue };
        let mut used = Used { whole: vec![false; schema.attributes.len()], parts: Vec::new() };
        for mapping in objects {
            mark(mapping, schema, &mut used);
        }
        let Used { whole, parts } = used;
        let copied: Vec<&str> = objects
            .iter()
            .filter(|it| type_of(it) == object_type)
            .flat_map(|it| copies(it).into_iter().map(&side))
            .collect();
        let place = |it: &AttributeSchema| copied.iter().position(|name| it.name.is(name));
        let used = schema.attributes.iter().zip(whole).filter(|(_, used)| *used);
        let mut whole: Vec<&AttributeSchema> = used.map(|(it, _)| it).collect();
        whole.sort_by_key(|it| place(it).unwrap_or(usize::MAX));
        let whole = whole.into_iter().cloned();
        layouts.push(Arc::new(Layout::new(object_type.clone(), whole.chain(parts))));
    }
    layouts
}

/// Which source attribute is copied to which target attribute, each named once. They lie first, and in the same order on both
/// sides, so that they are compared as one.
fn copies(mapping: &ObjectMapping) -> Vec<(&str, &str)> {
    let mut copies: Vec<(&str, &str)> = Vec::new();
    for attribute in mapping.attributes.iter().filter(|it| it.apply == Apply::Always) {
        if let MappingSource::Attribute { name, .. } = &attribute.source
            && !copies.iter().any(|it| it.0 == &**name || attribute.target.is(it.1))
        {
            copies.push((name, attribute.target.as_str()));
        }
    }
    copies
}

fn mark_source(mapping: &ObjectMapping, schema: &ObjectSchema, functions: &FunctionTable, used: &mut Used) {
    let names = Names::of_schema(&schema.attributes);
    let slot_of = |name: &str| names.attribute(name).map(|it| it.slot);
    let mut slots: Vec<u16> = Vec::new();
    let assigned = mapping.assignment.iter().filter_map(|it| it.attribute.as_deref());
    let tested = mapping.clauses().map(|it| &*it.attribute);
    slots.extend(tested.chain(assigned).filter_map(slot_of));
    let leaving = mapping.deprovisioning.attributes.iter().filter_map(|it| match &it.value {
        LeavingValue::Source(source) => Some(source),
        LeavingValue::Target(_) | LeavingValue::Clear => None,
    });
    for attribute in mapping.attributes.iter().map(|it| &it.source).chain(leaving) {
        match attribute {
            MappingSource::Attribute { name, .. } => slots.extend(slot_of(name)),
            MappingSource::Expression { text, .. } => {
                if let Ok((program, _)) =
                    Program::compile(text, &names, functions, &CompileSettings::default())
                {
                    slots.extend(program.source_slots());
                }
            }
            MappingSource::Constant(_) | MappingSource::None => {}
        }
    }
    for slot in slots {
        match used.whole.get_mut(usize::from(slot)) {
            Some(used) => *used = true,
            None => used.parts.extend(names.part(slot)),
        }
    }
}

/// Marks what tells who is a member of the groups that a scope asks for.
fn mark_groups(mapping: &ObjectMapping, schema: &ObjectSchema, used: &mut Used) {
    for (through, attribute) in mapping.memberships().filter(|(it, _)| it.groups == schema.object_type) {
        for name in [Some(&through.members), attribute].into_iter().flatten() {
            match schema.attributes.iter().position(|it| it.name.as_str() == name.as_str()) {
                Some(at) => used.whole[at] = true,
                None => used.parts.extend(paths::part(schema, name)),
            }
        }
    }
}

/// What refers to objects that this job may delete is asked for also where no mapping writes it, since a delete comes
/// after whatever else is written to those who refer. Not who is in a group: that may be a lot.
fn mark_referrers(deleted: &[&ObjectType], schema: &ObjectSchema, used: &mut Used) {
    for (at, attribute) in schema.attributes.iter().enumerate() {
        let may_refer = attribute.kind == ValueKind::Reference
            && !attribute.multi_valued
            && deleted.iter().any(|it| attribute.references.is_empty() || attribute.references.contains(it));
        used.whole[at] |= may_refer;
    }
}

/// The types of target objects that a mapping names by their ids.
pub(super) fn named_types(mapping: &ObjectMapping, target: &Schema) -> Vec<ObjectType> {
    let Some(schema) = target.of(&mapping.target) else { return Vec::new() };
    let named =
        mapping.deprovisioning.attributes.iter().filter(|it| matches!(it.value, LeavingValue::Target(_)));
    named.filter_map(|it| schema.resolve(it.target.as_str()).ok()).flat_map(|it| it.references).collect()
}

/// Marks what tells whether a target object is protected.
fn mark_protected(mapping: &ObjectMapping, schema: &ObjectSchema, used: &mut Used) {
    let of_type = mapping.target == schema.object_type;
    let clauses = mapping.protect.filter.groups.iter().flat_map(|it| &it.clauses).filter(|_| of_type);
    let members = mapping.protect.members_of.iter().filter(|it| it.through.groups == schema.object_type);
    for name in clauses.map(|it| &it.attribute).chain(members.map(|it| &it.through.members)) {
        match schema.attributes.iter().position(|it| it.name.as_str() == name.as_str()) {
            Some(at) => used.whole[at] = true,
            None => used.parts.extend(paths::part(schema, name)),
        }
    }
}

fn mark_target(mapping: &ObjectMapping, schema: &ObjectSchema, used: &mut Used) {
    // What is in a container is asked for also where no mapping writes it.
    for (at, _) in schema.attributes.iter().enumerate().filter(|(_, it)| it.container) {
        used.whole[at] = true;
    }
    if mapping.target != schema.object_type {
        return;
    }
    let status = mapping.deprovisioning.status.as_ref().map(|it| &it.attribute);
    let soft_delete = mapping.deprovisioning.soft_delete.as_ref().map(|it| &it.attribute);
    let written = mapping.attributes.iter().map(|it| &it.target).chain(status).chain(soft_delete);
    let tested = mapping.privileged.groups.iter().flat_map(|it| &it.clauses).map(|it| &*it.attribute);
    for name in written.map(AttrName::as_str).chain(tested) {
        match schema.attributes.iter().position(|it| it.name.is(name)) {
            Some(at) => used.whole[at] = true,
            None => used.parts.extend(paths::part(schema, name)),
        }
    }
}

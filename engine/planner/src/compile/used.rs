//! Which attributes of each side the specs use: what is not used is not read.

use std::sync::Arc;

use provisio_expression::{CompileSettings, FunctionTable, Program, SourceSchema as _};
use provisio_model::{Layout, ObjectSchema, ObjectType, Schema};

use crate::expressions::Names;
use crate::spec::{MappingSource, ObjectMapping};

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
            mark_source(mapping, schema, functions, used);
        },
    );
    let targets = by_type(objects, |it| &it.target, target, mark_target);
    Layouts { sources, targets }
}

fn by_type(
    objects: &[&ObjectMapping],
    type_of: impl Fn(&ObjectMapping) -> &ObjectType,
    schema: &Schema,
    mark: impl Fn(&ObjectMapping, &ObjectSchema, &mut [bool]),
) -> Vec<Arc<Layout>> {
    let mut layouts: Vec<Arc<Layout>> = Vec::new();
    for &first in objects {
        let object_type = type_of(first);
        if layouts.iter().any(|it| it.object_type() == object_type) {
            continue;
        }
        let Some(schema) = schema.of(object_type) else { continue };
        let mut used = vec![false; schema.attributes.len()];
        for mapping in objects.iter().filter(|it| type_of(it) == object_type) {
            mark(mapping, schema, &mut used);
        }
        let attributes =
            schema.attributes.iter().zip(used).filter(|(_, used)| *used).map(|(it, _)| it.clone());
        layouts.push(Arc::new(Layout::new(object_type.clone(), attributes)));
    }
    layouts
}

fn mark_source(mapping: &ObjectMapping, schema: &ObjectSchema, functions: &FunctionTable, used: &mut [bool]) {
    let names = Names(&schema.attributes);
    let slot_of = |name: &str| names.attribute(name).map(|it| it.slot);
    let mut slots: Vec<u16> = Vec::new();
    slots.extend(
        mapping.scope.groups.iter().flat_map(|it| &it.clauses).filter_map(|it| slot_of(&it.attribute)),
    );
    for attribute in &mapping.attributes {
        match &attribute.source {
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
        used[usize::from(slot)] = true;
    }
}

fn mark_target(mapping: &ObjectMapping, schema: &ObjectSchema, used: &mut [bool]) {
    let status = mapping.deprovisioning.status.as_ref().map(|it| &it.attribute);
    for name in mapping.attributes.iter().map(|it| &it.target).chain(status) {
        if let Some(at) = schema.attributes.iter().position(|it| it.name == *name) {
            used[at] = true;
        }
    }
}

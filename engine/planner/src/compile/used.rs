//! Which attributes of each side the specs use: what is not used is not read.

use std::sync::Arc;

use provisio_expression::{CompileSettings, FunctionTable, Program, SourceSchema as _};
use provisio_model::{AttributeSchema, Layout, ObjectSchema, ObjectType, Schema};

use super::paths;
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
) -> Vec<Arc<Layout>> {
    let mut layouts: Vec<Arc<Layout>> = Vec::new();
    for &first in objects {
        let object_type = type_of(first);
        if layouts.iter().any(|it| it.object_type() == object_type) {
            continue;
        }
        let Some(schema) = schema.of(object_type) else { continue };
        let mut used = Used { whole: vec![false; schema.attributes.len()], parts: Vec::new() };
        for mapping in objects.iter().filter(|it| type_of(it) == object_type) {
            mark(mapping, schema, &mut used);
        }
        let Used { whole, parts } = used;
        let whole = schema.attributes.iter().zip(whole).filter(|(_, used)| *used).map(|(it, _)| it.clone());
        layouts.push(Arc::new(Layout::new(object_type.clone(), whole.chain(parts))));
    }
    layouts
}

fn mark_source(mapping: &ObjectMapping, schema: &ObjectSchema, functions: &FunctionTable, used: &mut Used) {
    let names = Names::of_schema(&schema.attributes);
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
        match used.whole.get_mut(usize::from(slot)) {
            Some(used) => *used = true,
            None => used.parts.extend(names.part(slot)),
        }
    }
}

fn mark_target(mapping: &ObjectMapping, schema: &ObjectSchema, used: &mut Used) {
    let status = mapping.deprovisioning.status.as_ref().map(|it| &it.attribute);
    for name in mapping.attributes.iter().map(|it| &it.target).chain(status) {
        match schema.attributes.iter().position(|it| it.name == *name) {
            Some(at) => used.whole[at] = true,
            None => used.parts.extend(paths::part(schema, name.as_str())),
        }
    }
}

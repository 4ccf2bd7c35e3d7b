//! Which attributes of each side a spec uses: what is not used is not read.

use std::sync::Arc;

use bumpalo::Bump;
use provisio_expression::{CompileSettings, FunctionTable, Program, SourceAttribute, SourceSchema};
use provisio_model::{AttributeSchema, Layout, ObjectSchema, ObjectType, Schema, ValueKind};

use crate::spec::{MappingSource, MappingSpec, ObjectMapping};

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
    spec: &MappingSpec,
    source: &Schema,
    target: &Schema,
    functions: &FunctionTable,
) -> Layouts {
    let sources = by_type(
        spec,
        |it| &it.source,
        source,
        |mapping, schema, used| {
            mark_source(mapping, schema, functions, used);
        },
    );
    let targets = by_type(spec, |it| &it.target, target, mark_target);
    Layouts { sources, targets }
}

fn by_type(
    spec: &MappingSpec,
    type_of: impl Fn(&ObjectMapping) -> &ObjectType,
    schema: &Schema,
    mark: impl Fn(&ObjectMapping, &ObjectSchema, &mut [bool]),
) -> Vec<Arc<Layout>> {
    let mut layouts: Vec<Arc<Layout>> = Vec::new();
    for first in &spec.objects {
        let object_type = type_of(first);
        if layouts.iter().any(|it| it.object_type() == object_type) {
            continue;
        }
        let Some(schema) = schema.of(object_type) else { continue };
        let mut used = vec![false; schema.attributes.len()];
        for mapping in spec.objects.iter().filter(|it| type_of(it) == object_type) {
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

/// Source attributes as expressions see them: names are exact.
pub(super) struct Names<'a>(pub(super) &'a [AttributeSchema]);

impl SourceSchema for Names<'_> {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let at = self.0.iter().position(|it| it.name.as_str() == name)?;
        Some(SourceAttribute {
            slot: u16::try_from(at).ok()?,
            kind: expression_kind(self.0[at].kind),
            multi_valued: self.0[at].multi_valued,
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.0.iter().map(|it| it.name.as_str()))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.0.iter().any(|it| it.name.as_str() == name && it.kind == ValueKind::Secret)
    }
}

fn expression_kind(kind: ValueKind) -> provisio_expression::ValueKind {
    use provisio_expression::ValueKind as Kind;
    match kind {
        ValueKind::Text => Kind::Text,
        ValueKind::Bool => Kind::Bool,
        ValueKind::Int => Kind::Int,
        ValueKind::Decimal => Kind::Decimal,
        ValueKind::Timestamp => Kind::Timestamp,
        ValueKind::Binary => Kind::Binary,
        ValueKind::Reference => Kind::Reference,
        _ => Kind::Any,
    }
}

/// A packed record, as expressions see it.
pub(crate) struct ExpressionRecord<'r, S>(pub(crate) provisio_model::Record<'r, S>);

impl<S: provisio_model::Side> provisio_expression::Record for ExpressionRecord<'_, S> {
    fn value<'a>(
        &'a self,
        slot: provisio_expression::Slot,
        bump: &'a Bump,
    ) -> provisio_expression::Value<'a> {
        let values = self.0.values(provisio_model::Slot(slot));
        match values.single() {
            Some(value) => expression_value(value, bump),
            None if values.is_empty() => provisio_expression::Value::Null,
            None => {
                let list = bump.alloc_slice_fill_iter(values.iter().map(|it| expression_value(it, bump)));
                provisio_expression::Value::List(list)
            }
        }
    }
}

fn expression_value<'a>(
    value: provisio_model::ValueRef<'a>,
    bump: &'a Bump,
) -> provisio_expression::Value<'a> {
    use provisio_expression::Value;
    use provisio_model::ValueRef;
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => Value::Text(text),
        ValueRef::Bool(bool) => Value::Bool(bool),
        ValueRef::Int(int) => Value::Int(int),
        ValueRef::Binary(bytes) => Value::Binary(bytes),
        ValueRef::Secret(secret) => Value::Text(secret.expose()),
        ValueRef::Decimal(_) | ValueRef::Timestamp(_) => Value::Text(bump.alloc_str(&value_text(value))),
        _ => Value::Null,
    }
}

fn value_text(value: provisio_model::ValueRef<'_>) -> String {
    match value {
        provisio_model::ValueRef::Decimal(decimal) => decimal.to_string(),
        other => other.to_string(),
    }
}

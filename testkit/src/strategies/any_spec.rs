//! Mappings between any two schemas.

use provisio::MappingSpec;
use provisio::expression::FunctionTable;
use provisio::model::{AttributeSchema, Mutability, ObjectSchema, Schema, Uniqueness, Value, ValueKind};
use provisio::planner::compile;
use provisio::spec::{
    AttributeMapping, Clause, Deprovision, FilterGroup, MappingSource, ObjectMapping, Operator, Status,
};

use super::draw::{Draw, Drawn};
use super::expression::{WrittenExpression, texts};

/// Gives mappings between two schemas that compile. They shrink to fewer object mappings and fewer attributes.
///
/// What a target requires gets a value; where it cannot, nothing is created.
pub fn specs(source: &Schema, target: &Schema) -> Drawn<MappingSpec> {
    let (source, target) = (source.clone(), target.clone());
    let schemas = (source.clone(), target.clone());
    Drawn::new(
        move |draw| Drafting { source: &source, target: &target }.spec(draw),
        move |spec| {
            let drafting = Drafting { source: &schemas.0, target: &schemas.1 };
            drafting.smaller(spec)
        },
    )
}

/// Something that makes a mapping say more.
type Refinement = dyn Fn(&mut ObjectMapping);

struct Drafting<'s> {
    source: &'s Schema,
    target: &'s Schema,
}

impl Drafting<'_> {
    fn compiles(&self, spec: &MappingSpec) -> bool {
        compile(spec, self.source, self.target, &FunctionTable::standard()).is_ok()
    }

    fn spec(&self, draw: &mut Draw) -> MappingSpec {
        let mut spec = MappingSpec::default();
        spec.name = "drawn".into();
        for target in &self.target.types {
            // The first types of both sides belong together, and so on: HR lists people first, and so do directories.
            let at = spec.objects.len();
            let source = self.source.types.get(at).or_else(|| draw.pick(&self.source.types));
            let Some(source) = source else { continue };
            let mut mapping = ObjectMapping::new(source.object_type.clone(), target.object_type.clone());
            if spec.objects.iter().any(|it| it.name == mapping.name) {
                continue;
            }
            self.attributes(draw, source, target, &spec, &mut mapping);
            if !mapping.attributes.is_empty() {
                spec.objects.push(mapping);
            }
        }
        spec
    }

    /// Adds one attribute after the other, each if the mapping compiles with it.
    fn attributes(
        &self,
        draw: &mut Draw,
        source: &ObjectSchema,
        target: &ObjectSchema,
        spec: &MappingSpec,
        mapping: &mut ObjectMapping,
    ) {
        mapping.operations.create = false;
        let fits = |mapping: &ObjectMapping| {
            let mut with = spec.clone();
            with.objects.push(mapping.clone());
            self.compiles(&with)
        };
        for attribute in target.attributes.iter().filter(|it| it.mutability != Mutability::ReadOnly) {
            if !attribute.required && draw.percent(25) {
                continue;
            }
            let Some(mut rule) = rule(draw, source, attribute) else { continue };
            let is_key = attribute.uniqueness == Uniqueness::System && !attribute.multi_valued;
            if is_key && mapping.attributes.iter().all(|it| it.matching.is_none()) {
                rule = rule.matching(1);
            } else if draw.percent(30) {
                rule = rule.clear_when_null();
            }
            let mut with = mapping.clone();
            with.attributes.push(rule);
            if fits(&with) {
                *mapping = with;
            }
        }
        let mut changes: Vec<Box<Refinement>> = vec![Box::new(|it| it.operations.create = true)];
        if let Some(name) = draw.pick(&texts(source)).cloned().filter(|_| draw.percent(50)) {
            changes.push(Box::new(move |it| {
                let clause = Clause::new(name.as_str(), Operator::NotEquals, Some("Sales".into()));
                it.scope.groups.push(FilterGroup::of([clause]));
            }));
        }
        let status = target.attributes.iter().find(|it| {
            let is_free = !mapping.attributes.iter().any(|rule| rule.target == it.name);
            it.kind == ValueKind::Bool && !it.multi_valued && is_free
        });
        if let Some(status) = status.map(|it| it.name.clone()) {
            changes.push(Box::new(move |it| it.deprovisioning.status = Some(Status::new(status.clone()))));
        }
        if draw.percent(40) {
            changes.push(Box::new(|it| it.deprovisioning.source_deleted = Some(Deprovision::Delete.into())));
        }
        for change in changes {
            let mut with = mapping.clone();
            change(&mut with);
            if fits(&with) {
                *mapping = with;
            }
        }
    }

    /// The mappings with one object mapping or one attribute less that compile.
    fn smaller(&self, spec: &MappingSpec) -> Vec<MappingSpec> {
        let mut all = Vec::new();
        for at in 0..spec.objects.len() {
            let mut less = spec.clone();
            less.objects.remove(at);
            all.push(less);
            for attribute in 0..spec.objects[at].attributes.len() {
                let mut less = spec.clone();
                less.objects[at].attributes.remove(attribute);
                all.push(less);
            }
            if !spec.objects[at].scope.groups.is_empty() {
                let mut less = spec.clone();
                less.objects[at].scope.groups.clear();
                all.push(less);
            }
        }
        all.retain(|it| !it.objects.is_empty() && self.compiles(it));
        all
    }
}

/// A rule that may give what an attribute holds.
fn rule(draw: &mut Draw, source: &ObjectSchema, attribute: &AttributeSchema) -> Option<AttributeMapping> {
    let name = attribute.name.clone();
    let fits =
        |it: &&AttributeSchema| it.kind == attribute.kind && (attribute.multi_valued || !it.multi_valued);
    let same: Vec<&AttributeSchema> = source.attributes.iter().filter(fits).collect();
    if attribute.uniqueness == Uniqueness::System {
        let is_key = |it: &&&AttributeSchema| it.uniqueness == Uniqueness::System;
        let key = same.iter().find(is_key)?;
        return Some(AttributeMapping::direct(name, key.name.as_str()));
    }
    let names = texts(source);
    if attribute.kind == ValueKind::Text && !attribute.multi_valued && !names.is_empty() && draw.percent(50) {
        let text = WrittenExpression::draw(draw, &names, 2).to_string();
        return Some(AttributeMapping::expression(name, text));
    }
    if let Some(same) = draw.pick(&same).filter(|_| draw.percent(85)) {
        return Some(AttributeMapping::direct(name, same.name.as_str()));
    }
    let constant = match attribute.kind {
        ValueKind::Text => Value::from("constant"),
        ValueKind::Bool => Value::Bool(true),
        ValueKind::Int => Value::Int(1),
        _ => return None,
    };
    Some(AttributeMapping::new(name, MappingSource::Constant(constant)))
}

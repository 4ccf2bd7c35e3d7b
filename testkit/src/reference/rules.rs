//! The mapping as it is written, with its schemas, expressions and patterns at hand.

use std::borrow::Cow;
use std::cell::RefCell;

use provisio::expression::{
    CompileSettings, FunctionTable, Pattern, Program, SourceAttribute, SourceSchema,
    ValueKind as ExpressionKind,
};
use provisio::model::{
    AttrName, AttributeSchema, Attributes, CompareRule, Mutability, Object, ObjectSchema, Schema, Text,
    Value, ValueKind, Values,
};
use provisio::spec::{
    AttributeMapping, LeavingAttribute, LeavingValue, MappingSource, ObjectMapping, Status,
};

use super::convert::convert;
use super::{ReferenceError, place};
use crate::world::World;

/// Everything that does not change from cycle to cycle.
pub(super) struct Rules<'w> {
    pub(super) world: &'w World,
    pub(super) mappings: Vec<ObjectRules<'w>>,
}

/// One object mapping.
pub(super) struct ObjectRules<'w> {
    pub(super) spec: &'w ObjectMapping,
    pub(super) source: &'w ObjectSchema,
    pub(super) target: &'w ObjectSchema,
    pub(super) attributes: Vec<AttributeRules<'w>>,
    /// What attributes hold while a leaver is disabled.
    pub(super) leaving: Vec<LeavingRules<'w>>,
}

/// What an attribute of a leaver holds.
pub(super) struct LeavingRules<'w> {
    /// The target attribute.
    pub(super) target: AttributeSchema,
    pub(super) rule: CompareRule,
    pub(super) value: &'w LeavingValue,
    /// For what the source gives: how.
    pub(super) given: Option<AttributeRules<'w>>,
}

/// One attribute mapping.
pub(super) struct AttributeRules<'w> {
    pub(super) spec: Cow<'w, AttributeMapping>,
    /// The target attribute.
    pub(super) target: AttributeSchema,
    pub(super) rule: CompareRule,
    pub(super) default: Option<Values>,
    pub(super) program: Option<Program>,
    /// What the expression reads, by its slots.
    pub(super) reads: Vec<AttributeSchema>,
    pub(super) owns: Option<Pattern>,
    /// For references: the positions of the object mappings whose objects it may point to.
    pub(super) refers_to: Vec<usize>,
}

impl<'w> Rules<'w> {
    pub(super) fn of(world: &'w World) -> Result<Self, ReferenceError> {
        let mappings = world.spec.objects.iter().map(|spec| ObjectRules::of(spec, world));
        Ok(Self { world, mappings: mappings.collect::<Result<_, _>>()? })
    }

    /// The objects that a mapping reads, by their ids.
    pub(super) fn sources(&self, mapping: usize) -> Vec<&'w Object> {
        let object_type = &self.mappings[mapping].spec.source;
        let objects = self.world.source.objects.iter();
        let mut sources: Vec<&Object> = objects.filter(|it| it.object_type == *object_type).collect();
        sources.sort_by(|left, right| left.id.cmp(&right.id));
        sources
    }
}

impl<'w> ObjectRules<'w> {
    fn of(spec: &'w ObjectMapping, world: &'w World) -> Result<Self, ReferenceError> {
        let source = object_schema(&world.source.schema, spec.source.as_str())?;
        let target = object_schema(&world.target.schema, spec.target.as_str())?;
        let attributes = spec
            .attributes
            .iter()
            .map(|it| AttributeRules::of(Cow::Borrowed(it), spec, source, target, world));
        let attributes = attributes.collect::<Result<_, _>>()?;
        let leaving = spec.deprovisioning.attributes.iter();
        let leaving = leaving.map(|it| LeavingRules::of(it, spec, source, target, world));
        Ok(Self { spec, source, target, attributes, leaving: leaving.collect::<Result<_, _>>()? })
    }

    /// What matches, the strongest first: one attribute, or several together.
    pub(super) fn matching(&self) -> Vec<Vec<&AttributeRules<'w>>> {
        let single = self.attributes.iter().filter_map(|it| Some((it.spec.matching?, vec![it])));
        let groups = self.spec.matches.iter().map(|group| {
            let named = |name: &AttrName| self.attributes.iter().find(|it| it.spec.target == *name);
            (group.precedence, group.all.iter().filter_map(named).collect())
        });
        let mut matching: Vec<(u32, Vec<_>)> = single.chain(groups).collect();
        matching.sort_by_key(|it| it.0);
        matching.into_iter().map(|it| it.1).collect()
    }

    pub(super) fn status(&self) -> Option<&'w Status> {
        self.spec.deprovisioning.status.as_ref()
    }

    /// The status attribute if no attribute mapping writes it: then being in scope means being enabled.
    pub(super) fn unmapped_status(&self) -> Option<&'w Status> {
        let is_mapped = self.attributes.iter().any(|it| self.is_status_name(&it.target.name));
        self.status().filter(|_| !is_mapped)
    }

    /// The status attribute in the schema.
    fn status_schema(&self) -> Option<AttributeSchema> {
        self.target.resolve(self.status()?.attribute.as_str()).ok()
    }

    /// Tells whether values of the status attribute say that the object is disabled.
    pub(super) fn says_disabled(&self, values: &[Value]) -> bool {
        self.status().is_some_and(|it| self.is_status(values, &it.disabled))
    }

    /// Tells whether values of the status attribute are exactly this one.
    pub(super) fn is_status(&self, values: &[Value], wanted: &Value) -> bool {
        let Some(schema) = self.status_schema() else { return false };
        let wanted = convert(wanted, schema.kind);
        match (values, wanted) {
            ([value], Some(wanted)) => CompareRule::of(&schema).same(value.borrow(), wanted.borrow()),
            _ => false,
        }
    }

    /// The change that gives the status attribute a value, and what it holds now.
    pub(super) fn status_change(&self, object: &Attributes, written: &Value) -> Option<StatusChange> {
        let schema = self.status_schema()?;
        let held = place::read(&schema, object);
        let is_there = self.is_status(&held, written);
        let change = (schema.name, convert(written, schema.kind).map(Values::one));
        Some(StatusChange { is_there, change })
    }

    /// Tells whether a name means the status attribute.
    pub(super) fn is_status_name(&self, name: &AttrName) -> bool {
        self.status_schema().is_some_and(|it| it.name == *name)
    }
}

/// A change of the status attribute.
pub(super) struct StatusChange {
    /// Whether it has that value already.
    pub(super) is_there: bool,
    pub(super) change: (AttrName, Option<Values>),
}

impl<'w> LeavingRules<'w> {
    fn of(
        spec: &'w LeavingAttribute,
        mapping: &ObjectMapping,
        source: &ObjectSchema,
        schema: &ObjectSchema,
        world: &World,
    ) -> Result<Self, ReferenceError> {
        let target = resolved(schema, spec.target.as_str())?;
        let given = match &spec.value {
            LeavingValue::Source(it) => {
                let it = AttributeMapping::new(spec.target.clone(), it.clone());
                Some(AttributeRules::of(Cow::Owned(it), mapping, source, schema, world)?)
            }
            _ => None,
        };
        Ok(Self { rule: CompareRule::of(&target), target, value: &spec.value, given })
    }
}

impl<'w> AttributeRules<'w> {
    fn of(
        spec: Cow<'w, AttributeMapping>,
        mapping: &ObjectMapping,
        source: &ObjectSchema,
        target: &ObjectSchema,
        world: &World,
    ) -> Result<Self, ReferenceError> {
        let target = resolved(target, spec.target.as_str())?;
        let (program, reads) = match &spec.source {
            MappingSource::Expression { text, .. } => {
                let (program, reads) = program(text, source)?;
                (Some(program), reads)
            }
            _ => (None, Vec::new()),
        };
        if program.as_ref().is_some_and(Program::uses_random) {
            let attribute = Text::new(spec.target.as_str());
            return Err(ReferenceError::Random { mapping: mapping.name.clone(), attribute });
        }
        let owns = spec.owns.as_ref().map(|it| Pattern::compile(it)).transpose();
        Ok(Self {
            rule: CompareRule::of(&target),
            default: spec.default.as_ref().and_then(|it| convert(it, target.kind)).map(Values::one),
            program,
            reads,
            owns: owns.map_err(|it| ReferenceError::Mapping(it.to_string()))?,
            refers_to: refers_to(&spec, source, &target, world),
            target,
            spec,
        })
    }

    /// Members of a group: they join and leave one by one.
    pub(super) fn is_membership(&self) -> bool {
        self.is_reference() && self.target.multi_valued
    }

    pub(super) fn is_reference(&self) -> bool {
        self.target.kind == ValueKind::Reference
    }

    /// Written and never read back.
    pub(super) fn is_write_only(&self) -> bool {
        self.target.mutability == Mutability::WriteOnly || self.target.kind == ValueKind::Secret
    }

    /// Tells whether two values mean the same.
    pub(super) fn same(&self, left: &Value, right: &Value) -> bool {
        self.rule.same(left.borrow(), right.borrow())
    }

    /// Tells whether a list has a value.
    pub(super) fn has(&self, list: &[Value], value: &Value) -> bool {
        list.iter().any(|it| self.same(it, value))
    }

    /// Tells whether two lists have the same values.
    pub(super) fn same_set(&self, left: &[Value], right: &[Value]) -> bool {
        left.iter().all(|it| self.has(right, it)) && right.iter().all(|it| self.has(left, it))
    }
}

fn object_schema<'s>(schema: &'s Schema, name: &str) -> Result<&'s ObjectSchema, ReferenceError> {
    let found = schema.types.iter().find(|it| it.object_type.as_str() == name);
    found.ok_or_else(|| ReferenceError::Mapping(format!("no object type {name}")))
}

/// A reference may point to what some mapping makes of the objects that the source attribute may point to.
fn refers_to(
    spec: &AttributeMapping,
    source: &ObjectSchema,
    target: &AttributeSchema,
    world: &World,
) -> Vec<usize> {
    if target.kind != ValueKind::Reference {
        return Vec::new();
    }
    let from = match &spec.source {
        MappingSource::Attribute { name, .. } => {
            source.resolve(name).map(|it| it.references).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let mappings = world.spec.objects.iter().enumerate().filter(|(_, it)| {
        (from.is_empty() || from.contains(&it.source))
            && (target.references.is_empty() || target.references.contains(&it.target))
    });
    mappings.map(|(at, _)| at).collect()
}

/// The attribute or the part of one that a name means.
pub(super) fn resolved(schema: &ObjectSchema, name: &str) -> Result<AttributeSchema, ReferenceError> {
    schema.resolve(name).map_err(|fault| ReferenceError::Mapping(fault.to_string()))
}

fn program(text: &str, source: &ObjectSchema) -> Result<(Program, Vec<AttributeSchema>), ReferenceError> {
    let names = Names { schema: source, reads: RefCell::default() };
    let compiled = Program::compile(text, &names, &FunctionTable::standard(), &CompileSettings::default());
    let (program, _) = compiled.map_err(|it| ReferenceError::Mapping(format!("{text}: {it:?}")))?;
    Ok((program, names.reads.into_inner()))
}

/// Source attributes as expressions see them, each in the place where it was first asked for.
struct Names<'s> {
    schema: &'s ObjectSchema,
    reads: RefCell<Vec<AttributeSchema>>,
}

impl SourceSchema for Names<'_> {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        // Names are exact, paths are what they mean.
        let whole = self.schema.attributes.iter().find(|it| it.name.as_str() == name).cloned();
        let schema = whole.or_else(|| self.schema.resolve(name).ok().filter(|it| it.path.is_some()))?;
        let kind = match schema.kind {
            ValueKind::Text => ExpressionKind::Text,
            ValueKind::Bool => ExpressionKind::Bool,
            ValueKind::Int => ExpressionKind::Int,
            ValueKind::Decimal => ExpressionKind::Decimal,
            ValueKind::Timestamp => ExpressionKind::Timestamp,
            ValueKind::Binary => ExpressionKind::Binary,
            ValueKind::Reference => ExpressionKind::Reference,
            _ => ExpressionKind::Any,
        };
        let multi_valued = schema.multi_valued;
        let mut reads = self.reads.borrow_mut();
        let at = reads.iter().position(|it| it.name == schema.name).unwrap_or_else(|| {
            reads.push(schema);
            reads.len() - 1
        });
        Some(SourceAttribute { slot: u16::try_from(at).ok()?, kind, multi_valued })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.schema.attributes.iter().map(|it| it.name.as_str()))
    }
}

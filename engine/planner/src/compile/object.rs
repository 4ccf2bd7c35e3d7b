//! One object mapping.

use provisio_expression::FunctionTable;
use provisio_model::{
    AttrName, AttrPath, AttributeSchema, CompareRule, Diagnostic, Layout, Mutability, ObjectSchema, Schema,
    Slot, Uniqueness, Value, ValueKind, closest,
};

use super::names::list;
use super::used::Layouts;
use super::{attribute, leaving, paths, privileged, scope};
use crate::compiled::{CompiledAttribute, CompiledObject, CompiledStatus, MatchRule};
use crate::convert::convert_owned;

use crate::spec::{Apply, MappingSpec, MatchGroup, ObjectMapping, Span, Status};

/// Compiles an object mapping; adds what is wrong to `faults` and returns nothing if it cannot go on.
pub(super) fn compile(
    mapping: &ObjectMapping,
    spec: &MappingSpec,
    source: &Schema,
    target: &Schema,
    layouts: &Layouts,
    functions: &FunctionTable,
    faults: &mut Vec<Diagnostic>,
) -> Option<CompiledObject> {
    if spec.objects.iter().filter(|it| it.name == mapping.name).count() > 1 {
        let message = format!("two object mappings have the name `{}`", mapping.name);
        faults.push(
            Diagnostic::error("S0201", mapping.span.clone(), message)
                .with_help("give one of them a `name` of its own"),
        );
    }
    let source_schema = known_type("source", mapping.source.as_str(), source, mapping, faults);
    let target_schema = known_type("target", mapping.target.as_str(), target, mapping, faults);
    let (source_schema, target_schema) = (source_schema?, target_schema?);
    let (source_at, target_at) = (layouts.source(&mapping.source)?, layouts.target(&mapping.target)?);
    let (source_layout, target_layout) = (&*layouts.sources[source_at], &*layouts.targets[target_at]);

    let scope = scope::Context { mapping, source, schema: source_schema, layout: source_layout, layouts };
    let scope = scope::compile(&scope, faults);
    let context = attribute::Context {
        mapping,
        spec,
        source_schema,
        target_schema,
        source_layout,
        target_layout,
        functions,
    };
    let attributes: Vec<CompiledAttribute> =
        mapping.attributes.iter().filter_map(|it| attribute::compile(it, &context, faults)).collect();
    check_unique_choice(mapping, &attributes, faults);
    let status = mapping.deprovisioning.status.as_ref();
    let status = status.and_then(|it| compile_status(it, target_schema, target_layout, &attributes, faults));
    let path_of = |name: &AttrName| {
        let attribute = target_layout.attribute(target_layout.slot(name.as_str())?);
        Some(attribute.path.as_deref().cloned().unwrap_or_else(|| AttrPath::whole(&attribute.name)))
    };
    paths::check_overlaps(mapping, &attributes, status.as_ref(), path_of, faults);
    let leaving = leaving::compile(&context, status.as_ref(), &attributes, layouts, faults);
    check_required(mapping, target_schema, faults);
    let matching = matching(mapping, &attributes, faults)?;
    Some(CompiledObject {
        name: mapping.name.clone(),
        source: source_at,
        target: target_at,
        operations: mapping.operations,
        scope,
        adoption: mapping.adoption,
        target_missing: mapping.target_missing,
        leaving,
        status,
        limits: *spec.limits_of(mapping),
        privileged: privileged::compile(&context, faults),
        label: label(&attributes, &matching, target_layout),
        matching,
        by_name: CompiledObject::by_name(&attributes),
        attributes,
    })
}

fn known_type<'s>(
    side: &str,
    name: &str,
    schema: &'s Schema,
    mapping: &ObjectMapping,
    faults: &mut Vec<Diagnostic>,
) -> Option<&'s ObjectSchema> {
    let found = schema.types.iter().find(|it| it.object_type.as_str() == name);
    if found.is_none() {
        let known = || schema.types.iter().map(|it| it.object_type.as_str());
        let message = format!("the {side} has no object type `{name}`");
        let help = match closest(name, known()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("it has {}", list(known())),
        };
        faults.push(Diagnostic::error("S0202", mapping.span.clone(), message).with_help(help));
    }
    found
}

/// What matches, by precedence. There must be something, or an object whose link was lost could only be created a
/// second time.
fn matching(
    mapping: &ObjectMapping,
    attributes: &[CompiledAttribute],
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<MatchRule>> {
    let mut rules: Vec<(u32, MatchRule)> = Vec::new();
    for declared in &mapping.attributes {
        let Some(precedence) = declared.matching else { continue };
        let Some(at) = attributes.iter().position(|it| it.name == declared.target) else { continue };
        check_comparable(&attributes[at], &declared.span, faults);
        rules.push((precedence, MatchRule { attributes: vec![at], name: attributes[at].name.clone() }));
    }
    for group in &mapping.matches {
        if let Some(rule) = match_group(mapping, group, attributes, faults) {
            rules.push((group.precedence, rule));
        }
    }
    rules.sort_by_key(|(precedence, _)| *precedence);
    if let Some(same) = rules.windows(2).find(|it| it[0].0 == it[1].0) {
        let message = format!("`{}` and `{}` have the same precedence", same[0].1.name, same[1].1.name);
        let help = "number what matches 1, 2, 3 in the order in which it is tried";
        faults.push(Diagnostic::error("S0235", mapping.span.clone(), message).with_help(help));
    }
    if mapping.matches.is_empty() && !mapping.attributes.iter().any(|it| it.matching.is_some()) {
        let message = format!("`{}` has no matching attribute", mapping.name);
        let help = "add `matching = 1` to the mapping of an attribute that identifies the object";
        faults.push(Diagnostic::error("S0211", mapping.span.clone(), message).with_help(help));
        return None;
    }
    Some(rules.into_iter().map(|(_, rule)| rule).collect())
}

fn check_comparable(attribute: &CompiledAttribute, span: &Span, faults: &mut Vec<Diagnostic>) {
    if attribute.write_only
        || attribute.multi_valued
        || matches!(attribute.kind, ValueKind::Reference | ValueKind::Complex)
    {
        let message = format!("`{}` cannot be a matching attribute", attribute.name);
        let help = "match on a single-valued attribute that can be read back and compared";
        faults.push(Diagnostic::error("S0210", span.clone(), message).with_help(help));
    }
}

fn match_group(
    mapping: &ObjectMapping,
    group: &MatchGroup,
    attributes: &[CompiledAttribute],
    faults: &mut Vec<Diagnostic>,
) -> Option<MatchRule> {
    let mut refuse = |message: String, help: &str| {
        faults.push(Diagnostic::error("S0235", group.span.clone(), message).with_help(help));
    };
    let mut positions: Vec<usize> = Vec::new();
    for name in &group.all {
        match attributes.iter().position(|it| it.name == *name) {
            Some(at) if positions.contains(&at) => {
                refuse(format!("`{name}` is listed twice"), "list each attribute once");
            }
            Some(at) => positions.push(at),
            None if mapping.attributes.iter().any(|it| it.target == *name) => {}
            None => {
                let help = "map it under `attributes`: what is compared is what the mapping gives";
                refuse(format!("`{name}` is a matching attribute and is not mapped"), help);
            }
        }
    }
    if group.all.len() < 2 {
        let help = "list two or more, or write `matching` at the mapping of the attribute";
        refuse("a group of matching attributes has several".to_owned(), help);
    }
    for &at in &positions {
        check_comparable(&attributes[at], &group.span, faults);
        if attributes[at].chooses_unique_value() {
            let message = format!(
                "`{}` uses SelectUniqueValue, so it cannot be a matching attribute",
                attributes[at].name
            );
            let help = "match on an attribute whose value does not depend on what is taken";
            faults.push(Diagnostic::error("S0218", group.span.clone(), message).with_help(help));
        }
    }
    let names: Vec<&str> = positions.iter().map(|&at| attributes[at].name.as_str()).collect();
    let name = AttrName::new(names.join(" and "));
    (!positions.is_empty()).then_some(MatchRule { attributes: positions, name })
}

/// A value chosen by what is taken is chosen once, and cannot identify the object that it is chosen for.
fn check_unique_choice(
    mapping: &ObjectMapping,
    attributes: &[CompiledAttribute],
    faults: &mut Vec<Diagnostic>,
) {
    for declared in &mapping.attributes {
        let compiled = attributes.iter().find(|it| it.name == declared.target);
        if !compiled.is_some_and(CompiledAttribute::chooses_unique_value) {
            continue;
        }
        let span = || declared.span.clone();
        if declared.apply == Apply::Always {
            let message = format!("`{}` uses SelectUniqueValue, which chooses only once", declared.target);
            faults.push(Diagnostic::error("S0218", span(), message).with_help("add `apply = \"create\"`"));
        }
        if declared.matching.is_some() {
            let message =
                format!("`{}` uses SelectUniqueValue, so it cannot be a matching attribute", declared.target);
            let help = "match on an attribute whose value does not depend on what is taken";
            faults.push(Diagnostic::error("S0218", span(), message).with_help(help));
        }
    }
}

/// Converts the two values that an attribute has for two states, which must differ.
pub(super) fn two_values(
    values: [&Value; 2],
    words: [&str; 2],
    attribute: &AttributeSchema,
    span: &Span,
    faults: &mut Vec<Diagnostic>,
) -> Option<[Value; 2]> {
    let mut value = |value: &Value| match convert_owned(value, attribute.kind) {
        Ok(value) => Some(value),
        Err(_) => {
            let message = format!("`{}` holds {}, not {value}", attribute.name, attribute.kind);
            faults.push(Diagnostic::error("S0207", span.clone(), message));
            None
        }
    };
    let (first, second) = (value(values[0])?, value(values[1])?);
    if CompareRule::of(attribute).same(first.borrow(), second.borrow()) {
        let [one, other] = words;
        let message = format!("`{}` has the same value for {one} and {other}", attribute.name);
        let help = format!("give `{one}` and `{other}` different values");
        faults.push(Diagnostic::error("S0219", span.clone(), message).with_help(help));
    }
    Some([first, second])
}

fn compile_status(
    status: &Status,
    schema: &ObjectSchema,
    layout: &Layout,
    attributes: &[CompiledAttribute],
    faults: &mut Vec<Diagnostic>,
) -> Option<CompiledStatus> {
    let Some(slot) = layout.slot(status.attribute.as_str()) else {
        faults.push(paths::unresolved("target", status.attribute.as_str(), schema, status.span.clone()));
        return None;
    };
    let attribute = layout.attribute(slot);
    paths::check_part(attribute, &status.span, faults);
    let words = ["enabled", "disabled"];
    let [enabled, disabled] =
        two_values([&status.enabled, &status.disabled], words, attribute, &status.span, faults)?;
    Some(CompiledStatus {
        slot,
        name: attribute.name.clone(),
        enabled,
        disabled,
        rule: CompareRule::of(attribute),
        create_disabled: status.create_disabled,
        mapped: attributes.iter().position(|it| it.name == attribute.name),
    })
}

/// Every attribute that the target requires must get a value when an object is created.
fn check_required(mapping: &ObjectMapping, schema: &ObjectSchema, faults: &mut Vec<Diagnostic>) {
    if !mapping.operations.create {
        return;
    }
    let status = mapping.deprovisioning.status.as_ref().map(|it| &it.attribute);
    for attribute in
        schema.attributes.iter().filter(|it| it.required && it.mutability != Mutability::ReadOnly)
    {
        let writes =
            |name: &AttrName| *name == attribute.name || paths::is_part(schema, name, &attribute.name);
        let written = mapping.attributes.iter().map(|it| &it.target).chain(status).any(writes);
        if !written {
            let message = format!("the target requires `{}`, which no mapping writes", attribute.name);
            let help = format!(
                "map it under `attributes`, or leave \"create\" out of the operations of `{}`",
                mapping.name
            );
            faults.push(Diagnostic::error("S0209", mapping.span.clone(), message).with_help(help));
        }
    }
}

/// What names an object in a plan: a required unique attribute if one is mapped, else the first matching one.
fn label(attributes: &[CompiledAttribute], matching: &[MatchRule], layout: &Layout) -> Slot {
    let readable = |it: &&CompiledAttribute| {
        let schema = layout.attribute(it.slot);
        it.required && schema.uniqueness == Uniqueness::System && it.kind == ValueKind::Text && !it.write_only
    };
    let named = attributes.iter().find(readable);
    named
        .or_else(|| matching.first().and_then(|it| attributes.get(*it.attributes.first()?)))
        .map_or(Slot(0), |it| it.slot)
}

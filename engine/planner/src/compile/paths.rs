//! Parts of complex attributes: one name for each, and no two mappings that write the same.

use provisio_model::{
    AttrName, AttrPath, AttributeSchema, Diagnostic, ObjectSchema, PathFault, Schema, Text, closest,
};

use super::names::{list, unknown_attribute};
use crate::compiled::{CompiledAttribute, CompiledStatus};
use crate::spec::{LeavingValue, MappingSource, MappingSpec, ObjectMapping, Span};

/// Gives every part of a complex attribute the name that [`ObjectSchema::resolve`] gives it, so that paths that mean
/// the same are the same name from here on. What does not resolve is left and reported when it is compiled.
pub(super) fn normalise(spec: &MappingSpec, source: &Schema, target: &Schema) -> MappingSpec {
    let mut spec = spec.clone();
    for object in &mut spec.objects {
        if let Some(schema) = target.of(&object.target) {
            let names = object.attributes.iter_mut().map(|it| &mut it.target);
            let status = object.deprovisioning.status.iter_mut().map(|it| &mut it.attribute);
            let matches = object.matches.iter_mut().flat_map(|it| &mut it.all);
            let leaving = object.deprovisioning.attributes.iter_mut().map(|it| &mut it.target);
            for name in names.chain(status).chain(matches).chain(leaving) {
                if let Some(part) = part(schema, name.as_str()) {
                    *name = part.name;
                }
            }
            for clause in object.privileged.groups.iter_mut().flat_map(|it| &mut it.clauses) {
                if let Some(part) = part(schema, &clause.attribute) {
                    clause.attribute = Text::new(part.name.as_str());
                }
            }
        }
        if let Some(schema) = target.of(&object.target) {
            let clauses = object.protect.filter.groups.iter_mut().flat_map(|it| &mut it.clauses);
            for clause in clauses {
                if let Some(part) = part(schema, &clause.attribute) {
                    clause.attribute = Text::new(part.name.as_str());
                }
            }
        }
        let Some(schema) = source.of(&object.source) else { continue };
        let filters = object.input.groups.iter_mut().chain(&mut object.scope.groups);
        let clauses = filters.flat_map(|it| &mut it.clauses).map(|it| &mut it.attribute);
        let assigned = object.assignment.iter_mut().filter_map(|it| it.attribute.as_mut());
        let direct = object.attributes.iter_mut().filter_map(|it| match &mut it.source {
            MappingSource::Attribute { name, .. } => Some(name),
            _ => None,
        });
        let leaving = object.deprovisioning.attributes.iter_mut().filter_map(|it| match &mut it.value {
            LeavingValue::Source(MappingSource::Attribute { name, .. }) => Some(name),
            _ => None,
        });
        for name in clauses.chain(assigned).chain(direct).chain(leaving) {
            if let Some(part) = part(schema, name) {
                *name = Text::new(part.name.as_str());
            }
        }
        let through = object.memberships_mut();
        for (through, attribute) in through {
            let Some(schema) = source.of(&through.groups) else { continue };
            for name in [Some(&mut through.members), attribute].into_iter().flatten() {
                if let Some(part) = part(schema, name) {
                    *name = Text::new(part.name.as_str());
                }
            }
        }
    }
    spec
}

/// Finds the part of a complex attribute that a text names; nothing for a whole attribute.
pub(super) fn part(schema: &ObjectSchema, name: &str) -> Option<AttributeSchema> {
    schema.resolve(name).ok().filter(|it| it.path.is_some())
}

/// Tells whether a name means a part of this attribute.
pub(super) fn is_part(schema: &ObjectSchema, name: &AttrName, whole: &AttrName) -> bool {
    let found = part(schema, name.as_str());
    found.and_then(|it| it.path).is_some_and(|it| it.attribute() == whole)
}

/// The fault of a name that means nothing in a schema.
pub(super) fn unresolved(side: &str, name: &str, schema: &ObjectSchema, span: Span) -> Diagnostic {
    let is_path = name.contains(['.', '[']);
    let fault = match schema.resolve(name) {
        Err(fault) if is_path => fault,
        _ => return unknown_attribute(side, name, schema, span),
    };
    let message =
        format!("the {side} object type `{}` has nothing that `{name}` names: {fault}", schema.object_type);
    let suggest = |wanted: &AttrName, known: Vec<&str>| match closest(wanted.as_str(), known.iter().copied())
    {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}", list(known.into_iter())),
    };
    let parts = |attribute: &AttrName| -> Vec<&str> {
        let found = schema.attribute(attribute.as_str()).into_iter();
        found.flat_map(|it| &it.sub_attributes).map(|it| it.name.as_str()).collect()
    };
    let help = match &fault {
        PathFault::UnknownAttribute { attribute } => {
            let complex = schema.attributes.iter().filter(|it| !it.sub_attributes.is_empty());
            let known: Vec<&str> = complex.map(|it| it.name.as_str()).collect();
            if known.is_empty() {
                "it has no attributes with parts".to_owned()
            } else {
                suggest(attribute, known)
            }
        }
        PathFault::UnknownSubAttribute { attribute, .. } if parts(attribute).is_empty() => {
            format!("the sub-attributes of `{attribute}` are not known, so it can only be mapped whole")
        }
        PathFault::UnknownSubAttribute { attribute, sub_attribute } => {
            suggest(sub_attribute, parts(attribute))
        }
        PathFault::NotComplex { attribute, .. } => format!("write `{attribute}` alone"),
        PathFault::NotSeveral { attribute } => format!("write `{attribute}` without a filter"),
        PathFault::WrongLiteral { .. } => "compare it with a value that it can have".to_owned(),
        _ => "a path is written as `name.givenName` or `emails[type eq \"work\"].value`".to_owned(),
    };
    Diagnostic::error("S0232", span, message).with_help(help)
}

/// Reports what cannot be written under the name of a part.
pub(super) fn check_part(target: &AttributeSchema, span: &Span, faults: &mut Vec<Diagnostic>) {
    let Some(path) = &target.path else { return };
    let mut refuse = |message: String, help: String| {
        faults.push(Diagnostic::error("S0232", span.clone(), message).with_help(help));
    };
    let Some(part) = path.sub_attribute() else { return };
    if path.tests(part.as_str()) {
        let message = format!("`{}` writes what its own filter tests", target.name);
        refuse(message, format!("remove this mapping: the filter sets `{part}` already"));
    } else if path.filter().is_empty() && target.multi_valued {
        let message = format!("`{}` does not say which of several values is meant", target.name);
        let whole = path.attribute();
        refuse(message, format!("choose one with a filter, such as `{whole}[type eq \"work\"].{part}`"));
    }
}

/// Reports mappings that write the same value, or of which one writes what another one chooses its value by.
pub(super) fn check_overlaps(
    mapping: &ObjectMapping,
    attributes: &[CompiledAttribute],
    status: Option<&CompiledStatus>,
    path_of: impl Fn(&AttrName) -> Option<AttrPath>,
    faults: &mut Vec<Diagnostic>,
) {
    let span_of = |name: &AttrName| {
        let declared = mapping.attributes.iter().find(|it| it.target == *name);
        declared.map_or_else(|| mapping.span.clone(), |it| it.span.clone())
    };
    let unmapped = status.filter(|it| it.mapped.is_none()).map(|it| &it.name);
    let names = attributes.iter().map(|it| &it.name).chain(unmapped);
    let mut paths: Vec<(AttrPath, &AttrName)> =
        names.filter_map(|name| Some((path_of(name)?, name))).collect();
    paths.sort_by(|left, right| left.0.attribute().cmp(right.0.attribute()));
    for same in paths.chunk_by(|left, right| left.0.attribute() == right.0.attribute()) {
        for (at, (path, name)) in same.iter().enumerate().skip(1) {
            let Some((_, first)) = same[..at].iter().find(|(other, _)| other.overlaps(path)) else {
                continue;
            };
            let help =
                "keep one of them: a value has one owner, or the two would overwrite each other for ever";
            if *first == *name {
                let again = mapping.attributes.iter().filter(|it| it.target == **name).nth(1);
                let span = again.map_or_else(|| span_of(name), |it| it.span.clone());
                let message = format!("`{name}` is mapped twice");
                faults.push(Diagnostic::error("S0233", span, message).with_help(help));
                continue;
            }
            let (first, second) =
                if span_of(first).start <= span_of(name).start { (first, name) } else { (name, first) };
            let message = format!("`{second}` and `{first}` can write the same value");
            faults.push(Diagnostic::error("S0233", span_of(second), message).with_help(help));
        }
    }
}

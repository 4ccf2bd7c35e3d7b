//! One `[[object]]` with what belongs to it, except its scope and its attributes.

use provisio_model::{AttrName, Diagnostic, ObjectType, Text};

use super::allow::read_allow;
use super::assignment::read_assignment;
use super::attribute::read_attributes;
use super::code;
use super::context::Context;
use super::deprovisioning::read_deprovisioning;
use super::limit::read_limits;
use super::protection::read_protection;
use super::scope::read_filter;
use super::table::{Entry, Table};
use crate::spec::{Adoption, Limits, MatchGroup, ObjectMapping, Operations, Span, TargetMissing};

const KEYS: &[&str] = &[
    "source",
    "target",
    "name",
    "operations",
    "adoption",
    "target_missing",
    "temporary",
    "protect",
    "input",
    "assignment",
    "scope",
    "match",
    "deprovisioning",
    "limits",
    "privileged",
    "attributes",
    "allow",
];

/// The name of an object mapping, and where it stands or where the mapping begins if it has none of its own.
pub(super) struct ObjectName {
    pub(super) text: Text,
    pub(super) span: Span,
}

/// Reads an object mapping and its name; one of them may be readable without the other.
pub(super) fn read_object<'t>(
    context: &mut Context<'t>,
    table: &mut Table<'t>,
    limits: &Limits,
) -> (Option<ObjectMapping>, Option<ObjectName>) {
    table.expect_keys(context, KEYS);
    let source = table.required(context, "source", "source = \"user\"").and_then(|it| it.name(context));
    let target = table.required(context, "target", "target = \"user\"").and_then(|it| it.name(context));
    let name = table.get("name").map(|entry| {
        let name = entry.name(context)?;
        Some(ObjectName { text: Text::new(name.text), span: entry.span })
    });
    let operations = table.get("operations").and_then(|entry| read_operations(context, &entry));
    let adoption = table
        .get("adoption")
        .and_then(|entry| entry.word(context, &[("link", Adoption::Link), ("report", Adoption::Report)]));
    let target_missing = table.get("target_missing").and_then(|entry| {
        entry.word(context, &[("recreate", TargetMissing::Recreate), ("report", TargetMissing::Report)])
    });
    let temporary = table.get("temporary").and_then(|entry| entry.bool(context));
    let protect = table.get("protect").and_then(|entry| read_protection(context, &entry));
    let input = table.get("input").map(|entry| read_filter(context, &entry, "[[object.input]]"));
    let assignment = table.get("assignment").and_then(|entry| read_assignment(context, &entry));
    let scope = table.get("scope").map(|entry| read_filter(context, &entry, "[[object.scope]]"));
    let deprovisioning = table.get("deprovisioning").and_then(|entry| read_deprovisioning(context, &entry));
    let limits =
        table.get("limits").and_then(|entry| read_limits(context, &entry, "`[object.limits]`", limits));
    let privileged =
        table.get("privileged").map(|entry| read_filter(context, &entry, "[[object.privileged]]"));
    let allow = table.get("allow").map(|entry| read_allow(context, &entry));
    let matches = table.get("match").map(|entry| read_matches(context, &entry));
    let attributes = table
        .required(context, "attributes", "[object.attributes]")
        .map(|entry| read_attributes(context, &entry));

    let (Some(source), Some(target)) = (source, target) else { return (None, name.flatten()) };
    let mut object = ObjectMapping::new(ObjectType::new(source.text), ObjectType::new(target.text));
    let name = match name {
        Some(name) => name,
        None => Some(ObjectName { text: object.name.clone(), span: table.span.clone() }),
    };
    if let Some(name) = &name {
        object.name = name.text.clone();
    }
    object.operations = operations.unwrap_or_default();
    object.input = input.unwrap_or_default();
    object.assignment = assignment;
    object.scope = scope.unwrap_or_default();
    object.adoption = adoption.unwrap_or_default();
    object.target_missing = target_missing.unwrap_or_default();
    object.temporary = temporary.unwrap_or(true);
    object.protect = protect.unwrap_or_default();
    object.deprovisioning = deprovisioning.unwrap_or_default();
    object.matches = matches.unwrap_or_default();
    object.attributes = attributes.unwrap_or_default();
    object.limits = limits;
    object.privileged = privileged.unwrap_or_default();
    object.allow = allow.unwrap_or_default();
    object.span = table.span.clone();
    (Some(object), name)
}

/// The most groups of matching attributes, and the most attributes of one.
const MATCHES_MAX: usize = 100;

fn read_matches<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Vec<MatchGroup> {
    const HELP: &str =
        "list the target attributes that match together: `all = [\"givenName\", \"familyName\"]`";
    let Some(items) = entry.tables(context, "[[object.match]]", MATCHES_MAX) else { return Vec::new() };
    let mut groups = Vec::new();
    for mut table in items {
        table.expect_keys(context, &["all", "precedence"]);
        let all = table
            .required(context, "all", "all = [\"givenName\", \"familyName\"]")
            .and_then(|it| it.items(context, MATCHES_MAX, HELP));
        let all = all.map(|items| {
            let names = items.iter().filter_map(|it| it.name(context));
            names.map(|it| AttrName::new(it.text)).collect()
        });
        let precedence = table
            .required(context, "precedence", "precedence = 2")
            .and_then(|it| it.integer(context, 1))
            .map(|it| u32::try_from(it).unwrap_or(u32::MAX));
        if let (Some(all), Some(precedence)) = (all, precedence) {
            groups.push(MatchGroup { all, precedence, span: table.span });
        }
    }
    groups
}

/// The most entries of a list of operations; more than there are can only be repetitions.
const OPERATIONS_MAX: usize = 100;

fn read_operations<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Operations> {
    const HELP: &str = "list what is allowed, or remove `operations` to allow everything";
    const WORDS: [(&str, usize); 3] = [("create", 0), ("update", 1), ("delete", 2)];
    let mut allowed = [false; 3];
    for item in entry.items(context, OPERATIONS_MAX, HELP)? {
        let Some(operation) = item.word(context, &WORDS) else { continue };
        if std::mem::replace(&mut allowed[operation], true) {
            let message = format!("`{}` is listed more than once", WORDS[operation].0);
            context.report(
                Diagnostic::error(code::DUPLICATE, item.span, message).with_help("list each operation once"),
            );
        }
    }
    let [create, update, delete] = allowed;
    Some(Operations { create, update, delete })
}

//! The `[object.attributes]` table: one attribute mapping for each target attribute.

use std::collections::BTreeMap;

use provisio_model::{AttrName, Diagnostic, Text};

use super::code;
use super::context::Context;
use super::table::{Entry, Table, echo, report_control_characters};
use crate::spec::{Apply, AttributeMapping, Export, FlowType, MappingSource, NullFlow, Span};

/// The most attribute mappings of one object mapping.
const ATTRIBUTES_MAX: usize = 10_000;

const KEYS: &[&str] = &[
    "attribute",
    "expression",
    "constant",
    "none",
    "default",
    "apply",
    "null",
    "flow",
    "owns",
    "export",
    "temporary",
    "matching",
];
/// The keys that say where the value comes from; a mapping has exactly one of them.
const SOURCES: [&str; 4] = ["attribute", "expression", "constant", "none"];
/// The words of `flow`.
const FLOW_TYPES: [(&str, FlowType); 4] = [
    ("always", FlowType::Always),
    ("merge", FlowType::Merge),
    ("add", FlowType::Add),
    ("fill", FlowType::Fill),
];

pub(super) fn read_attributes<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Vec<AttributeMapping> {
    const HELP: &str = "write `[object.attributes]` and one line for each target attribute below it";
    let Some(table) = entry.table(context, "`[object.attributes]`", HELP) else { return Vec::new() };
    if table.len() == 0 {
        context.report(
            Diagnostic::error(code::EMPTY, table.span.clone(), "there are no attribute mappings")
                .with_help("add one, such as `userName = { attribute = \"workerId\", matching = 1 }`"),
        );
    }
    if table.len() > ATTRIBUTES_MAX {
        entry.report_too_many(context, table.len(), ATTRIBUTES_MAX);
        return Vec::new();
    }
    let mut written: BTreeMap<AttrName, &str> = BTreeMap::new();
    let mut precedences: BTreeMap<u32, &str> = BTreeMap::new();
    let mut mappings = Vec::new();
    for entry in table.entries() {
        if let Some(first) = written.insert(AttrName::new(entry.key), entry.key) {
            let message = format!("{} is the same target attribute as `{}`", entry.label, echo(first));
            context.report(
                Diagnostic::error(code::DUPLICATE, entry.key_span.clone(), message)
                    .with_help("keep one of them; names of attributes are compared without regard to case"),
            );
        }
        if let Some(mapping) = read_attribute(context, &entry, &mut precedences) {
            mappings.push(mapping);
        }
    }
    mappings
}

fn read_attribute<'t>(
    context: &mut Context<'t>,
    entry: &Entry<'t>,
    precedences: &mut BTreeMap<u32, &'t str>,
) -> Option<AttributeMapping> {
    const HELP: &str =
        "write `{ attribute = \"...\" }`, `{ expression = '...' }` or `{ constant = \"...\" }`";
    if entry.key.trim().is_empty() {
        context.report(
            Diagnostic::error(code::EMPTY, entry.key_span.clone(), "a target attribute has an empty name")
                .with_help("write the name of the target attribute before the `=`"),
        );
        return None;
    }
    report_control_characters(context, "the name of a target attribute", entry.key, &entry.key_span);
    let mut table = entry.table(context, &entry.label, HELP)?;
    if entry.is_implied() && !KEYS.iter().any(|key| table.has(key)) {
        report_split_names(context, entry.key, &table);
        return None;
    }
    table.expect_keys(context, KEYS);
    let source = read_source(context, &table);
    let default = table.get("default").and_then(|entry| entry.value(context));
    let apply = table
        .get("apply")
        .and_then(|entry| entry.word(context, &[("always", Apply::Always), ("create", Apply::OnCreate)]));
    let null = table
        .get("null")
        .and_then(|entry| entry.word(context, &[("skip", NullFlow::Skip), ("clear", NullFlow::Clear)]));
    let flow = table.get("flow").and_then(|entry| entry.word(context, &FLOW_TYPES));
    let owns = table.get("owns").and_then(|entry| entry.filled(context)).map(|it| Text::new(it.text));
    let export = table.get("export").and_then(|entry| {
        entry.word(context, &[("changed", Export::WhenChanged), ("always", Export::Always)])
    });
    let temporary = table.get("temporary").and_then(|entry| entry.bool(context));
    let matching =
        table.get("matching").and_then(|matching| read_matching(context, &matching, entry.key, precedences));

    let mut mapping = AttributeMapping::new(AttrName::new(entry.key), source?);
    mapping.default = default;
    mapping.apply = apply.unwrap_or_default();
    mapping.null = null.unwrap_or_default();
    mapping.flow = flow.unwrap_or_default();
    mapping.owns = owns;
    mapping.export = export.unwrap_or_default();
    mapping.temporary = temporary;
    mapping.matching = matching;
    mapping.span = entry.key_span.clone();
    Some(mapping)
}

fn read_source<'t>(context: &mut Context<'t>, table: &Table<'t>) -> Option<MappingSource> {
    let mut given: Vec<Entry<'t>> = SOURCES.iter().filter_map(|key| table.get(key)).collect();
    given.sort_by_key(|entry| entry.key_span.start);
    let Some((first, others)) = given.split_first() else {
        if !SOURCES.iter().any(|key| table.is_misspelt(key)) {
            let message = format!("{} does not say where its value comes from", table.label);
            context.report(
                Diagnostic::error(code::SOURCE, table.span.clone(), message)
                    .with_help("add one of `attribute`, `expression`, `constant` and `none = true`"),
            );
        }
        return None;
    };
    for other in others {
        let message = format!("{} has {} and also {}", table.label, first.label, other.label);
        context.report(
            Diagnostic::error(code::SOURCE, other.key_span.clone(), message)
                .with_help("keep one: a value comes from one place"),
        );
    }
    let mut source = None;
    for entry in &given {
        source = read_one_source(context, table, entry);
    }
    source
}

pub(super) fn read_one_source<'t>(
    context: &mut Context<'t>,
    table: &Table<'t>,
    entry: &Entry<'t>,
) -> Option<MappingSource> {
    match entry.key {
        "attribute" => {
            let name = entry.name(context)?;
            Some(MappingSource::Attribute { name: Text::new(name.text), span: name.span })
        }
        "expression" => {
            let expression = entry.filled(context)?;
            Some(MappingSource::Expression { text: Text::new(expression.text), span: expression.span })
        }
        "constant" => Some(MappingSource::Constant(entry.value(context)?)),
        _ => {
            if entry.as_bool() != Some(true) {
                entry.report_type(
                    context,
                    "`true`",
                    "write `none = true`, or say where the value comes from",
                );
                return None;
            }
            let alone = !SOURCES.iter().any(|key| *key != "none" && table.has(key));
            if alone && !table.has("default") && !table.is_misspelt("default") {
                let message = format!("{} has no source and no default, so it does nothing", table.label);
                context.report(
                    Diagnostic::error(code::NO_DEFAULT, entry.key_span.clone(), message).with_help(
                        "add `default = ...`, or remove the mapping: what is not mapped is left alone",
                    ),
                );
            }
            Some(MappingSource::None)
        }
    }
}

fn read_matching<'t>(
    context: &mut Context<'t>,
    entry: &Entry<'t>,
    target: &'t str,
    precedences: &mut BTreeMap<u32, &'t str>,
) -> Option<u32> {
    let precedence = entry.integer(context, 1)?;
    let Ok(precedence) = u32::try_from(precedence) else {
        return entry.report_range(context, &format!("must not be above {}", u32::MAX));
    };
    if let Some(first) = precedences.insert(precedence, target) {
        let message = format!("`matching = {precedence}` is also given to `{}`", echo(first));
        context.report(
            Diagnostic::error(code::DUPLICATE, entry.span.clone(), message)
                .with_help("number the matching attributes 1, 2, 3 in the order in which they are tried"),
        );
    }
    Some(precedence)
}

/// Reports names with a dot that lack quotes, which TOML takes for a table within a table.
fn report_split_names<'t>(context: &mut Context<'t>, start: &str, table: &Table<'t>) {
    for entry in table.entries() {
        let name = format!("{start}.{}", entry.key);
        let inner = if entry.is_implied() { entry.table(context, &name, "") } else { None };
        if let Some(inner) = inner.filter(|inner| !KEYS.iter().any(|key| inner.has(key))) {
            report_split_names(context, &name, &inner);
            continue;
        }
        let message = format!("the target attribute `{}` is not in quotes", echo(&name));
        let help =
            format!("write `'{}' = {{ ... }}`: TOML splits a name without quotes at its dots", echo(&name));
        let span: Span = entry.key_span.clone();
        context.report(Diagnostic::error(code::UNKNOWN_KEY, span, message).with_help(help));
    }
}

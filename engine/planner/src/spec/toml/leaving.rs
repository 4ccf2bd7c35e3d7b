//! The `[object.deprovisioning.attributes]` table: what attributes hold while a leaver is disabled.

use std::collections::BTreeSet;

use provisio_model::{AttrName, Diagnostic, Text};

use super::attribute::read_one_source;
use super::code;
use super::context::Context;
use super::table::Entry;
use crate::spec::{LeavingAttribute, LeavingValue};

/// The keys that say what an attribute holds; exactly one of them is there.
const KEYS: &[&str] = &["attribute", "expression", "constant", "target", "clear"];
/// The most attributes of one object mapping.
const ATTRIBUTES_MAX: usize = 10_000;

pub(super) fn read_leaving<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Vec<LeavingAttribute> {
    const HELP: &str =
        "write `[object.deprovisioning.attributes]` and one line for each target attribute below it";
    let Some(table) = entry.table(context, "`[object.deprovisioning.attributes]`", HELP) else {
        return Vec::new();
    };
    if table.len() > ATTRIBUTES_MAX {
        entry.report_too_many(context, table.len(), ATTRIBUTES_MAX);
        return Vec::new();
    }
    let mut written: BTreeSet<AttrName> = BTreeSet::new();
    let mut attributes = Vec::new();
    for entry in table.entries() {
        if !written.insert(AttrName::new(entry.key)) {
            let message = format!("{} is the same target attribute as another one", entry.label);
            context.report(
                Diagnostic::error(code::DUPLICATE, entry.key_span.clone(), message)
                    .with_help("keep one of them; names of attributes are compared without regard to case"),
            );
        }
        if let Some(value) = read_value(context, &entry) {
            let mut attribute = LeavingAttribute::new(AttrName::new(entry.key), value);
            attribute.span = entry.key_span.clone();
            attributes.push(attribute);
        }
    }
    attributes
}

fn read_value<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<LeavingValue> {
    const HELP: &str = "write `{ constant = \"...\" }`, `{ expression = '...' }` or `{ clear = true }`";
    let mut table = entry.table(context, &entry.label, HELP)?;
    table.expect_keys(context, KEYS);
    let mut given: Vec<Entry<'t>> = KEYS.iter().filter_map(|key| table.get(key)).collect();
    given.sort_by_key(|entry| entry.key_span.start);
    let Some((first, others)) = given.split_first() else {
        if !KEYS.iter().any(|key| table.is_misspelt(key)) {
            let message = format!("{} does not say what it holds", table.label);
            context.report(
                Diagnostic::error(code::SOURCE, table.span.clone(), message).with_help(
                    "add one of `attribute`, `expression`, `constant`, `target` and `clear = true`",
                ),
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
    match first.key {
        "target" => first.filled(context).map(|it| LeavingValue::Target(Text::new(it.text))),
        "clear" if first.as_bool() == Some(true) => Some(LeavingValue::Clear),
        "clear" => {
            first.report_type(context, "`true`", "write `clear = true`, or say what it holds");
            None
        }
        _ => read_one_source(context, &table, first).map(LeavingValue::Source),
    }
}

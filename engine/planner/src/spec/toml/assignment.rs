//! The `[object.assignment]` table: who is assigned, directly and through groups.

use std::collections::BTreeSet;

use provisio_model::{Diagnostic, ObjectType, Text};

use super::clause::MEMBERS;
use super::code;
use super::context::Context;
use super::table::{Entry, Table, echo};
use crate::spec::{AssignedGroups, Assignment, Through};

/// The most ids of one list.
const IDS_MAX: usize = 10_000;

pub(super) fn read_assignment<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Assignment> {
    const HELP: &str = "write `[object.assignment]` and its keys below";
    let mut table = entry.table(context, "`[object.assignment]`", HELP)?;
    table.expect_keys(context, &["attribute", "ids", "groups"]);
    let has_any = ["attribute", "ids", "groups"].iter().any(|it| table.has(it) || table.is_misspelt(it));
    if !has_any {
        report_nobody(context, &table, "add `attribute`, `ids` or `[object.assignment.groups]`");
    }
    Some(Assignment {
        attribute: read_attribute(context, &table),
        ids: read_ids(context, &table),
        groups: table.get("groups").and_then(|entry| read_groups(context, &entry)),
        span: table.span.clone(),
    })
}

fn read_groups<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<AssignedGroups> {
    const HELP: &str = "write `[object.assignment.groups]` and its keys below";
    let mut table = entry.table(context, "`[object.assignment.groups]`", HELP)?;
    table.expect_keys(context, &["source", "members", "attribute", "ids", "nested"]);
    let source = table.required(context, "source", "source = \"group\"").and_then(|it| it.name(context));
    let members = table.get("members").and_then(|it| it.name(context)).map_or(MEMBERS, |it| it.text);
    let nested = table.get("nested").and_then(|it| it.bool(context)).unwrap_or_default();
    if !["attribute", "ids"].iter().any(|it| table.has(it) || table.is_misspelt(it)) {
        report_nobody(context, &table, "add `attribute` or `ids`, which say what groups are assigned");
    }
    let (attribute, ids) = (read_attribute(context, &table), read_ids(context, &table));
    let through = Through::new(ObjectType::new(source?.text), members);
    Some(AssignedGroups { through: Through { nested, ..through }, attribute, ids, span: table.span.clone() })
}

fn report_nobody(context: &mut Context<'_>, table: &Table<'_>, help: &str) {
    let message = format!("{} assigns nobody", table.label);
    context.report(Diagnostic::error(code::MISSING_KEY, table.span.clone(), message).with_help(help));
}

fn read_attribute<'t>(context: &mut Context<'t>, table: &Table<'t>) -> Option<Text> {
    table.get("attribute").and_then(|it| it.name(context)).map(|it| Text::new(it.text))
}

pub(super) fn read_ids<'t>(context: &mut Context<'t>, table: &Table<'t>) -> Vec<Text> {
    let Some(entry) = table.get("ids") else { return Vec::new() };
    let items = entry.items(context, IDS_MAX, "list ids, or remove `ids`").unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut ids = Vec::new();
    for item in items {
        let Some(id) = item.filled(context) else { continue };
        if !seen.insert(id.text) {
            let message = format!("`{}` is listed more than once", echo(id.text));
            context.report(
                Diagnostic::error(code::DUPLICATE, item.span, message).with_help("list each id once"),
            );
        }
        ids.push(Text::new(id.text));
    }
    ids
}

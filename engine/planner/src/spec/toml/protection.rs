//! The `[object.protect]` table: which target objects stay as they are.

use provisio_model::{Diagnostic, ObjectType};

use super::assignment::read_ids;
use super::clause::MEMBERS;
use super::code;
use super::context::Context;
use super::scope::read_filter;
use super::table::{Entry, Table};
use crate::spec::{ProtectedMembers, Protection, Through};

/// The most lists of groups.
const GROUPS_MAX: usize = 100;

pub(super) fn read_protection<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Protection> {
    const HELP: &str = "write `[object.protect]` and its keys below";
    const KEYS: [&str; 3] = ["ids", "where", "members_of"];
    let mut table = entry.table(context, "`[object.protect]`", HELP)?;
    table.expect_keys(context, &KEYS);
    if !KEYS.iter().any(|it| table.has(it) || table.is_misspelt(it)) {
        report_nobody(context, &table, "add `ids`, `[[object.protect.where]]` or `members_of`");
    }
    let where_passes = table.get("where");
    let members_of = table.get("members_of");
    Some(Protection {
        ids: read_ids(context, &table),
        filter: where_passes
            .map(|entry| read_filter(context, &entry, "[[object.protect.where]]"))
            .unwrap_or_default(),
        members_of: members_of.map(|entry| read_members_of(context, &entry)).unwrap_or_default(),
        span: table.span,
    })
}

fn read_members_of<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Vec<ProtectedMembers> {
    const HELP: &str = "write `members_of = [{ groups = \"group\", ids = [\"...\"] }]`";
    let items = entry.items(context, GROUPS_MAX, HELP).unwrap_or_default();
    items.iter().filter_map(|item| read_groups(context, item)).collect()
}

fn read_groups<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<ProtectedMembers> {
    let mut table = entry.table(
        context,
        "an entry of `members_of`",
        "write `{ groups = \"group\", ids = [\"...\"] }`",
    )?;
    table.expect_keys(context, &["groups", "members", "ids", "nested"]);
    let groups = table.required(context, "groups", "groups = \"group\"").and_then(|it| it.name(context));
    let members = table.get("members").and_then(|it| it.name(context)).map_or(MEMBERS, |it| it.text);
    let nested = table.get("nested").and_then(|it| it.bool(context)).unwrap_or_default();
    if !table.has("ids") && !table.is_misspelt("ids") {
        report_nobody(context, &table, "add `ids`, the ids of the groups in the target");
    }
    let ids = read_ids(context, &table);
    let through = Through::new(ObjectType::new(groups?.text), members);
    let mut groups = ProtectedMembers::new(Through { nested, ..through }, ids);
    groups.span = table.span;
    Some(groups)
}

fn report_nobody(context: &mut Context<'_>, table: &Table<'_>, help: &str) {
    let message = format!("{} protects nothing", table.label);
    context.report(Diagnostic::error(code::MISSING_KEY, table.span.clone(), message).with_help(help));
}

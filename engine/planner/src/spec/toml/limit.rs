//! The `[limits]` table.

use provisio_model::Diagnostic;

use super::code;
use super::context::Context;
use super::table::{Entry, Table};
use crate::spec::{Limit, Limits};

pub(super) fn read_limits<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Limits> {
    let mut table = entry.table(context, "`[limits]`", "write `[limits]` and the limits below it")?;
    table.expect_keys(context, &["deletes", "disables", "member_removals"]);
    let mut limit = |key: &str| match table.get(key) {
        Some(entry) => read_limit(context, &entry).unwrap_or_default(),
        None => Limit::default(),
    };
    Some(Limits {
        deletes: limit("deletes"),
        disables: limit("disables"),
        member_removals: limit("member_removals"),
    })
}

/// Reads one limit. What a table leaves out keeps its default, so that giving one bound never lifts another.
fn read_limit<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Limit> {
    const HELP: &str = "write `{ free = 5, percent = 10 }`, or `false` to switch the limit off";
    match entry.as_bool() {
        Some(false) => return Some(Limit::OFF),
        Some(true) => {
            let message = format!("{} cannot be `true`", entry.label);
            context.report(
                Diagnostic::error(code::TYPE, entry.span.clone(), message)
                    .with_help("remove it to have the default limit, or write `{ free = 5, percent = 10 }`"),
            );
            return None;
        }
        None => {}
    }
    let mut table = entry.table(context, &entry.label, HELP)?;
    table.expect_keys(context, &["free", "count", "percent"]);
    let free = table.get("free").map(|entry| entry.integer(context, 0));
    let count = read_bound(context, &table, "count", |context, entry| entry.integer(context, 0));
    let percent = read_bound(context, &table, "percent", |context, entry| entry.percent(context));
    let unread = Limit::default();
    let limit = Limit::new(
        free.flatten().unwrap_or(unread.free),
        count.unwrap_or(unread.count),
        percent.unwrap_or(unread.percent),
    );
    if limit.count.is_none() && limit.percent.is_none() {
        let message = format!("{} has neither a `count` nor a `percent`", entry.label);
        context.report(
            Diagnostic::error(code::NO_BOUND, entry.key_span.clone(), message)
                .with_help(format!("write `{} = false` if the limit is to be off", entry.key)),
        );
    }
    Some(limit)
}

/// Reads one bound of a limit: `Some(None)` if it is switched off, `None` if it is not there or not readable.
fn read_bound<'t, N>(
    context: &mut Context<'t>,
    table: &Table<'t>,
    key: &str,
    read: impl FnOnce(&mut Context<'t>, &Entry<'t>) -> Option<N>,
) -> Option<Option<N>> {
    let entry = table.get(key)?;
    if entry.as_bool() == Some(false) {
        return Some(None);
    }
    read(context, &entry).map(Some)
}

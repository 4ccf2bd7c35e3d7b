//! The `[limits]` table, and `[object.limits]` where one object mapping has limits of its own.

use std::time::Duration;

use provisio_model::Diagnostic;

use super::code;
use super::context::Context;
use super::table::{Entry, Table};
use crate::plan::LimitKind;
use crate::spec::{Limit, Limits, Window};

/// The longest window: a year.
const HOURS_MAX: u64 = 366 * 24;

/// Reads limits. What is left out is as in `base`.
pub(super) fn read_limits<'t>(
    context: &mut Context<'t>,
    entry: &Entry<'t>,
    label: &str,
    base: &Limits,
) -> Option<Limits> {
    const KEYS: &[&str] =
        &["deletes", "disables", "member_removals", "group_removals", "privileged_changes", "window"];
    let mut table = entry.table(context, label, &format!("write {label} and the limits below it"))?;
    table.expect_keys(context, KEYS);
    let mut limits = *base;
    for kind in LimitKind::ALL {
        if let Some(limit) =
            table.get(kind.name()).and_then(|it| read_limit(context, &it, base.of(kind), kind))
        {
            limits.set(kind, limit);
        }
    }
    if let Some(entry) = table.get("window") {
        limits.window = read_window(context, &entry, base);
    }
    Some(limits)
}

fn read_window<'t>(context: &mut Context<'t>, entry: &Entry<'t>, base: &Limits) -> Option<Window> {
    if entry.as_bool() == Some(false) {
        return None;
    }
    let mut window = base.window.unwrap_or_default();
    let Some(mut table) =
        entry.table(context, "`window`", "write `{ hours = 24 }`, or `false` for no window")
    else {
        return Some(window);
    };
    table.expect_keys(context, &["hours", "deletes", "disables", "member_removals", "privileged_changes"]);
    if let Some(hours) = table.get("hours")
        && let Some(number) = hours.integer(context, 1)
    {
        if number > HOURS_MAX {
            hours.report_range::<()>(context, &format!("must not be above {HOURS_MAX}"));
        }
        window.lasts = Duration::from_secs(number.min(HOURS_MAX) * 60 * 60);
    }
    let mut limit = |kind: LimitKind, known: Option<Limit>| match table.get(kind.name()) {
        Some(it) => read_limit(context, &it, known.unwrap_or(base.of(kind)), kind).or(known),
        None => known,
    };
    window.deletes = limit(LimitKind::Deletes, window.deletes);
    window.disables = limit(LimitKind::Disables, window.disables);
    window.member_removals = limit(LimitKind::MemberRemovals, window.member_removals);
    window.privileged_changes = limit(LimitKind::PrivilegedChanges, window.privileged_changes);
    Some(window)
}

/// Reads one limit: a number, a table or `false`. What a table leaves out is as in `base`, so that giving one bound
/// never lifts another.
fn read_limit<'t>(
    context: &mut Context<'t>,
    entry: &Entry<'t>,
    base: Limit,
    kind: LimitKind,
) -> Option<Limit> {
    const HELP: &str = "write `50`, or `{ free = 5, percent = 10 }`, or `false` to switch the limit off";
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
    if entry.is_integer() {
        return entry.integer(context, 0).map(Limit::at_most);
    }
    let mut table = entry.table(context, &entry.label, HELP)?;
    table.expect_keys(context, &["free", "count", "percent"]);
    let free = table.get("free").map(|entry| entry.integer(context, 0));
    let count = read_bound(context, &table, "count", |context, entry| entry.integer(context, 0));
    let percent = read_bound(context, &table, "percent", |context, entry| entry.percent(context));
    // A limit that was off has nothing to be kept.
    let unread = if base == Limit::OFF { Limits::default().of(kind) } else { base };
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

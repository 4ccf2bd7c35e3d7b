//! The `[object.deprovisioning]` table.

use provisio_model::{AttrName, Diagnostic};

use super::code;
use super::context::Context;
use super::leaving::read_leaving;
use super::scope::read_clauses;
use super::table::{Entry, Table};
use crate::spec::{Adopted, Deprovision, Deprovisioning, Rehire, SoftDelete, Status, Step, Steps, Tombstone};

const KEYS: &[&str] = &[
    "out_of_scope",
    "source_disabled",
    "source_deleted",
    "source_disabled_when",
    "skip_out_of_scope_deletions",
    "adopted",
    "tombstone",
    "soft_delete",
    "status",
    "attributes",
];

const ACTIONS: [(&str, Deprovision); 4] = [
    ("disable", Deprovision::Disable),
    ("soft_delete", Deprovision::SoftDelete),
    ("delete", Deprovision::Delete),
    ("leave", Deprovision::Leave),
];

/// The most steps of one list; more than there are actions can only be repetitions.
const STEPS_MAX: usize = 100;

pub(super) fn read_deprovisioning<'t>(
    context: &mut Context<'t>,
    entry: &Entry<'t>,
) -> Option<Deprovisioning> {
    const HELP: &str = "write `[object.deprovisioning]` and its keys below";
    const ADOPTED: [(&str, Adopted); 3] =
        [("as_created", Adopted::AsCreated), ("disable", Adopted::Disable), ("leave", Adopted::Leave)];
    let mut table = entry.table(context, "`[object.deprovisioning]`", HELP)?;
    table.expect_keys(context, KEYS);
    let skip = table.get("skip_out_of_scope_deletions").map(|entry| (entry.bool(context), entry));
    if let Some((Some(true), entry)) = &skip
        && table.has("out_of_scope")
    {
        let message = "`skip_out_of_scope_deletions` and `out_of_scope` contradict each other";
        context.report(
            Diagnostic::error(code::CONTRADICTION, entry.key_span.clone(), message)
                .with_help("keep one of them"),
        );
    }
    let mut steps = |key: &str| table.get(key).and_then(|entry| read_steps(context, &entry));
    Some(Deprovisioning {
        out_of_scope: steps("out_of_scope"),
        source_disabled: steps("source_disabled"),
        source_deleted: steps("source_deleted"),
        source_disabled_when: table
            .get("source_disabled_when")
            .map(|entry| read_clauses(context, &entry, "add a clause, or remove the key"))
            .unwrap_or_default(),
        skip_out_of_scope_deletions: skip.and_then(|it| it.0).unwrap_or_default(),
        adopted: table.get("adopted").and_then(|entry| entry.word(context, &ADOPTED)).unwrap_or_default(),
        tombstone: table.get("tombstone").and_then(|entry| read_tombstone(context, &entry)),
        soft_delete: table.get("soft_delete").and_then(|entry| read_soft_delete(context, &entry)),
        status: table.get("status").and_then(|entry| read_status(context, &entry)),
        attributes: table.get("attributes").map(|entry| read_leaving(context, &entry)).unwrap_or_default(),
    })
}

/// Reads one step or a list of them; a step is a word or a table.
fn read_steps<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Steps> {
    const EMPTY_HELP: &str = "write \"leave\" to do nothing";
    let items = match entry.is_list() {
        true => entry.items(context, STEPS_MAX, EMPTY_HELP)?,
        false => return Steps::new(read_step(context, entry)),
    };
    let read: Vec<Option<Step>> = items.iter().map(|item| read_step(context, item)).collect();
    let steps: Vec<Step> = read.into_iter().collect::<Option<_>>()?;
    let valid = Steps::new(steps);
    if valid.is_none() {
        let message = format!("the steps of {} do not go on", entry.label);
        let help = "each goes further than the one before, from \"disable\" over \"soft_delete\" to \"delete\", \
                    and all but the first have `after_days`";
        context.report(Diagnostic::error(code::STEPS, entry.span.clone(), message).with_help(help));
    }
    valid
}

fn read_step<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Step> {
    if !entry.is_table() {
        return entry.word(context, &ACTIONS).map(|action| Step { action, after_days: 0 });
    }
    let mut table = entry.table(context, &entry.label, "write `{ action = \"delete\", after_days = 30 }`")?;
    table.expect_keys(context, &["action", "after_days"]);
    let action = table.required(context, "action", "action = \"delete\"");
    let action = action.and_then(|entry| entry.word(context, &ACTIONS));
    let after_days = read_days(context, &table, "after_days", 0);
    Some(Step { action: action?, after_days: after_days? })
}

fn read_days<'t>(context: &mut Context<'t>, table: &Table<'t>, key: &str, least: u64) -> Option<u32> {
    let entry = table.required(context, key, &format!("{key} = 30"))?;
    let days = entry.integer(context, least)?;
    match u32::try_from(days) {
        Ok(days) if days <= DAYS_MAX => Some(days),
        _ => entry.report_range(context, &format!("must not be above {DAYS_MAX}")),
    }
}

/// The longest time that something waits for: a hundred years.
const DAYS_MAX: u32 = 36_525;

fn read_tombstone<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Tombstone> {
    const WORDS: [(&str, Rehire); 2] = [("create", Rehire::Create), ("report", Rehire::Report)];
    let mut table = entry.table(context, "`tombstone`", "write `{ days = 90, rehire = \"report\" }`")?;
    table.expect_keys(context, &["days", "rehire"]);
    let days = read_days(context, &table, "days", 1);
    let rehire = table.get("rehire").and_then(|entry| entry.word(context, &WORDS)).unwrap_or_default();
    Some(Tombstone { days: days?, rehire })
}

fn read_soft_delete<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<SoftDelete> {
    let mut table = entry.table(context, "`soft_delete`", "write `{ attribute = \"isDeleted\" }`")?;
    table.expect_keys(context, &["attribute", "deleted", "kept"]);
    let attribute =
        table.required(context, "attribute", "attribute = \"isDeleted\"").and_then(|it| it.name(context));
    let deleted = table.get("deleted").and_then(|entry| entry.value(context));
    let kept = table.get("kept").and_then(|entry| entry.value(context));

    let mut soft_delete = SoftDelete::new(AttrName::new(attribute?.text));
    soft_delete.deleted = deleted.unwrap_or(soft_delete.deleted);
    soft_delete.kept = kept.unwrap_or(soft_delete.kept);
    soft_delete.span = table.span;
    Some(soft_delete)
}

fn read_status<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Option<Status> {
    let mut table = entry.table(context, "`status`", "write `{ attribute = \"active\" }`")?;
    table.expect_keys(context, &["attribute", "enabled", "disabled", "create_disabled"]);
    let attribute =
        table.required(context, "attribute", "attribute = \"active\"").and_then(|it| it.name(context));
    let enabled = table.get("enabled").and_then(|entry| entry.value(context));
    let disabled = table.get("disabled").and_then(|entry| entry.value(context));
    let create_disabled = table.get("create_disabled").and_then(|entry| entry.bool(context));

    let mut status = Status::new(AttrName::new(attribute?.text));
    status.enabled = enabled.unwrap_or(status.enabled);
    status.disabled = disabled.unwrap_or(status.disabled);
    status.create_disabled = create_disabled.unwrap_or(status.create_disabled);
    status.span = table.span;
    Some(status)
}

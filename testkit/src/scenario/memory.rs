//! What a scenario says that earlier cycles noted.

use provisio::model::{AttrName, SourceId, TargetId, Text, Timestamp};
use provisio::plan::{ActionKind, LimitKind};
use provisio::store::{
    Leaving, LeavingStep, LedgerEntry, MemoryChange, Note, Release, Staged, Trigger, Unanswered,
};
use toml::{Table, Value};

use crate::world::World;

/// Reads `[leaving."worker -> user"]`, with a line for each source object.
pub(super) fn read_leaving(world: &mut World, table: &Table) -> Result<(), String> {
    let mut change = MemoryChange::default();
    for (mapping, leavers) in table {
        if !world.spec.objects.iter().any(|it| *it.name == **mapping) {
            return Err(format!("there is no object mapping `{mapping}`"));
        }
        let leavers = leavers.as_table().ok_or_else(|| format!("`leaving.{mapping}` must be a table"))?;
        for (source, written) in leavers {
            let leaving = leaving(written).ok_or_else(|| {
                format!(
                    "`leaving` of `{source}` takes `{{ target = \"u1\", step = \"disabled\", at = 2026-01-01T00:00:00Z }}`"
                )
            })?;
            let mut note = Note::default();
            note.leaving = Some(leaving);
            change.notes.push((Text::new(mapping), SourceId::new(source), note));
        }
    }
    world.memory.apply(&change);
    Ok(())
}

/// Reads `[unanswered."worker -> user"]`, with a line for each source object: when its create was sent.
pub(super) fn read_unanswered(world: &mut World, table: &Table) -> Result<(), String> {
    let mut change = MemoryChange::default();
    for (mapping, creates) in table {
        if !world.spec.objects.iter().any(|it| *it.name == **mapping) {
            return Err(format!("there is no object mapping `{mapping}`"));
        }
        let creates = creates.as_table().ok_or_else(|| format!("`unanswered.{mapping}` must be a table"))?;
        for (source, written) in creates {
            let at = instant(written);
            let at = at.ok_or_else(|| format!("`unanswered` of `{source}` takes a date and time"))?;
            let mut note = Note::default();
            note.unanswered = Some(Unanswered::new(at, []));
            change.notes.push((Text::new(mapping), SourceId::new(source), note));
        }
    }
    world.memory.apply(&change);
    Ok(())
}

fn leaving(written: &Value) -> Option<Leaving> {
    let text = |key: &str| written.get(key).and_then(Value::as_str);
    let trigger = match text("trigger") {
        Some(word) => Trigger::parse(word)?,
        None => Trigger::OutOfScope,
    };
    let at = instant(written.get("at")?)?;
    let mut leaving =
        Leaving::new(trigger, LeavingStep::parse(text("step")?)?, TargetId::new(text("target")?), at);
    if let Some(since) = written.get("since") {
        leaving.since = instant(since)?;
    }
    Some(leaving)
}

/// Reads `[[done]]`, `[[held]]` and `[[allowed]]`.
pub(super) fn read_limits(world: &mut World, state: &Table) -> Result<(), String> {
    let mut change = MemoryChange::default();
    for (key, table) in tables(state, "done")? {
        let entry = || {
            Some(LedgerEntry {
                at: instant(table.get("at")?)?,
                mapping: mapping(world, table)?,
                limit: LimitKind::parse(text(table, "limit")?)?,
                number: u64::try_from(table.get("number")?.as_integer()?).ok()?,
            })
        };
        change.acts.push(entry().ok_or_else(|| format!("`{key}` takes mapping, limit, number and at"))?);
    }
    for (key, table) in tables(state, "held")? {
        let held = || {
            let staged = Staged {
                mapping: mapping(world, table)?,
                source: SourceId::new(text(table, "source")?),
                action: ActionKind::parse(text(table, "action")?)?,
                attribute: text(table, "attribute").map(AttrName::new),
            };
            Some((staged, Some(instant(table.get("since")?)?)))
        };
        change.staged.push(held().ok_or_else(|| format!("`{key}` takes mapping, source, action and since"))?);
    }
    for (key, table) in tables(state, "allowed")? {
        let release = Release {
            limit: text(table, "limit").and_then(LimitKind::parse),
            mapping: mapping(world, table),
            source: text(table, "source").map(SourceId::new),
        };
        let until = table.get("until").and_then(instant).ok_or_else(|| format!("`{key}` takes until"))?;
        change.releases.push((release, Some(until)));
    }
    world.memory.apply(&change);
    Ok(())
}

/// The tables of a list, each with the name of the list.
fn tables<'t>(state: &'t Table, key: &'t str) -> Result<Vec<(&'t str, &'t Table)>, String> {
    let list = state.get(key).and_then(Value::as_array).into_iter().flatten();
    let tables: Option<Vec<_>> = list.map(|it| Some((key, it.as_table()?))).collect();
    tables.ok_or_else(|| format!("`{key}` is written with two brackets: [[{key}]]"))
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str)
}

/// The name of an object mapping that there is.
fn mapping(world: &World, table: &Table) -> Option<Text> {
    let name = text(table, "mapping")?;
    world.spec.objects.iter().find(|it| *it.name == *name).map(|it| it.name.clone())
}

/// Reads a date and time with its offset.
pub(super) fn instant(written: &Value) -> Option<Timestamp> {
    written.as_datetime()?.to_string().parse().ok()
}

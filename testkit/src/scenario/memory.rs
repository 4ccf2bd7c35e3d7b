//! What a scenario says that earlier cycles noted.

use provisio::model::{SourceId, TargetId, Text, Timestamp};
use provisio::store::{Leaving, LeavingStep, MemoryChange, Note, Trigger, Unanswered};
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

/// Reads a date and time with its offset.
pub(super) fn instant(written: &Value) -> Option<Timestamp> {
    written.as_datetime()?.to_string().parse().ok()
}

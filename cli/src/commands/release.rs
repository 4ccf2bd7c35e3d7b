//! `release`: lets operations pass that a limit holds back, one by one or all that are held now.

use std::path::Path;
use std::time::Duration;

use provisio::TokioClock;
use provisio::connector::Clock as _;
use provisio::model::Timestamp;
use provisio::store::{JobId, Memory, MemoryChange, Release, Staged, State, StateChange};
use serde::Serialize;

use crate::arguments::ReleaseArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile, OpenState};
use crate::output::Output;
use crate::render::{count, program};

/// How long a release lasts unless somebody says so.
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn execute(arguments: &ReleaseArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let id = JobId::new(&file.name);
    let is_list = arguments.list;
    let open = OpenState::open(&file, if is_list { Access::Look } else { Access::Write })?;
    let now = TokioClock.now();
    let state = open.load(&id)?;
    // What belongs to a mapping that is no longer in the file is nobody's business any more.
    let names: Vec<&str> = file.mapping.objects.iter().map(|it| &*it.name).collect();
    let chosen: Vec<(&Staged, Timestamp)> = state
        .memory
        .staged()
        .filter(|(it, _)| names.contains(&&*it.mapping))
        .filter(|(it, _)| arguments.kind.is_none_or(|kind| kind.limit().counts(it.action)))
        .filter(|(it, _)| {
            is_list || arguments.all || arguments.object.iter().any(|id| id == it.source.as_str())
        })
        .collect();
    let mut until = None;
    if !is_list {
        refuse_strangers(arguments, &chosen)?;
        let end = now.plus(arguments.lasts.map_or(LASTS, |it| it.0));
        release(&open, &id, &state, &chosen, end)?;
        until = Some(end);
    }
    let rows = chosen.iter().map(|(staged, since)| Row {
        mapping: staged.mapping.to_string(),
        object: staged.source.to_string(),
        action: staged.action.name(),
        attribute: staged.attribute.as_ref().map(ToString::to_string),
        since: since.to_string(),
        released_until: until.or_else(|| released(&state.memory, staged, now)).map(|it| it.to_string()),
    });
    let document = Document { format: FORMAT, command: "release", job: &file.name, held: rows.collect() };
    if arguments.json {
        output.json(&document);
    } else {
        show(&document, &arguments.job.job, is_list, output);
    }
    Ok(Exit::Done)
}

/// Refuses what would release nothing: a misspelt object must not look like a released one.
fn refuse_strangers(arguments: &ReleaseArguments, chosen: &[(&Staged, Timestamp)]) -> Result<(), Trouble> {
    let help = format!(
        "see what is held back: {} release {} --list; what a plan shows is remembered by the next run",
        program(),
        arguments.job.job.display()
    );
    let is_held = |id: &String| chosen.iter().any(|(it, _)| it.source.as_str() == id.as_str());
    if let Some(object) = arguments.object.iter().find(|it| !is_held(it)) {
        let message = format!("nothing is held back for the source object `{object}`");
        return Err(Trouble::new(Exit::Usage, message).with_help(help));
    }
    if chosen.is_empty() {
        return Err(Trouble::new(Exit::Usage, "nothing is held back").with_help(help));
    }
    Ok(())
}

fn release(
    open: &OpenState,
    id: &JobId,
    state: &State,
    chosen: &[(&Staged, Timestamp)],
    until: Timestamp,
) -> Result<(), Trouble> {
    let releases = chosen.iter().map(|(it, _)| (it.release(), Some(until)));
    let memory = MemoryChange { releases: releases.collect(), ..MemoryChange::default() };
    let change = StateChange { memory, ..StateChange::default() };
    open.commit(id, state.generation, change)
}

/// Until when an operation is released already.
fn released(memory: &Memory, staged: &Staged, now: Timestamp) -> Option<Timestamp> {
    let covers = |it: &Release| {
        staged.release().limit.is_some_and(|limit| it.covers(limit, &staged.mapping, staged.source.as_str()))
    };
    let ends = memory.releases().filter(|(it, until)| *until > now && covers(it)).map(|(_, until)| until);
    ends.max()
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    /// What was released, or with `--list` all that is held back.
    held: Vec<Row>,
}

/// An operation that is held back.
#[derive(Serialize)]
struct Row {
    mapping: String,
    /// The id of the source object.
    object: String,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_until: Option<String>,
}

fn show(document: &Document<'_>, job: &Path, is_list: bool, output: &mut Output) {
    let Document { job: name, held, .. } = document;
    let number = count(held.len() as u64, "operation", "operations");
    if is_list {
        output.line(format_args!("{name}: {number} held back"));
    } else {
        output.line(format_args!("{name}: {number} released"));
    }
    for Row { mapping, object, action, attribute, since, released_until } in held {
        let attribute = attribute.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
        let until = released_until.as_ref().map_or_else(String::new, |it| format!(", released until {it}"));
        output.line(format_args!("  {action:8} {object}{attribute} of {mapping}, held since {since}{until}"));
    }
    let job = job.display();
    let next = match (is_list, held.is_empty()) {
        (true, true) => return,
        (true, false) => format!("To let one pass: {} release {job} --object {}", program(), held[0].object),
        _ => format!("To carry it out: {} run {job}", program()),
    };
    output.line(next);
}

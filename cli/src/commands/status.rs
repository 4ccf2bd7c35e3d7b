//! `status`: shows how a job is, what stands in its way, and what it remembers.

mod reading;
mod standing;

use std::path::Path;

use provisio::control::Standing;
use provisio::monitor::JobStatus;
use provisio::store::JobId;
use serde::Serialize;

use reading::ReadingFacts;
use standing::StandingFacts;

use crate::arguments::FactsArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile, OpenState};
use crate::monitoring::STATUS_FILE;
use crate::output::Output;
use crate::render::{number, program, status as render};

/// How many applied plans the text shows.
const PLANS_SHOWN: usize = 10;

pub(super) fn execute(arguments: &FactsArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let status = load_status(&file)?;
    let id = JobId::new(&file.name);
    let is_under_way = status.as_ref().is_some_and(|it| it.running.is_some());
    let state = match OpenState::open(&file, Access::Look) {
        Ok(open) => Some(open.load(&id)?),
        // A run that is under way keeps the state to itself.
        Err(_) if is_under_way => None,
        Err(trouble) => return Err(trouble),
    };
    let standing = state.as_ref().map(|it| Standing::find(&it.records, &id)).transpose();
    let standing = standing.map_err(|error| Trouble::of_run(error.into(), Path::new(""), ""))?;
    let managed = state.iter().flat_map(|state| {
        file.mapping.objects.iter().map(|it| {
            let objects = state.links.of(&it.name).map_or(0, |links| links.len());
            Managed { mapping: it.name.to_string(), objects }
        })
    });
    let applied = state.iter().flat_map(|state| state.applied.iter().rev());
    let facts = Document {
        format: FORMAT,
        command: "status",
        job: &file.name,
        generation: state.as_ref().map(|it| it.generation.0),
        managed: managed.collect(),
        plans: applied
            .map(|it| AppliedFacts { fingerprint: it.fingerprint.to_string(), at: it.at.to_string() })
            .collect(),
        is_running: is_under_way && state.is_none(),
        is_asked_to_pause: file.request().exists(),
        reading: ReadingFacts::of(&file, standing.as_ref()),
        standing: standing.as_ref().map(StandingFacts::of),
        status: status.as_ref(),
    };
    if arguments.json {
        output.json(&facts);
    } else {
        show(&facts, &arguments.job.job, output);
    }
    Ok(Exit::Done)
}

fn load_status(file: &JobFile) -> Result<Option<JobStatus>, Trouble> {
    let Some(path) = file.log_folder().map(|it| it.join(STATUS_FILE)) else { return Ok(None) };
    let status = JobStatus::load(&path).map_err(|error| {
        Trouble::file(Exit::Connection, "read", &path, &error)
            .with_help("delete it: the next run begins it anew")
    })?;
    Ok(status.filter(|it| *it.job == *file.name))
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    /// `None` while a run keeps the state to itself.
    generation: Option<u64>,
    managed: Vec<Managed>,
    /// The latest first.
    plans: Vec<AppliedFacts>,
    is_running: bool,
    /// Whether a run that is under way was asked to stop and did not yet.
    is_asked_to_pause: bool,
    /// What cycles read, and when everything.
    reading: ReadingFacts,
    /// `None` while a run keeps the state to itself.
    standing: Option<StandingFacts>,
    /// `None` before the first run, and without a log.
    status: Option<&'a JobStatus>,
}

/// How many objects a mapping manages.
#[derive(Serialize)]
struct Managed {
    mapping: String,
    objects: usize,
}

/// A plan that was carried out.
#[derive(Serialize)]
struct AppliedFacts {
    fingerprint: String,
    at: String,
}

fn show(facts: &Document<'_>, job: &Path, output: &mut Output) {
    let Document { job: name, generation, managed, plans, status, is_running, .. } = facts;
    if *generation == Some(0) && status.is_none() {
        output.line(format_args!("{name} has not run yet. To run it: {} run {}", program(), job.display()));
        return;
    }
    match generation {
        Some(generation) => output.line(format_args!("{name}, state generation {generation}")),
        None => output.line(format_args!("{name}, a run is under way")),
    }
    if facts.is_asked_to_pause {
        output.line("It is asked to pause, and finishes what is under way.");
    }
    output.gap();
    if let Some(standing) = &facts.standing {
        standing.show(job, output);
    }
    if let Some(status) = status {
        render::show(status, *is_running, output);
    }
    facts.reading.show(output);
    if generation.is_none() {
        return;
    }
    output.line("Managed objects");
    for Managed { mapping, objects } in managed {
        output.line(format_args!("  {:>9}  {mapping}", number(*objects)));
    }
    output.gap();
    output.line("Plans carried out, the latest first");
    for AppliedFacts { fingerprint, at } in plans.iter().take(PLANS_SHOWN) {
        // To the second: `2026-01-31T08:30:00.123Z`.
        let at = at.split_once('.').map_or(&**at, |(seconds, _)| seconds).trim_end_matches('Z');
        output.line(format_args!("  {}  {at}Z", &fingerprint[..8.min(fingerprint.len())]));
    }
    if let Some(more) = plans.len().checked_sub(PLANS_SHOWN).filter(|it| *it > 0) {
        output.line(format_args!("  and {more} more"));
    }
}

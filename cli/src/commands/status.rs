//! `status`: shows what a job remembers.

use std::path::Path;
use std::sync::Arc;

use provisio::store::{JobId, State};
use serde::Serialize;

use crate::arguments::FactsArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile, open_store};
use crate::output::Output;
use crate::render::{number, program};

/// How many applied plans the text shows.
const PLANS_SHOWN: usize = 10;

pub(super) fn execute(arguments: &FactsArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let store = open_store(&file, Access::Look)?;
    let state = load(&Arc::clone(&store), &JobId::new(&file.name))?;
    let mappings = file.mapping.objects.iter().map(|it| {
        let objects = state.links.of(&it.name).map_or(0, |links| links.len());
        Managed { mapping: it.name.to_string(), objects }
    });
    let facts = Document {
        format: FORMAT,
        command: "status",
        job: &file.name,
        generation: state.generation.0,
        managed: mappings.collect(),
        plans: state
            .applied
            .iter()
            .rev()
            .map(|it| AppliedFacts { fingerprint: it.fingerprint.to_string(), at: it.at.to_string() })
            .collect(),
    };
    if arguments.json {
        output.json(&facts);
    } else {
        show(&facts, &arguments.job.job, output);
    }
    Ok(Exit::Done)
}

fn load(store: &Arc<dyn provisio::store::StateStore>, id: &JobId) -> Result<State, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Trouble::of(Exit::Other, &error))?;
    let loaded = runtime.block_on(store.load(id));
    loaded.map_err(|error| Trouble::of_run(error.into(), Path::new(""), ""))
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    generation: u64,
    managed: Vec<Managed>,
    /// The latest first.
    plans: Vec<AppliedFacts>,
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
    let Document { job: name, generation, managed, plans, .. } = facts;
    if *generation == 0 {
        output.line(format_args!("{name} has not run yet. To run it: {} run {}", program(), job.display()));
        return;
    }
    output.line(format_args!("{name}, state generation {generation}"));
    output.gap();
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

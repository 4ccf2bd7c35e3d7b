//! `log`: shows what happened to objects.

use provisio::TokioClock;
use provisio::connector::Clock as _;
use provisio::log::{CycleQuery, LogReader, ObjectRecord, PersonalData, Query};
use provisio::model::Text;
use serde::Serialize;

use crate::arguments::LogArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::JobFile;
use crate::output::Output;
use crate::render;

/// The JSON document.
#[derive(Serialize)]
pub(crate) struct Document {
    format: u32,
    command: &'static str,
    job: String,
    /// The latest first, as `docs/provisioning-log-format.md` describes them.
    pub(crate) records: Vec<ObjectRecord>,
    /// Whether there are more than were asked for.
    pub(crate) is_cut: bool,
    /// Lines that cannot be read, among those that were looked at.
    pub(crate) damaged: Vec<DamagedFacts>,
    /// How many there are.
    pub(crate) damaged_count: usize,
    /// How many records are missing, as the log itself says.
    pub(crate) lost: u64,
}

/// A line that cannot be read.
#[derive(Serialize)]
pub(crate) struct DamagedFacts {
    pub(crate) file: String,
    pub(crate) offset: u64,
    pub(crate) why: String,
}

pub(super) fn execute(arguments: &LogArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let Some(folder) = file.log_folder() else {
        return Err(Trouble::new(Exit::Configuration, "the job keeps no log")
            .with_help("take `enabled = false` out of `[log]` in the job file"));
    };
    let query = query(arguments, &file)?;
    let found = LogReader::new(&folder).find(&query).map_err(|error| {
        Trouble::file(Exit::Connection, "read", &folder, &error).under("the log cannot be read")
    })?;
    let damaged = found.damaged.iter().map(|it| DamagedFacts {
        file: it.file.display().to_string(),
        offset: it.offset,
        why: it.why.to_string(),
    });
    let document = Document {
        format: FORMAT,
        command: "log",
        job: file.name.clone(),
        damaged: damaged.collect(),
        records: found.records,
        is_cut: found.is_cut,
        damaged_count: found.damaged_count,
        lost: found.lost,
    };
    if arguments.shown.json {
        output.json(&document);
    } else {
        render::log::show(&document, arguments.shown.verbose, output);
    }
    Ok(Exit::Done)
}

fn query(arguments: &LogArguments, file: &JobFile) -> Result<Query, Trouble> {
    let now = TokioClock.now();
    let text = |it: &String| Text::from(it.as_str());
    let mut objects: Vec<Text> = arguments.object.iter().map(text).collect();
    if let Some(object) = objects.first().cloned()
        && let pseudonymised @ PersonalData::Pseudonymised(_) = file.monitoring.personal_data(&file.path)?
    {
        objects.push(pseudonymised.id(&object));
    }
    Ok(Query {
        job: Some(file.name.as_str().into()),
        objects,
        statuses: arguments.status.clone(),
        actions: arguments.action.iter().map(text).collect(),
        since: arguments.since.map(|it| it.before(now)),
        until: arguments.until.map(|it| it.before(now)),
        cycle: arguments.cycle.as_ref().map(|it| match it.as_str() {
            "last" => CycleQuery::Last,
            id => CycleQuery::Id(id.into()),
        }),
        mapping: arguments.mapping.as_ref().map(text),
        error: arguments.error.as_ref().map(text),
        limit: (arguments.limit > 0).then_some(arguments.limit),
    })
}

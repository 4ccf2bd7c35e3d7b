//! `rollback`: plans the way back from what earlier cycles did.

use provisio::log::{CycleQuery, LogReader};
use provisio::rollback::{Choice, Created, Deeds, DeedsError};

use super::Session;
use super::plan::{present, tell_saved};
use crate::arguments::RollbackArguments;
use crate::exit::{Exit, Trouble};
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render::{count, program};

pub(super) fn execute(arguments: &RollbackArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let deeds = deeds(&file, arguments)?;
    let session = Session::open(file, Access::Look)?;
    let view = session.see(session.opened.job.read_target(&session.context))?;
    let created = if arguments.delete_created { Created::Delete } else { Created::Deprovision };
    let (now, released) = (session.context.now(), arguments.made.limits.released());
    let planned = view.roll_back(&deeds.deeds, created, now, released);
    let planned = planned.map_err(|error| session.trouble(error))?;
    let mut report = session.report("rollback", &view, &planned);
    report.reads.retain(|it| it.side == "target");
    let exit = present(&session, &planned.plan, &mut report, (&arguments.made, arguments.shown), output)?;
    if !planned.plan.operations.is_empty() {
        tell_saved(arguments.made.out.as_deref());
        Output::stderr().line("Carrying it out pauses the job: the next cycle would do the same again.");
    }
    Ok(exit)
}

/// Finds in the log what is to be undone.
fn deeds(file: &JobFile, arguments: &RollbackArguments) -> Result<Deeds, Trouble> {
    let Some(folder) = file.log_folder() else {
        let message = "the job keeps no provisioning log, so nothing is known of what was done";
        return Err(Trouble::new(Exit::Configuration, message)
            .with_help("take `enabled = false` out of `[log]`; what comes from now on can be rolled back"));
    };
    let cycle = match (&arguments.cycle, &arguments.from) {
        (Some(last), _) if last == "last" => Some(CycleQuery::Last),
        (Some(id), _) => Some(CycleQuery::Id(id.as_str().into())),
        (None, Some(id)) => Some(CycleQuery::From(id.as_str().into())),
        (None, None) => None,
    };
    let choice = Choice {
        cycle,
        objects: arguments.object.iter().map(|it| it.as_str().into()).collect(),
        operations: arguments.operation.clone(),
    };
    let found = LogReader::new(folder).deeds(&file.name, &choice);
    let deeds = found.map_err(|error| match &error {
        DeedsError::Unreadable(_) => Trouble::of(Exit::Connection, &error),
        _ => Trouble::of(Exit::Usage, &error),
    })?;
    warn(&deeds);
    if deeds.deeds.is_empty() {
        let job = arguments.job.job.display();
        let help = format!("see what was done: {} log {job} --status success,warning", program());
        return Err(
            Trouble::new(Exit::Usage, "the log knows of nothing like this that was done").with_help(help)
        );
    }
    Ok(deeds)
}

/// Says what the log cannot tell.
fn warn(deeds: &Deeds) {
    let mut errors = Output::stderr();
    let mut tell = |number: u64, one: &str, many: &str, what: &str| {
        if number > 0 {
            errors.line(format_args!("warning: {} {what}", count(number, one, many)));
        }
    };
    let of = |number: usize| number as u64;
    tell(
        of(deeds.pseudonymised),
        "record",
        "records",
        "with pseudonyms instead of ids cannot be rolled back",
    );
    tell(
        of(deeds.nameless),
        "operation",
        "operations",
        "without a known target object cannot be rolled back",
    );
    tell(of(deeds.damaged), "line", "lines", "of the log cannot be read");
    tell(deeds.lost, "record", "records", "could not be written, as the log says itself");
}

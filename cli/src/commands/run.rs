//! `run`: reads, plans, carries out.

use provisio::Planned;

use super::{Session, show};
use crate::arguments::RunArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::{self, Report};
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render;

pub(super) fn execute(arguments: &RunArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let session = Session::open(JobFile::load(&arguments.job.job)?, Access::Write)?;
    let Ran { mut report, planned, is_first } = session.finish(run(&session, arguments))?;
    let exit = report.conclude(session.is_interrupted(), false);
    show(&report, &session, arguments.shown, output);
    if is_first && !arguments.shown.json {
        render::report::show_next_steps(&arguments.job.job, &planned.plan, output);
    }
    Ok(exit)
}

/// What came of a run.
struct Ran {
    report: Report,
    planned: Planned,
    is_first: bool,
}

fn run(session: &Session, arguments: &RunArguments) -> Result<Ran, Trouble> {
    let cycle = session.begin();
    let view = session.see(cycle.read())?;
    let is_first = view.state.generation.0 == 0;
    let planned = cycle.plan(&view, arguments.limits.released()).map_err(|error| session.trouble(error))?;
    let mut report = session.report("run", &view, &planned);
    // The reads are of no more use, and take memory.
    drop(view);
    if !planned.plan.is_empty() {
        let summary = session.wait(cycle.apply(&planned.plan))?;
        report.applied = Some(facts::applied(&planned.plan, &summary));
    }
    cycle.end();
    Ok(Ran { report, planned, is_first })
}

//! `run`: reads, plans, carries out.

use super::{Session, show};
use crate::arguments::RunArguments;
use crate::exit::{Exit, Trouble};
use crate::facts;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render;

pub(super) fn execute(arguments: &RunArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let session = Session::open(JobFile::load(&arguments.job.job)?, Access::Write)?;
    let job = &session.opened.job;
    let view = session.read()?;
    let is_first = view.state.generation.0 == 0;
    let planned = view
        .plan(session.context.now(), arguments.limits.released())
        .map_err(|error| session.trouble(error))?;
    let mut report = session.report("run", &view, &planned);
    // The reads are of no more use, and take memory.
    drop(view);
    if !planned.plan.is_empty() {
        let summary = session.wait(job.apply(&session.context, &planned.plan))?;
        report.applied = Some(facts::applied(&planned.plan, &summary));
    }
    let exit = report.conclude(session.is_interrupted(), false);
    show(&report, &session, arguments.shown, output);
    if is_first && !arguments.shown.json {
        render::report::show_next_steps(&arguments.job.job, &planned.plan, output);
    }
    Ok(exit)
}

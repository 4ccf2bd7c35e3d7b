//! `apply`: carries out a saved plan.

use super::{Session, show};
use crate::arguments::ApplyArguments;
use crate::exit::{Exit, Trouble};
use crate::facts;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::plan_file;

pub(super) fn execute(arguments: &ApplyArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let (plan, job) = plan_file::read_with_job(&arguments.plan, arguments.job.as_deref())?;
    let session = Session::open(JobFile::load(&job)?, Access::Write)?;
    let summary = session.wait(session.opened.job.apply(&session.context, &plan))?;
    let mut report = session.report_of_plan("apply", &plan);
    report.applied = Some(facts::applied(&plan, &summary));
    let exit = report.conclude(session.is_interrupted(), false);
    show(&report, &session, arguments.shown, output);
    Ok(exit)
}
